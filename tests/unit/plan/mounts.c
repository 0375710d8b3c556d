// SPDX-License-Identifier: Apache-2.0
/* The label that names the mounts: written and read back; hostile text is refused. */
#include "packager/plan/mounts_text.h"

#include <criterion/criterion.h>
#include <string.h>

Test(mounts, read_back)
{
	struct plan_mount mount[] = {
		{ MOUNT_MEMORY, "/run", 65532, 65532, 0755, 16777216, true, "x" },
		{ MOUNT_VOLUME, "/var/lib/a \"b\"", 0, 5, 01777, 0, false, "y" },
	};
	const struct plan plan = { .mount = mount, .mount_count = CLN_COUNT(mount) };
	cln_owned(cln_drop_mem) char *text = mounts_text_new(&plan);
	struct cln_arena *arena = cln_arena_new();
	struct plan_mount *back = NULL;
	struct cln_err err = { 0 };
	size_t count = 0;

	cr_assert_eq(mounts_parse(text, arena, &back, &count, &err), 0, "%s", err.text);
	cr_assert_eq(count, CLN_COUNT(mount));
	for (size_t i = 0; i < count; i++) {
		cr_expect_eq(back[i].kind, mount[i].kind);
		cr_expect_str_eq(back[i].path, mount[i].path);
		cr_expect_eq(back[i].uid, mount[i].uid);
		cr_expect_eq(back[i].gid, mount[i].gid);
		cr_expect_eq(back[i].mode, mount[i].mode);
		cr_expect_eq(back[i].size_bytes, mount[i].size_bytes);
		cr_expect_eq(back[i].seeded, mount[i].seeded);
	}
	cln_arena_free(arena);
}

#define MOUNT(path, kind, mode, id, bytes)                                               \
	"{\"path\":\"" path "\",\"kind\":\"" kind "\",\"mode\":\"" mode "\",\"uid\":" id \
	",\"gid\":0,\"bytes\":" bytes "}"

Test(mounts, hostile_text)
{
	static const struct {
		const char *text;
		bool fits;
	} cases[] = {
		{ "[]", true },
		{ "[" MOUNT("/run", "memory", "0755", "0", "1") "]", true },
		{ "[" MOUNT("/a", "memory", "0755", "0", "1") "," MOUNT(
			  "/b", "volume", "0755", "0", "1") "]",
			true },
		{ "", false },
		{ "{}", false },
		{ "null", false },
		{ "[1]", false },
		{ "[] []", false },
		{ "[" MOUNT("run", "memory", "0755", "0", "1") "]", false },
		{ "[" MOUNT("/run/../x", "memory", "0755", "0", "1") "]", false },
		{ "[" MOUNT("/run/", "memory", "0755", "0", "1") "]", false },
		{ "[" MOUNT("/run", "bind", "0755", "0", "1") "]", false },
		{ "[" MOUNT("/run", "memory", "755", "0", "1") "]", false },
		{ "[" MOUNT("/run", "memory", "0855", "0", "1") "]", false },
		{ "[" MOUNT("/run", "memory", "0755", "-1", "1") "]", false },
		{ "[" MOUNT("/run", "memory", "0755", "2147483648", "1") "]", false },
		{ "[" MOUNT("/run", "memory", "0755", "0", "-1") "]", false },
		{ "[" MOUNT("/run", "memory", "0755", "0", "1.5") "]", false },
		{ "[" MOUNT("/b", "memory", "0755", "0", "1") "," MOUNT(
			  "/a", "memory", "0755", "0", "1") "]",
			false },
		{ "[" MOUNT("/a", "memory", "0755", "0", "1") "," MOUNT(
			  "/a", "memory", "0755", "0", "1") "]",
			false },
	};

	for (size_t i = 0; i < CLN_COUNT(cases); i++) {
		struct cln_arena *arena = cln_arena_new();
		struct plan_mount *mount = NULL;
		struct cln_err err = { 0 };
		size_t count = 0;

		cr_expect_eq(mounts_parse(cases[i].text, arena, &mount, &count, &err) == 0,
			cases[i].fits, "%s: %s", cases[i].text, err.text);
		cln_arena_free(arena);
	}
}
