/* SPDX-License-Identifier: Apache-2.0 */
/*
 * object.h - reading one JSON object by a table of its fields.
 *
 * The table is the strictness: which keys there are, their types and limits,
 * which must stand. A text field may come as KEY or KEY_b64, not both. Texts
 * are copied to the trace's arena.
 */
#ifndef CLN_MANIFEST_OBJECT_H
#define CLN_MANIFEST_OBJECT_H

#include "manifest-schema/inside.h"
#include "manifest-schema/lex.h"
#include "manifest-schema/limits.h"

enum field_type {
	FIELD_TEXT,   /* const char * */
	FIELD_PATH,   /* const char *, absolute and normal */
	FIELD_COUNT,  /* uint64_t */
	FIELD_U32,    /* uint32_t */
	FIELD_U16,    /* uint16_t */
	FIELD_OCTAL,  /* uint32_t from "0644" */
	FIELD_BOOL,   /* bool */
	FIELD_CUSTOM, /* read() */
};

struct reader;

struct field {
	const char *name;
	enum field_type type;
	bool required;
	size_t offset;
	int (*read)(struct reader *rd, void *object);
	bool (*fits)(const char *text); /* of a text, or NULL */
};

struct reader {
	struct lex lex;
	struct cln_trace *trace;
	struct cln_buf text; /* what is decoded or collected for a moment */
	const char **list;   /* of the array at hand */
	uint32_t *by, *how;  /* of the file at hand */
	size_t list_room, by_count, by_room, how_count, how_room;
	bool has_how;
};

#define OBJECT_CLOSED NULL /* unknown members are refused */

/* Reads the fields into object, unknown members into *extra. */
int object_read(struct reader *rd, const struct field *fields, size_t count, void *object,
	const char **extra);

/* The same for an object inside a field: closed, and named in errors. */
int object_read_inner(struct reader *rd, const struct field *fields, size_t count, void *object);

/* Copies a string without NUL to the arena. */
int object_text(struct reader *rd, size_t max, const char **out);
int object_base64(struct reader *rd, size_t max, const char **out, size_t *size);

/* An array of texts, NULL-terminated, each a string or {"b64": ...}. */
int object_list(struct reader *rd, size_t max_count, size_t max_bytes, const char *const **out);

#endif
