// SPDX-License-Identifier: Apache-2.0
/* treemap: [label, bytes, kept bytes, children, node id] */
const leafless = (label, id) => ({ label, id, bytes: 0, kept: 0, files: 0, filesKept: 0, children: [] });
const directories = () => {
	const items = new Array(nodes.length);
	for (let i = 0; i < nodes.length; i++) items[i] = leafless(i ? nodes[i][NAME] : "/", i);
	for (let i = nodes.length - 1; i >= 0; i--) {
		const node = nodes[i], item = items[i];
		if (!(node[FLAGS] & DIR)) {
			item.bytes = node[BYTES]; item.files = 1;
			if (node[FLAGS] & KEPT) { item.kept = node[BYTES]; item.filesKept = 1; }
		}
		if (i === 0) break;
		const parent = items[node[PARENT]];
		parent.bytes += item.bytes; parent.kept += item.kept;
		parent.files += item.files; parent.filesKept += item.filesKept;
		if (item.bytes) { parent.children.push(item); item.parent = parent; }
	}
	return items[0];
};
const packages = () => {
	const top = leafless("all packages", -1), groups = new Map();
	const into = (group, label, of) => {
		if (!groups.has(group)) groups.set(group, leafless(group, -1));
		const item = leafless(label, -1), parent = groups.get(group);
		item.bytes = of.bytes; item.kept = of.bytes_kept; item.files = of.files; item.filesKept = of.files_kept;
		for (const at of [parent, top]) { at.bytes += item.bytes; at.kept += item.kept; at.files += item.files; at.filesKept += item.filesKept; }
		if (item.bytes) { parent.children.push(item); item.parent = parent; }
	};
	for (const of of report.packages) into(of.kind, of.name + " " + of.version, of);
	into("nobody's", "application and generated files", report.application);
	for (const group of groups.values()) if (group.bytes) { top.children.push(group); group.parent = top; }
	return top;
};
const canvas = el("canvas", { tabindex: 0, role: "application", "aria-roledescription": "treemap", "aria-describedby": "tip" });
const tip = el("p", { id: "tip", class: "dim", "aria-live": "polite" });
const parts = el("div", {});
const crumbs = el("span", { class: "mono" });
const byDirectory = el("button", { "aria-pressed": "true", onclick: () => choose(true) }, "by directory");
const byPackage = el("button", { "aria-pressed": "false", onclick: () => choose(false) }, "by package");
const up = el("button", { onclick: () => climb() }, "up");
section("map", "Where the bytes went",
	"Area is bytes in the source image; the filled share of a tile is what production keeps. Click or Enter opens a tile, Backspace goes up, arrows move. A file with several names counts under each.",
	el("div", { class: "tools" }, byDirectory, byPackage, up, crumbs,
		el("span", { class: "legend dim" }, el("i", { style: "background:var(--kept)" }), "kept", el("i", { style: "background:var(--gone)" }), "removed")),
	canvas, tip, el("details", { id: "parts", class: "screen", ontoggle: () => fill() }, el("summary", {}, "The same as a table"), parts));
