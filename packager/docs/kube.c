// SPDX-License-Identifier: Apache-2.0
/*
 * kubernetes.yaml: everything that runs this image in the restricted posture;
 * kubernetes-patch.yaml: only what an existing Deployment lacks.
 */
#include "packager/docs/kube.h"

#include "common/mem.h"

#include <stdio.h>
#include <string.h>

#define BASE_MEMORY_MIB 256u

static void object(struct kube *kube, const char *version, const char *kind, const char *name)
{
	if (kube->yaml.buf.size)
		yaml_document(&kube->yaml);
	kube_object(kube, version, kind, name);
}

static void selector(struct kube *kube, const char *key)
{
	yaml_map(&kube->yaml, key);
	kube_labels(kube, "matchLabels");
	yaml_end(&kube->yaml);
}

static void service_account(struct kube *kube)
{
	object(kube, "v1", "ServiceAccount", kube->name);
	yaml_comment(&kube->yaml, "it was tested without the API server's token");
	yaml_bool(&kube->yaml, "automountServiceAccountToken", false);
}

static void claims(struct kube *kube)
{
	const struct plan *plan = kube->facts->in->plan;
	struct yaml *y = &kube->yaml;

	for (size_t i = 0; i < plan->mount_count; i++) {
		cln_owned(cln_drop_mem) char *mount =
			kube_mount_name_new(kube->facts, plan->mount[i].path);
		cln_owned(cln_drop_mem) char *name = cln_format("%s-%s", kube->name, mount);

		if (plan->mount[i].kind != MOUNT_VOLUME)
			continue;
		object(kube, "v1", "PersistentVolumeClaim", name);
		yaml_map(y, "spec");
		yaml_raw(y, "accessModes", "[\"ReadWriteOnce\"]");
		yaml_map(y, "resources");
		yaml_map(y, "requests");
		yaml_comment(y, "the test run wrote %llu bytes: choose what your data needs",
			(unsigned long long)plan->mount[i].size_bytes);
		yaml_str(y, "storage", "1Gi");
		yaml_end(y);
		yaml_end(y);
		yaml_end(y);
	}
}

static void container_ports(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	if (!kube->port_count) {
		yaml_comment(y, "the test run saw no listener: no ports, no probes");
		return;
	}
	yaml_comment(y, "every listener of the test run that was not on loopback");
	yaml_map(y, "ports");
	for (size_t i = 0; i < kube->port_count; i++) {
		yaml_item(y);
		yaml_strf(
			y, "name", "%s-%u", kube->port[i].udp ? "udp" : "tcp", kube->port[i].port);
		yaml_int(y, "containerPort", kube->port[i].port);
		yaml_str(y, "protocol", kube->port[i].udp ? "UDP" : "TCP");
		yaml_end(y);
	}
	yaml_end(y);
}

static void probe_times(struct yaml *y, int period, int failures)
{
	yaml_int(y, "periodSeconds", period);
	yaml_int(y, "timeoutSeconds", 3);
	yaml_int(y, "failureThreshold", failures);
	yaml_end(y);
}

static void tcp_probe(struct yaml *y, const char *key, unsigned port)
{
	yaml_map(y, key);
	yaml_map(y, "tcpSocket");
	yaml_int(y, "port", port);
	yaml_end(y);
}

/* There is no shell to probe with: the kubelet connects, or the init does. */
static void probes(struct kube *kube)
{
	struct yaml *y = &kube->yaml;
	unsigned port = 0;

	for (size_t i = 0; i < kube->port_count && !port; i++)
		if (!kube->port[i].udp)
			port = kube->port[i].port;
	if (!port)
		return;
	yaml_comment(y, "the first TCP listener of the test run; an HTTP path of yours says more");
	tcp_probe(y, "startupProbe", port);
	probe_times(y, 2, 30);
	tcp_probe(y, "readinessProbe", port);
	probe_times(y, 5, 3);
	yaml_comment(y, "from inside, by the init: it needs no shell and no curl");
	yaml_map(y, "livenessProbe");
	yaml_map(y, "exec");
	yaml_map(y, "command");
	yaml_word(y, "/clnimg-init");
	yaml_word(y, "probe");
	yaml_word(y, "tcp");
	yaml_wordf(y, "127.0.0.1:%u", port);
	yaml_end(y);
	yaml_end(y);
	probe_times(y, 15, 4);
	yaml_comment(y, "endpoints are withdrawn while the old pod still answers");
	yaml_map(y, "lifecycle");
	yaml_map(y, "preStop");
	yaml_map(y, "exec");
	yaml_raw(y, "command", "[\"/clnimg-init\", \"sleep\", \"5s\"]");
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
}

