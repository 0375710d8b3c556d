/* SPDX-License-Identifier: Apache-2.0 */
/*
 * accounts.h - --reduce-accounts: passwd and group with only what is in use.
 *
 * In use are root, who production runs as, who the trace saw production run as,
 * and the owners of what is kept; and the primary groups of those users.
 */
#ifndef CLN_PACKAGER_ACCOUNTS_H
#define CLN_PACKAGER_ACCOUNTS_H

#include "packager/plan/draft.h"

struct account_ids {
	uint32_t *id;
	size_t count, room;
};

void account_ids_release(struct account_ids *ids);
void account_ids_add(struct account_ids *ids, uint32_t id);

/*
 * The lines of passwd(5) or group(5) text whose third field is one of ids, as
 * they stood; what is no account (remarks, NIS) goes. primary (of passwd, may
 * be NULL): gets the group of each line that stays. Sorts ids. The text is the caller's.
 */
char *accounts_reduced_new(
	const char *text, size_t size, struct account_ids *ids, struct account_ids *primary);

/* Replaces both files where they are kept and asked for. */
int draft_accounts(struct draft *draft, struct cln_err *err);

#endif
