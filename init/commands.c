// SPDX-License-Identifier: Apache-2.0
#include "init/commands.h"

#include "init/env.h"
#include "init/spawn.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int word_is(const struct word *word, const char *text)
{
	return strlen(text) == word->size && memcmp(word->at, text, word->size) == 0;
}

/* Keep the words: the step borrows them from in->args, each list ending with NULL. */
static int keep(struct init *in, char *text, struct fail *err)
{
	if (in->args.count >= INIT_ARGS_MAX)
		return FAIL(err, E2BIG, "words of the command");
	in->args.slot[in->args.count++] = text;
	return 0;
}

static int step_joint(struct step *step, const char *text)
{
	step->joint = (enum joint)(text_pick(text, "and\0or\0seq\0pipe\0", NULL) + JOINT_AND);
	return step->joint != JOINT_FIRST;
}

/* One word before "--"; set= words are kept. */
static int step_option(struct init *in, struct step *step, char *text, struct fail *err)
{
	static const char words[] =
		"cd=\0in=\0out=\0err=\0append=\0err-append=\0err-to-out\0set=\0";
	const char *value;
	size_t name;

	switch (text_pick(text, words, &value)) {
	case 0:
		step->cd = value;
		return 0;
	case 1:
		step->in = value;
		return 0;
	case 2:
	case 4:
		step->out = value;
		step->out_append = *text == 'a';
		return 0;
	case 3:
	case 5:
		step->err = value;
		step->err_append = text[3] == '-';
		return 0;
	case 6:
		step->err_to_out = 1;
		return 0;
	case 7:
		name = strcspn(value, "=");
		if (!value[name] || !text_is_name(value, name))
			return FAIL(err, 0, "set=NAME=VALUE");
		step->sets++;
		return keep(in, text + (value - text), err);
	}
	return FAIL(err, 0, "unknown option of a step");
}

/* The step on the line; its words are kept where wanted, else only checked. */
static int step_read(struct init *in, struct step *step, int first, struct fail *err)
{
	unsigned i = 1, from = in->args.count;
	char *text;
	int r = 0;

	*step = (struct step){ .joint = JOINT_FIRST };
	step->set = &in->args.slot[from];
	for (; i < in->line.count && !word_is(&in->line.word[i], "--"); i++) {
		err->word = (int)i;
		r = word_literal(&in->line.word[i], &in->arena, &text, err);
		if (r < 0)
			return r;
		if (i == 1 && step_joint(step, text))
			continue;
		r = step_option(in, step, text, err);
		if (r < 0)
			return r;
	}
	err->word = 1;
	if (i + 1 >= in->line.count)
		return FAIL(err, 0, "a step needs -- PROGRAM");
	if (first != (step->joint == JOINT_FIRST))
		return FAIL(err, 0, "and, or, seq or pipe joins a step to the one before");
	step->argv = &in->args.slot[in->args.count];
	for (i++; i < in->line.count; i++) {
		if ((r = word_literal(&in->line.word[i], &in->arena, &text, err)) < 0 ||
			(r = keep(in, text, err)) < 0)
			return r;
	}
	return keep(in, NULL, err);
}

struct search {
	const char *command;
	struct steps *steps;
	unsigned seen;	   /* steps of the entry at hand, +1; 0: before any command */
	int inside, found; /* the entry at hand is the one; it was there at all */
};

static int command_line(struct init *in, struct search *search, struct fail *err)
{
	char *text;
	int r;

	if (search->seen == 1)
		return FAIL(err, 0, "a command without steps");
	if (in->line.count != 2)
		return FAIL(err, 0, "command STRING");
	r = word_literal(&in->line.word[1], &in->arena, &text, err);
	if (r < 0)
		return r;
	search->seen = 1;
	search->inside = !search->found && text_same(text, search->command);
	search->found |= search->inside;
	return 0;
}

static int step_line(struct init *in, struct search *search, struct fail *err)
{
	struct arena arena = in->arena;
	unsigned args = in->args.count;
	struct step step;
	int r;

	if (!search->seen)
		return FAIL(err, 0, "a step before any command");
	if (search->seen > INIT_STEPS_MAX)
		return FAIL(err, E2BIG, "steps of one command");
	r = step_read(in, &step, search->seen == 1, err);
	if (r < 0)
		return r;
	search->seen++;
	if (search->inside) {
		search->steps->step[search->steps->count++] = step;
	} else {
		in->arena = arena;
		in->args.count = args;
	}
	return 0;
}

static int table_line(struct init *in, struct search *search, unsigned lines, struct fail *err)
{
	const struct word *word = in->line.word;
	struct arena arena = in->arena;
	int r;

	err->word = 0;
	if (!lines)
		return in->line.count == 2 && word_is(&word[0], "clnimg-commands") &&
				       word_is(&word[1], "1")
			       ? 0
			       : FAIL(err, 0,
					 "the first line must be \"" INIT_COMMANDS_HEADER "\"");
	if (word_is(&word[0], "step"))
		return step_line(in, search, err);
	if (!word_is(&word[0], "command"))
		return FAIL(err, 0, "command or step must stand here");
	r = command_line(in, search, err);
	in->arena = arena;
	return r;
}

int commands_find(
	struct init *in, size_t size, const char *command, struct steps *steps, struct fail *err)
{
	struct cursor cursor = { in->conf, in->conf + size, 0 };
	struct search search = { .command = command, .steps = steps };
	unsigned lines = 0;
	int r;

