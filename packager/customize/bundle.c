/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/bundle.h"

#include "common/file.h"
#include "common/mem.h"
#include "packager/model/oci_mount.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define RUNTIME_CEILING ((size_t)4 << 20)

/* What docker and podman leave to a root container by default (moby
 * profiles: oci/caps/defaults.go). */
static const char *const dev_capabilities[] = {
	"CAP_CHOWN",
	"CAP_DAC_OVERRIDE",
	"CAP_FOWNER",
	"CAP_FSETID",
	"CAP_KILL",
	"CAP_MKNOD",
	"CAP_NET_BIND_SERVICE",
	"CAP_NET_RAW",
	"CAP_SETFCAP",
	"CAP_SETGID",
	"CAP_SETPCAP",
	"CAP_SETUID",
	"CAP_SYS_CHROOT",
	"CAP_AUDIT_WRITE",
};

static json_t *words(const char *const *word, size_t count)
{
	json_t *array = json_array();

	for (size_t i = 0; i < count; i++)
		json_array_append_new(array, cln_json_text(word[i]));
	return array;
}

/*
 * Ports below 1024 need a sysctl of the container's own network. In the host's it would be
 * the host's: there the capability takes its place, unless the host allows the ports anyway.
 */
static bool needs_bind_capability(const struct container_spec *spec, const json_t *runtime)
{
	const json_t *sysctl = json_object_get(json_object_get(runtime, "linux"), "sysctl");
	const char *first = cln_json_str(sysctl, ENGINE_PORT_SYSCTL, NULL);

	return first && !spec->network_none && spec->host_free_port > strtoul(first, NULL, 10);
}

static json_t *bind_capability(void)
{
	static const char *const sets[] = { "bounding", "effective", "permitted", "inheritable",
		"ambient" };
	json_t *set = json_object();

	for (size_t i = 0; i < CLN_COUNT(sets); i++)
		json_object_set_new(set, sets[i], json_pack("[s]", "CAP_NET_BIND_SERVICE"));
	return set;
}

static json_t *capabilities(const struct container_spec *spec, const json_t *runtime)
{
	const json_t *declared =
		json_object_get(json_object_get(runtime, "process"), "capabilities");
	json_t *set, *list;

	if (needs_bind_capability(spec, runtime))
		return bind_capability();
	if (runtime && declared)
		return json_deep_copy(declared);
	set = json_object();
	list = runtime ? json_array() : words(dev_capabilities, CLN_COUNT(dev_capabilities));
	json_object_set(set, "bounding", list);
	json_object_set(set, "effective", list);
	json_object_set(set, "permitted", list);
	json_decref(list);
	return set;
}

/* Sets NAME=value in an array of such, replacing an earlier NAME. */
static void set_env(json_t *env, const char *pair)
{
	size_t length = strcspn(pair, "=") + 1, index;
	json_t *old;

	json_array_foreach (env, index, old)
		if (strncmp(json_string_value(old) ?: "", pair, length) == 0) {
			json_array_set_new(env, index, cln_json_text(pair));
			return;
		}
	json_array_append_new(env, cln_json_text(pair));
}

static json_t *environment(const struct container_spec *spec)
{
	const json_t *image = json_object_get(spec->source->config, "Env");
	json_t *env = json_array(), *pair;
	size_t index;

	set_env(env, "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	json_array_foreach ((json_t *)image, index, pair)
		if (json_is_string(pair))
			set_env(env, json_string_value(pair));
	for (size_t i = 0; spec->env && i < spec->env->count; i++)
		set_env(env, spec->env->item[i]);
	return env;
}

static json_t *user_object(const struct source_user *user, const json_t *runtime)
{
	const json_t *declared = json_object_get(json_object_get(runtime, "process"), "user");

	if (declared)
		return json_deep_copy(declared);
	return json_pack("{s:I,s:I}", "uid", (json_int_t)user->uid, "gid", (json_int_t)user->gid);
}

static int process(const struct container_spec *spec, const struct source_user *user,
	const json_t *runtime, json_t **out, struct cln_err *err)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	cln_owned(cln_list_release) struct cln_list argv = {};
	const char *cwd = cln_json_str(spec->source->config, "WorkingDir", "/");

	container_arguments(spec, arena, &argv);
	if (!argv.count)
		return cln_fail(err, EINVAL, "the image names no Entrypoint and no Cmd; use --cmd");
	*out = json_object();
	json_object_set_new(*out, "terminal", json_false());
	json_object_set_new(*out, "user", user_object(user, runtime));
	json_object_set_new(*out, "args", words(argv.item, argv.count));
	json_object_set_new(*out, "env", environment(spec));
	cln_json_set_str(*out, "cwd", *cwd == '/' ? cwd : "/");
	json_object_set_new(*out, "capabilities", capabilities(spec, runtime));
	json_object_set_new(*out, "noNewPrivileges", json_boolean(runtime != NULL));
	return 0;
}

