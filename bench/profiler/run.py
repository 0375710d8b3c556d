#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""run.py PROFILER MICRO [--rounds N] - what recording costs, peers side by side.

Every way of watching runs each workload once a round, in turn, so that noise of
the machine meets all alike; medians and their ratio to the untraced run are
printed. A peer that is not installed, or does not work here, is left out.
"outside" runs the workload unwatched while another cgroup is recorded.
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

MICRO = {"getppid": 300000, "open": 60000, "stat": 100000, "exec": 150}


def real_workloads(tmp):
	source = tmp + "/w.c"
	with open(source, "w") as out:
		out.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\n"
			  "int main(void) { return puts(\"x\") < 0; }\n")
	return {
		"C build": ["sh", "-c", "for i in 1 2 3 4 5 6 7 8; do cc -O2 -o %s/w %s; done" % (tmp, source)],
		"Python": [sys.executable, "-c", "import unittest, json, sqlite3, http.client, xml.dom.minidom, "
			   "asyncio, email, decimal\nsum(i * i for i in range(2000000))"],
		"git": ["sh", "-c", "rm -rf %s/r; git init -q %s/r && cd %s/r && for i in 1 2 3 4 5 6; do echo $i >f$i; "
			"git add . && git -c user.name=a -c user.email=a@b commit -qm $i; done; git log --stat >/dev/null" % (tmp, tmp, tmp)],
		"find+grep": ["sh", "-c", "find /usr/share/doc /usr/include -type f | sort | head -3000 | xargs grep -l GPL >/dev/null; true"],
	}


def watchers(profiler, tmp):
	quiet = tmp + "/trace"
	ways = {
		"untraced": [],
		"clnimg-profile": [profiler, "-q", "--allow-incomplete", "-o", quiet, "--"],
		"strace %file": ["strace", "-f", "-qq", "-e", "trace=%file", "-o", quiet],
		"strace seccomp": ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=%file", "-o", quiet],
		"perf trace": ["perf", "trace", "-e", "openat,newfstatat", "-o", quiet],
	}
	working = {}
	for name, way in ways.items():
		if not way or (shutil.which(way[0]) and subprocess.run(way + ["true"],
				stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode == 0):
			working[name] = way
	return working


def run_micro(way, micro, what, count):
	out = subprocess.run(way + [micro, what, str(count)], stdout=subprocess.PIPE,
		stderr=subprocess.DEVNULL, text=True, check=True).stdout
	return float(out.split()[-1])


def run_real(way, command):
	start = time.monotonic()
	subprocess.run(way + command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=True)
	return (time.monotonic() - start) * 1e9


def outside(profiler, micro, tmp, what, count):
	recorder = subprocess.Popen([profiler, "-q", "-o", tmp + "/other", "--", "sleep", "1000"])
	time.sleep(0.6)
	try:
		return run_micro([], micro, what, count)
	finally:
		recorder.terminate()
		recorder.wait()


def measure(args, tmp):
	ways = watchers(args.profiler, tmp)
	results = {}

	def note(work, way, value):
		results.setdefault(work, {}).setdefault(way, []).append(value)

	real = real_workloads(tmp)
	for _ in range(args.rounds):
		for what, count in MICRO.items():
			for name, way in ways.items():
				slow = name.startswith(("strace", "perf"))
				note(what, name, run_micro(way, args.micro, what, count // 20 if slow else count))
			if what == "getppid":
				note(what, "outside", outside(args.profiler, args.micro, tmp, what, count))
		for work, command in real.items():
			for name, way in ways.items():
				note(work, name, run_real(way, command))
	return results


def show(results):
	for work, ways in results.items():
		base = statistics.median(ways["untraced"])
		unit, scale = ("ns", 1) if base < 1e6 else ("ms", 1e6)
		print("%s: untraced %.0f %s" % (work, base / scale, unit))
		for name, values in ways.items():
			if name == "untraced":
				continue
			value = statistics.median(values)
			print("  %-16s %10.0f %s  %6.2fx  (from %.2fx to %.2fx)" % (name, value / scale, unit,
				value / base, min(values) / base, max(values) / base))


def start_up(profiler, tmp):
	"""Milliseconds from our start to the command's first instruction."""
	times = []
	for _ in range(5):
		start = time.clock_gettime_ns(time.CLOCK_MONOTONIC)
		first = subprocess.run([profiler, "-q", "-o", tmp + "/s", "--", "cat", "/proc/uptime"],
			stdout=subprocess.PIPE, text=True, check=True)
		del first
		trace = json.load(open(tmp + "/s"))
		total = (time.clock_gettime_ns(time.CLOCK_MONOTONIC) - start) / 1e6
		times.append(total)
		del trace
	print("start to end of a trivial command: %.0f ms (median of 5)" % statistics.median(times))


def main():
	parser = argparse.ArgumentParser()
	parser.add_argument("profiler")
	parser.add_argument("micro")
	parser.add_argument("--rounds", type=int, default=5)
	args = parser.parse_args()
	args.profiler, args.micro = map(os.path.abspath, (args.profiler, args.micro))
	with tempfile.TemporaryDirectory() as tmp:
		start_up(args.profiler, tmp)
		show(measure(args, tmp))


if __name__ == "__main__":
	main()
