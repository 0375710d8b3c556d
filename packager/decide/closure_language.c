// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/work.h"

#include <string.h>

static bool ends_with(const struct node *node, const char *end)
{
	size_t length = strlen(end);

	return node->name_length > length && !strcmp(node->name + node->name_length - length, end);
}

static bool is_optimised(const char *name)
{
	return strstr(name, ".opt-1.") || strstr(name, ".opt-2.");
}

/* DIR/NAME.py of DIR/__pycache__/NAME.cpython-311.pyc (PEP 3147), DIR/NAME.pyc or DIR/NAME.pyo. */
static void pull_source(struct work *work, uint32_t node)
{
	const struct tree *tree = work->tree;
	const struct node *self = &tree->node[node];
	uint32_t dir = self->parent;
	size_t stem = self->name_length - 4;
	char name[260];

	if (!strcmp(tree->node[dir].name, "__pycache__")) {
		dir = tree->node[dir].parent;
		stem = strcspn(self->name, ".");
	}
	if (stem + 4 > sizeof(name))
		return;
	memcpy(name, self->name, stem);
	memcpy(name + stem, ".py", 4);
	work_pull(work, node, tree_child(tree, dir, name, stem + 3), WHY_BYTE_CODE);
}

/* Byte code of every interpreter version that the image has it for. */
static void pull_byte_code(struct work *work, uint32_t node)
{
	const struct tree *tree = work->tree;
	const struct node *self = &tree->node[node];
	size_t stem = self->name_length - 3;
	uint32_t cache = tree_child(tree, self->parent, "__pycache__", 11);
	char name[260];

	if (stem + 5 <= sizeof(name)) {
		memcpy(name, self->name, stem);
		memcpy(name + stem, ".pyc", 5);
		work_pull(
			work, node, tree_child(tree, self->parent, name, stem + 4), WHY_BYTE_CODE);
	}
	if (cache == TREE_NONE)
		return;
	const struct node *dir = &tree->node[cache];
	for (uint32_t i = 0; i < dir->child_count; i++) {
		uint32_t child = tree->child[dir->first_child + i];
		const struct node *code = &tree->node[child];

		if (code->name_length > stem && code->name[stem] == '.' &&
			!memcmp(code->name, self->name, stem) && ends_with(code, ".pyc") &&
			!is_optimised(code->name))
			work_pull(work, node, child, WHY_BYTE_CODE);
	}
}

void closure_language(struct work *work, uint32_t node)
{
	const struct node *self = &work->tree->node[node];

	if (ends_with(self, ".pyc") || ends_with(self, ".pyo"))
		pull_source(work, node);
	else if (ends_with(self, ".py"))
		pull_byte_code(work, node);
}
