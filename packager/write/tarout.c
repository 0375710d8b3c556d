// SPDX-License-Identifier: Apache-2.0
#include "packager/write/tarout.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define BLOCK 512

/* POSIX.1-2017 pax, "ustar Interchange Format". */
struct header {
	char name[100], mode[8], uid[8], gid[8], size[12], mtime[12], sum[8], type, link[100];
	char magic[6], version[2], user[32], group[32], major[8], minor[8], prefix[155], rest[12];
};

_Static_assert(sizeof(struct header) == BLOCK, "a header is one block");

static void octal(char *field, size_t size, uint64_t value)
{
	for (size_t i = size - 1; i-- > 0; value >>= 3)
		field[i] = (char)('0' + (value & 7));
	field[size - 1] = '\0';
}

static bool octal_fits(uint64_t value, size_t size)
{
	return value >> (3 * (size - 1)) == 0;
}

static void seal(struct header *h)
{
	unsigned sum = 0;

	memcpy(h->magic, "ustar", 6);
	memcpy(h->version, "00", 2);
	memset(h->sum, ' ', sizeof(h->sum));
	for (size_t i = 0; i < sizeof(*h); i++)
		sum += ((const unsigned char *)h)[i];
	octal(h->sum, 7, sum);
}

static void header_init(struct header *h, char type, uint32_t mode, uint64_t size)
{
	*h = (struct header){ .type = type };
	octal(h->mode, sizeof(h->mode), mode);
	octal(h->uid, sizeof(h->uid), 0);
	octal(h->gid, sizeof(h->gid), 0);
	octal(h->size, sizeof(h->size), size);
	octal(h->mtime, sizeof(h->mtime), 0);
	octal(h->major, sizeof(h->major), 0);
	octal(h->minor, sizeof(h->minor), 0);
}

/* Into name and prefix; false where it needs PAX. */
static bool split_name(struct header *h, const char *path)
{
	size_t length = strlen(path);

	if (length <= sizeof(h->name)) {
		memcpy(h->name, path, length);
		return true;
	}
	for (const char *slash = strchr(path, '/'); slash; slash = strchr(slash + 1, '/')) {
		size_t prefix = (size_t)(slash - path), rest = length - prefix - 1;

		if (prefix > sizeof(h->prefix))
			break;
		if (rest <= sizeof(h->name) && rest) {
			memcpy(h->prefix, path, prefix);
			memcpy(h->name, slash + 1, rest);
			return true;
		}
	}
	memcpy(h->name, path, sizeof(h->name));
	return false;
}

/* "LENGTH KEY=VALUE\n", where LENGTH counts its own digits. */
static void pax_add(
	struct cln_buf *pax, const char *prefix, const char *key, const void *value, size_t size)
{
	size_t rest = strlen(prefix) + strlen(key) + size + 3; /* space, equals, newline */
	size_t length = rest + 1;
	size_t digits;

	while ((digits = (size_t)snprintf(NULL, 0, "%zu", length)) + rest != length)
		length = digits + rest;
	cln_buf_addf(pax, "%zu %s%s=", length, prefix, key);
	cln_buf_add(pax, value, size);
	cln_buf_addc(pax, '\n');
}

static void number(struct cln_buf *pax, char *field, size_t size, const char *key, int64_t value)
{
	bool fits = value >= 0 && octal_fits((uint64_t)value, size);
	char text[32];

	octal(field, size, fits ? (uint64_t)value : 0);
	if (!fits) {
		snprintf(text, sizeof(text), "%lld", (long long)value);
		pax_add(pax, "", key, text, strlen(text));
	}
}

/* The name in the archive: no slash in front, one behind a directory; the root is "./". */
static void entry_name(
	const struct layout *layout, const struct layout_entry *entry, char out[4100])
{
	char room[4096];
	const char *path = layout_path(layout, entry, room);

	snprintf(out, 4100, "%s%s", path[1] ? path + 1 : ".", entry->type == NODE_DIR ? "/" : "");
}

