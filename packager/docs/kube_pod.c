// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/kube.h"

#include "common/mem.h"

#include <stdio.h>
#include <string.h>

/* What a DNS label may hold, at most 50 bytes so that suffixes fit. */
static char *label_new(const char *text)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	for (; *text && buf.size < 50; text++) {
		if (*text >= 'A' && *text <= 'Z')
			cln_buf_addc(&buf, (char)(*text - 'A' + 'a'));
		else if ((*text >= 'a' && *text <= 'z') || (*text >= '0' && *text <= '9'))
			cln_buf_addc(&buf, *text);
		else if (buf.size && buf.data[buf.size - 1] != '-')
			cln_buf_addc(&buf, '-');
	}
	while (buf.size && buf.data[buf.size - 1] == '-')
		buf.data[--buf.size] = '\0';
	if (!buf.size)
		cln_buf_adds(&buf, "app");
	if (buf.data[0] >= '0' && buf.data[0] <= '9') { /* Services start with a letter */
		cln_owned(cln_drop_mem) char *text_of = cln_format("app-%s", buf.data);

		return cln_steal(&text_of);
	}
	return cln_buf_steal(&buf);
}

char *kube_mount_name_new(const struct facts *facts, const char *path)
{
	cln_owned(cln_drop_mem) char *whole = runtime_volume_name_new(facts, path);
	cln_owned(cln_drop_mem) char *again = NULL;
	size_t prefix = strlen(facts->name) + 1;

	if (strlen(whole) > prefix && strlen(whole) < 59) {
		again = label_new(whole + prefix);
		return cln_steal(&again);
	}
	return cln_steal(&whole);
}

/* "docker://reg/app:tag" and "reg/app:tag" name a registry; a layout does not. */
static char *image_new(const struct facts *facts, const char *name)
{
	const char *ref = facts->in->prod_ref, *digest = facts->in->prod_digest;
	cln_owned(cln_drop_mem) char *base = NULL;
	static const char *const stored[] = { "docker://",
		"docker-daemon:", "containers-storage:" };

	for (size_t i = 0; ref && i < CLN_COUNT(stored); i++)
		if (strncmp(ref, stored[i], strlen(stored[i])) == 0)
			base = cln_strdup(ref + strlen(stored[i]));
	if (!base)
		base = cln_format("registry.example/%s:%s", name,
			strncmp(facts->version, "sha256:", 7) == 0 ? "prod" : facts->version);
	return digest && !strchr(base, '@') ? cln_format("%s@%s", base, digest) : cln_steal(&base);
}

char *kube_engine_image_new(const struct kube *kube)
{
	const char *ref = kube->facts->in->prod_ref;
	bool stored = ref && (strncmp(ref, "docker-daemon:", 14) == 0 ||
				     strncmp(ref, "containers-storage:", 19) == 0);

	return cln_format("%.*s", (int)(stored ? strcspn(kube->image, "@") : strlen(kube->image)),
		kube->image);
}

static void add_port(struct kube *kube, uint16_t port, bool udp)
{
	for (size_t i = 0; i < kube->port_count; i++)
		if (kube->port[i].port == port && kube->port[i].udp == udp)
			return;
	CLN_PUSH(kube->port, kube->port_count, kube->port_room) = (struct kube_port){ port, udp };
}

void kube_begin(const struct facts *facts, struct kube *kube)
{
	const struct plan *plan = facts->in->plan;

	*kube = (struct kube){ .facts = facts };
	kube->name = label_new(facts->name);
	kube->image = image_new(facts, kube->name);
	for (size_t i = 0; i < plan->port_count; i++)
		if (!runtime_port_is_local(plan->port[i]))
			add_port(kube, plan->port[i]->port,
				strcmp(plan->port[i]->protocol, "udp") == 0);
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (plan->mount[i].kind == MOUNT_MEMORY)
			kube->memory_bytes += plan->mount[i].size_bytes;
		else
			kube->has_volume = true;
	}
}

void kube_release(struct kube *kube)
{
	cln_buf_release(&kube->yaml.buf);
	free(kube->name);
	free(kube->image);
	free(kube->port);
}

void kube_add_document(struct kube *kube, struct docs *docs, const char *name)
{
	size_t size = kube->yaml.buf.size;

	docs_add(docs, name, cln_buf_steal(&kube->yaml.buf), size);
	kube->yaml = (struct yaml){ 0 };
}

void kube_labels(struct kube *kube, const char *key)
{
	yaml_map(&kube->yaml, key);
	yaml_str(&kube->yaml, "app.kubernetes.io/name", kube->name);
	yaml_str(&kube->yaml, "app.kubernetes.io/instance", kube->name);
	yaml_end(&kube->yaml);
}

/* The image is one platform's of several: it starts only there. */
static void node_selector(struct kube *kube)
{
	const struct docs_input *in = kube->facts->in;

	if (!in->one_of_several)
		return;
	yaml_map(&kube->yaml, "nodeSelector");
	yaml_str(&kube->yaml, "kubernetes.io/arch", in->image->architecture);
	yaml_end(&kube->yaml);
}

static void metadata(struct kube *kube, const char *name)
{
	yaml_map(&kube->yaml, "metadata");
	yaml_str(&kube->yaml, "name", name);
	kube_labels(kube, "labels");
	yaml_end(&kube->yaml);
}

