// SPDX-License-Identifier: Apache-2.0
#include "packager/pack.h"

#include "common/file.h"
#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "packager/read/read.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#define SCAN_MAX ((size_t)256 << 20)
#define MANIFEST_MAX ((size_t)2 << 30) /* manifest-schema/limits.h */

int input_image(struct work *work, struct cln_err *err)
{
	const struct options *options = work->options;
	bool reuse = !options->dry_run && !options->explain && !options->recompress;
	enum write_compression kind = options_compression(options);
	unsigned level = (unsigned)options->compression_level;
	const struct read_options read = {
		.reuse = reuse,
		.reuse_blocks = reuse ? write_reuses_blocks(kind, level) : REUSE_PLAIN,
		.ref = options->image,
		.platform = work->platform,
		.limits = options->limits,
		.progress = work_progress,
		.progress_context = (void *)"reading layers",
	};
	size_t total = 0;
	const char *const *warning;

	cln_progress("reading %s", options->image);
	if (image_open(&read, &work->image, &work->tree, err) < 0)
		return -err->code;
	warning = tree_warnings(work->tree, &total);
	for (size_t i = 0; warning[i]; i++)
		cln_warn("%s%s", work->label, warning[i]);
	if (total > 64)
		cln_warn("%s%zu more warnings about the layers", work->label, total - 64);
	if (packages_read(work->tree, &work->packages, err) < 0)
		return cln_within(err, "packages");
	return input_epoch(work, err);
}

int input_manifests(struct pack *pack, struct cln_err *err)
{
	const struct cln_list *list = &pack->options->manifest;

	for (size_t i = 0; i < list->count; i++) {
		cln_owned(cln_drop_mem) char *text = NULL;
		struct manifest *manifest =
			&CLN_PUSH(pack->manifest, pack->manifest_count, pack->manifest_room);
		size_t size = 0;

		cln_progress("reading %s", list->item[i]);
		if (cln_read_file(list->item[i], MANIFEST_MAX, &text, &size, err) < 0)
			return -err->code;
		cln_sha256_of(text, size, manifest->sha256);
		if (cln_trace_parse(text, size, &manifest->trace, err) < 0)
			return cln_within(err, "manifest %s", list->item[i]);
	}
	return 0;
}

int input_scan(struct work *work, struct cln_err *err)
{
	if (!work->options->vex_scan)
		return 0;
	return cln_json_read(work->options->vex_scan, SCAN_MAX, &work->scan, err);
}

/* SOURCE_DATE_EPOCH (reproducible-builds.org), else the image's creation, else 1970. */
int input_epoch(struct work *work, struct cln_err *err)
{
	const char *text = getenv("SOURCE_DATE_EPOCH");
	struct tm tm = { 0 };
	uint64_t seconds = 0;

	if (text && *text) {
		if (cln_parse_number(text, &seconds) < 0 || seconds > INT32_MAX * (uint64_t)64)
			return cln_usage(err, "SOURCE_DATE_EPOCH=%s: no number of seconds", text);
		work->epoch = (int64_t)seconds;
		work->clamp = true;
		return 0;
	}
	if (work->image->created && strptime(work->image->created, "%Y-%m-%dT%H:%M:%S", &tm))
		work->epoch = timegm(&tm);
	return 0;
}
