/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - documents that are put as they are made; inside docs/ only.
 *
 * What holds a line for every path of the image is never whole in memory: it
 * gathers in a small buffer and flows on. The bytes are those that one buffer
 * would hold.
 */
#ifndef CLN_PACKAGER_DOCS_STREAM_H
#define CLN_PACKAGER_DOCS_STREAM_H

#include "common/buf.h"
#include "packager/docs/docs.h"

struct doc_stream {
	struct cln_buf buf; /* add to it, then let it flow */
	docs_put *put;
	void *context;
	struct cln_err *err;
	int failed; /* -errno of the first put that failed; nothing is put after it */
};

/* Puts what has gathered, once it is worth a write. */
void doc_stream_flow(struct doc_stream *stream);

/* A document that `make` writes, later and perhaps never; the facts must live until then. */
void docs_add_made(struct docs *docs, const char *name, docs_make *make, const struct facts *facts);

#endif
