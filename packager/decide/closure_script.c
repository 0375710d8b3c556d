// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/* The value of PATH that a script will see: main's where the trace has it. */
static const char *search_path(const struct work *work)
{
	const struct cln_trace *trace = work->in->trace;
	const char *const *env = work->in->image->env;

	for (size_t i = 0; i < trace->exec_count; i++)
		for (size_t k = 0; k < trace->exec[i].env_count; k++)
			if (trace->exec[i].root == work->in->root &&
				!strcmp(trace->exec[i].env[k].name, "PATH") &&
				trace->exec[i].env[k].value)
				return trace->exec[i].env[k].value;
	for (size_t i = 0; env && env[i]; i++)
		if (!strncmp(env[i], "PATH=", 5))
			return env[i] + 5;
	return DEFAULT_PATH;
}

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
static void pull_from_env(struct work *work, uint32_t node, char *words)
{
	const char *folders = search_path(work);
	char path[4096];
	char *word;

	do {
		words += strspn(words, " \t");
		word = words;
		words += strcspn(words, " \t");
		if (*words)
			*words++ = '\0';
	} while (*word && (*word == '-' || strchr(word, '=')));
	if (!*word)
		return;
	if (*word == '/') {
		if (work_pull_path(work, node, word, WHY_SHEBANG) == TREE_NONE)
			warn_without(work, node, word);
		return;
	}
	for (; *folders; folders += strspn(folders, ":")) {
		size_t length = strcspn(folders, ":");
		int size = snprintf(path, sizeof(path), "%.*s/%s", (int)length, folders, word);

		if (length && size > 0 && size < (int)sizeof(path) &&
			work_pull_path(work, node, path, WHY_SHEBANG) != TREE_NONE)
			return;
		folders += length;
	}
	warn_without(work, node, word);
}

void closure_script(struct work *work, uint32_t node, const char *head, size_t size)
{
	char line[257] = "";
	char *path, *rest;
	const char *name;

	memcpy(line, head, CLN_MIN(size, sizeof(line) - 1));
	line[strcspn(line, "\r\n")] = '\0';
	path = line + 2 + strspn(line + 2, " \t");
	rest = path + strcspn(path, " \t");
	if (*rest)
		*rest++ = '\0';
	if (*path != '/')
		return;
	if (work_pull_path(work, node, path, WHY_SHEBANG) == TREE_NONE) {
		warn_without(work, node, path);
		return;
	}
	name = strrchr(path, '/') + 1;
	if (!strcmp(name, "env"))
		pull_from_env(work, node, rest);
}
