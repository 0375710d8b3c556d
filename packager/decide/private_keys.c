// SPDX-License-Identifier: Apache-2.0
/*
 * private_keys.c - private keys that are kept. A key that came with the image is a file in use
 * like any other, but whoever can pull the image has it: so it is told.
 *
 * RFC 7468 "Textual Encodings of PKIX, PKCS, and CMS Structures", RFC 4880 6.2 (armor).
 */
#include "packager/decide/work.h"

#include <string.h>

#define KEY_MAX_BYTES ((size_t)1 << 20) /* larger files are no keys */
#define BEGIN "-----BEGIN "
#define PUTTY "PuTTY-User-Key-File-"

/* The next line that begins an armoured text, or NULL; *size is what is left from there on. */
static const char *next_begin(const char *text, size_t *size, bool at_line)
{
	const char *end = text + *size, *found = text;

	while ((found = memmem(found, (size_t)(end - found), BEGIN, strlen(BEGIN)))) {
		*size = (size_t)(end - found);
		if (found == text ? at_line : found[-1] == '\n')
			return found;
		found++;
	}
	return NULL;
}

bool private_keys_suspect(const char *head, size_t size)
{
	return next_begin(head, &size, true) ||
	       (size >= strlen(PUTTY) && !memcmp(head, PUTTY, strlen(PUTTY)));
}

static bool holds_key(const char *text, size_t size)
{
	bool first = true;

	if (size >= strlen(PUTTY) && !memcmp(text, PUTTY, strlen(PUTTY)))
		return true;
	for (; (text = next_begin(text, &size, first)); text++, size--) {
		const char *newline = memchr(text, '\n', size);
		size_t line = newline ? (size_t)(newline - text) : size;

		if (memmem(text, line, "PRIVATE KEY-----", 16) ||
			memmem(text, line, "PRIVATE KEY BLOCK-----", 22))
			return true;
		first = false;
	}
	return false;
}

void private_keys_warn(struct work *work)
{
	const struct tree *tree = work->tree;
	char path[4096];

	for (uint32_t node = 0; node < tree->node_count && !work->failed; node++) {
		cln_owned(cln_drop_mem) char *text = NULL;
		size_t size;
		int r;

		if (!(work->mark[node] & MARK_ARMOURED) || !why_keeps(work->keep->why[node]) ||
			tree_inode(tree, node)->size_bytes > KEY_MAX_BYTES)
			continue;
		r = tree_read_all(tree, node, KEY_MAX_BYTES, &text, &size, work->err);
		if (r < 0)
			work_fail(work, r);
		else if (holds_key(text, size))
			work_warn(work,
				"%s holds a private key, and whoever can pull the image has it "
				"(--drop keeps it out)",
				tree_path(tree, node, path));
	}
}
