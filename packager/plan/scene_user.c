// SPDX-License-Identifier: Apache-2.0
/*
 * scene_user.c - who a program that was started as root became.
 *
 * Servers that are started as root drop privileges by themselves, in every process or in
 * workers: production starts as whom they all became, for that is who their files are meant for.
 * Where they became several, nobody can tell which of them owns what: then the user is
 * nobody's, and the candidates are named.
 */
#include "packager/plan/scene_parts.h"

#define PRODUCTION_ID 65532u /* "nonroot" of distroless images */

struct dropped {
	struct cln_trace_user user;
	const char *program;
	size_t others; /* further users */
};

static void add_user(struct dropped *dropped, uint32_t uid, uint32_t gid, const char *program)
{
	if (!uid)
		return;
	if (!dropped->program)
		*dropped = (struct dropped){ { uid, gid }, program, 0 };
	else if (dropped->user.uid != uid || dropped->user.gid != gid)
		dropped->others++;
}

static void of_exec(struct dropped *dropped, const struct cln_trace_exec *exec)
{
	add_user(dropped, exec->uid, exec->gid, exec->path);
	for (size_t i = 0; i < exec->became_count; i++)
		add_user(dropped, exec->became[i].uid, exec->became[i].gid, exec->path);
}

void scene_user_of_root(struct scene *scene)
{
	const struct cln_trace *trace = scene->in->trace;
	const char *main = trace->exec[scene->main].path;
	struct dropped dropped = { 0 };

	for (uint32_t i = 0; i < trace->exec_count; i++)
		if (scene->side[i] == SIDE_SERVICE)
			of_exec(&dropped, &trace->exec[i]);
	if (dropped.program && !dropped.others) {
		scene->uid = dropped.user.uid;
		scene->gid = dropped.user.gid;
		scene_note(scene, "user",
			"%s was started as root, and %s went on as %u:%u; production starts as that user "
			"(--user chooses)",
			main, dropped.program, scene->uid, scene->gid);
		return;
	}
	scene->uid = scene->gid = PRODUCTION_ID;
	if (dropped.others)
		scene_note(scene, "user",
			"%s ran as root, and programs of it as several users (%s as %u:%u); production "
			"runs all as %u:%u (--user chooses)",
			main, dropped.program, dropped.user.uid, dropped.user.gid, scene->uid,
			scene->gid);
	else
		scene_note(scene, "user",
			"%s ran as root; production runs it as %u:%u (--user chooses)", main,
			scene->uid, scene->gid);
}
