/* SPDX-License-Identifier: Apache-2.0 */
/*
 * programs.h - what kinds of programs entry scripts run.
 *
 * Plumbing does nothing that its results do not show: mkdir leaves a directory,
 * sed a file, id an argument. It is explained by what it left. Anything else
 * that start-up ran may have done real work and is declared, or refused.
 */
#ifndef CLN_PACKAGER_PROGRAMS_H
#define CLN_PACKAGER_PROGRAMS_H

#include <stdbool.h>

bool program_is_plumbing(const char *path); /* by its last component */
bool program_is_shell(const char *path);
bool program_drops_user(const char *path);    /* gosu, su-exec, setpriv, runuser, chroot, ... */
bool program_is_init(const char *path);	      /* tini, dumb-init, ... */
bool program_makes_secrets(const char *path); /* openssl, ssh-keygen, ...: never frozen */

#endif
