// SPDX-License-Identifier: Apache-2.0
#include "profiler/run.h"

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "profiler/brake.h"
#include "profiler/collect.h"
#include "profiler/hold.h"
#include "profiler/look.h"
#include "profiler/signals.h"
#include "profiler/source.h"
#include "profiler/spawn.h"

#include <errno.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/utsname.h>
#include <time.h>

#define POLL_MS 20 /* how long records may wait below the wake mark */
#define STATUS_MS 200

struct run {
	const struct profile_options *opt;
	struct cln_trace *trace;
	struct collect *collect;
	struct source *source;
	struct cgroup cg;
	struct hold hold;
	struct brake brake;
	struct look look;
	struct spawn spawn;
	struct signals signals;
	bool stop; /* --attach: INT or TERM */
	struct timespec started;
	uint64_t start_ms, status_ms;
};

static uint64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static void on_sample(void *context, const void *data, size_t size)
{
	struct run *run = context;

	collect_sample(run->collect, data, size);
}

static void take(struct run *run, int timeout_ms)
{
	source_poll(run->source, timeout_ms);
	if (brake_pulled(&run->brake)) {
		source_drain(run->source);
		brake_let_go(&run->brake);
	}
}

static void handle_signals(struct run *run)
{
	bool ends = signals_handle(&run->signals, run->opt->attach ? 0 : run->spawn.pid);

	run->stop |= run->opt->attach && ends;
	spawn_reap(&run->spawn);
}

static void show_status(struct run *run)
{
	struct collect_stats stats;
	struct source_stats kernel;
	uint64_t now = now_ms(), lost = 0;

	if (now - run->status_ms < STATUS_MS)
		return;
	run->status_ms = now;
	collect_stats(run->collect, &stats);
	source_stats(run->source, &kernel);
	for (int i = 0; i < EV_LOSSES; i++)
		lost += kernel.loss[i];
	for (int i = 0; i < COLLECT_LOSSES; i++)
		lost += stats.loss[i];
	cln_progress("%llu s  %llu paths  %llu execs  %llu records  %llu lost",
		(unsigned long long)(now - run->start_ms) / 1000, (unsigned long long)stats.paths,
		(unsigned long long)stats.execs, (unsigned long long)stats.records,
		(unsigned long long)lost);
}

/* Real-time priority for the reader only: the machine may be full of tracees. */
static void hurry(void)
{
	struct sched_param param = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_RR | SCHED_RESET_ON_FORK, &param) < 0)
		setpriority(PRIO_PROCESS, 0, -20);
}

static void loop_command(struct run *run)
{
	while (!run->spawn.ended) {
		take(run, POLL_MS);
		handle_signals(run);
		show_status(run);
	}
}

static void loop_attached(struct run *run)
{
	bool seen = cgroup_populated(&run->cg);

	while (!run->stop) {
		bool populated;

		take(run, POLL_MS);
		handle_signals(run);
		show_status(run);
		populated = cgroup_populated(&run->cg);
		if (seen && !populated)
			break;
		seen |= populated;
	}
}

static void on_peak(void *context, const struct ev_peak_key *key, uint64_t bytes)
{
	struct run *run = context;

	collect_peak(run->collect, key, bytes);
}

static void add_loss(struct cln_trace_loss *list, size_t *count, const char *name, uint64_t lost)
{
	if (lost)
		list[(*count)++] = (struct cln_trace_loss){ name, lost };
}

#define LOSSES_MAX (EV_LOSSES + COLLECT_LOSSES + 2)

static size_t losses(struct run *run, struct cln_trace_loss *list)
{
	struct collect_stats stats;
	struct source_stats kernel;
	size_t count = 0;

	collect_stats(run->collect, &stats);
	source_stats(run->source, &kernel);
	for (int i = 0; i < EV_LOSSES; i++)
		add_loss(list, &count, collect_kernel_loss_name(i), kernel.loss[i]);
	for (int i = 0; i < COLLECT_LOSSES; i++)
		add_loss(list, &count, collect_loss_name(i), stats.loss[i]);
	add_loss(list, &count, "programs_skipped", kernel.missed);
	add_loss(list, &count, "records_missing", kernel.emitted - kernel.received);
	return count;
}

static void random_id(char id[33])
{
	unsigned char bytes[16] = {};

	if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes))
		bytes[0] = (unsigned char)getpid();
	for (size_t i = 0; i < sizeof(bytes); i++)
		snprintf(id + i * 2, 3, "%02x", bytes[i]);
}

