/* SPDX-License-Identifier: Apache-2.0 */
/* syscalls.h - the name of a system call; NULL for a number that has none. */
#ifndef CLN_PROFILER_SYSCALLS_H
#define CLN_PROFILER_SYSCALLS_H

#include <stdbool.h>
#include <stdint.h>

/* compat: of the 32-bit table. */
const char *syscall_name(uint32_t number, bool compat);

#endif
