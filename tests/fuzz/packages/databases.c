// SPDX-License-Identifier: Apache-2.0
/* Package databases as an image could hold them (hostile.h). */
#include "tests/fuzz/packages/hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct packages *packages = NULL;
	struct tree *tree;

	if (size < 1)
		return 0;
	hostile_image(data, size, &tree, &packages);
	for (uint32_t i = 0; i < packages->count; i++)
		free(package_purl_new(packages, &packages->package[i]));
	packages_free(packages);
	tree_free(tree);
	return 0;
}
