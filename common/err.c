// SPDX-License-Identifier: Apache-2.0
#include "common/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static void CLN_PRINTF(3, 0)
	err_state(struct cln_err *err, int errnum, const char *fmt, va_list args)
{
	err->code = errnum ? errnum : EIO;
	errno = err->code; /* for %m */
	vsnprintf(err->text, sizeof(err->text), fmt, args);
}

int cln_fail(struct cln_err *err, int errnum, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_state(err, errnum, fmt, args);
	va_end(args);
	err->status = CLN_EXIT_FAILED;
	return -err->code;
}

int cln_refuse(struct cln_err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_state(err, EPERM, fmt, args);
	va_end(args);
	err->status = CLN_EXIT_POLICY;
	return -err->code;
}

int cln_usage(struct cln_err *err, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	err_state(err, EINVAL, fmt, args);
	va_end(args);
	err->status = CLN_EXIT_USAGE;
	return -err->code;
}

int cln_within(struct cln_err *err, const char *fmt, ...)
{
	char context[sizeof(err->text)];
	size_t cause = strlen(err->text);
	va_list args;
	int length;

	va_start(args, fmt);
	length = vsnprintf(context, sizeof(context), fmt, args);
	va_end(args);
	if (length >= 0 && (size_t)length + 2 + cause < sizeof(err->text)) {
		memmove(err->text + length + 2, err->text, cause + 1);
		memcpy(err->text, context, (size_t)length);
		memcpy(err->text + length, ": ", 2);
	}
	return err->code ? -err->code : -EIO;
}

/* Causes quote names from hostile input: none of them may move the cursor.
 * U+0080 to U+009F, in UTF-8 c2 80 to c2 9f, do that too. */
static void print_safe(const char *text)
{
	for (const unsigned char *byte = (const unsigned char *)text; *byte; byte++) {
		bool wide = *byte == 0xc2 && byte[1] >= 0x80 && byte[1] < 0xa0;

		if ((*byte < ' ' && *byte != '\n') || *byte == 0x7f || wide)
			fprintf(stderr, "\\x%02x", wide ? *++byte : *byte);
		else
			fputc(*byte, stderr);
	}
}

int cln_err_report(const struct cln_err *err, const char *program)
{
	fprintf(stderr, "%s: ", program);
	print_safe(err->text);
	fputc('\n', stderr);
	return err->status ? (int)err->status : CLN_EXIT_FAILED;
}
