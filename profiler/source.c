// SPDX-License-Identifier: Apache-2.0
#include "profiler/source.h"

#include "common/mem.h"
#include "profiler/kernel.h"

#include <linux/types.h>

#include "bpf/trace.skel.h"
#include "bpf/trace_old.skel.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <malloc.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>

#define RING_BYTES (2u << 20) /* mapped twice, so it counts twice as resident */
#define SEEN_SLOTS (1u << 20)
#define SEEN_WAYS 4
#define SNAPSHOT_POLL_MS 1

struct source {
	struct trace_bpf *skel;
	struct ring_buffer *ring;
	source_fn *fn;
	void *context;
	size_t ring_bytes;
	uint64_t received;
	uint64_t *sent, *taken; /* positions in the ring: read-only pages of it */
};

static int CLN_PRINTF(2, 0) quiet(enum libbpf_print_level level, const char *fmt, va_list args)
{
	if (level != LIBBPF_WARN || !getenv("CLNIMG_BPF_DEBUG"))
		return 0;
	return vfprintf(stderr, fmt, args);
}

static int on_sample(void *context, void *data, size_t size)
{
	struct source *source = context;

	source->received++;
	source->fn(source->context, data, size);
	return 0;
}

/* Parameters of a tracepoint, without the context; 0: the kernel has none such. */
static int tracepoint_params(const struct btf *btf, const char *typedef_name)
{
	int id = btf__find_by_name_kind(btf, typedef_name, BTF_KIND_TYPEDEF);
	const struct btf_type *type = id < 0 ? NULL : btf__type_by_id(btf, (uint32_t)id);

	type = type ? btf__type_by_id(btf, type->type) : NULL;
	type = type && btf_is_ptr(type) ? btf__type_by_id(btf, type->type) : NULL;
	return type && btf_is_func_proto(type) ? btf_vlen(type) - 1 : 0;
}

/* io_uring_submit_req came with 6.4; the arguments of io_uring_complete changed
 * from (ctx, req, user_data, res, ...) to (ctx, req, cqe) in 6.12. */
static void configure_uring(struct trace_bpf *skel, const struct btf *btf)
{
	int submit, complete;

	submit = tracepoint_params(btf, "btf_trace_io_uring_submit_req");
	complete = tracepoint_params(btf, "btf_trace_io_uring_complete");
	skel->rodata->cfg.uring = submit == 1 && complete;
	skel->rodata->cfg.uring_cqe = complete == 3;
	if (!skel->rodata->cfg.uring) {
		bpf_program__set_autoload(skel->progs.on_uring_submit, false);
		bpf_program__set_autoload(skel->progs.on_uring_complete, false);
		bpf_program__set_autoload(skel->progs.on_uring_overflow, false);
		bpf_map__set_max_entries(skel->maps.ev_addressed, 1);
	}
}

/* What only the types of the running kernel tell. */
static void configure_btf(struct trace_bpf *skel)
{
	struct btf *btf = btf__load_vmlinux_btf();

	if (libbpf_get_error(btf))
		return; /* loading will say so */
	configure_uring(skel, btf);
	skel->rodata->cfg.cast = btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
	btf__free(btf);
}

static void configure(struct trace_bpf *skel, const struct source_config *config)
{
	size_t slots = config->seen_slots ? config->seen_slots : SEEN_SLOTS;
	size_t ring = config->ring_bytes ? config->ring_bytes : RING_BYTES;
	int cpus = libbpf_num_possible_cpus();
	struct stat st;

	skel->rodata->cfg.cgroup = config->cgroup;
	skel->rodata->cfg.level = config->level;
	skel->rodata->cfg.mntns = stat("/proc/self/ns/mnt", &st) ? 0 : (uint32_t)st.st_ino;
	skel->rodata->cfg.seen_mask = slots / SEEN_WAYS - 1;
	skel->rodata->cfg.wake_bytes = ring / 16;
	skel->rodata->cfg.cpus = cpus > 0 ? cpus : get_nprocs_conf();
	skel->rodata->cfg.has_ancestor_id =
		libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT,
			BPF_FUNC_get_current_ancestor_cgroup_id, NULL) == 1;
	configure_btf(skel);
	bpf_map__set_max_entries(skel->maps.ev_ring, ring);
	bpf_map__set_max_entries(skel->maps.ev_seen, slots / SEEN_WAYS);
	bpf_map__set_max_entries(skel->maps.ev_work, skel->rodata->cfg.cpus + 1);
}

