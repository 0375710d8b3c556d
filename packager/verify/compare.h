/* SPDX-License-Identifier: Apache-2.0 */
/*
 * compare.h - drift between two production images.
 *
 * Each side becomes a set of facts, a key and a value each: "package deb nginx"
 * is "1.22.1-9". Images give files, executables, packages, configuration and
 * start-up; reports (report.json) also mounts, ports and system calls, but of
 * files only paths and sizes. Two images or two reports, never one of each.
 */
#ifndef CLN_VERIFY_COMPARE_H
#define CLN_VERIFY_COMPARE_H

#include "common/json.h"
#include "packager/verify/subject.h"

struct compare_fact {
	const char *key, *value;
};
struct compare_facts {
	struct compare_fact *fact; /* sorted by key once settled */
	size_t count, room;
	struct cln_arena *arena;
};

void compare_facts_release(struct compare_facts *facts);

/* -errno only where the image's bytes cannot be read. */
int compare_image(const struct subject *subject, struct compare_facts *out, struct cln_err *err);
/* -EINVAL for what is no report of clnimg-pack. */
int compare_report(const json_t *report, struct compare_facts *out, struct cln_err *err);

/* One line a difference: "+ key: value", "- key: value", "~ key: old -> new";
 * *count says how many. The caller's to free. */
char *compare_text_new(
	const struct compare_facts *old, const struct compare_facts *new, size_t *count);
/* The same as JSON (manifest-schema/compare.schema.json). */
char *compare_json_new(
	const struct compare_facts *old, const struct compare_facts *new, size_t *count);

struct compare {
	const struct read_options *how;
	bool json;
	char *text;   /* out, the caller's to free */
	size_t count; /* out: differences */
};
/* Two references, or two files that end in .json. */
int compare_run(const char *old, const char *new, struct compare *compare, struct cln_err *err);

#endif
