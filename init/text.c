// SPDX-License-Identifier: Apache-2.0
#include "init/text.h"

#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

size_t text_join_list(char *out, size_t room, va_list parts)
{
	size_t used = 0;
	const char *part;

	while ((part = va_arg(parts, const char *)))
		for (; *part && used + 1 < room; part++)
			out[used++] = *part;
	out[used] = '\0';
	return used;
}

size_t text_join(char *out, size_t room, ...)
{
	va_list parts;
	size_t used;

	va_start(parts, room);
	used = text_join_list(out, room, parts);
	va_end(parts);
	return used;
}

int fail_join(struct fail *err, int eno, ...)
{
	const char *reason;
	va_list parts;
	size_t used;

	if (eno == ERRNO)
		eno = errno;
	reason = sys_error(eno);
	va_start(parts, eno);
	used = text_join_list(err->text, sizeof(err->text), parts);
	va_end(parts);
	if (eno > 0)
		text_join(err->text + used, sizeof(err->text) - used, ": ",
			reason ? reason : "error ", reason ? "" : DEC(eno), END);
	return eno > 0 ? -eno : -EINVAL;
}

__attribute__((noinline)) int fail_three(
	struct fail *err, int eno, const char *a, const char *b, const char *c)
{
	return fail_join(err, eno, a, b, c, END);
}

__attribute__((noinline)) int fail_text(struct fail *err, int eno, const char *text)
{
	return fail_three(err, eno, text, END, END);
}

void say_join(int fd, ...)
{
	char line[1024];
	size_t used = text_join(line, sizeof(line), "clnimg-init: ", END);
	va_list parts;

	va_start(parts, fd);
	used += text_join_list(line + used, sizeof(line) - used - 1, parts);
	va_end(parts);
	line[used++] = '\n';
	fd_write(fd, line, used);
}

void say_errno(int eno, const char *subject, const char *more)
{
	struct fail err;

	FAIL(&err, eno, subject);
	SAY(2, err.text, more);
}

const char *dec_text(struct num *num, int64_t value)
{
	char *at = num->text + sizeof(num->text) - 1;
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;

	*at = '\0';
	do {
		*--at = (char)('0' + left % 10);
		left /= 10;
	} while (left);
	if (value < 0)
		*--at = '-';
	return at;
}

int text_same(const char *a, const char *b)
{
	return a && strcmp(a, b) == 0;
}

const char *text_after(const char *text, const char *prefix)
{
	size_t size = strlen(prefix);

	return text && strncmp(text, prefix, size) == 0 ? text + size : NULL;
}

/* One [...] set at *pattern, which is left behind it. A set without end matches nothing. */
static int glob_set(const char **pattern, char c)
{
	const char *p = *pattern + 1;
	int invert = *p == '!', hit = 0;

	p += invert;
	do {
		unsigned char low = (unsigned char)*p, high = low;

		if (!low)
			return -1;
		if (p[1] == '-' && p[2] && p[2] != ']') {
			high = (unsigned char)p[2];
			p += 2;
		}
		hit |= (unsigned char)c >= low && (unsigned char)c <= high;
		p++;
	} while (*p != ']');
	*pattern = p + 1;
	return c && c != '/' && hit != invert;
}

int text_glob(const char *pattern, const char *text)
{
	const char *star = NULL, *again = NULL;

	for (;;) {
		int hit;

		if (*pattern == '*') { /* the last star alone needs to be retried */
			star = ++pattern;
			again = text;
			continue;
		}
		if (!*text)
			return !*pattern;
		if (*pattern == '[') {
			const char *next = pattern;

			hit = glob_set(&next, *text);
			if (hit > 0)
				pattern = next;
			else if (hit < 0)
				return 0;
		} else {
			hit = *pattern == *text || (*pattern == '?' && *text != '/');
			pattern += hit;
		}
		if (hit) {
			text++;
			continue;
		}
		if (!star || *again == '/')
			return 0;
		pattern = star;
		text = ++again;
	}
}

int text_pick(const char *text, const char *list, const char **value)
{
	for (int i = 0; text && *list; i++) {
		const char *rest = text;

		for (; *list && *list == *rest; list++)
			rest++;
		if (!*list && (!*rest || list[-1] == '=')) {
			if (value)
				*value = rest;
			return i;
		}
		while (*list++)
			;
	}
	return -1;
}

