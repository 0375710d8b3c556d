// SPDX-License-Identifier: Apache-2.0
/* Is the manifest this image's, and is it enough? */
#include "common/hash.h"
#include "tests/unit/decide/decide_sample.h"

#include <errno.h>

static const struct decide_file files[] = {
	{ { "etc/os-release", 0644, "ID=debian\n" } },
	{ { "usr/bin/app", 0755, "program" } },
};

struct root_case {
	const char *path, *bytes; /* evidence */
	const char *kind, *recognised;
	const char *mount;
	bool written, forced, arm64;
	uint32_t root;
	int roots;
	const char *refused; /* part of the message; NULL: found */
};

static struct cln_trace *trace_of(const struct root_case *rc)
{
	struct cln_trace *trace = cln_trace_new();

	for (int i = 0; i < rc->roots; i++) {
		char hex[CLN_SHA256_HEX], cgroup[16];
		struct cln_trace_evidence evidence = {
			.path = rc->path, .sha256 = hex, .size_bytes = strlen(rc->bytes)
		};
		struct cln_trace_mount mount = { rc->mount, "tmpfs", "tmpfs", "rw" };
		struct cln_trace_root root = {
			.kind = rc->kind ? rc->kind : "container",
			.platform = i ? "linux/arm64" : "linux/amd64",
			.recognised = rc->recognised ? rc->recognised : "mount-namespace",
			.cgroup = cgroup,
			.evidence = &evidence,
			.evidence_count = 1,
			.mount = &mount,
			.mount_count = rc->mount ? 1 : 0,
		};
		struct cln_trace_use use = { CLN_TRACE_NONE, CLN_WRITE };
		uint32_t index;

		snprintf(cgroup, sizeof(cgroup), "c%d", i);
		cln_sha256_of(rc->bytes, strlen(rc->bytes), hex);
		index = cln_trace_add_root(trace, &root);
		if (rc->written)
			cln_trace_add_file(trace, index, rc->path, NULL, &use);
	}
	cln_trace_settle(trace);
	return trace;
}

Test(decide_root, found_by_content)
{
	static const struct root_case cases[] = {
		{ "/usr/bin/app", "program", .roots = 1 },
		{ "/usr/bin/app", "progrem", .roots = 1,
			.refused = "/usr/bin/app differs (--any-image" },
		{ "/usr/bin/app", "program ", .roots = 1, .refused = "/usr/bin/app differs" },
		{ "/usr/bin/none", "x", .roots = 1, .refused = "another image: /usr/bin/none" },
		{ "/usr/bin/app", "progrem", .roots = 1, .forced = true },
		/* what the run wrote or mounted says nothing, for nor against */
		{ "/usr/bin/app", "progrem", .roots = 1, .written = true,
			.refused = "nothing in the manifest tells" },
		{ "/usr/bin/app", "progrem", .roots = 1, .mount = "/usr",
			.refused = "nothing in the manifest tells" },
		{ "/usr/bin/app", "program", .roots = 1, .mount = "/us" },
		{ "/usr/bin/app", "program", .roots = 1, .kind = "host", .recognised = "initial",
			.refused = "saw no container" },
		{ "/usr/bin/app", "program", .roots = 0, .refused = "saw no container" },
		{ "/usr/bin/app", "program", .roots = 2, .refused = "2 containers" },
		{ "/usr/bin/app", "progrem", .roots = 2, .forced = true,
			.refused = "2 containers" },
		/* the first is of amd64, the second of arm64: only one can be this image */
		{ "/usr/bin/app", "program", .roots = 2, .arm64 = true, .root = 1 },
		{ "/usr/bin/app", "progrem", .roots = 2, .arm64 = true, .forced = true, .root = 1 },
		{ "/usr/bin/app", "program", .roots = 1, .arm64 = true,
			.refused = "no container of the image's platform" },
		{ "/usr/bin/app", "program", .roots = 1, .arm64 = true, .forced = true },
	};
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct cln_trace *trace = trace_of(&cases[i]);
		struct cln_err err = { 0 };
		uint32_t root = 77;
		struct image image = { .os = "linux", .architecture = "arm64", .variant = "v8" };
		struct keep_input in = { .tree = c.tree, .trace = trace };
		int r;

		if (cases[i].arm64)
			in.image = &image;
		r = keep_find_root(&in, cases[i].forced, &root, &err);

		if (cases[i].refused) {
			cr_expect_eq(r, -EPERM, "case %zu", i);
			cr_expect_eq(err.status, CLN_EXIT_POLICY);
			cr_expect_not_null(
				strstr(err.text, cases[i].refused), "case %zu: %s", i, err.text);
			cr_expect_eq(root, 77);
		} else {
			cr_expect_eq(r, 0, "case %zu: %s", i, err.text);
			cr_expect_eq(root, cases[i].root, "case %zu", i);
		}
		cln_trace_free(trace);
	}
	case_end(&c);
}

