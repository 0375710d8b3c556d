/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tree.h - the file system of an image: built layer by layer, then immutable.
 *
 * Nodes stand in one array and are named by u32 ids; decisions live in arrays
 * beside it, indexed by the same ids. Node 0 is the root directory. Names that
 * are hard links of one file are nodes that share an inode.
 *
 * File bytes are never in memory: they lie in a spool (an unlinked temporary
 * file) and are addressed by offset.
 *
 * Paths: absolute, any bytes but NUL and slash in names; at most 4095 bytes.
 * Order: children come in byte order of their names once the tree is sealed.
 */
#ifndef CLN_PACKAGER_TREE_H
#define CLN_PACKAGER_TREE_H

#include "common/err.h"

#define TREE_ROOT 0u
#define TREE_NONE UINT32_MAX

enum node_type { NODE_DIR, NODE_FILE, NODE_SYMLINK, NODE_FIFO, NODE_CHAR, NODE_BLOCK, NODE_SOCKET };

struct xattr {
	const char *name;  /* "security.capability" */
	const void *value; /* any bytes */
	uint32_t size;
};

struct xattrs { /* sorted by name */
	uint32_t count;
	struct xattr item[];
};

/* Shared by hard links. An image has as many as it has files, so what is rare shares a place. */
struct inode {
	uint64_t size_bytes; /* of a file */
	union {
		uint64_t spool_offset; /* of a file's bytes */
		struct {
			uint32_t dev_major, dev_minor; /* of a device */
		};
	};
	int64_t mtime;		     /* seconds, may be negative */
	const char *target;	     /* of a symlink, else NULL */
	const struct xattrs *xattrs; /* NULL: none */
	uint32_t uid, gid;
	uint32_t layer; /* index of the layer it came from */
	uint16_t mode;	/* permission bits with setuid, setgid, sticky */
	uint8_t type;	/* enum node_type */
};

struct node {
	uint32_t parent; /* of the root: TREE_ROOT */
	uint32_t inode;
	uint32_t first_child, child_count; /* of a sealed directory: into tree->child */
	const char *name;		   /* "" for the root */
	uint32_t name_length;
};

struct tree {
	struct node *node;
	struct inode *inode;
	uint32_t *child; /* node ids, children of one directory side by side */
	uint32_t node_count, inode_count;
	struct tree_inside *inside; /* arena, spool, building tables: tree.c only */
};

void tree_free(struct tree *tree);
void tree_drop(struct tree **tree);

static inline const struct inode *tree_inode(const struct tree *tree, uint32_t id)
{
	return &tree->inode[tree->node[id].inode];
}

/* The child of dir with that name, or TREE_NONE. */
uint32_t tree_child(const struct tree *tree, uint32_t dir, const char *name, size_t length);

/* The node at exactly this absolute path; no symlink is followed. */
uint32_t tree_lookup(const struct tree *tree, const char *path);

/* What resolving a path met, in order: every symlink node, then the end. */
struct tree_walk {
	uint32_t end;	   /* the node reached, or TREE_NONE */
	uint32_t stuck;	   /* where end is NONE: the last directory that exists */
	uint32_t link[40]; /* symlink nodes followed (Linux stops at 40) */
	uint32_t link_count;
	bool loop;
	char real[4096]; /* the path without symlinks, also of a missing end */
};

/*
 * Resolves path as the kernel would with the image as its root: ".." stops at
 * the root, absolute targets start there. follow: also a symlink at the end.
 * Returns walk->end.
 */
uint32_t tree_resolve(
	const struct tree *tree, const char *path, bool follow, struct tree_walk *walk);

/* The absolute path of a node; room for 4096 bytes. Returns out. */
const char *tree_path(const struct tree *tree, uint32_t id, char out[4096]);

/* size bytes of a file from offset; the file must hold them. */
int tree_read(const struct tree *tree, uint32_t id, uint64_t offset, void *data, size_t size,
	struct cln_err *err);

/* The whole of a file of at most ceiling bytes, NUL behind it; the caller's to free. */
int tree_read_all(const struct tree *tree, uint32_t id, size_t ceiling, char **data, size_t *size,
	struct cln_err *err);

/* What may be copied from the layers as they were stored (reuse.h), or NULL; the tree's. */
struct reuse *tree_reuse(const struct tree *tree);

/*
 * Building, used by packager/read and by tests. Adding follows the OCI merge
 * rules: see tree_build.h.
 */

#endif
