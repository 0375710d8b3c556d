// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include "common/path.h"

static struct place *find(struct collect *c, uint64_t dentry, uint32_t mntns)
{
	for (size_t i = c->place_count; i-- > 0;) {
		struct place *place = c->place[i];

		if (place->dentry == dentry &&
			(place->kind != PLACE_CONTAINER || place->mntns == mntns))
			return place;
	}
	return NULL;
}

static char *folder_of(const struct collect *c, uint64_t dentry)
{
	const union table_value *known = table_find(&c->folders, dentry);

	return known && known->item ? cln_strdup(known->item) : NULL;
}

void place_chroot(struct collect *c, const struct record *rec, const struct program *program,
	const char *name)
{
	struct process *process = collect_process(c, rec->pid);
	union table_value *slot = table_put(&c->folders, rec->root);
	const struct place *around = program->place;
	char path[CLN_PATH_MAX];
	bool known = !process->moved_root && (around->kind != PLACE_CHROOT || around->folder);

	if (rec->root == program->root_dentry)
		return; /* to where it was */
	process->moved_root = true;
	free(slot->item);
	slot->item = NULL;
	if (!known)
		return;
	if (around->kind != PLACE_CHROOT)
		slot->item = cln_strdup(name);
	else if (cln_path_join(around->folder, name[1] ? name + 1 : ".", path) >= 0)
		slot->item = cln_strdup(path);
}

static struct place *place_new(struct collect *c, enum place_kind kind, const struct record *rec)
{
	static const char *const recognised[] = { "initial", "chroot", "mount-namespace" };
	const struct collect_look *look = &c->config.look;
	struct cln_trace_root root = {
		.kind = kind == PLACE_HOST ? "host" : "container",
		.platform = "linux/amd64",
		.recognised = recognised[kind],
		.cgroup = "",
	};
	struct place *place = cln_alloc(sizeof(*place));

	place->dentry = rec->root;
	place->mntns = rec->mntns;
	place->kind = kind;
	place->fd = -1;
	if (kind != PLACE_HOST) {
		if (look->open_root)
			place->fd = look->open_root(look->context, rec->pid);
		if (look->root)
			look->root(look->context, rec->pid, &root);
		if (look->cgroup && rec->type == EV_EXEC)
			root.cgroup = look->cgroup(look->context, rec->exec.cgroup);
	}
	if (kind == PLACE_CHROOT)
		root.folder = place->folder = folder_of(c, rec->root);
	if (kind == PLACE_CONTAINER)
		c->stats.containers++;
	place->root = cln_trace_add_root(c->trace, &root);
	/* An array of pointers is meant. NOLINTNEXTLINE(bugprone-sizeof-expression) */
	CLN_PUSH(c->place, c->place_count, c->place_room) = place;
	return place;
}

static bool is_host_root(const struct collect *c, const struct record_exec *exec)
{
	return exec->root_ino == c->config.root_ino && exec->root_dev == c->config.root_dev;
}

/*
 * A root that is not ours is a container where the mount namespace is not ours
 * either, else a chroot. Nothing here knows any runtime's name.
 */
static enum place_kind kind_of(
	const struct collect *c, const struct record *rec, const struct program *before)
{
	if (rec->mntns == c->config.mntns)
		return PLACE_CHROOT;
	/* In a container's own namespace it is the container that changed its root. */
	return before && before->place->kind != PLACE_HOST && before->mntns == rec->mntns
		       ? PLACE_CHROOT
		       : PLACE_CONTAINER;
}

struct place *place_of_exec(
	struct collect *c, const struct record *rec, const struct program *before)
{
	struct place *place = find(c, rec->root, rec->mntns);

	if (place)
		return place;
	if (is_host_root(c, &rec->exec))
		return place_new(c, PLACE_HOST, rec);
	return place_new(c, kind_of(c, rec, before), rec);
}

void place_host(struct collect *c, const struct record *rec)
{
	if (!find(c, rec->root, rec->mntns))
		place_new(c, PLACE_HOST, rec);
}

bool place_is_noise(const struct record *rec, const struct program *program)
{
	return rec->root != program->root_dentry && rec->mntns != program->mntns;
}

struct place *place_of_record(
	struct collect *c, const struct record *rec, const struct program *program)
{
	struct place *place;

	if (rec->root == program->root_dentry)
		return program->place;
	if (place_is_noise(rec, program))
		return NULL;
	place = find(c, rec->root, rec->mntns);
	return place ? place : place_new(c, kind_of(c, rec, program), rec);
}

void place_free(struct place *place)
{
	for (size_t i = 0; i < place->result_count; i++) {
		struct result *result = &place->result[i];

		for (size_t k = 0; k < result->shot_count; k++) {
			free((void *)result->shot[k].result.content);
			free((void *)result->shot[k].result.link_target);
		}
		free(result->shot);
		free(result->path);
	}
	free(place->result);
	free(place->folder);
	table_release(&place->by_file);
	cln_drop_fd(&place->fd);
	free(place);
}
