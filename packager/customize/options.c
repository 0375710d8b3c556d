/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/options.h"

#include "common/mem.h"
#include "packager/shared_options.h"
#include "packager/write/referrer.h"

#include <string.h>

#define AUGMENT_MAX 50

#define ROW(field, place, name, arg, type, forwarded, help) \
	{ name, 0, arg, help, CLN_OPT_##forwarded, offsetof(struct options, packing.field) },

static const struct cln_opt opts[] = {
	{ "image", 0, "REF",
		"the dev image: oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, ...",
		CLN_OPT_TEXT, offsetof(struct options, image) },
	{ "output", 'o', "REF", "where the production image goes", CLN_OPT_TEXT,
		offsetof(struct options, output) },
	{ "emit", 0, "DIR", "where the runtime files, SBOMs and reports go", CLN_OPT_TEXT,
		offsetof(struct options, emit) },
	{ "emit-dev", 0, "REF", "also write the dev image of the pair, labelled as such",
		CLN_OPT_TEXT, offsetof(struct options, emit_dev) },
	{ "entrypoint", 0, "ARG",
		"replace the image's Entrypoint while profiling; one argument each time",
		CLN_OPT_LIST, offsetof(struct options, entrypoint) },
	{ "start", 0, "COMMAND",
		"profile and verify one more start of the image with these words as its Cmd",
		CLN_OPT_LIST, offsetof(struct options, start) },
	RUN_OPTIONS(struct options),
	{ "manifest", 'm', "FILE", "skip profiling, use this trace manifest", CLN_OPT_TEXT,
		offsetof(struct options, manifest) },
	{ "save-manifest", 0, "FILE", "keep the trace manifest", CLN_OPT_TEXT,
		offsetof(struct options, save_manifest) },
	{ "augment", 0, "N",
		"where verify names something missing, add it and pack again, N times at most",
		CLN_OPT_NUMBER, offsetof(struct options, augment) },
	// clang-format off
	SHARED_OPTIONS(ROW)
	// clang-format on
	{ "pack", 0, "OPTION",
		"hand any other option to clnimg-pack, as in --pack=--max-entries=100000",
		CLN_OPT_LIST, offsetof(struct options, pack) },
	{ "publish-unverified", 0, NULL,
		"write the output even where its tests fail (for a look at it)", CLN_OPT_FLAG,
		offsetof(struct options, publish_unverified) },
};
#undef ROW

const struct cln_program customize_program = {
	.name = "cleanimage-customize",
	.summary = "make a shell-less, read-only production image from one test run",
	.synopsis = "--image REF --output REF --emit DIR [OPTION]... -- TEST [ARG]...",
	.description =
		"Runs the image in a traced cgroup and TEST on the host against it, packs what was used, "
		"then runs the result as production would (read-only root, non-root, no capability, "
		"no_new_privs) and the same TEST again. Only an image that passes gets the name --output.\n\n"
		"TEST sees CLNIMG_PHASE (profile or verify), CLNIMG_CONTAINER_PID (the container's first "
		"process) and CLNIMG_CONTAINER_LOG (the file with the container's output). Its own output "
		"goes to stderr.\n\n"
		"Where TEST fails while profiling, its exit status is this program's and nothing is packed.",
	.opts = opts,
	.opt_count = CLN_COUNT(opts),
	.list_title = "Limits",
	.list = limits_help,
	.exits = "0    done: the image passed its tests\n"
		 "1    failed\n"
		 "2    usage\n"
		 "3    refused by policy; the message names the option that would allow it\n"
		 "any  while profiling: the exit status of TEST; 124 where --timeout ended it",
	.examples =
		"cleanimage-customize --image oci:nginx:dev --output oci:nginx:prod --emit out/ -- ./run-tests.sh",
	.see_also = "clnimg-profile(1), clnimg-pack(1), clnimg-verify(1)",
};

/* Copies one word, unquoting; NULL where a quote stays open. */
static const char *take_word(const char *at, char *word)
{
	char quote = 0;

	for (; *at && (quote || !strchr(" \t\n", *at)); at++) {
		if (quote && *at == quote)
			quote = 0;
		else if (!quote && (*at == '\'' || *at == '"'))
			quote = *at;
		else if (*at == '\\' && quote != '\'' && at[1])
			*word++ = *++at;
		else
			*word++ = *at;
	}
	*word = '\0';
	return quote ? NULL : at;
}

const char *const *options_words(const char *text, struct cln_arena *arena)
{
	const char **words = cln_arena_alloc(arena, (strlen(text) / 2 + 2) * sizeof(*words));
	size_t count = 0;

	for (text += strspn(text, " \t\n"); *text; text += strspn(text, " \t\n")) {
		char *word = cln_arena_alloc(arena, strlen(text) + 1);

		text = take_word(text, word);
		if (!text)
			return NULL;
		words[count++] = word;
	}
	return words;
}

static bool is_packing(const struct cln_opt *opt)
{
	return opt->offset >= offsetof(struct options, packing) &&
	       opt->offset < offsetof(struct options, packing) + sizeof(struct pack_options);
}

static void forward(const struct cln_opt *opt, const void *field, struct cln_arena *arena,
	struct cln_list *argv)
{
	const struct cln_list *list = field;
	const char *const *text = field;

	if (opt->type == CLN_OPT_FLAG && *(const bool *)field)
		list_add(argv, cln_arena_format(arena, "--%s", opt->name));
	if ((opt->type == CLN_OPT_TEXT || opt->type == CLN_OPT_CHOICE) && *text)
		list_add(argv, cln_arena_format(arena, "--%s=%s", opt->name, *text));
	for (size_t i = 0; opt->type == CLN_OPT_LIST && i < list->count; i++)
		list_add(argv, cln_arena_format(arena, "--%s=%s", opt->name, list->item[i]));
}

void options_forward(const struct options *options, struct cln_arena *arena, struct cln_list *argv)
{
	for (size_t i = 0; i < CLN_COUNT(opts); i++)
		if (is_packing(&opts[i]))
			forward(&opts[i], (const char *)options + opts[i].offset, arena, argv);
	for (size_t i = 0; i < options->pack.count; i++)
		list_add(argv, options->pack.item[i]);
}

static int check_starts(const struct options *options, struct cln_err *err)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();

	for (size_t i = 0; i < options->start.count; i++)
		if (!options_words(options->start.item[i], arena))
			return cln_usage(
				err, "--start %s: a quote is not closed", options->start.item[i]);
	return 0;
}

