// SPDX-License-Identifier: Apache-2.0
/* diff OLD NEW: what a change added or removed. Exit 0 same, 1 different, 2 trouble. */
#include "manifest-schema/cli/cli.h"
#include "manifest-schema/cli/delta.h"
#include "manifest-schema/cli/paint.h"
#include "manifest-schema/emit.h"

#include "common/log.h"
#include "common/path.h"

#include <stdio.h>
#include <string.h>

static const char *bit_name(enum delta_kind kind, uint32_t bit)
{
	if (kind == DELTA_FILE)
		return cln_access_name(bit);
	return kind == DELTA_PORT ? "listens" : cln_role_name((enum cln_role)__builtin_ctz(bit));
}

static void add_bits(struct cln_buf *out, enum delta_kind kind, uint32_t bits, const char *sign)
{
	for (; bits; bits &= bits - 1)
		cln_buf_addf(out, " %s%s", sign, bit_name(kind, bits & -bits));
}

struct diff_view {
	const struct delta *delta;
	struct cln_buf *out;
	struct paint paint;
};

static void show_sign(const struct diff_view *view, const struct delta_fact *fact)
{
	bool added = !fact->before, removed = !fact->after;

	cln_buf_addf(view->out, "    %s%c ",
		added	  ? view->paint.green
		: removed ? view->paint.red
			  : view->paint.yellow,
		added	  ? '+'
		: removed ? '-'
			  : '~');
}

static void show_bits(const struct diff_view *view, const struct delta_fact *fact)
{
	struct cln_buf *out = view->out;

	cln_buf_addf(out, "%s ", view->paint.off);
	if (!fact->before || !fact->after) {
		if (fact->kind != DELTA_PORT)
			add_bits(out, fact->kind, fact->before | fact->after, "");
	} else {
		add_bits(out, fact->kind, fact->after & ~fact->before, "+");
		add_bits(out, fact->kind, fact->before & ~fact->after, "-");
	}
	cln_buf_addc(out, '\n');
}

static void show_fact(const struct diff_view *view, const struct delta_fact *fact, const char *name)
{
	show_sign(view, fact);
	paint_text(view->out, name, 0);
	if (fact->target) {
		cln_buf_adds(view->out, " -> ");
		paint_text(view->out, fact->target, 0);
	}
	show_bits(view, fact);
}

static bool same_change(const struct delta_fact *a, const struct delta_fact *b)
{
	return a->kind == b->kind && a->before == b->before && a->after == b->after &&
	       !strcmp(a->root, b->root) && !strcmp(a->under, b->under);
}

