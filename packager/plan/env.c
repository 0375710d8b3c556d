// SPDX-License-Identifier: Apache-2.0
/*
 * env.c - what start-up changed in main's environment, as `env` lines.
 */
#include "packager/plan/lower.h"

#include <string.h>

/* Shells set these for themselves; no program is configured by them. */
static bool shells_own(const char *name)
{
	static const char *const names[] = { "_", "PWD", "OLDPWD", "SHLVL", "SHELL", "TERM",
		"LINES", "COLUMNS", "PS1", "OPTIND", "IFS" };

	for (size_t i = 0; i < CLN_COUNT(names); i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

/* The image's own value of a variable, or NULL. */
static const char *image_env(const struct lower *lower, const char *name)
{
	const char *const *env = lower->scene.in->image->env;
	size_t size = strlen(name);

	for (size_t i = 0; env[i]; i++)
		if (!strncmp(env[i], name, size) && env[i][size] == '=')
			return env[i] + size + 1;
	return NULL;
}

static void env_line(struct lower *lower, const char *name, const char *verb, const char *live,
	const char *comment)
{
	struct cln_buf text = { 0 };

	lines_word(&text, name);
	lines_live(&text, verb);
	if (live)
		lines_live(&text, live);
	lines_add(&lower->env, "env", &text, comment);
}

static void env_constant(struct lower *lower, const char *name, const char *verb, const char *value,
	const char *comment)
{
	struct cln_buf text = { 0 };

	lines_word(&text, name);
	lines_live(&text, verb);
	lines_word(&text, value);
	lines_add(&lower->env, "env", &text, comment);
}

/* A secret that start-up made up or read from a file: never in the image. */
static void env_secret(struct lower *lower, const char *name)
{
	cln_owned(cln_drop_mem) char *file = cln_format("%s_FILE", name);

	if (scene_var(&lower->scene, file) || script_mentions(&lower->script, file)) {
		env_line(lower, name, "file", file, "a secret that start-up read from a file");
		return;
	}
	env_line(lower, name, "require", NULL,
		"start-up made this secret; its value is not known here");
	scene_note(&lower->scene, "secret",
		"%s: start-up set it to a secret that is never written into an image; give it at run time",
		name);
}

/* PATH=/opt/bin:$PATH and the like: the image's value with something around it. */
static bool env_around(struct lower *lower, const struct cln_trace_env *env)
{
	const char *old = image_env(lower, env->name);
	cln_owned(cln_buf_release) struct cln_buf live = { 0 };
	const char *found;

	if (!old || !*old || !(found = strstr(env->value, old)) || !strcmp(old, env->value))
		return false;
	if (found != env->value && found + strlen(old) != env->value + strlen(env->value))
		return false;
	cln_buf_addc(&live, '"');
	script_quote_inside(&live, env->value, (size_t)(found - env->value));
	cln_buf_addf(&live, "${%s}", env->name);
	script_quote_inside(&live, found + strlen(old), strlen(found + strlen(old)));
	cln_buf_addc(&live, '"');
	env_line(lower, env->name, "set", live.data, "start-up added to the image's value");
	return true;
}

static void env_changed(struct lower *lower, const struct cln_trace_env *env)
{
	cln_owned(cln_buf_release) struct cln_buf word = { 0 };
	enum script_how how = script_assigns(&lower->script, env->name, env->value, &word);

	if (how == SCRIPT_DEFAULT) {
		env_line(lower, env->name, "default", word.data, "start-up's default");
	} else if (how == SCRIPT_ALWAYS) {
		env_line(lower, env->name, "set", word.data, "start-up sets it");
	} else if (env_around(lower, env)) {
		return;
	} else if (!strcmp(env->name, "HOME") || !strcmp(env->name, "USER") ||
		   !strcmp(env->name, "LOGNAME")) {
		env_constant(lower, env->name, "set", env->value, "as after the change of user");
	} else {
		env_constant(lower, env->name, "default", env->value, "computed by start-up");
		scene_note(&lower->scene, "environment",
			"%s was computed by start-up as \"%s\": now a fixed default", env->name,
			env->value);
	}
}

/* What the profiled container was given and the image does not hold. */
static void env_given(struct lower *lower, const struct cln_trace_env *env)
{
	static const char *const runtimes[] = { "HOME", "HOSTNAME", "PATH", "TERM", "container" };
	const char *old = image_env(lower, env->name);

	for (size_t i = 0; i < CLN_COUNT(runtimes); i++)
		if (!strcmp(runtimes[i], env->name))
			return;
	const struct template_var var = { env->name, env->value, env->redacted };

	if (!old && scene_written_place(&lower->scene, &var))
		return; /* a default that env_places() gives */
	if (!old || (env->value && strcmp(old, env->value) != 0))
		scene_note(&lower->scene, "environment",
			"%s was given to the profiled container from outside; give it to production too",
			env->name);
}

static bool has_line(const struct lower *lower, const char *name)
{
	cln_owned(cln_drop_mem) char *start = cln_format("env %s ", name);

	for (size_t i = 0; i < lower->env.count; i++)
		if (!strncmp(lower->env.line[i].text, start, strlen(start)))
			return true;
	return false;
}

/* Production must find the places where main wrote: engines choose HOME by the user, and what
 * the profiled container was given from outside may be missing. */
static void env_places(struct lower *lower)
{
	for (size_t i = 0; i < lower->scene.vars.count; i++) {
		const struct template_var *var = &lower->scene.vars.var[i];
		bool home = !strcmp(var->name, "HOME");

		if ((home || !image_env(lower, var->name)) && !has_line(lower, var->name) &&
			scene_written_place(&lower->scene, var))
			env_constant(lower, var->name, home ? "set" : "default", var->value,
				"main writes below it");
	}
}

/* Interpreters need not try what the read-only root refuses. */
static void env_byte_code(struct lower *lower)
{
	for (size_t i = 0; i < lower->scene.file_count; i++) {
		const struct scene_file *file = &lower->scene.file[i];

		if (!((file->service | file->helper) & CLN_ACCESS_WRITES) ||
			!strstr(file->real, "/__pycache__"))
			continue;
		env_constant(lower, "PYTHONDONTWRITEBYTECODE", "default", "1",
			"byte code caches stay read-only");
		return;
	}
}

void lower_env(struct lower *lower)
{
	const struct cln_trace_exec *main = scene_exec(&lower->scene, lower->scene.main);

	for (size_t i = 0; i < main->env_count; i++) {
		const struct cln_trace_env *env = &main->env[i];

		if (shells_own(env->name))
			continue;
		if (env->inherited)
			env_given(lower, env);
		else if (env->redacted)
			env_secret(lower, env->name);
		else if (!env->value)
			env_line(lower, env->name, "unset", NULL, "start-up unsets it");
		else
			env_changed(lower, env);
	}
	env_places(lower);
	env_byte_code(lower);
}
