/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outset.h - several files of one folder, shown all at once.
 *
 * They are staged in a folder beside; the commit is one rename: of it, where the
 * folder was not there, else an exchange of the two (renameat2), the folder's other
 * files being linked into the new one first. So at any instant a reader finds the
 * old set or the new one, and a killed program leaves at most a folder that the
 * next one removes.
 *
 * A folder that holds more than plain files, is a mount point, has extended
 * attributes, or is where we stand, is not exchanged: there the files are renamed
 * one by one, in the order they were added.
 */
#ifndef CLN_COMMON_OUTSET_H
#define CLN_COMMON_OUTSET_H

#include "common/file.h"

struct cln_outset {
	char *dir, *stage; /* stage NULL: file by file */
	struct cln_out *out;
	size_t count, room;
	char **name;
	size_t name_count, name_room;
	bool fresh; /* the folder was not there */
	bool exchange;
};

int cln_outset_begin(struct cln_outset *set, const char *dir, struct cln_err *err);
int cln_outset_add(struct cln_outset *set, const char *name, const void *data, size_t size,
	struct cln_err *err);
/* The same for one whose bytes come piece by piece: open, write to *fd, close. */
int cln_outset_open(struct cln_outset *set, const char *name, int *fd, struct cln_err *err);
int cln_outset_close(struct cln_outset *set, struct cln_err *err);
/* All that may fail for lack of space or permission has happened after it. */
int cln_outset_prepare(struct cln_outset *set, struct cln_err *err);
int cln_outset_commit(struct cln_outset *set, struct cln_err *err);
void cln_outset_release(struct cln_outset *set); /* removes what was not committed */

#endif
