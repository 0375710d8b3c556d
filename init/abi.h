/* SPDX-License-Identifier: Apache-2.0 */
/*
 * abi.h - what the kernel promises and musl's headers do not show.
 *
 * musl-gcc sees no kernel headers, so the few numbers used stand here; each group
 * names the uapi header it was taken from. They are the kernel's stable ABI.
 */
#ifndef CLN_INIT_ABI_H
#define CLN_INIT_ABI_H

#include <stdint.h>
#include <sys/syscall.h>

/* asm-generic/unistd.h: one number on every architecture since 5.x. */
#ifndef SYS_close_range
#define SYS_close_range 436
#endif
#ifndef SYS_landlock_create_ruleset
#define SYS_landlock_create_ruleset 444
#define SYS_landlock_add_rule 445
#define SYS_landlock_restrict_self 446
#endif

/* linux/landlock.h; which ABI brought a right is in its "Previous limitations". */
#define LL_CREATE_RULESET_VERSION 1U
#define LL_RULE_PATH_BENEATH 1
#define LL_EXECUTE (1ULL << 0)
#define LL_WRITE_FILE (1ULL << 1)
#define LL_REMOVE_DIR (1ULL << 4)
#define LL_REMOVE_FILE (1ULL << 5)
#define LL_MAKE_ALL (0x7fULL << 6) /* CHAR DIR REG SOCK FIFO BLOCK SYM */
#define LL_REFER (1ULL << 13)	   /* ABI 2, Linux 5.19 */
#define LL_TRUNCATE (1ULL << 14)   /* ABI 3, Linux 6.2 */

struct ll_ruleset_attr {
	uint64_t handled_access_fs;
};

struct ll_path_beneath_attr {
	uint64_t allowed_access;
	int32_t parent_fd;
} __attribute__((packed));

/* linux/filter.h, linux/bpf_common.h: classic BPF. */
struct bpf_insn {
	uint16_t code;
	uint8_t jt, jf;
	uint32_t k;
};

struct bpf_prog {
	uint16_t len;
	const struct bpf_insn *filter;
};

#define BPF_LOAD_ABS 0x20 /* BPF_LD | BPF_W | BPF_ABS */
#define BPF_JUMP_EQ 0x15  /* BPF_JMP | BPF_JEQ | BPF_K */
#define BPF_JUMP_GE 0x35  /* BPF_JMP | BPF_JGE | BPF_K */
#define BPF_JUMP_SET 0x45 /* BPF_JMP | BPF_JSET | BPF_K */
#define BPF_RETURN 0x06	  /* BPF_RET | BPF_K */

/* linux/seccomp.h */
#define SC_SET_MODE_FILTER 1
#define SC_FLAG_NEW_LISTENER (1UL << 3)
#define SC_RET_KILL_PROCESS 0x80000000U
#define SC_RET_ERRNO 0x00050000U
#define SC_RET_USER_NOTIF 0x7fc00000U
#define SC_RET_ALLOW 0x7fff0000U
#define SC_DATA_NR 0 /* offsets in struct seccomp_data */
#define SC_DATA_ARCH 4
#define SC_DATA_ARG(n) (16 + 8 * (n)) /* low half on little-endian machines */

struct sc_data {
	int32_t nr;
	uint32_t arch;
	uint64_t instruction_pointer;
	uint64_t args[6];
};

struct sc_notif {
	uint64_t id;
	uint32_t pid, flags;
	struct sc_data data;
};

struct sc_notif_resp {
	uint64_t id;
	int64_t val;
	int32_t error;
	uint32_t flags;
};

struct sc_notif_addfd {
	uint64_t id;
	uint32_t flags, srcfd, newfd, newfd_flags;
};

#define SC_NOTIF_FLAG_CONTINUE 1U
#define SC_IOCTL_RECV 0xc0502100U /* _IOWR('!', 0, struct seccomp_notif) */
#define SC_IOCTL_SEND 0xc0182101U
#define SC_IOCTL_ID_VALID 0x40082102U
#define SC_IOCTL_ADDFD 0x40182103U

/* linux/audit.h: AUDIT_ARCH_*; linux/unistd.h: __X32_SYSCALL_BIT */
#if defined(__x86_64__)
#define NATIVE_ARCH 0xc000003eU
#define X32_BIT 0x40000000U
#elif defined(__aarch64__)
#define NATIVE_ARCH 0xc00000b7U
#elif defined(__riscv) && __riscv_xlen == 64
#define NATIVE_ARCH 0xc00000f3U
#else
#error "abi.h: add this architecture's AUDIT_ARCH value"
#endif

#endif
