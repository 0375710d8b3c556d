// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/facts.h"

#include "common/hash.h"
#include "common/mem.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

static void apply_edits(struct facts *facts)
{
	const struct plan *plan = facts->in->plan;

	for (size_t i = 0; plan && i < plan->edit_count; i++) {
		const struct plan_edit *edit = &plan->edit[i];
		uint32_t node = edit->node;

		if (edit->kind == EDIT_SYMLINK || edit->kind == EDIT_FILE)
			node = tree_lookup(facts->in->tree, edit->path);
		else if (edit->kind != EDIT_REMOVE)
			continue;
		if (node < facts->in->tree->node_count)
			facts->remains[node] = false;
	}
	for (size_t i = 0; plan && i < plan->edit_count; i++)
		if (plan->edit[i].kind == EDIT_SEED &&
			plan->edit[i].node < facts->in->tree->node_count) {
			/* one that is also at its own place is listed there */
			if (!facts->remains[plan->edit[i].node])
				facts->moved[plan->edit[i].node] = plan->edit[i].target;
			facts->remains[plan->edit[i].node] = true;
		}
}

static void count_node(struct facts *facts, uint32_t node)
{
	const struct packages *packages = facts->in->packages;
	uint32_t owner = packages->owner[node];
	struct package_fact *fact =
		owner == PACKAGE_NONE ? &facts->application : &facts->package[owner];
	const struct inode *inode = tree_inode(facts->in->tree, node);
	uint64_t bytes = inode->type == NODE_FILE ? inode->size_bytes : 0;

	fact->files++;
	fact->bytes += bytes;
	if (facts->remains[node]) {
		fact->files_kept++;
		fact->bytes_kept += bytes;
	}
}

static void count_packages(struct facts *facts)
{
	const struct packages *packages = facts->in->packages;

	for (uint32_t i = 0; i < packages->count; i++) {
		struct package_fact *fact = &facts->package[i];
		uint32_t where = packages->package[i].where;

		fact->remains =
			fact->files_kept > 0 || (where != TREE_NONE && facts->remains[where]);
		facts->packages_kept += fact->remains;
		facts->packages_removed += !fact->remains;
		facts->packages_partial += facts_partial(facts, i);
	}
	facts->application.remains = facts->application.files_kept > 0;
}

/* "oci:app:prod" -> prod; else the source's digest names the version. */
static const char *version_of(const struct docs_input *in)
{
	const char *colon = in->prod_ref ? strrchr(in->prod_ref, ':') : NULL;

	if (colon && colon[1] && !strchr(colon, '/') && strchr(in->prod_ref, ':') != colon)
		return colon + 1;
	return in->source;
}

void facts_make(const struct docs_input *in, struct facts *out)
{
	time_t seconds = in->epoch;
	struct tm tm;

	*out = (struct facts){ .in = in, .name = in->name && *in->name ? in->name : "image" };
	out->version = version_of(in);
	if (!gmtime_r(&seconds, &tm) || tm.tm_year < 0 || tm.tm_year > 8099)
		tm = (struct tm){ .tm_year = 70, .tm_mday = 1 };
	strftime(out->created, sizeof(out->created), "%Y-%m-%dT%H:%M:%SZ", &tm);
	out->moved = cln_alloc((in->tree->node_count + 1) * sizeof(*out->moved));
	out->remains = cln_alloc(in->tree->node_count + 1);
	out->package = cln_alloc((in->packages->count + 1) * sizeof(*out->package));
	for (uint32_t i = 0; i < in->tree->node_count; i++)
		out->remains[i] = why_keeps(in->keep->why[i]);
	apply_edits(out);
	for (uint32_t i = 0; i < in->tree->node_count; i++)
		if (facts_is_file(out, i))
			count_node(out, i);
	count_packages(out);
}

void facts_release(struct facts *facts)
{
	free(facts->remains);
	free(facts->moved);
	free(facts->package);
}

bool facts_partial(const struct facts *facts, uint32_t package)
{
	const struct package_fact *fact = &facts->package[package];

	return fact->remains && fact->files_kept < fact->files;
}

char *facts_uuid_new(const char *seed)
{
	char hex[CLN_SHA256_HEX];
	static const char variant[] = "89ab";

	cln_sha256_of(seed, strlen(seed), hex);
	hex[16] = variant[hex[16] & 3];
	return cln_format("%.8s-%.4s-8%.3s-%.4s-%.12s", hex, hex + 8, hex + 13, hex + 16, hex + 20);
}

const char *facts_path(const struct facts *facts, uint32_t node, char room[4096])
{
	return facts->moved[node] ? facts->moved[node] : tree_path(facts->in->tree, node, room);
}

char *facts_product_purl_new(const struct facts *facts)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };
	const char *digest = facts->in->prod_digest;

	cln_buf_adds(&buf, "pkg:oci/");
	for (const char *at = facts->name; *at; at++)
		if ((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || strchr("-._", *at))
			cln_buf_addc(&buf, *at);
		else if (*at >= 'A' && *at <= 'Z')
			cln_buf_addc(&buf, (char)(*at - 'A' + 'a'));
		else
			cln_buf_addf(&buf, "%%%02X", (unsigned char)*at);
	if (digest && strncmp(digest, "sha256:", 7) == 0)
		cln_buf_addf(&buf, "@sha256%%3A%s", digest + 7);
	return cln_buf_steal(&buf);
}

void facts_add_json(struct docs *docs, const char *name, const json_t *json)
{
	char *text = cln_json_text_new(json);

	docs_add(docs, name, text, strlen(text));
}

enum policy_kind facts_policy(const struct facts *facts, uint32_t node)
{
	enum keep_why why = facts->in->keep->why[node];
	enum policy_kind kind = POLICY_NONE;
	struct cln_err ignored = { 0 };

	if (why == WHY_SHELL)
		return POLICY_SHELL;
	if (why == WHY_PACKAGE_MANAGER)
		return POLICY_PACKAGE_MANAGER;
	return policy_of_node(facts->in->tree, node, &kind, &ignored) < 0 ? POLICY_NONE : kind;
}
