/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbom.h - package records and bills of materials; inside docs/ only.
 */
#ifndef CLN_PACKAGER_DOCS_SBOM_H
#define CLN_PACKAGER_DOCS_SBOM_H

#include "packager/docs/facts.h"

#define SBOM_INSIDE "/var/lib/db/sbom"

/* dpkg's status.d with md5sums, or an apk database, of what remains. -errno
 * where the image's bytes cannot be read. */
int records_add(const struct facts *facts, struct docs *docs, struct cln_err *err);

void spdx_add(const struct facts *facts, const char *name, struct docs *docs);
void cdx_add(const struct facts *facts, const char *name, struct docs *docs);
void vex_add(const struct facts *facts, struct docs *docs);	   /* vex.openvex.json */
void provenance_add(const struct facts *facts, struct docs *docs); /* provenance.json */

/* A component of the image, as both bills of materials list them: packages that
 * remain, the application's own files, and the init. In order, ids unique. */
struct sbom_part {
	char *id;	  /* "deb-zlib1g-1.2.13-amd64": letters, digits, '.', '-' */
	uint32_t package; /* PACKAGE_NONE: the application's files or the init */
	const char *name, *version;
	const char *purl;	  /* or NULL */
	const char *sha256;	  /* of the one file it is, or NULL */
	const char *licence;	  /* a sound SPDX expression, or NULL */
	const char *licence_text; /* what the package says where that is no expression */
};
struct sbom_parts {
	struct sbom_part *part;
	size_t count, room;
	struct cln_arena *arena;
};
void sbom_parts_make(const struct facts *facts, struct sbom_parts *out);
void sbom_parts_release(struct sbom_parts *parts);
/* Depends of one part as indexes of parts; the caller's to free. */
size_t *sbom_depends_new(
	const struct facts *facts, const struct sbom_parts *parts, size_t index, size_t *count);

/* Is text an expression of SPDX identifiers and LicenseRefs? */
bool sbom_is_expression(const char *text);

#endif
