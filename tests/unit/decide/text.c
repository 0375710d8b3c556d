// SPDX-License-Identifier: Apache-2.0
/* The text files of loaders and of name services, as they are found in the wild. */
#include "common/buf.h"
#include "packager/decide/ld_conf.h"
#include "packager/decide/nsswitch.h"

#include <criterion/criterion.h>
#include <string.h>

static void add_folder(void *context, const char *path)
{
	cln_buf_addf(context, "<%s>", path);
}

static void add_include(void *context, const char *pattern)
{
	cln_buf_addf(context, "include(%s)", pattern);
}

Test(decide_text, ld_conf)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "/a\n/b", "</a></b>" },
		/* glibc takes a line for one folder, uClibc for several: both count */
		{ "  /a /b:/c,/d\t/e \r\n", "</a /b:/c,/d\t/e></a></b></c></d></e>" },
		{ "/a b=libc6 \n", "</a b></a>" },
		{ "# /a\n/b # /c\n", "</b>" },
		{ "include ld.so.conf.d/*.conf /x/*\n",
			"include(ld.so.conf.d/*.conf)include(/x/*)" },
		{ "hwcap 1 nosegneg\n/a", "</a>" },
		{ "/a=libc6\nrelative\n", "</a>" },
		{ "includes\ninclude", "" },
		{ "\n\n:::\n", "" },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_buf_release) struct cln_buf got = { 0 };
		struct ld_conf_sink sink = { &got, add_folder, add_include };
		cln_owned(cln_drop_mem) char *text = cln_strdup(cases[i].text);

		cln_buf_adds(&got, "");
		ld_conf_parse(text, strlen(cases[i].text), &sink);
		cr_expect_str_eq(got.data ? got.data : "", cases[i].want);
	}
}

static void add_service(void *context, const char *database, const char *service)
{
	cln_buf_addf(context, "%s=%s ", database, service);
}

Test(decide_text, nsswitch)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "passwd: files systemd\n", "passwd=files passwd=systemd " },
		{ "hosts:files[!UNAVAIL=return]dns # x", "hosts=files hosts=dns " },
		{ "hosts: a [NOTFOUND=return", "hosts=a " },
		{ " shadow :  x\r\n", "shadow=x " },
		{ "no colon\n:\n: x", "=x " },
		{ "# passwd: files\ngroup: files", "group=files " },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		cln_owned(cln_buf_release) struct cln_buf got = { 0 };
		cln_owned(cln_drop_mem) char *text = cln_strdup(cases[i].text);

		cln_buf_adds(&got, "");
		nsswitch_parse(text, &got, add_service);
		cr_expect_str_eq(got.data ? got.data : "", cases[i].want);
	}
}
