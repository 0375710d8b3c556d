// SPDX-License-Identifier: Apache-2.0
/*
 * writes_logs.c - which writes are logs, and where their names lead: rule 2.
 */
#include "packager/plan/writes_parts.h"

#include "common/path.h"
#include "packager/plan/places.h"

#include <string.h>

bool writes_is_log(const struct scene_file *file, const struct want *want)
{
	uint32_t bad = CLN_READ | CLN_BIND | CLN_LINK | CLN_LIST | CLN_EXEC;

	return (want->access & CLN_WRITE) && !(want->access & bad) && place_is_log(file->real);
}

bool writes_log_dated(const struct scene_file *file)
{
	cln_owned(cln_buf_release) struct cln_buf pattern = { 0 };

	return place_log_pattern(file->real, &pattern);
}

bool writes_to_output(const struct scene_file *file)
{
	static const char *const ends[] = { "/dev/stdout", "/dev/stderr", "/proc/self/fd/1",
		"/proc/self/fd/2", "/dev/fd/1", "/dev/fd/2" };
	bool link = strcmp(file->end, file->real) != 0;

	for (size_t i = 0; link && i < CLN_COUNT(ends); i++)
		if (!strcmp(file->end, ends[i]))
			return true;
	return link && !strncmp(file->end, "/proc/", 6) && strstr(file->end, "/fd/");
}

void writes_add_log(struct writes *w, const struct scene_file *file, const char *why, bool rotated)
{
	const char *name = cln_path_name(file->real);
	bool errors = strstr(name, "err") || strstr(file->end, "stderr") ||
		      !strcmp(file->end, "/proc/self/fd/2");

	for (size_t i = 0; i < w->log_count; i++)
		if (!strcmp(w->log[i].path, file->real))
			return;
	CLN_PUSH(w->log, w->log_count, w->log_room) = (struct writes_log){
		.path = file->real,
		.stream = errors ? "stderr" : "stdout",
		.tail = rotated,
		.why = why,
	};
}

void writes_place_logs(struct writes *w)
{
	for (size_t i = 0; i < w->log_count; i++) {
		struct writes_log *log = &w->log[i];

		if (writes_mount(w, log->path))
			log->place = log->path;
		else
			log->place = writes_redirect(w, log->path, TREE_NONE, log->why)->place;
		log->pattern = log->place;
		cln_owned(cln_buf_release) struct cln_buf pattern = { 0 };

		if (place_log_pattern(log->place, &pattern))
			log->pattern = cln_arena_strdup(w->scene->arena, pattern.data);
		else if (log->tail)
			log->pattern = cln_arena_format(w->scene->arena, "%s*", log->place);
	}
}
