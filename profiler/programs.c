// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include "common/path.h"

#include <stdio.h>
#include <string.h>

#define COMMAND_MAX (2u << 20) /* argv of a program met while it ran */
#define ENV_MAX (2u << 20)     /* what the kernel side carries: more it counts itself */

static char *walk_dup(struct collect *c, const struct record_walk *walk)
{
	char text[CLN_PATH_MAX];

	if (walk->how & EV_WALK_CUT || record_walk_text(walk, text) < 0) {
		collect_lose(c, COLLECT_TOO_DEEP);
		return cln_strdup("/");
	}
	if (walk->how & EV_WALK_RACED)
		collect_lose(c, COLLECT_RACED);
	return cln_strdup(text);
}

/* A memfd has one component, "memfd:NAME", and is mounted nowhere. */
static char *absolute(const char *base, const char *name)
{
	char path[CLN_PATH_MAX];

	if (cln_path_join(base, name, path) < 0)
		return cln_strdup("/");
	return cln_strdup(path);
}

/* A name that means something else to whoever reads it. */
static bool is_alias(const char *name)
{
	return strncmp(name, "/dev/fd/", 8) == 0 || strncmp(name, "/proc/", 6) == 0;
}

static struct draft *draft_new(struct collect *c, const struct record *rec)
{
	const struct record_exec *exec = &rec->exec;
	struct draft *draft = cln_alloc(sizeof(*draft));
	char *exe = walk_dup(c, &exec->exe);

	draft->cwd = walk_dup(c, &exec->cwd);
	draft->uid = exec->uid;
	draft->gid = exec->gid;
	draft->umask = exec->umask;
	draft->group_count = exec->group_count;
	memcpy(draft->group, exec->group, sizeof(draft->group));
	draft->argv_bytes = exec->argv_bytes;
	if (exec->script.how & EV_WALK_ROOT) {
		draft->path = walk_dup(c, &exec->script);
		draft->interpreter = cln_strdup(exe);
	} else if (exec->interp && exec->file) {
		draft->path = absolute(draft->cwd, exec->file);
		draft->interpreter = cln_strdup(exe);
	} else if (exec->file && !is_alias(exec->file)) {
		draft->path = absolute(draft->cwd, exec->file);
	} else {
		draft->path = cln_strdup(exe);
	}
	free(exe);
	return draft;
}

static void draft_free(struct draft *draft)
{
	if (!draft)
		return;
	free(draft->path);
	free(draft->interpreter);
	free(draft->cwd);
	cln_buf_release(&draft->argv);
	free(draft);
}

void program_free(struct program *program)
{
	draft_free(program->draft);
	free(program->path);
	free(program->env);
	free(program->limit);
	free(program->became);
	facts_free(program);
	free(program->syscalls);
	free(program);
}

static void add_exe(struct collect *c, struct program *program, const struct record *rec)
{
	const struct record_exec *exec = &rec->exec;
	char *exe;

	if (exec->exe.how & (EV_WALK_DETACHED | EV_WALK_OUTSIDE)) {
		program->path = cln_strdup(program->draft->path);
		return;
	}
	exe = walk_dup(c, &exec->exe);
	program->path = exe;
}

static void enter(struct collect *c, struct program *program, struct process *process)
{
	struct place *place = program->place;

	collect_leave(c, process->program);
	if (process->program && process->program->pid == process->pid)
		process->program->unmapped = false; /* it did not end, it went on */
	process->program = program;
	process->moved_root = false;
	process->elsewhere = 0;
	program->users++;
	program->moment = ++place->moment;
	if (place->kind == PLACE_CONTAINER && !place->entry) {
		place->entry = program;
		place->entry_pid = program->pid;
	}
}

static void add_limits(struct program *program, const struct record_exec *exec)
{
	if (!exec->limit_count)
		return;
	program->limit = cln_alloc(exec->limit_count * sizeof(*program->limit));
	memcpy(program->limit, exec->limits, exec->limit_count * sizeof(*program->limit));
	program->limit_count = exec->limit_count;
}

static bool argv_is_here(const struct draft *draft)
{
	return draft->argv.size >= draft->argv_bytes || draft->cut;
}

bool program_lives(const struct program *program)
{
	return program && program->users;
}

