/* SPDX-License-Identifier: Apache-2.0 */
/*
 * platform.h - what an image or a manifest is for: "linux/arm64/v8".
 *
 * Names are Go's GOOS and GOARCH (image-spec image-index.md). Pure, but for
 * asking the kernel what this machine is.
 */
#ifndef CLN_PACKAGER_PLATFORM_H
#define CLN_PACKAGER_PLATFORM_H

#include "common/err.h"

#define PLATFORM_TEXT 100 /* room for platform_text */

struct platform {
	char os[32], architecture[32], variant[32]; /* variant "" matches any */
};

/* "linux/arm64/v8"; NULL: the machine's own. */
int platform_parse(const char *text, struct platform *out, struct cln_err *err);

/* Does an image for os/architecture/variant serve who wants it? Unsaid (NULL or "") fits. */
bool platform_fits(
	const struct platform *want, const char *os, const char *architecture, const char *variant);

/* The same of a written platform; false where it is none. */
bool platform_fits_text(const struct platform *want, const char *text);

/* "linux/arm64/v8"; separator '/' or, for names of files, '-'. Returns out. */
const char *platform_text(const struct platform *is, char separator, char out[PLATFORM_TEXT]);

#endif
