/* SPDX-License-Identifier: Apache-2.0 */
/*
 * trace.h - what one or many test runs did: the model behind the manifest.
 *
 * A trace is a set. Adding the same fact twice changes nothing, and the order
 * of facts never shows: execs and roots are found by their content, indexes
 * are handles of this process only, and the codec writes everything sorted and
 * renumbered, so equal sets are equal bytes.
 *
 * Merging is a join of a semilattice: whatever two traces disagree on keeps one
 * side by a fixed rule (the larger count, the byte-smallest content), so it is
 * commutative, associative and idempotent.
 *
 * Text:  paths and arguments are C strings of any bytes but NUL; the codec
 *        writes what is not UTF-8 as base64 (`path_b64`).
 * Owns:  the trace copies all that is added; pointers in its arrays live until
 *        cln_trace_free or the next add.
 */
#ifndef CLN_MANIFEST_TRACE_H
#define CLN_MANIFEST_TRACE_H

#include "common/buf.h"
#include "common/err.h"

#define CLN_TRACE_SCHEMA "clnimg.trace/1"
#define CLN_TRACE_NONE UINT32_MAX /* no exec, no root */
/* Counters are clamped to what every JSON reader keeps exact (RFC 8259, section 6). */
#define CLN_TRACE_COUNT_MAX ((uint64_t)9007199254740991)
#define CLN_TRACE_EVIDENCE_MAX 64 /* a root; merging keeps the first in order */

/* How a path was used; order of the bits is the order of DESIGN's list. */
enum cln_access {
	CLN_READ = 1 << 0,
	CLN_WRITE = 1 << 1,
	CLN_CREATE = 1 << 2,
	CLN_DELETE = 1 << 3,
	CLN_RENAME = 1 << 4,   /* both names of a rename */
	CLN_LINK = 1 << 5,     /* both names of a hard link; the name of a symlink */
	CLN_METADATA = 1 << 6, /* chmod, chown, utimes, xattr writes */
	CLN_STAT = 1 << 7,
	CLN_READLINK = 1 << 8,
	CLN_LIST = 1 << 9, /* getdents */
	CLN_CHDIR = 1 << 10,
	CLN_EXEC = 1 << 11,
	CLN_MAP = 1 << 12,  /* mapped executable */
	CLN_BIND = 1 << 13, /* AF_UNIX */
	CLN_CONNECT = 1 << 14,
	CLN_MISSING = 1 << 15, /* at least once ENOENT or ENOTDIR */
	CLN_DENIED = 1 << 16,  /* at least once EACCES, EPERM or EROFS; the intent stands beside */
};
#define CLN_ACCESS_COUNT 17
/* Anything that changes the file system, tried or done. */
#define CLN_ACCESS_WRITES \
	(CLN_WRITE | CLN_CREATE | CLN_DELETE | CLN_RENAME | CLN_LINK | CLN_METADATA | CLN_BIND)

const char *cln_access_name(uint32_t bit);		  /* one bit; NULL where it is none */
uint32_t cln_access_bit(const char *name, size_t length); /* 0: unknown */

enum cln_role {
	CLN_ROLE_HOST,	  /* not in a container */
	CLN_ROLE_ENTRY,	  /* the container's first program */
	CLN_ROLE_STARTUP, /* before main, not below it */
	CLN_ROLE_MAIN,
	CLN_ROLE_SERVICE,  /* below main */
	CLN_ROLE_INJECTED, /* entered from outside, as `podman exec` does */
};
#define CLN_ROLE_COUNT 6
const char *cln_role_name(enum cln_role role);

struct cln_trace_loss { /* never zero; names: lower case, underscores */
	const char *name;
	uint64_t count;
};

struct cln_trace_run {
	const char *id;			      /* unique: 32 hex digits */
	const char *tool;		      /* "clnimg-profile 0.1.0" */
	const char *host, *kernel, *platform; /* platform: "linux/amd64" */
	const char *started;		      /* RFC 3339, UTC */
	uint64_t duration_ms;
	const char *const *argv; /* NULL-terminated; NULL with --attach */
	int32_t exit_status;	 /* -1: attached, no command */
	bool complete;
	const struct cln_trace_loss *loss;
	size_t loss_count;
	const char *extra; /* here and below: members of a newer writer, kept as text, or NULL */
};

struct cln_trace_mount {
	const char *point, *type, *source, *options; /* inside the root; as in mountinfo */
};

/*
 * A file of the root as it was found, so that a packager can tell whether an
 * image is the one that was profiled.
 *
 * Roots of several traces fold into one where kind, platform, recognised and
 * all identity facts are equal; the other evidence is united. Identity facts
 * are those whose path cln_trace_identifies says yes to, and those marked: mark
 * the entry program. Different digests of one path in one root say that two
 * images were mixed: both are kept, and `clnimg-manifest merge` refuses.
 */