static void resources(struct kube *kube)
{
	struct yaml *y = &kube->yaml;
	uint64_t mounts = (kube->memory_bytes + (1 << 20) - 1) >> 20;

	yaml_comment(
		y, "a start, not a measurement: the trace knows no memory or CPU. The limit holds");
	yaml_comment(y, "%llu MiB of memory-backed mounts and %u MiB for the processes.",
		(unsigned long long)mounts, BASE_MEMORY_MIB);
	yaml_map(y, "resources");
	yaml_map(y, "requests");
	yaml_str(y, "cpu", "100m");
	yaml_strf(y, "memory", "%uMi", BASE_MEMORY_MIB / 2);
	yaml_str(y, "ephemeral-storage", "16Mi");
	yaml_end(y);
	yaml_map(y, "limits");
	yaml_str(y, "cpu", "1");
	yaml_strf(y, "memory", "%lluMi", (unsigned long long)mounts + BASE_MEMORY_MIB);
	yaml_comment(y, "logs only: the root is read-only");
	yaml_str(y, "ephemeral-storage", "64Mi");
	yaml_end(y);
	yaml_end(y);
}

static void container(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	yaml_map(y, "containers");
	yaml_item(y);
	yaml_str(y, "name", kube->name);
	yaml_comment(y, "where you push it; the digest is the image's own");
	yaml_str(y, "image", kube->image);
	yaml_str(y, "imagePullPolicy", "Always");
	container_ports(kube);
	probes(kube);
	resources(kube);
	kube_container_security(kube);
	kube_volume_mounts(kube);
	yaml_end(y);
	yaml_end(y);
}

static void spread(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	yaml_map(y, "affinity");
	yaml_map(y, "podAntiAffinity");
	yaml_map(y, "preferredDuringSchedulingIgnoredDuringExecution");
	yaml_item(y);
	yaml_int(y, "weight", 100);
	yaml_map(y, "podAffinityTerm");
	yaml_str(y, "topologyKey", "kubernetes.io/hostname");
	selector(kube, "labelSelector");
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
}

static void pod_spec(struct kube *kube)
{
	const struct plan_process *process = &kube->facts->in->plan->process;
	struct yaml *y = &kube->yaml;

	yaml_map(y, "spec");
	yaml_str(y, "serviceAccountName", kube->name);
	yaml_bool(y, "automountServiceAccountToken", false);
	yaml_bool(y, "enableServiceLinks", false);
	yaml_comment(y, "the init's grace of %u ms, 5 s before the stop signal, and a margin",
		process->grace_ms);
	yaml_int(y, "terminationGracePeriodSeconds", process->grace_ms / 1000 + 10);
	kube_pod_security(kube);
	spread(kube);
	container(kube);
	kube_volumes(kube);
	yaml_end(y);
}

static void deployment(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	object(kube, "apps/v1", "Deployment", kube->name);
	yaml_map(y, "spec");
	if (kube->has_volume) {
		yaml_comment(y, "one pod: its volumes are ReadWriteOnce");
		yaml_int(y, "replicas", 1);
		yaml_map(y, "strategy");
		yaml_str(y, "type", "Recreate");
		yaml_end(y);
	} else {
		yaml_int(y, "replicas", 2);
		yaml_map(y, "strategy");
		yaml_str(y, "type", "RollingUpdate");
		yaml_end(y);
	}
	selector(kube, "selector");
	yaml_map(y, "template");
	yaml_map(y, "metadata");
	kube_labels(kube, "labels");
	yaml_end(y);
	pod_spec(kube);
	yaml_end(y);
	yaml_end(y);
}

static void disruption_budget(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	object(kube, "policy/v1", "PodDisruptionBudget", kube->name);
	yaml_map(y, "spec");
	if (kube->has_volume)
		yaml_int(y, "maxUnavailable", 1);
	else
		yaml_int(y, "minAvailable", 1);
	selector(kube, "selector");
	yaml_end(y);
}

