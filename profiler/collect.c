// SPDX-License-Identifier: Apache-2.0
#include "profiler/inside.h"

#include "profiler/syscalls.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

const char *collect_loss_name(enum collect_loss loss)
{
	static const char *const names[COLLECT_LOSSES] = {
		[COLLECT_UNDECODED] = "undecoded",
		[COLLECT_UNRESOLVED] = "unresolved_path",
		[COLLECT_TOO_DEEP] = "path_too_deep",
		[COLLECT_RACED] = "path_raced",
		[COLLECT_UNKNOWN] = "unknown_program",
		[COLLECT_LEFT] = "left_cgroup",
		[COLLECT_MOVED] = "moved_root",
		[COLLECT_MAPPED] = "mappings_unseen",
		[COLLECT_UNFINISHED] = "io_uring_unfinished",
		[COLLECT_ARGV] = "argv_cut",
		[COLLECT_ENV] = "environment_cut",
		[COLLECT_REFUSED] = "refused_by_model",
	};

	return names[loss];
}

const char *collect_kernel_loss_name(enum ev_loss loss)
{
	static const char *const names[EV_LOSSES] = {
		[EV_LOSS_RING] = "ring_full",
		[EV_LOSS_UNREAD] = "user_memory_unread",
		[EV_LOSS_FD] = "descriptor_unresolved",
		[EV_LOSS_TEXT] = "arguments_cut",
		[EV_LOSS_GROUPS] = "groups_cut",
		[EV_LOSS_URING] = "io_uring_unknown",
		[EV_LOSS_CALL] = "call_unknown",
	};

	return names[loss];
}

struct collect *collect_new(struct cln_trace *trace, const struct collect_config *config)
{
	struct collect *c = cln_alloc(sizeof(*c));

	c->trace = trace;
	c->config = *config;
	c->last = &c->first;
	c->self_started = !config->self_pid;
	inherited_look(c);
	return c;
}

static void free_processes(struct collect *c)
{
	for (size_t i = 0; i < c->processes.slots; i++)
		if (c->processes.slot[i].used)
			free(c->processes.slot[i].value.item);
	table_release(&c->processes);
}

void collect_free(struct collect *c)
{
	if (!c)
		return;
	for (struct program *program = c->first; program;) {
		struct program *next = program->next;

		program_free(program);
		program = next;
	}
	for (size_t i = 0; i < c->place_count; i++)
		place_free(c->place[i]);
	free_processes(c);
	requests_release(c);
	cwds_release(c);
	early_release(c);
	inherited_release(c);
	for (size_t i = 0; i < c->folders.slots; i++)
		if (c->folders.slot[i].used)
			free(c->folders.slot[i].value.item);
	table_release(&c->folders);
	free(c->place);
	free(c->written);
	free(c->renamed);
	table_release(&c->idents);
	table_release(&c->inodes);
	table_release(&c->peaks);
	table_release(&c->links);
	table_release(&c->exec_counts);
	free(c);
}

void collect_drop(struct collect **c)
{
	collect_free(*c);
}

void collect_lose(struct collect *c, enum collect_loss loss)
{
	c->stats.loss[loss]++;
}

/* Without a clock, records count as time. */
uint64_t collect_now(const struct collect *c)
{
	const struct collect_look *look = &c->config.look;

	return look->now ? look->now(look->context) : c->stats.records;
}

void collect_leave(struct collect *c, struct program *program)
{
	if (program && program->users && !--program->users)
		program->ended_ms = collect_now(c);
}

struct process *collect_process(struct collect *c, uint32_t pid)
{
	union table_value *slot = table_put(&c->processes, pid);
	struct process *process;

	if (slot->item)
		return slot->item;
	process = cln_alloc(sizeof(*process));
	process->pid = pid;
	slot->item = process;
	return process;
}

static void on_fork(struct collect *c, const struct record *rec)
{
	struct program *program = program_of(c, rec);
	struct process *parent = collect_process(c, rec->pid);
	struct process *child;

	cwd_copy(c, rec->fork.fs, rec->fork.child_fs);
	if (!rec->fork.child)
		return;
	child = collect_process(c, rec->fork.child);
	if (child == parent)
		return; /* no kernel says so */
	child->program = program;
	child->moved_root = parent->moved_root;
	if (program)
		program->users++;
}

static void on_end(struct collect *c, const struct record *rec)
{
	union table_value *slot = table_find(&c->processes, rec->pid);
	struct process *process = slot ? slot->item : NULL;

	if (!process)
		return;
	c->stats.loss[COLLECT_MOVED] += process->elsewhere;
	if (process->program)
		roles_ended(process->program, rec->end.uid, rec->end.gid);
	collect_leave(c, process->program);
	free(process);
	table_delete(&c->processes, rec->pid);
}

static void on_move(struct collect *c, const struct record *rec)
{
	union table_value *known = table_find(&c->processes, rec->pid);

	if (rec->flags & EV_INSIDE)
		collect_process(c, rec->pid)->entered |= !known;
	else if (known)
		collect_lose(c, COLLECT_LEFT);
}

static void on_syscall(struct collect *c, const struct record *rec)
{
	struct program *program = program_of(c, rec);
	uint32_t bit = rec->syscall.nr + (rec->flags & EV_COMPAT ? SYSCALL_BITS : 0);

	if (!program || rec->syscall.nr >= SYSCALL_BITS || place_is_noise(rec, program))
		return;
	if (!program->syscalls)
		program->syscalls = cln_alloc(SYSCALL_BITS / 4);
	program->syscalls[bit / 8] |= (uint8_t)(1 << bit % 8);
}

