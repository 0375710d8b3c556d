/* SPDX-License-Identifier: Apache-2.0 */
#include "common/file.h"
#include "packager/model/tree_build.h"
#include "packager/verify/check.h"
#include "packager/verify/facts.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

struct file {
	const char *path;
	enum node_type type;
	uint32_t mode;
	const char *data; /* content, or the target of a symlink */
};

static struct tree *tree_of(const struct file *file, size_t count)
{
	struct cln_err err = {};
	struct spool *spool = NULL;
	struct tree *tree;

	cr_assert_eq(spool_new(NULL, 0, &spool, &err), 0, "%s", err.text);
	tree = tree_new(spool);
	tree_layer_begin(tree);
	for (size_t i = 0; i < count; i++) {
		struct tree_entry entry = {
			.path = file[i].path, .type = file[i].type, .mode = file[i].mode
		};

		if (entry.type == NODE_SYMLINK)
			entry.target = file[i].data;
		if (entry.type == NODE_FILE && file[i].data) {
			entry.size_bytes = strlen(file[i].data);
			cr_assert_eq(spool_append(tree_spool(tree), file[i].data, entry.size_bytes,
					     &entry.spool_offset, &err),
				0);
		}
		cr_assert_eq(tree_layer_add(tree, &entry, NULL, &err), 0, "%s", err.text);
	}
	cr_assert_eq(tree_layer_end(tree, &err), 0, "%s", err.text);
	cr_assert_eq(tree_seal(tree, &err), 0, "%s", err.text);
	return tree;
}

static const char *const none[] = { NULL };
static const char *const entry[] = { "/clnimg-init", NULL };

static struct image image_of(const char *user, const char *const *entrypoint)
{
	return (struct image){ .user = user, .entrypoint = entrypoint, .cmd = none, .env = none };
}

static bool has(const struct findings *findings, const char *check, const char *path)
{
	for (size_t i = 0; i < findings->count; i++)
		if (strcmp(findings->finding[i].check, check) == 0 &&
			(!path || (findings->finding[i].path &&
					  strcmp(findings->finding[i].path, path) == 0)))
			return true;
	return false;
}

static void run_all(const struct check_input *in, struct findings *findings)
{
	struct cln_err err = {};

	findings_init(findings);
	cr_assert_eq(check_all(in, findings, &err), 0, "%s", err.text);
}

static const struct file good[] = {
	{ "clnimg-init", NODE_FILE, 0755, "\177ELF" },
	{ "etc/clnimg/init.conf", NODE_FILE, 0644,
		"# made\nclnimg-init 1\ndir /run/web 0755\nlog \"/var/log/a b\" stdout\n"
		"exec /usr/bin/app ${@args}\n" },
	{ "usr/bin/app", NODE_FILE, 0755, "\177ELF" },
	{ "usr/bin/tool.py", NODE_FILE, 0755, "#!/usr/bin/app -x\n" },
	{ "bin", NODE_SYMLINK, 0777, "usr/bin" },
	{ "etc/app.conf", NODE_SYMLINK, 0777, "/run/app.conf" },
};

static json_t *runtime(void)
{
	return json_pack("{s:{s:b,s:{s:i,s:i}},s:{s:b},s:[{s:s}]}", "process", "noNewPrivileges", 1,
		"user", "uid", 65532, "gid", 65532, "root", "readonly", 1, "mounts", "destination",
		"/run");
}

Test(check, a_good_image_has_no_findings)
{
	struct tree *tree = tree_of(good, CLN_COUNT(good));
	struct image image = image_of("65532:65532", entry);
	json_t *facts = runtime();
	struct findings findings;

	run_all(&(struct check_input){ .image = &image, .tree = tree, .runtime = facts },
		&findings);
	for (size_t i = 0; i < findings.count; i++)
		cr_expect(false, "%s: %s", findings.finding[i].check, findings.finding[i].text);
	findings_release(&findings);
	json_decref(facts);
	tree_free(tree);
}

