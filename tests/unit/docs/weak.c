// SPDX-License-Identifier: Apache-2.0
/* Until packager/decide has it. */
#include "packager/decide/keep.h"

__attribute__((weak)) const char *why_name(enum keep_why why)
{
	static const char *const names[] = { "unused", "startup-only", "rule-drop", "shell",
		"package-manager", "device", "listed-out", "under-mount", "traced", "parent",
		"symlink", "hard-link", "interp", "needed", "shebang", "loader", "name-service",
		"certificates", "time-zone", "locale", "gconv", "byte-code", "metadata", "record",
		"licence", "identity", "listed", "rule-keep", "rule-package", "demand" };

	return why < WHY_COUNT ? names[why] : "?";
}
