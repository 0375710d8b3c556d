/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/model/tree_build.h"
#include "packager/verify/missed.h"

#include <criterion/criterion.h>
#include <string.h>

static struct tree *tree_of(const char *const *path)
{
	struct cln_err err = {};
	struct spool *spool = NULL;
	struct tree *tree;

	cr_assert_eq(spool_new(NULL, 0, &spool, &err), 0);
	tree = tree_new(spool);
	tree_layer_begin(tree);
	for (; *path; path++)
		cr_assert_eq(tree_layer_add(tree,
				     &(struct tree_entry){
					     .path = *path, .type = NODE_FILE, .mode = 0755 },
				     NULL, &err),
			0);
	cr_assert_eq(tree_layer_end(tree, &err), 0);
	cr_assert_eq(tree_seal(tree, &err), 0);
	return tree;
}

struct use {
	const char *path;
	uint32_t access;
	enum cln_role role;
};

/* One container with one program a role, each path used by the program of its role. */
static struct cln_trace *trace_of(const struct use *use, size_t count)
{
	struct cln_trace *trace = cln_trace_new();
	uint32_t root = cln_trace_add_root(trace, &(struct cln_trace_root){ .kind = "container",
							  .platform = "linux/amd64",
							  .recognised = "mount-namespace",
							  .cgroup = "c" });

	for (size_t i = 0; i < count; i++) {
		static const char *const argv[] = { "app", NULL };
		char path[32] = "/bin/role0";
		uint32_t exec;

		path[9] = (char)('0' + use[i].role);
		exec = cln_trace_add_exec(trace, &(struct cln_trace_exec){ .path = path,
							 .root = root,
							 .argv = argv,
							 .cwd = "/",
							 .parent = CLN_TRACE_NONE,
							 .count = 1,
							 .role = use[i].role });
		cln_trace_add_file(trace, root, use[i].path, NULL,
			&(struct cln_trace_use){ .exec = exec, .access = use[i].access });
	}
	cln_trace_settle(trace);
	return trace;
}

Test(missed, only_what_dev_has_and_the_service_wanted)
{
	static const char *const dev_paths[] = { "srv/a", "srv/b", "bin/tool", "etc/c", NULL };
	static const char *const prod_paths[] = { "srv/a", NULL };
	static const struct use use[] = {
		{ "/srv/a", CLN_READ, CLN_ROLE_MAIN },
		{ "/srv/b", CLN_READ | CLN_MISSING, CLN_ROLE_MAIN },
		{ "/bin/tool", CLN_EXEC | CLN_MISSING, CLN_ROLE_SERVICE },
		{ "/etc/c", CLN_STAT | CLN_MISSING, CLN_ROLE_INJECTED }, /* a person looked */
		{ "/nobody/has", CLN_READ | CLN_MISSING, CLN_ROLE_MAIN },
		{ "/srv/new", CLN_WRITE | CLN_CREATE | CLN_DENIED, CLN_ROLE_MAIN },
		{ "/proc/1/x", CLN_WRITE | CLN_DENIED, CLN_ROLE_MAIN },
		{ "/srv/secret", CLN_READ | CLN_DENIED, CLN_ROLE_MAIN }, /* no write, no exec */
		{ "/tmp/evil", CLN_EXEC | CLN_DENIED, CLN_ROLE_MAIN },
	};
	static const struct {
		const char *check, *path;
		bool include;
	} want[] = {
		{ "missing-program", "/bin/tool", true },
		{ "blocked-exec", "/tmp/evil", false },
		{ "denied-write", "/srv/new", false },
		{ "missing-file", "/srv/b", true },
	};
	struct tree *dev = tree_of(dev_paths), *prod = tree_of(prod_paths);
	struct cln_trace *trace = trace_of(use, CLN_COUNT(use));
	struct findings findings;

	findings_init(&findings);
	missed_find(&(struct missed_input){ .trace = trace, .dev = dev, .prod = prod }, &findings);
	cr_expect_eq(findings.count, CLN_COUNT(want));
	for (size_t i = 0; i < CLN_MIN(findings.count, CLN_COUNT(want)); i++) {
		const struct finding *got = &findings.finding[i];

		cr_expect_str_eq(got->check, want[i].check);
		cr_expect_str_eq(got->path, want[i].path);
		cr_expect_eq(got->include != NULL, want[i].include, "%s", got->path);
		cr_expect_not_null(strstr(got->text, got->program), "the text names who");
		cr_expect_not_null(got->fix);
		cr_expect_eq(got->level, FINDING_MISSED);
	}
	findings_release(&findings);
	cln_trace_free(trace);
	tree_free(dev);
	tree_free(prod);
}

