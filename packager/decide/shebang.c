// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/shebang.h"

#include <stdio.h>
#include <string.h>

#define DEFAULT_PATH "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const char *shebang_search_path(
	const struct cln_trace *trace, uint32_t root, const struct image *image)
{
	const char *const *env = image->env;

	for (size_t i = 0; i < trace->exec_count; i++)
		for (size_t k = 0; k < trace->exec[i].env_count; k++)
			if (trace->exec[i].root == root &&
				!strcmp(trace->exec[i].env[k].name, "PATH") &&
				trace->exec[i].env[k].value)
				return trace->exec[i].env[k].value;
	for (size_t i = 0; env && env[i]; i++)
		if (!strncmp(env[i], "PATH=", 5))
			return env[i] + 5;
	return DEFAULT_PATH;
}

/* Length of a word of env -S, where quotes hold blanks together. */
static size_t word_length(const char *text)
{
	size_t length = 0;
	char quote = '\0';

	for (; text[length] && (quote || !strchr(" \t", text[length])); length++) {
		char c = text[length];

		if (c == quote)
			quote = '\0';
		else if (!quote && (c == '"' || c == '\''))
			quote = c;
	}
	return length;
}

/* How much an option of env(1) takes, its own word with it; of -S only its name, because what
 * follows is more words. */
static size_t option_length(const char *text)
{
	static const char *const split = "--split-string=";
	static const char *const with_word[] = { "--unset", "--chdir", "--argv0" };
	size_t length = word_length(text), letter = 1 + strcspn(text + 1, "uCaS= \t");
	bool more = text[1] != '-' && text[letter] && strchr("uCa", text[letter]) &&
		    letter + 1 == length;

	if (!strncmp(text, split, strlen(split)))
		return strlen(split);
	if (text[1] != '-' && text[letter] == 'S')
		return letter + 1;
	for (size_t i = 0; i < CLN_COUNT(with_word); i++)
		more |= length == strlen(with_word[i]) && !strncmp(text, with_word[i], length);
	if (!more)
		return length;
	length += strspn(text + length, " \t");
	return length + word_length(text + length);
}

/* Behind options and NAME=value words; NULL where none follows. */
static const char *env_program(char *words)
{
	size_t length;

	for (;;) {
		words += strspn(words, " \t");
		length = word_length(words);
		if (*words == '-')
			words += option_length(words);
		else if (length && memchr(words, '=', length))
			words += length;
		else
			break;
	}
	words[length] = '\0';
	if (*words == '"' || *words == '\'') {
		char quote = *words++;

		words[strcspn(words, (char[]){ quote, '\0' })] = '\0';
	}
	return *words ? words : NULL;
}

bool shebang_parse(const char *head, size_t size, struct shebang *out)
{
	char *path, *rest;

	*out = (struct shebang){ 0 };
	if (size < 2 || head[0] != '#' || head[1] != '!')
		return false;
	memcpy(out->line, head, CLN_MIN(size, sizeof(out->line) - 1));
	out->line[strcspn(out->line, "\r\n")] = '\0';
	path = out->line + 2 + strspn(out->line + 2, " \t");
	rest = path + strcspn(path, " \t");
	if (*rest)
		*rest++ = '\0';
	if (*path != '/')
		return false;
	out->interpreter = path;
	if (!strcmp(strrchr(path, '/') + 1, "env"))
		out->program = env_program(rest);
	return true;
}

const char *shebang_next(const char *program, const char **folders, char path[4096])
{
	while (**folders) {
		size_t length = strcspn(*folders, ":");
		int size = program[0] == '/' ? snprintf(path, 4096, "%s", program)
					     : snprintf(path, 4096, "%.*s/%s", (int)length,
						       *folders, program);

		*folders += length;
		*folders += strspn(*folders, ":");
		if (program[0] == '/')
			*folders += strlen(*folders);
		if ((length || program[0] == '/') && size > 0 && size < 4096)
			return path;
	}
	return NULL;
}
