/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.S - x86-64: the first instructions, and the system calls under their usual names.
 *
 * The init links no C library: its start-up (thread area, locale, auxiliary vector) would
 * be a quarter of the init's work before the program runs, and a wrapper of seven bytes
 * does for most calls. bare.c has the few whose arguments differ from the kernel's.
 *
 * As PID 1 a signal without a handler is thrown away by the kernel, unless it is
 * blocked: so nothing may come before that. The mask that we were given is kept in
 * entry_mask for the child.
 */
#include "init/calls.inc"

	FUNCTION clnimg_entry
	movl $14, %eax			/* rt_sigprocmask */
	xorl %edi, %edi			/* SIG_BLOCK */
	movl $entry_all, %esi
	movl $entry_mask, %edx
	movl $8, %r10d
	syscall
	xorl %ebp, %ebp			/* the outermost frame */
	movl (%rsp), %edi		/* argc, argv, environment: System V ABI, 3.4.1 */
	leaq 8(%rsp), %rsi
	leaq 8(%rsi,%rdi,8), %rdx
	movl $init_stack_top, %esp	/* init.ld */
	call main
	movl %eax, %edi
	/* falls through */
	FUNCTION _exit
	movl $231, %eax			/* exit_group */
	syscall
	hlt
	END clnimg_entry

/* The number first, then up to six arguments, the last one on the stack. */
	FUNCTION syscall
	movl %edi, %eax
	movq %rsi, %rdi
	movq %rdx, %rsi
	movq %rcx, %rdx
	movq %r8, %rcx
	movq %r9, %r8
	movq 8(%rsp), %r9
	.type call_kernel, %function
call_kernel:
	movq %rcx, %r10
	syscall
call_result:
	cmpq $-4095, %rax
	jae 1f
	ret
1:	negl %eax
	movl %eax, bare_errno
	orq $-1, %rax
	ret
	END syscall

/* The return address must not lie on the stack that the child writes to. */
	FUNCTION vfork
	popq %rdx
	movl $58, %eax
	syscall
	pushq %rdx
	jmp call_result
	END vfork

	.macro CALL name, number
	FUNCTION \name
	movl $\number, %eax
	jmp call_kernel
	END \name
	.endm

	/* asm/unistd_64.h */
	CALL read, 0
	CALL write, 1
	CALL close, 3
	CALL stat, 4
	CALL fstat, 5
	CALL lstat, 6
	CALL poll, 7
	CALL ioctl, 16
	CALL pread, 17
	CALL pwrite, 18
	CALL access, 21
	CALL madvise, 28
	CALL dup2, 33
	CALL nanosleep, 35
	CALL getpid, 39
	CALL socket, 41
	CALL connect, 42
	CALL sendto, 44
	CALL recvfrom, 45
	CALL sendmsg, 46
	CALL recvmsg, 47
	CALL socketpair, 53
	CALL getsockopt, 55
	CALL execve, 59
	CALL wait4, 61
	CALL kill, 62
	CALL chdir, 80
	CALL rename, 82
	CALL mkdir, 83
	CALL rmdir, 84
	CALL unlink, 87
	CALL symlink, 88
	CALL readlink, 89
	CALL chmod, 90
	CALL fchmod, 91
	CALL fchown, 93
	CALL umask, 95
	CALL getuid, 102
	CALL geteuid, 107
	CALL getegid, 108
	CALL setpgid, 109
	CALL getpgrp, 111
	CALL getsid, 124
	CALL mknod, 133
	CALL prctl, 157
	CALL inotify_add_watch, 254
	CALL fallocate, 285
	CALL pipe2, 293
	CALL inotify_init1, 294
	CALL getrandom, 318
	CALL copy_file_range, 326