Test(missed, byte_code_that_cannot_be_kept_is_a_note)
{
	static const char *const paths[] = { "srv/app/m.py", NULL };
	static const uint32_t denied = CLN_WRITE | CLN_CREATE | CLN_DENIED;
	static const struct use use[] = {
		{ "/srv/app/__pycache__", denied, CLN_ROLE_MAIN },
		{ "/srv/app/__pycache__/m.cpython-311.pyc.12", denied, CLN_ROLE_MAIN },
		{ "/srv/app/__pycache__2", denied, CLN_ROLE_MAIN },
		{ "/srv/__pycache__/tool", CLN_EXEC | CLN_DENIED, CLN_ROLE_MAIN },
	};
	struct tree *prod = tree_of(paths);
	struct cln_trace *trace = trace_of(use, CLN_COUNT(use));
	struct findings findings;

	findings_init(&findings);
	missed_find(&(struct missed_input){ .trace = trace, .dev = prod, .prod = prod }, &findings);
	cr_assert_eq(findings.count, CLN_COUNT(use));
	for (size_t i = 0; i < findings.count; i++) {
		const struct finding *got = &findings.finding[i];
		bool note = strcmp(got->check, "byte-code") == 0;

		cr_expect_eq(note,
			strstr(got->path, "/srv/app/__pycache__/") != NULL ||
				strcmp(got->path, "/srv/app/__pycache__") == 0,
			"%s", got->path);
		cr_expect_eq(got->level, note ? FINDING_NOTE : FINDING_MISSED, "%s", got->path);
		cr_expect_eq(got->fix == NULL, note, "%s", got->path);
	}
	findings_release(&findings);
	cln_trace_free(trace);
	tree_free(prod);
}

Test(missed, without_dev_the_profile_tells_what_is_normal)
{
	static const char *const prod_paths[] = { "srv/a", NULL };
	static const struct use before[] = { { "/etc/probe", CLN_READ | CLN_MISSING,
		CLN_ROLE_MAIN } };
	static const struct use now[] = {
		{ "/etc/probe", CLN_READ | CLN_MISSING, CLN_ROLE_MAIN },
		{ "/etc/gone", CLN_READ | CLN_MISSING, CLN_ROLE_MAIN },
	};
	struct tree *prod = tree_of(prod_paths);
	struct cln_trace *profile = trace_of(before, 1), *trace = trace_of(now, 2);
	struct findings findings;

	findings_init(&findings);
	missed_find(&(struct missed_input){ .trace = trace, .profile = profile, .prod = prod },
		&findings);
	cr_assert_eq(findings.count, 1);
	cr_expect_str_eq(findings.finding[0].path, "/etc/gone");
	findings_release(&findings);
	cln_trace_free(profile);
	cln_trace_free(trace);
	tree_free(prod);
}

Test(missed, without_dev_its_list_of_paths_tells)
{
	static const char *const prod_paths[] = { "srv/a", NULL };
	static const struct use now[] = {
		{ "/etc/probe", CLN_READ | CLN_MISSING, CLN_ROLE_MAIN },
		{ "/etc/gone", CLN_READ | CLN_MISSING, CLN_ROLE_MAIN },
		{ "/bin/gone", CLN_EXEC | CLN_MISSING, CLN_ROLE_MAIN },
		{ "/bin/kept", CLN_EXEC | CLN_DENIED, CLN_ROLE_SERVICE },
	};
	struct tree *prod = tree_of(prod_paths);
	struct cln_trace *trace = trace_of(now, CLN_COUNT(now));
	struct cln_pathset dev = { 0 };
	struct findings findings;

	cln_pathset_add(&dev, "/etc/gone", 1);
	cln_pathset_add(&dev, "/bin/gone", 1);
	findings_init(&findings);
	missed_find(&(struct missed_input){ .trace = trace, .prod = prod, .dev_path = &dev },
		&findings);
	cr_assert_eq(findings.count, 3);
	/* programs first, whatever kept them from running; never what only was probed for */
	cr_expect_str_eq(findings.finding[0].check, "missing-program");
	cr_expect_str_eq(findings.finding[1].check, "blocked-exec");
	cr_expect(strstr(findings.finding[1].fix, "landlock exec /bin/kept"));
	cr_expect_str_eq(findings.finding[2].path, "/etc/gone");
	findings_release(&findings);
	cln_pathset_release(&dev);
	cln_trace_free(trace);
	tree_free(prod);
}

