// SPDX-License-Identifier: Apache-2.0
/* What an image says of where it comes from: labels are anybody's text. */
#include "common/buf.h"
#include "packager/model/origin.h"

#include <criterion/criterion.h>
#include <string.h>

#define MANIFEST "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define CONFIG "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"
#define SOURCE "sha256:dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd"
#define LABELS(text) "{\"config\":{\"Labels\":" text "}}"

static struct image image_of(const char *config)
{
	struct image image = { .config_digest = CONFIG };
	struct cln_err err = { 0 };

	cr_assert_eq(
		cln_json_parse(config, strlen(config), &image.config, &err), 0, "%s", err.text);
	return image;
}

Test(origin, name)
{
	static const struct {
		const char *config, *program, *want;
	} cases[] = {
		{ "{}", "/usr/sbin/nginx", "nginx" },
		{ "{}", "run", "run" },
		{ "{}", NULL, "image" },
		{ "{}", "/", "image" },
		{ LABELS("{\"io.clnimg.name\":\"web\"}"), "/usr/sbin/nginx", "web" },
		{ LABELS("{\"org.opencontainers.image.title\":\"A Shop\",\"io.clnimg.name\":\"web\"}"),
			"/usr/sbin/nginx", "A Shop" },
		{ LABELS("{\"org.opencontainers.image.title\":\"\"}"), "/bin/x", "x" },
		{ LABELS("{\"org.opencontainers.image.title\":7}"), "/bin/x", "x" },
		{ LABELS("{\"org.opencontainers.image.title\":\"../../etc/x\\n\"}"), "/bin/x",
			NULL },
		{ LABELS("null"), "/bin/x", "x" },
		{ "{\"config\":[]}", "/bin/x", "x" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct image image = image_of(cases[i].config);
		char *name = origin_name_new(&image, cases[i].program);

		cr_expect_null(strchr(name, '/'), "%zu: %s", i, name);
		cr_expect_neq(*name, '.');
		if (cases[i].want)
			cr_expect_str_eq(name, cases[i].want, "%zu: %s", i, name);
		free(name);
		json_decref(image.config);
	}
}

Test(origin, a_long_name_is_cut_between_characters)
{
	cln_owned(cln_buf_release) struct cln_buf text = { 0 };
	struct image image;
	char *name;

	cln_buf_adds(&text, "{\"config\":{\"Labels\":{\"org.opencontainers.image.title\":\"x");
	for (int i = 0; i < 90; i++)
		cln_buf_adds(&text, "\xc3\xa9"); /* two bytes */
	cln_buf_adds(&text, "\"}}}");
	image = image_of(text.data);
	name = origin_name_new(&image, NULL);
	cr_expect_eq(strlen(name), 99u);
	cr_expect_eq((unsigned char)name[98], 0xa9);
	free(name);
	json_decref(image.config);
}

Test(origin, source)
{
	static const struct {
		const char *labels;
		bool packed;
	} cases[] = {
		{ "{\"io.clnimg.role\":\"production\",\"io.clnimg.manifest.digest\":\"sha256:" MANIFEST
		  "\",\"io.clnimg.source.digest\":\"" SOURCE "\"}",
			true },
		{ "{\"io.clnimg.role\":\"development\",\"io.clnimg.manifest.digest\":\"sha256:" MANIFEST
		  "\",\"io.clnimg.source.digest\":\"" SOURCE "\"}",
			false },
		{ "{\"io.clnimg.role\":\"production\",\"io.clnimg.manifest.digest\":\"" SOURCE
		  "\",\"io.clnimg.source.digest\":\"" SOURCE "\"}",
			false },
		{ "{\"io.clnimg.role\":\"production\",\"io.clnimg.manifest.digest\":\"sha256:" MANIFEST
		  "\",\"io.clnimg.source.digest\":\"sha256:../../x\"}",
			false },
		{ "{\"io.clnimg.role\":\"production\",\"io.clnimg.source.digest\":\"" SOURCE "\"}",
			false },
		{ "{}", false },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_drop_mem) char *config = cln_format(LABELS("%s"), cases[i].labels);
		struct image image = image_of(config);

		cr_expect_str_eq(origin_source(&image, MANIFEST), cases[i].packed ? SOURCE : CONFIG,
			"case %zu", i);
		cr_expect_str_eq(origin_source(&image, NULL), CONFIG);
		json_decref(image.config);
	}
}
