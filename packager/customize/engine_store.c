/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_store.c - podman and docker: the image is loaded into their store
 * under a name of ours, and leaves it at the end.
 */
#include "common/file.h"
#include "common/mem.h"
#include "packager/customize/cgroup.h"
#include "packager/customize/engine.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#define LOAD_MS 600000

static bool is_docker(const struct container *container)
{
	return strstr(container->spec->engine, "docker") != NULL;
}

static void engine_call(const char *const *argv)
{
	struct events none = { .signal_fd = -1, .closing = true };
	struct cln_err ignored = {};

	proc_run(&none, argv, 30000, NULL, &ignored);
}

/* The caller's to free. */
static char *image_name_new(const char *container)
{
	return cln_format("localhost/%s:run", container);
}

static int load(struct events *events, struct container *container, struct cln_arena *arena,
	struct cln_err *err)
{
	const struct container_spec *spec = container->spec;
	char *from = cln_arena_format(arena, "oci:%s", spec->source->layout);
	char *image = image_name_new(spec->name);
	char *to = cln_arena_format(arena, "%s:%s",
		is_docker(container) ? "docker-daemon" : "containers-storage", image);
	int r = proc_run(events, (const char *[]){ "skopeo", "copy", "-q", from, to, NULL },
		LOAD_MS, NULL, err);

	container->image = image;
	return r < 0 ? cln_within(err, "loading %s into %s", spec->source->ref, spec->engine) : 0;
}

/*
 * A net sysctl of the host's network would be the host's own: the capability that it saves
 * takes its place, or NULL where the host allows those ports anyway.
 */
static const char *on_network(const struct container_spec *spec, const char *line)
{
	static const char ports[] = "--sysctl=" ENGINE_PORT_SYSCTL "=";
	size_t size = sizeof(ports) - 1;

	if (spec->network_none || strncmp(line, ports, size) != 0)
		return line;
	return strtoul(line + size, NULL, 10) < spec->host_free_port ? "--cap-add=NET_BIND_SERVICE"
								     : NULL;
}

/*
 * run.args, docker.args: one argument a line, made for exactly this use; the
 * last is the image, which has another name here.
 */
static int add_run_args(const struct container *container, struct cln_arena *arena,
	struct cln_list *argv, struct cln_err *err)
{
	const struct container_spec *spec = container->spec;
	cln_owned(cln_drop_mem) char *path =
		cln_format("%s/%s", spec->emit, is_docker(container) ? "docker.args" : "run.args");
	cln_owned(cln_drop_mem) char *text = NULL;
	char *save = NULL;
	size_t size;
	int r = cln_read_file(path, 1 << 20, &text, &size, err);

	if (r < 0)
		return r;
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		const char *arg = strncmp(line, "--", 2) == 0 ? on_network(spec, line) : NULL;

		if (arg)
			list_add(argv, cln_arena_strdup(arena, arg));
	}
	return 0;
}

static void add_pair(struct cln_list *argv, const char *option, const char *value)
{
	list_add(argv, option);
	list_add(argv, value);
}

/* podman would raise limits, which a root without CAP_SYS_RESOURCE cannot: the
 * container gets ours, and of processes no more than podman's own default. */
#define LIMIT_MOST 32768

static void add_limit(struct cln_list *argv, struct cln_arena *arena, const char *name,
	__rlimit_resource_t resource)
{
	struct rlimit limit;

	if (getrlimit(resource, &limit) < 0)
		return;
	add_pair(argv, "--ulimit",
		cln_arena_format(arena, "%s=%llu:%llu", name,
			(unsigned long long)CLN_MIN(limit.rlim_cur, (rlim_t)LIMIT_MOST),
			(unsigned long long)CLN_MIN(limit.rlim_max, (rlim_t)LIMIT_MOST)));
}

