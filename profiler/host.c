// SPDX-License-Identifier: Apache-2.0
#include "profiler/host.h"

#include "common/file.h"
#include "common/log.h"
#include "common/mem.h"
#include "profiler/cgroup.h"
#include "profiler/kernel.h"
#include "profiler/source.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/utsname.h>

struct finding {
	const char *what;
	bool fine, needed;
	char found[96];
	const char *want, *advice;
};

static void show(const struct finding *f)
{
	bool colour = cln_colour(stdout);
	const char *mark = f->fine ? "ok" : f->needed ? "MISSING" : "absent";
	const char *paint = !colour	? ""
			    : f->fine	? "\033[32m"
			    : f->needed ? "\033[31m"
					: "\033[33m";

	printf("%-18s %s%-8s%s %-34s %-26s %s\n", f->what, paint, mark, colour ? "\033[0m" : "",
		f->found, f->want, f->fine ? "" : f->advice);
}

static bool check_kernel(void)
{
	struct finding f = { "kernel", false, true, "", "Linux 5.10", "boot a newer kernel" };
	struct utsname host = {};

	uname(&host);
	snprintf(f.found, sizeof(f.found), "%.60s", host.release);
	f.fine = kernel_new_enough(host.release);
	show(&f);
	return f.fine;
}

static bool check_root(void)
{
	struct finding f = { "privilege", geteuid() == 0, true, "", "root", "run it with sudo" };

	snprintf(f.found, sizeof(f.found), "uid %u", geteuid());
	show(&f);
	return f.fine;
}

static struct btf *check_btf(void)
{
	struct finding f = { "BTF", false, true, "none", KERNEL_BTF,
		"a kernel with CONFIG_DEBUG_INFO_BTF=y" };
	struct btf *btf = btf__load_vmlinux_btf();

	if (!libbpf_get_error(btf)) {
		f.fine = true;
		snprintf(f.found, sizeof(f.found), "%u types", btf__type_cnt(btf));
	} else {
		btf = NULL;
	}
	show(&f);
	return btf;
}

static bool check_tracepoints(const struct btf *btf)
{
	static const char *const names[] = { "sys_exit", "sched_process_exec", "sched_process_fork",
		"sched_process_exit", "cgroup_attach_task" };
	struct finding f = { "tracepoints", true, true, "", "sys_exit, sched_process_*",
		"a kernel with CONFIG_FTRACE_SYSCALLS=y" };
	size_t found = 0;

	for (size_t i = 0; i < CLN_COUNT(names); i++) {
		cln_owned(cln_drop_mem) char *type = cln_format("btf_trace_%s", names[i]);

		found += btf && btf__find_by_name_kind(btf, type, BTF_KIND_TYPEDEF) >= 0;
	}
	f.fine = found == CLN_COUNT(names);
	snprintf(f.found, sizeof(f.found), "%zu of %zu", found, CLN_COUNT(names));
	show(&f);
	return f.fine;
}

static bool check_ring(void)
{
	struct finding f = { "ring buffer", false, true, "", "BPF_MAP_TYPE_RINGBUF",
		"root, or a newer kernel" };

	f.fine = libbpf_probe_bpf_map_type(BPF_MAP_TYPE_RINGBUF, NULL) == 1;
	snprintf(f.found, sizeof(f.found), "%s", f.fine ? "works" : "refused");
	show(&f);
	return f.fine;
}

static char *check_cgroup(void)
{
	struct finding f = { "cgroup v2", false, true, "not mounted", "a cgroup2 mount",
		"mount -t cgroup2 none /sys/fs/cgroup/unified" };
	struct cln_err ignored = {};
	char *mount = NULL;

	if (cgroup_find_mount(&mount, &ignored) == 0) {
		f.fine = access(mount, W_OK) == 0;
		snprintf(f.found, sizeof(f.found), "%.60s%s", mount, f.fine ? "" : " (read-only)");
		f.advice = f.fine ? "" : "run it with sudo, or outside a container";
	}
	show(&f);
	return mount;
}

static bool check_freezer(const char *mount)
{
	struct finding f = { "cgroup freezer", false, false, "no", "cgroup.freeze (5.2)",
		"without it a storm of events may be lost" };
	cln_owned(cln_drop_mem) char *probe = NULL;
	cln_owned(cln_drop_mem) char *file = NULL;

	if (mount) {
		probe = cln_format("%s/clnimg-check-%d", mount, (int)getpid());
		file = cln_format("%s/cgroup.freeze", probe);
		f.fine = mkdir(probe, 0755) == 0 && access(file, W_OK) == 0;
		rmdir(probe);
	}
	if (f.fine)
		snprintf(f.found, sizeof(f.found), "yes");
	show(&f);
	return f.fine;
}

static void ignore_sample(void *context, const void *data, size_t size)
{
	(void)context;
	(void)data;
	(void)size;
}

/* The proof: the programs themselves, on a cgroup that does not exist. */
static bool check_programs(void)
{
	struct source_config config = {
		.cgroup = UINT64_MAX, .level = 1, .ring_bytes = 64 << 10, .seen_slots = 1024
	};
	struct finding f = { "BPF programs", false, true, "", "load and attach",
		"see the rows above; CLNIMG_BPF_DEBUG=1 prints the verifier's words" };
	cln_owned(source_drop) struct source *source = NULL;
	struct cln_err err = {};

	f.fine = source_open(&config, ignore_sample, NULL, &source, &err) == 0;
	snprintf(f.found, sizeof(f.found), "%.90s", f.fine ? "all attached" : err.text);
	show(&f);
	return f.fine;
}

static void check_runtime(void)
{
	static const char *const names[] = { "podman", "docker", "runc", "crun", "nerdctl" };
	struct finding f = { "container runtime", false, false, "", "runc, crun, podman, docker",
		"needed only to profile containers: apt-get install runc" };
	const char *path = getenv("PATH");
	size_t used = 0;

	for (size_t i = 0; i < CLN_COUNT(names); i++) {
		cln_owned(cln_drop_mem) char *copy = cln_strdup(path ? path : "/usr/sbin:/usr/bin");
		bool found = false;
		char *save = NULL;

		for (char *dir = strtok_r(copy, ":", &save); dir && !found;
			dir = strtok_r(NULL, ":", &save)) {
			cln_owned(cln_drop_mem) char *file = cln_format("%s/%s", dir, names[i]);

			found = access(file, X_OK) == 0;
		}
		if (found)
			used += (size_t)snprintf(f.found + used, sizeof(f.found) - used, "%s%s",
				used ? ", " : "", names[i]);
	}
	f.fine = used;
	if (!used)
		snprintf(f.found, sizeof(f.found), "none");
	show(&f);
}

bool host_check(void)
{
	bool fine = true;
	struct btf *btf;
	cln_owned(cln_drop_mem) char *mount = NULL;

	libbpf_set_print(NULL);
	printf("%-18s %-8s %-34s %-26s %s\n", "what", "", "found", "needed", "what to do");
	fine &= check_kernel();
	fine &= check_root();
	btf = check_btf();
	fine &= btf != NULL;
	fine &= check_tracepoints(btf);
	btf__free(btf);
	fine &= check_ring();
	mount = check_cgroup();
	fine &= mount != NULL;
	check_freezer(mount);
	fine &= check_programs();
	check_runtime();
	printf("%s\n", fine ? "clnimg-profile works on this host"
			    : "clnimg-profile does not work on this host");
	return fine;
}
