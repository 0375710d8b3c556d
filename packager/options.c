// SPDX-License-Identifier: Apache-2.0
#include "packager/options.h"

#include "common/file.h"
#include "common/mem.h"
#include "packager/shared_options.h"
#include "packager/write/referrer.h"

#include <string.h>

#define RULE_FILE_MAX ((size_t)4 << 20)

#define ROW(field, place, name, arg, type, forwarded, help) \
	{ name, 0, arg, help, CLN_OPT_##type, offsetof(struct options, place) },

static const struct cln_opt opts[] = {
	{ "image", 'i', "REF",
		"the image to harden: oci:DIR[:TAG], oci-archive:FILE, docker-archive:FILE, ...",
		CLN_OPT_TEXT, offsetof(struct options, image) },
	{ "manifest", 'm', "FILE", "keep what this trace used; several are merged", CLN_OPT_LIST,
		offsetof(struct options, manifest) },
	{ "output", 'o', "REF", "where the production image goes; may be repeated for more tags",
		CLN_OPT_LIST, offsetof(struct options, output) },
	{ "emit", 0, "DIR", "write runtime files, SBOMs, provenance and reports there",
		CLN_OPT_TEXT, offsetof(struct options, emit) },
	{ "emit-dev", 0, "REF", "also write the development image, labelled as such", CLN_OPT_TEXT,
		offsetof(struct options, emit_dev) },
	{ "dry-run", 'n', NULL, "print the plan and what is kept, write nothing", CLN_OPT_FLAG,
		offsetof(struct options, dry_run) },
	{ "explain", 0, "PATH", "say why the path is kept or dropped, write nothing", CLN_OPT_TEXT,
		offsetof(struct options, explain) },
	{ "platform", 0, "OS/ARCH[/VARIANT]",
		"of an image for several; may be repeated (default: those that the manifests are for)",
		CLN_OPT_LIST, offsetof(struct options, platform) },

	// clang-format off
	SHARED_OPTIONS(ROW)
	// clang-format on

	{ "allow-sparse", 0, NULL, "accept a manifest in which production did next to nothing",
		CLN_OPT_FLAG, offsetof(struct options, allow_sparse) },

	{ "max-bytes", 0, "SIZE", "refuse an image that inflates to more (default: 64G)",
		CLN_OPT_BYTES, offsetof(struct options, max_bytes) },
	{ "max-entries", 0, "N", "refuse an image with more entries (default: 8000000)",
		CLN_OPT_NUMBER, offsetof(struct options, max_entries) },
	{ "steps", 0, "FD",
		"write a digit to this descriptor as each step begins: 2 removing, 3 redirecting, "
		"4 enforcing, 5 SBOM, 6 runtime manifests",
		CLN_OPT_NUMBER, offsetof(struct options, steps) },
	{ "report", 0, "text|none", "the summary on standard output (default: text)",
		CLN_OPT_CHOICE, offsetof(struct options, report) },
};
#undef ROW

const struct cln_program pack_program = {
	.name = "clnimg-pack",
	.summary = "turn an image and the trace of its tests into a hardened image",
	.synopsis = "--image REF --manifest FILE --output REF [--emit DIR] [OPTION]...",
	.description =
		"Reads an image and the manifest that clnimg-profile wrote while its tests ran, keeps what "
		"the application used with exactly the metadata it had, replaces the shell entry point by "
		"clnimg-init, and writes an image that runs non-root on a read-only root.\n\n"
		"Of an image for several platforms every one is packed that a manifest is for (profile each on "
		"its machine and name all manifests, or one that holds them merged), into one index; facts "
		"of one platform never reach another, and each image is the one that packing it alone gives. "
		"Its documents then lie in DIR/OS-ARCH, and DIR/platforms.json lists them. A platform without "
		"a manifest is left out, with a warning (of a registry, its index is asked for). With one platform, and with --platform, the result "
		"is an image as ever.\n\n"
		"The same inputs give the same digest (with gzip: on every x86-64 with SSE4.2; elsewhere the "
		"compressed bytes differ and a warning says so; with zstd everywhere). With zstd, level 1 gives layers 11 % larger "
		"than level 3 and takes four fifths of its time; level 6 gives them 5 % smaller and takes "
		"nearly twice as long; higher levels gain less and less. "
		"The source's compressed "
		"layers are among the inputs: what can be is copied from them as it is, so that it need not be "
		"compressed again, and a layer that does not change keeps its digest (a zstd level that is asked "
		"for is that of all bytes). With --recompress the "
		"digest is that of the contents, however they came compressed. Times in the result are those of SOURCE_DATE_EPOCH, "
		"or of the image's creation where it is not set.\n\n"
		"What an image may hold is limited, so that a hostile one cannot exhaust this machine; what "
		"exceeds a limit is refused by blob, entry and limit. The limits are listed below and set by "
		"--limit. Fixed are names of 255 and paths of 4095 bytes and ids up to 2147483647, because "
		"Linux has no more.",
	.list_title = "Limits",
	.list = limits_help,
	.opts = opts,
	.opt_count = CLN_COUNT(opts),
	.examples =
		"clnimg-pack --image oci:app:dev --manifest m.json --output oci:app:prod --emit out/\n"
		"clnimg-pack --image oci:app:dev --manifest m.json --explain /usr/lib/libfoo.so.1",
	.see_also = "clnimg-profile(1), clnimg-manifest(1), clnimg-verify(1), clnimg-init(1)",
};

/* The lines of a file: without remarks and white space where is_globs. */
static int lines_add(struct options *options, const char *path, bool is_globs,
	struct cln_list *list, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *text = NULL;
	size_t size = 0;
	char *rest, *line;

	if (cln_read_file(path, RULE_FILE_MAX, &text, &size, err) < 0)
		return -err->code;
	if (strlen(text) != size)
		return cln_usage(err, "%s: holds a NUL", path);
	for (rest = text; (line = strsep(&rest, "\n"));) {
		size_t length = strlen(line);

		while (length && strchr(" \t\r", line[length - 1]))
			line[--length] = '\0';
		if (is_globs)
			line += strspn(line, " \t");
		if (*line && (!is_globs || *line != '#'))
			CLN_PUSH(list->item, list->count, list->room) =
				cln_arena_strdup(options->arena, line);
	}
	return 0;
}

enum write_compression options_compression(const struct options *options)
{
	const char *name = options->compression ? options->compression : "gzip";

	return !strcmp(name, "gzip")   ? WRITE_GZIP
	       : !strcmp(name, "zstd") ? WRITE_ZSTD
				       : WRITE_PLAIN;
}

static int level_check(const struct options *options, struct cln_err *err)
{
	unsigned most = write_level_most(options_compression(options));

	if (options->compression_level <= most)
		return 0;
	if (!most)
		return cln_usage(err, "--compression-level: --compression none has no levels");
	if (most == 1)
		return cln_usage(err,
			"--compression-level: gzip has level 1 only (--compression zstd has 1 to %u)",
			write_level_most(WRITE_ZSTD));
	return cln_usage(err, "--compression-level: at most %u", most);
}

static int check(const struct options *options, struct cln_err *err)
{
	bool writes = !options->dry_run && !options->explain;

	if (options->args.rest_count)
		return cln_usage(
			err, "%s: an operand that means nothing here", options->args.rest[0]);
	if (!options->image)
		return cln_usage(err, "--image is missing");
	if (!options->manifest.count)
		return cln_usage(err, "--manifest is missing");
	if (writes && !options->output.count)
		return cln_usage(err, "--output is missing (or --dry-run, or --explain)");
	if (options->explain && options->explain[0] != '/')
		return cln_usage(err, "--explain %s: not an absolute path", options->explain);
	for (size_t i = 0; writes && options->referrer && i < options->output.count; i++)
		if (referrers_check(options->output.item[i], err) < 0)
			return -err->code;
	if (options->max_entries > UINT32_MAX - 1)
		return cln_usage(err, "--max-entries: at most %u", UINT32_MAX - 1);
	if (options->steps > INT32_MAX)
		return cln_usage(err, "--steps: no descriptor");
	if (options->threads > 256)
		return cln_usage(err, "--threads: at most 256");
	return level_check(options, err);
}

static int limits_parse(struct options *options, struct cln_err *err)
{
	options->limits.value[LIMIT_BYTES] = options->max_bytes;
	options->limits.value[LIMIT_ENTRIES] = options->max_entries;
	for (size_t i = 0; i < options->limit.count; i++)
		if (limit_set(&options->limits, options->limit.item[i], err) < 0)
			return -err->code;
	return 0;
}

static void list_join(struct cln_list *to, const struct cln_list *from)
{
	for (size_t i = 0; i < from->count; i++)
		CLN_PUSH(to->item, to->count, to->room) = from->item[i];
}

int options_parse(int argc, char **argv, struct options *options, struct cln_err *err)
{
	*options = (struct options){ .arena = cln_arena_new() };
	if (cln_opt_parse(&pack_program, argc, argv, false, options, &options->args, err) < 0)
		return -err->code;
	if (options->args.done)
		return 0;
	if (check(options, err) < 0 || limits_parse(options, err) < 0)
		return -err->code;
	list_join(&options->rules.keep, &options->keep);
	list_join(&options->rules.drop, &options->drop);
	list_join(&options->rules.keep_package, &options->keep_package);
	for (size_t i = 0; i < options->keep_from.count; i++)
		if (lines_add(options, options->keep_from.item[i], true, &options->rules.keep,
			    err) < 0)
			return -err->code;
	for (size_t i = 0; i < options->init_conf.count; i++)
		if (lines_add(options, options->init_conf.item[i], false, &options->plan.init_conf,
			    err) < 0)
			return -err->code;
	options->rules.package_granularity =
		options->granularity && !strcmp(options->granularity, "package");
	options->plan.allow_shell = options->rules.allow_shell;
	return 0;
}

void options_release(struct options *options)
{
	struct cln_list *const lists[] = { &options->manifest, &options->output, &options->platform,
		&options->init, &options->limit, &options->keep_from, &options->keep,
		&options->drop, &options->keep_package, &options->init_conf, &options->rules.keep,
		&options->rules.drop, &options->rules.keep_package,
		&options->plan.allow_startup_loss, &options->plan.init_conf };

	for (size_t i = 0; i < CLN_COUNT(lists); i++)
		cln_list_release(lists[i]);
	cln_arena_free(options->arena);
}
