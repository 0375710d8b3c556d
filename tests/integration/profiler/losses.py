#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""losses.py PROFILER CALLS - each way of io_uring to hide something is a loss, and counted."""
import json
import os
import subprocess
import sys
import tempfile

# Results that did not fit into the queue, requests that are silent about success, a
# file that is handed to another program's ring.
WAYS = {"silent": 1, "overflow": 4, "passed": 1}


def main():
	profiler, calls = map(os.path.abspath, sys.argv[1:3])
	if os.getuid() != 0:
		print("needs root")
		return 77
	failed = skipped = 0
	with tempfile.TemporaryDirectory() as tmp:
		for way, count in WAYS.items():
			out = "%s/%s.json" % (tmp, way)
			done = subprocess.run([profiler, "--quiet", "-o", out, "--", calls, "lose", way],
				cwd=tmp, stderr=subprocess.PIPE)
			if done.returncode == 77:
				print("skip", way)
				skipped += 1
				continue
			trace = json.load(open(out))
			if done.returncode != 125 or trace["complete"] or trace["losses"] != {"io_uring_unknown": count}:
				print("FAIL %s: status %d, %s" % (way, done.returncode, trace["losses"]))
				failed += 1
	print("losses: %d wrong, %d skipped" % (failed, skipped))
	return 1 if failed else 77 if skipped == len(WAYS) else 0


if __name__ == "__main__":
	sys.exit(main())
