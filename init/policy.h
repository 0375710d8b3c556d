/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy.h - what the kernel holds the main program to: Landlock and seccomp.
 *
 * Both need no privilege but no_new_privs. They are built before the fork and taken on
 * by the child right before execve, so the init itself stays outside of them.
 *
 * Landlock stops execve of a file outside the listed places. It does not stop
 * `ld.so FILE`, LD_PRELOAD, an interpreter reading a script, or code in a memfd:
 * deny memfd_create by seccomp where the trace shows no use of it.
 */
#ifndef CLN_INIT_POLICY_H
#define CLN_INIT_POLICY_H

#include "init/abi.h"
#include "init/init.h"

/* The number of a system call named in INIT_SECCOMP_NAMES; -1 where unknown. */
int seccomp_number(const char *name);

/* Most instructions of the deny filter. */
#define POLICY_FILTER_MAX (2 * INIT_SECCOMP_MAX + 8)

struct policy {
	int ruleset;	      /* Landlock ruleset, or -1 */
	int abi;	      /* the kernel's Landlock ABI; 0: none */
	unsigned exec, write; /* places in force */
	unsigned missing;     /* listed, but not there: nothing is granted for them */
	struct bpf_insn filter[POLICY_FILTER_MAX];
	unsigned filter_size; /* 0: none */
};

/* Build both. Fails where the rules require an ABI that the kernel lacks. */
int policy_prepare(const struct launch *launch, struct policy *policy, struct fail *err);
/* Only the filter's text; pure. */
void policy_filter(const struct seccomp_rules *rules, struct policy *policy);
/* In the child. 0 or -errno. */
int policy_enter(const struct policy *policy);
/* In the parent: one line that says what is in force, if the rules asked for anything. */
void policy_tell(const struct launch *launch, const struct policy *policy);

#endif
