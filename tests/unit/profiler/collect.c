// SPDX-License-Identifier: Apache-2.0
#include "profiler/collect.h"
#include "tests/unit/profiler/events.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define HOST_NS 1
#define HOST_ROOT 100
#define BOX_NS 2
#define BOX_ROOT 200

static struct sample s;

struct world {
	struct cln_trace *trace;
	struct collect *collect;
};

static struct world begin(void)
{
	struct collect_config config = { .mntns = HOST_NS, .root_dev = 8, .root_ino = 2 };
	struct world w = { .trace = cln_trace_new() };

	w.collect = collect_new(w.trace, &config);
	return w;
}

static void send(struct world *w)
{
	collect_sample(w->collect, s.bytes, s.size);
}

static void end(struct world *w)
{
	collect_free(w->collect);
	cln_trace_free(w->trace);
}

/* One word of argv is enough: the name. */
static void exec_limited(struct world *w, uint32_t pid, uint64_t ident, bool boxed,
	const char *path, const struct ev_limit *limits)
{
	sample_head(&s, EV_EXEC, pid, ident, boxed ? BOX_ROOT : HOST_ROOT, boxed ? BOX_NS : HOST_NS,
		sizeof(struct ev_exec));
	s.exec.root_dev = 8;
	s.exec.root_ino = boxed ? 77 : 2;
	s.exec.argv_bytes = strlen(path) + 1;
	s.exec.file_len = sample_string(&s, path);
	s.exec.cwd_len = sample_walk(&s, "/work");
	s.exec.exe_len = sample_walk(&s, path);
	s.exec.cwd_walk = s.exec.exe_walk = EV_WALK_ROOT;
	if (limits)
		s.exec.limits_len = sample_add(&s, limits, EV_LIMITS_MAX * sizeof(*limits));
	send(w);
	sample_head(&s, EV_TEXT, pid, ident, boxed ? BOX_ROOT : HOST_ROOT, boxed ? BOX_NS : HOST_NS,
		sizeof(struct ev_text));
	s.head.flags = EV_LAST_CHUNK;
	s.text.total = s.text.text_len = sample_string(&s, path);
	send(w);
}

/* In a root of the container's namespace. */
static void exec_in(struct world *w, uint32_t pid, uint64_t ident, uint64_t root, const char *path)
{
	sample_head(&s, EV_EXEC, pid, ident, root, BOX_NS, sizeof(struct ev_exec));
	s.exec.root_dev = 8;
	s.exec.root_ino = root;
	s.exec.file_len = sample_string(&s, path);
	s.exec.exe_len = sample_walk(&s, path);
	s.exec.cwd_walk = s.exec.exe_walk = EV_WALK_ROOT;
	send(w);
}

static void exec(struct world *w, uint32_t pid, uint64_t ident, bool boxed, const char *path)
{
	exec_limited(w, pid, ident, boxed, path, NULL);
}

static void fork_child(struct world *w, uint32_t pid, uint64_t ident, uint32_t child)
{
	sample_head(&s, EV_FORK, pid, ident, 0, 0, sizeof(struct ev_fork));
	s.fork.child = child;
	send(w);
}

static void call(struct world *w, uint32_t pid, uint64_t ident, bool boxed, uint16_t op,
	int32_t ret, const char *name, const char *base, const char *led)
{
	sample_head(&s, EV_PATH, pid, ident, boxed ? BOX_ROOT : HOST_ROOT, boxed ? BOX_NS : HOST_NS,
		sizeof(struct ev_path));
	s.path.op = op;
	s.path.ret = ret;
	s.path.mode = S_IFREG;
	s.path.str1_len = sample_string(&s, name);
	if (name && *name == '/')
		s.head.flags |= EV_ABSOLUTE;
	if (base) {
		s.path.base1_len = sample_walk(&s, base);
		s.path.base1_walk = EV_WALK_ROOT;
	}
	if (led) {
		s.path.target_len = sample_walk(&s, led);
		s.path.target_walk = EV_WALK_ROOT;
		s.head.flags |= EV_TARGET;
	}
	send(w);
}

