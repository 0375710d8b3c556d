// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/docs/fixture.h"

#include "common/mem.h"
#include "tests/unit/tree_sample.h"

#include <stdio.h>
#include <string.h>

static const char status[] =
	"Package: libc6\nStatus: install ok installed\nMaintainer: GNU Libc <glibc@debian.org>\n"
	"Architecture: amd64\nSource: glibc\nVersion: 2.36-9\nHomepage: https://www.gnu.org/\n\n"
	"Package: nginx\nStatus: install ok installed\nMaintainer: Nginx Team <nginx@debian.org>\n"
	"Architecture: amd64\nVersion: 1.22.1-9\nDepends: libc6 (>= 2.34)\n\n"
	"Package: dash\nStatus: install ok installed\nMaintainer: A <a@debian.org>\n"
	"Architecture: amd64\nVersion: 0.5.12-2\nDepends: libc6\n\n"
	"Package: base-files\nStatus: install ok installed\nMaintainer: S <s@debian.org>\n"
	"Architecture: amd64\nVersion: 12.4\n";

static const struct sample debian[] = {
	{ "bin", 0, .link = "usr/bin" },
	{ "lib", 0, .link = "usr/lib" },
	{ "etc/os-release", 0, .link = "../usr/lib/os-release" },
	{ "usr/lib/os-release", 0644, "ID=debian\nVERSION_ID=\"12\"\n" },
	{ "usr/lib/x86_64-linux-gnu/libc.so.6", 0755, "libc libc libc" },
	{ "usr/lib/x86_64-linux-gnu/libm.so.6", 0644, "libm" },
	{ "usr/sbin/nginx", 0755, "nginx nginx" },
	{ "usr/bin/sh", 0, .link = "dash" },
	{ "usr/bin/dash", 0755, "dash" },
	{ "usr/bin/mount", 04755, "suid" },
	{ "usr/bin/apt", 0755, "apt program" },
	{ "srv/www/index.html", 0644, "<html>" },
	{ "srv/app.py", 0755, "#!/usr/bin/python3\n" },
	{ "usr/share/doc/libc6/copyright", 0644,
		"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
		"Files: *\nLicense: LGPL-2.1+\n\nFiles: y\nLicense: odd-thing\n" },
	{ "usr/lib/python3/site-packages/flask-3.dist-info/METADATA", 0644,
		"Name: flask\nVersion: 3\nLicense: BSD something\nAuthor: Someone\n" },
	{ "usr/lib/python3/site-packages/gone-1.dist-info/METADATA", 0644,
		"Name: gone\nVersion: 1\n" },
	{ "var/lib/nginx/", 0755 },
	{ "var/lib/dpkg/status", 0644, status },
	{ "var/lib/dpkg/info/libc6:amd64.list", 0644,
		"/lib/x86_64-linux-gnu/libc.so.6\n/lib/x86_64-linux-gnu/libm.so.6\n"
		"/usr/share/doc/libc6/copyright\n" },
	{ "var/lib/dpkg/info/libc6:amd64.md5sums", 0644,
		"00000000000000000000000000000001  lib/x86_64-linux-gnu/libc.so.6\n"
		"00000000000000000000000000000002  lib/x86_64-linux-gnu/libm.so.6\n" },
	{ "var/lib/dpkg/info/nginx.list", 0644, "/usr/sbin/nginx\n" },
	{ "var/lib/dpkg/info/dash.list", 0644, "/bin/sh\n/bin/dash\n/bin/mount\n/usr/bin/apt\n" },
	{ "var/lib/dpkg/info/base-files.list", 0644, "/usr/lib/os-release\n/etc/os-release\n" },
};

static const struct sample bare[] = {
	{ "app", 0755, "static" },
	{ "data", 0644, "x" },
};

static const char *const kept[] = { "/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/sbin/nginx",
	"/usr/lib/os-release", "/etc/os-release", "/srv/www/index.html", "/srv/app.py", "/lib",
	"/usr/lib/python3/site-packages/flask-3.dist-info/METADATA",
	"/usr/share/doc/libc6/copyright", "/app" };

static struct tree *grow(const struct fixture_options *options, struct cln_arena *arena)
{
	size_t count = options->no_packages ? CLN_COUNT(bare) : CLN_COUNT(debian);
	const struct sample *from = options->no_packages ? bare : debian;
	struct sample *all = cln_alloc((count + options->many + 1) * sizeof(*all));
	struct tree *tree;

	memcpy(all, from, count * sizeof(*all));
	for (uint32_t i = 0; i < options->many; i++)
		all[count++] = (struct sample){ cln_arena_format(arena, "opt/d%u/e%u/f%u.so",
							i % 37, i % 211, i),
			i % 5 ? 0644 : 0755, "some bytes of a file" };
	if (options->hostile)
		all[count++] =
			(struct sample){ cln_arena_format(arena, "srv/%.200s", options->hostile),
				0755, "x" };
	tree = sample_tree(all, count);
	free(all);
	return tree;
}

