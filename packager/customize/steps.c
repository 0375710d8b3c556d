/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/steps.h"

#include "common/log.h"
#include "common/mem.h"

#include <fcntl.h>
#include <unistd.h>

static const char *const names[] = {
	[1] = "tracing runtime behaviour",
	[2] = "removing what is unused",
	[3] = "redirecting writable paths",
	[4] = "enforcing read-only settings",
	[5] = "generating the SBOM",
	[6] = "generating runtime manifests",
	[STEP_PROOF] = "the same tests against the production image",
};

static double seconds(const struct steps *steps)
{
	return (double)(proc_now() - steps->began) / 1000;
}

/* "step 2 of 6: removing what is unused" */
static char *title_new(const struct steps *steps)
{
	const char *detail = steps->detail ? steps->detail : "", *colon = *detail ? ": " : "";

	if (steps->now == STEP_PROOF)
		return cln_format("proof: %s%s%s", names[steps->now], colon, detail);
	return cln_format(
		"step %u of %u: %s%s%s", steps->now, STEPS_COUNT, names[steps->now], colon, detail);
}

void steps_begin(struct steps *steps, unsigned number, const char *detail)
{
	steps_end(steps, true);
	steps->now = number;
	steps->detail = detail;
	steps->began = proc_now();
	if (steps->live)
		return; /* the next tick shows it */
	cln_owned(cln_drop_mem) char *title = title_new(steps);

	cln_info("%s", title);
}

void steps_end(struct steps *steps, bool done)
{
	if (steps->now && steps->live) {
		cln_owned(cln_drop_mem) char *title = title_new(steps);

		cln_info("%s: %s, %.1f s", title, done ? "done" : "failed", seconds(steps));
	}
	steps->now = 0;
}

/* One byte a step, '2' to '6'. */
static void hear(struct steps *steps)
{
	char said;

	while (steps->ends[0] >= 0 && read(steps->ends[0], &said, 1) == 1)
		if (said > '1' && said <= '0' + (int)STEPS_COUNT &&
			(unsigned)(said - '0') > steps->now)
			steps_begin(steps, (unsigned)(said - '0'), NULL);
}

static void tick(void *data)
{
	struct steps *steps = data;

	hear(steps);
	if (!steps->now || !steps->live)
		return;
	cln_owned(cln_drop_mem) char *title = title_new(steps);

	cln_progress("%s  %.0f s", title, seconds(steps));
}

void steps_init(struct steps *steps, struct events *events)
{
	*steps = (struct steps){ .events = events,
		.live = isatty(STDERR_FILENO) && !cln_log_quiet(),
		.ends = { -1, -1 } };
	events->tick = tick;
	events->tick_data = steps;
}

void steps_release(struct steps *steps)
{
	if (!steps->events)
		return;
	steps_end(steps, false);
	steps_listened(steps);
	steps->events->tick = NULL;
}

int steps_listen(struct steps *steps)
{
	if (pipe2(steps->ends, O_CLOEXEC | O_NONBLOCK) < 0 ||
		fcntl(steps->ends[1], F_SETFD, 0) < 0) {
		steps_listened(steps);
		return -1;
	}
	return steps->ends[1];
}

void steps_listened(struct steps *steps)
{
	hear(steps);
	for (int i = 0; i < 2; i++) {
		if (steps->ends[i] >= 0)
			close(steps->ends[i]);
		steps->ends[i] = -1;
	}
}
