// SPDX-License-Identifier: Apache-2.0
/* What libraries read by themselves, where the trace shows use. */
#include "tests/unit/decide/decide_sample.h"

static const struct elf_sample library = { 0 };
static const struct decide_file files[] = {
	{ { "etc/nsswitch.conf", 0644,
		"# all\npasswd: files systemd\nhosts: files mymachines [NOTFOUND=return] dns\n"
		"initgroups: extra\n" } },
	{ { "usr/lib/libnss_extra.so.2", 0644 }, &library },
	{ { "etc/passwd", 0644, "root:x:0:0::/:\n" } },
	{ { "etc/group", 0644, "root:x:0:\n" } },
	{ { "etc/hosts", 0644, "127.0.0.1 localhost\n" } },
	{ { "etc/gai.conf", 0644, "#\n" } },
	{ { "usr/lib/x86_64-linux-gnu/libnss_systemd.so.2", 0644 }, &library },
	{ { "usr/lib/x86_64-linux-gnu/libnss_mymachines.so.2", 0644 }, &library },
	{ { "usr/lib/x86_64-linux-gnu/libnss_files.so.2", 0644 }, &library },
	{ { "lib", 0, .link = "usr/lib" } },
	{ { "etc/ssl/certs/ca-certificates.crt", 0644, "pem" } },
	{ { "etc/ssl/certs/0a1b2c3d.0", 0, .link = "One.pem" } },
	{ { "etc/ssl/certs/One.pem", 0, .link = "/usr/share/ca-certificates/One.crt" } },
	{ { "etc/pki/tls/certs/two.pem", 0644, "pem" } },
	{ { "usr/share/ca-certificates/One.crt", 0644, "pem" } },
	{ { "usr/share/ca-certificates/Unlinked.crt", 0644, "pem" } },
	{ { "usr/share/zoneinfo/Europe/Berlin", 0644, "TZif" } },
	{ { "usr/share/zoneinfo/Asia/Tokyo", 0644, "TZif" } },
	{ { "usr/share/zoneinfo/Etc/UTC", 0644, "TZif" } },
	{ { "usr/share/zoneinfo/UTC", 0, .link = "Etc/UTC" } },
	{ { "usr/share/zoneinfo/right/Asia/Tokyo", 0644, "TZif" } },
	{ { "usr/share/zoneinfo/posix/Asia/Tokyo", 0644, "TZif" } },
	{ { "usr/share/zoneinfo/zone.tab", 0644, "#" } },
	{ { "etc/localtime", 0, .link = "/usr/share/zoneinfo/Etc/UTC" } },
	{ { "usr/lib/locale/C.utf8/LC_CTYPE", 0644, "x" } },
	{ { "usr/lib/locale/C.utf8/LC_TIME", 0644, "x" } },
	{ { "usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES", 0644, "x" } },
	{ { "usr/lib/locale/de_DE.utf8/LC_TIME", 0644, "x" } },
	{ { "usr/lib/locale/de_AT.utf8/LC_TIME", 0, .link = "../de_DE.utf8/LC_TIME" } },
	{ { "usr/lib/locale/de_AT.utf8/LC_NAME", 0644, "x" } },
	{ { "usr/lib/locale/de_DE.utf8/LC_NAME", 0644, "x" } },
	{ { "usr/lib/x86_64-linux-gnu/gconv/UTF-16.so", 0644 }, &library },
	{ { "usr/lib/x86_64-linux-gnu/gconv/CP932.so", 0644 }, &library },
	{ { "usr/lib/x86_64-linux-gnu/gconv/gconv-modules.cache", 0644, "x" } },
	{ { "usr/lib/x86_64-linux-gnu/gconv/gconv-modules.d/extra.conf", 0644, "x" } },
};

#define NSS "/usr/lib/x86_64-linux-gnu/libnss_"
#define GCONV "/usr/lib/x86_64-linux-gnu/gconv/"
#define ZONE "/usr/share/zoneinfo/"

