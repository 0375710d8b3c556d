// SPDX-License-Identifier: Apache-2.0
#include "packager/read/gunzip.h"

#include "common/mem.h"

#include <errno.h>
#include <isa-l/igzip_lib.h>

struct gunzip {
	struct inflate_state state;
};

struct gunzip *gunzip_new(void)
{
	return cln_alloc(sizeof(struct gunzip));
}

void gunzip_free(struct gunzip *gunzip)
{
	free(gunzip);
}

void gunzip_begin(struct gunzip *gunzip)
{
	isal_inflate_init(&gunzip->state);
	gunzip->state.crc_flag = ISAL_GZIP;
}

void gunzip_mark(struct gunzip *gunzip, struct marks *marks)
{
	(void)gunzip;
	(void)marks;
}

static const char *reason(int r)
{
	switch (r) {
	case ISAL_INVALID_WRAPPER:
		return "not a gzip header";
	case ISAL_UNSUPPORTED_METHOD:
		return "a method other than deflate";
	case ISAL_INCORRECT_CHECKSUM:
		return "wrong checksum";
	default:
		return "bad data";
	}
}

int gunzip_step(struct gunzip *gunzip, const void **in, size_t *in_size, void *out, size_t room,
	size_t *made, struct cln_err *err)
{
	struct inflate_state *s = &gunzip->state;
	uint32_t give = (uint32_t)CLN_MIN(*in_size, (size_t)1 << 30);
	uint32_t space = (uint32_t)CLN_MIN(room, (size_t)1 << 30);
	int r;

	s->next_in = (uint8_t *)*in; /* only read, though the type does not say so */
	s->avail_in = give;
	s->next_out = out;
	s->avail_out = space;
	r = isal_inflate(s);
	if (r != ISAL_DECOMP_OK)
		return cln_fail(err, EINVAL, "gzip: %s", reason(r));
	*in = (const char *)*in + (give - s->avail_in);
	*in_size -= give - s->avail_in;
	*made = space - s->avail_out;
	return s->block_state == ISAL_BLOCK_FINISH;
}
