// SPDX-License-Identifier: Apache-2.0
/* test-config.c - whole configurations: what is refused and where, what is gathered. */
#include "init/env.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct init in;
static struct fail err;

static int run(enum mode mode, const char *text, char *const *args, char *const *environment)
{
	memset(&in, 0, sizeof(in));
	err = (struct fail){ .word = -1 };
	in.mode = mode;
	cr_assert_eq(init_reset(&in, args, environment, &err), 0);
	cr_assert_lt(strlen(text), sizeof(in.conf));
	memcpy(in.conf, text, strlen(text) + 1);
	return config_run_text(&in, "f", strlen(text), &err);
}

static char *none[] = { NULL };

Test(config, refused_with_place)
{
	static const struct {
		const char *text, *want; /* start of the message */
	} cases[] = {
		{ "", "f:1:1: the first line must be" },
		{ "clnimg-init 2\n", "f:1:13: this program reads version 1" },
		{ "clnimg-init 1\nfoo bar\n", "f:2:1: unknown directive \"foo\"" },
		{ "clnimg-init 1\n\n  dir run 0755\n", "f:3:7: \"run\" is not an absolute path" },
		{ "clnimg-init 1\ndir /run 0999\n", "f:2:10: \"0999\" is not an octal mode" },
		{ "clnimg-init 1\ndir /run\n", "f:2:1: dir: wrong number of words" },
		{ "clnimg-init 1\ndir /run 0755 root:root\n",
			"f:2:15: \"root:root\" is not UID:GID" },
		{ "clnimg-init 1\nenv 1X set y\n", "f:2:5: \"1X\" is not a variable name" },
		{ "clnimg-init 1\nenv X match uint128\n", "f:2:13: \"uint128\" is not a type" },
		{ "clnimg-init 1\nenv X put y\n", "f:2:7: \"put\" is none of set default" },
		{ "clnimg-init 1\narg prepend\n", "f:2:5: no words to add" },
		{ "clnimg-init 1\nexec a\nexec b\n", "f:3:1: a second exec" },
		{ "clnimg-init 1\nsignal CHLD TERM\n", "f:2:8: \"CHLD\" cannot be forwarded" },
		{ "clnimg-init 1\nsignal TERM FOO\n", "f:2:13: \"FOO\" is not a signal" },
		{ "clnimg-init 1\nstop grace=never\n", "f:2:6: \"grace=never\" is not a time" },
		{ "clnimg-init 1\nexit 256 0\n", "f:2:6: \"256\" is not an exit status" },
		{ "clnimg-init 1\noom 1001\n", "f:2:5: \"1001\" is not a number" },
		{ "clnimg-init 1\nlandlock read /\n",
			"f:2:10: \"read\" is none of exec write require" },
		{ "clnimg-init 1\nseccomp deny frobnicate\n",
			"f:2:14: \"frobnicate\" is not a system call" },
		{ "clnimg-init 1\nseccomp allow ptrace\n",
			"f:2:9: \"allow\" is none of deny hide kill" },
		{ "clnimg-init 1\nrun /bin/true x\n",
			"f:2:5: \"/bin/true\" is none of unless-exists=" },
		{ "clnimg-init 1\nrun timeout=5s ignore-failure\n",
			"f:2:1: -- PROGRAM is missing" },
		{ "clnimg-init 1\nwait tcp db 5s\n", "f:2:10: \"db\" is not HOST:PORT" },
		{ "clnimg-init 1\nlimit foo 1\n", "f:2:7: \"foo\" is none of as core" },
		{ "clnimg-init 1\nuser nobody\n", "f:2:6: \"nobody\" is not UID" },
		{ "clnimg-init 1\nuser 4294967295\n", "f:2:6: \"4294967295\" is not UID" },
		{ "clnimg-init 1\nrandom /t/x hex 0\n", "f:2:17: \"0\" is not a number of bytes" },
		{ "clnimg-init 1\ncopy /a /b when-it-suits\n",
			"f:2:12: \"when-it-suits\" is none of mode=" },
		{ "clnimg-init 1\nlog /a/b stdin\n", "f:2:10: \"stdin\" is none of stdout stderr" },
		{ "clnimg-init 1\nredirect known /t\n", "f:2:10: \"known\" is none of unknown" },
		{ "clnimg-init 1\nrequire luck\n",
			"f:2:9: \"luck\" is none of readonly-root nonroot" },
		{ "clnimg-init 1\nenv A set \"x\n", "f:2:11: quote without end" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_lt(run(MODE_APPLY, cases[i].text, none, none), 0, "%s", cases[i].text);
		cr_expect_eq(strncmp(err.text, cases[i].want, strlen(cases[i].want)), 0,
			"%s gives %s", cases[i].text, err.text);
	}
}

/* A mistake in the last line must stop the first from being carried out. */
Test(config, nothing_is_done_before_all_is_checked)
{
	rmdir("/tmp/clnimg-never");
	cr_expect_lt(
		run(MODE_APPLY, "clnimg-init 1\ndir /tmp/clnimg-never 0755\nbogus\n", none, none),
		0);
	cr_expect_lt(access("/tmp/clnimg-never", F_OK), 0);
	cr_expect_eq(run(MODE_EXPLAIN, "clnimg-init 1\nsignal 1 2\n", none, none), 0);
	cr_expect_eq(run(MODE_CHECK, "clnimg-init 1\ndir /tmp/clnimg-never 0755\n", none, none), 0);
	cr_expect_lt(access("/tmp/clnimg-never", F_OK), 0);
}

static char arg_flag[] = "-x", arg_two[] = "two words";
static char *flags[] = { arg_flag, arg_two, NULL };

static const char *joined(const struct table *table)
{
	static char out[4096];
	size_t used = 0;

	out[0] = '\0';
	for (unsigned i = 0; i < table->count; i++)
		used += (size_t)snprintf(out + used, sizeof(out) - used, "%s|", table->slot[i]);
	return out;
}

Test(config, arguments)
{
	static char opts[] = "JAVA_OPTS=-Xmx1g  -Dx=y";
	char *environment[] = { opts, NULL };

	cr_assert_eq(
		run(MODE_APPLY,
			"clnimg-init 1\narg if-flag prepend postgres\narg if-flag append never\n"
			"arg if-none append never\narg split JAVA_OPTS\narg append \"last one\"\n"
			"exec /bin/x ${@JAVA_OPTS} a${UNSET} ${@args}\n",
			flags, environment),
		0, "%s", err.text);
	cr_expect_str_eq(joined(&in.launch.exec),
		"/bin/x|-Xmx1g|-Dx=y|a|postgres|-x|two words|-Xmx1g|-Dx=y|last one|");
}

/* The heads of entry scripts: the program's name where it lacks, fixed arguments behind it. */
Test(config, argument_conditions)
{
	static const char lines[] =
		"clnimg-init 1\narg if-none prepend tool\narg if-flag prepend tool\n"
		"arg if-first=*.conf prepend tool\narg if-no-program prepend tool\n"
		"arg if-first=tool insert -W -db\narg if-first=tool append end\n";
	static struct {
		char args[2][32];
		int count;
		const char *want;
	} cases[] = {
		{ { "" }, 0, "tool|-W|-db|end|" },
		{ { "-c", "x" }, 2, "tool|-W|-db|-c|x|end|" },
		{ { "/etc/a.conf" }, 1, "tool|-W|-db|/etc/a.conf|end|" },
		{ { "tool", "x" }, 2, "tool|-W|-db|x|end|" },
		{ { "other", "x" }, 2, "other|x|" },
		{ { "/tmp/clnimg-args/other" }, 1, "/tmp/clnimg-args/other|" },
		{ { "app.js", "x" }, 2, "tool|-W|-db|app.js|x|end|" },
		{ { "/tmp/app.js" }, 1, "tool|-W|-db|/tmp/app.js|end|" },
		{ { "" }, 1, "tool|-W|-db||end|" },
	};
	static char path[] = "PATH=/nowhere:/tmp/clnimg-args:/tmp";
	char *environment[] = { path, NULL };

	mkdir("/tmp/clnimg-args", 0755);
	close(open("/tmp/clnimg-args/tool", O_WRONLY | O_CREAT, 0755));
	close(open("/tmp/clnimg-args/other", O_WRONLY | O_CREAT, 0755));
	close(open("/tmp/clnimg-args/app.js", O_WRONLY | O_CREAT, 0644));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char *args[3] = { NULL };

		for (int k = 0; k < cases[i].count; k++)
			args[k] = cases[i].args[k];
		cr_assert_eq(run(MODE_APPLY, lines, args, environment), 0, "%s", err.text);
		cr_expect_str_eq(joined(&in.args), cases[i].want);
	}
	strcpy(cases[2].args[1], "x");
	char *conf[] = { cases[2].args[0], cases[2].args[1], NULL };

	cr_assert_eq(run(MODE_APPLY,
			     "clnimg-init 1\narg if-first=*.conf prepend tool\n"
			     "arg if-first=/etc/a.conf prepend never\n",
			     conf, environment),
		0, "%s", err.text);
	cr_expect_str_eq(joined(&in.args), "tool|/etc/a.conf|x|");
	cr_expect_lt(run(MODE_CHECK, "clnimg-init 1\narg if-late prepend x\n", none, none), 0);
	cr_expect_str_eq(err.text,
		"f:2:5: \"if-late\" is none of if-no-program if-flag if-first= if-none split prepend insert append");
	cr_expect_lt(run(MODE_CHECK, "clnimg-init 1\narg if-none insert\n", none, none), 0);
}

