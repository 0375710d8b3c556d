/* SPDX-License-Identifier: Apache-2.0 */
/*
 * opt.h - one option table a program: parsing, --help, man page and completion
 * all read it, so they cannot disagree.
 *
 *	static const struct cln_opt opts[] = {
 *		{ "manifest", 'm', "FILE", "keep what this trace touched", CLN_OPT_TEXT,
 *		  offsetof(struct options, manifest) },
 *		...
 *	};
 *	static const struct cln_program program = {
 *		.name = "clnimg-pack", .summary = "...", .synopsis = "--image REF ...",
 *		.opts = opts, .opt_count = CLN_COUNT(opts),
 *	};
 *
 * Every program also has --help, --version, --quiet and --verbose without
 * listing them, and the hidden --help-man and --help-completion that the build uses.
 */
#ifndef CLN_COMMON_OPT_H
#define CLN_COMMON_OPT_H

#include "common/err.h"

enum cln_opt_type {
	CLN_OPT_FLAG,	  /* bool */
	CLN_OPT_TEXT,	  /* const char *; borrowed from argv */
	CLN_OPT_LIST,	  /* struct cln_list; may be repeated */
	CLN_OPT_NUMBER,	  /* uint64_t */
	CLN_OPT_BYTES,	  /* uint64_t; K, M, G, T: powers of 1024 */
	CLN_OPT_DURATION, /* uint64_t, milliseconds; ms, s (default), m, h */
	CLN_OPT_CHOICE,	  /* const char *; arg lists the words: "file|package" */
};

struct cln_list {
	const char **item; /* borrowed from argv */
	size_t count, room;
};

struct cln_opt {
	const char *name; /* without the dashes */
	char letter;	  /* 0: none */
	const char *arg;  /* NULL for flags */
	const char *help; /* one sentence, no full stop */
	enum cln_opt_type type;
	size_t offset; /* into the program's options */
};

struct cln_command { /* clnimg-manifest merge ... */
	const char *name, *synopsis, *summary;
	const struct cln_opt *opts;
	size_t opt_count;
};

struct cln_program {
	const char *name, *summary, *synopsis;
	const char *description; /* paragraphs apart by a blank line, or NULL */
	const struct cln_opt *opts;
	size_t opt_count;
	const struct cln_command *commands;
	size_t command_count;
	const char *list_title; /* of list, or NULL */
	const char *list;	/* lines of a table of its own, behind the options */
	const char *exits;	/* "0  done\n1  failed..." or NULL for the house's */
	const char *examples;	/* lines, or NULL */
	const char *see_also;	/* "clnimg-pack(1), ..." or NULL */
};

/* What parsing leaves for main. */
struct cln_args {
	const struct cln_command *command; /* NULL where the program has none */
	char **rest;			   /* operands; behind "--" everything */
	int rest_count;
	bool separated; /* a "--" stood before rest */
	bool quiet, verbose;
	bool done; /* --help or --version was printed: exit 0 */
};

/*
 * Parses argv into the options that the table describes. For a program with
 * commands the first operand chooses one, and its table holds; the options
 * structure is the same for all of them. Options may stand between operands
 * until a "--"; with stop_at_operand they end at the first operand (for
 * programs that run a command). Errors are usage errors naming the option.
 */
int cln_opt_parse(const struct cln_program *program, int argc, char **argv, bool stop_at_operand,
	void *options, struct cln_args *args, struct cln_err *err);

void cln_list_release(struct cln_list *list);

/* "64M" -> bytes; "1500ms", "2m", "30" -> milliseconds. -EINVAL where it is neither. */
int cln_parse_bytes(const char *text, uint64_t *bytes);
int cln_parse_duration(const char *text, uint64_t *ms);
int cln_parse_number(const char *text, uint64_t *number);

#endif
