#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# container.sh PROFILER - a container under runc: roots, roles, results, environment.
set -eu
profiler=$(realpath "$1")
[ "$(id -u)" = 0 ] || { echo "needs root"; exit 77; }
for need in runc busybox jq; do
	command -v $need >/dev/null || { echo "needs $need"; exit 77; }
done
tmp=$(mktemp -d)
id=clnimg-test-$$
# runc removes its cgroup but not the parent that it made, in any hierarchy.
groups=$(awk '$0 ~ / - cgroup2? / { print $5 }' /proc/self/mountinfo)
finish() {
	runc delete -f $id >/dev/null 2>&1 || true
	for group in $groups; do
		find "$group/$id" -depth -type d -exec rmdir {} \; 2>/dev/null || true
	done
	rm -rf "$tmp"
}
trap finish EXIT
root=$tmp/rootfs
mkdir -p "$root/bin" "$root/etc" "$root/run" "$root/var/www" "$root/tmp" "$root/proc" "$root/dev" "$root/sys"
cp "$(command -v busybox)" "$root/bin/busybox"
for applet in sh mkdir chown rm sed httpd ln chmod ls; do ln -s busybox "$root/bin/$applet"; done
mkdir -p "$root/srv/jail/bin" "$root/srv/jail/data"
ln "$root/bin/busybox" "$root/srv/jail/bin/ls"
ln -s srv/jail "$root/jail"
ln -s busybox "$root/bin/chroot"
echo 'ID=test' >"$root/etc/os-release"
echo 'port=@PORT@' >"$root/etc/template"
echo hello >"$root/var/www/index.html"
: >"$root/run/stale.pid"
cat >"$root/entry.sh" <<'ENTRY'
#!/bin/sh
set -e
mkdir -p /run/app /var/cache/app
chown 33:33 /var/cache/app
chmod 750 /run/app
rm -f /run/stale.pid
ln -sf /dev/stdout /run/app/log
sed "s/@PORT@/${PORT:-8080}/" </etc/template >/etc/app.conf
chroot /jail /bin/ls /data
ulimit -n 512
ulimit -Ss 4096
export MODE=production DB_PASSWORD=hidden EMPTY_SECRET=
exec "$@"
ENTRY
chmod 755 "$root/entry.sh"
cd "$tmp"
runc spec
jq --arg group "/$id/container" '.process.args = ["/entry.sh", "httpd", "-f", "-p", "127.0.0.1:17173", "-h", "/var/www", "-u", "33:34"]
	| .process.terminal = false | .root.readonly = false | (.process.rlimits = [
		{ type: "RLIMIT_NOFILE", soft: 1024, hard: 2048 },
		{ type: "RLIMIT_STACK", soft: 8388608, hard: 8388608 } ])
	| .linux.namespaces |= map(select(.type != "network"))
	| .process.capabilities |= map_values(. + ["CAP_CHOWN", "CAP_SETUID", "CAP_SETGID", "CAP_FOWNER", "CAP_SYS_CHROOT", "CAP_DAC_OVERRIDE"])
	| .linux.cgroupsPath = $group' config.json >new.json
mv new.json config.json
cat >test.sh <<TEST
#!/bin/sh
runc run -d $id >$tmp/log 2>&1 </dev/null || { cat $tmp/log; exit 1; }
for i in 1 2 3 4 5 6 7 8 9 10; do
	busybox wget -q -O - http://127.0.0.1:17173/ 2>/dev/null && break
	sleep 0.2
done
runc exec $id /bin/ls /run
runc kill $id TERM
TEST
chmod 755 test.sh
"$profiler" --cgroup "$id" -o m.json -- ./test.sh >out || { echo "FAIL status $?"; cat out; exit 1; }
grep -q hello out || { echo "FAIL the container did not serve"; cat out; exit 1; }

failed=0
# is WHAT FILTER: the filter must yield true
is() {
	[ "$(jq "$2" m.json 2>&1)" = true ] || { echo "FAIL $1"; failed=1; }
}
is "one container, and a chroot in it" '[.roots[] | select(.kind == "container") | .recognised] | sort == ["chroot", "mount-namespace"]'
is "where the chroot lies" '[.roots[] | select(.recognised == "chroot") | .folder] == ["/jail"]'
is "what was used in it" '(.roots | map(.recognised) | index("chroot")) as $c | [.files[] | select(.root == $c) | .path] | contains(["/bin/ls", "/data"])'
is "its cgroup" '[.roots[] | select(.recognised == "mount-namespace") | .cgroup] == ["container"]'
is "its mounts" '[.roots[] | select(.recognised == "mount-namespace") | .mounts[].type] | contains(["proc"])'
is "its evidence" '[.roots[] | select(.recognised == "mount-namespace") | .evidence[].path] == ["/bin/busybox","/entry.sh","/etc/os-release"]'
is "entry" '[.execs[] | select(.role == "entry") | .path] == ["/entry.sh"]'
is "main" '[.execs[] | select(.role == "main") | .argv[0]] == ["httpd"]'
is "startup" '[.execs[] | select(.role == "startup") | .argv[0]] | contains(["sed"])'
is "injected" '[.execs[] | select(.role == "injected") | .argv] == [["/bin/ls", "/run"]]'
is "nothing of the runtime in the container" \
	'(.roots | map(.recognised) | index("mount-namespace")) as $c | [.execs[] | select(.root == $c and (.argv[0] | test("runc")))] == []'
files='(.roots | map(.recognised) | index("mount-namespace")) as $c | [.files[] | select(.root == $c)] | map({(.path): .}) | add'
is "rendered file" "$files"' | .["/etc/app.conf"].result | .type == "file" or .type == "f"'
is "its content" "$files"' | .["/etc/app.conf"].result.content_b64 == "cG9ydD04MDgwCg=="'
is "owner" "$files"' | .["/var/cache/app"].result | .uid == 33 and .gid == 33'
is "mode" "$files"' | .["/run/app"].result.mode | tostring | test("750|488")'
is "link" "$files"' | .["/run/app/log"].result | tostring | test("/dev/stdout")'
is "stale file" "$files"' | .["/run/stale.pid"].access | contains(["delete"])'
is "page" "$files"' | .["/var/www/index.html"].access | contains(["read"])'
is "environment" '[.execs[] | select(.role == "main") | .env.set[] | select(.name == "MODE") | .value] == ["production"]'
is "secret" '[.execs[] | select(.role == "main") | .env.set[] | select(.name == "DB_PASSWORD") | [.value, .redacted]] == [[null, true]]'
is "nothing is no secret" '[.execs[] | select(.role == "main") | .env.set[] | select(.name == "EMPTY_SECRET") | [.value, .redacted]] == [["", null]]'
is "limits that the entry changed, and no others" '[.execs[] | select(.role == "main") | .limits | map([.name, .soft, .hard])] == [[["nofile", "512", "512"], ["stack", "4194304", "8388608"]]]'
is "limits only of main" '[.execs[] | select(.limits) | .role] == ["main"]'
is "who main became" '[.execs[] | select(.became) | [.role, .uid, .became]] == [["main", 0, [{"uid": 33, "gid": 34}]]]'
is "port" '[.ports[] | .port] == [17173]'
is "syscalls of main" '[.syscalls[] | select(.role == "main")] | tostring | test("accept")'
is "complete" '.complete'
grep -q hidden m.json && { echo "FAIL the secret is in the manifest"; failed=1; }
[ $failed = 0 ] && echo "container: roots, roles, results and environment are right"
exit $failed
