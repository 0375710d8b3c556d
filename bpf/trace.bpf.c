// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * trace.bpf.c - the programs: what the tasks of one cgroup ask of the kernel.
 *
 * Everything hangs on BTF tracepoints, which need Linux 5.5; nothing uses LSM,
 * fentry or kprobes. All work is done at the exit of a call: its strings were
 * paged in by the kernel, its result is known, its descriptor leads to the file
 * without a race.
 */
#include "vmlinux/vmlinux.h"

#include <bpf/bpf_helpers.h>
#include <bpf/bpf_core_read.h>
#include <bpf/bpf_tracing.h>

#include "bpf/on_call.h"
#include "bpf/on_life.h"
#include "bpf/on_start.h"
#include "bpf/on_uring.h"

char LICENSE[] SEC("license") = "Dual BSD/GPL";
