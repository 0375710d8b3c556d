/* SPDX-License-Identifier: Apache-2.0 */
/*
 * init.h - everything the init knows, in one caller-owned structure.
 *
 * The program holds one in static memory, which is zero at first. Fields up to `cold` are
 * read while the main program runs; everything after is used before it starts, and those
 * pages are given back to the kernel then. Nothing here is ever allocated on a heap.
 */
#ifndef CLN_INIT_INIT_H
#define CLN_INIT_INIT_H

#include "init/words.h"

#include <sys/types.h>

#define INIT_SIGNALS 65 /* indexes 1..64 */

enum init_exit {
	EXIT_PROBE = 1, /* a probe's answer is no */
	EXIT_USAGE = 2,
	EXIT_INIT = 125,     /* the init itself, or the set-up it was told to do, failed */
	EXIT_NOT_EXEC = 126, /* the program cannot be executed, or the command table refuses */
	EXIT_NOT_FOUND = 127,
};

enum mode {
	MODE_CHECK,   /* syntax and literal values only; nothing outside is read */
	MODE_EXPLAIN, /* variables are followed, effects only told */
	MODE_APPLY,
};

/* How the end goes; the defaults are those of tini and of a bare exec. */
struct stop {
	uint32_t grace_ms; /* 0: no deadline, the runtime kills */
	uint8_t signal;	   /* starts the grace period, and is what descendants get */
	uint8_t group;	   /* signals go to the main program's process group */
	uint8_t wait_all;  /* after main's end, let descendants finish */
};

struct exit_map {
	uint8_t from, to;
};

/* One log directive. pattern: the last part of path has * ? or [ in it. */
struct log_rule {
	const char *path;
	uint8_t to_stderr, tail, pattern;
};

struct landlock_rules {
	unsigned count;
	unsigned require; /* the ABI without which the start is refused; 0: take what is there */
	uint8_t exec_ruled, write_ruled;
	uint8_t write[INIT_LANDLOCK_MAX];
	const char *path[INIT_LANDLOCK_MAX];
};

struct seccomp_rules {
	unsigned count;
	struct {
		int nr;
		uint32_t action;
	} rule[INIT_SECCOMP_MAX];
};

struct table {
	unsigned count;
	char *slot[INIT_ARGS_MAX + 1]; /* NULL behind the last */
};

/* Gathered by the directives for the start of the main program. */
struct launch {
	const char *cwd, *pidfile, *oom;
	const char *redirect; /* directory, or NULL */
	int umask;	      /* -1: as inherited */
	uint8_t has_config;   /* a policy is in force: no_new_privs is set */
	uint8_t exec_seen;
	unsigned logs;
	struct log_rule log[INIT_LOGS_MAX];
	struct table exec; /* empty: args are the program */
	struct seccomp_rules seccomp;
	struct landlock_rules landlock;
};

/* What one directive was given; begins as struct table does. */
struct call {
	unsigned count;
	char *text[INIT_ARGS_MAX + 1]; /* words behind the directive; NULL: not known in check */
	const char *note;	       /* what explain adds, or NULL */
};

/* Small and often used fields stand first: their offsets fit a byte. */
struct init {
	enum mode mode;
	char **given;	   /* our arguments, where the kernel put them */
	int chld_ignored;  /* SIGCHLD was ignored when we were started; the child gets that back */
	uint64_t old_mask; /* signals blocked then; the child gets it back too */
	struct arena arena;
	struct stop stop;
	unsigned exit_count;
	struct exit_map exits[INIT_EXITS_MAX];
	uint8_t signal_map[INIT_SIGNALS]; /* 0: drop */
	char redirect[256];		  /* where redirected files are kept */
	char pidfile[INIT_PATH_MAX +
		     1]; /* to be removed at the end; empty: none. Last: see loop.c */

	/* --- cold: gone once the main program runs --- */
	struct launch launch;
	struct table env, args;
	struct line line;
	struct call call;
	char conf[INIT_CONF_MAX_BYTES + 1];
	char text[INIT_TEXT_MAX];
};

/* Fail because of word i of the call, -1 for the directive. */
#define BAD(err, i, ...) ((err)->word = (int)(i) + 1, FAIL(err, 0, __VA_ARGS__))
#define BAD_ERRNO(err, i, eno, ...) ((err)->word = (int)(i) + 1, FAIL(err, eno, __VA_ARGS__))
/* The same with the word in quotes before the cause. */
int call_bad(const struct call *call, unsigned i, const char *cause, struct fail *err);

/* Set all fields to "nothing declared", environment and arguments to the given ones. */
int init_reset(struct init *in, char *const *args, char *const *environment, struct fail *err);
int table_push(struct table *table, char *text);
/* Insert count texts before index at. */
int table_insert(struct table *table, unsigned at, char *const *text, unsigned count);

/*
 * Read the file and carry it out in in->mode; check always runs over the whole file
 * before anything is done. err->text starts with FILE:LINE:COLUMN where one is at fault.
 */
int config_run(struct init *in, const char *path, struct fail *err);
/* The same over size bytes already in in->conf. */
int config_run_text(struct init *in, const char *path, size_t size, struct fail *err);

/* A directive: the words in call are counted but not yet looked at. */
#define DECLARE(word, least, most, synopsis, meaning) \
	int do_##word(struct init *in, struct call *call, struct fail *err);
INIT_DIRECTIVES(DECLARE)
#undef DECLARE

/*
 * Helpers of the directives: word i strictly as the given kind. In check, words that are
 * not known yet pass as paths, modes, times and options, but not as names and choices.
 */
int call_path(const struct call *call, unsigned i, struct fail *err);
int call_name(const struct call *call, unsigned i, struct fail *err);
/* The mode in text, which is the word or its end. */
int call_mode(
	const struct call *call, unsigned i, const char *text, unsigned *out, struct fail *err);
int call_duration(
	const struct call *call, unsigned i, const char *text, uint32_t *out_ms, struct fail *err);
/* Which of the words of list it is (see text_pick). */
int call_pick(const struct call *call, unsigned i, const char *list, struct fail *err);
/* The same for "unless-exists", "mode=MODE" and their kind, *value set as text_pick does. */
int call_option(const struct call *call, unsigned i, const char *list, const char **value,
	struct fail *err);

/* The options of what makes a file, from word i on: [unless-exists] [mode=MODE]. */
struct fresh {
	uint8_t once;
	int mode;
};

int call_fresh(const struct call *call, unsigned i, struct fresh *fresh, struct fail *err);

#endif
