// SPDX-License-Identifier: Apache-2.0
/*
 * config.json: the OCI runtime specification's configuration. `runc run` takes
 * it as it is beside a "rootfs" that holds the image; the cgroup, the network
 * and the volumes' sources are the engine's.
 */
#include "packager/docs/runtime.h"
#include "packager/model/oci_mount.h"

#include <stdio.h>
#include <string.h>

static void add_planned(json_t *mounts, const struct facts *facts, const struct plan_mount *mount)
{
	cln_owned(cln_buf_release) struct cln_buf options = { 0 };

	if (mount->kind == MOUNT_VOLUME) {
		cln_owned(cln_drop_mem) char *name = runtime_volume_name_new(facts, mount->path);
		cln_owned(cln_drop_mem) char *source = cln_format("volumes/%s", name);

		oci_mount_add(mounts, &(struct oci_mount){ mount->path, "bind", source,
					      "rbind,rw,nosuid,nodev" });
		return;
	}
	cln_buf_addf(&options, "nosuid,nodev,%s,mode=%04o,uid=%u,gid=%u",
		runtime_may_exec(facts, mount) ? "exec" : "noexec", mount->mode & 07777, mount->uid,
		mount->gid);
	if (mount->size_bytes)
		cln_buf_addf(&options, ",size=%llu", (unsigned long long)mount->size_bytes);
	oci_mount_add(mounts, &(struct oci_mount){ mount->path, "tmpfs", "tmpfs", options.data });
}

static json_t *mounts(const struct facts *facts)
{
	const struct plan *plan = facts->in->plan;
	json_t *list = json_array();

	oci_mounts_add_standard(list);
	for (size_t i = 0; i < plan->mount_count; i++)
		add_planned(list, facts, &plan->mount[i]);
	return list;
}

static json_t *no_capabilities(void)
{
	static const char *const sets[] = { "bounding", "effective", "permitted", "ambient" };
	json_t *object = json_object();

	for (size_t i = 0; i < CLN_COUNT(sets); i++)
		json_object_set_new(object, sets[i], json_array());
	return object;
}

static json_t *process(const struct facts *facts)
{
	const struct plan_process *of = &facts->in->plan->process;
	json_t *object = json_object(), *user = json_object(), *args = json_array();

	json_object_set_new(user, "uid", json_integer(of->uid));
	json_object_set_new(user, "gid", json_integer(of->gid));
	if (of->group_count)
		json_object_set_new(user, "additionalGids", runtime_groups(of));
	json_array_append_new(args, json_string("/clnimg-init"));
	for (size_t i = 0; of->cmd && of->cmd[i]; i++)
		json_array_append_new(args, cln_json_text(of->cmd[i]));
	json_object_set_new(object, "terminal", json_false());
	json_object_set_new(object, "user", user);
	json_object_set_new(object, "args", args);
	json_object_set_new(object, "env", runtime_texts(of->env));
	cln_json_set_str(object, "cwd", of->workdir && *of->workdir == '/' ? of->workdir : "/");
	json_object_set_new(object, "capabilities", no_capabilities());
	json_object_set_new(object, "noNewPrivileges", json_true());
	return object;
}

static json_t *linux_object(const struct facts *facts)
{
	static const char *const kinds[] = { "pid", "ipc", "uts", "mount", "network" };
	static const char *const masked[] = { "/proc/acpi", "/proc/asound", "/proc/kcore",
		"/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
		"/proc/sched_debug", "/proc/scsi", "/sys/firmware", NULL };
	static const char *const fixed[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
		"/proc/sysrq-trigger", NULL };
	json_t *object = json_object(), *list = json_array();

	for (size_t i = 0; i < CLN_COUNT(kinds); i++)
		json_array_append_new(list, json_pack("{s:s}", "type", kinds[i]));
	json_object_set_new(object, "namespaces", list);
	json_object_set_new(object, "maskedPaths", runtime_texts(masked));
	json_object_set_new(object, "readonlyPaths", runtime_texts(fixed));
	json_object_set_new(object, "resources",
		json_pack("{s:[{s:b,s:s}]}", "devices", "allow", 0, "access", "rwm"));
	json_object_set_new(object, "sysctl", runtime_sysctls(facts->in->plan));
	list = seccomp_linux(facts);
	if (list)
		json_object_set_new(object, "seccomp", list);
	return object;
}

void bundle_add(const struct facts *facts, struct docs *docs)
{
	cln_owned(cln_json_drop) json_t *config = json_object();

	cln_json_set_str(config, "ociVersion", "1.0.2");
	json_object_set_new(config, "process", process(facts));
	json_object_set_new(
		config, "root", json_pack("{s:s,s:b}", "path", "rootfs", "readonly", 1));
	cln_json_set_str(config, "hostname", "clnimg");
	json_object_set_new(config, "mounts", mounts(facts));
	json_object_set_new(config, "linux", linux_object(facts));
	facts_add_json(docs, "config.json", config);
}
