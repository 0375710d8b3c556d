// SPDX-License-Identifier: Apache-2.0
/*
 * What the C library and TLS libraries read by themselves, where the trace shows
 * that production uses the service: a look-up that found nothing shows it too.
 */
#include "packager/decide/nsswitch.h"
#include "packager/decide/work.h"

#include "common/path.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define NSSWITCH_MAX_BYTES ((size_t)1 << 20)
#define ZONES "/usr/share/zoneinfo"

/* What production did that tells of a service; path as asked for, target behind it. */
struct seen {
	bool accounts, hosts, zone_index;
	uint32_t zones; /* distinct zone files read by name */
	/* by exec, the unknown one last: it asked by hash, it read a bundle */
	uint8_t *hashed, *bundled;
};

static bool below(const char *path, const char *dir)
{
	return cln_path_within(path, dir) && strlen(path) > strlen(dir);
}

static bool is_one_of(const char *path, const char *const *words, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(path, words[i]))
			return true;
	return false;
}

static const char *const host_files[] = { "/etc/hosts", "/etc/resolv.conf", "/etc/host.conf",
	"/etc/gai.conf" };
static const char *const account_files[] = { "/etc/passwd", "/etc/group", "/etc/nsswitch.conf" };

/* "5ad8a5d6.0": how OpenSSL looks a certificate up in a folder. */
static bool is_hashed_name(const char *name)
{
	for (int i = 0; i < 8; i++)
		if (!isxdigit((unsigned char)name[i]))
			return false;
	return name[8] == '.' && isdigit((unsigned char)name[9]);
}

static bool is_bundle(const char *path)
{
	static const char *const names[] = { "ca-certificates.crt", "ca-bundle.crt",
		"ca-bundle.pem", "tls-ca-bundle.pem", "cert.pem" };

	return is_one_of(cln_path_name(path), names, CLN_COUNT(names));
}

static void see_certificates(
	struct seen *seen, const struct cln_trace *trace, const struct cln_trace_file *file)
{
	bool hashed = strstr(file->path, "/certs/") && is_hashed_name(cln_path_name(file->path));
	bool bundle = is_bundle(file->path);

	if (!hashed && !bundle)
		return;
	for (size_t i = 0; i < file->use_count; i++) {
		const struct cln_trace_use *use = &file->use[i];
		size_t exec = use->exec == CLN_TRACE_NONE ? trace->exec_count : use->exec;

		if (!trace_in_production(trace, use))
			continue;
		seen->hashed[exec] |= hashed;
		seen->bundled[exec] |= bundle && use->access & CLN_READ;
	}
}

/* A program that asked by hash without having read the same roots in a bundle. */
static bool wants_hashed(const struct seen *seen, const struct cln_trace *trace)
{
	for (size_t i = 0; i <= trace->exec_count; i++)
		if (seen->hashed[i] && !seen->bundled[i])
			return true;
	return false;
}

static void seen_release(struct seen *seen)
{
	free(seen->hashed);
	free(seen->bundled);
}

/* "/usr/share/zoneinfo/Europe/Berlin" is a zone, "zone.tab" and the like are not. */
static bool is_zone(const char *path)
{
	return below(path, ZONES) && !strchr(cln_path_name(path), '.') &&
	       strcmp(cln_path_name(path), "leapseconds") != 0;
}

/* Zones that a program asked for by name; every program knows UTC. */
static bool asks_zone(const struct cln_trace_file *file, uint32_t access)
{
	return access & CLN_READ && is_zone(file->path) &&
	       strcmp(cln_path_name(file->path), "UTC") != 0 &&
	       strcmp(cln_path_name(file->path), "GMT") != 0;
}

static void see_path(struct seen *seen, const char *path, uint32_t access)
{
	const char *name = cln_path_name(path);

	seen->hosts |= is_one_of(path, host_files, CLN_COUNT(host_files));
	seen->accounts |= is_one_of(path, account_files, CLN_COUNT(account_files));
	if ((below(path, ZONES) && strchr(name, '.')) ||
		(access & CLN_LIST && cln_path_within(path, ZONES)))
		seen->zone_index = true;
}

/* /etc/hosts stands for resolving: beside it production may need what the tests,
 * which stay on the loopback, never asked. */
