// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/cli/cli.h"

#include "common/log.h"
#include "common/mem.h"

#include <string.h>

/* One path with two digests in one root: two images were mixed. */
static int refuse_conflict(const struct cln_trace *all, struct cln_err *err)
{
	for (size_t i = 0; i < all->root_count; i++) {
		const struct cln_trace_root *root = &all->root[i];

		if (!strcmp(root->kind, "host"))
			continue;
		for (size_t j = 1; j < root->evidence_count; j++) {
			const struct cln_trace_evidence *fact = &root->evidence[j];

			if (!strcmp(fact[-1].path, fact->path))
				return cln_refuse(err,
					"%s differs between the manifests: they are of "
					"different images (--force merges them all the same)",
					fact->path);
		}
	}
	return 0;
}

int cli_merge(const struct cli *cli, struct cln_err *err)
{
	cln_owned(cln_trace_drop) struct cln_trace *all = cln_trace_new();
	int count = cli->args.rest_count;

	if (!count)
		return cln_usage(err, "merge: which FILE?");
	if (!cli->output)
		return cln_usage(err, "merge: -o OUT is missing (- is standard output)");
	for (int i = 0; i < count; i++) {
		cln_owned(cln_trace_drop) struct cln_trace *one = NULL;

		cln_progress("merging %d of %d, %zu paths", i + 1, count, all->file_count);
		if (cln_trace_read(cli->args.rest[i], &one, err) < 0)
			return -err->code;
		cln_trace_merge(all, one);
	}
	cln_trace_settle(all);
	if (!cli->force && refuse_conflict(all, err) < 0)
		return -err->code;
	return cln_trace_write(all, cli->output, err);
}
