// SPDX-License-Identifier: Apache-2.0
/*
 * OpenVEX 0.2.0: packages of the source image that production does not have.
 *
 * OpenVEX wants a vulnerability in every statement, and knows none that stands
 * for all. A scan of the source image (--vex-scan) names them; without one the
 * statement names "*" and says in words what it means; tools that match by
 * identifier pass over that, people and the report do not. Without a statement
 * there is no document.
 */
#include "packager/docs/scan.h"

#include "common/mem.h"

#include <string.h>

#define ABSENT "component_not_present"
#define UNUSED "vulnerable_code_not_in_execute_path"

struct vex {
	const struct facts *facts;
	bool *used; /* per package; NULL unless asked for */
	json_t *statements;
	char *product;
};

static json_t *any_vulnerability(void)
{
	json_t *object = json_object();

	cln_json_set_str(object, "name", "*");
	cln_json_set_str(object, "description", "Every vulnerability of this component.");
	return object;
}

static json_t *named(const char *id)
{
	json_t *object = json_object();

	cln_json_set_str(object, "name", id);
	return object;
}

static void state(struct vex *vex, uint32_t index, json_t *take_vulnerability, const char *why)
{
	const struct packages *packages = vex->facts->in->packages;
	const struct package_fact *fact = &vex->facts->package[index];
	cln_owned(cln_drop_mem) char *purl = package_purl_new(packages, &packages->package[index]);
	cln_owned(cln_drop_mem) char *notes = NULL;
	json_t *object = json_object();

	if (strcmp(why, ABSENT) == 0)
		notes = cln_format(
			"None of the %u files that it has in the source image is in the product.",
			fact->files);
	else
		notes = cln_format(
			"%u of its %u files are in the product; no test run read, executed or "
			"mapped any of them.",
			fact->files_kept, fact->files);
	json_object_set_new(object, "vulnerability", take_vulnerability);
	json_object_set_new(object, "products",
		json_pack("[{s:s,s:[{s:s}]}]", "@id", vex->product, "subcomponents", "@id", purl));
	cln_json_set_str(object, "status", "not_affected");
	cln_json_set_str(object, "status_notes", notes);
	cln_json_set_str(object, "justification", why);
	json_array_append_new(vex->statements, object);
}

/* Same kind, name and version: to a scanner, one component. */
static bool same_component(const struct package *a, const struct package *b)
{
	return a->kind == b->kind && strcmp(a->name, b->name) == 0 &&
	       strcmp(a->version, b->version) == 0 &&
	       strcmp(a->arch ? a->arch : "", b->arch ? b->arch : "") == 0;
}

/* What can be said of it: ABSENT, UNUSED or nothing. Of a component that is
 * there twice, only the first speaks, and only where the other is gone too. */
static const char *justification(const struct vex *vex, uint32_t index)
{
	const struct packages *packages = vex->facts->in->packages;
	bool remains = false, used = false;

	for (uint32_t i = 0; i < packages->count; i++) {
		if (!same_component(&packages->package[i], &packages->package[index]))
			continue;
		if (i < index)
			return NULL;
		remains |= vex->facts->package[i].remains;
		used |= !vex->used || vex->used[i];
	}
	return !remains ? ABSENT : !used ? UNUSED : NULL;
}

/* Which packages any exec of production's roles read, executed or mapped a file
 * of. A language package's code is read, not executed: reading counts as use. */
static bool *used_new(const struct facts *facts)
{
	const struct docs_input *in = facts->in;
	bool *used = cln_alloc(in->packages->count + 1);
	cln_owned(cln_drop_mem) struct tree_walk *walk = cln_alloc(sizeof(*walk));

	for (size_t i = 0; i < in->trace->file_count; i++) {
		const struct cln_trace_file *file = &in->trace->file[i];
		const char *path = file->target ? file->target : file->path;

		if (file->root != in->root || !(file->access & (CLN_READ | CLN_EXEC | CLN_MAP)) ||
			tree_resolve(in->tree, path, true, walk) == TREE_NONE)
			continue;
		if (in->packages->owner[walk->end] != PACKAGE_NONE)
			used[in->packages->owner[walk->end]] = true;
	}
	return used;
}

static void state_all(struct vex *vex)
{
	const struct docs_input *in = vex->facts->in;
	cln_owned(cln_drop_mem) struct scan_match *match = NULL;
	size_t count = in->scan ? scan_matches(in->scan, in->packages, &match) : 0;

	for (uint32_t i = 0; i < in->packages->count; i++) {
		const char *why = justification(vex, i);

		if (why && !in->scan)
			state(vex, i, any_vulnerability(), why);
		for (size_t m = 0; why && m < count; m++)
			if (match[m].package == i)
				state(vex, i, named(match[m].id), why);
	}
}

static json_t *document(const struct vex *vex)
{
	json_t *object = json_object();
	cln_owned(cln_drop_mem) char *seed = NULL, *uuid = NULL, *id = NULL;

	cln_json_set_str(object, "@context", "https://openvex.dev/ns/v0.2.0");
	cln_json_set_str(object, "@id", "");
	cln_json_set_str(object, "author", "clnimg-pack " CLN_VERSION);
	cln_json_set_str(object, "role", "image builder");
	cln_json_set_str(object, "timestamp", vex->facts->created);
	json_object_set_new(object, "version", json_integer(1));
	cln_json_set_str(object, "tooling", "clnimg-pack " CLN_VERSION);
	json_object_set(object, "statements", vex->statements);
	seed = cln_json_compact_new(object);
	uuid = facts_uuid_new(seed);
	id = cln_format("https://openvex.dev/docs/public/vex-%s", uuid);
	cln_json_set_str(object, "@id", id);
	return object;
}

void vex_add(const struct facts *facts, struct docs *docs)
{
	struct vex vex = {
		.facts = facts,
		.used = facts->in->vex_unused ? used_new(facts) : NULL,
		.statements = json_array(),
		.product = facts_product_purl_new(facts),
	};

	state_all(&vex);
	if (json_array_size(vex.statements)) {
		cln_owned(cln_json_drop) json_t *made = document(&vex);

		facts_add_json(docs, "vex.openvex.json", made);
	}
	json_decref(vex.statements);
	free(vex.product);
	free(vex.used);
}
