// SPDX-License-Identifier: Apache-2.0
#include "story.h"

#include "common/file.h"
#include "common/path.h"
#include "packager/model/tree_build.h"

#include <stdio.h>
#include <string.h>

#define WORDS_MAX 64
#define EXECS_MAX 64

struct reader {
	struct story *story;
	const char *path, *at;
	unsigned line;
	const char *word[WORDS_MAX];
	size_t words;
	struct list {
		const char *item[WORDS_MAX];
		size_t count;
	} entrypoint, cmd, env, volume;
	const char *name[EXECS_MAX];
	uint32_t exec[EXECS_MAX];
	struct cln_trace_env var[EXECS_MAX][WORDS_MAX];
	size_t vars[EXECS_MAX];
	size_t execs;
	struct cln_trace_mount mount[WORDS_MAX];
	size_t mounts;
	uint32_t root;
	bool rooted;
};

static void wrong(const struct reader *r, const char *what)
{
	fprintf(stderr, "%s:%u: %s\n", r->path, r->line, what);
	exit(2);
}

static const char *read_word(struct reader *r)
{
	cln_owned(cln_buf_release) struct cln_buf word = { 0 };
	bool quoted = false;

	while (*r->at && *r->at != '\n' && (quoted || (*r->at != ' ' && *r->at != '\t'))) {
		char c = *r->at++;

		if (c == '"') {
			quoted = !quoted;
			continue;
		}
		if (c == '\\' && *r->at && *r->at != '\n') {
			c = *r->at++;
			c = c == 'n' ? '\n' : c == 't' ? '\t' : c;
		}
		cln_buf_addc(&word, c);
	}
	return cln_arena_strdup(r->story->arena, word.data ? word.data : "");
}

/* The lines up to one that is the mark. */
static const char *read_here(struct reader *r, const char *mark)
{
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };
	size_t size = strlen(mark);

	while (*r->at) {
		size_t length = strcspn(r->at, "\n");
		bool end = length == size && !strncmp(r->at, mark, size);

		r->line++;
		if (!end)
			cln_buf_add(&text, r->at, length + (r->at[length] == '\n'));
		r->at += length + (r->at[length] == '\n');
		if (end)
			return cln_arena_strdup(r->story->arena, text.data ? text.data : "");
	}
	wrong(r, "text without its end");
	return NULL;
}

static bool read_line(struct reader *r)
{
	r->words = 0;
	while (*r->at && !r->words) {
		r->line++;
		while (*r->at && *r->at != '\n') {
			if (*r->at == ' ' || *r->at == '\t') {
				r->at++;
				continue;
			}
			if (*r->at == '#' && !r->words) {
				r->at += strcspn(r->at, "\n");
				break;
			}
			if (r->words == WORDS_MAX)
				wrong(r, "too many words");
			r->word[r->words++] = read_word(r);
		}
		r->at += *r->at == '\n';
	}
	if (r->words && !strncmp(r->word[r->words - 1], "<<", 2))
		r->word[r->words - 1] = read_here(r, r->word[r->words - 1] + 2);
	return r->words;
}

static void add_all(struct reader *r, struct list *list)
{
	for (size_t i = 1; i < r->words && list->count + 1 < WORDS_MAX; i++)
		list->item[list->count++] = r->word[i];
}

static const char *need(const struct reader *r, size_t i)
{
	if (i >= r->words)
		wrong(r, "words are missing");
	return r->word[i];
}

static void read_owner(const struct reader *r, const char *text, uint32_t *uid, uint32_t *gid)
{
	if (sscanf(text, "%u:%u", uid, gid) != 2)
		wrong(r, "expected UID:GID");
}

static void read_tree(struct reader *r)
{
	struct tree_entry entry = { .path = need(r, 1), .type = NODE_FILE };
	struct cln_err err = { 0 };
	size_t next = 3;

	if (entry.path[strlen(entry.path) - 1] == '/')
		entry.type = NODE_DIR;
	if (!strcmp(need(r, 2), "->")) {
		entry.type = NODE_SYMLINK;
		entry.mode = 0777;
		entry.target = need(r, 3);
	} else {
		entry.mode = (uint32_t)strtoul(r->word[2], NULL, 8);
		if (next < r->words && sscanf(r->word[next], "%u:%u", &entry.uid, &entry.gid) == 2)
			next++;
	}
	if (entry.type == NODE_FILE && next < r->words) {
		entry.size_bytes = strlen(r->word[next]);
		if (spool_append(tree_spool(r->story->tree), r->word[next], entry.size_bytes,
			    &entry.spool_offset, &err) < 0)
			wrong(r, err.text);
	}
	if (tree_layer_add(r->story->tree, &entry, NULL, &err) < 0)
		wrong(r, err.text);
}

static void need_root(struct reader *r)
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
	wrong(r, "no exec of that name");
	return 0;
}

static enum cln_role role_of(const struct reader *r, const char *name)
{
	for (int i = 0; i < CLN_ROLE_COUNT; i++)
		if (!strcmp(cln_role_name(i), name))
			return i;
	wrong(r, "no such role");
	return 0;
}

