#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# An image whose programs are dynamically linked against musl, from musl-gcc: the
# loader, libraries by musl's path file and by default folders, one that is only
# dlopened; traced, packed and started under runc. What nothing needs goes.
#
# usage: musl.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../../.." && pwd)
. "$here/../lib/pipeline.sh"
command -v musl-gcc >/dev/null || skip "needs musl-tools"
loader=/lib/ld-musl-$(uname -m).so.1
[ -e "$loader" ] || skip "needs musl"
busybox=$(command -v busybox) || skip "needs busybox"

root=$tmp/root
mkdir -p "$root"/{bin,etc,lib,tmp,srv,proc,sys,dev,run,usr/lib,opt/app/lib,opt/more/lib,opt/never}
cp -L "$loader" "$root/lib/"
ln -s "$(basename "$loader")" "$root/lib/libc.musl-$(uname -m).so.1"
# library NAME FOLDER [NEEDS]
library() {
	echo "int $1(void) { return 7; }" >"$tmp/$1.c"
	musl-gcc -shared -fPIC -o "$root/$2/lib$1.so" "$tmp/$1.c" -Wl,-soname,"lib$1.so" ${3:+-L"$root/$4" -Wl,--no-as-needed -l"$3"} ||
		skip "musl-gcc makes no library"
}
library deep opt/more/lib
library bypath opt/app/lib deep opt/more/lib
library bydefault usr/lib
library plugin opt/app/lib
library unused usr/lib
library never opt/never
printf '/lib:/usr/lib:/opt/app/lib\n/opt/more/lib\n' >"$root/etc/ld-musl-$(uname -m).path"
cat >"$tmp/main.c" <<'MAIN'
#define main server_main
#include "tiny-server.c"
#undef main
#include <dlfcn.h>
int bypath(void), bydefault(void);
int main(int argc, char **argv)
{
	void *plugin = dlopen("libplugin.so", RTLD_NOW);

	if (bypath() + bydefault() != 14 || !plugin || !dlsym(plugin, "plugin"))
		return 9;
	return server_main(argc, argv);
}
MAIN
musl-gcc -o "$root/bin/tiny-server" -I"$here/../lib" "$tmp/main.c" -L"$root/opt/app/lib" -L"$root/usr/lib" \
	-L"$root/opt/more/lib" -lbypath -lbydefault -ldeep >"$tmp/log" 2>&1 || { not_ok "musl-gcc links" "$(cat "$tmp/log")"; finish; exit 1; }
cp "$busybox" "$root/bin/busybox"
ln "$root/bin/busybox" "$root/bin/sh"
printf '#!/bin/sh\nexec "$@"\n' >"$root/entry.sh"
chmod 755 "$root/entry.sh"
echo 'root:x:0:0:root:/:/bin/sh' >"$root/etc/passwd"
echo 'ID=musl' >"$root/etc/os-release"
echo hello >"$root/srv/index.html"
printf '%s' '{"Env": ["PATH=/bin"], "Entrypoint": ["/entry.sh"], "Cmd": ["/bin/tiny-server", "8180"]}' >"$tmp/config.json"
tar -C "$root" --sort=name --owner=0 --group=0 --numeric-owner --mtime=@1700000000 -cf "$tmp/tiny.tar" .
"$top/examples/lib/oci-layout" "$tmp/tiny:dev" "$tmp/config.json" "$tmp/tiny.tar" >/dev/null

customize --save-manifest "$tmp/m.json" -- curl -sf -o /dev/null --retry 5 --retry-connrefused http://127.0.0.1:8180/read/srv/index.html
expect "traced, packed, started under runc and tested again" 0 proof
[ "$status" = 0 ] || { finish; exit 1; }
umoci raw unpack --image "$tmp/prod:prod" "$tmp/have" >/dev/null 2>&1
for path in "$loader" /bin/tiny-server /opt/app/lib/libbypath.so /opt/app/lib/libplugin.so /opt/more/lib/libdeep.so \
	/usr/lib/libbydefault.so "/etc/ld-musl-$(uname -m).path"; do
	[ -e "$tmp/have$path" ] && ok "holds $path" || not_ok "holds $path" "$(cd "$tmp/have" && find .)"
done
for path in /usr/lib/libunused.so /opt/never /bin/sh /bin/busybox; do
	[ ! -e "$tmp/have$path" ] && ok "has no $path" || not_ok "has no $path"
done

# the closure alone: a trace that names the program and nothing that it loads
jq '.files |= map(select((.path | test("\\.so|ld-musl") | not)))' "$tmp/m.json" >"$tmp/bare.json"
clnimg-pack --quiet --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/bare.json" --output "oci:$tmp/bare:x" >"$tmp/log" 2>&1
[ $? = 0 ] && ok "packs by closure alone" || not_ok "packs by closure alone" "$(cat "$tmp/log")"
rm -rf "$tmp/have"
umoci raw unpack --image "$tmp/bare:x" "$tmp/have" >/dev/null 2>&1
for path in "$loader" /opt/app/lib/libbypath.so /opt/more/lib/libdeep.so /usr/lib/libbydefault.so; do
	[ -e "$tmp/have$path" ] && ok "closure: $path" || not_ok "closure: $path" "$(cd "$tmp/have" && find .)"
done
[ ! -e "$tmp/have/opt/app/lib/libplugin.so" ] && ok "what is dlopened comes from the trace" || not_ok "what is dlopened comes from the trace"
clnimg-pack --allow-sparse --image "oci:$tmp/tiny:dev" --manifest "$tmp/bare.json" --explain /opt/more/lib/libdeep.so >"$tmp/log" 2>&1
status=$?
expect "and is explained" 0 'needed by'
finish