/* What a link leads to, or NULL. */
static const char *entry_link(
	const struct layout *layout, const struct layout_entry *entry, char room[4096])
{
	if (entry->hard_link)
		return layout_path(layout, &layout->entry[entry->hard_link], room) + 1;
	return entry->type == NODE_SYMLINK ? entry->target : NULL;
}

static char type_flag(const struct layout_entry *entry)
{
	static const char flag[] = { [NODE_DIR] = '5',
		[NODE_FILE] = '0',
		[NODE_SYMLINK] = '2',
		[NODE_FIFO] = '6',
		[NODE_CHAR] = '3',
		[NODE_BLOCK] = '4' };

	return entry->hard_link ? '1' : flag[entry->type];
}

static void pax_header(struct cln_buf *out, const char *name, const struct cln_buf *pax)
{
	static const char zero[BLOCK];
	struct header h;
	char inside[4200];

	header_init(&h, 'x', 0644, pax->size);
	snprintf(inside, sizeof(inside), "PaxHeaders.0/%s", name);
	memcpy(h.name, inside, strnlen(inside, sizeof(h.name)));
	seal(&h);
	cln_buf_add(out, &h, sizeof(h));
	cln_buf_add(out, pax->data, pax->size);
	cln_buf_add(out, zero, tarout_padding(pax->size));
}

static void names(struct header *h, struct cln_buf *pax, const char *name, const char *link)
{
	if (!split_name(h, name))
		pax_add(pax, "", "path", name, strlen(name));
	if (!link)
		return;
	if (strlen(link) > sizeof(h->link))
		pax_add(pax, "", "linkpath", link, strlen(link));
	memcpy(h->link, link, strnlen(link, sizeof(h->link)));
}

static void inode_facts(struct header *h, struct cln_buf *pax, const struct inode *inode)
{
	if (h->type == '3' || h->type == '4') {
		octal(h->major, sizeof(h->major), inode->dev_major);
		octal(h->minor, sizeof(h->minor), inode->dev_minor);
	}
	for (uint32_t i = 0; inode->xattrs && i < inode->xattrs->count; i++) {
		const struct xattr *xattr = &inode->xattrs->item[i];

		pax_add(pax, "SCHILY.xattr.", xattr->name, xattr->value, xattr->size);
	}
}

int tarout_header(struct cln_buf *out, const struct layout *layout,
	const struct layout_entry *entry, int64_t mtime, struct cln_err *err)
{
	cln_owned(cln_buf_release) struct cln_buf pax = { 0 };
	char name[4100], room[4096], flag;
	struct header h;

	if (entry->type == NODE_SOCKET)
		return cln_fail(err, ENOTSUP, "%s: a tar cannot hold a socket",
			layout_path(layout, entry, room));
	flag = type_flag(entry);
	header_init(&h, flag, entry->mode & 07777, 0);
	entry_name(layout, entry, name);
	names(&h, &pax, name, entry_link(layout, entry, room));
	number(&pax, h.uid, sizeof(h.uid), "uid", entry->uid);
	number(&pax, h.gid, sizeof(h.gid), "gid", entry->gid);
	if (flag == '0')
		number(&pax, h.size, sizeof(h.size), "size", (int64_t)entry->size_bytes);
	number(&pax, h.mtime, sizeof(h.mtime), "mtime", mtime);
	if (entry->node != TREE_NONE && !entry->hard_link)
		inode_facts(&h, &pax, tree_inode(layout->tree, entry->node));
	seal(&h);
	if (pax.size)
		pax_header(out, name, &pax);
	cln_buf_add(out, &h, sizeof(h));
	return 0;
}

void tarout_member(char header[512], const char *name, uint64_t size)
{
	struct header h;

	header_init(&h, '0', 0644, size);
	memcpy(h.name, name, strnlen(name, sizeof(h.name)));
	seal(&h);
	memcpy(header, &h, sizeof(h));
}