Test(config, environment)
{
	static char keep[] = "KEEP=1", empty[] = "EMPTY=", secret[] = "PW_FILE=/tmp/clnimg-test-pw";
	char *environment[] = { keep, empty, secret, NULL };
	int fd = open("/tmp/clnimg-test-pw", O_WRONLY | O_CREAT | O_TRUNC, 0600);

	cr_assert_eq(write(fd, "s3cret\n\n", 8), 8);
	close(fd);
	cr_assert_eq(
		run(MODE_APPLY,
			"clnimg-init 1\nenv KEEP default 2\nenv EMPTY default x\nenv NEW set ${KEEP}-${EMPTY}\n"
			"env PW file PW_FILE\nenv KEEP unset\nenv NEW require\nenv NEW match glob=1-?\n",
			none, environment),
		0, "%s", err.text);
	cr_expect_str_eq(joined(&in.env), "EMPTY=x|NEW=1-x|PW=s3cret|");
	cr_expect_lt(
		run(MODE_APPLY, "clnimg-init 1\nenv KEEP file PW_FILE\n", none, environment), 0);
	cr_expect(strstr(err.text, "both set"), "%s", err.text);
	cr_expect_lt(
		run(MODE_APPLY, "clnimg-init 1\nenv NONE require \"say it\"\n", none, none), 0);
	cr_expect_str_eq(err.text, "f:2:5: NONE: say it");
	unlink("/tmp/clnimg-test-pw");
	cr_expect_lt(run(MODE_APPLY, "clnimg-init 1\nenv PW file PW_FILE\n", none, environment), 0);
	cr_expect_str_eq(
		err.text, "f:2:1: PW_FILE: /tmp/clnimg-test-pw: No such file or directory");
}

