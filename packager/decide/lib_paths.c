// SPDX-License-Identifier: Apache-2.0
#include "packager/decide/lib_paths.h"

#include "common/buf.h"
#include "common/path.h"
#include "packager/decide/ld_conf.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#define CONF_FILES_MAX 256u
/* A hostile image may hold many and deep ones: of all patterns together, and of folders and files
 * that lead into each other. */
#define INCLUDE_LOOKS_MAX 1000000u
#define INCLUDE_DEPTH_MAX 256u

/* EM_* -> what Debian's folders and OCI's platforms call it. */
static const struct machine {
	uint16_t machine;
	uint8_t elf_class;
	const char *triplet, *platform;
	const char *architecture[2]; /* OCI names of images it runs in */
} machines[] = {
	{ EM_X86_64, ELFCLASS64, "x86_64-linux-gnu", "x86_64", { "amd64" } },
	{ EM_X86_64, ELFCLASS32, "x86_64-linux-gnux32", "x86_64", { "amd64" } },
	{ EM_386, ELFCLASS32, "i386-linux-gnu", "i686", { "386", "amd64" } },
	{ EM_AARCH64, ELFCLASS64, "aarch64-linux-gnu", "aarch64", { "arm64" } },
	{ EM_ARM, ELFCLASS32, "arm-linux-gnueabihf", "v7l", { "arm", "arm64" } },
	{ EM_PPC64, ELFCLASS64, "powerpc64le-linux-gnu", "power8", { "ppc64le", "ppc64" } },
	{ EM_S390, ELFCLASS64, "s390x-linux-gnu", "z13", { "s390x" } },
	{ EM_RISCV, ELFCLASS64, "riscv64-linux-gnu", "riscv64", { "riscv64" } },
	{ 258 /* EM_LOONGARCH */, ELFCLASS64, "loongarch64-linux-gnu", "loongarch64",
		{ "loong64" } },
	{ EM_MIPS, ELFCLASS64, "mips64el-linux-gnuabi64", "mips64", { "mips64le", "mips64" } },
};

static const struct machine *find_machine(const struct elf_facts *elf)
{
	for (size_t i = 0; i < CLN_COUNT(machines); i++)
		if (machines[i].machine == elf->machine && machines[i].elf_class == elf->elf_class)
			return &machines[i];
	return NULL;
}

bool lib_machine_fits(const struct elf_facts *elf, const char *architecture)
{
	const struct machine *own = find_machine(elf);
	bool known = false;

	if (!architecture || !*architecture)
		return true;
	for (size_t i = 0; i < CLN_COUNT(machines); i++)
		known |= !strcmp(machines[i].architecture[0], architecture);
	if (!known)
		return true;
	for (size_t i = 0; own && i < CLN_COUNT(own->architecture); i++)
		if (own->architecture[i] && !strcmp(own->architecture[i], architecture))
			return true;
	return false;
}

void folders_add(struct folders *folders, struct cln_arena *arena, const char *path)
{
	char clean[CLN_PATH_MAX];

	if (cln_path_clean(path, clean) < 0)
		return;
	for (size_t i = 0; i < folders->count; i++)
		if (!strcmp(folders->item[i], clean))
			return;
	if (folders->count < folders->room) {
		folders->item[folders->count++] = cln_arena_strdup(arena, clean);
		return;
	}
	size_t room = folders->room ? folders->room * 2 : 8;
	const char **item = cln_arena_alloc(arena, room * sizeof(*item));
	if (folders->count)
		memcpy(item, folders->item, folders->count * sizeof(*item));
	folders->item = item;
	folders->room = room;
	folders->item[folders->count++] = cln_arena_strdup(arena, clean);
}

/* Length of "$NAME" or "${NAME}" at text, or 0. */
static size_t token(const char *text, const char *name)
{
	size_t length = strlen(name);

	if (*text != '$')
		return 0;
	if (!strncmp(text + 1, name, length)) {
		char next = text[1 + length];
		bool more = next == '_' || (next >= '0' && next <= '9') ||
			    (next >= 'A' && next <= 'Z') || (next >= 'a' && next <= 'z');
		return more ? 0 : 1 + length;
	}
	if (text[1] == '{' && !strncmp(text + 2, name, length) && text[2 + length] == '}')
		return 3 + length;
	return 0;
}

struct expansion {
	struct folders *folders;
	struct cln_arena *arena;
	const char *origin, *platform;
	const char *lib[4];
};

static void expand_with(const struct expansion *x, const char *path, const char *lib)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { .ceiling = CLN_PATH_MAX };

	while (*path) {
		size_t skip;

		if ((skip = token(path, "ORIGIN")))
			cln_buf_adds(&buf, x->origin);
		else if ((skip = token(path, "LIB")))
			cln_buf_adds(&buf, lib);
		else if ((skip = token(path, "PLATFORM")))
			cln_buf_adds(&buf, x->platform);
		else
			cln_buf_addc(&buf, path[skip++]);
		path += skip;
	}
	if (buf.size && !buf.full)
		folders_add(x->folders, x->arena, buf.data);
}

