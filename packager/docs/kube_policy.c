// SPDX-License-Identifier: Apache-2.0
/*
 * admission-policy.yaml (ValidatingAdmissionPolicy, in the API server since
 * 1.30) and kyverno-policy.yaml: pods that run this image are admitted only in
 * this posture.
 */
#include "packager/docs/kube.h"

#include "common/mem.h"

#include <string.h>

/* The image without tag and digest: what the rules look for. */
static char *repository_new(const char *image)
{
	const char *slash = strrchr(image, '/');
	size_t length = strcspn(image, "@");
	const char *colon =
		memchr(slash ? slash : image, ':', length - (slash ? (size_t)(slash - image) : 0));

	return cln_format("%.*s", (int)(colon ? (size_t)(colon - image) : length), image);
}

struct rule {
	const char *message, *expression; /* CEL over c, a container of this image */
};

static const struct rule rules[] = {
	{ "its root file system must be read-only",
		"has(c.securityContext) && has(c.securityContext.readOnlyRootFilesystem) && "
		"c.securityContext.readOnlyRootFilesystem" },
	{ "it must not gain privileges",
		"has(c.securityContext) && has(c.securityContext.allowPrivilegeEscalation) && "
		"!c.securityContext.allowPrivilegeEscalation" },
	{ "it must drop all capabilities and add none",
		"has(c.securityContext) && has(c.securityContext.capabilities) && "
		"has(c.securityContext.capabilities.drop) && "
		"c.securityContext.capabilities.drop.exists(d, d == 'ALL') && "
		"(!has(c.securityContext.capabilities.add) || "
		"size(c.securityContext.capabilities.add) == 0)" },
	{ "it must not be privileged",
		"!has(c.securityContext) || !has(c.securityContext.privileged) || "
		"!c.securityContext.privileged" },
	{ "it starts through its own init: no command",
		"!has(c.command) || size(c.command) == 0 || c.command[0] == '/clnimg-init'" },
};

static void validation(struct yaml *y, const char *message, const char *expression)
{
	yaml_item(y);
	yaml_str(y, "expression", expression);
	yaml_str(y, "message", message);
	yaml_end(y);
}

/* Every writable mount of these containers is one that the plan has. */
static char *mounts_rule_new(const struct facts *facts)
{
	const struct plan *plan = facts->in->plan;
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	cln_buf_adds(&buf,
		"!has(c.volumeMounts) || c.volumeMounts.all(m, (has(m.readOnly) && m.readOnly) "
		"|| m.mountPath in [");
	for (size_t i = 0; i < plan->mount_count; i++) {
		cln_buf_adds(&buf, i ? ", '" : "'");
		for (const char *at = plan->mount[i].path; *at; at++)
			if (*at == '\'' || *at == '\\' || (unsigned char)*at < ' ')
				cln_buf_addf(&buf, "\\x%02x", (unsigned char)*at);
			else
				cln_buf_addc(&buf, *at);
		cln_buf_addc(&buf, '\'');
	}
	cln_buf_adds(&buf, "])");
	return cln_buf_steal(&buf);
}

