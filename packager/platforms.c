// SPDX-License-Identifier: Apache-2.0
#include "packager/pack.h"

#include "common/hash.h"
#include "common/log.h"
#include "common/mem.h"
#include "packager/read/read.h"

#include <errno.h>
#include <string.h>

static bool is_container(const struct cln_trace_root *root)
{
	return root->platform && *root->platform && !strcmp(root->kind, "container");
}

/* Does the manifest tell of this platform, or of none at all? */
static bool is_for(const struct manifest *manifest, const char *platform)
{
	struct cln_err ignored = { 0 };
	struct platform want;
	bool any = false;

	if (!platform || platform_parse(platform, &want, &ignored) < 0)
		return true;
	for (size_t i = 0; i < manifest->trace->root_count; i++) {
		const struct cln_trace_root *root = &manifest->trace->root[i];

		if (!is_container(root))
			continue;
		if (platform_fits_text(&want, root->platform))
			return true;
		any = true;
	}
	return !any;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

static int by_pointed_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
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

/* The manifests for the work's platform, folded; the last user of one takes it. every: those
 * of other platforms too. */
static size_t take_traces(struct pack *pack, struct work *work, bool every)
{
	cln_owned(cln_drop_mem) char(*sha256)[CLN_SHA256_HEX] =
		cln_alloc((pack->manifest_count + 1) * sizeof(*sha256));
	size_t count = 0;

	for (size_t i = 0; i < pack->manifest_count; i++) {
		struct manifest *manifest = &pack->manifest[i];

		if (!every && !is_for(manifest, work->platform))
			continue;
		memcpy(sha256[count++], manifest->sha256, CLN_SHA256_HEX);
		if (!work->trace && pack->work_count == 1) {
			work->trace = cln_steal(&manifest->trace);
			continue;
		}
		if (!work->trace)
			work->trace = cln_trace_new();
		cln_trace_merge(work->trace, manifest->trace);
	}
	if (count > 1 || (count && pack->work_count > 1))
		cln_trace_settle(work->trace);
	if (count)
		manifests_hash(sha256, count, work->manifest_sha256);
	return count;
}

/* Adds a platform that none of the list stands for yet. */
static void note(const char ***list, size_t *count, size_t *room, const char *text)
{
	struct cln_err ignored = { 0 };
	struct platform is;

	for (size_t i = 0; i < *count; i++) {
		if (!strcmp((*list)[i], text))
			return;
		if (!platform_parse((*list)[i], &is, &ignored) && platform_fits_text(&is, text))
			return;
	}
	CLN_PUSH(*list, *count, *room) = text;
}

static void platforms_seen(const struct pack *pack, const char ***list, size_t *count, size_t *room)
{
	for (size_t i = 0; i < pack->manifest_count; i++)
		for (size_t k = 0; k < pack->manifest[i].trace->root_count; k++) {
			const struct cln_trace_root *root = &pack->manifest[i].trace->root[k];

			if (is_container(root))
				note(list, count, room, root->platform);
		}
	if (*count)
		qsort(*list, *count, sizeof(**list), by_pointed_text);
}

static void add_work(struct pack *pack, const char *platform, bool several)
{
	struct work *work = &CLN_PUSH(pack->work, pack->work_count, pack->work_room);

	work->pack = pack;
	work->options = pack->options;
	work->platform = platform ? cln_strdup(platform) : NULL;
	work->label = several ? cln_format("%s: ", platform) : cln_strdup("");
}

int platforms_choose(struct pack *pack, struct cln_err *err)
{
	const struct cln_list *named = &pack->options->platform;
	const char **list = NULL;
	size_t count = 0, room = 0;
	struct platform is;

	for (size_t i = 0; i < named->count; i++) {
		if (platform_parse(named->item[i], &is, err) < 0)
			goto fail;
		note(&list, &count, &room, named->item[i]);
	}
	if (count)
		qsort(list, count, sizeof(*list), by_pointed_text);
	else
		platforms_seen(pack, &list, &count, &room);
	for (size_t i = 0; i < count; i++)
		add_work(pack, list[i], count > 1);
	if (!count)
		add_work(pack, NULL, false);
	free(list);
	for (size_t i = 0; i < pack->work_count; i++) {
		struct work *work = &pack->work[i];

		if (take_traces(pack, work, false))
			continue;
		if (pack->work_count > 1)
			return cln_fail(err, ENOENT,
				"%s: no manifest is for it: profile it, or name the others by --platform",
				work->platform);
		take_traces(pack, work, true); /* the evidence, or --any-image, decides */
	}
	return 0;
fail:
	free(list);
	return -err->code;
}

static bool is_packed(const struct pack *pack, const char *platform)
{
	struct cln_err ignored = { 0 };
	struct platform is;

	for (size_t i = 0; i < pack->work_count; i++)
		if (!pack->work[i].platform ||
			(!platform_parse(pack->work[i].platform, &is, &ignored) &&
				platform_fits_text(&is, platform)))
			return true;
	return false;
}

int platforms_left_out(struct pack *pack, struct cln_err *err)
{
	const struct options *options = pack->options;
	const struct read_options read = { .ref = options->image, .limits = options->limits };
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	const char *const *offered = NULL;

	if (options->platform.count)
		return 0;
	if (image_platforms(&read, arena, &offered, err) < 0)
		return -err->code;
	for (; *offered; offered++) {
		if (is_packed(pack, *offered))
			continue;
		if (options->rules.strict)
			return cln_fail(err, ENOENT,
				"%s: %s has no manifest (--strict; --platform names what to pack)",
				options->image, *offered);
		cln_warn("%s has no manifest: left out", *offered);
		CLN_PUSH(pack->left_out, pack->left_out_count, pack->left_out_room) =
			cln_strdup(*offered);
	}
	return 0;
}