static void listens(struct world *w, uint32_t pid, uint64_t ident)
{
	sample_head(&s, EV_PORT, pid, ident, BOX_ROOT, BOX_NS, sizeof(struct ev_port));
	s.port.family = 2;
	s.port.type = 1;
	s.port.port = 80;
	send(w);
}

static const struct cln_trace_file *file(const struct world *w, const char *path)
{
	for (size_t i = 0; i < w->trace->file_count; i++)
		if (!strcmp(w->trace->file[i].path, path))
			return &w->trace->file[i];
	return NULL;
}

static enum cln_role role(const struct world *w, const char *path)
{
	for (size_t i = 0; i < w->trace->exec_count; i++)
		if (!strcmp(w->trace->exec[i].path, path))
			return w->trace->exec[i].role;
	cr_expect(false, "%s is no program", path);
	return CLN_ROLE_COUNT;
}

static uint64_t lost(const struct world *w, enum collect_loss loss)
{
	struct collect_stats stats;

	collect_stats(w->collect, &stats);
	return stats.loss[loss];
}

Test(collect, names_and_targets)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/bin/tool");
	call(&w, 10, 1, false, EV_OP_OPEN, 3, "conf", "/etc/tool", "/etc/tool/conf");
	call(&w, 10, 1, false, EV_OP_OPEN, 3, "/lib/l.so", NULL, "/usr/lib/l.so.1");
	call(&w, 10, 1, false, EV_OP_STAT, -ENOENT, "../none", "/etc/tool", NULL);
	collect_finish(w.collect);
	cr_expect_eq(file(&w, "/etc/tool/conf")->access, CLN_READ);
	cr_expect_null(file(&w, "/etc/tool/conf")->target);
	cr_expect_str_eq(file(&w, "/lib/l.so")->target, "/usr/lib/l.so.1");
	cr_expect_eq(file(&w, "/etc/none")->access, CLN_MISSING);
	cr_expect_eq(file(&w, "/bin/tool")->access, CLN_EXEC);
	end(&w);
}

/* An engine's set-up inside the container's root is not the container's. */
Test(collect, roles_and_noise)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/usr/bin/engine");
	fork_child(&w, 10, 1, 20);
	call(&w, 20, 1, true, EV_OP_OPEN, 3, "/etc/passwd", NULL, "/etc/passwd");
	exec(&w, 20, 2, true, "/entry.sh");
	fork_child(&w, 20, 2, 21);
	exec(&w, 21, 3, true, "/bin/mkdir");
	exec(&w, 20, 4, true, "/usr/sbin/server");
	listens(&w, 20, 4);
	fork_child(&w, 20, 4, 22);
	exec(&w, 22, 5, true, "/usr/bin/helper");
	fork_child(&w, 10, 1, 30);
	exec(&w, 30, 6, true, "/bin/probe");
	collect_finish(w.collect);
	cr_expect_eq(role(&w, "/usr/bin/engine"), CLN_ROLE_HOST);
	cr_expect_eq(role(&w, "/entry.sh"), CLN_ROLE_ENTRY);
	cr_expect_eq(role(&w, "/bin/mkdir"), CLN_ROLE_STARTUP);
	cr_expect_eq(role(&w, "/usr/sbin/server"), CLN_ROLE_MAIN);
	cr_expect_eq(role(&w, "/usr/bin/helper"), CLN_ROLE_SERVICE);
	cr_expect_eq(role(&w, "/bin/probe"), CLN_ROLE_INJECTED);
	cr_expect_null(file(&w, "/etc/passwd"));
	cr_expect_eq(w.trace->root_count, 2);
	end(&w);
}

/* A wrapper that only waits beside one child that lasts: the child is main. */
Test(collect, main_below_an_init)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/usr/bin/engine");
	fork_child(&w, 10, 1, 20);
	exec(&w, 20, 2, true, "/sbin/init");
	fork_child(&w, 20, 2, 21);
	exec(&w, 21, 3, true, "/usr/sbin/server");
	for (int i = 0; i < 50; i++)
		call(&w, 21, 3, true, EV_OP_STAT, 0, "/x", NULL, NULL);
	collect_finish(w.collect);
	cr_expect_eq(role(&w, "/sbin/init"), CLN_ROLE_ENTRY);
	cr_expect_eq(role(&w, "/usr/sbin/server"), CLN_ROLE_MAIN);
	end(&w);
}

