// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/places.h"

#include "common/defs.h"

#include <criterion/criterion.h>
#include <string.h>

Test(places, directories)
{
	static const struct {
		const char *path;
		enum place place;
		const char *top;
	} cases[] = {
		{ "/", PLACE_SYSTEM, NULL },
		{ "/usr", PLACE_SYSTEM, NULL },
		{ "/usr/lib/x", PLACE_SYSTEM, NULL },
		{ "/usr/local/app", PLACE_OWN, NULL },
		{ "/etc", PLACE_SYSTEM, NULL },
		{ "/etc/redis", PLACE_OWN, NULL },
		{ "/etc/hosts", PLACE_RUNTIME, NULL },
		{ "/etc/clnimg", PLACE_SYSTEM, NULL },
		{ "/dev/shm", PLACE_RUNTIME, NULL },
		{ "/proc/self", PLACE_RUNTIME, NULL },
		{ "/device", PLACE_OWN, NULL },
		{ "/tmp/a/b", PLACE_TMP, "/tmp" },
		{ "/var/tmp", PLACE_TMP, "/var/tmp" },
		{ "/tmpfiles", PLACE_OWN, NULL },
		{ "/run/nginx", PLACE_RUN, "/run" },
		{ "/var/run/x", PLACE_RUN, "/var/run" },
		{ "/run/secrets/key", PLACE_RUNTIME, NULL },
		{ "/var/lib", PLACE_SHARED, NULL },
		{ "/var/lib/nginx", PLACE_OWN, NULL },
		{ "/home/app", PLACE_OWN, NULL },
		{ "/root", PLACE_OWN, NULL },
		{ "/data", PLACE_OWN, NULL },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		const char *top = NULL;
		enum place place = place_of(cases[i].path, &top);

		cr_expect_eq(place, cases[i].place, "%s: %d", cases[i].path, place);
		if (cases[i].top)
			cr_expect_str_eq(top, cases[i].top);
	}
}

Test(places, variables)
{
	cr_expect_eq(place_variable_mode("TMPDIR"), 01777);
	cr_expect_eq(place_variable_mode("XDG_RUNTIME_DIR"), 0700);
	cr_expect_eq(place_variable_mode("HOME"), 0700);
	cr_expect_eq(place_variable_mode("PWD"), 0);
	cr_expect_eq(place_variable_mode("XDG_"), 0);
}

Test(places, names)
{
	cr_expect(place_is_log("/var/log/nginx/access.log"));
	cr_expect(place_is_log("/var/log/messages"));
	cr_expect(place_is_log("/app/app.log"));
	cr_expect(place_is_log("/app/error_log"));
	cr_expect_not(place_is_log("/app/catalog"));
	cr_expect_not(place_is_log("/app/app.log.gz"));
	cr_expect(place_is_database("/var/lib/postgresql/15/main/PG_VERSION"));
	cr_expect(place_is_database("/data/dump.rdb"));
	cr_expect(place_is_database("/srv/app/app.sqlite3"));
	cr_expect_not(place_is_database("/srv/app/app.txt"));
	cr_expect(place_is_byte_code("/app/__pycache__/a.cpython-311.pyc"));
	cr_expect(place_is_byte_code("/app/__pycache__/a.cpython-311.pyc.140245"));
	cr_expect(place_is_byte_code("/app/__pycache__"));
	cr_expect_not(place_is_byte_code("/app/a.py"));
}