Test(check, each_breach_is_found)
{
	static const struct {
		struct file file;
		const char *check;
	} cases[] = {
		{ { "bin2/sh", NODE_FILE, 0755, "\177ELF" }, "shell" },
		{ { "opt/x/busybox", NODE_FILE, 0711, "\177ELF" }, "shell" },
		{ { "opt/x/tool", NODE_FILE, 0755, "\177ELF @(#)Bash version 5, BASH_VERSINFO" },
			"shell" },
		{ { "usr/bin/apt-get", NODE_FILE, 0755, "perl" }, "package-manager" },
		{ { "opt/x/libexec/dpkg", NODE_FILE, 0755, "\177ELF" }, "package-manager" },
		{ { "usr/bin/su", NODE_FILE, 04755, "x" }, "setuid" },
		{ { "usr/bin/wall", NODE_FILE, 02755, "x" }, "setuid" },
		{ { "dev/sda", NODE_BLOCK, 0600, NULL }, "device" },
		{ { "usr/bin/s.sh", NODE_FILE, 0755, "#!/bin/nosh\n" }, "shebang" },
		{ { "usr/lib/libx.so", NODE_SYMLINK, 0777, "libx.so.1" }, "dangling-link" },
		{ { "tmp2", NODE_DIR, 0777, NULL }, "world-writable" },
		{ { "etc/clnimg/init.conf", NODE_FILE, 0644, "clnimg-init 1\nfly away\n" },
			"init-conf" },
		{ { "etc/clnimg/init.conf", NODE_FILE, 0644, "clnimg-init 1\ndir /x\n" },
			"init-conf" },
		{ { "etc/clnimg/init.conf", NODE_FILE, 0644, "clnimg-init 1\nlog \"x stdout\n" },
			"init-conf" },
		{ { "etc/clnimg/init.conf", NODE_FILE, 0644, "exec /usr/bin/app\n" }, "init-conf" },
		{ { "etc/clnimg/init.conf", NODE_FILE, 0644,
			  "clnimg-init 1\nexec /usr/bin/gone\n" },
			"init-path" },
		{ { "etc/clnimg/init.conf", NODE_FILE, 0644,
			  "clnimg-init 1\nrun timeout=5s -- /usr/bin/gone -x\n" },
			"init-path" },
		{ { "etc/clnimg/init.conf", NODE_FILE, 0644,
			  "clnimg-init 1\ntemplate /t/x.in /run/x 0644 vars=A\n" },
			"init-path" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct file files[CLN_COUNT(good) + 1];
		struct image image = image_of("65532", entry);
		json_t *facts = runtime();
		struct findings findings;
		struct tree *tree;

		memcpy(files, good, sizeof(good));
		files[CLN_COUNT(good)] = cases[i].file;
		tree = tree_of(files, CLN_COUNT(files));
		run_all(&(struct check_input){ .image = &image, .tree = tree, .runtime = facts },
			&findings);
		cr_expect(has(&findings, cases[i].check, NULL), "case %zu: no %s finding", i,
			cases[i].check);
		findings_release(&findings);
		json_decref(facts);
		tree_free(tree);
	}
}

Test(check, init_standing_in_for_sh_is_no_shell)
{
	struct file files[] = { good[0], good[1], good[2],
		{ "bin/sh", NODE_SYMLINK, 0777, "/clnimg-init" } };
	struct tree *tree = tree_of(files, CLN_COUNT(files));
	struct image image = image_of("1", entry);
	struct findings findings;

	run_all(&(struct check_input){ .image = &image, .tree = tree }, &findings);
	cr_expect_not(has(&findings, "shell", NULL));
	findings_release(&findings);
	tree_free(tree);
}

Test(check, users_and_entry_points)
{
	static const char *const other[] = { "/bin/app", NULL };
	static const struct {
		const char *user;
		const char *const *entrypoint;
		const char *check; /* NULL: fine */
	} cases[] = {
		{ "65532", entry, NULL },
		{ "65532:1", entry, NULL },
		{ "0", entry, "user" },
		{ "0:5", entry, "user" },
		{ "", entry, "user" },
		{ "www-data", entry, "user" },
		{ "5x", entry, "user" },
		{ "4294967296", entry, "user" },
		{ "1", other, "entrypoint" },
		{ "1", none, "entrypoint" },
	};
	struct tree *tree = tree_of(good, CLN_COUNT(good));

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct image image = image_of(cases[i].user, cases[i].entrypoint);
		struct findings findings;
		struct cln_err err = {};

		findings_init(&findings);
		cr_assert_eq(check_policy(&(struct check_input){ .image = &image, .tree = tree },
				     &findings, &err),
			0);
		cr_expect_eq(findings.count == 0, cases[i].check == NULL, "case %zu", i);
		if (cases[i].check)
			cr_expect(has(&findings, cases[i].check, NULL), "case %zu", i);
		findings_release(&findings);
	}
	tree_free(tree);
}

