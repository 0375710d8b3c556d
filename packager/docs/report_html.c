// SPDX-License-Identifier: Apache-2.0
/*
 * report.html: the page (report_page.html, its style and its script, made one file by
 * embed.cmake) with the report as data in it.
 *
 * Every node of the image is one row of numbers, so that 50,000 paths stay a
 * few megabytes: [parent, "name", bytes, why, package, flags, "via"]. Rows
 * stand in the tree's pre-order; the page builds paths from parents. Text from
 * the image is JSON with every '<' escaped: it can end no element.
 */
#include "packager/docs/report.h"

#include "packager/docs/report_page.h"
#include "packager/docs/stream.h"

#include "common/mem.h"

#include <string.h>

enum node_flag { FLAG_KEPT = 1, FLAG_DIR = 2, FLAG_PROGRAM = 4, FLAG_SETUID = 8, FLAG_LINK = 16 };

static void add_text(struct cln_buf *buf, const char *text)
{
	cln_owned(cln_json_drop) json_t *value = cln_json_text(text);
	cln_owned(cln_drop_mem) char *quoted =
		json_dumps(value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	cln_buf_adds(buf, quoted ? quoted : "\"\"");
}

static unsigned flags_of(const struct facts *facts, uint32_t node)
{
	const struct inode *inode = tree_inode(facts->in->tree, node);

	return (facts->remains[node] ? FLAG_KEPT : 0u) | (inode->type == NODE_DIR ? FLAG_DIR : 0u) |
	       (report_is_program(facts, node) ? FLAG_PROGRAM : 0u) |
	       (inode->type == NODE_FILE && (inode->mode & 06000) ? FLAG_SETUID : 0u) |
	       (inode->type == NODE_SYMLINK ? FLAG_LINK : 0u);
}

static void add_node(struct cln_buf *buf, const struct facts *facts, uint32_t node)
{
	const struct tree *tree = facts->in->tree;
	const struct inode *inode = tree_inode(tree, node);
	uint32_t owner = facts->in->packages->owner[node];
	char via[4096];
	const char *text = inode->type == NODE_DIR ? "" : report_via(facts, node, via);

	cln_buf_addf(buf, "%s[%u,", node ? ",\n" : "", tree->node[node].parent);
	add_text(buf, tree->node[node].name);
	cln_buf_addf(buf, ",%llu,%u,%d,%u",
		(unsigned long long)(inode->type == NODE_FILE ? inode->size_bytes : 0),
		facts->in->keep->why[node], owner == PACKAGE_NONE ? -1 : (int)owner,
		flags_of(facts, node));
	if (*text) {
		cln_buf_addc(buf, ',');
		add_text(buf, text);
	}
	cln_buf_addc(buf, ']');
}

/* '<' stands only in strings, where \u003c is the same. */
static void add_escaped(struct doc_stream *page, const struct cln_buf *part)
{
	for (const char *at = part->data, *end = at + part->size; at < end;) {
		const char *sign = memchr(at, '<', (size_t)(end - at));

		cln_buf_add(&page->buf, at, (size_t)((sign ? sign : end) - at));
		if (!sign)
			break;
		cln_buf_adds(&page->buf, "\\u003c");
		at = sign + 1;
	}
	doc_stream_flow(page);
}

/* What stands before the nodes. */
static void add_head(struct cln_buf *buf, const struct facts *facts)
{
	cln_owned(cln_json_drop) json_t *summary = report_summary(facts);
	cln_owned(cln_drop_mem) char *text =
		json_dumps(summary, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENSURE_ASCII);

	cln_buf_addf(buf, "{\"report\":%s,\n\"why\":[", text ? text : "{}");
	for (unsigned why = 0; why < WHY_COUNT; why++) {
		cln_buf_adds(buf, why ? "," : "");
		add_text(buf, why_name((enum keep_why)why));
	}
	cln_buf_addf(buf, "],\"first_kept\":%u,\n\"nodes\":[", WHY_FIRST_KEPT);
}

static void add_data(struct doc_stream *page, const struct facts *facts)
{
	cln_owned(cln_buf_release) struct cln_buf part = { 0 };

	add_head(&part, facts);
	add_escaped(page, &part);
	for (uint32_t i = 0; i < facts->in->tree->node_count; i++) {
		part.size = 0;
		add_node(&part, facts, i);
		add_escaped(page, &part);
	}
	cln_buf_adds(&page->buf, "]}");
}

static void make(const struct facts *facts, struct doc_stream *page)
{
	static const char mark[] = "@DATA@";
	const char *text = (const char *)report_page;
	const char *place = memmem(text, sizeof(report_page), mark, sizeof(mark) - 1);

	if (!place) /* the build checks that it is there */
		return;
	cln_buf_add(&page->buf, text, (size_t)(place - text));
	add_data(page, facts);
	place += sizeof(mark) - 1;
	cln_buf_add(&page->buf, place, sizeof(report_page) - (size_t)(place - text));
}

void report_html_add(const struct facts *facts, struct docs *docs)
{
	docs_add_made(docs, "report.html", make, facts);
}
