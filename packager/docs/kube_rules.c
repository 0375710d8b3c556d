// SPDX-License-Identifier: Apache-2.0
/*
 * The posture as CEL (github.com/google/cel-spec), for every policy engine that
 * takes it. A container is ours where its image is of our repository, or has our
 * digest under whatever name. Rules look at every list of containers that a pod
 * has; fields are tested before they are read, because the API server leaves out
 * what is not set. Lists of two types are joined as dyn().
 */
#include "packager/docs/kube.h"

#include "common/mem.h"

#include <string.h>

/* A string literal of CEL. */
static void add_literal(struct cln_buf *buf, const char *text)
{
	cln_buf_addc(buf, '\'');
	for (const char *at = text; *at; at++)
		if (*at == '\'' || *at == '\\' || (unsigned char)*at < ' ')
			cln_buf_addf(buf, "\\x%02x", (unsigned char)*at);
		else
			cln_buf_addc(buf, *at);
	cln_buf_addc(buf, '\'');
}

/* The image without tag and digest. */
static char *repository_new(const char *image)
{
	const char *slash = strrchr(image, '/');
	size_t length = strcspn(image, "@");
	const char *colon =
		memchr(slash ? slash : image, ':', length - (slash ? (size_t)(slash - image) : 0));

	return cln_format("%.*s", (int)(colon ? (size_t)(colon - image) : length), image);
}

/* The names that a pod may give one repository: engines know docker.io without its name. */
static char *names_new(const char *repository)
{
	static const char *const implied[] = { "docker.io/library/", "docker.io/" };
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	cln_buf_addc(&buf, '[');
	add_literal(&buf, repository);
	for (size_t i = 0; i < CLN_COUNT(implied); i++) {
		size_t length = strlen(implied[i]);

		if (strncmp(repository, implied[i], length) != 0)
			continue;
		cln_buf_adds(&buf, ", ");
		add_literal(&buf, repository + length);
	}
	cln_buf_addc(&buf, ']');
	return cln_buf_steal(&buf);
}

static void variable(struct yaml *y, const char *comment, const char *name, const char *expression)
{
	yaml_item(y);
	yaml_comment(y, "%s", comment);
	yaml_str(y, "name", name);
	yaml_str(y, "expression", expression);
	yaml_end(y);
}

static bool has_digest(const struct kube *kube)
{
	const char *digest = kube->facts->in->prod_digest;

	return digest && strncmp(digest, "sha256:", 7) == 0;
}

static char *ours_new(const struct kube *kube)
{
	cln_owned(cln_drop_mem) char *repository = repository_new(kube->image);
	cln_owned(cln_drop_mem) char *names = names_new(repository);
	cln_owned(cln_drop_mem) char *digest =
		has_digest(kube)
			? cln_format(" || c.image.endsWith('@%s')", kube->facts->in->prod_digest)
			: cln_strdup("");

	return cln_format(
		"variables.containers.filter(c, has(c.image) && (%s.exists(n, c.image == n || "
		"c.image.startsWith(n + ':') || c.image.startsWith(n + '@'))%s))"
		".map(c, {'c': dyn(c), 's': has(c.securityContext) ? dyn(c.securityContext) : dyn({})})",
		names, digest);
}

static void variables(struct kube *kube)
{
	struct yaml *y = &kube->yaml;
	cln_owned(cln_drop_mem) char *ours = ours_new(kube);

	yaml_map(y, "variables");
	variable(y, "of all three lists", "containers",
		"dyn(object.spec.containers) + "
		"(has(object.spec.initContainers) ? dyn(object.spec.initContainers) : dyn([])) + "
		"(has(object.spec.ephemeralContainers) ? dyn(object.spec.ephemeralContainers) : dyn([]))");
	variable(y,
		"the containers that run this image, by its name or digest, and their security contexts",
		"ours", ours);
	variable(y, "what containers inherit", "pod",
		"has(object.spec.securityContext) ? dyn(object.spec.securityContext) : dyn({})");
	variable(y, "the pod's volumes, and by kind their names", "volumes",
		"has(object.spec.volumes) ? dyn(object.spec.volumes) : dyn([])");
	variable(y, "memory-backed", "memory",
		"variables.volumes.filter(v, has(v.emptyDir) && has(v.emptyDir.medium) && "
		"v.emptyDir.medium == 'Memory').map(v, v.name)");
	variable(y, "for data that stays", "persistent",
		"variables.volumes.filter(v, has(v.persistentVolumeClaim) || has(v.ephemeral) || "
		"has(v.csi)).map(v, v.name)");
	yaml_end(y);
}

