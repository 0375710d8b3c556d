// SPDX-License-Identifier: Apache-2.0
/* compose.yaml (compose-spec.io) and a Quadlet unit (podman-systemd.unit(5)). */
#include "packager/docs/kube.h"

#include "common/mem.h"

#include <string.h>

static void compose_mounts(struct kube *kube)
{
	const struct plan *plan = kube->facts->in->plan;
	struct yaml *y = &kube->yaml;

	if (kube->memory_bytes || (plan->mount_count && !kube->has_volume)) {
		yaml_comment(y, "written in the test run; gone when the container stops");
		yaml_map(y, "tmpfs");
		for (size_t i = 0; i < plan->mount_count; i++) {
			const struct plan_mount *mount = &plan->mount[i];
			cln_owned(cln_drop_mem) char *size = NULL;

			if (mount->kind != MOUNT_MEMORY)
				continue;
			size = mount->size_bytes ? cln_format(",size=%llu",
							   (unsigned long long)mount->size_bytes)
						 : cln_strdup("");
			if (mount->why)
				yaml_comment(y, "%s", mount->why);
			yaml_wordf(y, "%s:rw,nosuid,nodev,%s,mode=%04o%s,uid=%u,gid=%u",
				mount->path,
				runtime_may_exec(kube->facts, mount) ? "exec" : "noexec",
				mount->mode & 07777, size, mount->uid, mount->gid);
		}
		yaml_end(y);
	}
	if (!kube->has_volume)
		return;
	yaml_map(y, "volumes");
	for (size_t i = 0; i < plan->mount_count; i++) {
		cln_owned(cln_drop_mem) char *name =
			runtime_volume_name_new(kube->facts, plan->mount[i].path);

		if (plan->mount[i].kind == MOUNT_VOLUME)
			yaml_wordf(y, "%s:%s", name, plan->mount[i].path);
	}
	yaml_end(y);
}

static void compose_service(struct kube *kube)
{
	const struct plan *plan = kube->facts->in->plan;
	const struct plan_process *process = &plan->process;
	struct yaml *y = &kube->yaml;

	cln_owned(cln_drop_mem) char *image = kube_engine_image_new(kube);

	yaml_str(y, "image", image);
	yaml_bool(y, "read_only", true);
	yaml_comment(y, "the user that main had in the test run, or --user");
	yaml_strf(y, "user", "%u:%u", process->uid, process->gid);
	if (process->group_count) {
		yaml_map(y, "group_add");
		for (size_t i = 0; i < process->group_count; i++)
			yaml_wordf(y, "%u", process->group[i]);
		yaml_end(y);
	}
	yaml_raw(y, "cap_drop", "[\"ALL\"]");
	yaml_map(y, "security_opt");
	yaml_word(y, "no-new-privileges:true");
	yaml_comment(y, "only the calls that the test run made");
	yaml_word(y, "seccomp:./seccomp.json");
	yaml_end(y);
	compose_mounts(kube);
	if (plan->lowest_port && plan->lowest_port < 1024) {
		yaml_map(y, "sysctls");
		yaml_strf(y, "net.ipv4.ip_unprivileged_port_start", "%u", plan->lowest_port);
		yaml_end(y);
	}
	if (kube->port_count) {
		yaml_comment(y, "every listener of the test run that was not on loopback");
		yaml_map(y, "ports");
		for (size_t i = 0; i < kube->port_count; i++)
			yaml_wordf(y, "%u:%u%s", kube->port[i].port, kube->port[i].port,
				kube->port[i].udp ? "/udp" : "");
		yaml_end(y);
	}
	yaml_comment(y, "the init's grace of %u ms and a margin", process->grace_ms);
	yaml_strf(y, "stop_grace_period", "%us", process->grace_ms / 1000 + 5);
	yaml_comment(y, "the image's own PID 1 reaps");
	yaml_bool(y, "init", false);
	yaml_str(y, "restart", "unless-stopped");
	yaml_int(y, "pids_limit", 512);
	yaml_strf(y, "mem_limit", "%llum", ((unsigned long long)kube->memory_bytes >> 20) + 257);
}

void compose_add(const struct facts *facts, struct docs *docs)
{
	const struct plan *plan = facts->in->plan;
	struct kube kube;

	kube_begin(facts, &kube);
	yaml_comment(&kube.yaml, "%s, by clnimg-pack " CLN_VERSION, facts->name);
	yaml_map(&kube.yaml, "services");
	yaml_map(&kube.yaml, kube.name);
	compose_service(&kube);
	yaml_end(&kube.yaml);
	yaml_end(&kube.yaml);
	if (kube.has_volume) {
		yaml_map(&kube.yaml, "volumes");
		for (size_t i = 0; i < plan->mount_count; i++) {
			cln_owned(cln_drop_mem) char *name =
				runtime_volume_name_new(facts, plan->mount[i].path);

			if (plan->mount[i].kind == MOUNT_VOLUME)
				yaml_raw(&kube.yaml, name, "{}");
		}
		yaml_end(&kube.yaml);
	}
	kube_add_document(&kube, docs, "compose.yaml");
	kube_release(&kube);
}

