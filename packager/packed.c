// SPDX-License-Identifier: Apache-2.0
#include "packager/packed.h"

#include "common/path.h"
#include "init/format.h"
#include "packager/decide/policy.h"
#include "packager/model/origin.h"
#include "packager/plan/mounts_text.h"
#include "packager/write/config.h"

#include <errno.h>
#include <string.h>

/* "65532:65532", as we write it. */
static bool user_parse(const char *text, uint32_t *uid, uint32_t *gid)
{
	unsigned long user, group;
	char *end;

	user = strtoul(text, &end, 10);
	if (end == text || *end != ':' || !user || user > INT32_MAX)
		return false;
	text = end + 1;
	group = strtoul(text, &end, 10);
	*uid = (uint32_t)user;
	*gid = (uint32_t)group;
	return end != text && !*end && group <= INT32_MAX;
}

bool packed_claims(const struct work *work)
{
	const struct image *image = work->image;
	uint32_t uid, gid;

	return origin_is_packed(image, work->manifest_sha256) &&
	       origin_label(image, LABEL_MOUNTS) && image->entrypoint[0] &&
	       !strcmp(image->entrypoint[0], INIT_PATH) && !image->entrypoint[1] &&
	       user_parse(image->user, &uid, &gid);
}

/* Nothing that this packing would bar, or clear. */
static int check_files(const struct work *work, struct cln_err *err)
{
	const struct keep_rules *rules = &work->options->rules;
	const struct tree *tree = work->tree;
	char path[CLN_PATH_MAX];

	for (uint32_t id = 0; id < tree->node_count; id++) {
		const struct inode *inode = tree_inode(tree, id);
		enum keep_why why = work->keep->why[id];
		enum policy_kind kind = POLICY_NONE;

		tree_path(tree, id, path);
		if (inode->type == NODE_FILE && !why_keeps(why) && !rules->allow_shell &&
			policy_of_file(tree, id, &kind, err) < 0)
			return -err->code;
		if (kind == POLICY_SHELL || why == WHY_SHELL || why == WHY_PACKAGE_MANAGER ||
			why == WHY_DEVICE || why == WHY_RULE_DROP)
			return cln_fail(err, EINVAL, "it holds %s (%s)", path,
				why_name(kind == POLICY_SHELL ? WHY_SHELL : why));
		if (inode->type == NODE_FILE && (inode->mode & 06000))
			return cln_fail(err, EINVAL, "%s is setuid or setgid", path);
	}
	return 0;
}

/* Mount points keep the owner and mode that the label names. */
static int check_mounts(
	const struct work *work, const struct plan_mount *mount, size_t count, struct cln_err *err)
{
	for (size_t i = 0; i < count; i++) {
		uint32_t id = tree_lookup(work->tree, mount[i].path);
		const struct inode *inode;

		if (id == TREE_NONE)
			return cln_fail(err, EINVAL, "there is no mount point %s", mount[i].path);
		inode = tree_inode(work->tree, id);
		if (inode->type != NODE_DIR || inode->mode != mount[i].mode ||
			inode->uid != mount[i].uid || inode->gid != mount[i].gid)
			return cln_fail(err, EINVAL, "%s is not the mount point it should be",
				mount[i].path);
	}
	return 0;
}

/* The lines of a text that is the arena's; comments belong to the line below them. */
static struct plan_line *lines_of(char *text, struct cln_arena *arena, size_t *count)
{
	struct plan_line *line;
	const char *comment = NULL;
	size_t room = 2;
	char *at;

	for (at = text; *at; at++)
		room += *at == '\n';
	line = cln_arena_alloc(arena, room * sizeof(*line));
	while ((at = strsep(&text, "\n"))) {
		if (!strncmp(at, "# ", 2))
			comment = at + 2;
		if (!*at || *at == '#')
			continue;
		line[(*count)++] = (struct plan_line){
			.directive = cln_arena_strndup(arena, at, strcspn(at, " \t")),
			.text = at,
			.comment = comment,
		};
		comment = NULL;
	}
	return line;
}

