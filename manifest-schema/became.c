// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"

#include <string.h>

static int user_order(const void *a, const void *b)
{
	const struct cln_trace_user *x = a, *y = b;

	return x->uid != y->uid ? (x->uid > y->uid) - (x->uid < y->uid)
				: (x->gid > y->gid) - (x->gid < y->gid);
}

const struct cln_trace_user *trace_keep_users(
	struct cln_arena *arena, const struct cln_trace_user *user, size_t count)
{
	struct cln_trace_user *copy;

	if (!count)
		return NULL;
	copy = cln_arena_alloc(arena, count * sizeof(*copy));
	memcpy(copy, user, count * sizeof(*copy));
	return copy;
}

void trace_settle_became(struct cln_trace_exec *exec)
{
	struct cln_trace_user *user = (struct cln_trace_user *)exec->became;
	size_t kept = 0;

	if (user)
		qsort(user, exec->became_count, sizeof(*user), user_order);
	for (size_t i = 0; i < exec->became_count && kept < CLN_TRACE_BECAME; i++)
		if ((user[i].uid != exec->uid || user[i].gid != exec->gid) &&
			(!kept || user_order(&user[kept - 1], &user[i]) != 0))
			user[kept++] = user[i];
	exec->became = kept ? user : NULL;
	exec->became_count = kept;
}

void trace_join_became(
	struct cln_arena *arena, struct cln_trace_exec *into, const struct cln_trace_exec *from)
{
	size_t count = into->became_count + from->became_count;
	struct cln_trace_user *all;

	if (!from->became_count)
		return;
	all = cln_arena_alloc(arena, count * sizeof(*all));
	if (into->became_count)
		memcpy(all, into->became, into->became_count * sizeof(*all));
	memcpy(all + into->became_count, from->became, from->became_count * sizeof(*all));
	into->became = all;
	into->became_count = count;
	trace_settle_became(into);
}