static bool add_run(struct run *run)
{
	struct cln_trace_loss list[LOSSES_MAX];
	char id[33], started[32];
	struct utsname host = {};
	struct cln_trace_run fact = {
		.id = id,
		.tool = "clnimg-profile " CLN_VERSION,
		.platform = "linux/amd64",
		.started = started,
		.argv = (const char *const *)run->opt->command,
		.loss = list,
	};
	struct tm utc;

	random_id(id);
	uname(&host);
	gmtime_r(&run->started.tv_sec, &utc);
	strftime(started, sizeof(started), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fact.host = host.nodename;
	fact.kernel = host.release;
	fact.duration_ms = now_ms() - run->start_ms;
	fact.exit_status = run->opt->attach ? -1 : run->spawn.status;
	fact.loss_count = losses(run, list);
	fact.complete = !fact.loss_count;
	for (size_t i = 0; i < fact.loss_count; i++)
		cln_warn("incomplete: %s: %llu", list[i].name, (unsigned long long)list[i].count);
	cln_trace_add_run(run->trace, &fact);
	return fact.complete;
}

static void summarise(struct run *run, bool complete)
{
	struct collect_stats stats;
	struct rusage usage = {};
	char bytes[16];

	collect_stats(run->collect, &stats);
	getrusage(RUSAGE_SELF, &usage);
	cln_info("%zu paths, %zu programs, %llu execs, %llu containers in %.1f s: %s",
		run->trace->file_count, run->trace->exec_count, (unsigned long long)stats.execs,
		(unsigned long long)stats.containers, (double)(now_ms() - run->start_ms) / 1000,
		complete ? "complete" : "INCOMPLETE");
	cln_info("%llu records, frozen %llu times, %s of memory: %s",
		(unsigned long long)stats.records, (unsigned long long)run->hold.times,
		cln_bytes_text((uint64_t)usage.ru_maxrss * 1024, bytes), run->opt->output);
	if (stats.daemon && !stats.containers)
		cln_warn("the command talked to a container daemon, but no container ran in the "
			 "cgroup: name the cgroup with --cgroup, and start the container with "
			 "--cgroup-parent %s",
			run->cg.name);
}

/* Everything is recorded: from here on nothing can be lost. */
static int finish(struct run *run, int *status, struct cln_err *err)
{
	bool complete;
	int r;

	source_stop(run->source);
	brake_release(&run->brake);
	source_peaks(run->source, on_peak, run);
	cln_progress_end();
	collect_finish(run->collect);
	complete = add_run(run);
	cln_trace_settle(run->trace);
	r = cln_trace_write(run->trace, run->opt->output, err);
	if (r < 0)
		return r;
	summarise(run, complete);
	*status = run->opt->attach ? 0 : run->spawn.status;
	if (!complete && !*status && !run->opt->allow_incomplete)
		*status = RUN_EXIT_TROUBLE;
	return 0;
}

static int open_source(struct run *run, struct cln_err *err)
{
	struct source_config config = {
		.cgroup = run->cg.id,
		.level = run->cg.level,
		.ring_bytes = run->opt->ring_bytes,
	};

	return source_open(&config, on_sample, run, &run->source, err);
}

static void open_collect(struct run *run)
{
	struct collect_config config = {
		.profiler_pid = (uint32_t)getpid(),
		.self_pid = (uint32_t)run->spawn.pid,
		.no_content = run->opt->no_content,
	};
	struct stat st;

	if (stat("/proc/self/ns/mnt", &st) == 0)
		config.mntns = (uint32_t)st.st_ino;
	if (stat("/", &st) == 0) {
		config.root_dev = (uint32_t)(major(st.st_dev) << 20 | minor(st.st_dev));
		config.root_ino = st.st_ino;
	}
	look_init(&run->look, &run->cg, &run->hold, &config.look);
	run->trace = cln_trace_new();
	run->collect = collect_new(run->trace, &config);
}

/* A full disk or a wrong path is told before the command runs, not after. */
static int check_output(const char *path, struct cln_err *err)
{
	struct cln_out out = CLN_OUT_NONE;
	int r;

	if (!strcmp(path, "-"))
		return 0;
	r = cln_out_begin(&out, path, 0644, err);
	cln_out_release(&out);
	return r;
}

/* /proc is asked about the processes that the records number. */
static int check_proc(struct cln_err *err)
{
	char self[32] = "";
	ssize_t got = readlink("/proc/self", self, sizeof(self) - 1);

	if (got > 0 && atoi(self) == getpid())
		return 0;
	return cln_fail(
		err, EXDEV, "/proc is not of this pid namespace: mount it (unshare --mount-proc)");
}

static int prepare(struct run *run, struct cln_err *err)
{
	const struct profile_options *opt = run->opt;
	cln_owned(cln_drop_mem) char *own = cln_format("clnimg-profile-%d", (int)getpid());
	int r;

	clock_gettime(CLOCK_REALTIME, &run->started);
	run->start_ms = now_ms();
	if ((r = check_proc(err)) < 0 || (r = check_output(opt->output, err)) < 0 ||
		(r = cgroup_open(&run->cg, opt->cgroup ? opt->cgroup : own, false, err)) < 0 ||
		(r = signals_catch(&run->signals, err)) < 0 ||
		(r = hold_init(&run->hold, &run->cg, err)) < 0)
		return r;
	if (opt->command)
		r = spawn_prepare(
			&run->spawn, opt->command, opt->user, &run->cg, &run->signals.before, err);
	if (r < 0)
		return r;
	open_collect(run);
	return open_source(run, err);
}

static int record(struct run *run, int *status, struct cln_err *err)
{
	int r = prepare(run, err);

	if (r < 0)
		return r;
	hurry();
	if ((r = source_snapshot(run->source, err)) < 0 ||
		(r = brake_init(&run->brake, run->source, &run->hold, err)) < 0)
		return r;
	if (run->opt->attach) {
		fprintf(stderr, "recording\n");
		loop_attached(run);
	} else {
		r = spawn_go(&run->spawn, run->opt->command[0], err);
		if (r < 0) {
			*status = run->spawn.ended ? run->spawn.status : RUN_EXIT_TROUBLE;
			return r;
		}
		loop_command(run);
	}
	return finish(run, status, err);
}

int run_profile(const struct profile_options *opt, int *status, struct cln_err *err)
{
	struct run run = { .opt = opt,
		.cg = CGROUP_NONE,
		.hold = HOLD_NONE,
		.brake = BRAKE_NONE,
		.spawn = SPAWN_NONE,
		.signals = SIGNALS_NONE };
	int r;

	*status = RUN_EXIT_TROUBLE;
	r = record(&run, status, err);
	brake_release(&run.brake);
	spawn_release(&run.spawn);
	source_close(run.source);
	collect_free(run.collect);
	cln_trace_free(run.trace);
	look_release(&run.look);
	hold_release(&run.hold);
	cgroup_release(&run.cg);
	signals_release(&run.signals);
	return r;
}
