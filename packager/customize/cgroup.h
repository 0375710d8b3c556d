/* SPDX-License-Identifier: Apache-2.0 */
/*
 * cgroup.h - the traced cgroup: found, emptied and removed.
 *
 * The cgroup v2 hierarchy is found in /proc/self/mountinfo: hybrid hosts mount
 * it elsewhere than /sys/fs/cgroup. On those, engines make directories of the
 * same name in every v1 hierarchy too; removing covers them.
 */
#ifndef CLN_CUSTOMIZE_CGROUP_H
#define CLN_CUSTOMIZE_CGROUP_H

#include "common/err.h"

#define CGROUP_PATH_MAX 1024

/* Where cgroup v2 is mounted. */
int cgroup_mount(char mount[CGROUP_PATH_MAX], struct cln_err *err);

/* Are there v1 hierarchies beside it? */
bool cgroup_hybrid(void);

/*
 * The cgroup called name, relative to the hierarchy's root ("/clnimg-1"), in
 * path: as such, or below the cgroup that we are in. -ENOENT where neither is.
 */
int cgroup_locate(const char *name, char path[CGROUP_PATH_MAX], struct cln_err *err);

/* Kills what is left in it, removes it with all below. Never fails; bounded. */
void cgroup_remove(const char *path);

#endif