/* /bin/true wants a loader and libc.so.6. */
static char *program_new(size_t *size)
{
	struct cln_err err = {};
	char *data;

	cr_assert_eq(cln_read_file("/bin/true", 1 << 20, &data, size, &err), 0, "%s", err.text);
	return data;
}

static struct tree *tree_with_program(const char *data, size_t size, bool libraries)
{
	static const char *const paths[] = { "lib64/ld-linux-x86-64.so.2",
		"lib/ld-linux-aarch64.so.1", "lib/libc.so.6" };
	struct cln_err err = {};
	struct spool *spool = NULL;
	struct tree_entry program = {
		.path = "bin/true", .mode = 0755, .type = NODE_FILE, .size_bytes = size
	};
	struct tree *tree;

	cr_assert_eq(spool_new(NULL, 0, &spool, &err), 0);
	cr_assert_eq(spool_append(spool, data, size, &program.spool_offset, &err), 0);
	tree = tree_new(spool);
	tree_layer_begin(tree);
	cr_assert_eq(tree_layer_add(tree, &program, NULL, &err), 0);
	for (size_t i = 0; libraries && i < CLN_COUNT(paths); i++)
		cr_assert_eq(tree_layer_add(tree,
				     &(struct tree_entry){
					     .path = paths[i], .type = NODE_FILE, .mode = 0755 },
				     NULL, &err),
			0);
	cr_assert_eq(tree_layer_end(tree, &err), 0);
	cr_assert_eq(tree_seal(tree, &err), 0);
	return tree;
}

Test(check, programs_find_loader_and_libraries)
{
	size_t size;
	char *data = program_new(&size);
	struct tree *whole = tree_with_program(data, size, true);
	struct tree *bare = tree_with_program(data, size, false);
	struct image image = image_of("1", entry);
	static const struct {
		bool prod_whole, source, source_whole;
		size_t broken;
	} cases[] = {
		{ true, true, true, 0 }, { false, true, true, 2 }, /* loader and libc */
		{ false, true, false, 1 },  /* libc was never there; a loader must be */
		{ false, false, false, 0 }, /* nobody knows: notes */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct check_input in = { .image = &image,
			.tree = cases[i].prod_whole ? whole : bare };
		struct findings findings;
		struct cln_err err = {};

		if (cases[i].source)
			in.source = cases[i].source_whole ? whole : bare;
		findings_init(&findings);
		cr_assert_eq(check_elf(&in, &findings, &err), 0, "%s", err.text);
		cr_expect_eq(
			findings_at(&findings, FINDING_BROKEN), cases[i].broken, "case %zu", i);
		cr_expect_eq(findings.count == 0, cases[i].prod_whole, "case %zu", i);
		findings_release(&findings);
	}
	tree_free(whole);
	tree_free(bare);
	free(data);
}

Test(check, links_that_dangled_before_are_no_fault)
{
	struct file files[] = { good[0], good[1], good[2],
		{ "usr/lib/old.so", NODE_SYMLINK, 0777, "nowhere" } };
	struct tree *tree = tree_of(files, CLN_COUNT(files));
	struct image image = image_of("1", entry);
	struct findings findings;

	run_all(&(struct check_input){ .image = &image, .tree = tree, .source = tree }, &findings);
	cr_expect_not(has(&findings, "dangling-link", NULL));
	findings_release(&findings);
	tree_free(tree);
}

