/* SPDX-License-Identifier: Apache-2.0 */
/*
 * work.h - what the parts of deciding share; only packager/decide includes it.
 *
 * Deciding runs in three steps, none of which depends on order:
 *
 *	bars	which nodes may never be kept (policy, --drop): policy.c, rules.c
 *	work	seeds, then closures until nothing new comes: they only state
 *		"from pulls to, because why" (work_pull), never who was first
 *	reasons	a breadth-first walk over those statements from the seeds gives
 *		every node its shortest reason, the smallest (why, via) of equals
 *
 * A node is kept if and only if that walk reaches it.
 */
#ifndef CLN_PACKAGER_DECIDE_WORK_H
#define CLN_PACKAGER_DECIDE_WORK_H

#include "common/mem.h"
#include "packager/decide/keep.h"

/* from keeps to. Ids from node_count on are packages: a file pulls its package,
 * and that its records, so that it never matters which file came first. */
struct pull {
	uint32_t from, to;
	uint8_t why;
};

struct seed { /* kept for itself; via as keep.h says */
	uint32_t node, via;
	uint8_t why;
};

enum work_mark {
	MARK_IN = 1 << 0,     /* something wants it */
	MARK_STRONG = 1 << 1, /* wanted for itself: its package is in use too */
	MARK_QUEUED = 1 << 2,
	MARK_CLOSED = 1 << 3,	/* its closures ran */
	MARK_COUNTED = 1 << 4,	/* its package knows */
	MARK_LISTED = 1 << 5,	/* a directory whose listing production read */
	MARK_SNIFFED = 1 << 6,	/* its content is no shell's */
	MARK_ARMOURED = 1 << 7, /* begins as keys and certificates do */
};

struct elf_state;
struct lib_paths;

struct work {
	const struct keep_input *in;
	const struct tree *tree;
	struct keep *keep;
	struct cln_arena *arena; /* dies with the work */
	uint8_t *mark;		 /* enum work_mark, by node */
	uint8_t *bar;		 /* why it may not be kept, by node; 0: it may */
	uint32_t *bar_via;	 /* by node */
	uint32_t *startup;	 /* smallest trace file that start-up used it by; TREE_NONE */
	uint32_t *queue;
	size_t queue_count, queue_room;
	uint32_t turn; /* of keep_input's shuffle */
	struct pull *pull;
	size_t pull_count, pull_room;
	struct seed *seed;
	size_t seed_count, seed_room;
	struct elf_state **elf;	 /* by node, NULL until looked at */
	struct lib_paths *paths; /* of the libraries, NULL until needed */
	uint8_t *package_used;	 /* by package: 1 when a file of it is in use */
	uint32_t *package_first; /* files of package p: package_file[package_first[p] .. [p + 1]) */
	uint32_t *package_file;
	uint32_t *shell; /* nodes whose names gave them away */
	size_t shell_count, shell_room;
	struct cln_err *err;
	int failed; /* the first -errno; nothing goes on after it */
};

/* Kept for itself. Barred nodes are passed over. */
void work_seed(struct work *work, uint32_t node, enum keep_why why, uint32_t via);

/* from, which is kept, keeps to as well. from TREE_NONE: a seed without a via. */
void work_pull(struct work *work, uint32_t from, uint32_t to, enum keep_why why);

/* A file of the package is in use; the package pulls with from = work_package_id. */
void work_pull_package(struct work *work, uint32_t from, uint32_t package);
static inline uint32_t work_package_id(const struct work *work, uint32_t package)
{
	return work->tree->node_count + package;
}

/* Lets the closures of a node run again: what it was looked at with has changed. */
void work_again(struct work *work, uint32_t node);

/*
 * What path means in the image, with every symlink on the way. Returns the
 * end, or TREE_NONE where there is none or it is barred.
 */
uint32_t work_pull_path(struct work *work, uint32_t from, const char *path, enum keep_why why);
uint32_t work_seed_path(struct work *work, const char *path, enum keep_why why, uint32_t via);
/* The same for a path that was resolved already, with a symlink at its end followed. */
uint32_t work_seed_walk(
	struct work *work, const struct tree_walk *walk, enum keep_why why, uint32_t via);

/* Runs closures until nothing new comes. */
int work_run(struct work *work);

/* Remembers a failure; the first one counts. */
void work_fail(struct work *work, int r);

/* A line for people; formatted into the keep's arena. */
void work_warn(struct work *work, const char *fmt, ...) CLN_PRINTF(2, 3);

/* rules.c */
int rules_bar(struct work *work);   /* --drop, and what no rule matched */
void rules_seed(struct work *work); /* --keep, --keep-package, demands */

/* policy.c */
int policy_bar(struct work *work);
/* Is the node barred, also by what it holds or leads to? Found out when first asked. */
bool policy_bars(struct work *work, uint32_t node);

/* chroots.c: what was used in a chroot of the root's programs stands in the root. */
void chroots_lay(const struct tree *tree, struct cln_trace *trace, uint32_t around);

/* trace_use.c */
void trace_bar(struct work *work); /* what start-up removed before main began */
void trace_seed(struct work *work);
/* Does --listed keep the names in this directory? */
bool trace_keeps_names(const struct work *work, uint32_t dir);
bool trace_in_production(const struct cln_trace *trace, const struct cln_trace_use *use);
/* What production did to the file; *startup (may be NULL) what others did. */
uint32_t trace_production_access(
	const struct cln_trace *trace, const struct cln_trace_file *file, uint32_t *startup);

/* closures: each looks at one node that is kept */
void closure_symlink(struct work *work, uint32_t node);
void closure_elf(struct work *work, uint32_t node);
void closure_elf_warn(struct work *work); /* at the end: libraries that are nowhere */
void closure_script(struct work *work, uint32_t node, const char *head, size_t size);
void closure_language(struct work *work, uint32_t node);
void closure_package(struct work *work, uint32_t package); /* once, when it came into use */
void closure_package_index(struct work *work);		   /* once, before */
void closure_system(struct work *work);			   /* once, from the trace */

/* private_keys.c */
bool private_keys_suspect(const char *head, size_t size);
void private_keys_warn(struct work *work); /* at the end: keys that are kept */

/* reason.c */
void reason_assign(struct work *work);

#endif
