/* SPDX-License-Identifier: Apache-2.0 */
/*
 * format.h - the two files that clnimg-init reads, for whoever writes them.
 *
 * /etc/clnimg/init.conf: one directive a line. A line is split into words at
 * blanks; a word that starts with '#' ends the line. Double quotes keep blanks
 * inside a word. Inside and outside quotes a backslash must stand before one of
 *	\ " $ # } blank   (itself)   n t r (newline, tab, return)   xHH (a byte, not 00)
 * and "${...}" is the only live construct:
 *	${X}  ${X:-word}  ${X:+word}  ${X:?message}
 * as in sh(1) with empty counted as unset, nested at most 8 deep; expanded after
 * splitting, so one word stays one word. ${@args} as a whole word becomes one word
 * per argument of the container, ${@NAME} the blank-separated words of variable
 * NAME. A '$' before anything else is an error, so a literal dollar is always "\$".
 * No globbing, no command substitution. The first directive is "clnimg-init 1";
 * an unknown directive or option is fatal before anything is done. Directives act
 * in the order of the file; those about the main program (umask, limit, cwd, oom,
 * landlock, seccomp, signal, stop, exit, pidfile, redirect, exec) are gathered and
 * hold when it starts. umask, limit, cwd hold for the helpers of later "run" too.
 *
 * /etc/clnimg/commands: see INIT_COMMANDS_PATH below.
 *
 * Plain C without any library: the packager includes this header to emit both.
 */
#ifndef CLN_INIT_FORMAT_H
#define CLN_INIT_FORMAT_H

#include <stddef.h>

#define INIT_PATH "/clnimg-init"
#define INIT_CONF_PATH "/etc/clnimg/init.conf"
#define INIT_CONF_HEADER "clnimg-init 1"

/* Ceilings; more of anything is an error with line and column. */
#define INIT_CONF_MAX_BYTES (256 * 1024)
#define INIT_WORDS_MAX 512	   /* words on one line */
#define INIT_ARGS_MAX 4096	   /* arguments of one program */
#define INIT_ENV_MAX 4096	   /* environment variables */
#define INIT_TEXT_MAX (512 * 1024) /* all expanded words and values together */
#define INIT_PATH_MAX 4095
#define INIT_LANDLOCK_MAX 1024	    /* paths over all landlock lines */
#define INIT_SECCOMP_MAX 64	    /* names over all seccomp lines */
#define INIT_LOGS_MAX 16	    /* log lines */
#define INIT_EXITS_MAX 32	    /* exit lines */
#define INIT_SECRET_MAX (64 * 1024) /* bytes of one secret file or template */
#define INIT_INPUT_MAX 4096	    /* bytes of one "input=" text */

/*
 * Every directive: X(word bare, fewest words after it, most words, synopsis, meaning).
 * MODE is octal; DURATION a number with ms, s, m or nothing (seconds).
 */
// clang-format off
#define INIT_DIRECTIVES(X) \
	X(env, 2, 511, \
		"env NAME set|default VALUE; env NAME unset|require [MESSAGE]; " \
		"env NAME file VARIABLE [keep-newlines]; env NAME match TYPE...", \
		"change or check one environment variable") \
	X(arg, 1, 511, "arg [if-flag|if-none|if-first=PATTERN|if-no-program] prepend|insert|append WORD...; " \
		"arg split NAME", \
		"change the arguments that ${@args} gives") \
	X(dir, 2, 3, "dir PATH MODE [UID:GID]", "make a directory and its parents") \
	X(unlink, 1, 511, "unlink PATH...", "remove stale files") \
	X(symlink, 2, 2, "symlink TARGET PATH", "make or repoint a symbolic link") \
	X(copy, 2, 4, "copy SRC DST [unless-exists] [mode=MODE]", "copy a file or a tree") \
	X(template, 3, 4, "template SRC DST MODE [vars=A,B,...]", \
		"copy a text, replacing $A and ${A} for the names allowed") \
	X(random, 3, 5, "random PATH hex|base64|raw BYTES [unless-exists] [mode=MODE]", \
		"make a secret") \
	X(run, 2, 511, \
		"run [unless-exists=PATH] [if-exists=PATH] [if-env=NAME] [timeout=DURATION] " \
		"[stdin=PATH|input=TEXT] [ignore-failure] -- PROGRAM ARG...", \
		"run a helper and wait") \
	X(wait, 3, 3, "wait tcp HOST:PORT|unix PATH|file PATH DURATION", "wait for a peer") \
	X(log, 2, 3, "log PATH|PATTERN stdout|stderr [tail]", \
		"send a log file's lines to a stream") \
	X(umask, 1, 1, "umask MODE", "file mode mask of the programs") \
	X(limit, 2, 3, "limit NAME SOFT|unlimited [HARD|unlimited]", "resource limit") \
	X(cwd, 1, 1, "cwd PATH", "working directory of the programs") \
	X(user, 1, 1, "user UID[:GID[,GID...]]", "become this user; nothing when not root") \
	X(pidfile, 1, 1, "pidfile PATH", "write the main program's process id there") \
	X(signal, 2, 2, "signal FROM TO|drop", "send TO where FROM arrives") \
	X(stop, 1, 4, "stop [grace=DURATION] [kill=child|group] [wait=main|all] [signal=NAME]", \
		"how the container ends") \
	X(exit, 2, 2, "exit FROM TO", "replace an exit status") \
	X(oom, 1, 1, "oom SCORE", "oom_score_adj of the main program, -1000..1000") \
	X(landlock, 1, 511, "landlock exec|write PATH...; landlock require [ABI]", \
		"what may be executed and written") \
	X(seccomp, 2, 511, "seccomp deny|hide|kill SYSCALL...", \
		"EPERM, ENOSYS or death for these") \
	X(require, 1, 1, "require readonly-root|nonroot", "refuse to start otherwise") \
	X(redirect, 2, 2, "redirect unknown DIR", "carry out undeclared writes below DIR") \
	X(exec, 1, 511, "exec PROGRAM ARG...", "the main program; without it ${@args} is run")

