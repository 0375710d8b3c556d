// SPDX-License-Identifier: Apache-2.0
/* What must hold for every trace: each test tries hundreds of made-up ones. */
#include "tests/unit/manifest/generate.h"

#include "common/mem.h"

#include <criterion/criterion.h>
#include <string.h>

#define ROUNDS 300

static struct cln_trace *made(uint64_t seed)
{
	struct generate g = { seed * 0x9e3779b97f4a7c15u + 1, 1 + seed % 3, 1 + seed % 9,
		(unsigned int)(seed % 40) };

	return generate_trace(&g);
}

static struct cln_trace *parsed(const char *text)
{
	struct cln_trace *trace = NULL;
	struct cln_err err = { 0 };

	cr_assert(cln_trace_parse(text, strlen(text), &trace, &err) == 0, "%s\n%s", err.text, text);
	return trace;
}

/* The manifest of what merging makes of the texts, in their order. */
static char *merged(const char *const *texts, size_t count)
{
	cln_owned(cln_trace_drop) struct cln_trace *all = cln_trace_new();

	for (size_t i = 0; i < count; i++) {
		cln_owned(cln_trace_drop) struct cln_trace *one = parsed(texts[i]);

		cln_trace_merge(all, one);
	}
	return generate_text(all);
}

Test(property, write_read_write_is_the_same)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		cln_owned(cln_trace_drop) struct cln_trace *trace = made(seed);
		cln_owned(cln_drop_mem) char *text = generate_text(trace);
		cln_owned(cln_trace_drop) struct cln_trace *again = parsed(text);
		cln_owned(cln_drop_mem) char *second = generate_text(again);

		cr_assert_str_eq(text, second, "seed %lu", (unsigned long)seed);
	}
}

Test(property, settling_twice_is_settling_once)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		cln_owned(cln_trace_drop) struct cln_trace *trace = made(seed);
		cln_owned(cln_drop_mem) char *text = generate_text(trace);
		struct cln_trace_use use = { CLN_TRACE_NONE, CLN_READ };
		cln_owned(cln_drop_mem) char *second = NULL;

		/* adding what is there already unsettles and changes nothing */
		if (!trace->file_count)
			continue;
		use = trace->file[0].use[0];
		cln_trace_add_file(trace, trace->file[0].root, trace->file[0].path,
			trace->file[0].target, &use);
		second = generate_text(trace);
		cr_assert_str_eq(text, second, "seed %lu", (unsigned long)seed);
	}
}

Test(property, merge_is_idempotent)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		cln_owned(cln_trace_drop) struct cln_trace *trace = made(seed);
		cln_owned(cln_drop_mem) char *text = generate_text(trace);
		cln_owned(cln_drop_mem) char *once = merged((const char *[]){ text }, 1);
		cln_owned(cln_drop_mem) char *twice = merged((const char *[]){ text, text }, 2);

		cr_assert_str_eq(text, once, "seed %lu", (unsigned long)seed);
		cr_assert_str_eq(text, twice, "seed %lu", (unsigned long)seed);
	}
}

Test(property, merge_is_commutative_and_associative)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		cln_owned(cln_trace_drop) struct cln_trace *x = made(seed);
		cln_owned(cln_trace_drop) struct cln_trace *y = made(seed + 1000);
		cln_owned(cln_trace_drop) struct cln_trace *z = made(seed + 2000);
		cln_owned(cln_drop_mem) char *a = generate_text(x);
		cln_owned(cln_drop_mem) char *b = generate_text(y);
		cln_owned(cln_drop_mem) char *c = generate_text(z);
		cln_owned(cln_drop_mem) char *abc = merged((const char *[]){ a, b, c }, 3);
		cln_owned(cln_drop_mem) char *cba = merged((const char *[]){ c, b, a }, 3);
		cln_owned(cln_drop_mem) char *bc = merged((const char *[]){ b, c }, 2);
		cln_owned(cln_drop_mem) char *a_bc = merged((const char *[]){ a, bc }, 2);
		cln_owned(cln_drop_mem) char *again = merged((const char *[]){ bc, abc, a }, 3);

		cr_assert_str_eq(abc, cba, "seed %lu", (unsigned long)seed);
		cr_assert_str_eq(abc, a_bc, "seed %lu", (unsigned long)seed);
		cr_assert_str_eq(abc, again, "seed %lu", (unsigned long)seed);
	}
}

/* A merge in memory, without the codec between, is the same one. */
Test(property, merging_unsettled_traces_is_merging_their_manifests)
{
	for (uint64_t seed = 1; seed <= ROUNDS; seed++) {
		cln_owned(cln_trace_drop) struct cln_trace *x = made(seed);
		cln_owned(cln_trace_drop) struct cln_trace *y = made(seed + 1000);
		cln_owned(cln_trace_drop) struct cln_trace *all = cln_trace_new();
		cln_owned(cln_drop_mem) char *direct = NULL, *a = NULL, *b = NULL, *by_text = NULL;

		cln_trace_merge(all, x);
		cln_trace_merge(all, y);
		direct = generate_text(all);
		a = generate_text(x);
		b = generate_text(y);
		by_text = merged((const char *[]){ a, b }, 2);
		cr_assert_str_eq(direct, by_text, "seed %lu", (unsigned long)seed);
	}
}
