/* SPDX-License-Identifier: Apache-2.0 */
/*
 * packed.h - an image that is production already, packed with this very manifest.
 *
 * Its entry script is gone, so what start-up does cannot be found a second time:
 * it stands in init.conf. Such an image stays as it is: all of its files, its
 * layers, its init.conf; only the init is ours. So packing is a fixed point.
 *
 * It is recognised by the manifest's digest in its labels, not by content: package
 * records were reduced. Labels are anybody's text, and an init.conf decides what production may do.
 * So the image is believed only where its layers are those that were packed, nothing
 * in it is what policy bars, and its init.conf asks for the policy that the trace gives. Else it is packed as any
 * other image is, with a warning.
 *
 * An option that asks of it what it is not, and cannot become, is named (packed_options.c):
 * a warning, with --strict an error. Permissions (--allow-...) that nothing needs are not.
 */
#ifndef CLN_PACKAGER_PACKED_H
#define CLN_PACKAGER_PACKED_H

#include "packager/pack.h"

/* Do its labels, entry point and user say so? */
bool packed_claims(const struct work *work);

/* Checks keep and plan, made with every loss of start-up allowed, against the image, and
 * turns them into what the image is. -errno with the reason: it is not what it says. */
int packed_adopt(struct work *work, struct cln_err *err);

/* What the image says itself. */
struct packed_parts {
	const struct plan_mount *mount;
	const struct plan_line *line;
	size_t mount_count, line_count;
};

/* Names in keep's warnings, and the first in work->idle_option, each option whose effect the
 * image lacks and cannot be given (packed_options.c). Before the plan's edits are forgotten. */
void packed_find_idle(struct work *work, const struct packed_parts *parts);

/* The comments of its layers, one each, as its history has them; NULL: they cannot be told. In
 * the plan's arena. */
const char *const *packed_layers(const struct work *work, uint32_t *count);

#endif
