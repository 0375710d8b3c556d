// SPDX-License-Identifier: Apache-2.0
/* make.c - writes COUNT made-up manifests to FOLDER, for checks by other programs. */
#include "tests/unit/manifest/generate.h"

#include "common/mem.h"

#include <stdio.h>
#include <stdlib.h>

int main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	struct cln_err err = { 0 };

	if (!count) {
		fprintf(stderr, "usage: manifest-make FOLDER COUNT\n");
		return 2;
	}
	for (unsigned long i = 1; i <= count; i++) {
		struct generate g = { i * 0x9e3779b97f4a7c15u + 1, 1 + i % 3, 1 + i % 9, i % 30 };
		cln_owned(cln_trace_drop) struct cln_trace *trace = generate_trace(&g);
		cln_owned(cln_drop_mem) char *path = cln_format("%s/made-%03lu.json", argv[1], i);

		if (cln_trace_write(trace, path, &err) < 0)
			return cln_err_report(&err, "manifest-make");
	}
	return 0;
}
