/* SPDX-License-Identifier: Apache-2.0 */
/*
 * err.h - one error, owned by the caller, context added on the way up.
 *
 * Functions return 0 or -errno and take `struct cln_err *err` last. Success
 * leaves it untouched. The leaf states the cause; each caller puts in front
 * only what it alone knows, so the text reads "layer X: entry Y: cause".
 * Only main prints, as "program: text".
 *
 * A cause too long for the buffer is cut at its end; context that does not fit
 * is left out whole (see cln_within).
 */
#ifndef CLN_COMMON_ERR_H
#define CLN_COMMON_ERR_H

#include "common/defs.h"

struct cln_err {
	int code;	      /* positive errno of the leaf; 0: no error */
	enum cln_exit status; /* what main exits with; 0 counts as failed */
	char text[2048];
};

/*
 * States the cause. errnum is a positive errno; "%m" in fmt prints it.
 * Returns -errnum (-EIO where errnum is 0), for `return cln_fail(...)`.
 */
int cln_fail(struct cln_err *err, int errnum, const char *fmt, ...) CLN_PRINTF(3, 4);

/* The input is well formed but policy forbids it: exit status 3. Name the file,
 * the reason and the option that would allow it. Returns -EPERM. */
int cln_refuse(struct cln_err *err, const char *fmt, ...) CLN_PRINTF(2, 3);

/* The command line is wrong: exit status 2. Returns -EINVAL. */
int cln_usage(struct cln_err *err, const char *fmt, ...) CLN_PRINTF(2, 3);

/* Puts "context: " in front of the error's text. Returns -err->code. Context
 * that does not fit is left out whole: the cause is worth more. */
int cln_within(struct cln_err *err, const char *fmt, ...) CLN_PRINTF(2, 3);

/* Prints "program: text" on stderr and gives the exit status for main. */
int cln_err_report(const struct cln_err *err, const char *program);

#endif
