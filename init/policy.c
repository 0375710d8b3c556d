// SPDX-License-Identifier: Apache-2.0
#include "init/policy.h"

#include "init/names.h"
#include "init/sys.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

int seccomp_number(const char *name)
{
#define WORD(name) #name "\0"
#define ROW(name) SECCOMP_NR(name),
	static const char words[] = INIT_SECCOMP_NAMES(WORD);
	static const uint16_t numbers[] = { INIT_SECCOMP_NAMES(ROW) };
#undef WORD
#undef ROW
	int i = text_pick(name, words, NULL);

	return i < 0 ? i : numbers[i];
}

static void add(struct policy *p, uint16_t code, uint32_t k, uint8_t jt, uint8_t jf)
{
	p->filter[p->filter_size++] = (struct bpf_insn){ code, jt, jf, k };
}

/*
 * Another architecture's call numbers mean other calls, so i386 and x32 programs
 * would walk through: they get ENOSYS for everything.
 */
void policy_filter(const struct seccomp_rules *rules, struct policy *policy)
{
	policy->filter_size = 0;
	if (!rules->count)
		return;
	add(policy, BPF_LOAD_ABS, SC_DATA_ARCH, 0, 0);
	add(policy, BPF_JUMP_EQ, NATIVE_ARCH, 1, 0);
	add(policy, BPF_RETURN, SC_RET_ERRNO | ENOSYS, 0, 0);
	add(policy, BPF_LOAD_ABS, SC_DATA_NR, 0, 0);
#ifdef X32_BIT
	add(policy, BPF_JUMP_GE, X32_BIT, 0, 1);
	add(policy, BPF_RETURN, SC_RET_ERRNO | ENOSYS, 0, 0);
#endif
	for (unsigned i = 0; i < rules->count; i++) {
		add(policy, BPF_JUMP_EQ, (uint32_t)rules->rule[i].nr, 0, 1);
		add(policy, BPF_RETURN, rules->rule[i].action, 0, 0);
	}
	add(policy, BPF_RETURN, SC_RET_ALLOW, 0, 0);
}

static uint64_t write_rights(int abi)
{
	uint64_t rights = LL_WRITE_FILE | LL_REMOVE_DIR | LL_REMOVE_FILE | LL_MAKE_ALL;

	return rights | (abi >= 2 ? LL_REFER : 0) | (abi >= 3 ? LL_TRUNCATE : 0);
}

/* 1 added, 0 the path is not there. */
static int rule_add(int ruleset, const char *path, uint64_t rights, struct fail *err)
{
	struct ll_path_beneath_attr rule = { .allowed_access = rights };
	int eno = 0;

	rule.parent_fd = sys_open(path, O_PATH | O_CLOEXEC, 0);
	if (rule.parent_fd < 0)
		return errno == ENOENT || errno == ENOTDIR ? 0
							   : FAIL(err, ERRNO, "landlock: ", path);
	if (syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH_BENEATH, &rule, 0) < 0)
		eno = errno;
	if (eno == EINVAL) { /* a file cannot have a directory's rights */
		rule.allowed_access &= LL_EXECUTE | LL_WRITE_FILE | LL_TRUNCATE;
		eno = syscall(SYS_landlock_add_rule, ruleset, LL_RULE_PATH_BENEATH, &rule, 0) < 0
			      ? errno
			      : 0;
	}
	close(rule.parent_fd);
	return eno ? FAIL(err, eno, "landlock: ", path) : 1;
}

static int rules_add(const struct landlock_rules *rules, struct policy *policy, struct fail *err)
{
	for (unsigned i = 0; i < rules->count; i++) {
		int r = rule_add(policy->ruleset, rules->path[i],
			rules->write[i] ? write_rights(policy->abi) : LL_EXECUTE, err);

		if (r < 0)
			return r;
		if (r == 0)
			policy->missing++;
		else
			*(rules->write[i] ? &policy->write : &policy->exec) += 1;
	}
	/* Devices are opened for writing by every program; nothing can be made in /dev by this. */
	return rules->write_ruled ? rule_add(policy->ruleset, "/dev", LL_WRITE_FILE, err) : 0;
}

static int landlock_prepare(
	const struct landlock_rules *rules, struct policy *policy, struct fail *err)
{
	struct ll_ruleset_attr attr = { 0 };
	int r;

	if (!rules->exec_ruled && !rules->write_ruled && !rules->require)
		return 0;
	r = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LL_CREATE_RULESET_VERSION);
	policy->abi = r < 0 ? 0 : r;
	if ((unsigned)policy->abi < rules->require)
		return FAIL(err, 0, "landlock: the image requires ABI ", DEC(rules->require),
			", this kernel has ", DEC(policy->abi));
	attr.handled_access_fs = (rules->exec_ruled ? LL_EXECUTE : 0) |
				 (rules->write_ruled ? write_rights(policy->abi) : 0);
	if (!policy->abi || !attr.handled_access_fs)
		return 0;
	policy->ruleset = (int)syscall(SYS_landlock_create_ruleset, &attr, sizeof(attr), 0);
	if (policy->ruleset < 0)
		return FAIL(err, ERRNO, "landlock");
	r = rules_add(rules, policy, err);
	return r < 0 ? r : 0;
}

int policy_prepare(const struct launch *launch, struct policy *policy, struct fail *err)
{
	policy->ruleset = -1;
	policy->abi = 0;
	policy->exec = policy->write = policy->missing = 0;
	policy_filter(&launch->seccomp, policy);
	return landlock_prepare(&launch->landlock, policy, err);
}

int policy_enter(const struct policy *policy)
{
	struct bpf_prog prog = { (uint16_t)policy->filter_size, policy->filter };

	if (policy->ruleset >= 0 && syscall(SYS_landlock_restrict_self, policy->ruleset, 0) < 0)
		return -errno;
	if (prog.len && syscall(SYS_seccomp, SC_SET_MODE_FILTER, 0, &prog) < 0)
		return -errno;
	return 0;
}

void policy_tell(const struct launch *launch, const struct policy *policy)
{
	const struct landlock_rules *rules = &launch->landlock;
	const char *none = "not restricted";

	if (!rules->exec_ruled && !rules->write_ruled && !launch->seccomp.count)
		return;
	if (!policy->abi && (rules->exec_ruled || rules->write_ruled))
		SAY(2, "in force: no landlock (this kernel has none), seccomp ",
			DEC(launch->seccomp.count), " calls");
	else
		SAY(2, "in force: landlock abi ", DEC(policy->abi), ", exec ",
			rules->exec_ruled ? DEC(policy->exec) : none, ", write ",
			rules->write_ruled ? DEC(policy->write) : none, ", not there ",
			DEC(policy->missing), "; seccomp ", DEC(launch->seccomp.count), " calls");
}
