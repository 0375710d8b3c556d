/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * on_start.h - iterators: what ran, and what was open, before anybody looked.
 */
#ifndef CLN_BPF_ON_START_H
#define CLN_BPF_ON_START_H

#include "bpf/names.h"

static __always_inline bool task_inside(struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

	return cgroup_ancestor(cgroup, cfg.level) == cfg.cgroup;
}

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
	u32 tgid;

	if (!task)
		return 0;
	tgid = BPF_CORE_READ(task, tgid);
	if (BPF_CORE_READ(task, pid) != (s32)tgid || (tgid != ev_self && !task_inside(task)))
		return 0;
	w = snapshot_of(task);
	if (w && w->who.ident)
		report_exec(0, 0);
	return 0;
}

/* Descriptors that were opened before anybody looked. */
SEC("iter/task_file")
int on_each_file(struct bpf_iter__task_file *ctx)
{
	struct task_struct *task = ctx->task;
	struct file *file = ctx->file;
	struct names *n;
	struct work *w;

	if (!task || !file || !task_inside(task))
		return 0;
	w = snapshot_of(task);
	if (!w || !w->who.ident)
		return 0;
	n = &w->names;
	__builtin_memset(n, 0, sizeof(*n));
	n->op = EV_OP_RECEIVED;
	n->arg = BPF_CORE_READ(file, f_flags);
	n->flags = EV_SNAPSHOT;
	names_none(w);
	names_file(n, file);
	names_report(w, n);
	return 0;
}

#endif
