// SPDX-License-Identifier: Apache-2.0
/* The codec: what is refused, with which reason, and what survives. */
#include "tests/unit/manifest/generate.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>

#define RUN                                                                                   \
	"{\"id\":\"00000000000000000000000000000001\",\"tool\":\"t\",\"host\":\"h\","         \
	"\"kernel\":\"k\",\"platform\":\"linux/amd64\",\"started\":\"2026-01-02T03:04:05Z\"," \
	"\"duration_ms\":1,\"complete\":true,\"losses\":{}}"
#define ROOT                                                                   \
	"{\"kind\":\"container\",\"platform\":\"linux/amd64\",\"recognised\":" \
	"\"mount-namespace\",\"cgroup\":\"\",\"evidence\":[],\"mounts\":[]}"
#define EXEC                                                                            \
	"{\"path\":\"/bin/sh\",\"root\":0,\"role\":\"main\",\"argv\":[],\"cwd\":\"/\"," \
	"\"uid\":0,\"gid\":0,\"groups\":[],\"umask\":\"0022\",\"count\":1}"
#define LIMITED(limits)                                                                \
	HEAD "\"roots\":[" ROOT "],\"execs\":[{\"path\":\"/bin/sh\",\"root\":0,"       \
	     "\"role\":\"main\",\"argv\":[],\"cwd\":\"/\",\"uid\":0,\"gid\":0,"        \
	     "\"groups\":[],\"umask\":\"0022\",\"count\":1,\"limits\":[" limits "]}]," \
	     "\"files\":[],\"ports\":[],\"syscalls\":[]}"
#define LIMIT(name, soft, hard) \
	"{\"name\":\"" name "\",\"soft\":\"" soft "\",\"hard\":\"" hard "\"}"
#define HEAD "{\"schema\":\"clnimg.trace/1\",\"complete\":true,\"losses\":{},\"runs\":[" RUN "],"
#define FILES(files)                                                            \
	HEAD "\"roots\":[" ROOT "],\"execs\":[" EXEC "],\"files\":[" files "]," \
	     "\"ports\":[],\"syscalls\":[]}"

static struct cln_err parse(const char *text, char **out)
{
	cln_owned(cln_trace_drop) struct cln_trace *trace = NULL;
	struct cln_err err = { 0 };

	if (!cln_trace_parse(text, strlen(text), &trace, &err) && out)
		*out = generate_text(trace);
	return err;
}

Test(codec, refuses_with_the_place_and_the_reason)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "", "the file ends where" },
		{ "[]", "'{' expected" },
		{ "{}", "schema is missing" },
		{ "{\"schema\":\"clnimg.trace/2\"}", "newer program" },
		{ "{\"schema\":\"other\"}", "no trace manifest" },
		{ "{\"schema\":1}", "a string expected" },
		{ FILES("") "x", "behind the manifest" },
		{ FILES("{\"path\":\"etc\",\"root\":0,\"access\":[\"read\"],\"by\":[]}"),
			"files[0].path: the path is not absolute" },
		{ FILES("{\"path\":\"/a/../b\",\"root\":0,\"access\":[\"read\"],\"by\":[]}"),
			"not normal" },
		{ FILES("{\"path\":\"/a\",\"path\":\"/a\"}"), "files[0].path: stands twice" },
		{ FILES("{\"path\":\"/a\",\"path_b64\":\"L2E=\"}"), "files[0].path: stands twice" },
		{ FILES("{\"path\":\"/a\xff\"}"), "not UTF-8" },
		{ FILES("{\"path\":\"/a\\ud800\"}"), "lone surrogate" },
		{ FILES("{\"path\":\"/a\\u0000\"}"), "NUL" },
		{ FILES("{\"path_b64\":\"L2EA\"}"), "NUL" },
		{ FILES("{\"path_b64\":\"L2F=\"}"), "no base64" },
		{ FILES("{\"path\":\"/a\",\"root\":1,\"access\":[\"read\"],\"by\":[]}"),
			"files[0].root: there is no such entry" },
		{ FILES("{\"path\":\"/a\",\"root\":0,\"access\":[\"read\"],\"by\":[1]}"),
			"files[0].by: there is no such entry" },
		{ FILES("{\"path\":\"/a\",\"root\":0,\"access\":[\"fly\"],\"by\":[]}"),
			"no such access class" },
		{ FILES("{\"path\":\"/a\",\"root\":0,\"access\":[],\"by\":[]}"),
			"no access class" },
		{ FILES("{\"path\":\"/a\",\"root\":0,\"by\":[]}"), "access is missing" },
		{ FILES("{\"path\":\"/a\",\"root\":-1}"), "negative" },
		{ FILES("{\"path\":\"/a\",\"root\":1e3}"), "no integer" },
		{ FILES("{\"path\":\"/a\",\"root\":01}"), "starts with 0" },
		{ FILES("{\"path\":\"/a\",\"peak_bytes\":9007199254740992}"), "larger than" },
		{ FILES("{\"path\":\"/a\",\"peak_bytes\":99999999999999999999}"), "absurd" },
		{ FILES("{\"path\":\"/a\",\"root\":0,\"access\":[\"read\"],\"by\":[0],\"how\":[]}"),
			"how has 0 lists for 1" },
		{ FILES("{\"path\":\"/a\",\"root\":0,\"access\":[\"read\"],\"by\":[0],"
			"\"how\":[[\"write\"]]}"),
			"how names what access does not" },
		{ FILES("{\"x\":{\"y\":1,\"y\":2}}"), "stands twice" },
		{ FILES("{\"x\":1,\"x\":2}"), "stands twice" },
		{ FILES("{\"x\":nul}"), "value expected" },
		{ FILES("{\"x\":1.}"), "value expected" },
		{ FILES("{\"result\":{\"type\":\"file\",\"x\":1}}"), "unknown member" },
		{ LIMITED(LIMIT("nofile", "04096", "8192")), "no such soft" },
		{ LIMITED(LIMIT("nofile", "4096", "18446744073709551615")), "no such hard" },
		{ LIMITED(LIMIT("nofile", "4096", "")), "no such hard" },
		{ LIMITED(LIMIT("NOFILE", "1", "1")), "no such name" },
		{ LIMITED(LIMIT("nofile", "unlimited", "1")), "above the hard one" },
		{ LIMITED(LIMIT("core", "0", "0") "," LIMIT("core", "0", "1")), "stands twice" },
		{ LIMITED("{\"name\":\"core\",\"soft\":\"0\"}"), "hard is missing" },
		{ LIMITED("{\"name\":\"core\",\"soft\":0,\"hard\":\"0\"}"), "a string expected" },
		{ HEAD "\"roots\":[" ROOT "],\"execs\":[],\"files\":[],\"ports\":[]}",
			"syscalls is missing" },
		{ "{\"schema\":\"clnimg.trace/1\",\"complete\":false,\"losses\":{},\"runs\":[" RUN
		  "],\"roots\":[],\"execs\":[],\"files\":[],\"ports\":[],\"syscalls\":[]}",
			"complete: is false" },
		{ "{\"schema\":\"clnimg.trace/1\",\"complete\":true,\"losses\":{\"a\":1},\"runs\":[" RUN
		  "],\"roots\":[],\"execs\":[],\"files\":[],\"ports\":[],\"syscalls\":[]}",
			"losses: not the sum" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct cln_err err = parse(cases[i].text, NULL);

		cr_expect(strstr(err.text, cases[i].says), "%s\nsays \"%s\", not \"%s\"",
			cases[i].text, err.text, cases[i].says);
	}
}

