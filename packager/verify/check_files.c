/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_files.c - files that name other files: scripts, links, the trace.
 */
#include "common/path.h"
#include "packager/verify/check.h"

#include <string.h>

static void broken(struct findings *findings, const char *check, const char *path, const char *text,
	const char *include)
{
	findings_add(findings, &(struct finding){ .level = FINDING_BROKEN,
				       .check = check,
				       .path = path,
				       .text = text,
				       .include = include,
				       .fix = include ? cln_arena_format(findings->arena,
								"clnimg-pack --keep %s", include)
						      : NULL });
}

bool check_mounted(const struct check_input *in, const char *path)
{
	json_t *mount;
	size_t index;

	json_array_foreach (json_object_get(in->runtime, "mounts"), index, mount) {
		const char *point = cln_json_str(mount, "destination", "/");
		size_t length = strlen(point);

		if (length > 1 && strncmp(path, point, length) == 0 &&
			(path[length] == '\0' || path[length] == '/'))
			return true;
	}
	return false;
}

enum check_had check_source_had(const struct check_input *in, const char *path, const char *real)
{
	struct tree_walk walk;

	if (in->source)
		return tree_resolve(in->source, path, true, &walk) != TREE_NONE ? HAD : HAD_NOT;
	if (!in->source_path)
		return HAD_UNKNOWN;
	return cln_pathset_has(in->source_path, path) || cln_pathset_has(in->source_path, real)
		       ? HAD
		       : HAD_NOT;
}

/* The interpreter of "#! /usr/bin/x -y" in line, or NULL. */
static const char *interpreter(char *line)
{
	char *end;

	if (line[0] != '#' || line[1] != '!')
		return NULL;
	line += 2 + strspn(line + 2, " \t");
	end = line + strcspn(line, " \t\r\n");
	*end = '\0';
	return *line == '/' ? line : NULL;
}

int check_scripts(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	for (uint32_t id = 0; id < in->tree->node_count; id++) {
		const struct inode *inode = tree_inode(in->tree, id);
		char line[257] = "", path[4096];
		struct tree_walk walk;
		const char *program;
		enum check_had had;
		bool lost;
		int r;

		if (inode->type != NODE_FILE || !(inode->mode & 0111) || inode->size_bytes < 4)
			continue;
		r = tree_read(
			in->tree, id, 0, line, CLN_MIN(inode->size_bytes, sizeof(line) - 1), err);
		if (r < 0)
			return cln_within(err, "%s", tree_path(in->tree, id, path));
		program = interpreter(line);
		if (!program || tree_resolve(in->tree, program, true, &walk) != TREE_NONE)
			continue;
		/* Its interpreter was never there: that is how the software came. */
		had = check_source_had(in, program, walk.real);
		lost = had != HAD_NOT;
		tree_path(in->tree, id, path);
		findings_add(findings,
			&(struct finding){ .level = lost ? FINDING_BROKEN : FINDING_NOTE,
				.check = "shebang",
				.path = path,
				.fix = lost ? cln_arena_format(findings->arena,
						      "clnimg-pack --drop %s where nothing runs it, or "
						      "--keep %s",
						      path, program)
					    : NULL,
				.text = cln_arena_format(findings->arena,
					"%s is executable, but its interpreter %s is not in the image",
					path, program) });
	}
	return 0;
}

int check_links(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	(void)err;
	for (uint32_t id = 0; id < in->tree->node_count; id++) {
		char path[4096];
		struct tree_walk walk;
		enum check_had had;

		if (tree_inode(in->tree, id)->type != NODE_SYMLINK)
			continue;
		tree_path(in->tree, id, path);
		if (tree_resolve(in->tree, path, true, &walk) != TREE_NONE ||
			check_mounted(in, walk.real) || check_mounted(in, path))
			continue;
		/* Dangling in the dev image too: that is how the software came. */
		had = check_source_had(in, in->source ? path : walk.real, walk.real);
		if (had == HAD_NOT)
			continue;
		/* Without the dev image or its list nobody knows whether it ever led somewhere. */
		findings_add(findings,
			&(struct finding){ .level = had == HAD ? FINDING_BROKEN : FINDING_NOTE,
				.check = "dangling-link",
				.path = path,
				.text = cln_arena_format(
					findings->arena, "the symlink %s leads nowhere", path) });
	}
	return 0;
}

/* Did a process of the finished container (not of its start-up) use the file? */
static const char *runtime_user(const struct cln_trace *trace, const struct cln_trace_file *file)
{
	for (size_t i = 0; i < file->use_count; i++) {
		uint32_t exec = file->use[i].exec;

		if (exec < trace->exec_count &&
			(file->use[i].access & (CLN_EXEC | CLN_MAP | CLN_READ)) &&
			!(file->use[i].access & (CLN_CREATE | CLN_MISSING)) &&
			(trace->exec[exec].role == CLN_ROLE_MAIN ||
				trace->exec[exec].role == CLN_ROLE_SERVICE))
			return trace->exec[exec].path;
	}
	return NULL;
}

/* Everything that the service read or ran while profiling must be there. */
int check_traced(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	const struct cln_trace *trace = in->trace;

	(void)err;
	for (size_t i = 0; trace && in->source && i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];
		const char *program = runtime_user(trace, file);
		struct tree_walk walk;

		if (!program || strcmp(trace->root[file->root].kind, "container") != 0 ||
			tree_resolve(in->source, file->path, true, &walk) == TREE_NONE ||
			tree_inode(in->source, walk.end)->type != NODE_FILE ||
			tree_resolve(in->tree, file->path, true, &walk) != TREE_NONE ||
			check_mounted(in, file->path) || check_mounted(in, walk.real))
			continue;
		broken(findings, "traced-but-missing", file->path,
			cln_arena_format(findings->arena,
				"%s used %s while profiling, and the image has it not", program,
				file->path),
			file->path);
	}
	return 0;
}

int check_all(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	int r;

	if ((r = check_belongs(in, findings, err)) < 0 ||
		(r = check_policy(in, findings, err)) < 0 ||
		(r = check_init(in, findings, err)) < 0 ||
		(r = check_scripts(in, findings, err)) < 0 ||
		(r = check_elf(in, findings, err)) < 0 ||
		(r = check_links(in, findings, err)) < 0 ||
		(r = check_runtime(in, findings, err)) < 0 ||
		(r = check_sbom(in, findings, err)) < 0)
		return r;
	return check_traced(in, findings, err);
}