/* SRC:DST or SRC:DST:ro */
static int add_volume(json_t *mounts, const char *volume, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = cln_strdup(volume);
	char *target = strchr(text, ':'), *mode = target ? strchr(target + 1, ':') : NULL;
	char source[4096];

	if (!target)
		return cln_usage(err, "--volume %s: expected SRC:DST", volume);
	*target++ = '\0';
	if (mode)
		*mode++ = '\0';
	if (*target != '/')
		return cln_usage(err, "--volume %s: %s is not absolute", volume, target);
	if (!realpath(text, source))
		return cln_fail(err, errno, "--volume %s: %s: %m", volume, text);
	oci_mount_add(mounts, &(struct oci_mount){ target, "bind", source,
				      mode && strcmp(mode, "ro") == 0 ? "rbind,ro" : "rbind,rw" });
	return 0;
}

/* The writable places that the plan declares; all else of config.json's
 * mounts is what every container has. */
static void add_declared(json_t *mounts, const json_t *runtime)
{
	json_t *mount;
	size_t index;

	json_array_foreach (json_object_get(runtime, "mounts"), index, mount)
		if (!oci_mount_is_standard(cln_json_str(mount, "destination", "")))
			json_array_append(mounts, mount);
}

static int all_mounts(const struct container_spec *spec, const json_t *runtime, const char *support,
	json_t **out, struct cln_err *err)
{
	static const char *const names[] = { "hosts", "hostname", "resolv.conf" };
	int r = 0;

	*out = json_array();
	oci_mounts_add_standard(*out);
	for (size_t i = 0; i < CLN_COUNT(names); i++) {
		cln_owned(cln_drop_mem) char *target = cln_format("/etc/%s", names[i]);
		cln_owned(cln_drop_mem) char *source = cln_format("%s/%s", support, names[i]);

		oci_mount_add(*out, &(struct oci_mount){ target, "bind", source, "rbind,ro" });
	}
	add_declared(*out, runtime);
	for (size_t i = 0; r == 0 && spec->volume && i < spec->volume->count; i++)
		r = add_volume(*out, spec->volume->item[i], err);
	return r;
}

static json_t *namespaces(const struct container_spec *spec)
{
	static const char *const always[] = { "pid", "ipc", "uts", "mount", "network" };
	json_t *list = json_array();

	/* Host network: no network namespace of its own, so 127.0.0.1 is ours. */
	for (size_t i = 0; i < CLN_COUNT(always) - !spec->network_none; i++)
		json_array_append_new(list, json_pack("{s:s}", "type", always[i]));
	return list;
}

static json_t *linux_object(const struct container_spec *spec, const json_t *runtime)
{
	static const char *const masked[] = { "/proc/acpi", "/proc/asound", "/proc/kcore",
		"/proc/keys", "/proc/latency_stats", "/proc/timer_list", "/proc/timer_stats",
		"/proc/sched_debug", "/proc/scsi", "/sys/firmware" };
	static const char *const fixed[] = { "/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys",
		"/proc/sysrq-trigger" };
	const json_t *given = json_object_get(runtime, "linux");
	json_t *object = json_object();

	json_object_set_new(object, "namespaces", namespaces(spec));
	json_object_set_new(object, "maskedPaths", words(masked, CLN_COUNT(masked)));
	json_object_set_new(object, "readonlyPaths", words(fixed, CLN_COUNT(fixed)));
	json_object_set_new(object, "resources",
		json_pack("{s:[{s:b,s:s}]}", "devices", "allow", 0, "access", "rwm"));
	if (spec->cgroup) {
		/* One name in every run: traces of several starts are then of one root. */
		cln_owned(cln_drop_mem) char *path = cln_format("%s/container", spec->cgroup);

		cln_json_set_str(object, "cgroupsPath", path);
	}
	if (json_object_get(given, "seccomp"))
		json_object_set(object, "seccomp", json_object_get(given, "seccomp"));
	/* A net sysctl of the host's own namespace would be the host's. */
	if (json_object_get(given, "sysctl") && spec->network_none)
		json_object_set(object, "sysctl", json_object_get(given, "sysctl"));
	return object;
}

