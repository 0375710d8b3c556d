/* SPDX-License-Identifier: Apache-2.0 */
/*
 * kube.h - Kubernetes and compose documents; inside docs/ only.
 *
 * Every value has a comment that says where it came from, so that whoever
 * changes one knows what it stands on. The posture is that of the restricted
 * Pod Security standard, and what kube-linter, kube-score, kubesec and polaris
 * ask on top.
 */
#ifndef CLN_PACKAGER_DOCS_KUBE_H
#define CLN_PACKAGER_DOCS_KUBE_H

#include "packager/docs/runtime.h"
#include "packager/docs/yaml.h"

struct kube {
	const struct facts *facts;
	struct yaml yaml;
	char *name;  /* a DNS label: of every object and of the container */
	char *image; /* "localhost/nginx:prod@sha256:..." */
	struct kube_port {
		uint16_t port;
		bool udp;
	} * port; /* reachable from outside, no port twice */
	size_t port_count, port_room;
	uint64_t memory_bytes; /* sum of memory-backed mounts */
	bool has_volume;
};

void kube_begin(const struct facts *facts, struct kube *kube);
void kube_release(struct kube *kube);
/* The image for engines that look into their own store: there a digest names only what was pulled
 * by it. The caller's to free. */
char *kube_engine_image_new(const struct kube *kube);
char *kube_mount_name_new(const struct facts *facts, const char *path); /* "tmp", "var-lib-nginx" */

/* The parts of a pod that kubernetes.yaml and the patch share. */
void kube_pod_security(struct kube *kube);	 /* securityContext of the pod */
void kube_container_security(struct kube *kube); /* securityContext of the container */
void kube_volume_mounts(struct kube *kube);
void kube_volumes(struct kube *kube);

void kube_labels(struct kube *kube, const char *key); /* key: the two labels that select */
/* How each object begins: apiVersion, kind and metadata. */
void kube_object(struct kube *kube, const char *version, const char *kind, const char *name);
void kube_rules(struct kube *kube); /* matchConditions, variables, validations: CEL */
/* The text so far becomes that document; the next begins empty. */
void kube_add_document(struct kube *kube, struct docs *docs, const char *name);

void kube_add(const struct facts *facts, struct docs *docs); /* kubernetes.yaml and its patch */
void kube_policy_add(const struct facts *facts, struct docs *docs); /* admission and Kyverno */
void compose_add(const struct facts *facts, struct docs *docs);	    /* compose.yaml */
void quadlet_add(const struct facts *facts, struct docs *docs);	    /* NAME.container */
void debug_add(const struct facts *facts, struct docs *docs);	    /* debug.txt */

#endif
