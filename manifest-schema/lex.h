/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lex.h - strict JSON (RFC 8259) read piece by piece from a file or from memory.
 *
 * A file is read through a window that grows only for a token longer than it,
 * so a manifest of any size costs little memory. Strict means: UTF-8 checked,
 * no NUL in a string, no lone surrogate, no number but an integer of at most
 * 2^53-1, nothing nested deeper than LEX_DEPTH_MAX, nothing behind the value.
 * Duplicate keys are the caller's to refuse: it knows its keys (lex_unknown
 * refuses them inside values that nobody knows).
 *
 * Spans that functions hand out live until the next call on the same lex.
 * Errors name line, column and the place that the caller set in `where`.
 */
#ifndef CLN_MANIFEST_LEX_H
#define CLN_MANIFEST_LEX_H

#include "common/buf.h"
#include "common/err.h"

#define LEX_DEPTH_MAX 32
#define LEX_WINDOW_BYTES ((size_t)256 * 1024)
#define LEX_NO_INDEX SIZE_MAX

struct lex_span {
	const char *data; /* no NUL behind it */
	size_t size;
};

struct lex_where { /* "files[12].path" */
	const char *section;
	size_t index;		   /* LEX_NO_INDEX: none */
	const char *field, *inner; /* inner: of an object inside the field */
};

struct lex {
	int fd;		  /* -1: text is all there is */
	const char *text; /* the window */
	char *window;	  /* == text where fd is used; owned */
	size_t room, pos, end;
	size_t keep;	/* what a refill must not drop; SIZE_MAX: nothing */
	uint64_t base;	/* bytes before the window */
	uint64_t limit; /* on the whole input */
	uint64_t line, line_start;
	bool eof;
	struct lex_where where;
	struct cln_buf scratch;
	struct cln_err *err;
};

/* Text, descriptor and err are the caller's and outlive the lex; limit is in bytes. */
void lex_init_text(struct lex *lex, const char *text, size_t size, struct cln_err *err);
void lex_init_fd(struct lex *lex, int fd, uint64_t limit, struct cln_err *err);
void lex_release(struct lex *lex);

/* "line L, column C: files[3].path: " and the cause. Returns -EINVAL. */
int lex_fail(struct lex *lex, const char *fmt, ...) CLN_PRINTF(2, 3);

/* The next byte that is no white space, not taken; 0 at the end (a NUL byte in
 * the input is refused); negative: error. */
int lex_peek(struct lex *lex);

/* The next byte, white space or not, not taken; 0 at the end. */
int lex_raw(struct lex *lex);

/* 1: one more, 0: the end was taken, negative: error. *first starts true. */
int lex_object_next(struct lex *lex, bool *first, struct lex_span *key);
int lex_array_next(struct lex *lex, bool *first);

/* What should stand next, taken; 0, or negative where it does not. max: bytes of a string
 * once its escapes are read, the largest number. */
int lex_expect(struct lex *lex, char byte);
int lex_string(struct lex *lex, size_t max, struct lex_span *out);
int lex_number(struct lex *lex, uint64_t max, uint64_t *out);
int lex_bool(struct lex *lex, bool *out);
int lex_end(struct lex *lex); /* nothing but white space is left */

/* Appends the value, whatever it is, without white space; at most out's ceiling. */
int lex_unknown(struct lex *lex, struct cln_buf *out);

#endif