static void expand_one(void *context, const char *path)
{
	const struct expansion *x = context;

	if (!strstr(path, "LIB")) {
		expand_with(x, path, "");
		return;
	}
	for (size_t i = 0; i < CLN_COUNT(x->lib); i++)
		if (x->lib[i])
			expand_with(x, path, x->lib[i]);
}

void folders_expand(struct folders *folders, struct cln_arena *arena, const char *text,
	const char *origin, const struct elf_facts *elf)
{
	const struct machine *machine = find_machine(elf);
	struct expansion x = {
		.folders = folders,
		.arena = arena,
		.origin = origin,
		.platform = machine ? machine->platform : "",
		.lib = { machine ? cln_arena_format(arena, "lib/%s", machine->triplet) : NULL,
			elf->elf_class == ELFCLASS64 ? "lib64" : "lib32", "lib" },
	};

	ld_conf_words(cln_arena_strdup(arena, text), ":", &x, expand_one);
}

struct load {
	const struct keep_input *in;
	struct cln_arena *arena;
	struct lib_paths *out;
	struct cln_err *err;
	const char *file; /* the configuration being read */
	uint32_t looks;	  /* names that were held against patterns */
	uint32_t depth;	  /* of patterns within patterns */
	int failed;
};

static void load_file(struct load *load, const char *path);

static void load_folder(void *context, const char *path)
{
	struct load *load = context;

	folders_add(&load->out->named, load->arena, path);
}

/* The functions from here to load_file call each other: what is large stays off their frames. */
static __attribute__((noinline)) uint32_t folder_at(const struct tree *tree, const char *path)
{
	struct tree_walk walk;

	if (tree_resolve(tree, *path ? path : "/", true, &walk) == TREE_NONE ||
		tree_inode(tree, walk.end)->type != NODE_DIR)
		return TREE_NONE;
	return walk.end;
}

/* The pattern as a path, from the folder of the file that holds it; NULL: too long. */
static __attribute__((noinline)) const char *include_path(
	const struct load *load, const char *pattern)
{
	char path[CLN_PATH_MAX], folder[CLN_PATH_MAX];
	size_t parent = cln_path_parent_length(load->file);

	memcpy(folder, load->file, parent);
	folder[parent] = '\0';
	return cln_path_join(folder, pattern, path) > 0 ? cln_arena_strdup(load->arena, path)
							: NULL;
}

static bool include_may(struct load *load)
{
	if (load->failed)
		return false;
	if (load->depth < INCLUDE_DEPTH_MAX && load->looks < INCLUDE_LOOKS_MAX)
		return true;
	load->failed = cln_fail(load->err, EFBIG,
		"%s: its includes lead through more than %u names, or folders and files %u deep",
		load->file, INCLUDE_LOOKS_MAX, INCLUDE_DEPTH_MAX);
	return false;
}

/* What matches below the folder, in byte order, as glob(3) gives it. */
static void include_below(struct load *load, const char *folder, const char *pattern)
{
	const struct tree *tree = load->in->tree;
	size_t length = strcspn(pattern, "/");
	const char *part = cln_arena_strndup(load->arena, pattern, length);
	uint32_t dir = folder_at(tree, folder);

	load->depth++;
	for (uint32_t i = 0; dir != TREE_NONE && i < tree->node[dir].child_count; i++) {
		uint32_t child = tree->child[tree->node[dir].first_child + i];
		const char *name = tree->node[child].name, *path;

		if (!include_may(load))
			break;
		load->looks++;
		if ((*name == '.' && *part != '.') || !cln_path_match(part, name))
			continue;
		path = cln_arena_format(load->arena, "%s/%s", folder, name);
		if (pattern[length])
			include_below(load, path, pattern + length + 1);
		else
			load_file(load, path);
	}
	load->depth--;
}

static void load_include(void *context, const char *pattern)
{
	struct load *load = context;
	const char *path = include_path(load, pattern);

	if (path)
		include_below(load, "", path + 1);
}

/* The text of a small file of the image; NULL where there is none. */
static char *read_text_new(struct load *load, const char *path, size_t *size)
{
	struct tree_walk walk;
	char *text = NULL;
	int r;

	if (load->failed || tree_resolve(load->in->tree, path, true, &walk) == TREE_NONE ||
		tree_inode(load->in->tree, walk.end)->type != NODE_FILE ||
		tree_inode(load->in->tree, walk.end)->size_bytes > LD_CONF_MAX_BYTES)
		return NULL;
	r = tree_read_all(load->in->tree, walk.end, LD_CONF_MAX_BYTES, &text, size, load->err);
	if (r < 0)
		load->failed = r;
	return text;
}

