/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * on_life.h - programs that begin, fork, end or change their cgroup.
 */
#ifndef CLN_BPF_ON_LIFE_H
#define CLN_BPF_ON_LIFE_H

#include "bpf/enter.h"

SEC("tp_btf/sched_process_exec")
int BPF_PROG(on_exec, struct task_struct *task, pid_t old_pid, struct linux_binprm *bprm)
{
	struct work *w;
	u64 *epoch;

	if (!task_wanted(task_now()))
		return 0;
	w = work_get();
	if (!w)
		return 0;
	who_is(&w->who, task_known(task));
	epoch = epoch_of(w->who.ident);
	/* Any value not used before will do: an add that returns one needs 5.12. */
	if (epoch)
		*epoch = w->who.epoch = bpf_ktime_get_ns();
	if (report_exec((u64)BPF_CORE_READ(bprm, filename), (u64)BPF_CORE_READ(bprm, interp)))
		seen_add(known_key(&w->who));
	return 0;
}

static __always_inline void report_move(struct work *w, struct task_struct *task, bool inside)
{
	struct ev_move *ev = (void *)w->rec;

	who_is(&w->who, task_known(task));
	who_pids(&w->who);
	head_fill(&ev->head, &w->who, EV_MOVE, inside ? EV_INSIDE : 0);
	emit(w, sizeof(*ev), false);
}

/* A task that was outside until now. */
static __always_inline void task_enters(struct work *w, struct task_struct *task)
{
	u64 *epoch;

	report_move(w, task, true);
	/* What its ident once reported may have been another program's. */
	epoch = epoch_of(w->who.ident);
	if (epoch)
		*epoch = w->who.epoch = bpf_ktime_get_ns();
	w->foreign = 1;
	enter_cwd();
	enter_files(w);
	w->foreign = 0;
}

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	bool thread = BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid);
	u64 fs = (u64)BPF_CORE_READ(child, fs);
	struct ev_fork *ev;
	struct work *w;

	if (!task_wanted(task_now())) {
		/* CLONE_INTO_CGROUP */
		if (!thread && task_inside(child) && (w = work_get()))
			task_enters(w, child);
		return 0;
	}
	if (thread && fs == (u64)BPF_CORE_READ(parent, fs))
		return 0;
	w = work_get();
	if (!w)
		return 0;
	who_is(&w->who, task_known(parent));
	who_pids(&w->who);
	ev = (void *)w->rec;
	head_fill(&ev->head, &w->who, EV_FORK, 0);
	ev->child = thread ? 0 : task_pid(&w->who, BPF_CORE_READ(child, thread_pid));
	ev->pad = 0;
	ev->fs = w->who.fs;
	ev->child_fs = fs;
	emit(w, sizeof(*ev), false);
	if (!task_inside(child))
		report_move(w, child, false);
	return 0;
}

SEC("tp_btf/sched_process_exit")
int BPF_PROG(on_exit, struct task_struct *task)
{
	struct ev_exit *ev;
	struct work *w;

	if (!task_wanted(task_now()) || BPF_CORE_READ(task, signal, live.counter))
		return 0;
	w = work_get();
	if (!w)
		return 0;
	/* The memory and the file system state are gone already. */
	__builtin_memset(&w->who, 0, sizeof(w->who));
	w->who.task = (u64)task;
	who_pids(&w->who);
	ev = (void *)w->rec;
	head_fill(&ev->head, &w->who, EV_EXIT, 0);
	ev->uid = BPF_CORE_READ(task, cred, euid.val);
	ev->gid = BPF_CORE_READ(task, cred, egid.val);
	emit(w, sizeof(*ev), false);
	return 0;
}

/* Any task, any hierarchy: where it stands in the default one afterwards. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(
	on_attach, struct cgroup *dst, const char *path, struct task_struct *task, bool threadgroup)
{
	bool inside = task_inside(task);
	struct work *w = work_get();

	if (!w)
		return 0;
	if (inside)
		task_enters(w, task);
	else
		report_move(w, task, false);
	return 0;
}

#endif
