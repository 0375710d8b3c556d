/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - one running container, whichever engine runs it.
 *
 * runc and crun run a bundle without any daemon; podman and docker run the
 * image by name. Each start is foreground, so that the container's end is the
 * end of a child of ours.
 */
#ifndef CLN_CUSTOMIZE_ENGINE_H
#define CLN_CUSTOMIZE_ENGINE_H

#include "common/mem.h"
#include "common/opt.h"
#include "packager/customize/source.h"

/* What to run; everything borrowed. */
struct container_spec {
	const char *engine; /* "runc", "crun", "podman", "docker", or a path of one */
	const char *name;   /* unique on this host */
	const struct source *source;
	const char *workdir; /* for bundle, pid file and log */
	const char *cgroup;  /* parent, relative to the hierarchy's root; or NULL */
	const char *emit;    /* runtime files of a prod image, or NULL for a dev image */
	const struct cln_list *env, *volume; /* NAME=VALUE; SRC:DST[:ro] */
	const char *const *entrypoint;	     /* replaces the image's, or NULL */
	const char *const *cmd;		     /* replaces the image's Cmd, or NULL */
	bool network_none;
	unsigned host_free_port; /* anybody may bind this one and above on the host's network */
};

#define ENGINE_PORT_SYSCTL "net.ipv4.ip_unprivileged_port_start"

/* For host_free_port: what the host says, 1024 where it does not. */
unsigned engine_host_free_port(void);

struct container {
	struct proc proc; /* the engine's foreground process */
	const struct container_spec *spec;
	const struct engine_ops *ops;
	char *log;		 /* path: the container's stdout and stderr */
	char *pid_file, *rootfs; /* rootfs: NULL where the engine keeps it */
	char *image;		 /* the name inside docker's or podman's store */
};

struct engine_ops {
	/* Fills argv for the foreground run; everything it needs is on disk then. */
	int (*prepare)(struct events *events, struct container *container, struct cln_list *argv,
		struct cln_arena *arena, struct cln_err *err);
	pid_t (*pid)(struct container *container); /* 0: not yet */
	void (*signal)(struct container *container, int signo);
	void (*remove)(struct container *container);
	/* By name alone, whatever its state: for a guard that knows nothing else. */
	void (*remove_name)(const char *engine, const char *name);
};

/* The first of runc, crun, podman, docker that is installed and can run here. */
const char *engine_default(void);

/* Returns once the container's first process is there: *pid as the host sees it. */
int container_start(struct events *events, const struct container_spec *spec,
	struct container *container, pid_t *pid, struct cln_err *err);

/* The image's stop signal, then after grace_ms KILL. Status in container->proc. */
void container_stop(struct container *container, uint64_t grace_ms);

/* Stops what runs and removes every trace of it; safe at any time, also twice. */
void container_release(struct container *container);

/* Kills and removes the container of that name, if there is one. */
void container_remove_name(const char *engine, const char *name);

/* The process id that the engine wrote into container->pid_file, or 0. */
pid_t container_pid_file(struct container *container);

/* The last lines that the container printed; the caller's to free. */
char *container_log_tail_new(const struct container *container);

/* The arguments that start it: entrypoint and cmd, replaced or the image's. */
void container_arguments(
	const struct container_spec *spec, struct cln_arena *arena, struct cln_list *argv);
void list_add(struct cln_list *list, const char *item);

extern const struct engine_ops engine_oci;   /* engine_oci.c */
extern const struct engine_ops engine_store; /* engine_store.c: podman, docker */

#endif
