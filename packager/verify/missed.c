/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/missed.h"

#include "common/path.h"
#include "packager/model/may.h"

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
static const struct cln_trace_exec *user_of(
	const struct cln_trace *trace, const struct cln_trace_file *file, uint32_t access)
{
	for (size_t i = 0; i < file->use_count; i++) {
		uint32_t exec = file->use[i].exec;

		if (!(file->use[i].access & access) || exec >= trace->exec_count)
			continue;
		if (trace->exec[exec].role != CLN_ROLE_INJECTED &&
			trace->exec[exec].role != CLN_ROLE_HOST)
			return &trace->exec[exec];
	}
	return NULL;
}

static bool kernel_path(const char *path)
{
	return strncmp(path, "/proc/", 6) == 0 || strncmp(path, "/sys/", 5) == 0 ||
	       strncmp(path, "/dev/", 5) == 0;
}

/* Did the dev run miss it as well? Then its absence is how the software works. */
static bool fared_alike(const struct cln_trace *profile, const char *path, uint32_t how)
{
	for (size_t i = 0; profile && i < profile->file_count; i++)
		if ((profile->file[i].access & how) && strcmp(profile->file[i].path, path) == 0)
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
	return in->profile && !fared_alike(in->profile, path, CLN_MISSING);
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

static const char *verb_of(uint32_t access)
{
	return access & CLN_ACCESS_WRITES ? "write" : access & CLN_EXEC ? "run" : "read";
}

/* Whoever owns it in the image: the user, and what it may not do. */
static const char *owned(const struct missed_input *in, struct findings *findings,
	const struct cln_trace_exec *exec, uint32_t node, const char *what)
{
	const struct inode *inode = tree_inode(in->prod, node);
	char path[CLN_PATH_MAX];

	return cln_arena_format(findings->arena, "user %u:%u cannot %s %s (mode %04o, owner %u:%u)",
		exec->uid, exec->gid, what, tree_path(in->prod, node, path), inode->mode,
		inode->uid, inode->gid);
}

/* What in the image's owners and modes refused it; NULL: nothing that its user would show. */
static const char *owners_cause(const struct missed_input *in, const struct cln_trace_file *file,
	const struct cln_trace_exec *exec, struct findings *findings)
{
	const struct may_user user = { exec->uid, exec->gid, exec->group, exec->group_count };
	bool writes = file->access & CLN_ACCESS_WRITES;
	struct tree_walk walk;

	if (!in->prod || !exec->uid)
		return NULL;
	uint32_t node = may_blocked_at(in->prod, &user, file->path);

	if (node != TREE_NONE)
		return owned(in, findings, exec, node, "search");
	node = tree_resolve(in->prod, file->path, true, &walk);
	unsigned bits = file->access & CLN_EXEC ? MAY_EXEC : MAY_READ;

	if (writes || node == TREE_NONE || may_use(&user, tree_inode(in->prod, node), bits))
		return NULL;
	return owned(in, findings, exec, node, verb_of(file->access));
}

static bool profile_wrote(const struct cln_trace *profile, const char *path)
{
	for (size_t i = 0; profile && i < profile->file_count; i++)
		if ((profile->file[i].access & CLN_ACCESS_WRITES) &&
			!(profile->file[i].access & CLN_DENIED) &&
			!strcmp(profile->file[i].path, path))
			return true;
	return false;
}

static void add_owned(const struct cln_trace_file *file, const struct cln_trace_exec *exec,
	const char *cause, struct findings *findings)
{
	const char *verb = verb_of(file->access);

	findings_add(findings,
		&(struct finding){ .level = FINDING_MISSED,
			.check = cln_arena_format(findings->arena, "denied-%s", verb),
			.path = file->path,
			.program = exec->path,
			.text = cln_arena_format(findings->arena, "%s was not allowed to %s %s: %s",
				exec->path, verb, file->path, cause),
			.fix = "give it to that user in the source image, or choose another with "
			       "clnimg-pack --user" });
}

static void add_blocked_exec(
	const struct cln_trace_file *file, const char *program, struct findings *findings)
{
	findings_add(
		findings, &(struct finding){ .level = FINDING_MISSED,
				  .check = "blocked-exec",
				  .path = file->path,
				  .program = program,
				  .text = cln_arena_format(findings->arena,
					  "%s was not allowed to run %s", program, file->path),
				  .fix = cln_arena_format(findings->arena,
					  "run it while profiling, or allow it by a line `landlock "
					  "exec %s' in a file for clnimg-pack --init-conf",
					  file->path) });
}

static void add_denied_write(const struct cln_trace_file *file, const char *program, bool known,
	struct findings *findings)
{
	findings_add(findings,
		&(struct finding){ .level = FINDING_MISSED,
			.check = "denied-write",
			.path = file->path,
			.program = program,
			.text = cln_arena_format(findings->arena,
				"%s was not allowed to write %s: %s", program, file->path,
				known ? "the profiled run wrote there, and production may not"
				      : "the root is read-only and no test run wrote there"),
			.fix = known ? "see the note about it in report.json, or clnimg-pack "
				       "--redirect-unknown DIR"
				     : "write it while profiling, or clnimg-pack "
				       "--redirect-unknown DIR" });
}

static void look_at_denied(const struct missed_input *in, const struct cln_trace_file *file,
	const struct cln_trace_exec *exec, struct findings *findings)
{
	bool writes = file->access & CLN_ACCESS_WRITES;
	const char *cause = owners_cause(in, file, exec, findings);

	if (writes && is_byte_code(file->path))
		add_byte_code(file, exec->path, findings);
	else if (cause &&
		 (writes || !fared_alike(in->profile, file->path, CLN_MISSING | CLN_DENIED)))
		add_owned(file, exec, cause, findings);
	else if (writes)
		add_denied_write(
			file, exec->path, profile_wrote(in->profile, file->path), findings);
	else if (file->access & CLN_EXEC)
		add_blocked_exec(file, exec->path, findings);
}

static void look_at(
	const struct missed_input *in, const struct cln_trace_file *file, struct findings *findings)
{
	const struct cln_trace_exec *exec = user_of(in->trace, file, CLN_MISSING | CLN_DENIED);

	if (!exec || !in_container(in->trace, file->root) || kernel_path(file->path))
		return;
	if ((file->access & CLN_MISSING) && lacks(in, file->path))
		add_missing(file, exec->path, findings);
	else if (file->access & CLN_DENIED)
		look_at_denied(in, file, exec, findings);
}

void missed_find(const struct missed_input *in, struct findings *findings)
{
	for (int weight = 0; weight < WEIGHTS; weight++)
		for (size_t i = 0; i < in->trace->file_count && findings->count < MISSED_MAX; i++)
			if (weigh(in->trace->file[i].access) == (enum weight)weight)
				look_at(in, &in->trace->file[i], findings);
}
