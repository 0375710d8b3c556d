/* SPDX-License-Identifier: Apache-2.0 */
/*
 * docs.h - every document about the production image, made from the same facts.
 *
 * Pure: const facts in, named buffers out; write/ puts them beside or inside
 * the image. Nothing here reads the clock, the environment or a file.
 */
#ifndef CLN_PACKAGER_DOCS_H
#define CLN_PACKAGER_DOCS_H

#include "packager/plan/layout.h"

/* Digests of the source image's files, computed once for all documents. */
struct docs_sums;
/* sha256: also each file's SHA-256, which sbom_files asks for. */
struct docs_sums *docs_sums_new(const struct tree *tree, bool sha256);
void docs_sums_free(struct docs_sums *sums);

struct docs_input {
	const struct image *image; /* the source */
	const struct tree *tree;
	const struct packages *packages;
	const struct cln_trace *trace;
	uint32_t root;
	const struct keep *keep;
	const struct plan *plan;
	const struct layout *layout; /* for documents beside the image; NULL for those inside */
	int64_t epoch;		     /* seconds; the only time documents know */
	const char *name;	     /* of the product (origin_name_new): "nginx" */
	const char *source;	     /* digest that names the source (origin_source) */
	const char *manifest_sha256; /* of the trace manifest file */
	const char *const *options;  /* of the command line, NULL-terminated, for provenance */
	const char *prod_digest;     /* "sha256:..." of the written manifest; NULL before writing */
	const char *prod_ref;	     /* "oci:app:prod" */
	const char *init_sha256;     /* of the clnimg-init inside */
	const void *init;	     /* its bytes, or NULL where only the digest is known */
	size_t init_size;
	const char *encoder, *encoder_version; /* of the layers: "isa-l", "2.30.0"; or NULL */
	unsigned encoder_level;		       /* 0: it has none */
	uint64_t layer_bytes, copied_bytes; /* of the written layers; of these the source's own */
	/* remembers files' digests from one call to the next; or NULL. Made with sha256 where
	 * sbom_files is set. */
	struct docs_sums *sums;
	const struct json_t *scan; /* vulnerabilities of the source image (vex.h), or NULL */
	bool one_of_several;	   /* platforms, each with an image of its own under one index */
	bool vex_unused;	   /* also a statement for packages that nothing used */
	bool sbom_files;	   /* every file by itself in the SBOMs */
};

struct facts;
struct doc_stream;
typedef void docs_make(const struct facts *facts, struct doc_stream *stream);

struct doc {
	char *name; /* "kubernetes.yaml"; inside the image: an absolute path */
	char *data; /* NULL: made as it is written, while the facts live */
	size_t size;
	docs_make *make;
	const struct facts *facts;
};

struct docs {
	struct doc *doc;
	size_t count, room;
};

/* Documents that lie inside the image (SBOM, package records, identity): absolute paths.
 * They depend on keep and plan, never on the layout or the digest. */
int docs_inside(const struct docs_input *in, struct docs *out, struct cln_err *err);

/* Takes a document; may take its data too and leave NULL. */
typedef int docs_take(void *context, struct doc *doc, struct cln_err *err);

/* A document's bytes, in order: the next of them. */
typedef int docs_put(void *context, const void *data, size_t size, struct cln_err *err);
int doc_write(const struct doc *doc, docs_put *to, void *context, struct cln_err *err);

/* Documents for --emit: kubernetes.yaml, compose.yaml, run.args, ..., report.html. Each is made
 * when the one before is taken and freed; those with a line for every path of the image are
 * made while they are written (doc_write), and no longer than take lasts. */
int docs_each(const struct docs_input *in, docs_take *take, void *context, struct cln_err *err);
/* All of them at once, whole. */
int docs_beside(const struct docs_input *in, struct docs *out, struct cln_err *err);

/* What production has left of the development image, a row each; the caller's to free. */
char *docs_summary_new(const struct docs_input *in, const char *title);

void docs_release(struct docs *docs);
void docs_add(struct docs *docs, const char *name, char *take_data, size_t size);

#endif
