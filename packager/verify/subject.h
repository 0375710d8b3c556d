/* SPDX-License-Identifier: Apache-2.0 */
/*
 * subject.h - everything about one image that checks and tables read.
 */
#ifndef CLN_VERIFY_SUBJECT_H
#define CLN_VERIFY_SUBJECT_H

#include "packager/model/image.h"
#include "packager/model/package.h"
#include "packager/model/tree.h"
#include "packager/read/read.h"
#include "packager/verify/facts.h"

struct subject {
	struct image *image;
	struct tree *tree;
	struct packages *packages;
	struct facts facts;
};

/* Reads the whole image; every digest is checked on the way. */
int subject_open(const struct read_options *how, struct subject *subject, struct cln_err *err);
void subject_release(struct subject *subject);

#endif
