// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/lines.h"

#include <string.h>

static void words(struct cln_buf *out, const char *title, const char *const *word)
{
	cln_buf_adds(out, title);
	for (size_t i = 0; word && word[i]; i++)
		lines_word(out, word[i]);
	cln_buf_addc(out, '\n');
}

static void text_remark(struct cln_buf *out, const char *why)
{
	cln_buf_adds(out, " # ");
	cln_buf_add_shown(out, why ? why : "");
	cln_buf_addc(out, '\n');
}

static void text_process(struct cln_buf *out, const struct plan_process *process)
{
	cln_buf_addf(out, "user %s", process->user);
	for (size_t i = 0; i < process->group_count; i++)
		cln_buf_addf(out, "%s%u", i ? "," : " groups ", process->group[i]);
	cln_buf_addc(out, '\n');
	words(out, "workdir", (const char *const[]){ process->workdir, NULL });
	words(out, "program", process->argv);
	words(out, "cmd", process->cmd);
	words(out, "env", process->env);
	cln_buf_addf(out, "stop %s, then %u ms\n", process->stop_signal, process->grace_ms);
}

static void text_mounts(struct cln_buf *out, const struct plan *plan)
{
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mount[i];

		cln_buf_addf(out, "mount %s", mount->kind == MOUNT_VOLUME ? "volume" : "memory");
		lines_word(out, mount->path);
		cln_buf_addf(out, " %04o %u:%u %llu bytes%s", mount->mode, mount->uid, mount->gid,
			(unsigned long long)mount->size_bytes, mount->seeded ? " seeded" : "");
		text_remark(out, mount->why);
	}
}

static void text_edits(struct cln_buf *out, const struct plan *plan)
{
	static const char *const name[] = {
		[EDIT_DIR] = "dir",
		[EDIT_SYMLINK] = "symlink",
		[EDIT_SEED] = "seed",
		[EDIT_FILE] = "file",
		[EDIT_MODE] = "mode",
		[EDIT_REMOVE] = "remove",
	};

	for (size_t i = 0; i < plan->edit_count; i++) {
		const struct plan_edit *edit = &plan->edit[i];

		cln_buf_addf(out, "image %s", name[edit->kind]);
		lines_word(out, edit->path);
		if (edit->target) {
			cln_buf_adds(out, " ->");
			lines_word(out, edit->target);
		}
		if (edit->kind == EDIT_DIR || edit->kind == EDIT_FILE || edit->kind == EDIT_MODE)
			cln_buf_addf(out, " %04o %u:%u", edit->mode, edit->uid, edit->gid);
		if (edit->kind == EDIT_FILE)
			cln_buf_addf(out, " %zu bytes", edit->data_size);
		text_remark(out, edit->why);
	}
}

char *plan_text_new(const struct plan *plan)
{
	struct cln_buf out = { 0 };

	text_process(&out, &plan->process);
	for (size_t i = 0; i < plan->port_count; i++)
		cln_buf_addf(&out, "port %u/%s %s\n", plan->port[i]->port, plan->port[i]->protocol,
			plan->port[i]->address);
	text_mounts(&out, plan);
	text_edits(&out, plan);
	for (size_t i = 0; i < plan->line_count; i++) {
		if (plan->line[i].comment)
			cln_buf_addf(&out, "init # %s\n", plan->line[i].comment);
		cln_buf_addf(&out, "init %s\n", plan->line[i].text);
	}
	for (size_t i = 0; i < plan->note_count; i++) {
		cln_buf_addf(&out, "note %s: ", plan->note[i].kind);
		cln_buf_add_shown(&out, plan->note[i].text);
		cln_buf_addc(&out, '\n');
	}
	return cln_buf_steal(&out);
}
