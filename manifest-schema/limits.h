/* SPDX-License-Identifier: Apache-2.0 */
/*
 * limits.h - the ceilings on everything that is read from a manifest.
 *
 * clnimg-manifest(5), "limits", says the same to users: change both. They lie
 * far above what test runs reach (paths and arguments: the kernel's own limits)
 * and low enough that a hostile file costs memory in proportion to its size.
 */
#ifndef CLN_MANIFEST_LIMITS_H
#define CLN_MANIFEST_LIMITS_H

#include "common/defs.h"

#define LIMIT_FILE_BYTES ((uint64_t)2 << 30)
#define LIMIT_RUNS ((size_t)1 << 16)
#define LIMIT_ROOTS ((size_t)1 << 12)
#define LIMIT_EXECS ((size_t)1 << 20)
#define LIMIT_FILES ((size_t)1 << 24)
#define LIMIT_PORTS ((size_t)1 << 16)
#define LIMIT_SYSCALLS ((size_t)1 << 17)
#define LIMIT_LOSSES ((size_t)64)
#define LIMIT_EVIDENCE ((size_t)1 << 10)
#define LIMIT_MOUNTS ((size_t)1 << 12)
#define LIMIT_GROUPS ((size_t)1 << 16)	     /* NGROUPS_MAX */
#define LIMIT_ENV ((size_t)1 << 14)	     /* names of one environment */
#define LIMIT_RLIMITS ((size_t)64)	     /* resource limits of one exec */
#define LIMIT_NAMES ((size_t)1 << 10)	     /* system calls of one program */
#define LIMIT_ARGS ((size_t)1 << 18)	     /* arguments of one exec */
#define LIMIT_ARG_BYTES ((size_t)128 * 1024) /* MAX_ARG_STRLEN */
#define LIMIT_TEXT_BYTES ((size_t)64 * 1024)
#define LIMIT_CONTENT_BYTES ((size_t)1 << 20)
#define LIMIT_UNKNOWN_BYTES ((size_t)64 * 1024) /* all unknown members of one object */

#endif
