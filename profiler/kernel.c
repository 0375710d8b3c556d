// SPDX-License-Identifier: Apache-2.0
#include "profiler/kernel.h"

#include <stdio.h>

bool kernel_new_enough(const char *release)
{
	unsigned int major = 0, minor = 0;

	return sscanf(release, "%u.%u", &major, &minor) == 2 &&
	       (major > 5 || (major == 5 && minor >= 10));
}

const char *kernel_reason(const char *release, bool btf, char *out, size_t room)
{
	if (!kernel_new_enough(release))
		snprintf(out, room, "Linux %.64s is too old: boot Linux 5.10 or newer", release);
	else if (!btf)
		snprintf(out, room,
			"Linux %.64s has no BTF (" KERNEL_BTF
			"): boot a kernel with CONFIG_DEBUG_INFO_BTF=y",
			release);
	else
		return NULL;
	return out;
}