static enum cln_role role_below(const struct world *w, const char *parent)
{
	for (size_t i = 0; i < w->trace->exec_count; i++) {
		const struct cln_trace_exec *exec = &w->trace->exec[i];

		if (exec->parent != CLN_TRACE_NONE &&
			!strcmp(w->trace->exec[exec->parent].path, parent))
			return exec->role;
	}
	return CLN_ROLE_HOST;
}

/* haproxy -W executes itself once more: main is the first of them. */
Test(collect, main_that_executes_itself)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/usr/bin/engine");
	fork_child(&w, 10, 1, 20);
	exec(&w, 20, 2, true, "/entry.sh");
	exec(&w, 20, 3, true, "/usr/sbin/server");
	exec(&w, 20, 4, true, "/usr/sbin/server");
	listens(&w, 20, 4);
	collect_finish(w.collect);
	cr_expect_eq(role_below(&w, "/entry.sh"), CLN_ROLE_MAIN);
	cr_expect_eq(role_below(&w, "/usr/sbin/server"), CLN_ROLE_SERVICE);
	end(&w);
}

static void exec_argv(struct world *w, uint32_t pid, uint64_t ident, const char *path,
	const char *binary, const char *const *argv)
{
	bool script = strcmp(path, binary) != 0;
	uint32_t size = 0;

	for (size_t i = 0; argv[i]; i++)
		size += (uint32_t)strlen(argv[i]) + 1;
	sample_head(&s, EV_EXEC, pid, ident, BOX_ROOT, BOX_NS, sizeof(struct ev_exec));
	s.exec.root_dev = 8;
	s.exec.root_ino = 77;
	s.exec.argv_bytes = size;
	s.exec.file_len = sample_string(&s, path);
	if (script)
		s.exec.interp_len = sample_string(&s, binary);
	s.exec.cwd_len = sample_walk(&s, "/work");
	s.exec.exe_len = sample_walk(&s, binary);
	s.exec.cwd_walk = s.exec.exe_walk = EV_WALK_ROOT;
	send(w);
	sample_head(&s, EV_TEXT, pid, ident, BOX_ROOT, BOX_NS, sizeof(struct ev_text));
	s.head.flags = EV_LAST_CHUNK;
	s.text.total = size;
	for (size_t i = 0; argv[i]; i++)
		s.text.text_len += sample_string(&s, argv[i]);
	send(w);
}

/* `#!/usr/bin/env lua`: the script is main, not what env ran; another script's is not. */
Test(collect, main_behind_env)
{
	for (int other = 0; other < 2; other++) {
		struct world w = begin();

		exec(&w, 10, 1, false, "/usr/bin/engine");
		fork_child(&w, 10, 1, 20);
		exec(&w, 20, 2, true, "/entry.sh");
		exec_argv(&w, 20, 3, "/usr/bin/app", "/usr/bin/env",
			(const char *const[]){ "/usr/bin/env", "lua", "/usr/bin/app", "-F", NULL });
		exec_argv(&w, 20, 4, "/usr/bin/lua", "/usr/bin/lua",
			(const char *const[]){
				"lua", other ? "/usr/bin/other" : "/usr/bin/app", "-F", NULL });
		listens(&w, 20, 4);
		collect_finish(w.collect);
		cr_expect_eq(role(&w, "/usr/bin/app"), other ? CLN_ROLE_STARTUP : CLN_ROLE_MAIN);
		cr_expect_eq(role(&w, "/usr/bin/lua"), other ? CLN_ROLE_MAIN : CLN_ROLE_SERVICE);
		end(&w);
	}
}

/* A process that ended as somebody else than it began as. */
Test(collect, became)
{
	struct world w = begin();

	exec(&w, 10, 1, true, "/usr/sbin/server");
	fork_child(&w, 10, 1, 11);
	for (uint32_t pid = 11; pid >= 10; pid--) {
		sample_head(&s, EV_EXIT, pid, 0, 0, 0, sizeof(struct ev_exit));
		s.exit.uid = pid == 11 ? 33 : 0;
		s.exit.gid = pid == 11 ? 34 : 0;
		send(&w);
	}
	collect_finish(w.collect);
	const struct cln_trace_exec *server = &w.trace->exec[0];

	cr_assert_eq(server->became_count, 1);
	cr_expect_eq(server->became[0].uid, 33);
	cr_expect_eq(server->became[0].gid, 34);
	end(&w);
}

