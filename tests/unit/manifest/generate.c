// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/manifest/generate.h"

#include "common/mem.h"

#include <stdio.h>
#include <string.h>

/* xorshift64*: the same seed is the same trace on every machine. */
static uint64_t next(struct generate *g)
{
	g->state ^= g->state >> 12;
	g->state ^= g->state << 25;
	g->state ^= g->state >> 27;
	return g->state * 0x2545f4914f6cdd1du;
}

uint32_t generate_below(struct generate *g, uint32_t limit)
{
	return (uint32_t)(next(g) >> 33) % limit;
}

static bool one_in(struct generate *g, uint32_t n)
{
	return generate_below(g, n) == 0;
}

#define PICK(g, pool) (pool)[generate_below(g, (uint32_t)CLN_COUNT(pool))]

static const char *const extras[] = {
	NULL,
	NULL,
	NULL,
	"\"future\":1",
	"\"future\":{\"a\":[1,2.5e3,null]}",
	"\"a\":\"\\\"x,y\",\"future\":1",
};

static const char *const digests[] = {
	"0000000000000000000000000000000000000000000000000000000000000000",
	"abababababababababababababababababababababababababababababababab",
};

static void add_run(struct generate *g, struct cln_trace *trace)
{
	static const char *const argv[] = { "./run-tests.sh", "a b", "\xff\xfe", "", NULL };
	static const char *const names[] = { "ring_full", "path_cut", "unresolved" };
	struct cln_trace_loss loss = { PICK(g, names), 1 + generate_below(g, 3) };
	char id[33];
	bool lost = one_in(g, 4);

	snprintf(id, sizeof(id), "%032x", generate_below(g, 6));
	cln_trace_add_run(trace, &(struct cln_trace_run){
					 .id = id,
					 .tool = "clnimg-profile 0.1.0",
					 .host = one_in(g, 2) ? "ci-1" : "ci-2",
					 .kernel = "6.1.0",
					 .platform = "linux/amd64",
					 .started = "2026-01-31T23:59:59Z",
					 .duration_ms = generate_below(g, 5),
					 .argv = one_in(g, 3) ? NULL : argv,
					 .exit_status = (int32_t)generate_below(g, 3) - 1,
					 .complete = !lost && !one_in(g, 5),
					 .loss = &loss,
					 .loss_count = lost,
					 .extra = PICK(g, extras),
				 });
}

static uint32_t add_root(struct generate *g, struct cln_trace *trace)
{
	static const char *const platforms[] = { "linux/amd64", "linux/amd64", "linux/arm64" };
	static const char *const paths[] = { "/etc/os-release", "/app/server", "/usr/bin/env",
		"/etc/\xe9" };
	struct cln_trace_evidence fact[3];
	struct cln_trace_mount mount[2];
	size_t facts = generate_below(g, 4), mounts = generate_below(g, 3);
	char cgroup[32];

	for (size_t i = 0; i < facts; i++)
		fact[i] = (struct cln_trace_evidence){ PICK(g, paths), PICK(g, digests),
			generate_below(g, 2), one_in(g, 8) };
	for (size_t i = 0; i < mounts; i++)
		mount[i] = (struct cln_trace_mount){ one_in(g, 2) ? "/" : "/proc",
			one_in(g, 2) ? "overlay" : "proc", one_in(g, 2) ? "overlay" : NULL,
			one_in(g, 2) ? "rw,lowerdir=/a" : "ro" };
	snprintf(cgroup, sizeof(cgroup), "libpod-%u", generate_below(g, 100));
	return cln_trace_add_root(trace, &(struct cln_trace_root){
						 .kind = one_in(g, 3) ? "host" : "container",
						 .platform = PICK(g, platforms),
						 .recognised = "mount-namespace",
						 .cgroup = cgroup,
						 .folder = one_in(g, 5) ? "/srv/jail" : NULL,
						 .evidence = fact,
						 .evidence_count = facts,
						 .mount = mount,
						 .mount_count = mounts,
						 .extra = PICK(g, extras),
					 });
}

static void set_env(struct generate *g, struct cln_trace *trace, uint32_t exec)
{
	static const char *const names[] = { "PATH", "HOME", "API_TOKEN", "\xf0\x9f" };
	static const char *const values[] = { NULL, "", "/usr/bin", "\xff" };
	struct cln_trace_env env[6];
	size_t count = generate_below(g, 7);

	for (size_t i = 0; i < count; i++) {
		env[i] = (struct cln_trace_env){ .name = PICK(g, names), .value = PICK(g, values) };
		env[i].redacted = env[i].value && one_in(g, 4);
		env[i].inherited = env[i].value && one_in(g, 2);
		env[i].varies = one_in(g, 9);
	}
	cln_trace_set_env(trace, exec, env, count);
}

static void set_limits(struct generate *g, struct cln_trace *trace, uint32_t exec)
{
	static const char *const names[] = { "nofile", "core", "memlock" };
	static const uint64_t hards[] = { 4096, (uint64_t)1 << 60, CLN_TRACE_UNLIMITED };
	struct cln_trace_limit limit[3];
	size_t count = generate_below(g, 4);

	for (size_t i = 0; i < count; i++)
		limit[i] = (struct cln_trace_limit){ PICK(g, names), generate_below(g, 2),
			PICK(g, hards), one_in(g, 9) };
	cln_trace_set_limits(trace, exec, limit, count);
}

