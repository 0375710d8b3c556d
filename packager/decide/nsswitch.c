// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/nsswitch.h"

#include <string.h>

static void parse_line(char *line, void *context,
	void (*service)(void *context, const char *database, const char *service))
{
	char *colon, *database, *word;

	line[strcspn(line, "#\r")] = '\0';
	database = line + strspn(line, " \t");
	colon = strchr(database, ':');
	if (!colon)
		return;
	database[strcspn(database, " \t:")] = '\0';
	for (word = colon + 1; *(word += strspn(word, " \t"));) {
		char *end = word + strcspn(word, " \t[");
		bool action = *word == '[';
		char after;

		if (action)
			end = strchr(word, ']') ? strchr(word, ']') + 1 : word + strlen(word);
		after = *end;
		*end = '\0';
		if (!action)
			service(context, database, word);
		*end = after;
		word = end;
	}
}

void nsswitch_parse(char *text, void *context,
	void (*service)(void *context, const char *database, const char *service))
{
	while (*text) {
		size_t length = strcspn(text, "\n");
		bool last = !text[length];

		text[length] = '\0';
		parse_line(text, context, service);
		if (last)
			return;
		text += length + 1;
	}
}
