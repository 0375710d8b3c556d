/* SPDX-License-Identifier: Apache-2.0 */
/*
 * env.h - the environment that the programs get: a table of borrowed "NAME=VALUE".
 */
#ifndef CLN_INIT_ENV_H
#define CLN_INIT_ENV_H

#include "init/init.h"

/* Value of the variable whose name has size bytes, or NULL. */
const char *env_get(const struct table *env, const char *name, size_t size);
/* Set it; the text is put into the arena. 0, -E2BIG. */
int env_set(struct table *env, struct arena *arena, const char *name, const char *value);
void env_unset(struct table *env, const char *name);
/* For word_expand. */
struct vars env_vars(const struct table *env);
/* value is of the type: int uint uint8 uint16 uint32 port bool path name host, one-of=A,B, glob=P. */
int env_matches(const char *type, const char *value);
/* 1 where the type itself is well formed. */
int env_type_known(const char *type);
/* name, of size bytes, is one of the comma-separated names. */
int env_listed(const char *list, const char *name, size_t size);
/* Call take for each blank-separated part of value, put into the arena. */
int env_split(const char *value, struct arena *arena, struct table *to);

#endif
