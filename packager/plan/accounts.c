// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/accounts.h"

#include "common/buf.h"

#include <string.h>

#define ACCOUNTS_MAX_BYTES ((size_t)4 << 20)

void account_ids_release(struct account_ids *ids)
{
	free(ids->id);
}

void account_ids_add(struct account_ids *ids, uint32_t id)
{
	if (!ids->count || ids->id[ids->count - 1] != id)
		CLN_PUSH(ids->id, ids->count, ids->room) = id;
}

static int by_id(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return x < y ? -1 : x > y;
}

static bool has(const struct account_ids *ids, uint32_t id)
{
	return bsearch(&id, ids->id, ids->count, sizeof(id), by_id) != NULL;
}

/* Field `index` of a line of length bytes as a number; false where it is none. */
static bool id_field(const char *line, size_t length, int index, uint32_t *id)
{
	const char *at = line, *end = line + length;
	uint64_t value = 0;

	for (; index > 0; index--) {
		at = memchr(at, ':', (size_t)(end - at));
		if (!at)
			return false;
		at++;
	}
	if (at == end || *at < '0' || *at > '9')
		return false;
	for (; at < end && *at >= '0' && *at <= '9' && value <= UINT32_MAX; at++)
		value = value * 10 + (uint64_t)(*at - '0');
	*id = (uint32_t)value;
	return value <= UINT32_MAX && (at == end || *at == ':');
}

char *accounts_reduced_new(
	const char *text, size_t size, struct account_ids *ids, struct account_ids *primary)
{
	struct cln_buf out = { 0 };
	const char *end = text + size;

	if (ids->count)
		qsort(ids->id, ids->count, sizeof(*ids->id), by_id);
	cln_buf_adds(&out, "");
	while (text < end) {
		const char *newline = memchr(text, '\n', (size_t)(end - text));
		size_t length = newline ? (size_t)(newline - text) : (size_t)(end - text);
		uint32_t id, group;

		if (id_field(text, length, 2, &id) && has(ids, id)) {
			cln_buf_add(&out, text, length);
			cln_buf_addc(&out, '\n');
			if (primary && id_field(text, length, 3, &group))
				account_ids_add(primary, group);
		}
		text += length + (newline ? 1 : 0);
	}
	return cln_buf_steal(&out);
}

static void find_used(
	const struct draft *draft, struct account_ids *users, struct account_ids *groups)
{
	const struct plan_process *process = &draft->plan->process;
	const struct cln_trace *trace = draft->in->trace;

	account_ids_add(users, 0);
	account_ids_add(groups, 0);
	account_ids_add(users, process->uid);
	account_ids_add(groups, process->gid);
	for (size_t i = 0; i < process->group_count; i++)
		account_ids_add(groups, process->group[i]);
	for (size_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];

		if (exec->root != draft->in->root || exec->role < CLN_ROLE_MAIN)
			continue;
		account_ids_add(users, exec->uid);
		account_ids_add(groups, exec->gid);
		for (size_t k = 0; k < exec->group_count; k++)
			account_ids_add(groups, exec->group[k]);
	}
	for (uint32_t node = 0; node < draft->in->tree->node_count; node++) {
		const struct inode *inode = tree_inode(draft->in->tree, node);

		if (!draft_keeps(draft, node))
			continue;
		account_ids_add(users, inode->uid);
		account_ids_add(groups, inode->gid);
	}
}

/* Start-up may have written the file itself: then what it wrote stands. */
static bool is_edited(const struct draft *draft, const char *path)
{
	for (size_t i = 0; i < draft->edit_count; i++)
		if (!strcmp(draft->edit[i].path, path))
			return true;
	return false;
}

static int reduce(struct draft *draft, const char *path, struct account_ids *ids,
	struct account_ids *primary, struct cln_err *err)
{
	const struct tree *tree = draft->in->tree;
	cln_owned(cln_drop_mem) char *text = NULL, *left = NULL;
	const struct inode *inode;
	struct plan_edit *edit;
	struct tree_walk walk;
	size_t size;

	if (tree_resolve(tree, path, true, &walk) == TREE_NONE || !draft_keeps(draft, walk.end))
		return 0;
	inode = tree_inode(tree, walk.end);
	if (inode->type != NODE_FILE || is_edited(draft, walk.real))
		return 0;
	if (tree_read_all(tree, walk.end, ACCOUNTS_MAX_BYTES, &text, &size, err) < 0)
		return cln_within(err, "%s", path);
	left = accounts_reduced_new(text, size, ids, primary);
	edit = draft_edit(draft, EDIT_FILE, cln_arena_strdup(draft->arena, walk.real),
		"only the accounts in use");
	edit->data = cln_arena_strdup(draft->arena, left);
	edit->data_size = strlen(left);
	edit->mode = inode->mode;
	edit->uid = inode->uid;
	edit->gid = inode->gid;
	return 0;
}

static void release_both(struct account_ids (*ids)[2])
{
	account_ids_release(&(*ids)[0]);
	account_ids_release(&(*ids)[1]);
}

int draft_accounts(struct draft *draft, struct cln_err *err)
{
	cln_owned(release_both) struct account_ids ids[2] = { { 0 } };
	int r;

	if (!draft->in->rules->reduce_accounts)
		return 0;
	find_used(draft, &ids[0], &ids[1]);
	r = reduce(draft, "/etc/passwd", &ids[0], &ids[1], err);
	return r < 0 ? r : reduce(draft, "/etc/group", &ids[1], NULL, err);
}
