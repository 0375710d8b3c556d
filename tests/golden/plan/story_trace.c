// SPDX-License-Identifier: Apache-2.0
/*
 * story_trace.c - what the profiled run did: programs, their variables, files, ports, calls.
 */
#include "story_parts.h"

#include <stdio.h>
#include <string.h>

static void read_owner(const struct reader *r, const char *text, uint32_t *uid, uint32_t *gid)
{
	if (sscanf(text, "%u:%u", uid, gid) != 2)
		story_wrong(r, "expected UID:GID");
}

void story_root(struct reader *r)
{
	struct cln_trace_root root = {
		.kind = "container",
		.platform = "linux/amd64",
		.recognised = "mount-namespace",
		.cgroup = "c",
		.mount = r->mount,
		.mount_count = r->mounts,
	};

	if (!r->rooted)
		r->root = cln_trace_add_root(r->story->trace, &root);
	r->rooted = true;
}

static size_t find_exec(const struct reader *r, const char *name)
{
	for (size_t i = 0; i < r->execs; i++)
		if (!strcmp(r->name[i], name))
			return i;
	story_wrong(r, "no exec of that name");
	return 0;
}

static enum cln_role role_of(const struct reader *r, const char *name)
{
	for (int i = 0; i < CLN_ROLE_COUNT; i++)
		if (!strcmp(cln_role_name(i), name))
			return i;
	story_wrong(r, "no such role");
	return 0;
}

static void exec_option(
	struct reader *r, struct cln_trace_exec *exec, const char *word, uint32_t *groups)
{
	const char *value = strchr(word, '=');

	if (!value++)
		story_wrong(r, "expected NAME=VALUE before the colon");
	if (!strncmp(word, "parent=", 7))
		exec->parent = r->exec[find_exec(r, value)];
	else if (!strncmp(word, "interp=", 7))
		exec->interpreter = value;
	else if (!strncmp(word, "uid=", 4))
		exec->uid = (uint32_t)strtoul(value, NULL, 10);
	else if (!strncmp(word, "gid=", 4))
		exec->gid = (uint32_t)strtoul(value, NULL, 10);
	else if (!strncmp(word, "umask=", 6))
		exec->umask = (uint32_t)strtoul(value, NULL, 8);
	else if (!strncmp(word, "cwd=", 4))
		exec->cwd = value;
	else if (!strncmp(word, "groups=", 7))
		for (char *end; *value; value = *end ? end + 1 : end)
			groups[exec->group_count++] = (uint32_t)strtoul(value, &end, 10);
	else
		story_wrong(r, "unknown option of exec");
}

static void read_exec(struct reader *r)
{
	uint32_t groups[WORDS_MAX];
	struct cln_trace_exec exec = {
		.role = role_of(r, story_need(r, 2)),
		.path = story_need(r, 3),
		.cwd = "/",
		.umask = 022,
		.parent = CLN_TRACE_NONE,
		.count = 1,
		.group = groups,
	};
	size_t i = 4;

	if (r->execs == EXECS_MAX)
		story_wrong(r, "too many execs");
	story_root(r);
	exec.root = r->root;
	for (; i < r->words && strcmp(r->word[i], ":") != 0; i++)
		exec_option(r, &exec, r->word[i], groups);
	story_need(r, i);
	r->word[r->words] = NULL;
	exec.argv = r->word + i + 1;
	r->name[r->execs] = r->word[1];
	r->exec[r->execs++] = cln_trace_add_exec(r->story->trace, &exec);
}

static uint64_t limit_of(const char *word)
{
	return strcmp(word, "unlimited") ? strtoull(word, NULL, 10) : CLN_TRACE_UNLIMITED;
}

static void read_became(struct reader *r)
{
	struct cln_trace_user user = { 0 };

	sscanf(story_need(r, 2), "%u:%u", &user.uid, &user.gid);
	cln_trace_add_became(r->story->trace, r->exec[find_exec(r, story_need(r, 1))], user);
}

static void read_limit(struct reader *r)
{
	struct cln_trace_limit limit = { .name = story_need(r, 2) };

	limit.soft = limit_of(story_need(r, 3));
	limit.hard = limit_of(story_need(r, 4));
	limit.varies = r->words > 5;
	cln_trace_set_limits(r->story->trace, r->exec[find_exec(r, story_need(r, 1))], &limit, 1);
}

