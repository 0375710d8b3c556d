// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/args.h"

#include "common/path.h"
#include "packager/plan/programs.h"

#include <string.h>

#define PASSES_MAX 64u

size_t args_count(const char *const *words)
{
	size_t n = 0;

	while (words[n])
		n++;
	return n;
}

bool args_same_program(const char *a, const char *b)
{
	return !strcmp(cln_path_name(a), cln_path_name(b));
}

static bool same_words(const char *const *a, const char *const *b, size_t count, bool program_first)
{
	for (size_t i = 0; i < count; i++)
		if (strcmp(a[i], b[i]) != 0 &&
			!(i == 0 && program_first && args_same_program(a[i], b[i])))
			return false;
	return true;
}

/* The container's first program on the way to exec; exec itself where no start-up was. */
static uint32_t entry_of(const struct scene *scene, uint32_t exec)
{
	const struct cln_trace *trace = scene->in->trace;
	uint32_t self = exec;

	for (size_t steps = 0; steps <= trace->exec_count; steps++) {
		uint32_t parent = trace->exec[exec].parent;

		if (parent == CLN_TRACE_NONE || trace->exec[parent].root != scene->in->root)
			break;
		exec = parent;
	}
	enum cln_role role = trace->exec[exec].role;

	return role == CLN_ROLE_ENTRY || role == CLN_ROLE_STARTUP ? exec : self;
}

/* Does start-up's own script stand in front of them, named by Cmd? */
static bool names_script(const struct scene *scene, const char *word)
{
	const struct cln_trace *trace = scene->in->trace;

	for (uint32_t i = 0; i < trace->exec_count; i++)
		if (scene->side[i] == SIDE_STARTUP && trace->exec[i].interpreter &&
			shells_is(&trace->exec[i]) && args_same_program(trace->exec[i].path, word))
			return true;
	return false;
}

static const char *const *behind_entry_point(
	const struct image *image, const char *const *argv, size_t count)
{
	static const char *const none[] = { NULL };
	size_t fixed = args_count(image->entrypoint);
	/* the entry point's last word, wherever interpreters moved it */
	const char *last = image->entrypoint[fixed - 1];

	for (size_t i = 0; i < count; i++)
		if (!strcmp(argv[i], last) || (i == 0 && args_same_program(argv[i], last)))
			return argv + i + 1;
	return args_count(image->cmd) <= count ? argv + (count - args_count(image->cmd)) : none;
}

struct given {
	bool shell_string;	   /* `sh -c STRING` had them */
	const char *behind_script; /* that the image's command named in front of them, or NULL */
};

/* What the user, or Cmd, gave to the entry point. */
static const char *const *given_args(struct lower *lower, uint32_t exec, struct given *how)
{
	static const char *const none[] = { NULL };
	const struct scene *scene = &lower->scene;
	const struct image *image = scene->in->image;
	uint32_t entry = entry_of(scene, exec);
	const char *const *argv = scene_argv(scene_exec(scene, entry));
	size_t count = args_count(argv);

	*how = (struct given){ 0 };
	how->shell_string =
		entry != exec && count >= 3 && program_is_shell(argv[0]) && !strcmp(argv[1], "-c");
	if (how->shell_string)
		return count > 4 ? argv + 4 : none;
	if (args_count(image->entrypoint))
		argv = behind_entry_point(image, argv, count);
	/* else Cmd is the whole command line */
	if (entry == exec || !argv[0] || !names_script(scene, argv[0]))
		return argv;
	how->behind_script = argv[0];
	return argv + 1;
}

/* --- what the script's text says --- */

struct passes {
	struct script_pass pass[PASSES_MAX];
	size_t count;
};

static const struct passes *read_passes(struct lower *lower)
{
	struct cln_arena *arena = lower->scene.arena;
	struct passes *passes = cln_arena_alloc(arena, sizeof(*passes));
	const char *at = NULL;

	while (passes->count < PASSES_MAX &&
		script_next_pass(&lower->script, &at, arena, &passes->pass[passes->count]))
		passes->count++;
	return passes;
}

static bool pass_names(const struct script_pass *pass, const char *program)
{
	for (size_t i = 0; i < pass->args; i++)
		if (pass->word[i] && args_same_program(pass->word[i], program))
			return true;
	return false;
}

static bool pass_unclear(const struct script_pass *pass)
{
	for (size_t i = 0; i < pass->args; i++)
		if (!pass->word[i])
			return true;
	return false;
}

static bool among(const struct passes *passes, bool behind, const char *word)
{
	for (size_t i = 0; i < passes->count; i++) {
		const struct script_pass *pass = &passes->pass[i];
		size_t end = behind ? pass->count : pass->args;

		if (!pass->is_set && !pass->is_exec)
			continue;
		for (size_t k = behind ? pass->args : 0; k < end; k++)
			if (pass->word[k] && !strcmp(pass->word[k], word))
				return true;
	}
	return false;
}

