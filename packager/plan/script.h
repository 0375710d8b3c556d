/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script.h - asking an entry script's text where a value came from.
 *
 * The trace shows that main got `--bind=0.0.0.0:8000` or PORT=8000; the script
 * shows that it wrote `--bind=0.0.0.0:${PORT:-8000}`. Nothing is run and no
 * control flow is followed: a word of the script counts only when it expands to
 * exactly the value that was observed, so a wrong guess cannot pass.
 *
 * Understood: 'single', "double" and bare words, \ escapes, $NAME, ${NAME} and
 * the operators :- - := = with a word; assignments NAME=WORD. A word with
 * anything else live (command substitution, patterns, arithmetic) explains
 * nothing. Words are written out in the syntax of init.conf (init/format.h).
 */
#ifndef CLN_PACKAGER_SCRIPT_H
#define CLN_PACKAGER_SCRIPT_H

#include "packager/plan/template.h"

struct script {
	const char *text; /* NUL-terminated; several files are joined by newlines */
	size_t size;
	const struct template_vars *vars; /* main's environment */
};

enum script_how {
	SCRIPT_UNKNOWN, /* no assignment gives this value */
	SCRIPT_DEFAULT, /* only where the variable is not set or empty */
	SCRIPT_ALWAYS,	/* whatever it was before */
};

/*
 * How the script gives NAME its value. On success the value is added to *word
 * as one word of init.conf, variables live.
 */
enum script_how script_assigns(
	const struct script *script, const char *name, const char *value, struct cln_buf *word);

/*
 * A word of the script with at least one variable that expands to value; added
 * to *word as above. False: the value is a constant, or cannot be told. Of a
 * variable whose value was withheld (a secret) only what stands around it is
 * compared; with next to nothing around it, the word before must be the one
 * that stood before value (NULL: there was none).
 */
bool script_explains(
	const struct script *script, const char *before, const char *value, struct cln_buf *word);

struct cln_arena;

/* Does the script put a withheld value into this word? Which part of it that is. */
bool script_secret(const struct script *script, const char *before, const char *value,
	const char **secret, size_t *size);

#define SCRIPT_PASS_MAX 64u

/* A command of the script. */
struct script_pass {
	bool is_exec;			   /* `exec WORDS` */
	bool is_set;			   /* `set -- WORDS`; neither: a command like any other */
	bool has_args;			   /* "$@" is among its words */
	const char *word[SCRIPT_PASS_MAX]; /* NULL: cannot be told; "$@" itself is none of them */
	const char *from[SCRIPT_PASS_MAX], *to[SCRIPT_PASS_MAX]; /* the word in the text */
	size_t count, args; /* how many words; how many of them in front of "$@" */
};

/* The next one from *at (NULL: the first), which is left behind it. Texts are the arena's. */
bool script_next_command(const struct script *script, const char **at, struct cln_arena *arena,
	struct script_pass *pass);
/* The next one that hands the script's arguments on as "$@". */
bool script_next_pass(const struct script *script, const char **at, struct cln_arena *arena,
	struct script_pass *pass);

/* A program's arguments, and what stood for "$@" when it got them. */
struct script_started {
	const char *const *argv, *const *given;
};

/*
 * Is there one command that gave the program all these arguments? Then its words
 * behind the program's name are added to *words as init.conf writes them: with
 * ${@args} for "$@" and ${@NAME} for an unquoted $NAME, empty or not.
 */
bool script_starts(
	const struct script *script, const struct script_started *started, struct cln_buf *words);

/* Does the command that gave these arguments read from a pipe, a file or a here-document? */
bool script_feeds(const struct script *script, const char *const *argv);

#define SCRIPT_FILE_NAMES 64u

/* A variable of the script that main does not have, by its constant default. */
struct script_standard {
	const char *name, *value; /* the arena's */
};

/*
 * Of `: "${NAME:=constant}"`, `NAME=${NAME:-constant}` and the like: the names that the
 * script gives no other value, at most SCRIPT_FILE_NAMES. How many.
 */
size_t script_standards(
	const struct script *script, struct cln_arena *arena, struct script_standard *out);

/* A file that the script spells out, as a template of the init. */
struct script_file {
	struct cln_buf text; /* ${NAME} for each variable */
	char *name[SCRIPT_FILE_NAMES];
	char *standard[SCRIPT_FILE_NAMES]; /* of ${NAME:-standard}, or NULL */
	size_t count;
};

/*
 * Does a here-document or an echo of the script, redirected to path, give these bytes
 * (no NUL)? On true *file is the caller's to release.
 */
bool script_spells(const struct script *script, const char *path, const char *content,
	struct script_file *file);
void script_file_release(struct script_file *file);

/* Is there a `. FILE` or `source FILE` of this path, or of one that cannot be told? */
bool script_sources(const struct script *script, const char *path);

/* Does the text name this variable at all ($NAME, ${NAME..., NAME=)? */
bool script_mentions(const struct script *script, const char *name);

/* Adds bytes to a word of init.conf that is already inside double quotes. */
void script_quote_inside(struct cln_buf *word, const char *bytes, size_t size);

#endif
