/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scene.h - one container's trace seen against its image.
 *
 * Both parts of the plan ask the same questions: which program is main, who
 * touched a path and how, where does it lie in the image once symlinks are
 * followed. They are answered once, here, in tables sorted by real path.
 *
 * Production is what main and the programs below it did (and what nobody knows
 * the author of); start-up is what entry and startup did.
 */
#ifndef CLN_PACKAGER_SCENE_H
#define CLN_PACKAGER_SCENE_H

#include "packager/plan/plan.h"
#include "packager/plan/template.h"

struct scene_file {
	const struct cln_trace_file *fact;
	const char *path; /* as asked for, normal */
	const char *real; /* parents resolved in the image; a symlink at the end is not followed */
	const char *end;  /* followed to the end; real itself where it is no symlink */
	uint32_t node;	  /* at real, or TREE_NONE */
	/* access bits by side; helper: of start-up's programs that production runs too */
	uint32_t startup, service, helper;
	uint32_t service_exec; /* one that did it, or CLN_TRACE_NONE */
};

struct scene {
	const struct keep_input *in; /* a copy of the caller's, below */
	struct keep_input input;
	struct plan_options options;
	const struct plan_options *opt;
	struct cln_arena *arena;
	uint32_t main, entry;	 /* exec indexes; entry may be main or CLN_TRACE_NONE */
	uint8_t *side;		 /* per exec: enum scene_side */
	struct scene_file *file; /* sorted by real, then path */
	size_t file_count;
	uint32_t uid, gid; /* production's */
	const uint32_t *group;
	size_t group_count;
	struct template_vars vars; /* main's environment, sorted */
	struct plan_note *note;
	size_t note_count, note_room;
	const char **secret; /* values that no text may show */
	size_t secret_count, secret_room;
};

#define NOTES_MAX 2000 /* a report that nobody reads tells nothing; the rest is left out */

enum scene_side { SIDE_NONE, SIDE_STARTUP, SIDE_SERVICE, SIDE_HELPER };

/* Is exec the ancestor, or below it? */
bool scene_below(const struct scene *scene, uint32_t exec, uint32_t ancestor);

/* Lets the files go once nothing asks for paths any more; their texts stay. */
void scene_forget_files(struct scene *scene);

/* Counts each file's bits by side anew, after sides changed. */
void scene_recount(struct scene *scene);

/* Refused where main cannot be told (the candidates and --main are named).
 * The scene must stay where it is: parts of it point at each other. */
int scene_init(struct scene *scene, const struct keep_input *in, const struct plan_options *opt,
	struct cln_err *err);
void scene_release(struct scene *scene);

const struct cln_trace_exec *scene_exec(const struct scene *scene, uint32_t exec);

/* Of a script: argv without the interpreter that the kernel put in front. */
const char *const *scene_argv(const struct cln_trace_exec *exec);

/* Did production use path, or anything below it, or list its directory? */
bool scene_needs(const struct scene *scene, const char *path);
/* Did production itself change path or anything below it? */
bool scene_writes(const struct scene *scene, const char *path);
/* Did production use exactly this path; the access bits. */
uint32_t scene_service_access(const struct scene *scene, const char *path);
/* The same of start-up. */
uint32_t scene_startup_access(const struct scene *scene, const char *path);

/* Does the word hold a secret? */
bool scene_hides(const struct scene *scene, const char *word);

/* A name for people, without secrets: "mkdir -p /run/nginx"; in the arena. */
const char *scene_command_text(const struct scene *scene, uint32_t exec);

void scene_note(struct scene *scene, const char *kind, const char *fmt, ...) CLN_PRINTF(3, 4);

/* Is this step's loss allowed (--allow-startup-loss STEP; globs)? */
bool scene_loss_allowed(const struct scene *scene, const char *step);

/* The value of a variable of main, or NULL. */
const struct template_var *scene_var(const struct scene *scene, const char *name);

/* The directory that a variable of main names, symlinks of the image followed, where
 * production writes in it: TMPDIR, HOME, XDG_CACHE_HOME, ... In the arena; or NULL. */
const char *scene_written_place(const struct scene *scene, const struct template_var *var);

/* A program's absolute path as main's PATH finds it in the image, or NULL. */
const char *scene_find_program(const struct scene *scene, const char *name);

#endif
