// SPDX-License-Identifier: Apache-2.0
/*
 * results.c - what start-up left, explained path by path (see lower.h).
 */
#include "packager/plan/results_parts.h"

#include "packager/plan/places.h"

#include <string.h>

#define SOURCE_MAX_BYTES ((size_t)1 << 20)
#define RANDOM_MIN_BYTES 8u

static void sources_release(struct results *r)
{
	for (size_t i = 0; i < r->source_count; i++)
		cln_buf_release(&r->source[i].text);
	free(r->source);
}

/* Files of the image that start-up read and that are no programs or libraries. */
static void find_sources(struct results *r)
{
	struct scene *scene = &r->lower->scene;
	const struct tree *tree = scene->in->tree;

	for (size_t i = 0; i < scene->file_count; i++) {
		const struct scene_file *file = &scene->file[i];
		struct tree_walk walk;

		if (!(file->startup & CLN_READ) || (file->startup & (CLN_EXEC | CLN_MAP)))
			continue;
		uint32_t node = tree_resolve(tree, file->path, true, &walk);

		if (node == TREE_NONE || tree_inode(tree, node)->type != NODE_FILE ||
			!strncmp(walk.real, "/usr/lib/", 9) || strstr(walk.real, ".so"))
			continue;
		CLN_PUSH(r->source, r->source_count, r->source_room) = (struct source){
			.file = file,
			.node = node,
			.path = cln_arena_strdup(scene->arena, walk.real),
		};
	}
}

bool results_source_text(struct results *r, struct source *source)
{
	const struct tree *tree = r->lower->scene.in->tree;
	const struct inode *inode = tree_inode(tree, source->node);
	struct cln_err ignored;
	char *data;
	size_t size;

	if (source->read)
		return source->text.data;
	source->read = true;
	if (inode->size_bytes > SOURCE_MAX_BYTES ||
		tree_read_all(tree, source->node, SOURCE_MAX_BYTES, &data, &size, &ignored) < 0)
		return false;
	source->text = (struct cln_buf){ .data = data, .size = size, .room = size + 1 };
	return true;
}

const char *results_writer(const struct results *r, const struct scene_file *file)
{
	struct scene *scene = &r->lower->scene;

	for (size_t i = 0; i < file->fact->use_count; i++) {
		const struct cln_trace_use *use = &file->fact->use[i];

		if (use->exec != CLN_TRACE_NONE && (use->access & CLN_ACCESS_WRITES) &&
			scene->side[use->exec] == SIDE_STARTUP)
			return scene_command_text(scene, use->exec);
	}
	return NULL;
}

struct step *results_add(struct results *r, enum step_kind kind, const struct scene_file *file)
{
	struct lower *lower = r->lower;
	struct step *step = &CLN_PUSH(lower->step, lower->step_count, lower->step_room);
	const struct cln_trace_result *result = file->fact->result;

	*step = (struct step){
		.kind = kind,
		.path = file->real,
		.node = TREE_NONE,
		.mode = result ? result->mode & (result->type == 'd' ? 03777 : 01777) : 0,
		.uid = result ? result->uid : 0,
		.gid = result ? result->gid : 0,
		.why = results_writer(r, file),
	};
	return step;
}

static bool same_bytes(const struct cln_buf *text, const struct cln_trace_result *result)
{
	return text->size == result->content_size &&
	       (!text->size || !memcmp(text->data, result->content, text->size));
}

static bool explain_copy(struct results *r, const struct scene_file *file)
{
	const struct cln_trace_result *result = file->fact->result;

	for (size_t i = 0; i < r->source_count; i++) {
		struct source *source = &r->source[i];

		if (!strcmp(source->path, file->real) || !results_source_text(r, source) ||
			!same_bytes(&source->text, result))
			continue;
		struct step *step = results_add(r, STEP_COPY, file);

		step->source = source->path;
		step->node = source->node;
		return true;
	}
	return false;
}

/* The same bytes as the image has at this very path: only owner or mode changed. */
static bool unchanged(struct results *r, const struct scene_file *file)
{
	const struct tree *tree = r->lower->scene.in->tree;
	struct source own = { .node = file->node };
	bool same = file->node != TREE_NONE && tree_inode(tree, file->node)->type == NODE_FILE &&
		    results_source_text(r, &own) && same_bytes(&own.text, file->fact->result);

	cln_buf_release(&own.text);
	return same;
}

