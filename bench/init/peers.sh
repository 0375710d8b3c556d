#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# peers.sh DIR MUSL-GCC - the peers of the init, linked with musl: what their authors ship in
# small images, and a fairer match than the distribution's static glibc builds.
#
# The sources are the distribution's own, fetched by apt into DIR with lists of its own there:
# nothing of the system is changed, nothing of theirs is kept in this repository. Prints one
# "NAME PATH" for each that could be built, "not run: reason" on stderr for the others.
set -u
dir=$1 cc=$2
mkdir -p "$dir/lists/partial" "$dir/cache/archives/partial" && cd "$dir" || exit 1
dir=$PWD
none() { echo "not run: $1 with musl: $2" >&2; }

if [ ! -f fetched ]; then
	apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' \
		'Created-By: Packages' 2>/dev/null | sort -u |
		awk '$3 == "main" && $2 !~ /security|updates|nodistro/ { print "deb-src", $1, $2, $3 }' \
		>sources.list
	own="-o Dir::Etc::sourcelist=$dir/sources.list -o Dir::Etc::sourceparts=-
		-o Dir::State::lists=$dir/lists -o Dir::Cache=$dir/cache"
	# shellcheck disable=SC2086
	timeout 120 apt-get $own -qq update >log 2>&1 || { none peers "no sources ($(tail -1 log))"; exit 0; }
	# A patch that is not to be had does no harm: only the authors' own archive is used.
	for name in tini dumb-init catatonit; do
		# shellcheck disable=SC2086
		timeout 120 apt-get $own -qq --download-only source $name >>log 2>&1
	done
	touch fetched
fi

# unpack NAME: its source in $dir/NAME.
unpack() {
	rm -rf "$1" && mkdir "$1" && tar xf "$1"_*.orig.tar.* -C "$1" --strip-components=1
}

# built NAME SOURCE FLAGS...: compile one file.
built() {
	name=$1 source=$2
	shift 2
	if "$cc" -Os -static -s -D_GNU_SOURCE "$@" -o "$name-musl" "$source" >>log 2>&1; then
		echo "$name-musl $dir/$name-musl"; else none "$name" "does not compile"; fi
}

if unpack tini; then
	printf '#define TINI_VERSION "x"\n#define TINI_GIT ""\n' >tini/src/tiniConfig.h
	built tini tini/src/tini.c -Itini/src
else none tini "no source"; fi
if unpack dumb-init; then
	(cd dumb-init && make VERSION.h >>../log 2>&1)
	built dumb-init dumb-init/dumb-init.c -Idumb-init
else none dumb-init "no source"; fi
if unpack catatonit; then
	for name in NAME VERSION URL BUGURL LICENSE; do echo "#define PROGRAM_$name \"x\""; done >catatonit/config.h
	built catatonit catatonit/catatonit.c -Icatatonit
else none catatonit "no source"; fi
