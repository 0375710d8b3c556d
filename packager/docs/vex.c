// SPDX-License-Identifier: Apache-2.0
/*
 * OpenVEX 0.2.0: packages of the source image of which nothing remains.
 *
 * OpenVEX wants a vulnerability in every statement, and knows none that stands
 * for all. Where no scan names them, the statement names "*" and says in words
 * what it means; tools that match by identifier pass over it, people and the
 * report do not. With no removed package there is no statement and no document.
 */
#include "packager/docs/sbom.h"

#include "common/mem.h"

#include <string.h>

static json_t *vulnerability(void)
{
	json_t *object = json_object();

	cln_json_set_str(object, "name", "*");
	cln_json_set_str(object, "description",
		"Every vulnerability of this component: none of its files is in the product.");
	return object;
}

static json_t *product(const char *product_purl, const char *removed_purl)
{
	return json_pack(
		"{s:s,s:[{s:s}]}", "@id", product_purl, "subcomponents", "@id", removed_purl);
}

static json_t *statement(const struct facts *facts, uint32_t index, const char *product_purl)
{
	const struct packages *packages = facts->in->packages;
	cln_owned(cln_drop_mem) char *purl = package_purl_new(packages, &packages->package[index]);
	cln_owned(cln_drop_mem) char *notes = cln_format(
		"None of the %u files that %s has in the source image is in the product.",
		facts->package[index].files, packages->package[index].name);
	json_t *object = json_object(), *products = json_array();

	json_array_append_new(products, product(product_purl, purl));
	json_object_set_new(object, "vulnerability", vulnerability());
	json_object_set_new(object, "products", products);
	cln_json_set_str(object, "status", "not_affected");
	cln_json_set_str(object, "status_notes", notes);
	cln_json_set_str(object, "justification", "component_not_present");
	return object;
}

/* A package of which another installation remains is not absent. */
static bool is_absent(const struct facts *facts, uint32_t index)
{
	const struct packages *packages = facts->in->packages;
	cln_owned(cln_drop_mem) char *purl = NULL;

	if (facts->package[index].remains)
		return false;
	purl = package_purl_new(packages, &packages->package[index]);
	for (uint32_t i = 0; i < packages->count; i++) {
		cln_owned(cln_drop_mem) char *other = NULL;

		if (!facts->package[i].remains && i >= index)
			continue;
		if (i == index || packages->package[i].kind != packages->package[index].kind ||
			strcmp(packages->package[i].name, packages->package[index].name) != 0)
			continue;
		other = package_purl_new(packages, &packages->package[i]);
		if (strcmp(other, purl) == 0)
			return false; /* there, or stated already */
	}
	return true;
}

void vex_add(const struct facts *facts, struct docs *docs)
{
	cln_owned(cln_json_drop) json_t *document = json_object();
	cln_owned(cln_drop_mem) char *purl = facts_product_purl_new(facts);
	cln_owned(cln_drop_mem) char *seed = NULL, *uuid = NULL, *id = NULL;
	json_t *statements = json_array();

	for (uint32_t i = 0; i < facts->in->packages->count; i++)
		if (is_absent(facts, i))
			json_array_append_new(statements, statement(facts, i, purl));
	cln_json_set_str(document, "@context", "https://openvex.dev/ns/v0.2.0");
	cln_json_set_str(document, "@id", "");
	cln_json_set_str(document, "author", "clnimg-pack " CLN_VERSION);
	cln_json_set_str(document, "role", "image builder");
	cln_json_set_str(document, "timestamp", facts->created);
	json_object_set_new(document, "version", json_integer(1));
	cln_json_set_str(document, "tooling", "clnimg-pack " CLN_VERSION);
	json_object_set_new(document, "statements", statements);
	if (!json_array_size(statements))
		return;
	seed = cln_json_compact_new(document);
	uuid = facts_uuid_new(seed);
	id = cln_format("https://openvex.dev/docs/public/vex-%s", uuid);
	cln_json_set_str(document, "@id", id);
	facts_add_json(docs, "vex.openvex.json", document);
}
