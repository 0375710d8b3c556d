// SPDX-License-Identifier: Apache-2.0
/* CycloneDX 1.6 as JSON (cyclonedx.org/docs/1.6/json). */
#include "packager/docs/sbom.h"

#include "common/mem.h"

#include <string.h>

static void add_property(json_t *list, const char *name, const char *value)
{
	json_t *property = json_object();

	if (!value) {
		json_decref(property);
		return;
	}
	cln_json_set_str(property, "name", name);
	cln_json_set_str(property, "value", value);
	json_array_append_new(list, property);
}

static void add_numbers(json_t *list, const struct package_fact *fact)
{
	cln_owned(cln_drop_mem) char *files = cln_format("%u of %u", fact->files_kept, fact->files);

	add_property(list, "clnimg:files", files);
	if (fact->files_kept < fact->files)
		add_property(list, "clnimg:partial", "true");
}

/* What the package's record says beyond the fields of CycloneDX; src_name and
 * src_version are the names that trivy gives them, so scanners find advisories
 * that are filed by source package. */
static json_t *properties(const struct facts *facts, const struct sbom_part *part)
{
	json_t *list = json_array();
	char path[4096];

	add_property(list, "clnimg:verification-code", part->code);
	if (part->package == PACKAGE_NONE) {
		if (strcmp(part->id, SBOM_APPLICATION) == 0)
			add_numbers(list, &facts->application);
		return list;
	}
	const struct package *package = &facts->in->packages->package[part->package];

	add_numbers(list, &facts->package[part->package]);
	if (package->where != TREE_NONE)
		add_property(
			list, "clnimg:where", tree_path(facts->in->tree, package->where, path));
	if (package->kind <= PACKAGE_RPM) {
		add_property(list, "clnimg:source:name", package->source);
		add_property(list, "clnimg:source:version", package->source_version);
	}
	return list;
}

static void add_licence(json_t *component, const struct sbom_part *part)
{
	json_t *choice = json_object(), *list = json_array();

	if (part->licence) {
		cln_json_set_str(choice, "expression", part->licence);
	} else if (part->licence_text) {
		json_t *licence = json_object();

		cln_json_set_str(licence, "name", part->licence_text);
		json_object_set_new(choice, "license", licence);
	}
	if (json_object_size(choice)) {
		json_array_append(list, choice);
		json_object_set(component, "licenses", list);
	}
	json_decref(choice);
	json_decref(list);
}

static void add_hash(json_t *component, const char *sha256)
{
	json_t *hash = json_object(), *list = json_array();

	cln_json_set_str(hash, "alg", "SHA-256");
	cln_json_set_str(hash, "content", sha256);
	json_array_append_new(list, hash);
	json_object_set_new(component, "hashes", list);
}

/* supplier: {"name": "Debian ..."} from "Name <mail>" */
static void add_supplier(json_t *component, const char *maintainer)
{
	cln_owned(cln_drop_mem) char *name = NULL;
	json_t *supplier = json_object();
	size_t length = strcspn(maintainer, "<");

	while (length && maintainer[length - 1] == ' ')
		length--;
	name = cln_format("%.*s", (int)(length ? length : strlen(maintainer)), maintainer);
	cln_json_set_str(supplier, "name", name);
	json_object_set_new(component, "supplier", supplier);
}

static json_t *component(const struct facts *facts, const struct sbom_part *part)
{
	const struct package *package =
		part->package == PACKAGE_NONE ? NULL : &facts->in->packages->package[part->package];
	json_t *object = json_object(), *list;

	cln_json_set_str(object, "type", package ? "library" : "application");
	cln_json_set_str(object, "bom-ref", part->id);
	if (package ? package->maintainer != NULL : strcmp(part->id, SBOM_APPLICATION) != 0)
		add_supplier(object, package ? package->maintainer : "clnimg");
	cln_json_set_str(object, "name", part->name);
	cln_json_set_str(object, "version", part->version);
	if (part->sha256)
		add_hash(object, part->sha256);
	add_licence(object, part);
	cln_json_set_str(object, "purl", part->purl);
	list = properties(facts, part);
	if (json_array_size(list))
		json_object_set(object, "properties", list);
	json_decref(list);
	return object;
}

