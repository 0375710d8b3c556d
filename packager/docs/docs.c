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
		(struct doc){ cln_strdup(name), take_data, size };
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

int docs_beside(const struct docs_input *in, struct docs *out, struct cln_err *err)
{
	static void (*const documents[])(const struct facts *, struct docs *) = { runtime_add,
		kube_add, kube_policy_add, compose_add, quadlet_add, debug_add, report_add,
		report_html_add, run_args_add, seccomp_add, bundle_add, vex_add, provenance_add };
	struct sbom_parts parts;
	struct facts facts;

	(void)err;
	facts_make(in, &facts);
	for (size_t i = 0; i < CLN_COUNT(documents); i++)
		documents[i](&facts, out);
	sbom_parts_make(&facts, NULL, &parts);
	spdx_add(&facts, &parts, "sbom.spdx.json", out);
	cdx_add(&facts, &parts, "sbom.cdx.json", out);
	sbom_parts_release(&parts);
	facts_release(&facts);
	return 0;
}
