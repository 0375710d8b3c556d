/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * on_start.h - iterators: what ran, and what was open, before anybody looked.
 */
#ifndef CLN_BPF_ON_START_H
#define CLN_BPF_ON_START_H

#include "bpf/enter.h"

static __always_inline struct work *snapshot_of(struct task_struct *task)
{
	struct work *w = work_get();

	if (!w)
		return NULL;
	w->foreign = 1;
	who_is(&w->who, task_known(task));
	return w;
}

/* Runs in the profiler, before any other program: who that is. */
SEC("iter/task")
int on_self(struct bpf_iter__task *ctx)
{
	struct task_struct *me = (void *)bpf_get_current_task();
	struct pid *pid = BPF_CORE_READ(me, thread_pid);

	if (ev_self)
		return 0;
	ev_pid_level = BPF_CORE_READ(pid, level);
	pid_number((u64)pid, ev_pid_level, &ev_pid_ns, &ev_pid_ns);
	ev_self = bpf_get_current_pid_tgid() >> 32;
	return 0;
}

/* What already runs, and the profiler itself: its root is the host's. */
SEC("iter/task")
int on_each_task(struct bpf_iter__task *ctx)
{
	struct task_struct *task = ctx->task;
	struct work *w;
	bool thread;
	u32 tgid;

	if (!task)
		return 0;
	tgid = BPF_CORE_READ(task, tgid);
	if (tgid != ev_self && !task_inside(task))
		return 0;
	thread = BPF_CORE_READ(task, pid) != (s32)tgid;
	if (thread && BPF_CORE_READ(task, fs) == BPF_CORE_READ(task, group_leader, fs))
		return 0;
	w = snapshot_of(task);
	if (!w || !w->who.ident)
		return 0;
	if (thread)
		enter_cwd();
	else
		report_exec(0, 0);
	return 0;
}

/* Descriptors that were opened before anybody looked. */
SEC("iter/task_file")
int on_each_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct work *w;

	if (!task || !file || !task_inside(task))
		return 0;
	w = snapshot_of(task);
	if (!w || !w->who.ident)
		return 0;
	enter_file(w, file);
	return 0;
}

#endif
