/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redirect.h - carrying out, elsewhere, writes that nobody declared.
 *
 * "redirect unknown DIR": calls that name a path are handed to the init by seccomp user
 * notification. A write to a read-only filesystem is carried out below DIR under the
 * same path, existing content copied there first; from then on opening, stat, access,
 * rename, unlink, mkdir and chmod of that path mean the file below DIR. Each new file is
 * told once on stderr, with the program, so that the next profile declares it.
 *
 * Compatibility, not security: the path is read from memory that the program can still
 * change (seccomp_unotify(2)). What it costs: a round trip for every such call, 10 to 30 us
 * (docs/figures.md). It needs /proc, for the program's memory and working directory: without
 * it every call is left to the kernel.
 * Not covered: listing a directory, changing into a redirected one, openat2, deleting a
 * file of the image, links, extended attributes (there are none), execution of redirected files.
 */
#ifndef CLN_INIT_REDIRECT_H
#define CLN_INIT_REDIRECT_H

#include "init/abi.h"
#include "init/loop.h"

#define REDIRECT_FILTER_MAX 128

/* The trapping filter; returns the number of instructions. Pure. */
unsigned redirect_filter(struct bpf_insn *filter);
/*
 * In the child: install it and send the listener over the socket. 0 or -errno.
 */
int redirect_enter(int socket);
/* In the parent: take the listener from the socket and serve it. dir must live as long as watches. */
int redirect_start(int socket, char *dir, struct watches *watches, struct fail *err);

/* out = lexically cleaned absolute path of base and path; -ENAMETOOLONG. Pure, fuzzed. */
int redirect_clean(const char *base, const char *path, char *out, size_t room);

#endif