int text_digits(const char **at, unsigned base, uint64_t most, uint64_t *out)
{
	const char *from = *at;
	uint64_t value = 0;

	for (;; ++*at) {
		unsigned digit = (unsigned)text_hex(**at);

		if (digit >= base)
			break;
		if (digit > most || value > (most - digit) / base)
			return -ERANGE;
		value = value * base + digit;
	}
	*out = value;
	return *at == from ? -EINVAL : 0;
}

int text_number(const char *text, uint64_t most, uint64_t *out)
{
	uint64_t value;
	int r = text ? text_digits(&text, 10, most, &value) : -EINVAL;

	if (r == 0 && *text)
		r = -EINVAL;
	if (r == 0)
		*out = value;
	return r;
}

int text_mode(const char *text, unsigned *out)
{
	uint64_t value;
	int r = text_digits(&text, 8, 07777, &value);

	if (r < 0 || *text)
		return -EINVAL;
	*out = (unsigned)value;
	return 0;
}

int text_duration(const char *text, uint32_t *out_ms)
{
	const uint64_t week_ms = 7 * 24 * 3600 * 1000ULL;
	static const uint16_t factors[] = { 1, 1000, 60000 };
	uint64_t value;
	int r = text_digits(&text, 10, UINT32_MAX, &value), unit;

	if (r < 0)
		return r;
	unit = *text ? text_pick(text, "ms\0s\0m\0", NULL) : 1;
	if (unit < 0)
		return -EINVAL;
	value *= factors[unit];
	if (value > week_ms)
		return -ERANGE;
	*out_ms = (uint32_t)value;
	return 0;
}

/* Linux's numbers where x86-64, arm64 and every other common architecture agree (signal(7)). */
static const char signal_names[] =
	"HUP\0INT\0QUIT\0ILL\0TRAP\0ABRT\0BUS\0FPE\0KILL\0USR1\0SEGV\0USR2\0PIPE\0ALRM\0TERM\0STKFLT\0"
	"CHLD\0CONT\0STOP\0TSTP\0TTIN\0TTOU\0URG\0XCPU\0XFSZ\0VTALRM\0PROF\0WINCH\0IO\0PWR\0SYS\0";

int text_signal(const char *text, int *out)
{
	const char *name = text_after(text, "SIG"), *offset;
	uint64_t value = 0;

	if (text_number(text, 64, &value) == 0 && value > 0) {
		*out = (int)value;
		return 0;
	}
	if (!name)
		name = text;
	offset = text_after(name, "RTMIN+"); /* counted from 34, as both libraries do */
	if (offset && text_number(offset, 30, &value) == 0) {
		*out = 34 + (int)value;
		return 0;
	}
	*out = text_pick(name, signal_names, NULL) + 1;
	return *out ? 0 : -EINVAL;
}

int text_hex(char c)
{
	unsigned digit = (unsigned)c - '0', letter = ((unsigned)c | 32) - 'a';

	return digit < 10 ? (int)digit : letter < 6 ? (int)letter + 10 : -1;
}

static int is_name_byte(char c, size_t at)
{
	unsigned letter = ((unsigned)c | 32) - 'a', digit = (unsigned)c - '0';

	return letter < 26 || c == '_' || (at && digit < 10);
}

int text_is_name(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++)
		if (!is_name_byte(text[i], i))
			return 0;
	return size > 0;
}

size_t text_name(const char *text)
{
	size_t size = 0;

	while (is_name_byte(text[size], size))
		size++;
	return size;
}

char *arena_take(struct arena *arena, size_t room)
{
	char *at = arena->base + arena->used;

	if (room > arena->size - arena->used)
		return NULL;
	arena->used += room;
	return at;
}

int fd_write(int fd, const void *data, size_t size)
{
	const char *at = data;

	while (size) {
		ssize_t n = write(fd, at, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		at += n;
		size -= (size_t)n;
	}
	return 0;
}

long file_read(const char *path, char *out, size_t room)
{
	int fd = sys_open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY, 0);
	size_t used = 0;
	ssize_t n = 0;

	if (fd < 0)
		return -errno;
	while (used < room &&
		((n = read(fd, out + used, room - used)) > 0 || (n < 0 && errno == EINTR)))
		used += n > 0 ? (size_t)n : 0;
	n = n < 0 ? -errno : used == room ? -EFBIG : (ssize_t)used;
	close(fd);
	if (n >= 0)
		out[n] = '\0';
	return n;
}
