/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shared_options.h - the options that clnimg-pack and cleanimage-customize share
 * word for word: the second hands them on to the first.
 *
 * X(field, place, name, arg, type, type of who hands it on, help): place is the
 * member of clnimg-pack's options, field that of pack_options (customize/options.h).
 *
 * Here belongs every option that makes sense for one image whose result is proved at once; which
 * ones do not, and why, says the test that compares the two (tests/integration/customize/options.sh).
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
	X(commands, plan.commands, "commands", "refuse|compile", CHOICE, CHOICE, \
		"what to do about constant sh -c commands") \
	X(redirect_unknown, plan.redirect_unknown, "redirect-unknown", "DIR", TEXT, TEXT, \
		"let the init redirect writes that no test run saw") \
	X(tmpfs_size, plan.tmpfs_size, "tmpfs-size", "SIZE", BYTES, TEXT, \
		"limit of each memory mount (default: from the trace)") \
	X(seccomp, plan.seccomp, "seccomp", NULL, FLAG, FLAG, \
		"let the init deny what no test run called") \
	X(compression, compression, "compression", "gzip|zstd|none", CHOICE, CHOICE, \
		"of the layers (default: gzip)") \
	X(compression_level, compression_level, "compression-level", "N", NUMBER, TEXT, \
		"of zstd: 1 (fast) to 19 (small), default 1; gzip has 1 only") \
	X(recompress, recompress, "recompress", NULL, FLAG, FLAG, \
		"compress all anew, so that the digest depends on contents only, not on how the " \
		"source's layers are compressed") \
	X(init_conf, init_conf, "init-conf", "FILE", LIST, LIST, \
		"add hand-written lines to init.conf") \
	X(allow_shell, rules.allow_shell, "allow-shell", NULL, FLAG, FLAG, \
		"keep a shell that the service uses") \
	X(allow_package_manager, rules.allow_package_manager, "allow-package-manager", NULL, FLAG, \
		FLAG, "keep a package manager that the service uses") \
	X(allow_writable_root, plan.allow_writable_root, "allow-writable-root", NULL, FLAG, FLAG, \
		"let production start on a writable root as well") \
	X(allow_startup_loss, plan.allow_startup_loss, "allow-startup-loss", "STEP", LIST, LIST, \
		"accept that this start-up step is not carried over") \
	X(keep_from, keep_from, "keep-from", "FILE", LIST, LIST, \
		"read --keep globs from a file, one a line; # begins a remark") \
	X(granularity, granularity, "granularity", "file|package", CHOICE, CHOICE, \
		"keep single files (default) or whole packages") \
	X(listed, rules.listed, "listed", "all|small|none", CHOICE, CHOICE, \
		"keep what else is in a directory that was listed: all, if it is small (default), or not") \
	X(strict, rules.strict, "strict", NULL, FLAG, FLAG, \
		"a rule that matches nothing, a platform without a manifest, and an option without " \
		"effect on an image that is packed already, is an error") \
	X(reduce_accounts, rules.reduce_accounts, "reduce-accounts", NULL, FLAG, FLAG, \
		"keep only the accounts in use in passwd and group") \
	X(init, init, "init", "[PLATFORM=]FILE", LIST, LIST, \
		"the clnimg-init to put in, of all platforms or of one (linux/arm64=FILE); default: " \
		"clnimg-init-ARCH, then clnimg-init, beside this program") \
	X(allow_incomplete, allow_incomplete, "allow-incomplete", NULL, FLAG, FLAG, \
		"accept a manifest that says it lost facts") \
	X(any_image, any_image, "any-image", NULL, FLAG, FLAG, \
		"accept a manifest that was not made with this image") \
	X(layers, layers, "layers", "one|package", CHOICE, CHOICE, \
		"one layer (default), or one a package so that images share them") \
	X(threads, threads, "threads", "N", NUMBER, TEXT, \
		"compress with N threads (default: one a CPU); never shows in the result") \
	X(limit, limit, "limit", "NAME=VALUE", LIST, LIST, \
		"set one of the limits listed below; may be repeated") \
	X(referrer, referrer, "referrer", NULL, FLAG, FLAG, \
		"attach the SBOMs to the image in its layout (oci:DIR:TAG); readers that name no " \
		"tag then find several manifests") \
	X(sbom_files, sbom_files, "sbom-files", NULL, FLAG, FLAG, \
		"list every file in the SBOMs, with checksums") \
	X(vex_scan, vex_scan, "vex-scan", "FILE", TEXT, TEXT, \
		"a scanner's report on the source image (trivy's or grype's JSON): name its " \
		"vulnerabilities in the VEX") \
	X(vex_unused, vex_unused, "vex-unused", NULL, FLAG, FLAG, \
		"state in the VEX also packages that remain though no test run used them")
// clang-format on

#endif
