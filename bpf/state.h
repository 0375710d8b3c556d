/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * state.h - maps, settings and per-CPU work space of the programs.
 */
#ifndef CLN_BPF_STATE_H
#define CLN_BPF_STATE_H

#include "bpf/arch.h"
#include "bpf/calls.h"

#define REC_MASK (EV_RECORD_MAX - 1)
#define STR_MASK (EV_PATH_MAX - 1)
#define STR_BLOCK 32 /* bytes hashed at a time */
#define STR_QUICK 3  /* so many blocks without a loop: most paths */
#define SEEN_WAYS 4

/* One object: what stands alone is laid out as the compiler likes, in each variant. */
const volatile struct ev_settings cfg;

__u64 ev_losses[EV_LOSSES]; /* read by the profiler when all is over */
__u64 ev_emitted;	    /* records in the ring, the other side counts too */
__u64 ev_stuck_ns;	    /* when a writer last waited in vain for room */
/* The profiler itself, told by on_self before anything else is attached: its tgid
 * as the kernel counts, its pid namespace and how deep that is. */
__u32 ev_self;
__u32 ev_pid_level;
__u64 ev_pid_ns;

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 2 << 20);
} ev_ring SEC(".maps");

/*
 * Facts that were already reported, as 64-bit hashes: a cache, not a set. A key
 * that falls out is reported again, which costs a little and loses nothing. So
 * it cannot be full. Two facts with one hash: n*n / 2^65, 3e-8 for a million.
 */
struct seen_bucket {
	u64 key[SEEN_WAYS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct seen_bucket);
} ev_seen SEC(".maps");

/* How often each slot of ident hashes was executed: an address that is used
 * again by a later exec never inherits what the earlier one reported. */
#define EPOCHS 4096
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, EPOCHS);
	__type(key, u32);
	__type(value, u64);
} ev_epochs SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 16384);
	__type(key, struct ev_peak_key);
	__type(value, u64);
} ev_peaks SEC(".maps");

struct who {
	u64 task, mm, fs, files;
	u64 ident, epoch;
	u64 root_dentry, root_mnt;
	u64 mnt_ns, mnt_event;
	u64 number; /* as_number() */
	u32 mntns;
	u32 pid, tid;
};

/* What report_path puts together; bases and target are 0 where there are none. */
struct names {
	u64 base_dentry[2], base_mnt[2];
	u64 target_dentry, target_mnt, target_inode;
	u64 cookie;
	u64 key; /* 0: never a duplicate */
	s32 ret;
	u32 arg;
	u16 op, nr, flags, pad;
};

/* Calls of one program that were noted; the last program of this CPU only. */
struct noted {
	u64 ident, epoch;
	u64 word[2][CALLS_MAX / 64]; /* 64-bit calls, 32-bit calls */
};

struct work {
	u64 arg[ARGS_MAX];
	struct noted noted;
	struct who who;
	struct call call;
	struct names names;
	u64 cookie;	 /* io_uring: the request */
	u64 dentry, mnt; /* in and out of walk() */
	u64 number;	 /* as_number() */
	u32 walk;	 /* out of walk(): enum ev_walk */
	u32 str_len[2];	 /* with the NUL */
	u32 flags;
	u32 foreign;	/* who is not current: its memory cannot be read */
	u32 slot;	/* where this stands in ev_work */
	u64 wait_until; /* of ring_wait() */
	u32 wait_size, wait_room;
	char str[2][EV_PATH_MAX + STR_BLOCK];
	char rec[EV_RECORD_MAX + EV_CHUNK_MAX];
};

/*
 * One for each CPU: programs do not migrate and do not nest in themselves, and
 * none of them runs inside another. One more for the profiler, whose iterators
 * may be interrupted by them. (A per-CPU map holds at most 32 KiB.)
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, u32);
	__type(value, struct work);
} ev_work SEC(".maps");

static __always_inline struct work *work_get(void)
{
	u32 slot = bpf_get_smp_processor_id();
	struct work *w;

	if (ev_self && bpf_get_current_pid_tgid() >> 32 == ev_self)
		slot = cfg.cpus;
	w = bpf_map_lookup_elem(&ev_work, &slot);
	if (w)
		w->slot = slot;
	return w;
}

/* The one of the caller, told by w->slot: half a nanosecond instead of six. */
static __always_inline struct work *work_at(u32 slot)
{
	return bpf_map_lookup_elem(&ev_work, &slot);
}

