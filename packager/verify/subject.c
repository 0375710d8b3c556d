/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/subject.h"

#include "packager/read/read.h"

int subject_open(
	const char *ref, const char *platform, struct subject *subject, struct cln_err *err)
{
	const struct read_options options = { .ref = ref, .platform = platform };
	int r;

	*subject = (struct subject){};
	r = image_open(&options, &subject->image, &subject->tree, err);
	if (r == 0)
		r = packages_read(subject->tree, &subject->packages, err);
	if (r == 0)
		r = facts_count(subject->tree, subject->packages, &subject->facts, err);
	return r < 0 ? cln_within(err, "image %s", ref) : 0;
}

void subject_release(struct subject *subject)
{
	packages_free(subject->packages);
	tree_free(subject->tree);
	image_free(subject->image);
	*subject = (struct subject){};
}
