/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ref.h - image references as the ecosystem writes them (containers-transports(5)).
 *
 *	oci:DIR[:TAG]  oci-archive:FILE[:TAG]  docker-archive:FILE[:NAME:TAG]
 *	docker-daemon:...  containers-storage:...  docker://...   (through skopeo)
 *
 * The path ends at the first colon, as everywhere in that family.
 */
#ifndef CLN_PACKAGER_REF_H
#define CLN_PACKAGER_REF_H

#include "common/err.h"

enum ref_kind { REF_OCI, REF_OCI_ARCHIVE, REF_DOCKER_ARCHIVE, REF_SKOPEO };

struct ref {
	enum ref_kind kind;
	const char *text; /* borrowed, as the user wrote it */
	char *path;	  /* of a layout or archive; NULL for REF_SKOPEO */
	const char *tag;  /* borrowed from text; NULL where there is none */
};

/* Usage errors name the reference. */
int ref_parse(const char *text, struct ref *out, struct cln_err *err);
void ref_release(struct ref *ref);

/* docker://: the only ones that skopeo reads which may be for several platforms. */
bool ref_is_registry(const struct ref *ref);

/* A name for documents: "app" of oci:build/app:prod, "nginx" of docker://docker.io/nginx:1; the
 * caller's to free. */
char *ref_name_new(const struct ref *ref);

#endif
