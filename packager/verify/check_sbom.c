/* SPDX-License-Identifier: Apache-2.0 */
/*
 * check_sbom.c - the SBOM and the image name the same packages.
 *
 * Both ways: a package that the image's databases name is in the SBOM, and of
 * each package in the SBOM the image holds something. Language packages may come
 * without their records, so that only the dev image knows which files are theirs.
 */
#include "packager/plan/writes.h"
#include "packager/verify/check.h"

#include <stdio.h>
#include <string.h>

static bool in_sbom(const json_t *sbom, const struct package *package)
{
	json_t *entry;
	size_t index;

	json_array_foreach (json_object_get(sbom, "packages"), index, entry)
		if (strcmp(cln_json_str(entry, "name", ""), package->name) == 0 &&
			strcmp(cln_json_str(entry, "versionInfo", ""), package->version) == 0)
			return true;
	return false;
}

static void disagree(struct findings *findings, enum finding_level level, const char *text)
{
	findings_add(findings, &(struct finding){ .level = level, .check = "sbom", .text = text });
}

static void check_image_in_sbom(const struct check_input *in, struct findings *findings)
{
	for (uint32_t i = 0; in->packages && i < in->packages->count; i++) {
		const struct package *package = &in->packages->package[i];

		if (!in_sbom(in->sbom, package))
			disagree(findings, FINDING_BROKEN,
				cln_arena_format(findings->arena,
					"the image holds %s %s, which sbom.spdx.json does not name",
					package->name, package->version));
	}
}

/* A file or symlink of tree that prod has too, at its place or as a seed of it. */
static bool stands(const struct tree *tree, const struct tree *prod, uint32_t node)
{
	enum node_type type = tree_inode(tree, node)->type;
	char path[4096], seed[sizeof(SEED_DIR) + sizeof(path)];

	if (type != NODE_FILE && type != NODE_SYMLINK)
		return false;
	tree_path(tree, node, path);
	snprintf(seed, sizeof(seed), "%s%s", SEED_DIR, path);
	return tree == prod || tree_lookup(prod, path) != TREE_NONE ||
	       tree_lookup(prod, seed) != TREE_NONE;
}

/* By package URL: 1 known to these packages, 2 of which prod holds a file. */
static json_t *held_new(
	const struct tree *tree, const struct packages *packages, const struct tree *prod)
{
	cln_owned(cln_drop_mem) bool *held = cln_alloc((size_t)packages->count + 1);
	json_t *urls = json_object();

	for (uint32_t node = 0; node < tree->node_count; node++)
		if (packages->owner && packages->owner[node] < packages->count &&
			!held[packages->owner[node]])
			held[packages->owner[node]] = stands(tree, prod, node);
	for (uint32_t i = 0; i < packages->count; i++) {
		const struct package *package = &packages->package[i];
		cln_owned(cln_drop_mem) char *url = package_purl_new(packages, package);
		bool here = held[i] ||
			    (package->where != TREE_NONE && stands(tree, prod, package->where));

		/* One URL may stand for several places of one package. */
		if (here || !json_object_get(urls, url))
			json_object_set_new(urls, url, json_integer(here ? 2 : 1));
	}
	return urls;
}

static const char *url_of(const json_t *entry)
{
	json_t *reference;
	size_t index;

	json_array_foreach (json_object_get(entry, "externalRefs"), index, reference)
		if (strcmp(cln_json_str(reference, "referenceType", ""), "purl") == 0)
			return cln_json_str(reference, "referenceLocator", NULL);
	return NULL;
}

/* Ours and the image itself belong to no database. */
static bool from_database(const json_t *entry, const char *url)
{
	const char *id = cln_json_str(entry, "SPDXID", "");

	return url && strcmp(id, "SPDXRef-Image") != 0 && strcmp(id, "SPDXRef-clnimg-init") != 0;
}

static void check_entry(const struct check_input *in, const json_t *entry, const json_t *prod,
	const json_t *source, struct findings *findings)
{
	const char *url = url_of(entry);
	int here, there;

	if (!from_database(entry, url))
		return;
	here = (int)json_integer_value(json_object_get(prod, url));
	there = (int)json_integer_value(json_object_get(source, url));
	if (here == 2 || there == 2)
		return;
	/* Records list files alone, so a package of which a symlink is left looks empty
	 * without the dev image; and language packages may have left no record. */
	disagree(findings,
		in->source || (!here && strncmp(url, "pkg:deb/", 8) == 0) ? FINDING_BROKEN
									  : FINDING_NOTE,
		cln_arena_format(findings->arena,
			"sbom.spdx.json names %s %s, of which the image holds no file",
			cln_json_str(entry, "name", "?"), cln_json_str(entry, "versionInfo", "?")));
}

int check_sbom(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *prod = NULL, *source = NULL;
	json_t *entry;
	size_t index;

	(void)err;
	if (!in->sbom)
		return 0;
	check_image_in_sbom(in, findings);
	if (!in->packages)
		return 0;
	prod = held_new(in->tree, in->packages, in->tree);
	if (in->source && in->source_packages)
		source = held_new(in->source, in->source_packages, in->tree);
	json_array_foreach (json_object_get(in->sbom, "packages"), index, entry)
		check_entry(in, entry, prod, source, findings);
	return 0;
}
