// SPDX-License-Identifier: Apache-2.0
/*
 * emit.c - steps, mounts and policy as lines of init.conf, in the order in
 * which the init carries them out.
 */
#include "packager/plan/emit.h"

#include "init/format.h"

#include <string.h>

static const char *octal(struct draft *draft, uint32_t mode)
{
	return cln_arena_format(draft->arena, "%04o", mode);
}

static int compare_dirs(const void *a, const void *b)
{
	return strcmp(((const struct draft_dir *)a)->path, ((const struct draft_dir *)b)->path);
}

static void emit_dirs(struct draft *draft)
{
	if (draft->dir_count)
		qsort(draft->dir, draft->dir_count, sizeof(*draft->dir), compare_dirs);
	for (size_t i = 0; i < draft->dir_count; i++)
		lines_words(&draft->lines, draft->dir[i].why, "dir", draft->dir[i].path,
			octal(draft, draft->dir[i].mode), NULL);
}

static void append(struct lines *to, const struct lines *from, const char *only)
{
	for (size_t i = 0; i < from->count; i++)
		if (!only || !strcmp(from->line[i].directive, only))
			CLN_PUSH(to->line, to->count, to->room) = from->line[i];
}

static void append_but(struct lines *to, const struct lines *from, const char *but)
{
	for (size_t i = 0; i < from->count; i++)
		if (strcmp(from->line[i].directive, but) != 0)
			CLN_PUSH(to->line, to->count, to->room) = from->line[i];
}

/* A hand-written line of this directive: it wins over ours where only one may be. */
static bool given(const struct draft *draft, const char *directive)
{
	size_t size = strlen(directive);

	for (size_t i = 0; i < draft->opt->init_conf.count; i++) {
		const char *line = draft->opt->init_conf.item[i];

		if (!strncmp(line, directive, size) && (line[size] == ' ' || line[size] == '\t'))
			return true;
	}
	return false;
}

static int emit_given(struct draft *draft, struct cln_err *err)
{
	for (size_t i = 0; i < draft->opt->init_conf.count; i++) {
		const char *line = draft->opt->init_conf.item[i];
		size_t word = strcspn(line, " \t");

		if (strpbrk(line, "\n\r"))
			return cln_usage(err, "--init-conf %s: one line at a time", line);
		CLN_PUSH(draft->lines.line, draft->lines.count, draft->lines.room) =
			(struct plan_line){
				.directive = cln_arena_strndup(draft->arena, line, word),
				.text = line,
				.comment = "given with --init-conf",
			};
	}
	return 0;
}

int draft_emit(struct draft *draft, struct cln_err *err)
{
	const struct lower *lower = draft->lower;
	struct lines *lines = &draft->lines;
	int r = 0;

	emit_redirects(draft);
	for (size_t i = 0; r == 0 && i < lower->step_count; i++)
		r = emit_step(draft, &lower->step[i], err);
	if (r < 0)
		return r;
	for (size_t i = 0; i < lower->helper_count; i++)
		emit_run(draft, &lower->helper[i]);
	emit_logs(draft);
	emit_places(draft);

	CLN_PUSH(lines->line, lines->count, lines->room) =
		(struct plan_line){ "clnimg-init", INIT_CONF_HEADER, NULL };
	lines_words(lines, NULL, "require", "nonroot", NULL);
	if (!draft->opt->allow_writable_root)
		lines_words(lines, NULL, "require", "readonly-root", NULL);
	append(lines, &lower->env, NULL);
	append(lines, &lower->arg, NULL);
	append_but(lines, &lower->exec, "exec");
	emit_dirs(draft);
	append(lines, &draft->files, NULL);
	emit_landlock(draft);
	emit_seccomp(draft);
	if (draft->opt->redirect_unknown)
		lines_words(lines, NULL, "redirect", "unknown", draft->opt->redirect_unknown, NULL);
	if (!given(draft, "stop"))
		lines_words(lines, NULL, "stop",
			cln_arena_format(
				draft->arena, "grace=%us", draft->plan->process.grace_ms / 1000),
			NULL);
	r = emit_given(draft, err);
	if (!given(draft, "exec"))
		append(lines, &lower->exec, "exec");
	return r;
}
