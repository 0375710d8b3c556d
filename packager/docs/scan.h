/* SPDX-License-Identifier: Apache-2.0 */
/*
 * scan.h - a scanner's report on the source image, for VEX; inside docs/ only.
 *
 * trivy's JSON (Results[].Vulnerabilities[]: VulnerabilityID, PkgName,
 * InstalledVersion) and grype's (matches[]: vulnerability.id, artifact.name,
 * artifact.version). What matches no package is passed over: a statement needs
 * a component of which we know what became.
 */
#ifndef CLN_PACKAGER_DOCS_SCAN_H
#define CLN_PACKAGER_DOCS_SCAN_H

#include "packager/docs/sbom.h"

struct scan_match {
	uint32_t package; /* the first of that name and version */
	const char *id;	  /* "CVE-2024-1234"; borrowed from the scan */
};

/* Sorted by package and identifier, none twice. *out is the caller's to free. */
size_t scan_matches(const json_t *scan, const struct packages *packages, struct scan_match **out);

#endif