/* One line of hex or base64 letters: the shape of a made-up secret. */
static const char *random_shape(const struct cln_trace_result *result, size_t *bytes)
{
	const char *text = result->content;
	size_t size = result->content_size, hex = 0, base64 = 0;

	if (size && text[size - 1] == '\n')
		size--;
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		bool digit = c >= '0' && c <= '9';

		hex += digit || (c >= 'a' && c <= 'f');
		base64 += digit || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '+' ||
			  c == '/' || c == '=';
	}
	*bytes = hex == size ? size / 2 : size / 4 * 3;
	if (size / 2 < RANDOM_MIN_BYTES)
		return NULL;
	return hex == size ? "hex" : base64 == size ? "base64" : NULL;
}

static bool explain_random(struct results *r, const struct scene_file *file)
{
	size_t bytes = 0;
	const char *shape = random_shape(file->fact->result, &bytes);
	struct step *step;

	if (!file->fact->result->varies || !shape)
		return false;
	step = results_add(r, STEP_RANDOM, file);
	step->source = shape;
	step->size = bytes;
	return true;
}

static int explain_file(struct results *r, const struct scene_file *file, struct cln_err *err)
{
	const struct cln_trace_result *result = file->fact->result;

	if (result->content_size || !result->size_bytes) {
		if (unchanged(r, file)) {
			results_add(r, STEP_OWNER, file);
			return 0;
		}
		if (result->content_size &&
			(explain_random(r, file) ||
				(!result->varies &&
					(explain_copy(r, file) || results_spelled(r, file) ||
						results_template(r, file) ||
						results_derived(r, file)))))
			return 0;
	}
	return results_freeze(r, file, err);
}

/* Did start-up itself (no helper that runs again) change it? */
static bool startups(const struct scene_file *file)
{
	return (file->startup & CLN_ACCESS_WRITES) && !(file->helper & (CLN_WRITE | CLN_CREATE));
}

/* Removed before main began: the profiler says so, or saw only the removal. */
static bool is_gone(const struct scene_file *file)
{
	const struct cln_trace_result *result = file->fact->result;

	return result ? !result->type
		      : (file->startup & CLN_DELETE) && !(file->startup & (CLN_CREATE | CLN_WRITE));
}

static void explain_gone(struct results *r, const struct scene_file *file)
{
	const struct scene *scene = &r->lower->scene;
	uint32_t makes = CLN_CREATE | CLN_BIND | CLN_WRITE | CLN_RENAME;

	/* stale files of a run before: only where main makes them and they can survive */
	if (file->node == TREE_NONE && !(scene_service_access(scene, file->real) & makes))
		return;
	results_add(r, STEP_GONE, file);
}

static int explain(struct results *r, const struct scene_file *file, struct cln_err *err)
{
	const struct cln_trace_result *result = file->fact->result;
	struct step *step;

	if (!startups(file) || writes_is_runtimes(file->real) || place_is_byte_code(file->real))
		return 0;
	if (is_gone(file)) {
		if (scene_needs(&r->lower->scene, file->real))
			explain_gone(r, file);
		return 0;
	}
	if (!result)
		return 0;
	/* A name that was a link and is written through: the result is the link's end's. */
	if (!scene_needs(&r->lower->scene, file->real) && !(file->helper & ~(uint32_t)CLN_MISSING))
		return 0;
	switch (result->type) {
	case 'd':
		results_add(r, STEP_DIR, file);
		return 0;
	case 'l':
		step = results_add(r, STEP_SYMLINK, file);
		step->source = result->link_target;
		return step->source
			       ? 0
			       : results_refuse(r, file, "the trace lacks the link's target", err);
	case 'f':
		return explain_file(r, file, err);
	case 's': /* a socket of a helper that is gone: main makes its own */
		return 0;
	default:
		return results_refuse(r, file, "no directive makes such a file", err);
	}
}

/* Asked about before it was made: made once, kept where it survives. */
static void find_conditions(struct lower *lower)
{
	for (size_t i = 0; i < lower->step_count; i++) {
		struct step *step = &lower->step[i];
		uint32_t access = scene_startup_access(&lower->scene, step->path);

		step->unless_exists = (access & CLN_MISSING) && (access & CLN_STAT);
	}
}

int lower_results(struct lower *lower, struct cln_err *err)
{
	struct results r = { .lower = lower };
	int status = 0;

	find_sources(&r);
	results_find_vars(&r);
	for (size_t i = 0; status == 0 && i < lower->scene.file_count; i++) {
		const struct scene_file *file = &lower->scene.file[i];
		bool twice = i && !strcmp(file->real, lower->scene.file[i - 1].real) &&
			     lower->scene.file[i - 1].fact->result;

		if (!twice)
			status = explain(&r, file, err);
	}
	sources_release(&r);
	free(r.var);
	find_conditions(lower);
	return status;
}