/* How many words at the end of fixed the script writes behind "$@". */
static size_t words_behind(const struct passes *passes, const char *const *fixed, size_t count)
{
	size_t n = 0;

	while (n < count && among(passes, true, fixed[count - n - 1]) &&
		!among(passes, false, fixed[count - n - 1]))
		n++;
	return n;
}

/* Why P stands in front of given: told by the script, or by what was given. */
static void find_condition(
	struct lower *lower, const struct passes *passes, struct args_shape *shape)
{
	const char *first = shape->given[0], *end = first ? strrchr(first, '.') : NULL;
	bool by_args = false;

	for (size_t i = 0; i < passes->count; i++) {
		const struct script_pass *pass = &passes->pass[i];

		if (pass->is_set)
			continue;
		if (pass_names(pass, shape->argv[0]))
			shape->told = true;
		else if (pass->is_exec && !pass_unclear(pass))
			by_args = true;
	}
	shape->kind = by_args && !shape->told ? ARGS_PROGRAM : ARGS_OPERANDS;
	if (shape->kind == ARGS_OPERANDS || (first && first[0] == '-'))
		return;
	if (!first) {
		shape->if_none = true;
		return;
	}
	cln_owned(cln_drop_mem) char *star = cln_format("*%s", end ? end : "");
	cln_owned(cln_drop_mem) char *cut = cln_format("%%%s}", end ? end : "");
	bool suffix = end && end[1] && !strpbrk(end, "/*?[\\") &&
		      (strstr(lower->script.text, star) || strstr(lower->script.text, cut));

	if (suffix)
		shape->if_first = cln_arena_strdup(lower->scene.arena, star);
	else
		shape->if_no_program = true;
}

/* --- the shape --- */

/* Where words stand among argv, behind the program; at the end where that fits too. */
static bool find_words(
	const struct args_shape *shape, const char *const *words, size_t count, size_t *front)
{
	size_t room = shape->argv_count - 1;

	if (count > room)
		return false;
	for (size_t back = 0; back + count <= room; back++) {
		*front = room - count - back;
		if (same_words(shape->argv + 1 + *front, words, count, false))
			return true;
	}
	return false;
}

static void set_around(
	const struct passes *passes, struct args_shape *shape, size_t front, size_t between)
{
	size_t fixed = shape->argv_count - 1;

	if (between) {
		shape->front = front;
		shape->back = fixed - front - between;
	} else {
		shape->back = words_behind(passes, shape->argv + 1, fixed);
		shape->front = fixed - shape->back;
	}
}

static void compare(struct lower *lower, const struct passes *passes, struct args_shape *shape)
{
	const char *const *argv = shape->argv, *const *given = shape->given;
	size_t n = shape->given_count, front;

	if (n && shape->argv_count >= n && args_same_program(argv[0], given[0])) {
		bool in_order = same_words(argv, given, n, true);

		if (!in_order && !find_words(shape, given + 1, n - 1, &front))
			return;
		shape->kind = ARGS_PROGRAM;
		set_around(passes, shape, in_order ? 0 : front, n - 1);
	} else if (find_words(shape, given, n, &front)) {
		set_around(passes, shape, front, n);
		find_condition(lower, passes, shape);
	}
}

/* The same where the script took the first argument away: `shift`. */
static bool starts_shifted(struct lower *lower, struct args_shape *shape, struct cln_buf *words)
{
	if (!shape->given_count || !script_mentions(&lower->script, "shift"))
		return false;
	const struct script_started started = { shape->argv, shape->given + 1 };

	if (!script_starts(&lower->script, &started, words))
		return false;
	scene_note(&lower->scene, "arguments",
		"start-up took the first argument (%s) away: arguments of the container now stand for "
		"what follows it",
		shape->given[0]);
	shape->given++;
	shape->given_count--;
	return true;
}

/* One command of the script that gives all of argv beats every comparison of words. */
static void find_command(struct lower *lower, const struct passes *passes, struct args_shape *shape)
{
	const struct script_started started = { shape->argv, shape->given };
	cln_owned(cln_buf_release) struct cln_buf words = { 0 };

	for (size_t i = 0; i < passes->count && !shape->flags_to; i++) {
		const struct script_pass *pass = &passes->pass[i];

		if (pass->is_set && pass->args && pass->args == pass->count && pass->word[0] &&
			!program_is_plumbing(pass->word[0]))
			shape->flags_to = pass->word[0];
	}
	if (!shape->argv_count || shape->kind == ARGS_PROGRAM)
		return;
	if (!script_starts(&lower->script, &started, &words) &&
		!starts_shifted(lower, shape, &words))
		return;
	bool passed = words.data && strstr(words.data, "${@args}");
	size_t front;

	if (passed && find_words(shape, shape->given, shape->given_count, &front))
		set_around(passes, shape, front, shape->given_count);

	shape->live = cln_arena_strdup(lower->scene.arena, words.data ? words.data : "");
	shape->told = true;
	shape->kind = passed ? ARGS_OPERANDS : ARGS_IGNORED;
}

