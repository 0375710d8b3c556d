/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - what a program tells a person while it runs, on stderr.
 *
 * Only mains and the pipeline's steps talk; libraries return errors. Colour
 * only on a terminal and never with NO_COLOR (no-color.org).
 */
#ifndef CLN_COMMON_LOG_H
#define CLN_COMMON_LOG_H

#include "common/defs.h"

#include <stdio.h>

enum cln_level { CLN_QUIET, CLN_NORMAL, CLN_VERBOSE };

void cln_log_init(const char *program, enum cln_level level);
void cln_info(const char *fmt, ...) CLN_PRINTF(1, 2);  /* not with --quiet */
void cln_warn(const char *fmt, ...) CLN_PRINTF(1, 2);  /* always: "program: warning: ..." */
void cln_debug(const char *fmt, ...) CLN_PRINTF(1, 2); /* only verbose */
bool cln_log_quiet(void);

/* May this stream be coloured? A terminal, TERM not dumb, NO_COLOR not set. */
bool cln_colour(FILE *stream);

/*
 * One line that is rewritten in place, for anything longer than a second.
 * Silent where stderr is no terminal, and with --quiet.
 */
void cln_progress(const char *fmt, ...) CLN_PRINTF(1, 2); /* at most ten times a second */
void cln_progress_end(void);				  /* wipes the line */

/* 1536 -> "1.5 KiB"; returns text. */
const char *cln_bytes_text(uint64_t bytes, char text[16]);

#endif
