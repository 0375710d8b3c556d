/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - finished blobs to where they were asked for. Only write's own files include this. */
#ifndef CLN_PACKAGER_PLACE_H
#define CLN_PACKAGER_PLACE_H

#include "common/file.h"
#include "packager/model/ref.h"
#include "packager/model/skopeo.h"
#include "packager/model/spool.h"
#include "packager/write/write.h"

struct place_blob {
	char digest[72];
	uint64_t size_bytes;
	int fd;		  /* where the bytes are, from offset 0; -1: in data */
	const char *data; /* of the JSON blobs */
};

#define PLACE_MANIFEST_TYPE "application/vnd.oci.image.manifest.v1+json"
#define PLACE_INDEX_TYPE "application/vnd.oci.image.index.v1+json"

struct placement {		       /* all that goes to a place */
	const struct place_blob *blob; /* the first is what tags name */
	size_t blob_count;
	const char *type;			 /* of the first: a manifest or an index */
	const char *os, *architecture, *variant; /* of one image; NULL where unsaid */
	/* of one image, for docker archives: */
	const struct place_blob *config;
	const struct place_blob *plain; /* uncompressed layers, or NULL */
	size_t layer_count;
	const struct place_blob *extra; /* of the referrers, for layouts */
	size_t extra_count;
	const json_t *referrers; /* their entries of the index, or NULL */
};

/* One place with all the tags it gets. */
struct place {
	struct ref ref;
	const char **tag; /* NULL stands for none */
	size_t tag_count, tag_room;
};

#define STAGE_PREFIX ".clnimg-stage-" /* six letters follow */

/* What lies beside its place, whole, until it is published. */
struct staged {
	char *dir, *work;   /* the layout; the folder beside or in it that becomes or joins it */
	struct cln_out out; /* an archive */
	struct skopeo_copy copy; /* what skopeo takes from */
};

#define STAGED_NONE                  \
	{                            \
		.out = CLN_OUT_NONE, \
	}

/*
 * Staging writes all bytes and shows none of them; release without publishing
 * leaves the place as it was. place and image must live until then.
 */
int place_oci_stage(const struct place *place, const struct placement *image, struct staged *staged,
	struct cln_err *err);
int place_oci_archive_stage(const struct place *place, const struct placement *image,
	struct staged *staged, struct cln_err *err);
int place_docker_archive_stage(const struct place *place, const struct placement *image,
	struct staged *staged, struct cln_err *err);
/* For skopeo, in a temporary layout. */
int place_push_stage(const struct placement *image, const char *tmp_dir, struct staged *staged,
	struct cln_err *err);

/* The image's extra blobs to what is staged of a layout. */
int place_attach(const struct placement *image, struct staged *staged, struct cln_err *err);
void staged_release(struct staged *staged);

char *place_blob_path_new(const char *dir, const struct place_blob *blob);
/* Does the layout hold it, whole? */
bool place_has_blob(const char *dir, const struct place_blob *blob);

/* All bytes of a blob to fd, from where it stands. */
int place_copy(const struct place_blob *blob, int fd, struct cln_err *err);

#endif
