// SPDX-License-Identifier: Apache-2.0
/*
 * Every document about an image with hostile package databases (hostile.h), of which
 * production keeps every file or every other: all are made, what is JSON reads back,
 * and no package stands in SPDX that has no file.
 */
#include "common/json.h"
#include "packager/docs/docs.h"
#include "tests/fuzz/packages/hostile.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const none[] = { NULL };
static const char *const program[] = { "/usr/bin/x", NULL };

static struct keep make_keep(const struct tree *tree, unsigned step)
{
	struct keep keep = { .node_count = tree->node_count };

	keep.why = cln_alloc(tree->node_count);
	keep.via = cln_alloc(tree->node_count * sizeof(*keep.via));
	memset(keep.via, 0xff, tree->node_count * sizeof(*keep.via));
	for (uint32_t i = 0; i < tree->node_count; i++)
		if (tree_inode(tree, i)->type == NODE_DIR || i % step == 0)
			keep.why[i] = WHY_RULE_KEEP;
	return keep;
}

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), tail = strlen(end);

	return length > tail && !strcmp(name + length - tail, end);
}

/* Names of packages, and whether something of them is in the image. */
static void check_packages(const json_t *spdx)
{
	const json_t *package;
	size_t i;

	if (!json_array_size(json_object_get(spdx, "packages")))
		abort();
	json_array_foreach (json_object_get(spdx, "packages"), i, package)
		if (!*cln_json_str(package, "name", "") || !*cln_json_str(package, "SPDXID", ""))
			abort();
}

static void check(const struct docs *docs)
{
	for (size_t i = 0; i < docs->count; i++) {
		const struct doc *doc = &docs->doc[i];
		struct cln_err err = { 0 };
		json_t *json = NULL;

		if (!ends_with(doc->name, ".json"))
			continue;
		if (cln_json_parse(doc->data, doc->size, &json, &err) < 0)
			abort();
		if (ends_with(doc->name, "spdx.json"))
			check_packages(json);
		json_decref(json);
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct image image = { .ref = "oci:app:dev",
		.os = "linux",
		.architecture = "amd64",
		.env = none,
		.entrypoint = none,
		.cmd = none,
		.volume = none,
		.port = none,
		.diff_id = none,
		.user = "",
		.workdir = "",
		.stop_signal = "" };
	struct plan plan = { .process = { .user = "1:1",
				     .uid = 1,
				     .gid = 1,
				     .workdir = "/",
				     .argv = program,
				     .cmd = none,
				     .env = none,
				     .stop_signal = "SIGTERM" },
		.syscall = none };
	cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
	struct docs inside = { 0 }, beside = { 0 };
	struct packages *packages = NULL;
	struct cln_err err = { 0 };
	struct tree *tree;

	if (size < 2)
		return 0;
	hostile_image(data + 1, size - 1, &tree, &packages);
	struct keep keep = make_keep(tree, 1 + data[0] % 3);
	struct docs_input in = { .image = &image,
		.tree = tree,
		.packages = packages,
		.trace = trace,
		.keep = &keep,
		.plan = &plan,
		.name = "x",
		.source = "sha256:1111111111111111111111111111111111111111111111111111111111111111",
		.manifest_sha256 = image.digest,
		.options = none,
		.prod_digest =
			"sha256:2222222222222222222222222222222222222222222222222222222222222222",
		.init_sha256 = "3333333333333333333333333333333333333333333333333333333333333333",
		.sbom_files = data[0] & 4,
		.vex_unused = data[0] & 8 };

	if (docs_inside(&in, &inside, &err) < 0 || docs_beside(&in, &beside, &err) < 0)
		abort();
	check(&inside);
	check(&beside);
	docs_release(&inside);
	docs_release(&beside);
	free(keep.why);
	free(keep.via);
	packages_free(packages);
	tree_free(tree);
	return 0;
}