static void validation(struct yaml *y, const char *message, const char *expression)
{
	yaml_item(y);
	yaml_str(y, "message", message);
	yaml_str(y, "expression", expression);
	yaml_end(y);
}

/* Over o, each container of this image: o.c it is, o.s its security context. */
static void rule(struct kube *kube, const char *message, const char *expression)
{
	cln_owned(cln_drop_mem) char *all = cln_format("variables.ours.all(o, %s)", expression);

	validation(&kube->yaml, message, all);
}

/* Over a pod that has one. */
static void pod_rule(struct kube *kube, const char *message, const char *expression)
{
	cln_owned(cln_drop_mem) char *all =
		cln_format("size(variables.ours) == 0 || (%s)", expression);

	validation(&kube->yaml, message, all);
}

struct rule {
	const char *message, *expression;
};

#define PROFILES "['RuntimeDefault', 'Localhost']"

static const struct rule container_rules[] = {
	{ "its root file system must be read-only",
		"has(o.s.readOnlyRootFilesystem) && o.s.readOnlyRootFilesystem" },
	{ "it must not gain privileges",
		"has(o.s.allowPrivilegeEscalation) && !o.s.allowPrivilegeEscalation" },
	{ "it must drop all capabilities and add none",
		"has(o.s.capabilities) && has(o.s.capabilities.drop) && "
		"o.s.capabilities.drop.exists(d, d == 'ALL') && "
		"(!has(o.s.capabilities.add) || size(o.s.capabilities.add) == 0)" },
	{ "it must not run as root",
		"has(o.s.runAsNonRoot) ? o.s.runAsNonRoot : "
		"has(variables.pod.runAsNonRoot) && variables.pod.runAsNonRoot" },
	{ "its system calls must be filtered",
		"has(o.s.seccompProfile) ? o.s.seccompProfile.type in " PROFILES
		" : has(variables.pod.seccompProfile) && "
		"variables.pod.seccompProfile.type in " PROFILES },
	{ "AppArmor must not be switched off",
		"has(o.s.appArmorProfile) ? o.s.appArmorProfile.type in " PROFILES
		" : !has(variables.pod.appArmorProfile) || "
		"variables.pod.appArmorProfile.type in " PROFILES },
	{ "it must see /proc as other containers do",
		"!has(o.s.procMount) || o.s.procMount == 'Default'" },
	{ "it starts through its own init: no command",
		"!has(o.c.command) || size(o.c.command) == 0 || o.c.command == ['/clnimg-init']" },
	{ "its init takes the image's configuration: no --config",
		"!has(o.c.args) || size(o.c.args) == 0 || o.c.args[0] != '--config'" },
	{ "it has no block devices", "!has(o.c.volumeDevices) || size(o.c.volumeDevices) == 0" },
	{ "it takes no port of the node",
		"!has(o.c.ports) || o.c.ports.all(p, !has(p.hostPort) || p.hostPort == 0)" },
	/* So that a path is what it looks like to the next two: */
	{ "its mounts must have plain paths",
		"!has(o.c.volumeMounts) || o.c.volumeMounts.all(m, "
		"m.mountPath.matches('^(/[^/]+)+$') && !m.mountPath.matches('/[.][.]?(/|$)'))" },
	{ "no mount may hide its init or its policy",
		"!has(o.c.volumeMounts) || o.c.volumeMounts.all(m, !(m.mountPath in "
		"['/clnimg-init', '/etc', '/etc/clnimg', '/usr', '/usr/share', '/usr/share/clnimg']) && "
		"!m.mountPath.startsWith('/etc/clnimg/') && "
		"!m.mountPath.startsWith('/usr/share/clnimg/'))" },
};

static const struct rule pod_rules[] = {
	{ "its pod must not share the node's namespaces",
		"!(has(object.spec.hostNetwork) && object.spec.hostNetwork) && "
		"!(has(object.spec.hostPID) && object.spec.hostPID) && "
		"!(has(object.spec.hostIPC) && object.spec.hostIPC)" },
	{ "its containers must have processes of their own: its init is PID 1",
		"!has(object.spec.shareProcessNamespace) || !object.spec.shareProcessNamespace" },
	{ "its pod must not mount the node's files", "variables.volumes.all(v, !has(v.hostPath))" },
	{ "no container of its pod may be privileged",
		"variables.containers.all(c, !has(c.securityContext) || "
		"!has(c.securityContext.privileged) || !c.securityContext.privileged)" },
	{ "AppArmor must not be switched off by an annotation",
		"!has(object.metadata.annotations) || object.metadata.annotations.all(k, "
		"!k.startsWith('container.apparmor.security.beta.kubernetes.io/') || "
		"object.metadata.annotations[k] != 'unconfined')" },
};

