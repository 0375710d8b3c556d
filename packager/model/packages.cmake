# SPDX-License-Identifier: Apache-2.0
# Which package each file belongs to: one reader a file.
pkg_check_modules(DEFLATE REQUIRED IMPORTED_TARGET GLOBAL libdeflate)
cln_library(cln-packages
	packages.c pkg_apk.c pkg_binary.c pkg_dpkg.c pkg_elf.c pkg_gem.c pkg_java.c pkg_licence.c
	pkg_npm.c pkg_purl.c pkg_python.c pkg_system.c pkg_text.c pkg_zip.c
	LIBS cln-pack-model PkgConfig::DEFLATE)
