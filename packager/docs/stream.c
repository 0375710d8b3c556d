// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/stream.h"

#include "common/mem.h"

#define FLOW_BYTES ((size_t)64 << 10)

static void put(struct doc_stream *stream)
{
	if (!stream->failed && stream->buf.size)
		stream->failed = stream->put(
			stream->context, stream->buf.data, stream->buf.size, stream->err);
	stream->buf.size = 0;
}

void doc_stream_flow(struct doc_stream *stream)
{
	if (stream->buf.size >= FLOW_BYTES)
		put(stream);
}

void docs_add_made(struct docs *docs, const char *name, docs_make *make, const struct facts *facts)
{
	CLN_PUSH(docs->doc, docs->count, docs->room) =
		(struct doc){ .name = cln_strdup(name), .make = make, .facts = facts };
}

int doc_write(const struct doc *doc, docs_put *to, void *context, struct cln_err *err)
{
	struct doc_stream stream = { .put = to, .context = context, .err = err };

	if (!doc->make)
		return to(context, doc->data, doc->size, err);
	doc->make(doc->facts, &stream);
	put(&stream);
	cln_buf_release(&stream.buf);
	return stream.failed;
}
