/* SPDX-License-Identifier: Apache-2.0 */
/*
 * inside.h - what the files of the collector share, and nobody else sees.
 */
#ifndef CLN_PROFILER_INSIDE_H
#define CLN_PROFILER_INSIDE_H

#include "common/buf.h"
#include "common/hash.h"
#include "common/mem.h"
#include "profiler/collect.h"
#include "profiler/table.h"

#include <time.h>

#define SYSCALL_BITS 512

enum place_kind { PLACE_HOST, PLACE_CHROOT, PLACE_CONTAINER };

struct program;

/* One file a start-up program changed: what it was at some moments. */
struct result_shot {
	uint32_t moment; /* number of execs in the container so far */
	struct cln_trace_result result;
};

struct result {
	uint32_t file; /* in the trace */
	char *path;
	bool looked; /* the last look, for seeing a change: */
	uint64_t ino;
	struct timespec ctime, mtime;
	struct result_shot *shot;
	size_t shot_count, shot_room;
};

struct place { /* a root file system */
	uint64_t dentry, ino;
	uint32_t dev, mntns;
	uint32_t root; /* in the trace */
	enum place_kind kind;
	struct program *entry; /* container: its first program */
	struct program *main;  /* known at the end */
	uint32_t entry_pid;
	uint32_t moment;      /* execs so far */
	int fd;		      /* O_PATH of the directory while something runs in it */
	char *folder;	      /* of a chroot: where it lies in the root around it; or NULL */
	bool settled;	      /* start-up is over: the entry's process serves */
	struct table by_file; /* file -> index of result + 1 */
	struct result *result;
	size_t result_count, result_room;
};

struct program { /* one execution */
	uint64_t ident;
	uint32_t exec; /* in the trace; CLN_TRACE_NONE until argv is here */
	uint32_t pid;
	uint32_t moment; /* of its place, when it began */
	struct program *parent;
	struct place *place;
	uint32_t mntns;
	uint64_t root_dentry;
	size_t users; /* processes that run it */
	enum cln_role role;
	bool running;		     /* before the recording began, or before it came in */
	bool entered;		     /* came in from outside of the cgroup */
	bool unmapped;		     /* and ended before its mappings could be read */
	bool serves;		     /* listened, bound or accepted */
	uint64_t seen_ms;	     /* last use of a path */
	uint64_t began_ms, ended_ms; /* ended: 0 while it runs */
	char *path;		     /* of the binary that runs: for system calls */
	struct draft *draft;	     /* facts until argv is complete */
	char *env;		     /* NUL-ended strings, NULL: not carried */
	size_t env_size, env_want;
	bool env_cut;
	struct ev_limit *limit; /* by RLIMIT_*, at its exec; NULL outside containers */
	size_t limit_count;
	struct cln_trace_user *became; /* of its processes, each once */
	size_t became_count, became_room;
	struct program_fact *fact; /* what it was made of, of those that may be main; or NULL */
	uint8_t *syscalls;	   /* two bitmaps: 64-bit and 32-bit calls */
	struct program *next;	   /* all of them */
};

#define PROGRAM_FACTS 2
struct program_fact { /* its file, and of a script the binary that runs it */
	char *path;   /* NULL: could not be read */
	char sha256[CLN_SHA256_HEX];
	uint64_t size_bytes;
};

struct draft { /* an exec whose argv is still arriving */
	char *path, *interpreter, *cwd;
	uint32_t uid, gid, umask;
	uint32_t group[EV_GROUPS_MAX];
	size_t group_count;
	struct cln_buf argv;
	uint64_t argv_bytes;
	bool cut;
};

struct process {
	uint32_t pid;
	struct program *program; /* NULL until known */
	bool moved_root;	 /* by a chroot since its program began */
	bool entered;		 /* from outside the cgroup, with what it had open and mapped */
	uint64_t elsewhere;	 /* names left out since then, see place_is_noise */
};

struct pending { /* io_uring: waits for its result */
	uint64_t cookie;
	void *sample;
	size_t size;
	bool silent; /* success is not told */
};

struct early { /* a descriptor of a task whose program is not described yet */
	uint64_t ident;
	void *sample;
	size_t size;
};

struct inherited { /* a descriptor that the command had from the start */
	char *path;
	int flags;
};

