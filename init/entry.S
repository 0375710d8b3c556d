/* SPDX-License-Identifier: Apache-2.0 */
/*
 * entry.S - the first instructions: block every signal, then start the C library.
 *
 * As PID 1 a signal without a handler is thrown away by the kernel, unless it is
 * blocked: so nothing may come before this. The mask that we were given is kept in
 * entry_mask for the child. Registers that the C library looks at stay as they are.
 */
	.text
	.globl clnimg_entry
	.type clnimg_entry, %function
clnimg_entry:
#if defined(__x86_64__)
	movl $14, %eax			/* rt_sigprocmask */
	xorl %edi, %edi			/* SIG_BLOCK */
	leaq entry_all(%rip), %rsi
	leaq entry_mask(%rip), %rdx
	movl $8, %r10d
	syscall
	xorl %edx, %edx			/* no function for atexit, as at process entry */
	jmp _start
#elif defined(__aarch64__)
	mov x8, #135
	mov x0, #0
	adrp x1, entry_all
	add x1, x1, :lo12:entry_all
	adrp x2, entry_mask
	add x2, x2, :lo12:entry_mask
	mov x3, #8
	svc #0
	mov x0, #0
	b _start
#elif defined(__riscv)
	li a7, 135
	li a0, 0
	la a1, entry_all
	la a2, entry_mask
	li a3, 8
	ecall
	li a0, 0
	j _start
#endif
	.size clnimg_entry, . - clnimg_entry

	.section .rodata
	.balign 8
entry_all:
	.quad -1

	.section .bss
	.balign 8
	.globl entry_mask
entry_mask:
	.skip 8

	.section .note.GNU-stack, "", %progbits
