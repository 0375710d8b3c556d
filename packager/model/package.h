/* SPDX-License-Identifier: Apache-2.0 */
/*
 * package.h - which package each file of the tree belongs to.
 *
 * Read from the image's own databases (dpkg, apk, rpm, language packages); a
 * database that is wrong or hostile never stops a pack: what could not be read
 * is a finding, counted and reported.
 */
#ifndef CLN_PACKAGER_PACKAGE_H
#define CLN_PACKAGER_PACKAGE_H

#include "packager/model/tree.h"

#define PACKAGE_NONE UINT32_MAX /* the application's own */

enum package_kind {
	PACKAGE_DEB,
	PACKAGE_APK,
	PACKAGE_RPM,
	PACKAGE_PYTHON,
	PACKAGE_NPM,
	PACKAGE_MAVEN,
	PACKAGE_GEM,
	PACKAGE_GO,
	PACKAGE_CARGO,
};

struct package {
	enum package_kind kind;
	const char *name, *version;
	const char *arch;		     /* or NULL */
	const char *source, *source_version; /* of debs: the source package; or NULL */
	const char *maintainer;		     /* supplier, or NULL */
	const char *licence;		     /* SPDX expression or LicenseRef text, or NULL */
	const char *homepage;		     /* or NULL */
	const char *const *depends;	     /* names, NULL-terminated, never NULL */
	const char *record;		     /* the database's own record, as it stood; or NULL */
	uint32_t where; /* node that names it (dist-info, jar, binary), or TREE_NONE */
	bool essential; /* dpkg Essential: yes */
};

struct packages {
	struct package *package; /* sorted by kind, name, version, where */
	uint32_t count;
	uint32_t *owner;			/* per node: package index or PACKAGE_NONE */
	const char *distro_id, *distro_version; /* of os-release; "" where unknown */
	const char *const *finding;		/* what could not be understood, NULL-terminated */
	struct cln_arena *arena;
};

/* Never fails on what the image holds; -errno only where the spool cannot be read. */
int packages_read(const struct tree *tree, struct packages **out, struct cln_err *err);
void packages_free(struct packages *packages);
void packages_drop(struct packages **packages);

/* The package URL (purl-spec), e.g. pkg:deb/debian/zlib1g@1%3A1.2.13?arch=amd64&distro=debian-12; the
 * caller's to free. */
char *package_purl_new(const struct packages *packages, const struct package *package);

#endif
