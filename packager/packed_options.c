// SPDX-License-Identifier: Apache-2.0
/*
 * packed_options.c - options that ask of a packed image what packing it again cannot do.
 *
 * Its files, layers, mounts and init.conf stay as they are. An option that already holds of it
 * (the file to keep is there, the mounts have that size) is content; one that forbids
 * (--drop, --user, --seccomp, ...) has made it no packed image before. What remains is named.
 */
#include "packager/packed.h"

#include "common/path.h"
#include "init/format.h"
#include "packager/decide/policy.h"

#include <string.h>

static void idle(struct work *work, const char *option, const char *why)
{
	struct keep *keep = work->keep;
	const char *text = cln_arena_format(keep->arena,
		"%s has no effect: the image is packed already, %s (give the image it was packed from)",
		option, why);

	CLN_PUSH(keep->warning.item, keep->warning.count, keep->warning.room) = text;
	if (!work->idle_option)
		work->idle_option = text;
}

static bool has_policy(const struct work *work, enum policy_kind kind)
{
	struct cln_err ignored = { 0 };
	enum policy_kind is;

	for (uint32_t id = 0; id < work->tree->node_count; id++)
		if (tree_inode(work->tree, id)->type == NODE_FILE &&
			!policy_of_file(work->tree, id, &is, &ignored) && is == kind)
			return true;
	return false;
}

static void find_files(struct work *work)
{
	const struct options *options = work->options;

	if (options->rules.package_granularity)
		idle(work, "--granularity package", "what was left out of its packages is gone");
	if (options->rules.listed)
		idle(work, "--listed", "what it holds stays and what was left out is gone");
	if (options->rules.allow_shell && !has_policy(work, POLICY_SHELL))
		idle(work, "--allow-shell", "it holds no shell");
	if (options->rules.allow_package_manager && !has_policy(work, POLICY_PACKAGE_MANAGER) &&
		!has_policy(work, POLICY_LANGUAGE_MANAGER))
		idle(work, "--allow-package-manager", "it holds no package manager");
}

static bool is_edited(const struct work *work, const struct plan_edit *edit)
{
	uint32_t id = tree_lookup(work->tree, edit->path);
	cln_owned(cln_drop_mem) char *text = NULL;
	struct cln_err ignored = { 0 };
	size_t size = 0;

	return id == TREE_NONE || tree_inode(work->tree, id)->type != NODE_FILE ||
	       tree_inode(work->tree, id)->size_bytes != edit->data_size ||
	       tree_read_all(work->tree, id, edit->data_size, &text, &size, &ignored) < 0 ||
	       memcmp(text, edit->data, size) != 0;
}

static const struct plan_edit *edit_of(const struct plan *plan, const char *path)
{
	for (size_t i = 0; i < plan->edit_count; i++)
		if (plan->edit[i].kind == EDIT_FILE && !strcmp(plan->edit[i].path, path))
			return &plan->edit[i];
	return NULL;
}

/* There, and not as the plan would write it; or the plan does not know it. */
static bool is_account_file_left(const struct work *work, const char *path)
{
	const struct plan_edit *edit = edit_of(work->plan, path);

	return tree_lookup(work->tree, path) != TREE_NONE && (!edit || is_edited(work, edit));
}

/* Files that the plan would write, were they not there in another form already. */
static void find_edits(struct work *work)
{
	const struct plan_edit *commands = edit_of(work->plan, INIT_COMMANDS_PATH);
	const char *asked = work->options->plan.commands;

	if (asked &&
		(!strcmp(asked, "refuse") ? tree_lookup(work->tree, INIT_COMMANDS_PATH) != TREE_NONE
					  : commands && is_edited(work, commands)))
		idle(work, "--commands", "its command table stays");
	if (work->options->rules.reduce_accounts &&
		(is_account_file_left(work, "/etc/passwd") ||
			is_account_file_left(work, "/etc/group")))
		idle(work, "--reduce-accounts", "its accounts stay");
}

/* Is it what the line, or the command behind the init, starts? */
static bool starts(const struct plan_line *line, const char *program)
{
	const char *at = strstr(line->text, program);

	return (!strcmp(line->directive, "exec") || !strcmp(line->directive, "arg")) && at &&
	       at[-1] == ' ' && strchr(" \"", at[strlen(program)]);
}

static bool has_line(const struct plan_line *line, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(line[i].text, text))
			return true;
	return !text[strspn(text, " \t\r")] || text[strspn(text, " \t")] == '#';
}

static void find_lines(struct work *work, const struct plan_line *line, size_t count)
{
	const struct plan_options *plan = &work->options->plan;
	const char *command = work->image->cmd[0];
	bool main_is = !plan->main || (command && !strcmp(command, plan->main)), conf_is = true;

	for (size_t i = 0; i < count && !main_is; i++)
		main_is = starts(&line[i], plan->main);
	for (size_t i = 0; i < plan->init_conf.count; i++)
		conf_is = conf_is && has_line(line, count, plan->init_conf.item[i]);
	if (!main_is)
		idle(work, "--main", "its init.conf starts another program");
	if (!conf_is)
		idle(work, "--init-conf", "its init.conf stays");
}

static void find_mounts(struct work *work, const struct plan_mount *mount, size_t count)
{
	uint64_t size = work->options->plan.tmpfs_size;

	for (size_t i = 0; size && i < count; i++)
		if (mount[i].kind == MOUNT_MEMORY && mount[i].size_bytes != size) {
			idle(work, "--tmpfs-size", "its mounts keep their sizes");
			return;
		}
}

void packed_find_idle(struct work *work, const struct packed_parts *parts)
{
	const struct options *options = work->options;

	find_files(work);
	find_edits(work);
	find_lines(work, parts->line, parts->line_count);
	find_mounts(work, parts->mount, parts->mount_count);
	if (options->layers && !strcmp(options->layers, "package") && work->image->layer_count == 1)
		idle(work, "--layers package", "its one layer stays");
	if (options->sbom_files)
		idle(work, "--sbom-files",
			"the SBOMs inside stay (those beside it list the files)");
	if (options->emit_dev)
		idle(work, "--emit-dev", "so what is written there is production as well");
}
