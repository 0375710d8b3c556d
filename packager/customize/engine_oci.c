/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_oci.c - runc and crun: a bundle on disk, no daemon, no store.
 */
#include "common/file.h"
#include "common/mem.h"
#include "packager/customize/bundle.h"
#include "packager/customize/engine.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* Short calls of the engine while cleaning up: no events, their own bound. */
static void engine_call(const char *const *argv)
{
	struct events none = { .signal_fd = -1, .closing = true };
	struct cln_err ignored = {};

	proc_run(&none, argv, 15000, NULL, &ignored);
}

static int oci_prepare(struct events *events, struct container *container, struct cln_list *argv,
	struct cln_arena *arena, struct cln_err *err)
{
	const struct container_spec *spec = container->spec;
	char *bundle = cln_arena_format(arena, "%s/bundle", spec->workdir);
	struct cln_err ignored = {};
	int r;

	container->rootfs = cln_format("%s/rootfs", bundle);
	r = cln_make_dirs(bundle, err);
	if (r < 0)
		return r;
	cln_remove_tree(container->rootfs, &ignored);
	r = source_unpack(events, spec->source, container->rootfs, err);
	if (r < 0)
		return r;
	r = bundle_write(spec, bundle, err);
	if (r < 0)
		return cln_within(err, "bundle %s", bundle);
	remove(container->pid_file);
	for (const char *const *word = (const char *[]){ spec->engine, "run", "--bundle", bundle,
		     "--pid-file", container->pid_file, spec->name, NULL };
		*word; word++)
		list_add(argv, *word);
	return 0;
}

static void oci_signal(struct container *container, int signo)
{
	char number[16];

	snprintf(number, sizeof(number), "%d", signo);
	engine_call((const char *[]){
		container->spec->engine, "kill", container->spec->name, number, NULL });
}

static void oci_remove_name(const char *engine, const char *name)
{
	engine_call((const char *[]){ engine, "delete", "--force", name, NULL });
}

static void oci_remove(struct container *container)
{
	if (container->proc.pid > 0)
		oci_remove_name(container->spec->engine, container->spec->name);
}

const struct engine_ops engine_oci = {
	.prepare = oci_prepare,
	.pid = container_pid_file,
	.signal = oci_signal,
	.remove = oci_remove,
	.remove_name = oci_remove_name,
};
