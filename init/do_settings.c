// SPDX-License-Identifier: Apache-2.0
/*
 * do_settings.c - the directives that only gather how programs start, run and end:
 * log, umask, cwd, pidfile, signal, stop, exit, oom, redirect, landlock, seccomp.
 */
#include "init/init.h"
#include "init/policy.h"

#include <errno.h>
#include <string.h>

#define SIGNAL_CHLD 17 /* never forwarded, so never in the map */

int do_umask(struct init *in, struct call *call, struct fail *err)
{
	unsigned mode = 0;
	int r = call_mode(call, 0, call->text[0], &mode, err);

	if (r == 0 && mode > 0777)
		return call_bad(call, 0, "has bits above 0777", err);
	if (r == 0 && in->mode != MODE_CHECK)
		in->launch.umask = (int)mode;
	return r;
}

int do_cwd(struct init *in, struct call *call, struct fail *err)
{
	int r = call_path(call, 0, err);

	if (r == 0 && in->mode != MODE_CHECK)
		in->launch.cwd = call->text[0];
	return r;
}

int do_pidfile(struct init *in, struct call *call, struct fail *err)
{
	int r = call_path(call, 0, err);

	if (r == 0 && in->mode != MODE_CHECK)
		in->launch.pidfile = call->text[0];
	return r;
}

int do_oom(struct init *in, struct call *call, struct fail *err)
{
	const char *text = call->text[0];
	uint64_t score;

	if (text && text_number(text + (*text == '-'), 1000, &score) < 0)
		return call_bad(call, 0, "is not a number from -1000 to 1000", err);
	if (in->mode != MODE_CHECK)
		in->launch.oom = text;
	return 0;
}

int do_redirect(struct init *in, struct call *call, struct fail *err)
{
	int r = call_path(call, 1, err);

	if (r == 0)
		r = call_pick(call, 0, "unknown\0", err);
	if (r == 0 && in->mode != MODE_CHECK)
		in->launch.redirect = call->text[1];
	return r;
}

int do_log(struct init *in, struct call *call, struct fail *err)
{
	const char *path = call->text[0], *last;
	struct log_rule rule = { .path = path };
	int r = call_path(call, 0, err), to_stderr;

	if (r < 0 || (r = to_stderr = call_pick(call, 1, "stdout\0stderr\0", err)) < 0 ||
		(call->count == 3 && (r = call_pick(call, 2, "tail\0", err)) < 0))
		return r;
	if (in->mode == MODE_CHECK)
		return 0;
	last = strrchr(path, '/');
	if (strcspn(path, "*?[") < (size_t)(last - path))
		return call_bad(call, 0, "has a pattern before its last part", err);
	rule.pattern = last[strcspn(last, "*?[")] != '\0';
	rule.tail = call->count == 3 || rule.pattern;
	rule.to_stderr = (uint8_t)to_stderr;
	if (in->launch.logs == INIT_LOGS_MAX)
		return BAD(err, -1, "too many log lines");
	in->launch.log[in->launch.logs++] = rule;
	return 0;
}

static int call_signal(
	const struct call *call, unsigned i, const char *text, int *out, struct fail *err)
{
	return text && text_signal(text, out) < 0 ? call_bad(call, i, "is not a signal", err) : 0;
}

int do_signal(struct init *in, struct call *call, struct fail *err)
{
	int from = 0, to = 0, r = call_signal(call, 0, call->text[0], &from, err);

	if (r < 0)
		return r;
	if (from == SIGNAL_CHLD || from == 9 || from == 19)
		return call_bad(call, 0, "cannot be forwarded", err);
	if (!text_same(call->text[1], "drop"))
		r = call_signal(call, 1, call->text[1], &to, err);
	if (in->mode != MODE_CHECK)
		in->signal_map[from] = (uint8_t)to;
	return r;
}

enum { STOP_CHILD, STOP_GROUP, STOP_MAIN, STOP_ALL, STOP_GRACE, STOP_SIGNAL };

