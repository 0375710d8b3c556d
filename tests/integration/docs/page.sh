#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
#
# report.html in a real browser: it comes up without network and without errors,
# with 50,000 paths stays quick, shows hostile texts as texts, answers a reviewer's
# questions at its top, works by keyboard, has words where it has pictures, colours
# that can be told apart, and prints on paper by day and by night.
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
const parts = document.getElementById("parts");
parts.open = true;
time("table", () => parts.dispatchEvent(new Event("toggle")));
const tableRows = () => [...parts.querySelectorAll("tbody tr")].map(row => row.textContent);
seen.table = tableRows();
const step = parts.querySelector("tbody button");
if (step) { step.focus(); step.click(); }
seen.deeper = step !== null && tableRows().join() !== seen.table.join() && parts.contains(document.activeElement);
[...parts.querySelectorAll("button")].find(button => button.textContent === "up")?.click();
seen.higher = tableRows().join() === seen.table.join();
seen.table = seen.table.length;
seen.packages = canvas.getAttribute("aria-label").includes("all packages");
const named = node => (node.getAttribute("aria-label") || node.labels?.[0]?.textContent || node.textContent || "").trim();
seen.nameless = [...document.querySelectorAll("input, select, button, canvas, summary, a, section")]
	.filter(node => !named(node)).map(node => node.outerHTML.slice(0, 80));
seen.broken = [...document.querySelectorAll('a[href^="#"]')].filter(node => !document.getElementById(node.getAttribute("href").slice(1))).length;
seen.reachable = [...document.querySelectorAll("button, input, select, canvas, summary, .scroll")].every(node => node.tabIndex >= 0);
seen.headings = [...document.querySelectorAll("h1, h2, h3")].map(node => +node.tagName[1]).every((level, i, all) => i === 0 ? level === 1 : level <= all[i - 1] + 1);
seen.answers = [...document.querySelectorAll("#minute h3")].map(node => node.firstChild.textContent);
seen.minute = document.getElementById("minute").textContent;
seen.programs = document.getElementById("executables").textContent;
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
says "a table says what the map shows" '.seen.table > 1'
says "and opens and closes by its buttons, keeping the focus" '.seen.deeper and .seen.higher'
says "everything that takes the focus has a name" '.seen.nameless == []'
says "and takes it" '.seen.reachable'
says "headings descend by one" '.seen.headings'
says "links lead somewhere" '.seen.broken == 0'
says "four answers in a minute" '.seen.answers == ["What was removed?", "What executes?", "What is writable?", "What was not covered?"]'
says "with the main program, a mount and what is in part" '.seen.minute | contains("nginx -g daemon off;") and contains("/run") and contains("1 packagekept in part")'
says "nothing is fetched" '.seen.outside == 0'
says "no object shows as text" '.seen.objects | not'

# Paper: every section but the list of all paths, a few pages.
# paper VARIANT MOST [FLAG]
paper() {
	browse ${3:-} --virtual-time-budget=5000 --print-to-pdf="$tmp/$1/page.pdf" "file://$tmp/$1/report.html" >/dev/null
	pages=$(grep -ac '/Type */Page\b' "$tmp/$1/page.pdf" 2>/dev/null)
	[ "${pages:-0}" -ge 1 ] && [ "$pages" -le "$2" ] && ok "$1 prints on $pages pages${3:+ (${3#--})}" || not_ok "$1 prints on at most $2 pages" "$pages"
}
paper plain 4
paper plain 4 --force-dark-mode
if command -v pdftotext >/dev/null; then
	pdftotext "$tmp/plain/page.pdf" "$tmp/paper"
	grep -q 'What was not covered' "$tmp/paper" && ! grep -q 'All paths' "$tmp/paper" && ok "without the list of all paths" || not_ok "without the list of all paths" "$(cat "$tmp/paper")"
fi

# WCAG 2.1, 1.4.3: text has a contrast of 4.5 and more, by day and by night.
python3 - "$tmp/plain/report.html" >"$tmp/contrast" <<'PY' && ok "texts stand out, by day and by night" || not_ok "texts stand out" "$(cat "$tmp/contrast")"
import re, sys
page = open(sys.argv[1], encoding="utf-8").read()
themes = [dict(re.findall(r"--([a-z-]+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", page, re.S)]
assert len(themes) == 2 and themes[0].keys() == themes[1].keys(), themes
def light(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    parts = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * parts[0] + 0.7152 * parts[1] + 0.0722 * parts[2]
bad = 0
for theme in themes:
    for front, backs in {"text": ("bg", "panel", "kept-soft"), "dim": ("bg", "panel"), "accent": ("bg", "panel"),
                         "good": ("panel",), "bad": ("panel",), "gone-text": ("gone",), "panel": ("kept",)}.items():
        for back in backs:
            a, b = sorted((light(theme[front]), light(theme[back])))
            if (b + 0.05) / (a + 0.05) < 4.5:
                bad = 1
                print(front, theme[front], "on", back, theme[back], round((b + 0.05) / (a + 0.05), 2))
sys.exit(bad)
PY

visit hostile hostile
says "hostile texts come up too" '.seen.ready == "yes"'
says "and are texts: no element, no script of theirs" '.seen.bold == 0 and .seen.scripts == 3'

visit many many=50000 volume
paper many 30
says "50,000 paths come up" '.seen.ready == "yes" and .seen.nodes > 50000'
says "in under 5 s" '.clock.up > 0 and .clock.up < 5000'
says "a search over them takes under 500 ms" '.clock.search < 500 and .clock.again < 500'
says "a filter takes under 500 ms" '.clock.filter < 500'
says "a key takes under 500 ms" '.clock.key < 500'
says "the table takes under 500 ms" '.clock.table < 500'
echo "# $(jq -c '{clock}' "$tmp/seen.json")"
exit $failed
