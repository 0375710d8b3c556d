/* SPDX-License-Identifier: Apache-2.0 */
/*
 * policy_table.h - what production never holds, in one place.
 *
 * By name: a program of that name, and every other name of the same file, every
 * symlink that leads to it and every byte-for-byte copy.
 * By content: a program that holds all of the texts, whatever its name.
 *
 * To add one: a word in a list below (kept sorted, tests check it), or a row of
 * texts that are in the program's binary and in no other's.
 */
#ifndef CLN_PACKAGER_DECIDE_POLICY_TABLE_H
#define CLN_PACKAGER_DECIDE_POLICY_TABLE_H

#include "common/defs.h"

/* Command interpreters; multi-call binaries that contain one; ELF programs only,
 * so that a script or a folder called "fish" stays what it is. */
static const char *const policy_shells[] = {
	"ash",
	"bash",
	"bash-static",
	"busybox",
	"busybox.static",
	"csh",
	"dash",
	"elvish",
	"fish",
	"hush",
	"ksh",
	"ksh2020",
	"ksh93",
	"lksh",
	"mksh",
	"mksh-static",
	"mrsh",
	"nu",
	"oksh",
	"posh",
	"pwsh",
	"rbash",
	"rksh",
	"rksh93",
	"rzsh",
	"sash",
	"sh",
	"tcsh",
	"toybox",
	"xonsh",
	"yash",
	"zsh",
	"zsh-static",
	"zsh5",
};

/* Installers of system packages; in folders called bin, sbin or libexec. */
static const char *const policy_managers[] = {
	"apk",
	"apk.static",
	"apt",
	"apt-cache",
	"apt-cdrom",
	"apt-config",
	"apt-get",
	"apt-key",
	"apt-mark",
	"aptitude",
	"dnf",
	"dnf-3",
	"dnf5",
	"dpkg",
	"dpkg-deb",
	"dpkg-divert",
	"dpkg-query",
	"dpkg-reconfigure",
	"dpkg-split",
	"dpkg-statoverride",
	"dpkg-trigger",
	"emerge",
	"flatpak",
	"guix",
	"ipkg",
	"microdnf",
	"nix",
	"nix-env",
	"opkg",
	"pacman",
	"rpm",
	"rpm2archive",
	"rpm2cpio",
	"rpmdb",
	"rpmkeys",
	"slackpkg",
	"snap",
	"swupd",
	"tdnf",
	"xbps-install",
	"yum",
	"zypper",
};

/* Installers of language packages; barred like the above, except that one which
 * production itself ran stays: `bundle exec` and `npm start` are launchers too. */
static const char *const policy_language_managers[] = {
	"bun",
	"bundle",
	"bundler",
	"cargo",
	"composer",
	"conda",
	"corepack",
	"cpan",
	"cpanm",
	"easy_install",
	"gem",
	"luarocks",
	"mamba",
	"npm",
	"npx",
	"pip",
	"pip3",
	"pipenv",
	"pipx",
	"pnpm",
	"pnpx",
	"poetry",
	"uv",
	"uvx",
	"yarn",
	"yarnpkg",
};

/* Texts of the binaries, found with strings(1) in the packages of Debian 12. */
static const struct policy_content {
	const char *text[2];
} policy_contents[] = {
	{ { "BusyBox is a multi-call binary", "applet not found" } },
	{ { "@(#)Bash version ", "BASH_VERSINFO" } },
	{ { "sh: turning off NDELAY mode", "PS4=+ " } }, /* dash, FreeBSD's sh */
	{ { "KSH_VERSION=@(#)MIRBSD KSH ", "@(#)MIRBSD KSH " } },
	{ { "KSH_VERSION=@(#)LEGACY KSH ", "@(#)LEGACY KSH " } },
	{ { "@(#)$Id: whence (ksh ", "KSH_VERSION=" } },
	{ { "zsh_eval_context", "no interactive history within ZLE" } },
	{ { "Tcsh thinks your terminal has the", "tcsh %d.%.2d.%.2d" } },
	{ { "Try `man yash' for details.", "$YASH_LOADPATH" } },
};

#endif