static void exec_option(
	struct reader *r, struct cln_trace_exec *exec, const char *word, uint32_t *groups)
{
	const char *value = strchr(word, '=');

	if (!value++)
		wrong(r, "expected NAME=VALUE before the colon");
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
		wrong(r, "unknown option of exec");
}

static void read_exec(struct reader *r)
{
	uint32_t groups[WORDS_MAX];
	struct cln_trace_exec exec = {
		.role = role_of(r, need(r, 2)),
		.path = need(r, 3),
		.cwd = "/",
		.umask = 022,
		.parent = CLN_TRACE_NONE,
		.count = 1,
		.group = groups,
	};
	size_t i = 4;

	need_root(r);
	exec.root = r->root;
	for (; i < r->words && strcmp(r->word[i], ":") != 0; i++)
		exec_option(r, &exec, r->word[i], groups);
	need(r, i);
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

	sscanf(need(r, 2), "%u:%u", &user.uid, &user.gid);
	cln_trace_add_became(r->story->trace, r->exec[find_exec(r, need(r, 1))], user);
}

static void read_limit(struct reader *r)
{
	struct cln_trace_limit limit = { .name = need(r, 2) };

	limit.soft = limit_of(need(r, 3));
	limit.hard = limit_of(need(r, 4));
	limit.varies = r->words > 5;
	cln_trace_set_limits(r->story->trace, r->exec[find_exec(r, need(r, 1))], &limit, 1);
}