static void keep_hosts(struct work *work)
{
	uint32_t from = TREE_NONE;

	for (size_t i = 0; i < CLN_COUNT(host_files); i++) {
		struct tree_walk walk;

		if (from == TREE_NONE &&
			tree_resolve(work->tree, host_files[i], true, &walk) != TREE_NONE &&
			work->mark[walk.end] & MARK_IN)
			from = walk.end;
	}
	for (size_t i = 0; i < CLN_COUNT(host_files); i++)
		work_pull_path(work, from, host_files[i], WHY_NAME_SERVICE);
}

struct services {
	struct work *work;
	uint32_t conf;
	bool hosts, accounts;
};

/* Where a glibc looks for libnss_NAME.so.2: beside its libc. */
static void keep_service(void *context, const char *database, const char *service)
{
	static const char *const folder[] = { "/lib", "/lib64", "/usr/lib", "/usr/lib64" };
	const struct services *services = context;
	const struct tree *tree = services->work->tree;
	bool host = !strcmp(database, "hosts");
	bool account = !strcmp(database, "passwd") || !strcmp(database, "group") ||
		       !strcmp(database, "initgroups") || !strcmp(database, "shadow");
	char path[4096];

	/* Since 2.34 these two are part of libc; what needs older ones traced them. */
	if (!strcmp(service, "files") || !strcmp(service, "dns") || strlen(service) > 64 ||
		!((host && services->hosts) || (account && services->accounts)))
		return;
	for (size_t i = 0; i < CLN_COUNT(folder); i++) {
		struct tree_walk walk;

		snprintf(path, sizeof(path), "%s/libnss_%s.so.2", folder[i], service);
		work_pull_path(services->work, services->conf, path, WHY_NAME_SERVICE);
		if (tree_resolve(tree, folder[i], true, &walk) == TREE_NONE)
			continue;
		const struct node *dir = &tree->node[walk.end];
		for (uint32_t c = 0; c < dir->child_count; c++) {
			const char *name = tree->node[tree->child[dir->first_child + c]].name;

			if (!strstr(name, "-linux-"))
				continue;
			snprintf(path, sizeof(path), "%s/%s/libnss_%s.so.2", folder[i], name,
				service);
			work_pull_path(services->work, services->conf, path, WHY_NAME_SERVICE);
		}
	}
}

static void keep_name_service(struct work *work, const struct seen *seen)
{
	struct services services = { work, TREE_NONE, seen->hosts, seen->accounts };
	cln_owned(cln_drop_mem) char *text = NULL;
	size_t size;

	if (seen->hosts)
		keep_hosts(work);
	services.conf = work_pull_path(work, TREE_NONE, "/etc/nsswitch.conf", WHY_NAME_SERVICE);
	work_pull_path(work, TREE_NONE, "/etc/passwd", WHY_NAME_SERVICE);
	work_pull_path(work, TREE_NONE, "/etc/group", WHY_NAME_SERVICE);
	if (services.conf == TREE_NONE ||
		tree_inode(work->tree, services.conf)->type != NODE_FILE ||
		tree_inode(work->tree, services.conf)->size_bytes > NSSWITCH_MAX_BYTES)
		return;
	int r = tree_read_all(
		work->tree, services.conf, NSSWITCH_MAX_BYTES, &text, &size, work->err);
	if (r < 0)
		work_fail(work, r);
	else
		nsswitch_parse(text, &services, keep_service);
}

static void pull_children(struct work *work, uint32_t dir, enum keep_why why)
{
	const struct node *node = &work->tree->node[dir];

	for (uint32_t i = 0; i < node->child_count; i++)
		work_pull(work, dir, work->tree->child[node->first_child + i], why);
}

/* OpenSSL looked for a hash: which one production needs depends on the peer. */
static void keep_certificates(struct work *work)
{
	static const char *const folder[] = { "/etc/ssl/certs", "/etc/pki/tls/certs" };

	for (size_t i = 0; i < CLN_COUNT(folder); i++) {
		uint32_t dir = work_pull_path(work, TREE_NONE, folder[i], WHY_CERTIFICATES);

		if (dir != TREE_NONE && tree_inode(work->tree, dir)->type == NODE_DIR)
			pull_children(work, dir, WHY_CERTIFICATES);
	}
}

/* A program that reads several zones, or their index, takes names from outside:
 * then every zone counts. The posix and right folders are copies for others. */