Test(decide_system, where_the_trace_shows_use)
{
	static const struct {
		const char *used[2];
		uint32_t access;
		const char *path;
		enum keep_why want;
	} cases[] = {
		{ { "/etc/passwd" }, CLN_READ, "/etc/nsswitch.conf", WHY_NAME_SERVICE },
		{ { "/etc/passwd" }, CLN_READ, "/etc/group", WHY_NAME_SERVICE },
		{ { "/etc/passwd" }, CLN_READ, NSS "systemd.so.2", WHY_NAME_SERVICE },
		{ { "/etc/passwd" }, CLN_READ, NSS "mymachines.so.2", WHY_UNUSED },
		{ { "/etc/passwd" }, CLN_READ, NSS "files.so.2", WHY_UNUSED },
		{ { "/etc/passwd" }, CLN_READ, "/usr/lib/libnss_extra.so.2", WHY_NAME_SERVICE },
		{ { "/etc/passwd" }, CLN_READ, "/etc/hosts", WHY_UNUSED },
		{ { "/etc/hosts" }, CLN_READ, "/etc/gai.conf", WHY_NAME_SERVICE },
		{ { "/etc/hosts" }, CLN_READ, NSS "mymachines.so.2", WHY_NAME_SERVICE },
		{ { "/etc/resolv.conf" }, CLN_READ | CLN_MISSING, "/etc/hosts", WHY_NAME_SERVICE },
		{ { "/srv/x" }, CLN_READ | CLN_MISSING, "/etc/passwd", WHY_UNUSED },
		/* one bundle is all that a program reads of it */
		{ { "/etc/ssl/certs/ca-certificates.crt" }, CLN_READ, "/etc/ssl/certs/One.pem",
			WHY_UNUSED },
		/* a look-up by hash, found or not, may want any other */
		{ { "/etc/ssl/certs/ffffffff.0" }, CLN_STAT | CLN_MISSING,
			"/usr/share/ca-certificates/One.crt", WHY_SYMLINK },
		{ { "/etc/ssl/certs/ffffffff.0" }, CLN_STAT | CLN_MISSING,
			"/usr/share/ca-certificates/Unlinked.crt", WHY_UNUSED },
		{ { "/etc/pki/tls/certs/ffffffff.0" }, CLN_STAT | CLN_MISSING,
			"/etc/pki/tls/certs/two.pem", WHY_CERTIFICATES },
		/* ... unless the same roots were read at once */
		{ { "/etc/ssl/certs/ca-certificates.crt", "/etc/ssl/certs/ffffffff.0" }, CLN_READ,
			"/etc/ssl/certs/One.pem", WHY_UNUSED },
		{ { "/etc/localtime" }, CLN_READ, ZONE "Etc/UTC", WHY_TRACED },
		{ { "/etc/localtime" }, CLN_READ, ZONE "Asia/Tokyo", WHY_UNUSED },
		{ { ZONE "Europe/Berlin", ZONE "UTC" }, CLN_READ, ZONE "Asia/Tokyo", WHY_UNUSED },
		{ { ZONE "Europe/Berlin", ZONE "America/None" }, CLN_READ, ZONE "Asia/Tokyo",
			WHY_TIME_ZONE },
		{ { ZONE "zone.tab" }, CLN_READ, ZONE "Asia/Tokyo", WHY_TIME_ZONE },
		{ { ZONE "zone.tab" }, CLN_READ, ZONE "right/Asia/Tokyo", WHY_UNUSED },
		{ { ZONE "zone.tab" }, CLN_READ, ZONE "posix/Asia/Tokyo", WHY_UNUSED },
		{ { ZONE "Europe" }, CLN_LIST, ZONE "Asia/Tokyo", WHY_TIME_ZONE },
		{ { "/usr/lib/locale/C.utf8/LC_CTYPE" }, CLN_READ, "/usr/lib/locale/C.utf8/LC_TIME",
			WHY_LOCALE },
		{ { "/usr/lib/locale/C.utf8/LC_CTYPE" }, CLN_READ,
			"/usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES", WHY_LOCALE },
		{ { "/usr/lib/locale/C.utf8/LC_MESSAGES/SYS_LC_MESSAGES" }, CLN_READ,
			"/usr/lib/locale/C.utf8/LC_TIME", WHY_LOCALE },
		{ { "/usr/lib/locale/C.utf8/LC_CTYPE" }, CLN_READ,
			"/usr/lib/locale/de_DE.utf8/LC_TIME", WHY_UNUSED },
		{ { "/usr/lib/locale/de_AT.utf8/LC_TIME" }, CLN_READ,
			"/usr/lib/locale/de_AT.utf8/LC_NAME", WHY_LOCALE },
		{ { "/usr/lib/locale/de_AT.utf8/LC_TIME" }, CLN_READ,
			"/usr/lib/locale/de_DE.utf8/LC_NAME", WHY_UNUSED },
		{ { GCONV "UTF-16.so" }, CLN_READ | CLN_MAP, GCONV "gconv-modules.cache",
			WHY_GCONV },
		{ { GCONV "UTF-16.so" }, CLN_READ | CLN_MAP, GCONV "gconv-modules.d/extra.conf",
			WHY_GCONV },
		{ { GCONV "UTF-16.so" }, CLN_READ | CLN_MAP, GCONV "CP932.so", WHY_UNUSED },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct decide_case c;

		case_begin(&c, files, CLN_COUNT(files));
		for (size_t k = 0; k < 2 && cases[i].used[k]; k++)
			case_use(&c, CLN_ROLE_MAIN, cases[i].used[k], cases[i].access, NULL);
		case_decide(&c);
		cr_expect_eq(case_why(&c, cases[i].path), cases[i].want, "%s: %s is %s, not %s",
			cases[i].used[0], cases[i].path, why_name(case_why(&c, cases[i].path)),
			why_name(cases[i].want));
		case_end(&c);
	}
}

/* What start-up alone looked up is no use of production's. */
Test(decide_system, not_for_startup)
{
	struct decide_case c;

	case_begin(&c, files, CLN_COUNT(files));
	case_use(&c, CLN_ROLE_STARTUP, "/etc/passwd", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_ENTRY, "/etc/ssl/certs/ffffffff.0", CLN_STAT, NULL);
	case_use(&c, CLN_ROLE_STARTUP, "/usr/share/zoneinfo/zone.tab", CLN_READ, NULL);
	case_use(&c, CLN_ROLE_STARTUP, "/usr/lib/locale/C.utf8/LC_CTYPE", CLN_READ, NULL);
	case_decide(&c);
	expect_kept(&c, "");
	case_end(&c);
}
