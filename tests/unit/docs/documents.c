// SPDX-License-Identifier: Apache-2.0
/* What every document must say, and that none disagrees with another. */
#include "common/buf.h"
#include "common/json.h"
#include "common/mem.h"
#include "tests/unit/docs/fixture.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

static void make(const struct fixture_options *options, struct fixture *fixture, struct docs *docs)
{
	struct cln_err err = { 0 };

	fixture_make(options, fixture);
	cr_assert_eq(docs_beside(&fixture->in, docs, &err), 0, "%s", err.text);
}

static json_t *parse(const struct docs *docs, const char *name)
{
	const struct doc *doc = fixture_doc(docs, name);
	struct cln_err err = { 0 };
	json_t *json = NULL;

	cr_assert_not_null(doc, "no %s", name);
	cr_assert_eq(
		cln_json_parse(doc->data, doc->size, &json, &err), 0, "%s: %s", name, err.text);
	return json;
}

Test(documents, two_runs_one_text)
{
	const struct fixture_options all = {
		.volume = true, .low_port = true, .hostile = "x\n\xff<"
	};
	struct docs first = { 0 }, second = { 0 };
	struct fixture a, b;

	make(&all, &a, &first);
	make(&all, &b, &second);
	cr_assert_eq(first.count, second.count);
	for (size_t i = 0; i < first.count; i++) {
		cr_expect_str_eq(first.doc[i].name, second.doc[i].name);
		cr_expect(first.doc[i].size == second.doc[i].size &&
				  memcmp(first.doc[i].data, second.doc[i].data,
					  first.doc[i].size) == 0,
			"%s differs", first.doc[i].name);
	}
	docs_release(&first);
	docs_release(&second);
	fixture_release(&a);
	fixture_release(&b);
}

Test(documents, all_that_the_contract_names)
{
	static const char *const names[] = { "kubernetes.yaml", "kubernetes-patch.yaml",
		"compose.yaml", "run.args", "docker.args", "runtime.json", "config.json",
		"seccomp.json", "sbom.spdx.json", "sbom.cdx.json", "vex.openvex.json",
		"provenance.json", "report.json", "report.html", "admission-policy.yaml",
		"kyverno-policy.yaml", "nginx.container", "debug.txt" };
	const struct fixture_options plain = { 0 };
	struct docs docs = { 0 };
	struct fixture fixture;

	make(&plain, &fixture, &docs);
	for (size_t i = 0; i < CLN_COUNT(names); i++)
		cr_expect_not_null(fixture_doc(&docs, names[i]), "no %s", names[i]);
	docs_release(&docs);
	fixture_release(&fixture);
}

Test(documents, run_args)
{
	const struct fixture_options options = { .volume = true, .low_port = true };
	struct docs docs = { 0 };
	struct fixture fixture;

	make(&options, &fixture, &docs);
	cr_expect_str_eq(fixture_doc(&docs, "run.args")->data,
		"--read-only\n--read-only-tmpfs=false\n--user=65532:65532\n--group-add=4\n--group-add=44\n"
		"--cap-drop=all\n--security-opt=no-new-privileges\n"
		"--tmpfs=/run:rw,nosuid,nodev,exec,mode=0755,size=1000000,U\n"
		"--volume=nginx-srv-data-dir:/srv/Data Dir:rw,nosuid,nodev,U\n"
		"--tmpfs=/tmp:rw,nosuid,nodev,noexec,mode=1777,size=67108864\n"
		"--sysctl=net.ipv4.ip_unprivileged_port_start=80\n--stop-timeout=21\noci:app:prod\n");
	cr_expect(strstr(fixture_doc(&docs, "docker.args")->data, ",uid=65532,gid=65532\n"));
	cr_expect_null(strstr(fixture_doc(&docs, "docker.args")->data, ",U"));
	docs_release(&docs);
	fixture_release(&fixture);
}

