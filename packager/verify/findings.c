/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/findings.h"

void findings_init(struct findings *findings)
{
	*findings = (struct findings){ .arena = cln_arena_new() };
}

void findings_release(struct findings *findings)
{
	cln_arena_free(findings->arena);
	free(findings->finding);
	*findings = (struct findings){};
}

static const char *keep_text(struct findings *findings, const char *text)
{
	return text ? cln_arena_strdup(findings->arena, text) : NULL;
}

void findings_add(struct findings *findings, const struct finding *finding)
{
	CLN_PUSH(findings->finding, findings->count, findings->room) = (struct finding){
		.level = finding->level,
		.check = finding->check,
		.path = keep_text(findings, finding->path),
		.program = keep_text(findings, finding->program),
		.text = keep_text(findings, finding->text),
		.fix = keep_text(findings, finding->fix),
		.include = keep_text(findings, finding->include),
	};
}

/* Insertion sort: stable, and there are few. */
void findings_sort(struct findings *findings)
{
	for (size_t i = 1; i < findings->count; i++) {
		struct finding moved = findings->finding[i];
		size_t at = i;

		for (; at > 0 && findings->finding[at - 1].level > moved.level; at--)
			findings->finding[at] = findings->finding[at - 1];
		findings->finding[at] = moved;
	}
}

size_t findings_at(const struct findings *findings, enum finding_level level)
{
	size_t count = 0;

	for (size_t i = 0; i < findings->count; i++)
		count += findings->finding[i].level == level;
	return count;
}

const char *finding_level_name(enum finding_level level)
{
	static const char *const names[] = { "policy", "broken", "missed", "note" };

	return names[level];
}

json_t *findings_json(const struct findings *findings)
{
	json_t *array = json_array();

	for (size_t i = 0; i < findings->count; i++) {
		const struct finding *finding = &findings->finding[i];
		json_t *object = json_object();

		cln_json_set_str(object, "level", finding_level_name(finding->level));
		cln_json_set_str(object, "check", finding->check);
		cln_json_set_str(object, "path", finding->path);
		cln_json_set_str(object, "program", finding->program);
		cln_json_set_str(object, "text", finding->text);
		cln_json_set_str(object, "fix", finding->fix);
		cln_json_set_str(object, "include", finding->include);
		json_array_append_new(array, object);
	}
	return array;
}
