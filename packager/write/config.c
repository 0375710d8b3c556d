// SPDX-License-Identifier: Apache-2.0
#include "packager/write/config.h"

#include "common/mem.h"
#include "packager/plan/mounts_text.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#define TOOL "clnimg-pack " CLN_VERSION

void rfc3339(int64_t seconds, char out[40])
{
	time_t when = seconds;
	struct tm tm;

	if (!gmtime_r(&when, &tm) || tm.tm_year > 8099 || tm.tm_year < -1900) {
		when = 0; /* outside of what RFC 3339 can say */
		gmtime_r(&when, &tm);
	}
	snprintf(out, 40, "%04d-%02d-%02dT%02d:%02d:%02dZ", tm.tm_year + 1900, tm.tm_mon + 1,
		tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec);
}

static json_t *texts(const char *const *text)
{
	json_t *list = json_array();

	for (; text && *text; text++)
		json_array_append_new(list, cln_json_text(*text));
	return list;
}

static void set_labels(json_t *labels, const struct config_facts *facts)
{
	char digest[80];

	cln_json_set_str(labels, LABEL_SOURCE,
		origin_source(facts->source, facts->plan ? facts->manifest_sha256 : NULL));
	cln_json_set_str(labels, LABEL_NAME, facts->name);
	cln_json_set_str(labels, LABEL_ROLE, facts->plan ? "production" : "development");
	cln_json_set_str(labels, LABEL_COUNTERPART, facts->plan ? "development" : "production");
	if (facts->manifest_sha256) {
		snprintf(digest, sizeof(digest), "sha256:%.64s", facts->manifest_sha256);
		cln_json_set_str(labels, LABEL_MANIFEST, digest);
	}
}

/* The object at key of json, made where it is not one. */
static json_t *object_at(json_t *json, const char *key)
{
	if (!json_is_object(json_object_get(json, key)))
		json_object_set_new(json, key, json_object());
	return json_object_get(json, key);
}

static void set_process(json_t *process, const struct plan_process *is)
{
	static const char *const entry[] = { "/clnimg-init", NULL };

	cln_json_set_str(process, "User", is->user);
	json_object_set_new(process, "Env", texts(is->env));
	json_object_set_new(process, "Entrypoint", texts(entry));
	json_object_set_new(process, "Cmd", texts(is->cmd));
	if (is->workdir && *is->workdir)
		cln_json_set_str(process, "WorkingDir", is->workdir);
	if (is->stop_signal && *is->stop_signal)
		cln_json_set_str(process, "StopSignal", is->stop_signal);
	/* engines make a writable anonymous mount of each; the plan declares mounts instead */
	json_object_del(process, "Volumes");
	if (is->no_health)
		json_object_del(process, "Healthcheck");
	/* they shape shell forms and later builds: there is no shell to run them */
	json_object_del(process, "Shell");
	json_object_del(process, "ArgsEscaped");
	json_object_del(process, "OnBuild");
}

json_t *config_new(const struct config_facts *facts)
{
	json_t *config = json_deep_copy(facts->source->config);
	json_t *process = object_at(config, "config");
	char created[40];

	rfc3339(facts->epoch, created);
	cln_json_set_str(config, "created", created);
	if (!json_object_get(config, "os"))
		cln_json_set_str(config, "os", "linux");
	if (!json_object_get(config, "architecture"))
		cln_json_set_str(config, "architecture", "amd64");
	set_labels(object_at(process, "Labels"), facts);
	if (facts->plan) {
		cln_owned(cln_drop_mem) char *mounts = mounts_text_new(facts->plan);

		set_process(process, &facts->plan->process);
		cln_json_set_str(json_object_get(process, "Labels"), LABEL_MOUNTS, mounts);
	}
	/* docker's older fields describe the build container, not the image */
	json_object_del(config, "container");
	json_object_del(config, "container_config");
	return config;
}

json_t *annotations_new(const struct config_facts *facts)
{
	json_t *annotations = json_is_object(facts->source->annotations)
				      ? json_deep_copy(facts->source->annotations)
				      : json_object();
	char created[40];

	/* defined only for images that share their base's layers (image-spec annotations.md) */
	json_object_del(annotations, "org.opencontainers.image.base.name");
	json_object_del(annotations, "org.opencontainers.image.base.digest");
	rfc3339(facts->epoch, created);
	cln_json_set_str(annotations, "org.opencontainers.image.created", created);
	set_labels(annotations, facts);
	return annotations;
}

bool config_is_ours(const json_t *history)
{
	return !strncmp(cln_json_str(history, "created_by", ""), "clnimg-pack ", 12);
}

void config_set_layers(json_t *config, const char *const *diff_id, const char *const *comment,
	size_t count, int64_t epoch)
{
	json_t *rootfs = json_object(), *ids = json_array(), *history = json_array();
	const json_t *old = json_object_get(config, "history");
	json_t *labels = json_object_get(json_object_get(config, "config"), "Labels");
	char created[40], digest[72];

	rfc3339(epoch, created);
	/* what was done stays told; its layers are gone, and so is an earlier packing */
	for (size_t i = 0; i < json_array_size(old); i++) {
		const json_t *entry = json_array_get(old, i);

		if (json_is_object(entry) && !config_is_ours(entry)) {
			json_t *copy = json_deep_copy(entry);

			json_object_set_new(copy, "empty_layer", json_true());
			json_array_append_new(history, copy);
		}
	}
	for (size_t i = 0; i < count; i++) {
		json_t *entry = json_object();

		cln_json_set_str(entry, "created", created);
		cln_json_set_str(entry, "created_by", TOOL);
		cln_json_set_str(entry, "comment", comment[i]);
		json_array_append_new(history, entry);
		json_array_append_new(ids, json_string(diff_id[i]));
	}
	json_object_set_new(rootfs, "type", json_string("layers"));
	json_object_set_new(rootfs, "diff_ids", ids);
	json_object_set_new(config, "rootfs", rootfs);
	json_object_set_new(config, "history", history);
	if (json_object_get(labels, LABEL_MOUNTS)) {
		origin_layers(diff_id, count, digest);
		cln_json_set_str(labels, LABEL_LAYERS, digest);
	}
}
