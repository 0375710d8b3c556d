/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opt_print.h - what the option tables say to people: help, version, man page,
 * bash completion; all to stdout. Only opt.c includes this.
 */
#ifndef CLN_COMMON_OPT_PRINT_H
#define CLN_COMMON_OPT_PRINT_H

#include "common/opt.h"

/* Every program has these; an entry without help is hidden. */
#define CLN_OPT_COMMON_COUNT 6
extern const struct cln_opt cln_opt_common[CLN_OPT_COMMON_COUNT];

/* command NULL: the program's own help. */
void cln_opt_print_help(const struct cln_program *program, const struct cln_command *command);
void cln_opt_print_version(const struct cln_program *program);
void cln_opt_print_man(const struct cln_program *program);	  /* man(7) */
void cln_opt_print_completion(const struct cln_program *program); /* bash */

#endif
