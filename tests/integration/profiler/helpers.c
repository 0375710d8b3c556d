// SPDX-License-Identifier: Apache-2.0
/*
 * helpers.c - path walk, hashes and the cache of keys, each alone in the kernel.
 *
 * BPF_PROG_TEST_RUN runs a program in this process: it sees our descriptors, our
 * root and our memory, and what it finds is compared with what /proc says.
 */
#include "bpf/event.h"

#include "helpers.skel.h"
#include "helpers_old.skel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#define WALK_MAX 8192

struct bench {
	struct helpers_bpf *skel;
	const char *variant;
	size_t depth; /* components that a walk can take */
	bool cast;    /* plain loads through bpf_rdonly_cast */
	int failed;
};

static void __attribute__((format(printf, 3, 4)))
expect(struct bench *b, bool holds, const char *format, ...)
{
	va_list args;

	if (holds)
		return;
	va_start(args, format);
	printf("FAIL %s: ", b->variant);
	vprintf(format, args);
	puts("");
	va_end(args);
	b->failed++;
}

static void run(struct bench *b, const struct bpf_program *program, uint64_t one, uint64_t two)
{
	uint64_t args[2] = { one, two };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .ctx_in = args, .ctx_size_in = sizeof(args));
	int r = bpf_prog_test_run_opts(bpf_program__fd(program), &opts);

	expect(b, r == 0 && opts.retval == 0, "%s: %d, returned %u", bpf_program__name(program), r,
		opts.retval);
}

/* The path of fd as the walk saw it, "" where it has no component; how it ended. */
static uint32_t walk(struct bench *b, int fd, char *path)
{
	const char *names = b->skel->bss->out_path;
	size_t used = 0;
	uint32_t at;

	run(b, b->skel->progs.run_walk, (uint64_t)fd, 0);
	at = b->skel->bss->out_length;
	expect(b, at <= EV_PATH_MAX, "%u bytes of path", at);
	path[0] = 0;
	while (at > 0) {
		uint32_t start = at - 1;

		while (start > 0 && names[start - 1])
			start--;
		used += (size_t)snprintf(path + used, WALK_MAX - used, "/%s", names + start);
		at = start;
	}
	return b->skel->bss->out_how;
}

static void expect_walk(struct bench *b, int fd, const char *want, uint32_t how, const char *what)
{
	char path[WALK_MAX];
	uint32_t ended = walk(b, fd, path);

	expect(b, ended == how && (!want || !strcmp(path, want)),
		"%s: ended %u at %s, not %u at %s", what, ended, path, how, want ? want : "-");
	close(fd);
}

/* What the kernel's own d_path says. */
static void same_as_proc(struct bench *b, int fd, const char *what)
{
	char link[64], want[WALK_MAX];
	ssize_t got;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	got = readlink(link, want, sizeof(want) - 1);
	want[got > 0 ? got : 0] = 0;
	expect_walk(b, fd, strcmp(want, "/") ? want : "", EV_WALK_ROOT, what);
}

static int here(const char *name)
{
	return open(name, O_PATH | O_NOFOLLOW);
}

/* deep components of one letter each below the current directory; back at the end */
static int deep(size_t count)
{
	int back = here("."), fd;

	for (size_t i = 0; i < count; i++)
		if ((mkdir("d", 0755) && errno != EEXIST) || chdir("d"))
			return -1;
	fd = here(".");
	if (fchdir(back))
		return -1;
	close(back);
	return fd;
}

static void test_walk(struct bench *b, const char *top)
{
	char name[256], path[WALK_MAX];
	int fd;

	same_as_proc(b, here("/"), "the root");
	same_as_proc(b, here("/tmp"), "a directory");
	same_as_proc(b, here("/proc/self"), "a link of another mount");
	same_as_proc(b, here("."), "the working directory");
	memset(name, 'n', 255);
	name[255] = 0;
	mkdir(name, 0755);
	same_as_proc(b, here(name), "a name of 255 bytes");
	mkdir("a\nb \377", 0755);
	same_as_proc(b, here("a\nb \377"), "bytes that are no text");
	mkdir("mnt", 0755);
	expect(b, !mount("none", "mnt", "tmpfs", 0, NULL) && !mkdir("mnt/in", 0755), "mount: %m");
	same_as_proc(b, here("mnt"), "a mount point");
	same_as_proc(b, here("mnt/in"), "below a mount point");
	umount2("mnt", MNT_DETACH);
	mkdir("old", 0755);
	fd = here("old");
	rename("old", "new");
	same_as_proc(b, fd, "a renamed directory");
	fd = here("new");
	rmdir("new");
	snprintf(path, sizeof(path), "%s/new", top);
	expect_walk(b, fd, path, EV_WALK_ROOT, "a removed directory");
	expect_walk(
		b, (int)syscall(SYS_memfd_create, "x", 0), "/memfd:x", EV_WALK_DETACHED, "a memfd");
	same_as_proc(b, deep(60), "60 levels");
	expect_walk(b, deep(b->depth + 50), NULL, EV_WALK_CUT, "too many levels");
}

