/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/verify/subject.h"

int subject_open(const struct read_options *how, struct subject *subject, struct cln_err *err)
{
	int r;

	*subject = (struct subject){};
	r = image_open(how, &subject->image, &subject->tree, err);
	if (r == 0)
		r = packages_read(subject->tree, &subject->packages, err);
	if (r == 0)
		r = facts_count(subject->tree, subject->packages, &subject->facts, err);
	return r < 0 ? cln_within(err, "image %s", how->ref) : 0;
}

void subject_release(struct subject *subject)
{
	packages_free(subject->packages);
	tree_free(subject->tree);
	image_free(subject->image);
	*subject = (struct subject){};
}