struct cln_trace_evidence {
	const char *path, *sha256; /* lower-case hex */
	uint64_t size_bytes;
	bool identity;
};

/* Is it a file that tells images apart (os-release, a package database)? */
bool cln_trace_identifies(const char *path);

struct cln_trace_root {
	const char *kind;	/* "host" or "container" */
	const char *platform;	/* "linux/amd64" */
	const char *recognised; /* "mount-namespace", "chroot", "initial" */
	const char *cgroup;	/* relative to the profiled one; "" at its top */
	/* of a chroot: its directory, in the root of the programs that changed to it or
	 * were started in it; NULL where nobody saw it change. Part of its identity. */
	const char *folder;
	const struct cln_trace_evidence *evidence; /* at most 64, sorted by path */
	size_t evidence_count;
	const struct cln_trace_mount *mount; /* one per (point, type) after merging */
	size_t mount_count;
	const char *extra;
};

struct cln_trace_env { /* main's environment against the entry's first one */
	const char *name;
	const char *value; /* NULL: start-up unset it */
	bool redacted;	   /* value is "" and was secret-looking */
	bool inherited;	   /* unchanged since the entry: what main was given */
	bool varies;	   /* runs disagree */
};

#define CLN_TRACE_UNLIMITED UINT64_MAX

/* A resource limit of main that start-up changed: it differs from the entry's. */
struct cln_trace_limit {
	const char *name;    /* as setrlimit(2) names it: "nofile", lower case */
	uint64_t soft, hard; /* what main began with, or CLN_TRACE_UNLIMITED */
	bool varies;	     /* runs disagree */
};

#define CLN_TRACE_BECAME 64u /* users of one exec */

/* Who a program's processes had become when they ended. */
struct cln_trace_user {
	uint32_t uid, gid;
};

struct cln_trace_exec {
	const char *path; /* the name asked for, made absolute in its root */
	uint32_t root;
	const char *interpreter; /* of a `#!` script: the final binary; else NULL */
	const char *const *argv; /* NULL-terminated, as main(argc, argv) sees it */
	bool argv_cut;
	const char *cwd;
	uint32_t uid, gid, umask;
	const uint32_t *group; /* supplementary, sorted */
	size_t group_count;
	uint32_t parent;     /* exec index or CLN_TRACE_NONE */
	uint64_t count;	     /* how often; merge keeps the larger */
	const uint32_t *run; /* the runs that saw it, sorted; NULL: all of this trace's */
	size_t run_count;
	enum cln_role role;
	const struct cln_trace_env *env; /* main only, sorted by name */
	size_t env_count;
	const struct cln_trace_limit *limit; /* main only, sorted by name */
	size_t limit_count;
	const struct cln_trace_user *became; /* others than uid, gid; sorted */
	size_t became_count;
	const char *extra;
};

/* What start-up left at a path when main began. */
struct cln_trace_result {
	char type;     /* f file, d directory, l symlink, p fifo, s socket; 0: gone */
	uint32_t mode; /* permission bits with setuid, setgid, sticky */
	uint32_t uid, gid;
	uint64_t size_bytes;
	const void *content; /* of a file, NULL where too large or not wanted */
	size_t content_size;
	const char *link_target; /* of a symlink */
	bool varies;		 /* runs disagree */
};

struct cln_trace_use { /* what one exec did to the path */
	uint32_t exec;
	uint32_t access;
};

struct cln_trace_file {	    /* one per (root, path, target) */
	const char *path;   /* as asked for, absolute and normal inside its root */
	const char *target; /* the file it led to, or NULL where that is path itself */
	uint32_t root;
	uint32_t access; /* union over use */
	const struct cln_trace_use *use;
	size_t use_count;
	uint64_t peak_bytes;		       /* of written files */
	const struct cln_trace_result *result; /* or NULL */
	const char *extra;
};

struct cln_trace_port {
	uint32_t root, exec;
	const char *protocol; /* "tcp", "udp" */
	const char *family;   /* "inet", "inet6" */
	const char *address;  /* "0.0.0.0", "127.0.0.1", "::" */
	uint16_t port;
	const char *extra;
};

struct cln_trace_syscalls {
	uint32_t root;
	enum cln_role role;
	const char *program;	 /* path of the binary */
	const char *const *name; /* sorted, NULL-terminated */
	const char *extra;
};

