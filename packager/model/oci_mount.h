/* SPDX-License-Identifier: Apache-2.0 */
/*
 * oci_mount.h - "mounts" of config.json, of the OCI runtime specification (config.md, Mounts).
 *
 * Out of memory ends the process; there is no other error.
 */
#ifndef CLN_PACKAGER_OCI_MOUNT_H
#define CLN_PACKAGER_OCI_MOUNT_H

#include <jansson.h>
#include <stdbool.h>

struct oci_mount {
	const char *target, *type, *source;
	const char *options; /* as mount(8) takes them: a,b,c */
};

/* Adds one to the array; texts are copied. */
void oci_mount_add(json_t *mounts, const struct oci_mount *mount);
/* Adds what every container has, as `runc spec` writes it; /sys is the host's, read-only. */
void oci_mounts_add_standard(json_t *mounts);
/* Is it one of these, or the control groups that `runc spec` mounts too? */
bool oci_mount_is_standard(const char *target);

#endif
