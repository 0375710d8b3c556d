// SPDX-License-Identifier: Apache-2.0
#include "story_parts.h"

#include "common/file.h"
#include "common/path.h"
#include "packager/model/tree_build.h"

#include <stdio.h>
#include <string.h>

void story_wrong(const struct reader *r, const char *what)
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
	story_wrong(r, "text without its end");
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
				story_wrong(r, "too many words");
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

const char *story_need(const struct reader *r, size_t i)
{
	if (i >= r->words)
		story_wrong(r, "words are missing");
	return r->word[i];
}

static void read_tree(struct reader *r)
{
	struct tree_entry entry = { .path = story_need(r, 1), .type = NODE_FILE };
	struct cln_err err = { 0 };
	size_t next = 3;

	if (entry.path[strlen(entry.path) - 1] == '/')
		entry.type = NODE_DIR;
	if (!strcmp(story_need(r, 2), "->")) {
		entry.type = NODE_SYMLINK;
		entry.mode = 0777;
		entry.target = story_need(r, 3);
	} else {
		entry.mode = (uint32_t)strtoul(r->word[2], NULL, 8);
		if (next < r->words && sscanf(r->word[next], "%u:%u", &entry.uid, &entry.gid) == 2)
			next++;
	}
	if (entry.type == NODE_FILE && next < r->words) {
		entry.size_bytes = strlen(r->word[next]);
		if (spool_append(tree_spool(r->story->tree), r->word[next], entry.size_bytes,
			    &entry.spool_offset, &err) < 0)
			story_wrong(r, err.text);
	}
	if (tree_layer_add(r->story->tree, &entry, NULL, &err) < 0)
		story_wrong(r, err.text);
}

static void read_option(struct reader *r)
{
	struct plan_options *o = &r->story->options;
	const char *name = story_need(r, 1), *value = story_need(r, 2);
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
		story_wrong(r, "no such option");
}

static void read_statement(struct reader *r)
{
	const char *what = r->word[0];

	if (!strcmp(what, "tree"))
		read_tree(r);
	else if (story_trace(r))
		return;
	else if (!strcmp(what, "option"))
		read_option(r);
	else if (!strcmp(what, "entrypoint"))
		add_all(r, &r->entrypoint);
	else if (!strcmp(what, "cmd"))
		add_all(r, &r->cmd);
	else if (!strcmp(what, "env"))
		add_all(r, &r->env);
	else if (!strcmp(what, "volume"))
		add_all(r, &r->volume);
	else if (!strcmp(what, "mount") && r->mounts < WORDS_MAX)
		r->mount[r->mounts++] = (struct cln_trace_mount){ story_need(r, 1),
			story_need(r, 2), "none", "rw" };
	else if (!strcmp(what, "stop"))
		r->story->image.stop_signal = story_need(r, 1);
	else if (!strcmp(what, "workdir"))
		r->story->image.workdir = story_need(r, 1);
	else
		story_wrong(r, "unknown statement");
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
		story_wrong(r, err.text);
	story_root(r);
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
