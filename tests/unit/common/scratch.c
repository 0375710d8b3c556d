// SPDX-License-Identifier: Apache-2.0
/* What killed programs left is swept; what a living one holds, and what is nobody's of ours, stays. */
#include "common/scratch.h"

#include "common/file.h"
#include "common/mem.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[64];

static void enter(void)
{
	strcpy(folder, "/tmp/cln-scratch-XXXXXX");
	cr_assert(mkdtemp(folder) && !chdir(folder));
}

static void leave(void)
{
	struct cln_err err;

	cr_assert(!chdir("/") && !cln_remove_tree(folder, &err));
}

TestSuite(scratch, .init = enter, .fini = leave);

/* A process that makes a folder with a file in it and a file, then waits; names say which. */
static pid_t maker(const char *names[2])
{
	static char dir[2][32], file[2][32];
	static int count;
	int ready[2], n = count++;
	char byte;
	pid_t pid;

	cr_assert(!pipe(ready));
	snprintf(dir[n], 32, ".stage-XXXXXX");
	snprintf(file[n], 32, ".out.XXXXXX.clnimg.tmp");
	pid = fork();
	if (!pid) {
		struct cln_err err;
		char path[64];

		if (!cln_scratch_dir(dir[n]) || cln_scratch_file(file[n], 11) < 0)
			_exit(1);
		snprintf(path, sizeof(path), "%s/below", dir[n]);
		cln_write_file(path, "x", 1, 0600, &err);
		if (write(ready[1], dir[n], 32) != 32 || write(ready[1], file[n], 32) != 32)
			_exit(1);
		pause();
		_exit(0);
	}
	close(ready[1]);
	cr_assert_eq(read(ready[0], dir[n], 32), 32);
	cr_assert_eq(read(ready[0], file[n], 32), 32);
	cr_assert_eq(read(ready[0], &byte, 0), 0);
	close(ready[0]);
	names[0] = dir[n];
	names[1] = file[n];
	return pid;
}

static void sweep(void)
{
	cln_scratch_sweep(".", ".stage-", "");
	cln_scratch_sweep(".", ".out.", ".clnimg.tmp");
}

Test(scratch, sweeps_of_the_dead_only)
{
	const char *dead[2], *alive[2];
	pid_t killed = maker(dead), living = maker(alive);

	sweep();
	for (int i = 0; i < 2; i++)
		cr_expect(!access(dead[i], F_OK) && !access(alive[i], F_OK), "both live");
	kill(killed, SIGKILL);
	waitpid(killed, NULL, 0);
	sweep();
	for (int i = 0; i < 2; i++) {
		cr_expect(access(dead[i], F_OK) < 0, "%s is left", dead[i]);
		cr_expect(!access(alive[i], F_OK), "%s of a living one is gone", alive[i]);
	}
	kill(living, SIGKILL);
	waitpid(living, NULL, 0);
	sweep();
	cr_expect(access(alive[0], F_OK) < 0 && access(alive[1], F_OK) < 0);
}

/* A sweep may come between making a folder and locking it: then another one is made. */
Test(scratch, making_beside_sweeping)
{
	pid_t sweeper = fork();
	int made = 0;

	if (!sweeper)
		for (;;)
			cln_scratch_sweep(".", ".stage-", "");
	for (int i = 0; i < 1000; i++) {
		char dir[] = ".stage-XXXXXX";

		made += cln_scratch_dir(dir) && !access(dir, F_OK);
		cln_scratch_remove(dir);
	}
	kill(sweeper, SIGKILL);
	waitpid(sweeper, NULL, 0);
	cr_expect_eq(made, 1000, "%d", made);
}

Test(scratch, leaves_what_is_not_ours)
{
	static const char *const others[] = { ".stage-short", ".stage-1234567", "stage-123456",
		".out.123456.tmp", ".out.123456.clnimg.tmpx", ".other.123456.clnimg.tmp" };
	struct cln_err err;

	for (size_t i = 0; i < CLN_COUNT(others); i++)
		cr_assert(!cln_write_file(others[i], "x", 1, 0600, &err));
	cr_assert(!mkfifo(".stage-abcdef", 0600));
	cr_assert(!symlink("/etc", ".stage-abcdeg"));
	sweep();
	for (size_t i = 0; i < CLN_COUNT(others); i++)
		cr_expect(!access(others[i], F_OK), "%s is gone", others[i]);
	cr_expect(!access(".stage-abcdef", F_OK), "a FIFO is nobody's");
	cr_expect(!access(".stage-abcdeg", F_OK), "a symlink is nobody's");
	cr_expect(!access("/etc/passwd", F_OK));
}

Test(scratch, an_output_takes_away_its_own_leftovers)
{
	struct cln_err err = { 0 };

	cr_assert(!cln_write_file(".report.abcdef.clnimg.tmp", "old", 3, 0600, &err));
	cr_assert(!cln_write_file(".other.abcdef.clnimg.tmp", "old", 3, 0600, &err));
	cr_assert_eq(cln_write_file("report", "new", 3, 0600, &err), 0, "%s", err.text);
	cr_expect(access(".report.abcdef.clnimg.tmp", F_OK) < 0);
	cr_expect(!access(".other.abcdef.clnimg.tmp", F_OK));
}

/* A signal that comes in the middle of a commit is heard at its end. */
Test(scratch, commit_is_whole)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		struct cln_err err = { 0 };
		char name[] = "dropped.XXXXXX";

		if (cln_scratch_guard(&err) < 0 || !cln_scratch_dir(name))
			_exit(1);
		cln_scratch_commit_begin();
		kill(getpid(), SIGTERM);
		usleep(10000);
		cln_write_file("first", "x", 1, 0600, &err);
		cln_write_file("second", "x", 1, 0600, &err);
		cln_scratch_commit_end();
		sleep(5);
		_exit(2);
	}
	waitpid(pid, &status, 0);
	cr_expect(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM, "status %d", status);
	cr_expect(!access("first", F_OK) && !access("second", F_OK), "half a commit");
}
