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

static bool is_debug_tool(const struct tree *tree, uint32_t id)
{
	const struct inode *inode = tree_inode(tree, id);
	char padded[64];

	return inode->type == NODE_FILE && (inode->mode & 0111) &&
	       (size_t)snprintf(padded, sizeof(padded), " %s ", tree->node[id].name) <
		       sizeof(padded) &&
	       strstr(debug_tools, padded);
}

/* Names alone mean nothing there: /usr/share/doc/less/examples/less is no tool. */
static bool no_place_for_programs(const char *path)
{
	return strncmp(path, "/etc/", 5) == 0 || strncmp(path, "/usr/share/", 11) == 0 ||
	       strncmp(path, "/var/lib/", 9) == 0;
}

/* Each program once, under its own name: symlinks to it add nothing. */
static int count_tool(
	const struct tree *tree, uint32_t id, struct facts *facts, struct cln_err *err)
{
	enum tool_kind kind = TOOL_KINDS;
	enum policy_kind policy;
	char path[4096];
	int r = policy_of_file(tree, id, &policy, err);

	tree_path(tree, id, path);
	if (r < 0)
		return cln_within(err, "%s", path);
	/* A language's installer is only there where production itself ran it. */
	if (policy == POLICY_SHELL)
		kind = TOOL_SHELL;
	else if (policy == POLICY_PACKAGE_MANAGER)
		kind = TOOL_PACKAGE_MANAGER;
	else if (is_debug_tool(tree, id) && !no_place_for_programs(path))
		kind = TOOL_DEBUG;
	if (kind != TOOL_KINDS && !facts->tools[kind]++)
		snprintf(facts->first[kind], sizeof(facts->first[kind]), "%.255s", path);
	return 0;
}

static int count_node(
	const struct tree *tree, uint32_t id, bool *seen, struct facts *facts, struct cln_err *err)
{
	const struct inode *inode = tree_inode(tree, id);

	switch (inode->type) {
	case NODE_DIR:
		facts->directories++;
		return 0;
	case NODE_SYMLINK:
		facts->symlinks++;
		return 0;
	case NODE_CHAR:
	case NODE_BLOCK:
		facts->devices++;
		return 0;
	case NODE_FILE:
		break;
	default:
		return 0;
	}
	facts->files++;
	if (seen[tree->node[id].inode])
		return count_tool(tree, id, facts, err);
	seen[tree->node[id].inode] = true;
	facts->size_bytes += inode->size_bytes;
	facts->executables += (inode->mode & 0111) != 0;
	facts->setuid += (inode->mode & 06000) != 0;
	return count_tool(tree, id, facts, err);
}

int facts_count(const struct tree *tree, const struct packages *packages, struct facts *facts,
	struct cln_err *err)
{
	cln_owned(cln_drop_mem) bool *seen = cln_alloc(tree->inode_count + 1);
	int r = 0;

	*facts = (struct facts){ .packages = packages ? packages->count : 0 };
	for (uint32_t id = 0; r == 0 && id < tree->node_count; id++)
		r = count_node(tree, id, seen, facts, err);
	return r;
}
