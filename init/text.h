/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text.h - strings, numbers and messages without stdio and without heap.
 *
 * stdio alone would be a third of the program's size and a page of private memory.
 * Every parser here is strict: the whole string must be the value.
 */
#ifndef CLN_INIT_TEXT_H
#define CLN_INIT_TEXT_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

/* Why something failed. word: index of the word at fault on the line, -1 for none. */
struct fail {
	int word;
	char text[512];
};

/* Bump storage inside static memory; nothing is ever given back but by the owner's reset. */
struct arena {
	char *base;
	size_t size, used;
};

struct num {
	char text[24];
};

/* Ends every list of parts that are joined. */
#define END ((const char *)NULL)
/*
 * Fail with the parts joined, ": reason" added when eno is not 0. ERRNO stands for what
 * errno holds: a constant is less code than a look, and there are sixty. Value: -eno or
 * -EINVAL.
 */
#define ERRNO (-1)
#define FAIL(err, eno, ...)                                                                \
	FAIL_BY_COUNT(__VA_ARGS__, FAIL_MANY, FAIL_MANY, FAIL_MANY, FAIL_MANY, FAIL_THREE, \
		FAIL_TWO, fail_text, END)                                                  \
	(err, eno, __VA_ARGS__)
/* Few parts without a list: the calls are shorter, and there are two hundred. */
#define FAIL_BY_COUNT(p1, p2, p3, p4, p5, p6, p7, form, ...) form
#define FAIL_MANY(err, eno, ...) fail_join(err, eno, __VA_ARGS__, END)
#define FAIL_THREE(err, eno, a, b, c) fail_three(err, eno, a, b, c)
#define FAIL_TWO(err, eno, a, b) fail_three(err, eno, a, b, END)
/* One line on fd, prefixed with the program's name, in one write. */
#define SAY(fd, ...) say_join(fd, __VA_ARGS__, END)
/* Text of a number; lives to the end of the enclosing block. */
#define DEC(v) dec_text(&(struct num){ { 0 } }, v)

int fail_join(struct fail *err, int eno, ...) __attribute__((sentinel));
int fail_three(struct fail *err, int eno, const char *a, const char *b, const char *c);
int fail_text(struct fail *err, int eno, const char *text);
void say_join(int fd, ...) __attribute__((sentinel));
/* "subject: reason" and more on stderr. */
void say_errno(int eno, const char *subject, const char *more);
const char *dec_text(struct num *num, int64_t value);

/* Join parts into out; cut at room, always terminated. */
size_t text_join(char *out, size_t room, ...) __attribute__((sentinel));
size_t text_join_list(char *out, size_t room, va_list parts);
int text_same(const char *a, const char *b);
/* What follows prefix in text, or NULL. */
const char *text_after(const char *text, const char *prefix);
/* Shell pattern with * ? [a-z] [!a-z]; '*' and '?' do not match '/'. */
int text_glob(const char *pattern, const char *text);
/*
 * Which word of list text is, from 0; -1 for none. The words of list end with NUL each, and
 * one more NUL ends it. A word that ends in '=' matches what begins with it; *value (may be
 * NULL) is what follows.
 */
int text_pick(const char *text, const char *list, const char **value);
/* The number at *at, which is left behind its digits; 0 or -EINVAL, -ERANGE. */
int text_digits(const char **at, unsigned base, uint64_t most, uint64_t *out);
/* Decimal number up to most; 0 or -EINVAL, -ERANGE. */
int text_number(const char *text, uint64_t most, uint64_t *out);
/* Octal permission bits up to 07777. */
int text_mode(const char *text, unsigned *out);
/* 250ms, 5s, 2m, 5 (seconds) in milliseconds, at most a week. */
int text_duration(const char *text, uint32_t *out_ms);
/* TERM, SIGTERM, RTMIN+3 or a number 1..64. */
int text_signal(const char *text, int *out);
/* The value of a hexadecimal digit, or -1. */
int text_hex(char c);
int text_is_name(const char *text, size_t size);
/* The bytes of the name that text begins with; 0 for none. */
size_t text_name(const char *text);

/* room bytes from the arena or NULL. */
char *arena_take(struct arena *arena, size_t room);

/* Write all of it; 0 or -errno. */
int fd_write(int fd, const void *data, size_t size);
/* Read a whole file of at most room - 1 bytes, NUL added; size or -errno (-EFBIG). */
long file_read(const char *path, char *out, size_t room);

#endif
