// SPDX-License-Identifier: Apache-2.0
#include "packager/model/platform.h"

#include "common/mem.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

/* The names of Go's GOARCH for what uname says. */
static const char *machine_architecture(void)
{
	static const char *const names[][2] = {
		{ "x86_64", "amd64" },
		{ "aarch64", "arm64" },
		{ "armv7l", "arm" },
		{ "riscv64", "riscv64" },
		{ "ppc64le", "ppc64le" },
		{ "s390x", "s390x" },
	};
	struct utsname uts;

	if (!uname(&uts))
		for (size_t i = 0; i < CLN_COUNT(names); i++)
			if (!strcmp(uts.machine, names[i][0]))
				return names[i][1];
	return "amd64";
}

static bool split(const char *text, struct platform *out)
{
	char rest[2];
	int fields;

	*out = (struct platform){ 0 };
	fields = sscanf(text, "%31[a-z0-9]/%31[a-z0-9_]/%31[a-z0-9.]%1s", out->os,
		out->architecture, out->variant, rest);
	return (fields == 2 || fields == 3) &&
	       strlen(text) == strlen(out->os) + 1 + strlen(out->architecture) +
				       (fields == 3 ? 1 + strlen(out->variant) : 0);
}

int platform_parse(const char *text, struct platform *out, struct cln_err *err)
{
	if (!text) {
		*out = (struct platform){ .os = "linux" };
		snprintf(
			out->architecture, sizeof(out->architecture), "%s", machine_architecture());
		return 0;
	}
	if (!split(text, out))
		return cln_usage(err, "platform %s: written OS/ARCHITECTURE[/VARIANT]", text);
	return 0;
}

bool platform_fits(
	const struct platform *want, const char *os, const char *architecture, const char *variant)
{
	if (!os || !*os || !architecture || !*architecture)
		return true;
	if (strcmp(want->os, os) != 0 || strcmp(want->architecture, architecture) != 0)
		return false;
	return !*want->variant || !variant || !*variant || !strcmp(want->variant, variant);
}

bool platform_fits_text(const struct platform *want, const char *text)
{
	struct platform is;

	return split(text, &is) && platform_fits(want, is.os, is.architecture, is.variant);
}

const char *platform_text(const struct platform *is, char separator, char out[PLATFORM_TEXT])
{
	snprintf(out, PLATFORM_TEXT, "%s%c%s", is->os, separator, is->architecture);
	if (*is->variant)
		snprintf(out + strlen(out), PLATFORM_TEXT - strlen(out), "%c%s", separator,
			is->variant);
	return out;
}