/* Without the dev image, the list of its paths tells the same. */
Test(check, links_against_the_list_of_a_report)
{
	static const struct {
		const char *had;
		size_t broken, notes;
	} cases[] = {
		{ "/usr/lib/nowhere", 1, 0 }, /* led somewhere: lost */
		{ "/usr/lib/other", 0, 0 },   /* dangled before */
		{ NULL, 0, 1 },		      /* nobody knows */
	};
	struct file files[] = { good[0], good[1], good[2],
		{ "usr/lib/old.so", NODE_SYMLINK, 0777, "nowhere" } };
	struct tree *tree = tree_of(files, CLN_COUNT(files));
	struct image image = image_of("1", entry);

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct check_input in = { .image = &image, .tree = tree };
		struct cln_pathset had = { 0 };
		struct findings findings;
		struct cln_err err = {};

		if (cases[i].had) {
			cln_pathset_add(&had, cases[i].had, 1);
			in.source_path = &had;
		}
		findings_init(&findings);
		cr_assert_eq(check_links(&in, &findings, &err), 0);
		cr_expect_eq(findings_at(&findings, FINDING_BROKEN), cases[i].broken, "%zu", i);
		cr_expect_eq(findings.count, cases[i].broken + cases[i].notes, "%zu", i);
		findings_release(&findings);
		cln_pathset_release(&had);
	}
	tree_free(tree);
}

/* What init.conf names is there: programs, templates, and what rules are about. */
Test(check, init_conf_names_what_is_there)
{
	static const struct {
		const char *line, *path;
	} cases[] = {
		{ "exec /usr/bin/gone", "/usr/bin/gone" },
		{ "template /usr/share/t /run/t 0644", "/usr/share/t" },
		{ "copy /usr/share/s /run/s", "/usr/share/s" },
		{ "run timeout=3 -- /usr/bin/gone -x", "/usr/bin/gone" },
		{ "landlock exec /usr/bin/app /usr/bin/gone", "/usr/bin/gone" },
		{ "landlock write /run /var/lib/gone", "/var/lib/gone" },
		{ "cwd /srv", "/srv" },
		{ "landlock write /dev/null /proc /run/x ${DATA}", NULL },
		{ "landlock require 2", NULL },
		{ "exec /usr/bin/app ${@args}", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_drop_mem) char *text =
			cln_format("clnimg-init 1\n%s\n", cases[i].line);
		struct file files[] = { good[0], { "etc/clnimg/init.conf", NODE_FILE, 0644, text },
			good[2] };
		struct tree *tree = tree_of(files, CLN_COUNT(files));
		struct image image = image_of("1", entry);
		json_t *facts = runtime();
		struct findings findings;
		struct cln_err err = {};

		findings_init(&findings);
		cr_assert_eq(check_init(
				     &(struct check_input){
					     .image = &image, .tree = tree, .runtime = facts },
				     &findings, &err),
			0);
		cr_expect_eq(findings.count, (size_t)(cases[i].path != NULL), "%s: %zu",
			cases[i].line, findings.count);
		cr_expect(!cases[i].path || has(&findings, "init-path", cases[i].path), "%s",
			cases[i].line);
		findings_release(&findings);
		json_decref(facts);
		tree_free(tree);
	}
}

Test(check, interpreters_are_there_as_they_were)
{
	static const struct {
		bool source_has;
		enum finding_level level;
	} cases[] = { { true, FINDING_BROKEN }, { false, FINDING_NOTE } };
	struct file prod_files[] = { good[0], good[1], good[2],
		{ "usr/bin/s", NODE_FILE, 0755, "#! /opt/x -e\n" },
		{ "usr/share/s", NODE_FILE, 0644, "#!/opt/y\n" } };
	struct file with[] = { { "opt/x", NODE_FILE, 0755, "x" } };
	struct tree *prod = tree_of(prod_files, CLN_COUNT(prod_files));
	struct tree *has_it = tree_of(with, 1), *without = tree_of(good, CLN_COUNT(good));

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct findings findings;
		struct cln_err err = {};

		findings_init(&findings);
		cr_assert_eq(
			check_scripts(&(struct check_input){ .tree = prod,
					      .source = cases[i].source_has ? has_it : without },
				&findings, &err),
			0);
		cr_assert_eq(findings.count, 1, "case %zu", i);
		cr_expect_eq(findings.finding[0].level, cases[i].level, "case %zu", i);
		cr_expect_str_eq(findings.finding[0].path, "/usr/bin/s");
		cr_expect_not_null(strstr(findings.finding[0].text, "/opt/x"));
		findings_release(&findings);
	}
	tree_free(prod);
	tree_free(has_it);
	tree_free(without);
}