static void read_var(struct reader *r)
{
	size_t i = find_exec(r, need(r, 1));
	const char *how = need(r, 2), *text = need(r, 3), *value = strchr(text, '=');
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
			wrong(r, "no such access");
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

	need_root(r);
	if (!strcmp(need(r, 2), "->")) {
		target = need(r, 3);
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
	struct cln_trace_result result = { .type = need(r, 2)[0] };
	struct cln_trace *trace = r->story->trace;
	const char *text;

	if (!strcmp(r->word[2], "gone")) {
		result.type = 0;
	} else if (result.type == 'l') {
		result.link_target = need(r, 3);
		result.mode = 0777;
	} else {
		result.mode = (uint32_t)strtoul(need(r, 3), NULL, 8);
		read_owner(r, need(r, 4), &result.uid, &result.gid);
	}
	if (result.type == 'f') {
		text = need(r, 5);
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
	wrong(r, "left: no `use' names this path");
}

static void read_option(struct reader *r)
{
	struct plan_options *o = &r->story->options;
	const char *name = need(r, 1), *value = need(r, 2);
	struct cln_list *list = !strcmp(name, "allow-startup-loss") ? &o->allow_startup_loss
				: !strcmp(name, "init-conf")	    ? &o->init_conf
								    : NULL;

	if (list)
		CLN_PUSH(list->item, list->count, list->room) = value;
	else if (!strcmp(name, "main"))
		o->main = value;
	else if (!strcmp(name, "user"))
		o->user = value;
	else if (!strcmp(name, "commands"))
		o->commands = value;
	else if (!strcmp(name, "redirect-unknown"))
		o->redirect_unknown = value;
	else if (!strcmp(name, "allow-shell"))
		o->allow_shell = true;
	else if (!strcmp(name, "allow-writable-root"))
		o->allow_writable_root = true;
	else if (!strcmp(name, "seccomp"))
		o->seccomp = true;
	else
		wrong(r, "no such option");
}

static void read_port(struct reader *r)
{
	struct cln_trace_port port = {
		.root = r->root,
		.exec = r->exec[find_exec(r, need(r, 1))],
		.protocol = need(r, 2),
		.family = "inet",
		.address = "0.0.0.0",
		.port = (uint16_t)strtoul(need(r, 3), NULL, 10),
	};

	cln_trace_add_port(r->story->trace, &port);
}

static void read_calls(struct reader *r)
{
	uint32_t exec = r->exec[find_exec(r, need(r, 1))];
	struct cln_trace_syscalls calls = {
		.root = r->root,
		.role = r->story->trace->exec[exec].role,
		.program = r->story->trace->exec[exec].path,
		.name = r->word + 2,
	};

	r->word[r->words] = NULL;
	cln_trace_add_syscalls(r->story->trace, &calls);
}

static void read_statement(struct reader *r)
{
	const char *what = r->word[0];

	if (!strcmp(what, "tree"))
		read_tree(r);
	else if (!strcmp(what, "exec"))
		read_exec(r);
	else if (!strcmp(what, "var"))
		read_var(r);
	else if (!strcmp(what, "became"))
		read_became(r);
	else if (!strcmp(what, "limit"))
		read_limit(r);
	else if (!strcmp(what, "use"))
		read_use(r);
	else if (!strcmp(what, "left"))
		read_left(r);
	else if (!strcmp(what, "option"))
		read_option(r);
	else if (!strcmp(what, "port"))
		read_port(r);
	else if (!strcmp(what, "calls"))
		read_calls(r);
	else if (!strcmp(what, "entrypoint"))
		add_all(r, &r->entrypoint);
	else if (!strcmp(what, "cmd"))
		add_all(r, &r->cmd);
	else if (!strcmp(what, "env"))
		add_all(r, &r->env);
	else if (!strcmp(what, "volume"))
		add_all(r, &r->volume);
	else if (!strcmp(what, "mount") && r->mounts < WORDS_MAX)
		r->mount[r->mounts++] =
			(struct cln_trace_mount){ need(r, 1), need(r, 2), "none", "rw" };
	else if (!strcmp(what, "stop"))
		r->story->image.stop_signal = need(r, 1);
	else if (!strcmp(what, "workdir"))
		r->story->image.workdir = need(r, 1);
	else
		wrong(r, "unknown statement");
}

static const char *const *kept_list(struct story *story, const struct list *list)
{
	const char **copy = cln_arena_alloc(story->arena, sizeof(list->item) + sizeof(char *));

	memcpy(copy, list->item, list->count * sizeof(*copy));
	return copy;
}

static void finish(struct reader *r)
{
	struct story *story = r->story;
	struct cln_err err = { 0 };

	if (tree_layer_end(story->tree, &err) < 0 || tree_seal(story->tree, &err) < 0)
		wrong(r, err.text);
	need_root(r);
	for (size_t i = 0; i < r->execs; i++)
		if (r->vars[i])
			cln_trace_set_env(story->trace, r->exec[i], r->var[i], r->vars[i]);
	cln_trace_settle(story->trace);
	story->image.entrypoint = kept_list(story, &r->entrypoint);
	story->image.cmd = kept_list(story, &r->cmd);
	story->image.env = kept_list(story, &r->env);
	story->image.volume = kept_list(story, &r->volume);
	story->input = (struct keep_input){
		.image = &story->image,
		.tree = story->tree,
		.packages = &story->packages,
		.trace = story->trace,
		.rules = &story->rules,
	};
	for (uint32_t i = 0; i < story->trace->root_count; i++)
		if (!strcmp(story->trace->root[i].kind, "container"))
			story->input.root = i;
}

void story_read(const char *path, struct story *story)
{
	struct reader *r = cln_alloc(sizeof(*r));
	struct spool *spool = NULL;
	struct cln_err err = { 0 };
	char *text;
	size_t size;

	*story = (struct story){ .arena = cln_arena_new(), .trace = cln_trace_new() };
	story->image.user = story->image.workdir = story->image.stop_signal = "";
	if (cln_read_file(path, 1 << 20, &text, &size, &err) < 0 ||
		spool_new(NULL, 0, &spool, &err) < 0) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		exit(2);
	}
	story->tree = tree_new(spool);
	tree_layer_begin(story->tree);
	r->story = story;
	r->path = path;
	r->at = text;
	while (read_line(r))
		read_statement(r);
	finish(r);
	free(r);
	free(text);
}

void story_release(struct story *story)
{
	free(story->options.init_conf.item);
	free(story->options.allow_startup_loss.item);
	tree_free(story->tree);
	cln_trace_free(story->trace);
	cln_arena_free(story->arena);
}

static void keep_path(const struct story *story, struct keep *keep, const char *path, uint8_t why)
{
	const struct tree *tree = story->tree;
	struct tree_walk walk;
	uint32_t node = tree_resolve(tree, path, true, &walk);

	for (uint32_t i = 0; i < walk.link_count; i++)
		for (uint32_t n = walk.link[i]; !keep->why[n] && n != TREE_ROOT;
			n = tree->node[n].parent)
			keep->why[n] = WHY_SYMLINK;
	if (node == TREE_NONE) /* what the run made: the way to it */
		node = walk.stuck;
	if (node == TREE_NONE)
		return;
	if (!why_keeps(keep->why[node]) || keep->why[node] == WHY_PARENT)
		keep->why[node] = why;
	while (node != TREE_ROOT) {
		node = tree->node[node].parent;
		if (!why_keeps(keep->why[node]))
			keep->why[node] = WHY_PARENT;
	}
}

struct keep *story_keep(const struct story *story)
{
	struct keep *keep = cln_alloc(sizeof(*keep));

	keep->node_count = story->tree->node_count;
	keep->why = cln_alloc(keep->node_count + 1);
	keep->via = cln_alloc((keep->node_count + 1) * sizeof(*keep->via));
	keep->why[TREE_ROOT] = WHY_PARENT;
	for (size_t i = 0; i < story->trace->file_count; i++) {
		const struct cln_trace_file *file = &story->trace->file[i];
		bool used = false;

		for (size_t k = 0; k < file->use_count; k++) {
			enum cln_role role = story->trace->exec[file->use[k].exec].role;

			used |= role == CLN_ROLE_MAIN || role == CLN_ROLE_SERVICE;
		}
		if (used)
			keep_path(story, keep, file->path, WHY_TRACED);
	}
	for (size_t i = 0; i < story->input.demand_count; i++)
		keep_path(story, keep, story->input.demand[i].path, WHY_DEMAND);
	return keep;
}
