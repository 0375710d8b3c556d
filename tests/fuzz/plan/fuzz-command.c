// SPDX-License-Identifier: Apache-2.0
/*
 * fuzz-command.c - any string as `sh -c STRING`: what is accepted makes rows
 * that the init reads back word by word, with nothing live in them.
 */
#include "init/words.h"
#include "packager/plan/command.h"

#include "common/mem.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void check_rows(const struct cln_buf *rows, const char *string)
{
	static char memory[1 << 20];
	struct cursor cursor = { rows->data, rows->data + rows->size, 0 };
	static struct line line;
	struct fail fail = { 0 };
	int r;

	while ((r = line_next(&cursor, &line, &fail)) > 0) {
		struct arena arena = { memory, sizeof(memory), 0 };
		char *text = NULL;

		for (unsigned i = 0; i < line.count; i++)
			if (word_literal(&line.word[i], &arena, &text, &fail) < 0)
				abort();
		if (cursor.number == 1 && (line.count != 2 || strcmp(text, string) != 0))
			abort(); /* the first row is the string itself */
	}
	if (r < 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *string = cln_alloc(size + 1);
	struct command *command = NULL;
	struct cln_err err = { 0 };
	struct cln_buf rows = { 0 };

	memcpy(string, data, size);
	if (command_parse(string, &command, &err) == 0) {
		command_rows(command, string, NULL, NULL, &rows);
		check_rows(&rows, string);
	}
	cln_buf_release(&rows);
	command_free(command);
	free(string);
	return 0;
}
