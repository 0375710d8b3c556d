// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * trace.bpf.c - the programs: what the tasks of one cgroup ask of the kernel.
 *
 * Everything hangs on BTF tracepoints, which need Linux 5.5; nothing uses LSM,
 * fentry or kprobes. All work is done at the exit of a call: its strings were
 * paged in by the kernel, its result is known, its descriptor leads to the file
 * without a race.
 */
#include "vmlinux/vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/arch.h"
#include "bpf/uring.h"

#define EBADF 9
#define EFAULT 14
#define ENOSYS 38
#define NR_IO_URING_SETUP 425 /* in both tables */
#define ERESTART_FIRST 512
#define ERESTART_LAST 516

/* Nothing happened, or the call will be made again. */
static __always_inline bool result_is_void(s64 ret)
{
	return ret == -EBADF || ret == -EFAULT || ret == -ENOSYS ||
	       (ret <= -ERESTART_FIRST && ret >= -ERESTART_LAST);
}

/* An address (of mmap) or a count above 2 GiB is just a success. */
static __always_inline s32 result_of(s64 ret)
{
	if (ret < 0 && ret >= -4095)
		return ret;
	return ret < 0 || ret > 0x7fffffff ? 1 : ret;
}

/* -1 stands there after a seccomp skip or a signal. */
static __always_inline bool call_unknown(u32 number, long ret)
{
	return (number & ~X32_BIT) < X32_END && ret != -ENOSYS;
}

/* Which calls a program made is asked at each of them: the last program of this
 * CPU is remembered as it is, others are in ev_seen. */
static __always_inline u64 *noted_word(struct work *w, u32 nr, bool compat)
{
	struct noted *noted = &w->noted;

	if (noted->ident != w->who.ident || noted->epoch != w->who.epoch) {
		__builtin_memset(noted, 0, sizeof(*noted));
		noted->ident = w->who.ident;
		noted->epoch = w->who.epoch;
	}
	return &noted->word[compat][(nr / 64) & (CALLS_MAX / 64 - 1)];
}

/* The first use of a call by a program. */
static __always_inline bool note_syscall(struct work *w, u32 nr, bool compat)
{
	u64 key = mix(mix(mix(0x5c, w->who.ident), w->who.epoch), (u64)compat << 32 | nr);
	struct ev_syscall *ev = (void *)w->rec;

	if (seen_has(key))
		return true;
	report_known(w);
	who_pids(&w->who);
	head_fill(&ev->head, &w->who, EV_SYSCALL, compat ? EV_COMPAT : 0);
	ev->nr = nr;
	ev->pad = 0;
	if (nr == NR_IO_URING_SETUP && !cfg.uring)
		lose(EV_LOSS_URING);
	if (!emit(w, sizeof(*ev), false))
		return false;
	seen_add(key);
	return true;
}

static __always_inline void socketcall(struct work *w, struct call *c)
{
	u32 number = w->arg[1];
	u32 args[6] = {};

	c->shape = SHAPE_NONE;
	if (number >= 32)
		return;
	*c = calls_socket[number & 31];
	bpf_probe_read_user(args, sizeof(args), (void *)w->arg[2]);
	w->arg[1] = args[0];
	w->arg[2] = args[1];
	w->arg[3] = args[2];
	w->arg[4] = args[3];
	w->arg[5] = args[4];
	w->arg[6] = args[5];
}

static __always_inline void dispatch(struct work *w, const struct call *c, struct names *n)
{
	switch (c->shape) {
	case SHAPE_PATH:
		if (n->op == EV_OP_EXEC && n->ret >= 0)
			return; /* sched_process_exec tells more */
		shape_path(w->slot);
		return;
	case SHAPE_PATHS:
		shape_paths();
		if (n->op == EV_OP_PIVOT)
			shape_cwd();
		return;
	case SHAPE_OPEN:
		shape_open(w->slot);
		return;
	case SHAPE_NEWFD:
		if (n->ret >= 0)
			shape_fd(n->ret);
		return;
	case SHAPE_FD:
		shape_fd(arg_at(w, c->dirfd));
		if (n->op == EV_OP_WRITE && n->ret >= 0)
			shape_write(arg_at(w, c->dirfd));
		return;
	case SHAPE_CHDIR:
		shape_chdir();
		return;
	case SHAPE_CWD:
		shape_cwd();
		return;
	case SHAPE_WRITE:
		if (n->ret > 0)
			shape_write(arg_at(w, c->dirfd));
		return;
	case SHAPE_SOCKADDR:
		shape_sockaddr(w->arg[2], w->arg[3]);
		if (n->op == EV_OP_BIND && n->ret == 0)
			shape_port(w->arg[1], true);
		return;
	case SHAPE_LISTEN:
		if (n->ret >= 0)
			shape_port(w->arg[1], false);
		return;
	case SHAPE_SENDTO:
		if (w->arg[5])
			shape_sockaddr(w->arg[5], w->arg[6]);
		return;
	case SHAPE_SENDMSG:
		shape_messages(w, false, c->arg);
		return;
	case SHAPE_RECVMSG:
		if (n->ret >= 0)
			shape_messages(w, true, c->arg);
		return;
	case SHAPE_MMAP:
	case SHAPE_MMAP_OLD:
		if (n->ret >= 0)
			shape_mmap(w, n, c->shape == SHAPE_MMAP_OLD);
		return;
	case SHAPE_IOCTL:
		if (n->ret == 0)
			shape_ioctl(w);
		return;
	case SHAPE_AIO:
		if (n->ret > 0)
			shape_aio();
		return;
	case SHAPE_BPF:
	case SHAPE_FSCONFIG:
	case SHAPE_QUOTA:
		shape_rare();
		return;
	}
}

