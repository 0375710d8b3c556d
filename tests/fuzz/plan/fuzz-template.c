// SPDX-License-Identifier: Apache-2.0
/*
 * fuzz-template.c - "value NUL template NUL content": what is explained or
 * derived must render to the very content.
 */
#include "common/mem.h"
#include "packager/plan/template.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must_render(const struct cln_buf *text, const struct template_vars *vars,
	const struct template_match *match, const struct cln_buf *content)
{
	struct cln_buf out = { 0 };

	template_render(text, vars, match, &out);
	if (out.size != content->size ||
		(out.size && memcmp(out.data, content->data, out.size) != 0))
		abort();
	cln_buf_release(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *copy = cln_alloc(size + 3);
	char *value = copy, *text, *content;

	memcpy(copy, data, size);
	text = value + strlen(value) + 1;
	content = text > copy + size ? copy + size : text + strlen(text) + 1;
	if (text > copy + size)
		text = copy + size;
	if (content > copy + size)
		content = copy + size;
	struct template_var var[] = { { "A", value, false }, { "B", "bb", false } };
	struct template_vars vars = { var, CLN_COUNT(var) };
	struct cln_buf t = { .data = text, .size = strlen(text) };
	struct cln_buf c = { .data = content, .size = (size_t)(copy + size - content) };
	struct cln_buf derived = { 0 };
	struct template_match match;

	if (template_explains(&t, &c, &vars, &match))
		must_render(&t, &vars, &match, &c);
	if (template_derive(&t, &c, &vars, &match, &derived))
		must_render(&derived, &vars, &match, &c);
	cln_buf_release(&derived);
	free(copy);
	return 0;
}
