/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/table.h"

#include "common/buf.h"
#include "common/log.h"
#include "packager/verify/subject.h"

#include <stdio.h>
#include <string.h>

#define DOCUMENT_CEILING ((size_t)16 << 20)

static void row(struct cln_buf *text, const char *name, const char *dev, const char *prod)
{
	cln_buf_addf(text, "  %-18s %-28s %s\n", name, dev, prod);
}

static const char *tools(const struct facts *facts, enum tool_kind kind, char text[64])
{
	uint32_t count = facts->tools[kind];

	if (count == 0)
		return "no";
	if (count == 1)
		snprintf(text, 64, "yes (%.40s)", facts->first[kind]);
	else
		snprintf(text, 64, "yes (%.30s, %u more)", facts->first[kind], count - 1);
	return text;
}

static void tool_row(struct cln_buf *text, const char *name, enum tool_kind kind,
	const struct table_side *dev, const struct table_side *prod)
{
	char left[64], right[64];

	row(text, name, tools(&dev->facts, kind, left), tools(&prod->facts, kind, right));
}

static void number_row(struct cln_buf *text, const char *name, uint32_t dev, uint32_t prod)
{
	char left[16], right[16];

	snprintf(left, sizeof(left), "%u", dev);
	snprintf(right, sizeof(right), "%u", prod);
	row(text, name, left, right);
}

static void bytes_row(struct cln_buf *text, const char *name, uint64_t dev, uint64_t prod)
{
	char left[16], right[16], both[48];

	cln_bytes_text(dev, left);
	cln_bytes_text(prod, right);
	snprintf(both, sizeof(both), "%s (%.1f %%)", right,
		dev ? 100.0 * (double)prod / (double)dev : 0.0);
	row(text, name, left, both);
}

static const char *user(const struct table_side *side)
{
	return *side->user ? side->user : "root";
}

char *table_text_new(const struct table_side *dev, const struct table_side *prod)
{
	struct cln_buf text = {};

	row(&text, "", "DEV", "PROD");
	tool_row(&text, "shell", TOOL_SHELL, dev, prod);
	tool_row(&text, "package manager", TOOL_PACKAGE_MANAGER, dev, prod);
	tool_row(&text, "debug tools", TOOL_DEBUG, dev, prod);
	row(&text, "filesystem", dev->read_only ? "read-only" : "writable",
		prod->read_only ? "read-only" : "writable");
	row(&text, "user", user(dev), user(prod));
	number_row(&text, "executables", dev->facts.executables, prod->facts.executables);
	number_row(&text, "setuid files", dev->facts.setuid, prod->facts.setuid);
	number_row(&text, "packages", dev->facts.packages, prod->facts.packages);
	number_row(&text, "files", dev->facts.files, prod->facts.files);
	bytes_row(&text, "size", dev->facts.size_bytes, prod->facts.size_bytes);
	bytes_row(&text, "compressed", dev->compressed_bytes, prod->compressed_bytes);
	return cln_buf_steal(&text);
}

static void describe(const struct subject *subject, struct table_side *side)
{
	*side = (struct table_side){
		.facts = subject->facts,
		.user = subject->image->user,
		.compressed_bytes = subject->image->compressed_bytes,
	};
}

/* What runs the production image says whether its root is read-only. */
static int read_only(const char *emit, bool *answer, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/config.json", emit);
	cln_owned(cln_json_drop) json_t *config = NULL;
	int r = cln_json_read(path, DOCUMENT_CEILING, &config, err);

	if (r == 0)
		*answer = cln_json_bool(json_object_get(config, "root"), "readonly", false);
	return r;
}

int table_print(const struct options *options, struct cln_err *err)
{
	const struct read_options read_dev = { .ref = options->image, .limits = options->limits };
	const struct read_options read_prod = { .ref = options->output, .limits = options->limits };
	struct subject dev = {}, prod = {};
	struct table_side left, right;
	int r;

	cln_progress("comparing the images");
	if ((r = subject_open(&read_dev, &dev, err)) == 0 &&
		(r = subject_open(&read_prod, &prod, err)) == 0) {
		describe(&dev, &left);
		describe(&prod, &right);
		r = read_only(options->emit, &right.read_only, err);
	}
	cln_progress_end();
	if (r == 0 && !options->args.quiet) {
		cln_owned(cln_drop_mem) char *text = table_text_new(&left, &right);

		fputs(text, stdout);
		fflush(stdout);
	}
	subject_release(&dev);
	subject_release(&prod);
	return r;
}
