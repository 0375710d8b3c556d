// SPDX-License-Identifier: Apache-2.0
#include "packager/pack.h"

#include "common/file.h"
#include "common/hash.h"
#include "common/mem.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#define INIT_MAX ((size_t)16 << 20)

/* GOARCH -> what an ELF header says (elf.h). */
static const struct {
	const char *architecture;
	uint16_t machine;
	unsigned char class, data;
} machines[] = {
	{ "amd64", EM_X86_64, ELFCLASS64, ELFDATA2LSB },
	{ "arm64", EM_AARCH64, ELFCLASS64, ELFDATA2LSB },
	{ "386", EM_386, ELFCLASS32, ELFDATA2LSB },
	{ "arm", EM_ARM, ELFCLASS32, ELFDATA2LSB },
	{ "riscv64", EM_RISCV, ELFCLASS64, ELFDATA2LSB },
	{ "ppc64le", EM_PPC64, ELFCLASS64, ELFDATA2LSB },
	{ "s390x", EM_S390, ELFCLASS64, ELFDATA2MSB },
	{ "loong64", 258, ELFCLASS64, ELFDATA2LSB },
};

/* The architecture of a program, or NULL. */
static const char *architecture_of(const char *data)
{
	const unsigned char *is = (const unsigned char *)data;
	bool little = is[EI_DATA] == ELFDATA2LSB;
	unsigned machine = is[18 + !little] | (unsigned)is[18 + little] << 8;

	for (size_t i = 0; i < CLN_COUNT(machines); i++)
		if (machines[i].machine == machine && machines[i].class == is[EI_CLASS] &&
			machines[i].data == is[EI_DATA])
			return machines[i].architecture;
	return NULL;
}

/* What cannot start as process 1 of this image is told here, not in production. */
static int init_check(const struct work *work, const char *path, struct cln_err *err)
{
	const char *want = work->image->architecture, *have;

	if (work->init_size < 64 || memcmp(work->init, ELFMAG, SELFMAG) != 0)
		return cln_fail(err, ENOEXEC, "%s: not an ELF program", path);
	have = architecture_of(work->init);
	if (!*want || (have && !strcmp(have, want)))
		return 0;
	return cln_fail(err, ENOEXEC,
		"%s: a program for %s, but the image is for %s: build clnimg-init for it and name it by "
		"--init linux/%s=FILE",
		path, have ? have : "another machine", want, want);
}

/* "linux/arm64=FILE": the platform's; "FILE": everybody's else. */
static const char *init_named(const struct work *work)
{
	const struct cln_list *list = &work->options->init;
	const struct image *image = work->image;
	const char *common = NULL;

	for (size_t i = 0; i < list->count; i++) {
		const char *equals = strchr(list->item[i], '=');
		cln_owned(cln_drop_mem) char *text =
			equals ? cln_format("%.*s", (int)(equals - list->item[i]), list->item[i])
			       : NULL;
		struct cln_err ignored = { 0 };
		struct platform is;

		if (!text || platform_parse(text, &is, &ignored) < 0)
			common = list->item[i];
		else if (platform_fits(&is, image->os, image->architecture, image->variant))
			return equals + 1;
	}
	return common;
}

/* Only what the table knows becomes part of a file's name. */
static const char *known(const char *architecture)
{
	for (size_t i = 0; i < CLN_COUNT(machines); i++)
		if (!strcmp(machines[i].architecture, architecture))
			return machines[i].architecture;
	return "";
}

/* Beside this program, then where packages install it; with the architecture's name first. */
static char *init_find_new(const char *architecture)
{
	char self[4096];
	ssize_t size = readlink("/proc/self/exe", self, sizeof(self) - 1);
	char *slash;

	if (size <= 0)
		return NULL;
	self[size] = '\0';
	slash = strrchr(self, '/');
	if (slash)
		*slash = '\0';
	for (int i = 0; i < 4; i++) {
		bool named = i < 2;
		const char *folder = i % 2 ? "/../libexec/clnimg" : "";
		char *path = named ? cln_format("%s%s/clnimg-init-%s", self, folder, architecture)
				   : cln_format("%s%s/clnimg-init", self, folder);

		if (access(path, R_OK) == 0)
			return path;
		free(path);
	}
	return NULL;
}

int input_init(struct work *work, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *found = NULL;
	const char *path = init_named(work);

	if (!path)
		found = init_find_new(known(work->image->architecture));
	path = path ? path : found;
	if (!path)
		return cln_fail(err, ENOENT,
			"clnimg-init is neither beside this program nor in libexec: name it by --init");
	if (cln_read_file(path, INIT_MAX, &work->init, &work->init_size, err) < 0 ||
		init_check(work, path, err) < 0)
		return -err->code;
	cln_sha256_of(work->init, work->init_size, work->init_sha256);
	return 0;
}
