/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redirect_parts.h - what the three files of the redirection share: redirect_trap.c knows
 * the calls and the filter, redirect_path.c the program's paths, redirect.c serves them.
 */
#ifndef CLN_INIT_REDIRECT_PARTS_H
#define CLN_INIT_REDIRECT_PARTS_H

#include "init/redirect.h"

#include <sys/types.h>

#define NONE 0xff

enum act {
	ACT_OPEN,
	ACT_STAT,
	ACT_STATX,
	ACT_ACCESS,
	ACT_UNLINK,
	ACT_RMDIR,
	ACT_MKDIR,
	ACT_RENAME,
	ACT_CHMOD,
	ACT_XATTR
};

/* Where a call has its arguments. dir NONE: relative to the working directory. */
struct trap {
	uint16_t nr;
	uint8_t act, dir, path, arg;
	uint8_t flags; /* index of the flags that may hold AT_EMPTY_PATH: then it is no path */
};

/* One call being served. real: as the program means it; upper: its place below the directory. */
struct request {
	const struct sc_notif *notif;
	const struct trap *trap;
	const char *dir;
	int listener;
	int fd; /* of an open that succeeded, to be handed over */
	char real[INIT_PATH_MAX + 1], upper[INIT_PATH_MAX + 1];
};

/* The row of a system call, or NULL. */
const struct trap *redirect_trap(int nr);
/* The listener that redirect_enter sent; -errno. */
int redirect_receive(int socket);

/* Set real and upper from the program's arguments of these numbers; 0 or -errno. */
int request_path(struct request *q, unsigned dir, unsigned path);
/* Into the memory of the program whose call this is; -EFAULT, -ENOENT where it is gone. */
int remote_write(const struct request *q, uint64_t address, void *data, size_t size);
int link_text(const char *link, char *out, size_t room);

#endif