Test(codec, refuses_parents_that_go_round)
{
	struct cln_err err = parse(HEAD
		"\"roots\":[" ROOT "],\"execs\":["
		"{\"path\":\"/a\",\"root\":0,\"role\":\"main\",\"argv\":[],\"cwd\":\"/\","
		"\"uid\":0,\"gid\":0,\"groups\":[],\"umask\":\"0022\",\"parent\":1,\"count\":1},"
		"{\"path\":\"/b\",\"root\":0,\"role\":\"main\",\"argv\":[],\"cwd\":\"/\","
		"\"uid\":0,\"gid\":0,\"groups\":[],\"umask\":\"0022\",\"parent\":0,\"count\":1}"
		"],\"files\":[],\"ports\":[],\"syscalls\":[]}",
		NULL);

	cr_expect(strstr(err.text, "its own ancestor"), "%s", err.text);
}

Test(codec, every_truncation_is_refused)
{
	struct generate g = { 7, 2, 4, 6 };
	cln_owned(cln_trace_drop) struct cln_trace *trace = generate_trace(&g);
	cln_owned(cln_drop_mem) char *text = generate_text(trace);

	for (size_t size = 0; size + 1 < strlen(text); size++) {
		struct cln_trace *part = NULL;
		struct cln_err err = { 0 };

		cr_assert(cln_trace_parse(text, size, &part, &err) < 0, "%zu bytes", size);
		cr_assert(err.text[0]);
	}
}

Test(codec, nesting_is_bounded)
{
	char text[4096] = "{\"x\":";

	memset(text + strlen(text), '[', 4000);
	cr_expect(strstr(parse(text, NULL).text, "nested deeper"));
}

Test(codec, unknown_members_survive_and_other_spellings_become_one)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err err = parse(
		FILES("{ \"z\" : [ 1, {\"b\" : \"\\u0041\\n\"} ],\r\n\"path\":\"\\/a\",\"root\":0,"
		      "\"access\":[\"write\",\"read\"],\"by\":[0, 0],\"a\":-1.5e+7}"),
		&text);

	cr_assert(text, "%s", err.text);
	cr_expect(strstr(text, "{\"path\":\"/a\",\"root\":0,\"access\":[\"read\",\"write\"],"
			       "\"by\":[0],\"a\":-1.5e+7,\"z\":[1,{\"b\":\"A\\n\"}]}"),
		"%s", text);
}

Test(codec, bytes_that_are_no_text_survive)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err err = parse(FILES("{\"path_b64\":\"L/8=\",\"root\":0,"
					 "\"access\":[\"read\"],\"by\":[0]}"),
		&text);

	cr_assert(text, "%s", err.text);
	cr_expect(strstr(text, "{\"path_b64\":\"L/8=\",\"root\":0"), "%s", text);
}

Test(codec, keys_may_stand_in_any_order)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err err =
		parse("{\"files\":[{\"by\":[0],\"access\":[\"read\"],\"root\":0,\"path\":\"/a\"}],"
		      "\"execs\":[" EXEC "],\"roots\":[" ROOT
		      "],\"syscalls\":[],\"ports\":[],\"runs\":[" RUN
		      "],\"losses\":{},\"complete\":true,\"schema\":\"clnimg.trace/1\"}",
			&text);

	cr_expect(text, "%s", err.text);
}

Test(codec, limits_beyond_what_numbers_hold_survive)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err err =
		parse(LIMITED(LIMIT("stack", "18446744073709551614", "unlimited") "," LIMIT(
			      "core", "0", "18446744073709551614")),
			&text);

	cr_assert(text, "%s", err.text);
	cr_expect(strstr(text, "\"limits\":[" LIMIT("core", "0", "18446744073709551614") "," LIMIT(
				       "stack", "18446744073709551614", "unlimited") "]"),
		"%s", text);
}
