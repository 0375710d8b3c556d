// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/read_entries.h"

#include <string.h>

static int read_access(struct reader *rd, uint32_t *out)
{
	struct lex_span span;
	bool first = true;
	int r;

	*out = 0;
	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		uint32_t bit;

		r = lex_string(&rd->lex, 64, &span);
		if (r < 0)
			return r;
		bit = cln_access_bit(span.data, span.size);
		if (!bit)
			return lex_fail(&rd->lex, "no such access class");
		if (*out & bit)
			return lex_fail(&rd->lex, "an access class stands twice");
		*out |= bit;
	}
	if (!r && !*out)
		return lex_fail(&rd->lex, "no access class");
	return r;
}

static int file_access(struct reader *rd, void *object)
{
	return read_access(rd, &((struct cln_trace_file *)object)->access);
}

static int file_by(struct reader *rd, void *object)
{
	bool first = true;
	int r;

	(void)object;
	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		uint64_t number = 0;

		if (rd->by_count == LIMIT_EXECS)
			return lex_fail(&rd->lex, "more than %zu", LIMIT_EXECS);
		r = lex_number(&rd->lex, LIMIT_EXECS, &number);
		if (r < 0)
			return r;
		CLN_PUSH(rd->by, rd->by_count, rd->by_room) = (uint32_t)number;
	}
	return r;
}

static int file_how(struct reader *rd, void *object)
{
	bool first = true;
	int r;

	(void)object;
	rd->has_how = true;
	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		uint32_t access = 0;

		if (rd->how_count == LIMIT_EXECS)
			return lex_fail(&rd->lex, "more than %zu", LIMIT_EXECS);
		r = read_access(rd, &access);
		if (r < 0)
			return r;
		CLN_PUSH(rd->how, rd->how_count, rd->how_room) = access;
	}
	return r;
}

static int result_type(struct reader *rd, void *object)
{
	struct lex_span span;
	int type, r = lex_string(&rd->lex, 64, &span);

	if (r < 0)
		return r;
	type = trace_result_type(span.data, span.size);
	if (type < 0)
		return lex_fail(&rd->lex, "no such type");
	((struct cln_trace_result *)object)->type = (char)type;
	return 0;
}

static int result_content(struct reader *rd, void *object)
{
	struct cln_trace_result *result = object;
	const char *content;
	int r = object_base64(rd, LIMIT_CONTENT_BYTES, &content, &result->content_size);

	if (!r)
		result->content = content;
	return r;
}

#define RESULT(field) offsetof(struct cln_trace_result, field)

static int file_result(struct reader *rd, void *object)
{
	static const struct field fields[] = {
		{ "type", FIELD_CUSTOM, true, 0, result_type, NULL },
		{ "mode", FIELD_OCTAL, false, RESULT(mode), NULL, NULL },
		{ "uid", FIELD_U32, false, RESULT(uid), NULL, NULL },
		{ "gid", FIELD_U32, false, RESULT(gid), NULL, NULL },
		{ "size_bytes", FIELD_COUNT, false, RESULT(size_bytes), NULL, NULL },
		{ "content_b64", FIELD_CUSTOM, false, 0, result_content, NULL },
		{ "link_target", FIELD_TEXT, false, RESULT(link_target), NULL, NULL },
		{ "varies", FIELD_BOOL, false, RESULT(varies), NULL, NULL },
	};
	struct cln_trace_result *result =
		cln_arena_alloc(rd->trace->inside->arena, sizeof(*result));
	int r = object_read_inner(rd, fields, CLN_COUNT(fields), result);

	if (r < 0)
		return r;
	if (result->content && result->type != 'f')
		return lex_fail(&rd->lex, "content of what is no file");
	if ((result->link_target != NULL) != (result->type == 'l'))
		return lex_fail(&rd->lex, "link_target stands with a symlink, and only there");
	if (!result->type && (result->mode || result->uid || result->gid || result->size_bytes))
		return lex_fail(&rd->lex, "attributes of what is gone");
	((struct cln_trace_file *)object)->result = result;
	return 0;
}

/* by and how become uses; what no user did was done by somebody unknown. */
static int file_uses(struct reader *rd, struct cln_trace_file *file)
{
	struct cln_trace_use *use;
	uint32_t known = 0;

	if (rd->has_how && rd->how_count != rd->by_count)
		return lex_fail(
			&rd->lex, "how has %zu lists for %zu in by", rd->how_count, rd->by_count);
	use = trace_use_alloc(rd->trace->inside->arena, rd->by_count + 1);
	file->use = use;
	for (size_t i = 0; i < rd->by_count; i++) {
		use[i].exec = rd->by[i];
		use[i].access = rd->has_how ? rd->how[i] : file->access;
		known |= use[i].access;
	}
	file->use_count = rd->by_count;
	if (known & ~file->access)
		return lex_fail(&rd->lex, "how names what access does not");
	if (file->access & ~known)
		use[file->use_count++] =
			(struct cln_trace_use){ CLN_TRACE_NONE, file->access & ~known };
	return 0;
}

#define FILE_(field) offsetof(struct cln_trace_file, field)

int read_file(struct reader *rd)
{
	static const struct field fields[] = {
		{ "path", FIELD_PATH, true, FILE_(path), NULL, NULL },
		{ "root", FIELD_U32, true, FILE_(root), NULL, NULL },
		{ "access", FIELD_CUSTOM, true, 0, file_access, NULL },
		{ "by", FIELD_CUSTOM, true, 0, file_by, NULL },
		{ "how", FIELD_CUSTOM, false, 0, file_how, NULL },
		{ "target", FIELD_PATH, false, FILE_(target), NULL, NULL },
		{ "peak_bytes", FIELD_COUNT, false, FILE_(peak_bytes), NULL, NULL },
		{ "result", FIELD_CUSTOM, false, 0, file_result, NULL },
	};
	struct cln_trace *trace = rd->trace;
	struct cln_trace_file *file;
	int r;

	if (trace->file_count == LIMIT_FILES)
		return lex_fail(&rd->lex, "more than %zu files", LIMIT_FILES);
	file = &CLN_PUSH(trace->file, trace->file_count, trace->inside->file_room);
	rd->by_count = rd->how_count = 0;
	rd->has_how = false;
	r = object_read(rd, fields, CLN_COUNT(fields), file, &file->extra);
	if (r < 0)
		return r;
	if (file->target && !strcmp(file->target, file->path))
		file->target = NULL;
	return file_uses(rd, file);
}