static void load_file(struct load *load, const char *path)
{
	const struct ld_conf_sink sink = { load, load_folder, load_include };
	size_t before = load->out->conf.count, size;
	cln_owned(cln_drop_mem) char *text = NULL;
	const char *outer = load->file;

	/* A file once: includes may not run in circles. */
	folders_add(&load->out->conf, load->arena, path);
	if (load->out->conf.count == before || before >= CONF_FILES_MAX)
		return;
	text = read_text_new(load, path, &size);
	if (!text)
		return;
	load->file = load->out->conf.item[before];
	ld_conf_parse(text, size, &sink);
	load->file = outer;
}

static void load_musl_folder(void *context, const char *path)
{
	struct load *load = context;

	folders_add(&load->out->musl, load->arena, path);
}

/* lib/ld-musl-ARCH.so.1 names the architecture of its path file. */
static void load_musl(struct load *load, const char *loader)
{
	const char *dot = strchr(loader, '.');
	cln_owned(cln_drop_mem) char *text = NULL;
	char *path;
	size_t size;

	if (!dot)
		return;
	path = cln_arena_format(load->arena, "/etc/%.*s.path", (int)(dot - loader), loader);
	text = read_text_new(load, path, &size);
	if (!text)
		return;
	folders_add(&load->out->conf, load->arena, path);
	ld_conf_words(text, ":\n", load, load_musl_folder);
}

static void find_loaders(struct load *load, const char *folder)
{
	const struct tree *tree = load->in->tree;
	struct tree_walk walk;

	if (tree_resolve(tree, folder, true, &walk) == TREE_NONE)
		return;
	const struct node *dir = &tree->node[walk.end];
	for (uint32_t i = 0; i < dir->child_count; i++) {
		const char *name = tree->node[tree->child[dir->first_child + i]].name;

		if (!strncmp(name, "ld-musl-", 8)) {
			load->out->flavours |= LIB_MUSL;
			load_musl(load, name);
		} else if (!strncmp(name, "ld-linux", 8) || !strncmp(name, "ld64.so", 7) ||
			   !strncmp(name, "ld.so", 5)) {
			load->out->flavours |= LIB_GLIBC;
		}
	}
}

static void load_env_folder(void *context, const char *path)
{
	struct load *load = context;

	if (strchr(path, '$'))
		load->out->env_origin = true;
	else if (*path == '/')
		folders_add(&load->out->env, load->arena, path);
}

static void load_env(struct load *load, const char *value)
{
	ld_conf_words(cln_arena_strdup(load->arena, value), ":;", load, load_env_folder);
}

static void load_envs(struct load *load)
{
	const char *const *env = load->in->image->env;
	const struct cln_trace *trace = load->in->trace;

	for (size_t i = 0; env && env[i]; i++)
		if (!strncmp(env[i], "LD_LIBRARY_PATH=", 16))
			load_env(load, env[i] + 16);
	for (size_t i = 0; i < trace->exec_count; i++)
		for (size_t k = 0; k < trace->exec[i].env_count; k++)
			if (!strcmp(trace->exec[i].env[k].name, "LD_LIBRARY_PATH") &&
				trace->exec[i].env[k].value &&
				trace->exec[i].root == load->in->root)
				load_env(load, trace->exec[i].env[k].value);
}

int lib_paths_load(const struct keep_input *in, struct cln_arena *arena, struct lib_paths *out,
	struct cln_err *err)
{
	static const char *const defaults[] = { "/lib64", "/usr/lib64", "/lib", "/usr/lib",
		"/lib32", "/usr/lib32" };
	static const char *const musl[] = { "/lib", "/usr/local/lib", "/usr/lib" };
	struct load load = { .in = in, .arena = arena, .out = out, .err = err, .file = "/" };

	memset(out, 0, sizeof(*out));
	load_envs(&load);
	load_file(&load, "/etc/ld.so.conf");
	for (size_t i = 0; i < CLN_COUNT(machines); i++) {
		folders_add(&out->glibc, arena,
			cln_arena_format(arena, "/lib/%s", machines[i].triplet));
		folders_add(&out->glibc, arena,
			cln_arena_format(arena, "/usr/lib/%s", machines[i].triplet));
	}
	for (size_t i = 0; i < CLN_COUNT(defaults); i++)
		folders_add(&out->glibc, arena, defaults[i]);
	find_loaders(&load, "/lib");
	find_loaders(&load, "/lib64");
	if (!out->musl.count)
		for (size_t i = 0; i < CLN_COUNT(musl); i++)
			folders_add(&out->musl, arena, musl[i]);
	return load.failed;
}
