/* SPDX-License-Identifier: Apache-2.0 */
/*
 * args.h - how the container's arguments became main's. Internal to packager/plan.
 *
 * given: what stood behind the entry point ("$@" of an entry script).
 * argv:  what main got. Told apart, P being argv's first word:
 *	argv = given BACK...			the arguments name the program
 *	argv = P FRONT... rest BACK..., given = P rest	the same, with words put behind the name
 *	argv = P FRONT... given BACK...		the script runs P whatever they are, or put P in
 *						front on a condition, which its text tells
 * Anything else ignores the arguments, as start-up did. Where nothing was given
 * behind P, the script's text tells FRONT from BACK: what it writes behind "$@" is BACK.
 */
#ifndef CLN_PACKAGER_ARGS_H
#define CLN_PACKAGER_ARGS_H

#include "packager/plan/lower.h"

enum args_kind {
	ARGS_IGNORED,
	ARGS_PROGRAM,  /* they name the program; P goes in front under the conditions below */
	ARGS_OPERANDS, /* they follow P, whatever they are */
};

struct args_shape {
	enum args_kind kind;
	const char *const *given; /* of the run that is main's */
	const char *const *argv;
	size_t given_count, argv_count;
	size_t front, back; /* how many words start-up put in front of them, behind them */
	bool if_none, if_no_program;
	const char *if_first; /* a pattern of the first one, or NULL */
	const char *live; /* the words of exec, where one command of the script gives them all */
	const char *flags_to; /* what the script puts in front of flags, or NULL */
	bool told;	      /* the script's text says that P is run whatever they are */
};

/* The words start-up put around the arguments. */
static inline const char *const *args_front(const struct args_shape *shape)
{
	return shape->argv + 1;
}

static inline const char *const *args_back(const struct args_shape *shape)
{
	return shape->argv + shape->argv_count - shape->back;
}

size_t args_count(const char *const *words);
bool args_same_program(const char *a, const char *b);

/* argv of exec against what its container was given. */
void args_find(struct lower *lower, uint32_t exec, struct args_shape *shape);

/* Adds the conditions that another start of the same program shows. */
void args_learn(struct lower *lower, uint32_t exec, struct args_shape *shape);

/* The run of exec (another start of the same program): does shape give what it got? */
bool args_hold(struct lower *lower, const struct args_shape *shape, uint32_t exec);

#endif