static void service(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	if (!kube->port_count)
		return;
	object(kube, "v1", "Service", kube->name);
	yaml_map(y, "spec");
	yaml_str(y, "type", "ClusterIP");
	kube_labels(kube, "selector");
	yaml_map(y, "ports");
	for (size_t i = 0; i < kube->port_count; i++) {
		yaml_item(y);
		yaml_strf(
			y, "name", "%s-%u", kube->port[i].udp ? "udp" : "tcp", kube->port[i].port);
		yaml_int(y, "port", kube->port[i].port);
		yaml_strf(y, "targetPort", "%s-%u", kube->port[i].udp ? "udp" : "tcp",
			kube->port[i].port);
		yaml_str(y, "protocol", kube->port[i].udp ? "UDP" : "TCP");
		yaml_end(y);
	}
	yaml_end(y);
	yaml_end(y);
}

static void network_policy(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	object(kube, "networking.k8s.io/v1", "NetworkPolicy", kube->name);
	yaml_map(y, "spec");
	selector(kube, "podSelector");
	yaml_raw(y, "policyTypes", "[\"Ingress\", \"Egress\"]");
	if (kube->port_count) {
		yaml_comment(y, "only the traced listeners");
		yaml_map(y, "ingress");
		yaml_item(y);
		yaml_map(y, "ports");
		for (size_t i = 0; i < kube->port_count; i++) {
			yaml_item(y);
			yaml_str(y, "protocol", kube->port[i].udp ? "UDP" : "TCP");
			yaml_int(y, "port", kube->port[i].port);
			yaml_end(y);
		}
		yaml_end(y);
		yaml_end(y);
		yaml_end(y);
	} else {
		yaml_raw(y, "ingress", "[]");
	}
	yaml_comment(y, "name service, and its own namespace; the trace does not record peers:");
	yaml_comment(y, "add what it must reach elsewhere");
	yaml_map(y, "egress");
	yaml_item(y);
	yaml_map(y, "ports");
	for (int udp = 1; udp >= 0; udp--) {
		yaml_item(y);
		yaml_str(y, "protocol", udp ? "UDP" : "TCP");
		yaml_int(y, "port", 53);
		yaml_end(y);
	}
	yaml_end(y);
	yaml_end(y);
	yaml_item(y);
	yaml_map(y, "to");
	yaml_item(y);
	yaml_raw(y, "podSelector", "{}");
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
}

static void header(struct kube *kube, const char *what)
{
	yaml_comment(
		&kube->yaml, "%s of %s, by clnimg-pack " CLN_VERSION ".", what, kube->facts->name);
	yaml_comment(&kube->yaml, "Source image: %s", kube->facts->in->image->digest);
}

static void patch(struct kube *kube)
{
	struct yaml *y = &kube->yaml;

	header(kube, "Strategic merge patch (kustomize: patches, target kind: Deployment)");
	yaml_comment(y, "Set the two names to those of your Deployment and its container.");
	yaml_str(y, "apiVersion", "apps/v1");
	yaml_str(y, "kind", "Deployment");
	yaml_map(y, "metadata");
	yaml_str(y, "name", kube->name);
	yaml_end(y);
	yaml_map(y, "spec");
	yaml_map(y, "template");
	yaml_map(y, "spec");
	yaml_bool(y, "automountServiceAccountToken", false);
	kube_pod_security(kube);
	yaml_map(y, "containers");
	yaml_item(y);
	yaml_str(y, "name", kube->name);
	yaml_str(y, "image", kube->image);
	kube_container_security(kube);
	kube_volume_mounts(kube);
	yaml_end(y);
	yaml_end(y);
	kube_volumes(kube);
	yaml_end(y);
	yaml_end(y);
	yaml_end(y);
}

void kube_add(const struct facts *facts, struct docs *docs)
{
	struct kube kube;

	kube_begin(facts, &kube);
	header(&kube, "Production");
	yaml_comment(
		&kube.yaml, "Namespace: label it pod-security.kubernetes.io/enforce=restricted.");
	service_account(&kube);
	claims(&kube);
	deployment(&kube);
	service(&kube);
	disruption_budget(&kube);
	network_policy(&kube);
	kube_add_document(&kube, docs, "kubernetes.yaml");
	patch(&kube);
	kube_add_document(&kube, docs, "kubernetes-patch.yaml");
	kube_release(&kube);
}
