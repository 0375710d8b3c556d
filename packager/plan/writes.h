/* SPDX-License-Identifier: Apache-2.0 */
/*
 * writes.h - where production may write: from every traced write intent to the
 * smallest set of mounts, links and log lines that covers them.
 *
 * Rules, in this order, for each path that main, the programs below it or a
 * declared helper changed or tried to change:
 *  1. /dev, /proc, /sys and the files that runtimes provide (/etc/hosts,
 *     /etc/resolv.conf, /etc/hostname) are never planned. Byte code caches are
 *     left out: an interpreter that cannot write them goes on.
 *  2. A log (below /var/log, or *.log; written, never read back, renamed or
 *     removed) becomes a `log` line: its name leads to a pipe that the init reads.
 *     One that the program rotates itself stays a file in memory, followed by the
 *     init together with its rotated names; so does one with a date in its name.
 *  3. /tmp, /var/tmp: one memory mount each, mode 1777; /run: one, as are /var/run
 *     and /var/lock where they are directories of their own.
 *  4. Below a VOLUME of the image or a mount of the profiled container: a volume.
 *  5. Else the directory that must be writable: the one that holds the path if it
 *     is an application's own, or the topmost one that the image lacks. A mount
 *     in another is folded into it.
 *  6. A directory that must stay read-only (the system's, a shared one as /var/lib,
 *     one with programs in it) is never mounted over: a file that is only written
 *     in place becomes a link into /run/clnimg; what needs the directory itself
 *     (rename, unlink, a socket: a link there would itself be replaced) is refused,
 *     carried out by the init where --redirect-unknown asks for it, or noted where
 *     the trace saw it refused too. A directory below the system's that the image
 *     gave to a user of its own, or to everybody, is an application's (rule 5). Shared directories may be mounted over where production
 *     reads no file of the image below them (rotated logs in /var/log).
 *  7. A mount with databases in it, or with more than VOLUME_PEAK_BYTES, is a volume.
 *
 * Sizes: four times the sum of the peaks, a power of two, at least 16 MiB.
 */
#ifndef CLN_PACKAGER_WRITES_H
#define CLN_PACKAGER_WRITES_H

#include "packager/plan/scene.h"

#define APPROVED_DIR "/run/clnimg"
#define SEED_DIR "/usr/share/clnimg/seed"
#define VOLUME_PEAK_BYTES ((uint64_t)256 << 20)

struct redirect { /* path becomes a link to place */
	const char *path, *place;
	uint32_t node; /* initial content, or TREE_NONE */
	const char *why;
};

struct writes_log {
	const char *path;    /* as main knows it */
	const char *place;   /* the pipe: path itself below a mount, else in the approved place */
	const char *pattern; /* path, or a glob that rotated names match too */
	const char *stream;  /* "stdout" or "stderr" */
	bool tail;	     /* an ordinary file that is followed */
	const char *why;
};

struct writes {
	struct scene *scene;
	struct plan_mount *mount; /* sorted by path once finished */
	size_t mount_count, mount_room;
	struct redirect *redirect;
	size_t redirect_count, redirect_room;
	struct writes_log *log;
	size_t log_count, log_room;
};

int writes_plan(struct scene *scene, struct writes *out, struct cln_err *err);
/* Settles logs, kinds, modes and sizes, once nothing asks for another place. */
void writes_finish(struct writes *writes);
void writes_release(struct writes *writes);

/* The mount that path lies in (or is), or NULL. */
const struct plan_mount *writes_mount(const struct writes *writes, const char *path);

/* The writable place that stands for path; makes sure that there is one. In the arena. */
const char *writes_approved(struct writes *writes, const char *path);

/* Makes path a link into the approved place; found again where it is one already. */
const struct redirect *writes_redirect(
	struct writes *writes, const char *path, uint32_t node, const char *why);

/* Never planned: devices, the kernel's views, what the runtime provides. */
bool writes_is_runtimes(const char *path);

#endif
