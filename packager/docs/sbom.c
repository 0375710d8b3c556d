// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/sbom.h"

#include "common/mem.h"

#include <ctype.h>
#include <string.h>

static const char *const kind_names[] = { "deb", "apk", "rpm", "pypi", "npm", "maven", "gem", "go",
	"cargo" };

/* Letters, digits, '.' and '-' are all that SPDX allows in identifiers. */
static char *clean_id(struct cln_arena *arena, const char *text)
{
	char *id = cln_arena_strdup(arena, text);

	for (char *at = id; *at; at++)
		if (!isalnum((unsigned char)*at) && !strchr(".-", *at))
			*at = '-';
	return id;
}

static bool is_known_licence(const char *text, size_t length)
{
	/* spdx.org/licenses: those that packages of distributions and registries name. */
	static const char known[] =
		" 0BSD AFL-2.1 AFL-3.0 AGPL-3.0-only AGPL-3.0-or-later Apache-1.1 Apache-2.0"
		" Artistic-1.0 Artistic-1.0-Perl Artistic-2.0 BSD-1-Clause BSD-2-Clause BSD-2-Clause-Patent"
		" BSD-3-Clause BSD-4-Clause BSD-4-Clause-UC BSL-1.0 BlueOak-1.0.0 bzip2-1.0.6 CC0-1.0"
		" CC-BY-3.0 CC-BY-4.0 CC-BY-SA-3.0 CC-BY-SA-4.0 CDDL-1.0 CDDL-1.1 curl EPL-1.0 EPL-2.0"
		" EUPL-1.2 FSFAP FSFUL FSFULLR GFDL-1.1-or-later GFDL-1.2-only GFDL-1.2-or-later"
		" GFDL-1.3-only GFDL-1.3-or-later GPL-1.0-only GPL-1.0-or-later GPL-2.0-only"
		" GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later HPND ICU IJG ISC LGPL-2.0-only"
		" LGPL-2.0-or-later LGPL-2.1-only LGPL-2.1-or-later LGPL-3.0-only LGPL-3.0-or-later"
		" libtiff MIT MIT-0 MPL-1.1 MPL-2.0 MS-PL NCSA OFL-1.1 OLDAP-2.8 OpenSSL PostgreSQL"
		" PSF-2.0 Python-2.0 Ruby Sleepycat TCL Unicode-3.0 Unicode-DFS-2016 Unicode-TOU Unlicense"
		" UPL-1.0 Vim W3C WTFPL X11 Zlib zlib-acknowledgement ZPL-2.1 ";
	cln_owned(cln_drop_mem) char *word = cln_format(" %.*s ", (int)length, text);

	return strstr(known, word) != NULL;
}

static bool is_reference(const char *text, size_t length)
{
	if (length < 12 || strncmp(text, "LicenseRef-", 11) != 0)
		return false;
	for (size_t i = 11; i < length; i++)
		if (!isalnum((unsigned char)text[i]) && !strchr(".-", text[i]))
			return false;
	return true;
}

bool sbom_is_expression(const char *text)
{
	bool want_term = true;
	int depth = 0;

	if (!text || !*text || strlen(text) > 2000)
		return false;
	while (*text) {
		size_t length = strcspn(text, " ()");

		if (*text == ' ') {
			length = 1;
		} else if (*text == '(' || *text == ')') {
			if (want_term != (*text == '('))
				return false;
			depth += *text == '(' ? 1 : -1;
			if (depth < 0)
				return false;
			length = 1;
		} else if (want_term) {
			if (!is_known_licence(text, length) && !is_reference(text, length))
				return false;
			want_term = false;
		} else {
			if (!(length == 3 && strncmp(text, "AND", 3) == 0) &&
				!(length == 2 && strncmp(text, "OR", 2) == 0))
				return false;
			want_term = true;
		}
		text += length;
	}
	return !want_term && depth == 0;
}

