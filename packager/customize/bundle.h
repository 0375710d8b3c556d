/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bundle.h - config.json of the OCI runtime specification for one run.
 *
 * A dev image runs as docker would by default: writable root, docker's default
 * capabilities, so that start-up may chown and drop users. A prod image runs
 * under everything that production enforces: read-only root, numeric non-root
 * user, no capability but what clnimg-pack's config.json leaves (none, normally),
 * no_new_privs, and only the mounts of that file.
 */
#ifndef CLN_CUSTOMIZE_BUNDLE_H
#define CLN_CUSTOMIZE_BUNDLE_H

#include "packager/customize/engine.h"

/* Writes DIR/config.json for DIR/rootfs, and the few files it mounts. */
int bundle_write(const struct container_spec *spec, const char *directory, struct cln_err *err);

/*
 * Pure: the document. runtime is NULL for a dev image, else clnimg-pack's config.json;
 * support is the directory that holds hosts, hostname and resolv.conf.
 */
int bundle_config(const struct container_spec *spec, const struct source_user *user,
	const json_t *runtime, const char *support, json_t **out, struct cln_err *err);

#endif
