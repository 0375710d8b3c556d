/* SPDX-License-Identifier: Apache-2.0 */
/*
 * write.h - a layout to images: the same inputs give the same bytes.
 *
 * Nothing here reads the clock, the environment, the locale or the order of a
 * folder. How many threads compress never shows: the stream is cut into chunks
 * of fixed size, each compressed on its own. Compressed bytes of the source are
 * used again where they can be (reuse.h), so it shows how the source was compressed.
 *
 * Outputs: oci:DIR[:TAG] (other tags of the layout stay), oci-archive:FILE[:TAG],
 * docker-archive:FILE[:NAME], and what skopeo writes to. Nothing is visible under
 * its final name before it is complete.
 */
#ifndef CLN_PACKAGER_WRITE_H
#define CLN_PACKAGER_WRITE_H

#include "common/json.h"
#include "packager/model/reuse.h"
#include "packager/plan/layout.h"

enum write_compression { WRITE_GZIP, WRITE_ZSTD, WRITE_PLAIN };

struct write_options {
	const char *const *ref; /* where to, one or more */
	size_t ref_count;
	enum write_compression compression;
	unsigned level;	     /* of the compression: 1 to write_level_most; 0: the usual one */
	bool by_package;     /* one layer a package, for sharing; else one layer */
	bool clamp_mtime;    /* nothing newer than the source's epoch (SOURCE_DATE_EPOCH is set) */
	bool recompress;     /* nothing of the source's compressed layers is used again */
	unsigned threads;    /* 0: one a CPU */
	const char *tmp_dir; /* NULL: TMPDIR or /var/tmp */
	void (*progress)(void *context, uint64_t done, uint64_t total); /* plain bytes; or NULL */
	void *progress_context;
};

struct written_layer {
	char digest[72], diff_id[72];
	uint64_t size_bytes, plain_bytes;
	/* of these, what the source's own compressed blocks are, and their plain bytes; all of
	 * them where the layer is one of the source's */
	uint64_t copied_bytes, copied_plain_bytes;
};

struct written {
	char digest[72], config_digest[72]; /* of the OCI manifest and its configuration */
	uint64_t manifest_size_bytes;
	struct written_layer *layer;
	size_t layer_count, layer_room;
	uint64_t size_bytes, copied_bytes; /* of all layers, as stored */
};

/* Whose bytes the layers are: {"isa-l", "2.30.0"}. The same source, manifest and options give
 * the same digest where this is the same. */
struct write_encoder {
	const char *name;
	char version[16];
	unsigned level; /* 0: it has none */
	bool apart;	/* on this CPU it gives other bytes than on others */
};
void write_encoder(enum write_compression kind, unsigned level, struct write_encoder *out);

/* The highest level; 0 where the compression has none. gzip has one only: the library's next
 * ones are hardly smaller, or differ from CPU to CPU. */
unsigned write_level_most(enum write_compression kind);
/* Of which kind of the source's layers single blocks can be used again (tree_reuse); level as in
 * write_options. */
enum reuse_kind write_reuses_blocks(enum write_compression kind, unsigned level);

void written_release(struct written *written);

/* What is written: one image. config is its configuration without rootfs and history of the
 * new layers (config.h makes it); annotations go into the manifest. */
struct image_source {
	const struct tree *tree;
	const struct layout *layout;
	const struct packages *packages; /* of by_package; or NULL */
	/* by_package: the tree's own layers stay as they came, with these comments; else NULL */
	const char *const *layer_comment;
	uint32_t layer_count;
	const json_t *config, *annotations;
	int64_t epoch; /* "created" of image and history */
};

/*
 * Written whole beside where it goes: one image, or one for each of several
 * platforms under an index. Nothing is shown before images_commit: freeing the
 * job instead leaves every place as it was. options must live as long as the
 * job; a source only for its image_job_add.
 */
struct image_job;

int image_job_new(const struct write_options *options, struct image_job **job, struct cln_err *err);
/* Compresses one image; out tells of it. */
int image_job_add(struct image_job *job, const struct image_source *source, struct written *out,
	struct cln_err *err);
/* To all places. annotations (or NULL) are an index's; digest: what a tag will name. */
int image_job_stage(
	struct image_job *job, const json_t *annotations, char digest[72], struct cln_err *err);
/* Documents of the image that was added as the index-th; they lie beside it in its layouts
 * (referrer.h). */
struct referrer;
int image_attach(struct image_job *job, size_t index, const struct referrer *referrer, size_t count,
	struct cln_err *err);
/* To where skopeo writes. It may fail for many reasons: before the rest. */
int image_push(struct image_job *job, struct cln_err *err);

/*
 * What lies on this machine, of several jobs, some of which may be NULL. Preparing waits for
 * other writers and does all that may fail for lack of space or permission; what remains is
 * one rename a layout (join.h) and an archive, the layouts of the last job last.
 */
struct image_commit;
int images_prepare(
	struct image_job *const *job, size_t count, struct image_commit **out, struct cln_err *err);
int images_commit(struct image_commit *commit, struct cln_err *err);
void image_commit_free(struct image_commit *commit);
void image_commit_drop(struct image_commit **commit);

void image_job_free(struct image_job *job);
void image_job_drop(struct image_job **job);

/* All of it for one image. */
int image_write(const struct image_source *source, const struct write_options *options,
	struct written *out, struct cln_err *err);

#endif
