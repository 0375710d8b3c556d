// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"
#include "profiler/record.h"
#include "tests/unit/profiler/events.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

static void path_sample(struct sample *s)
{
	sample_head(s, EV_PATH, 7, 0x1000, 0x2000, 3, sizeof(struct ev_path));
	s->path.op = EV_OP_OPEN;
	s->path.nr = 257;
	s->path.ret = -ENOENT;
	s->path.arg = O_RDWR;
	s->path.base1_walk = EV_WALK_ROOT;
	s->path.str1_len = sample_string(s, "lib/x");
	s->path.base1_len = sample_walk(s, "/usr/share");
}

Test(record, path)
{
	static struct sample s;
	struct record rec;
	char text[4096];

	path_sample(&s);
	cr_assert_eq(record_decode(s.bytes, s.size, &rec), 0);
	cr_expect_eq(rec.type, EV_PATH);
	cr_expect_eq(rec.pid, 7);
	cr_expect_eq(rec.ident, 0x1000);
	cr_expect_eq(rec.root, 0x2000);
	cr_expect_eq(rec.path.ret, -ENOENT);
	cr_expect_str_eq(rec.path.str[0], "lib/x");
	cr_expect_null(rec.path.str[1]);
	cr_expect_eq(record_walk_text(&rec.path.base[0], text), 10);
	cr_expect_str_eq(text, "/usr/share");
}

/* Every shorter piece of a record is refused, and so is a longer one. */
Test(record, length)
{
	static struct sample s;
	struct record rec;

	path_sample(&s);
	for (size_t size = 0; size < s.size; size++)
		cr_expect_eq(record_decode(s.bytes, size, &rec), -EBADMSG, "%zu bytes", size);
	cr_expect_eq(record_decode(s.bytes, s.size + 1, &rec), -EBADMSG);
}

Test(record, refused)
{
	static struct sample s;
	struct record rec;

	path_sample(&s);
	s.head.type = EV_TYPES;
	cr_expect_eq(record_decode(s.bytes, s.size, &rec), -EBADMSG, "type");
	path_sample(&s);
	s.path.op = EV_OPS;
	cr_expect_eq(record_decode(s.bytes, s.size, &rec), -EBADMSG, "operation");
	path_sample(&s);
	s.bytes[sizeof(struct ev_path) + 2] = 0;
	cr_expect_eq(record_decode(s.bytes, s.size, &rec), -EBADMSG, "NUL inside");
	path_sample(&s);
	s.bytes[s.size - 1] = 'x';
	cr_expect_eq(record_decode(s.bytes, s.size, &rec), -EBADMSG, "open end");
}

Test(record, limits_are_whole_and_few)
{
	static const struct ev_limit limits[EV_LIMITS_MAX + 1] = { { 1, 2 } };
	static const struct {
		size_t bytes;
		int want;
	} cases[] = {
		{ 0, 0 },
		{ sizeof(*limits), 0 },
		{ EV_LIMITS_MAX * sizeof(*limits), 0 },
		{ sizeof(*limits) - 1, -EBADMSG },
		{ (EV_LIMITS_MAX + 1) * sizeof(*limits), -EBADMSG },
	};
	static struct sample s;
	struct record rec;

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		sample_head(&s, EV_EXEC, 7, 1, 2, 3, sizeof(struct ev_exec));
		s.exec.limits_len = sample_add(&s, limits, cases[i].bytes);
		cr_expect_eq(record_decode(s.bytes, s.size, &rec), cases[i].want, "case %zu", i);
	}
}

Test(record, walk)
{
	static const struct {
		const char *names;
		size_t length;
		const char *want;
	} cases[] = {
		{ "", 0, "/" },
		{ "bin\0usr\0", 8, "/usr/bin" },
		{ "c\0b\0a\0", 6, "/a/b/c" },
		{ "\xff\xfe\0x\0", 5, "/x/\xff\xfe" },
	};
	char text[4096];

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct record_walk walk = { cases[i].names, cases[i].length, EV_WALK_ROOT };

		cr_expect_eq(record_walk_text(&walk, text), (int)strlen(cases[i].want));
		cr_expect_str_eq(text, cases[i].want);
	}
}