static json_t *system_component(const struct packages *packages)
{
	json_t *object = json_object();

	cln_json_set_str(object, "type", "operating-system");
	cln_json_set_str(object, "bom-ref", "operating-system");
	cln_json_set_str(object, "name", packages->distro_id);
	if (*packages->distro_version)
		cln_json_set_str(object, "version", packages->distro_version);
	return object;
}

/* On request: every file that is in the image, by path and digest. */
static void add_files(const struct sbom_parts *parts, json_t *components)
{
	for (size_t i = 0; i < parts->file_count; i++) {
		const struct sbom_file *file = &parts->file[i];
		cln_owned(cln_drop_mem) char *ref = cln_format("file:%s", file->path);
		json_t *object = json_object();
		struct sums_text sums;

		cln_json_set_str(object, "type", "file");
		cln_json_set_str(object, "bom-ref", ref);
		cln_json_set_str(object, "name", file->path);
		if (file->sum != SUMS_NONE) {
			sums_text(parts->sums, file->sum, &sums);
			add_hash(object, sums.sha256);
		}
		json_array_append_new(components, object);
	}
}

static json_t *dependencies(const struct facts *facts, const struct sbom_parts *parts)
{
	json_t *list = json_array(), *top = json_object(), *all = json_array();

	cln_json_set_str(top, "ref", "image");
	for (size_t i = 0; i < parts->count; i++)
		json_array_append_new(all, cln_json_text(parts->part[i].id));
	json_object_set_new(top, "dependsOn", all);
	json_array_append_new(list, top);
	for (size_t i = 0; i < parts->count; i++) {
		size_t count;
		cln_owned(cln_drop_mem) size_t *on = sbom_depends_new(facts, parts, i, &count);
		json_t *object = json_object(), *refs = json_array();

		for (size_t d = 0; d < count; d++)
			json_array_append_new(refs, cln_json_text(parts->part[on[d]].id));
		cln_json_set_str(object, "ref", parts->part[i].id);
		json_object_set_new(object, "dependsOn", refs);
		json_array_append_new(list, object);
	}
	return list;
}

static json_t *metadata(const struct facts *facts)
{
	cln_owned(cln_drop_mem) char *purl = facts_product_purl_new(facts);
	json_t *object = json_object(), *image = json_object(), *properties_list = json_array();
	json_t *tool = json_pack("{s:s,s:s,s:s}", "type", "application", "name", "clnimg-pack",
		"version", CLN_VERSION);

	cln_json_set_str(object, "timestamp", facts->created);
	json_object_set_new(object, "tools", json_pack("{s:[o]}", "components", tool));
	cln_json_set_str(image, "type", "container");
	cln_json_set_str(image, "bom-ref", "image");
	cln_json_set_str(image, "name", facts->name);
	cln_json_set_str(image, "version", facts->version);
	cln_json_set_str(image, "purl", purl);
	add_property(properties_list, "clnimg:source:digest", facts->in->source);
	add_property(properties_list, "clnimg:digest", facts->in->prod_digest);
	json_object_set_new(image, "properties", properties_list);
	json_object_set_new(object, "component", image);
	return object;
}

void cdx_add(const struct facts *facts, const struct sbom_parts *parts, const char *name,
	struct docs *docs)
{
	cln_owned(cln_json_drop) json_t *document = json_object();
	cln_owned(cln_drop_mem) char *seed = NULL, *uuid = NULL, *urn = NULL;
	json_t *components = json_array();

	cln_json_set_str(document, "$schema", "http://cyclonedx.org/schema/bom-1.6.schema.json");
	cln_json_set_str(document, "bomFormat", "CycloneDX");
	cln_json_set_str(document, "specVersion", "1.6");
	cln_json_set_str(document, "serialNumber", "");
	json_object_set_new(document, "version", json_integer(1));
	json_object_set_new(document, "metadata", metadata(facts));
	if (*facts->in->packages->distro_id)
		json_array_append_new(components, system_component(facts->in->packages));
	for (size_t i = 0; i < parts->count; i++)
		json_array_append_new(components, component(facts, &parts->part[i]));
	if (facts->in->sbom_files)
		add_files(parts, components);
	json_object_set_new(document, "components", components);
	json_object_set_new(document, "dependencies", dependencies(facts, parts));
	seed = cln_json_compact_new(document);
	uuid = facts_uuid_new(seed);
	urn = cln_format("urn:uuid:%s", uuid);
	cln_json_set_str(document, "serialNumber", urn);
	facts_add_json(docs, name, document);
}
