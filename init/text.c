// SPDX-License-Identifier: Apache-2.0
#include "init/text.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

size_t text_join(char *out, size_t room, const char *const *part)
{
	size_t used = 0;

	for (; *part; part++)
		for (const char *c = *part; *c && used + 1 < room; c++)
			out[used++] = *c;
	out[used] = '\0';
	return used;
}

int fail_join(struct fail *err, int eno, const char *const *part)
{
	size_t used = text_join(err->text, sizeof(err->text), part);

	if (eno > 0)
		text_join(err->text + used, sizeof(err->text) - used, LIST(": ", strerror(eno)));
	return eno > 0 ? -eno : -EINVAL;
}

void say_join(int fd, const char *const *part)
{
	char line[1024];
	size_t used = text_join(line, sizeof(line), LIST("clnimg-init: "));

	used += text_join(line + used, sizeof(line) - used - 1, part);
	line[used++] = '\n';
	fd_write(fd, line, used);
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

char *arena_join(struct arena *arena, const char *const *part)
{
	size_t room = 1;
	char *out;

	for (const char *const *p = part; *p; p++)
		room += strlen(*p);
	out = arena_take(arena, room);
	if (out)
		text_join(out, room, part);
	return out;
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
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
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