static void admission(struct kube *kube, const char *repository)
{
	struct yaml *y = &kube->yaml;
	cln_owned(cln_drop_mem) char *name = cln_format("%s-posture", kube->name);
	cln_owned(cln_drop_mem) char *mounts = mounts_rule_new(kube->facts);

	yaml_str(y, "apiVersion", "admissionregistration.k8s.io/v1");
	yaml_str(y, "kind", "ValidatingAdmissionPolicy");
	kube_metadata(kube, name);
	yaml_map(y, "spec");
	yaml_str(y, "failurePolicy", "Fail");
	yaml_map(y, "matchConstraints");
	yaml_map(y, "resourceRules");
	yaml_item(y);
	yaml_raw(y, "apiGroups", "[\"\"]");
	yaml_raw(y, "apiVersions", "[\"v1\"]");
	yaml_raw(y, "operations", "[\"CREATE\", \"UPDATE\"]");
	yaml_raw(y, "resources", "[\"pods\"]");
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
	yaml_map(y, "variables");
	yaml_comment(y, "the containers that run this image, whatever its tag");
	yaml_item(y);
	yaml_str(y, "name", "ours");
	yaml_strf(y, "expression",
		"object.spec.containers.filter(c, c.image == '%s' || c.image.startsWith('%s:') || "
		"c.image.startsWith('%s@'))",
		repository, repository, repository);
	yaml_end(y);
	yaml_end(y);
	yaml_map(y, "validations");
	for (size_t i = 0; i < CLN_COUNT(rules); i++) {
		cln_owned(cln_drop_mem) char *all =
			cln_format("variables.ours.all(c, %s)", rules[i].expression);

		validation(y, rules[i].message, all);
	}
	cln_owned(cln_drop_mem) char *all_mounts = cln_format("variables.ours.all(c, %s)", mounts);

	validation(y, "it may write only where the test run wrote", all_mounts);
	validation(y, "it must not run as root",
		"variables.ours.all(c, (has(c.securityContext) && has(c.securityContext.runAsNonRoot) && "
		"c.securityContext.runAsNonRoot) || (has(object.spec.securityContext) && "
		"has(object.spec.securityContext.runAsNonRoot) && "
		"object.spec.securityContext.runAsNonRoot))");
	yaml_end(y);
	yaml_end(y);
	yaml_document(y);
	yaml_str(y, "apiVersion", "admissionregistration.k8s.io/v1");
	yaml_str(y, "kind", "ValidatingAdmissionPolicyBinding");
	kube_metadata(kube, name);
	yaml_map(y, "spec");
	yaml_str(y, "policyName", name);
	yaml_raw(y, "validationActions", "[\"Deny\"]");
	yaml_end(y);
}

static void kyverno(struct kube *kube, const char *repository)
{
	struct yaml *y = &kube->yaml;
	cln_owned(cln_drop_mem) char *name = cln_format("%s-posture", kube->name);

	yaml_str(y, "apiVersion", "kyverno.io/v1");
	yaml_str(y, "kind", "ClusterPolicy");
	kube_metadata(kube, name);
	yaml_map(y, "spec");
	yaml_str(y, "validationFailureAction", "Enforce");
	yaml_bool(y, "background", true);
	yaml_map(y, "rules");
	yaml_item(y);
	yaml_str(y, "name", "posture");
	yaml_map(y, "match");
	yaml_map(y, "any");
	yaml_item(y);
	yaml_map(y, "resources");
	yaml_raw(y, "kinds", "[\"Pod\"]");
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
	yaml_map(y, "validate");
	yaml_strf(y, "message", "%s runs only read-only, without privileges and as a numeric user",
		kube->name);
	yaml_map(y, "pattern");
	yaml_map(y, "spec");
	yaml_map(y, "containers");
	yaml_item(y);
	yaml_comment(y, "a conditional anchor: the rest holds for containers of this image");
	yaml_strf(y, "(image)", "%s*", repository);
	yaml_map(y, "securityContext");
	yaml_bool(y, "readOnlyRootFilesystem", true);
	yaml_bool(y, "allowPrivilegeEscalation", false);
	yaml_bool(y, "runAsNonRoot", true);
	yaml_map(y, "capabilities");
	yaml_raw(y, "drop", "[\"ALL\"]");
	yaml_end(y);
	yaml_end(y);
	for (int i = 0; i < 8; i++)
		yaml_end(y);
}

static void add_document(struct kube *kube, struct docs *docs, const char *name)
{
	size_t size = kube->yaml.buf.size;

	docs_add(docs, name, cln_buf_steal(&kube->yaml.buf), size);
	kube->yaml = (struct yaml){ 0 };
}

void kube_policy_add(const struct facts *facts, struct docs *docs)
{
	cln_owned(cln_drop_mem) char *repository = NULL;
	struct kube kube;

	kube_begin(facts, &kube);
	repository = repository_new(kube.image);
	for (char *at = repository; *at; at++)
		if (*at == '\'' || *at == '\\')
			*at = '?';
	admission(&kube, repository);
	add_document(&kube, docs, "admission-policy.yaml");
	kyverno(&kube, repository);
	add_document(&kube, docs, "kyverno-policy.yaml");
	kube_release(&kube);
}
