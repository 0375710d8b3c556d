// SPDX-License-Identifier: Apache-2.0
"use strict";
(() => {
const data = JSON.parse(document.getElementById("data").textContent);
const report = data.report, nodes = data.nodes, whys = data.why;
const KEPT = 1, DIR = 2, PROGRAM = 4, SETUID = 8;
const PARENT = 0, NAME = 1, BYTES = 2, WHY = 3, PACKAGE = 4, FLAGS = 5, VIA = 6;

/* small helpers: everything from the image goes through textContent */
const el = (tag, props, ...children) => {
	const node = document.createElement(tag);
	for (const [key, value] of Object.entries(props || {}))
		if (key === "class") node.className = value;
		else if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
		else if (value !== null && value !== undefined) node.setAttribute(key, value);
	for (const child of children.flat(Infinity))
		if (child !== null && child !== undefined && child !== "") node.append(child);
	return node;
};
const size = bytes => {
	const units = ["B", "KiB", "MiB", "GiB", "TiB"];
	let unit = 0;
	while (bytes >= 1024 && unit < 4) { bytes /= 1024; unit++; }
	return (unit && bytes < 100 ? bytes.toFixed(1) : Math.round(bytes)) + " " + units[unit];
};
const count = number => number.toLocaleString("en");
const percent = (part, whole) => whole ? Math.round(100 * part / whole) : 0;
const tag = (text, kind) => el("span", { class: "tag " + (kind || "") }, text);
const code = text => el("code", {}, text);
const table = (heads, rows) => rows.length ? el("div", { class: "scroll", tabindex: 0 }, el("table", {},
	el("thead", {}, el("tr", {}, heads.map(head => el("th", { scope: "col", class: head[0] === "#" ? "n" : "" }, head.replace("#", ""))))),
	el("tbody", {}, rows.map(row => el("tr", {}, row.map((cell, i) => el("td", { class: heads[i][0] === "#" ? "n" : "" }, cell)))))))
	: el("p", { class: "empty" }, "none");
const main = document.getElementById("main"), nav = document.getElementById("nav");
const section = (id, title, about, ...children) => {
	nav.append(el("a", { href: "#" + id }, title));
	const node = el("section", { id, "aria-labelledby": id + "-h" },
		el("h2", { id: id + "-h" }, title), about ? el("p", { class: "dim" }, about) : null, children);
	main.append(node);
	return node;
};

/* paths, built once: parents come first */
const paths = new Array(nodes.length);
paths[0] = "/";
for (let i = 1; i < nodes.length; i++)
	paths[i] = (nodes[i][PARENT] === 0 ? "" : paths[nodes[i][PARENT]]) + "/" + nodes[i][NAME];
const whyName = node => whys[node[WHY]].replace(/[-_]/g, " ");
const packageName = node => node[PACKAGE] < 0 ? "" : report.packages[node[PACKAGE]].name;

/* head */
document.title = report.name + ": clnimg report";
document.getElementById("title").textContent = report.name;
document.getElementById("sub").append(
	"Production image ", code((report.image && report.image.ref) || ""), " made from ",
	code(report.source.ref || ""), " ", code((report.source.digest || "").slice(0, 19)), ". Runs ",
	code(report.argv.join(" ")), " as ", code(report.user), ". Trace: ",
	report.trace.complete ? tag("complete", "good") : tag("incomplete", "bad"),
	" " + report.trace.runs + (report.trace.runs === 1 ? " run" : " runs") + ".");
for (const [key, name] of [["bytes", "Bytes"], ["files", "Files"], ["packages", "Packages"],
	["executables", "Executables"], ["shells", "Shells"], ["package_managers", "Package managers"], ["setuid", "Setuid or setgid"]]) {
	const before = report.before[key], after = report.after[key];
	const show = key === "bytes" ? size : count;
	document.getElementById("cards").append(el("div", { class: "card", role: "listitem" },
		el("s", {}, name), el("b", {}, show(after)), el("s", {}, "was " + show(before)),
		el("div", { class: "bar", "aria-hidden": "true" }, el("i", { style: "width:" + (before ? Math.min(100, 100 * after / before) : 0) + "%" }))));
}