static void add_run(struct cln_trace *trace, bool complete)
{
	cln_trace_add_run(trace, &(struct cln_trace_run){
					 .id = "0123456789abcdef0123456789abcdef",
					 .tool = "t",
					 .host = "h",
					 .kernel = "k",
					 .platform = "linux/amd64",
					 .started = "2026-01-01T00:00:00Z",
					 .complete = complete,
				 });
}

Test(decide_root, enough_to_decide)
{
	static const char *const paths[] = { "/a", "/b", "/c" };

	for (size_t used = 0; used <= CLN_COUNT(paths); used++)
		for (int complete = 0; complete < 2; complete++) {
			struct decide_case c;
			bool fine = complete && used == CLN_COUNT(paths);

			case_begin(&c, files, CLN_COUNT(files));
			add_run(c.trace, complete);
			for (size_t i = 0; i < used; i++)
				case_use(&c, CLN_ROLE_MAIN, paths[i], CLN_READ, NULL);
			cln_trace_settle(c.trace);
			cr_expect_eq(
				keep_check_trace(&c.in, false, false, &c.err), fine ? 0 : -EPERM);
			if (!complete)
				cr_expect_not_null(strstr(c.err.text, "--allow-incomplete"));
			else if (!fine)
				cr_expect_not_null(strstr(c.err.text, "--allow-sparse"));
			cr_expect_eq(keep_check_trace(&c.in, true, true, &c.err), 0);
			case_end(&c);
		}
}

/* One file is enough for a program that says itself that it needs no other. */
Test(decide_root, static_programs)
{
	static const struct elf_sample alone = { 0 }, loaded = { .interp = "/lib/ld.so" },
				       linked = { .needed = { "libx.so" } };
	static const struct {
		const struct elf_sample *program;
		bool fine;
	} cases[] = { { &alone, true }, { &loaded, false }, { &linked, false } };

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		const struct decide_file program[] = { { { "program/main", 0755 },
			cases[i].program } };
		struct decide_case c;

		case_begin(&c, program, 1);
		add_run(c.trace, true);
		cr_expect_eq(keep_check_trace(&c.in, false, false, &c.err), -EPERM, "nothing used");
		case_use(&c, CLN_ROLE_MAIN, "/program/main", CLN_EXEC, NULL);
		cln_trace_settle(c.trace);
		cr_expect_eq(keep_check_trace(&c.in, false, false, &c.err),
			cases[i].fine ? 0 : -EPERM, "case %zu: %s", i, c.err.text);
		case_end(&c);
	}
}

static uint32_t add_container(struct cln_trace *trace, const char *entry, const char *bytes)
{
	char hex[2][CLN_SHA256_HEX];
	struct cln_trace_evidence evidence[] = {
		{ "/etc/os-release", hex[0], strlen("ID=debian\n"), true },
		{ entry, hex[1], strlen(bytes), true },
	};

	cln_sha256_of("ID=debian\n", strlen("ID=debian\n"), hex[0]);
	cln_sha256_of(bytes, strlen(bytes), hex[1]);
	return cln_trace_add_root(trace, &(struct cln_trace_root){
						 .kind = "container",
						 .platform = "linux/amd64",
						 .recognised = "mount-namespace",
						 .cgroup = entry,
						 .evidence = evidence,
						 .evidence_count = 2,
					 });
}

static uint32_t add_program(struct cln_trace *trace, uint32_t root, const char *path,
	uint32_t parent, enum cln_role role)
{
	return cln_trace_add_exec(trace, &(struct cln_trace_exec){
						 .path = path,
						 .root = root,
						 .cwd = "/",
						 .parent = parent,
						 .count = 1,
						 .role = role,
					 });
}

/* However much start-up did: nobody knows what production needs. */
Test(decide_root, main_that_never_ran)
{
	struct cln_trace *trace = cln_trace_new();
	struct keep_input in = { .trace = trace };
	struct cln_trace_use use = { .access = CLN_READ };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	in.tree = c.tree;
	in.root = add_container(trace, "/usr/bin/app", "program");
	use.exec = add_program(trace, in.root, "/bin/x", CLN_TRACE_NONE, CLN_ROLE_INJECTED);
	for (const char *const *path = (const char *const[]){ "/a", "/b", "/c", "/d", NULL }; *path;
		path++)
		cln_trace_add_file(trace, in.root, *path, NULL, &use);
	add_run(trace, true);
	cln_trace_settle(trace);
	cr_expect_eq(keep_check_trace(&in, false, false, &c.err), -EPERM);
	cr_expect(strstr(c.err.text, "never saw the main program"), "%s", c.err.text);
	cr_expect_eq(keep_check_trace(&in, false, true, &c.err), 0);
	cln_trace_free(trace);
	case_end(&c);
}

static const struct cln_trace_file *file_of(
	const struct cln_trace *trace, uint32_t root, const char *path)
{
	for (size_t i = 0; i < trace->file_count; i++)
		if (trace->file[i].root == root && !strcmp(trace->file[i].path, path))
			return &trace->file[i];
	return NULL;
}

