// SPDX-License-Identifier: Apache-2.0
/* dpkg and apk: who owns what, as those databases mean it. */
#include "tests/unit/packages/sample.h"

static const char status[] =
	"Package: libc6\nStatus: install ok installed\nEssential: yes\n"
	"Maintainer: GNU Libc Maintainers <debian-glibc@lists.debian.org>\n"
	"Architecture: amd64\nMulti-Arch: same\nSource: glibc (2.36-9)\n"
	"Version: 2.36-9+deb12u1\nDepends: libgcc-s1, libcrypt1 (>= 1:4.4) | other:any\n"
	"Description: C library\n text\n .\n more\n\n"
	"Package: dash\nStatus: install ok installed\nVersion: 0.5.12-2\n"
	"Architecture: amd64\nHomepage: http://gondor.apana.org.au/\n\n"
	"Package: gone\nStatus: deinstall ok config-files\nVersion: 1\n\n"
	"Package: mawk\nStatus: install ok installed\nVersion: 1.3.4-1\n"
	"Architecture: amd64\n";

static const struct sample debian[] = {
	{ "etc/os-release", 0, .link = "../usr/lib/os-release" },
	{ "usr/lib/os-release", 0644, "ID=debian\nVERSION_ID=\"12\"\n" },
	{ "bin", 0, .link = "usr/bin" },
	{ "lib", 0, .link = "usr/lib" },
	{ "lib64", 0, .link = "/usr/lib64" },
	{ "usr/lib64/ld-linux-x86-64.so.2", 0, .link = "/lib/x86_64-linux-gnu/ld-linux.so" },
	{ "usr/lib/x86_64-linux-gnu/libc.so.6", 0755, "elf" },
	{ "usr/lib/x86_64-linux-gnu/ld-linux.so", 0755, "elf" },
	{ "usr/bin/sh", 0, .link = "dash" },
	{ "usr/bin/sh.distrib", 0, .link = "old" },
	{ "usr/bin/dash", 0755, "elf" },
	{ "usr/bin/mawk", 0755, "elf" },
	{ "usr/bin/awk", 0, .link = "/etc/alternatives/awk" },
	{ "etc/alternatives/awk", 0, .link = "/usr/bin/mawk" },
	{ "srv/app", 0755, "mine" },
	{ "var/lib/dpkg/status", 0644, status },
	{ "var/lib/dpkg/diversions", 0644, "/bin/sh\n/bin/sh.distrib\ndash\n" },
	{ "var/lib/dpkg/info/libc6:amd64.list", 0644,
		"/.\n/lib\n/lib/x86_64-linux-gnu/libc.so.6\n/lib/x86_64-linux-gnu/ld-linux.so\n"
		"/lib64/ld-linux-x86-64.so.2\n/../../etc/passwd\n/bin/sh\n" },
	{ "var/lib/dpkg/info/dash.list", 0644, "/bin/dash\n/bin/sh\n/lib\n" },
	{ "var/lib/dpkg/info/mawk.list", 0644, "/usr/bin/mawk" },
	{ "usr/share/doc/mawk/copyright", 0644,
		"Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n"
		"Files: *\nLicense: GPL-2\n\nFiles: x\nLicense: Expat\n text\n" },
};

Test(distro, dpkg_owners)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{ "/usr/lib/x86_64-linux-gnu/libc.so.6", "libc6 2.36-9+deb12u1" }, /* usrmerge */
		{ "/usr/lib64/ld-linux-x86-64.so.2", "libc6 2.36-9+deb12u1" }, /* the link itself */
		{ "/usr/bin/sh", "dash 0.5.12-2" }, /* its diversion: dash keeps it */
		{ "/usr/bin/sh.distrib", "libc6 2.36-9+deb12u1" }, /* everyone else's goes aside */
		{ "/usr/bin/awk", "mawk 1.3.4-1" },		   /* an alternative */
		{ "/etc/alternatives/awk", "mawk 1.3.4-1" }, { "/srv/app", "-" },
		{ "/lib", "-" },     /* a folder to libc6 and dash, a link here */
		{ "/usr/lib", "-" }, /* folders are nobody's */
	};
	struct tree *tree = sample_tree(debian, CLN_COUNT(debian));
	struct packages *packages = sample_packages(tree);

	cr_expect_eq(packages->count, 3);
	cr_expect_str_eq(packages->distro_id, "debian");
	cr_expect_str_eq(packages->distro_version, "12");
	for (size_t i = 0; i < CLN_COUNT(cases); i++)
		cr_expect_str_eq(sample_owner(tree, packages, cases[i].path), cases[i].want,
			"%s: %s", cases[i].path, sample_owner(tree, packages, cases[i].path));
	packages_free(packages);
	tree_free(tree);
}

