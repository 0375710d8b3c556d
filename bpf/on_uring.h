/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * on_uring.h - the programs that see requests of io_uring begin and end.
 */
#ifndef CLN_BPF_ON_URING_H
#define CLN_BPF_ON_URING_H

#include "bpf/uring.h"

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

#endif
