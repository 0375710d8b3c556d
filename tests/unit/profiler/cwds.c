// SPDX-License-Identifier: Apache-2.0
/*
 * cwds.c - whose relative names start where; what a task brings in from outside.
 */
#include "profiler/collect.h"
#include "tests/unit/profiler/events.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static struct sample s;
static struct cln_trace *trace;
static struct collect *collect;

static void begin(void)
{
	struct collect_config config = { .mntns = 1, .root_dev = 8, .root_ino = 2 };

	trace = cln_trace_new();
	collect = collect_new(trace, &config);
}

static void end(void)
{
	collect_free(collect);
	cln_trace_free(trace);
}

static void head(uint16_t type, uint32_t pid, uint64_t ident, size_t size)
{
	sample_head(&s, type, pid, ident, 100, 1, size);
}

static void send(void)
{
	collect_sample(collect, s.bytes, s.size);
}

static void exec(uint32_t pid, uint64_t ident, uint64_t fs, uint16_t flags, const char *path)
{
	head(EV_EXEC, pid, ident, sizeof(struct ev_exec));
	s.head.flags = flags;
	s.exec.root_dev = 8;
	s.exec.root_ino = 2;
	s.exec.fs = fs;
	s.exec.file_len = flags & EV_ADOPTED ? 0 : sample_string(&s, path);
	s.exec.cwd_len = sample_walk(&s, "/work");
	s.exec.exe_len = sample_walk(&s, path);
	s.exec.cwd_walk = s.exec.exe_walk = EV_WALK_ROOT;
	send();
}

static void clone_task(uint32_t pid, uint64_t fs, uint32_t child, uint64_t child_fs)
{
	head(EV_FORK, pid, 1, sizeof(struct ev_fork));
	s.fork.child = child;
	s.fork.fs = fs;
	s.fork.child_fs = child_fs;
	send();
}

static void path(
	uint32_t pid, uint64_t ident, uint16_t op, uint64_t fs, const char *name, const char *led)
{
	head(EV_PATH, pid, ident, sizeof(struct ev_path));
	s.path.op = op;
	s.path.cookie = fs;
	s.path.str1_len = sample_string(&s, name);
	s.path.target_len = sample_walk(&s, led);
	s.path.target_walk = EV_WALK_ROOT;
	s.path.mode = S_IFREG;
	s.head.flags = EV_TARGET | (op == EV_OP_RECEIVED ? EV_SNAPSHOT : 0);
	send();
}

static void go(uint32_t pid, uint64_t fs, const char *name, const char *led)
{
	path(pid, 1, EV_OP_CHDIR, fs, name, led);
}

static void enter(uint32_t pid, uint64_t ident)
{
	head(EV_MOVE, pid, ident, sizeof(struct ev_move));
	s.head.flags = EV_INSIDE;
	send();
}

static void leave(uint32_t pid)
{
	head(EV_EXIT, pid, 0, sizeof(struct ev_exit));
	send();
}

static bool has(const char *name)
{
	for (size_t i = 0; i < trace->file_count; i++)
		if (!strcmp(trace->file[i].path, name))
			return true;
	return false;
}

static uint64_t lost(enum collect_loss loss)
{
	struct collect_stats stats;

	collect_stats(collect, &stats);
	return stats.loss[loss];
}

/* "l" is a link wherever it is: the name asked for tells where it started. */
Test(cwds, follow_fs)
{
	begin();
	exec(10, 1, 7, 0, "/bin/tool");
	clone_task(10, 7, 11, 7);
	go(11, 7, "shared", "/a");
	go(10, 7, "l", "/x");
	cr_expect(has("/a/l"), "a directory that is shared by processes");
	clone_task(10, 7, 12, 8);
	go(12, 8, "l", "/b");
	cr_expect(has("/x/l"), "a child begins where its parent stands");
	go(10, 7, "m", "/x");
	cr_expect(has("/x/m") && !has("/b/m"), "and goes its own way");
	clone_task(10, 7, 0, 9);
	go(10, 9, "n", "/c");
	cr_expect(has("/x/n"), "a thread that never shared it");
	path(10, 1, EV_OP_CWD, 10, NULL, "/x");
	go(10, 10, "o", "/d");
	cr_expect(has("/x/o"), "unshare(CLONE_FS)");
	exec(12, 2, 8, 0, "/bin/other");
	path(12, 2, EV_OP_CHDIR, 8, "p", "/e");
	cr_expect(has("/work/p"), "an exec says where it stands");
	cr_expect_eq(lost(COLLECT_UNRESOLVED), 0);
	go(10, 77, "q", "/f");
	cr_expect_eq(lost(COLLECT_UNRESOLVED), 1, "nobody knows where it was");
	go(10, 77, "r", "/f");
	cr_expect(has("/f/r"), "now it is known");
	end();
}

Test(cwds, an_adopted_one_may_just_have_moved)
{
	begin();
	exec(10, 1, 7, EV_ADOPTED, "/bin/tool");
	go(10, 7, "l", "/work");
	cr_expect(!has("/work/l"));
	cr_expect_eq(lost(COLLECT_UNRESOLVED), 1);
	exec(11, 2, 8, EV_ADOPTED | EV_SNAPSHOT, "/bin/tool");
	path(11, 2, EV_OP_CHDIR, 8, "m", "/x");
	cr_expect(has("/work/m"));
	end();
}

Test(cwds, what_is_open_waits_for_its_program)
{
	begin();
	enter(10, 1);
	path(10, 1, EV_OP_RECEIVED, 0, NULL, "/brought");
	cr_expect(!has("/brought"));
	cr_expect_eq(lost(COLLECT_UNKNOWN), 0);
	exec(10, 1, 7, EV_ADOPTED, "/bin/tool");
	cr_expect(has("/brought"));
	/* Another program at the address of one that has ended. */
	leave(10);
	enter(11, 1);
	path(11, 1, EV_OP_RECEIVED, 0, NULL, "/later");
	cr_expect(!has("/later"));
	exec(11, 1, 7, EV_ADOPTED, "/bin/another");
	cr_expect(has("/later"));
	cr_expect_eq(trace->exec_count, 2);
	collect_finish(collect);
	cr_expect_eq(lost(COLLECT_UNKNOWN), 0);
	end();
}

static char *no_maps(void *context, uint32_t pid)
{
	(void)context;
	(void)pid;
	return NULL;
}

static void container(uint32_t pid, uint64_t ident)
{
	sample_head(&s, EV_EXEC, pid, ident, 200, 2, sizeof(struct ev_exec));
	s.exec.root_dev = 8;
	s.exec.root_ino = 3;
	s.exec.exe_len = sample_walk(&s, "/bin/app");
	s.exec.exe_walk = EV_WALK_ROOT;
	send();
}

/* What had been mapped by one that came in and ended before anybody could look. */
static uint64_t unseen(bool with_container)
{
	struct collect_config config = {
		.mntns = 1, .root_dev = 8, .root_ino = 2, .look.maps = no_maps
	};
	uint64_t count;

	trace = cln_trace_new();
	collect = collect_new(trace, &config);
	enter(10, 1);
	exec(10, 1, 7, EV_ADOPTED, "/bin/runtime");
	leave(10);
	if (with_container)
		container(20, 2);
	collect_finish(collect);
	count = lost(COLLECT_MAPPED);
	end();
	return count;
}

Test(cwds, what_a_runtime_had_mapped_is_not_the_containers)
{
	cr_expect_eq(unseen(false), 1);
	cr_expect_eq(unseen(true), 0);
}
