// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/mounts_text.h"

#include "common/json.h"
#include "common/mem.h"
#include "common/path.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

char *mounts_text_new(const struct plan *plan)
{
	cln_owned(cln_json_drop) json_t *list = json_array();

	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mount[i];
		json_t *json = json_object();
		char mode[16];

		snprintf(mode, sizeof(mode), "%04o", mount->mode);
		cln_json_set_str(json, "path", mount->path);
		cln_json_set_str(json, "kind", mount->kind == MOUNT_VOLUME ? "volume" : "memory");
		cln_json_set_str(json, "mode", mode);
		json_object_set_new(json, "uid", json_integer(mount->uid));
		json_object_set_new(json, "gid", json_integer(mount->gid));
		json_object_set_new(json, "bytes", json_integer((json_int_t)mount->size_bytes));
		json_object_set_new(json, "seeded", json_boolean(mount->seeded));
		json_array_append_new(list, json);
	}
	return cln_json_compact_new(list);
}

static int id_of(const json_t *json, const char *key, uint32_t *out)
{
	int64_t id = cln_json_int(json, key, -1);

	*out = (uint32_t)id;
	return id < 0 || id > INT32_MAX ? -EINVAL : 0;
}

static int mount_parse(
	const json_t *json, struct cln_arena *arena, struct plan_mount *out, struct cln_err *err)
{
	const char *path = cln_json_str(json, "path", "");
	const char *kind = cln_json_str(json, "kind", "");
	const char *mode = cln_json_str(json, "mode", "");
	int64_t bytes = cln_json_int(json, "bytes", -1);
	bool volume = !strcmp(kind, "volume");

	if (!cln_path_is_normal(path, strlen(path)) || strlen(path) >= CLN_PATH_MAX)
		return cln_fail(err, EINVAL, "a mount without a normal path");
	if (!volume && strcmp(kind, "memory") != 0)
		return cln_fail(err, EINVAL, "%s: of no known kind", path);
	if (strlen(mode) != 4 || strspn(mode, "01234567") != 4 || bytes < 0 ||
		id_of(json, "uid", &out->uid) < 0 || id_of(json, "gid", &out->gid) < 0)
		return cln_fail(err, EINVAL, "%s: no mode, owner or size", path);
	out->kind = volume ? MOUNT_VOLUME : MOUNT_MEMORY;
	out->path = cln_arena_strdup(arena, path);
	out->mode = (uint32_t)strtoul(mode, NULL, 8);
	out->size_bytes = (uint64_t)bytes;
	out->seeded = cln_json_bool(json, "seeded", false);
	out->why = "as it was packed";
	return 0;
}

int mounts_parse(const char *text, struct cln_arena *arena, struct plan_mount **out, size_t *count,
	struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *list = NULL;
	size_t size = strlen(text), items;
	struct plan_mount *mount;

	if (size > MOUNTS_TEXT_MAX)
		return cln_fail(err, EFBIG, "mounts: %zu bytes", size);
	if (cln_json_parse(text, size, &list, err) < 0)
		return cln_within(err, "mounts");
	items = json_array_size(list);
	if (!json_is_array(list) || items > MOUNTS_MAX)
		return cln_fail(err, EINVAL, "mounts: no list of at most %u", MOUNTS_MAX);
	mount = cln_arena_alloc(arena, (items + 1) * sizeof(*mount));
	for (size_t i = 0; i < items; i++) {
		if (mount_parse(json_array_get(list, i), arena, &mount[i], err) < 0)
			return cln_within(err, "mounts");
		if (i && strcmp(mount[i - 1].path, mount[i].path) >= 0)
			return cln_fail(err, EINVAL, "mounts: %s: not in order", mount[i].path);
	}
	*out = mount;
	*count = items;
	return 0;
}
