/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nsswitch.h - which name services /etc/nsswitch.conf asks for. Pure.
 *
 * "hosts: files mdns4_minimal [NOTFOUND=return] dns": database, colon, services,
 * actions in brackets, "#" comments (nsswitch.conf(5)).
 */
#ifndef CLN_PACKAGER_DECIDE_NSSWITCH_H
#define CLN_PACKAGER_DECIDE_NSSWITCH_H

#include "common/defs.h"

/* Calls with every (database, service) pair; text has a NUL behind it and is written over. */
void nsswitch_parse(char *text, void *context,
	void (*service)(void *context, const char *database, const char *service));

#endif
