// SPDX-License-Identifier: Apache-2.0
#include "packager/model/origin.h"

#include "common/hash.h"

#include <stdio.h>
#include <string.h>

#define LABEL_TITLE "org.opencontainers.image.title" /* image-spec annotations.md */

const char *origin_label(const struct image *image, const char *key)
{
	const json_t *process = json_object_get(image->config, "config");

	return cln_json_str(json_object_get(process, "Labels"), key, NULL);
}

bool origin_is_packed(const struct image *image, const char *manifest_sha256)
{
	const char *role = origin_label(image, LABEL_ROLE);
	const char *manifest = origin_label(image, LABEL_MANIFEST);

	return manifest_sha256 && role && manifest && !strcmp(role, "production") &&
	       !strncmp(manifest, "sha256:", 7) && !strcmp(manifest + 7, manifest_sha256);
}

static bool is_digest(const char *text)
{
	return !strncmp(text, "sha256:", 7) && strlen(text) == 71 &&
	       strspn(text + 7, "0123456789abcdef") == 64;
}

const char *origin_source(const struct image *image, const char *manifest_sha256)
{
	const char *source = origin_label(image, LABEL_SOURCE);

	return source && is_digest(source) && origin_is_packed(image, manifest_sha256)
		       ? source
		       : image->config_digest;
}

void origin_layers(const char *const *diff_id, size_t count, char out[72])
{
	struct cln_sha256 *sha = cln_sha256_new();
	char hex[CLN_SHA256_HEX];

	for (size_t i = 0; i < count; i++) {
		cln_sha256_add(sha, diff_id[i], strlen(diff_id[i]));
		cln_sha256_add(sha, "\n", 1);
	}
	cln_sha256_hex(sha, hex);
	cln_sha256_drop(&sha);
	snprintf(out, 72, "sha256:%s", hex);
}

/* Neither a path nor hidden, whatever a label holds; cut between characters. */
static char *fit_new(const char *text)
{
	size_t length = strnlen(text, ORIGIN_NAME_MAX + 1);
	char *name;

	if (length > ORIGIN_NAME_MAX)
		for (length = ORIGIN_NAME_MAX;
			length && ((unsigned char)text[length] & 0xc0) == 0x80;)
			length--;
	name = cln_format("%.*s", (int)length, text);
	for (char *at = name; *at; at++)
		if ((unsigned char)*at < 0x20 || *at == 0x7f || *at == '/' ||
			(at == name && *at == '.'))
			*at = '-';
	return name;
}

char *origin_name_new(const struct image *image, const char *main_program)
{
	const char *title = origin_label(image, LABEL_TITLE);
	const char *name = origin_label(image, LABEL_NAME);
	const char *slash = main_program ? strrchr(main_program, '/') : NULL;

	if (title && *title)
		return fit_new(title);
	if (name && *name)
		return fit_new(name);
	main_program = slash ? slash + 1 : main_program;
	return fit_new(main_program && *main_program ? main_program : "image");
}
