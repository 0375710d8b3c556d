/* SPDX-License-Identifier: Apache-2.0 */
/*
 * collect.h - folds records into the trace.
 *
 * The effects it needs (looking into a container's root while it lives) come in
 * as functions, so that everything else is pure and runs in tests and fuzzing.
 */
#ifndef CLN_PROFILER_COLLECT_H
#define CLN_PROFILER_COLLECT_H

#include "manifest-schema/trace.h"
#include "profiler/record.h"

struct collect;

/* What user space could not do; beside enum ev_loss of the kernel side. */
enum collect_loss {
	COLLECT_UNDECODED,  /* bytes that are no record */
	COLLECT_UNRESOLVED, /* a path that could not be followed to its root */
	COLLECT_TOO_DEEP,   /* a path longer than can be carried */
	COLLECT_RACED,	    /* a directory was renamed while its name was read */
	COLLECT_UNKNOWN,    /* a program that was not described */
	COLLECT_LEFT,	    /* a process that left the cgroup */
	COLLECT_MOVED,	    /* a name in a root that a program moved to without exec */
	COLLECT_MAPPED,	    /* what a program had mapped that came in and soon ended */
	COLLECT_UNFINISHED, /* an io_uring request without a result */
	COLLECT_ARGV,	    /* a piece of an argv is missing */
	COLLECT_ENV,	    /* a piece of an environment is missing, or it is too large */
	COLLECT_REFUSED,    /* a program or its file that the trace model does not hold */
	COLLECT_LOSSES,
};

struct collect_look { /* effects; any may be NULL */
	void *context;
	/* Fills mounts, evidence and platform of a root that pid lives in. What it
	 * sets must live until the next call. */
	void (*root)(void *context, uint32_t pid, struct cln_trace_root *root);
	/* A descriptor of pid's root directory, or -1. */
	int (*open_root)(void *context, uint32_t pid);
	/* Holds the profiled processes still while files are read. */
	void (*hold)(void *context, bool on);
	/* The path of cgroup id relative to the profiled one. */
	const char *(*cgroup)(void *context, uint64_t id);
	/* Milliseconds of a clock that only goes forward. */
	uint64_t (*now)(void *context);
	/* argv of a program that was running before: NUL-ended strings. */
	size_t (*command_line)(void *context, uint32_t pid, char *out, size_t room);
	/* Each file that the command gets as an open descriptor, with its flags. */
	void (*inherited)(
		void *context, void (*fn)(void *of, const char *path, int flags), void *of);
	/* What the symlink at path holds: its length, 0 where it is none, or -errno.
	 * root: a descriptor, or -1 for the profiler's own. Room: CLN_PATH_MAX. */
	int (*link)(void *context, int root, const char *path, char *out);
	/* SHA-256 (CLN_SHA256_HEX bytes) and size of a regular file in root, a descriptor. */
	bool (*digest)(
		void *context, int root, const char *path, char *sha256, uint64_t *size_bytes);
	/* The text of /proc/PID/maps, to be freed; NULL where it cannot be read. */
	char *(*maps)(void *context, uint32_t pid);
};

struct collect_config {
	uint32_t profiler_pid; /* never part of the trace */
	uint32_t self_pid;     /* the child that becomes the command: silent until its exec */
	uint32_t mntns;	       /* the profiler's own */
	uint32_t root_dev;     /* of the profiler's "/": as the kernel counts devices */
	uint64_t root_ino;
	bool no_content; /* no file contents in results */
	struct collect_look look;
};

struct collect_stats {
	uint64_t records, paths, execs, containers;
	uint64_t loss[COLLECT_LOSSES];
	bool daemon; /* somebody talked to a container daemon's socket */
};

struct collect *collect_new(struct cln_trace *trace, const struct collect_config *config);
void collect_free(struct collect *collect);
void collect_drop(struct collect **collect);

void collect_sample(struct collect *collect, const void *data, size_t size);
void collect_record(struct collect *collect, const struct record *rec);
void collect_peak(struct collect *collect, const struct ev_peak_key *key, uint64_t bytes);
/* After the last record: roles, environment, system calls, results. */
void collect_finish(struct collect *collect);
void collect_stats(const struct collect *collect, struct collect_stats *stats);

const char *collect_loss_name(enum collect_loss loss);
const char *collect_kernel_loss_name(enum ev_loss loss);

#endif