/* Calls that changed alike share their lines; how many they were. */
static size_t show_calls(const struct diff_view *view, size_t from)
{
	const struct delta_fact *fact = &view->delta->fact[from];
	size_t count = 0, line = view->out->size;

	show_sign(view, fact);
	for (; from + count < view->delta->count && same_change(fact, &fact[count]); count++) {
		if (view->out->size - line > 80) {
			cln_buf_adds(view->out, "\n     ");
			line = view->out->size;
		}
		cln_buf_adds(view->out, count ? " " : "");
		paint_text(view->out, fact[count].key, 0);
	}
	show_bits(view, fact);
	return count;
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* The program and the directory stand once above what is in them. */
static void show_group(
	const struct diff_view *view, const struct delta_fact *fact, const struct delta_fact *last)
{
	size_t length = cln_path_parent_length(fact->key);
	bool new_program = !last || !same_text(last->under, fact->under);

	if (new_program && (fact->kind == DELTA_FILE || fact->kind == DELTA_SYSCALL)) {
		cln_buf_adds(view->out, "  by ");
		paint_text(view->out, fact->under ? fact->under : "(not known)", 0);
		cln_buf_addc(view->out, '\n');
	}
	if (fact->kind != DELTA_FILE)
		return;
	if (new_program || cln_path_parent_length(last->key) != length ||
		memcmp(last->key, fact->key, length) != 0) {
		cln_owned(cln_drop_mem) char *folder = cln_format("%.*s", (int)length, fact->key);

		cln_buf_addf(view->out, "   %s", view->paint.dim);
		paint_text(view->out, folder, 0);
		cln_buf_addf(view->out, "%s%s\n", length > 1 ? "/" : "", view->paint.off);
	}
}

static void show_facts(const struct diff_view *view)
{
	static const char *const titles[DELTA_KINDS] = { "Programs", "Ports", "System calls",
		"Files" };
	const struct delta_fact *last = NULL;

	for (size_t i = 0, step = 1; i < view->delta->count; i += step) {
		const struct delta_fact *fact = &view->delta->fact[i];

		step = 1;
		if (!last || last->kind != fact->kind || strcmp(last->root, fact->root) != 0) {
			cln_buf_addf(view->out, "%s%s%s in %s%s\n", i ? "\n" : "", view->paint.bold,
				titles[fact->kind], fact->root, view->paint.off);
			last = NULL;
		}
		show_group(view, fact, last);
		if (fact->kind == DELTA_SYSCALL)
			step = show_calls(view, i);
		else
			show_fact(view, fact,
				fact->kind == DELTA_FILE && fact->key[1] ? cln_path_name(fact->key)
									 : fact->key);
		last = fact;
	}
}

static void emit_bits(struct cln_buf *out, const char *key, enum delta_kind kind, uint32_t bits)
{
	emit_open(out, key, '[');
	for (; bits; bits &= bits - 1)
		emit_element(out, bit_name(kind, bits & -bits));
	cln_buf_addc(out, ']');
}

static void emit_fact(struct cln_buf *out, const struct delta_fact *fact)
{
	static const char *const names[DELTA_KINDS] = { "path", "port", "name", "path" };

	emit_comma(out);
	cln_buf_adds(out, "\n{");
	emit_member(out, "change", !fact->before ? "added" : !fact->after ? "removed" : "changed");
	emit_member(out, "root", fact->root);
	emit_member(out, names[fact->kind], fact->key);
	emit_member(out, "target", fact->target);
	emit_member(out, "program", fact->under);
	if (fact->kind != DELTA_PORT) {
		emit_bits(out, "before", fact->kind, fact->before);
		emit_bits(out, "after", fact->kind, fact->after);
	}
	cln_buf_addc(out, '}');
}

static void show_delta_json(struct cln_buf *out, const struct delta *delta)
{
	static const char *const keys[DELTA_KINDS] = { "execs", "ports", "syscalls", "files" };
	size_t i = 0;

	cln_buf_addf(
		out, "{\"same\":%s,\"schema\":\"clnimg.diff/1\"", delta->count ? "false" : "true");
	for (unsigned int kind = 0; kind < DELTA_KINDS; kind++) {
		emit_open(out, keys[kind], '[');
		for (; i < delta->count && delta->fact[i].kind == kind; i++)
			emit_fact(out, &delta->fact[i]);
		cln_buf_addc(out, ']');
	}
	cln_buf_adds(out, "}\n");
}

static void show_sums(const struct diff_view *view)
{
	size_t added = 0, removed = 0;

	for (size_t i = 0; i < view->delta->count; i++) {
		added += !view->delta->fact[i].before;
		removed += !view->delta->fact[i].after;
	}
	if (view->delta->count)
		cln_buf_addf(view->out, "\n%zu added, %zu removed, %zu changed\n", added, removed,
			view->delta->count - added - removed);
}

int cli_diff(const struct cli *cli, struct cln_err *err)
{
	cln_owned(cln_trace_drop) struct cln_trace *before = NULL, *after = NULL;
	cln_owned(delta_release) struct delta delta = { 0 };
	cln_owned(cln_buf_release) struct cln_buf out = { 0 };
	struct diff_view view = { &delta, &out, paint_for(cln_colour(stdout)) };

	if (cli->args.rest_count != 2)
		return cln_usage(err, "diff: two FILEs expected");
	if (cln_trace_read(cli->args.rest[0], &before, err) < 0 ||
		cln_trace_read(cli->args.rest[1], &after, err) < 0) {
		err->status = CLN_EXIT_USAGE; /* as diff(1): 1 is a difference, 2 is trouble */
		return -err->code;
	}
	delta_make(&delta, before, after, &cli->ignore);
	if (cli->json) {
		show_delta_json(&out, &delta);
	} else if (!cln_log_quiet()) {
		show_facts(&view);
		show_sums(&view);
	}
	paint_flush(&out);
	return delta.count ? 1 : 0;
}