/* The engines' documents name the same mounts and the same user. */
Test(documents, engines_agree)
{
	const struct fixture_options options = { .volume = true };
	struct docs docs = { 0 };
	struct fixture fixture;
	json_t *runtime, *config, *mount, *entry;
	size_t i, k;

	make(&options, &fixture, &docs);
	runtime = parse(&docs, "runtime.json");
	config = parse(&docs, "config.json");
	json_array_foreach (json_object_get(runtime, "mounts"), i, mount) {
		const char *path = cln_json_str(mount, "path", "?");
		bool found = false;

		json_array_foreach (json_object_get(config, "mounts"), k, entry)
			found |= strcmp(cln_json_str(entry, "destination", ""), path) == 0;
		cr_expect(found, "config.json has no %s", path);
		cr_expect(strstr(fixture_doc(&docs, "kubernetes.yaml")->data, path));
		cr_expect(strstr(fixture_doc(&docs, "compose.yaml")->data, path));
		cr_expect(strstr(fixture_doc(&docs, "nginx.container")->data, path));
		cr_expect(strstr(fixture_doc(&docs, "admission-policy.yaml")->data, path));
	}
	json_decref(runtime);
	json_decref(config);
	docs_release(&docs);
	fixture_release(&fixture);
}

static const json_t *by_name(const json_t *list, const char *name)
{
	const json_t *object;
	size_t i;

	json_array_foreach ((json_t *)list, i, object)
		if (strcmp(cln_json_str(object, "name", ""), name) == 0)
			return object;
	return NULL;
}

/* A package is in the bills of materials if and only if a file of it remains;
 * one that is wholly gone is in the VEX. */
Test(documents, packages_remain_with_their_files)
{
	static const struct {
		const char *name;
		bool remains, partial;
	} cases[] = {
		{ "libc6", true, true }, /* libm is gone */
		{ "nginx", true, false },
		{ "base-files", true, false },
		{ "dash", false, false },
		{ "flask", true, false },
		{ "gone", false, false },
	};
	const struct fixture_options plain = { 0 };
	struct docs docs = { 0 };
	struct fixture fixture;
	json_t *spdx, *cdx;

	make(&plain, &fixture, &docs);
	spdx = parse(&docs, "sbom.spdx.json");
	cdx = parse(&docs, "sbom.cdx.json");
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_drop_mem) char *removed =
			cln_format("%s/%s@", i < 4 ? "debian" : "pypi", cases[i].name);
		const json_t *package = by_name(json_object_get(spdx, "packages"), cases[i].name);

		cr_expect_eq(package != NULL, cases[i].remains, "%s in SPDX", cases[i].name);
		cr_expect_eq(by_name(json_object_get(cdx, "components"), cases[i].name) != NULL,
			cases[i].remains, "%s in CycloneDX", cases[i].name);
		cr_expect_eq(strstr(fixture_doc(&docs, "vex.openvex.json")->data, removed) == NULL,
			cases[i].remains, "%s in VEX", cases[i].name);
		cr_expect_eq(strstr(cln_json_str(package, "comment", ""), "partial") != NULL,
			cases[i].partial, "%s is partial", cases[i].name);
	}
	cr_expect_not_null(by_name(json_object_get(spdx, "packages"), "clnimg-init"));
	cr_expect_not_null(by_name(json_object_get(spdx, "packages"), "nginx-application-files"));
	json_decref(spdx);
	json_decref(cdx);
	docs_release(&docs);
	fixture_release(&fixture);
}

