// SPDX-License-Identifier: Apache-2.0
/*
 * Property: the order in which facts arrive, layers are laid and files are closed never
 * shows. Random images of programs, libraries, symlinks, scripts, shells under other
 * names, modules with byte code and packages, decided again: entries, uses and visits
 * shuffled each time.
 */
#include "tests/unit/decide/decide_sample.h"

#define FILES 60
#define ROUNDS 60
#define ORDERS 4
#define DASH "\177ELF dash ... sh: turning off NDELAY mode ... PS4=+ ..."

static uint32_t next_random(uint64_t *state)
{
	*state = *state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(*state >> 33);
}

struct random_image {
	struct decide_file file[FILES];
	struct elf_sample elf[FILES];
	char path[FILES][64], target[FILES][64], needed[FILES][3][32];
	uint32_t package[FILES]; /* PACKAGE_NONE: nobody's */
};

/* A script, a module, its byte code, a disguised shell: what no library is. */
static void make_other(struct random_image *image, int i, uint64_t *state)
{
	struct sample *sample = &image->file[i].sample;
	uint32_t other = next_random(state) % FILES;

	sample->mode = 0755;
	switch (next_random(state) % 3) {
	case 0:
		snprintf(image->target[i], sizeof(image->target[i]), "#!/d%u/lib%u.so -x\n",
			next_random(state) % 4, other);
		sample->bytes = image->target[i];
		break;
	case 1: /* a module at the even ones, its byte code at the odd ones */
		snprintf(image->path[i], sizeof(image->path[i]),
			i % 2 ? "d%d/__pycache__/m%d.cpython-311.pyc" : "d%d/m%d.py", i / 2 % 4,
			i / 2);
		snprintf(image->target[i], sizeof(image->target[i]), "#!/usr/bin/env lib%u.so\n",
			other);
		sample->bytes = i % 2 ? "" : image->target[i];
		break;
	default:
		sample->bytes = DASH;
	}
}

static void make_image(struct random_image *image, uint64_t *state)
{
	static const char *const rpath[] = { NULL, NULL, "/d0", "$ORIGIN", "/d1:/d2" };

	memset(image, 0, sizeof(*image));
	for (int i = 0; i < FILES; i++) {
		struct decide_file *file = &image->file[i];
		struct elf_sample *elf = &image->elf[i];

		snprintf(image->path[i], sizeof(image->path[i]), "d%u/lib%d.so",
			next_random(state) % 4, i);
		file->sample.path = image->path[i];
		image->package[i] = next_random(state) % 6;
		if (next_random(state) % 4 == 0) {
			make_other(image, i, state);
			continue;
		}
		if (next_random(state) % 5 == 0) {
			snprintf(image->target[i], sizeof(image->target[i]), "/d%u/lib%u.so",
				next_random(state) % 4, next_random(state) % FILES);
			file->sample.link = image->target[i];
			continue;
		}
		file->sample.mode = 0755;
		file->elf = elf;
		elf->rpath = rpath[next_random(state) % CLN_COUNT(rpath)];
		if (next_random(state) % 4 == 0)
			elf->runpath = rpath[next_random(state) % CLN_COUNT(rpath)];
		for (uint32_t k = next_random(state) % 4; k-- > 0;) {
			snprintf(image->needed[i][k], sizeof(image->needed[i][k]), "lib%u.so",
				next_random(state) % FILES);
			elf->needed[k] = image->needed[i][k];
		}
	}
}

static void shuffle(int *order, int count, uint64_t *state)
{
	for (int i = count - 1; i > 0; i--) {
		int k = (int)(next_random(state) % (uint32_t)(i + 1)), keep = order[i];

		order[i] = order[k];
		order[k] = keep;
	}
}

