// SPDX-License-Identifier: Apache-2.0
/* Lines, words, expansion; and what init_quote writes must be read back. */
#include "init/env.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void round_trip(const uint8_t *data, size_t size)
{
	static char word[1024], quoted[4 * 1024 + 3], memory[8192];
	static struct line line;
	struct arena arena = { memory, sizeof(memory), 0 };
	struct fail err = { .word = -1 };
	char *text = NULL;
	size_t n = 0;

	for (size_t i = 0; i < size && n < sizeof(word) - 1; i++)
		if (data[i])
			word[n++] = (char)data[i];
	word[n] = '\0';
	size_t length = init_quote(quoted, sizeof(quoted), word, n);

	if (length >= sizeof(quoted))
		abort();
	struct cursor cursor = { quoted, quoted + length, 0 };

	if (line_next(&cursor, &line, &err) != 1 || line.count != 1 ||
		word_literal(&line.word[0], &arena, &text, &err) < 0 || strcmp(text, word) != 0)
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static char a[] = "A=one two", e[] = "E=", d[] = "D=${A}$", memory[65536];
	static struct line line;
	struct table env = { .count = 3 };
	struct vars vars = env_vars(&env);
	struct cursor cursor = { (const char *)data, (const char *)data + size, 0 };
	struct fail err = { .word = -1 };

	env.slot[0] = a;
	env.slot[1] = e;
	env.slot[2] = d;
	round_trip(data, size);
	while (line_next(&cursor, &line, &err) > 0) {
		for (unsigned i = 0; i < line.count; i++) {
			struct arena arena = { memory, sizeof(memory), 0 };
			char *text = NULL, *checked = NULL;
			int r = word_expand(&line.word[i], NULL, &arena, &checked, &err);
			int s = word_expand(&line.word[i], &vars, &arena, &text, &err);

			if (r == 0 && checked && (s < 0 || strcmp(text, checked) != 0))
				abort(); /* what check knew must be what runs */
		}
	}
	return 0;
}
