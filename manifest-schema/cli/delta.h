/* SPDX-License-Identifier: Apache-2.0 */
/*
 * delta.h - what one manifest says and another does not.
 *
 * A manifest becomes a sorted list of facts: (what, root, key) with bits. Two
 * lists are walked side by side; facts that stand in both with the same bits
 * are no difference. Counts, sizes, arguments and runs differ between any two
 * runs and are not looked at.
 *
 *   DELTA_EXEC     key: program; bits: roles
 *   DELTA_FILE     key: path, and the target behind it; bits: access classes
 *   DELTA_PORT     key: "tcp 0.0.0.0 port 80"; bits: 1
 *   DELTA_SYSCALL  key: name; under: program; bits: roles
 */
#ifndef CLN_MANIFEST_DELTA_H
#define CLN_MANIFEST_DELTA_H

#include "common/mem.h"
#include "common/opt.h"
#include "manifest-schema/trace.h"

enum delta_kind { DELTA_EXEC, DELTA_PORT, DELTA_SYSCALL, DELTA_FILE };
#define DELTA_KINDS 4

struct delta_fact {
	enum delta_kind kind;
	const char *root;  /* "host", "container linux/amd64", a number behind a second one */
	const char *under; /* of a call: its program. Of a file: the first that used it */
	const char *key, *target;
	uint32_t before, after; /* bits in the old and in the new manifest */
};

struct delta {
	struct delta_fact *fact; /* sorted by kind, root, under, key */
	size_t count, room;
	struct cln_arena *arena;
};

void delta_release(struct delta *delta);

/* The traces must outlive the delta. ignore: globs of paths and programs. */
void delta_make(struct delta *delta, const struct cln_trace *before, const struct cln_trace *after,
	const struct cln_list *ignore);

#endif
