// SPDX-License-Identifier: Apache-2.0
/*
 * golden.c - golden-plan INIT SCENE: the plan of a story against NAME.plan.
 *
 * CLN_GOLDEN_UPDATE=1 writes the expected text instead; read the difference
 * before committing it. The init must accept every init.conf that comes out.
 */
#include "story.h"

#include "common/file.h"
#include "init/format.h"

#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static char *plan_of(
	struct story *story, struct plan **plan, struct lower **lower, struct keep **keep)
{
	struct cln_err err = { 0 };
	int r = lower_make(&story->input, &story->options, lower, &err);

	if (r == 0) {
		story->input.demand = lower_demands(*lower, &story->input.demand_count);
		*keep = story_keep(story);
		r = plan_make(&story->input, *keep, *lower, &story->options, plan, &err);
	}
	if (r < 0)
		return cln_format("exit %d\n%s\n", err.status, err.text);
	cln_owned(cln_drop_mem) char *text = plan_text_new(*plan);
	struct cln_buf all = { 0 };

	cln_buf_adds(&all, text);
	for (size_t i = 0; i < story->input.demand_count; i++)
		cln_buf_addf(&all, "demand %s%s # %s\n", story->input.demand[i].path,
			story->input.demand[i].is_program ? " program" : "",
			story->input.demand[i].reason);
	return cln_buf_steal(&all);
}

/* 0 where the init takes the file that the plan puts at path. */
static int init_takes(const struct plan *plan, const char *init, const char *path, const char *verb)
{
	char name[] = "/tmp/golden-plan.XXXXXX";
	struct cln_err err = { 0 };
	int status = -1;

	for (size_t i = 0; plan && i < plan->edit_count; i++) {
		const struct plan_edit *edit = &plan->edit[i];

		if (edit->kind != EDIT_FILE || strcmp(edit->path, path) != 0)
			continue;
		int fd = mkstemp(name);

		if (fd < 0 || cln_write_all(fd, edit->data, edit->data_size, &err) < 0)
			return 1;
		close(fd);
		pid_t child = fork();

		if (child == 0) {
			execl(init, init, verb, name, NULL);
			_exit(127);
		}
		waitpid(child, &status, 0);
		unlink(name);
		return status;
	}
	return 0;
}

static int compare(const char *path, const char *text)
{
	struct cln_err err = { 0 };
	size_t size;
	cln_owned(cln_drop_mem) char *want = NULL;

	if (getenv("CLN_GOLDEN_UPDATE"))
		return cln_write_file(path, text, strlen(text), 0644, &err);
	if (cln_read_file(path, 1 << 20, &want, &size, &err) < 0) {
		fprintf(stderr, "%s: %s\n", path, err.text);
		return 1;
	}
	if (!strcmp(want, text))
		return 0;
	fprintf(stderr, "%s differs; the plan is now:\n%s", path, text);
	return 1;
}

int main(int argc, char **argv)
{
	struct story story;
	struct plan *plan = NULL;
	struct lower *lower = NULL;
	struct keep *keep = NULL;
	int bad;

	if (argc != 3 || strlen(argv[2]) < 6)
		return 2;
	story_read(argv[2], &story);
	char *text = plan_of(&story, &plan, &lower, &keep);
	char *path = cln_format("%.*splan", (int)strlen(argv[2]) - 5, argv[2]);

	bad = compare(path, text);
	if (init_takes(plan, argv[1], INIT_CONF_PATH, "check")) {
		fprintf(stderr, "%s: the init refuses its init.conf\n", argv[2]);
		bad = 1;
	}
	plan_free(plan);
	lower_free(lower);
	if (keep) {
		free(keep->why);
		free(keep->via);
		free(keep);
	}
	story_release(&story);
	free(text);
	free(path);
	return bad != 0;
}