Test(collect, losses_are_counted)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/bin/tool");
	collect_sample(w.collect, "nonsense", 8);
	cr_expect_eq(lost(&w, COLLECT_UNDECODED), 1);
	call(&w, 99, 42, false, EV_OP_STAT, 0, "/x", NULL, NULL);
	cr_expect_eq(lost(&w, COLLECT_UNKNOWN), 1);
	call(&w, 10, 1, false, EV_OP_STAT, 0, "x", NULL, NULL);
	cr_expect_eq(lost(&w, COLLECT_UNRESOLVED), 1);
	sample_head(&s, EV_MOVE, 10, 1, HOST_ROOT, HOST_NS, sizeof(struct ev_move));
	send(&w);
	cr_expect_eq(lost(&w, COLLECT_LEFT), 1);
	end(&w);
}

static int fake_link(void *context, int root, const char *path, char *out)
{
	static const char *const links[][2] = {
		{ "/a/link", "/b/c" },
		{ "/a/near", "d/e" },
		{ "/b/c", "/z/deep/er" },
		{ "/a/loop", "loop" },
	};

	(void)context;
	(void)root;
	if (strstr(path, "gone"))
		return -ENOENT;
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		if (!strcmp(path, links[i][0]))
			return sprintf(out, "%s", links[i][1]);
	return 0;
}

