// SPDX-License-Identifier: Apache-2.0
#include "packager/read/oci.h"

#include "packager/read/store.h"

#include <errno.h>
#include <string.h>

static const struct {
	const char *type;
	enum oci_kind kind;
} media_types[] = {
	{ "application/vnd.oci.image.index.v1+json", OCI_INDEX },
	{ "application/vnd.docker.distribution.manifest.list.v2+json", OCI_INDEX },
	{ "application/vnd.oci.image.manifest.v1+json", OCI_MANIFEST },
	{ "application/vnd.docker.distribution.manifest.v2+json", OCI_MANIFEST },
};

static enum oci_kind kind_of(const char *media_type)
{
	for (size_t i = 0; media_type && i < CLN_COUNT(media_types); i++)
		if (!strcmp(media_type, media_types[i].type))
			return media_types[i].kind;
	return OCI_OTHER;
}

int oci_descriptor(const json_t *json, struct oci_descriptor *out, struct cln_err *err)
{
	const json_t *platform = json_object_get(json, "platform");
	json_int_t size = json_integer_value(json_object_get(json, "size"));

	if (!json_is_object(json))
		return cln_fail(err, EINVAL, "a descriptor that is no object");
	*out = (struct oci_descriptor){
		.media_type = cln_json_str(json, "mediaType", ""),
		.digest = cln_json_str(json, "digest", ""),
		.os = cln_json_str(platform, "os", NULL),
		.architecture = cln_json_str(platform, "architecture", NULL),
		.variant = cln_json_str(platform, "variant", NULL),
		.ref_name = cln_json_str(json_object_get(json, "annotations"),
			"org.opencontainers.image.ref.name", NULL),
	};
	out->kind = kind_of(out->media_type);
	if (!digest_is_valid(out->digest))
		return cln_fail(err, EINVAL, "digest \"%.80s\" is not sha256 and 64 hex digits",
			out->digest);
	if (!json_is_integer(json_object_get(json, "size")) || size < 0)
		return cln_fail(err, EINVAL, "%s: no size", out->digest);
	out->size_bytes = (uint64_t)size;
	return 0;
}

int oci_kind(
	const json_t *document, const char *media_type, enum oci_kind *kind, struct cln_err *err)
{
	const json_t *manifests = json_object_get(document, "manifests");
	const json_t *layers = json_object_get(document, "layers");
	const json_t *config = json_object_get(document, "config");
	const char *own = cln_json_str(document, "mediaType", NULL);

	if (!json_is_object(document))
		return cln_fail(err, EINVAL, "no JSON object");
	if (manifests && (layers || config))
		return cln_fail(err, EINVAL, "both a manifest and an index (CVE-2021-41190)");
	*kind = manifests ? OCI_INDEX : layers && config ? OCI_MANIFEST : OCI_OTHER;
	if (own && kind_of(own) != *kind)
		return cln_fail(err, EINVAL, "says it is %.80s and is not", own);
	if (media_type && *media_type && kind_of(media_type) != *kind)
		return cln_fail(err, EINVAL, "described as %.80s and is not", media_type);
	if (*kind == OCI_OTHER)
		return cln_fail(err, EINVAL, "neither a manifest nor an index");
	if (cln_json_int(document, "schemaVersion", 2) != 2)
		return cln_fail(err, ENOTSUP, "schema version %lld",
			(long long)cln_json_int(document, "schemaVersion", 2));
	return 0;
}

static int layer_check(const json_t *layer, struct cln_err *err)
{
	static const char *const types[] = {
		"application/vnd.oci.image.layer.v1.tar",
		"application/vnd.oci.image.layer.v1.tar+gzip",
		"application/vnd.oci.image.layer.v1.tar+zstd",
		"application/vnd.docker.image.rootfs.diff.tar",
		"application/vnd.docker.image.rootfs.diff.tar.gzip",
		"application/vnd.docker.image.rootfs.diff.tar.zstd",
	};
	const char *type = cln_json_str(layer, "mediaType", "");
	struct oci_descriptor is = { 0 };

	if (oci_descriptor(layer, &is, err) < 0)
		return cln_within(err, "layer");
	for (size_t i = 0; i < CLN_COUNT(types); i++)
		if (!strcmp(type, types[i]))
			return 0;
	return cln_fail(err, ENOTSUP, "layer %s: media type %.120s", is.digest, type);
}

/* How deep brackets stand in each other outside of texts: counted before anything is built. */
static uint64_t json_depth(const char *text, size_t size)
{
	uint64_t depth = 0, most = 0;
	bool quoted = false;

	for (size_t i = 0; i < size; i++) {
		char c = text[i];

		if (quoted) {
			i += c == '\\';
			quoted = c != '"';
		} else if (c == '"') {
			quoted = true;
		} else if (c == '[' || c == '{') {
			depth++;
			most = CLN_MAX(most, depth);
		} else if ((c == ']' || c == '}') && depth) {
			depth--;
		}
	}
	return most;
}

int oci_parse(const char *text, size_t size, const struct limits *limits, json_t **out,
	struct cln_err *err)
{
	uint64_t most = limit_of(limits, LIMIT_JSON_DEPTH);

	if (json_depth(text, size) > most)
		return limit_over(LIMIT_JSON_DEPTH, most, err);
	return cln_json_parse(text, size, out, err);
}

int oci_layers_check(const json_t *layers, const struct limits *limits, struct cln_err *err)
{
	uint64_t most = limit_of(limits, LIMIT_LAYERS);

	if (!json_is_array(layers))
		return cln_fail(err, EINVAL, "no list of layers");
	return json_array_size(layers) > most ? limit_over(LIMIT_LAYERS, most, err) : 0;
}

