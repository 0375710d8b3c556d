/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * arch.h - the registers of a system call, in one place.
 *
 * x86-64: rdi rsi rdx r10 r8 r9 survive to the exit, orig_ax is the number. A
 * 32-bit call (int 0x80, sysenter) has ebx ecx edx esi edi ebp and sets
 * TS_COMPAT in thread_info.status until it returns (arch/x86/include/asm/
 * thread_info.h); x32 sets bit 30 of the number and uses the 64-bit registers.
 */
#ifndef CLN_BPF_ARCH_H
#define CLN_BPF_ARCH_H

#define TS_COMPAT 0x0002
#define X32_BIT 0x40000000
#define X32_END 548 /* 512 to 547 are x32's own */

#define ARGS_MAX 8 /* positions 1 to 6; 0 and 7 are never set */

static __always_inline bool arch_compat(u32 status)
{
	return status & TS_COMPAT;
}

static __always_inline void arch_args(const struct pt_regs *regs, bool compat, u64 *arg)
{
	if (compat) {
		arg[1] = (u32)regs->bx;
		arg[2] = (u32)regs->cx;
		arg[3] = (u32)regs->dx;
		arg[4] = (u32)regs->si;
		arg[5] = (u32)regs->di;
		arg[6] = (u32)regs->bp;
		return;
	}
	arg[1] = regs->di;
	arg[2] = regs->si;
	arg[3] = regs->dx;
	arg[4] = regs->r10;
	arg[5] = regs->r8;
	arg[6] = regs->r9;
}

#endif
