/* SPDX-License-Identifier: Apache-2.0 */
/*
 * orphans.h - blobs that a killed run of ours left in a layout.
 *
 * A run moves its blobs into the layout before it renames index.json. Before each it notes the
 * blob in its staged folder: a run that is killed in between leaves the folder, unlocked, and
 * the note in it. The next writer removes the blobs noted there, of which all is true:
 *	the layout did not have it before that run (only such are noted)
 *	it is the file that run moved there: inode and owner are those of the note
 *	nothing that index.json leads to names it
 * Nothing else is ever removed. Where any of it cannot be told, everything stays.
 */
#ifndef CLN_PACKAGER_WRITE_ORPHANS_H
#define CLN_PACKAGER_WRITE_ORPHANS_H

#include "packager/write/place.h"

/* work is about to give the blob, which lies at path, to its layout. */
int orphans_note(
	const char *work, const struct place_blob *blob, const char *path, struct cln_err *err);

/* For a layout that is there, before anything is staged in it. False: others are writing
 * now, and may rely on such blobs; what the dead left must stay for another time. */
bool orphans_collect(const char *dir);

#endif
