// SPDX-License-Identifier: Apache-2.0
/*
 * What init/bare.c puts in the C library's place answers as the C library does, and
 * addresses are read as inet_pton(3) reads them.
 */
#include "init/net.h"
#include "init/sys.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

void *bare_memmove(void *to, const void *from, size_t size);
void *bare_memset(void *to, int byte, size_t size);
void *bare_memchr(const void *data, int byte, size_t size);
void *bare_memrchr(const void *data, int byte, size_t size);
int bare_memcmp(const void *a, const void *b, size_t size);
size_t bare_strlen(const char *text);
int bare_strcmp(const char *a, const char *b);
int bare_strncmp(const char *a, const char *b, size_t size);
int bare_strcasecmp(const char *a, const char *b);
char *bare_strchr(const char *text, int byte);
char *bare_strrchr(const char *text, int byte);
size_t bare_strspn(const char *text, const char *set);
size_t bare_strcspn(const char *text, const char *set);

static const char *const texts[] = { "", "a", "A", "ab", "aB", "b", "abc", "abd", "/usr/bin",
	"a=b=c", "\xff", "\x80z", "zzzz", "[`", "{@", "12ab" };

#define TEXTS (sizeof(texts) / sizeof(texts[0]))

static int sign(int value)
{
	return (value > 0) - (value < 0);
}

Test(bare, compares_as_the_library)
{
	for (size_t i = 0; i < TEXTS; i++)
		for (size_t j = 0; j < TEXTS; j++) {
			const char *a = texts[i], *b = texts[j];
			size_t size = strlen(a) < strlen(b) ? strlen(a) : strlen(b);

			cr_assert_eq(sign(bare_strcmp(a, b)), sign(strcmp(a, b)), "%s %s", a, b);
			cr_assert_eq(
				sign(bare_strcasecmp(a, b)), sign(strcasecmp(a, b)), "%s %s", a, b);
			cr_assert_eq(sign(bare_memcmp(a, b, size)), sign(memcmp(a, b, size)));
			for (size_t n = 0; n < 4; n++)
				cr_assert_eq(sign(bare_strncmp(a, b, n)), sign(strncmp(a, b, n)));
			cr_assert_eq(bare_strspn(a, b), strspn(a, b), "%s %s", a, b);
			cr_assert_eq(bare_strcspn(a, b), strcspn(a, b), "%s %s", a, b);
		}
}

Test(bare, finds_as_the_library)
{
	for (size_t i = 0; i < TEXTS; i++) {
		const char *text = texts[i];

		cr_assert_eq(bare_strlen(text), strlen(text));
		for (int byte = 0; byte < 256; byte++) {
			size_t size = strlen(text);

			cr_assert_eq(bare_strchr(text, byte), strchr(text, byte));
			cr_assert_eq(bare_strrchr(text, byte), strrchr(text, byte));
			cr_assert_eq(bare_memchr(text, byte, size), memchr(text, byte, size));
			cr_assert_eq(bare_memrchr(text, byte, size), memrchr(text, byte, size));
		}
	}
}

Test(bare, moves_both_ways)
{
	for (size_t from = 0; from < 6; from++)
		for (size_t to = 0; to < 6; to++) {
			char ours[12] = "0123456789", theirs[12] = "0123456789";

			bare_memmove(ours + to, ours + from, 5);
			memmove(theirs + to, theirs + from, 5);
			cr_assert_str_eq(ours, theirs, "%zu to %zu", from, to);
			bare_memset(ours + from, 'x', 3);
			memset(theirs + from, 'x', 3);
			cr_assert_str_eq(ours, theirs);
		}
}

static void same_address(const char *text)
{
	struct net_address ours;
	unsigned char theirs[16];
	int family = strchr(text, ':') ? AF_INET6 : AF_INET;
	int good = inet_pton(family, text, theirs) == 1;

	cr_assert_eq(net_parse_address(text, &ours) == 0, good, "%s", text);
	if (good)
		cr_assert_eq(memcmp(ours.byte, theirs, ours.size), 0, "%s", text);
}

Test(bare, addresses)
{
	static const char *const given[] = { "", "1.2.3.4", "1.2.3", "1.2.3.4.5", "1.2.3.256",
		"01.2.3.4", "1..2.3", "1.2.3.4 ", "0.0.0.0", "255.255.255.255", "1.2.3.04",
		"::", "::1", "1::", ":::", ":1", "1:", "1::2::3", "1:2:3:4:5:6:7:8",
		"1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7::", "::2:3:4:5:6:7:8",
		"1:2:3:4::5:6:7:8", "fe80::1234:ABCD", "12345::", "::g", "::ffff:1.2.3.4",
		"1:2:3:4:5:6:1.2.3.4", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3", "::1.2.3.4:5",
		"1.2.3.4::", "1:::2", "::1:", "fe80::1%eth0" };

	for (size_t i = 0; i < sizeof(given) / sizeof(given[0]); i++)
		same_address(given[i]);
}

Test(bare, addresses_at_random)
{
	unsigned seed = 1;

	for (int i = 0; i < 200000; i++) {
		char text[24];
		unsigned size = 0;

		for (unsigned want = seed % 20; size < want; size++) {
			seed = seed * 1103515245 + 12345;
			text[size] = ":::..01f2"[seed / 65536 % 9];
		}
		text[size] = '\0';
		same_address(text);
		seed = seed * 1103515245 + 12345 + (unsigned)i;
		seed ^= seed >> 13;
	}
}

/* What happens on kernels without close_range(2). */
Test(bare, closes_what_is_listed)
{
	int low = fcntl(0, F_DUPFD, 300), in[3];

	for (int i = 0; i < 3; i++)
		in[i] = fcntl(0, F_DUPFD, 310 + 200 * i);
	sys_close_listed((unsigned)low + 1, 600);
	cr_assert_geq(fcntl(low, F_GETFD), 0);
	cr_assert_lt(fcntl(in[0], F_GETFD), 0);
	cr_assert_lt(fcntl(in[1], F_GETFD), 0);
	cr_assert_geq(fcntl(in[2], F_GETFD), 0);
	sys_close_listed((unsigned)in[2], ~0U);
	cr_assert_lt(fcntl(in[2], F_GETFD), 0);
}
