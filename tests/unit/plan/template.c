// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/template.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct template_var var[] = {
	{ "EMPTY", "", false },
	{ "HOST", "localhost", false },
	{ "PASSWORD", "", true },
	{ "PORT", "8080", false },
	{ "WORKERS", "2", false },
};
static const struct template_vars vars = { var, CLN_COUNT(var) };

static struct cln_buf text_of(const char *text)
{
	return (struct cln_buf){ .data = (char *)text, .size = strlen(text) };
}

/* "A,B" of the names, "" for none. */
static const char *names(const struct template_match *match)
{
	static char joined[256];

	joined[0] = '\0';
	for (size_t i = 0; i < match->count; i++) {
		strcat(joined, i ? "," : "");
		strcat(joined, match->name[i]);
	}
	return joined;
}

Test(template, explains)
{
	static const struct {
		const char *text, *content, *names; /* names NULL: no explanation */
	} cases[] = {
		{ "listen ${PORT};", "listen 8080;", "PORT" },
		{ "listen $PORT;", "listen 8080;", "PORT" },
		{ "$PORT$HOST", "8080localhost", "PORT,HOST" },
		{ "try $uri ${PORT}", "try $uri 8080", "PORT" }, /* nginx's own survive */
		{ "${PORT} $host", "8080 $host", "PORT" },
		{ "a${EMPTY}b ${PORT}", "ab 8080", "EMPTY,PORT" },
		{ "pw=${PASSWORD};\np=${PORT}", "pw=s3cr;et;\np=8080", "PASSWORD,PORT" },
		{ "pw=${PASSWORD}\n", "pw=abc\n", "PASSWORD" },
		{ "${PORT} ${PORT}", "8080 ${PORT}", NULL }, /* everywhere or nowhere */
		{ "${PORT}", "8081", NULL },
		{ "no variables", "no variables", NULL }, /* a copy, not a template */
		{ "$uri", "$uri", NULL },
		{ "${PORT} more", "8080", NULL },
		{ "${PORT}", "8080 more", NULL },
		{ "${PORT", "8080", NULL },
		{ "$1 ${PORT}", "$1 8080", "PORT" },
		{ "$$PORT", "$8080", "PORT" },
		{ "", "", NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct cln_buf text = text_of(cases[i].text), content = text_of(cases[i].content);
		struct template_match match;
		bool found = template_explains(&text, &content, &vars, &match);

		cr_expect_eq(
			found, cases[i].names != NULL, "%s -> %s", cases[i].text, cases[i].content);
		if (found && cases[i].names)
			cr_expect_str_eq(names(&match), cases[i].names, "%s: %s", cases[i].text,
				names(&match));
	}
}

/* Whatever is explained renders to the very bytes (secrets apart: they are not known). */
Test(template, renders_what_it_explains)
{
	struct cln_buf text = text_of("a ${PORT} $uri ${HOST}${HOST} $ ${ ${EMPTY}."),
		       content = text_of("a 8080 $uri localhostlocalhost $ ${ ."), out = { 0 };
	struct template_match match;

	cr_assert(template_explains(&text, &content, &vars, &match));
	template_render(&text, &vars, &match, &out);
	cr_expect_str_eq(out.data, content.data);
	cln_buf_release(&out);
}

Test(template, derives)
{
	static const struct {
		const char *base, *content, *text; /* text NULL: none */
	} cases[] = {
		{ "listen @PORT@;\n", "listen 8080;\n", "listen ${PORT};\n" },
		{ "listen __PORT__ __HOST__;\n", "listen 8080 localhost;\n",
			"listen ${PORT} ${HOST};\n" },
		{ "workers {{WORKERS}};\n", "workers 2;\n", "workers ${WORKERS};\n" },
		{ "host example.org;\nport 80;\n", "host localhost;\nport 8080;\n",
			"host ${HOST};\nport ${PORT};\n" },
		{ "a\nb\n", "a\nb\n", NULL },		  /* nothing differs */
		{ "workers 1;\n", "workers 2;\n", NULL }, /* "2" alone proves nothing */
		{ "a\n", "a\nport 8080\n", NULL },	  /* a line more */
		{ "x y\n", "x 9999\n", NULL },
		{ "literal ${HOST} @PORT@\n", "literal ${HOST} 8080\n",
			"literal ${HOST} ${PORT}\n" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct cln_buf base = text_of(cases[i].base), content = text_of(cases[i].content);
		struct cln_buf out = { 0 };
		struct template_match match;
		bool found = template_derive(&base, &content, &vars, &match, &out);

		cr_expect_eq(
			found, cases[i].text != NULL, "%s -> %s", cases[i].base, cases[i].content);
		if (found && cases[i].text)
			cr_expect_str_eq(out.data, cases[i].text);
		cln_buf_release(&out);
	}
}

/* A base whose own ${HOST} must stay while HOST is to be replaced has no template. */
Test(template, derive_never_catches_what_was_literal)
{
	struct cln_buf base = text_of("keep ${HOST}\nhost @HOST@\n"),
		       content = text_of("keep ${HOST}\nhost localhost\n"), out = { 0 };
	struct template_match match;

	cr_expect_not(template_derive(&base, &content, &vars, &match, &out));
	cln_buf_release(&out);
}

Test(template, hostile_sizes_end)
{
	struct cln_buf base = { 0 }, content = { 0 }, out = { 0 };
	struct template_match match;

	for (int i = 0; i < 4000; i++) {
		cln_buf_adds(&base, "@");
		cln_buf_adds(&content, "8080");
	}
	template_derive(&base, &content, &vars, &match, &out); /* an end is all that is asked */
	cln_buf_release(&base);
	cln_buf_release(&content);
	cln_buf_release(&out);
}
