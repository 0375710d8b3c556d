/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/report.h"

#include "common/buf.h"
#include "common/log.h"

#define TEXT_FINDINGS 20 /* people read the first ones; JSON has all */

static const char *outcome(const struct verdict *verdict)
{
	switch (verdict->status) {
	case CLN_EXIT_DONE:
		return verdict->tested ? "verified: the image keeps its policy and passes its tests"
				       : "verified: the image keeps its policy; no tests were run";
	case CLN_EXIT_POLICY:
		return "refused: the image does not keep what it promises";
	default:
		return "failed: the tests do not pass against the image";
	}
}

static void add_finding(struct cln_buf *text, const struct finding *finding)
{
	cln_buf_addf(text, "%s: %s: ", finding_level_name(finding->level), finding->check);
	cln_buf_add_shown(text, finding->text);
	cln_buf_addc(text, '\n');
	if (!finding->fix)
		return;
	cln_buf_adds(text, "    fix: ");
	cln_buf_add_shown(text, finding->fix);
	cln_buf_addc(text, '\n');
}

char *report_text_new(const struct verdict *verdict)
{
	const struct findings *findings = verdict->findings;
	struct cln_buf text = {};
	size_t shown = CLN_MIN(findings->count, (size_t)TEXT_FINDINGS);
	char size[16];

	if (verdict->why)
		cln_buf_addf(&text, "%s\n", verdict->why);
	for (size_t i = 0; i < shown; i++)
		add_finding(&text, &findings->finding[i]);
	if (shown < findings->count)
		cln_buf_addf(
			&text, "(and %zu more: --report FILE has all)\n", findings->count - shown);
	cln_buf_addf(&text, "%s: %s, %u files, %u executables, %u packages\n", verdict->image,
		cln_bytes_text(verdict->facts->size_bytes, size), verdict->facts->files,
		verdict->facts->executables, verdict->facts->packages);
	cln_buf_addf(&text, "%s\n", outcome(verdict));
	return cln_buf_steal(&text);
}

char *report_json_new(const struct verdict *verdict)
{
	static const char *const outcomes[] = { [CLN_EXIT_DONE] = "verified",
		[CLN_EXIT_FAILED] = "tests-failed",
		[CLN_EXIT_POLICY] = "policy" };
	cln_owned(cln_json_drop) json_t *json = json_object();
	const struct facts *facts = verdict->facts;

	cln_json_set_str(json, "schema", "clnimg.verify/1");
	cln_json_set_str(json, "image", verdict->image);
	cln_json_set_str(json, "digest", verdict->digest);
	cln_json_set_str(json, "outcome", outcomes[verdict->status]);
	json_object_set_new(json, "tested", json_boolean(verdict->tested));
	json_object_set_new(json, "passed", json_boolean(verdict->tested && verdict->passed));
	cln_json_set_str(json, "why", verdict->why);
	json_object_set_new(json, "facts",
		json_pack("{s:I,s:I,s:I,s:I,s:I}", "size_bytes", (json_int_t)facts->size_bytes,
			"files", (json_int_t)facts->files, "executables",
			(json_int_t)facts->executables, "setuid", (json_int_t)facts->setuid,
			"packages", (json_int_t)facts->packages));
	json_object_set_new(json, "findings", findings_json(verdict->findings));
	return cln_json_text_new(json);
}
