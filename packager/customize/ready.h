/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ready.h - when may the tests start: tcp:PORT, http:URL or log:REGEX.
 */
#ifndef CLN_CUSTOMIZE_READY_H
#define CLN_CUSTOMIZE_READY_H

#include "common/err.h"

#include <regex.h>

enum ready_kind { READY_NONE, READY_TCP, READY_HTTP, READY_LOG };

struct ready {
	enum ready_kind kind;
	char host[256], port[8], path[1024];
	regex_t regex;
};

/* text NULL: ready at once. Errors are usage errors. */
int ready_parse(const char *text, struct ready *ready, struct cln_err *err);
void ready_release(struct ready *ready);

/* One try, at most about a second. log: the file with the container's output. */
bool ready_now(const struct ready *ready, const char *log);

#endif
