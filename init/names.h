/* SPDX-License-Identifier: Apache-2.0 */
/*
 * names.h - the numbers of INIT_SECCOMP_NAMES, where the C library may not know them yet.
 *
 * From asm-generic/unistd.h: calls since Linux 5.1 have one number everywhere.
 */
#ifndef CLN_INIT_NAMES_H
#define CLN_INIT_NAMES_H

#include <sys/syscall.h>

#define SECCOMP_NR(name) SYS_##name

#ifndef SYS_io_uring_enter
#define SYS_io_uring_enter 426
#endif
#ifndef SYS_io_uring_register
#define SYS_io_uring_register 427
#endif
#ifndef SYS_io_uring_setup
#define SYS_io_uring_setup 425
#endif
#ifndef SYS_move_mount
#define SYS_move_mount 429
#endif
#ifndef SYS_open_tree
#define SYS_open_tree 428
#endif
#ifndef SYS_pidfd_getfd
#define SYS_pidfd_getfd 438
#endif
#ifndef SYS_memfd_secret
#define SYS_memfd_secret 447
#endif
#ifndef SYS_fsopen
#define SYS_fsopen 430
#endif
#ifndef SYS_fsmount
#define SYS_fsmount 432
#endif
#ifndef SYS_mount_setattr
#define SYS_mount_setattr 442
#endif
#ifndef SYS_clone3
#define SYS_clone3 435
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#endif

#endif
