/* SPDX-License-Identifier: Apache-2.0 */
/*
 * plan.h - how production starts and where it may write: intent as data.
 *
 * A plan is a list of operations that --dry-run prints, golden tests compare
 * and every document reads; carrying it out happens in write/. Two parts, in
 * the order the pipeline calls them:
 *
 *	lower_make	start-up -> init directives, and demands on keep
 *	plan_make	tree + keep + trace + lowering -> the whole plan
 */
#ifndef CLN_PACKAGER_PLAN_H
#define CLN_PACKAGER_PLAN_H

#include "packager/decide/keep.h"

#include <string.h>

/* One line of init.conf with the comment that names the step it came from. */
struct plan_line {
	const char *directive; /* first word: "dir", "template", ... */
	const char *text;      /* the whole line, quoted as init/format.h says */
	const char *comment;   /* or NULL */
};

enum plan_mount_kind { MOUNT_MEMORY, MOUNT_VOLUME };

struct plan_mount {
	enum plan_mount_kind kind;
	const char *path; /* real path inside the image, no symlink on the way */
	uint32_t uid, gid, mode;
	uint64_t size_bytes; /* limit of a memory mount; expected size of a volume */
	bool seeded;	     /* the init copies content in from the seed folder */
	const char *why;     /* "written by /usr/sbin/nginx: /var/lib/nginx/body/0001" */
};

/* A change of the image against the kept nodes. Parents that are missing are made by the
 * layout, root's, 0755. */
enum plan_edit_kind {
	EDIT_DIR,     /* a directory that must be there: mode, uid, gid */
	EDIT_SYMLINK, /* path -> target; replaces what stood there */
	EDIT_SEED,    /* the node's content also at target, below the seed folder; path: its own;
		       * mode, uid, gid: the seed's.
		       * EDIT_REMOVE of the same path may stand beside it */
	EDIT_FILE,    /* data: a new file (init.conf, commands, a frozen rendering) */
	EDIT_MODE,    /* setuid or setgid cleared: mode is the new one */
	EDIT_REMOVE,  /* a kept node that a mount hides */
};

struct plan_edit {
	enum plan_edit_kind kind;
	const char *path, *target;
	uint32_t node; /* of EDIT_SEED, EDIT_MODE, EDIT_REMOVE; else TREE_NONE */
	uint32_t mode, uid, gid;
	const void *data;
	size_t data_size;
	const char *why;
};

struct plan_note { /* for the report: what changed its meaning, what is frozen, what to know */
	const char *kind; /* "frozen", "arguments", "setuid", "volume", "port", ... */
	const char *text;
};

struct plan_process {	  /* what the container runs in the end */
	const char *user; /* "65532:65532" */
	uint32_t uid, gid;
	const uint32_t *group; /* supplementary */
	size_t group_count;
	const char *workdir;
	const char *const *argv; /* main's program and fixed arguments */
	const char *const *cmd;	 /* the image's Cmd in production */
	const char *const *env;	 /* the image's Env in production, "NAME=value" */
	const char *stop_signal; /* "SIGTERM" */
	uint32_t grace_ms;
	bool no_health; /* the image's health check cannot run in production */
};

struct plan {
	struct plan_line *line;	  /* init.conf, in order */
	struct plan_mount *mount; /* sorted by path */
	struct plan_edit *edit;	  /* sorted by path */
	struct plan_note *note;
	size_t line_count, mount_count, edit_count, note_count;
	struct plan_process process;
	const struct cln_trace_port *const *port; /* listeners of main and service, sorted */
	size_t port_count;
	const char *const *secret;  /* values that stand in arguments of the trace: to be shown
				     * nowhere; NULL-terminated */
	uint16_t lowest_port;	    /* below 1024: a sysctl or capability is needed; 0: none */
	const char *const *syscall; /* names of main, service and run steps with their siblings
				     * (calls.h), sorted, NULL-terminated */
	struct cln_arena *arena;
};

#define PLAN_REDACTED "(redacted)"

/* The word, or what stands for it where it holds a secret of the plan. */
static inline const char *plan_shown(const struct plan *plan, const char *word)
{
	for (size_t i = 0; plan->secret && plan->secret[i]; i++)
		if (strstr(word, plan->secret[i]))
			return PLAN_REDACTED;
	return word;
}

struct plan_options {
	const char *main;		    /* --main: path of the main program */
	const char *user;		    /* --user UID[:GID] */
	bool allow_shell;		    /* --allow-shell */
	bool allow_writable_root;	    /* --allow-writable-root */
	struct cln_list allow_startup_loss; /* --allow-startup-loss STEP */
	struct cln_list init_conf;	    /* --init-conf: extra lines */
	const char *commands;		    /* --commands refuse|compile */
	const char *redirect_unknown;	    /* --redirect-unknown DIR, or NULL */
	uint64_t tmpfs_size;		    /* --tmpfs-size; 0: from the trace */
	bool seccomp;			    /* --seccomp: in init.conf too */
};

struct lower; /* start-up, understood: directives and what they need (lower.h) */

int lower_make(const struct keep_input *in, const struct plan_options *options, struct lower **out,
	struct cln_err *err);
void lower_free(struct lower *lower);
void lower_drop(struct lower **lower);
const struct keep_demand *lower_demands(const struct lower *lower, size_t *count);

/* Once the plan is made: demands and all that the plan borrows stay, the tables by path, which
 * are as large as the trace, go. */
void lower_settle(struct lower *lower);

/* *out borrows from all that it was made of: release it first. */
int plan_make(const struct keep_input *in, const struct keep *keep, const struct lower *lower,
	const struct plan_options *options, struct plan **out, struct cln_err *err);
void plan_free(struct plan *plan);
void plan_drop(struct plan **plan);

/* The plan as people read it (--dry-run), one operation a line; the caller's to free. */
char *plan_text_new(const struct plan *plan);

#endif
