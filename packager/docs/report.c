// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/report.h"

#include <stdio.h>
#include <string.h>

bool report_is_program(const struct facts *facts, uint32_t node)
{
	const struct inode *inode = tree_inode(facts->in->tree, node);

	return inode->type == NODE_FILE && (inode->mode & 0111);
}

static void count_policy(const struct facts *facts, uint32_t node, struct surface *out)
{
	enum policy_kind kind = facts_policy(facts, node);

	out->shells += kind == POLICY_SHELL;
	out->package_managers += kind == POLICY_PACKAGE_MANAGER || kind == POLICY_LANGUAGE_MANAGER;
}

/* What was written, to the last entry: documents and the init too. Files are
 * names of regular files, as clnimg-verify counts them; bytes, executables and
 * setuid files count once however many hard links name them. */
static void surface_of_layout(const struct facts *facts, struct surface *out)
{
	const struct layout *layout = facts->in->layout;

	for (size_t i = 0; i < layout->count; i++) {
		const struct layout_entry *entry = &layout->entry[i];
		bool program = entry->type == NODE_FILE && (entry->mode & 0111);

		if (entry->type != NODE_FILE)
			continue;
		out->files++;
		if (!entry->hard_link) {
			out->bytes += entry->size_bytes;
			out->executables += program;
			out->setuid += (entry->mode & 06000) != 0;
		}
		if (program && entry->node != TREE_NONE)
			count_policy(facts, entry->node, out);
	}
	out->packages = facts->packages_kept;
}

void report_surface(const struct facts *facts, bool after, struct surface *out)
{
	const struct tree *tree = facts->in->tree;
	cln_owned(cln_drop_mem) bool *seen = NULL;

	*out = (struct surface){ 0 };
	if (after && facts->in->layout) {
		surface_of_layout(facts, out);
		return;
	}
	seen = cln_alloc(tree->inode_count + 1);
	for (uint32_t i = 0; i < tree->node_count; i++) {
		const struct inode *inode = tree_inode(tree, i);
		bool program = report_is_program(facts, i);

		if (inode->type != NODE_FILE || (after && !facts->remains[i]))
			continue;
		out->files++;
		if (!seen[tree->node[i].inode]) {
			seen[tree->node[i].inode] = true;
			out->bytes += inode->size_bytes;
			out->executables += program;
			/* The packager clears both bits of what it keeps. */
			out->setuid += (inode->mode & 06000) && !after;
		}
		if (program)
			count_policy(facts, i, out);
	}
	out->packages = after ? facts->packages_kept : facts->in->packages->count;
	out->files += after; /* the init */
	out->executables += after;
}

/* Who needs it in production comes before who only used it while starting. */
static const struct cln_trace_exec *via_exec(
	const struct cln_trace *trace, const struct cln_trace_file *file)
{
	const struct cln_trace_exec *first = NULL;

	for (size_t i = 0; i < file->use_count; i++) {
		const struct cln_trace_exec *exec = file->use[i].exec < trace->exec_count
							    ? &trace->exec[file->use[i].exec]
							    : NULL;

		if (exec && exec->role != CLN_ROLE_ENTRY && exec->role != CLN_ROLE_STARTUP)
			return exec;
		first = first ? first : exec;
	}
	return first;
}

static const char *via_trace(const struct facts *facts, uint32_t via, char out[4096])
{
	const struct cln_trace *trace = facts->in->trace;
	const struct cln_trace_file *file;
	const struct cln_trace_exec *exec;

	if (via >= trace->file_count)
		return "";
	file = &trace->file[via];
	exec = via_exec(trace, file);
	if (!exec)
		return file->path;
	snprintf(out, 4096, "%s (%s)", exec->path, cln_role_name(exec->role));
	return out;
}

const char *report_via(const struct facts *facts, uint32_t node, char out[4096])
{
	uint32_t via = facts->in->keep->via[node];

	out[0] = '\0';
	if (via == TREE_NONE)
		return out;
	switch ((enum keep_why)facts->in->keep->why[node]) {
	case WHY_TRACED:
	case WHY_STARTUP_ONLY:
		return via_trace(facts, via, out);
	case WHY_RULE_KEEP:
	case WHY_RULE_DROP:
	case WHY_DEMAND:
	case WHY_UNUSED:
	case WHY_COUNT:
		return out; /* indexes of the command line and the plan, not of facts here */
	case WHY_RULE_PACKAGE:
		return via < facts->in->packages->count ? facts->in->packages->package[via].name
							: out;
	default:
		return via < facts->in->tree->node_count && via != node
			       ? tree_path(facts->in->tree, via, out)
			       : out;
	}
}
