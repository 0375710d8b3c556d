// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/shebang.h"
#include "packager/decide/work.h"

#include <string.h>

/* Says so where a script will find its interpreter gone: a person must choose. */
static void warn_without(struct work *work, uint32_t node, const char *interpreter)
{
	struct tree_walk walk;
	char path[4096];

	if (tree_resolve(work->tree, interpreter, true, &walk) == TREE_NONE)
		work_warn(work, "%s: its interpreter %s is not in the image",
			tree_path(work->tree, node, path), interpreter);
	else
		work_warn(work, "%s: its interpreter %s is kept out: %s",
			tree_path(work->tree, node, path), interpreter,
			why_name(work->bar[walk.end]));
}

/* `#!/usr/bin/env -S NAME=value program`: the program as env(1) finds it. */
static void pull_from_env(struct work *work, uint32_t node, const char *program)
{
	const struct keep_input *in = work->in;
	const char *folders = shebang_search_path(in->trace, in->root, in->image);
	const char *barred = NULL, *at;
	char path[4096], first[4096];
	struct tree_walk walk;

	while ((at = shebang_next(program, &folders, path))) {
		if (work_pull_path(work, node, at, WHY_SHEBANG) != TREE_NONE)
			return;
		if (!barred && tree_resolve(work->tree, at, true, &walk) != TREE_NONE)
			barred = memcpy(first, at, strlen(at) + 1);
	}
	warn_without(work, node, barred ? barred : program);
}

void closure_script(struct work *work, uint32_t node, const char *head, size_t size)
{
	struct shebang shebang;

	if (!shebang_parse(head, size, &shebang))
		return;
	if (work_pull_path(work, node, shebang.interpreter, WHY_SHEBANG) == TREE_NONE)
		warn_without(work, node, shebang.interpreter);
	else if (shebang.program)
		pull_from_env(work, node, shebang.program);
}
