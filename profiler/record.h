/* SPDX-License-Identifier: Apache-2.0 */
/*
 * record.h - bytes of the ring -> a struct, checked.
 *
 * Pure: no allocation, no I/O. What a record points to borrows from the sample
 * and dies with it.
 */
#ifndef CLN_PROFILER_RECORD_H
#define CLN_PROFILER_RECORD_H

#include "bpf/event.h"

#include <stdbool.h>
#include <stddef.h>

struct record_walk { /* directory chain, last component first (bpf/event.h) */
	const char *names;
	size_t length;
	uint8_t how; /* enum ev_walk; 0: no such walk */
};

struct record_path {
	uint16_t op, nr;
	int32_t ret;
	uint32_t arg, mode, dev, gen;
	uint64_t ino, size, cookie;
	const char *str[2]; /* NULL: none */
	struct record_walk base[2], target;
};

struct record_exec {
	uint32_t uid, gid, umask;
	uint32_t group[EV_GROUPS_MAX];
	size_t group_count;
	uint32_t dev, mode;
	uint64_t ino, cgroup, argv_bytes, env_bytes;
	uint64_t root_ino, fs;
	uint32_t root_dev;
	const char *file, *interp; /* NULL: none */
	struct record_walk cwd, exe;
	struct record_walk script; /* of one started as /dev/fd/N */
	const char *limits;	   /* struct ev_limit, not aligned */
	size_t limit_count;
};

struct record {
	uint16_t type, flags;
	uint32_t pid, tid, mntns;
	uint64_t ident, root;
	union {
		struct record_path path;
		struct record_exec exec;
		struct {
			uint64_t offset, total;
			const char *bytes;
			size_t length;
		} text;
		struct {
			uint32_t child;
			uint64_t fs, child_fs;
		} fork;
		struct {
			uint32_t uid, gid;
		} end;
		struct {
			uint32_t nr;
		} syscall;
		struct {
			uint16_t family, port, type, protocol;
			uint8_t address[16];
		} port;
		struct {
			uint64_t ino, size;
			uint32_t dev, gen;
		} size;
	};
};

/* 0, or -EBADMSG for bytes that no program of ours writes. */
int record_decode(const void *data, size_t size, struct record *rec);

/*
 * The chain as an absolute path ("/" for none) in out (room: CLN_PATH_MAX).
 * -ENAMETOOLONG where it does not fit.
 */
int record_walk_text(const struct record_walk *walk, char *out);

#endif
