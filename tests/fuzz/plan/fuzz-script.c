// SPDX-License-Identifier: Apache-2.0
/* fuzz-script.c - "value NUL script": any text ends, whatever it refers to. */
#include "common/mem.h"
#include "packager/plan/script.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct template_var var[] = { { "A", "a", false }, { "PATH", "/bin", false },
		{ "PW", "", true } };
	static const struct template_vars vars = { var, CLN_COUNT(var) };
	char *copy = cln_alloc(size + 2);
	struct cln_arena *arena = cln_arena_new();
	struct cln_buf word = { 0 };
	struct script_pass pass;
	struct script_file file;
	const char *at = NULL;

	memcpy(copy, data, size);
	size_t skip = CLN_MIN(strlen(copy) + 1, size);
	struct script script = { copy + skip, size - skip, &vars };

	script_assigns(&script, "A", copy, &word);
	script_assigns(&script, "b", copy, &word);
	script_explains(&script, "x", copy, &word);
	script_mentions(&script, "b");
	script_sources(&script, copy);
	struct script_standard own[SCRIPT_FILE_NAMES];

	script_standards(&script, arena, own);
	for (int i = 0; i < 64 && script_next_pass(&script, &at, arena, &pass); i++)
		;
	cln_arena_free(arena);
	if (script_spells(&script, "/f", copy, &file))
		script_file_release(&file);
	script_feeds(&script, (const char *const[]){ "a", "x", NULL });
	script_starts(&script,
		&(struct script_started){ (const char *const[]){ "a", copy, NULL },
			(const char *const[]){ copy, NULL } },
		&word);
	cln_buf_release(&word);
	free(copy);
	return 0;
}