int bundle_config(const struct container_spec *spec, const struct source_user *user,
	const json_t *runtime, const char *support, json_t **out, struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *config = json_object();
	json_t *part = NULL;
	int r;

	cln_json_set_str(config, "ociVersion", "1.0.2");
	r = process(spec, user, runtime, &part, err);
	if (r < 0)
		return r;
	json_object_set_new(config, "process", part);
	json_object_set_new(config, "root",
		json_pack("{s:s,s:b}", "path", "rootfs", "readonly", runtime != NULL));
	cln_json_set_str(config, "hostname", "clnimg");
	r = all_mounts(spec, runtime, support, &part, err);
	json_object_set_new(config, "mounts", part);
	if (r < 0)
		return r;
	json_object_set_new(config, "linux", linux_object(spec, runtime));
	*out = cln_steal(&config);
	return 0;
}

static int write_support(const char *directory, struct cln_err *err)
{
	static const char hosts[] = "127.0.0.1\tlocalhost clnimg\n::1\tlocalhost\n";
	cln_owned(cln_drop_mem) char *hosts_path = cln_format("%s/hosts", directory);
	cln_owned(cln_drop_mem) char *name_path = cln_format("%s/hostname", directory);
	cln_owned(cln_drop_mem) char *resolv_path = cln_format("%s/resolv.conf", directory);
	cln_owned(cln_drop_mem) char *resolv = NULL;
	struct cln_err ignored = {};
	size_t size = 0;
	int r;

	if (cln_read_file("/etc/resolv.conf", 65536, &resolv, &size, &ignored) < 0)
		size = 0;
	if ((r = cln_write_file(hosts_path, hosts, sizeof(hosts) - 1, 0644, err)) < 0 ||
		(r = cln_write_file(name_path, "clnimg\n", 7, 0644, err)) < 0)
		return r;
	return cln_write_file(resolv_path, resolv ? resolv : "", size, 0644, err);
}

/* A declared volume needs a directory on the host: one of ours for the run. */
static int back_volumes(json_t *config, const struct container_spec *spec, struct cln_err *err)
{
	json_t *mount, *user = json_object_get(json_object_get(config, "process"), "user");
	size_t index;

	json_array_foreach (json_object_get(config, "mounts"), index, mount) {
		cln_owned(cln_drop_mem) char *directory =
			cln_format("%s/volume-%zu", spec->workdir, index);
		const char *source = cln_json_str(mount, "source", "");

		if (strcmp(cln_json_str(mount, "type", ""), "bind") != 0 || *source == '/')
			continue;
		if (mkdir(directory, 0700) < 0 && errno != EEXIST)
			return cln_fail(err, errno, "%s: %m", directory);
		if (chown(directory, (uid_t)cln_json_int(user, "uid", 0),
			    (gid_t)cln_json_int(user, "gid", 0)) < 0)
			return cln_fail(err, errno, "%s: %m", directory);
		cln_json_set_str(mount, "source", directory);
	}
	return 0;
}

static int read_runtime(const struct container_spec *spec, json_t **runtime, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = NULL;

	*runtime = NULL;
	if (!spec->emit)
		return 0;
	path = cln_format("%s/config.json", spec->emit);
	return cln_json_read(path, RUNTIME_CEILING, runtime, err);
}

int bundle_write(const struct container_spec *spec, const char *directory, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *rootfs = cln_format("%s/rootfs", directory);
	cln_owned(cln_drop_mem) char *path = cln_format("%s/config.json", directory);
	cln_owned(cln_drop_mem) char *text = NULL;
	cln_owned(cln_json_drop) json_t *runtime = NULL, *config = NULL;
	struct source_user user;
	int r;

	if ((r = write_support(spec->workdir, err)) < 0 ||
		(r = read_runtime(spec, &runtime, err)) < 0 ||
		(r = source_user(spec->source, rootfs, &user, err)) < 0 ||
		(r = bundle_config(spec, &user, runtime, spec->workdir, &config, err)) < 0 ||
		(r = back_volumes(config, spec, err)) < 0)
		return r;
	text = cln_json_text_new(config);
	return cln_write_file(path, text, strlen(text), 0644, err);
}
