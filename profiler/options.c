// SPDX-License-Identifier: Apache-2.0
#include "profiler/options.h"

#include "common/mem.h"

#define RING_MIN ((uint64_t)256 << 10) /* half of it is time enough to freeze the cgroup */
#define RING_MAX ((uint64_t)1 << 30)

static const struct cln_opt opts[] = {
	{ "cgroup", 'c', "NAME", "profile this cgroup v2 directory (made, and removed, if missing)",
		CLN_OPT_TEXT, offsetof(struct profile_options, cgroup) },
	{ "output", 'o', "FILE", "write the manifest here (default " PROFILE_OUTPUT ")",
		CLN_OPT_TEXT, offsetof(struct profile_options, output) },
	{ "attach", 'a', NULL, "run no command: record until the cgroup empties, or INT or TERM",
		CLN_OPT_FLAG, offsetof(struct profile_options, attach) },
	{ "user", 'u', "USER", "run the command as this user (name or uid[:gid])", CLN_OPT_TEXT,
		offsetof(struct profile_options, user) },
	{ "allow-incomplete", 0, NULL,
		"exit with the command's status even if the trace lost something", CLN_OPT_FLAG,
		offsetof(struct profile_options, allow_incomplete) },
	{ "no-content", 0, NULL, "record no contents of the files that start-up wrote",
		CLN_OPT_FLAG, offsetof(struct profile_options, no_content) },
	{ "ring", 0, "SIZE", "size of the kernel's ring buffer, a power of two (default 2M)",
		CLN_OPT_BYTES, offsetof(struct profile_options, ring_bytes) },
	{ "check-host", 0, NULL, "say what this host has and lacks, and stop", CLN_OPT_FLAG,
		offsetof(struct profile_options, check_host) },
};

const struct cln_program profile_program = {
	.name = "clnimg-profile",
	.summary = "record what a command, and the containers it starts, really use",
	.synopsis = "[--cgroup NAME] [-o FILE] -- COMMAND [ARG]...\n"
		    "--cgroup NAME --attach [-o FILE]\n"
		    "--check-host",
	.description =
		"Runs COMMAND in a cgroup of its own and records every file, program, port and "
		"system call that the processes of this cgroup use, in the kernel, without "
		"slowing them down noticeably. The manifest feeds clnimg-pack(1).\n\n"
		"Paths belong to the root of the process that used them: each container that a "
		"runtime starts inside the cgroup becomes a root of its own. A container that a "
		"daemon starts is outside, unless it is told the cgroup: "
		"docker run --cgroup-parent, podman run --cgroup-parent.\n\n"
		"The command's input, output, terminal, signals and exit status are its own. "
		"With --attach nothing is run; a line \"recording\" on standard error says when "
		"recording has begun.\n\n"
		"The manifest says complete only when nothing was lost; each thing that was is "
		"counted under its name in losses, and the exit status is 125. When the kernel "
		"fills the ring buffer faster than it is read, the cgroup is frozen for moments.\n\n"
		"Values of environment variables whose names look secret are left out. The "
		"contents of files that start-up wrote (at most 256 KiB each, 8 MiB in all) are "
		"kept, because an image without a shell has to make them again; they may hold "
		"secrets: --no-content leaves them out. Arguments are recorded as they are, the "
		"command's own among them: give secrets in variables or files.\n\n"
		"Needs root, Linux 5.10 with BTF, and a mounted cgroup v2 file system.",
	.opts = opts,
	.opt_count = CLN_COUNT(opts),
	.exits = "STATUS  the command's own; 128+n where signal n ended it\n"
		 "125  the profiler failed, or the command succeeded and the trace is incomplete\n"
		 "126  the command could not be run\n"
		 "127  the command was not found\n"
		 "2  the command line is wrong",
	.examples = "sudo clnimg-profile --cgroup build-123 -- ./run-tests.sh\n"
		    "sudo clnimg-profile --cgroup build-123 --attach -o manifest.json",
	.see_also = "clnimg-manifest(1), clnimg-pack(1), cleanimage-customize(1)",
};

static int check(struct profile_options *opt, const struct cln_args *args, struct cln_err *err)
{
	uint64_t ring = opt->ring_bytes;

	if (ring && (ring < RING_MIN || ring > RING_MAX || ring & (ring - 1)))
		return cln_usage(err, "--ring: not a power of two from 256K to 1G");
	if (opt->check_host)
		return 0;
	if (opt->attach && args->rest_count)
		return cln_usage(err, "--attach runs no command");
	if (opt->attach && !opt->cgroup)
		return cln_usage(err, "--attach needs --cgroup");
	if (opt->attach && opt->user)
		return cln_usage(err, "--attach runs no command, so --user means nothing");
	if (!opt->attach && !args->rest_count)
		return cln_usage(err, "no command (try --help)");
	return 0;
}

/* NULL-terminated, as execvp wants it; lives as long as the program. */
static char **command_dup(const struct cln_args *args)
{
	char **command = cln_alloc(((size_t)args->rest_count + 1) * sizeof(*command));

	for (int i = 0; i < args->rest_count; i++)
		command[i] = args->rest[i];
	return command;
}

int profile_options_parse(int argc, char **argv, struct profile_options *opt, struct cln_err *err)
{
	struct cln_args args = {};
	int r = cln_opt_parse(&profile_program, argc, argv, true, opt, &args, err);

	if (r < 0)
		return r;
	if (args.done)
		return 1;
	if ((r = check(opt, &args, err)) < 0)
		return r;
	if (!opt->output)
		opt->output = PROFILE_OUTPUT;
	if (!opt->attach)
		opt->command = command_dup(&args);
	opt->quiet = args.quiet;
	opt->verbose = args.verbose;
	return 0;
}
