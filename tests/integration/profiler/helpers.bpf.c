// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * helpers.bpf.c - the helpers of bpf/ one by one: raw tracepoint programs that
 * nothing attaches, run by BPF_PROG_TEST_RUN in the process that asks.
 */
#include "vmlinux/vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/arch.h"
#include "bpf/uring.h"

struct bpf_raw_tracepoint_args {
	__u64 args[0];
};

#define RESULT_AT 8 /* in w->rec */

__u32 out_length, out_how;
__u64 out_number;
char out_path[2 * EV_PATH_MAX];

/* With the descriptor's file as what walk() starts from. */
static __always_inline struct work *work_of_fd(s32 fd)
{
	struct work *w = work_get();
	struct file *file;

	if (!w)
		return NULL;
	who_is(&w->who, task_now());
	file = task_file(&w->who, fd);
	w->dentry = (u64)BPF_CORE_READ(file, f_path.dentry);
	w->mnt = (u64)BPF_CORE_READ(file, f_path.mnt);
	return w;
}

/* The descriptor's path. */
SEC("raw_tp")
int run_walk(struct bpf_raw_tracepoint_args *ctx)
{
	struct work *w = work_of_fd(ctx->args[0]);

	if (!w)
		return 1;
	out_length = walk(RESULT_AT) - RESULT_AT;
	out_how = w->walk;
	bpf_probe_read_kernel(
		out_path, BOUNDED(out_length, 2 * EV_PATH_MAX - 1), &w->rec[RESULT_AT]);
	return 0;
}

SEC("raw_tp")
int run_walk_hash(struct bpf_raw_tracepoint_args *ctx)
{
	struct work *w = work_of_fd(ctx->args[0]);

	if (!w)
		return 1;
	out_number = walk_hash(w->slot, w->dentry, w->mnt, ctx->args[1]);
	return 0;
}

/* A string of user memory, read as a call's path is. */
SEC("raw_tp")
int run_string_hash(struct bpf_raw_tracepoint_args *ctx)
{
	struct lanes lanes = LANES(ctx->args[1]);
	struct work *w = work_get();

	if (!w)
		return 1;
	w->flags = 0;
	name_read(w, 0, ctx->args[0]);
	out_length = w->str_len[0];
	out_how = w->flags;
	string_hash(w, 0, &lanes);
	out_number = lanes_sum(&lanes);
	return 0;
}

SEC("raw_tp")
int run_seen(struct bpf_raw_tracepoint_args *ctx)
{
	if (ctx->args[1])
		seen_add(ctx->args[0]);
	out_number = seen_has(ctx->args[0]);
	return 0;
}

SEC("raw_tp")
int run_pid(struct bpf_raw_tracepoint_args *ctx)
{
	struct task_struct *me = (void *)bpf_get_current_task();
	struct pid *pid = BPF_CORE_READ(me, group_leader, thread_pid);
	struct work *w = work_get();

	if (!w)
		return 0;
	ev_pid_level = BPF_CORE_READ(pid, level) + ctx->args[0];
	if (!ctx->args[0])
		pid_number((u64)pid, ev_pid_level, &ev_pid_ns, &ev_pid_ns);
	out_number = task_pid(&w->who, pid);
	return 0;
}

/* A socket address of user memory: 1 where it names a file, in w->str[0]. */
SEC("raw_tp")
int run_sockaddr(struct bpf_raw_tracepoint_args *ctx)
{
	struct work *w = work_get();

	if (!w)
		return 1;
	who_is(&w->who, task_now());
	__builtin_memset(&w->names, 0, sizeof(w->names));
	out_number = sockaddr_name(w, ctx->args[0], ctx->args[1], false);
	out_length = w->str_len[0];
	return 0;
}

char LICENSE[] SEC("license") = "Dual BSD/GPL";
