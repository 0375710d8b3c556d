// SPDX-License-Identifier: Apache-2.0
/*
 * What `podman run` and `docker run` are given, one argument a line.
 *
 * The engines differ where it matters: only podman takes U (the mount belongs to
 * --user), only docker takes uid= and gid=; podman's --read-only makes /tmp,
 * /run and /var/tmp writable unless it is told not to. Under runc 1.1 a tmpfs
 * has the mode of the image's directory whatever mode= says, so the image's
 * directory has it too.
 */
#include "packager/docs/kube.h"

#include <string.h>

enum engine { PODMAN, DOCKER };

static void add_tmpfs(struct cln_buf *buf, const struct facts *facts,
	const struct plan_mount *mount, enum engine engine)
{
	const struct plan_process *process = &facts->in->plan->process;

	cln_buf_addf(buf, "--tmpfs=%s:rw,nosuid,nodev,%s,mode=%04o", mount->path,
		runtime_may_exec(facts, mount) ? "exec" : "noexec", mount->mode & 07777);
	if (mount->size_bytes)
		cln_buf_addf(buf, ",size=%llu", (unsigned long long)mount->size_bytes);
	if (engine == DOCKER)
		cln_buf_addf(buf, ",uid=%u,gid=%u", mount->uid, mount->gid);
	else if (mount->uid == process->uid && mount->uid != 0)
		cln_buf_adds(buf, ",U");
	cln_buf_addc(buf, '\n');
}

static void add_volume(struct cln_buf *buf, const struct facts *facts,
	const struct plan_mount *mount, enum engine engine)
{
	cln_owned(cln_drop_mem) char *name = runtime_volume_name_new(facts, mount->path);

	cln_buf_addf(buf, "--volume=%s:%s:rw%s\n", name, mount->path,
		engine == PODMAN ? ",nosuid,nodev,U" : "");
}

static void add_mounts(struct cln_buf *buf, const struct facts *facts, enum engine engine)
{
	const struct plan *plan = facts->in->plan;

	for (size_t i = 0; i < plan->mount_count; i++)
		if (plan->mount[i].kind == MOUNT_MEMORY)
			add_tmpfs(buf, facts, &plan->mount[i], engine);
		else
			add_volume(buf, facts, &plan->mount[i], engine);
}

/* podman takes the reference as it is; docker knows no layouts, so it gets the name that
 * compose.yaml has. */
static void add_image(struct cln_buf *buf, const struct facts *facts, enum engine engine)
{
	cln_owned(cln_drop_mem) char *image = NULL;
	struct kube kube;

	if (engine == PODMAN) {
		if (facts->in->prod_ref)
			cln_buf_addf(buf, "%s\n", facts->in->prod_ref);
		return;
	}
	kube_begin(facts, &kube);
	image = kube_engine_image_new(&kube);
	cln_buf_addf(buf, "%s\n", image);
	kube_release(&kube);
}

static void add_args(const struct facts *facts, struct docs *docs, enum engine engine)
{
	const struct plan *plan = facts->in->plan;
	const struct plan_process *process = &plan->process;
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };
	size_t size;

	cln_buf_adds(&buf, "--read-only\n");
	if (engine == PODMAN)
		cln_buf_adds(&buf, "--read-only-tmpfs=false\n");
	cln_buf_addf(&buf, "--user=%u:%u\n", process->uid, process->gid);
	for (size_t i = 0; i < process->group_count; i++)
		cln_buf_addf(&buf, "--group-add=%u\n", process->group[i]);
	cln_buf_adds(&buf, "--cap-drop=all\n--security-opt=no-new-privileges\n");
	add_mounts(&buf, facts, engine);
	if (plan->lowest_port && plan->lowest_port < 1024)
		cln_buf_addf(&buf, "--sysctl=net.ipv4.ip_unprivileged_port_start=%u\n",
			plan->lowest_port);
	cln_buf_addf(&buf, "--stop-timeout=%u\n", process->grace_ms / 1000 + 1);
	add_image(&buf, facts, engine);
	size = buf.size;
	docs_add(docs, engine == PODMAN ? "run.args" : "docker.args", cln_buf_steal(&buf), size);
}

void run_args_add(const struct facts *facts, struct docs *docs)
{
	add_args(facts, docs, PODMAN);
	add_args(facts, docs, DOCKER);
}
