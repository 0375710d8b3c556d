// SPDX-License-Identifier: Apache-2.0
/*
 * do_self.c - the directives that change or check this very process: limit, user, require.
 */
#include "init/init.h"
#include "init/sys.h"

#include <errno.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#define WORD(name, resource) #name "\0"
#define ROW(name, resource) RLIMIT_##resource,
static const char limit_names[] = CLN_INIT_LIMITS(WORD);
static const uint8_t limit_resources[] = { CLN_INIT_LIMITS(ROW) };
#undef WORD
#undef ROW

static int limit_value(const char *text, rlim_t *out)
{
	uint64_t value = RLIM_INFINITY;

	if (!text_same(text, "unlimited") && text_number(text, RLIM_INFINITY - 1, &value) < 0)
		return -EINVAL;
	*out = value;
	return 0;
}

int do_limit(struct init *in, struct call *call, struct fail *err)
{
	struct rlimit now, want = { 0, 0 };
	int limit = call_pick(call, 0, limit_names, err);

	if (limit < 0)
		return limit;
	for (unsigned i = 1; i < call->count; i++)
		if (call->text[i] &&
			limit_value(call->text[i], i == 1 ? &want.rlim_cur : &want.rlim_max) < 0)
			return call_bad(call, i, "is neither a number nor unlimited", err);
	if (in->mode != MODE_APPLY)
		return 0;
	if (sys_limit(limit_resources[limit], NULL, &now) < 0)
		return FAIL(err, ERRNO, "limit ", call->text[0]);
	if (call->count == 2) /* a soft limit above the hard one asks for both */
		want.rlim_max = want.rlim_cur > now.rlim_max ? want.rlim_cur : now.rlim_max;
	if (sys_limit(limit_resources[limit], &want, NULL) < 0)
		return FAIL(err, ERRNO, "limit ", call->text[0]);
	return 0;
}

struct identity {
	uid_t uid;
	gid_t gid;
	gid_t groups[32];
	unsigned count;
};

static int identity_parse(const char *text, struct identity *id)
{
	for (unsigned field = 0; field < 2 + 32; field++) {
		uint64_t value;

		if (text_digits(&text, 10, INT32_MAX, &value) < 0)
			return -EINVAL;
		if (field == 0)
			id->uid = id->gid = (uid_t)value;
		else if (field == 1)
			id->gid = (gid_t)value;
		else
			id->groups[id->count++] = (gid_t)value;
		if (!*text)
			return 0;
		if (*text++ != (field ? ',' : ':'))
			return -EINVAL;
	}
	return -E2BIG;
}

/*
 * Root's way down: the bounding set first, so that nothing below can regain a
 * capability, then groups, then the user ids, each checked.
 */
static int identity_take(struct identity *id, struct fail *err)
{
	if (!id->count)
		id->groups[id->count++] = id->gid;
	if (id->uid != 0)
		for (unsigned long cap = 0; prctl(PR_CAPBSET_DROP, cap, 0, 0, 0) == 0; cap++)
			;
	if (sys_setgroups(id->count, id->groups) < 0 || sys_setgid(id->gid) < 0 ||
		sys_setuid(id->uid) < 0)
		return FAIL(err, ERRNO, "becoming the user");
	if (getuid() != id->uid || geteuid() != id->uid || getegid() != id->gid)
		return FAIL(err, EPERM, "becoming the user");
	return 0;
}

int do_user(struct init *in, struct call *call, struct fail *err)
{
	struct identity id = { .count = 0 };

	if (call->text[0] && identity_parse(call->text[0], &id) < 0)
		return call_bad(call, 0, "is not UID[:GID[,GID...]] in numbers", err);
	if (in->mode == MODE_CHECK)
		return 0;
	if (geteuid() != 0) {
		call->note = "not root: stays as it is";
		return 0;
	}
	return in->mode == MODE_APPLY ? identity_take(&id, err) : 0;
}

int do_require(struct init *in, struct call *call, struct fail *err)
{
	int nonroot = call_pick(call, 0, "readonly-root\0nonroot\0", err);

	if (nonroot < 0 || in->mode != MODE_APPLY)
		return nonroot;
	if (nonroot)
		return geteuid() ? 0 : BAD(err, 0, "runs as root, which the image refuses");
	if (sys_is_readonly("/") != 1)
		return BAD(err, 0,
			"the root filesystem is writable, which the image refuses; "
			"start it read-only (readOnlyRootFilesystem: true, --read-only)");
	return 0;
}
