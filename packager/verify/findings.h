/* SPDX-License-Identifier: Apache-2.0 */
/*
 * findings.h - what verifying found, each with what to do about it.
 */
#ifndef CLN_VERIFY_FINDINGS_H
#define CLN_VERIFY_FINDINGS_H

#include "common/json.h"
#include "common/mem.h"

enum finding_level {
	FINDING_POLICY, /* the image breaks what it promises: exit 3 */
	FINDING_BROKEN, /* it contradicts itself or its documents: exit 3 */
	FINDING_MISSED, /* the running application missed it: explains failed tests */
	FINDING_NOTE,
};

struct finding {
	enum finding_level level;
	const char *check;   /* "shell", "shebang", "missing-file", ... */
	const char *path;    /* in the image, or NULL */
	const char *program; /* who met it, or NULL */
	const char *text;    /* one sentence */
	const char *fix;     /* the option that changes it, or NULL */
	const char *include; /* what --augment adds, or NULL */
};

struct findings {
	struct finding *finding;
	size_t count, room;
	struct cln_arena *arena; /* all texts */
};

void findings_init(struct findings *findings);
void findings_release(struct findings *findings);

/* Copies the texts. */
void findings_add(struct findings *findings, const struct finding *finding);

/* In the order in which a person should read them: level, then as found. */
void findings_sort(struct findings *findings);
size_t findings_at(const struct findings *findings, enum finding_level level);

json_t *findings_json(const struct findings *findings); /* an array; the caller's */
const char *finding_level_name(enum finding_level level);

#endif
