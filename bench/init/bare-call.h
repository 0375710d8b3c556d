/* SPDX-License-Identifier: Apache-2.0 */
/* bare-call.h - system calls and an entry for programs without a C library, x86-64. */
#ifndef CLN_BENCH_BARE_CALL_H
#define CLN_BENCH_BARE_CALL_H

#include <sys/syscall.h>

static inline long call(long nr, long a, long b, long c, long d)
{
	register long r10 __asm__("r10") = d;
	long r;

	__asm__ volatile("syscall"
			 : "=a"(r)
			 : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(r10)
			 : "rcx", "r11", "memory");
	return r;
}

/* run gets the stack as the kernel made it: argc, argv, environment. */
__asm__(".globl _start\n_start: xorl %ebp, %ebp\n movq %rsp, %rdi\n andq $-16, %rsp\n call run\n");

#endif
