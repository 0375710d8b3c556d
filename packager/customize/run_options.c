/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/run_options.h"

#include "common/mem.h"

#include <string.h>

void run_tests_make(
	const struct run_options *run, const struct cln_args *args, struct run_tests *tests)
{
	size_t count = 0;

	*tests = (struct run_tests){ .arena = cln_arena_new() };
	tests->test = cln_arena_alloc(tests->arena, (run->test.count + 2) * sizeof(*tests->test));
	if (args->rest_count) {
		/* Parsing permutes argv: behind the operands stand the options. */
		size_t size = (size_t)args->rest_count * sizeof(char *);
		const char **argv = cln_arena_alloc(tests->arena, size + sizeof(*argv));

		memcpy(argv, args->rest, size);
		tests->test[count++] = argv;
	}
	for (size_t i = 0; i < run->test.count; i++) {
		const char **argv = cln_arena_alloc(tests->arena, 4 * sizeof(*argv));

		argv[0] = "/bin/sh";
		argv[1] = "-c";
		argv[2] = run->test.item[i];
		tests->test[count++] = argv;
	}
	tests->count = count;
}

void run_tests_release(struct run_tests *tests)
{
	cln_arena_free(tests->arena);
	*tests = (struct run_tests){};
}

int run_options_check(const struct run_options *run, struct cln_err *err)
{
	struct ready ready;
	int r;

	for (size_t i = 0; i < run->env.count; i++)
		if (strcspn(run->env.item[i], "=") == 0 || !strchr(run->env.item[i], '='))
			return cln_usage(err, "--env %s: expected NAME=VALUE", run->env.item[i]);
	for (size_t i = 0; i < run->volume.count; i++)
		if (!strstr(run->volume.item[i], ":/"))
			return cln_usage(err, "--volume %s: expected SRC:DST", run->volume.item[i]);
	r = ready_parse(run->readiness, &ready, err);
	if (r == 0)
		ready_release(&ready);
	return r;
}

void run_options_release(struct run_options *run)
{
	cln_list_release(&run->env);
	cln_list_release(&run->volume);
	cln_list_release(&run->cmd);
	cln_list_release(&run->test);
}

static void forward_text(
	const char *name, const char *value, struct cln_arena *arena, struct cln_list *argv)
{
	if (value)
		list_add(argv, cln_arena_format(arena, "--%s=%s", name, value));
}

static void forward_list(const char *name, const struct cln_list *values, struct cln_arena *arena,
	struct cln_list *argv)
{
	for (size_t i = 0; i < values->count; i++)
		forward_text(name, values->item[i], arena, argv);
}

void run_options_forward(
	const struct run_options *run, struct cln_arena *arena, struct cln_list *argv)
{
	forward_text("engine", run->engine, arena, argv);
	forward_text("network", run->network, arena, argv);
	forward_text("readiness", run->readiness, arena, argv);
	forward_list("env", &run->env, arena, argv);
	forward_list("volume", &run->volume, arena, argv);
	forward_list("test", &run->test, arena, argv);
	list_add(argv,
		cln_arena_format(arena, "--timeout=%llums", (unsigned long long)run->timeout_ms));
}
