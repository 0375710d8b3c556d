/* SPDX-License-Identifier: Apache-2.0 */
/*
 * look.h - the effects that the collector asks for: looking into a root while
 * something lives in it.
 */
#ifndef CLN_PROFILER_LOOK_H
#define CLN_PROFILER_LOOK_H

#include "profiler/cgroup.h"
#include "profiler/collect.h"
#include "profiler/hold.h"

struct look {
	const struct cgroup *cg;
	struct hold *hold;
	struct cln_arena *arena; /* of the last root */
	char cgroup[4096];
};

void look_init(struct look *look, const struct cgroup *cg, struct hold *hold,
	struct collect_look *effects);
void look_release(struct look *look);

/* Lines of mountinfo -> mounts in arena. Pure. */
size_t look_mounts(const char *mountinfo, struct cln_arena *arena, struct cln_trace_mount **out);

#endif
