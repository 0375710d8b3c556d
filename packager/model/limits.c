// SPDX-License-Identifier: Apache-2.0
#include "packager/model/limits.h"
#include "common/near.h"

#include "common/opt.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

static const struct {
	const char *name, *argument, *what;
	uint64_t otherwise, most;
} table[] = {
#define LIMIT_ROW(id, name, argument, is, text, most, what) { name, argument, what, is, most },
	LIMITS(LIMIT_ROW)
#undef LIMIT_ROW
};

/* The compiler joins these: the table cannot say one thing and the help another. */
#define LIMIT_LINE(id, name, argument, is, text, most, what) \
	name "=" argument ": " text " " what "\n"
const char limits_help[] = LIMITS(LIMIT_LINE);

uint64_t limit_of(const struct limits *limits, enum limit which)
{
	return limits && limits->value[which] ? limits->value[which] : table[which].otherwise;
}

int limit_set(struct limits *limits, const char *text, struct cln_err *err)
{
	size_t length = strcspn(text, "=");
	struct cln_near near = { .word = text, .length = length };
	uint64_t value = 0;
	char hint[128];

	for (size_t i = 0; i < LIMIT_COUNT; i++) {
		cln_near_offer(&near, table[i].name);
		if (strlen(table[i].name) != length || strncmp(table[i].name, text, length) != 0)
			continue;
		if (!text[length] || cln_parse_bytes(text + length + 1, &value) < 0 || !value ||
			value > table[i].most)
			return cln_usage(err, "--limit %s: written %s=%s, at most %" PRIu64, text,
				table[i].name, table[i].argument, table[i].most);
		limits->value[i] = value;
		return 0;
	}
	return cln_usage(err, "--limit %s: no such limit%s (see --help)", text,
		cln_near_text(&near, "", hint));
}

int limit_over(enum limit which, uint64_t ceiling, struct cln_err *err)
{
	const char *option = which == LIMIT_BYTES     ? "--max-bytes or "
			     : which == LIMIT_ENTRIES ? "--max-entries or "
						      : "";

	return cln_fail(err, EFBIG, "more than %" PRIu64 " %s (%s--limit %s=%s raises it)", ceiling,
		table[which].what, option, table[which].name, table[which].argument);
}
