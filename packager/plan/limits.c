// SPDX-License-Identifier: Apache-2.0
#include "init/format.h"
#include "packager/plan/lower.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void limit_text(uint64_t value, char *out, size_t room)
{
	if (value == CLN_TRACE_UNLIMITED)
		snprintf(out, room, "unlimited");
	else
		snprintf(out, room, "%" PRIu64, value);
}

static bool limit_known(const char *name)
{
	static const char *const known[] = {
#define ROW(name, resource) #name,
		CLN_INIT_LIMITS(ROW)
#undef ROW
	};

	for (size_t i = 0; i < CLN_COUNT(known); i++)
		if (!strcmp(known[i], name))
			return true;
	return false;
}

/* Main began with other limits than the entry: start-up set them. */
void lower_limits(struct lower *lower)
{
	struct scene *scene = &lower->scene;
	const struct cln_trace_exec *main = scene_exec(scene, scene->main);

	for (size_t i = 0; i < main->limit_count; i++) {
		const struct cln_trace_limit *limit = &main->limit[i];
		char soft[24], hard[24];

		if (!limit_known(limit->name)) {
			scene_note(scene, "limit", "start-up set %s, which the init does not know",
				limit->name);
			continue;
		}
		limit_text(limit->soft, soft, sizeof(soft));
		limit_text(limit->hard, hard, sizeof(hard));
		lines_words(&lower->exec, "start-up set it before main", "limit", limit->name, soft,
			hard, NULL);
		scene_note(scene, "limit",
			"start-up set %s to %s of %s%s; the runtime must grant that hard limit",
			limit->name, soft, hard,
			limit->varies ? " (the smallest: the runs disagree)" : "");
	}
}
