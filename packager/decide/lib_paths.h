/* SPDX-License-Identifier: Apache-2.0 */
/*
 * lib_paths.h - where the loaders of an image look for libraries.
 *
 * glibc: DT_RPATH (without a DT_RUNPATH), LD_LIBRARY_PATH, DT_RUNPATH, what
 * ld.so.conf names (in place of ld.so.cache, which is made from it), default
 * folders; in each first glibc-hwcaps/LEVEL (ld.so(8)). Which level production
 * has nobody knows, so all that are there count beside the plain file.
 * musl: LD_LIBRARY_PATH, its rpath (either tag), /etc/ld-musl-ARCH.path or
 * /lib:/usr/local/lib:/usr/lib.
 */
#ifndef CLN_PACKAGER_DECIDE_LIB_PATHS_H
#define CLN_PACKAGER_DECIDE_LIB_PATHS_H

#include "packager/decide/elf_file.h"
#include "packager/decide/keep.h"

enum lib_flavour { LIB_GLIBC = 1, LIB_MUSL = 2 };

struct folders {
	const char **item; /* absolute paths; the arena's */
	size_t count, room;
};

struct lib_paths {
	struct folders env;   /* LD_LIBRARY_PATH of the image and of main */
	struct folders named; /* by ld.so.conf */
	struct folders glibc; /* the defaults */
	struct folders musl;
	struct folders conf;   /* the configuration files that were read */
	unsigned int flavours; /* loaders that the image has */
	bool env_origin;       /* LD_LIBRARY_PATH names $ORIGIN: not followed */
};

/* Reads the image's configuration. -errno only where reading fails. */
int lib_paths_load(const struct keep_input *in, struct cln_arena *arena, struct lib_paths *out,
	struct cln_err *err);

/* Adds path, once. */
void folders_add(struct folders *folders, struct cln_arena *arena, const char *path);

/*
 * The folders that a DT_RPATH or DT_RUNPATH text means for a file in `origin`:
 * $ORIGIN, $LIB and $PLATFORM (with or without braces) put in; each way to put
 * $LIB in that distributions use. Relative ones depend on the working
 * directory and are left out.
 */
void folders_expand(struct folders *folders, struct cln_arena *arena, const char *text,
	const char *origin, const struct elf_facts *elf);

/* May programs of this machine run in an image of that architecture (as OCI
 * names it)? NULL or an unknown one: yes. */
bool lib_machine_fits(const struct elf_facts *elf, const char *architecture);

#endif
