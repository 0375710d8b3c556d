/* SPDX-License-Identifier: Apache-2.0 */
/*
 * script_parts.h - reading words of a script. Internal to packager/plan/script*.c.
 */
#ifndef CLN_PACKAGER_SCRIPT_PARTS_H
#define CLN_PACKAGER_SCRIPT_PARTS_H

#include "packager/plan/script.h"

#define SCRIPT_WORK_MAX 4000000u
#define COMMANDS_MAX 2000u

/* One word being read: its value now, and the same for init.conf (quotes apart). */
struct script_word {
	const struct script *script;
	const char *at, *end;
	struct cln_buf value, live;
	const char *self; /* the variable being assigned, or NULL */
	bool refers;	  /* holds a variable */
	bool own_default; /* is ${SELF:-word} as a whole */
	bool secrets;	  /* asked for: a variable whose value is withheld leaves a hole */
	bool hole;
	size_t own_size;	     /* of live, when that was read */
	size_t hole_start, hole_end; /* where of value the first and the last hole are */
	int depth;
	unsigned *work; /* bytes left to look at: a hostile script gives up */
};

/* Reads to the end of the word, or to `until` inside ${X:-...}. */
bool script_word_read(struct script_word *w, char until);
/* $NAME or ${NAME...}, w->at on the dollar. */
bool script_word_variable(struct script_word *w);
/* Bytes that mean themselves. */
void script_word_literal(struct script_word *w, const char *bytes, size_t size);
/* The word as the text of a template; false: the init's templates cannot say it. */
bool script_template(const struct script_word *w, struct script_file *file);
void script_word_release(struct script_word *w);
/* As a word of init.conf, in quotes. */
void script_word_out(struct cln_buf *out, const struct script_word *w);
/* Is it this value, whatever stands in the hole? */
bool script_word_is(const struct script_word *w, const char *value);

/* A question about one command; of: the asker's. */
typedef bool script_ask(const struct script *script, const struct script_pass *pass, void *of);

/* Is one of the script's first 2000 commands the one? They are asked in order, up to the first. */
bool script_any_command(const struct script *script, script_ask *ask, void *of);

/* Is the i-th word of the command this text? */
bool script_pass_is(const struct script_pass *pass, size_t i, const char *text);

/* The next ${NAME:=word} or ${NAME=word} from at, or NULL. */
const char *script_next_default(
	const struct script *script, const char *at, const char *name, size_t size);
/* The variable of main, or NULL. */
const struct template_var *script_var(const struct script *script, const char *name, size_t size);

bool script_name_byte(char c, bool first);
/* At a place where a word may begin: behind a blank, a separator or a quote-free start. */
bool script_word_starts(const struct script *script, const char *at);
/* The next `NAME=` from *at, leaving *at behind the '='. */
bool script_next_assignment(
	const struct script *script, const char **at, const char *name, size_t size);

#endif
