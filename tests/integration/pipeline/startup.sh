#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# What users give keeps its meaning: arguments and variables of production, the
# places that variables name, ports below 1024, and a root that must be read-only.
#
# usage: startup.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../lib/pipeline.sh"

get="curl -sf --retry 5 --retry-connrefused http://127.0.0.1:8180"
# gives NAME WANT ANSWER-OF VERIFY-OPTION...: production, started in another way
gives() {
	local name=$1 want=$2 path=$3
	shift 3
	clnimg-verify --image "oci:$tmp/prod:prod" --emit "$tmp/out" --readiness tcp:8180 "$@" -- \
		sh -c "$get$path >$tmp/answer" >"$tmp/log" 2>&1 </dev/null
	[ "$(cat "$tmp/answer" 2>/dev/null)" = "$want" ] && ok "$name" ||
		not_ok "$name: $(cat "$tmp/answer"), not $want" "$(cat "$tmp/log")"
	rm -f "$tmp/answer"
}

# --- arguments ---

entry 'if [ "${1#-}" != "$1" ] || [ -z "$(command -v "$1")" ]; then' \
	'	set -- tiny-server "$@"' 'fi' \
	'if [ "$1" = tiny-server ]; then' \
	'	shift' \
	'	set -- tiny-server --mode="${MODE:-plain}" --token "$API_TOKEN" "$@"' 'fi'
customize --cmd tiny-server --cmd 8180 --start 8180 --env API_TOKEN=s3cret-word -- \
	sh -c "$get/args | grep -q '^tiny-server|--mode=plain|--token|s3cret-word|8180|\$'"
expect "words that start-up put behind the program's name are there in production" 0 'proof'
if [ "$status" = 0 ]; then
	gives "the program's name may be given" 'tiny-server|--mode=plain|--token|t|8180|extra|' /args \
		--env API_TOKEN=t --cmd tiny-server --cmd 8180 --cmd extra
	gives "a flag goes to the program" 'tiny-server|--mode=plain|--token|t|-x|' /args \
		--env API_TOKEN=t --cmd -x
	gives "what is no program goes to the program" 'tiny-server|--mode=plain|--token|t|8180|' /args \
		--env API_TOKEN=t --cmd 8180
	gives "a variable in an argument still counts" 'tiny-server|--mode=fast|--token|t|8180|' /args \
		--env API_TOKEN=t --env MODE=fast
	umoci raw unpack --image "$tmp/prod:prod" "$tmp/root" >/dev/null 2>&1
	! grep -rqs s3cret-word "$tmp/root" "$tmp/out" && [ -s "$tmp/root/etc/clnimg/init.conf" ] &&
		ok "the secret is in no file of the image or beside it" ||
		not_ok "the secret is in no file" "$(grep -rs s3cret-word "$tmp/root" "$tmp/out" | cut -c1-200)"
fi

# --- a root that must be read-only ---

if [ "$status" = 0 ] && command -v runc >/dev/null; then
	bundle() { # root.readonly; out/config.json as it is
		mkdir -p "$tmp/bundle"
		rm -rf "$tmp/bundle/rootfs"
		cp -a "$tmp/root" "$tmp/bundle/rootfs"
		jq ".root.readonly = $1 | del(.linux.resources) | .process.env += [\"API_TOKEN=t\"] |
			.process.args = [\"/clnimg-init\", \"/bin/tiny-tool\", \"started\"]" \
			"$tmp/out/config.json" >"$tmp/bundle/config.json"
		runc run --bundle "$tmp/bundle" "clnimg-startup-$$" >"$tmp/log" 2>&1 </dev/null
		status=$?
		runc delete -f "clnimg-startup-$$" >/dev/null 2>&1
	}
	bundle false
	expect "a writable root is refused in so many words" 125 'root filesystem is writable.*--read-only'
fi
rm -rf "$tmp/root"

# --- places that variables name ---

entry 'mkdir -p "$HOME" "$XDG_CACHE_HOME" "$TMPDIR"'
customize --env HOME=/home/app --env XDG_CACHE_HOME=/var/cache/app/x --env TMPDIR=/scratch/tmp -- \
	sh -c "for name in HOME XDG_CACHE_HOME TMPDIR; do $get/write\$($get/env/\$name)/state || exit 1; done"
expect "places that variables name are writable" 0 'proof'
if [ "$status" = 0 ]; then
	gives "HOME is where main wrote" /home/app /env/HOME
	gives "XDG_CACHE_HOME too" /var/cache/app/x /env/XDG_CACHE_HOME
	gives "TMPDIR too" /scratch/tmp /env/TMPDIR
	gives "and can be written there though nobody set it" written /write/scratch/tmp/other
	gives "the user's own value wins" /tmp /env/TMPDIR --env TMPDIR=/tmp
fi

# --- files that the script spells out ---

entry 'cat > /srv/app.conf <<-EOF' '	level=${LEVEL:-info} mode=$MODE' 'EOF' \
	'mkdir -p /run/web' 'echo "$API_TOKEN" > /run/web/cookie' 'chmod 400 /run/web/cookie'
customize --env MODE=a --env API_TOKEN=s3cret-word -- \
	sh -c "$get/read/srv/app.conf | grep -q 'level=info mode=a' && $get/read/run/web/cookie | grep -q s3cret-word"
expect "a here-document and an echo are rendered again" 0 'proof'
if [ "$status" = 0 ]; then
	gives "with the variables of production" 'level=debug mode=b' /read/srv/app.conf \
		--env LEVEL=debug --env MODE=b --env API_TOKEN=t
	gives "a secret too" other-token /read/run/web/cookie --env MODE=b --env API_TOKEN=other-token
	umoci raw unpack --image "$tmp/prod:prod" "$tmp/root" >/dev/null 2>&1
	! grep -rqs s3cret-word "$tmp/root" "$tmp/out" && ok "which is in no file of the image or beside it" ||
		not_ok "which is in no file" "$(grep -rsl s3cret-word "$tmp/root" "$tmp/out")"
	rm -rf "$tmp/root"
fi

# --- a port below 1024 ---

entry
low="curl -sf --retry 5 --retry-connrefused http://127.0.0.1:81"
rm -rf "$tmp/prod" "$tmp/out"
cleanimage-customize --image "oci:$tmp/tiny:dev" --output "oci:$tmp/prod:prod" --emit "$tmp/out" \
	--cmd /bin/tiny-server --cmd 81 --readiness tcp:81 -- \
	sh -c "$low/id >$tmp/id && [ \$CLNIMG_PHASE = profile ] || grep -q 'CapEff:.*0400\$' $tmp/id" \
	>"$tmp/log" 2>&1 </dev/null
status=$?
expect "a port below 1024 is served on the host's network, by one capability" 0 'proof'
for file in run.args docker.args config.json compose.yaml kubernetes.yaml runtime.json; do
	grep -q 'ip_unprivileged_port_start' "$tmp/out/$file" 2>/dev/null && ok "$file names the sysctl" ||
		not_ok "$file names the sysctl" "$(grep -n 81 "$tmp/out/$file")"
done
rm -rf "$tmp/prod" "$tmp/out"
finish
