// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include <sys/resource.h>

/* As clnimg-init's `limit` directive names them (getrlimit(2), lower case). */
static const char *const names[EV_LIMITS_MAX] = {
	[RLIMIT_AS] = "as",
	[RLIMIT_CORE] = "core",
	[RLIMIT_CPU] = "cpu",
	[RLIMIT_DATA] = "data",
	[RLIMIT_FSIZE] = "fsize",
	[RLIMIT_LOCKS] = "locks",
	[RLIMIT_MEMLOCK] = "memlock",
	[RLIMIT_MSGQUEUE] = "msgqueue",
	[RLIMIT_NICE] = "nice",
	[RLIMIT_NOFILE] = "nofile",
	[RLIMIT_NPROC] = "nproc",
	[RLIMIT_RSS] = "rss",
	[RLIMIT_RTPRIO] = "rtprio",
	[RLIMIT_RTTIME] = "rttime",
	[RLIMIT_SIGPENDING] = "sigpending",
	[RLIMIT_STACK] = "stack",
};

static void limits_of(struct collect *c, const struct program *entry, const struct program *main)
{
	struct cln_trace_limit changed[EV_LIMITS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < CLN_MIN(entry->limit_count, main->limit_count); i++) {
		const struct ev_limit *before = &entry->limit[i], *after = &main->limit[i];

		if (before->soft == after->soft && before->hard == after->hard)
			continue;
		changed[count++] = (struct cln_trace_limit){
			.name = names[i], .soft = after->soft, .hard = after->hard
		};
	}
	if (count && main->exec != CLN_TRACE_NONE)
		cln_trace_set_limits(c->trace, main->exec, changed, count);
}

void roles_limits(struct collect *c)
{
	for (size_t i = 0; i < c->place_count; i++)
		if (c->place[i]->entry)
			limits_of(c, c->place[i]->entry, c->place[i]->main);
}