int oci_manifest_check(const json_t *manifest, const struct limits *limits, struct cln_err *err)
{
	static const char *const types[] = {
		"application/vnd.oci.image.config.v1+json",
		"application/vnd.docker.container.image.v1+json",
	};
	const json_t *layers = json_object_get(manifest, "layers");
	const char *type = cln_json_str(json_object_get(manifest, "config"), "mediaType", "");
	struct oci_descriptor config = { 0 };
	bool known = false;

	if (oci_descriptor(json_object_get(manifest, "config"), &config, err) < 0)
		return cln_within(err, "config");
	for (size_t i = 0; i < CLN_COUNT(types); i++)
		known = known || !strcmp(type, types[i]);
	if (!known)
		return cln_fail(err, ENOTSUP, "not a container image but %.120s", type);
	if (oci_layers_check(layers, limits, err) < 0)
		return -err->code;
	for (size_t i = 0; i < json_array_size(layers); i++)
		if (layer_check(json_array_get(layers, i), err) < 0)
			return -err->code;
	return 0;
}

/* A list of texts; null and absent mean none. */
static int text_list(struct image *image, const json_t *json, const char *name,
	const char *const **out, struct cln_err *err)
{
	const json_t *list = json_object_get(json, name);
	size_t count = json_array_size(list);
	const char **text = cln_arena_alloc(image->arena, (count + 1) * sizeof(*text));

	*out = text;
	if (!list || json_is_null(list))
		return 0;
	if (!json_is_array(list))
		return cln_fail(err, EINVAL, "config: %s is no list", name);
	for (size_t i = 0; i < count; i++) {
		text[i] = json_string_value(json_array_get(list, i));
		if (!text[i])
			return cln_fail(
				err, EINVAL, "config: %s holds something else than texts", name);
	}
	return 0;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The keys of an object, sorted. */
static int key_list(struct image *image, json_t *json, const char *name, const char *const **out,
	struct cln_err *err)
{
	json_t *object = json_object_get(json, name), *value;
	const char **text =
		cln_arena_alloc(image->arena, (json_object_size(object) + 1) * sizeof(*text));
	const char *key;
	size_t count = 0;

	*out = text;
	if (!object || json_is_null(object))
		return 0;
	if (!json_is_object(object))
		return cln_fail(err, EINVAL, "config: %s is no object", name);
	json_object_foreach (object, key, value)
		text[count++] = key;
	if (count)
		qsort(text, count, sizeof(*text), by_text);
	return 0;
}

static int text_field(const json_t *json, const char *name, const char **out, struct cln_err *err)
{
	const json_t *value = json_object_get(json, name);

	if (value && !json_is_null(value) && !json_is_string(value))
		return cln_fail(err, EINVAL, "config: %s is no text", name);
	*out = json_is_string(value) ? json_string_value(value) : "";
	return 0;
}

/* Numbers in "uid:gid" that engines would wrap around to root. */
static int user_check(const char *user, struct cln_err *err)
{
	for (const char *part = user; part;
		part = strchr(part, ':') ? strchr(part, ':') + 1 : NULL) {
		size_t digits = strspn(part, "0123456789");

		if (digits && (part[digits] == ':' || !part[digits]) &&
			(digits > 10 || strtoull(part, NULL, 10) > INT32_MAX))
			return cln_fail(
				err, ERANGE, "config: User \"%.40s\" is above %d", user, INT32_MAX);
	}
	return 0;
}

static int config_process(struct image *image, json_t *process, struct cln_err *err)
{
	if (process && !json_is_null(process) && !json_is_object(process))
		return cln_fail(err, EINVAL, "config: no object");
	if (text_list(image, process, "Env", &image->env, err) < 0 ||
		text_list(image, process, "Entrypoint", &image->entrypoint, err) < 0 ||
		text_list(image, process, "Cmd", &image->cmd, err) < 0 ||
		text_field(process, "User", &image->user, err) < 0 ||
		text_field(process, "WorkingDir", &image->workdir, err) < 0 ||
		text_field(process, "StopSignal", &image->stop_signal, err) < 0 ||
		key_list(image, process, "Volumes", &image->volume, err) < 0 ||
		key_list(image, process, "ExposedPorts", &image->port, err) < 0)
		return -err->code;
	return user_check(image->user, err);
}

static int config_layers(struct image *image, const json_t *config, struct cln_err *err)
{
	const json_t *rootfs = json_object_get(config, "rootfs");

	if (strcmp(cln_json_str(rootfs, "type", "layers"), "layers") != 0)
		return cln_fail(err, ENOTSUP, "config: rootfs of type %.40s",
			cln_json_str(rootfs, "type", ""));
	if (text_list(image, rootfs, "diff_ids", &image->diff_id, err) < 0)
		return -err->code;
	while (image->diff_id[image->layer_count]) {
		if (!digest_is_valid(image->diff_id[image->layer_count]))
			return cln_fail(err, EINVAL, "config: diff_id \"%.80s\" is no digest",
				image->diff_id[image->layer_count]);
		image->layer_count++;
	}
	return 0;
}

int oci_config(struct image *image, json_t *config, struct cln_err *err)
{
	if (!json_is_object(config))
		return cln_fail(err, EINVAL, "config: no JSON object");
	image->config = json_incref(config);
	image->os = cln_json_str(config, "os", "");
	image->architecture = cln_json_str(config, "architecture", "");
	image->variant = cln_json_str(config, "variant", "");
	image->created = cln_json_str(config, "created", NULL);
	if (config_process(image, json_object_get(config, "config"), err) < 0)
		return -err->code;
	return config_layers(image, config, err);
}
