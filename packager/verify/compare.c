// SPDX-License-Identifier: Apache-2.0
#include "packager/verify/compare.h"

#include "common/buf.h"
#include "common/hash.h"
#include "common/mem.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define REPORT_MAX ((size_t)256 << 20)
#define CONF_MAX ((size_t)1 << 20)

static void add(struct compare_facts *facts, const char *key, const char *value)
{
	CLN_PUSH(facts->fact, facts->count, facts->room) =
		(struct compare_fact){ cln_arena_strdup(facts->arena, key),
			cln_arena_strdup(facts->arena, value) };
}

static int by_key(const void *left, const void *right)
{
	const struct compare_fact *a = left, *b = right;
	int r = strcmp(a->key, b->key);

	return r ? r : strcmp(a->value, b->value);
}

static void settle(struct compare_facts *facts)
{
	if (facts->count)
		qsort(facts->fact, facts->count, sizeof(*facts->fact), by_key);
}

void compare_facts_release(struct compare_facts *facts)
{
	free(facts->fact);
	cln_arena_free(facts->arena);
	*facts = (struct compare_facts){ 0 };
}

static int hash_file(
	const struct tree *tree, uint32_t node, char hex[CLN_SHA256_HEX], struct cln_err *err)
{
	cln_owned(cln_sha256_drop) struct cln_sha256 *sha = cln_sha256_new();
	cln_owned(cln_drop_mem) char *chunk = cln_alloc(65536);
	uint64_t size = tree_inode(tree, node)->size_bytes;

	for (uint64_t at = 0; at < size;) {
		size_t part = (size_t)CLN_MIN(size - at, 65536);

		if (tree_read(tree, node, at, chunk, part, err) < 0)
			return -err->code;
		cln_sha256_add(sha, chunk, part);
		at += part;
	}
	cln_sha256_hex(sha, hex);
	return 0;
}

/* Documents inside the image differ whenever anything does: their own content
 * is no drift of the product. */
static bool is_document(const char *path)
{
	return strncmp(path, "/var/lib/db/sbom/", 17) == 0;
}

static int add_node(
	const struct tree *tree, uint32_t node, struct compare_facts *facts, struct cln_err *err)
{
	static const char *const types[] = { "directory", "file", "symlink", "fifo", "char device",
		"block device", "socket" };
	const struct inode *inode = tree_inode(tree, node);
	cln_owned(cln_drop_mem) char *key = NULL, *value = NULL;
	char path[4096], hex[CLN_SHA256_HEX] = "";

	tree_path(tree, node, path);
	if (is_document(path))
		return 0;
	if (inode->type == NODE_FILE && hash_file(tree, node, hex, err) < 0)
		return cln_within(err, "%s", path);
	key = cln_format("file %s", path);
	if (inode->type == NODE_FILE)
		value = cln_format("%04o %u:%u, %llu bytes, sha256 %.16s", inode->mode, inode->uid,
			inode->gid, (unsigned long long)inode->size_bytes, hex);
	else if (inode->type == NODE_SYMLINK)
		value = cln_format("symlink to %s", inode->target);
	else
		value = cln_format(
			"%s %04o %u:%u", types[inode->type], inode->mode, inode->uid, inode->gid);
	add(facts, key, value);
	if (inode->type == NODE_FILE && (inode->mode & 0111)) {
		cln_owned(cln_drop_mem) char *program = cln_format("executable %s", path);

		add(facts, program, inode->mode & 06000 ? "setuid or setgid" : "plain");
	}
	return 0;
}

static void add_packages(const struct packages *packages, struct compare_facts *facts)
{
	static const char *const kinds[] = { "deb", "apk", "rpm", "python", "npm", "maven", "gem",
		"go", "cargo" };

	for (uint32_t i = 0; i < packages->count; i++) {
		const struct package *package = &packages->package[i];
		cln_owned(cln_drop_mem) char *key =
			cln_format("package %s %s%s%s", kinds[package->kind], package->name,
				package->arch ? " " : "", package->arch ? package->arch : "");

		add(facts, key, package->version);
	}
}

