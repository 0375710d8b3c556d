/* SPDX-License-Identifier: Apache-2.0 */
/*
 * read.h - an image reference to its configuration and its file system.
 *
 * Every blob's digest and size and every diffID is verified, to the last byte;
 * errors name the blob and the entry. Layers are merged into a tree, file
 * bytes go to a spool, nothing is extracted.
 */
#ifndef CLN_PACKAGER_READ_H
#define CLN_PACKAGER_READ_H

#include "packager/model/image.h"
#include "packager/model/limits.h"
#include "packager/model/tree_build.h"

struct read_options {
	const char *ref;       /* "oci:app:dev" */
	const char *platform;  /* "linux/arm64"; NULL: this machine's */
	const char *spool_dir; /* NULL: TMPDIR or /var/tmp */
	/* what the writer can use again of the layers as they are stored (reuse.h): whole ones; of
	 * this kind (REUSE_PLAIN: none) also single blocks, which costs time */
	bool reuse;
	enum reuse_kind reuse_blocks;
	struct limits limits;
	/* bytes of compressed layers that are done, of all; may be NULL */
	void (*progress)(void *context, uint64_t done, uint64_t total);
	void *progress_context;
};

/* Both are the caller's. tree may be NULL: only the configuration is read. */
int image_open(const struct read_options *options, struct image **image, struct tree **tree,
	struct cln_err *err);

/* The platforms that the reference offers ("linux/amd64", ...); texts are the caller's arena's.
 * NULL-terminated; empty where the image is a single manifest that does not say, and of daemons
 * and stores. */
int image_platforms(const struct read_options *options, struct cln_arena *arena,
	const char *const **out, struct cln_err *err);

#endif
