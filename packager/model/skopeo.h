/* SPDX-License-Identifier: Apache-2.0 */
/*
 * skopeo.h - images that lie in a daemon, a store or a registry.
 *
 * We speak none of their protocols: skopeo, when it is installed, copies such
 * an image into a temporary OCI layout (read), or from one to its place (write).
 */
#ifndef CLN_PACKAGER_SKOPEO_H
#define CLN_PACKAGER_SKOPEO_H

#include "packager/model/ref.h"

struct skopeo_copy {
	char *dir; /* temporary; removed by release */
	char *ref; /* "oci:DIR:image" */
};

#define SKOPEO_NO_COPY \
	{              \
	}

/* An empty temporary folder for a layout, and the reference inside it. */
int skopeo_place(const char *tmp_dir, struct skopeo_copy *out, struct cln_err *err);
void skopeo_copy_release(struct skopeo_copy *copy);

/* platform "os/arch[/variant]" or NULL: this machine's. */
int skopeo_pull(const struct ref *ref, const char *tmp_dir, const char *platform,
	struct skopeo_copy *out, struct cln_err *err);

/* The manifest or index of what ref names, as it is there; the caller's to free. No layer is
 * copied. More than ceiling bytes are an error. */
int skopeo_manifest(
	const char *ref, size_t ceiling, char **text, size_t *size, struct cln_err *err);

/* From a layout's reference ("oci:DIR:TAG") to where `to` names; all: every platform of it. */
int skopeo_push(const char *from, const char *to, bool all, struct cln_err *err);

#endif