static void read_var(struct reader *r)
{
	size_t i = find_exec(r, story_need(r, 1));
	const char *how = story_need(r, 2), *text = story_need(r, 3), *value = strchr(text, '=');
	struct cln_trace_env *env = &r->var[i][r->vars[i]++];

	env->name = value ? cln_arena_strndup(r->story->arena, text, (size_t)(value - text)) : text;
	env->inherited = !strncmp(how, "given", 5);
	env->redacted = strstr(how, "secret");
	env->value = env->redacted ? "" : value ? value + 1 : NULL;
}

static uint32_t access_bits(const struct reader *r, const char *text)
{
	uint32_t bits = 0;

	while (*text) {
		size_t size = strcspn(text, ",");
		uint32_t bit = cln_access_bit(text, size);

		if (!bit)
			story_wrong(r, "no such access");
		bits |= bit;
		text += size + (text[size] == ',');
	}
	return bits;
}

static void read_use(struct reader *r)
{
	const char *target = NULL;
	size_t i = 2;
	uint32_t file = 0;

	story_root(r);
	if (!strcmp(story_need(r, 2), "->")) {
		target = story_need(r, 3);
		i = 4;
	}
	for (; i + 1 < r->words; i += 2) {
		struct cln_trace_use use = { r->exec[find_exec(r, r->word[i])],
			access_bits(r, r->word[i + 1]) };

		file = cln_trace_add_file(r->story->trace, r->root, r->word[1], target, &use);
	}
	if (i < r->words && !strncmp(r->word[i], "peak=", 5))
		cln_trace_set_peak(r->story->trace, file, strtoull(r->word[i] + 5, NULL, 10));
}

static void read_left(struct reader *r)
{
	struct cln_trace_result result = { .type = story_need(r, 2)[0] };
	struct cln_trace *trace = r->story->trace;
	const char *text;

	if (!strcmp(r->word[2], "gone")) {
		result.type = 0;
	} else if (result.type == 'l') {
		result.link_target = story_need(r, 3);
		result.mode = 0777;
	} else {
		result.mode = (uint32_t)strtoul(story_need(r, 3), NULL, 8);
		read_owner(r, story_need(r, 4), &result.uid, &result.gid);
	}
	if (result.type == 'f') {
		text = story_need(r, 5);
		result.varies = r->words > 6 && !strcmp(r->word[6], "varies");
		result.content = text;
		result.content_size = result.size_bytes = strlen(text);
	}
	for (uint32_t i = 0; i < trace->file_count; i++) {
		if (strcmp(trace->file[i].path, r->word[1]) != 0)
			continue;
		cln_trace_set_result(trace, i, &result);
		return;
	}
	story_wrong(r, "left: no `use' names this path");
}

static void read_port(struct reader *r)
{
	struct cln_trace_port port = {
		.root = r->root,
		.exec = r->exec[find_exec(r, story_need(r, 1))],
		.protocol = story_need(r, 2),
		.family = "inet",
		.address = "0.0.0.0",
		.port = (uint16_t)strtoul(story_need(r, 3), NULL, 10),
	};

	cln_trace_add_port(r->story->trace, &port);
}

static void read_calls(struct reader *r)
{
	uint32_t exec = r->exec[find_exec(r, story_need(r, 1))];
	struct cln_trace_syscalls calls = {
		.root = r->root,
		.role = r->story->trace->exec[exec].role,
		.program = r->story->trace->exec[exec].path,
		.name = r->word + 2,
	};

	r->word[r->words] = NULL;
	cln_trace_add_syscalls(r->story->trace, &calls);
}

bool story_trace(struct reader *r)
{
	static const struct {
		const char *what;
		void (*read)(struct reader *r);
	} statements[] = {
		{ "exec", read_exec },
		{ "var", read_var },
		{ "became", read_became },
		{ "limit", read_limit },
		{ "use", read_use },
		{ "left", read_left },
		{ "port", read_port },
		{ "calls", read_calls },
	};

	for (size_t i = 0; i < CLN_COUNT(statements); i++)
		if (!strcmp(r->word[0], statements[i].what)) {
			statements[i].read(r);
			return true;
		}
	return false;
}
