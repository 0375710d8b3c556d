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
	const char *reason = eno > 0 ? sys_error(eno) : NULL;
	va_list parts;
	size_t used;

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

int text_number(const char *text, uint64_t most, uint64_t *out)
{
	uint64_t value = 0;

	if (!text || !*text)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		unsigned digit = (unsigned)(*text - '0');

		if (value > (most - digit) / 10 || digit > most)
			return -ERANGE;
		value = value * 10 + digit;
	}
	*out = value;
	return 0;
}

int text_mode(const char *text, unsigned *out)
{
	unsigned value = 0;

	if (!*text || strlen(text) > 5)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '7')
			return -EINVAL;
		value = value * 8 + (unsigned)(*text - '0');
	}
	if (value > 07777)
		return -ERANGE;
	*out = value;
	return 0;
}

int text_duration(const char *text, uint32_t *out_ms)
{
	const uint64_t week_ms = 7 * 24 * 3600 * 1000ULL;
	size_t digits = strspn(text, "0123456789");
	const char *unit = text + digits;
	char number[12];
	uint64_t value, factor;

	if (digits == 0 || digits >= sizeof(number))
		return -EINVAL;
	memcpy(number, text, digits);
	number[digits] = '\0';
	if (text_number(number, UINT32_MAX, &value) < 0)
		return -ERANGE;
	factor = text_same(unit, "ms")			 ? 1
		 : text_same(unit, "m")			 ? 60000
		 : *unit == '\0' || text_same(unit, "s") ? 1000
							 : 0;
	if (!factor)
		return -EINVAL;
	if (value * factor > week_ms)
		return -ERANGE;
	*out_ms = (uint32_t)(value * factor);
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
	int number = 1;

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
	for (const char *at = signal_names; *at; at += strlen(at) + 1, number++)
		if (text_same(name, at)) {
			*out = number;
			return 0;
		}
	return -EINVAL;
}

int text_hex(char c)
{
	return c >= '0' && c <= '9'   ? c - '0'
	       : c >= 'a' && c <= 'f' ? c - 'a' + 10
	       : c >= 'A' && c <= 'F' ? c - 'A' + 10
				      : -1;
}

int text_is_name(const char *text, size_t size)
{
	for (size_t i = 0; i < size; i++) {
		char c = text[i];
		int letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';

		if (!letter && !(i > 0 && c >= '0' && c <= '9'))
			return 0;
	}
	return size > 0;
}

char *arena_take(struct arena *arena, size_t room)
{
	char *at = arena->base + arena->used;

	if (room > arena->size - arena->used)
		return NULL;
	arena->used += room;
	return at;
}

char *arena_join(struct arena *arena, const char *first, ...)
{
	char *out = arena->base + arena->used;
	size_t left = arena->size - arena->used, used = 0;
	va_list parts;

	va_start(parts, first);
	for (const char *part = first; part; part = va_arg(parts, const char *)) {
		size_t size = strlen(part);

		if (size >= left - used) {
			va_end(parts);
			return NULL;
		}
		memcpy(out + used, part, size);
		used += size;
	}
	va_end(parts);
	out[used] = '\0';
	return arena_take(arena, used + 1);
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
