// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/policy.h"
#include "packager/decide/policy_table.h"
#include "packager/decide/work.h"

#include "common/hash.h"

#include <string.h>

/* Larger programs are no shells: the largest known, a static fish, has 15 MiB. */
#define SHELL_MAX_BYTES ((size_t)24 << 20)

static bool in_words(const char *const *words, size_t count, const char *name)
{
	size_t low = 0, high = count;

	while (low < high) {
		size_t middle = (low + high) / 2;
		int order = strcmp(words[middle], name);

		if (!order)
			return true;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return false;
}
#define IN_WORDS(words, name) in_words(words, CLN_COUNT(words), name)

static bool in_program_folder(const struct tree *tree, uint32_t node)
{
	const char *name = tree->node[tree->node[node].parent].name;

	return !strcmp(name, "bin") || !strcmp(name, "sbin") || !strcmp(name, "libexec");
}

static bool is_program(const struct inode *inode)
{
	return inode->type == NODE_FILE && inode->mode & 0111 && inode->size_bytes >= 4;
}

/* 1: an ELF program; 0: none. */
static int is_elf(const struct tree *tree, uint32_t node, struct cln_err *err)
{
	char magic[4];
	int r = tree_read(tree, node, 0, magic, sizeof(magic), err);

	return r < 0 ? r : !memcmp(magic, "\177ELF", 4);
}

/* pip3.11 is a pip, python3-config is none. */
static bool is_language_manager(const char *name)
{
	char plain[32];
	size_t length = strlen(name);

	if (IN_WORDS(policy_language_managers, name))
		return true;
	while (length && strchr("0123456789.", name[length - 1]))
		length--;
	if (!name[length] || length >= sizeof(plain))
		return false;
	memcpy(plain, name, length);
	plain[length] = '\0';
	return IN_WORDS(policy_language_managers, plain);
}

enum policy_kind policy_of_name(const char *name)
{
	if (IN_WORDS(policy_shells, name))
		return POLICY_SHELL;
	if (IN_WORDS(policy_managers, name))
		return POLICY_PACKAGE_MANAGER;
	return is_language_manager(name) ? POLICY_LANGUAGE_MANAGER : POLICY_NONE;
}

int policy_of_node(
	const struct tree *tree, uint32_t node, enum policy_kind *kind, struct cln_err *err)
{
	enum policy_kind named;
	int r = 0;

	*kind = POLICY_NONE;
	if (!is_program(tree_inode(tree, node))) /* most are none, and names take longer */
		return 0;
	named = policy_of_name(tree->node[node].name);
	if (named == POLICY_NONE)
		return 0;
	if (named == POLICY_SHELL ? (r = is_elf(tree, node, err)) > 0
				  : in_program_folder(tree, node))
		*kind = named;
	return r < 0 ? r : 0;
}

static enum keep_why bar_by_name(struct work *work, uint32_t node, const uint8_t *ran)
{
	const struct keep_rules *rules = work->in->rules;
	const struct inode *inode = tree_inode(work->tree, node);
	enum policy_kind kind;
	int r;

	if (inode->type == NODE_CHAR || inode->type == NODE_BLOCK)
		return WHY_DEVICE;
	r = policy_of_node(work->tree, node, &kind, work->err);
	if (r < 0)
		work_fail(work, r);
	if (kind == POLICY_SHELL)
		return rules->allow_shell ? 0 : WHY_SHELL;
	if (kind == POLICY_NONE || rules->allow_package_manager ||
		(kind == POLICY_LANGUAGE_MANAGER && ran[work->tree->node[node].inode]))
		return 0;
	return WHY_PACKAGE_MANAGER;
}

/* By inode: 1 where production executed the file. */
static uint8_t *find_ran_new(const struct work *work)
{
	const struct cln_trace *trace = work->in->trace;
	uint8_t *ran = cln_alloc(work->tree->inode_count);
	struct tree_walk walk;

	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];

		if (file->root != work->in->root || !(file->access & (CLN_EXEC | CLN_READ)) ||
			!is_language_manager(strrchr(file->path, '/') ? strrchr(file->path, '/') + 1
								      : file->path))
			continue;
		if (!(trace_production_access(trace, file, NULL) & (CLN_EXEC | CLN_READ)))
			continue;
		if (tree_resolve(work->tree, file->path, true, &walk) != TREE_NONE)
			ran[work->tree->node[walk.end].inode] = 1;
	}
	return ran;
}

static void remember_shell(struct work *work, uint32_t node)
{
	CLN_PUSH(work->shell, work->shell_count, work->shell_room) = node;
}

