/* SPDX-License-Identifier: Apache-2.0 */
/*
 * calls.h - the cases of profile-calls: one a system call, by family.
 *
 * Each uses names of its own in the working directory, so that a trace tells the
 * cases apart; check-calls.py says what must be found. A case returns what the
 * call returned, or -1 with errno.
 */
#ifndef TESTS_PROFILER_CALLS_H
#define TESTS_PROFILER_CALLS_H

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef AT_EMPTY_PATH
#define AT_EMPTY_PATH 0x1000
#endif
#define CALL(...) syscall(__VA_ARGS__)

enum before { NOTHING, A_FILE, A_DIR, A_LINK, A_PROGRAM }; /* what setup makes */

struct one {
	const char *name;
	enum before before;
	long (*run)(const char *name, const char *other);
};

/* name: the case's own; other: "NAME_other" */
#define CASE(case_name)                                                 \
	static long case_name(const char *name __attribute__((unused)), \
		const char *other __attribute__((unused)))
#define ONE(before, function)               \
	{                                   \
#function, before, function \
	}

/* Each ends with an empty entry. */
extern const struct one calls_open[], calls_look[], calls_dir[], calls_change[], calls_socket[],
	calls_exec[], calls_compat[], calls_uring[], calls_uring_net[], calls_pass[], calls_rare[],
	calls_write[], calls_cwd[], calls_magic[];

/* The part outside the profiled cgroup (calls-pass.c); never returns. */
int serve_outside(void);
/* What do_pass_mntns starts. */
int receive(int from);
/* What do_cwd_exec starts; the others are of entering.py. */
int move_to(const char *directory);
int come_in(const char *cgroup, const char *directory);
int go_out(const char *cgroup);
/* Of losses.py. */
int lose(const char *what);
/* int 0x80; what it points to lies below 4 GiB. */
long call_32(long nr, long a, long b, long c);

static inline int dir_fd(void)
{
	return open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

#endif