/* Before 5.11 maps count against RLIMIT_MEMLOCK. Failing is no error: where the
 * limit matters, loading says so. */
static void raise_memlock(void)
{
	struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

	setrlimit(RLIMIT_MEMLOCK, &all);
}

#define SAME_PLACE(section, member)                       \
	(offsetof(struct trace_bpf__##section, member) == \
		offsetof(struct trace_old_bpf__##section, member))

/* The two are one source compiled twice: same maps, same programs, same layout. */
static struct trace_bpf *open_variant(void)
{
	_Static_assert(sizeof(struct trace_bpf) == sizeof(struct trace_old_bpf), "one source");
	_Static_assert(SAME_PLACE(rodata, cfg), "the settings lie elsewhere");
	_Static_assert(SAME_PLACE(bss, ev_self) && SAME_PLACE(bss, ev_losses) &&
			       SAME_PLACE(bss, ev_emitted),
		"the counters lie elsewhere");
	if (libbpf_probe_bpf_helper(BPF_PROG_TYPE_RAW_TRACEPOINT, BPF_FUNC_loop, NULL) == 1)
		return trace_bpf__open();
	return (struct trace_bpf *)trace_old_bpf__open();
}

static bool has_btf(void)
{
	struct btf *btf = btf__load_vmlinux_btf();
	bool has = !libbpf_get_error(btf);

	if (has)
		btf__free(btf);
	return has;
}

static int cannot(int error, const char *doing, struct cln_err *err)
{
	struct utsname host = {};
	char text[256];
	const char *reason;

	uname(&host);
	reason = kernel_reason(host.release, has_btf(), text, sizeof(text));
	if (reason)
		return cln_fail(err, error, "%s the BPF programs: %s", doing, reason);
	return cln_fail(err, error,
		"%s the BPF programs: %m (clnimg-profile --check-host tells what this host lacks)",
		doing);
}

/* Reading an iterator to its end runs it over everything. */
static int run_iterator(struct bpf_link *link, const char *what, struct cln_err *err)
{
	cln_owned(cln_drop_fd) int fd = bpf_iter_create(bpf_link__fd(link));
	char ignored[4096];
	ssize_t got;

	if (fd < 0)
		return cln_fail(err, errno, "looking at the running %s: %m", what);
	while ((got = read(fd, ignored, sizeof(ignored))) != 0)
		if (got < 0 && errno != EINTR && errno != EAGAIN)
			return cln_fail(err, errno, "looking at the running %s: %m", what);
	return 0;
}

/* Records carry process numbers of our own pid namespace: known before any is made. */
static int tell_self(struct trace_bpf *skel, struct cln_err *err)
{
	struct bpf_link *link = bpf_program__attach(skel->progs.on_self);
	int r;

	if (libbpf_get_error(link))
		return cln_fail(err, errno, "looking at the profiler itself: %m");
	r = run_iterator(link, "profiler itself", err);
	bpf_link__destroy(link);
	return r;
}

static int load(struct source *source, const struct source_config *config, struct cln_err *err)
{
	int r;

	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(quiet);
	raise_memlock();
	/* BTF is large and short-lived: give it back to the system at once. */
	mallopt(M_MMAP_THRESHOLD, 128 << 10);
	source->skel = open_variant();
	if (!source->skel)
		return cln_fail(err, errno, "opening the BPF programs: %m");
	configure(source->skel, config);
	r = bpf_object__load_skeleton(source->skel->skeleton);
	if (r < 0)
		return cannot(-r, "loading", err);
	r = tell_self(source->skel, err);
	if (r < 0)
		return r;
	r = bpf_object__attach_skeleton(source->skel->skeleton);
	return r < 0 ? cannot(-r, "attaching", err) : 0;
}

/* The ring's first page holds the reader's position, the second the writer's. */
static int map_positions(struct source *source, struct cln_err *err)
{
	int fd = bpf_map__fd(source->skel->maps.ev_ring);
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	source->taken = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, 0);
	source->sent = mmap(NULL, page, PROT_READ, MAP_SHARED, fd, (off_t)page);
	if (source->taken == MAP_FAILED || source->sent == MAP_FAILED)
		return cln_fail(err, errno, "mapping the ring buffer: %m");
	return 0;
}

int source_open(const struct source_config *config, source_fn *fn, void *context,
	struct source **out, struct cln_err *err)
{
	cln_owned(source_drop) struct source *source = cln_alloc(sizeof(*source));
	int r = load(source, config, err);

	if (r < 0)
		return r;
	source->fn = fn;
	source->context = context;
	source->ring_bytes = config->ring_bytes ? config->ring_bytes : RING_BYTES;
	source->ring =
		ring_buffer__new(bpf_map__fd(source->skel->maps.ev_ring), on_sample, source, NULL);
	if (!source->ring)
		return cln_fail(err, errno, "mapping the ring buffer: %m");
	if ((r = map_positions(source, err)) < 0)
		return r;
	*out = cln_steal(&source);
	return 0;
}

struct snapshot {
	struct source *source;
	struct cln_err *err;
	int result;
	atomic_bool over;
};

static void *snapshot_take(void *context)
{
	struct snapshot *shot = context;
	struct trace_bpf *skel = shot->source->skel;

	shot->result = run_iterator(skel->links.on_each_task, "programs", shot->err);
	if (shot->result == 0)
		shot->result = run_iterator(skel->links.on_each_file, "descriptors", shot->err);
	atomic_store(&shot->over, true);
	return NULL;
}

/* Read while it is taken: what is open may be more than the ring holds. */
int source_snapshot(struct source *source, struct cln_err *err)
{
	struct snapshot shot = { .source = source, .err = err };
	pthread_t taker;
	int r = pthread_create(&taker, NULL, snapshot_take, &shot);

	if (r)
		return cln_fail(err, r, "starting a thread: %m");
	while (!atomic_load(&shot.over))
		source_poll(source, SNAPSHOT_POLL_MS);
	pthread_join(taker, NULL);
	source->skel->bss->ev_self = 0;
	return shot.result;
}

void source_close(struct source *source)
{
	if (!source)
		return;
	ring_buffer__free(source->ring);
	if (source->skel)
		bpf_object__destroy_skeleton(source->skel->skeleton);
	free(source->skel);
	free(source);
}

void source_drop(struct source **source)
{
	source_close(*source);
}

int source_poll(struct source *source, int timeout_ms)
{
	int r = ring_buffer__poll(source->ring, timeout_ms);

	if (r == 0) /* records below the wake mark wait silently */
		r = ring_buffer__consume(source->ring);
	return r;
}

int source_drain(struct source *source)
{
	int total = 0, r;

	while ((r = ring_buffer__consume(source->ring)) > 0)
		total += r;
	return r < 0 ? r : total;
}

int source_fd(const struct source *source)
{
	return ring_buffer__epoll_fd(source->ring);
}

int source_ring_fd(const struct source *source)
{
	return bpf_map__fd(source->skel->maps.ev_ring);
}

size_t source_ring_bytes(const struct source *source)
{
	return source->ring_bytes;
}

double source_fill(const struct source *source)
{
	uint64_t sent = __atomic_load_n(source->sent, __ATOMIC_ACQUIRE);
	uint64_t taken = __atomic_load_n(source->taken, __ATOMIC_ACQUIRE);

	return (double)(sent - taken) / (double)source->ring_bytes;
}

void source_stop(struct source *source)
{
	bpf_object__detach_skeleton(source->skel->skeleton);
	source_drain(source);
}

int source_peaks(struct source *source, source_peak_fn *fn, void *context)
{
	int fd = bpf_map__fd(source->skel->maps.ev_peaks);
	struct ev_peak_key key, next;
	bool more = !bpf_map_get_next_key(fd, NULL, &key);

	while (more) {
		uint64_t bytes;
		bool had = !bpf_map_lookup_elem(fd, &key, &bytes);

		more = !bpf_map_get_next_key(fd, &key, &next);
		if (had)
			fn(context, &key, bytes);
		bpf_map_delete_elem(fd, &key);
		key = next;
	}
	return 0;
}

static uint64_t missed_runs(const struct bpf_program *program)
{
	struct bpf_prog_info info = {};
	uint32_t size = sizeof(info);

	if (bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size))
		return 0;
	return info.recursion_misses;
}

void source_stats(struct source *source, struct source_stats *stats)
{
	struct bpf_program *program;

	memset(stats, 0, sizeof(*stats));
	stats->emitted = source->skel->bss->ev_emitted;
	stats->received = source->received;
	for (int i = 0; i < EV_LOSSES; i++)
		stats->loss[i] = source->skel->bss->ev_losses[i];
	bpf_object__for_each_program(program, source->skel->obj) stats->missed +=
		missed_runs(program);
}