int policy_bar(struct work *work)
{
	const struct tree *tree = work->tree;
	cln_owned(cln_drop_mem) uint8_t *ran = find_ran_new(work);
	cln_owned(cln_drop_mem) uint8_t *inode_bar = cln_alloc(tree->inode_count);

	for (uint32_t node = 0; node < tree->node_count && !work->failed; node++) {
		enum keep_why why = bar_by_name(work, node, ran);

		if (!why)
			continue;
		if (why == WHY_SHELL && !inode_bar[tree->node[node].inode])
			remember_shell(work, node);
		inode_bar[tree->node[node].inode] = (uint8_t)why;
	}
	for (uint32_t node = 0; node < tree->node_count; node++)
		work->bar[node] = inode_bar[tree->node[node].inode];
	return work->failed;
}

static bool holds_texts(const char *data, size_t size, const struct policy_content *content)
{
	for (size_t i = 0; i < CLN_COUNT(content->text); i++)
		if (!memmem(data, size, content->text[i], strlen(content->text[i])))
			return false;
	return true;
}

/* The same bytes as a shell that its name gave away? */
static bool is_copy(struct work *work, const char *data, size_t size)
{
	char mine[CLN_SHA256_HEX], its[CLN_SHA256_HEX];
	bool hashed = false;

	for (size_t i = 0; i < work->shell_count; i++) {
		cln_owned(cln_drop_mem) char *shell = NULL;
		size_t shell_size;

		if (tree_inode(work->tree, work->shell[i])->size_bytes != size)
			continue;
		int r = tree_read_all(work->tree, work->shell[i], SHELL_MAX_BYTES, &shell,
			&shell_size, work->err);
		if (r < 0) {
			work_fail(work, r);
			return false;
		}
		if (!hashed)
			cln_sha256_of(data, size, mine);
		hashed = true;
		cln_sha256_of(shell, shell_size, its);
		if (!strcmp(mine, its))
			return true;
	}
	return false;
}

/* The content of a program that may be a shell; *data is NULL for every other file. */
static int read_program(
	const struct tree *tree, uint32_t node, char **data, size_t *size, struct cln_err *err)
{
	const struct inode *inode = tree_inode(tree, node);
	int r;

	*data = NULL;
	if (!is_program(inode) || inode->size_bytes > SHELL_MAX_BYTES)
		return 0;
	r = is_elf(tree, node, err);
	return r <= 0 ? r : tree_read_all(tree, node, SHELL_MAX_BYTES, data, size, err);
}

static bool holds_shell(const char *data, size_t size)
{
	for (size_t i = 0; i < CLN_COUNT(policy_contents); i++)
		if (holds_texts(data, size, &policy_contents[i]))
			return true;
	return false;
}

int policy_of_file(
	const struct tree *tree, uint32_t node, enum policy_kind *kind, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *data = NULL;
	size_t size;
	int r = policy_of_node(tree, node, kind, err);

	if (r < 0 || *kind != POLICY_NONE)
		return r;
	r = read_program(tree, node, &data, &size, err);
	if (r == 0 && data && holds_shell(data, size))
		*kind = POLICY_SHELL;
	return r;
}

/* Is the program a shell, by what it holds? */
static bool sniff(struct work *work, uint32_t node)
{
	cln_owned(cln_drop_mem) char *data = NULL;
	size_t size;
	int r;

	if (work->in->rules->allow_shell || work->failed)
		return false;
	r = read_program(work->tree, node, &data, &size, work->err);
	if (r < 0)
		work_fail(work, r);
	return r == 0 && data && (holds_shell(data, size) || is_copy(work, data, size));
}

bool policy_bars(struct work *work, uint32_t node)
{
	const struct tree *tree = work->tree;
	struct tree_walk walk;
	char path[4096];

	if (work->bar[node])
		return true;
	if (work->mark[node] & MARK_SNIFFED)
		return false;
	work->mark[node] |= MARK_SNIFFED;
	if (tree_inode(tree, node)->type != NODE_SYMLINK) {
		if (sniff(work, node))
			work->bar[node] = WHY_SHELL;
		return work->bar[node];
	}
	/* A symlink to what is not kept would dangle. */
	if (tree_resolve(tree, tree_path(tree, node, path), true, &walk) == TREE_NONE ||
		!policy_bars(work, walk.end))
		return false;
	work->bar[node] = work->bar[walk.end];
	work->bar_via[node] = work->bar_via[walk.end];
	return true;
}
