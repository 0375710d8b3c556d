// SPDX-License-Identifier: Apache-2.0
/* Package records inside the image. */
#include "common/mem.h"
#include "tests/unit/docs/fixture.h"
#include "tests/unit/tree_sample.h"

#include <criterion/criterion.h>
#include <string.h>

static const char *text(const struct docs *docs, const char *name)
{
	const struct doc *doc = fixture_doc(docs, name);

	return doc ? doc->data : "(none)";
}

Test(records, dpkg)
{
	const struct fixture_options plain = { 0 };
	struct docs docs = { 0 };
	struct cln_err err = { 0 };
	struct fixture fixture;

	fixture_make(&plain, &fixture);
	cr_assert_eq(docs_inside(&fixture.in, &docs, &err), 0, "%s", err.text);
	cr_expect(strncmp(text(&docs, "/var/lib/dpkg/status.d/libc6"),
			  "Package: libc6\nStatus: install ok installed\nMaintainer: ", 50) == 0);
	cr_expect_str_eq(text(&docs, "/var/lib/dpkg/status.d/libc6.md5sums"),
		"00000000000000000000000000000001  lib/x86_64-linux-gnu/libc.so.6\n");
	cr_expect_str_eq(text(&docs, "/var/lib/dpkg/info/libc6.list"),
		"/usr/lib/x86_64-linux-gnu/libc.so.6\n/usr/share/doc/libc6/copyright\n");
	cr_expect_str_eq(text(&docs, "/var/lib/dpkg/status.d/dash"), "(none)");
	cr_expect_str_eq(text(&docs, "/var/lib/dpkg/info/dash.list"), "(none)");
	cr_expect_not_null(fixture_doc(&docs, "/var/lib/db/sbom/nginx.spdx.json"));
	cr_expect_not_null(fixture_doc(&docs, "/var/lib/db/sbom/nginx.cdx.json"));
	docs_release(&docs);
	fixture_release(&fixture);
}

/* A kept file that the plan removes or replaces is not there; a seeded one is. */
Test(records, edits_count)
{
	static const char *const nginx = "/usr/sbin/nginx";
	static const char *const where[] = { "/usr/sbin/nginx\n", "(none)",
		"/usr/share/clnimg/seed/x\n" };
	const struct fixture_options plain = { 0 };
	struct plan_edit edit[2] = { { .kind = EDIT_REMOVE, .path = nginx },
		{ .kind = EDIT_SEED, .path = nginx, .target = "/usr/share/clnimg/seed/x" } };
	struct cln_err err = { 0 };
	struct fixture fixture;

	fixture_make(&plain, &fixture);
	edit[0].node = edit[1].node = tree_lookup(fixture.tree, nginx);
	fixture.plan.edit = edit;
	for (size_t count = 0; count <= 2; count++) {
		struct docs docs = { 0 };

		fixture.plan.edit_count = count;
		cr_assert_eq(docs_inside(&fixture.in, &docs, &err), 0, "%s", err.text);
		cr_expect_eq(fixture_doc(&docs, "/var/lib/dpkg/status.d/nginx") != NULL, count != 1,
			"%zu edits", count);
		cr_expect_str_eq(text(&docs, "/var/lib/dpkg/info/nginx.list"), where[count]);
		docs_release(&docs);
	}
	fixture_release(&fixture);
}

/* dpkg's own database, where a rule keeps it, names no package that is gone. */
Test(records, status_reduced)
{
	const struct fixture_options plain = { 0 };
	struct docs docs = { 0 };
	struct cln_err err = { 0 };
	struct fixture fixture;

	fixture_make(&plain, &fixture);
	fixture.keep.why[tree_lookup(fixture.tree, "/var/lib/dpkg/status")] = WHY_RULE_KEEP;
	cr_assert_eq(docs_inside(&fixture.in, &docs, &err), 0, "%s", err.text);
	cr_expect(strncmp(text(&docs, "/var/lib/dpkg/status"), "Package: ", 9) == 0);
	cr_expect_not_null(strstr(text(&docs, "/var/lib/dpkg/status"), "\n\nPackage: nginx\n"));
	cr_expect_null(strstr(text(&docs, "/var/lib/dpkg/status"), "Package: dash\n"));
	cr_expect_null(fixture_doc(&docs, "/var/lib/dpkg/status.d/nginx"), "nothing twice");
	cr_expect_str_eq(text(&docs, "/var/lib/dpkg/info/libc6:amd64.md5sums"),
		"00000000000000000000000000000001  lib/x86_64-linux-gnu/libc.so.6\n");
	docs_release(&docs);
	fixture_release(&fixture);
}

Test(records, apk_reduced)
{
	static const struct sample files[] = {
		{ "etc/os-release", 0644, "ID=alpine\nVERSION_ID=3.20.1\n" },
		{ "lib/ld-musl.so", 0755, "elf" },
		{ "lib/other.so", 0755, "elf" },
		{ "bin/busybox", 0755, "elf" },
		{ "lib/apk/db/installed", 0644,
			"C:Q1=\nP:musl\nV:1\nA:x86_64\nF:lib\nM:0:0:755\nR:ld-musl.so\na:0:0:755\nZ:Q1a=\n"
			"R:other.so\nZ:Q1b=\nF:etc\nR:gone\n\nP:busybox\nV:2\nF:bin\nR:busybox\n" },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	const struct fixture_options plain = { 0 };
	struct docs docs = { 0 };
	struct cln_err err = { 0 };
	struct packages *packages = NULL;
	struct fixture fixture;
	uint8_t why[32] = { 0 };
	uint32_t via[32] = { 0 };
	struct keep keep = { .why = why, .via = via, .node_count = tree->node_count };

	fixture_make(&plain, &fixture);
	cr_assert_leq(tree->node_count, 32u);
	cr_assert_eq(packages_read(tree, &packages, &err), 0);
	memset(via, 0xff, sizeof(via));
	why[tree_lookup(tree, "/lib/ld-musl.so")] = WHY_NEEDED;
	fixture.in.tree = tree;
	fixture.in.packages = packages;
	fixture.in.keep = &keep;
	cr_assert_eq(docs_inside(&fixture.in, &docs, &err), 0, "%s", err.text);
	cr_expect_str_eq(text(&docs, "/lib/apk/db/installed"),
		"C:Q1=\nP:musl\nV:1\nA:x86_64\nF:lib\nR:ld-musl.so\na:0:0:755\nZ:Q1a=\n\n");
	docs_release(&docs);
	packages_free(packages);
	tree_free(tree);
	fixture_release(&fixture);
}
