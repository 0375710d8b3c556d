/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/source.h"

#include "common/mem.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>

#define INSPECT_MS 60000
#define UNPACK_MS 600000

/* A layout that is not there is the commonest mistake: say so ourselves. */
static int check_layout(const char *ref, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *directory = cln_strdup(ref + strlen("oci:"));
	cln_owned(cln_drop_mem) char *index = NULL;
	char *tag = strrchr(directory, ':');

	if (tag && !strchr(tag, '/'))
		*tag = '\0';
	index = cln_format("%s/index.json", directory);
	if (access(directory, F_OK) < 0)
		return cln_fail(err, errno, "image %s: %s: %m", ref, directory);
	if (access(index, R_OK) < 0)
		return cln_fail(err, errno, "image %s: no OCI layout: %s: %m", ref, index);
	return 0;
}

static bool has_tag(const char *ref)
{
	const char *colon = strrchr(ref + strlen("oci:"), ':');

	return colon && !strchr(colon, '/');
}

static int to_layout(
	struct events *events, struct source *source, const char *workdir, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *copy = NULL, *target = NULL;
	int r;

	if (strncmp(source->ref, "oci:", 4) == 0) {
		r = check_layout(source->ref, err);
		if (r < 0)
			return r;
		if (has_tag(source->ref)) {
			source->layout = cln_strdup(source->ref + 4);
			return 0;
		}
	}
	copy = cln_format("%s/layout:run", workdir);
	target = cln_format("oci:%s", copy);
	r = proc_run(events, (const char *[]){ "skopeo", "copy", "-q", source->ref, target, NULL },
		UNPACK_MS, NULL, err);
	if (r < 0)
		return cln_within(err, "image %s", source->ref);
	source->layout = cln_steal(&copy);
	return 0;
}

int source_open(struct events *events, const char *ref, const char *workdir, struct source *source,
	struct cln_err *err)
{
	cln_owned(cln_buf_release) struct cln_buf text = {};
	cln_owned(cln_drop_mem) char *layout = NULL;
	cln_owned(cln_json_drop) json_t *whole = NULL;
	int r;

	*source = (struct source){ .ref = ref };
	r = to_layout(events, source, workdir, err);
	if (r < 0)
		return r;
	layout = cln_format("oci:%s", source->layout);
	r = proc_run(events, (const char *[]){ "skopeo", "inspect", "--config", layout, NULL },
		INSPECT_MS, &text, err);
	if (r < 0)
		return cln_within(err, "image %s", ref);
	r = cln_json_parse(text.data, text.size, &whole, err);
	if (r < 0)
		return cln_within(err, "image %s: configuration", ref);
	source->config = json_incref(json_object_get(whole, "config"));
	if (!source->config)
		source->config = json_object();
	return 0;
}

void source_release(struct source *source)
{
	free(source->layout);
	json_decref(source->config);
	*source = (struct source){};
}

int source_unpack(
	struct events *events, const struct source *source, const char *rootfs, struct cln_err *err)
{
	int r = proc_run(events,
		(const char *[]){
			"umoci", "raw", "unpack", "--image", source->layout, rootfs, NULL },
		UNPACK_MS, NULL, err);

	return r < 0 ? cln_within(err, "image %s: root filesystem", source->ref) : 0;
}

int source_stop_signal(const struct source *source)
{
	const char *name = cln_json_str(source->config, "StopSignal", "SIGTERM");

	if (strspn(name, "0123456789") == strlen(name) && *name)
		return atoi(name);
	if (strncmp(name, "SIG", 3) == 0)
		name += 3;
	for (int i = 1; i < 32; i++)
		if (strcmp(sigabbrev_np(i), name) == 0)
			return i;
	return SIGTERM;
}

/* The image is hostile: a symlink at etc/passwd must not leave the rootfs. */
static FILE *open_inside(const char *rootfs, const char *path)
{
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_IN_ROOT };
	cln_owned(cln_drop_fd) int root = open(rootfs, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int fd = root < 0 ? -1 : (int)syscall(SYS_openat2, root, path, &how, sizeof(how));

	return fd < 0 ? NULL : fdopen(fd, "r");
}

/* Finds name (or, where uid_of is not NULL, that uid) in a passwd(5) or
 * group(5) file; gives fields 3 and 4 as numbers. */
static bool account(
	const char *rootfs, const char *path, const char *name, uint32_t *id, uint32_t *group)
{
	FILE *file = open_inside(rootfs, path);
	char line[1024];
	bool found = false;

	while (file && !found && fgets(line, sizeof(line), file)) {
		char *save = NULL, *who = strtok_r(line, ":", &save), *field;

		strtok_r(NULL, ":", &save);
		field = strtok_r(NULL, ":", &save);
		if (!who || !field)
			continue;
		found = strcmp(who, name) == 0 || strcmp(field, name) == 0;
		if (!found)
			continue;
		*id = (uint32_t)strtoul(field, NULL, 10);
		field = strtok_r(NULL, ":", &save);
		if (group && field)
			*group = (uint32_t)strtoul(field, NULL, 10);
	}
	if (file)
		fclose(file);
	return found;
}

static bool numeric(const char *text, uint32_t *id)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (!*text || *end || value > INT32_MAX)
		return false;
	*id = (uint32_t)value;
	return true;
}

int source_user(const struct source *source, const char *rootfs, struct source_user *user,
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = cln_strdup(cln_json_str(source->config, "User", ""));
	char *group = strchr(text, ':');

	*user = (struct source_user){};
	if (group)
		*group++ = '\0';
	if (*text && !account(rootfs, "etc/passwd", text, &user->uid, &user->gid) &&
		!numeric(text, &user->uid))
		return cln_fail(err, ENOENT, "image %s: user %s is not in its /etc/passwd",
			source->ref, text);
	if (group && *group && !numeric(group, &user->gid) &&
		!account(rootfs, "etc/group", group, &user->gid, NULL))
		return cln_fail(err, ENOENT, "image %s: group %s is not in its /etc/group",
			source->ref, group);
	return 0;
}
