// SPDX-License-Identifier: Apache-2.0
#include "common/path.h"
#include "common/pathset.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

Test(path, clean)
{
	static const struct {
		const char *in, *want; /* want NULL: must be refused */
	} cases[] = {
		{ "/", "/" },
		{ "//", "/" },
		{ "/.", "/" },
		{ "/..", "/" },
		{ "/../../etc", "/etc" }, /* never climbs above the root */
		{ "/usr//bin/./sh", "/usr/bin/sh" },
		{ "/a/b/", "/a/b" },
		{ "/a/b/..", "/a" },
		{ "/a/../b/../c", "/c" },
		{ "/..a/b..", "/..a/b.." },
		{ "/.../x", "/.../x" },
		{ "/\xff/\n", "/\xff/\n" },
		{ "", NULL },
		{ "etc/passwd", NULL },
		{ "./x", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		char out[CLN_PATH_MAX] = "";
		int r = cln_path_clean(cases[i].in, out);

		if (!cases[i].want) {
			cr_expect(r == -EINVAL, "%s", cases[i].in);
			continue;
		}
		cr_expect_str_eq(out, cases[i].want);
		cr_expect(r == (int)strlen(cases[i].want));
		cr_expect(cln_path_is_normal(out, strlen(out)), "%s", out);
		cr_expect(cln_path_is_normal(cases[i].in, strlen(cases[i].in)) ==
				  !strcmp(cases[i].in, cases[i].want),
			"%s", cases[i].in);
	}
}

Test(path, length_is_bounded)
{
	char in[CLN_PATH_MAX + 2], out[CLN_PATH_MAX];

	memset(in, 'a', sizeof(in));
	in[0] = '/';
	in[CLN_PATH_MAX - 1] = '\0';
	cr_expect(cln_path_clean(in, out) == CLN_PATH_MAX - 1);
	cr_expect(cln_path_is_normal(in, CLN_PATH_MAX - 1));
	in[CLN_PATH_MAX - 1] = 'a';
	in[CLN_PATH_MAX] = '\0';
	cr_expect(cln_path_clean(in, out) == -ENAMETOOLONG);
	cr_expect(!cln_path_is_normal(in, CLN_PATH_MAX));
}

Test(path, join)
{
	static const struct {
		const char *base, *path, *want;
	} cases[] = {
		{ "/a", "b", "/a/b" },
		{ "/a", "../b", "/b" },
		{ "/a", "../../../b", "/b" },
		{ "/", "b", "/b" },
		{ "/a", "/c//d", "/c/d" },
		{ "/a/b", ".", "/a/b" },
		{ "/a", "", "/a" },
		{ "/", "", "/" },
		{ "a", "b", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		char out[CLN_PATH_MAX];
		int r = cln_path_join(cases[i].base, cases[i].path, out);

		if (cases[i].want)
			cr_expect_str_eq(out, cases[i].want);
		else
			cr_expect(r < 0);
	}
}

Test(path, parts)
{
	cr_expect(cln_path_within("/a/b", "/a"));
	cr_expect(cln_path_within("/a", "/a"));
	cr_expect(cln_path_within("/a", "/"));
	cr_expect(!cln_path_within("/ab", "/a"));
	cr_expect(!cln_path_within("/a", "/a/b"));
	cr_expect_str_eq(cln_path_name("/a/b"), "b");
	cr_expect_str_eq(cln_path_name("/"), "");
	cr_expect(cln_path_parent_length("/a/b") == 2);
	cr_expect(cln_path_parent_length("/a") == 1);
	cr_expect(cln_path_parent_length("/") == 1);
}

Test(path, match)
{
	static const struct {
		const char *pattern, *path;
		bool want;
	} cases[] = {
		{ "/tmp/*", "/tmp/a", true },
		{ "/tmp/*", "/tmp/a/b", false }, /* a star stops at a slash */
		{ "/tmp/**", "/tmp/a/b", true }, { "/tmp/**", "/tmp", false },
		{ "/a/**/b", "/a/b", true }, { "/a/**/b", "/a/x/y/b", true },
		{ "/a/**/b", "/a/xb", false }, { "**/b", "/a/b", true },
		{ "*.so", "/usr/lib/x.so", true }, /* without a slash: the name */
		{ "*.so", "/usr/lib.so/x", false },
		{ "/usr/lib*/lib?.so", "/usr/lib64/libc.so", true }, { "/a?b", "/a/b", false },
		{ "/[a-c]x", "/bx", true }, { "/[!a-c]x", "/bx", false },
		{ "/[!a-c]x", "/dx", true }, { "/[!a]", "//", false }, { "/[]a]", "/]", true },
		{ "/[", "/[", true }, /* without its end a bracket is itself */
		{ "/\\*", "/*", true }, { "/\\*", "/a", false }, { "/a\\", "/a\\", true },
		{ "/**/*.py", "/x.py", true }, { "/**a**b", "/xaxxb", true },
		{ "/*a*b*", "/xaxxbx", true }, { "", "/", true }, /* the root's name is empty */
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++)
		cr_expect(cln_path_match(cases[i].pattern, cases[i].path) == cases[i].want,
			"%s on %s", cases[i].pattern, cases[i].path);
}

/* The same rules, written the slow and plain way. */
static bool plainly(const char *p, const char *s, const char *start)
{
	if (p[0] == '*' && p[1] == '*') {
		while (*p == '*')
			p++;
		if (*p == '/' && s > start && s[-1] == '/' && plainly(p, s - 1, start))
			return true;
		do {
			if (plainly(p, s, start))
				return true;
		} while (*s++);
		return false;
	}
	if (*p == '*') {
		do {
			if (plainly(p + 1, s, start))
				return true;
		} while (*s && *s++ != '/');
		return false;
	}
	if (!*p || !*s)
		return !*p && !*s;
	if (*p == '?' ? *s == '/' : *p != *s)
		return false;
	return plainly(p + 1, s + 1, start);
}

Test(path, match_agrees_with_the_plain_rules)
{
	static const char pool[] = "//ab**?", letters[] = "//ab";
	uint64_t state = 42;

	for (int round = 0; round < 300000; round++) {
		char pattern[10] = "/", path[10] = "/";

		for (size_t i = 1; i < 9; i++) {
			state = state * 6364136223846793005u + 1442695040888963407u;
			pattern[i] = pool[(state >> 33) % (sizeof(pool) - 1)];
			path[i] = letters[(state >> 48) % (sizeof(letters) - 1)];
		}
		pattern[1 + (state >> 20) % 8] = '\0';
		path[1 + (state >> 25) % 8] = '\0';
		cr_assert(cln_path_match(pattern, path) == plainly(pattern, path, path), "%s on %s",
			pattern, path);
	}
}

Test(path, match_is_never_exponential, .timeout = 10)
{
	char pattern[2048] = "/", path[4096] = "/";

	for (int i = 0; i < 500; i++)
		strcat(pattern, "*a");
	memset(path + 1, 'a', 4000);
	strcat(path, "b");
	cr_expect(!cln_path_match(pattern, path));
	strcpy(pattern, "/");
	for (int i = 0; i < 300; i++)
		strcat(pattern, "**a*");
	cr_expect(cln_path_match(pattern, path));
}

Test(pathset, is_a_set)
{
	cln_owned(cln_pathset_release) struct cln_pathset set = { 0 };
	char path[32];

	cr_expect(!cln_pathset_has(&set, "/a"));
	for (int round = 0; round < 2; round++) {
		for (unsigned int i = 0; i < 1000; i++) {
			snprintf(path, sizeof(path), "/%u", (i * 7919) % 1000);
			cln_pathset_add(&set, path, 1u << round);
		}
	}
	cr_expect(set.count == 1000);
	cln_pathset_sort(&set);
	for (size_t i = 1; i < set.count; i++)
		cr_assert(strcmp(set.entry[i - 1].path, set.entry[i].path) < 0);
	cr_expect(cln_pathset_bits(&set, "/999") == 3);
	cr_expect(cln_pathset_bits(&set, "/1000") == 0);
	cln_pathset_add(&set, "/999", 4); /* still findable after sorting */
	cr_expect(cln_pathset_bits(&set, "/999") == 7);
	cr_expect(set.count == 1000);
	cln_pathset_addn(&set, "/abc", 2, 0);
	cr_expect(cln_pathset_has(&set, "/a"));
	cr_expect(cln_pathset_bitsn(&set, "/9999", 4) == 7);
}
