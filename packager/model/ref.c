// SPDX-License-Identifier: Apache-2.0
#include "packager/model/ref.h"

#include "common/mem.h"

#include <string.h>

static const struct {
	const char *prefix;
	enum ref_kind kind;
} transports[] = {
	{ "oci:", REF_OCI },
	{ "oci-archive:", REF_OCI_ARCHIVE },
	{ "docker-archive:", REF_DOCKER_ARCHIVE },
	{ "docker-daemon:", REF_SKOPEO },
	{ "containers-storage:", REF_SKOPEO },
	{ "docker://", REF_SKOPEO },
};

int ref_parse(const char *text, struct ref *out, struct cln_err *err)
{
	struct ref ref = { .text = text };
	const char *rest = NULL, *colon;

	for (size_t i = 0; i < CLN_COUNT(transports) && !rest; i++)
		if (!strncmp(text, transports[i].prefix, strlen(transports[i].prefix))) {
			ref.kind = transports[i].kind;
			rest = text + strlen(transports[i].prefix);
		}
	if (!rest)
		return cln_usage(err,
			"%s: an image is named oci:DIR[:TAG], oci-archive:FILE[:TAG], "
			"docker-archive:FILE[:REF], docker-daemon:REF, containers-storage:REF or docker://REF",
			text);
	if (!*rest || *rest == ':')
		return cln_usage(err, "%s: names nothing", text);
	if (ref.kind != REF_SKOPEO) {
		colon = strchr(rest, ':');
		ref.path = colon ? cln_format("%.*s", (int)(colon - rest), rest) : cln_strdup(rest);
		ref.tag = colon && colon[1] ? colon + 1 : NULL;
	}
	*out = ref;
	return 0;
}

void ref_release(struct ref *ref)
{
	free(ref->path);
	*ref = (struct ref){ 0 };
}

bool ref_is_registry(const struct ref *ref)
{
	return !strncmp(ref->text, "docker://", 9);
}

/* The last path component without its tag, digest and archive suffix. */
char *ref_name_new(const struct ref *ref)
{
	static const char *const suffix[] = { ".tar", ".tar.gz", ".tgz", ".oci", ".tar.zst" };
	const char *text = ref->path ? ref->path : strchr(ref->text, ':') + 1;
	size_t length = strlen(text);
	const char *start, *end;
	char *name;

	while (length > 1 && text[length - 1] == '/')
		length--;
	start = memrchr(text, '/', length);
	start = start && start + 1 < text + length ? start + 1 : text;
	end = start + strcspn(start, ":@/");
	if (end > text + length)
		end = text + length;
	name = cln_format("%.*s", (int)(end - start), start);
	for (size_t i = 0; i < CLN_COUNT(suffix); i++) {
		size_t have = strlen(name), cut = strlen(suffix[i]);

		if (have > cut && !strcmp(name + have - cut, suffix[i]))
			name[have - cut] = '\0';
	}
	if (!*name) {
		free(name);
		return cln_strdup("image");
	}
	return name;
}