static int check(const struct options *options, struct cln_err *err)
{
	int r = run_options_check(&options->run, err);

	if (r < 0)
		return r;
	if (!options->image)
		return cln_usage(err, "--image is missing");
	if (!options->output)
		return cln_usage(err, "--output is missing");
	if (!options->emit)
		return cln_usage(err, "--emit is missing");
	if (!options->args.rest_count && !options->run.test.count)
		return cln_usage(err, "no test command: put it behind --");
	if (options->packing.referrer && referrers_check(options->output, err) < 0)
		return -err->code;
	if (options->augment > AUGMENT_MAX)
		return cln_usage(err, "--augment: at most %d", AUGMENT_MAX);
	return check_starts(options, err);
}

static int limits_parse(struct options *options, struct cln_err *err)
{
	for (size_t i = 0; i < options->packing.limit.count; i++)
		if (limit_set(&options->limits, options->packing.limit.item[i], err) < 0)
			return -err->code;
	return 0;
}

int options_parse(int argc, char **argv, struct options *options, struct cln_err *err)
{
	int r;

	*options = (struct options){ .run.timeout_ms = RUN_OPTIONS_TIMEOUT_MS };
	r = cln_opt_parse(&customize_program, argc, argv, true, options, &options->args, err);
	if (r < 0 || options->args.done)
		return r;
	r = check(options, err);
	return r < 0 ? r : limits_parse(options, err);
}

void options_release(struct options *options)
{
	struct pack_options *packing = &options->packing;
	struct cln_list *const lists[] = { &options->entrypoint, &options->start, &options->pack,
		&packing->allow_startup_loss, &packing->init_conf, &packing->keep, &packing->drop,
		&packing->keep_package, &packing->keep_from, &packing->init, &packing->limit };

	run_options_release(&options->run);
	for (size_t i = 0; i < CLN_COUNT(lists); i++)
		cln_list_release(lists[i]);
}