static void keep_zones(struct work *work)
{
	const struct tree *tree = work->tree;
	uint32_t top = work_pull_path(work, TREE_NONE, ZONES, WHY_TIME_ZONE);
	cln_owned(cln_drop_mem) uint8_t *in = NULL;

	if (top == TREE_NONE)
		return;
	in = cln_alloc(tree->node_count);
	in[top] = 1;
	for (uint32_t node = top + 1; node < tree->node_count; node++) {
		uint32_t parent = tree->node[node].parent;
		const char *name = tree->node[node].name;

		if (!in[parent] ||
			(parent == top && (!strcmp(name, "posix") || !strcmp(name, "right"))))
			continue;
		in[node] = 1;
		work_pull(work, parent, node, WHY_TIME_ZONE);
	}
}

/* A locale is loaded category by category, the rest when first needed. */
static void keep_locale(struct work *work, const char *path)
{
	const struct tree *tree = work->tree;
	const char *name = cln_path_name(path);
	size_t length = cln_path_parent_length(path);
	char folder[CLN_PATH_MAX];
	struct tree_walk walk;
	uint32_t dir, messages;

	if (strncmp(name, "LC_", 3) != 0 && strcmp(name, "SYS_LC_MESSAGES") != 0)
		return;
	/* The folder as asked for: categories are symlinks into other locales. */
	memcpy(folder, path, length);
	folder[length] = '\0';
	dir = tree_resolve(tree, folder, true, &walk);
	if (dir == TREE_NONE || tree_inode(tree, dir)->type != NODE_DIR)
		return;
	if (!strcmp(tree->node[dir].name, "LC_MESSAGES"))
		dir = tree->node[dir].parent;
	if (strcmp(tree->node[tree->node[dir].parent].name, "locale") != 0)
		return;
	pull_children(work, dir, WHY_LOCALE);
	messages = tree_child(tree, dir, "LC_MESSAGES", 11);
	if (messages != TREE_NONE)
		pull_children(work, messages, WHY_LOCALE);
}

/* Converters are found through their index; they themselves come from the trace. */
static void keep_gconv(struct work *work, const char *path)
{
	static const char *const index[] = { "gconv-modules", "gconv-modules.cache",
		"gconv-modules.d" };
	struct tree_walk walk;
	uint32_t dir, child;

	if (tree_resolve(work->tree, path, true, &walk) == TREE_NONE)
		return;
	dir = work->tree->node[walk.end].parent;
	if (strcmp(work->tree->node[dir].name, "gconv") != 0)
		return;
	for (size_t i = 0; i < CLN_COUNT(index); i++) {
		child = tree_child(work->tree, dir, index[i], strlen(index[i]));
		if (child == TREE_NONE)
			continue;
		work_pull(work, walk.end, child, WHY_GCONV);
		if (tree_inode(work->tree, child)->type == NODE_DIR)
			pull_children(work, child, WHY_GCONV);
	}
}

/* Files by which scanners and people recognise the distribution (syft, trivy). */
static void keep_identity(struct work *work)
{
	static const char *const identity[] = { "/etc/os-release", "/usr/lib/os-release",
		"/etc/debian_version", "/etc/lsb-release", "/etc/alpine-release",
		"/etc/redhat-release", "/etc/system-release", "/etc/system-release-cpe" };

	for (size_t i = 0; i < CLN_COUNT(identity); i++)
		work_seed_path(work, identity[i], WHY_IDENTITY, TREE_NONE);
}

static void look(struct work *work, struct seen *seen, const char *path, uint32_t access)
{
	if (!path)
		return;
	see_path(seen, path, access);
	if (strstr(path, "/gconv/") && access & (CLN_READ | CLN_MAP | CLN_STAT))
		keep_gconv(work, path);
}

void closure_system(struct work *work)
{
	const struct cln_trace *trace = work->in->trace;
	cln_owned(seen_release) struct seen seen = {
		.hashed = cln_alloc(trace->exec_count + 1),
		.bundled = cln_alloc(trace->exec_count + 1),
	};

	for (size_t i = 0; i < trace->file_count; i++) {
		const struct cln_trace_file *file = &trace->file[i];
		uint32_t access;

		if (file->root != work->in->root)
			continue;
		access = trace_production_access(trace, file, NULL);
		if (!access)
			continue;
		seen.zones += asks_zone(file, access);
		see_certificates(&seen, trace, file);
		if (strstr(file->path, "/locale/") && access & (CLN_READ | CLN_STAT))
			keep_locale(work, file->path);
		look(work, &seen, file->path, access);
		look(work, &seen, file->target, access);
	}
	if (seen.hosts || seen.accounts)
		keep_name_service(work, &seen);
	if (wants_hashed(&seen, trace))
		keep_certificates(work);
	if (seen.zone_index || seen.zones > 1)
		keep_zones(work);
	keep_identity(work);
}
