// SPDX-License-Identifier: Apache-2.0
/*
 * admission-policy.yaml (ValidatingAdmissionPolicy, in the API server since
 * 1.30) and kyverno-policy.yaml (ValidatingPolicy, v1 since Kyverno 1.17, which
 * deprecates ClusterPolicy): pods that run this image are admitted only in this
 * posture. Both take the same CEL (kube_rules.c), so neither allows what the
 * other refuses.
 */
#include "packager/docs/kube.h"

#include "common/mem.h"

static void match_pods(struct yaml *y)
{
	yaml_map(y, "matchConstraints");
	yaml_map(y, "resourceRules");
	yaml_item(y);
	yaml_raw(y, "apiGroups", "[\"\"]");
	yaml_raw(y, "apiVersions", "[\"v1\"]");
	yaml_raw(y, "operations", "[\"CREATE\", \"UPDATE\"]");
	yaml_raw(y, "resources", "[\"pods\", \"pods/ephemeralcontainers\"]");
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
}

static void header(struct kube *kube)
{
	yaml_comment(&kube->yaml,
		"Pods that run %s, only as it was tested; by clnimg-pack " CLN_VERSION ".",
		kube->name);
	yaml_comment(&kube->yaml, "Other containers of such a pod (kubectl debug, a sidecar) are");
	yaml_comment(&kube->yaml, "only kept from being privileged.");
}

static void admission(struct kube *kube)
{
	struct yaml *y = &kube->yaml;
	cln_owned(cln_drop_mem) char *name = cln_format("%s-posture", kube->name);

	header(kube);
	kube_object(kube, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", name);
	yaml_map(y, "spec");
	yaml_str(y, "failurePolicy", "Fail");
	match_pods(y);
	kube_rules(kube);
	yaml_end(y);
	yaml_document(y);
	kube_object(
		kube, "admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicyBinding", name);
	yaml_map(y, "spec");
	yaml_str(y, "policyName", name);
	yaml_raw(y, "validationActions", "[\"Deny\"]");
	yaml_end(y);
}

static void kyverno(struct kube *kube)
{
	struct yaml *y = &kube->yaml;
	cln_owned(cln_drop_mem) char *name = cln_format("%s-posture", kube->name);

	header(kube);
	kube_object(kube, "policies.kyverno.io/v1", "ValidatingPolicy", name);
	yaml_map(y, "spec");
	yaml_raw(y, "validationActions", "[\"Deny\"]");
	yaml_str(y, "failurePolicy", "Fail");
	yaml_comment(y, "pods are judged, whoever makes them");
	yaml_map(y, "autogen");
	yaml_map(y, "podControllers");
	yaml_raw(y, "controllers", "[]");
	yaml_end(y);
	yaml_end(y);
	match_pods(y);
	kube_rules(kube);
	yaml_end(y);
}

void kube_policy_add(const struct facts *facts, struct docs *docs)
{
	struct kube kube;

	kube_begin(facts, &kube);
	admission(&kube);
	kube_add_document(&kube, docs, "admission-policy.yaml");
	kyverno(&kube);
	kube_add_document(&kube, docs, "kyverno-policy.yaml");
	kube_release(&kube);
}