void args_find(struct lower *lower, uint32_t index, struct args_shape *shape)
{
	const struct passes *passes = read_passes(lower);
	const struct cln_trace_exec *exec = scene_exec(&lower->scene, index);
	bool alone = entry_of(&lower->scene, index) == index;
	struct given how;

	*shape = (struct args_shape){ .argv = scene_argv(exec) };
	shape->given = given_args(lower, index, &how);
	shape->argv_count = args_count(shape->argv);
	shape->given_count = args_count(shape->given);
	bool ignores = !shape->given_count && !alone && lower->script.size && !passes->count;

	if (shape->argv_count && !how.shell_string && !ignores)
		compare(lower, passes, shape);
	if (!alone)
		find_command(lower, passes, shape);
	/* what that script did with them, its text must tell */
	if (how.behind_script && !shape->told)
		shape->kind = ARGS_IGNORED;
	if (how.behind_script)
		scene_note(&lower->scene, "arguments",
			"the image's command named start-up's own %s; arguments of the container now %s",
			how.behind_script,
			shape->kind == ARGS_IGNORED ? "have no effect"
						    : "stand for what followed that name");
}

/* --- another run --- */

static bool same_around(const struct args_shape *a, const struct args_shape *b)
{
	return a->front == b->front && a->back == b->back &&
	       same_words(args_front(a), args_front(b), a->front, false) &&
	       same_words(args_back(a), args_back(b), a->back, false);
}

void args_learn(struct lower *lower, uint32_t exec, struct args_shape *shape)
{
	struct args_shape other;

	args_find(lower, exec, &other);
	if (shape->kind != ARGS_PROGRAM || other.kind != ARGS_PROGRAM ||
		!same_around(shape, &other))
		return;
	shape->if_none |= other.if_none;
	shape->if_no_program |= other.if_no_program;
	if (!shape->if_first)
		shape->if_first = other.if_first;
}

static bool is_program(const struct scene *scene, const char *name)
{
	struct tree_walk walk;

	if (!strchr(name, '/'))
		return scene_find_program(scene, name);
	uint32_t node = *name == '/' ? tree_resolve(scene->in->tree, name, true, &walk) : TREE_NONE;

	return node != TREE_NONE && (tree_inode(scene->in->tree, node)->mode & 0111);
}

static bool gets_name(const struct scene *scene, const struct args_shape *shape, const char *first)
{
	if (!first)
		return shape->if_none;
	return first[0] == '-' || (shape->if_first && cln_path_match(shape->if_first, first)) ||
	       (shape->if_no_program && !is_program(scene, first));
}

/* A word that follows the environment may differ between runs. */
static bool same_fixed(struct lower *lower, const char *before, const char *a, const char *b)
{
	cln_owned(cln_buf_release) struct cln_buf live = { 0 };

	return !strcmp(a, b) || script_explains(&lower->script, before, a, &live);
}

bool args_hold(struct lower *lower, const struct args_shape *shape, uint32_t exec)
{
	struct given how;
	const char *const *argv = scene_argv(scene_exec(&lower->scene, exec));
	const char *const *given = given_args(lower, exec, &how);
	size_t count = args_count(argv), n, front = shape->front, back = shape->back;
	const char *program = shape->argv[0];

	if (shape->live) {
		const struct script_started started = { argv, given };
		cln_owned(cln_buf_release) struct cln_buf words = { 0 };

		return script_starts(&lower->script, &started, &words) &&
		       !strcmp(words.data ? words.data : "", shape->live);
	}
	if (shape->kind == ARGS_IGNORED) {
		given += args_count(given);
		front = shape->argv_count - 1;
	} else if (shape->kind == ARGS_PROGRAM && !gets_name(&lower->scene, shape, given[0])) {
		bool same = given[0] && args_same_program(given[0], program);

		program = given[0] ? given[0] : "";
		given += given[0] ? 1 : 0;
		if (!same) /* another program: as it stands */
			front = back = 0;
	}
	n = args_count(given);
	if (count != 1 + front + n + back || !args_same_program(argv[0], program) ||
		!same_words(argv + 1 + front, given, n, false))
		return false;
	for (size_t i = 0; i < front + back; i++) {
		size_t at = 1 + (i < front ? i : n + i);
		size_t ours = 1 + (i < front ? i : shape->argv_count - 1 - back + i - front);

		if (!same_fixed(lower, shape->argv[ours - 1], shape->argv[ours], argv[at]))
			return false;
	}
	return true;
}