static void quadlet_mounts(struct cln_buf *buf, const struct kube *kube)
{
	const struct plan *plan = kube->facts->in->plan;

	for (size_t i = 0; i < plan->mount_count; i++) {
		const struct plan_mount *mount = &plan->mount[i];
		cln_owned(cln_drop_mem) char *name =
			runtime_volume_name_new(kube->facts, mount->path);

		if (mount->kind == MOUNT_VOLUME) {
			cln_buf_addf(buf, "Volume=%s:%s:rw,nosuid,nodev,U\n", name, mount->path);
			continue;
		}
		cln_buf_addf(buf, "Tmpfs=%s:rw,nosuid,nodev,%s,mode=%04o", mount->path,
			runtime_may_exec(kube->facts, mount) ? "exec" : "noexec",
			mount->mode & 07777);
		if (mount->size_bytes)
			cln_buf_addf(buf, ",size=%llu", (unsigned long long)mount->size_bytes);
		cln_buf_addf(
			buf, "%s\n", mount->uid == plan->process.uid && mount->uid ? ",U" : "");
	}
}

void quadlet_add(const struct facts *facts, struct docs *docs)
{
	const struct plan *plan = facts->in->plan;
	const struct plan_process *process = &plan->process;
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };
	cln_owned(cln_drop_mem) char *file = NULL, *image = NULL;
	struct kube kube;
	size_t size;

	kube_begin(facts, &kube);
	image = kube_engine_image_new(&kube);
	cln_buf_addf(&buf,
		"# ~/.config/containers/systemd/%s.container or /etc/containers/systemd\n",
		kube.name);
	cln_buf_addf(&buf, "[Unit]\nDescription=%s\n\n[Container]\nImage=%s\nReadOnly=true\n",
		kube.name, image);
	cln_buf_addf(&buf, "PodmanArgs=--read-only-tmpfs=false\nUser=%u\nGroup=%u\n", process->uid,
		process->gid);
	for (size_t i = 0; i < process->group_count; i++)
		cln_buf_addf(&buf, "GroupAdd=%u\n", process->group[i]);
	cln_buf_adds(&buf, "DropCapability=all\nNoNewPrivileges=true\n");
	quadlet_mounts(&buf, &kube);
	if (plan->lowest_port && plan->lowest_port < 1024)
		cln_buf_addf(
			&buf, "Sysctl=net.ipv4.ip_unprivileged_port_start=%u\n", plan->lowest_port);
	for (size_t i = 0; i < kube.port_count; i++)
		cln_buf_addf(&buf, "PublishPort=%u:%u%s\n", kube.port[i].port, kube.port[i].port,
			kube.port[i].udp ? "/udp" : "");
	cln_buf_addf(&buf, "StopTimeout=%u\n\n[Service]\nRestart=on-failure\nTimeoutStopSec=%u\n",
		process->grace_ms / 1000 + 1, process->grace_ms / 1000 + 6);
	cln_buf_adds(&buf, "\n[Install]\nWantedBy=multi-user.target default.target\n");
	file = cln_format("%s.container", kube.name);
	size = buf.size;
	docs_add(docs, file, cln_buf_steal(&buf), size);
	kube_release(&kube);
}

#define DEBUG_IMAGE "docker.io/library/busybox:stable"

void debug_add(const struct facts *facts, struct docs *docs)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };
	const struct plan_process *process = &facts->in->plan->process;
	struct kube kube;
	size_t size;

	kube_begin(facts, &kube);
	cln_buf_adds(&buf,
		"The image has no shell. Debug it from a container of its own that shares its\n"
		"processes; the production root is then /proc/1/root.\n\n"
		"Kubernetes (kubectl 1.31 and newer, bash; it debugs pods, not Deployments):\n\n");
	cln_buf_addf(&buf,
		"  kubectl debug -it $(kubectl get pod -l app.kubernetes.io/name=%s -o name | head -n 1) \\\n"
		"    --image=" DEBUG_IMAGE " --target=%s --profile=restricted \\\n"
		"    --custom=<(echo '{\"securityContext\":{\"runAsUser\":%u,\"runAsGroup\":%u}}') -- sh\n\n",
		kube.name, kube.name, process->uid, process->gid);
	cln_buf_addf(&buf,
		"podman:\n\n  podman run --rm -it --pid=container:%s --network=container:%s \\\n"
		"    --user=%u:%u --cap-drop=all --security-opt=no-new-privileges \\\n"
		"    " DEBUG_IMAGE " sh\n\n"
		"In it:\n\n  ls -l /proc/1/root/            the image\n"
		"  cat /proc/1/root/etc/clnimg/init.conf\n"
		"  ps -ef                         its processes\n",
		kube.name, kube.name, process->uid, process->gid);
	size = buf.size;
	docs_add(docs, "debug.txt", cln_buf_steal(&buf), size);
	kube_release(&kube);
}
