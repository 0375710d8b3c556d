// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include "common/buf.h"
#include "common/mem.h"
#include "common/near.h"
#include "common/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* A pattern and, where a literal part of it leads through symlinks (usrmerge),
 * the same pattern over the real path. */
struct rule {
	const char *pattern;
	char *real; /* or NULL */
	bool matched;
};

struct rules {
	struct rule *rule;
	size_t count;
};

static void rules_release(struct rules *rules)
{
	for (size_t i = 0; i < rules->count; i++)
		free(rules->rule[i].real);
	free(rules->rule);
}

static void add_escaped(struct cln_buf *buf, const char *text)
{
	for (; *text; text++) {
		if (strchr("*?[\\", *text))
			cln_buf_addc(buf, '\\');
		cln_buf_addc(buf, *text);
	}
}

/* The pattern with its literal folders resolved in the image; NULL where that
 * changes nothing. A pattern without any `*?[\` is resolved up to its last name. */
static char *real_pattern_new(const struct tree *tree, const char *pattern)
{
	size_t literal = strcspn(pattern, "*?[\\");
	cln_owned(cln_buf_release) struct cln_buf real = { 0 };
	struct tree_walk walk;
	char folder[CLN_PATH_MAX];

	while (literal && pattern[literal - 1] != '/')
		literal--;
	if (pattern[0] != '/' || literal < 2 || literal >= sizeof(folder))
		return NULL;
	memcpy(folder, pattern, literal - 1);
	folder[literal - 1] = '\0';
	if (tree_resolve(tree, folder, true, &walk) == TREE_NONE || !strcmp(walk.real, folder))
		return NULL;
	if (strcmp(walk.real, "/") != 0)
		add_escaped(&real, walk.real);
	cln_buf_adds(&real, pattern + literal - 1);
	return cln_buf_steal(&real);
}

static void rules_load(struct rules *rules, const struct tree *tree, const struct cln_list *list)
{
	rules->rule = cln_alloc((list->count + 1) * sizeof(*rules->rule));
	rules->count = list->count;
	for (size_t i = 0; i < list->count; i++) {
		rules->rule[i].pattern = list->item[i];
		rules->rule[i].real = real_pattern_new(tree, list->item[i]);
	}
}

/* The first rule that matches the path, or TREE_NONE; all that match are noted. */
static uint32_t rules_match(struct rules *rules, const char *path)
{
	uint32_t first = TREE_NONE;

	for (size_t i = 0; i < rules->count; i++) {
		struct rule *rule = &rules->rule[i];

		if (!cln_path_match(rule->pattern, path) &&
			!(rule->real && cln_path_match(rule->real, path)))
			continue;
		rule->matched = true;
		if (first == TREE_NONE)
			first = (uint32_t)i;
	}
	return first;
}

/* A rule that matches nothing is a typing error or an image that changed. */
static void complain(struct work *work, const char *option, const char *what)
{
	if (work->in->rules->strict && !work->failed)
		work_fail(work, cln_fail(work->err, ENOENT, "%s %s", option, what));
	else
		work_warn(work, "%s %s", option, what);
}

static void complain_unmatched(struct work *work, const struct rules *rules, const char *option)
{
	for (size_t i = 0; i < rules->count; i++)
		if (!rules->rule[i].matched) {
			cln_owned(cln_drop_mem) char *what =
				cln_format("%s matches nothing", rules->rule[i].pattern);

			complain(work, option, what);
		}
}

/* By node: the rule that matches it or a folder above it. Parents have smaller ids. */
static uint32_t *match_all_new(const struct tree *tree, struct rules *rules)
{
	uint32_t *match = cln_alloc(tree->node_count * sizeof(*match));
	char path[4096];

	for (uint32_t node = 0; node < tree->node_count; node++) {
		uint32_t above = node ? match[tree->node[node].parent] : TREE_NONE;
		uint32_t own = node ? rules_match(rules, tree_path(tree, node, path)) : TREE_NONE;

		match[node] = CLN_MIN(own, above);
	}
	return match;
}

int rules_bar(struct work *work)
{
	const struct tree *tree = work->tree;
	cln_owned(rules_release) struct rules rules = { 0 };
	cln_owned(cln_drop_mem) uint32_t *match = NULL;

	if (!work->in->rules->drop.count)
		return 0;
	rules_load(&rules, tree, &work->in->rules->drop);
	match = match_all_new(tree, &rules);
	for (uint32_t node = 0; node < tree->node_count; node++) {
		if (match[node] == TREE_NONE || work->bar[node])
			continue;
		work->bar[node] = WHY_RULE_DROP;
		work->bar_via[node] = match[node];
	}
	complain_unmatched(work, &rules, "--drop");
	return work->failed;
}

static void seed_kept(struct work *work)
{
	const struct tree *tree = work->tree;
	cln_owned(rules_release) struct rules rules = { 0 };
	cln_owned(cln_drop_mem) uint32_t *match = NULL;
	char path[4096];

	if (!work->in->rules->keep.count)
		return;
	rules_load(&rules, tree, &work->in->rules->keep);
	match = match_all_new(tree, &rules);
	for (uint32_t node = 0; node < tree->node_count; node++) {
		if (match[node] == TREE_NONE)
			continue;
		bool own = !node || match[tree->node[node].parent] != match[node];
		work_seed(work, node, WHY_RULE_KEEP, match[node]);
		if (own && work->bar[node])
			work_warn(work, "--keep %s: %s is kept out: %s",
				rules.rule[match[node]].pattern, tree_path(tree, node, path),
				why_name(work->bar[node]));
	}
	complain_unmatched(work, &rules, "--keep");
}

static void complain_package(struct work *work, const char *name)
{
	const struct packages *packages = work->in->packages;
	struct cln_near near = { .word = name, .length = strlen(name) };
	char what[512], hint[128];

	for (uint32_t p = 0; packages && p < packages->count; p++)
		cln_near_offer(&near, packages->package[p].name);
	snprintf(what, sizeof(what), "%.300s matches nothing%s", name,
		cln_near_text(&near, "", hint));
	complain(work, "--keep-package", what);
}

static void seed_packages(struct work *work)
{
	const struct packages *packages = work->in->packages;
	const struct cln_list *list = &work->in->rules->keep_package;

	for (size_t i = 0; i < list->count; i++) {
		bool found = false;

		for (uint32_t p = 0; packages && p < packages->count; p++) {
			if (strcmp(packages->package[p].name, list->item[i]) != 0)
				continue;
			found = true;
			for (uint32_t node = 0; node < work->tree->node_count; node++)
				if (packages->owner[node] == p)
					work_seed(work, node, WHY_RULE_PACKAGE, p);
		}
		if (!found)
			complain_package(work, list->item[i]);
	}
}

static void seed_demands(struct work *work)
{
	for (uint32_t i = 0; i < work->in->demand_count; i++) {
		const struct keep_demand *demand = &work->in->demand[i];

		if (work_seed_path(work, demand->path, WHY_DEMAND, i) == TREE_NONE)
			work_warn(work, "%s: %s is not in the image, or kept out", demand->reason,
				demand->path);
	}
}

void rules_seed(struct work *work)
{
	seed_kept(work);
	seed_packages(work);
	seed_demands(work);
}
