/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * enter.h - what a task brings along that was not watched until now: where it
 * stands, and the files that it has open. Its program is described later, by its
 * first call, because only its own context can read its arguments.
 *
 * All take the task from w->who, and w->foreign says that it is not current.
 */
#ifndef CLN_BPF_ENTER_H
#define CLN_BPF_ENTER_H

#include "bpf/names.h"

/* Descriptors of one task; more are a loss. */
#ifdef CLN_BPF_LOOP
#define ENTER_FILES (1 << 20)
#else
#define ENTER_FILES 128
#endif

static __always_inline void enter_begin(struct work *w, struct names *n, u16 op)
{
	__builtin_memset(n, 0, sizeof(*n));
	n->op = op;
	n->flags = EV_SNAPSHOT;
	names_none(w);
}

GLOBAL int enter_cwd(void)
{
	struct work *w = work_get();

	if (!w)
		return 0;
	enter_begin(w, &w->names, EV_OP_CWD);
	w->names.cookie = w->who.fs;
	names_cwd(w, &w->names);
	report_path();
	return 0;
}

/* Inline, as what follows: frames are counted (8 at most). */
static __always_inline void enter_file(struct work *w, struct file *file)
{
	enter_begin(w, &w->names, EV_OP_RECEIVED);
	w->names.arg = BPF_CORE_READ(file, f_flags);
	names_file(&w->names, file);
	names_report(w, &w->names);
}

struct entering {
	struct work *w;
	u32 room; /* for descriptors, in the task's table */
};

BODY enter_file_step(u32 index, void *context)
{
	struct entering *at = context;
	struct file *file = task_file(&at->w->who, index);

	if (file)
		enter_file(at->w, file);
	return index >= at->room;
}

static __always_inline void enter_files(struct work *w)
{
	struct fdtable *fdt = PEEK(files_struct, w->who.files, fdt);
	struct entering at = { w, PEEK(fdtable, fdt, max_fds) };

	if (at.room > ENTER_FILES)
		lose(EV_LOSS_FD);
	LOOP(ENTER_FILES, enter_file_step, &at);
}

#endif