static const char *content(const char *path)
{
	static char out[4096];
	long size = file_read(path, out, sizeof(out));

	return size < 0 ? "(none)" : out;
}

Test(config, places)
{
	static char x[] = "X=\"v\"", name[] = "SECRET=no";
	char *environment[] = { x, name, NULL };
	struct stat st;

	cr_assert_eq(
		system("rm -rf /tmp/clnimg-places; mkdir -p /tmp/clnimg-places/src/sub;"
		       "cd /tmp/clnimg-places; echo one >src/a; echo two >src/sub/b; ln -s a src/l;"
		       "chmod 0751 src/sub; printf '$uri ${X} $X $XY ${SECRET} $ $' >t"),
		0);
	const char *text = "clnimg-init 1\n"
			   "dir /tmp/clnimg-places/run/deep 03770\n"
			   "copy /tmp/clnimg-places/src /tmp/clnimg-places/dst unless-exists\n"
			   "copy /tmp/clnimg-places/src/a /tmp/clnimg-places/mode mode=0640\n"
			   "template /tmp/clnimg-places/t /tmp/clnimg-places/out 0600 vars=X,NONE\n"
			   "symlink src /tmp/clnimg-places/link\n"
			   "random /tmp/clnimg-places/secret hex 16 unless-exists\n"
			   "unlink /tmp/clnimg-places/t /tmp/clnimg-places/not-there\n";

	cr_assert_eq(run(MODE_APPLY, text, none, environment), 0, "%s", err.text);
	cr_expect(stat("/tmp/clnimg-places/run/deep", &st) == 0 && (st.st_mode & 07777) == 03770);
	cr_expect(stat("/tmp/clnimg-places/dst/sub", &st) == 0 && (st.st_mode & 07777) == 0751);
	cr_expect(stat("/tmp/clnimg-places/mode", &st) == 0 && (st.st_mode & 07777) == 0640);
	cr_expect_str_eq(content("/tmp/clnimg-places/dst/sub/b"), "two\n");
	cr_expect_str_eq(content("/tmp/clnimg-places/dst/l"), "one\n");
	cr_expect_str_eq(content("/tmp/clnimg-places/link/a"), "one\n");
	cr_expect_str_eq(content("/tmp/clnimg-places/out"), "$uri \"v\" \"v\" $XY ${SECRET} $ $");
	cr_expect_eq(strlen(content("/tmp/clnimg-places/secret")), 32);
	cr_expect_lt(access("/tmp/clnimg-places/t", F_OK), 0);

	/* A second start of the same container: what is there stays, nothing fails. */
	char first[64];

	snprintf(first, sizeof(first), "%s", content("/tmp/clnimg-places/secret"));
	cr_assert_eq(system("cd /tmp/clnimg-places; echo x >t; echo mine >dst/a"), 0);
	cr_assert_eq(run(MODE_APPLY, text, none, environment), 0, "%s", err.text);
	cr_expect_str_eq(content("/tmp/clnimg-places/secret"), first);
	cr_expect_str_eq(content("/tmp/clnimg-places/dst/a"), "mine\n");
	cr_assert_eq(system("rm -rf /tmp/clnimg-places"), 0);
}
