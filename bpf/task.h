/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * task.h - who makes the call: program, root, namespaces, descriptors.
 */
#ifndef CLN_BPF_TASK_H
#define CLN_BPF_TASK_H

#include "bpf/state.h"

static __always_inline u64 cgroup_ancestor(struct cgroup *cgroup, u32 level)
{
	struct cgroup___ids *old = (void *)cgroup;
	struct cgroup *up = NULL;
	u64 id = 0;

	if (BPF_CORE_READ(cgroup, level) < (int)level)
		return 0;
	if (bpf_core_field_exists(cgroup->ancestors)) {
		bpf_probe_read_kernel(&up, sizeof(up), &cgroup->ancestors[level]);
		return BPF_CORE_READ(up, kn, id);
	}
	bpf_probe_read_kernel(&id, sizeof(id), &old->ancestor_ids[level]);
	return id;
}

static __always_inline bool task_inside(struct task_struct *task)
{
	struct cgroup *cgroup = BPF_CORE_READ(task, cgroups, dfl_cgrp);

	return cgroup_ancestor(cgroup, cfg.level) == cfg.cgroup;
}

/*
 * Every call of every task on the host pays for this: whoever stands no deeper
 * than the profiled cgroup is told by its own id. Below it the helper knows, which
 * tracing programs may call since 5.11 (source.c probes it).
 */
static __always_inline bool task_wanted(struct task_struct *task)
{
	struct css_set *groups = LOAD(task, cgroups);
	struct cgroup *cgroup = LOAD(groups, dfl_cgrp);
	struct kernfs_node *node;
	s32 level = LOAD(cgroup, level);

	if (level < (s32)cfg.level)
		return false;
	if (level == (s32)cfg.level) {
		node = LOAD(cgroup, kn);
		return LOAD(node, id) == cfg.cgroup;
	}
	if (cfg.has_ancestor_id)
		return bpf_get_current_ancestor_cgroup_id(cfg.level) == cfg.cgroup;
	return cgroup_ancestor(cgroup, cfg.level) == cfg.cgroup;
}

static __always_inline u64 *epoch_of(u64 ident)
{
	u32 slot = mix(0, ident) & (EPOCHS - 1);

	return bpf_map_lookup_elem(&ev_epochs, &slot);
}

/* numbers[] has one entry for each namespace that the task is in, the first one's
 * first. 0 where it is in none so deep. */
static __always_inline u64 pid_number(u64 pid, u32 level, u64 *through, u64 *ns)
{
	u64 at = pid + bpf_core_field_offset(struct pid, numbers) +
		 (u64)level * bpf_core_type_size(struct upid);

	*ns = 0;
	if (PEEK(pid, pid, level) < level)
		return 0;
	*ns = as_number(through, PEEK(upid, at, ns));
	return (u32)PEEK(upid, at, nr);
}

/* As the profiler's pid namespace counts. One that has no number there gets the
 * kernel's, marked, and is nobody else. */
static __always_inline u32 task_pid(struct who *who, struct pid *thread)
{
	u64 *through = &who->number;
	u64 pid = as_number(through, thread);
	u64 ns, nr = pid_number(pid, ev_pid_level, through, &ns);

	return nr && ns == ev_pid_ns ? nr : pid_number(pid, 0, through, &ns) | EV_PID_ELSEWHERE;
}

/*
 * The program that the task runs: all that most calls need. Through memory and
 * back, because the verifier lets nobody calculate with a typed pointer.
 */
static __always_inline void task_program(struct who *who, struct task_struct *task)
{
	struct mm_struct *mm = LOAD(task, mm);
	u64 *epoch;

	who->mm = (u64)mm;
	epoch = epoch_of(as_number(&who->ident, LOAD(mm, exe_file)));
	who->epoch = epoch ? *epoch : 0;
}

/* After task_program(): the rest of what tells one fact from another. */
static __always_inline void task_place(struct who *who, struct task_struct *task)
{
	struct fs_struct *fs = LOAD(task, fs);
	struct nsproxy *proxy = LOAD(task, nsproxy);
	struct mnt_namespace *ns = LOAD(proxy, mnt_ns);

	who->task = (u64)task;
	who->fs = (u64)fs;
	who->files = (u64)LOAD(task, files);
	who->root_dentry = (u64)LOAD(fs, root.dentry);
	who->root_mnt = (u64)LOAD(fs, root.mnt);
	who->mnt_ns = (u64)ns;
	who->mnt_event = LOAD(ns, event);
}

static __always_inline void who_is(struct who *who, struct task_struct *task)
{
	task_program(who, task);
	task_place(who, task);
}

/* What only records need. A function: its stack is not that of whoever walks a path. */
GLOBAL int who_pids_read(void)
{
	struct work *w = work_get();
	struct task_struct *leader;
	struct who *who;

	if (!w)
		return 0;
	who = &w->who;
	leader = PEEK(task_struct, who->task, group_leader);
	who->mntns = PEEK(mnt_namespace, who->mnt_ns, ns.inum);
	who->tid = task_pid(who, PEEK(task_struct, who->task, thread_pid));
	who->pid = task_pid(who, PEEK(task_struct, leader, thread_pid));
	return 0;
}

static __always_inline void who_pids(struct who *who)
{
	who_pids_read();
}

static __always_inline void head_fill(
	struct ev_head *head, const struct who *who, u16 type, u16 flags)
{
	head->type = type;
	head->flags = flags;
	head->pid = who->pid;
	head->tid = who->tid;
	head->ident = who->ident;
	head->root = who->root_dentry;
	head->mntns = who->mntns;
}

static __always_inline struct file *task_file(const struct who *who, s32 fd)
{
	struct fdtable *fdt = PEEK(files_struct, who->files, fdt);
	struct file **slot;

	if (fd < 0 || (u32)fd >= PEEK(fdtable, fdt, max_fds))
		return NULL;
	slot = PEEK(fdtable, fdt, fd);
	return (void *)PEEK(hlist_head, slot + (u32)fd, first);
}

#endif
