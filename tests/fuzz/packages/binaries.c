// SPDX-License-Identifier: Apache-2.0
/* Jars (as app.jar) and ELF files with Go or Rust sections (as app). */
#include "common/mem.h"
#include "packager/model/package.h"
#include "packager/model/tree_build.h"

#include <stdint.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	bool jar = size > 1 && data[0] == 'P';
	struct tree_entry entry = {
		.path = jar ? "app-1.0.jar" : "app", .type = NODE_FILE, .mode = 0755
	};
	struct packages *packages = NULL;
	struct spool *spool = NULL;
	struct cln_err err = { 0 };
	struct tree *tree;
	cln_owned(cln_drop_mem) uint8_t *padded = cln_alloc(size + 4096);

	memcpy(padded, data, size); /* small files are not looked into: pad what is no jar */
	entry.size_bytes = jar ? size : size + 4096;
	if (spool_new(NULL, 0, &spool, &err) < 0)
		abort();
	tree = tree_new(spool);
	tree_layer_begin(tree);
	if (spool_append(spool, padded, entry.size_bytes, &entry.spool_offset, &err) < 0 ||
		tree_layer_add(tree, &entry, NULL, &err) < 0 || tree_layer_end(tree, &err) < 0 ||
		tree_seal(tree, &err) < 0 || packages_read(tree, &packages, &err) < 0)
		abort();
	packages_free(packages);
	tree_free(tree);
	return 0;
}