static int read_lines(
	const struct work *work, struct plan_line **line, size_t *count, struct cln_err *err)
{
	struct cln_arena *arena = work->plan->arena;
	uint32_t id = tree_lookup(work->tree, INIT_CONF_PATH);
	cln_owned(cln_drop_mem) char *text = NULL;
	size_t size = 0;

	if (id == TREE_NONE || tree_inode(work->tree, id)->type != NODE_FILE)
		return cln_fail(err, ENOENT, "it has no " INIT_CONF_PATH);
	if (tree_read_all(work->tree, id, INIT_CONF_MAX_BYTES, &text, &size, err) < 0)
		return cln_within(err, INIT_CONF_PATH);
	if (strlen(text) != size)
		return cln_fail(err, EINVAL, INIT_CONF_PATH ": holds a NUL");
	*line = lines_of(cln_arena_strndup(arena, text, size), arena, count);
	if (!*count || strcmp((*line)[0].text, INIT_CONF_HEADER) != 0)
		return cln_fail(
			err, EINVAL, INIT_CONF_PATH ": does not begin with " INIT_CONF_HEADER);
	return 0;
}

/* What is allowed to production. Programs and writable places are checked by themselves. */
static bool is_policy(const struct plan_line *line)
{
	static const char *const start[] = { "require ", "seccomp ", "user ", "redirect unknown " };

	for (size_t i = 0; i < CLN_COUNT(start); i++)
		if (!strncmp(line->text, start[i], strlen(start[i])))
			return true;
	return false;
}

static bool has_line(const struct plan_line *line, size_t count, const char *text)
{
	for (size_t i = 0; i < count; i++)
		if (!strcmp(line[i].text, text))
			return true;
	return false;
}

/* Every line of a that is policy stands in b too. */
static int check_policy(const struct plan_line *a, size_t a_count, const struct plan_line *b,
	size_t b_count, const char *what, struct cln_err *err)
{
	for (size_t i = 0; i < a_count; i++)
		if (is_policy(&a[i]) && !has_line(b, b_count, a[i].text))
			return cln_fail(err, EINVAL, INIT_CONF_PATH ": %s: %s", what, a[i].text);
	return 0;
}

#define LANDLOCK_EXEC "landlock exec "

typedef bool word_fn(const void *context, const char *word);

/* The first program that a line allows and ok does not know; NULL: none. It is the caller's. */
static char *stranger_new(
	const struct plan_line *line, size_t count, word_fn *ok, const void *context)
{
	for (size_t i = 0; i < count; i++) {
		cln_owned(cln_drop_mem) char *text = NULL;
		char *rest, *word;

		if (strncmp(line[i].text, LANDLOCK_EXEC, strlen(LANDLOCK_EXEC)) != 0)
			continue;
		text = cln_strdup(line[i].text + strlen(LANDLOCK_EXEC));
		rest = text;
		while ((word = strsep(&rest, " ")))
			if (*word && !ok(context, word))
				return cln_strdup(word);
	}
	return NULL;
}

static bool is_other(const void *context, const char *word)
{
	return strcmp(context, word) != 0;
}

static bool allows(const struct plan_line *line, size_t count, const char *program)
{
	cln_owned(cln_drop_mem) char *found = stranger_new(line, count, is_other, program);

	return found;
}

struct programs {
	const struct work *work;
	const struct plan_line *line;
	size_t count;
};

static bool in_lines(const void *context, const char *word)
{
	const struct programs *programs = context;

	return allows(programs->line, programs->count, word);
}

/* The plan's, and those that start-up ran: its commands stand in the image compiled, where the
 * plan no longer finds a script. */
static bool in_plan_or_start(const void *context, const char *word)
{
	const struct programs *programs = context;
	const struct cln_trace *trace = programs->work->trace;
	struct tree_walk walk;

	if (in_lines(context, word) || !strcmp(word, INIT_PATH))
		return true;
	for (size_t i = 0; i < trace->exec_count; i++)
		if (trace->exec[i].root == programs->work->root &&
			tree_resolve(programs->work->tree, trace->exec[i].path, true, &walk) !=
				TREE_NONE &&
			!strcmp(walk.real, word))
			return true;
	return false;
}

static int check_programs(
	const struct work *work, const struct plan_line *line, size_t count, struct cln_err *err)
{
	const struct plan *plan = work->plan;
	const struct programs image = { work, line, count };
	const struct programs planned = { work, plan->line, plan->line_count };
	cln_owned(cln_drop_mem) char *lacks =
		stranger_new(plan->line, plan->line_count, in_lines, &image);
	cln_owned(cln_drop_mem) char *more = stranger_new(line, count, in_plan_or_start, &planned);

	if (lacks)
		return cln_fail(err, EINVAL, INIT_CONF_PATH ": lacks: " LANDLOCK_EXEC "%s", lacks);
	if (more)
		return cln_fail(err, EINVAL, INIT_CONF_PATH ": allows: " LANDLOCK_EXEC "%s", more);
	return 0;
}

