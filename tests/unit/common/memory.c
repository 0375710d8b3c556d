// SPDX-License-Identifier: Apache-2.0
#include "common/buf.h"
#include "common/hash.h"
#include "common/mem.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

Test(buf, grows_and_ends_with_a_nul)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	for (int i = 0; i < 1000; i++)
		cln_buf_addf(&buf, "%d,", i % 10);
	cr_expect(buf.size == 2000);
	cr_expect(strlen(buf.data) == 2000);
	cln_buf_add(&buf, "\0x", 2);
	cr_expect(buf.size == 2002 && !buf.data[2002]);
}

Test(buf, ceiling_is_exact)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { .ceiling = 4 };

	cln_buf_adds(&buf, "abcd");
	cr_expect(!buf.full && buf.size == 4);
	cln_buf_add(&buf, NULL, 0);
	cr_expect(!buf.full);
	cln_buf_addc(&buf, 'e');
	cr_expect(buf.full && buf.size == 4);
	cln_buf_addf(&buf, "%s", "");
	cr_expect(buf.full, "full stays");
}

Test(buf, steal_is_never_null)
{
	struct cln_buf buf = { 0 };
	cln_owned(cln_drop_mem) char *empty = cln_buf_steal(&buf);
	cln_owned(cln_drop_mem) char *text = NULL;

	cr_expect_str_eq(empty, "");
	cln_buf_adds(&buf, "x");
	text = cln_buf_steal(&buf);
	cr_expect_str_eq(text, "x");
	cr_expect(!buf.data && !buf.size);
}

Test(arena, holds_what_it_is_given)
{
	cln_owned(cln_arena_drop) struct cln_arena *arena = cln_arena_new();
	char *first = cln_arena_strdup(arena, "first");
	char *large = cln_arena_alloc(arena, 1 << 20);
	uint64_t *number;

	for (size_t i = 0; i < 1 << 20; i++)
		cr_assert(!large[i]);
	for (int i = 0; i < 10000; i++) {
		number = cln_arena_alloc(arena, 1 + (size_t)i % 13);
		cr_assert((uintptr_t)number % 8 == 0);
	}
	cr_expect_str_eq(first, "first");
	cr_expect_str_eq(cln_arena_strndup(arena, "abc", 2), "ab");
	cr_expect_str_eq(cln_arena_format(arena, "%s-%d", "x", 7), "x-7");
	for (int i = 0; i < 100000; i++) { /* texts and numbers side by side, over many blocks */
		number = cln_arena_alloc(arena, sizeof(*number));
		cr_assert(!*number && (uintptr_t)number % 8 == 0);
		*number = UINT64_MAX;
		cr_assert_str_eq(cln_arena_strndup(arena, "abcdefg", (size_t)i % 8),
			&"\0a\0ab\0abc\0abcd\0abcde\0abcdef\0abcdefg"[(i % 8) * (i % 8 + 1) / 2]);
		cr_assert(*number == UINT64_MAX);
	}
	cr_expect_str_eq(first, "first");
}

Test(array, push_gives_zeroed_room)
{
	struct {
		int a, b;
	} *item = NULL;
	size_t count = 0, room = 0;

	for (int i = 0; i < 1000; i++)
		CLN_PUSH(item, count, room).a = i;
	cr_expect(count == 1000 && room >= 1000);
	for (int i = 0; i < 1000; i++)
		cr_assert(item[i].a == i && !item[i].b);
	free(item);
}

/* FIPS 180-4's examples. */
Test(hash, sha256)
{
	cln_owned(cln_sha256_drop) struct cln_sha256 *sha = cln_sha256_new();
	char hex[CLN_SHA256_HEX];

	cln_sha256_of("", 0, hex);
	cr_expect_str_eq(hex, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	cln_sha256_of("abc", 3, hex);
	cr_expect_str_eq(hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	for (int round = 0; round < 2; round++) { /* it starts over */
		cln_sha256_add(sha, "a", 1);
		cln_sha256_add(sha, "bc", 2);
		cln_sha256_hex(sha, hex);
		cr_expect_str_eq(
			hex, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	}
}

Test(hash, differs_by_content_and_length)
{
	char zeros[40] = { 0 };

	for (size_t i = 0; i < sizeof(zeros); i++)
		for (size_t j = 0; j < i; j++)
			cr_assert(cln_hash(zeros, i) != cln_hash(zeros, j));
	cr_expect(cln_hash("abcdefgh1", 9) != cln_hash("abcdefgh2", 9));
	cr_expect(cln_hash("same", 4) == cln_hash("same", 4));
}
