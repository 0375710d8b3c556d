/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An image's init.conf is whatever its maker put there: any bytes are checked
 * without harm.
 */
#include "packager/model/tree_build.h"
#include "packager/verify/check.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct tree *tree_with(const uint8_t *data, size_t size)
{
	struct spool *spool = NULL;
	struct cln_err err = {};
	struct tree_entry entry = {
		.path = "etc/clnimg/init.conf", .type = NODE_FILE, .mode = 0644, .size_bytes = size
	};
	struct tree *tree;

	if (spool_new(NULL, 0, &spool, &err) < 0 ||
		spool_append(spool, data, size, &entry.spool_offset, &err) < 0)
		abort();
	tree = tree_new(spool);
	tree_layer_begin(tree);
	if (tree_layer_add(tree, &entry, NULL, &err) < 0 || tree_layer_end(tree, &err) < 0 ||
		tree_seal(tree, &err) < 0)
		abort();
	return tree;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct tree *tree = tree_with(data, size);
	const struct check_input in = { .tree = tree };
	struct findings findings;
	struct cln_err err = {};

	findings_init(&findings);
	if (check_init(&in, &findings, &err) == 0)
		json_decref(findings_json(&findings));
	findings_release(&findings);
	tree_free(tree);
	return 0;
}
