/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inside.h - what the files of the trace model share; nobody else includes it.
 *
 * Everything a trace points to lies in one arena. Lookup tables are built when
 * the first fact is added and thrown away by settle, so a trace that is only
 * read never pays for them.
 */
#ifndef CLN_MANIFEST_INSIDE_H
#define CLN_MANIFEST_INSIDE_H

#include "manifest-schema/trace.h"

#include "common/mem.h"

struct trace_slot {
	uint32_t number; /* index + 1; 0: empty */
	uint32_t hash;
};

struct trace_table {
	struct trace_slot *slot;
	size_t slots, used;
	bool built;
};

struct cln_trace_inside {
	struct cln_arena *arena;
	size_t run_room, root_room, exec_room, file_room, port_room, syscalls_room;
	struct trace_table run, exec, file, port, syscalls;
	const char *extra; /* of the top level */
	bool settled;
};

/* Calls same for candidates; the index, or CLN_TRACE_NONE. */
typedef bool trace_same_fn(const struct cln_trace *trace, uint32_t index, const void *probe);
uint32_t trace_table_find(const struct cln_trace *trace, const struct trace_table *table,
	uint32_t hash, trace_same_fn *same, const void *probe);
/* The first entry of that hash, the likely answer of find; and fetching what
 * looking for the hash will touch. */
uint32_t trace_table_peek(const struct trace_table *table, uint32_t hash);
void trace_table_prefetch(const struct trace_table *table, uint32_t hash);
void trace_table_put(struct trace_table *table, uint32_t hash, uint32_t index);
void trace_table_release(struct trace_table *table);

/* Deep copies into the arena. NULL stays NULL. An environment comes out sorted,
 * each name once: *count may shrink. */
const char *trace_keep_text(struct cln_arena *arena, const char *text);
const char *const *trace_keep_list(struct cln_arena *arena, const char *const *list);
const struct cln_trace_env *trace_keep_env(
	struct cln_arena *arena, const struct cln_trace_env *env, size_t *count);
const struct cln_trace_limit *trace_keep_limits(
	struct cln_arena *arena, const struct cln_trace_limit *limit, size_t *count);
const struct cln_trace_result *trace_keep_result(
	struct cln_arena *arena, const struct cln_trace_result *result);
/* Joins copies of the facts to the root; sorts the caller's list. */
void trace_root_mounts(struct cln_arena *arena, struct cln_trace_root *root,
	struct cln_trace_mount *mount, size_t count);
void trace_root_evidence(struct cln_arena *arena, struct cln_trace_root *root,
	struct cln_trace_evidence *fact, size_t count);
/* The set with one more run, or as it was. */
void trace_exec_run(struct cln_arena *arena, struct cln_trace_exec *exec, uint32_t run);
void trace_keep_syscalls(struct cln_arena *arena, struct cln_trace_syscalls *syscalls);
uint64_t trace_clamp(uint64_t count);

/* A use array for count entries: its room is the next power of two, and add_use
 * relies on that. */
struct cln_trace_use *trace_use_alloc(struct cln_arena *arena, size_t count);
void trace_file_use(struct cln_trace *trace, struct cln_trace_file *file, struct cln_trace_use use);

/* Total orders; 0 means the same fact. */
int trace_order_text(const char *a, const char *b); /* NULL first */
int trace_order_run(const struct cln_trace_run *a, const struct cln_trace_run *b);
int trace_order_root(const struct cln_trace_root *a, const struct cln_trace_root *b); /* identity */
int trace_order_mount(const struct cln_trace_mount *a, const struct cln_trace_mount *b);
int trace_order_evidence(const struct cln_trace_evidence *a, const struct cln_trace_evidence *b);
int trace_order_exec(const struct cln_trace_exec *a, const struct cln_trace_exec *b);
int trace_order_env(const struct cln_trace_env *a, const struct cln_trace_env *b);
int trace_order_limit(const struct cln_trace_limit *a, const struct cln_trace_limit *b);
int trace_order_result(const struct cln_trace_result *a, const struct cln_trace_result *b);
int trace_order_file(const struct cln_trace_file *a, const struct cln_trace_file *b);
int trace_order_port(const struct cln_trace_port *a, const struct cln_trace_port *b);
int trace_order_syscalls(const struct cln_trace_syscalls *a, const struct cln_trace_syscalls *b);

/*
 * Joins: `into` takes on what `from` knows more. Both describe the same fact;
 * `from` may lie in another trace, so what is taken over is copied.
 */
void trace_join_run(
	struct cln_arena *arena, struct cln_trace_run *into, const struct cln_trace_run *from);
void trace_join_root(
	struct cln_arena *arena, struct cln_trace_root *into, const struct cln_trace_root *from);
void trace_join_exec(
	struct cln_arena *arena, struct cln_trace_exec *into, const struct cln_trace_exec *from);
void trace_join_limits(
	struct cln_arena *arena, struct cln_trace_exec *into, const struct cln_trace_exec *from);
void trace_join_result(struct cln_arena *arena, const struct cln_trace_result **into,
	const struct cln_trace_result *from);
void trace_join_syscalls(struct cln_arena *arena, struct cln_trace_syscalls *into,
	const struct cln_trace_syscalls *from);

/* Members that only a newer writer knows, as `"key":value,...` sorted by key. */
const char *trace_extra_join(struct cln_arena *arena, const char *a, const char *b);
const char *trace_extra_sorted(struct cln_arena *arena, const char *members);

const struct cln_trace_user *trace_keep_users(
	struct cln_arena *arena, const struct cln_trace_user *user, size_t count);
/* Sorts what is the exec's own copy: each once, without who the exec began as. */
void trace_settle_became(struct cln_trace_exec *exec);
void trace_join_became(
	struct cln_arena *arena, struct cln_trace_exec *into, const struct cln_trace_exec *from);

/* A limit as text: decimal without leading zeros, or "unlimited"; it may be larger
 * than JSON numbers that every reader keeps exact. room: TRACE_LIMIT_TEXT. */
#define TRACE_LIMIT_TEXT 24
const char *trace_limit_text(uint64_t value, char *room);
bool trace_limit_value(const char *text, uint64_t *out);
bool trace_limit_name_fits(const char *name);

/* A result's type by its name (write.h has the way back); -1: unknown. */
int trace_result_type(const char *name, size_t length);

/* Sums over the runs, sorted by name; the caller's to free. */
struct cln_trace_loss *trace_losses_new(const struct cln_trace *trace, size_t *count);

/* Was it started from outside its container? Such a parent is no part of it. */
bool trace_parent_is_outside(const struct cln_trace *trace, const struct cln_trace_exec *exec);

/* Depth of every exec below its topmost parent; false where parents go round.
 * depth has room for exec_count. */
bool trace_exec_depths(const struct cln_trace *trace, uint32_t *depth);

#endif