static void add_part(const struct facts *facts, struct sbom_parts *parts, uint32_t index)
{
	const struct package *package = &facts->in->packages->package[index];
	cln_owned(cln_drop_mem) char *purl = package_purl_new(facts->in->packages, package);
	struct sbom_part *part = &CLN_PUSH(parts->part, parts->count, parts->room);
	cln_owned(cln_drop_mem) char *id = cln_format("%s-%s-%s%s%s", kind_names[package->kind],
		package->name, package->version, package->arch ? "-" : "",
		package->arch ? package->arch : "");

	part->id = clean_id(parts->arena, id);
	part->package = index;
	part->name = package->name;
	part->version = package->version;
	part->purl = cln_arena_strdup(parts->arena, purl);
	if (sbom_is_expression(package->licence))
		part->licence = package->licence;
	else
		part->licence_text = package->licence;
	/* The digest of a file that only names a package is not the package's. */
	if (package->where != TREE_NONE && facts->package[index].files == 1 &&
		facts->in->packages->owner[package->where] == index) {
		cln_owned(cln_drop_mem) char *hash =
			sums_sha256_new(facts->in->tree, package->where);

		part->sha256 = hash ? cln_arena_strdup(parts->arena, hash) : NULL;
	}
}

static void add_own(const struct facts *facts, const struct docs *docs, struct sbom_parts *parts)
{
	if (facts->application.remains)
		CLN_PUSH(parts->part, parts->count, parts->room) = (struct sbom_part){
			.id = cln_arena_strdup(parts->arena, SBOM_APPLICATION),
			.package = PACKAGE_NONE,
			.name = cln_arena_format(parts->arena, "%s-application-files", facts->name),
			.version = facts->in->source,
		};
	CLN_PUSH(parts->part, parts->count, parts->room) = (struct sbom_part){
		.id = cln_arena_strdup(parts->arena, SBOM_INIT),
		.package = PACKAGE_NONE,
		.name = "clnimg-init",
		.version = CLN_VERSION,
		.purl = "pkg:generic/clnimg-init@" CLN_VERSION,
		.sha256 = facts->in->init_sha256,
		.licence = "Apache-2.0",
	};
	if (sbom_has_generated(facts, docs))
		CLN_PUSH(parts->part, parts->count, parts->room) = (struct sbom_part){
			.id = cln_arena_strdup(parts->arena, SBOM_GENERATED),
			.package = PACKAGE_NONE,
			.name = cln_arena_format(parts->arena, "%s-generated-files", facts->name),
			.version = CLN_VERSION,
		};
}

static int by_id(const void *left, const void *right)
{
	const struct sbom_part *a = left, *b = right;
	int r = strcmp(a->id, b->id);

	return r ? r : a->package < b->package ? -1 : a->package > b->package;
}

void sbom_parts_make(const struct facts *facts, const struct docs *docs, struct sbom_parts *out)
{
	size_t run = 0;

	*out = (struct sbom_parts){ .arena = cln_arena_new() };
	for (uint32_t i = 0; i < facts->in->packages->count; i++)
		if (facts->package[i].remains)
			add_part(facts, out, i);
	add_own(facts, docs, out);
	qsort(out->part, out->count, sizeof(*out->part), by_id);
	for (size_t i = 1; i < out->count; i++) { /* one name twice: the second is -2 */
		const char *first = out->part[i - run - 1].id;

		run = strcmp(out->part[i].id, first) == 0 ? run + 1 : 0;
		if (run)
			out->part[i].id = cln_arena_format(out->arena, "%s--%zu", first, run + 1);
	}
	sbom_files_make(facts, docs, out);
}

void sbom_parts_release(struct sbom_parts *parts)
{
	free(parts->part);
	free(parts->file);
	docs_sums_free(parts->own_sums);
	cln_arena_free(parts->arena);
}

static bool meets(const struct facts *facts, const struct sbom_part *part, enum package_kind kind,
	const char *name)
{
	const struct package *package;

	if (part->package == PACKAGE_NONE)
		return false;
	package = &facts->in->packages->package[part->package];
	return package->kind == kind && strcmp(package->name, name) == 0;
}

size_t *sbom_depends_new(
	const struct facts *facts, const struct sbom_parts *parts, size_t index, size_t *count)
{
	uint32_t own = parts->part[index].package;
	const struct package *package;
	size_t *list = NULL, room = 0;

	*count = 0;
	if (own == PACKAGE_NONE)
		return NULL;
	package = &facts->in->packages->package[own];
	for (size_t i = 0; i < parts->count; i++)
		for (const char *const *name = package->depends; i != index && *name; name++)
			if (meets(facts, &parts->part[i], package->kind, *name)) {
				CLN_PUSH(list, *count, room) = i;
				break;
			}
	return list;
}
