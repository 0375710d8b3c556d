// SPDX-License-Identifier: Apache-2.0
/*
 * health.c - the health check that comes with the image (docker's HEALTHCHECK), in production.
 *
 * docker and podman run it from the image's configuration. One whose program production has not
 * could only fail, and mark a service that works as unhealthy: it goes, and is named.
 */
#include "common/json.h"
#include "common/path.h"
#include "packager/decide/shebang.h"
#include "packager/plan/draft.h"

#include <string.h>

/* The program of the check, NULL where there is no check to run. */
static const char *program_of(const struct image *image)
{
	const json_t *process = json_object_get(image->config, "config");
	const json_t *test = json_object_get(json_object_get(process, "Healthcheck"), "Test");
	const char *kind = json_string_value(json_array_get(test, 0));

	if (kind && !strcmp(kind, "CMD-SHELL"))
		return "/bin/sh";
	return kind && !strcmp(kind, "CMD") ? json_string_value(json_array_get(test, 1)) : NULL;
}

void draft_health(struct draft *draft)
{
	const struct keep_input *in = draft->in;
	const char *folders = shebang_search_path(in->trace, in->root, in->image), *at;
	const char *program = program_of(in->image);
	char path[CLN_PATH_MAX];

	if (!program || !strcmp(program, "/clnimg-init"))
		return;
	while ((at = shebang_next(program, &folders, path)))
		if (draft_stands(draft, at))
			return;
	draft->plan->process.no_health = true;
	draft_note(draft, "health",
		"the image's health check runs %s, which production has not: it is left out "
		"(\"/clnimg-init probe\" answers for it, --keep keeps a program)",
		program);
}
