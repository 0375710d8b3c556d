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
	int r = call_mode(call, call->text[0], 0, &mode, err);

	if (r == 0 && mode > 0777)
		return BAD(err, 0, "a umask has no bits above 0777");
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
		return BAD(err, 0, "\"", text, "\" is not a number from -1000 to 1000");
	if (in->mode != MODE_CHECK)
		in->launch.oom = text;
	return 0;
}

int do_redirect(struct init *in, struct call *call, struct fail *err)
{
	int r = call_path(call, 1, err);

	if (call->text[0] && !text_same(call->text[0], "unknown"))
		return BAD(err, 0, "unknown must stand here");
	if (r == 0 && in->mode != MODE_CHECK)
		in->launch.redirect = call->text[1];
	return r;
}

int do_log(struct init *in, struct call *call, struct fail *err)
{
	const char *path = call->text[0], *to = call->text[1], *last;
	struct log_rule rule = { .path = path };
	int r = call_path(call, 0, err);

	if (r < 0)
		return r;
	if (to && !text_same(to, "stdout") && !text_same(to, "stderr"))
		return BAD(err, 1, "stdout or stderr must stand here");
	if (call->count == 3 && !text_same(call->text[2], "tail"))
		return BAD(err, 2, "only tail may stand here");
	if (in->mode == MODE_CHECK)
		return 0;
	last = strrchr(path, '/');
	if (strcspn(path, "*?[") < (size_t)(last - path))
		return BAD(err, 0, "a pattern may stand only in the last part of the path");
	rule.pattern = last[strcspn(last, "*?[")] != '\0';
	rule.tail = call->count == 3 || rule.pattern;
	rule.to_stderr = text_same(to, "stderr");
	if (in->launch.logs == INIT_LOGS_MAX)
		return BAD(err, -1, "too many log lines");
	in->launch.log[in->launch.logs++] = rule;
	return 0;
}

int do_signal(struct init *in, struct call *call, struct fail *err)
{
	int from = 0, to = 0;

	if (call->text[0] && text_signal(call->text[0], &from) < 0)
		return BAD(err, 0, "unknown signal \"", call->text[0], "\"");
	if (from == SIGNAL_CHLD || from == 9 || from == 19)
		return BAD(err, 0, "this signal cannot be forwarded");
	if (call->text[1] && !text_same(call->text[1], "drop") &&
		text_signal(call->text[1], &to) < 0)
		return BAD(err, 1, "unknown signal \"", call->text[1], "\"");
	if (in->mode != MODE_CHECK)
		in->signal_map[from] = (uint8_t)to;
	return 0;
}

static int stop_word(struct stop *stop, const char *text, unsigned i, struct fail *err)
{
	const char *value;
	int signal = 0;

	if ((value = text_after(text, "grace=")))
		return call_duration(value, i, &stop->grace_ms, err);
	if ((value = text_after(text, "signal="))) {
		if (text_signal(value, &signal) < 0)
			return BAD(err, i, "unknown signal \"", value, "\"");
		stop->signal = (uint8_t)signal;
	} else if (text_same(text, "kill=group") || text_same(text, "kill=child")) {
		stop->group = text[5] == 'g';
	} else if (text_same(text, "wait=all") || text_same(text, "wait=main")) {
		stop->wait_all = text[5] == 'a';
	} else {
		return BAD(err, i, "unknown option \"", text, "\"");
	}
	return 0;
}

int do_stop(struct init *in, struct call *call, struct fail *err)
{
	struct stop stop = in->stop;

	for (unsigned i = 0; i < call->count; i++) {
		int r = call->text[i] ? stop_word(&stop, call->text[i], i, err) : 0;

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
			return BAD(err, i, "\"", call->text[i], "\" is not an exit status");
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
	const char *what = call->text[0];
	uint64_t abi = 1;
	int write = text_same(what, "write");

	if (text_same(what, "require")) {
		if (call->count > 2 || (call->count == 2 && call->text[1] &&
					       (text_number(call->text[1], 100, &abi) < 0 || !abi)))
			return BAD(err, 1, "landlock require [ABI]");
		rules->require = in->mode == MODE_CHECK ? 0 : (unsigned)abi;
		return 0;
	}
	if (!write && !text_same(what, "exec"))
		return BAD(err, 0, "exec, write or require must stand here");
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
	uint32_t action;

	if (!seccomp_action(call->text[0], &action))
		return BAD(err, 0, "deny, hide or kill must stand here");
	for (unsigned i = 1; i < call->count; i++) {
		int nr = call->text[i] ? seccomp_number(call->text[i]) : 0;

		if (nr < 0)
			return BAD(err, i, "unknown system call \"", call->text[i], "\"");
		if (in->mode == MODE_CHECK)
			continue;
		if (rules->count == INIT_SECCOMP_MAX)
			return BAD(err, i, "too many seccomp names");
		rules->rule[rules->count].nr = nr;
		rules->rule[rules->count++].action = action;
	}
	return 0;
}
