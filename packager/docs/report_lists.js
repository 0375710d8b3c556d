// SPDX-License-Identifier: Apache-2.0
/* search over all paths: rows are made as they are asked for */
const PAGE = 200;
const field = el("input", { type: "search", placeholder: "a part of a path, a package or a reason", "aria-label": "Search all paths" });
const which = el("select", { "aria-label": "Which files" }, ["all", "kept", "removed", "executables", "setuid"].map(name => el("option", { value: name }, name)));
const found = el("span", { class: "dim", "aria-live": "polite" });
const rows = el("div", { class: "scroll", tabindex: 0, id: "rows" });
const more = el("button", { id: "more", onclick: () => show() }, "more");
const haystack = new Array(nodes.length);
let matches = [], shown = 0;
const search = () => {
	const words = field.value.toLowerCase().split(/\s+/).filter(Boolean), kind = which.value;
	matches = [];
	for (let i = 0; i < nodes.length; i++) {
		const flags = nodes[i][FLAGS];
		if (flags & DIR) continue;
		if (kind === "kept" && !(flags & KEPT) || kind === "removed" && (flags & KEPT) ||
			kind === "executables" && !(flags & PROGRAM) || kind === "setuid" && !(flags & SETUID)) continue;
		if (words.length) {
			const text = haystack[i] || (haystack[i] = (paths[i] + " " + packageName(nodes[i]) + " " + whyName(nodes[i])).toLowerCase());
			if (!words.every(word => text.includes(word))) continue;
		}
		matches.push(i);
	}
	rows.replaceChildren(); shown = 0;
	found.textContent = count(matches.length) + (matches.length === 1 ? " file" : " files");
	show();
};
const show = () => {
	for (const i of matches.slice(shown, shown + PAGE)) {
		const node = nodes[i], kept = node[FLAGS] & KEPT;
		rows.append(el("div", { class: "row" }, tag(kept ? "kept" : "removed", kept ? "kept" : "removed"),
			el("span", { class: "path" }, paths[i]), el("span", { class: "size" }, size(node[BYTES])),
			el("span", { class: "why" }, whyName(node) + (node[VIA] ? ": " + node[VIA] : "") + (packageName(node) ? " [" + packageName(node) + "]" : ""))));
	}
	shown = Math.min(matches.length, shown + PAGE);
	more.hidden = shown >= matches.length;
	more.textContent = "more (" + count(matches.length - shown) + ")";
};
let waiting = 0;
field.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(search, 120); });
field.addEventListener("change", search);
which.addEventListener("change", search);

const EXECUTABLES = 1000;
section("executables", "Executables that remain", "Every program of the image, why it is there, and what asked for it." +
	(report.executables.length > EXECUTABLES ? " The first " + count(EXECUTABLES) + " of " + count(report.executables.length) + "; the others are under All paths." : ""),
	table(["path", "reason", "asked for by", "package", "#size"], report.executables.slice(0, EXECUTABLES).map(of => [code(of.path),
		[of.why.replace(/[-_]/g, " "), of.setuid_cleared ? [" ", tag("setuid cleared")] : ""].flat(), code(of.via || ""), of.package || "", size(of.bytes)])));
section("writable", "Writable paths", "Everything else is read-only. Sizes come from what the test run wrote.",
	table(["path", "kind", "#limit", "mode", "owner", "because"], report.mounts.map(of => [code(of.path),
		[of.kind, of.seeded ? [" ", tag("seeded")] : "", of.exec ? [" ", tag("may execute", "bad")] : ""].flat(2), of.size_bytes ? size(of.size_bytes) : "no limit",
		code(of.mode), code(of.uid + ":" + of.gid), of.why || ""])));
section("startup", "What start-up became", "The entry script is gone; the init does this in its place.",
	table(["directive", "in the script"], report.startup.map(of => [code(of.text), of.comment || ""])),
	report.notes.length ? table(["note", ""], report.notes.map(of => [tag(of.kind), of.text])) : "");
const below = new Map();
report.execs.forEach((of, i) => { const key = of.parent === undefined ? -1 : of.parent; below.set(key, (below.get(key) || []).concat(i)); });
const branch = (key, depth) => depth < 60 && below.has(key) ? el("ul", { class: "tree" }, below.get(key).map(i => { const of = report.execs[i];
	return el("li", {}, tag(of.role, of.role === "main" || of.role === "service" ? "kept" : "removed"), " ", code(of.argv.length ? of.argv.join(" ") : of.path),
		el("span", { class: "dim" }, " uid " + of.uid + (of.count > 1 ? ", " + count(of.count) + " times" : "")), branch(i, depth + 1)); })) : "";
section("execs", "What the test run executed", "Roles: entry, startup (before main), main, service (below main), injected.",
	report.execs.length ? el("div", { class: "scroll", tabindex: 0 }, branch(-1, 0)) : el("p", { class: "empty" }, "none"));
const duo = el("div", { class: "cols" });
main.append(duo);
duo.append(section("ports", "Listeners", null, table(["port", "protocol", "address"], report.ports.map(of => [code(of.port), of.protocol, code(of.address)]))));
duo.append(section("syscalls", "System calls", report.syscalls.length + " calls of main and its services; seccomp.json allows these and what the engine and the init need.",
	report.syscalls.length ? el("div", { class: "words mono scroll", tabindex: 0 }, report.syscalls.map(name => el("div", {}, name))) : el("p", { class: "empty" }, "the trace holds none")));
const gaps = report.not_covered, list = (title, texts) => texts.length ? [el("h3", {}, title + " (" + texts.length + ")"),
	el("div", { class: "scroll", tabindex: 0 }, texts.map(text => el("div", { class: "mono" }, text)))] : [];
const losses = Object.entries(report.trace.losses).map(([name, number]) => name + ": " + number);
section("gaps", "What was not covered", "Where production may lack what the test run did not use, and what is not known.",
	list("Losses of the trace", losses), list("Packages kept in part", gaps.partial_packages), list("Listed directories of which names were left out", gaps.listed_directories),
	list("Warnings", gaps.warnings), list("Package databases", gaps.findings),
	losses.length + gaps.partial_packages.length + gaps.listed_directories.length + gaps.warnings.length + gaps.findings.length ? "" : el("p", { class: "empty" }, "nothing to say"));
const licence = text => text.length > 40 ? el("span", { class: "clip", title: text, tabindex: 0 }, text) : text;
const gone = report.packages.filter(of => of.state === "removed");
section("packages", "Packages", plural(report.packages.length - gone.length, "package") + " with files in production, " + count(gone.length) + " removed.",
	table(["package", "version", "kind", "state", "#files", "#bytes kept", "licence"], report.packages.filter(of => of.state !== "removed").map(of =>
		[of.name, code(of.version), of.kind, tag(of.state, of.state === "partial" ? "" : "kept"), count(of.files_kept) + " of " + count(of.files), size(of.bytes_kept), licence(of.licence || "")])),
	gone.length ? [el("h3", {}, "Removed"), el("div", { class: "words scroll wide", tabindex: 0 }, gone.map(of => el("div", {}, of.name + " " + of.version)))] : "");
section("files", "All paths", "Every file of the source image, kept or removed, with the reason.",
	el("div", { class: "tools" }, field, which, found), rows, more);
main.append(el("p", { class: "dim" }, report.tool + ", " + report.created + ". This page needs no network."));
choose(true);
search();
document.documentElement.dataset.ready = "yes";
})();
