// SPDX-License-Identifier: Apache-2.0
#include "packager/model/oci_mount.h"

#include "common/json.h"
#include "common/mem.h"

#include <string.h>

static const struct oci_mount standard[] = {
	{ "/proc", "proc", "proc", "nosuid,noexec,nodev" },
	{ "/dev", "tmpfs", "tmpfs", "nosuid,strictatime,mode=755,size=65536k" },
	{ "/dev/pts", "devpts", "devpts",
		"nosuid,noexec,newinstance,ptmxmode=0666,mode=0620,gid=5" },
	{ "/dev/shm", "tmpfs", "shm", "nosuid,noexec,nodev,mode=1777,size=65536k" },
	{ "/dev/mqueue", "mqueue", "mqueue", "nosuid,noexec,nodev" },
	{ "/sys", "none", "/sys", "rbind,nosuid,noexec,nodev,ro" },
};

static json_t *options_of(const char *text)
{
	json_t *list = json_array();

	for (size_t length; *text; text += length + (text[length] == ',')) {
		length = strcspn(text, ",");
		json_array_append_new(list, json_stringn(text, length));
	}
	return list;
}

void oci_mount_add(json_t *mounts, const struct oci_mount *mount)
{
	json_t *entry = json_object();

	cln_json_set_str(entry, "destination", mount->target);
	cln_json_set_str(entry, "type", mount->type);
	cln_json_set_str(entry, "source", mount->source);
	json_object_set_new(entry, "options", options_of(mount->options));
	json_array_append_new(mounts, entry);
}

void oci_mounts_add_standard(json_t *mounts)
{
	for (size_t i = 0; i < CLN_COUNT(standard); i++)
		oci_mount_add(mounts, &standard[i]);
}

bool oci_mount_is_standard(const char *target)
{
	for (size_t i = 0; i < CLN_COUNT(standard); i++)
		if (strcmp(standard[i].target, target) == 0)
			return true;
	return strcmp(target, "/sys/fs/cgroup") == 0;
}
