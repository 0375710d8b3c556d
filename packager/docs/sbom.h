/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sbom.h - package records and bills of materials; inside docs/ only.
 */
#ifndef CLN_PACKAGER_DOCS_SBOM_H
#define CLN_PACKAGER_DOCS_SBOM_H

#include "packager/docs/facts.h"
#include "packager/docs/sums.h"

#define SBOM_INSIDE "/var/lib/db/sbom"

/* dpkg's status.d with md5sums, or an apk database, of what remains. -errno
 * where the image's bytes cannot be read. */
int records_add(const struct facts *facts, struct docs *docs, struct cln_err *err);

void vex_add(const struct facts *facts, struct docs *docs);	   /* vex.openvex.json */
void provenance_add(const struct facts *facts, struct docs *docs); /* provenance.json */

#define SBOM_APPLICATION "application" /* files that no package owns */
#define SBOM_INIT "clnimg-init"
#define SBOM_GENERATED "generated" /* what the packager wrote: configuration, records, documents */

/* A component of the image, as both bills of materials list them: packages that
 * remain, the application's own files, the init, and what the packager wrote. In order, ids unique. */
struct sbom_part {
	char *id;	  /* "deb-zlib1g-1.2.13-amd64": letters, digits, '.', '-' */
	uint32_t package; /* PACKAGE_NONE: one of the three above */
	const char *name, *version;
	const char *purl;	  /* or NULL */
	const char *sha256;	  /* of the one file that it is, or NULL */
	const char *code;	  /* SPDX's verification code of its files in the image, or NULL */
	size_t file_count;	  /* regular files of it in the image */
	const char *licence;	  /* a sound SPDX expression, or NULL */
	const char *licence_text; /* what the package says where that is no expression */
};

/* A regular file of the image. */
struct sbom_file {
	const char *path; /* NULL but where files are listed (docs_input's sbom_files) */
	uint32_t part;	  /* whose it is */
	uint32_t sum;	  /* its number in sums, or SUMS_NONE */
};

struct sbom_parts {
	struct sbom_part *part;
	size_t count, room;
	struct sbom_file *file; /* by path where they are listed */
	size_t file_count, file_room;
	struct docs_sums *sums;	    /* the input's, or own */
	struct docs_sums *own_sums; /* where the input has none */
	struct cln_arena *arena;
};
/* docs: those that lie inside the image, where there is no layout yet; or NULL. */
void sbom_parts_make(const struct facts *facts, const struct docs *docs, struct sbom_parts *out);
void sbom_files_make(const struct facts *facts, const struct docs *docs, struct sbom_parts *parts);
bool sbom_has_generated(const struct facts *facts, const struct docs *docs);

void spdx_add(const struct facts *facts, const struct sbom_parts *parts, const char *name,
	struct docs *docs);
void cdx_add(const struct facts *facts, const struct sbom_parts *parts, const char *name,
	struct docs *docs);
void sbom_parts_release(struct sbom_parts *parts);
/* Depends of one part as indexes of parts; the caller's to free. */
size_t *sbom_depends_new(
	const struct facts *facts, const struct sbom_parts *parts, size_t index, size_t *count);

/* Is text an expression of SPDX identifiers and LicenseRefs? */
bool sbom_is_expression(const char *text);

#endif
