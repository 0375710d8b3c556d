// SPDX-License-Identifier: Apache-2.0
/* Byte code beside its source, metadata beside the package. */
#include "tests/unit/decide/decide_sample.h"

static const struct decide_file files[] = {
	{ { "lib/py/a.py", 0644, "a" } },
	{ { "lib/py/__pycache__/a.cpython-311.pyc", 0644, "a" } },
	{ { "lib/py/__pycache__/a.cpython-311.opt-1.pyc", 0644, "a" } },
	{ { "lib/py/__pycache__/ab.cpython-311.pyc", 0644, "ab" } },
	{ { "lib/py/ab.py", 0644, "ab" } },
	{ { "lib/py/old.py", 0644, "old" } },
	{ { "lib/py/old.pyc", 0644, "old" } },
	{ { "lib/py/two.py", 0644, "two" } },
	{ { "lib/py/two.pyo", 0644, "two" } },
	{ { "lib/py/pkg/__init__.py", 0644, "x" } },
	{ { "lib/py/pkg-1.0.dist-info/METADATA", 0644, "x" } },
	{ { "lib/py/pkg-1.0.dist-info/entry_points.txt", 0644, "x" } },
	{ { "lib/py/pkg-1.0.dist-info/licenses/LICENSE", 0644, "x" } },
	{ { "lib/py/other-1.0.dist-info/METADATA", 0644, "x" } },
	{ { "lib/py/egg.py", 0644, "x" } },
	{ { "lib/py/egg-1.0.egg-info/PKG-INFO", 0644, "x" } },
	{ { "lib/py/egg-1.0.egg-info/top_level.txt", 0644, "egg" } },
	{ { "lib/py/flat.py", 0644, "x" } },
	{ { "lib/py/flat-1.0.egg-info", 0644, "x" } },
	{ { "lib/ruby/gems/rack-3.0/lib/rack.rb", 0644, "x" } },
	{ { "lib/ruby/specifications/rack-3.0.gemspec", 0644, "x" } },
	{ { "lib/ruby/specifications/rake-1.0.gemspec", 0644, "x" } },
	{ { "js/node_modules/left/index.js", 0644, "x" } },
	{ { "js/node_modules/left/package.json", 0644, "{}" } },
};

Test(decide_language, byte_code)
{
	static const struct {
		const char *used;
		const char *kept;
	} cases[] = {
		{ "/lib/py/a.py", "/lib/py/__pycache__/a.cpython-311.pyc" },
		{ "/lib/py/__pycache__/a.cpython-311.pyc", "/lib/py/a.py" },
		{ "/lib/py/__pycache__/a.cpython-311.opt-1.pyc", "/lib/py/a.py" },
		{ "/lib/py/old.py", "/lib/py/old.pyc" }, { "/lib/py/old.pyc", "/lib/py/old.py" },
		{ "/lib/py/two.pyo", "/lib/py/two.py" }, /* python2 -O */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		case_use(&c, CLN_ROLE_MAIN, cases[i].used, CLN_READ, NULL);
		case_decide(&c);
		expect_why(&c, cases[i].kept, WHY_BYTE_CODE);
		expect_why(&c, "/lib/py/ab.py", WHY_UNUSED);
		if (strcmp(cases[i].used, "/lib/py/__pycache__/a.cpython-311.opt-1.pyc") != 0)
			expect_why(&c, "/lib/py/__pycache__/a.cpython-311.opt-1.pyc", WHY_UNUSED);
		case_end(&c);
	}
}

