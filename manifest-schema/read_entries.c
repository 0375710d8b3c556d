// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/read_entries.h"

#include <string.h>

static bool fits_hex(const char *text, size_t length)
{
	return strlen(text) == length && strspn(text, "0123456789abcdef") == length;
}

static bool fits_id(const char *text)
{
	return fits_hex(text, 32);
}

static bool fits_sha256(const char *text)
{
	return fits_hex(text, 64);
}

static bool fits_platform(const char *text)
{
	const char *slash = strchr(text, '/');

	return slash && slash > text && slash[1] && strlen(text) <= 64 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_./") == strlen(text);
}

/* RFC 3339 in UTC: 2026-01-31T23:59:59.123Z */
static bool fits_time(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00";
	size_t i;

	for (i = 0; form[i]; i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	if (text[i] == '.') {
		size_t digits = strspn(text + i + 1, "0123456789");

		if (!digits || digits > 9)
			return false;
		i += digits + 1;
	}
	return !strcmp(text + i, "Z");
}

static bool fits_kind(const char *text)
{
	return !strcmp(text, "host") || !strcmp(text, "container");
}

static bool fits_word(const char *text)
{
	size_t length = strlen(text);

	return length && length <= 64 &&
	       strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_-") == length;
}

static bool fits_address(const char *text)
{
	return *text && strlen(text) <= 64;
}

static int loss_order(const void *a, const void *b)
{
	return strcmp(
		((const struct cln_trace_loss *)a)->name, ((const struct cln_trace_loss *)b)->name);
}

static int losses_finish(struct reader *rd, struct cln_trace_loss *loss, size_t *count)
{
	size_t kept = 0;

	qsort(loss, *count, sizeof(*loss), loss_order);
	for (size_t i = 0; i < *count; i++) {
		if (i && !strcmp(loss[i - 1].name, loss[i].name))
			return lex_fail(&rd->lex, "%s stands twice", loss[i].name);
	}
	for (size_t i = 0; i < *count; i++)
		if (loss[i].count)
			loss[kept++] = loss[i];
	*count = kept;
	return 0;
}

int read_losses(struct reader *rd, const struct cln_trace_loss **out, size_t *count)
{
	struct cln_arena *arena = rd->trace->inside->arena;
	struct cln_trace_loss *loss = cln_arena_alloc(arena, LIMIT_LOSSES * sizeof(*loss));
	struct lex_span key;
	bool first = true;
	int r;

	*count = 0;
	while ((r = lex_object_next(&rd->lex, &first, &key)) > 0) {
		if (*count == LIMIT_LOSSES)
			return lex_fail(&rd->lex, "more than %zu kinds", LIMIT_LOSSES);
		loss[*count].name = cln_arena_strndup(arena, key.data, key.size);
		if (!fits_word(loss[*count].name))
			return lex_fail(&rd->lex, "no name of a loss");
		r = lex_number(&rd->lex, CLN_TRACE_COUNT_MAX, &loss[*count].count);
		if (r < 0)
			return r;
		(*count)++;
	}
	*out = loss;
	return r < 0 ? r : losses_finish(rd, loss, count);
}

static int run_losses(struct reader *rd, void *object)
{
	struct cln_trace_run *run = object;

	return read_losses(rd, &run->loss, &run->loss_count);
}

static int run_argv(struct reader *rd, void *object)
{
	return object_list(
		rd, LIMIT_ARGS, LIMIT_ARG_BYTES, &((struct cln_trace_run *)object)->argv);
}

static int run_status(struct reader *rd, void *object)
{
	uint64_t status = 0;
	int r = lex_number(&rd->lex, 255, &status);

	((struct cln_trace_run *)object)->exit_status = (int32_t)status;
	return r;
}

#define RUN(field) offsetof(struct cln_trace_run, field)

int read_run(struct reader *rd)
{
	static const struct field fields[] = {
		{ "id", FIELD_TEXT, true, RUN(id), NULL, fits_id },
		{ "tool", FIELD_TEXT, true, RUN(tool), NULL, NULL },
		{ "host", FIELD_TEXT, true, RUN(host), NULL, NULL },
		{ "kernel", FIELD_TEXT, true, RUN(kernel), NULL, NULL },
		{ "platform", FIELD_TEXT, true, RUN(platform), NULL, fits_platform },
		{ "started", FIELD_TEXT, true, RUN(started), NULL, fits_time },
		{ "duration_ms", FIELD_COUNT, true, RUN(duration_ms), NULL, NULL },
		{ "argv", FIELD_CUSTOM, false, 0, run_argv, NULL },
		{ "exit_status", FIELD_CUSTOM, false, 0, run_status, NULL },
		{ "complete", FIELD_BOOL, true, RUN(complete), NULL, NULL },
		{ "losses", FIELD_CUSTOM, true, 0, run_losses, NULL },
	};
	struct cln_trace *trace = rd->trace;
	struct cln_trace_run *run;
	int r;

	if (trace->run_count == LIMIT_RUNS)
		return lex_fail(&rd->lex, "more than %zu runs", LIMIT_RUNS);
	run = &CLN_PUSH(trace->run, trace->run_count, trace->inside->run_room);
	run->exit_status = -1;
	r = object_read(rd, fields, CLN_COUNT(fields), run, &run->extra);
	if (!r && run->complete && run->loss_count)
		r = lex_fail(&rd->lex, "complete, and yet it lost %s", run->loss[0].name);
	return r;
}

struct mount_list {
	struct cln_trace_mount *item;
	size_t count, room;
};

static void mount_list_release(struct mount_list *list)
{
	free(list->item);
}

#define MOUNT(field) offsetof(struct cln_trace_mount, field)

static int root_mounts(struct reader *rd, void *object)
{
	static const struct field fields[] = {
		{ "point", FIELD_PATH, true, MOUNT(point), NULL, NULL },
		{ "type", FIELD_TEXT, true, MOUNT(type), NULL, NULL },
		{ "source", FIELD_TEXT, false, MOUNT(source), NULL, NULL },
		{ "options", FIELD_TEXT, false, MOUNT(options), NULL, NULL },
	};
	cln_owned(mount_list_release) struct mount_list list = { 0 };
	bool first = true;
	int r;

	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		struct cln_trace_mount mount = { 0 };

		if (list.count == LIMIT_MOUNTS)
			return lex_fail(&rd->lex, "more than %zu", LIMIT_MOUNTS);
		r = object_read_inner(rd, fields, CLN_COUNT(fields), &mount);
		if (r < 0)
			return r;
		CLN_PUSH(list.item, list.count, list.room) = mount;
	}
	if (!r)
		trace_root_mounts(rd->trace->inside->arena, object, list.item, list.count);
	return r;
}