/* The words of a list as one text. */
static char *joined_new(const char *const *list)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	for (; *list; list++)
		cln_buf_addf(&buf, "%s%s", buf.size ? " " : "", *list);
	return cln_buf_steal(&buf);
}

static void add_config(const struct image *image, struct compare_facts *facts)
{
	cln_owned(cln_drop_mem) char *entry = joined_new(image->entrypoint);
	cln_owned(cln_drop_mem) char *cmd = joined_new(image->cmd);

	add(facts, "config user", image->user);
	add(facts, "config working directory", image->workdir);
	add(facts, "config stop signal", image->stop_signal);
	add(facts, "config entry point", entry);
	add(facts, "config command", cmd);
	add(facts, "config platform", image->architecture ? image->architecture : "");
	for (const char *const *pair = image->env; *pair; pair++) {
		cln_owned(cln_drop_mem) char *key =
			cln_format("config env %.*s", (int)strcspn(*pair, "="), *pair);

		add(facts, key, strchr(*pair, '=') ? strchr(*pair, '=') + 1 : "");
	}
	for (const char *const *port = image->port; *port; port++) {
		cln_owned(cln_drop_mem) char *key = cln_format("config port %s", *port);

		add(facts, key, "exposed");
	}
}

/* Start-up, writable places and policy: the directives of init.conf. */
static int add_start(const struct tree *tree, struct compare_facts *facts, struct cln_err *err)
{
	uint32_t node = tree_lookup(tree, "/etc/clnimg/init.conf");
	cln_owned(cln_drop_mem) char *text = NULL;
	char *save = NULL;
	size_t size;

	if (node == TREE_NONE || tree_inode(tree, node)->type != NODE_FILE)
		return 0;
	if (tree_read_all(tree, node, CONF_MAX, &text, &size, err) < 0)
		return cln_within(err, "/etc/clnimg/init.conf");
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		cln_owned(cln_drop_mem) char *key = cln_format("start %s", line);

		if (*line != '#')
			add(facts, key, "");
	}
	return 0;
}

int compare_image(const struct subject *subject, struct compare_facts *out, struct cln_err *err)
{
	int r = 0;

	out->arena = cln_arena_new();
	for (uint32_t i = 0; r == 0 && i < subject->tree->node_count; i++)
		r = add_node(subject->tree, i, out, err);
	if (r == 0)
		r = add_start(subject->tree, out, err);
	add_packages(subject->packages, out);
	add_config(subject->image, out);
	settle(out);
	return r;
}

static void add_objects(const json_t *report, const char *list, struct compare_facts *facts,
	void (*one)(const json_t *, struct compare_facts *))
{
	const json_t *object;
	size_t i;

	json_array_foreach (json_object_get(report, list), i, object)
		if (json_is_object(object))
			one(object, facts);
}

static void report_file(const json_t *object, struct compare_facts *facts)
{
	cln_owned(cln_drop_mem) char *key =
		cln_format("file %s", cln_json_str(object, "path", "?"));
	cln_owned(cln_drop_mem) char *value =
		cln_format("%lld bytes", (long long)cln_json_int(object, "bytes", 0));

	if (cln_json_bool(object, "kept", false))
		add(facts, key, value);
}

static void report_executable(const json_t *object, struct compare_facts *facts)
{
	cln_owned(cln_drop_mem) char *key =
		cln_format("executable %s", cln_json_str(object, "path", "?"));

	add(facts, key, cln_json_str(object, "why", ""));
}

