#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# cleanimage-customize takes every option of clnimg-pack that makes sense for it, and hands
# each on. It starts no container: the trace is given, and a stand-in writes down what
# clnimg-pack was called with.
#
# usage: options.sh BIN-DIR
set -u
bin=$(cd "$1" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
passed=0 failed=0
check() { # NAME WHETHER [TEXT]
	if [ "$2" = 0 ]; then
		passed=$((passed + 1))
		echo "ok - $1"
	else
		failed=$((failed + 1))
		printf 'not ok - %s\n%s\n' "$1" "${3-}"
	fi
}
# options PROGRAM: NAME and what its argument is called, one a line
options() {
	"$bin/$1" --help | sed -nE 's/^ +(-[a-zA-Z], )?--([a-z-]+)(=| )?([^ ]*).*/\2 \4/p' | sort -u
}
options clnimg-pack >"$tmp/pack"
options cleanimage-customize >"$tmp/customize"
check "both tables are read" "$([ "$(wc -l <"$tmp/pack")" -gt 30 ] && [ "$(wc -l <"$tmp/customize")" -gt 30 ]; echo $?)" "$(cat "$tmp/pack")"

# Not for customize:
#   dry-run explain        write nothing: there would be nothing to prove
#   platform               the container that is traced and proved runs on this machine
#   allow-sparse           always given: the proof judges whether enough was used
#   max-bytes max-entries  short for --limit bytes=SIZE and entries=N
#   steps report           what customize itself listens to and prints
exceptions="dry-run explain platform allow-sparse max-bytes max-entries steps report"
missing=$(comm -23 <(cut -d' ' -f1 "$tmp/pack") <(cut -d' ' -f1 "$tmp/customize"))
check "customize lacks no option but those with a reason" "$([ "$(echo $missing)" = "$(printf '%s\n' $exceptions | sort | xargs)" ]; echo $?)" "$missing"

# Of both, and not the pipeline's own: handed on.
own=" image output emit emit-dev manifest help version quiet verbose "
cp "$bin/cleanimage-customize" "$tmp/"
printf '#!/bin/sh\nprintf "%%s\\n" "$@" >"$0.args"\nexit 1\n' >"$tmp/clnimg-pack"
chmod +x "$tmp/clnimg-pack"
echo '{}' >"$tmp/m.json"
words=() names=()
while read -r name argument; do
	case "$own" in *" $name "*) continue ;; esac
	case "$argument" in
	*'|'*) value=${argument%%|*} ;;
	NAME=VALUE) value=layers=7 ;;
	*) value=8 ;;
	esac
	case "$argument" in
	[A-Z[]* | *'|'*) words+=("--$name=$value") ;;
	*) words+=("--$name") ;;
	esac
	names+=("$name")
done < <(join <(cut -d' ' -f1 "$tmp/pack") "$tmp/customize")
check "there are many of them" "$([ "${#names[@]}" -gt 25 ]; echo $?)" "${names[*]}"
"$tmp/cleanimage-customize" --quiet --image oci:x:dev --output "oci:$tmp/out:prod" --emit "$tmp/emit" --manifest "$tmp/m.json" \
	"${words[@]}" -- true >"$tmp/log" 2>&1 </dev/null
check "clnimg-pack was called" "$([ -s "$tmp/clnimg-pack.args" ]; echo $?)" "$(cat "$tmp/log")"
for i in "${!names[@]}"; do
	check "--${names[i]} is handed on" "$(grep -qxF -e "${words[i]}" "$tmp/clnimg-pack.args"; echo $?)" "${words[i]}: $(cat "$tmp/clnimg-pack.args")"
done

# What is wrong is told before anything runs.
wrong() { # PATTERN OPTION...
	local pattern=$1
	shift
	rm -f "$tmp/clnimg-pack.args"
	"$tmp/cleanimage-customize" --quiet --image oci:x:dev --output "${output:-oci:$tmp/out:prod}" --emit "$tmp/emit" --manifest "$tmp/m.json" "$@" -- true >"$tmp/log" 2>&1
	[ $? = 2 ] && grep -q -e "$pattern" "$tmp/log" && [ ! -e "$tmp/clnimg-pack.args" ]
	check "$* is a usage error" $? "$(cat "$tmp/log")"
}
wrong 'limit' --limit kittens=3
wrong 'granularity' --granularity kittens
output=docker-archive:$tmp/a.tar wrong 'referrer' --referrer
echo "$passed passed, $failed failed"
[ $failed = 0 ]
