// SPDX-License-Identifier: Apache-2.0
#include "packager/plan/places.h"

#include "common/defs.h"
#include "common/path.h"

#include <string.h>

static bool within_any(const char *path, const char *const *list, const char **which)
{
	for (size_t i = 0; list[i]; i++) {
		if (!cln_path_within(path, list[i]))
			continue;
		if (which)
			*which = list[i];
		return true;
	}
	return false;
}

static bool is_any(const char *path, const char *const *list)
{
	for (size_t i = 0; list[i]; i++)
		if (!strcmp(path, list[i]))
			return true;
	return false;
}

enum place place_of(const char *dir, const char **top)
{
	static const char *const runtime[] = { "/dev", "/proc", "/sys", "/etc/hosts",
		"/etc/hostname", "/etc/resolv.conf", "/etc/mtab", "/.dockerenv",
		"/run/.containerenv", "/run/secrets", NULL };
	static const char *const tmp[] = { "/tmp", "/var/tmp", NULL };
	static const char *const run[] = { "/run", "/var/run", "/var/lock", NULL };
	static const char *const system_below[] = { "/bin", "/sbin", "/lib", "/lib32", "/lib64",
		"/libx32", "/boot", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/lib32", "/usr/lib64",
		"/usr/libexec", "/usr/share", "/usr/include", "/usr/local/bin", "/usr/local/sbin",
		"/usr/local/lib", "/clnimg-init", "/etc/clnimg", NULL };
	static const char *const system_itself[] = { "/", "/etc", "/usr", "/var", "/usr/local",
		"/usr/local/etc", "/usr/local/share", NULL };
	static const char *const shared[] = { "/var/lib", "/var/cache", "/var/log", "/var/spool",
		"/var/opt", "/var/local", "/var/mail", "/opt", "/srv", "/home", "/mnt", "/media",
		NULL };

	if (within_any(dir, runtime, NULL))
		return PLACE_RUNTIME;
	if (within_any(dir, tmp, top))
		return PLACE_TMP;
	if (within_any(dir, run, top))
		return PLACE_RUN;
	if (within_any(dir, system_below, NULL) || is_any(dir, system_itself))
		return PLACE_SYSTEM;
	return is_any(dir, shared) ? PLACE_SHARED : PLACE_OWN;
}

static bool matches_any(const char *path, const char *const *pattern)
{
	for (size_t i = 0; pattern[i]; i++)
		if (cln_path_match(pattern[i], path))
			return true;
	return false;
}

bool place_is_log(const char *path)
{
	static const char *const names[] = { "/var/log/**", "*.log", "*_log", "*-log", NULL };

	return matches_any(path, names);
}

/* 2026-11-23, 2026_11_23, 2026.11.23 or 20261123: its length, or 0. */
static size_t date_length(const char *text)
{
	static const char form[] = "20dd-dd-dd";
	bool apart = strlen(text) > 4 && strchr("-_.", text[4]);
	size_t n = 0;

	for (const char *f = form; *f; f++) {
		bool sign = *f == '-';
		bool fits = sign	? text[n] == text[4]
			    : *f == 'd' ? text[n] >= '0' && text[n] <= '9'
					: text[n] == *f;

		if (sign && !apart)
			continue;
		if (!fits)
			return 0;
		n++;
	}
	return n;
}

bool place_log_pattern(const char *path, struct cln_buf *pattern)
{
	const char *name = cln_path_name(path);
	bool dated = false;

	cln_buf_add(pattern, path, (size_t)(name - path));
	while (*name) {
		size_t n = date_length(name);

		cln_buf_addc(pattern, n ? '*' : *name);
		name += n ? n : 1;
		dated |= n;
	}
	return dated;
}

bool place_is_database(const char *path)
{
	static const char *const names[] = { "PG_VERSION", "*.rdb", "*.aof", "*.sqlite",
		"*.sqlite3", "*.db", "*.db3", "ibdata1", "aria_log_control", "mongod.lock", "*.mdb",
		"*.wt", NULL };

	return matches_any(path, names);
}

bool place_is_byte_code(const char *path)
{
	static const char *const names[] = { "**/__pycache__", "**/__pycache__/**", "*.pyc", NULL };

	return matches_any(path, names);
}

uint32_t place_variable_mode(const char *name)
{
	static const struct {
		const char *name;
		uint32_t mode;
	} known[] = {
		{ "HOME", 0700 },
		{ "TEMP", 01777 },
		{ "TMP", 01777 },
		{ "TMPDIR", 01777 },
		{ "XDG_CACHE_HOME", 0700 },
		{ "XDG_CONFIG_HOME", 0700 },
		{ "XDG_DATA_HOME", 0700 },
		{ "XDG_RUNTIME_DIR", 0700 },
		{ "XDG_STATE_HOME", 0700 },
	};

	for (size_t i = 0; i < CLN_COUNT(known); i++)
		if (!strcmp(known[i].name, name))
			return known[i].mode;
	return 0;
}
