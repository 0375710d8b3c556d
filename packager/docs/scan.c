// SPDX-License-Identifier: Apache-2.0
#include "packager/docs/scan.h"

#include "common/mem.h"

#include <stdlib.h>
#include <string.h>

#define MATCHES_MAX 1000000u

struct collect {
	const struct packages *packages;
	struct scan_match *match;
	size_t count, room;
};

/* Scanners leave the epoch out of InstalledVersion or keep it: both fit. */
static bool version_fits(const struct package *package, const char *version)
{
	const char *colon = strchr(package->version, ':');

	return strcmp(package->version, version) == 0 || (colon && strcmp(colon + 1, version) == 0);
}

static void add(struct collect *collect, const char *id, const char *name, const char *version)
{
	if (!*id || strlen(id) > 100 || !*name || !*version)
		return;
	for (uint32_t i = 0; i < collect->packages->count && collect->count < MATCHES_MAX; i++)
		if (strcmp(collect->packages->package[i].name, name) == 0 &&
			version_fits(&collect->packages->package[i], version))
			CLN_PUSH(collect->match, collect->count, collect->room) =
				(struct scan_match){ i, id };
}

static void read_trivy(struct collect *collect, const json_t *scan)
{
	const json_t *result, *found;
	size_t r, v;

	json_array_foreach (json_object_get(scan, "Results"), r, result)
		json_array_foreach (json_object_get(result, "Vulnerabilities"), v, found)
			add(collect, cln_json_str(found, "VulnerabilityID", ""),
				cln_json_str(found, "PkgName", ""),
				cln_json_str(found, "InstalledVersion", ""));
}

static void read_grype(struct collect *collect, const json_t *scan)
{
	const json_t *match;
	size_t m;

	json_array_foreach (json_object_get(scan, "matches"), m, match) {
		const json_t *artifact = json_object_get(match, "artifact");

		add(collect, cln_json_str(json_object_get(match, "vulnerability"), "id", ""),
			cln_json_str(artifact, "name", ""), cln_json_str(artifact, "version", ""));
	}
}

static int by_package(const void *left, const void *right)
{
	const struct scan_match *a = left, *b = right;

	return a->package != b->package ? (a->package < b->package ? -1 : 1) : strcmp(a->id, b->id);
}

size_t scan_matches(const json_t *scan, const struct packages *packages, struct scan_match **out)
{
	struct collect collect = { .packages = packages };
	size_t kept = 0;

	read_trivy(&collect, scan);
	read_grype(&collect, scan);
	if (collect.count)
		qsort(collect.match, collect.count, sizeof(*collect.match), by_package);
	for (size_t i = 0; i < collect.count; i++)
		if (!kept || by_package(&collect.match[kept - 1], &collect.match[i]) != 0)
			collect.match[kept++] = collect.match[i];
	*out = collect.match;
	return kept;
}
