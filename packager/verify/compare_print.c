// SPDX-License-Identifier: Apache-2.0
#include "packager/verify/compare.h"

#include "common/buf.h"
#include "common/mem.h"

#include <string.h>

/* Every difference in order; before or after is NULL where it is not there. */
static size_t walk(const struct compare_facts *old, const struct compare_facts *new,
	void (*one)(void *to, const char *key, const char *before, const char *after), void *to)
{
	size_t i = 0, k = 0, count = 0;

	while (i < old->count || k < new->count) {
		int r = i == old->count	  ? 1
			: k == new->count ? -1
					  : strcmp(old->fact[i].key, new->fact[k].key);

		count++;
		if (r < 0) {
			one(to, old->fact[i].key, old->fact[i].value, NULL);
			i++;
		} else if (r > 0) {
			one(to, new->fact[k].key, NULL, new->fact[k].value);
			k++;
		} else {
			if (strcmp(old->fact[i].value, new->fact[k].value) != 0)
				one(to, old->fact[i].key, old->fact[i].value, new->fact[k].value);
			else
				count--;
			i++;
			k++;
		}
	}
	return count;
}

static void add_line(void *to, const char *key, const char *before, const char *after)
{
	cln_buf_adds(to, before && after ? "~ " : before ? "- " : "+ ");
	cln_buf_add_shown(to, key);
	if ((before && *before) || (after && *after))
		cln_buf_adds(to, ": ");
	cln_buf_add_shown(to, before ? before : "");
	cln_buf_adds(to, before && after ? " -> " : "");
	cln_buf_add_shown(to, after ? after : "");
	cln_buf_addc(to, '\n');
}

char *compare_text_new(
	const struct compare_facts *old, const struct compare_facts *new, size_t *count)
{
	cln_owned(cln_buf_release) struct cln_buf buf = { 0 };

	*count = walk(old, new, add_line, &buf);
	return cln_buf_steal(&buf);
}

/* A key's first word is what it is about, the rest its name. */
static void add_change(void *to, const char *key, const char *before, const char *after)
{
	size_t length = strcspn(key, " ");
	cln_owned(cln_drop_mem) char *what = cln_format("%.*s", (int)length, key);
	json_t *object = json_object();

	cln_json_set_str(object, "change", !before ? "added" : !after ? "removed" : "changed");
	cln_json_set_str(object, "what", what);
	cln_json_set_str(object, "name", key[length] ? key + length + 1 : "");
	cln_json_set_str(object, "before", before);
	cln_json_set_str(object, "after", after);
	json_array_append_new(to, object);
}

char *compare_json_new(
	const struct compare_facts *old, const struct compare_facts *new, size_t *count)
{
	cln_owned(cln_json_drop) json_t *document = json_object();
	json_t *changes = json_array();

	*count = walk(old, new, add_change, changes);
	cln_json_set_str(document, "schema", "clnimg.compare/1");
	json_object_set_new(document, "same", json_boolean(*count == 0));
	json_object_set_new(document, "changes", changes);
	return cln_json_text_new(document);
}
