// SPDX-License-Identifier: Apache-2.0
/* SPDX 2.3 as JSON (spdx.github.io/spdx-spec/v2.3). */
#include "packager/docs/sbom.h"

#include "common/mem.h"

#include <stdio.h>
#include <string.h>

#define NOTHING "NOASSERTION"

struct spdx {
	const struct facts *facts;
	const struct sbom_parts *parts;
	json_t *packages, *relations, *licences; /* licences: by LicenseRef */
};

static void relate(struct spdx *spdx, const char *from, const char *type, const char *to)
{
	json_t *relation = json_object();

	cln_json_set_str(relation, "spdxElementId", from);
	cln_json_set_str(relation, "relationshipType", type);
	cln_json_set_str(relation, "relatedSpdxElement", to);
	json_array_append_new(spdx->relations, relation);
}

static void define_licence(struct spdx *spdx, const char *reference, const char *text)
{
	if (!json_object_get(spdx->licences, reference))
		cln_json_set_str(spdx->licences, reference, text);
}

/* Every LicenseRef of an expression must be defined in the document. */
static void define_references(struct spdx *spdx, const char *expression)
{
	for (const char *at = expression; (at = strstr(at, "LicenseRef-"));) {
		size_t length = strcspn(at, " ()");
		cln_owned(cln_drop_mem) char *reference = cln_format("%.*s", (int)length, at);
		cln_owned(cln_drop_mem) char *text =
			cln_format("%s, as the package's copyright file names it",
				strrchr(reference, '-') + 1);

		define_licence(spdx, reference, text);
		at += length;
	}
}

/* The declared licence; free text becomes a LicenseRef with that text. */
static char *licence_new(struct spdx *spdx, const struct sbom_part *part)
{
	char *reference;

	if (part->licence) {
		define_references(spdx, part->licence);
		return cln_strdup(part->licence);
	}
	if (!part->licence_text)
		return cln_strdup(NOTHING);
	reference = cln_format("LicenseRef-%.60s", part->licence_text);
	for (char *at = reference + 11; *at; at++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-",
			    *at))
			*at = '-';
	define_licence(spdx, reference, part->licence_text);
	return reference;
}

/* "Name <mail>" -> "Organization: Name (mail)" */
static char *supplier_new(const struct package *package)
{
	const char *who = package ? package->maintainer : "clnimg";
	const char *type = !package || package->kind <= PACKAGE_RPM ? "Organization" : "Person";
	const char *open = who ? strchr(who, '<') : NULL;
	int length;

	if (!who || !*who)
		return cln_strdup(NOTHING);
	length = (int)(open ? (size_t)(open - who) : strlen(who));
	while (length && who[length - 1] == ' ')
		length--;
	if (open && length)
		return cln_format("%s: %.*s (%.*s)", type, length, who, (int)strcspn(open + 1, ">"),
			open + 1);
	return cln_format("%s: %s", type, who);
}

static void add_purl(json_t *object, const char *purl)
{
	json_t *reference = json_object(), *list = json_array();

	cln_json_set_str(reference, "referenceCategory", "PACKAGE-MANAGER");
	cln_json_set_str(reference, "referenceType", "purl");
	cln_json_set_str(reference, "referenceLocator", purl);
	json_array_append_new(list, reference);
	json_object_set_new(object, "externalRefs", list);
}

static void add_checksum(json_t *object, const char *sha256)
{
	json_t *sum = json_object(), *list = json_array();

	cln_json_set_str(sum, "algorithm", "SHA256");
	cln_json_set_str(sum, "checksumValue", sha256);
	json_array_append_new(list, sum);
	json_object_set_new(object, "checksums", list);
}

static json_t *package_object(const char *id, const char *name, const char *version)
{
	json_t *object = json_object();

	cln_json_set_str(object, "SPDXID", id);
	cln_json_set_str(object, "name", name);
	cln_json_set_str(object, "versionInfo", version);
	cln_json_set_str(object, "downloadLocation", NOTHING);
	json_object_set_new(object, "filesAnalyzed", json_false());
	return object;
}

/* Where the files are listed, the code that SPDX wants (7.9). Without them SPDX wants neither
 * code nor analysed files, so an annotation says what the files add up to. */
