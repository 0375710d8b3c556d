// SPDX-License-Identifier: Apache-2.0
/*
 * main.c - clnimg-init: what the command line means, and the one structure of state.
 *
 *	clnimg-init [--config FILE] [ARGS...]	set up, run the program, be PID 1
 *	clnimg-init -- PROGRAM ARGS...		the same without a configuration
 *	clnimg-init check FILE | explain FILE [ARGS...]
 *	clnimg-init probe ... | sleep N
 *	sh -c STRING				the command table
 *
 * As PID 1 of an image that has a configuration every word belongs to the program: an
 * argument such as "check" must never turn the container into a tool, and "--config" of a
 * server must neither be lost nor stand in for the image's policy.
 */
#include "init/launch.h"
#include "init/probe.h"
#include "init/spawn.h"
#include "init/commands.h"
#include "init/sys.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

extern uint64_t entry_mask; /* calls.S: signals blocked when the kernel started us */

/* All mutable state of the program; several pages of it are never touched. */
static struct {
	struct init init;
	struct running running;
} state;

static const char usage_text[] =
	"usage: clnimg-init [--config FILE] [ARG...]     start the container (default: " INIT_CONF_PATH
	")\n"
	"       clnimg-init -- PROGRAM [ARG...]          start without a configuration\n"
	"       clnimg-init check FILE                   read a configuration, do nothing\n"
	"       clnimg-init explain FILE [ARG...]        tell what it would do here and now\n"
	"       clnimg-init probe tcp HOST:PORT | http URL | unix PATH | file PATH [timeout=TIME]\n"
	"       clnimg-init sleep TIME\n"
	"       clnimg-init --help | --version\n";

static int usage(const char *cause)
{
	if (cause)
		SAY(2, cause);
	fd_write(cause ? 2 : 1, usage_text, sizeof(usage_text) - 1);
	return cause ? EXIT_USAGE : 0;
}

/* SIGCHLD inherited as ignored would make every wait fail and every child vanish. */
static void signals_take(struct init *in)
{
	in->old_mask = entry_mask;
	in->chld_ignored = sys_signal(SIGCHLD, SIG_DFL) == SIG_IGN;
}

static int start(const char *config, char *const *args, char *const *environment)
{
	struct init *in = &state.init;
	struct fail err = { .word = -1 };
	int r;

	in->mode = MODE_APPLY;
	r = init_reset(in, args, environment, &err);
	if (r == 0 && config)
		r = config_run(in, config, &err);
	if (r == 0)
		return launch_main(in, &state.running);
	SAY(2, err.text);
	return EXIT_INIT;
}

static int tell(enum mode mode, const char *config, char *const *args, char *const *environment)
{
	struct init *in = &state.init;
	struct fail err = { .word = -1 };
	int r;

	in->mode = mode;
	r = init_reset(in, args, environment, &err);
	if (r == 0)
		r = config_run(in, config, &err);
	if (r == 0)
		return 0;
	SAY(2, err.text);
	return EXIT_PROBE;
}

/* A tool's name as first word; -1 where it is none. */
static int tool(char **argv, char **environment)
{
	static const char names[] = "check\0explain\0probe\0sleep\0--help\0--version\0";
	static const char version[] = "clnimg-init " CLN_VERSION "\n";

	switch (text_pick(argv[1], names, NULL)) {
	case 0:
		if (!argv[2] || argv[3])
			return usage("FILE is missing, or words after it");
		return tell(MODE_CHECK, argv[2], argv + 3, environment);
	case 1:
		if (!argv[2])
			return usage("FILE is missing, or words after it");
		return tell(MODE_EXPLAIN, argv[2], argv + 3, environment);
	case 2:
		signals_restore(&state.init);
		return probe_main(argv + 2);
	case 3:
		signals_restore(&state.init);
		return sleep_main(argv + 2);
	case 4:
		return usage(NULL);
	case 5:
		return fd_write(1, version, sizeof(version) - 1) < 0;
	}
	return -1;
}

int main(int argc, char **argv, char **environment)
{
	const char *name = argc > 0 && argv[0] ? argv[0] : "";
	const char *slash = strrchr(name, '/');
	int has_config, r;

	signals_take(&state.init);
	state.init.given = argv;
	if (text_same(slash ? slash + 1 : name, "sh"))
		return commands_main(&state.init, argv, environment);
	has_config = access(INIT_CONF_PATH, F_OK) == 0;
	if (getpid() == 1 && has_config)
		return start(INIT_CONF_PATH, argv + 1, environment);
	if (argc > 2 && text_same(argv[1], "--config"))
		return start(argv[2], argv + 3, environment);
	if (argc > 1 && text_same(argv[1], "--"))
		return argv[2] ? start(NULL, argv + 2, environment) : usage("no program behind --");
	r = argc > 1 ? tool(argv, environment) : -1;
	if (r >= 0)
		return r;
	if (has_config)
		return start(INIT_CONF_PATH, argv + 1, environment);
	return usage(argc > 1 ? "no " INIT_CONF_PATH
				"; to run a program without one: clnimg-init -- PROGRAM"
			      : "nothing to do: no " INIT_CONF_PATH " and no program");
}
