// SPDX-License-Identifier: Apache-2.0
/*
 * empty.c - runs a command under programs that record nothing: the floors.
 *
 * usage: empty COMMAND [ARGUMENT]...          empty programs at every tracepoint that
 *                                             recording uses
 *        empty --names COMMAND [ARGUMENT]...  and the name that openat and newfstatat
 *                                             ask for is read, and forgotten
 *
 * No recorder that sits on these tracepoints costs less than the first, and none
 * that wants to know the name costs less than the second.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* linux/filter.h has these for the kernel only. */
#define INSN(code_, dst, src, off_, imm_)                                                         \
	(struct bpf_insn)                                                                         \
	{                                                                                         \
		.code = (code_), .dst_reg = (dst), .src_reg = (src), .off = (off_), .imm = (imm_) \
	}
#define MOVE(dst, src) INSN(BPF_ALU64 | BPF_MOV | BPF_X, dst, src, 0, 0)
#define SET(dst, imm) INSN(BPF_ALU64 | BPF_MOV | BPF_K, dst, 0, 0, imm)
#define ADD(dst, imm) INSN(BPF_ALU64 | BPF_ADD | BPF_K, dst, 0, 0, imm)
#define LOAD(dst, src, off) INSN(BPF_LDX | BPF_MEM | BPF_DW, dst, src, off, 0)
#define IF_EQUAL(reg, imm, skip) INSN(BPF_JMP | BPF_JEQ | BPF_K, reg, 0, skip, imm)
#define SKIP(skip) INSN(BPF_JMP | BPF_JA, 0, 0, skip, 0)
#define CALL(helper) INSN(BPF_JMP | BPF_CALL, 0, 0, 0, helper)
#define EXIT INSN(BPF_JMP | BPF_EXIT, 0, 0, 0, 0)

#define NAME_BYTES 256

/* struct pt_regs as the kernel has it (arch/x86/include/asm/ptrace.h). */
enum { REGS_SI = 13 * 8, REGS_ORIG_AX = 15 * 8 };

static int attach(const char *point, const struct bpf_insn *insns, size_t count)
{
	LIBBPF_OPTS(bpf_prog_load_opts, opts, .expected_attach_type = BPF_TRACE_RAW_TP);
	int id = libbpf_find_vmlinux_btf_id(point, BPF_TRACE_RAW_TP);
	int program, link;

	if (id < 0)
		return id;
	opts.attach_btf_id = (__u32)id;
	program = bpf_prog_load(BPF_PROG_TYPE_TRACING, "empty", "GPL", insns, count, &opts);
	link = program < 0 ? program : bpf_raw_tracepoint_open(NULL, program);
	/* It lives as long as the command, which inherits it. */
	return link < 0 ? link : fcntl(link, F_SETFD, 0);
}

static int attach_empty(const char *point)
{
	const struct bpf_insn nothing[] = { SET(BPF_REG_0, 0), EXIT };

	return attach(point, nothing, sizeof(nothing) / sizeof(*nothing));
}

static int attach_names(const char *point)
{
	const struct bpf_insn names[] = {
		LOAD(BPF_REG_6, BPF_REG_1, 0), /* struct pt_regs * */
		LOAD(BPF_REG_7, BPF_REG_6, REGS_ORIG_AX),
		IF_EQUAL(BPF_REG_7, SYS_openat, 2),
		IF_EQUAL(BPF_REG_7, SYS_newfstatat, 1),
		SKIP(5),
		MOVE(BPF_REG_1, BPF_REG_10),
		ADD(BPF_REG_1, -NAME_BYTES),
		SET(BPF_REG_2, NAME_BYTES),
		LOAD(BPF_REG_3, BPF_REG_6, REGS_SI),
		CALL(BPF_FUNC_probe_read_user_str),
		SET(BPF_REG_0, 0),
		EXIT,
	};

	return attach(point, names, sizeof(names) / sizeof(*names));
}

int main(int argc, char **argv)
{
	static const char *const others[] = {
		"sched_process_exec",
		"sched_process_fork",
		"sched_process_exit",
	};
	int names = argc > 1 && !strcmp(argv[1], "--names");

	if (argc < 2 + names)
		return 2;
	if ((names ? attach_names : attach_empty)("sys_exit") < 0) {
		perror("sys_exit");
		return 125;
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		if (attach_empty(others[i]) < 0) {
			perror(others[i]);
			return 125;
		}
	}
	execvp(argv[1 + names], argv + 1 + names);
	perror(argv[1 + names]);
	return 126;
}