/* From inside a chroot: what lies outside has no path there. */
static void test_root(struct bench *b)
{
	int root = here("/"), back = here("."), outside = here("/tmp"), fd;

	mkdir("jail", 0755);
	mkdir("jail/in", 0755);
	fd = here("jail/in");
	if (chroot("jail"))
		expect(b, false, "chroot: %m");
	expect_walk(b, fd, "/in", EV_WALK_ROOT, "below the root of the process");
	expect_walk(b, here("/"), "", EV_WALK_ROOT, "the root of the process");
	expect_walk(b, outside, "/tmp", EV_WALK_OUTSIDE | EV_WALK_ELSEWHERE, "outside of the root");
	if (fchdir(root) || chroot(".") || fchdir(back))
		expect(b, false, "out of the chroot: %m");
	close(root);
	close(back);
}

static uint64_t walk_hash(struct bench *b, const char *name, uint64_t seed)
{
	int fd = here(name);

	run(b, b->skel->progs.run_walk_hash, (uint64_t)fd, seed);
	close(fd);
	return b->skel->bss->out_number;
}

static void test_walk_hash(struct bench *b)
{
	uint64_t was;

	mkdir("h", 0755);
	mkdir("h/below", 0755);
	mkdir("i", 0755);
	was = walk_hash(b, "h/below", 1);
	expect(b, was == walk_hash(b, "h/below", 1), "the same directory, another hash");
	expect(b, was == walk_hash(b, "i/../h/below", 1), "the way to it changes the hash");
	expect(b, was != walk_hash(b, "h/below", 2), "the seed is ignored");
	expect(b, was != walk_hash(b, "h", 1), "the parent has the same hash");
	expect(b, walk_hash(b, "h", 1) != walk_hash(b, "i", 1), "two directories, one hash");
	rename("h", "j");
	expect(b, was != walk_hash(b, "j/below", 1), "renamed above, the hash stays");
	rename("j", "h");
	expect(b, was == walk_hash(b, "h/below", 1), "renamed back, another hash");
	expect(b, !mount("i", "i", NULL, MS_BIND, NULL), "bind: %m");
	was = walk_hash(b, "i", 1);
	umount2("i", MNT_DETACH);
	expect(b, was != walk_hash(b, "i", 1), "another mount, the same hash");
}

static uint64_t string_hash(struct bench *b, const char *text)
{
	run(b, b->skel->progs.run_string_hash, (uint64_t)text, 7);
	return b->skel->bss->out_number;
}

/* Around each block of 32 bytes and in each byte of one: longer, shorter, other. */
static void test_string_hash(struct bench *b)
{
	static const size_t sizes[] = { 1, 7, 8, 31, 32, 33, 63, 64, 95, 96, 97, 127, 128, 129, 160,
		255, 1024, 4063, 4094, 4095 };
	static char text[4200], noise[4200];

	memset(noise, 'y', sizeof(noise) - 1);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		size_t size = sizes[i];
		uint64_t was;

		memset(text, 'x', size);
		text[size] = 0;
		was = string_hash(b, text);
		expect(b, b->skel->bss->out_length == size + 1, "%zu bytes are %u", size,
			b->skel->bss->out_length);
		string_hash(b, noise); /* what stood in the buffer before is no part of it */
		expect(b, was == string_hash(b, text), "%zu bytes: two hashes", size);
		text[size - 1] = 0;
		expect(b, was != string_hash(b, text), "%zu bytes: a shorter one is equal", size);
		text[size - 1] = 'x';
		for (size_t at = 0; at < size; at += size < 200 ? 1 : 97) {
			text[at] ^= 1;
			expect(b, was != string_hash(b, text), "%zu bytes: byte %zu is ignored",
				size, at);
			text[at] ^= 1;
		}
	}
	memset(text, 'x', 4196);
	string_hash(b, text);
	expect(b, b->skel->bss->out_length == EV_PATH_MAX, "an endless string is %u",
		b->skel->bss->out_length);
	string_hash(b, (const char *)8);
	expect(b, b->skel->bss->out_how & EV_UNREAD, "an unreadable string is read");
}

static bool seen(struct bench *b, uint64_t key, bool add)
{
	run(b, b->skel->progs.run_seen, key, add);
	return b->skel->bss->out_number;
}

/* One bucket holds four; the oldest falls out and is new again. */
static void test_seen(struct bench *b)
{
	uint64_t step = b->skel->rodata->cfg.seen_mask + 1, key = 5 + 100 * step;

	for (uint64_t i = 0; i < 5; i++) {
		expect(b, !seen(b, key + i * step, false), "key %d is there before", (int)i);
		expect(b, seen(b, key + i * step, true), "key %d is not kept", (int)i);
	}
	expect(b, !seen(b, key, false), "five keys fit into four places");
	for (uint64_t i = 1; i < 5; i++)
		expect(b, seen(b, key + i * step, false), "key %d fell out", (int)i);
}