static void keep_path(struct fixture *fixture, const char *path, uint32_t via)
{
	uint32_t node = tree_lookup(fixture->tree, path);

	if (node == TREE_NONE)
		return;
	fixture->keep.why[node] = WHY_TRACED;
	fixture->keep.via[node] = via;
	for (uint32_t child = node; child != TREE_ROOT; child = fixture->tree->node[child].parent) {
		uint32_t parent = fixture->tree->node[child].parent;

		if (why_keeps((enum keep_why)fixture->keep.why[parent]))
			continue;
		fixture->keep.why[parent] = WHY_PARENT;
		fixture->keep.via[parent] = child;
	}
}

static void make_keep(const struct fixture_options *options, struct fixture *fixture)
{
	uint32_t count = fixture->tree->node_count;
	char path[4096];

	fixture->keep.why = cln_arena_alloc(fixture->arena, count);
	fixture->keep.via = cln_arena_alloc(fixture->arena, count * sizeof(uint32_t));
	fixture->keep.node_count = count;
	for (size_t i = 0; i < CLN_COUNT(kept); i++)
		keep_path(fixture, kept[i], 0);
	for (uint32_t i = 0; i < count; i++)
		if ((options->many && i % 3 == 0 &&
			    strncmp(tree_path(fixture->tree, i, path), "/opt/", 5) == 0) ||
			(options->hostile && strstr(fixture->tree->node[i].name, options->hostile)))
			keep_path(fixture, tree_path(fixture->tree, i, path), 0);
	uint32_t dash = tree_lookup(fixture->tree, "/usr/bin/dash");
	if (dash != TREE_NONE)
		fixture->keep.why[dash] = WHY_SHELL;
	for (uint32_t i = 0; i < count; i++)
		fixture->keep.kept_count += why_keeps((enum keep_why)fixture->keep.why[i]);
}

static const char *const shell_argv[] = { "/bin/sh", "/entry.sh", NULL };
static const char *const nginx_argv[] = { "nginx", "-g", "daemon off;", NULL };
static const char *const calls[] = { "accept4", "epoll_wait", "openat", "read", "write", NULL };

static void make_trace(const struct fixture_options *options, struct fixture *fixture)
{
	struct cln_trace *trace = fixture->trace = cln_arena_alloc(fixture->arena, sizeof(*trace));
	static const struct cln_trace_loss none[1];
	struct cln_trace_exec *exec = cln_arena_alloc(fixture->arena, 2 * sizeof(*exec));
	struct cln_trace_file *file = cln_arena_alloc(fixture->arena, 2 * sizeof(*file));
	struct cln_trace_use *use = cln_arena_alloc(fixture->arena, sizeof(*use));
	struct cln_trace_syscalls *syscalls = cln_arena_alloc(fixture->arena, sizeof(*syscalls));

	trace->run = cln_arena_alloc(fixture->arena, sizeof(*trace->run));
	trace->run[0] = (struct cln_trace_run){ .id = "00112233445566778899aabbccddeeff",
		.tool = "clnimg-profile 0.1.0",
		.host = "h",
		.kernel = "6.1",
		.platform = "linux/amd64",
		.started = "2023-11-14T22:00:00Z",
		.argv = shell_argv,
		.complete = true,
		.loss = none };
	trace->run_count = 1;
	trace->root = cln_arena_alloc(fixture->arena, sizeof(*trace->root));
	trace->root[0] = (struct cln_trace_root){ .kind = "container",
		.platform = "linux/amd64",
		.recognised = "mount-namespace",
		.cgroup = "" };
	trace->root_count = 1;
	exec[0] = (struct cln_trace_exec){ .path = "/bin/sh",
		.argv = shell_argv,
		.cwd = "/",
		.parent = CLN_TRACE_NONE,
		.count = 1,
		.role = CLN_ROLE_ENTRY };
	exec[1] = (struct cln_trace_exec){ .path = "/usr/sbin/nginx",
		.argv = nginx_argv,
		.cwd = "/",
		.uid = 33,
		.gid = 33,
		.parent = 0,
		.count = 1,
		.role = CLN_ROLE_MAIN };
	trace->exec = exec;
	trace->exec_count = 2;
	use[0] = (struct cln_trace_use){ 1, CLN_READ | CLN_EXEC };
	file[0] = (struct cln_trace_file){
		.path = "/usr/sbin/nginx", .access = CLN_READ | CLN_EXEC, .use = use, .use_count = 1
	};
	file[1] =
		(struct cln_trace_file){ .path = "/run/plugin/x.so", .access = CLN_READ | CLN_MAP };
	trace->file = file;
	trace->file_count = options->volume ? 2 : 1;
	syscalls[0] = (struct cln_trace_syscalls){ 0, CLN_ROLE_MAIN, "/usr/sbin/nginx", calls };
	trace->syscalls = syscalls;
	trace->syscalls_count = 1;
}