Test(distro, dpkg_record)
{
	struct tree *tree = sample_tree(debian, CLN_COUNT(debian));
	struct packages *packages = sample_packages(tree);
	const struct package *libc = sample_find(packages, "libc6");
	cln_owned(cln_drop_mem) char *purl = package_purl_new(packages, libc);

	cr_expect(libc->essential);
	cr_expect_str_eq(libc->source, "glibc");
	cr_expect_str_eq(libc->source_version, "2.36-9");
	cr_expect_str_eq(libc->depends[0], "libgcc-s1");
	cr_expect_str_eq(libc->depends[1], "libcrypt1");
	cr_expect_str_eq(libc->depends[2], "other");
	cr_expect_null(libc->depends[3]);
	cr_expect(strncmp(libc->record, status, 40) == 0);
	cr_expect(strstr(libc->record, " more") && !strstr(libc->record, "dash"));
	cr_expect_str_eq(purl, "pkg:deb/debian/libc6@2.36-9%2Bdeb12u1?arch=amd64&distro=debian-12");
	cr_expect_str_eq(sample_find(packages, "mawk")->licence, "GPL-2.0-only AND MIT");
	packages_free(packages);
	tree_free(tree);
}

Test(distro, distroless)
{
	static const struct sample files[] = {
		{ "var/lib/dpkg/status.d/tzdata", 0644,
			"Package: tzdata\nVersion: 2024a-0+deb12u1\nConffiles:\n"
			" /etc/tz.conf d41d8cd98f00b204e9800998ecf8427e\n /etc/old d41d obsolete\n"
			"Section: base\n" },
		{ "etc/tz.conf", 0644, "conf" },
		{ "var/lib/dpkg/status.d/tzdata.md5sums", 0644,
			"d41d8cd98f00b204e9800998ecf8427e  usr/share/zoneinfo/UTC\nshort\n" },
		{ "usr/share/zoneinfo/UTC", 0644, "tz" },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct packages *packages = sample_packages(tree);

	cr_expect_str_eq(
		sample_owner(tree, packages, "/usr/share/zoneinfo/UTC"), "tzdata 2024a-0+deb12u1");
	cr_expect_str_eq(sample_owner(tree, packages, "/etc/tz.conf"), "tzdata 2024a-0+deb12u1");
	packages_free(packages);
	tree_free(tree);
}

Test(distro, apk)
{
	static const struct sample files[] = {
		{ "etc/os-release", 0644, "ID=alpine\nVERSION_ID=3.20.1\n" },
		{ "lib/ld-musl-x86_64.so.1", 0755, "elf" },
		{ "bin/busybox", 0755, "elf" },
		{ "top", 0644, "" },
		{ "lib/apk/db/installed", 0644,
			"C:Q1x=\nP:musl\nV:1.2.5-r0\nA:x86_64\nL:MIT\no:musl\nm:Timo <t@alpinelinux.org>\n"
			"F:lib\nR:ld-musl-x86_64.so.1\na:0:0:755\nZ:Q1y=\n\n"
			"P:busybox\nV:1.36.1-r29\nL:GPL-2.0-only\nD:so:libc.musl-x86_64.so.1 musl>=1 !x\n"
			"F:bin\nR:busybox\nF:\nR:top\nR:../../../etc/os-release\n" },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct packages *packages = sample_packages(tree);
	const struct package *busybox = sample_find(packages, "busybox");

	cr_expect_str_eq(sample_owner(tree, packages, "/bin/busybox"), "busybox 1.36.1-r29");
	cr_expect_str_eq(sample_owner(tree, packages, "/lib/ld-musl-x86_64.so.1"), "musl 1.2.5-r0");
	cr_expect_str_eq(sample_owner(tree, packages, "/top"), "busybox 1.36.1-r29");
	cr_expect_str_eq(busybox->licence, "GPL-2.0-only");
	cr_expect_str_eq(busybox->depends[1], "musl");
	cr_expect_null(busybox->depends[2]);
	packages_free(packages);
	tree_free(tree);
}

/* Wrong databases are findings; the pack goes on. */
Test(distro, hostile)
{
	static const struct sample files[] = {
		{ "var/lib/dpkg/status", 0644,
			"Package: a/../../b\nVersion: 1\n\nVersion: 2\n\nPackage: \nVersion: 1\n\n"
			"Package: ok\nVersion: 1\nDepends: ,,|,(\n\n:\n ::\n" },
		{ "var/lib/dpkg/info/ok.list", 0, .link = "ok.list" },
		{ "var/lib/dpkg/diversions", 0644, "/one\n/two\n" },
		{ "var/lib/rpm/Packages", 0644, "db" },
		{ "lib/apk/db/installed", 0644, "F:x\nR:y\n\nP:\nV:\n" },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct packages *packages = sample_packages(tree);

	cr_expect_eq(packages->count, 1);
	cr_expect(sample_has_finding(packages, "without a sound name"));
	cr_expect(sample_has_finding(packages, "rpm"));
	cr_expect(sample_has_finding(packages, "no os-release"));
	packages_free(packages);
	tree_free(tree);
}