static void add_options(struct container *container, struct cln_arena *arena, struct cln_list *argv)
{
	const struct container_spec *spec = container->spec;

	add_pair(argv, "--name", spec->name);
	add_pair(argv, "--network", spec->network_none ? "none" : "host");
	if (spec->cgroup)
		add_pair(argv, "--cgroup-parent", spec->cgroup);
	if (!is_docker(container)) {
		add_limit(argv, arena, "nofile", RLIMIT_NOFILE);
		add_limit(argv, arena, "nproc", RLIMIT_NPROC);
		add_pair(argv, "--pull", "never");
	}
	for (size_t i = 0; spec->env && i < spec->env->count; i++)
		add_pair(argv, "--env", spec->env->item[i]);
	for (size_t i = 0; spec->volume && i < spec->volume->count; i++)
		add_pair(argv, "--volume", spec->volume->item[i]);
}

/* --entrypoint takes one word; the others go before the command. */
static void add_arguments(const struct container *container, struct cln_list *argv)
{
	const struct container_spec *spec = container->spec;

	if (spec->entrypoint && spec->entrypoint[0])
		add_pair(argv, "--entrypoint", spec->entrypoint[0]);
	list_add(argv, container->image);
	for (const char *const *word = spec->entrypoint ? spec->entrypoint + 1 : NULL;
		word && word[-1] && *word; word++)
		list_add(argv, *word);
	for (const char *const *word = spec->cmd; word && *word; word++)
		list_add(argv, *word);
}

static int store_prepare(struct events *events, struct container *container, struct cln_list *argv,
	struct cln_arena *arena, struct cln_err *err)
{
	const struct container_spec *spec = container->spec;
	int r = load(events, container, arena, err);

	if (r < 0)
		return r;
	list_add(argv, spec->engine);
	if (!is_docker(container)) {
		list_add(argv, "--cgroup-manager=cgroupfs");
		if (cgroup_hybrid()) /* which crun, the default, refuses */
			add_pair(argv, "--runtime", "runc");
	}
	list_add(argv, "run");
	/* Options of run.args come first, so that ours, where given twice, win. */
	if (spec->emit) {
		r = add_run_args(container, arena, argv, err);
		if (r < 0)
			return r;
	}
	add_options(container, arena, argv);
	if (!is_docker(container))
		list_add(argv, cln_arena_format(arena, "--pidfile=%s", container->pid_file));
	add_arguments(container, argv);
	return 0;
}

/* podman writes a file; docker must be asked. */
static pid_t store_pid(struct container *container)
{
	struct events none = { .signal_fd = -1, .closing = true };
	cln_owned(cln_buf_release) struct cln_buf text = {};
	struct cln_err ignored = {};

	if (!is_docker(container))
		return container_pid_file(container);
	if (proc_run(&none,
		    (const char *[]){ container->spec->engine, "inspect", "--format",
			    "{{.State.Pid}}", container->spec->name, NULL },
		    15000, &text, &ignored) < 0)
		return 0;
	return atoi(text.data ? text.data : "");
}

static void store_signal(struct container *container, int signo)
{
	char option[32];

	snprintf(option, sizeof(option), "--signal=%d", signo);
	engine_call((const char *[]){
		container->spec->engine, "kill", option, container->spec->name, NULL });
}

static void store_remove_name(const char *engine, const char *name)
{
	cln_owned(cln_drop_mem) char *image = image_name_new(name);

	engine_call((const char *[]){ engine, "rm", "--force", "--volumes", name, NULL });
	engine_call((const char *[]){ engine, "rmi", "--force", image, NULL });
}

static void store_remove(struct container *container)
{
	const char *engine = container->spec->engine;

	if (container->proc.pid > 0)
		store_remove_name(engine, container->spec->name);
	else if (container->image)
		engine_call((const char *[]){ engine, "rmi", "--force", container->image, NULL });
}

const struct engine_ops engine_store = {
	.prepare = store_prepare,
	.pid = store_pid,
	.signal = store_signal,
	.remove = store_remove,
	.remove_name = store_remove_name,
};