/*
 * A function that the verifier checks once, whoever calls it: not static, and
 * its arguments are plain numbers (pointers need 5.12). Each finds its work
 * space by itself.
 */
#define GLOBAL __attribute__((noinline))

/*
 * Reads of the task that is being traced, many a call: newer kernels follow
 * typed pointers with plain loads (a nanosecond, and never a fault), older ones
 * need a helper for each step (25 ns). LOAD wants a pointer whose type the
 * verifier knows; PEEK takes any address, and 6.2 to be quick.
 */
#ifdef CLN_BPF_LOOP
extern void *bpf_rdonly_cast(const void *address, __u32 type) __ksym __weak;

#define task_now() task_known(bpf_get_current_task_btf())
#define LOAD(pointer, field) ((pointer)->field)
#define AS(type, address) \
	((struct type *)bpf_rdonly_cast((void *)(address), bpf_core_type_id_kernel(struct type)))
#define PEEK(type, address, field)                                           \
	({                                                                   \
		struct type *at_ = (void *)(address);                        \
		cfg.cast ? AS(type, at_)->field : BPF_CORE_READ(at_, field); \
	})

/*
 * The same task, as a pointer that is good for reading only. From one that it
 * trusts, the verifier asks for each pointer read through it whether that one is
 * to be trusted too, by a search of all types of the kernel: half of loading.
 */
static __always_inline struct task_struct *task_known(struct task_struct *task)
{
	return cfg.cast ? AS(task_struct, task) : task;
}
#else
#define task_now() ((struct task_struct *)bpf_get_current_task())
#define task_known(task) (task)
#define LOAD(pointer, field) BPF_CORE_READ(pointer, field)
#define PEEK(type, address, field)                    \
	({                                            \
		struct type *at_ = (void *)(address); \
		BPF_CORE_READ(at_, field);            \
	})
#endif

/* Bounds a number where the verifier looks, even if the compiler knows it already. */
#define BOUND(number, mask)          \
	({                           \
		barrier_var(number); \
		(number) &= (mask);  \
	})

/*
 * Calls long body(u32 index, void *context) until it returns 1, at most count
 * times. bpf_loop (5.17) lets the verifier look at the body once; older kernels
 * look at every round of a plain loop, which is why it is bounded lower there.
 * The programs are compiled both ways, source.c takes what the kernel knows.
 */
#ifdef CLN_BPF_LOOP
#define BODY static __noinline long
#define LOOP(count, body, context) bpf_loop(count, body, context, 0)
#else
#define BODY static __always_inline long
#define LOOP(count, body, context)                    \
	for (u32 loop_ = 0; loop_ < (count); loop_++) \
		if (body(loop_, context))             \
	break
#endif

static __always_inline void lose(enum ev_loss what)
{
	__sync_fetch_and_add(&ev_losses[what], 1);
}

static __always_inline u64 mix(u64 h, u64 v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15ULL;
	return h ^ (h >> 32);
}

/* Four sums side by side: a multiplication need not wait for the one before. */
struct lanes {
	u64 a, b, c, d;
};

#define LANES(h)                                                                         \
	{                                                                                \
		(h), 0x243f6a8885a308d3ULL, 0x13198a2e03707344ULL, 0xa4093822299f31d0ULL \
	}

static __always_inline void lanes_mix(struct lanes *lanes, u64 a, u64 b, u64 c, u64 d)
{
	lanes->a = mix(lanes->a, a);
	lanes->b = mix(lanes->b, b);
	lanes->c = mix(lanes->c, c);
	lanes->d = mix(lanes->d, d);
}

static __always_inline u64 lanes_sum(const struct lanes *lanes)
{
	return mix(mix(mix(lanes->a, lanes->b), lanes->c), lanes->d);
}

/* A pointer that the verifier knows, as a number to calculate with: through the
 * memory of a map, which forgets its type. */
