/* SPDX-License-Identifier: Apache-2.0 */
/*
 * table.h - the dev and the prod image side by side, from what they hold.
 */
#ifndef CLN_CUSTOMIZE_TABLE_H
#define CLN_CUSTOMIZE_TABLE_H

#include "packager/customize/options.h"
#include "packager/verify/facts.h"

struct table_side {
	struct facts facts;
	const char *user;	   /* as the image names it; "" is root */
	bool read_only;		   /* its runtime files say so */
	uint64_t compressed_bytes; /* what a pull moves */
};

/* Pure; the caller's to free. */
char *table_text_new(const struct table_side *dev, const struct table_side *prod);

/* Reads both images again, as written, and prints the table on stdout. */
int table_print(const struct options *options, struct cln_err *err);

#endif
