// SPDX-License-Identifier: Apache-2.0
#include "packager/read/store.h"

#include "common/mem.h"
#include "common/path.h"
#include "packager/model/spool.h"
#include "packager/read/tar.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#define LINKS_MAX 8

struct member {
	const char *name; /* normal, with a slash in front */
	const char *link; /* where a symlink or hard link leads, the same way; or NULL */
	uint64_t offset, size_bytes;
};

struct store {
	int fd; /* the folder, or the archive's plain bytes */
	bool archive;
	struct spool *spool; /* of a compressed archive */
	struct member *member;
	size_t count, room;
	struct cln_arena *arena;
	const struct limits *limits;
};

bool digest_is_valid(const char *digest)
{
	return digest && !strncmp(digest, "sha256:", 7) &&
	       strspn(digest + 7, "0123456789abcdef") == 64 && !digest[7 + 64];
}

void store_free(struct store *store)
{
	if (!store)
		return;
	if (!store->spool)
		cln_drop_fd(&store->fd);
	spool_free(store->spool);
	free(store->member);
	cln_arena_free(store->arena);
	free(store);
}

void store_drop(struct store **store)
{
	store_free(*store);
}

static int member_add(void *context, const struct tar_entry *entry, struct cln_err *err)
{
	struct store *store = context;
	struct member member = { .offset = entry->is.spool_offset,
		.size_bytes = entry->stored_bytes };
	char name[CLN_PATH_MAX], link[CLN_PATH_MAX];
	const char *target = entry->is.hard_link ? entry->is.hard_link : entry->is.target;
	uint64_t most = limit_of(store->limits, LIMIT_MEMBERS);

	if (entry->is.type == NODE_DIR)
		return 0;
	if (entry->sparse || (entry->is.type != NODE_FILE && !target))
		return cln_fail(err, EINVAL, "member %.300s is no plain file", entry->is.path);
	if (store->count >= most)
		return limit_over(LIMIT_MEMBERS, most, err) < 0
			       ? cln_within(err, "member %.300s", entry->is.path)
			       : 0;
	if (cln_path_join("/", entry->is.path, name) < 0)
		return cln_fail(err, ENAMETOOLONG, "member %.300s: %m", entry->is.path);
	member.name = cln_arena_strdup(store->arena, name);
	if (target) {
		char base[CLN_PATH_MAX] = "/";

		if (!entry->is.hard_link)
			memcpy(base, name, cln_path_parent_length(name));
		if (cln_path_join(base, target, link) < 0)
			return cln_fail(err, ENAMETOOLONG, "member %.300s: %m", entry->is.path);
		member.link = cln_arena_strdup(store->arena, link);
	}
	CLN_PUSH(store->member, store->count, store->room) = member;
	return 0;
}

static int by_member_name(const void *a, const void *b)
{
	return strcmp(((const struct member *)a)->name, ((const struct member *)b)->name);
}

static int members_read(struct store *store, const struct blob *blob, struct cln_err *err)
{
	cln_owned(tar_drop) struct tar *tar = tar_new(store->limits, member_add, store);
	char data[64 * TAR_BLOCK];

	for (uint64_t at = 0; at < blob->size_bytes;) {
		uint64_t skip = tar_skippable(tar);
		size_t size = CLN_MIN(sizeof(data), blob->size_bytes - at);

		if (skip) {
			skip = CLN_MIN(skip, blob->size_bytes - at);
			tar_skip(tar, skip);
			at += skip;
			continue;
		}
		if (blob_read(blob, at, data, size, err) < 0 || tar_feed(tar, data, size, err) < 0)
			return -err->code;
		at += size;
	}
	if (tar_finish(tar, err) < 0)
		return -err->code;
	if (store->count)
		qsort(store->member, store->count, sizeof(*store->member), by_member_name);
	for (size_t i = 1; i < store->count; i++)
		if (!strcmp(store->member[i - 1].name, store->member[i].name))
			return cln_fail(err, EINVAL, "member %.300s stands there twice",
				store->member[i].name);
	return 0;
}

