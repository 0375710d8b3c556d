// SPDX-License-Identifier: Apache-2.0
/* What a reviewer asks first, each answer a list that ends in its section. */
const link = (id, text) => text.startsWith("0 ") ? text : el("a", { href: "#" + id }, text);
const line = (left, right) => el("li", {}, el("span", {}, left), right ? el("span", {}, right) : null);
const SHORT = 6;
const shortened = (rows, id, what) => rows.slice(0, SHORT).concat(rows.length > SHORT ? [line(link(id, "and " + count(rows.length - SHORT) + " more " + what))] : []);
const answer = (title, verdict, rows) => el("div", {}, el("h3", {}, title, verdict), el("ul", {}, rows));
const plural = (number, one, many) => count(number) + " " + (number === 1 ? one : many || one + "s");

const { before, after } = report, missing = report.not_covered;
const lossCount = Object.values(report.trace.losses).reduce((sum, number) => sum + number, 0);
const lost = of => of.bytes - of.bytes_kept;
const smaller = report.packages.filter(of => lost(of) > 0).sort((a, b) => lost(b) - lost(a));
const reasonRank = of => (of.why === "init" ? 0 : of.why === "traced" ? 1 : 2);
const programs = report.executables.slice().sort((a, b) => reasonRank(a) - reasonRank(b) || b.bytes - a.bytes);

section("minute", "In a minute", null, el("div", { class: "answers" },
	answer("What was removed?", tag(percent(before.bytes - after.bytes, before.bytes) + " %", "good"),
		[line(plural(before.files - after.files, "file"), size(before.bytes - after.bytes)),
			line(plural(before.executables - after.executables, "executable"), plural(after.executables, "stays", "stay")),
			line(plural(before.shells, "shell") + ", " + plural(before.package_managers, "package manager"), after.shells + after.package_managers ? "some stay" : "none stays"),
			line(plural(before.setuid - after.setuid, "setuid or setgid bit"), after.setuid ? count(after.setuid) + " stay" : "none stays")]
			.concat(shortened(smaller.map(of => line(of.name + (of.state === "removed" ? "" : ", in part"), size(lost(of)))), "packages", "packages"))),
	answer("What executes?", after.shells ? tag(plural(after.shells, "shell"), "bad") : tag("no shell", "good"),
		[line([code(report.argv.join(" "))], "as " + report.user)]
			.concat(shortened(programs.map(of => line(code(of.path), of.why.replace(/[-_]/g, " "))), "executables", "programs"))),
	answer("What is writable?", tag("read-only root", "good"),
		report.mounts.length ? shortened(report.mounts.map(of => line(code(of.path), of.kind + (of.size_bytes ? ", " + size(of.size_bytes) : "") + (of.exec ? ", may execute" : ""))), "writable", "paths")
			: [line("nothing: the test run wrote nothing")]),
	answer("What was not covered?", report.trace.complete ? tag("trace complete", "good") : tag("trace incomplete", "bad"),
		[line(link("gaps", plural(missing.partial_packages.length, "package")), "kept in part"),
			line(link("gaps", plural(missing.listed_directories.length, "directory", "directories")), "listed, not all kept"),
			line(link("gaps", plural(missing.warnings.length, "warning")), missing.warnings.length ? "to read" : ""),
			line(link("gaps", plural(missing.findings.length, "package database")), "not understood"),
			lossCount ? line(link("gaps", plural(lossCount, "event")), "lost") : null,
			line(link("startup", plural(report.notes.length, "note")), "on start-up")].filter(Boolean))));