static void add_code(const struct spdx *spdx, const struct sbom_part *part, json_t *object)
{
	cln_owned(cln_drop_mem) char *text = NULL;

	if (!part->code)
		return;
	if (spdx->facts->in->sbom_files) {
		json_object_set_new(object, "filesAnalyzed", json_true());
		json_object_set_new(object, "packageVerificationCode",
			json_pack("{s:s}", "packageVerificationCodeValue", part->code));
		json_object_set_new(object, "licenseInfoFromFiles", json_pack("[s]", NOTHING));
		return;
	}
	text = cln_format("packageVerificationCode of its %zu files in the image: %s",
		part->file_count, part->code);
	json_object_set_new(object, "annotations",
		json_pack("[{s:s,s:s,s:s,s:s}]", "annotationDate", spdx->facts->created,
			"annotationType", "OTHER", "annotator", "Tool: clnimg-pack-" CLN_VERSION,
			"comment", text));
}

static void describe(const struct facts *facts, const struct sbom_part *part,
	const struct package *package, json_t *object)
{
	const struct package_fact *fact;
	cln_owned(cln_drop_mem) char *text = NULL;

	if (!package) {
		if (strcmp(part->id, SBOM_APPLICATION) == 0)
			text = cln_format(
				"%u files that no package owns", facts->application.files_kept);
		else if (strcmp(part->id, SBOM_GENERATED) == 0)
			text = cln_format("%zu files that clnimg-pack wrote: configuration of the "
					  "init, records, documents",
				part->file_count);
		if (text)
			cln_json_set_str(object, "comment", text);
		return;
	}
	fact = &facts->package[part->package];
	if (package->homepage && strncmp(package->homepage, "http", 4) == 0 &&
		!strpbrk(package->homepage, " \"<>\\^`{|}"))
		cln_json_set_str(object, "homepage", package->homepage);
	if (package->source) {
		text = cln_format("built from the source package %s %s", package->source,
			package->source_version ? package->source_version : package->version);
		cln_json_set_str(object, "sourceInfo", text);
	}
	if (facts_partial(facts, part->package)) {
		cln_owned(cln_drop_mem) char *partial =
			cln_format("partial: %u of its %u files are in the image", fact->files_kept,
				fact->files);

		cln_json_set_str(object, "comment", partial);
	}
}

static void add_part(struct spdx *spdx, const struct sbom_part *part)
{
	const struct package *package =
		part->package == PACKAGE_NONE ? NULL
					      : &spdx->facts->in->packages->package[part->package];
	cln_owned(cln_drop_mem) char *id = cln_format("SPDXRef-%s", part->id);
	cln_owned(cln_drop_mem) char *licence = licence_new(spdx, part);
	cln_owned(cln_drop_mem) char *supplier = strcmp(part->id, SBOM_APPLICATION) == 0
							 ? cln_strdup(NOTHING)
							 : supplier_new(package);
	json_t *object = package_object(id, part->name, part->version);

	cln_json_set_str(object, "supplier", supplier);
	cln_json_set_str(object, "licenseConcluded", NOTHING);
	cln_json_set_str(object, "licenseDeclared", licence);
	cln_json_set_str(object, "copyrightText", NOTHING);
	cln_json_set_str(object, "primaryPackagePurpose", package ? "LIBRARY" : "APPLICATION");
	if (part->sha256)
		add_checksum(object, part->sha256);
	if (part->purl)
		add_purl(object, part->purl);
	describe(spdx->facts, part, package, object);
	add_code(spdx, part, object);
	json_array_append_new(spdx->packages, object);
	relate(spdx, "SPDXRef-Image", "CONTAINS", id);
}

static void add_image(struct spdx *spdx)
{
	const struct facts *facts = spdx->facts;
	cln_owned(cln_drop_mem) char *purl = facts_product_purl_new(facts);
	json_t *object = package_object("SPDXRef-Image", facts->name, facts->version);
	const char *digest = facts->in->prod_digest;

	cln_json_set_str(object, "supplier", NOTHING);
	cln_json_set_str(object, "licenseConcluded", NOTHING);
	cln_json_set_str(object, "licenseDeclared", NOTHING);
	cln_json_set_str(object, "copyrightText", NOTHING);
	cln_json_set_str(object, "primaryPackagePurpose", "CONTAINER");
	if (digest && strncmp(digest, "sha256:", 7) == 0)
		add_checksum(object, digest + 7);
	add_purl(object, purl);
	json_array_append_new(spdx->packages, object);
	relate(spdx, "SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-Image");
}

static void add_depends(struct spdx *spdx)
{
	for (size_t i = 0; i < spdx->parts->count; i++) {
		size_t count;
		cln_owned(cln_drop_mem) size_t *on =
			sbom_depends_new(spdx->facts, spdx->parts, i, &count);
		cln_owned(cln_drop_mem) char *from =
			cln_format("SPDXRef-%s", spdx->parts->part[i].id);

		for (size_t d = 0; d < count; d++) {
			cln_owned(cln_drop_mem) char *to =
				cln_format("SPDXRef-%s", spdx->parts->part[on[d]].id);

			relate(spdx, from, "DEPENDS_ON", to);
		}
	}
}

