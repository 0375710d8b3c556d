/* SPDX-License-Identifier: Apache-2.0 */
/*
 * story.h - a small image and what a run of it did, as a text for golden tests.
 *
 *	entrypoint WORD...	cmd WORD...	env NAME=VALUE	volume PATH
 *	stop SIGNAL		workdir PATH	option NAME VALUE
 *	tree PATH/ MODE [UID:GID]			a directory
 *	tree PATH MODE [UID:GID] TEXT | <<END		a file
 *	tree PATH -> TARGET				a link
 *	exec NAME ROLE PATH [parent=NAME] [interp=PATH] [uid=N] [gid=N] [groups=N,N]
 *		[umask=MODE] [cwd=PATH] : ARGV...
 *	var NAME(exec) given|set|unset|secret|given-secret NAME[=VALUE]
 *	became NAME(exec) UID:GID
 *	limit NAME(exec) RESOURCE SOFT HARD [varies]
 *	use PATH [-> TARGET] EXEC access,access [EXEC ...] [peak=N]
 *	left PATH d MODE UID:GID | f MODE UID:GID TEXT|<<END | l TARGET | gone [varies]
 *	mount POINT TYPE	port EXEC PROTOCOL PORT	 calls EXEC NAME...
 *
 * Words stand between blanks; "..." keeps blanks, \n \t \" \\ inside. <<END takes
 * the lines up to one that is END. A line that starts with # says what is told.
 */
#ifndef CLN_TESTS_STORY_H
#define CLN_TESTS_STORY_H

#include "packager/plan/plan.h"

struct story {
	struct image image;
	struct tree *tree;
	struct cln_trace *trace;
	struct keep_rules rules;
	struct packages packages;
	struct plan_options options;
	struct keep_input input;
	struct cln_arena *arena;
};

/* Ends the program with a message where the text is wrong. */
void story_read(const char *path, struct story *story);
void story_release(struct story *story);

/* What production keeps: what the service used, demands, links and parents. */
struct keep *story_keep(const struct story *story);

#endif
