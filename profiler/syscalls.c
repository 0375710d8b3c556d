// SPDX-License-Identifier: Apache-2.0
#include "profiler/syscalls.h"

#include "common/defs.h"

struct named {
	uint32_t number;
	const char *name;
};

static const struct named names_64[] = {
#include "profiler/syscalls_64.inc"
};

static const struct named names_32[] = {
#include "profiler/syscalls_32.inc"
};

/* Calls that are younger than the headers this was built with. */
static const struct named names_young[] = {
	{ 451, "cachestat" },
	{ 452, "fchmodat2" },
	{ 453, "map_shadow_stack" },
	{ 454, "futex_wake" },
	{ 455, "futex_wait" },
	{ 456, "futex_requeue" },
	{ 457, "statmount" },
	{ 458, "listmount" },
	{ 459, "lsm_get_self_attr" },
	{ 460, "lsm_set_self_attr" },
	{ 461, "lsm_list_modules" },
	{ 462, "mseal" },
	{ 463, "setxattrat" },
	{ 464, "getxattrat" },
	{ 465, "listxattrat" },
	{ 466, "removexattrat" },
	{ 467, "open_tree_attr" },
	{ 468, "file_getattr" },
	{ 469, "file_setattr" },
	{ 470, "listns" },
};

static const char *find(const struct named *list, size_t count, uint32_t number)
{
	for (size_t i = 0; i < count; i++)
		if (list[i].number == number)
			return list[i].name;
	return NULL;
}

const char *syscall_name(uint32_t number, bool compat)
{
	const char *name = compat ? find(names_32, CLN_COUNT(names_32), number)
				  : find(names_64, CLN_COUNT(names_64), number);

	return name ? name : find(names_young, CLN_COUNT(names_young), number);
}