void program_begin(struct collect *c, const struct record *rec)
{
	struct process *process = collect_process(c, rec->pid);
	union table_value *slot = table_put(&c->idents, rec->ident);
	struct program *program;

	/* Described again because the kernel forgot that it had. (Where nobody runs it any
	 * more, the address is another program's, that comes in from outside.) */
	if (rec->flags & EV_ADOPTED && program_lives(slot->item)) {
		if (!process->program) {
			process->program = slot->item;
			process->program->users++;
		}
		return;
	}
	program = cln_alloc(sizeof(*program));
	program->ident = rec->ident;
	program->exec = CLN_TRACE_NONE;
	program->pid = rec->pid;
	program->began_ms = collect_now(c);
	program->entered = rec->flags & EV_ADOPTED && process->entered;
	program->running = rec->flags & EV_SNAPSHOT || program->entered;
	program->parent = process->program;
	program->mntns = rec->mntns;
	program->root_dentry = rec->root;
	program->draft = draft_new(c, rec);
	program->place = place_of_exec(c, rec, program->parent);
	*c->last = program;
	c->last = &program->next;
	slot->item = program;
	add_exe(c, program, rec);
	add_limits(program, &rec->exec);
	enter(c, program, process);
	/* One that is met by its own call may have changed its directory by that very call. */
	if (!(rec->flags & EV_ADOPTED) || rec->flags & EV_SNAPSHOT)
		cwd_set(c, rec->exec.fs, program->draft->cwd);
	c->stats.execs++;
	if (argv_is_here(program->draft))
		program_settle(c, program);
}

/* NUL-ended strings -> a NULL-terminated array that borrows from them. */
static const char **split(char *text, size_t size, size_t *count)
{
	const char **list = NULL;
	size_t room = 0;

	*count = 0;
	for (size_t at = 0; at < size; at += strlen(text + at) + 1)
		CLN_PUSH(list, *count, room) = text + at;
	CLN_PUSH(list, *count, room) = NULL;
	(*count)--;
	return list;
}

static void fetch_argv(struct collect *c, struct program *program)
{
	const struct collect_look *look = &c->config.look;
	struct draft *draft = program->draft;
	char *text;
	size_t got;

	if (draft->argv.size || draft->argv_bytes || !look->command_line)
		return;
	text = cln_alloc(COMMAND_MAX);
	got = look->command_line(look->context, program->pid, text, COMMAND_MAX);
	draft->cut |= got == COMMAND_MAX;
	cln_buf_add(&draft->argv, text, got);
	free(text);
}

static void add_program_file(
	struct collect *c, struct program *program, const char *path, const char *target)
{
	struct cln_trace_use use = { program->exec, CLN_EXEC };

	if (target && !strcmp(path, target))
		target = NULL;
	if (cln_trace_add_file(c->trace, program->place->root, path, target, &use) ==
		CLN_TRACE_NONE)
		collect_lose(c, COLLECT_REFUSED);
	c->stats.paths++;
}

/* A program that came in from outside may have gone on to another one since, which
 * does not have the first one's file mapped: then that is outside's business. */
static bool still_runs(const struct program *program, const char *maps)
{
	size_t length = strlen(program->path);

	for (const char *at = strstr(maps, program->path); at; at = strstr(at + 1, program->path))
		if (at > maps && at[-1] == ' ' && at[length] == '\n')
			return true;
	return false;
}

static void fetch_maps(struct collect *c, struct program *program)
{
	const struct collect_look *look = &c->config.look;
	char *maps = look->maps ? look->maps(look->context, program->pid) : NULL;

	program->unmapped = program->entered && look->maps && (!maps || !*maps);
	if (maps && (!program->entered || still_runs(program, maps)))
		program_maps(c, program, maps);
	free(maps);
}

