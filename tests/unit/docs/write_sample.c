// SPDX-License-Identifier: Apache-2.0
/*
 * write_sample - the documents of the fixture as files, for validators that are
 * no C: schema checkers, runc, browsers.
 *
 * usage: write_sample DIR [volume] [low-port] [no-ports] [no-packages] [files] [many=N] [hostile]
 */
#include "common/file.h"
#include "common/mem.h"
#include "tests/unit/docs/fixture.h"

#include <stdio.h>
#include <string.h>

static const char hostile_text[] = "</script><b>\"'\n# x: {y}\xff\xe2\x80\xa8";

static void parse(int argc, char **argv, struct fixture_options *options)
{
	for (int i = 2; i < argc; i++) {
		options->volume |= strcmp(argv[i], "volume") == 0;
		options->low_port |= strcmp(argv[i], "low-port") == 0;
		options->no_ports |= strcmp(argv[i], "no-ports") == 0;
		options->files |= strcmp(argv[i], "files") == 0;
		options->no_packages |= strcmp(argv[i], "no-packages") == 0;
		if (strcmp(argv[i], "hostile") == 0)
			options->hostile = hostile_text;
		if (strncmp(argv[i], "many=", 5) == 0)
			options->many = (uint32_t)atoi(argv[i] + 5);
	}
}

static int write_docs(const char *dir, const struct docs *docs, struct cln_err *err)
{
	for (size_t i = 0; i < docs->count; i++) {
		cln_owned(cln_drop_mem) char *path = cln_format("%s/%s", dir, docs->doc[i].name);
		cln_owned(cln_drop_mem) char *folder = cln_strdup(path);

		*strrchr(folder, '/') = '\0';
		if (cln_make_dirs(folder, err) < 0 ||
			cln_write_file(path, docs->doc[i].data, docs->doc[i].size, 0644, err) < 0)
			return -err->code;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct fixture_options options = { 0 };
	struct docs beside = { 0 }, inside = { 0 };
	struct cln_err err = { 0 };
	struct fixture fixture;
	cln_owned(cln_drop_mem) char *root = NULL;

	if (argc < 2)
		return CLN_EXIT_USAGE;
	parse(argc, argv, &options);
	fixture_make(&options, &fixture);
	root = cln_format("%s/inside", argv[1]);
	if (docs_inside(&fixture.in, &inside, &err) < 0 ||
		docs_beside(&fixture.in, &beside, &err) < 0 ||
		write_docs(root, &inside, &err) < 0 || write_docs(argv[1], &beside, &err) < 0)
		return cln_err_report(&err, "write_sample");
	docs_release(&inside);
	docs_release(&beside);
	fixture_release(&fixture);
	return 0;
}
