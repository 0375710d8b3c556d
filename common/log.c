// SPDX-License-Identifier: Apache-2.0
#include "common/log.h"

#include "common/buf.h"

#include <stdarg.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>

static struct {
	const char *program;
	enum cln_level level;
	bool line;	 /* a progress line stands on the terminal */
	int64_t next_ms; /* when it may be rewritten */
} log_state = { "clnimg", CLN_NORMAL, false, 0 };

void cln_log_init(const char *program, enum cln_level level)
{
	log_state.program = program;
	log_state.level = level;
}

static void CLN_PRINTF(2, 0) say(const char *kind, const char *fmt, va_list args)
{
	cln_owned(cln_buf_release) struct cln_buf shown = { 0 };
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		abort(); /* out of memory */
	cln_buf_add_shown(&shown, text);
	free(text);
	cln_progress_end();
	fprintf(stderr, "%s: %s%s\n", log_state.program, kind, shown.data ? shown.data : "");
}

#define SAY(kind, fmt)                \
	do {                          \
		va_list args;         \
		va_start(args, fmt);  \
		say(kind, fmt, args); \
		va_end(args);         \
	} while (0)

void cln_info(const char *fmt, ...)
{
	if (log_state.level >= CLN_NORMAL)
		SAY("", fmt);
}

void cln_warn(const char *fmt, ...)
{
	SAY("warning: ", fmt);
}

void cln_debug(const char *fmt, ...)
{
	if (log_state.level >= CLN_VERBOSE)
		SAY("", fmt);
}

bool cln_log_quiet(void)
{
	return log_state.level == CLN_QUIET;
}

bool cln_colour(FILE *stream)
{
	const char *none = getenv("NO_COLOR");
	const char *term = getenv("TERM");

	return isatty(fileno(stream)) && !(none && *none) && term && strcmp(term, "dumb") != 0;
}

/* A line that wraps could not be taken back: cut to the terminal, between characters. */
static void fit_line(char *line)
{
	struct winsize size = { 0 };
	size_t length = strlen(line);

	if (ioctl(STDERR_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_col || length < size.ws_col)
		return;
	length = size.ws_col - 1u;
	while (length && ((unsigned char)line[length] & 0xc0) == 0x80)
		length--;
	line[length] = '\0';
}

void cln_progress(const char *fmt, ...)
{
	char line[512];
	struct timespec now;
	int64_t now_ms;
	va_list args;

	if (log_state.level == CLN_QUIET || !isatty(STDERR_FILENO))
		return;
	clock_gettime(CLOCK_MONOTONIC, &now);
	now_ms = now.tv_sec * 1000 + now.tv_nsec / 1000000;
	if (now_ms < log_state.next_ms)
		return;
	log_state.next_ms = now_ms + 100;
	log_state.line = true;
	va_start(args, fmt);
	vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	fit_line(line);
	fprintf(stderr, "\r\033[K%s", line);
	fflush(stderr);
}

void cln_progress_end(void)
{
	if (!log_state.line)
		return;
	fputs("\r\033[K", stderr);
	log_state.line = false;
}

const char *cln_bytes_text(uint64_t bytes, char text[16])
{
	static const char *const unit[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)bytes;
	size_t i = 0;

	for (; value >= 1024 && i + 1 < CLN_COUNT(unit); i++)
		value /= 1024;
	snprintf(text, 16, i ? "%.1f %s" : "%.0f %s", value, unit[i]);
	return text;
}