struct evidence_list {
	struct cln_trace_evidence *item;
	size_t count, room;
};

static void evidence_list_release(struct evidence_list *list)
{
	free(list->item);
}

#define EVIDENCE(field) offsetof(struct cln_trace_evidence, field)

static int root_evidence(struct reader *rd, void *object)
{
	static const struct field fields[] = {
		{ "path", FIELD_PATH, true, EVIDENCE(path), NULL, NULL },
		{ "sha256", FIELD_TEXT, true, EVIDENCE(sha256), NULL, fits_sha256 },
		{ "size_bytes", FIELD_COUNT, true, EVIDENCE(size_bytes), NULL, NULL },
		{ "identity", FIELD_BOOL, false, EVIDENCE(identity), NULL, NULL },
	};
	cln_owned(evidence_list_release) struct evidence_list list = { 0 };
	bool first = true;
	int r;

	while ((r = lex_array_next(&rd->lex, &first)) > 0) {
		struct cln_trace_evidence fact = { 0 };

		if (list.count == LIMIT_EVIDENCE)
			return lex_fail(&rd->lex, "more than %zu", LIMIT_EVIDENCE);
		r = object_read_inner(rd, fields, CLN_COUNT(fields), &fact);
		if (r < 0)
			return r;
		CLN_PUSH(list.item, list.count, list.room) = fact;
	}
	if (!r)
		trace_root_evidence(rd->trace->inside->arena, object, list.item, list.count);
	return r;
}

#define ROOT(field) offsetof(struct cln_trace_root, field)

int read_root(struct reader *rd)
{
	static const struct field fields[] = {
		{ "kind", FIELD_TEXT, true, ROOT(kind), NULL, fits_kind },
		{ "platform", FIELD_TEXT, true, ROOT(platform), NULL, fits_platform },
		{ "recognised", FIELD_TEXT, true, ROOT(recognised), NULL, fits_word },
		{ "cgroup", FIELD_TEXT, true, ROOT(cgroup), NULL, NULL },
		{ "folder", FIELD_PATH, false, ROOT(folder), NULL, NULL },
		{ "evidence", FIELD_CUSTOM, true, 0, root_evidence, NULL },
		{ "mounts", FIELD_CUSTOM, true, 0, root_mounts, NULL },
	};
	struct cln_trace *trace = rd->trace;
	struct cln_trace_root *root;

	if (trace->root_count == LIMIT_ROOTS)
		return lex_fail(&rd->lex, "more than %zu roots", LIMIT_ROOTS);
	root = &CLN_PUSH(trace->root, trace->root_count, trace->inside->root_room);
	root->cgroup = "";
	return object_read(rd, fields, CLN_COUNT(fields), root, &root->extra);
}

#define PORT(field) offsetof(struct cln_trace_port, field)

int read_port(struct reader *rd)
{
	static const struct field fields[] = {
		{ "root", FIELD_U32, true, PORT(root), NULL, NULL },
		{ "protocol", FIELD_TEXT, true, PORT(protocol), NULL, fits_word },
		{ "family", FIELD_TEXT, true, PORT(family), NULL, fits_word },
		{ "address", FIELD_TEXT, true, PORT(address), NULL, fits_address },
		{ "port", FIELD_U16, true, PORT(port), NULL, NULL },
		{ "exec", FIELD_U32, false, PORT(exec), NULL, NULL },
	};
	struct cln_trace *trace = rd->trace;
	struct cln_trace_port *port;

	if (trace->port_count == LIMIT_PORTS)
		return lex_fail(&rd->lex, "more than %zu ports", LIMIT_PORTS);
	port = &CLN_PUSH(trace->port, trace->port_count, trace->inside->port_room);
	port->exec = CLN_TRACE_NONE;
	return object_read(rd, fields, CLN_COUNT(fields), port, &port->extra);
}
