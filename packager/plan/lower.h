/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lower.h - start-up, understood. Internal to packager/plan.
 *
 * What the entry script did is read off what it left: the environment and the
 * arguments that main got, the files that stood there when main began. Each
 * becomes a step whose outcome was checked against what was observed; where
 * that fails, the step is refused by name. Nothing here interprets a script.
 *
 * Files share one order of explanations, the first that holds wins:
 *	a directory, a link, a removal	as it is
 *	the image's own bytes	another owner or mode, set in the image
 *	the same bytes as a file of the image that start-up read	copy
 *	a here-document or an echo of the script	template, derived
 *	a template that start-up read, with main's environment	template
 *	a file that start-up read, with places where values went	template, derived
 *	a text of random letters that runs disagree about	random
 *	what a helper program made		that program is a run step
 *	anything else		frozen: the bytes of the profiled run, and a note
 *
 * Where they land: below a mount a directive makes them at each start. Elsewhere
 * a file whose bytes never change is written into the image; a rendered one is
 * linked into the approved place. So no mount exists only for a configuration.
 */
#ifndef CLN_PACKAGER_LOWER_H
#define CLN_PACKAGER_LOWER_H

#include "packager/plan/lines.h"
#include "packager/plan/script.h"
#include "packager/plan/writes.h"

enum step_kind {
	STEP_DIR,
	STEP_OWNER, /* the image's own bytes, another owner or mode */
	STEP_GONE,
	STEP_SYMLINK,
	STEP_COPY,
	STEP_TEMPLATE, /* data: a derived template, else source is a path of the image */
	STEP_RANDOM,
	STEP_FROZEN,
};

struct step {
	enum step_kind kind;
	const char *path;
	const char *source; /* template, copied file; target of a link */
	uint32_t node;	    /* of source, or TREE_NONE */
	uint32_t mode, uid, gid;
	const char *vars; /* "A,B" */
	const void *data;
	size_t size;
	bool unless_exists;
	const char *why; /* "mkdir -p /run/nginx" */
};

struct helper {
	uint32_t exec;
	const char *unless; /* a path that it makes, or NULL */
	size_t order;	    /* where the script names it */
};

struct lower {
	struct scene scene;
	struct script script;
	struct writes writes;
	struct lines env, arg, exec; /* lines by their place in the file */
	struct step *step;
	size_t step_count, step_room;
	struct helper *helper;
	size_t helper_count, helper_room;
	struct keep_demand *demand;
	size_t demand_count, demand_room;
	struct cln_buf commands; /* rows of the command table */
	bool keeps_shell;
	const char *workdir;
	const char *const *argv; /* main's program and fixed arguments */
	const char *const *cmd;
};

/* Does a shell run it; the STRING of `sh -c STRING`, or NULL. */
bool shells_is(const struct cln_trace_exec *exec);
const char *shells_string(const struct cln_trace_exec *exec);
/* The entry script's text and those that it read; "" where there is none. */
int lower_script(struct lower *lower, struct cln_err *err);
void lower_secrets(struct lower *lower); /* among arguments: before anything is said */
int lower_shells(struct lower *lower, struct cln_err *err);  /* shells that production would need */
int lower_helpers(struct lower *lower, struct cln_err *err); /* programs that did real work */
/* A program that waited for a peer, as a `wait` line; false: it did something else. */
bool lower_wait(struct lower *lower, uint32_t exec);
void lower_env(struct lower *lower);
void lower_env_order(struct lower *lower); /* lines behind those that they refer to */
void lower_args(struct lower *lower);
void lower_limits(struct lower *lower); /* what start-up set with ulimit or setrlimit */
int lower_results(struct lower *lower, struct cln_err *err); /* what start-up left */

void lower_demand(struct lower *lower, const char *path, bool program, const char *fmt, ...)
	CLN_PRINTF(4, 5);

#endif
