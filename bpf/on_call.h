/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * on_call.h - the program that runs at the exit of every system call.
 */
#ifndef CLN_BPF_ON_CALL_H
#define CLN_BPF_ON_CALL_H

#include "bpf/arch.h"
#include "bpf/rare.h"

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
		if (n->op == EV_OP_CHROOT)
			shape_cwd(); /* as the new root sees it */
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

#endif
