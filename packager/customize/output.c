/* SPDX-License-Identifier: Apache-2.0 */
#include "packager/customize/output.h"

#include "common/mem.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

/* root passes access(2) where it cannot write all the same (/proc), so this tries. */
static int try_write(const char *directory, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *path = cln_format("%s/.clnimg.XXXXXX", directory);

	if (!mkdtemp(path))
		return cln_fail(err, errno, "%s: %m", directory);
	rmdir(path);
	return 0;
}

/* A directory that may not exist: its nearest ancestor that does must be a
 * directory that we can write. */
static int check_place(const char *path, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *at = cln_strdup(path);
	struct stat st;

	while (stat(at, &st) < 0) {
		char *slash = strrchr(at, '/');

		if (errno == ENOTDIR)
			return cln_fail(err, ENOTDIR, "%s: %m", path);
		if (slash == at)
			slash[1] = '\0';
		else if (slash)
			*slash = '\0';
		else
			at[0] = '.', at[1] = '\0';
	}
	if (!S_ISDIR(st.st_mode))
		return cln_fail(err, ENOTDIR, "%s: %m", at);
	return try_write(at, err);
}

/* The directory that a reference writes into, or NULL where it is no file. */
static char *place_new(const char *ref)
{
	static const char *const kinds[] = { "oci:", "oci-archive:", "docker-archive:", "dir:" };

	for (size_t i = 0; i < CLN_COUNT(kinds); i++) {
		size_t length = strlen(kinds[i]);
		char *path, *end;

		if (strncmp(ref, kinds[i], length) != 0)
			continue;
		path = cln_strdup(ref + length);
		end = strchr(path, ':');
		if (end)
			*end = '\0';
		/* An archive is a file: its directory counts. */
		end = strstr(kinds[i], "archive") ? strrchr(path, '/') : NULL;
		if (end)
			end[end == path] = '\0';
		else if (strstr(kinds[i], "archive"))
			path[0] = '.', path[1] = '\0';
		return path;
	}
	return NULL;
}

int output_check(const char *ref, const char *emit, struct cln_err *err)
{
	cln_owned(cln_drop_mem) char *place = place_new(ref);
	int r;

	if (place && !*place)
		return cln_usage(err, "--output %s: no path", ref);
	r = place ? check_place(place, err) : 0;
	if (r < 0)
		return cln_within(err, "--output %s", ref);
	r = check_place(emit, err);
	return r < 0 ? cln_within(err, "--emit %s", emit) : 0;
}