Test(collect, up_from_a_symlink)
{
	static const struct {
		const char *text, *want; /* NULL: a loss */
		int ret;
	} cases[] = {
		{ "dir/../x", "/a/x", 0 },
		{ "../x", "/x", 0 },
		{ "link/../x", "/z/deep/x", 0 }, /* link -> /b/c -> /z/deep/er */
		{ "near/../x", "/a/d/x", 0 },
		{ "near/../../x", "/a/x", 0 },
		{ "link/x", "/a/link/x", 0 }, /* nothing left: as it was asked */
		{ "/a/near/../x", "/a/d/x", 0 },
		{ "gone/../x", "/a/gone", -ENOENT },
		{ "gone/../x", "/a/x", 0 },
		{ "gone-link/../x", NULL, 0 },
		{ "loop/../x", NULL, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct collect_config config = { .mntns = HOST_NS, .root_dev = 8, .root_ino = 2 };
		struct world w = { .trace = cln_trace_new() };

		config.look.link = fake_link;
		w.collect = collect_new(w.trace, &config);
		exec(&w, 10, 1, false, "/bin/tool");
		call(&w, 10, 1, false, EV_OP_UNLINK, 0, "/a/gone-link", NULL, NULL);
		call(&w, 10, 1, false, EV_OP_STAT, cases[i].ret, cases[i].text, "/a", NULL);
		collect_finish(w.collect);
		if (cases[i].want)
			cr_expect_not_null(file(&w, cases[i].want), "%s", cases[i].text);
		cr_expect_eq(lost(&w, COLLECT_UNRESOLVED), !cases[i].want, "%s", cases[i].text);
		end(&w);
	}
}

static void write_file(struct world *w, const char *path)
{
	sample_head(&s, EV_PATH, 10, 1, HOST_ROOT, HOST_NS, sizeof(struct ev_path));
	s.path = (struct ev_path){ .head = s.head,
		.op = EV_OP_OPEN,
		.ret = 3,
		.mode = S_IFREG,
		.ino = 55,
		.dev = 8,
		.gen = 1,
		.arg = O_WRONLY };
	s.head.flags = EV_ABSOLUTE | EV_TARGET;
	s.path.str1_len = sample_string(&s, path);
	s.path.target_len = sample_walk(&s, path);
	s.path.target_walk = EV_WALK_ROOT;
	send(w);
}

static void give_name(struct world *w, uint16_t op, const char *from, const char *to)
{
	sample_head(&s, EV_PATH, 10, 1, HOST_ROOT, HOST_NS, sizeof(struct ev_path));
	s.head.flags = EV_ABSOLUTE | EV_ABSOLUTE2;
	s.path.op = op;
	s.path.str1_len = sample_string(&s, from);
	s.path.str2_len = sample_string(&s, to);
	send(w);
}

/* The usual way to write: a temporary name, then the real one. */
Test(collect, peaks_follow_renames)
{
	struct world w = begin();
	struct ev_peak_key key = { 55, 8, 1 };

	exec(&w, 10, 1, false, "/bin/tool");
	write_file(&w, "/d/temporary");
	give_name(&w, EV_OP_RENAME, "/d/temporary", "/d/real");
	give_name(&w, EV_OP_LINK, "/d/real", "/d/copy");
	call(&w, 10, 1, false, EV_OP_STAT, 0, "/d/other", NULL, NULL);
	collect_peak(w.collect, &key, 4711); /* known only when all is over */
	collect_finish(w.collect);
	cr_expect_eq(file(&w, "/d/temporary")->peak_bytes, 4711);
	cr_expect_eq(file(&w, "/d/real")->peak_bytes, 4711);
	cr_expect_eq(file(&w, "/d/copy")->peak_bytes, 4711);
	cr_expect_eq(file(&w, "/d/other")->peak_bytes, 0);
	end(&w);
}

/* What lies in a renamed directory has new names too, where the trace names them. */
Test(collect, peaks_follow_renamed_directories)
{
	struct world w = begin();
	struct ev_peak_key key = { 55, 8, 1 };

	exec(&w, 10, 1, false, "/bin/tool");
	write_file(&w, "/new/below/file");
	give_name(&w, EV_OP_RENAME, "/new", "/old");
	give_name(&w, EV_OP_RENAME, "/old/below", "/moved");
	call(&w, 10, 1, false, EV_OP_STAT, 0, "/old/below/file", NULL, NULL);
	call(&w, 10, 1, false, EV_OP_STAT, 0, "/old/below/other", NULL, NULL);
	call(&w, 10, 1, false, EV_OP_STAT, 0, "/older/below/file", NULL, NULL);
	collect_peak(w.collect, &key, 4711);
	collect_finish(w.collect);
	cr_expect_eq(file(&w, "/old/below/file")->peak_bytes, 4711);
	cr_expect_eq(file(&w, "/old/below/other")->peak_bytes, 0);
	cr_expect_eq(file(&w, "/older/below/file")->peak_bytes, 0);
	cr_expect_null(file(&w, "/moved/file")); /* no call named it */
	end(&w);
}

/* What the entry began with against what main began with: services do not count. */
Test(collect, limits_that_start_up_changed)
{
	struct ev_limit limits[EV_LIMITS_MAX] = {};
	const struct cln_trace_exec *main = NULL;
	struct world w = begin();

	limits[RLIMIT_NOFILE] = (struct ev_limit){ 1024, 4096 };
	limits[RLIMIT_CORE] = (struct ev_limit){ 0, UINT64_MAX };
	exec_limited(&w, 20, 2, true, "/entry", limits);
	limits[RLIMIT_NOFILE].soft = 4096;
	limits[RLIMIT_STACK].hard = UINT64_MAX;
	exec_limited(&w, 20, 3, true, "/main", limits);
	listens(&w, 20, 3);
	fork_child(&w, 20, 3, 21);
	limits[RLIMIT_CORE].hard = 0;
	exec_limited(&w, 21, 4, true, "/service", limits);
	collect_finish(w.collect);
	for (size_t i = 0; i < w.trace->exec_count; i++) {
		if (w.trace->exec[i].role == CLN_ROLE_MAIN)
			main = &w.trace->exec[i];
		else
			cr_expect_eq(w.trace->exec[i].limit_count, 0);
	}
	cr_assert(main && main->limit_count == 2);
	cr_expect_str_eq(main->limit[0].name, "nofile");
	cr_expect(main->limit[0].soft == 4096 && main->limit[0].hard == 4096);
	cr_expect_str_eq(main->limit[1].name, "stack");
	cr_expect(main->limit[1].soft == 0 && main->limit[1].hard == CLN_TRACE_UNLIMITED);
	end(&w);
}

/* A container's environment in pieces: the same again is no matter, a gap and
 * what is too large are. */
static void environment(struct world *w, uint64_t ident, uint64_t offset, uint64_t total)
{
	static const char piece[8] = "A=12345";

	sample_head(&s, EV_TEXT, 20, ident, BOX_ROOT, BOX_NS, sizeof(struct ev_text));
	s.head.flags = EV_ENV;
	s.text.offset = offset;
	s.text.total = total;
	s.text.text_len = sample_add(&s, piece, sizeof(piece));
	send(w);
}

Test(collect, cut_environments_are_losses)
{
	static const struct {
		uint64_t offset[3], total;
		uint64_t lost;
	} cases[] = {
		{ { 0, 8, 16 }, 24, 0 },
		{ { 0, 0, 8 }, 16, 0 },
		{ { 0, 16, 16 }, 24, 1 },
		{ { 0, 8, 8 }, 24, 1 },
		{ { 0, 8, 16 }, (2 << 20) + 1, 1 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct world w = begin();

		exec(&w, 20, 2, true, "/entry");
		for (size_t k = 0; k < 3; k++)
			environment(&w, 2, cases[i].offset[k], cases[i].total);
		collect_finish(w.collect);
		cr_expect_eq(lost(&w, COLLECT_ENV), cases[i].lost, "case %zu", i);
		end(&w);
	}
}

Test(collect, cut_arguments_are_losses)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/bin/tool");
	sample_head(&s, EV_EXEC, 11, 3, HOST_ROOT, HOST_NS, sizeof(struct ev_exec));
	s.exec.root_dev = 8;
	s.exec.root_ino = 2;
	s.exec.argv_bytes = 100;
	s.exec.exe_len = sample_walk(&s, "/bin/long");
	s.exec.cwd_walk = s.exec.exe_walk = EV_WALK_ROOT;
	send(&w);
	collect_finish(w.collect);
	cr_expect_eq(lost(&w, COLLECT_ARGV), 1);
	end(&w);
}

static void uring(struct world *w, uint64_t cookie, const char *path, int ret)
{
	sample_head(&s, EV_PATH, 10, 1, HOST_ROOT, HOST_NS, sizeof(struct ev_path));
	s.head.flags = EV_PENDING | EV_ABSOLUTE;
	s.path.op = EV_OP_OPEN;
	s.path.cookie = cookie;
	s.path.ret = ret;
	s.path.str1_len = sample_string(&s, path);
	send(w);
}

static void uring_end(struct world *w, uint64_t cookie, int ret, const char *led)
{
	sample_head(&s, EV_PATH, 10, 1, HOST_ROOT, HOST_NS, sizeof(struct ev_path));
	s.head.flags = EV_DONE;
	s.path.op = EV_OP_OPEN;
	s.path.cookie = cookie;
	s.path.ret = ret;
	if (led) {
		s.head.flags |= EV_TARGET | EV_CREATED;
		s.path.target_len = sample_walk(&s, led);
		s.path.target_walk = EV_WALK_ROOT;
	}
	send(w);
}

/* An io_uring request becomes a fact with its result, and a loss without one. */
Test(collect, io_uring)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/bin/tool");
	uring(&w, 1, "/one", 0);
	uring(&w, 2, "/two", 0);
	uring(&w, 3, "/three", 0);
	uring_end(&w, 1, -ENOENT, NULL);
	uring_end(&w, 3, 5, "/real/three");
	collect_finish(w.collect);
	cr_expect_eq(file(&w, "/one")->access, CLN_MISSING);
	cr_expect_null(file(&w, "/two"));
	cr_expect_eq(file(&w, "/three")->access, CLN_READ | CLN_CREATE);
	cr_expect_str_eq(file(&w, "/three")->target, "/real/three");
	cr_expect_eq(lost(&w, COLLECT_UNFINISHED), 1);
	end(&w);
}

