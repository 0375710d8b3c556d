/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - an image reference made into what an engine can run.
 *
 * References are the ecosystem's (oci:DIR[:TAG], oci-archive:, docker-archive:,
 * docker-daemon:, containers-storage:, docker://). Root filesystems come from
 * skopeo and umoci: packing never extracts layers to disk, running must.
 */
#ifndef CLN_CUSTOMIZE_SOURCE_H
#define CLN_CUSTOMIZE_SOURCE_H

#include "common/json.h"
#include "packager/customize/proc.h"

struct source {
	const char *ref; /* borrowed from the caller */
	char *layout;	 /* "DIR:TAG" of an OCI layout */
	json_t *config;	 /* the "config" object: Env, Cmd, Entrypoint, ... */
};

/* Reads the configuration; anything but oci:DIR:TAG is copied below workdir. */
int source_open(struct events *events, const char *ref, const char *workdir, struct source *source,
	struct cln_err *err);
void source_release(struct source *source);

/* The layers, applied, as a new directory rootfs. Needs root. */
int source_unpack(struct events *events, const struct source *source, const char *rootfs,
	struct cln_err *err);

/* The user the image names, found in the rootfs's own accounts. */
struct source_user {
	uint32_t uid, gid;
};
int source_user(const struct source *source, const char *rootfs, struct source_user *user,
	struct cln_err *err);

/* What the image says on how to stop it, as a signal's number. */
int source_stop_signal(const struct source *source);

#endif
