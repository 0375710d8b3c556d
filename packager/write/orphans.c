// SPDX-License-Identifier: Apache-2.0
#include "packager/write/orphans.h"

#include "common/buf.h"
#include "common/json.h"
#include "common/log.h"
#include "common/mem.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#define NOTES "moved"
#define NOTES_MAX ((size_t)16 << 20)
#define JSON_MAX ((size_t)4 << 20)
#define DOCUMENTS_MAX 100000u
#define DIGEST_LENGTH 71 /* "sha256:" and 64 hex digits */

int orphans_note(
	const char *work, const struct place_blob *blob, const char *path, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *notes = cln_format("%s/" NOTES, work);
	cln_owned(cln_drop_fd) int fd =
		open(notes, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	struct stat st;

	if (fd < 0)
		return cln_fail(err, errno, "%s: %m", notes);
	if (lstat(path, &st) < 0)
		return cln_fail(err, errno, "%s: %m", path);
	if (dprintf(fd, "%s %ju\n", blob->digest, (uintmax_t)st.st_ino) < 0)
		return cln_fail(err, errno, "write %s: %m", notes);
	return 0;
}

static bool is_digest(const char *text)
{
	return strlen(text) == DIGEST_LENGTH && !strncmp(text, "sha256:", 7) &&
	       strspn(text + 7, "0123456789abcdef") == 64;
}

/* What index.json leads to. */
struct named {
	json_t *seen, *queue;
	const char *dir;
};

static void named_release(struct named *named)
{
	json_decref(named->seen);
	json_decref(named->queue);
}

/* Every member "digest" anywhere in the document. */
static void named_add(struct named *named, const json_t *value)
{
	const char *digest = cln_json_str(value, "digest", "");
	const char *key;
	json_t *child;
	size_t i;

	if (is_digest(digest) && !json_object_get(named->seen, digest)) {
		json_object_set_new(named->seen, digest, json_true());
		json_array_append_new(named->queue, json_string(digest));
	}
	json_object_foreach ((json_t *)value, key, child)
		named_add(named, child);
	json_array_foreach (value, i, child)
		named_add(named, child);
}

/* What a blob names where it is a document: JSON, and no larger than those may be. False: it is
 * too large to be told from one. */
static bool named_follow(struct named *named, const char *digest)
{
	cln_owned(cln_drop_mem) char *path =
		cln_format("%s/blobs/sha256/%s", named->dir, digest + 7);
	cln_owned(cln_json_drop) json_t *document = NULL;
	struct cln_err ignored = { 0 };
	char first = '\0';
	cln_owned(cln_drop_fd) int fd = open(path, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0) /* names a blob that is not there: that leads nowhere */
		return errno == ENOENT;
	if (read(fd, &first, 1) != 1 || first != '{')
		return true;
	if (cln_json_read(path, JSON_MAX, &document, &ignored) < 0)
		return false;
	named_add(named, document);
	return true;
}

static bool named_find(struct named *named)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/index.json", named->dir);
	cln_owned(cln_json_drop) json_t *index = NULL;
	struct cln_err ignored = { 0 };

	named->seen = json_object();
	named->queue = json_array();
	if (cln_json_read(path, JSON_MAX, &index, &ignored) < 0)
		return false;
	named_add(named, index);
	for (size_t i = 0; i < json_array_size(named->queue); i++)
		if (i == DOCUMENTS_MAX ||
			!named_follow(named, json_string_value(json_array_get(named->queue, i))))
			return false;
	return true;
}

struct removed {
	size_t count;
	uint64_t bytes;
};

/* A line of notes: digest and inode. */
static void remove_noted(const struct named *named, const char *line, struct removed *removed)
{
	char digest[DIGEST_LENGTH + 1] = "";
	cln_owned(cln_drop_mem) char *path = NULL;
	uintmax_t inode = 0;
	struct stat st;

	if (sscanf(line, "%71s %ju", digest, &inode) != 2 || !is_digest(digest) ||
		json_object_get(named->seen, digest))
		return;
	path = cln_format("%s/blobs/sha256/%s", named->dir, digest + 7);
	if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode) || st.st_ino != inode ||
		st.st_uid != geteuid() || unlink(path) < 0)
		return;
	removed->count++;
	removed->bytes += (uint64_t)st.st_size;
}

/* The notes of a folder that nobody holds; NULL: somebody does (*alive), or there are none. */
static char *notes_new(const char *dir, const char *name, bool *alive)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/%s", dir, name);
	cln_owned(cln_drop_fd) int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	cln_owned(cln_drop_fd) int notes = -1;
	struct cln_err ignored = { 0 };
	struct stat st;
	char *text = NULL;
	size_t size;

	if (fd < 0 || fstat(fd, &st) < 0 || st.st_uid != geteuid())
		return NULL;
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		*alive = true;
		return NULL;
	}
	notes = openat(fd, NOTES, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (notes < 0 || fstat(notes, &st) < 0 || !S_ISREG(st.st_mode) || st.st_uid != geteuid() ||
		cln_read_fd(notes, NOTES_MAX, &text, &size, &ignored) < 0)
		return NULL;
	return text;
}

/* All notes of the dead, end to end. */
static void gather(const char *dir, struct cln_buf *all, bool *alive)
{
	DIR *open = opendir(dir);
	struct dirent *entry;

	while (open && (entry = readdir(open))) {
		cln_owned(cln_drop_mem) char *notes = NULL;

		if (strncmp(entry->d_name, STAGE_PREFIX, strlen(STAGE_PREFIX)) != 0)
			continue;
		notes = notes_new(dir, entry->d_name, alive);
		if (notes)
			cln_buf_adds(all, notes);
	}
	if (open)
		closedir(open);
}

static void remove_all(const char *dir, char *notes)
{
	cln_owned(named_release) struct named named = { .dir = dir };
	struct removed removed = { 0 };
	char text[16], *line;

	if (!named_find(&named))
		return;
	while ((line = strsep(&notes, "\n")))
		remove_noted(&named, line, &removed);
	if (removed.count)
		cln_info("oci:%s: removed %zu blobs (%s) that a killed run left", dir,
			removed.count, cln_bytes_text(removed.bytes, text));
}

bool orphans_collect(const char *dir)
{
	cln_owned(cln_buf_release) struct cln_buf notes = { 0 };
	cln_owned(cln_drop_fd) int lock = -1;
	bool alive = false;

	gather(dir, &notes, &alive);
	if (!notes.size)
		return !alive;
	lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (alive || lock < 0 || flock(lock, LOCK_EX) < 0)
		return false;
	/* who wrote meanwhile has swept, or has begun */
	cln_buf_release(&notes);
	gather(dir, &notes, &alive);
	if (!alive && notes.size)
		remove_all(dir, notes.data);
	return !alive;
}