static int stop_word(struct stop *stop, const struct call *call, unsigned i, struct fail *err)
{
	static const char words[] =
		"kill=child\0kill=group\0wait=main\0wait=all\0grace=\0signal=\0";
	const char *value;
	int word = call_option(call, i, words, &value, err), signal = stop->signal, r;

	if (word == STOP_GRACE)
		return call_duration(call, i, value, &stop->grace_ms, err);
	if (word == STOP_SIGNAL) {
		r = call_signal(call, i, value, &signal, err);
		stop->signal = (uint8_t)signal;
		return r;
	}
	if (word >= 0)
		*(word < STOP_MAIN ? &stop->group : &stop->wait_all) = word & 1;
	return word;
}

int do_stop(struct init *in, struct call *call, struct fail *err)
{
	struct stop stop = in->stop;

	for (unsigned i = 0; i < call->count; i++) {
		int r = call->text[i] ? stop_word(&stop, call, i, err) : 0;

		if (r < 0)
			return r;
	}
	if (in->mode != MODE_CHECK)
		in->stop = stop;
	return 0;
}

int do_exit(struct init *in, struct call *call, struct fail *err)
{
	uint64_t status[2] = { 0, 0 };

	for (unsigned i = 0; i < 2; i++)
		if (call->text[i] && text_number(call->text[i], 255, &status[i]) < 0)
			return call_bad(call, i, "is not an exit status", err);
	if (in->mode == MODE_CHECK)
		return 0;
	if (in->exit_count == INIT_EXITS_MAX)
		return BAD(err, -1, "too many exit lines");
	in->exits[in->exit_count++] = (struct exit_map){ (uint8_t)status[0], (uint8_t)status[1] };
	return 0;
}

int do_landlock(struct init *in, struct call *call, struct fail *err)
{
	struct landlock_rules *rules = &in->launch.landlock;
	int write = call_pick(call, 0, "exec\0write\0require\0", err);
	uint64_t abi = 1;

	if (write < 0)
		return write;
	if (write == 2) {
		if (call->count > 2 || (call->count == 2 && call->text[1] &&
					       (text_number(call->text[1], 100, &abi) < 0 || !abi)))
			return BAD(err, 1, "landlock require [ABI]");
		rules->require = in->mode == MODE_CHECK ? 0 : (unsigned)abi;
		return 0;
	}
	for (unsigned i = 1; i < call->count; i++) {
		int r = call_path(call, i, err);

		if (r < 0)
			return r;
		if (in->mode == MODE_CHECK)
			continue;
		if (rules->count == INIT_LANDLOCK_MAX)
			return BAD(err, i, "too many landlock paths");
		rules->write[rules->count] = (uint8_t)write;
		rules->path[rules->count++] = call->text[i];
	}
	if (in->mode != MODE_CHECK)
		*(write ? &rules->write_ruled : &rules->exec_ruled) = 1;
	return 0;
}

int do_seccomp(struct init *in, struct call *call, struct fail *err)
{
	struct seccomp_rules *rules = &in->launch.seccomp;
	static const uint32_t actions[] = { SC_RET_ERRNO | EPERM, SC_RET_ERRNO | ENOSYS,
		SC_RET_KILL_PROCESS };
	int action = call_pick(call, 0, "deny\0hide\0kill\0", err);

	if (action < 0)
		return action;
	for (unsigned i = 1; i < call->count; i++) {
		int nr = call->text[i] ? seccomp_number(call->text[i]) : 0;

		if (nr < 0)
			return call_bad(call, i, "is not a system call known here", err);
		if (in->mode == MODE_CHECK)
			continue;
		if (rules->count == INIT_SECCOMP_MAX)
			return BAD(err, i, "too many seccomp names");
		rules->rule[rules->count].nr = nr;
		rules->rule[rules->count++].action = actions[action];
	}
	return 0;
}
