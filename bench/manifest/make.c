// SPDX-License-Identifier: Apache-2.0
/*
 * make.c - writes manifests as a sharded suite leaves them.
 *
 * usage: bench-manifest FOLDER SHARDS PATHS OWN
 *
 * FOLDER/shard-N.json, each of PATHS paths, OWN of them in no other shard; the
 * others come from a pool of twice PATHS. The same arguments make the same bytes.
 */
#include "common/file.h"
#include "common/mem.h"
#include "manifest-schema/trace.h"

#include <stdio.h>
#include <stdlib.h>

static const char *const folders[] = {
	"/usr/lib/x86_64-linux-gnu",
	"/usr/lib/python3.11/site-packages/package/submodule",
	"/usr/share/zoneinfo/America",
	"/opt/app/node_modules/library/dist/esm",
	"/etc/ssl/certs",
	"/proc/self",
	"/tmp/pytest-of-root/pytest-0",
};

static uint32_t next(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return (uint32_t)((*state * 0x2545f4914f6cdd1du) >> 33);
}

static void add_frame(struct cln_trace *trace, unsigned int shard)
{
	const struct cln_trace_evidence fact = { "/etc/os-release",
		"2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881", 267, true };
	const char *const argv[] = { "./run-tests.sh", "--shard", NULL };
	char id[33], cgroup[64];

	snprintf(id, sizeof(id), "%032x", shard);
	snprintf(cgroup, sizeof(cgroup), "libpod-%08x.scope", shard * 2654435761u);
	cln_trace_add_run(trace, &(struct cln_trace_run){
					 .id = id,
					 .tool = "clnimg-profile 0.1.0",
					 .host = "ci",
					 .kernel = "6.1.0",
					 .platform = "linux/amd64",
					 .started = "2026-01-31T12:00:00Z",
					 .duration_ms = 1000 + shard,
					 .argv = argv,
					 .complete = true,
				 });
	cln_trace_add_root(trace, &(struct cln_trace_root){
					  .kind = "container",
					  .platform = "linux/amd64",
					  .recognised = "mount-namespace",
					  .cgroup = cgroup,
					  .evidence = &fact,
					  .evidence_count = 1,
				  });
}

/* Programs as tests start them: most are the same in every shard. */
static void add_execs(struct cln_trace *trace, unsigned int shard)
{
	for (unsigned int i = 0; i < 64; i++) {
		cln_owned(cln_drop_mem) char *path = cln_format("/usr/bin/tool-%u", i % 20);
		cln_owned(cln_drop_mem) char *arg =
			cln_format("--case=%u", i < 56 ? i : shard * 8 + i);
		const char *argv[] = { path, arg, NULL };

		cln_trace_add_exec(trace, &(struct cln_trace_exec){
						  .path = path,
						  .argv = argv,
						  .cwd = "/srv",
						  .umask = 022,
						  .parent = i ? (i - 1) / 4 : CLN_TRACE_NONE,
						  .count = 1 + i % 3,
						  .role = i ? CLN_ROLE_SERVICE : CLN_ROLE_MAIN,
					  });
	}
}

static void add_file(struct cln_trace *trace, uint64_t *state, const char *name)
{
	static const uint32_t access[] = { CLN_READ, CLN_READ | CLN_MAP, CLN_STAT,
		CLN_STAT | CLN_MISSING, CLN_READ | CLN_WRITE | CLN_CREATE };
	cln_owned(cln_drop_mem) char *path =
		cln_format("%s/%s", folders[(unsigned char)name[1] % CLN_COUNT(folders)], name);
	uint32_t users = 1 + next(state) % 3;

	for (uint32_t i = 0; i < users; i++) {
		struct cln_trace_use use = { next(state) % (uint32_t)trace->exec_count,
			access[(unsigned char)name[2] % CLN_COUNT(access)] };

		cln_trace_add_file(trace, 0, path, NULL, &use);
	}
}

static void make_shard(struct cln_trace *trace, unsigned int shard, size_t paths, size_t own)
{
	uint64_t state = (shard + 1) * 0x9e3779b97f4a7c15u;
	char name[64];

	add_frame(trace, shard);
	add_execs(trace, shard);
	for (size_t i = 0; i < own; i++) {
		snprintf(name, sizeof(name), "%08x-%u.tmp", next(&state), shard);
		add_file(trace, &state, name);
	}
	while (trace->file_count < paths) {
		uint32_t pick = next(&state) % (uint32_t)(paths * 2);

		snprintf(name, sizeof(name), "%08x-library.so.1", pick * 2654435761u);
		add_file(trace, &state, name);
	}
}

int main(int argc, char **argv)
{
	uint64_t shards, paths, own;
	struct cln_err err = { 0 };

	if (argc != 5 || sscanf(argv[2], "%lu", &shards) != 1 ||
		sscanf(argv[3], "%lu", &paths) != 1 || sscanf(argv[4], "%lu", &own) != 1 ||
		own > paths) {
		fprintf(stderr, "usage: bench-manifest FOLDER SHARDS PATHS OWN\n");
		return 2;
	}
	if (cln_make_dirs(argv[1], &err) < 0)
		return cln_err_report(&err, "bench-manifest");
	for (unsigned int i = 0; i < shards; i++) {
		cln_owned(cln_trace_drop) struct cln_trace *trace = cln_trace_new();
		cln_owned(cln_drop_mem) char *path = cln_format("%s/shard-%u.json", argv[1], i);

		make_shard(trace, i, paths, own);
		if (cln_trace_write(trace, path, &err) < 0)
			return cln_err_report(&err, "bench-manifest");
	}
	return 0;
}
