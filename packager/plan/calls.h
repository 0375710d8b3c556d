/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.h - system calls that production may make.
 *
 * A program that wrote with pwrite64 in the profiled run writes with pwritev in
 * the next, when a buffer is split. Calls that do the same thing to the same
 * objects stand or fall together; none of them opens what its sibling could not.
 */
#ifndef CLN_PACKAGER_CALLS_H
#define CLN_PACKAGER_CALLS_H

#include "packager/plan/scene.h"

/* Names that main, its services and run steps made, with their siblings: sorted,
 * NULL-terminated, in the arena. Empty where the trace holds none of main's. */
const char *const *calls_of(const struct scene *scene, struct cln_arena *arena);

#endif
