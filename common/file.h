/* SPDX-License-Identifier: Apache-2.0 */
/*
 * file.h - reading bounded files, writing all or nothing.
 *
 * An output is written beside its place under a temporary name, synced, and
 * renamed by commit; a release without commit removes it. So no reader ever
 * sees half a file, and a crash leaves at most a
 * ".NAME.XXXXXX.clnimg.tmp", which the next one to write NAME removes.
 * A path "-" is standard output: then commit only flushes. A symlink stays, its
 * file is replaced; a device or a pipe is written in place.
 */
#ifndef CLN_COMMON_FILE_H
#define CLN_COMMON_FILE_H

#include "common/err.h"

#include <sys/types.h>

struct cln_out {
	int fd; /* write here; -1 before begin and after the end */
	char *path, *tmp;
};

#define CLN_OUT_NONE     \
	{                \
		.fd = -1 \
	}

int cln_out_begin(struct cln_out *out, const char *path, mode_t mode, struct cln_err *err);
/* Everything is on the disk: what remains to commit is a rename. */
int cln_out_settle(struct cln_out *out, struct cln_err *err);
int cln_out_commit(struct cln_out *out, struct cln_err *err);
void cln_out_release(struct cln_out *out); /* removes what was not committed */

/* Large data goes to files in pieces of this size. The pages of one write come in one piece of
 * memory where there is one: asking for 1 MiB or more of it at once has cost up to eight times
 * the time of the same bytes in small writes (ext4 on Linux 6.18). */
#define CLN_WRITE_BYTES ((size_t)256 << 10)

/* All of data to fd, whatever the short writes. */
int cln_write_all(int fd, const void *data, size_t size, struct cln_err *err);

/* begin, write, commit. */
int cln_write_file(
	const char *path, const void *data, size_t size, mode_t mode, struct cln_err *err);

/*
 * The whole of a file (or of standard input for "-") of at most ceiling bytes.
 * *data is the caller's to free, with a NUL behind its *size bytes.
 */
int cln_read_file(const char *path, size_t ceiling, char **data, size_t *size, struct cln_err *err);
int cln_read_fd(int fd, size_t ceiling, char **data, size_t *size, struct cln_err *err);

/* mkdir -p, mode 0755. */
int cln_make_dirs(const char *path, struct cln_err *err);

/* Removes a tree without following symlinks or leaving its file system;
 * a missing one is done already. */
int cln_remove_tree(const char *path, struct cln_err *err);

#endif
