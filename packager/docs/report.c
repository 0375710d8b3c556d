// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/report.h"

#include <stdio.h>
#include <string.h>

bool report_is_program(const struct facts *facts, uint32_t node)
{
	const struct inode *inode = tree_inode(facts->in->tree, node);

	return inode->type == NODE_FILE && (inode->mode & 0111);
}

/* What was written, to the last entry: documents and the init too. */
static void surface_of_layout(const struct facts *facts, struct surface *out)
{
	const struct layout *layout = facts->in->layout;

	for (size_t i = 0; i < layout->count; i++) {
		const struct layout_entry *entry = &layout->entry[i];
		const char *slash = strrchr(entry->path, '/');
		bool program = entry->type == NODE_FILE && (entry->mode & 0111);

		if (entry->type == NODE_DIR)
			continue;
		out->files++;
		out->bytes += entry->type == NODE_FILE && !entry->hard_link ? entry->size_bytes : 0;
		out->executables += program;
		out->setuid += entry->type == NODE_FILE && (entry->mode & 06000);
		out->shells += program && facts_is_shell(slash ? slash + 1 : entry->path);
		out->package_managers +=
			program && facts_is_package_manager(slash ? slash + 1 : entry->path);
	}
	out->packages = facts->packages_kept;
}

void report_surface(const struct facts *facts, bool after, struct surface *out)
{
	const struct tree *tree = facts->in->tree;

	*out = (struct surface){ 0 };
	if (after && facts->in->layout) {
		surface_of_layout(facts, out);
		return;
	}
	for (uint32_t i = 0; i < tree->node_count; i++) {
		const struct inode *inode = tree_inode(tree, i);
		const char *name = tree->node[i].name;
		bool program = report_is_program(facts, i);

		if (inode->type == NODE_DIR || (after && !facts->remains[i]))
			continue;
		out->files++;
		out->bytes += inode->type == NODE_FILE ? inode->size_bytes : 0;
		out->executables += program;
		/* The packager clears both bits of what it keeps. */
		out->setuid += inode->type == NODE_FILE && (inode->mode & 06000) && !after;
		out->shells += program && facts_is_shell(name);
		out->package_managers += program && facts_is_package_manager(name);
	}
	out->packages = after ? facts->packages_kept : facts->in->packages->count;
	out->files += after; /* the init */
	out->executables += after;
}

static const char *via_trace(const struct facts *facts, uint32_t via, char out[4096])
{
	const struct cln_trace *trace = facts->in->trace;
	const struct cln_trace_file *file;

	if (via >= trace->file_count)
		return "";
	file = &trace->file[via];
	for (size_t i = 0; i < file->use_count; i++)
		if (file->use[i].exec < trace->exec_count) {
			const struct cln_trace_exec *exec = &trace->exec[file->use[i].exec];

			snprintf(out, 4096, "%s (%s)", exec->path, cln_role_name(exec->role));
			return out;
		}
	return file->path;
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
