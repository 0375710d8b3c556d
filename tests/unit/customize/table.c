/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/table.h"

#include <criterion/criterion.h>
#include <string.h>

Test(table, says_what_the_images_hold)
{
	const struct table_side dev = {
		.facts = { .size_bytes = 200 << 20,
			.files = 7786,
			.executables = 567,
			.setuid = 12,
			.packages = 116,
			.tools = { 5, 9, 1 },
			.first = { "/usr/bin/bash", "/usr/bin/apt", "/usr/bin/less" } },
		.user = "",
		.compressed_bytes = 70 << 20,
	};
	const struct table_side prod = {
		.facts = { .size_bytes = 10 << 20, .files = 60, .executables = 12, .packages = 9 },
		.user = "65532:65532",
		.read_only = true,
		.compressed_bytes = 4 << 20,
	};
	static const char *const want[] = {
		"shell              yes (/usr/bin/bash, 4 more)  no\n",
		"package manager    yes (/usr/bin/apt, 8 more)   no\n",
		"debug tools        yes (/usr/bin/less)          no\n",
		"filesystem         writable                     read-only\n",
		"user               root                         65532:65532\n",
		"setuid files       12                           0\n",
		"packages           116                          9\n",
		"size               200.0 MiB                    10.0 MiB (5.0 %)\n",
	};
	cln_owned(cln_drop_mem) char *text = table_text_new(&dev, &prod);

	for (size_t i = 0; i < CLN_COUNT(want); i++)
		cr_expect_not_null(strstr(text, want[i]), "no line %s in\n%s", want[i], text);
}
