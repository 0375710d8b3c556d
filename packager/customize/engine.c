/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/engine.h"

#include "common/file.h"
#include "common/mem.h"
#include "packager/customize/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define START_MS 60000
#define TAIL_SIZE 2000

void list_add(struct cln_list *list, const char *item)
{
	CLN_PUSH(list->item, list->count, list->room) = item;
}

static bool installed(const char *program)
{
	cln_owned(cln_drop_mem) char *path = cln_strdup(getenv("PATH") ?: "/usr/sbin:/usr/bin");
	char *save = NULL;

	if (strchr(program, '/'))
		return access(program, X_OK) == 0;
	for (char *dir = strtok_r(path, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
		cln_owned(cln_drop_mem) char *file = cln_format("%s/%s", dir, program);

		if (access(file, X_OK) == 0)
			return true;
	}
	return false;
}

unsigned engine_host_free_port(void)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err ignored = {};
	size_t size;

	if (cln_read_file("/proc/sys/net/ipv4/ip_unprivileged_port_start", 64, &text, &size,
		    &ignored) < 0)
		return 1024;
	return (unsigned)strtoul(text, NULL, 10);
}

const char *engine_default(void)
{
	static const char *const known[] = { "runc", "crun", "podman", "docker" };

	for (size_t i = 0; i < CLN_COUNT(known); i++) {
		/* crun refuses hosts that have both cgroup versions. */
		if (strcmp(known[i], "crun") == 0 && cgroup_hybrid())
			continue;
		if (installed(known[i]))
			return known[i];
	}
	return NULL;
}

static const struct engine_ops *engine_find(const char *engine)
{
	const char *name = strrchr(engine, '/');

	name = name ? name + 1 : engine;
	if (strncmp(name, "podman", 6) == 0 || strncmp(name, "docker", 6) == 0)
		return &engine_store;
	return &engine_oci;
}

static void add_words(struct cln_arena *arena, const json_t *array, struct cln_list *argv)
{
	size_t index;
	json_t *word;

	json_array_foreach ((json_t *)array, index, word)
		if (json_is_string(word))
			list_add(argv, cln_arena_strdup(arena, json_string_value(word)));
}

void container_remove_name(const char *engine, const char *name)
{
	engine_find(engine)->remove_name(engine, name);
}

void container_arguments(
	const struct container_spec *spec, struct cln_arena *arena, struct cln_list *argv)
{
	const json_t *config = spec->source->config;

	for (const char *const *word = spec->entrypoint; word && *word; word++)
		list_add(argv, *word);
	if (!spec->entrypoint)
		add_words(arena, json_object_get(config, "Entrypoint"), argv);
	for (const char *const *word = spec->cmd; word && *word; word++)
		list_add(argv, *word);
	/* As docker does: another entrypoint forgets the image's Cmd. */
	if (!spec->cmd && !spec->entrypoint)
		add_words(arena, json_object_get(config, "Cmd"), argv);
}

char *container_log_tail_new(const struct container *container)
{
	FILE *file = container->log ? fopen(container->log, "re") : NULL;
	char *text = cln_alloc(TAIL_SIZE + 1);
	long size;

	if (!file)
		return text;
	fseek(file, 0, SEEK_END);
	size = ftell(file);
	fseek(file, size > TAIL_SIZE ? size - TAIL_SIZE : 0, SEEK_SET);
	text[fread(text, 1, TAIL_SIZE, file)] = '\0';
	fclose(file);
	for (size = (long)strlen(text); size > 0 && text[size - 1] == '\n';)
		text[--size] = '\0';
	return text;
}

pid_t container_pid_file(struct container *container)
{
	FILE *file = fopen(container->pid_file, "re");
	int pid = 0;

	if (!file || fscanf(file, "%d", &pid) != 1)
		pid = 0;
	if (file)
		fclose(file);
	return pid;
}

static int wait_pid(
	struct events *events, struct container *container, pid_t *pid, struct cln_err *err)
{
	struct proc *procs[] = { &container->proc };
	uint64_t deadline = proc_now() + START_MS;

	for (;;) {
		int r;

		*pid = container->ops->pid(container);
		if (*pid > 0)
			return 0;
		r = proc_wait(events, procs, 1, CLN_MIN(deadline, proc_now() + 20), err);
		if (r == 0) {
			cln_owned(cln_drop_mem) char *tail = container_log_tail_new(container);

			return cln_fail(err, EIO, "the container did not start (%s, status %d): %s",
				container->spec->engine, container->proc.status,
				*tail ? tail : "it said nothing");
		}
		if (r < 0 && r != -ETIMEDOUT)
			return r;
		if (proc_now() >= deadline)
			return cln_fail(err, ETIMEDOUT, "%s did not start the container in %d s",
				container->spec->engine, START_MS / 1000);
	}
}

int container_start(struct events *events, const struct container_spec *spec,
	struct container *container, pid_t *pid, struct cln_err *err)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	cln_owned(cln_list_release) struct cln_list argv = {};
	cln_owned(cln_drop_fd) int log = -1;
	int r;

	*container = (struct container){
		.proc = PROC_NONE,
		.spec = spec,
		.ops = engine_find(spec->engine),
		.log = cln_format("%s/container.log", spec->workdir),
		.pid_file = cln_format("%s/container.pid", spec->workdir),
	};
	if (!installed(spec->engine))
		return cln_fail(err, ENOENT, "engine %s is not installed", spec->engine);
	r = container->ops->prepare(events, container, &argv, arena, err);
	if (r < 0)
		return r;
	list_add(&argv, NULL);
	log = open(container->log, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
	if (log < 0)
		return cln_fail(err, errno, "%s: %m", container->log);
	r = proc_start(&container->proc,
		&(struct proc_spec){ .argv = argv.item, .out_fd = log, .err_fd = log }, err);
	return r < 0 ? r : wait_pid(events, container, pid, err);
}

void container_stop(struct container *container, uint64_t grace_ms)
{
	struct proc *proc = &container->proc;
	uint64_t deadline = proc_now() + grace_ms;
	struct timespec pause = { .tv_nsec = 20000000 };

	if (!container->ops || proc->pid <= 0)
		return;
	if (!proc_ended(proc))
		container->ops->signal(container, source_stop_signal(container->spec->source));
	while (!proc_ended(proc) && proc_now() < deadline)
		nanosleep(&pause, NULL);
	if (!proc_ended(proc))
		container->ops->signal(container, SIGKILL);
	deadline = proc_now() + 5000;
	while (!proc_ended(proc) && proc_now() < deadline)
		nanosleep(&pause, NULL);
	proc_end(proc, 2000);
}

void container_release(struct container *container)
{
	if (!container->ops)
		return;
	container_stop(container, 2000);
	container->ops->remove(container);
	free(container->log);
	free(container->pid_file);
	free(container->rootfs);
	free(container->image);
	*container = (struct container){ .proc = PROC_NONE };
}