/* The arrays are for reading; sorted and canonical after cln_trace_settle. */
struct cln_trace {
	struct cln_trace_run *run;
	struct cln_trace_root *root;
	struct cln_trace_exec *exec;
	struct cln_trace_file *file;
	struct cln_trace_port *port;
	struct cln_trace_syscalls *syscalls;
	size_t run_count, root_count, exec_count, file_count, port_count, syscalls_count;
	struct cln_trace_inside *inside; /* arena and hash tables: trace.c only */
};

struct cln_trace *cln_trace_new(void);
void cln_trace_free(struct cln_trace *trace);
void cln_trace_drop(struct cln_trace **trace);

/*
 * Each adds one fact, or finds the equal one, and returns its index. Paths are
 * made normal; CLN_TRACE_NONE, and nothing added, where one is not absolute or
 * too long: count that as a loss. add_root finds only a root that is equal in
 * everything; roots of one identity fold when the trace is settled or merged.
 * An exec's parent is added before it.
 */
uint32_t cln_trace_add_run(struct cln_trace *trace, const struct cln_trace_run *run);
uint32_t cln_trace_add_root(struct cln_trace *trace, const struct cln_trace_root *root);
uint32_t cln_trace_add_exec(struct cln_trace *trace, const struct cln_trace_exec *exec);
/* exec may be CLN_TRACE_NONE (unknown user). target NULL: path itself. */
uint32_t cln_trace_add_file(struct cln_trace *trace, uint32_t root, const char *path,
	const char *target, const struct cln_trace_use *use);
void cln_trace_set_peak(
	struct cln_trace *trace, uint32_t file, uint64_t bytes); /* keeps the larger */
void cln_trace_set_result(
	struct cln_trace *trace, uint32_t file, const struct cln_trace_result *result);
void cln_trace_add_port(struct cln_trace *trace, const struct cln_trace_port *port);
void cln_trace_add_syscalls(struct cln_trace *trace, const struct cln_trace_syscalls *syscalls);
/* Late facts about an exec: roles are known only when main is. */
void cln_trace_set_role(struct cln_trace *trace, uint32_t exec, enum cln_role role);
void cln_trace_set_count(struct cln_trace *trace, uint32_t exec, uint64_t count);
void cln_trace_set_env(
	struct cln_trace *trace, uint32_t exec, const struct cln_trace_env *env, size_t count);
/* Joins: what was set before stays, as in merging. */
void cln_trace_set_limits(
	struct cln_trace *trace, uint32_t exec, const struct cln_trace_limit *limit, size_t count);

/* Adds one; who the exec began as is left out, and what is more than CLN_TRACE_BECAME. */
void cln_trace_add_became(struct cln_trace *trace, uint32_t exec, struct cln_trace_user user);

/* A late fact about a root: evidence is read when its first program runs. */
void cln_trace_add_evidence(
	struct cln_trace *trace, uint32_t root, const struct cln_trace_evidence *evidence);

/*
 * A container's exec forgets a parent on the host: the engine runs under names
 * that differ every time, and with them all that is below would never be equal
 * in two runs.
 *
 * Puts everything in canonical order; indexes change, pointers to entries too.
 * Facts that became equal (roles set late) fold into one. Idempotent. */
void cln_trace_settle(struct cln_trace *trace);

bool cln_trace_complete(const struct cln_trace *trace); /* every run is, and there is one */

/*
 * Moves what is known of a root into another one, where it stands below folder:
 * a chroot's into the root that it lies in, or ("/") a container's into another
 * container of the same image, which is one root then. Indexes change with
 * cln_trace_settle_root only, which says where one went.
 */
void cln_trace_lay(struct cln_trace *trace, uint32_t from, uint32_t into, const char *folder);
uint32_t cln_trace_settle_root(struct cln_trace *trace, uint32_t root);

/* Adds all of `from`; roots and execs are matched by content. Commutative,
 * associative, idempotent (after settle). */
void cln_trace_merge(struct cln_trace *into, const struct cln_trace *from);

/* The sum of a loss over all runs is what the manifest's top level says. */
uint64_t cln_trace_loss(const struct cln_trace *trace, const char *name);

/* Do the two roots hold the same image: at least one file in common (path and
 * digest) and none that differs? */
bool cln_trace_same_image(const struct cln_trace_root *a, const struct cln_trace_root *b);

/* Codec. Reading is strict and bounded (manifest-schema/limits in clnimg-manifest(5));
 * path "-" is standard input or output. *out is settled. */
int cln_trace_read(const char *path, struct cln_trace **out, struct cln_err *err);
int cln_trace_parse(const char *text, size_t size, struct cln_trace **out, struct cln_err *err);
/* Appends the manifest; full where buf has a ceiling. Settles the trace. */
void cln_trace_text(struct cln_trace *trace, struct cln_buf *out);
int cln_trace_write(struct cln_trace *trace, const char *path, struct cln_err *err);

#endif