SEC("tp_btf/sys_exit")
int BPF_PROG(on_sys_exit, struct pt_regs *regs, long ret)
{
	struct task_struct *task;
	const struct call *known;
	struct names *n;
	struct call *c;
	struct work *w;
	u64 *noted, bit;
	bool compat;
	u32 nr;

	task = task_now();
	if (!task_wanted(task))
		return 0;
	w = work_get();
	if (!w)
		return 0;
	compat = arch_compat(LOAD(task, thread_info.status));
	nr = (u32)regs->orig_ax & ~X32_BIT;
	if (nr >= CALLS_UNKNOWN && call_unknown((u32)regs->orig_ax, ret))
		lose(EV_LOSS_CALL);
	if (nr >= CALLS_MAX)
		return 0;
	nr &= CALLS_MAX - 1;
	known = compat ? &calls_32[nr] : &calls_64[nr];
	task_program(&w->who, task);
	noted = noted_word(w, nr, compat);
	bit = 1ULL << (nr & 63);
	if ((*noted & bit) && (known->shape == SHAPE_NONE || result_is_void(ret)))
		return 0;
	task_place(&w->who, task);
	if (!(*noted & bit) && note_syscall(w, nr, compat))
		*noted |= bit;
	c = &w->call;
	*c = *known;
	if (c->shape == SHAPE_NONE || result_is_void(ret))
		return 0;
	arch_args(regs, compat, w->arg);
	if (c->shape == SHAPE_SOCKETCALL)
		socketcall(w, c);
	n = &w->names;
	__builtin_memset(n, 0, sizeof(*n));
	n->op = c->op;
	n->nr = nr;
	n->ret = result_of(ret);
	n->flags = compat ? EV_COMPAT : 0;
	if (c->arg && c->shape != SHAPE_OPEN && c->shape < SHAPE_SENDMSG)
		n->arg = arg_at(w, c->arg);
	w->flags = 0;
	dispatch(w, c, n);
	return 0;
}

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

SEC("tp_btf/sched_process_fork")
int BPF_PROG(on_fork, struct task_struct *parent, struct task_struct *child)
{
	struct ev_fork *ev;
	struct work *w;

	if (!task_wanted(task_now()) || BPF_CORE_READ(child, pid) != BPF_CORE_READ(child, tgid))
		return 0;
	w = work_get();
	if (!w)
		return 0;
	who_is(&w->who, task_known(parent));
	who_pids(&w->who);
	ev = (void *)w->rec;
	head_fill(&ev->head, &w->who, EV_FORK, 0);
	ev->child = task_pid(&w->who, BPF_CORE_READ(child, thread_pid));
	ev->pad = 0;
	emit(w, sizeof(*ev), false);
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
	emit(w, sizeof(*ev), false);
	return 0;
}

/* Any task, any hierarchy: where it stands in the default one afterwards. */
SEC("tp_btf/cgroup_attach_task")
int BPF_PROG(
	on_attach, struct cgroup *dst, const char *path, struct task_struct *task, bool threadgroup)
{
	struct cgroup *now = BPF_CORE_READ(task, cgroups, dfl_cgrp);
	struct work *w = work_get();
	struct ev_move *ev;

	if (!w)
		return 0;
	who_is(&w->who, task_known(task));
	who_pids(&w->who);
	ev = (void *)w->rec;
	head_fill(&ev->head, &w->who, EV_MOVE,
		cgroup_ancestor(now, cfg.level) == cfg.cgroup ? EV_INSIDE : 0);
	emit(w, sizeof(*ev), false);
	return 0;
}

SEC("tp_btf/io_uring_submit_req")
int BPF_PROG(on_uring_submit, struct io_kiocb *req)
{
	struct work *w;
	u8 opcode;

	if (!task_wanted(task_now()))
		return 0;
	opcode = BPF_CORE_READ(req, opcode);
	if (opcode >= URING_CALLS || uring_calls[opcode & (URING_CALLS - 1)].how == URING_UNKNOWN) {
		lose(EV_LOSS_URING);
		return 0;
	}
	if (uring_calls[opcode & (URING_CALLS - 1)].how == URING_PLAIN)
		return 0;
	w = work_get();
	if (!w)
		return 0;
	who_is(&w->who, task_now());
	w->cookie = (u64)req;
	uring_submit(w);
	return 0;
}

/* May run in another thread than the one that submitted, of the same program. */
SEC("tp_btf/io_uring_complete")
int on_uring_complete(u64 *ctx)
{
	struct io_kiocb *req = (void *)ctx[1];
	struct io_uring_cqe *cqe;
	struct work *w;
	s32 result;
	u8 opcode;

	if (!task_wanted(task_now()) || !req)
		return 0;
	opcode = BPF_CORE_READ(req, opcode);
	if (opcode >= URING_CALLS || uring_calls[opcode & (URING_CALLS - 1)].how <= URING_PLAIN)
		return 0;
	w = work_get();
	if (!w)
		return 0;
	if (cfg.uring_cqe) {
		cqe = (void *)ctx[2];
		result = BPF_CORE_READ(cqe, res);
	} else {
		result = ctx[3];
	}
	who_is(&w->who, task_now());
	w->cookie = (u64)req;
	uring_complete(w, result);
	return 0;
}

/* The queue of results is full: this one is told without its request. */
SEC("tp_btf/io_uring_cqe_overflow")
int on_uring_overflow(u64 *ctx)
{
	if (task_wanted(task_now()))
		lose(EV_LOSS_URING);
	return 0;
}

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

char LICENSE[] SEC("license") = "Dual BSD/GPL";
