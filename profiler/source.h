/* SPDX-License-Identifier: Apache-2.0 */
/*
 * source.h - the kernel side: loads the programs, hands out their records.
 *
 * The only user of the skeleton. Records come in the order in which the kernel
 * wrote them.
 */
#ifndef CLN_PROFILER_SOURCE_H
#define CLN_PROFILER_SOURCE_H

#include "bpf/event.h"
#include "common/err.h"

struct source;

struct source_config {
	uint64_t cgroup;   /* inode number of the cgroup v2 directory */
	uint32_t level;	   /* its depth; the root is 0 */
	size_t ring_bytes; /* a power of two; 0: 2 MiB */
	size_t seen_slots; /* a power of two; 0: 2^20 */
};

struct source_stats {
	uint64_t emitted;  /* records that the kernel put into the ring */
	uint64_t received; /* records that were handed out */
	uint64_t missed;   /* program runs that the kernel skipped */
	uint64_t loss[EV_LOSSES];
};

typedef void source_fn(void *context, const void *data, size_t size);

/* Loads and attaches; records flow from now on. *out is the caller's. */
int source_open(const struct source_config *config, source_fn *fn, void *context,
	struct source **out, struct cln_err *err);
void source_close(struct source *source);
void source_drop(struct source **source);

/* Reports what already runs in the cgroup, its descriptors, and the profiler. */
int source_snapshot(struct source *source, struct cln_err *err);

/* Waits at most timeout_ms for records and hands them out; returns how many. */
int source_poll(struct source *source, int timeout_ms);
int source_drain(struct source *source);	 /* without waiting, until empty */
int source_fd(const struct source *source);	 /* readable when records wait */
int source_ring_fd(const struct source *source); /* the ring itself */
size_t source_ring_bytes(const struct source *source);
double source_fill(const struct source *source); /* of the ring, 0 to 1 */
/* Detaches the programs and hands out what is left. */
void source_stop(struct source *source);

/* Takes the largest sizes seen of written files out of the kernel. */
typedef void source_peak_fn(void *context, const struct ev_peak_key *key, uint64_t bytes);
int source_peaks(struct source *source, source_peak_fn *fn, void *context);

void source_stats(struct source *source, struct source_stats *stats);

#endif