static void test_pid(struct bench *b)
{
	run(b, b->skel->progs.run_pid, 0, 0);
	expect(b, b->skel->bss->out_number == (uint64_t)getpid(), "%llu is not our number",
		(unsigned long long)b->skel->bss->out_number);
	run(b, b->skel->progs.run_pid, 1, 0);
	expect(b, b->skel->bss->out_number & EV_PID_ELSEWHERE, "a number in a deeper namespace");
}

static void test_sockaddr(struct bench *b)
{
	static const struct {
		const char *path;
		uint16_t family;
		size_t size;	 /* of the path, as the caller says */
		uint32_t length; /* 0: names no file */
	} cases[] = {
		{ "/run/x", AF_UNIX, 7, 7 },
		{ "/run/x", AF_UNIX, 6, 7 },
		{ "/run/x", AF_UNIX, 108, 7 },
		{ "/run/x", AF_UNIX, 3, 4 },
		{ "", AF_UNIX, 1, 0 },
		{ "", AF_UNIX, 0, 0 },
		{ "\0abstract", AF_UNIX, 9, 0 },
		{ "/run/x", AF_INET, 7, 0 },
	};
	struct sockaddr_un address;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		memset(&address, 0, sizeof(address));
		address.sun_family = cases[i].family;
		memcpy(address.sun_path, cases[i].path, strlen(cases[i].path));
		run(b, b->skel->progs.run_sockaddr, (uint64_t)&address,
			offsetof(struct sockaddr_un, sun_path) + cases[i].size);
		expect(b, b->skel->bss->out_number == (cases[i].length > 0), "address %zu: %llu", i,
			(unsigned long long)b->skel->bss->out_number);
		expect(b, !cases[i].length || b->skel->bss->out_length == cases[i].length,
			"address %zu: %u bytes", i, b->skel->bss->out_length);
	}
	memset(address.sun_path, 'p', sizeof(address.sun_path)); /* no NUL in it at all */
	address.sun_family = AF_UNIX;
	run(b, b->skel->progs.run_sockaddr, (uint64_t)&address, sizeof(address));
	expect(b, b->skel->bss->out_length == sizeof(address.sun_path) + 1,
		"a full address: %u bytes", b->skel->bss->out_length);
}

static int test_all(struct bench *b, const char *top)
{
	struct helpers_bpf *skel = b->skel;
	int r;

	/* One work space, whatever the CPU: as for the profiler's own iterators. */
	skel->rodata->cfg.cpus = 0;
	skel->rodata->cfg.cast = b->cast;
	skel->rodata->cfg.seen_mask = 1023;
	skel->bss->ev_self = (uint32_t)getpid();
	bpf_map__set_max_entries(skel->maps.ev_seen, 1024);
	r = bpf_object__load_skeleton(skel->skeleton);
	if (r) {
		expect(b, false, "loading: %s", strerror(-r));
		return b->failed;
	}
	test_walk(b, top);
	test_root(b);
	test_walk_hash(b);
	test_string_hash(b);
	test_seen(b);
	test_pid(b);
	test_sockaddr(b);
	bpf_object__destroy_skeleton(skel->skeleton);
	printf("%s: %d wrong\n", b->variant, b->failed);
	return b->failed;
}

static bool has_cast(void)
{
	struct btf *types = btf__load_vmlinux_btf();
	bool has;

	if (libbpf_get_error(types))
		return false;
	has = btf__find_by_name_kind(types, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	btf__free(types);
	return has;
}

/* One source, three ways through it: each is loaded and run alone. */
static int test_variants(const char *top)
{
	struct bench quick = { .variant = "with plain loads", .depth = 2048, .cast = true };
	struct bench new = { .variant = "with bpf_loop", .depth = 2048 };
	struct bench old = { .variant = "with plain loops", .depth = 96 };
	int failed = 0;

	if (has_cast()) {
		quick.skel = helpers_bpf__open();
		failed += test_all(&quick, top);
	}
	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_loop, NULL) == 1) {
		new.skel = helpers_bpf__open();
		failed += test_all(&new, top);
	}
	old.skel = (struct helpers_bpf *)helpers_old_bpf__open();
	return failed + test_all(&old, top);
}

int main(void)
{
	char top[] = "/tmp/clnimg-helpers-XXXXXX";
	int failed;

	if (geteuid()) {
		puts("needs root");
		return 77;
	}
	if (unshare(CLONE_NEWNS) || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		!mkdtemp(top) || mount("none", top, "tmpfs", 0, NULL) || chdir(top))
		return 1;
	failed = test_variants(top);
	return chdir("/") || umount2(top, MNT_DETACH) || rmdir(top) || failed;
}
