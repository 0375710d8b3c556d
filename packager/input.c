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

#define INIT_MAX ((size_t)16 << 20)
#define SCAN_MAX ((size_t)256 << 20)
#define MANIFEST_MAX ((size_t)2 << 30) /* manifest-schema/limits.h */

/* The platform that the manifest's containers ran on, where there is one only. */
static const char *trace_platform(const struct cln_trace *trace)
{
	const char *found = NULL;

	for (size_t i = 0; i < trace->root_count; i++) {
		const struct cln_trace_root *root = &trace->root[i];

		if (!root->platform || strcmp(root->kind, "container") != 0)
			continue;
		if (found && strcmp(found, root->platform) != 0)
			return NULL;
		found = root->platform;
	}
	return found;
}

int input_image(struct work *work, struct cln_err *err)
{
	const struct options *options = work->options;
	const struct read_options read = {
		.ref = options->image,
		.platform = options->platform ? options->platform : trace_platform(work->trace),
		.limits = { options->max_bytes, (uint32_t)options->max_entries },
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
		cln_warn("%s", warning[i]);
	if (total > 64)
		cln_warn("%zu more warnings about the layers", total - 64);
	if (packages_read(work->tree, &work->packages, err) < 0)
		return cln_within(err, "packages");
	return input_epoch(work, err);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* One file: its digest. Several: that of the sorted list of theirs, so that
 * their order on the command line does not matter. */
static void manifests_hash(char (*sha256)[CLN_SHA256_HEX], size_t count, char out[CLN_SHA256_HEX])
{
	cln_owned(cln_sha256_drop) struct cln_sha256 *sha = cln_sha256_new();

	if (count == 1) {
		memcpy(out, sha256[0], CLN_SHA256_HEX);
		return;
	}
	qsort(sha256, count, sizeof(*sha256), by_text);
	for (size_t i = 0; i < count; i++) {
		cln_sha256_add(sha, sha256[i], CLN_SHA256_HEX - 1);
		cln_sha256_add(sha, "\n", 1);
	}
	cln_sha256_hex(sha, out);
}

static int trace_add(
	struct work *work, const char *path, char sha256[CLN_SHA256_HEX], struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	cln_owned(cln_trace_drop) struct cln_trace *trace = NULL;
	size_t size = 0;

	cln_progress("reading %s", path);
	if (cln_read_file(path, MANIFEST_MAX, &text, &size, err) < 0)
		return -err->code;
	cln_sha256_of(text, size, sha256);
	if (cln_trace_parse(text, size, &trace, err) < 0)
		return cln_within(err, "manifest %s", path);
	if (!work->trace)
		work->trace = cln_steal(&trace);
	else
		cln_trace_merge(work->trace, trace);
	return 0;
}

int input_trace(struct work *work, struct cln_err *err)
{
	const struct cln_list *list = &work->options->manifest;
	cln_owned(cln_drop_mem) char(*sha256)[CLN_SHA256_HEX] =
		cln_alloc(list->count * sizeof(*sha256));

	for (size_t i = 0; i < list->count; i++)
		if (trace_add(work, list->item[i], sha256[i], err) < 0)
			return -err->code;
	if (list->count > 1)
		cln_trace_settle(work->trace);
	manifests_hash(sha256, list->count, work->manifest_sha256);
	return 0;
}

/* Beside this program, then where packages install it. */
static char *init_find_new(void)
{
	char self[4096];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (size > 0) {
		self[size] = '\0';
		slash = strrchr(self, '/');
		if (slash)
			*slash = '\0';
		for (int i = 0; i < 2; i++) {
			char *path = i ? cln_format("%s/../libexec/clnimg/clnimg-init", self)
				       : cln_format("%s/clnimg-init", self);

			if (access(path, R_OK) == 0)
				return path;
			free(path);
		}
	}
	return NULL;
}

/* A static program for Linux: what cannot start as process 1 is told here, not in production. */
static int init_check(const char *path, const char *data, size_t size, struct cln_err *err)
{
	if (size < 64 || memcmp(data, "\177ELF", 4) != 0)
		return cln_fail(err, ENOEXEC, "%s: not an ELF program", path);
	return 0;
}

int input_init(struct work *work, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *found = NULL;
	const char *path = work->options->init;

	if (!path) {
		found = init_find_new();
		path = found;
	}
	if (!path)
		return cln_fail(err, ENOENT,
			"clnimg-init is neither beside this program nor in libexec: name it by --init");
	if (cln_read_file(path, INIT_MAX, &work->init, &work->init_size, err) < 0 ||
		init_check(path, work->init, work->init_size, err) < 0)
		return -err->code;
	cln_sha256_of(work->init, work->init_size, work->init_sha256);
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
