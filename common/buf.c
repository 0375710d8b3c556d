// SPDX-License-Identifier: Apache-2.0
#include "common/buf.h"

#include "common/mem.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* Room for size more bytes and a NUL; false once the ceiling is met. */
static bool buf_room(struct cln_buf *buf, size_t size)
{
	size_t ceiling = buf->ceiling ? buf->ceiling : CLN_BUF_NO_CEILING;
	size_t room = buf->room ? buf->room : 64;

	if (buf->full || size > ceiling || buf->size > ceiling - size) {
		buf->full = true;
		return false;
	}
	while (room < buf->size + size + 1)
		room *= 2;
	if (room != buf->room) {
		buf->data = cln_realloc(buf->data, room, 1);
		buf->room = room;
	}
	return true;
}

void cln_buf_release(struct cln_buf *buf)
{
	free(buf->data);
	*buf = (struct cln_buf){ .ceiling = buf->ceiling };
}

void cln_buf_add(struct cln_buf *buf, const void *data, size_t size)
{
	if (!buf_room(buf, size))
		return;
	if (size)
		memcpy(buf->data + buf->size, data, size);
	buf->size += size;
	buf->data[buf->size] = '\0';
}

void cln_buf_adds(struct cln_buf *buf, const char *text)
{
	cln_buf_add(buf, text, strlen(text));
}

void cln_buf_addc(struct cln_buf *buf, char byte)
{
	cln_buf_add(buf, &byte, 1);
}

void cln_buf_add_shown(struct cln_buf *buf, const char *text)
{
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		/* U+0080 to U+009F, in UTF-8 c2 80 to c2 9f, are control characters too */
		bool wide = *byte == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0;

		if (*byte < ' ' || *byte == 0x7f || wide)
			cln_buf_addf(buf, "\\x%02x", wide ? *++byte : *byte);
		else
			cln_buf_addc(buf, (char)*byte);
	}
}

void cln_buf_addf(struct cln_buf *buf, const char *fmt, ...)
{
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (length < 0 || !buf_room(buf, (size_t)length))
		return;
	va_start(args, fmt);
	vsnprintf(buf->data + buf->size, (size_t)length + 1, fmt, args);
	va_end(args);
	buf->size += (size_t)length;
}

char *cln_buf_steal(struct cln_buf *buf)
{
	char *data = buf->data ? buf->data : cln_strdup("");

	buf->data = NULL;
	cln_buf_release(buf);
	return data;
}