	steps->count = 0;
	while ((r = line_next(&cursor, &in->line, err)) > 0) {
		r = table_line(in, &search, lines++, err);
		if (r < 0)
			return r;
	}
	if (r < 0)
		return r;
	if (!lines || search.seen == 1)
		return FAIL(err, 0, lines ? "a command without steps" : "an empty table");
	return search.found;
}

/* Open what the step names in place of 0, 1 and 2. */
static int redirect(const struct step *step)
{
	static const int truncate = O_WRONLY | O_CREAT | O_TRUNC,
			 append = O_WRONLY | O_CREAT | O_APPEND;
	const struct {
		const char *path;
		int flags;
	} file[3] = { { step->in, O_RDONLY }, { step->out, step->out_append ? append : truncate },
		{ step->err, step->err_append ? append : truncate } };

	for (int i = 0; i < 3; i++) {
		int fd = file[i].path ? sys_open(file[i].path, file[i].flags | O_NOCTTY, 0666) : i;

		if (fd < 0) {
			say_errno(errno, file[i].path, "");
			return -errno;
		}
		if (fd != i) {
			dup2(fd, i);
			close(fd);
		}
	}
	if (step->err_to_out)
		dup2(1, 2);
	return 0;
}

/* Become the step's program; in_fd and out_fd are ends of pipes, or -1. */
static int step_become(struct init *in, const struct step *step, int in_fd, int out_fd)
{
	struct spawn spawn = { .argv = step->argv,
		.envp = in->env.slot,
		.umask = -1,
		.redirect = -1,
		.fd = { -1, -1, -1 } };

	if (step->cd && chdir(step->cd) < 0) {
		say_errno(errno, step->cd, "");
		return 1;
	}
	if ((in_fd >= 0 && dup2(in_fd, 0) < 0) || (out_fd >= 0 && dup2(out_fd, 1) < 0))
		return 1;
	if (redirect(step) < 0)
		return 1;
	for (unsigned i = 0; i < step->sets; i++) {
		char name[256];
		size_t size = strcspn(step->set[i], "=");

		if (size >= sizeof(name))
			return EXIT_NOT_EXEC;
		text_join(name, size + 1, step->set[i], END);
		if (env_set(&in->env, &in->arena, name, step->set[i] + size + 1) < 0)
			return EXIT_NOT_EXEC;
	}
	return spawn_replace(in, &spawn);
}

/* Run the steps [from, to) joined by pipes; the last one's status. */
static int pipeline_run(struct init *in, const struct steps *steps, unsigned from, unsigned to)
{
	int in_fd = -1, status = 0;
	pid_t last = -1, pid;

	for (unsigned i = from; i < to; i++) {
		int ends[2] = { -1, -1 };

		if (i + 1 < to && pipe2(ends, O_CLOEXEC) < 0)
			return EXIT_NOT_EXEC;
		last = sys_fork();
		if (last == 0)
			_exit(step_become(in, &steps->step[i], in_fd, ends[1]));
		if (in_fd >= 0)
			close(in_fd);
		if (ends[1] >= 0)
			close(ends[1]);
		in_fd = ends[0];
	}
	while ((pid = waitpid(-1, &status, 0)) > 0 || errno == EINTR)
		if (pid == last)
			from = (unsigned)spawn_status(status), last = 0;
	return last == 0 ? (int)from : EXIT_NOT_EXEC;
}

static int steps_run(struct init *in, const struct steps *steps)
{
	int status = 0;

	for (unsigned i = 0, end; i < steps->count; i = end) {
		enum joint joint = steps->step[i].joint;

		for (end = i + 1; end < steps->count && steps->step[end].joint == JOINT_PIPE; end++)
			;
		if ((joint == JOINT_AND && status) || (joint == JOINT_OR && !status))
			continue;
		if (end == steps->count && end == i + 1)
			return step_become(in, &steps->step[i], -1, -1);
		status = pipeline_run(in, steps, i, end);
	}
	return status;
}

static int refuse(const char *command, const char *why)
{
	char quoted[600];

	init_quote(quoted, sizeof(quoted), command, strlen(command));
	SAY(2, "sh: ", why, ": ", quoted);
	return EXIT_NOT_EXEC;
}

int commands_main(struct init *in, char **argv, char **environment)
{
	char *const none[] = { NULL };
	struct fail err = { .word = -1 };
	struct steps steps = { .count = 0 };
	const char *command;
	long size;
	int r;

	if (!argv[1] || !text_same(argv[1], "-c") || !argv[2])
		return refuse(
			argv[1] ?: "", "there is no shell here, only \"sh -c\" of listed commands");
	command = text_same(argv[2], "--") && argv[3] ? argv[3] : argv[2];
	if (command == argv[3] ? argv[4] != NULL : argv[3] != NULL)
		return refuse(command, "arguments after the command are not known here");
	r = init_reset(in, none, environment, &err);
	size = r < 0 ? 0 : file_read(INIT_COMMANDS_PATH, in->conf, INIT_COMMANDS_MAX_BYTES);
	if (r < 0 || size == -ENOENT)
		return refuse(command, r < 0 ? err.text : "no command is listed here");
	r = size < 0 ? FAIL(&err, (int)-size, "cannot read")
		     : commands_find(in, (size_t)size, command, &steps, &err);
	if (r < 0) {
		SAY(2, "sh: ", INIT_COMMANDS_PATH, ":", DEC(in->line.number), ": ", err.text);
		return EXIT_NOT_EXEC;
	}
	return r ? steps_run(in, &steps) : refuse(command, "not listed");
}