static json_t *file_object(
	const struct sbom_parts *parts, const char *id, const struct sbom_file *file)
{
	cln_owned(cln_drop_mem) char *name = cln_format(".%s", file->path);
	json_t *object = json_object();
	struct sums_text sums;

	sums_text(parts->sums, file->sum, &sums);
	cln_json_set_str(object, "SPDXID", id);
	cln_json_set_str(object, "fileName", name);
	json_object_set_new(object, "checksums",
		json_pack("[{s:s,s:s},{s:s,s:s}]", "algorithm", "SHA1", "checksumValue", sums.sha1,
			"algorithm", "SHA256", "checksumValue", sums.sha256));
	cln_json_set_str(object, "licenseConcluded", NOTHING);
	json_object_set_new(object, "licenseInfoInFiles", json_pack("[s]", NOTHING));
	cln_json_set_str(object, "copyrightText", NOTHING);
	return object;
}

/* On request: every file that is in the image. One that cannot be read has no checksum, and
 * SPDX has no file without. */
static json_t *files(struct spdx *spdx)
{
	const struct sbom_parts *parts = spdx->parts;
	json_t *objects = json_array();

	for (size_t i = 0; i < parts->file_count; i++) {
		const struct sbom_file *file = &parts->file[i];
		cln_owned(cln_drop_mem) char *id = cln_format("SPDXRef-File-%zu", i);
		cln_owned(cln_drop_mem) char *from =
			cln_format("SPDXRef-%s", parts->part[file->part].id);

		if (file->sum == SUMS_NONE)
			continue;
		json_array_append_new(objects, file_object(parts, id, file));
		relate(spdx, from, "CONTAINS", id);
	}
	return objects;
}

static json_t *extracted(const struct spdx *spdx)
{
	json_t *list = json_array(), *text;
	const char *reference;

	json_object_foreach (spdx->licences, reference, text) {
		json_t *object = json_object();

		cln_json_set_str(object, "licenseId", reference);
		cln_json_set_str(object, "name", json_string_value(text));
		cln_json_set_str(object, "extractedText", json_string_value(text));
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *creation(const struct facts *facts)
{
	json_t *info = json_object(), *creators = json_array();

	json_array_append_new(creators, json_string("Tool: clnimg-pack-" CLN_VERSION));
	json_array_append_new(creators, json_string("Organization: clnimg"));
	cln_json_set_str(info, "created", facts->created);
	json_object_set_new(info, "creators", creators);
	return info;
}

/* The namespace is unique to the content: of it all but the namespace is hashed. */
static void set_namespace(json_t *document, const char *name)
{
	cln_owned(cln_drop_mem) char *seed = cln_json_compact_new(document);
	cln_owned(cln_drop_mem) char *uuid = facts_uuid_new(seed);
	cln_owned(cln_drop_mem) char *uri = NULL;
	cln_owned(cln_drop_mem) char *clean = cln_strdup(name);

	for (char *at = clean; *at; at++)
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_",
			    *at))
			*at = '-';
	uri = cln_format("https://spdx.org/spdxdocs/%s-%s", clean, uuid);
	cln_json_set_str(document, "documentNamespace", uri);
}

void spdx_add(const struct facts *facts, const struct sbom_parts *parts, const char *name,
	struct docs *docs)
{
	cln_owned(cln_json_drop) json_t *document = json_object();
	struct spdx spdx = { facts, parts, json_array(), json_array(), json_object() };

	cln_json_set_str(document, "spdxVersion", "SPDX-2.3");
	cln_json_set_str(document, "dataLicense", "CC0-1.0");
	cln_json_set_str(document, "SPDXID", "SPDXRef-DOCUMENT");
	cln_json_set_str(document, "name", facts->name);
	cln_json_set_str(document, "documentNamespace", "");
	json_object_set_new(document, "creationInfo", creation(facts));
	add_image(&spdx);
	for (size_t i = 0; i < parts->count; i++)
		add_part(&spdx, &parts->part[i]);
	add_depends(&spdx);
	if (facts->in->sbom_files)
		json_object_set_new(document, "files", files(&spdx));
	json_object_set_new(document, "packages", spdx.packages);
	json_object_set_new(document, "relationships", spdx.relations);
	if (json_object_size(spdx.licences))
		json_object_set_new(document, "hasExtractedLicensingInfos", extracted(&spdx));
	set_namespace(document, facts->name);
	facts_add_json(docs, name, document);
	json_decref(spdx.licences);
}