static void report_package(const json_t *object, struct compare_facts *facts)
{
	cln_owned(cln_drop_mem) char *key = cln_format("package %s %s",
		cln_json_str(object, "kind", "?"), cln_json_str(object, "name", "?"));
	cln_owned(cln_drop_mem) char *value = cln_format(
		"%s, %s", cln_json_str(object, "version", ""), cln_json_str(object, "state", ""));

	if (strcmp(cln_json_str(object, "state", ""), "removed") != 0)
		add(facts, key, value);
}

static void report_mount(const json_t *object, struct compare_facts *facts)
{
	cln_owned(cln_drop_mem) char *key =
		cln_format("mount %s", cln_json_str(object, "path", "?"));
	cln_owned(cln_drop_mem) char *value = cln_format("%s, mode %s, %lld bytes%s",
		cln_json_str(object, "kind", ""), cln_json_str(object, "mode", ""),
		(long long)cln_json_int(object, "size_bytes", 0),
		cln_json_bool(object, "exec", false) ? ", exec" : "");

	add(facts, key, value);
}

static void report_port(const json_t *object, struct compare_facts *facts)
{
	cln_owned(cln_drop_mem) char *key =
		cln_format("port %lld/%s %s", (long long)cln_json_int(object, "port", 0),
			cln_json_str(object, "protocol", ""), cln_json_str(object, "address", ""));

	add(facts, key, "");
}

static void report_start(const json_t *object, struct compare_facts *facts)
{
	cln_owned(cln_drop_mem) char *key =
		cln_format("start %s", cln_json_str(object, "text", ""));

	add(facts, key, "");
}

int compare_report(const json_t *report, struct compare_facts *out, struct cln_err *err)
{
	const json_t *name;
	size_t i;

	if (strcmp(cln_json_str(report, "schema", ""), "clnimg.report/1") != 0)
		return cln_fail(
			err, EINVAL, "not a report of clnimg-pack (schema clnimg.report/1)");
	out->arena = cln_arena_new();
	add_objects(report, "files", out, report_file);
	add_objects(report, "executables", out, report_executable);
	add_objects(report, "packages", out, report_package);
	add_objects(report, "mounts", out, report_mount);
	add_objects(report, "ports", out, report_port);
	add_objects(report, "startup", out, report_start);
	json_array_foreach (json_object_get(report, "syscalls"), i, name) {
		cln_owned(cln_drop_mem) char *key = cln_format(
			"syscall %s", json_string_value(name) ? json_string_value(name) : "?");

		add(out, key, "");
	}
	add(out, "config user", cln_json_str(report, "user", ""));
	settle(out);
	return 0;
}

static bool is_report(const char *name)
{
	size_t length = strlen(name);

	return length > 5 && strcmp(name + length - 5, ".json") == 0;
}

static int side(const char *name, const struct read_options *how, struct compare_facts *out,
	struct cln_err *err)
{
	cln_owned(cln_json_drop) json_t *report = NULL;
	struct read_options options = *how;
	struct subject subject;
	int r;

	options.ref = name;
	if (is_report(name)) {
		r = cln_json_read(name, REPORT_MAX, &report, err);
		if (r == 0 && (r = compare_report(report, out, err)) < 0)
			return cln_within(err, "%s", name);
		return r;
	}
	r = subject_open(&options, &subject, err);
	if (r == 0)
		r = compare_image(&subject, out, err);
	subject_release(&subject);
	return r;
}

int compare_run(const char *old, const char *new, struct compare *compare, struct cln_err *err)
{
	struct compare_facts before = { 0 }, after = { 0 };
	int r;

	if (is_report(old) != is_report(new))
		return cln_usage(err, "--compare takes two images or two reports, not one of each");
	r = side(old, compare->how, &before, err);
	if (r == 0)
		r = side(new, compare->how, &after, err);
	if (r == 0)
		compare->text = compare->json ? compare_json_new(&before, &after, &compare->count)
					      : compare_text_new(&before, &after, &compare->count);
	compare_facts_release(&before);
	compare_facts_release(&after);
	return r;
}