/* Who looks for packages lists the metadata of all; only of those in use it stays. */
Test(decide_language, listed_metadata)
{
	static const char *const used[] = { "/lib/py/pkg/__init__.py",
		"/lib/py/pkg-1.0.dist-info/METADATA", NULL };
	static const char *const idle[] = { "/lib/py/other-1.0.dist-info/METADATA", "/lib/py/ab.py",
		NULL };
	static const char *const js[] = { "/js/node_modules/left/index.js",
		"/js/node_modules/left/package.json", NULL };
	static const struct {
		const char *listed;
		enum keep_why idle, module;
	} cases[] = { { NULL, WHY_LISTED_OUT, WHY_LISTED_OUT },
		{ "small", WHY_LISTED_OUT, WHY_LISTED_OUT }, { "all", WHY_LISTED, WHY_LISTED } };

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		c.rules.listed = cases[i].listed;
		case_package(&c,
			(struct package){ .kind = PACKAGE_PYTHON,
				.name = "pkg",
				.where = tree_lookup(c.tree, used[1]) },
			used);
		case_package(&c,
			(struct package){ .kind = PACKAGE_PYTHON,
				.name = "other",
				.where = tree_lookup(c.tree, idle[0]) },
			idle);
		case_package(&c,
			(struct package){ .kind = PACKAGE_NPM,
				.name = "left",
				.where = tree_lookup(c.tree, js[1]) },
			js);
		case_use(&c, CLN_ROLE_MAIN, "/lib/py", CLN_LIST, NULL);
		case_use(&c, CLN_ROLE_MAIN, "/lib/py/pkg-1.0.dist-info", CLN_LIST, NULL);
		case_use(&c, CLN_ROLE_MAIN, "/lib/py/other-1.0.dist-info", CLN_LIST, NULL);
		case_use(&c, CLN_ROLE_MAIN, "/js/node_modules/left", CLN_LIST, NULL);
		case_use(&c, CLN_ROLE_MAIN, used[0], CLN_READ, NULL);
		case_use(&c, CLN_ROLE_MAIN, js[1], CLN_READ, NULL);
		case_decide(&c);
		expect_why(&c, used[1], WHY_LISTED);
		expect_why(&c, idle[0], cases[i].idle);
		expect_why(&c, idle[1], cases[i].module);
		expect_why(&c, "/lib/py/a.py", WHY_LISTED); /* nobody's */
		expect_why(&c, js[0], WHY_LISTED);	    /* of a package in use */
		case_end(&c);
	}
}

Test(decide_language, metadata)
{
	static const char *const py[] = { "/lib/py/pkg/__init__.py",
		"/lib/py/pkg-1.0.dist-info/METADATA", "/lib/py/pkg-1.0.dist-info/entry_points.txt",
		"/lib/py/pkg-1.0.dist-info/licenses/LICENSE", NULL };
	static const char *const other[] = { "/lib/py/other-1.0.dist-info/METADATA", NULL };
	static const char *const js[] = { "/js/node_modules/left/index.js",
		"/js/node_modules/left/package.json", NULL };
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_package(&c,
		(struct package){ .kind = PACKAGE_PYTHON,
			.name = "pkg",
			.where = tree_lookup(c.tree, py[1]) },
		py);
	/* as Debian installs it: dist-info is the deb's */
	case_package(&c, (struct package){ .kind = PACKAGE_DEB, .name = "o", .where = TREE_NONE },
		other);
	case_package(&c,
		(struct package){
			.kind = PACKAGE_NPM, .name = "left", .where = tree_lookup(c.tree, js[1]) },
		js);
	case_use(&c, CLN_ROLE_MAIN, py[0], CLN_READ, NULL);
	case_use(&c, CLN_ROLE_MAIN, js[0], CLN_READ, NULL);
	case_decide(&c);
	expect_why(&c, py[1], WHY_METADATA);
	expect_why(&c, py[2], WHY_METADATA);
	expect_why(&c, py[3], WHY_METADATA);
	expect_why(&c, other[0], WHY_UNUSED);
	expect_why(&c, js[1], WHY_METADATA);
	case_end(&c);
}

/* Eggs in a folder and in a file, and gems, whose specification lies far from their code. */
Test(decide_language, metadata_elsewhere)
{
	static const struct {
		enum package_kind kind;
		const char *paths[4]; /* the code, then what describes it */
	} cases[] = {
		{ PACKAGE_PYTHON, { "/lib/py/egg.py", "/lib/py/egg-1.0.egg-info/PKG-INFO",
					  "/lib/py/egg-1.0.egg-info/top_level.txt" } },
		{ PACKAGE_DEB, { "/lib/py/flat.py", "/lib/py/flat-1.0.egg-info" } },
		{ PACKAGE_GEM, { "/lib/ruby/gems/rack-3.0/lib/rack.rb",
				       "/lib/ruby/specifications/rack-3.0.gemspec" } },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		case_package(&c,
			(struct package){ .kind = cases[i].kind,
				.name = "x",
				.where = tree_lookup(c.tree, cases[i].paths[1]) },
			cases[i].paths);
		case_use(&c, CLN_ROLE_MAIN, cases[i].paths[0], CLN_READ, NULL);
		case_decide(&c);
		for (size_t k = 1; cases[i].paths[k]; k++)
			expect_why(&c, cases[i].paths[k], WHY_METADATA);
		expect_why(&c, "/lib/ruby/specifications/rake-1.0.gemspec", WHY_UNUSED);
		case_end(&c);
	}
}
