/* SPDX-License-Identifier: Apache-2.0 */
/* sample.h - packages of a sample tree, and who owns a path of it. */
#ifndef CLN_TESTS_PACKAGES_SAMPLE_H
#define CLN_TESTS_PACKAGES_SAMPLE_H

#include "packager/model/package.h"
#include "tests/unit/tree_sample.h"

#include <criterion/criterion.h>

static inline struct packages *sample_packages(struct tree *tree)
{
	struct packages *packages = NULL;
	struct cln_err err = { 0 };

	cr_assert_eq(packages_read(tree, &packages, &err), 0, "%s", err.text);
	return packages;
}

/* "name version" of the owner, "-" for nobody, "?" where the path is not there. */
static inline const char *sample_owner(
	const struct tree *tree, const struct packages *packages, const char *path)
{
	static char text[600];
	uint32_t node = tree_lookup(tree, path), owner;

	if (node == TREE_NONE)
		return "?";
	owner = packages->owner[node];
	if (owner == PACKAGE_NONE)
		return "-";
	snprintf(text, sizeof(text), "%s %s", packages->package[owner].name,
		packages->package[owner].version);
	return text;
}

static inline const struct package *sample_find(const struct packages *packages, const char *name)
{
	for (uint32_t i = 0; i < packages->count; i++)
		if (strcmp(packages->package[i].name, name) == 0)
			return &packages->package[i];
	cr_assert_fail("no package %s", name);
	return NULL;
}

static inline bool sample_has_finding(const struct packages *packages, const char *part)
{
	for (const char *const *text = packages->finding; *text; text++)
		if (strstr(*text, part))
			return true;
	return false;
}

#endif
