// SPDX-License-Identifier: Apache-2.0
/* Python, Node, Ruby, Java, Go and Rust. */
#include "packager/model/pkg_elf.h"
#include "packager/model/pkg_zip.h"
#include "tests/unit/packages/sample.h"

#define SITE "usr/local/lib/python3.11/site-packages/"

Test(language, python)
{
	static const struct sample files[] = {
		{ SITE "Flask-3.0.dist-info/METADATA", 0644,
			"Metadata-Version: 2.1\nName: Flask\nVersion: 3.0\nLicense: BSD-3-Clause\n"
			"Requires-Dist: Werkzeug>=3.0\nRequires-Dist: asgiref; extra == 'async'\n\nbody\n" },
		{ SITE "Flask-3.0.dist-info/RECORD", 0644,
			"flask/__init__.py,sha256=x,1\n\"flask/a,b.py\",,\n../../../bin/flask,,\n" },
		{ SITE "flask/__init__.py", 0644, "" },
		{ SITE "flask/__pycache__/__init__.cpython-311.pyc", 0644, "" },
		{ SITE "flask/a,b.py", 0644, "" },
		{ "usr/local/bin/flask", 0755, "" },
		{ SITE "old.egg-info/PKG-INFO", 0644, "Name: Old.Thing\nVersion: 1\n" },
		{ SITE "old.egg-info/top_level.txt", 0644, "oldthing\n../../etc\n" },
		{ SITE "oldthing/x.py", 0644, "" },
		{ SITE "bad.dist-info/METADATA", 0644, "nothing\n" },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct packages *packages = sample_packages(tree);
	const struct package *flask = sample_find(packages, "flask");

	cr_expect_eq(packages->count, 2);
	cr_expect_str_eq(sample_owner(tree, packages, "/" SITE "flask/__init__.py"), "flask 3.0");
	cr_expect_str_eq(
		sample_owner(tree, packages, "/" SITE "flask/__pycache__/__init__.cpython-311.pyc"),
		"flask 3.0");
	cr_expect_str_eq(sample_owner(tree, packages, "/" SITE "flask/a,b.py"), "flask 3.0");
	cr_expect_str_eq(sample_owner(tree, packages, "/usr/local/bin/flask"), "flask 3.0");
	cr_expect_str_eq(sample_owner(tree, packages, "/" SITE "oldthing/x.py"), "old-thing 1");
	cr_expect_str_eq(flask->depends[0], "werkzeug");
	cr_expect_null(flask->depends[1]);
	cr_expect(sample_has_finding(packages, "bad.dist-info"));
	packages_free(packages);
	tree_free(tree);
}

Test(language, npm)
{
	static const struct sample files[] = {
		{ "app/package.json", 0644,
			"{\"name\":\"shop\",\"version\":\"1.0.0\",\"license\":\"MIT\"}" },
		{ "app/index.js", 0644, "" },
		{ "app/node_modules/@a/b/package.json", 0644,
			"{\"name\":\"@a/b\",\"version\":\"2.0.0\",\"dependencies\":{\"ms\":\"1\"}}" },
		{ "app/node_modules/@a/b/dist/package.json", 0644, "{\"type\":\"module\"}" },
		{ "app/node_modules/@a/b/dist/x.js", 0644, "" },
		{ "app/node_modules/@a/b/node_modules/ms/package.json", 0644,
			"{\"name\":\"ms\",\"version\":\"0.7.1\",\"licenses\":[{\"type\":\"MIT\"}]}" },
		{ "app/node_modules/@a/b/node_modules/ms/index.js", 0644, "" },
		{ "app/node_modules/bad/package.json", 0644, "{\"name\":" },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct packages *packages = sample_packages(tree);
	cln_owned(cln_drop_mem) char *purl =
		package_purl_new(packages, sample_find(packages, "@a/b"));

	cr_expect_eq(packages->count, 3);
	cr_expect_str_eq(sample_owner(tree, packages, "/app/index.js"), "shop 1.0.0");
	cr_expect_str_eq(
		sample_owner(tree, packages, "/app/node_modules/@a/b/dist/x.js"), "@a/b 2.0.0");
	cr_expect_str_eq(
		sample_owner(tree, packages, "/app/node_modules/@a/b/node_modules/ms/index.js"),
		"ms 0.7.1");
	cr_expect_str_eq(sample_find(packages, "ms")->licence, "MIT");
	cr_expect_str_eq(purl, "pkg:npm/%40a/b@2.0.0");
	cr_expect(sample_has_finding(packages, "bad/package.json"));
	packages_free(packages);
	tree_free(tree);
}

/* What the distribution's package manager installed is not counted twice. */
Test(language, of_a_deb)
{
	static const struct sample files[] = {
		{ "var/lib/dpkg/status", 0644, "Package: python3-x\nVersion: 1-1\n" },
		{ "var/lib/dpkg/info/python3-x.list", 0644,
			"/usr/lib/python3/dist-packages/x-1.egg-info\n/usr/lib/node_modules/y/package.json\n" },
		{ "usr/lib/python3/dist-packages/x-1.egg-info", 0644, "Name: x\nVersion: 1\n" },
		{ "usr/lib/node_modules/y/package.json", 0644,
			"{\"name\":\"y\",\"version\":\"1\"}" },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct packages *packages = sample_packages(tree);

	cr_expect_eq(packages->count, 1);
	packages_free(packages);
	tree_free(tree);
}

Test(language, gem)
{
	static const struct sample files[] = {
		{ "usr/lib/ruby/gems/3.1.0/specifications/rack-3.0.gemspec", 0644,
			"# -*- encoding: utf-8 -*-\nGem::Specification.new do |s|\n"
			"  s.name = \"rack\".freeze\n  s.version = \"3.0\"\n  s.licenses = [\"MIT\".freeze]\n"
			"  s.add_runtime_dependency(%q<webrick>.freeze, [\"~> 1\"])\nend\n" },
		{ "usr/lib/ruby/gems/3.1.0/gems/rack-3.0/lib/rack.rb", 0644, "" },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct packages *packages = sample_packages(tree);

	cr_expect_str_eq(
		sample_owner(tree, packages, "/usr/lib/ruby/gems/3.1.0/gems/rack-3.0/lib/rack.rb"),
		"rack 3.0");
	cr_expect_str_eq(sample_find(packages, "rack")->depends[0], "webrick");
	packages_free(packages);
	tree_free(tree);
}

/* One stored entry, as `zip -0` writes it. */
static size_t put_zip(char *out, const char *name, const char *text)
{
	uint32_t size = (uint32_t)strlen(text), length = (uint32_t)strlen(name);
	unsigned char local[30] = "PK\3\4", central[46] = "PK\1\2", end[22] = "PK\5\6";
	size_t at = 0, start;

	memcpy(local + 18, &size, 4);
	memcpy(local + 22, &size, 4);
	memcpy(local + 26, &length, 2);
	memcpy(central + 20, &size, 4);
	memcpy(central + 24, &size, 4);
	memcpy(central + 28, &length, 2);
	memcpy(out, local, 30);
	memcpy(out + 30, name, length);
	memcpy(out + 30 + length, text, size);
	start = at = 30 + length + size;
	memcpy(out + at, central, 46);
	memcpy(out + at + 46, name, length);
	at += 46 + length;
	end[8] = end[10] = 1;
	uint32_t central_bytes = (uint32_t)(at - start), offset = (uint32_t)start;
	memcpy(end + 12, &central_bytes, 4);
	memcpy(end + 16, &offset, 4);
	memcpy(out + at, end, 22);
	return at + 22;
}

Test(language, java)
{
	char pom[1024], bare[1024];
	size_t pom_size = put_zip(pom, "META-INF/maven/org.x/lib/pom.properties",
		"#x\ngroupId=org.x\nartifactId=lib\nversion=1.2\n");
	size_t bare_size = put_zip(bare, "META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\n");
	const struct sample files[] = {
		{ "app/lib-1.2.jar", 0644, pom, .size = pom_size },
		{ "app/commons-io-2.11.0.jar", 0644, bare, .size = bare_size },
		{ "app/broken.jar", 0644, "PK\5\6 not a zip at all............." },
	};
	struct tree *tree = sample_tree(files, CLN_COUNT(files));
	struct packages *packages = sample_packages(tree);
	cln_owned(cln_drop_mem) char *purl =
		package_purl_new(packages, sample_find(packages, "org.x:lib"));

	cr_expect_str_eq(sample_owner(tree, packages, "/app/lib-1.2.jar"), "org.x:lib 1.2");
	cr_expect_str_eq(
		sample_owner(tree, packages, "/app/commons-io-2.11.0.jar"), "commons-io 2.11.0");
	cr_expect_str_eq(purl, "pkg:maven/org.x/lib@1.2");
	cr_expect(sample_has_finding(packages, "broken.jar"));
	packages_free(packages);
	tree_free(tree);
}

Test(language, go_info)
{
	unsigned char data[256] = "\xff Go buildinf:";
	const char modules[] = "0123456789abcdefpath\tx\nmod\tx\tv1\t\n0123456789abcdef";
	struct go_info info;
	size_t at = 32;

	data[14] = 8;
	data[15] = 2;
	data[at++] = 8;
	memcpy(data + at, "go1.22.1", 8);
	at += 8;
	data[at++] = (unsigned char)(sizeof(modules) - 1);
	memcpy(data + at, modules, sizeof(modules) - 1);
	at += sizeof(modules) - 1;
	cr_assert(go_info_parse(data, at, &info));
	cr_expect(strncmp(info.version, "go1.22.1", info.version_length) == 0);
	cr_expect_eq(info.modules_length, sizeof(modules) - 1 - 32);
	cr_expect(strncmp(info.modules, "path\tx", 6) == 0);
	cr_expect_not(go_info_parse(data, at - 1, &info)); /* a length past the end */
	data[15] = 0;
	cr_expect_not(go_info_parse(data, at, &info)); /* the form with pointers */
}