Test(record, walk_too_long)
{
	static char names[8192];
	struct record_walk walk = { names, sizeof(names), EV_WALK_ROOT };
	char text[4096];

	memset(names, 'a', sizeof(names));
	for (size_t i = 99; i < sizeof(names); i += 100)
		names[i] = 0;
	names[sizeof(names) - 1] = 0;
	cr_expect_eq(record_walk_text(&walk, text), -ENAMETOOLONG);
}

Test(access, of_calls)
{
	static const struct {
		uint16_t op;
		int32_t ret;
		uint32_t arg, mode;
		uint16_t flags;
		uint32_t want;
	} cases[] = {
		{ EV_OP_OPEN, 3, O_RDONLY, S_IFREG, 0, CLN_READ },
		{ EV_OP_OPEN, 3, O_RDONLY, S_IFDIR, 0, CLN_STAT },
		{ EV_OP_OPEN, 3, O_WRONLY | O_CREAT, S_IFREG, EV_CREATED, CLN_WRITE | CLN_CREATE },
		{ EV_OP_OPEN, 3, O_WRONLY | O_CREAT, S_IFREG, 0, CLN_WRITE },
		{ EV_OP_OPEN, 3, O_PATH, S_IFREG, 0, CLN_STAT },
		{ EV_OP_OPEN, -ENOENT, O_RDONLY, 0, 0, CLN_MISSING },
		{ EV_OP_OPEN, -ENOENT, O_RDWR | O_CREAT, 0, 0,
			CLN_MISSING | CLN_WRITE | CLN_CREATE },
		{ EV_OP_OPEN, -EROFS, O_WRONLY, 0, 0, CLN_DENIED | CLN_WRITE },
		{ EV_OP_OPEN, -EACCES, O_RDONLY, 0, 0, CLN_DENIED | CLN_READ },
		{ EV_OP_OPEN, -ELOOP, O_RDONLY, 0, 0, CLN_STAT },
		{ EV_OP_STAT, 0, 0, 0, 0, CLN_STAT },
		{ EV_OP_STAT, -ENOTDIR, 0, 0, 0, CLN_MISSING },
		{ EV_OP_MKDIR, 0, 0, 0, 0, CLN_CREATE },
		{ EV_OP_MKDIR, -EEXIST, 0, 0, 0, CLN_STAT },
		{ EV_OP_MKDIR, -EROFS, 0, 0, 0, CLN_CREATE | CLN_DENIED },
		{ EV_OP_UNLINK, -ENOENT, 0, 0, 0, CLN_MISSING | CLN_DELETE },
		{ EV_OP_RENAME, 0, 0, 0, 0, CLN_RENAME },
		{ EV_OP_RENAME, -EXDEV, 0, 0, 0, CLN_RENAME },
		{ EV_OP_SYMLINK, 0, 0, 0, 0, CLN_LINK },
		{ EV_OP_CHMOD, -EPERM, 0, 0, 0, CLN_METADATA | CLN_DENIED },
		{ EV_OP_EXEC, -ENOENT, 0, 0, 0, CLN_MISSING },
		{ EV_OP_EXEC, -ENOEXEC, 0, 0, 0, CLN_EXEC | CLN_READ },
		{ EV_OP_MAP, 0, 0, 0, 0, CLN_MAP },
		{ EV_OP_CONNECT, -ECONNREFUSED, 0, 0, 0, CLN_CONNECT },
		{ EV_OP_GETXATTR, -ENODATA, 0, 0, 0, CLN_STAT },
		{ EV_OP_READLINK, -EINVAL, 0, 0, 0, CLN_STAT },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct record_path path = { .op = cases[i].op,
			.ret = cases[i].ret,
			.arg = cases[i].arg,
			.mode = cases[i].mode };

		cr_expect_eq(access_of(&path, cases[i].flags), cases[i].want, "case %zu: %#x", i,
			access_of(&path, cases[i].flags));
	}
}

Test(table, like_a_map)
{
	struct table table = {};

	for (uint64_t i = 0; i < 5000; i++)
		table_put(&table, i * 64)->number = i;
	for (uint64_t i = 0; i < 5000; i += 3)
		table_delete(&table, i * 64);
	for (uint64_t i = 0; i < 5000; i++) {
		union table_value *found = table_find(&table, i * 64);

		if (i % 3)
			cr_expect(found && found->number == i, "%lu", (unsigned long)i);
		else
			cr_expect_null(found);
	}
	cr_expect_eq(table.count, 3333);
	table_release(&table);
}
