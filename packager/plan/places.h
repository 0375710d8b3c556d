/* SPDX-License-Identifier: Apache-2.0 */
/*
 * places.h - what a directory is for, by the Filesystem Hierarchy Standard.
 */
#ifndef CLN_PACKAGER_PLACES_H
#define CLN_PACKAGER_PLACES_H

#include "common/buf.h"

#include <stdbool.h>
#include <stdint.h>

enum place {
	PLACE_RUNTIME, /* /dev, /proc, /sys, files that the runtime provides */
	PLACE_TMP,     /* /tmp, /var/tmp and below */
	PLACE_RUN,     /* /run, /var/run, /var/lock and below */
	PLACE_SYSTEM,  /* never writable: /, /usr, /bin, /lib, /etc itself, ... */
	PLACE_SHARED,  /* many packages' (/var/lib, /opt, ...): only what is below may be */
	PLACE_OWN,     /* one application's */
};

/* *top is set for PLACE_TMP and PLACE_RUN: the directory to mount. */
enum place place_of(const char *dir, const char **top);

bool place_is_log(const char *path); /* by its name */
/* A date in its name: another file each day. Into pattern what they all match. */
bool place_log_pattern(const char *path, struct cln_buf *pattern);
bool place_is_database(const char *path); /* data that must outlive the container, by its name */
bool place_is_byte_code(const char *path);

/* A variable of this name says where its program may write: the mode of that directory (the
 * XDG Base Directory Specification asks for 0700); 0: it is another variable. */
uint32_t place_variable_mode(const char *name);

#endif