static const char *const no_words[] = { NULL };

static struct packages packages_of(struct package *package, uint32_t count, uint32_t *owner)
{
	for (uint32_t i = 0; i < count; i++)
		package[i].depends = no_words, package[i].where = TREE_NONE;
	return (struct packages){ .package = package,
		.count = count,
		.owner = owner,
		.distro_id = "debian",
		.distro_version = "12",
		.finding = no_words };
}

static void sbom_add(json_t *sbom, const struct packages *packages, const struct package *package)
{
	char *url = package_purl_new(packages, package);

	json_array_append_new(json_object_get(sbom, "packages"),
		json_pack("{s:s,s:s,s:[{s:s,s:s}]}", "name", package->name, "versionInfo",
			package->version, "externalRefs", "referenceType", "purl",
			"referenceLocator", url));
	free(url);
}

Test(check, sbom_and_content_agree_both_ways)
{
	static const struct {
		const char *kept, *named; /* the package of the image, that of the SBOM */
		bool owns;		  /* the image holds a file of it */
		size_t broken;
	} cases[] = {
		{ "zlib1g", "zlib1g", true, 0 },
		{ "zlib1g", "apt", true, 2 },	  /* one unnamed, one invented */
		{ "zlib1g", "zlib1g", false, 1 }, /* a record of nothing */
	};
	struct file files[] = { good[0], { "usr/lib/libz.so.1", NODE_FILE, 0644, "x" } };
	struct tree *tree = tree_of(files, CLN_COUNT(files));
	uint32_t node = tree_lookup(tree, "/usr/lib/libz.so.1");

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct package kept = {
			.kind = PACKAGE_DEB, .name = cases[i].kept, .version = "1"
		};
		struct package named = {
			.kind = PACKAGE_DEB, .name = cases[i].named, .version = "1"
		};
		uint32_t *owner = malloc(tree->node_count * sizeof(*owner));
		struct packages packages = packages_of(&kept, 1, owner);
		json_t *sbom = json_pack("{s:[]}", "packages");
		struct findings findings;
		struct cln_err err = {};

		for (uint32_t id = 0; id < tree->node_count; id++)
			owner[id] = cases[i].owns && id == node ? 0 : PACKAGE_NONE;
		sbom_add(sbom, &packages, &named);
		findings_init(&findings);
		cr_assert_eq(check_sbom(&(struct check_input){ .tree = tree,
						.packages = &packages,
						.source = tree,
						.source_packages = &packages,
						.sbom = sbom },
				     &findings, &err),
			0);
		cr_expect_eq(findings_at(&findings, FINDING_BROKEN), cases[i].broken,
			"case %zu: %zu", i, findings.count);
		findings_release(&findings);
		json_decref(sbom);
		free(owner);
	}
	tree_free(tree);
}

Test(check, whose_documents)
{
	static const char ours[] =
		"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const char other[] =
		"f123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	static const struct {
		const char *ref, *of; /* of NULL: the SBOM names no image */
		bool found;
	} cases[] = {
		{ "oci:app:prod", ours, false }, { "oci:app:prod", other, true },
		{ "oci-archive:app.tar", other, true }, { "oci:app:prod", NULL, false },
		{ "docker-archive:app.tar", other, false },	/* has no manifest */
		{ "docker://registry/app:prod", other, false }, /* may have been converted */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		json_t *sbom = json_pack("{s:[{s:s},{s:s,s:[{s:s,s:s}]}]}", "packages", "SPDXID",
			"SPDXRef-deb-x", "SPDXID", "SPDXRef-Image", "checksums", "algorithm",
			cases[i].of ? "SHA256" : "SHA1", "checksumValue",
			cases[i].of ? cases[i].of : "x");
		struct image image = image_of("1:1", entry);
		struct findings findings;
		struct cln_err err = {};

		image.ref = cases[i].ref;
		snprintf(image.digest, sizeof(image.digest), "sha256:%s", ours);
		findings_init(&findings);
		cr_assert_eq(check_belongs(&(struct check_input){ .image = &image, .sbom = sbom },
				     &findings, &err),
			0);
		cr_expect_eq(findings_at(&findings, FINDING_BROKEN), cases[i].found, "case %zu", i);
		if (findings.count) {
			cr_expect(strstr(findings.finding[0].text, other));
			cr_expect(strstr(findings.finding[0].text, ours));
		}
		findings_release(&findings);
		json_decref(sbom);
	}
}

