/* SPDX-License-Identifier: Apache-2.0 */
/*
 * decide_sample.h - one case of deciding: an image as a table, uses as a table,
 * the decisions as text.
 *
 *	static const struct sample files[] = { { "app", 0755, .elf = ... }, ... };
 *	struct decide_case c;
 *	case_begin(&c, files, CLN_COUNT(files));
 *	case_use(&c, CLN_ROLE_MAIN, "/app", CLN_EXEC, NULL);
 *	case_decide(&c);
 *	expect_kept(&c, "/app traced\n/lib parent ...");
 *	case_end(&c);
 */
#ifndef CLN_TESTS_DECIDE_SAMPLE_H
#define CLN_TESTS_DECIDE_SAMPLE_H

#include "packager/decide/keep.h"
#include "tests/unit/decide/elf_sample.h"
#include "tests/unit/tree_sample.h"

#include <criterion/criterion.h>

struct decide_file {
	struct sample sample;
	const struct elf_sample *elf; /* makes the bytes */
};

struct decide_case {
	struct tree *tree;
	struct cln_trace *trace;
	struct image image;
	struct packages packages;
	struct keep_rules rules;
	struct keep_input in;
	struct keep *keep;
	struct cln_err err;
	uint32_t exec[CLN_ROLE_COUNT];
	char *made[128]; /* ELF files */
	size_t made_count;
};

static const char *const no_words[] = { NULL };

static inline void case_trace(struct decide_case *c)
{
	static const char *const argv[] = { "x", NULL };
	static const struct cln_trace_root root = { .kind = "container",
		.platform = "linux/amd64",
		.recognised = "mount-namespace",
		.cgroup = "" };
	uint32_t index;

	c->trace = cln_trace_new();
	index = cln_trace_add_root(c->trace, &root);
	for (int role = 0; role < CLN_ROLE_COUNT; role++) {
		struct cln_trace_exec exec = {
			.path = cln_role_name((enum cln_role)role), /* not in the image */
			.root = index,
			.argv = argv,
			.cwd = "/",
			.parent = CLN_TRACE_NONE,
			.count = 1,
			.role = (enum cln_role)role,
		};
		char path[64];

		snprintf(path, sizeof(path), "/program/%s", cln_role_name((enum cln_role)role));
		exec.path = path;
		c->exec[role] = cln_trace_add_exec(c->trace, &exec);
	}
	c->in.root = index;
}

static inline void case_begin(struct decide_case *c, const struct decide_file *files, size_t count)
{
	struct sample plain[256];

	memset(c, 0, sizeof(*c));
	for (size_t i = 0; i < count; i++) {
		plain[i] = files[i].sample;
		if (!files[i].elf)
			continue;
		c->made[c->made_count] = elf_sample_new(files[i].elf, &plain[i].size);
		plain[i].bytes = c->made[c->made_count++];
	}
	c->tree = sample_tree(plain, count);
	c->image.env = c->image.entrypoint = c->image.cmd = no_words;
	c->image.architecture = "amd64";
	case_trace(c);
	c->in.image = &c->image;
	c->in.tree = c->tree;
	c->in.trace = c->trace;
	c->in.rules = &c->rules;
	c->rules.listed = "none";
}

static inline void case_use(struct decide_case *c, enum cln_role role, const char *path,
	uint32_t access, const char *target)
{
	struct cln_trace_use use = { .exec = c->exec[role], .access = access };

	cln_trace_add_file(c->trace, c->in.root, path, target, &use);
}

/* One package that owns the paths. */
static inline void case_package(
	struct decide_case *c, struct package package, const char *const *path)
{
	struct packages *p = &c->packages;

	if (!p->owner) {
		p->owner = cln_alloc(c->tree->node_count * sizeof(*p->owner));
		memset(p->owner, 0xff, c->tree->node_count * sizeof(*p->owner));
		c->in.packages = p;
	}
	p->package = cln_realloc(p->package, p->count + 1, sizeof(*p->package));
	p->package[p->count] = package;
	for (; *path; path++)
		p->owner[tree_lookup(c->tree, *path)] = p->count;
	p->count++;
}

static inline void case_decide(struct decide_case *c)
{
	cln_trace_settle(c->trace);
	keep_free(cln_steal(&c->keep));
	cr_assert_eq(keep_compute(&c->in, &c->keep, &c->err), 0, "%s", c->err.text);
}

static inline void case_end(struct decide_case *c)
{
	keep_free(c->keep);
	tree_free(c->tree);
	cln_trace_free(c->trace);
	for (size_t i = 0; i < c->made_count; i++)
		free(c->made[i]);
	cln_list_release(&c->rules.keep);
	cln_list_release(&c->rules.drop);
	cln_list_release(&c->rules.keep_package);
	free(c->packages.package);
	free(c->packages.owner);
}

static inline void case_rule(struct cln_list *list, const char *text)
{
	CLN_PUSH(list->item, list->count, list->room) = text;
}

static inline enum keep_why case_why(const struct decide_case *c, const char *path)
{
	uint32_t node = tree_lookup(c->tree, path);

	cr_assert_neq(node, TREE_NONE, "%s is in the sample", path);
	return (enum keep_why)c->keep->why[node];
}

/* Every kept node but the root, in order: "/path why <- via" where via is a node. */
static inline char *case_kept_new(const struct decide_case *c)
{
	struct cln_buf text = { 0 };
	char path[4096];

	cln_buf_adds(&text, "");
	for (uint32_t node = 1; node < c->tree->node_count; node++) {
		enum keep_why why = (enum keep_why)c->keep->why[node];
		uint32_t via = c->keep->via[node];

		if (!why_keeps(why))
			continue;
		cln_buf_addf(&text, "%s %s", tree_path(c->tree, node, path), why_name(why));
		if (why > WHY_TRACED && why < WHY_RULE_KEEP && via != TREE_NONE)
			cln_buf_addf(&text, " <- %s", tree_path(c->tree, via, path));
		cln_buf_addc(&text, '\n');
	}
	return cln_buf_steal(&text);
}

#define expect_kept(c, want)                                                    \
	do {                                                                    \
		char *got_ = case_kept_new(c);                                  \
		cr_expect_str_eq(got_, want, "kept:\n%swant:\n%s", got_, want); \
		free(got_);                                                     \
	} while (0)

#define expect_why(c, path, want)                                       \
	cr_expect_eq(case_why(c, path), want, "%s is %s, not %s", path, \
		why_name(case_why(c, path)), why_name(want))

static inline bool case_warned(const struct decide_case *c, const char *part)
{
	for (size_t i = 0; i < c->keep->warning.count; i++)
		if (strstr(c->keep->warning.item[i], part))
			return true;
	return false;
}

#endif