/* Every file on request, in both; the verification code of a package of one file is by the rule. */
Test(documents, files_on_request)
{
	const struct fixture_options files = { .files = true };
	struct docs docs = { 0 };
	struct fixture fixture;
	json_t *spdx, *cdx;
	const json_t *flask, *list, *file;
	size_t i, found = 0;

	make(&files, &fixture, &docs);
	spdx = parse(&docs, "sbom.spdx.json");
	cdx = parse(&docs, "sbom.cdx.json");
	list = json_object_get(spdx, "files");
	json_array_foreach ((json_t *)list, i, file) {
		const char *name = cln_json_str(file, "fileName", "");

		cr_expect_not_null(
			by_name(json_object_get(cdx, "components"), name + 1), "%s", name);
		found += strcmp(name, "./usr/sbin/nginx") == 0;
		cr_expect_str_neq(name, "./usr/bin/dash");
	}
	cr_expect_eq(found, 1u);
	flask = by_name(json_object_get(spdx, "packages"), "flask");
	cr_expect(json_is_true(json_object_get(flask, "filesAnalyzed")));
	/* SHA-1 of the hex SHA-1 of its one file, METADATA */
	cr_expect_str_eq(cln_json_str(json_object_get(flask, "packageVerificationCode"),
				 "packageVerificationCodeValue", ""),
		"b03a45bbeaddc31a0f8285cf82a1498fbeaf1796");
	json_decref(spdx);
	json_decref(cdx);
	docs_release(&docs);
	fixture_release(&fixture);
}

static const json_t *code_of(const json_t *package)
{
	return json_object_get(
		json_array_get(json_object_get(package, "annotations"), 0), "comment");
}

/* Without the list of files: what they add up to, and no digest that is of another file. */
Test(documents, codes_without_files)
{
	const struct fixture_options plain = { 0 };
	struct docs docs = { 0 };
	struct fixture fixture;
	json_t *spdx, *cdx, *property;
	const json_t *flask;
	size_t i, found = 0;

	make(&plain, &fixture, &docs);
	spdx = parse(&docs, "sbom.spdx.json");
	cdx = parse(&docs, "sbom.cdx.json");
	flask = by_name(json_object_get(spdx, "packages"), "flask");
	cr_expect(json_is_false(json_object_get(flask, "filesAnalyzed")));
	cr_expect_null(json_object_get(flask, "packageVerificationCode"));
	cr_expect_str_eq(json_string_value(code_of(flask)),
		"packageVerificationCode of its 1 files in the image: "
		"b03a45bbeaddc31a0f8285cf82a1498fbeaf1796");
	cr_expect_not_null(json_object_get(flask, "checksums"), "it is one file");
	cr_expect_null(
		json_object_get(by_name(json_object_get(spdx, "packages"), "libc6"), "checksums"));
	flask = by_name(json_object_get(cdx, "components"), "flask");
	json_array_foreach (json_object_get(flask, "properties"), i, property)
		found += strcmp(cln_json_str(property, "value", ""),
				 "b03a45bbeaddc31a0f8285cf82a1498fbeaf1796") == 0;
	cr_expect_eq(found, 1u);
	json_decref(spdx);
	json_decref(cdx);
	docs_release(&docs);
	fixture_release(&fixture);
}

/* What the packager wrote is listed too: the init, its configuration, the records. */
Test(documents, written_files_on_request)
{
	static const char *const names[] = { "./clnimg-init", "./etc/clnimg/init.conf",
		"./var/lib/dpkg/status.d/nginx", "./usr/sbin/nginx" };
	const struct fixture_options files = { .files = true };
	struct plan_edit edit = { .kind = EDIT_FILE,
		.path = "/etc/clnimg/init.conf",
		.node = TREE_NONE,
		.data = "exec x\n",
		.data_size = 7 };
	struct docs docs = { 0 };
	struct cln_err err = { 0 };
	struct fixture fixture;
	json_t *spdx, *file;
	size_t i, found;

	fixture_make(&files, &fixture);
	fixture.plan.edit = &edit;
	fixture.plan.edit_count = 1;
	cr_assert_eq(docs_inside(&fixture.in, &docs, &err), 0, "%s", err.text);
	spdx = parse(&docs, "/var/lib/db/sbom/nginx.spdx.json");
	for (size_t n = 0; n < CLN_COUNT(names); n++) {
		found = 0;
		json_array_foreach (json_object_get(spdx, "files"), i, file)
			found += strcmp(cln_json_str(file, "fileName", ""), names[n]) == 0;
		cr_expect_eq(found, 1u, "%s", names[n]);
	}
	cr_expect_not_null(by_name(json_object_get(spdx, "packages"), "nginx-generated-files"));
	json_decref(spdx);
	docs_release(&docs);
	fixture_release(&fixture);
}

