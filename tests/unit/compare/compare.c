// SPDX-License-Identifier: Apache-2.0
/* Drift between two images, and between two reports. */
#include "packager/verify/compare.h"
#include "tests/unit/tree_sample.h"

#include <criterion/criterion.h>

static const char *const none[] = { NULL };

static char *drift(struct tree *old, struct tree *new, const char *user, size_t *count)
{
	struct image before = { .env = none,
		.entrypoint = none,
		.cmd = none,
		.port = none,
		.user = "1:1",
		.workdir = "/",
		.stop_signal = "" };
	struct image after = before;
	struct subject a = { .image = &before, .tree = old }, b = { .image = &after, .tree = new };
	struct compare_facts left = { 0 }, right = { 0 };
	struct cln_err err = { 0 };
	char *text;

	after.user = user;
	cr_assert_eq(packages_read(old, &a.packages, &err), 0);
	cr_assert_eq(packages_read(new, &b.packages, &err), 0);
	cr_assert_eq(compare_image(&a, &left, &err), 0, "%s", err.text);
	cr_assert_eq(compare_image(&b, &right, &err), 0, "%s", err.text);
	text = compare_text_new(&left, &right, count);
	compare_facts_release(&left);
	compare_facts_release(&right);
	packages_free(a.packages);
	packages_free(b.packages);
	return text;
}

Test(compare, images)
{
	static const struct sample old[] = {
		{ "app", 0755, "one" },
		{ "same", 0644, "x" },
		{ "gone", 0755, "x" },
		{ "link", 0, .link = "app" },
		{ "etc/clnimg/init.conf", 0644, "clnimg-init 1\n# note\nlandlock write /tmp\n" },
		{ "var/lib/dpkg/status.d/z", 0644, "Package: z\nVersion: 1\n" },
		{ "var/lib/db/sbom/x.spdx.json", 0644, "1" },
	};
	static const struct sample new[] = {
		{ "app", 04755, "two" },
		{ "same", 0644, "x" },
		{ "link", 0, .link = "same" },
		{ "etc/clnimg/init.conf", 0644, "clnimg-init 1\nlandlock write /tmp /run\n" },
		{ "var/lib/dpkg/status.d/z", 0644, "Package: z\nVersion: 2\n" },
		{ "var/lib/db/sbom/x.spdx.json", 0644, "2" },
	};
	static const char *const want[] = { "~ config user: 1:1 -> 2:2\n",
		"~ executable /app: plain -> setuid or setgid\n", "- executable /gone: plain\n",
		"~ file /app: 0755 0:0, 3 bytes, ",
		"- file /gone: ", "~ file /link: symlink to app -> symlink to same\n",
		"~ package deb z: 1 -> 2\n", "- start landlock write /tmp\n",
		"+ start landlock write /tmp /run\n" };
	struct tree *before = sample_tree(old, CLN_COUNT(old)),
		    *after = sample_tree(new, CLN_COUNT(new));
	size_t count, same;
	cln_owned(cln_drop_mem) char *text = drift(before, after, "2:2", &count);
	cln_owned(cln_drop_mem) char *nothing = drift(before, before, "1:1", &same);

	for (size_t i = 0; i < CLN_COUNT(want); i++)
		cr_expect(strstr(text, want[i]), "no \"%s\" in:\n%s", want[i], text);
	/* and the two files that hold what else changed: init.conf, the record */
	cr_expect_eq(count, CLN_COUNT(want) + 2, "%zu lines:\n%s", count, text);
	cr_expect_null(strstr(text, "sbom"));
	cr_expect_eq(same, 0u);
	cr_expect_str_eq(nothing, "");
	tree_free(before);
	tree_free(after);
}

/* A name of a hostile image moves no cursor and forges no line. */
Test(compare, hostile_names)
{
	struct compare_fact was = { "file /a\x1b[31m\n+ b", "x" }, is = { "file /c", "\xc2\x9b" };
	const struct compare_facts left = { .fact = &was, .count = 1 }, right = { &is, 1, 1, NULL };
	size_t count;
	cln_owned(cln_drop_mem) char *text = compare_text_new(&left, &right, &count);

	cr_expect_str_eq(text, "- file /a\\x1b[31m\\x0a+ b: x\n+ file /c: \\x9b\n");
}

Test(compare, only_reports)
{
	struct compare_facts facts = { 0 };
	struct cln_err err = { 0 };
	cln_owned(cln_json_drop) json_t *json = json_pack("{s:s}", "schema", "other");

	cr_expect_eq(compare_report(json, &facts, &err), -22);
	compare_facts_release(&facts);
}