void kube_object(struct kube *kube, const char *version, const char *kind, const char *name)
{
	yaml_str(&kube->yaml, "apiVersion", version);
	yaml_str(&kube->yaml, "kind", kind);
	metadata(kube, name);
}

void kube_pod_security(struct kube *kube)
{
	const struct plan *plan = kube->facts->in->plan;
	const struct plan_process *process = &plan->process;
	struct yaml *y = &kube->yaml;

	node_selector(kube);
	yaml_map(y, "securityContext");
	yaml_bool(y, "runAsNonRoot", true);
	yaml_comment(y, "the user that main had in the test run, or --user");
	yaml_int(y, "runAsUser", process->uid);
	yaml_int(y, "runAsGroup", process->gid);
	if (process->group_count) {
		yaml_map(y, "supplementalGroups");
		for (size_t i = 0; i < process->group_count; i++)
			yaml_number(y, process->group[i]);
		yaml_end(y);
	}
	if (kube->has_volume) {
		yaml_comment(y, "so that the volumes are writable for that group");
		yaml_int(y, "fsGroup", process->gid);
		yaml_str(y, "fsGroupChangePolicy", "OnRootMismatch");
	}
	yaml_comment(y, "or Localhost with seccomp.json: only the calls that the test run made");
	yaml_map(y, "seccompProfile");
	yaml_str(y, "type", "RuntimeDefault");
	yaml_end(y);
	if (plan->lowest_port && plan->lowest_port < 1024) {
		yaml_comment(y,
			"main listens on %u without any capability; a safe sysctl since 1.22",
			plan->lowest_port);
		yaml_map(y, "sysctls");
		yaml_item(y);
		yaml_str(y, "name", "net.ipv4.ip_unprivileged_port_start");
		yaml_strf(y, "value", "%u", plan->lowest_port);
		yaml_end(y);
		yaml_end(y);
	}
	yaml_end(y);
}

void kube_container_security(struct kube *kube)
{
	const struct plan_process *process = &kube->facts->in->plan->process;
	struct yaml *y = &kube->yaml;

	yaml_map(y, "securityContext");
	yaml_bool(y, "allowPrivilegeEscalation", false);
	yaml_bool(y, "privileged", false);
	yaml_bool(y, "readOnlyRootFilesystem", true);
	yaml_bool(y, "runAsNonRoot", true);
	yaml_int(y, "runAsUser", process->uid);
	yaml_int(y, "runAsGroup", process->gid);
	yaml_map(y, "capabilities");
	yaml_raw(y, "drop", "[\"ALL\"]");
	yaml_end(y);
	yaml_map(y, "seccompProfile");
	yaml_str(y, "type", "RuntimeDefault");
	yaml_end(y);
	yaml_comment(y, "a field since 1.30; older clusters take the annotation");
	yaml_map(y, "appArmorProfile");
	yaml_str(y, "type", "RuntimeDefault");
	yaml_end(y);
	yaml_end(y);
}

void kube_volume_mounts(struct kube *kube)
{
	const struct plan *plan = kube->facts->in->plan;
	struct yaml *y = &kube->yaml;

	if (!plan->mount_count) {
		yaml_comment(y, "the test run wrote nothing: no writable mount");
		return;
	}
	yaml_map(y, "volumeMounts");
	for (size_t i = 0; i < plan->mount_count; i++) {
		cln_owned(cln_drop_mem) char *name =
			kube_mount_name_new(kube->facts, plan->mount[i].path);

		yaml_item(y);
		if (plan->mount[i].why)
			yaml_comment(y, "%s", plan->mount[i].why);
		yaml_str(y, "name", name);
		yaml_str(y, "mountPath", plan->mount[i].path);
		yaml_end(y);
	}
	yaml_end(y);
}

/* Kubernetes writes 67108864 as 64Mi; what is no whole Mi stays in bytes. */
static void size_field(struct yaml *y, const char *key, uint64_t bytes)
{
	if (bytes && bytes % (1 << 20) == 0)
		yaml_strf(y, key, "%lluMi", (unsigned long long)bytes >> 20);
	else
		yaml_strf(y, key, "%llu", (unsigned long long)bytes);
}

static void memory_volume(struct yaml *y, const struct plan_mount *mount)
{
	yaml_map(y, "emptyDir");
	yaml_str(y, "medium", "Memory");
	if (mount->size_bytes) {
		yaml_comment(y, "from the peak in the trace; counts against the memory limit");
		size_field(y, "sizeLimit", mount->size_bytes);
	}
	yaml_end(y);
}

void kube_volumes(struct kube *kube)
{
	const struct plan *plan = kube->facts->in->plan;
	struct yaml *y = &kube->yaml;

	if (!plan->mount_count)
		return;
	yaml_map(y, "volumes");
	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mount[i];
		cln_owned(cln_drop_mem) char *name = kube_mount_name_new(kube->facts, mount->path);

		yaml_item(y);
		yaml_str(y, "name", name);
		if (mount->kind == MOUNT_MEMORY) {
			memory_volume(y, mount);
		} else {
			cln_owned(cln_drop_mem) char *claim = cln_format("%s-%s", kube->name, name);

			yaml_comment(
				y, "persistent: the image declares a volume at %s", mount->path);
			yaml_map(y, "persistentVolumeClaim");
			yaml_str(y, "claimName", claim);
			yaml_end(y);
		}
		yaml_end(y);
	}
	yaml_end(y);
}
