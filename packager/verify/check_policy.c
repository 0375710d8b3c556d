/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/check.h"
#include "packager/verify/facts.h"

#include <string.h>

static void add(struct findings *findings, const char *check, const char *path, const char *text)
{
	findings_add(findings,
		&(struct finding){
			.level = FINDING_POLICY, .check = check, .path = path, .text = text });
}

/* "65532:65532": kubelet cannot check names for runAsNonRoot. */
static void check_user(const struct image *image, struct findings *findings)
{
	char *end;
	unsigned long uid = strtoul(image->user, &end, 10);

	if (end == image->user || (*end && *end != ':'))
		add(findings, "user", NULL,
			cln_arena_format(findings->arena, "the image's user \"%s\" is no number",
				image->user));
	else if (uid == 0 || uid > INT32_MAX)
		add(findings, "user", NULL,
			cln_arena_format(findings->arena, "the image's user is %lu", uid));
}

static void check_entry(const struct check_input *in, struct findings *findings)
{
	const char *entry = in->image->entrypoint[0];
	uint32_t id = tree_lookup(in->tree, "/clnimg-init");

	if (!entry || strcmp(entry, "/clnimg-init") != 0)
		add(findings, "entrypoint", entry, "the entry point is not /clnimg-init");
	if (id == TREE_NONE || tree_inode(in->tree, id)->type != NODE_FILE ||
		!(tree_inode(in->tree, id)->mode & 0001))
		add(findings, "entrypoint", "/clnimg-init",
			"/clnimg-init is not a file that everybody may run");
}

static void check_modes(const struct check_input *in, struct findings *findings)
{
	char path[4096];

	for (uint32_t id = 0; id < in->tree->node_count; id++) {
		const struct inode *inode = tree_inode(in->tree, id);

		tree_path(in->tree, id, path);
		if (inode->type == NODE_FILE && (inode->mode & 06000))
			add(findings, "setuid", path,
				cln_arena_format(findings->arena, "%s is setuid or setgid", path));
		if (inode->type == NODE_CHAR || inode->type == NODE_BLOCK)
			add(findings, "device", path,
				cln_arena_format(findings->arena, "%s is a device node", path));
		if ((inode->type == NODE_DIR && (inode->mode & 01002) == 0002) ||
			(inode->type == NODE_FILE && (inode->mode & 0002)))
			findings_add(findings,
				&(struct finding){ .level = FINDING_NOTE,
					.check = "world-writable",
					.path = path,
					.text = cln_arena_format(findings->arena,
						"%s is writable for everybody, though the root is read-only",
						path) });
	}
}

int check_policy(const struct check_input *in, struct findings *findings, struct cln_err *err)
{
	static const char *const names[] = {
		[TOOL_SHELL] = "shell", [TOOL_PACKAGE_MANAGER] = "package-manager"
	};
	static const char *const option[] = {
		[TOOL_SHELL] = "clnimg-pack --allow-shell keeps it on purpose",
		[TOOL_PACKAGE_MANAGER] = "clnimg-pack --allow-package-manager keeps it on purpose"
	};
	struct facts counted;
	const struct facts *facts = in->facts;
	int r = facts ? 0 : facts_count(in->tree, in->packages, &counted, err);

	if (r < 0)
		return r;
	facts = facts ? facts : &counted;
	check_user(in->image, findings);
	check_entry(in, findings);
	check_modes(in, findings);
	for (int kind = TOOL_SHELL; kind <= TOOL_PACKAGE_MANAGER; kind++)
		if (facts->tools[kind])
			findings_add(findings,
				&(struct finding){ .level = FINDING_POLICY,
					.check = names[kind],
					.path = facts->first[kind],
					.fix = option[kind],
					.text = cln_arena_format(findings->arena, "%s is a %s",
						facts->first[kind],
						kind == TOOL_SHELL ? "shell"
								   : "package manager") });
	return 0;
}
