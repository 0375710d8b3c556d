#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py PROFILER MICRO EMPTY FIRST [--rounds N] [--ours] - what recording costs.

Every way of watching runs each workload once a round, in turn, so that what else
the machine does meets all alike; medians of the rounds and their ratio to the
untraced run are printed. Commands are timed from inside (micro run), so that no
watcher's start counts. Two floors stand beside: empty programs at the tracepoints
that recording uses, and these with the one read of the name. "outside" runs the
workload by itself while another cgroup is recorded.

--ours leaves the peers out.
"""
import argparse
import os
import statistics
import struct
import subprocess
import sys
import tempfile
import time

import ways

MICRO = {"getppid": 300000, "open": 60000, "stat": 100000, "exec": 150}
TARGETS = {"open": 1.20, "stat": 1.30, "exec": 1.05}
SUITE_TARGET = 1.03
OUTSIDE_TARGET = 1.15
STRACE_TARGET = 30
START_TARGET_MS = 150
MEMORY_TARGET_KIB = 24 << 10


def suites(tmp):
	source = tmp + "/w.c"
	with open(source, "w") as out:
		out.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
			  "int main(void) { return puts(\"x\") < 0; }\n")
	repository = tmp + "/r"
	return {
		"C build": ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do cc -O2 -o %s/w %s; done" % (tmp, source)],
		"Python": [sys.executable, "-c", "import unittest, json, sqlite3, http.client, xml.dom.minidom, "
			   "asyncio, email, decimal\nsum(i * i for i in range(2000000))"],
		"git": ["sh", "-c", "rm -rf %s; git init -q %s && cd %s && for i in 1 2 3 4 5 6; do echo $i >f$i; "
			"git add . && git -c user.name=a -c user.email=a@b commit -qm $i; done; git log --stat >/dev/null"
			% (repository, repository, repository)],
		"find+grep": ["sh", "-c", "find /usr/share/doc /usr/include -type f | sort | head -3000 | "
			      "xargs grep -l GPL >/dev/null; true"],
	}


def printed_ns(way, argv):
	with way.watching():
		out = subprocess.run(way.command(argv), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
			text=True, check=True).stdout
	return float(out.split()[-1])


def measure(args, working, tmp):
	results = {}
	for _ in range(args.rounds):
		for what, count in MICRO.items():
			for way in working:
				ns = printed_ns(way, [args.micro, what, str(max(count // way.slow, 20))])
				results.setdefault(what, {}).setdefault(way.name, []).append(ns)
		for what, command in suites(tmp).items():
			printed_ns(working[0], [args.micro, "run"] + command)  # whoever is first finds caches warm
			for way in working:
				ns = printed_ns(way, [args.micro, "run"] + command)
				results.setdefault(what, {}).setdefault(way.name, []).append(ns)
	return results


def verdict(value, target):
	return "target %.2f%s" % (target, "" if value <= target else ": missed")


def show_work(work, times):
	untraced = times["untraced"]
	unit, scale = ("ns", 1) if untraced < 1e5 else ("us", 1e3) if untraced < 1e7 else ("ms", 1e6)
	target = TARGETS.get(work, None if work in MICRO else SUITE_TARGET)
	print("\n%s: untraced %.0f %s" % (work, untraced / scale, unit))
	for name, value in times.items():
		ratio = value / untraced
		if name == "untraced":
			continue
		told = verdict(ratio, target) if name == "clnimg-profile" and target else ""
		print("  %-22s %9.0f %s  %7.2f x  %s" % (name, value / scale, unit, ratio, told))
	if "strace" in times and work != "getppid":
		added = times["clnimg-profile"] - untraced
		times_less = (times["strace"] - untraced) / added if added > 0 else float("inf")
		print("  strace adds %.0f times what recording adds (target %d%s)" % (times_less,
			STRACE_TARGET, "" if times_less >= STRACE_TARGET else ": missed"))
	if "outside" in times and work == "getppid":
		ratio = times["outside"] / times["empty programs"]
		print("  outside is %.2f x the empty programs (%s)" % (ratio, verdict(ratio, OUTSIDE_TARGET)))


def show(results):
	for work, named in results.items():
		show_work(work, {name: statistics.median(values) for name, values in named.items()})


def start_up(args, working):
	"""From our start of the watcher to the command's first instruction."""
	print("\nstart to the command's first instruction (median of %d):" % (2 * args.rounds))
	for way in working:
		if isinstance(way, ways.Beside):
			continue
		took = []
		for _ in range(2 * args.rounds):
			with way.watching():
				command = way.command([args.first])
				start = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
				out = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
			took.append((struct.unpack("Q", out[:8])[0] - start) / 1e6)
		ms = statistics.median(took)
		told = ""
		if way.name == "clnimg-profile":
			told = "target %d%s" % (START_TARGET_MS, "" if ms <= START_TARGET_MS else ": missed")
		print("  %-22s %7.1f ms  %s" % (way.name, ms, told))


def memory(args, tmp):
	"""Peak resident size of the profiler itself, by distinct paths."""
	print("\npeak resident size:")
	for count in (1000, 100000, 200000, 400000):
		process = subprocess.Popen([args.profiler, "-q", "-o", tmp + "/trace", "--", args.micro,
			"paths", str(count)])
		kib = os.wait4(process.pid, 0)[2].ru_maxrss
		told = ""
		if count == 100000:
			told = "target %d%s" % (MEMORY_TARGET_KIB >> 10, "" if kib <= MEMORY_TARGET_KIB else ": missed")
		print("  %7d paths %8.1f MiB  %s" % (count, kib / 1024, told))


def main():
	parser = argparse.ArgumentParser()
	for program in ("profiler", "micro", "empty", "first"):
		parser.add_argument(program, type=os.path.abspath)
	parser.add_argument("--rounds", type=int, default=7)
	parser.add_argument("--ours", action="store_true")
	args = parser.parse_args()
	with tempfile.TemporaryDirectory() as tmp:
		working, not_here = ways.all_ways(args.profiler, args.empty, tmp)
		if args.ours:
			working = [way for way in working if way.prefix[:1] in ([], [args.empty], [args.profiler])
				and way.name != "fatrace"]
		for name, reason in not_here:
			print("%s cannot run here: %s" % (name, reason))
		start_up(args, working)
		memory(args, tmp)
		show(measure(args, working, tmp))


if __name__ == "__main__":
	main()
