/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bare.h - errno as the variable that calls.S sets; included before every source of the
 * program that links no C library (CMakeLists.txt). The library's errno is a function's
 * result, and the init looks at it a hundred times.
 */
#ifndef CLN_INIT_BARE_H
#define CLN_INIT_BARE_H

#ifndef __ASSEMBLER__
#include <errno.h>

#undef errno
#define errno bare_errno
extern int bare_errno;
#endif

#endif
