// SPDX-License-Identifier: Apache-2.0
/*
 * floor.c - what the same bytes cost with the same libraries on the same cores,
 * and nothing else: no tar is read, no file is written.
 *
 * usage: floor read|all LAYOUT gzip|zstd|none [LEVEL]
 *        read: inflate every layer, hash it packed and plain
 *        all:  and deflate and hash it again
 */
#include "packager/model/ref.h"
#include "packager/read/store.h"
#include "packager/write/squeeze.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

static int plain(void *context, const void *data, size_t size, struct cln_err *err)
{
	(void)err;
	if (context)
		squeeze_put(context, data, size);
	return 0;
}

static int layer(
	struct store *store, const char *digest, struct squeeze *squeeze, struct cln_err *err)
{
	cln_owned(blob_close) struct blob blob = { .fd = -1 };
	struct pump_result result;
	char name[100];

	snprintf(name, sizeof(name), "blobs/sha256/%s", digest + 7);
	if (store_file(store, name, &blob, err) < 0)
		return -err->code;
	return pump_run(
		&blob, &(struct pump_to){ .bytes = plain, .context = squeeze }, &result, err);
}

/* The layers of the layout's only image. */
static int layers(
	const char *dir, struct store *store, struct squeeze *squeeze, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *index = NULL;
	cln_owned(cln_json_drop) json_t *manifest = NULL;
	const json_t *list;
	char path[4096];

	snprintf(path, sizeof(path), "%s/index.json", dir);
	if (cln_json_read(path, 1 << 20, &index, err) < 0)
		return -err->code;
	list = json_object_get(index, "manifests");
	snprintf(path, sizeof(path), "%s/blobs/sha256/%s", dir,
		cln_json_str(json_array_get(list, 0), "digest", "sha256:") + 7);
	if (cln_json_read(path, 1 << 20, &manifest, err) < 0)
		return -err->code;
	list = json_object_get(manifest, "layers");
	for (size_t i = 0; i < json_array_size(list); i++)
		if (layer(store, cln_json_str(json_array_get(list, i), "digest", "sha256:"),
			    squeeze, err) < 0)
			return -err->code;
	return 0;
}

int main(int argc, char **argv)
{
	cln_owned(store_drop) struct store *store = NULL;
	cln_owned(squeeze_drop) struct squeeze *squeeze = NULL;
	struct written_layer made;
	struct cln_err err = { 0 };
	struct squeeze_how how = { 0 };
	int r;

	if (argc < 4)
		return 2;
	how.kind = !strcmp(argv[3], "zstd")   ? WRITE_ZSTD
		   : !strcmp(argv[3], "none") ? WRITE_PLAIN
					      : WRITE_GZIP;
	how.level = argc > 4 ? (unsigned)strtoul(argv[4], NULL, 10) : 0;
	r = store_open(argv[2], false, &(struct store_how){ 0 }, &store, &err);
	if (r == 0 && !strcmp(argv[1], "all"))
		r = squeeze_new(&how, open("/dev/null", O_WRONLY | O_CLOEXEC), &squeeze, &err);
	if (r == 0)
		r = layers(argv[2], store, squeeze, &err);
	if (r == 0 && squeeze)
		r = squeeze_finish(squeeze, &made, &err);
	return r < 0 ? cln_err_report(&err, "floor") : 0;
}