/* A scan names the vulnerabilities; what remains in use gets no statement. */
Test(documents, vex_of_a_scan)
{
	static const char trivy[] =
		"{\"Results\":[{\"Vulnerabilities\":["
		"{\"VulnerabilityID\":\"CVE-1\",\"PkgName\":\"dash\",\"InstalledVersion\":\"0.5.12-2\"},"
		"{\"VulnerabilityID\":\"CVE-1\",\"PkgName\":\"dash\",\"InstalledVersion\":\"0.5.12-2\"},"
		"{\"VulnerabilityID\":\"CVE-2\",\"PkgName\":\"nginx\",\"InstalledVersion\":\"1.22.1-9\"},"
		"{\"VulnerabilityID\":\"CVE-3\",\"PkgName\":\"libc6\",\"InstalledVersion\":\"2.36-9\"},"
		"{\"VulnerabilityID\":\"CVE-4\",\"PkgName\":\"other\",\"InstalledVersion\":\"1\"}]}],"
		"\"matches\":[{\"vulnerability\":{\"id\":\"CVE-5\"},"
		"\"artifact\":{\"name\":\"gone\",\"version\":\"1\"}}]}";
	const struct fixture_options plain = { 0 };
	struct cln_err err = { 0 };
	struct fixture fixture;
	json_t *scan = NULL;

	fixture_make(&plain, &fixture);
	cr_assert_eq(cln_json_parse(trivy, sizeof(trivy) - 1, &scan, &err), 0, "%s", err.text);
	fixture.in.scan = scan;
	for (int unused = 0; unused <= 1; unused++) {
		struct docs docs = { 0 };
		const char *text;

		fixture.in.vex_unused = unused;
		cr_assert_eq(docs_beside(&fixture.in, &docs, &err), 0);
		text = fixture_doc(&docs, "vex.openvex.json")->data;
		cr_expect(strstr(text, "CVE-1") &&
			  strstr(strstr(text, "CVE-1") + 1, "CVE-1") == NULL);
		cr_expect(strstr(text, "CVE-5"));
		cr_expect_null(strstr(text, "CVE-2"), "main executed nginx");
		cr_expect_null(strstr(text, "CVE-4"), "no such package");
		cr_expect_eq(strstr(text, "CVE-3") != NULL, unused == 1, "libc6 remains, unused");
		cr_expect_null(strstr(text, "\"*\""));
		docs_release(&docs);
	}
	json_decref(scan);
	fixture_release(&fixture);
}

Test(documents, report_counts)
{
	static const struct {
		const char *key;
		int before, after;
	} cases[] = {
		{ "shells", 1, 0 }, /* dash; sh is a link to it */
		{ "package_managers", 1, 0 }, { "setuid", 1, 0 }, { "packages", 6, 4 },
		{ "executables", 6, 4 }, /* libc, nginx, app.py and the init */
	};
	const struct fixture_options plain = { 0 };
	struct docs docs = { 0 };
	struct fixture fixture;
	json_t *report;

	make(&plain, &fixture, &docs);
	report = parse(&docs, "report.json");
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cr_expect_eq(cln_json_int(json_object_get(report, "before"), cases[i].key, -1),
			cases[i].before, "%s before", cases[i].key);
		cr_expect_eq(cln_json_int(json_object_get(report, "after"), cases[i].key, -1),
			cases[i].after, "%s after", cases[i].key);
	}
	json_decref(report);
	docs_release(&docs);
	fixture_release(&fixture);
}

