/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared_options.h - the options that clnimg-pack and cleanimage-customize share
 * word for word: the second hands them on to the first.
 *
 * X(field, place, name, arg, type, type of who hands it on, help): place is the
 * member of clnimg-pack's options, field that of pack_options (customize/options.h).
 */
#ifndef CLN_PACKAGER_SHARED_OPTIONS_H
#define CLN_PACKAGER_SHARED_OPTIONS_H

// clang-format off
#define SHARED_OPTIONS(X) \
	X(keep, keep, "keep", "GLOB", LIST, LIST, "keep these paths though no test used them") \
	X(drop, drop, "drop", "GLOB", LIST, LIST, "drop these paths though a test used them") \
	X(keep_package, keep_package, "keep-package", "NAME", LIST, LIST, \
		"keep all files of a package") \
	X(main, plan.main, "main", "PATH", TEXT, TEXT, \
		"the main program, where start-up leaves a choice") \
	X(user, plan.user, "user", "UID[:GID]", TEXT, TEXT, "who the production container runs as") \
	X(commands, plan.commands, "commands", "refuse|compile", CHOICE, TEXT, \
		"what to do about constant sh -c commands") \
	X(redirect_unknown, plan.redirect_unknown, "redirect-unknown", "DIR", TEXT, TEXT, \
		"let the init redirect writes that no test run saw") \
	X(tmpfs_size, plan.tmpfs_size, "tmpfs-size", "SIZE", BYTES, TEXT, \
		"limit of each memory mount (default: from the trace)") \
	X(seccomp, plan.seccomp, "seccomp", NULL, FLAG, FLAG, \
		"let the init deny what no test run called") \
	X(compression, compression, "compression", "gzip|zstd|none", CHOICE, TEXT, \
		"of the layers (default: gzip)") \
	X(compression_level, compression_level, "compression-level", "N", NUMBER, TEXT, \
		"of zstd: 1 (fast) to 19 (small), default 2; gzip has 1 only") \
	X(init_conf, init_conf, "init-conf", "FILE", LIST, LIST, \
		"add hand-written lines to init.conf") \
	X(allow_shell, rules.allow_shell, "allow-shell", NULL, FLAG, FLAG, \
		"keep a shell that the service uses") \
	X(allow_package_manager, rules.allow_package_manager, "allow-package-manager", NULL, FLAG, \
		FLAG, "keep a package manager that the service uses") \
	X(allow_writable_root, plan.allow_writable_root, "allow-writable-root", NULL, FLAG, FLAG, \
		"let production start on a writable root as well") \
	X(allow_startup_loss, plan.allow_startup_loss, "allow-startup-loss", "STEP", LIST, LIST, \
		"accept that this start-up step is not carried over")
// clang-format on

#endif
