/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.h - the cgroup v2 directory that is profiled.
 *
 * The cgroup2 file system is found in mountinfo: hybrid hosts mount it
 * elsewhere than /sys/fs/cgroup.
 */
#ifndef CLN_PROFILER_CGROUP_H
#define CLN_PROFILER_CGROUP_H

#include "common/err.h"

#include <sys/types.h>

struct cgroup {
	char *path;	  /* absolute directory */
	const char *name; /* its end, below the mount: as engines want it, "/build-123" */
	uint64_t id;	  /* its inode number */
	uint32_t level;	  /* depth; the mount is 0 */
	bool created;	  /* by us: ours to remove */
	int dir;	  /* descriptor, -1 where closed */
};

#define CGROUP_NONE       \
	{                 \
		.dir = -1 \
	}

/* The mount point of cgroup2, the caller's to free. text: mountinfo. */
char *cgroup_mount_of(const char *mountinfo);
int cgroup_find_mount(char **mount, struct cln_err *err);

/* name is below the mount (leading "/" allowed) or an absolute path into it.
 * Makes it where it is missing, unless it must exist. */
int cgroup_open(struct cgroup *cg, const char *name, bool must_exist, struct cln_err *err);
int cgroup_add(const struct cgroup *cg, pid_t pid, struct cln_err *err);
int cgroup_freeze(const struct cgroup *cg, bool frozen); /* 0 or -errno */
bool cgroup_populated(const struct cgroup *cg);
/* Removes it and the sub-cgroups left in it, if it was ours. */
void cgroup_release(struct cgroup *cg);

#endif
