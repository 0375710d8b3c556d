/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/facts.h"

#include "common/mem.h"
#include "packager/decide/policy.h"

#include <stdio.h>
#include <string.h>

static const char debug_tools[] =
	" gdb gdbserver lldb strace ltrace perf bpftrace tcpdump nc ncat netcat socat nmap "
	"curl wget ssh scp ftp telnet dig nslookup ps top htop vi vim nano less more ed "
	"lsof ss netstat ip ping ";

enum tool_kind facts_tool(const char *name, size_t length)
{
	char padded[64];

	if (length == 0 || length > sizeof(padded) - 3)
		return TOOL_KINDS;
	snprintf(padded, sizeof(padded), " %.*s ", (int)length, name);
	if (strstr(debug_tools, padded))
		return TOOL_DEBUG;
	padded[length + 1] = '\0';
	/* A language's installer is only there where production itself ran it. */
	switch (policy_of_name(padded + 1)) {
	case POLICY_SHELL:
		return TOOL_SHELL;
	case POLICY_PACKAGE_MANAGER:
		return TOOL_PACKAGE_MANAGER;
	default:
		return TOOL_KINDS;
	}
}

/* Names alone mean nothing there: /etc/cron.daily/dpkg is a job, not dpkg. */
static bool no_place_for_programs(const char *path)
{
	return strncmp(path, "/etc/", 5) == 0 || strncmp(path, "/usr/share/", 11) == 0 ||
	       strncmp(path, "/var/lib/", 9) == 0;
}

/* A name counts where what it leads to can run and is not our own init, which
 * stands in for /bin/sh where commands were compiled. */
static void count_tool(const struct tree *tree, uint32_t id, struct facts *facts)
{
	const struct node *node = &tree->node[id];
	enum tool_kind kind = facts_tool(node->name, node->name_length);
	struct tree_walk walk;
	const struct inode *inode;
	char path[4096];

	if (kind == TOOL_KINDS)
		return;
	tree_path(tree, id, path);
	if (no_place_for_programs(path) || tree_resolve(tree, path, true, &walk) == TREE_NONE ||
		strcmp(walk.real, "/clnimg-init") == 0)
		return;
	inode = tree_inode(tree, walk.end);
	if (inode->type != NODE_FILE || !(inode->mode & 0111))
		return;
	if (!facts->tools[kind]++)
		snprintf(facts->first[kind], sizeof(facts->first[kind]), "%.255s", path);
}

static void count_node(const struct tree *tree, uint32_t id, bool *seen, struct facts *facts)
{
	const struct inode *inode = tree_inode(tree, id);

	switch (inode->type) {
	case NODE_DIR:
		facts->directories++;
		return;
	case NODE_SYMLINK:
		facts->symlinks++;
		count_tool(tree, id, facts);
		return;
	case NODE_CHAR:
	case NODE_BLOCK:
		facts->devices++;
		return;
	case NODE_FILE:
		break;
	default:
		return;
	}
	count_tool(tree, id, facts);
	facts->files++;
	if (seen[tree->node[id].inode])
		return;
	seen[tree->node[id].inode] = true;
	facts->size_bytes += inode->size_bytes;
	facts->executables += (inode->mode & 0111) != 0;
	facts->setuid += (inode->mode & 06000) != 0;
}

void facts_count(const struct tree *tree, const struct packages *packages, struct facts *facts)
{
	cln_owned(cln_drop_mem) bool *seen = cln_alloc(tree->inode_count + 1);

	*facts = (struct facts){ .packages = packages ? packages->count : 0 };
	for (uint32_t id = 0; id < tree->node_count; id++)
		count_node(tree, id, seen, facts);
}