static void make_plan(const struct fixture_options *options, struct fixture *fixture)
{
	static const uint32_t groups[] = { 4, 44 };
	static const char *const cmd[] = { "nginx", "-g", "daemon off;", NULL };
	static const char *const env[] = { "PATH=/usr/sbin:/usr/bin", "NGINX_PORT=8080", NULL };
	struct cln_arena *arena = fixture->arena;
	struct plan *plan = &fixture->plan;
	struct cln_trace_port *port = cln_arena_alloc(arena, 3 * sizeof(*port));
	const struct cln_trace_port **ports = cln_arena_alloc(arena, 3 * sizeof(*ports));

	port[0] = (struct cln_trace_port){ 0, 1, "tcp", "inet", "0.0.0.0",
		options->low_port ? 80 : 8080 };
	port[1] = (struct cln_trace_port){ 0, 1, "tcp", "inet6", "::", port[0].port };
	port[2] = (struct cln_trace_port){ 0, 1, "tcp", "inet", "127.0.0.1", 9000 };
	for (size_t i = 0; i < 3; i++)
		ports[i] = &port[i];
	plan->mount = cln_arena_alloc(arena, 3 * sizeof(*plan->mount));
	plan->mount[plan->mount_count++] = (struct plan_mount){ MOUNT_MEMORY, "/run", 65532, 65532,
		0755, options->volume ? 1000000 : 1 << 20, false,
		options->hostile ? options->hostile
				 : "written by /usr/sbin/nginx: /run/nginx.pid" };
	if (options->volume)
		plan->mount[plan->mount_count++] = (struct plan_mount){ MOUNT_VOLUME,
			"/srv/Data Dir", 65532, 65532, 0700, 5000, true, "the image's own volume" };
	plan->mount[plan->mount_count++] = (struct plan_mount){ MOUNT_MEMORY, "/tmp", 0, 0, 01777,
		64 << 20, false, "written by /usr/sbin/nginx: /tmp/x" };
	plan->process = (struct plan_process){ .user = "65532:65532",
		.uid = 65532,
		.gid = 65532,
		.group = groups,
		.group_count = 2,
		.workdir = "/srv",
		.argv = nginx_argv,
		.cmd = cmd,
		.env = env,
		.stop_signal = "SIGQUIT",
		.grace_ms = 20000 };
	plan->port = ports;
	plan->port_count = options->no_ports ? 0 : 3;
	plan->lowest_port = options->low_port ? 80 : 0;
	plan->syscall = calls;
	plan->line = cln_arena_alloc(arena, 2 * sizeof(*plan->line));
	plan->line[0] =
		(struct plan_line){ "dir", "dir /run/nginx mode=0755", "mkdir -p /run/nginx" };
	plan->line_count = 1;
	plan->note = cln_arena_alloc(arena, 2 * sizeof(*plan->note));
	plan->note[0] =
		(struct plan_note){ "setuid", options->hostile ? options->hostile : "none kept" };
	plan->note_count = 1;
}

static void make_image(struct fixture *fixture)
{
	static const char *const none[] = { NULL };
	struct image *image = &fixture->image;

	snprintf(image->digest, sizeof(image->digest), "sha256:%064d", 7);
	snprintf(image->config_digest, sizeof(image->config_digest), "sha256:%064d", 8);
	image->ref = "oci:app:dev";
	image->os = "linux";
	image->architecture = "amd64";
	image->env = image->entrypoint = image->cmd = image->volume = image->port = image->diff_id =
		none;
	image->user = image->workdir = image->stop_signal = "";
	image->compressed_bytes = 12345678;
}

void fixture_make(const struct fixture_options *options, struct fixture *out)
{
	static const char *const argv[] = { "clnimg-pack", "--image", "oci:app:dev", NULL };
	struct cln_err err = { 0 };

	*out = (struct fixture){ .arena = cln_arena_new() };
	out->tree = grow(options, out->arena);
	if (packages_read(out->tree, &out->packages, &err) < 0)
		abort();
	make_keep(options, out);
	make_trace(options, out);
	make_plan(options, out);
	make_image(out);
	out->in = (struct docs_input){ .image = &out->image,
		.sbom_files = options->files,
		.tree = out->tree,
		.packages = out->packages,
		.trace = out->trace,
		.root = 0,
		.keep = &out->keep,
		.plan = &out->plan,
		.layout = NULL,
		.epoch = 1700000000,
		.name = "nginx",
		.source = out->image.digest,
		.manifest_sha256 =
			"1111111111111111111111111111111111111111111111111111111111111111",
		.options = argv,
		.prod_digest =
			"sha256:2222222222222222222222222222222222222222222222222222222222222222",
		.prod_ref = "oci:app:prod",
		.encoder = "isa-l",
		.encoder_version = "2.30.0",
		.encoder_level = 1,
		.init = "init",
		.init_size = 4,
		.init_sha256 = "3333333333333333333333333333333333333333333333333333333333333333" };
}

void fixture_release(struct fixture *fixture)
{
	tree_free(fixture->tree);
	packages_free(fixture->packages);
	cln_arena_free(fixture->arena);
}

const struct doc *fixture_doc(const struct docs *docs, const char *name)
{
	for (size_t i = 0; i < docs->count; i++)
		if (strcmp(docs->doc[i].name, name) == 0)
			return &docs->doc[i];
	return NULL;
}