/* One image, started in two ways, beside another image on the same base. */
Test(decide_root, containers_of_one_image_unite)
{
	struct cln_trace_use use = { CLN_TRACE_NONE, CLN_READ };
	struct cln_trace *trace = cln_trace_new();
	struct keep_input in = { 0 };
	struct decide_case c;
	uint32_t a, b, other;

	case_begin(&c, files, CLN_COUNT(files));
	a = add_container(trace, "/usr/bin/app", "program");
	b = add_container(trace, "/etc/os-release", "ID=debian\n");
	other = add_container(trace, "/usr/bin/other", "another");
	cln_trace_add_file(trace, a, "/of/a", NULL, &use);
	cln_trace_add_file(trace, b, "/of/b", NULL, &use);
	cln_trace_add_file(trace, other, "/of/other", NULL, &use);
	cln_trace_settle(trace);
	cr_assert_eq(trace->root_count, 3, "the base alone does not make them one");
	in.tree = c.tree;
	cr_assert_eq(keep_match_root(&in, trace, false, &c.err), 0, "%s", c.err.text);
	cr_expect_eq(trace->root_count, 2);
	cr_expect(file_of(trace, in.root, "/of/a") && file_of(trace, in.root, "/of/b"));
	cr_expect_null(file_of(trace, in.root, "/of/other"));
	cln_trace_free(trace);
	case_end(&c);
}

/* Two that fit and share nothing: nobody can tell which one production is. */
Test(decide_root, containers_with_nothing_in_common)
{
	static const char *const paths[] = { "/etc/os-release", "/usr/bin/app" };
	static const char *const bytes[] = { "ID=debian\n", "program" };
	struct cln_trace *trace = cln_trace_new();
	struct keep_input in = { 0 };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	for (size_t i = 0; i < CLN_COUNT(paths); i++) {
		char hex[CLN_SHA256_HEX];
		struct cln_trace_evidence evidence = { paths[i], hex, strlen(bytes[i]), true };
		struct cln_trace_root root = { .kind = "container",
			.platform = "linux/amd64",
			.recognised = "mount-namespace",
			.cgroup = paths[i],
			.evidence = &evidence,
			.evidence_count = 1 };

		cln_sha256_of(bytes[i], strlen(bytes[i]), hex);
		cln_trace_add_root(trace, &root);
	}
	cln_trace_settle(trace);
	in.tree = c.tree;
	cr_expect_eq(keep_match_root(&in, trace, false, &c.err), -EPERM);
	cr_expect(strstr(c.err.text, "2 containers"), "%s", c.err.text);
	cln_trace_free(trace);
	case_end(&c);
}

/* A helper started in a chroot, which changes to one in that; another's; main's own. */
Test(decide_root, chroots_stand_where_they_lie)
{
	struct cln_trace_root jail = {
		.kind = "container", .platform = "linux/amd64", .recognised = "chroot", .cgroup = ""
	};
	struct cln_trace *trace = cln_trace_new();
	uint32_t root, outer, inner, strange, main, helper;
	struct cln_trace_use use = { .access = CLN_READ };
	struct keep_input in = { 0 };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	root = add_container(trace, "/usr/bin/app", "program");
	jail.folder = "/srv/jail";
	outer = cln_trace_add_root(trace, &jail);
	jail.folder = "/srv/jail/in";
	inner = cln_trace_add_root(trace, &jail);
	jail.folder = "/srv/elsewhere";
	strange = cln_trace_add_root(trace, &jail);
	main = add_program(trace, root, "/usr/bin/app", CLN_TRACE_NONE, CLN_ROLE_MAIN);
	helper = add_program(trace, outer, "/bin/helper", main, CLN_ROLE_SERVICE);
	use.exec = helper;
	cln_trace_add_file(trace, outer, "/etc/conf", "/etc/real", &use);
	cln_trace_add_file(trace, inner, "/etc/deep", NULL, &use);
	use.exec = CLN_TRACE_NONE;
	cln_trace_add_file(trace, strange, "/etc/strange", NULL, &use);
	cln_trace_settle(trace);
	in.tree = c.tree;
	cr_assert_eq(keep_match_root(&in, trace, false, &c.err), 0, "%s", c.err.text);
	cr_assert_not_null(file_of(trace, in.root, "/srv/jail/etc/conf"));
	cr_expect_str_eq(
		file_of(trace, in.root, "/srv/jail/etc/conf")->target, "/srv/jail/etc/real");
	cr_expect_not_null(file_of(trace, in.root, "/srv/jail/in/etc/deep"));
	cr_expect_null(file_of(trace, in.root, "/srv/elsewhere/etc/strange"));
	for (size_t i = 0; i < trace->exec_count; i++)
		cr_expect(trace->exec[i].role == CLN_ROLE_MAIN ||
			  !strcmp(trace->exec[i].path, "/srv/jail/bin/helper"));
	cln_trace_free(trace);
	case_end(&c);
}
