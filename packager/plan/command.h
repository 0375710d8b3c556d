/* SPDX-License-Identifier: Apache-2.0 */
/*
 * command.h - constant `sh -c STRING` commands, compiled to a table.
 *
 * Software runs a few fixed commands through system() and popen(). Those that
 * need no interpreter become rows of /etc/clnimg/commands (init/format.h); the
 * init, called as sh, compares its STRING with the table and runs the programs
 * directly. Strict by design: what is not listed here is refused by name.
 *
 * Accepted: words bare, 'single', "double" or \-escaped; < > >> 2> 2>> and 2>&1;
 * `exec`; NAME=VALUE before a program; `cd DIR &&` in front; pipes; && || ; and a
 * comment-free single line. Refused: every expansion, substitution and glob, `&`,
 * here-documents, groups, keywords, builtins, other descriptors.
 */
#ifndef CLN_PACKAGER_COMMAND_H
#define CLN_PACKAGER_COMMAND_H

#include "common/buf.h"
#include "common/err.h"

#define COMMAND_MAX_BYTES 4096 /* of STRING */

enum command_joint { JOINT_FIRST, JOINT_PIPE, JOINT_AND, JOINT_OR, JOINT_SEQ };

struct command_step {
	enum command_joint joint;
	const char *cd;		       /* or NULL */
	const char *in, *out, *append; /* paths or NULL */
	const char *err, *err_append;
	bool err_to_out;
	const char *set[8]; /* NAME=VALUE */
	size_t set_count;
	const char *argv[64];
	size_t argc;
};

struct command {
	struct command_step step[32];
	size_t count;
	struct cln_arena *arena;
};

/* -EINVAL with what stood in the way ("expansion `$HOME'"), in err. */
int command_parse(const char *string, struct command **out, struct cln_err *err);
void command_free(struct command *command);
void command_drop(struct command **command);

/*
 * Adds the rows of one command. find gives the absolute path of a program as the
 * image's PATH has it, or NULL: then the name stands as it is.
 */
typedef const char *command_find(void *of, const char *program);
void command_rows(const struct command *command, const char *string, command_find *find, void *of,
	struct cln_buf *out);

#endif