Test(facts, counted_once)
{
	struct tree *tree = tree_of(good, CLN_COUNT(good));
	struct cln_err err = {};
	struct facts facts;

	cr_assert_eq(facts_count(tree, NULL, &facts, &err), 0, "%s", err.text);
	cr_expect_eq(facts.files, 4);
	cr_expect_eq(facts.executables, 3);
	cr_expect_eq(facts.symlinks, 2);
	cr_expect_eq(facts.tools[TOOL_SHELL], 0);
	tree_free(tree);
}

/* What decide lets into an image, verify must not refuse; what it bars, verify must. */
Test(facts, judges_as_decide_does)
{
	static const struct {
		struct file file;
		enum tool_kind kind; /* TOOL_KINDS: none */
	} cases[] = {
		{ { "bin/bash", NODE_FILE, 0755, "\177ELF" }, TOOL_SHELL },
		{ { "opt/app/sh", NODE_FILE, 0755, "\177ELF" }, TOOL_SHELL },
		{ { "opt/app/sh", NODE_FILE, 0644, "\177ELF" }, TOOL_KINDS },
		{ { "opt/app/fish", NODE_FILE, 0755, "#!/usr/bin/app\n" }, TOOL_KINDS },
		{ { "bin/bas", NODE_FILE, 0755, "\177ELF" }, TOOL_KINDS },
		{ { "bin/sh", NODE_SYMLINK, 0777, "/clnimg-init" }, TOOL_KINDS },
		{ { "sbin/apk", NODE_FILE, 0755, "\177ELF" }, TOOL_PACKAGE_MANAGER },
		{ { "opt/app/plugins/apk", NODE_FILE, 0755, "\177ELF" }, TOOL_KINDS },
		{ { "etc/cron.daily/dpkg", NODE_FILE, 0755, "#!/bin/sh\n" }, TOOL_KINDS },
		{ { "usr/bin/strace", NODE_FILE, 0755, "\177ELF" }, TOOL_DEBUG },
		{ { "usr/share/doc/less", NODE_FILE, 0755, "text" }, TOOL_KINDS },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct tree *tree = tree_of(&cases[i].file, 1);
		struct cln_err err = {};
		struct facts facts;

		cr_assert_eq(facts_count(tree, NULL, &facts, &err), 0, "%s", err.text);
		for (int kind = 0; kind < TOOL_KINDS; kind++)
			cr_expect_eq(facts.tools[kind], (uint32_t)(kind == (int)cases[i].kind),
				"%s: kind %d", cases[i].file.path, kind);
		tree_free(tree);
	}
}

Test(findings, worst_first_and_stable)
{
	struct findings findings;

	findings_init(&findings);
	findings_add(
		&findings, &(struct finding){ .level = FINDING_NOTE, .check = "n", .text = "1" });
	findings_add(
		&findings, &(struct finding){ .level = FINDING_POLICY, .check = "p", .text = "2" });
	findings_add(
		&findings, &(struct finding){ .level = FINDING_NOTE, .check = "n", .text = "3" });
	findings_add(
		&findings, &(struct finding){ .level = FINDING_POLICY, .check = "p", .text = "4" });
	findings_sort(&findings);
	cr_expect_str_eq(findings.finding[0].text, "2");
	cr_expect_str_eq(findings.finding[1].text, "4");
	cr_expect_str_eq(findings.finding[2].text, "1");
	cr_expect_str_eq(findings.finding[3].text, "3");
	cr_expect_eq(findings_at(&findings, FINDING_POLICY), 2);
	findings_release(&findings);
}