static uint32_t add_exec(struct generate *g, struct cln_trace *trace)
{
	static const char *const paths[] = { "/bin/sh", "/usr/bin/python3", "/app/./run",
		"/app/\xc3\x28" };
	static const char *const args[] = { "sh", "-c", "", "\"quoted\"\n", "\x80" };
	static const uint32_t groups[] = { 27, 4, 27 };
	const char *argv[4] = { 0 };
	uint32_t exec, count = generate_below(g, 4);

	for (uint32_t i = 0; i < count; i++)
		argv[i] = PICK(g, args);
	exec = cln_trace_add_exec(
		trace, &(struct cln_trace_exec){
			       .path = PICK(g, paths),
			       .root = generate_below(g, (uint32_t)trace->root_count),
			       .interpreter = one_in(g, 4) ? "/bin/dash" : NULL,
			       .argv = argv,
			       .argv_cut = one_in(g, 10),
			       .cwd = one_in(g, 2) ? "/" : "/srv",
			       .uid = generate_below(g, 2),
			       .gid = generate_below(g, 2),
			       .umask = 022,
			       .group = groups,
			       .group_count = generate_below(g, 4),
			       .parent = !trace->exec_count || one_in(g, 3)
						 ? CLN_TRACE_NONE
						 : generate_below(g, (uint32_t)trace->exec_count),
			       .count = 1 + generate_below(g, 9),
			       .role = (enum cln_role)generate_below(g, CLN_ROLE_COUNT),
			       .extra = PICK(g, extras),
		       });
	if (one_in(g, 3))
		set_env(g, trace, exec);
	if (one_in(g, 3))
		set_limits(g, trace, exec);
	for (uint32_t i = generate_below(g, 4); i-- > 0;)
		cln_trace_add_became(trace, exec,
			(struct cln_trace_user){ generate_below(g, 3), generate_below(g, 2) });
	if (one_in(g, 3))
		cln_trace_set_role(trace, exec, (enum cln_role)generate_below(g, CLN_ROLE_COUNT));
	return exec;
}

static void set_result(struct generate *g, struct cln_trace *trace, uint32_t file)
{
	static const char types[] = { 0, 'f', 'd', 'l', 'p', 's' };
	struct cln_trace_result result = { .type = types[generate_below(g, sizeof(types))] };

	if (result.type) {
		result.mode = one_in(g, 2) ? 0644 : 04755;
		result.uid = generate_below(g, 2);
		result.size_bytes = generate_below(g, 3);
	}
	if (result.type == 'f' && one_in(g, 2)) {
		result.content = "\0\1\2 content";
		result.content_size = generate_below(g, 11);
	}
	if (result.type == 'l')
		result.link_target = one_in(g, 2) ? "../lib" : "\xff";
	cln_trace_set_result(trace, file, &result);
}

static void add_file(struct generate *g, struct cln_trace *trace)
{
	static const char *const folders[] = { "/usr/lib", "/etc/", "/tmp/\xe4", "/var//log/.." };
	char path[64], target[64];
	struct cln_trace_use use = {
		one_in(g, 5) ? CLN_TRACE_NONE : generate_below(g, (uint32_t)trace->exec_count),
		1u << generate_below(g, CLN_ACCESS_COUNT),
	};
	uint32_t file, root = generate_below(g, (uint32_t)trace->root_count);

	snprintf(path, sizeof(path), "%s/%u", PICK(g, folders), generate_below(g, 12));
	snprintf(target, sizeof(target), "%s/%u", PICK(g, folders), generate_below(g, 12));
	file = cln_trace_add_file(trace, root, path, one_in(g, 4) ? target : NULL, &use);
	if (one_in(g, 4))
		cln_trace_set_peak(trace, file, generate_below(g, 1000));
	if (one_in(g, 6))
		set_result(g, trace, file);
	if (one_in(g, 10))
		trace->file[file].extra = PICK(g, extras);
}

static void add_rest(struct generate *g, struct cln_trace *trace)
{
	static const char *const calls[] = { "read", "openat", "close", "execve", "mmap" };
	const char *names[4] = { 0 };
	uint32_t count = generate_below(g, 4);

	for (uint32_t i = 0; i < count; i++)
		names[i] = PICK(g, calls);
	cln_trace_add_port(trace, &(struct cln_trace_port){
					  .root = generate_below(g, (uint32_t)trace->root_count),
					  .exec = one_in(g, 3) ? CLN_TRACE_NONE : 0,
					  .protocol = one_in(g, 3) ? "udp" : "tcp",
					  .family = "inet",
					  .address = one_in(g, 2) ? "0.0.0.0" : "127.0.0.1",
					  .port = (uint16_t)(80 + generate_below(g, 3)),
					  .extra = PICK(g, extras),
				  });
	cln_trace_add_syscalls(
		trace, &(struct cln_trace_syscalls){
			       .root = generate_below(g, (uint32_t)trace->root_count),
			       .role = (enum cln_role)generate_below(g, CLN_ROLE_COUNT),
			       .program = one_in(g, 2) ? "/bin/dash" : "/app/server",
			       .name = names,
			       .extra = PICK(g, extras),
		       });
}

struct cln_trace *generate_trace(struct generate *g)
{
	struct cln_trace *trace = cln_trace_new();

	for (uint32_t i = generate_below(g, 3); i-- > 0;)
		add_run(g, trace);
	for (unsigned int i = 0; i < CLN_MAX(g->roots, 1u); i++)
		add_root(g, trace);
	for (unsigned int i = 0; i < CLN_MAX(g->execs, 1u); i++)
		add_exec(g, trace);
	for (unsigned int i = 0; i < g->files; i++)
		add_file(g, trace);
	for (uint32_t i = generate_below(g, 5); i-- > 0;)
		add_rest(g, trace);
	return trace;
}

char *generate_text(struct cln_trace *trace)
{
	struct cln_buf buf = { 0 };

	cln_trace_text(trace, &buf);
	return cln_buf_steal(&buf);
}
