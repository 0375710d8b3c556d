// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/paint.h"

#include "manifest-schema/utf8.h"

#include <stdio.h>
#include <string.h>

struct paint paint_for(bool colour)
{
	static const struct paint plain = { "", "", "", "", "", "" };
	static const struct paint colours = { "\033[1m", "\033[2m", "\033[31m", "\033[32m",
		"\033[33m", "\033[0m" };

	return colour ? colours : plain;
}

/* C1 controls (U+0080 to U+009F) move the cursor as well as C0 do. */
static bool is_printable(const char *text, size_t length)
{
	const unsigned char *byte = (const unsigned char *)text;

	if (length == 1)
		return byte[0] >= ' ' && byte[0] != 0x7f;
	return length > 1 && !(byte[0] == 0xc2 && byte[1] < 0xa0);
}

void paint_text(struct cln_buf *out, const char *text, size_t width)
{
	size_t left = strlen(text), columns = 0, cut = 0, start = out->size;

	while (left) {
		size_t length = utf8_length(text, left);
		size_t add = is_printable(text, length) ? 1 : 4;

		if (width && columns + add > width) {
			out->size = CLN_MAX(cut, start);
			cln_buf_adds(out, "...");
			return;
		}
		if (add == 1)
			cln_buf_add(out, text, length);
		else
			cln_buf_addf(out, "\\x%02x", (unsigned char)*text);
		columns += add;
		if (width >= 3 && columns <= width - 3)
			cut = out->size;
		length = add == 1 ? length : 1;
		text += length;
		left -= length;
	}
}

static void add_quoted(struct cln_buf *out, const char *arg)
{
	if (*arg && !strpbrk(arg, " \t\n\"'\\$`*?[]{}()<>|&;#~!")) {
		cln_buf_adds(out, arg);
		return;
	}
	cln_buf_addc(out, '\'');
	for (; *arg; arg++) {
		if (*arg == '\'')
			cln_buf_adds(out, "'\\''");
		else
			cln_buf_addc(out, *arg);
	}
	cln_buf_addc(out, '\'');
}

void paint_args(struct cln_buf *out, const char *const *argv, size_t width)
{
	cln_owned(cln_buf_release) struct cln_buf line = { .ceiling = 1 << 16 };

	cln_buf_adds(&line, "");
	for (size_t i = 0; argv[i] && (!width || line.size < width * 4); i++) {
		if (i)
			cln_buf_addc(&line, ' ');
		add_quoted(&line, argv[i]);
	}
	paint_text(out, line.data, width);
}

void paint_flush(struct cln_buf *out)
{
	if (out->size)
		fwrite(out->data, 1, out->size, stdout);
	cln_buf_release(out);
}