/* X(NAME, RESOURCE): the limits that `limit` knows, RLIMIT_RESOURCE of getrlimit(2). */
#define CLN_INIT_LIMITS(X) \
	X(as, AS) X(core, CORE) X(cpu, CPU) X(data, DATA) X(fsize, FSIZE) X(locks, LOCKS) \
	X(memlock, MEMLOCK) X(msgqueue, MSGQUEUE) X(nice, NICE) X(nofile, NOFILE) \
	X(nproc, NPROC) X(rss, RSS) X(rtprio, RTPRIO) X(rttime, RTTIME) \
	X(sigpending, SIGPENDING) X(stack, STACK)
// clang-format on

/*
 * /etc/clnimg/commands, read when the program is called as "sh -c STRING":
 *
 *	clnimg-commands 1
 *	command STRING
 *	step [and|or|seq|pipe] [cd=PATH] [set=NAME=VALUE]... [in=PATH] [out=PATH]
 *	     [append=PATH] [err=PATH] [err-append=PATH] [err-to-out] -- PROGRAM ARG...
 *
 * Same words and quoting, but nothing is live: a '$' is always "\$". STRING must
 * equal the call's byte by byte. The steps after a command belong to it: the first
 * has no joint, "pipe" reads what the step before writes, "and"/"or" run on success or
 * failure of the pipeline before, "seq" always. The last step's status is the result.
 * A file that is not well formed as a whole runs nothing (exit 126).
 */
#define INIT_COMMANDS_PATH "/etc/clnimg/commands"
#define INIT_COMMANDS_HEADER "clnimg-commands 1"
#define INIT_COMMANDS_MAX_BYTES (256 * 1024)
#define INIT_STEPS_MAX 32 /* steps of one command */

/* System calls that "seccomp" knows by name, the same list on every architecture. */
// clang-format off
#define INIT_SECCOMP_NAMES(X) \
	X(add_key) X(bpf) X(chroot) X(clock_settime) X(delete_module) X(execveat) \
	X(fanotify_init) X(finit_module) X(init_module) X(io_uring_enter) \
	X(io_uring_register) X(io_uring_setup) X(kcmp) X(kexec_load) X(keyctl) \
	X(memfd_create) X(mount) X(move_mount) X(name_to_handle_at) X(open_by_handle_at) \
	X(open_tree) X(perf_event_open) X(personality) X(pidfd_getfd) X(pivot_root) \
	X(process_vm_readv) X(process_vm_writev) X(ptrace) X(quotactl) X(reboot) \
	X(request_key) X(setns) X(settimeofday) X(sethostname) X(setdomainname) X(swapon) \
	X(swapoff) X(syslog) X(umount2) X(unshare) X(userfaultfd) X(vhangup) X(memfd_secret) \
	X(fsopen) X(fsmount) X(mount_setattr) X(acct) X(clone3) X(seccomp) \
	X(landlock_create_ruleset)
// clang-format on

static inline int init_plain_byte(unsigned char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '_' || c == '@' || c == '%' || c == '+' || c == '=' || c == ':' || c == ',' ||
	       c == '.' || c == '/' || c == '-';
}

/* The escaped form of one byte in piece[5]; returns its length. */
static inline size_t init_quote_byte(unsigned char c, char piece[5])
{
	static const char hex[] = "0123456789abcdef";
	char name = c == '\n' ? 'n' : c == '\t' ? 't' : c == '\r' ? 'r' : 0;

	if (name || c == '\\' || c == '"' || c == '$') {
		piece[0] = '\\';
		piece[1] = name ? name : (char)c;
		return 2;
	}
	if (c >= 0x20 && c != 0x7f) {
		piece[0] = (char)c;
		return 1;
	}
	piece[0] = '\\';
	piece[1] = 'x';
	piece[2] = hex[c >> 4];
	piece[3] = hex[c & 15];
	return 4;
}

/*
 * Write the word of size bytes (any bytes but NUL) so that both files give it back
 * exactly, `$` and newlines included; plain words stay bare. As snprintf(3): the
 * result is always terminated, the return value is the length it needs, so that a
 * value >= room means it was cut. 4 * size + 3 bytes always suffice.
 */
static inline size_t init_quote(char *out, size_t room, const char *word, size_t size)
{
	size_t length = 0, i = 0;
	char piece[5];

	while (i < size && init_plain_byte((unsigned char)word[i]))
		i++;
	int bare = size > 0 && i == size;

	for (i = 0; i < size + 2; i++) {
		int edge = i == 0 || i == size + 1;
		size_t n = 1;

		if (edge && bare)
			continue;
		piece[0] = '"';
		if (!edge)
			n = init_quote_byte((unsigned char)word[i - 1], piece);
		for (size_t k = 0; k < n; k++, length++)
			if (length + 1 < room)
				out[length] = piece[k];
	}
	if (room)
		out[length < room ? length : room - 1] = '\0';
	return length;
}

#endif
