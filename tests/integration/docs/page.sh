#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# report.html in a real browser: it comes up without network and without errors,
# with 50,000 paths stays quick, and shows hostile texts as texts.
#
# usage: page.sh WRITE-SAMPLE [SCREENSHOT-DIR]
#
# A script appended to a copy of the page does what a person does - searches,
# filters, opens tiles with the keyboard - and writes what it saw and how long
# it took (ms, real time) into the title of the dumped page.
set -u
sample=$1 shots=${2:-}
browser=$(command -v chromium || command -v chromium-browser || command -v google-chrome) ||
	{ echo "skipped: no chromium"; exit 77; }
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0
ok() { echo "ok - $1"; }
not_ok() { echo "not ok - $1"; printf '%s\n' "${2:-}" | head -20; failed=1; }
browse() { timeout 120 "$browser" --headless --no-sandbox --disable-gpu --hide-scrollbars --user-data-dir="$tmp/profile" "$@" 2>"$tmp/err"; }

cat >"$tmp/person.html" <<'PERSON'
<script>
"use strict";
(() => {
const seen = {}, clock = { up: Math.round(performance.now()) };
const time = (name, act) => { const start = performance.now(); act(); clock[name] = Math.round(performance.now() - start); };
const field = document.querySelector("input[type=search]"), which = document.querySelector("select");
const rows = () => document.querySelectorAll("#rows .row");
const search = text => { field.value = text; field.dispatchEvent(new Event("change")); document.body.offsetHeight; };
seen.ready = document.documentElement.dataset.ready;
seen.nodes = JSON.parse(document.getElementById("data").textContent).nodes.length;
seen.first = rows().length;
which.value = "kept";
time("filter", () => which.dispatchEvent(new Event("change")));
seen.kept = [...rows()].every(row => row.querySelector(".tag").textContent === "kept");
which.value = "all";
search("usr nginx");
seen.found = [...rows()].map(row => row.querySelector(".path").textContent);
time("search", () => search("f4999"));
time("again", () => search("so"));
const canvas = document.querySelector("canvas");
const label = canvas.getAttribute("aria-label");
time("key", () => { for (const key of ["ArrowRight", "Enter"]) canvas.dispatchEvent(new KeyboardEvent("keydown", { key })); });
seen.opened = canvas.getAttribute("aria-label") !== label;
canvas.dispatchEvent(new KeyboardEvent("keydown", { key: "Backspace" }));
seen.back = canvas.getAttribute("aria-label") === label;
time("packages", () => [...document.querySelectorAll("button")].find(button => button.textContent === "by package").click());
seen.packages = canvas.getAttribute("aria-label").includes("all packages");
seen.bold = document.querySelectorAll("main b, #tip b, .row b").length;
seen.scripts = document.scripts.length;
seen.outside = performance.getEntriesByType("resource").filter(entry => !entry.name.startsWith("file:") && !entry.name.startsWith("data:")).length;
seen.objects = document.querySelector("main").textContent.includes("[object ");
document.title = "SEEN" + JSON.stringify({ seen, clock }) + "END";
})();
</script>
PERSON
visit() {	# VARIANT WORD...
	"$sample" "$tmp/$1" "${@:2}" || exit 1
	cat "$tmp/$1/report.html" "$tmp/person.html" >"$tmp/$1/visited.html"
	browse --dump-dom "file://$tmp/$1/visited.html" >"$tmp/dom"
	python3 - "$tmp/dom" >"$tmp/seen.json" <<'PY'
import html, re, sys
found = re.search(r"<title>SEEN(.*?)END</title>", open(sys.argv[1], encoding="utf-8").read(), re.S)
print(html.unescape(found.group(1)) if found else "{}")
PY
	[ -z "$shots" ] || for mode in light dark; do
		flag=
		[ $mode = light ] || flag=--force-dark-mode
		browse $flag --virtual-time-budget=5000 --window-size=1280,2600 --screenshot="$shots/$1-$mode.png" "file://$tmp/$1/report.html" >/dev/null
	done
}
says() { jq -e "$2" "$tmp/seen.json" >/dev/null 2>&1 && ok "$1" || not_ok "$1" "$(cat "$tmp/seen.json")"; }

visit plain
says "the page comes up" '.seen.ready == "yes"'
says "the kept filter shows only kept" '.seen.kept and .seen.first > 5'
says "a search finds by all its words" '.seen.found | index("/usr/sbin/nginx")'
says "Enter opens a tile, Backspace goes back" '.seen.opened and .seen.back'
says "the map shows packages too" '.seen.packages'
says "nothing is fetched" '.seen.outside == 0'
says "no object shows as text" '.seen.objects | not'

visit hostile hostile
says "hostile texts come up too" '.seen.ready == "yes"'
says "and are texts: no element, no script of theirs" '.seen.bold == 0 and .seen.scripts == 3'

visit many many=50000 volume
says "50,000 paths come up" '.seen.ready == "yes" and .seen.nodes > 50000'
says "in under 5 s" '.clock.up > 0 and .clock.up < 5000'
says "a search over them takes under 500 ms" '.clock.search < 500 and .clock.again < 500'
says "a filter takes under 500 ms" '.clock.filter < 500'
says "a key takes under 500 ms" '.clock.key < 500'
echo "# $(jq -c '{clock}' "$tmp/seen.json")"
exit $failed
