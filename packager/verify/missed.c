/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/missed.h"

#include <string.h>

#define MISSED_MAX 200

enum weight { WEIGHT_EXEC, WEIGHT_WRITE, WEIGHT_READ, WEIGHT_LOOK, WEIGHTS };

static enum weight weigh(uint32_t access)
{
	if (access & CLN_EXEC)
		return WEIGHT_EXEC;
	if (access & CLN_ACCESS_WRITES)
		return WEIGHT_WRITE;
	if (access & (CLN_READ | CLN_MAP | CLN_LIST | CLN_CHDIR))
		return WEIGHT_READ;
	return WEIGHT_LOOK;
}

static bool in_container(const struct cln_trace *trace, uint32_t root)
{
	return root < trace->root_count && strcmp(trace->root[root].kind, "container") == 0;
}

/* The container's own programs, not what the engine or a person entered. */
static const char *user_of(
	const struct cln_trace *trace, const struct cln_trace_file *file, uint32_t access)
{
	for (size_t i = 0; i < file->use_count; i++) {
		uint32_t exec = file->use[i].exec;

		if (!(file->use[i].access & access) || exec >= trace->exec_count)
			continue;
		if (trace->exec[exec].role != CLN_ROLE_INJECTED &&
			trace->exec[exec].role != CLN_ROLE_HOST)
			return trace->exec[exec].path;
	}
	return NULL;
}

static bool kernel_path(const char *path)
{
	return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0 ||
	       strncmp(path, "/dev/", 5) == 0;
}

/* Did the dev run miss it as well? Then its absence is how the software works. */
static bool missed_before(const struct cln_trace *profile, const char *path)
{
	for (size_t i = 0; profile && i < profile->file_count; i++)
		if ((profile->file[i].access & CLN_MISSING) &&
			strcmp(profile->file[i].path, path) == 0)
			return true;
	return false;
}

static bool lacks(const struct missed_input *in, const char *path)
{
	struct tree_walk walk;

	if (in->prod && tree_resolve(in->prod, path, true, &walk) != TREE_NONE)
		return false;
	if (in->dev)
		return tree_resolve(in->dev, path, true, &walk) != TREE_NONE;
	if (in->dev_path)
		return cln_pathset_has(in->dev_path, path) ||
		       (in->prod && cln_pathset_has(in->dev_path, walk.real));
	return in->profile && !missed_before(in->profile, path);
}

static void add_missing(
	const struct cln_trace_file *file, const char *program, struct findings *findings)
{
	bool exec = file->access & CLN_EXEC;
	const char *text = cln_arena_format(findings->arena,
		"%s wanted to %s %s, which the dev image has and the production image has not: no test "
		"run used it",
		program, exec ? "run" : "read", file->path);

	findings_add(findings,
		&(struct finding){ .level = FINDING_MISSED,
			.check = exec ? "missing-program" : "missing-file",
			.path = file->path,
			.program = program,
			.text = text,
			.fix = cln_arena_format(findings->arena,
				"test it while profiling, or clnimg-pack --keep %s", file->path),
			.include = file->path });
}

/* Python's own cache: it goes on without where it cannot write. */
static bool is_byte_code(const char *path)
{
	const char *cache = strstr(path, "/__pycache__");

	return cache && (cache[12] == '\0' || cache[12] == '/');
}

static void add_byte_code(
	const struct cln_trace_file *file, const char *program, struct findings *findings)
{
	findings_add(findings,
		&(struct finding){ .level = FINDING_NOTE,
			.check = "byte-code",
			.path = file->path,
			.program = program,
			.text = cln_arena_format(findings->arena,
				"%s could not keep byte code in %s, and works without: it compiles "
				"that module at each start",
				program, file->path) });
}

static void add_denied(
	const struct cln_trace_file *file, const char *program, struct findings *findings)
{
	bool exec = (file->access & CLN_EXEC) && !(file->access & CLN_ACCESS_WRITES);
	const char *text = cln_arena_format(findings->arena,
		exec ? "%s was not allowed to run %s"
		     : "%s was not allowed to write %s: the root is read-only "
		       "and no test run wrote there",
		program, file->path);

	findings_add(findings,
		&(struct finding){ .level = FINDING_MISSED,
			.check = exec ? "blocked-exec" : "denied-write",
			.path = file->path,
			.program = program,
			.text = text,
			.fix = exec ? cln_arena_format(findings->arena,
					      "run it while profiling, or allow it by a line `landlock "
					      "exec %s' in a file for clnimg-pack --init-conf",
					      file->path)
				    : "write it while profiling, or clnimg-pack --redirect-unknown DIR" });
}

static void look_at(
	const struct missed_input *in, const struct cln_trace_file *file, struct findings *findings)
{
	const char *program = user_of(in->trace, file, CLN_MISSING | CLN_DENIED);

	if (!program || !in_container(in->trace, file->root) || kernel_path(file->path))
		return;
	if ((file->access & CLN_MISSING) && lacks(in, file->path))
		add_missing(file, program, findings);
	else if ((file->access & CLN_DENIED) && (file->access & CLN_ACCESS_WRITES) &&
		 is_byte_code(file->path))
		add_byte_code(file, program, findings);
	else if ((file->access & CLN_DENIED) && (file->access & (CLN_ACCESS_WRITES | CLN_EXEC)))
		add_denied(file, program, findings);
}

void missed_find(const struct missed_input *in, struct findings *findings)
{
	for (int weight = 0; weight < WEIGHTS; weight++)
		for (size_t i = 0; i < in->trace->file_count && findings->count < MISSED_MAX; i++)
			if (weigh(in->trace->file[i].access) == (enum weight)weight)
				look_at(in, &in->trace->file[i], findings);
}
