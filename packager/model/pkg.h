/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pkg.h - what the readers of package databases share; inside model/ only.
 *
 * Readers add packages and say which nodes they own. Order of the readers is
 * the order of trust: the first owner of a node stays, so what the
 * distribution's package manager installed is never also a language package
 * (trivy and syft count the same way). Everything read is hostile: sizes have
 * ceilings, and what is wrong becomes a finding, never an error.
 *
 * Text that packages keep is the set's arena's.
 */
#ifndef CLN_PACKAGER_PKG_H
#define CLN_PACKAGER_PKG_H

#include "common/mem.h"
#include "packager/model/package.h"

#include <jansson.h>

#define PKG_FINDINGS_MAX 200u	  /* further ones are only counted */
#define PKG_COUNT_MAX 200000u	  /* packages of one image */
#define PKG_RECORD_MAX (1u << 20) /* bytes of one record */
#define PKG_DB_MAX (64u << 20)	  /* bytes of one database file */
#define PKG_META_MAX (4u << 20)	  /* bytes of METADATA, package.json, ... */

struct pkg_set {
	const struct tree *tree;
	struct cln_arena *arena;
	struct package *package; /* in order of reading */
	size_t count, room;
	uint32_t *owner; /* per node */
	const char **finding;
	size_t finding_count, finding_room, finding_lost;
};

/* Adds a package; strings and depends must be the arena's. PACKAGE_NONE once
 * there are too many. */
uint32_t pkg_add(struct pkg_set *set, const struct package *package);

/* The node is the package's, if it is nobody's yet and no directory. */
void pkg_own(struct pkg_set *set, uint32_t node, uint32_t package);
/* Everything below a directory that is nobody's yet. */
void pkg_own_below(struct pkg_set *set, uint32_t dir, uint32_t package);
/* The node that a package manager's path means: symlinks among its parents are
 * followed (usrmerge), one at its end is not. TREE_NONE where there is none. */
uint32_t pkg_find(const struct pkg_set *set, const char *path);

/* A deb, apk or rpm owns it: what lies in it is that package's. */
bool pkg_is_distro_owned(const struct pkg_set *set, uint32_t node);

void pkg_finding(struct pkg_set *set, const char *fmt, ...) CLN_PRINTF(2, 3);

/* The whole of a regular file, NUL behind it, for the caller to free; false and
 * a finding where it is larger than the ceiling. I/O errors go to err: -errno. */
int pkg_read(struct pkg_set *set, uint32_t node, size_t ceiling, char **data, size_t *size,
	struct cln_err *err);

const char *pkg_dup(struct pkg_set *set, const char *text, size_t length); /* the arena's */
/* Only characters of names and versions, at most 255: else a finding will do. */
bool pkg_name_fine(const char *text);

/* A NULL-terminated list that grows; words are cut at blanks and commas. */
struct pkg_words {
	const char **item;
	size_t count, room;
};
void pkg_words_add(struct pkg_words *words, const char *item);
const char *const *pkg_words_done(struct pkg_set *set, struct pkg_words *words); /* in the arena */

/* Paragraphs of "Field: value" with continuation lines (deb822, METADATA,
 * MANIFEST.MF): pure, in place of a library. */
struct pkg_field {
	const char *name, *value; /* not NUL-terminated; continuation lines inside */
	size_t name_length, value_length;
};
struct pkg_paragraph {
	const char *text;
	size_t size;
};
/* The next paragraph from *at, which moves behind it; false at the end. */
bool pkg_paragraph_next(const char *data, size_t size, size_t *at, struct pkg_paragraph *out);
/* The next field of a paragraph from *at; false at the end. */
bool pkg_field_next(const struct pkg_paragraph *paragraph, size_t *at, struct pkg_field *out);
/* The first field of that name (case does not matter); false where there is none. */
bool pkg_field(const struct pkg_paragraph *paragraph, const char *name, struct pkg_field *out);
/* The field's first line, copied; NULL where there is none or it is empty. */
const char *pkg_field_dup(
	struct pkg_set *set, const struct pkg_paragraph *paragraph, const char *name);
/* The next line of data from *at without its newline; false at the end. */
bool pkg_line_next(const char *data, size_t size, size_t *at, const char **line, size_t *length);

/* Readers. Each returns 0, or -errno where the spool cannot be read. */
int pkg_read_dpkg(struct pkg_set *set, struct cln_err *err);
int pkg_read_apk(struct pkg_set *set, struct cln_err *err);
int pkg_read_rpm(struct pkg_set *set, struct cln_err *err);
int pkg_read_python(struct pkg_set *set, struct cln_err *err);
int pkg_read_npm(struct pkg_set *set, struct cln_err *err);
int pkg_read_gem(struct pkg_set *set, struct cln_err *err);
int pkg_read_java(struct pkg_set *set, struct cln_err *err);
int pkg_read_binaries(struct pkg_set *set, struct cln_err *err); /* Go and Rust */
int pkg_read_identity(struct pkg_set *set, struct packages *out, struct cln_err *err);

/* Licence of a deb from usr/share/doc/NAME/copyright where that is machine-readable (DEP-5). */
const char *pkg_dep5_licence(struct pkg_set *set, const char *data, size_t size);

#endif
