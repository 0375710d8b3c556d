// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/docs.h"

#include "common/log.h"
#include "packager/docs/facts.h"
#include "packager/docs/report.h"

#include <inttypes.h>
#include <stdio.h>

static void add_row(
	struct cln_buf *out, const char *name, const char *was, const char *is, double less)
{
	char text[16] = "";

	if (less < 1e9)
		snprintf(text, sizeof(text), "%+.0f %%", less);
	cln_buf_addf(out, "%-18s %12s %12s %8s\n", name, was, is, text);
}

/* In percent; of nothing there is no share. */
static double share(uint64_t was, uint64_t is)
{
	return was ? 100.0 * ((double)is - (double)was) / (double)was : 1e9;
}

static void add_count(struct cln_buf *out, const char *name, uint32_t was, uint32_t is)
{
	char was_text[16], is_text[16];

	snprintf(was_text, sizeof(was_text), "%" PRIu32, was);
	snprintf(is_text, sizeof(is_text), "%" PRIu32, is);
	add_row(out, name, was_text, is_text, share(was, is));
}

char *docs_summary_new(const struct docs_input *in, const char *title)
{
	char was_text[16], is_text[16];
	struct surface was, is;
	struct cln_buf out = { 0 };
	struct facts facts;

	facts_make(in, &facts);
	report_surface(&facts, false, &was);
	report_surface(&facts, true, &is);
	facts_release(&facts);
	cln_buf_addf(&out, "%-18s %12s %12s\n", title, "development", "production");
	add_row(&out, "size", cln_bytes_text(was.bytes, was_text),
		cln_bytes_text(is.bytes, is_text), share(was.bytes, is.bytes));
	add_count(&out, "files", was.files, is.files);
	add_count(&out, "executables", was.executables, is.executables);
	add_count(&out, "setuid files", was.setuid, is.setuid);
	add_count(&out, "packages", was.packages, is.packages);
	add_count(&out, "shells", was.shells, is.shells);
	add_count(&out, "package managers", was.package_managers, is.package_managers);
	return cln_buf_steal(&out);
}
