/* SPDX-License-Identifier: Apache-2.0 */
/*
 * join.h - all that one run writes into one layout, shown by one rename.
 *
 * Why a kill at any instant is harmless to who reads the layout:
 *	blobs first		their names are their digests: nobody looks for them yet
 *	index.json last		one rename of a whole, synced file: all images and referrers
 *				of this run, or none of them
 * A layout that was not there is made beside and renamed as a whole. What is staged
 * is locked by its maker; what a dead one left, the next writer removes, blobs in the
 * layout too (orphans.h).
 * Writers of one layout take turns from prepare to commit (flock on its folder).
 */
#ifndef CLN_PACKAGER_JOIN_H
#define CLN_PACKAGER_JOIN_H

#include "packager/write/place.h"

struct join_member {
	const struct place *place;
	const struct placement *image;
	struct staged *staged;
};

struct join {
	const char *dir;
	struct join_member *member;
	size_t count, room;
	int lock;    /* of a layout that is there; else -1 */
	char *index; /* staged, to be renamed; NULL: all of member 0's folder is */
	bool merged; /* that folder holds all blobs */
};

/* Waits for the layout and puts the blobs there: all that may fail for lack of space or of
 * permission has happened after it. */
int join_prepare(struct join *join, struct cln_err *err);
int join_commit(struct join *join, struct cln_err *err);
void join_release(struct join *join); /* lets others at the layout */

#endif
