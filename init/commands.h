/* SPDX-License-Identifier: Apache-2.0 */
/*
 * commands.h - being "sh" for exactly the commands that were declared.
 *
 * "sh -c STRING" (also "sh -c -- STRING", as newer C libraries call it) is looked up in
 * /etc/clnimg/commands byte by byte and its steps are executed. Nothing is interpreted:
 * what is not in the table ends with one line on stderr and status 126. The format is
 * in format.h.
 */
#ifndef CLN_INIT_COMMANDS_H
#define CLN_INIT_COMMANDS_H

#include "init/init.h"

enum joint { JOINT_FIRST, JOINT_AND, JOINT_OR, JOINT_SEQ, JOINT_PIPE };

struct step {
	enum joint joint;
	uint8_t out_append, err_append, err_to_out;
	const char *cd, *in, *out, *err;
	char *const *set; /* NAME=VALUE, sets of them */
	unsigned sets;
	char *const *argv; /* ends with NULL */
};

struct steps {
	struct step step[INIT_STEPS_MAX];
	unsigned count;
};

/*
 * Read the table of size bytes in in->conf and find the command. 1 with its steps, 0 where
 * it is not listed, or an error where any line of the table is malformed. Pure; uses
 * in->line, in->arena and in->args.
 */
int commands_find(
	struct init *in, size_t size, const char *command, struct steps *steps, struct fail *err);
int commands_main(struct init *in, char **argv, char **environment);

#endif