static void add_paths(struct cln_buf *buf, const struct plan *plan, enum plan_mount_kind kind)
{
	const char *comma = "";

	cln_buf_addc(buf, '[');
	for (size_t i = 0; i < plan->mount_count; i++) {
		if (plan->mount[i].kind != kind)
			continue;
		cln_buf_adds(buf, comma);
		add_literal(buf, plan->mount[i].path);
		comma = ", ";
	}
	cln_buf_addc(buf, ']');
}

/* Every writable mount of these containers is one that the plan has, and of its kind. */
static void mounts_rule(struct kube *kube)
{
	const struct plan *plan = kube->facts->in->plan;
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	cln_buf_adds(&buf,
		"!has(o.c.volumeMounts) || o.c.volumeMounts.all(m, (has(m.readOnly) && m.readOnly) || "
		"(m.name in variables.memory && m.mountPath in ");
	add_paths(&buf, plan, MOUNT_MEMORY);
	cln_buf_adds(&buf, ") || (m.name in variables.persistent && m.mountPath in ");
	add_paths(&buf, plan, MOUNT_VOLUME);
	cln_buf_adds(&buf, "))");
	rule(kube, "it may write only where the test run wrote, in memory unless data stays",
		buf.data);
}

/* The user and group of the test run, also where nothing is said: then they are the image's. */
static void user_rules(struct kube *kube)
{
	const struct plan_process *process = &kube->facts->in->plan->process;
	static const char form[] = "(has(o.s.%s) ? o.s.%s : "
				   "has(variables.pod.%s) ? variables.pod.%s : %u) == %u";
	cln_owned(cln_drop_mem) char *user = cln_format(form, "runAsUser", "runAsUser", "runAsUser",
		"runAsUser", process->uid, process->uid);
	cln_owned(cln_drop_mem) char *group = cln_format(form, "runAsGroup", "runAsGroup",
		"runAsGroup", "runAsGroup", process->gid, process->gid);
	cln_owned(cln_buf_release) struct cln_buf groups = { 0 };

	rule(kube, "it runs as the user that it was tested as", user);
	rule(kube, "it runs as the group that it was tested as", group);
	cln_buf_addf(&groups,
		"(!has(variables.pod.fsGroup) || variables.pod.fsGroup == %u) && "
		"(!has(variables.pod.supplementalGroups) || "
		"variables.pod.supplementalGroups.all(g, g in [%u",
		process->gid, process->gid);
	for (size_t i = 0; i < process->group_count; i++)
		cln_buf_addf(&groups, ", %u", process->group[i]);
	cln_buf_adds(&groups, "]))");
	pod_rule(kube, "it has no other groups than it was tested with", groups.data);
}

static void sysctl_rule(struct kube *kube)
{
	unsigned port = kube->facts->in->plan->lowest_port;
	cln_owned(cln_drop_mem) char *allowed =
		port && port < 1024
			? cln_format(
				  "s.name == 'net.ipv4.ip_unprivileged_port_start' && s.value == '%u'",
				  port)
			: cln_strdup("false");
	cln_owned(cln_drop_mem) char *expression = cln_format(
		"!has(variables.pod.sysctls) || variables.pod.sysctls.all(s, %s)", allowed);

	pod_rule(kube, "it sets no kernel parameters that it does not need", expression);
}

static void image_rule(struct kube *kube)
{
	cln_owned(cln_drop_mem) char *expression = NULL;

	if (!has_digest(kube))
		return;
	expression = cln_format("o.c.image.endsWith('@%s')", kube->facts->in->prod_digest);
	rule(kube, "only the image that was tested, by its digest", expression);
}

void kube_rules(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	yaml_comment(y, "an update that leaves the spec alone was judged before");
	yaml_map(y, "matchConditions");
	yaml_item(y);
	yaml_str(y, "name", "spec-changes");
	yaml_str(y, "expression", "oldObject == null || object.spec != oldObject.spec");
	yaml_end(y);
	yaml_end(y);
	variables(kube);
	yaml_map(y, "validations");
	image_rule(kube);
	for (size_t i = 0; i < CLN_COUNT(container_rules); i++)
		rule(kube, container_rules[i].message, container_rules[i].expression);
	mounts_rule(kube);
	user_rules(kube);
	for (size_t i = 0; i < CLN_COUNT(pod_rules); i++)
		pod_rule(kube, pod_rules[i].message, pod_rules[i].expression);
	sysctl_rule(kube);
	yaml_end(y);
}