static int spool_plain(void *context, const void *data, size_t size, struct cln_err *err)
{
	return spool_append(context, data, size, NULL, err);
}

static int archive_open(
	struct store *store, const char *path, const char *spool_dir, struct cln_err *err)
{
	struct blob blob = { .fd = store->fd, .limits = store->limits };
	struct pump_to to = { .bytes = spool_plain };
	unsigned char start[8] = { 0 };
	struct pump_result result;
	enum codec codec = CODEC_PLAIN;
	struct stat st;

	if (fstat(store->fd, &st) < 0)
		return cln_fail(err, errno, "%s: %m", path);
	if (!S_ISREG(st.st_mode))
		return cln_fail(err, EINVAL, "%s: not a file", path);
	blob.size_bytes = (uint64_t)st.st_size;
	if (blob_read(&blob, 0, start, CLN_MIN(sizeof(start), blob.size_bytes), err) < 0 ||
		codec_detect(start, sizeof(start), &codec, err) < 0)
		return cln_within(err, "%s", path);
	if (codec != CODEC_PLAIN) {
		if (spool_new(spool_dir, limit_of(store->limits, LIMIT_BYTES), &store->spool, err) <
			0)
			return cln_within(err, "%s", path);
		to.context = store->spool;
		if (pump_run(&blob, &to, &result, err) < 0)
			return cln_within(err, "%s", path);
		close(store->fd);
		store->fd = blob.fd = store->spool->fd;
		blob.size_bytes = store->spool->size_bytes;
	}
	store->archive = true;
	return members_read(store, &blob, err) < 0 ? cln_within(err, "%s", path) : 0;
}

const struct limits *store_limits(const struct store *store)
{
	return store->limits;
}

int store_open(const char *path, bool archive, const struct store_how *how, struct store **out,
	struct cln_err *err)
{
	cln_owned(store_drop) struct store *store = cln_alloc(sizeof(*store));

	store->arena = cln_arena_new();
	store->limits = how->limits;
	store->fd = open(path,
		archive ? O_RDONLY | O_CLOEXEC | O_NONBLOCK : O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (store->fd < 0)
		return cln_fail(err, errno, "%s: %m", path);
	if (archive && archive_open(store, path, how->spool_dir, err) < 0)
		return -err->code;
	*out = cln_steal(&store);
	return 0;
}

static int archive_file(
	struct store *store, const char *name, struct blob *blob, struct cln_err *err)
{
	char path[CLN_PATH_MAX];
	struct member key = { .name = path };

	if (cln_path_join("/", name, path) < 0)
		return cln_fail(err, ENAMETOOLONG, "%s: %m", name);
	for (int links = 0; links < LINKS_MAX; links++) {
		const struct member *found = store->count
						     ? bsearch(&key, store->member, store->count,
							       sizeof(key), by_member_name)
						     : NULL;

		if (!found)
			return cln_fail(err, ENOENT, "%s: not in the archive", name);
		if (!found->link) {
			*blob = (struct blob){ fcntl(store->fd, F_DUPFD_CLOEXEC, 3), found->offset,
				found->size_bytes, store->limits };
			return blob->fd < 0 ? cln_fail(err, errno, "%s: %m", name) : 0;
		}
		key.name = found->link;
	}
	return cln_fail(err, ELOOP, "%s: %m", name);
}

int store_file(struct store *store, const char *name, struct blob *blob, struct cln_err *err)
{
	struct stat st;
	int fd;

	if (store->archive)
		return archive_file(store, name, blob, err);
	fd = openat(store->fd, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return cln_fail(err, errno, "%s: %m", name);
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		close(fd);
		return cln_fail(err, EINVAL, "%s: not a file", name);
	}
	*blob = (struct blob){ fd, 0, (uint64_t)st.st_size, store->limits };
	return 0;
}
