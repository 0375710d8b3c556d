/* SPDX-License-Identifier: Apache-2.0 */
/*
 * store.h - where blobs lie: an OCI layout folder, or a tar archive of one.
 *
 * An archive is indexed once (headers only) and its members are read in place;
 * a compressed archive is inflated into a spool first. Names are compared as
 * text and nothing is ever extracted.
 */
#ifndef CLN_PACKAGER_STORE_H
#define CLN_PACKAGER_STORE_H

#include "packager/model/limits.h"
#include "packager/model/ref.h"
#include "packager/read/pump.h"

struct store;

struct store_how {
	const char *spool_dir; /* NULL: TMPDIR or /var/tmp */
	const struct limits *limits;
};

/* limits: NULL for the defaults, else they must outlive the store. */
int store_open(const char *path, bool archive, const struct store_how *how, struct store **out,
	struct cln_err *err);
const struct limits *store_limits(const struct store *store);
void store_free(struct store *store);
void store_drop(struct store **store);

/* A file of the layout: "index.json", "blobs/sha256/...". The blob's descriptor
 * is the caller's to close. -ENOENT where it is not there. */
int store_file(struct store *store, const char *name, struct blob *blob, struct cln_err *err);

/* "sha256:" and 64 lower-case hex digits: the only digests that become a name. */
bool digest_is_valid(const char *digest);

static inline void blob_close(struct blob *blob)
{
	cln_drop_fd(&blob->fd);
	blob->fd = -1;
}

#endif
