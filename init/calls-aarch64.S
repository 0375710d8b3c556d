/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls-aarch64.S - calls.S for arm64: the same first instructions and the same names.
 *
 * The numbers are those of asm-generic/unistd.h. Calls that it does not have (those
 * without "at") are made of newer ones in bare.c.
 */
#include "init/calls.inc"

	FUNCTION clnimg_entry
	mov x8, #135			/* rt_sigprocmask */
	mov x0, #0			/* SIG_BLOCK */
	adrp x1, entry_all
	add x1, x1, :lo12:entry_all
	adrp x2, entry_mask
	add x2, x2, :lo12:entry_mask
	mov x3, #8
	svc #0
	ldr x0, [sp]			/* argc, argv, environment */
	add x1, sp, #8
	add x2, x1, x0, lsl #3
	add x2, x2, #8
	adrp x3, init_stack_top
	add x3, x3, :lo12:init_stack_top
	mov sp, x3
	mov x29, #0			/* the outermost frame */
	mov x30, #0
	bl main
	/* falls through */
	FUNCTION _exit
	mov x8, #94			/* exit_group */
	svc #0
	brk #1
	END clnimg_entry

/* The number first, then up to six arguments. */
	FUNCTION syscall
	mov x8, x0
	mov x0, x1
	mov x1, x2
	mov x2, x3
	mov x3, x4
	mov x4, x5
	mov x5, x6
call_kernel:
	svc #0
call_result:
	cmn x0, #4095
	b.hs 1f
	ret
1:	neg w0, w0
	adrp x1, bare_errno
	str w0, [x1, :lo12:bare_errno]
	mov x0, #-1
	ret
	END syscall

/* The return address is in a register: nothing of it lies on the stack both share. */
	FUNCTION vfork
	mov x8, #220			/* clone */
	mov x0, #0x4111			/* CLONE_VM, CLONE_VFORK, SIGCHLD */
	mov x1, #0
	mov x2, #0
	mov x3, #0
	mov x4, #0
	b call_kernel
	END vfork

	.macro CALL name, number
	FUNCTION \name
	mov x8, #\number
	b call_kernel
	END \name
	.endm

	/* asm-generic/unistd.h */
	CALL inotify_init1, 26
	CALL inotify_add_watch, 27
	CALL ioctl, 29
	CALL fallocate, 47
	CALL chdir, 49
	CALL fchmod, 52
	CALL fchown, 55
	CALL close, 57
	CALL pipe2, 59
	CALL read, 63
	CALL write, 64
	CALL pread, 67
	CALL pwrite, 68
	CALL fstat, 80
	CALL nanosleep, 101
	CALL kill, 129
	CALL setpgid, 154
	CALL getpgid, 155
	CALL getsid, 156
	CALL umask, 166
	CALL prctl, 167
	CALL getpid, 172
	CALL getuid, 174
	CALL geteuid, 175
	CALL getegid, 177
	CALL socket, 198
	CALL socketpair, 199
	CALL connect, 203
	CALL sendto, 206
	CALL recvfrom, 207
	CALL getsockopt, 209
	CALL sendmsg, 211
	CALL recvmsg, 212
	CALL execve, 221
	CALL madvise, 233
	CALL wait4, 260
	CALL getrandom, 278
	CALL copy_file_range, 285
