/* SPDX-License-Identifier: Apache-2.0 */
/* place.h - finished blobs to where they were asked for. Only write's own files include this. */
#ifndef CLN_PACKAGER_PLACE_H
#define CLN_PACKAGER_PLACE_H

#include "common/file.h"
#include "packager/model/ref.h"
#include "packager/model/spool.h"
#include "packager/write/write.h"

struct place_blob {
	char digest[72];
	uint64_t size_bytes;
	int fd;		  /* where the bytes are, from offset 0; -1: in data */
	const char *data; /* of the JSON blobs */
};

struct placement { /* all of one image */
	struct place_blob manifest, config;
	const struct place_blob *layer; /* as OCI describes them */
	const struct place_blob *plain; /* uncompressed, for docker archives; or NULL */
	size_t layer_count;
	const char *os, *architecture, *variant; /* for the index; NULL where unsaid */
};

/* One place with all the tags it gets. */
struct place {
	struct ref ref;
	const char **tag; /* NULL stands for none */
	size_t tag_count, tag_room;
};

int place_oci(const struct place *place, const struct placement *image, struct cln_err *err);
int place_oci_archive(
	const struct place *place, const struct placement *image, struct cln_err *err);
int place_docker_archive(
	const struct place *place, const struct placement *image, struct cln_err *err);
/* Through skopeo, by way of a temporary layout. */
int place_push(const struct place *place, const struct placement *image, const char *tmp_dir,
	struct cln_err *err);

/* index.json with this image under the place's tags; old may be NULL. The caller's to free. */
char *place_index_new(const json_t *old, const struct place *place, const struct placement *image);

/* All bytes of a blob to fd, from where it stands. */
int place_copy(const struct place_blob *blob, int fd, struct cln_err *err);

#endif
