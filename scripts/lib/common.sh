# SPDX-License-Identifier: Apache-2.0
#
# common.sh - what scripts/quickstart and scripts/test share. Source it from
# the top of the source tree. Everything here is safe to repeat.

export LC_ALL=C.UTF-8
bold='' plain=''
if [ -t 1 ] && [ -z "${NO_COLOR:-}" ]; then
	bold=$(printf '\033[1m') plain=$(printf '\033[0m')
fi
jobs=$(nproc)
started=$(date +%s)
export CLNIMG_CACHE="${CLNIMG_CACHE:-$PWD/build/cache}"

step() {
	printf '%s\n' "$bold==> $*$plain  ($(($(date +%s) - started)) s)"
}
die() {
	printf '%s: %s\n' "$(basename "$0")" "$*" >&2
	exit 1
}

# wanted_packages: the names of scripts/lib/packages; of alternatives the first
# that is installed, else the first that apt knows
wanted_packages() {
	sed 's/#.*//; s/[[:space:]]//g; /^$/d' scripts/lib/packages | while IFS= read -r line; do
		choice=
		for name in $(echo "$line" | tr '|' ' '); do
			if is_installed "$name" || { [ "$line" != "$name" ] && apt-cache show "$name" >/dev/null 2>&1; }; then
				choice=$name
				break
			fi
		done
		echo "${choice:-${line%%|*}}"
	done
}
is_installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}
missing_packages() {
	for name in $(wanted_packages); do
		is_installed "$name" || echo "$name"
	done
}

# install_packages: whatever is missing of scripts/lib/packages
install_packages() {
	command -v dpkg-query >/dev/null && command -v apt-get >/dev/null ||
		die "this is no Debian or Ubuntu: install by hand what scripts/lib/packages lists, then build with cmake --preset dev"
	missing=$(missing_packages)
	if [ -z "$missing" ]; then
		echo "every package of scripts/lib/packages is installed"
		return 0
	fi
	[ "$(id -u)" = 0 ] || die "these packages are missing and only root can install them: $(echo "$missing" | paste -sd' ')"
	log=$(mktemp)
	apt-get -o DPkg::Lock::Timeout=300 update >"$log" 2>&1 || { tail -n 5 "$log"; echo "(apt-get update failed; going on with the lists there are)"; }
	missing=$(missing_packages)
	echo "installing: $(echo "$missing" | paste -sd' ')"
	# shellcheck disable=SC2086
	if ! DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 install -y --no-install-recommends \
		$missing >"$log" 2>&1 </dev/null; then
		tail -n 20 "$log" >&2
		rm -f "$log"
		die "apt-get install failed (above)"
	fi
	rm -f "$log"
}

# row NAME FOUND NEEDED WHAT-TO-DO; a dash as the last means it is fine
row() {
	printf '  %-18s %-26s %-26s %s\n' "$1" "$2" "$3" "$4"
}

# host_table: what was found, what is needed, what to do. Status 1 where
# something that the profiler needs is missing. The built profiler knows more.
host_table() {
	if [ -x build/dev/bin/clnimg-profile ]; then
		build/dev/bin/clnimg-profile --check-host
		return
	fi
	bad=0
	row "" FOUND NEEDED "WHAT TO DO"
	if [ "$(id -u)" = 0 ]; then row user root root -; else
		row user "uid $(id -u)" root "run it with sudo"; bad=1; fi
	release=$(uname -r)
	major=${release%%.*} minor=${release#*.} minor=${minor%%[!0-9]*}
	if [ "$major" -gt 5 ] || { [ "$major" = 5 ] && [ "$minor" -ge 8 ]; }; then
		row kernel "$release" "5.8 or later" -
	else row kernel "$release" "5.8 or later" "boot a newer kernel"; bad=1; fi
	if [ -r /sys/kernel/btf/vmlinux ]; then row "kernel types" BTF BTF -; else
		row "kernel types" none BTF "boot a kernel with CONFIG_DEBUG_INFO_BTF"; bad=1; fi
	cgroup2=$(awk '$0 ~ / - cgroup2 / { print $5; exit }' /proc/self/mountinfo)
	if [ -n "$cgroup2" ]; then row "cgroup v2" "$cgroup2" "mounted anywhere" -; else
		row "cgroup v2" none "mounted anywhere" "mount -t cgroup2 none /mnt"; bad=1; fi
	runtime_row
	return $bad
}
runtime_row() {
	found=
	for engine in runc crun podman docker; do
		! command -v $engine >/dev/null || found="$found${found:+ }$engine"
	done
	if [ -n "$found" ]; then row "container engine" "$found" "one of runc crun podman docker" -; else
		row "container engine" none "one of runc crun podman docker" "apt-get install runc"; fi
}

# build PRESET: configure and build, quiet unless it fails
build() {
	mkdir -p build
	if ! { cmake --preset "$1" && cmake --build "build/$1" -j "$jobs"; } >"build/$1.log" 2>&1; then
		grep -E -A 20 'FAILED|error|Error' "build/$1.log" | head -n 60 >&2
		die "building the preset $1 failed; the whole log is build/$1.log"
	fi
}