/* "landlock write" names mounts and devices; nothing else may be writable. */
static int check_writes(const struct plan_line *line, size_t count, const struct plan_mount *mount,
	size_t mounts, struct cln_err *err)
{
	for (size_t i = 0; i < count; i++) {
		cln_owned(cln_drop_mem) char *text = NULL;
		char *rest, *word;

		if (strncmp(line[i].text, "landlock write ", 15) != 0)
			continue;
		text = cln_strdup(line[i].text + 15);
		rest = text;
		while ((word = strsep(&rest, " "))) {
			bool fits = !*word || !strncmp(word, "/dev/", 5);

			for (size_t k = 0; k < mounts && !fits; k++)
				fits = cln_path_within(word, mount[k].path);
			if (!fits)
				return cln_fail(
					err, EINVAL, INIT_CONF_PATH ": makes %s writable", word);
		}
	}
	return 0;
}

static bool has_writes(const struct plan_line *line, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (!strncmp(line[i].text, "landlock write", 14))
			return true;
	return false;
}

/* A build on top of production inherits every label; what it added was never packed. */
static int check_layers(const struct image *image, struct cln_err *err)
{
	const char *label = origin_label(image, LABEL_LAYERS);
	char digest[72];

	origin_layers(image->diff_id, image->layer_count, digest);
	if (!label || strcmp(label, digest) != 0)
		return cln_fail(err, EINVAL, "its layers are not those that were packed");
	return 0;
}

static void adopt_process(struct plan_process *process, const struct image *image)
{
	process->user = image->user;
	process->cmd = image->cmd;
	process->env = image->env;
	if (*image->workdir)
		process->workdir = image->workdir;
	if (*image->stop_signal)
		process->stop_signal = image->stop_signal;
}

static void adopt_keep(struct keep *keep)
{
	for (uint32_t id = 0; id < keep->node_count; id++)
		if (!why_keeps(keep->why[id])) {
			keep->why[id] = WHY_PACKED;
			keep->via[id] = id;
			keep->kept_count++;
		}
}

int packed_adopt(struct work *work, struct cln_err *err)
{
	struct plan *plan = work->plan;
	struct plan_mount *mount = NULL;
	struct plan_line *line = NULL;
	size_t mounts = 0, lines = 0;
	uint32_t uid = 0, gid = 0;

	if (check_files(work, err) < 0 ||
		mounts_parse(origin_label(work->image, LABEL_MOUNTS), plan->arena, &mount, &mounts,
			err) < 0 ||
		check_mounts(work, mount, mounts, err) < 0 ||
		read_lines(work, &line, &lines, err) < 0 ||
		check_policy(plan->line, plan->line_count, line, lines, "lacks", err) < 0 ||
		check_policy(line, lines, plan->line, plan->line_count, "allows", err) < 0 ||
		check_programs(work, line, lines, err) < 0 ||
		check_writes(line, lines, mount, mounts, err) < 0)
		return -err->code;
	if (has_writes(plan->line, plan->line_count) && !has_writes(line, lines))
		return cln_fail(err, EINVAL, INIT_CONF_PATH ": restricts no writes");
	if (check_layers(work->image, err) < 0)
		return -err->code;
	if (!user_parse(work->image->user, &uid, &gid) || uid != plan->process.uid ||
		gid != plan->process.gid)
		return cln_fail(err, EINVAL, "it runs as %s, not as %s", work->image->user,
			plan->process.user);
	packed_find_idle(work, &(struct packed_parts){ mount, line, mounts, lines });
	plan->mount = mount;
	plan->mount_count = mounts;
	plan->line = line;
	plan->line_count = lines;
	plan->edit_count = 0;
	adopt_process(&plan->process, work->image);
	adopt_keep(work->keep);
	return 0;
}

const char *const *packed_layers(const struct work *work, uint32_t *count)
{
	const json_t *history = json_object_get(work->image->config, "history");
	const char **comment = cln_arena_alloc(
		work->plan->arena, (json_array_size(history) + 1) * sizeof(*comment));

	*count = 0;
	for (size_t i = 0; i < json_array_size(history); i++) {
		const json_t *entry = json_array_get(history, i);

		if (config_is_ours(entry))
			comment[(*count)++] = cln_json_str(entry, "comment", "");
	}
	return *count && *count == work->image->layer_count ? comment : NULL;
}
