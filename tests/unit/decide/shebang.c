// SPDX-License-Identifier: Apache-2.0
/* What a script's first line asks for. */
#include "packager/decide/shebang.h"

#include <criterion/criterion.h>
#include <string.h>

Test(shebang, parse)
{
	static const struct {
		const char *head, *interpreter, *program; /* interpreter NULL: no script */
	} cases[] = {
		{ "#!/bin/sh\necho", "/bin/sh", NULL },
		{ "#! \t/bin/sh -e\n", "/bin/sh", NULL },
		{ "#!/bin/sh\r\n", "/bin/sh", NULL },
		{ "#!/usr/bin/env node\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env -S A=b -i  node --flag\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env /opt/node\n", "/usr/bin/env", "/opt/node" },
		/* options of env(1) with a word of their own, and strings that hang on them */
		{ "#!/usr/bin/env -S -u HOME -C /srv node -x\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env -S --unset HOME --chdir=/srv node\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env -S -uHOME -- node\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env -Snode --flag\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env -ivSA=b node\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env --split-string=node -u\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env -S A=\"b c\" 'node' -u\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env -S \"/opt/a b/node\" -u\n", "/usr/bin/env", "/opt/a b/node" },
		{ "#!/usr/bin/env -S -u\n", "/usr/bin/env", NULL },
		{ "#!/usr/bin/env -S 'node\n", "/usr/bin/env", "node" },
		{ "#!/usr/bin/env\n", "/usr/bin/env", NULL },
		{ "#!/usr/bin/env -S A=b\n", "/usr/bin/env", NULL },
		{ "#!/usr/bin/environment node\n", "/usr/bin/environment", NULL },
		{ "#!bin/sh\n", NULL, NULL },
		{ "#!", NULL, NULL },
		{ "#!\n/bin/sh", NULL, NULL },
		{ "/bin/sh", NULL, NULL },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct shebang is;
		bool parsed = shebang_parse(cases[i].head, strlen(cases[i].head), &is);

		cr_expect_eq(parsed, cases[i].interpreter != NULL, "%s", cases[i].head);
		if (!parsed || !cases[i].interpreter)
			continue;
		cr_expect_str_eq(is.interpreter, cases[i].interpreter, "%s", cases[i].head);
		cr_expect(!is.program == !cases[i].program, "%s", cases[i].head);
		if (is.program && cases[i].program)
			cr_expect_str_eq(is.program, cases[i].program, "%s", cases[i].head);
	}
}

Test(shebang, a_line_without_an_end)
{
	char head[2000];
	struct shebang is;

	memset(head, 'x', sizeof(head));
	memcpy(head, "#!/", 3);
	cr_assert(shebang_parse(head, sizeof(head), &is));
	cr_expect_eq(strlen(is.interpreter), SHEBANG_MAX - 2);
	cr_expect(!shebang_parse(head, 1, &is) && !shebang_parse(head, 0, &is));
}

Test(shebang, where_env_looks)
{
	static const struct {
		const char *program, *folders, *want; /* joined by ' ' */
	} cases[] = {
		{ "node", "/a:/b", "/a/node /b/node " },
		{ "node", "::/a::/b:", "/a/node /b/node " },
		{ "node", "", "" },
		{ "/opt/node", "/a:/b", "/opt/node " },
		{ "/opt/node", ":/b", "/opt/node " },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *folders = cases[i].folders, *at;
		char path[4096], all[256] = "";

		while ((at = shebang_next(cases[i].program, &folders, path)))
			strcat(strcat(all, at), " ");
		cr_expect_str_eq(all, cases[i].want, "%s in %s: %s", cases[i].program,
			cases[i].folders, all);
	}
}