static __always_inline u64 as_number(u64 *through, const void *pointer)
{
	*(volatile u64 *)through = (u64)pointer;
	return *(volatile u64 *)through;
}

static __always_inline bool seen_has(u64 key)
{
	u32 slot = key & cfg.seen_mask;
	struct seen_bucket *b = bpf_map_lookup_elem(&ev_seen, &slot);

	return b && (b->key[0] == key || b->key[1] == key || b->key[2] == key || b->key[3] == key);
}

/* Only after the record is in the ring: one that did not fit is tried again at
 * the next access. A race between CPUs loses a key, never invents one. */
static __always_inline void seen_add(u64 key)
{
	u32 slot = key & cfg.seen_mask;
	struct seen_bucket *b = bpf_map_lookup_elem(&ev_seen, &slot);

	if (!b)
		return;
	b->key[3] = b->key[2];
	b->key[2] = b->key[1];
	b->key[1] = b->key[0];
	b->key[0] = key;
}

/*
 * x with only the bits of mask, in a form that the verifier can follow. The
 * compiler drops an AND that its own range analysis proves needless; verifiers
 * before 6.3 lose the range when the value is spilled, and need to see the AND.
 */
#define BOUNDED(x, mask)                           \
	({                                         \
		u64 bounded_ = (x);                \
		asm volatile("" : "+r"(bounded_)); \
		bounded_ &(mask);                  \
	})

/*
 * The last resort. The reader freezes the cgroup at half a ring, but a frozen
 * process stops only on its way to user space, and a small ring may be full
 * before: whoever finds it so waits here, on its own processor, for the reader
 * to make room. Where that takes longer, nobody reads: then the record is lost,
 * and for a second nobody waits again, so that a stopped reader stops no machine.
 * Without bpf_loop a loop that long would be too much for the verifier; inline,
 * because calls may not nest deeper.
 */
#define WAIT_ROUNDS (1 << 20) /* more than there is time for */
#define WAIT_NS 60000000ULL   /* longer than the 50 ms for which real-time readers are held back */
#define STUCK_NS 1000000000ULL

#ifdef CLN_BPF_LOOP
static long ring_wait_step(u32 index, void *context)
{
	struct work *w = work_get();

	if (!w)
		return 1;
	w->wait_room = bpf_ringbuf_query(&ev_ring, BPF_RB_AVAIL_DATA) + w->wait_size <
		       bpf_ringbuf_query(&ev_ring, BPF_RB_RING_SIZE);
	return w->wait_room || bpf_ktime_get_ns() > w->wait_until;
}

/* Is there room for size bytes now? All in w: the stack is full. */
static __always_inline bool ring_wait(struct work *w, u32 size)
{
	u64 now = bpf_ktime_get_ns();

	/* One processor would wait for nobody. (The profiler's iterators have a reader, too.) */
	if (cfg.cpus == 1 || (ev_stuck_ns && now - ev_stuck_ns < STUCK_NS))
		return false;
	w->wait_until = now + WAIT_NS;
	w->wait_size = size + 64;
	w->wait_room = 0;
	bpf_loop(WAIT_ROUNDS, ring_wait_step, NULL, 0);
	if (!w->wait_room)
		ev_stuck_ns = bpf_ktime_get_ns();
	return w->wait_room;
}
#else
#define ring_wait(w, size) false
#endif

/* Wakes the reader rarely: it also looks by itself every few milliseconds. */
static __always_inline bool emit(struct work *w, u32 size, bool now)
{
	u64 flags = now || bpf_ringbuf_query(&ev_ring, BPF_RB_AVAIL_DATA) > cfg.wake_bytes
			    ? BPF_RB_FORCE_WAKEUP
			    : BPF_RB_NO_WAKEUP;

	if (bpf_ringbuf_output(&ev_ring, w->rec, BOUNDED(size, REC_MASK), flags) &&
		(!ring_wait(w, size) || bpf_ringbuf_output(&ev_ring, w->rec,
						BOUNDED(size, REC_MASK), BPF_RB_FORCE_WAKEUP))) {
		lose(EV_LOSS_RING);
		return false;
	}
	__sync_fetch_and_add(&ev_emitted, 1);
	return true;
}

#endif
