// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/docs.h"

#include "common/mem.h"
#include "packager/docs/facts.h"
#include "packager/docs/kube.h"
#include "packager/docs/report.h"
#include "packager/docs/runtime.h"
#include "packager/docs/sbom.h"

#include <string.h>

void docs_add(struct docs *docs, const char *name, char *take_data, size_t size)
{
	CLN_PUSH(docs->doc, docs->count, docs->room) =
		(struct doc){ .name = cln_strdup(name), .data = take_data, .size = size };
}

void docs_release(struct docs *docs)
{
	for (size_t i = 0; i < docs->count; i++) {
		free(docs->doc[i].name);
		free(docs->doc[i].data);
	}
	free(docs->doc);
	*docs = (struct docs){ 0 };
}

/* Scanners find a bill of materials in an image by its name's end. */
static void inside_sboms(const struct facts *facts, struct docs *out)
{
	cln_owned(cln_drop_mem) char *spdx = NULL, *cdx = NULL;
	cln_owned(cln_drop_mem) char *name = cln_strdup(facts->name);
	struct sbom_parts parts;

	for (char *at = name; *at; at++)
		if (*at == '/')
			*at = '-';
	spdx = cln_format(SBOM_INSIDE "/%s.spdx.json", name);
	cdx = cln_format(SBOM_INSIDE "/%s.cdx.json", name);
	sbom_parts_make(facts, out, &parts);
	spdx_add(facts, &parts, spdx, out);
	cdx_add(facts, &parts, cdx, out);
	sbom_parts_release(&parts);
}

int docs_inside(const struct docs_input *in, struct docs *out, struct cln_err *err)
{
	struct facts facts;
	int r;

	facts_make(in, &facts);
	r = records_add(&facts, out, err);
	if (r == 0) {
		inside_sboms(&facts, out);
	}
	facts_release(&facts);
	return r;
}

/* Hands over what a document function has made: one or several. */
static int hand_over(struct docs *docs, docs_take *take, void *context, struct cln_err *err)
{
	int r = 0;

	for (size_t i = 0; i < docs->count && r >= 0; i++)
		r = take(context, &docs->doc[i], err);
	docs_release(docs);
	return r;
}

static void sboms_add(const struct facts *facts, struct docs *docs)
{
	struct sbom_parts parts;

	sbom_parts_make(facts, NULL, &parts);
	spdx_add(facts, &parts, "sbom.spdx.json", docs);
	cdx_add(facts, &parts, "sbom.cdx.json", docs);
	sbom_parts_release(&parts);
}

int docs_each(const struct docs_input *in, docs_take *take, void *context, struct cln_err *err)
{
	static void (*const documents[])(const struct facts *, struct docs *) = { runtime_add,
		kube_add, kube_policy_add, compose_add, quadlet_add, debug_add, report_add,
		report_html_add, run_args_add, seccomp_add, bundle_add, vex_add, provenance_add,
		sboms_add };
	struct facts facts;
	int r = 0;

	facts_make(in, &facts);
	for (size_t i = 0; i < CLN_COUNT(documents) && r >= 0; i++) {
		struct docs made = { 0 };

		documents[i](&facts, &made);
		r = hand_over(&made, take, context, err);
	}
	facts_release(&facts);
	return r;
}

static int gather(void *context, const void *data, size_t size, struct cln_err *err)
{
	(void)err;
	cln_buf_add(context, data, size);
	return 0;
}

static int collect(void *context, struct doc *doc, struct cln_err *err)
{
	cln_owned(cln_buf_release) struct cln_buf whole = { 0 };
	size_t size;

	if (doc->data) {
		docs_add(context, doc->name, cln_steal(&doc->data), doc->size);
		return 0;
	}
	if (doc_write(doc, gather, &whole, err) < 0)
		return -err->code;
	size = whole.size;
	docs_add(context, doc->name, cln_buf_steal(&whole), size);
	return 0;
}

int docs_beside(const struct docs_input *in, struct docs *out, struct cln_err *err)
{
	return docs_each(in, collect, out, err);
}