/* A program of user 65532 in an image with a folder of user 33. */
static void denied(uint32_t access, const char *path, const struct cln_trace *profile,
	struct findings *findings)
{
	static const struct tree_entry entry[] = {
		{ .path = "var/log/app", .type = NODE_DIR, .mode = 0750, .uid = 33, .gid = 33 },
		{ .path = "var/log/app/e.log", .type = NODE_SYMLINK, .target = "/run/e.log" },
		{ .path = "etc/key", .type = NODE_FILE, .mode = 0640, .gid = 42 },
		{ .path = "srv/open", .type = NODE_DIR, .mode = 0755 },
	};
	static const char *const argv[] = { "app", NULL };
	struct cln_err err = {};
	struct spool *spool = NULL;
	struct cln_trace *trace = trace_of(NULL, 0);

	cr_assert_eq(spool_new(NULL, 0, &spool, &err), 0);
	struct tree *tree = tree_new(spool);

	tree_layer_begin(tree);
	for (size_t i = 0; i < CLN_COUNT(entry); i++)
		cr_assert_eq(tree_layer_add(tree, &entry[i], NULL, &err), 0, "%s", err.text);
	cr_assert_eq(tree_layer_end(tree, &err), 0);
	cr_assert_eq(tree_seal(tree, &err), 0);
	uint32_t exec = cln_trace_add_exec(trace, &(struct cln_trace_exec){ .path = "/bin/app",
							  .argv = argv,
							  .cwd = "/",
							  .uid = 65532,
							  .gid = 65532,
							  .parent = CLN_TRACE_NONE,
							  .count = 1,
							  .role = CLN_ROLE_MAIN });
	cln_trace_add_file(trace, 0, path, NULL,
		&(struct cln_trace_use){ .exec = exec, .access = access | CLN_DENIED });
	cln_trace_settle(trace);
	findings_init(findings);
	missed_find(
		&(struct missed_input){
			.trace = trace, .profile = profile, .dev = tree, .prod = tree },
		findings);
	cln_trace_free(trace);
	tree_free(tree);
}

Test(missed, a_denial_names_who_owns_what_refused_it)
{
	static const struct use wrote[] = { { "/srv/open/x", CLN_WRITE | CLN_CREATE,
		CLN_ROLE_MAIN } };
	struct cln_trace *profile = trace_of(wrote, 1);
	static const struct {
		uint32_t access;
		const char *path, *check, *text; /* check NULL: nothing to say */
	} cases[] = {
		{ CLN_WRITE | CLN_CREATE, "/var/log/app/e.log", "denied-write",
			"user 65532:65532 cannot search /var/log/app (mode 0750, owner 33:33)" },
		{ CLN_READ, "/etc/key", "denied-read",
			"user 65532:65532 cannot read /etc/key (mode 0640, owner 0:42)" },
		{ CLN_WRITE, "/srv/open/x", "denied-write",
			"the profiled run wrote there, and production may not" },
		{ CLN_WRITE, "/srv/open/y", "denied-write",
			"the root is read-only and no test run wrote there" },
		{ CLN_READ, "/srv/open", NULL, NULL }, /* owner and mode allow it: not theirs */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct findings findings;

		denied(cases[i].access, cases[i].path, profile, &findings);
		cr_assert_eq(findings.count, cases[i].check != NULL, "case %zu", i);
		if (cases[i].check) {
			cr_assert_str_eq(findings.finding[0].check, cases[i].check);
			cr_assert(strstr(findings.finding[0].text, cases[i].text), "%s",
				findings.finding[0].text);
		}
		findings_release(&findings);
	}
	cln_trace_free(profile);
}