/* Of six packages the first three exist; the first two are kept as they are used. */
static void own(struct decide_case *c, const struct random_image *image)
{
	static const enum package_kind kinds[] = { PACKAGE_DEB, PACKAGE_PYTHON, PACKAGE_GEM };

	for (uint32_t p = 0; p < CLN_COUNT(kinds); p++) {
		const char *paths[FILES + 1] = { 0 };
		char text[FILES][66];
		size_t count = 0;

		for (int i = 0; i < FILES; i++) {
			if (image->package[i] != p)
				continue;
			snprintf(text[count], sizeof(text[count]), "/%s", image->path[i]);
			paths[count] = text[count];
			count++;
		}
		case_package(c,
			(struct package){ .kind = kinds[p],
				.name = why_name((enum keep_why)p),
				.where = count ? tree_lookup(c->tree, paths[0]) : TREE_NONE },
			paths);
	}
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char *decide_new(
	const struct random_image *image, const int *order, const int *used, uint32_t shuffle)
{
	static const char *const env[] = { "LD_LIBRARY_PATH=/d3", "PATH=/d2:/d0", NULL };
	struct decide_file file[FILES];
	struct decide_case c;
	struct cln_buf text = { 0 };
	cln_owned(cln_drop_mem) char *kept = NULL;

	for (int i = 0; i < FILES; i++)
		file[i] = image->file[order[i]];
	case_begin(&c, file, FILES);
	c.image.env = env;
	c.in.shuffle = shuffle;
	c.rules.package_granularity = image->package[0] % 2;
	own(&c, image);
	for (int i = 0; i < 4; i++) {
		char path[80];

		snprintf(path, sizeof(path), "/%s", image->path[used[i]]);
		case_use(&c, CLN_ROLE_MAIN, path, CLN_READ, NULL);
	}
	case_decide(&c);
	kept = case_kept_new(&c);
	cln_buf_adds(&text, kept);
	if (c.keep->warning.count)
		qsort(c.keep->warning.item, c.keep->warning.count, sizeof(char *), by_text);
	for (size_t i = 0; i < c.keep->warning.count; i++)
		cln_buf_addf(&text, "%s\n", c.keep->warning.item[i]);
	case_end(&c);
	return cln_buf_steal(&text);
}

Test(decide_order, never_matters)
{
	uint64_t state = 20261123;
	size_t most = 0;

	for (int round = 0; round < ROUNDS; round++) {
		static struct random_image image;
		int order[FILES], used[4];
		cln_owned(cln_drop_mem) char *first = NULL;

		make_image(&image, &state);
		for (int i = 0; i < FILES; i++)
			order[i] = i;
		for (int i = 0; i < 4; i++)
			used[i] = (int)(next_random(&state) % FILES);
		first = decide_new(&image, order, used, 0);
		most = CLN_MAX(most, strlen(first));
		for (int again = 0; again < ORDERS; again++) {
			cln_owned(cln_drop_mem) char *other = NULL;

			shuffle(order, FILES, &state);
			shuffle(used, 4, &state);
			other = decide_new(&image, order, used, next_random(&state) | 1);
			cr_expect_str_eq(first, other, "round %d:\n%s\n%s", round, first, other);
		}
	}
	cr_expect_gt(most, 1000); /* the images were worth deciding on */
}

/* What remains, decided on again with the same uses, remains whole. */
Test(decide_order, fixed_point)
{
	uint64_t state = 42;

	for (int round = 0; round < 40; round++) {
		static struct random_image image;
		struct decide_file left[FILES];
		struct decide_case one, two;
		size_t count = 0;
		char path[2][80];

		make_image(&image, &state);
		case_begin(&one, image.file, FILES);
		for (int i = 0; i < 2; i++) {
			snprintf(path[i], sizeof(path[i]), "/%s",
				image.path[next_random(&state) % FILES]);
			case_use(&one, CLN_ROLE_MAIN, path[i], CLN_READ, NULL);
		}
		case_decide(&one);
		for (int i = 0; i < FILES; i++) {
			char real[80];

			snprintf(real, sizeof(real), "/%s", image.path[i]);
			if (why_keeps(case_why(&one, real)))
				left[count++] = image.file[i];
		}
		case_begin(&two, left, count);
		for (int i = 0; i < 2; i++)
			case_use(&two, CLN_ROLE_MAIN, path[i], CLN_READ, NULL);
		case_decide(&two);
		cr_expect_eq(two.keep->kept_count, two.keep->node_count, "round %d", round);
		case_end(&one);
		case_end(&two);
	}
}

/* Keeping more never keeps less: what one use keeps, that use beside another keeps. */
Test(decide_order, only_adds)
{
	uint64_t state = 7;

	for (int round = 0; round < 20; round++) {
		static struct random_image image;
		struct decide_case one, two;
		char path[80];

		make_image(&image, &state);
		case_begin(&one, image.file, FILES);
		case_begin(&two, image.file, FILES);
		snprintf(path, sizeof(path), "/%s", image.path[next_random(&state) % FILES]);
		case_use(&one, CLN_ROLE_MAIN, path, CLN_READ, NULL);
		case_use(&two, CLN_ROLE_MAIN, path, CLN_READ, NULL);
		snprintf(path, sizeof(path), "/%s", image.path[next_random(&state) % FILES]);
		case_use(&two, CLN_ROLE_MAIN, path, CLN_READ, NULL);
		case_decide(&one);
		case_decide(&two);
		for (uint32_t node = 0; node < one.tree->node_count; node++)
			cr_expect(
				!why_keeps(one.keep->why[node]) || why_keeps(two.keep->why[node]));
		case_end(&one);
		case_end(&two);
	}
}