/* No text of the image ends the data of the page or a comment in the YAML. */
Test(documents, hostile_texts)
{
	const struct fixture_options options = {
		.hostile = "</script><script>alert(1)\n- x: y\r\x1b[2J"
	};
	struct docs docs = { 0 };
	struct fixture fixture;
	const char *page, *end;

	make(&options, &fixture, &docs);
	page = strstr(fixture_doc(&docs, "report.html")->data, "id=\"data\">");
	cr_assert_not_null(page);
	end = strstr(page, "</script>");
	cr_expect_not_null(strstr(page, "\\u003c/script>"));
	cr_expect(end && end[-1] == '}' && end[-2] == ']', "the data ends where it should");
	cr_expect_null(strstr(fixture_doc(&docs, "kubernetes.yaml")->data, "\n- x: y"));
	cr_expect_null(strstr(fixture_doc(&docs, "compose.yaml")->data, "\n- x: y"));
	docs_release(&docs);
	fixture_release(&fixture);
}

/* Main's calls, the engine's and the init's; without a trace of calls the
 * profile allows all rather than stop every program. */
Test(documents, seccomp)
{
	static const char *const none[] = { NULL };
	const struct fixture_options plain = { 0 };
	struct docs docs = { 0 }, silent = { 0 };
	struct fixture fixture;
	struct cln_err err = { 0 };

	make(&plain, &fixture, &docs);
	cr_expect(strstr(fixture_doc(&docs, "seccomp.json")->data, "\"epoll_wait\""));
	cr_expect(strstr(fixture_doc(&docs, "seccomp.json")->data, "\"execve\""));
	cr_expect(strstr(fixture_doc(&docs, "seccomp.json")->data, "\"landlock_restrict_self\""));
	cr_expect_null(strstr(fixture_doc(&docs, "seccomp.json")->data, "\"ptrace\""));
	fixture.plan.syscall = none;
	cr_assert_eq(docs_beside(&fixture.in, &silent, &err), 0);
	cr_expect(strstr(fixture_doc(&silent, "seccomp.json")->data, "SCMP_ACT_ALLOW"));
	cr_expect_null(strstr(fixture_doc(&silent, "seccomp.json")->data, "SCMP_ACT_ERRNO"));
	docs_release(&docs);
	docs_release(&silent);
	fixture_release(&fixture);
}

/* Of a document that is made while it is put. */
struct pieces {
	struct cln_buf whole;
	size_t count, largest, stop_after;
};

static int put(void *context, const void *data, size_t size, struct cln_err *err)
{
	struct pieces *pieces = context;

	pieces->count++;
	pieces->largest = CLN_MAX(pieces->largest, size);
	cln_buf_add(&pieces->whole, data, size);
	return pieces->count == pieces->stop_after ? cln_fail(err, ENOSPC, "full") : 0;
}

static int take_report(void *context, struct doc *doc, struct cln_err *err)
{
	return strncmp(doc->name, "report.", 7) ? 0 : doc_write(doc, put, context, err);
}

Test(documents, reports_are_put_in_pieces)
{
	const struct fixture_options many = { .many = 20000 };
	struct pieces pieces = { 0 }, cut = { .stop_after = 2 };
	const struct doc *json, *html;
	struct docs docs = { 0 };
	struct fixture fixture;
	struct cln_err err = { 0 };

	make(&many, &fixture, &docs);
	json = fixture_doc(&docs, "report.json");
	html = fixture_doc(&docs, "report.html");
	cr_assert_eq(docs_each(&fixture.in, take_report, &pieces, &err), 0);
	cr_assert_eq(pieces.whole.size, json->size + html->size);
	cr_expect(!memcmp(pieces.whole.data, json->data, json->size));
	cr_expect(!memcmp(pieces.whole.data + json->size, html->data, html->size));
	cr_expect(json->size > 1000000 && html->size > 500000);
	cr_expect_lt(pieces.largest, json->size / 4, "%zu bytes at once", pieces.largest);
	/* what cannot be written ends it, and nothing is put after */
	cr_expect_eq(docs_each(&fixture.in, take_report, &cut, &err), -ENOSPC);
	cr_expect_eq(cut.count, 2);
	cr_expect_str_eq(err.text, "full");
	cln_buf_release(&pieces.whole);
	cln_buf_release(&cut.whole);
	docs_release(&docs);
	fixture_release(&fixture);
}
