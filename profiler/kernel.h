/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kernel.h - what a kernel must have, and what to do where it has not.
 *
 * Nothing is refused by its version alone: distributions add features to old
 * kernels. Only where the programs do not load, the version is the explanation.
 */
#ifndef CLN_PROFILER_KERNEL_H
#define CLN_PROFILER_KERNEL_H

#include <stdbool.h>
#include <stddef.h>

#define KERNEL_BTF "/sys/kernel/btf/vmlinux"

/* Is it 5.10 or newer? release is uname's: "6.1.0-50-amd64". */
bool kernel_new_enough(const char *release);

/* Why the programs did not load and what to do; NULL: neither version nor BTF. */
const char *kernel_reason(const char *release, bool btf, char *out, size_t room);

#endif
