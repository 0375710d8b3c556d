/* SPDX-License-Identifier: Apache-2.0 */
/*
 * place.h - making files, directories and links where only some of it may be allowed.
 *
 * Files appear whole: they are written beside their place and renamed. What already
 * is as asked is left alone, so a restarted container finds no error in its own traces.
 */
#ifndef CLN_INIT_PLACE_H
#define CLN_INIT_PLACE_H

#include "init/text.h"

#include <sys/types.h>

struct owner {
	uid_t uid; /* (uid_t)-1: leave as it is */
	gid_t gid;
};

/* UID:GID, both numeric and below 2^31. */
int owner_parse(const char *text, struct owner *owner);
/* Make the directories above path, mode 0755. */
int place_parents(const char *path, struct fail *err);
/*
 * Make the directory. Where it exists and is not ours, its mode and owner are accepted
 * as they are if this process may write and search it, or if the mode asked for holds
 * no write bit; otherwise that is the error. The same rule for an owner that cannot be
 * given. As root a final symbolic link is refused: a volume must not lead chown away.
 */
int place_dir(const char *path, unsigned mode, const struct owner *owner, struct fail *err);

struct draft {
	int fd;
	char name[4096 + 32];
	const char *path;
};

/* A new file beside path; then write to draft->fd and commit or abandon it. */
int draft_open(struct draft *draft, const char *path, unsigned mode, struct fail *err);
int draft_commit(struct draft *draft, struct fail *err);
void draft_abandon(struct draft *draft);
int place_file(const char *path, const void *data, size_t size, unsigned mode, struct fail *err);

#endif
