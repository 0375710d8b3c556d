// SPDX-License-Identifier: Apache-2.0
/* fuzz-script.c - "value NUL script": any text ends, whatever it refers to. */
#include "common/mem.h"
#include "packager/plan/script.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct template_var var[] = { { "A", "a", false }, { "PATH", "/bin", false } };
	static const struct template_vars vars = { var, CLN_COUNT(var) };
	char *copy = cln_alloc(size + 2);
	struct cln_buf word = { 0 };

	memcpy(copy, data, size);
	size_t skip = CLN_MIN(strlen(copy) + 1, size);
	struct script script = { copy + skip, size - skip, &vars };

	script_assigns(&script, "A", copy, &word);
	script_assigns(&script, "b", copy, &word);
	script_explains(&script, copy, &word);
	script_mentions(&script, "b");
	cln_buf_release(&word);
	free(copy);
	return 0;
}