static void on_port(struct collect *c, const struct record *rec)
{
	struct program *program = program_of(c, rec);
	bool six = rec->port.family == AF_INET6;
	char address[INET6_ADDRSTRLEN];
	struct cln_trace_port port = {};

	if (!program || place_is_noise(rec, program))
		return;
	program->serves = true;
	program->place->settled |= program->pid == program->place->entry_pid;
	port.root = program->place->root;
	port.exec = program->exec;
	port.protocol = rec->port.type == SOCK_STREAM ? "tcp" : "udp";
	port.family = six ? "inet6" : "inet";
	port.address =
		inet_ntop(six ? AF_INET6 : AF_INET, rec->port.address, address, sizeof(address));
	port.port = rec->port.port;
	cln_trace_add_port(c->trace, &port);
}

/* The child that is to become the command is the profiler itself until then. */
static bool is_self(struct collect *c, const struct record *rec)
{
	if (c->config.profiler_pid && rec->pid == c->config.profiler_pid) {
		if (rec->type == EV_EXEC)
			place_host(c, rec);
		return true;
	}
	if (c->self_started || rec->pid != c->config.self_pid)
		return false;
	if (rec->type != EV_EXEC || rec->flags & EV_ADOPTED)
		return true;
	c->self_started = true;
	return false;
}

void collect_record(struct collect *c, const struct record *rec)
{
	if (is_self(c, rec))
		return;
	switch (rec->type) {
	case EV_PATH:
		if (rec->flags & EV_DONE)
			requests_done(c, rec);
		else
			files_path(c, rec);
		break;
	case EV_EXEC:
		program_begin(c, rec);
		break;
	case EV_TEXT:
		program_text(c, rec);
		break;
	case EV_FORK:
		on_fork(c, rec);
		break;
	case EV_EXIT:
		on_end(c, rec);
		break;
	case EV_MOVE:
		on_move(c, rec);
		break;
	case EV_SYSCALL:
		on_syscall(c, rec);
		break;
	case EV_PORT:
		on_port(c, rec);
		break;
	case EV_SIZE: {
		struct ev_peak_key key = { rec->size.ino, rec->size.dev, rec->size.gen };

		collect_peak(c, &key, rec->size.size);
		break;
	}
	}
}

void collect_sample(struct collect *c, const void *data, size_t size)
{
	struct record rec;

	c->stats.records++;
	if (record_decode(data, size, &rec) < 0) {
		collect_lose(c, COLLECT_UNDECODED);
		return;
	}
	if (rec.type == EV_PATH && rec.flags & EV_PENDING)
		requests_keep(c, &rec, data, size);
	else if (!early_keep(c, &rec, data, size))
		collect_record(c, &rec);
}

void collect_peak(struct collect *c, const struct ev_peak_key *key, uint64_t bytes)
{
	uint64_t hash = files_inode_hash(key->dev, key->gen, key->ino);
	union table_value *known = table_put(&c->peaks, hash);
	union table_value *slot = table_find(&c->inodes, hash);

	known->number = CLN_MAX(known->number, bytes);
	for (size_t at = slot ? slot->number : 0; at; at = c->written[at - 1].next)
		cln_trace_set_peak(c->trace, c->written[at - 1].file, bytes);
}

static void add_syscalls(struct collect *c, struct program *program)
{
	const char *names[SYSCALL_BITS * 2 + 1];
	struct cln_trace_syscalls set = {
		.root = program->place->root,
		.role = program->role,
		.program = program->path,
		.name = names,
	};
	size_t count = 0;

	for (uint32_t bit = 0; bit < SYSCALL_BITS * 2; bit++) {
		const char *name = syscall_name(bit % SYSCALL_BITS, bit >= SYSCALL_BITS);

		if (program->syscalls[bit / 8] & 1 << bit % 8 && name)
			names[count++] = name;
	}
	names[count] = NULL;
	if (count)
		cln_trace_add_syscalls(c->trace, &set);
}

/* Images are made of containers where there are any: then what a runtime's own short-lived
 * helper had mapped, outside of them all, is nobody's. */
static bool misses_mappings(const struct collect *c, const struct program *program)
{
	return program->unmapped && !(c->stats.containers && program->place->kind == PLACE_HOST);
}

void collect_finish(struct collect *c)
{
	for (struct program *program = c->first; program; program = program->next) {
		if (program->draft)
			program_settle(c, program);
		c->stats.loss[COLLECT_MAPPED] += misses_mappings(c, program);
		if (program->env_cut || program->env_size < program->env_want)
			collect_lose(c, COLLECT_ENV);
	}
	for (size_t i = 0; i < c->processes.slots; i++)
		if (c->processes.slot[i].used && c->processes.slot[i].value.item)
			c->stats.loss[COLLECT_MOVED] +=
				((struct process *)c->processes.slot[i].value.item)->elsewhere;
	inherited_settle(c);
	requests_settle(c);
	files_peaks_settle(c);
	roles_settle(c);
	results_settle(c);
	roles_env(c);
	roles_limits(c);
	roles_became(c);
	facts_settle(c);
	for (struct program *program = c->first; program; program = program->next)
		if (program->syscalls && program->path)
			add_syscalls(c, program);
}

void collect_stats(const struct collect *c, struct collect_stats *stats)
{
	*stats = c->stats;
}
