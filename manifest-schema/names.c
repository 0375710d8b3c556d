// SPDX-License-Identifier: Apache-2.0
#include "manifest-schema/inside.h"
#include "manifest-schema/write.h"

#include <string.h>

static const char *const access_names[CLN_ACCESS_COUNT] = {
	"read",
	"write",
	"create",
	"delete",
	"rename",
	"link",
	"metadata",
	"stat",
	"readlink",
	"list",
	"chdir",
	"exec",
	"map",
	"bind",
	"connect",
	"missing",
	"denied",
};

static const char *const role_names[CLN_ROLE_COUNT] = {
	[CLN_ROLE_HOST] = "host",
	[CLN_ROLE_ENTRY] = "entry",
	[CLN_ROLE_STARTUP] = "startup",
	[CLN_ROLE_MAIN] = "main",
	[CLN_ROLE_SERVICE] = "service",
	[CLN_ROLE_INJECTED] = "injected",
};

const char *cln_access_name(uint32_t bit)
{
	if (!bit || bit & (bit - 1) || bit >> CLN_ACCESS_COUNT)
		return NULL;
	return access_names[__builtin_ctz(bit)];
}

uint32_t cln_access_bit(const char *name, size_t length)
{
	for (uint32_t i = 0; i < CLN_ACCESS_COUNT; i++)
		if (!strncmp(access_names[i], name, length) && !access_names[i][length])
			return (uint32_t)1 << i;
	return 0;
}

const char *cln_role_name(enum cln_role role)
{
	return (unsigned int)role < CLN_ROLE_COUNT ? role_names[role] : NULL;
}

/*
 * os-release(5); dpkg's status, apk's installed and rpm's databases change with
 * every package that an image adds, and nothing rewrites them at run time.
 */
bool cln_trace_identifies(const char *path)
{
	static const char *const known[] = {
		"/etc/os-release",
		"/usr/lib/os-release",
		"/var/lib/dpkg/status",
		"/lib/apk/db/installed",
		"/usr/lib/apk/db/installed",
		"/var/lib/rpm/rpmdb.sqlite",
		"/var/lib/rpm/Packages.db",
		"/var/lib/rpm/Packages",
		"/usr/lib/sysimage/rpm/rpmdb.sqlite",
		"/usr/lib/sysimage/rpm/Packages.db",
	};

	for (size_t i = 0; i < CLN_COUNT(known); i++)
		if (!strcmp(path, known[i]))
			return true;
	return false;
}

static const struct {
	char type;
	const char *name;
} result_types[] = {
	{ 0, "gone" },
	{ 'f', "file" },
	{ 'd', "directory" },
	{ 'l', "symlink" },
	{ 'p', "fifo" },
	{ 's', "socket" },
};

const char *trace_result_name(char type)
{
	for (size_t i = 0; i < CLN_COUNT(result_types); i++)
		if (result_types[i].type == type)
			return result_types[i].name;
	return result_types[0].name;
}

int trace_result_type(const char *name, size_t length)
{
	for (size_t i = 0; i < CLN_COUNT(result_types); i++)
		if (!strncmp(result_types[i].name, name, length) && !result_types[i].name[length])
			return result_types[i].type;
	return -1;
}
