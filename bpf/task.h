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

/* Tracing programs may call the helper since 5.11 (source.c probes it). */
static __always_inline bool task_wanted(void)
{
	struct task_struct *task;

	if (cfg_has_ancestor_id)
		return bpf_get_current_ancestor_cgroup_id(cfg_level) == cfg_cgroup;
	task = (void *)bpf_get_current_task();
	return cgroup_ancestor(BPF_CORE_READ(task, cgroups, dfl_cgrp), cfg_level) == cfg_cgroup;
}

static __always_inline u64 *epoch_of(u64 ident)
{
	u32 slot = mix(0, ident) & (EPOCHS - 1);

	return bpf_map_lookup_elem(&ev_epochs, &slot);
}

static __always_inline u32 task_pid(struct pid *pid)
{
	u32 level = cfg_pidns_level;
	u32 nr = 0;

	/* numbers[] has one entry for each level of pid namespaces. */
	bpf_probe_read_kernel(&nr, sizeof(nr),
		(void *)pid + bpf_core_field_offset(struct pid, numbers) +
			level * bpf_core_type_size(struct upid));
	return nr;
}

/*
 * The program that the task runs: all that most calls need. Through memory and
 * back, because the verifier lets nobody calculate with a typed pointer.
 */
static __always_inline u64 task_ident(struct who *who, struct task_struct *task)
{
	struct mm_struct *mm = LOAD(task, mm);

	*(volatile u64 *)&who->ident = (u64)LOAD(mm, exe_file);
	return *(volatile u64 *)&who->ident;
}

static __always_inline u64 ident_epoch(u64 ident)
{
	u64 *epoch = epoch_of(ident);

	return epoch ? *epoch : 0;
}

static __always_inline void who_is(struct who *who, struct task_struct *task)
{
	struct mm_struct *mm = LOAD(task, mm);
	struct fs_struct *fs = LOAD(task, fs);
	struct nsproxy *proxy = LOAD(task, nsproxy);
	struct mnt_namespace *ns = LOAD(proxy, mnt_ns);

	who->task = (u64)task;
	who->mm = (u64)mm;
	who->fs = (u64)fs;
	who->files = (u64)LOAD(task, files);
	who->epoch = ident_epoch(task_ident(who, task));
	who->root_dentry = (u64)LOAD(fs, root.dentry);
	who->root_mnt = (u64)LOAD(fs, root.mnt);
	who->mnt_ns = (u64)ns;
	who->mnt_event = LOAD(ns, event);
	who->mntns = LOAD(ns, ns.inum);
}

static __always_inline void who_pids(struct who *who)
{
	struct task_struct *task = (void *)who->task;

	who->tid = task_pid(BPF_CORE_READ(task, thread_pid));
	who->pid = task_pid(BPF_CORE_READ(task, group_leader, thread_pid));
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
	struct files_struct *files = (void *)who->files;
	struct fdtable *fdt = BPF_CORE_READ(files, fdt);
	struct file **slot, *file = NULL;

	if (fd < 0 || (u32)fd >= BPF_CORE_READ(fdt, max_fds))
		return NULL;
	slot = BPF_CORE_READ(fdt, fd);
	bpf_probe_read_kernel(&file, sizeof(file), slot + (u32)fd);
	return file;
}

#endif
