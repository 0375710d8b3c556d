// SPDX-License-Identifier: Apache-2.0
/* Package URLs: github.com/package-url/purl-spec, the types' own rules. */
#include "packager/model/package.h"

#include "common/buf.h"
#include "common/mem.h"

#include <ctype.h>
#include <string.h>

static void add_encoded(struct cln_buf *buf, const char *text, const char *also)
{
	for (; *text; text++)
		if (isalnum((unsigned char)*text) || strchr("-._~", *text) || strchr(also, *text))
			cln_buf_addc(buf, *text);
		else
			cln_buf_addf(buf, "%%%02X", (unsigned char)*text);
}

/* pkg:deb/debian/..., pkg:apk/alpine/... */
static void add_distro(
	struct cln_buf *buf, const struct packages *packages, const struct package *package)
{
	static const char *const types[] = { "deb", "apk", "rpm" };

	cln_buf_addf(buf, "pkg:%s/", types[package->kind]);
	add_encoded(buf, *packages->distro_id ? packages->distro_id : "unknown", "");
	cln_buf_addc(buf, '/');
	add_encoded(buf, package->name, "");
	cln_buf_addc(buf, '@');
	add_encoded(buf, package->version, "");
	if (package->arch) {
		cln_buf_adds(buf, "?arch=");
		add_encoded(buf, package->arch, "");
	}
	if (*packages->distro_id && *packages->distro_version) {
		cln_buf_addf(buf, "%cdistro=", package->arch ? '&' : '?');
		add_encoded(buf, packages->distro_id, "");
		cln_buf_addc(buf, '-');
		add_encoded(buf, packages->distro_version, "");
	}
}

/* namespace and name apart: the namespace's slashes stay */
static void add_language(struct cln_buf *buf, const struct package *package)
{
	static const char *const types[] = { [PACKAGE_PYTHON] = "pypi",
		[PACKAGE_NPM] = "npm",
		[PACKAGE_MAVEN] = "maven",
		[PACKAGE_GEM] = "gem",
		[PACKAGE_GO] = "golang",
		[PACKAGE_CARGO] = "cargo" };
	const char *colon = strchr(package->name, ':');

	cln_buf_addf(buf, "pkg:%s/", types[package->kind]);
	if (package->kind == PACKAGE_MAVEN && colon) {
		cln_owned(cln_drop_mem) char *group =
			cln_format("%.*s", (int)(colon - package->name), package->name);

		add_encoded(buf, group, "");
		cln_buf_addc(buf, '/');
		add_encoded(buf, colon + 1, "");
	} else {
		bool deep = package->kind == PACKAGE_NPM || package->kind == PACKAGE_GO;

		add_encoded(buf, package->name, deep ? "/" : "");
	}
	cln_buf_addc(buf, '@');
	add_encoded(buf, package->version, "");
}

char *package_purl_new(const struct packages *packages, const struct package *package)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	if (package->kind <= PACKAGE_RPM)
		add_distro(&buf, packages, package);
	else
		add_language(&buf, package);
	return cln_buf_steal(&buf);
}