/* All of argv is here (or never will be): the exec becomes a fact. */
void program_settle(struct collect *c, struct program *program)
{
	struct draft *draft = program->draft;
	struct cln_trace_exec exec = {};
	const char **argv;
	size_t count;

	if (!draft)
		return;
	if (program->parent && program->parent->draft)
		program_settle(c, program->parent);
	fetch_argv(c, program);
	if (!argv_is_here(draft) || draft->cut)
		collect_lose(c, COLLECT_ARGV);
	cln_buf_addc(&draft->argv, 0);
	argv = split(draft->argv.data, draft->argv.size - 1, &count);
	exec.path = draft->path;
	exec.root = program->place->root;
	exec.interpreter = draft->interpreter;
	exec.argv = argv;
	exec.argv_cut = draft->cut;
	exec.cwd = draft->cwd;
	exec.uid = draft->uid;
	exec.gid = draft->gid;
	exec.umask = draft->umask;
	exec.group = draft->group;
	exec.group_count = draft->group_count;
	exec.parent = program->parent ? program->parent->exec : CLN_TRACE_NONE;
	exec.count = 1;
	exec.role = CLN_ROLE_HOST;
	program->exec = cln_trace_add_exec(c->trace, &exec);
	if (program->exec == CLN_TRACE_NONE)
		collect_lose(c, COLLECT_TOO_DEEP);
	else
		cln_trace_set_count(c->trace, program->exec,
			++table_put(&c->exec_counts, program->exec)->number);
	add_program_file(c, program, draft->path, draft->interpreter ? NULL : program->path);
	if (draft->interpreter)
		add_program_file(c, program, draft->interpreter, NULL);
	free(argv);
	draft_free(draft);
	program->draft = NULL;
	if (program->running)
		fetch_maps(c, program);
	if (program->place->entry_pid == program->pid)
		facts_take(c, program);
	results_shoot(c, program);
	early_done(c, program->ident);
}

/* address perms offset dev inode path; what was deleted has no path any more. */
void program_maps(struct collect *c, struct program *program, const char *maps)
{
	struct cln_trace_use use = { program->exec, CLN_MAP };

	for (const char *line = maps; *line;) {
		size_t length = strcspn(line, "\n");
		const char *path = memchr(line, '/', length);
		const char *perms = memchr(line, ' ', length);

		if (path && perms && perms + 3 < path && perms[3] == 'x') {
			char text[CLN_PATH_MAX];
			size_t size = (size_t)(line + length - path);
			bool fits = size < sizeof(text);

			memcpy(text, path, fits ? size : 0);
			text[fits ? size : 0] = 0;
			if (!fits || (!strstr(text, " (deleted)") &&
					     cln_trace_add_file(c->trace, program->place->root,
						     text, NULL, &use) == CLN_TRACE_NONE))
				collect_lose(c, COLLECT_TOO_DEEP);
		}
		line += length + (line[length] == '\n');
	}
}

static void add_env(struct program *program, const struct record *rec)
{
	/* What was described twice is sent twice: pieces that are here already. */
	if (rec->text.offset < program->env_size)
		return;
	if (rec->text.total > ENV_MAX || rec->text.offset > program->env_size ||
		(program->env && rec->text.total != program->env_want)) {
		program->env_cut = true;
		return;
	}
	if (!program->env) {
		program->env = cln_alloc(rec->text.total + 1);
		program->env_want = rec->text.total;
	}
	memcpy(program->env + rec->text.offset, rec->text.bytes, rec->text.length);
	program->env_size += rec->text.length;
}

void program_text(struct collect *c, const struct record *rec)
{
	union table_value *slot = table_find(&c->idents, rec->ident);
	struct program *program = slot ? slot->item : NULL;
	struct draft *draft;

	if (!program)
		return;
	if (rec->flags & EV_ENV) {
		add_env(program, rec);
		return;
	}
	draft = program->draft;
	if (!draft)
		return;
	if (rec->text.offset < draft->argv.size)
		return; /* described twice: this piece is here already */
	if (rec->text.offset > draft->argv.size)
		draft->cut = true;
	else
		cln_buf_add(&draft->argv, rec->text.bytes, rec->text.length);
	if (rec->flags & EV_LAST_CHUNK || argv_is_here(draft))
		program_settle(c, program);
}

struct program *program_of(struct collect *c, const struct record *rec)
{
	union table_value *slot = table_find(&c->idents, rec->ident);
	struct program *program;
	struct process *process;

	if (slot && slot->item) {
		program = slot->item;
	} else {
		process = collect_process(c, rec->pid);
		program = process->program;
	}
	if (program && program->draft) { /* a piece of argv was lost */
		program->draft->cut = true;
		program_settle(c, program);
	}
	return program;
}