/* The map for those who cannot see or point: a row a part, a button where it opens. */
const PARTS = 100;
const fill = focus => {
	if (!document.getElementById("parts").open) return;
	const items = at.children.slice().sort((a, b) => b.bytes - a.bytes), rest = items.slice(PARTS);
	const name = item => item.children.length ? el("button", { onclick: () => { open(item); fill(true); } }, item.label) : code(item.label);
	const share = item => [el("span", { class: "share", "aria-hidden": "true" }, el("i", { style: "width:" + percent(item.kept, item.bytes) + "%" })), percent(item.kept, item.bytes) + " %"];
	const row = item => [name(item), size(item.bytes), size(item.kept), share(item), count(item.filesKept) + " of " + count(item.files)];
	const sum = leafless(count(rest.length) + " smaller", -1);
	for (const item of rest) for (const key of ["bytes", "kept", "files", "filesKept"]) sum[key] += item[key];
	parts.replaceChildren(el("p", { class: "dim", tabindex: -1 }, crumbs.textContent, " ", at === root ? "" : el("button", { onclick: () => { climb(); fill(true); } }, "up")),
		table(["part", "#in the source", "#kept", "share kept", "#names kept"], items.slice(0, PARTS).concat(rest.length ? [sum] : []).map(row)));
	if (focus) parts.firstChild.focus();
};
let root = null, at = null, tiles = [], tops = [], picked = -1;
const trees = {};
const choose = directory => {
	byDirectory.setAttribute("aria-pressed", String(directory));
	byPackage.setAttribute("aria-pressed", String(!directory));
	const key = directory ? "directory" : "package";
	root = trees[key] = trees[key] || (directory ? directories() : packages());
	open(root);
};
const climb = () => { if (at && at !== root && at.parent) open(at.parent); };
const open = item => { at = item; picked = -1; draw(); say(null); fill(); };
/* squarified treemap (Bruls, Huizing, van Wijk 2000) */
const squarify = (items, x, y, w, h, out) => {
	let rest = items.slice().sort((a, b) => b.bytes - a.bytes), total = rest.reduce((sum, item) => sum + item.bytes, 0);
	let from = 0;
	while (from < rest.length && w > 0.5 && h > 0.5 && total > 0) {
		const side = Math.min(w, h), scale = w * h / total;
		let row = [], sum = 0, worst = Infinity, to = from;
		while (to < rest.length) {
			const next = sum + rest[to].bytes, area = next * scale, thick = area / side;
			const biggest = rest[from].bytes * scale, smallest = rest[to].bytes * scale;
			const ratio = Math.max(side * side * biggest / (area * area), area * area / (side * side * smallest));
			if (ratio > worst && row.length) break;
			worst = ratio; sum = next; row.push(rest[to]); to++;
			if (thick <= 0) break;
		}
		const thick = sum * scale / side;
		let along = 0;
		for (const item of row) {
			const long = item.bytes * scale / thick;
			out.push(w >= h ? { item, x, y: y + along, w: thick, h: long } : { item, x: x + along, y, w: long, h: thick });
			along += long;
		}
		if (w >= h) { x += thick; w -= thick; } else { y += thick; h -= thick; }
		total -= sum; from = to;
	}
};
/* A tile with room shows its parts below its name, down to three levels. */
const nest = (tile, depth) => {
	tile.depth = depth;
	tiles.push(tile);
	if (depth >= 2 || !tile.item.children.length || tile.w < 90 || tile.h < 56) return;
	const inner = [];
	squarify(tile.item.children, tile.x + 3, tile.y + 19, tile.w - 6, tile.h - 22, inner);
	tile.open = true;
	for (const part of inner) nest(part, depth + 1);
};
const draw = () => {
	const ratio = window.devicePixelRatio || 1, box = canvas.getBoundingClientRect();
	const width = Math.max(200, box.width), height = Math.max(100, box.height);
	canvas.width = width * ratio; canvas.height = height * ratio;
	const pen = canvas.getContext("2d"), style = getComputedStyle(document.documentElement);
	const color = name => style.getPropertyValue(name).trim();
	pen.scale(ratio, ratio);
	pen.fillStyle = color("--line"); pen.fillRect(0, 0, width, height);
	tiles = []; tops = [];
	const items = at.children.length ? at.children : [at];
	squarify(items, 0, 0, width, height, tops);
	for (const tile of tops) nest(tile, 0);
	tiles.forEach(tile => {
		const { item, x, y, w, h } = tile, share = item.bytes ? item.kept / item.bytes : 0;
		if (w < 1 || h < 1) return;
		if (tile.open) {
			pen.fillStyle = color("--panel"); pen.fillRect(x + 0.5, y + 0.5, w - 1, h - 1);
			pen.fillStyle = color("--kept"); pen.fillRect(x + 3, y + 15.5, (w - 6) * share, 2);
		} else {
		pen.fillStyle = color("--gone"); pen.fillRect(x + 0.5, y + 0.5, Math.max(0.5, w - 1), Math.max(0.5, h - 1));
		pen.fillStyle = color("--kept");
		pen.fillRect(x + 0.5, y + 0.5 + (h - 1) * (1 - share), Math.max(0.5, w - 1), Math.max(0, (h - 1) * share));
		}
		if (tile === tops[picked]) { pen.strokeStyle = color("--text"); pen.lineWidth = 3; pen.strokeRect(x + 2, y + 2, w - 4, h - 4); }
		if (w < 46 || h < 18) return;
		pen.save();
		pen.beginPath(); pen.rect(x, y, w - 4, h); pen.clip();
		pen.font = "600 12px system-ui, sans-serif";
		/* over the border between the two colours, words get a rim of one */
		const above = h * (1 - share), rim = !tile.open && above >= 6 && above < 32;
		const write = (text, y) => { if (rim) pen.strokeText(text, x + 6, y); pen.fillText(text, x + 6, y); };
		pen.strokeStyle = color("--gone"); pen.lineWidth = 3; pen.lineJoin = "round";
		pen.fillStyle = tile.open ? color("--text") : above < 6 ? color("--panel") : color("--gone-text");
		write(item.label + (tile.open ? "  " + size(item.bytes) + ", " + percent(item.kept, item.bytes) + " % kept" : ""), y + 12);
		if (!tile.open && h > 34) { pen.font = "11px system-ui, sans-serif"; write(size(item.bytes) + ", " + percent(item.kept, item.bytes) + " % kept", y + 27); }
		pen.restore();
	});
	const trail = [];
	for (let item = at; item; item = item.parent) trail.unshift(item.label);
	crumbs.textContent = trail.join(" / ").replace("/ / ", "/ ");
	up.disabled = at === root;
	canvas.setAttribute("aria-label", "Treemap of " + trail.join(" / ") + ": " + tops.length + " parts");
};
const say = item => {
	item = item || at;
	tip.textContent = (item.id > 0 ? paths[item.id] : item.label) + ": " + size(item.bytes) + " in " + plural(item.files, "name") + ", kept " + size(item.kept) + " in " + count(item.filesKept) +
		(item.id >= 0 && !item.children.length && item !== root ? ". " + whyName(nodes[item.id]) + (nodes[item.id][VIA] ? ": " + nodes[item.id][VIA] : "") : "");
};
const hit = event => {
	const box = canvas.getBoundingClientRect(), x = event.clientX - box.left, y = event.clientY - box.top;
	return tiles.findLast(tile => x >= tile.x && x < tile.x + tile.w && y >= tile.y && y < tile.y + tile.h);
};
canvas.addEventListener("mousemove", event => { const tile = hit(event); if (tile) say(tile.item); });
canvas.addEventListener("click", event => {
	const tile = hit(event), item = tile && (tile.item.children.length ? tile.item : tile.item.parent);
	if (item && item !== at) open(item);
});
canvas.addEventListener("keydown", event => {
	const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
	if (step) picked = (picked + step + tops.length) % tops.length;
	else if (event.key === "Enter" && picked >= 0 && tops[picked].item.children.length) { open(tops[picked].item); return event.preventDefault(); }
	else if (event.key === "Backspace" || event.key === "Escape") { climb(); return event.preventDefault(); }
	else return;
	event.preventDefault(); draw(); if (picked >= 0) say(tops[picked].item);
});
window.addEventListener("resize", () => draw());
/* On paper the map is drawn as by day, and every answer is open. */
const paper = on => { document.documentElement.classList.toggle("paper", on); draw(); };
window.addEventListener("beforeprint", () => paper(true));
window.addEventListener("afterprint", () => paper(false));
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => draw());