/* One that is silent about success did succeed where nobody heard more; a request
 * that the kernel uses again tells that the one before has ended. */
Test(collect, io_uring_silent)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/bin/tool");
	uring(&w, 1, "/first", EV_SILENT);
	uring(&w, 1, "/second", EV_SILENT);
	uring(&w, 1, "/third", EV_SILENT);
	uring_end(&w, 1, -ENOENT, NULL);
	uring(&w, 2, "/lost", 0);
	uring(&w, 2, "/last", EV_SILENT);
	uring_end(&w, 9, 3, "/before");
	uring_end(&w, 8, 0, NULL);
	collect_finish(w.collect);
	cr_expect_eq(file(&w, "/first")->access, CLN_READ);
	cr_expect_eq(file(&w, "/second")->access, CLN_READ);
	cr_expect_eq(file(&w, "/third")->access, CLN_MISSING);
	cr_expect_null(file(&w, "/lost"));
	cr_expect_eq(file(&w, "/last")->access, CLN_READ);
	cr_expect_eq(file(&w, "/before")->access, CLN_READ | CLN_CREATE);
	cr_expect_eq(lost(&w, COLLECT_UNFINISHED), 2);
	end(&w);
}

static void change_root(
	struct world *w, uint32_t pid, uint64_t ident, uint64_t root, const char *name)
{
	sample_head(&s, EV_PATH, pid, ident, root, BOX_NS, sizeof(struct ev_path));
	s.path.op = EV_OP_CHROOT;
	s.path.str1_len = sample_string(&s, name);
	if (*name == '/')
		s.head.flags |= EV_ABSOLUTE;
	send(w);
}

