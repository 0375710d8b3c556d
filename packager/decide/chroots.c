// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include <string.h>

/* Nobody starts main in a chroot again: the init may not. Then it stays apart. */
static bool holds_main(const struct cln_trace *trace, uint32_t root)
{
	for (size_t i = 0; i < trace->exec_count; i++)
		if (trace->exec[i].root == root && trace->exec[i].role == CLN_ROLE_MAIN)
			return true;
	return false;
}

static bool can_be_laid(const struct cln_trace *trace, uint32_t root)
{
	return !strcmp(trace->root[root].recognised, "chroot") && trace->root[root].folder &&
	       !holds_main(trace, root);
}

/* Did a program of `around` change to that root, or start one in it? */
static bool was_entered_from(const struct cln_trace *trace, uint32_t root, uint32_t around)
{
	for (size_t i = 0; i < trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &trace->exec[i];

		if (exec->root == root && exec->parent != CLN_TRACE_NONE &&
			trace->exec[exec->parent].root == around)
			return true;
	}
	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];

		for (size_t k = 0; file->root == root && k < file->use_count; k++)
			if (file->use[k].exec != CLN_TRACE_NONE &&
				trace->exec[file->use[k].exec].root == around)
				return true;
	}
	return false;
}

/* Again after each: a chroot may lie in a chroot, whose programs are the image's then. */
void chroots_lay(const struct tree *tree, struct cln_trace *trace, uint32_t around)
{
	bool more = true;

	while (more) {
		more = false;
		for (uint32_t i = 0; i < trace->root_count; i++) {
			struct tree_walk walk;

			if (i == around || !can_be_laid(trace, i) ||
				!was_entered_from(trace, i, around))
				continue;
			tree_resolve(tree, trace->root[i].folder, true, &walk);
			cln_trace_lay(trace, i, around, walk.real);
			more = true;
		}
	}
}