struct collect {
	struct cln_trace *trace;
	struct collect_config config;
	struct collect_stats stats;
	struct program *first, **last; /* in order of arrival */
	struct table idents;	       /* ident -> struct program * */
	struct table processes;	       /* pid -> struct process * */
	struct table inodes;	       /* hash of (dev, ino, gen) -> index of written + 1 */
	struct table peaks;	       /* the same -> bytes, for files not yet known */
	struct table requests;	       /* cookie -> struct pending * */
	struct table cwds;	       /* fs -> char *, where it stands; NULL: unknown */
	struct early *early;	       /* in order of arrival */
	size_t early_count, early_room;
	struct written *written;
	size_t written_count, written_room;
	struct renamed *renamed;
	size_t renamed_count, renamed_room;
	struct inherited *inherited;
	size_t inherited_count, inherited_room;
	struct place **place;
	size_t place_count, place_room;
	struct table links;	  /* names that may have been symlinks: made, moved, removed */
	struct table exec_counts; /* exec -> how often */
	struct table folders;	  /* dentry of a new root -> char *, where it lies */
	size_t content_bytes;	  /* of all results so far */
	bool self_started;
};

struct written { /* a path that leads to a written inode */
	uint32_t file;
	size_t next; /* index + 1 of another path to it */
};

struct renamed { /* a file got another name, by rename or link */
	uint32_t from, to;
	size_t next; /* index + 1 of another one to the same name: peaks.c */
};

/* collect.c */
void collect_lose(struct collect *c, enum collect_loss loss);
/* A process stops running the program (by exec or exit). */
void collect_leave(struct collect *c, struct program *program);
uint64_t collect_now(const struct collect *c);
struct process *collect_process(struct collect *c, uint32_t pid);

/* programs.c */
void program_begin(struct collect *c, const struct record *rec);
/* Files that a running program has mapped executable: /proc/PID/maps. */
void program_maps(struct collect *c, struct program *program, const char *maps);
/* Does any process run it? Its ident may be that of a later one else. */
bool program_lives(const struct program *program);
void program_text(struct collect *c, const struct record *rec);
struct program *program_of(struct collect *c, const struct record *rec);
void program_settle(struct collect *c, struct program *program);
void program_free(struct program *program);

/* places.c */
/* The profiler's own root, from its own description. */
void place_host(struct collect *c, const struct record *rec);
/* before: what the process ran until this exec, or NULL. */
struct place *place_of_exec(
	struct collect *c, const struct record *rec, const struct program *before);
/* Where the record's paths belong; NULL: noise of a runtime that is about to
 * start a container. */
struct place *place_of_record(
	struct collect *c, const struct record *rec, const struct program *program);
/*
 * Is it such noise? What a container's own program does in a namespace and root
 * that it moved to is left out too until it execs, and a loss if it never does.
 */
bool place_is_noise(const struct record *rec, const struct program *program);
void place_free(struct place *place);
/* A process of this program made `name`, as it stands in the program's root, its
 * root: the record is of that call. */
void place_chroot(struct collect *c, const struct record *rec, const struct program *program,
	const char *name);

/*
 * cwds.c: the working directory from which a call that changes it started, which
 * is gone when the call is over. fs as in event.h.
 */
const char *cwd_find(struct collect *c, uint64_t fs); /* NULL: unknown */
void cwd_set(struct collect *c, uint64_t fs, const char *path);
void cwd_copy(struct collect *c, uint64_t from, uint64_t to);
void cwds_release(struct collect *c);

/* early.c: what a task that comes in from outside has open */
bool early_keep(struct collect *c, const struct record *rec, const void *data, size_t size);
/* Its program has just been described. */
void early_done(struct collect *c, uint64_t ident);
void early_release(struct collect *c);

/* files.c */
void files_path(struct collect *c, const struct record *rec);
uint64_t files_inode_hash(uint32_t dev, uint32_t gen, uint64_t ino);
/* peaks.c: a name that a written file was given has at least the file's peak. */
void files_peaks_settle(struct collect *c);

/* requests.c: io_uring, whose requests end some time later */
void requests_keep(struct collect *c, const struct record *rec, const void *data, size_t size);
void requests_done(struct collect *c, const struct record *done);
/* Nothing more will end. */
void requests_settle(struct collect *c);
void requests_release(struct collect *c);

/* inherited.c: looked at before the command starts, when they are still what it gets */
void inherited_look(struct collect *c);
void inherited_settle(struct collect *c);
void inherited_release(struct collect *c);

/* facts.c: by what an image is known again */
void facts_take(struct collect *c, struct program *program);
void facts_settle(struct collect *c);
void facts_free(struct program *program);

/* access.c: which use is a call, how it ended; pure */
uint32_t access_of(const struct record_path *path, uint16_t flags);

/* roles.c */
void roles_settle(struct collect *c);
void roles_env(struct collect *c);
/* A process of program ended as that user. */
void roles_ended(struct program *program, uint32_t uid, uint32_t gid);
/* Which programs became other users. */
void roles_became(struct collect *c);
/* Which limits of main differ from the entry's. */
void roles_limits(struct collect *c);

/* results.c: what start-up left */
void results_touch(struct collect *c, struct program *program, uint32_t file, const char *path,
	uint32_t access);
void results_shoot(struct collect *c, struct program *program);
void results_settle(struct collect *c);

#endif