static void look_inside(
	struct world *w, uint32_t pid, uint64_t ident, uint64_t root, const char *name)
{
	sample_head(&s, EV_PATH, pid, ident, root, BOX_NS, sizeof(struct ev_path));
	s.path.op = EV_OP_STAT;
	s.path.str1_len = sample_string(&s, name);
	s.head.flags |= EV_ABSOLUTE;
	send(w);
}

static const char *folder_of(const struct world *w, const char *path)
{
	const struct cln_trace_file *found = file(w, path);

	cr_assert(found, "%s", path);
	cr_expect_str_eq(w->trace->root[found->root].recognised, "chroot");
	return w->trace->root[found->root].folder;
}

/* A service changes its root, by name and by "."; a second change is not followed. */
Test(collect, chroots_know_where_they_lie)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/usr/bin/engine");
	fork_child(&w, 10, 1, 20);
	exec(&w, 20, 2, true, "/main");
	fork_child(&w, 20, 2, 21);
	fork_child(&w, 20, 2, 22);
	change_root(&w, 20, 2, 0x501, "/srv/jail");
	look_inside(&w, 20, 2, 0x501, "/in/jail");
	change_root(&w, 21, 2, 0x502, ".");
	look_inside(&w, 21, 2, 0x502, "/in/work");
	change_root(&w, 22, 2, 0x503, "/a");
	change_root(&w, 22, 2, 0x504, "/b");
	look_inside(&w, 22, 2, 0x504, "/in/b");
	collect_finish(w.collect);
	cr_expect_str_eq(folder_of(&w, "/in/jail"), "/srv/jail");
	cr_expect_str_eq(folder_of(&w, "/in/work"), "/work");
	cr_expect_null(folder_of(&w, "/in/b"));
	end(&w);
}

/* What start-up and main run in a chroot is start-up's and main's, neither of them. */
Test(collect, roles_in_a_chroot)
{
	struct world w = begin();

	exec(&w, 10, 1, false, "/usr/bin/engine");
	fork_child(&w, 10, 1, 20);
	exec(&w, 20, 2, true, "/entry");
	fork_child(&w, 20, 2, 21);
	change_root(&w, 21, 2, 0x501, "/jail");
	exec_in(&w, 21, 3, 0x501, "/bin/prepare");
	exec(&w, 20, 4, true, "/main");
	listens(&w, 20, 4);
	fork_child(&w, 20, 4, 22);
	change_root(&w, 22, 4, 0x501, "/jail");
	exec_in(&w, 22, 5, 0x501, "/bin/work");
	collect_finish(w.collect);
	cr_expect_eq(role(&w, "/entry"), CLN_ROLE_ENTRY);
	cr_expect_eq(role(&w, "/bin/prepare"), CLN_ROLE_STARTUP);
	cr_expect_eq(role(&w, "/main"), CLN_ROLE_MAIN);
	cr_expect_eq(role(&w, "/bin/work"), CLN_ROLE_SERVICE);
	end(&w);
}
