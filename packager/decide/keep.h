/* SPDX-License-Identifier: Apache-2.0 */
/*
 * keep.h - which nodes of the tree production holds, and why.
 *
 * keep = traced by a role that runs in production + demands of the plan, then
 * closures that only add, then rules. Pure: tree, trace and rules in, arrays by
 * node id out. The order in which closures run never shows in the result.
 */
#ifndef CLN_PACKAGER_KEEP_H
#define CLN_PACKAGER_KEEP_H

#include "common/opt.h"
#include "manifest-schema/trace.h"
#include "packager/model/image.h"
#include "packager/model/package.h"
#include "packager/model/tree.h"

enum keep_why {
	/* dropped; WHY_UNUSED is what everything starts as */
	WHY_UNUSED,	  /* nothing asked for it */
	WHY_STARTUP_ONLY, /* only start-up used it; via: trace file index */
	WHY_RULE_DROP,	  /* via: index into rules->drop */
	WHY_SHELL,
	WHY_PACKAGE_MANAGER,
	WHY_DEVICE,	 /* policy: never in production */
	WHY_LISTED_OUT,	 /* only its directory was listed; see --listed */
	WHY_UNDER_MOUNT, /* a mount will hide it and nothing seeds it */

	/* kept */
	WHY_FIRST_KEPT,
	WHY_TRACED = WHY_FIRST_KEPT, /* via: trace file index */
	WHY_PARENT,		     /* via: the child node */
	WHY_SYMLINK,		     /* on the way of a kept path; via: node that led here */
	WHY_HARD_LINK,
	WHY_INTERP,	  /* ELF PT_INTERP; via: the ELF file */
	WHY_NEEDED,	  /* ELF DT_NEEDED; via: the ELF file */
	WHY_SHEBANG,	  /* interpreter of a script; via: the script */
	WHY_LOADER,	  /* ld.so.cache, ld.so.conf: via: the loader */
	WHY_NAME_SERVICE, /* nsswitch, hosts, libnss_*, passwd, group */
	WHY_CERTIFICATES,
	WHY_TIME_ZONE,
	WHY_LOCALE,
	WHY_GCONV,
	WHY_BYTE_CODE, /* .pyc beside .py and the other way round */
	WHY_METADATA,  /* dist-info, package.json, gemspec of a kept package */
	WHY_RECORD,
	WHY_LICENCE,
	WHY_IDENTITY,	  /* package records, copyright files, os-release */
	WHY_LISTED,	  /* in a directory that was listed */
	WHY_RULE_KEEP,	  /* via: index into rules->keep */
	WHY_RULE_PACKAGE, /* --keep-package or --granularity package; via: package index */
	WHY_DEMAND,	  /* the plan needs it (run step, template, seed); via: demand index */
	WHY_PACKED,	  /* of an image that is packed already; via: itself */
	WHY_COUNT
};

static inline bool why_keeps(enum keep_why why)
{
	return why >= WHY_FIRST_KEPT;
}

const char *why_name(enum keep_why why); /* "traced", "needed", ... for documents */

/* What the lowering of start-up needs in the image, found before deciding. */
struct keep_demand {
	const char *path;
	const char *reason; /* "run step: /usr/bin/initdb" */
	bool is_program;    /* executed: its closure too */
};

struct keep_rules {
	struct cln_list keep, drop, keep_package; /* globs (cln_path_match), package names */
	bool package_granularity;
	const char *listed; /* "all", "small" (the default: NULL), "none"; see trace_use.c */
	bool strict;	    /* a rule that matches nothing is an error */
	bool allow_shell, allow_package_manager;
	bool reduce_accounts;
};

struct keep_input {
	const struct image *image;
	const struct tree *tree;
	const struct packages *packages;
	const struct cln_trace *trace;
	uint32_t root; /* the trace's root that is this image */
	const struct keep_rules *rules;
	const struct keep_demand *demand;
	size_t demand_count;
	uint32_t shuffle; /* tests: close files in another order, which must not show; 0: none */
};

struct keep {
	uint8_t *why;  /* enum keep_why, by node id */
	uint32_t *via; /* by node id; what it means depends on why */
	uint32_t node_count;
	uint32_t kept_count;
	struct cln_list warning;  /* rules that matched nothing, libraries not found, ... */
	struct cln_list left_out; /* listed directories whose other names were left out */
	struct cln_arena *arena;
};

int keep_compute(const struct keep_input *in, struct keep **out, struct cln_err *err);
void keep_free(struct keep *keep);
void keep_drop(struct keep **keep);

/* The index of the trace's root that is this image: checked by content
 * (evidence) among the containers of its platform (of all, where in has no image); refused with the option that would allow it (--any-image) where
 * none or several fit. forced: take the only container root whatever its
 * content. What the run itself wrote or had mounted is no evidence. */
int keep_find_root(const struct keep_input *in, bool forced, uint32_t *root, struct cln_err *err);

/* The same into in->root, on a trace that may be changed: several containers of
 * this image (other programs were started in each) become one, and what its
 * programs used inside a chroot stands where the chroot lies in the image. */
int keep_match_root(
	struct keep_input *in, struct cln_trace *trace, bool forced, struct cln_err *err);

/*
 * Is the trace enough to decide on? Refused, with the option that would allow
 * it: a trace that lost facts (--allow-incomplete), one in which production ran
 * nothing or touched next to nothing (--allow-sparse); a static main may.
 */
int keep_check_trace(
	const struct keep_input *in, bool allow_incomplete, bool allow_sparse, struct cln_err *err);

/* "kept: needed by /usr/sbin/nginx, which the trace saw executed by ..."; the caller's to free. */
char *keep_explain_new(const struct keep_input *in, const struct keep *keep, const char *path);

#endif
