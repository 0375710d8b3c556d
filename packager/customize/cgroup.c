/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/cgroup.h"

#include "common/file.h"
#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

/* Calls visit for each cgroup mount until it returns true. mountinfo(5): the
 * fifth field is the mount point, the type stands behind " - ". */
static bool each_mount(bool (*visit)(const char *point, bool v2, void *data), void *data)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	cln_owned(cln_drop_mem) char *line = NULL;
	size_t room = 0;
	bool found = false;

	while (file && !found && getline(&line, &room, file) > 0) {
		char *type = strstr(line, " - "), *save = NULL, *field;

		if (!type || strncmp(type + 3, "cgroup", 6) != 0)
			continue;
		field = strtok_r(line, " ", &save);
		for (int i = 1; field && i < 5; i++)
			field = strtok_r(NULL, " ", &save);
		if (field)
			found = visit(field, type[9] == '2', data);
	}
	if (file)
		fclose(file);
	return found;
}

static bool take_v2(const char *point, bool v2, void *data)
{
	if (v2)
		snprintf(data, CGROUP_PATH_MAX, "%s", point);
	return v2;
}

static bool is_v1(const char *point, bool v2, void *data)
{
	(void)point;
	(void)data;
	return !v2;
}

int cgroup_mount(char mount[CGROUP_PATH_MAX], struct cln_err *err)
{
	if (!each_mount(take_v2, mount))
		return cln_fail(err, ENOENT,
			"cgroup v2 is not mounted; mount -t cgroup2 none DIR, then try again");
	return 0;
}

bool cgroup_hybrid(void)
{
	return each_mount(is_v1, NULL);
}

/* Our own cgroup v2 path: the line "0::/path" of /proc/self/cgroup. */
static void own_cgroup(char path[CGROUP_PATH_MAX])
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	char line[CGROUP_PATH_MAX];

	path[0] = '\0';
	while (file && fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		if (strncmp(line, "0::", 3) == 0 && strcmp(line, "0::/") != 0)
			snprintf(path, CGROUP_PATH_MAX, "%s", line + 3);
	}
	if (file)
		fclose(file);
}

int cgroup_locate(const char *name, char path[CGROUP_PATH_MAX], struct cln_err *err)
{
	char mount[CGROUP_PATH_MAX], own[CGROUP_PATH_MAX];
	int r = cgroup_mount(mount, err);

	if (r < 0)
		return r;
	own_cgroup(own);
	for (int below = 0; below < 2; below++) {
		const char *parent = below ? own : "";
		cln_owned(cln_drop_mem) char *whole = cln_format("%s%s/%s", mount, parent, name);
		struct stat st;

		if (stat(whole, &st) < 0 || !S_ISDIR(st.st_mode))
			continue;
		if (snprintf(path, CGROUP_PATH_MAX, "%s/%s", parent, name) >= CGROUP_PATH_MAX)
			return cln_fail(err, ENAMETOOLONG, "cgroup %s: %m", name);
		return 0;
	}
	return cln_fail(err, ENOENT, "no cgroup %s below %s", name, mount);
}

static void kill_members(const char *directory)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/cgroup.procs", directory);
	FILE *file = fopen(path, "re");
	int pid;

	while (file && fscanf(file, "%d", &pid) == 1)
		if (pid > 1 && pid != getpid())
			kill(pid, SIGKILL);
	if (file)
		fclose(file);
}

#define CGROUP_DEPTH 16

/* Children first. A cgroup directory holds only kernel files and cgroups. */
static void remove_below(const char *directory, int depth)
{
	DIR *dir = depth < CGROUP_DEPTH ? opendir(directory) : NULL;
	struct dirent *entry;

	while (dir && (entry = readdir(dir))) {
		cln_owned(cln_drop_mem) char *child = NULL;

		if (entry->d_type != DT_DIR || entry->d_name[0] == '.')
			continue;
		child = cln_format("%s/%s", directory, entry->d_name);
		remove_below(child, depth + 1);
	}
	if (dir)
		closedir(dir);
	kill_members(directory);
	rmdir(directory);
}

static bool remove_in(const char *point, bool v2, void *data)
{
	cln_owned(cln_drop_mem) char *directory = cln_format("%s%s", point, (const char *)data);
	struct timespec pause = { .tv_nsec = 20000000 };

	(void)v2;
	/* Members that were killed need a moment to be gone. */
	for (int i = 0; i < 100 && access(directory, F_OK) == 0; i++) {
		remove_below(directory, 0);
		if (access(directory, F_OK) == 0)
			nanosleep(&pause, NULL);
	}
	return false;
}

void cgroup_remove(const char *path)
{
	/* Never the root, never a name that climbs. */
	if (path[0] == '/' && path[1] && !strstr(path, ".."))
		each_mount(remove_in, (void *)path);
}
