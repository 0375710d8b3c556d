#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""entering.py PROFILER CALLS - tasks that come into the cgroup while it is watched.

What they bring along is in the trace: the files that they have open, the libraries
that they have mapped, and the directory from which their relative names start. One
moves itself in, one is born in the cgroup (CLONE_INTO_CGROUP), and one is of a
program that was there before. One that is born outside of it is a loss with a name.
And more is open at the start than the ring holds.
"""
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

from namespaces import cgroup_mount

MOVE = """
import os, sys, time
os.chdir(sys.argv[2])
fd = os.open("brought", os.O_RDONLY)
gone = os.open("closed", os.O_RDONLY)
os.close(gone)
open(sys.argv[1] + "/cgroup.procs", "w").write(str(os.getpid()))
os.read(fd, 1)
os.chdir("below")
time.sleep(0.3)
"""


def prepare(tmp, name):
	top = os.path.join(tmp, name)
	os.makedirs(top + "/deep")
	os.symlink("deep", top + "/below")
	for file in ("brought", "closed"):
		open(os.path.join(top, file), "w").close()
	return top


def check(trace, top, failed):
	files = {f["path"]: f for f in trace["files"]}
	brought, below = files.get(top + "/brought"), files.get(top + "/below")
	if not brought or brought["access"] != ["read"]:
		failed.append("%s: what it had open: %s" % (top, brought))
	if not below or below["access"] != ["chdir"] or below.get("target") != top + "/deep":
		failed.append("%s: its relative name: %s" % (top, below))
	if top + "/closed" in files:
		failed.append("%s: what it had closed before is in the trace" % top)


def entering(profiler, calls, tmp, mount, failed):
	name, out = "clnimg-enter-%d" % os.getpid(), tmp + "/enter.json"
	group = "%s/%s" % (mount, name)
	tops = {n: prepare(tmp, n) for n in ("moved", "again", "cloned")}
	os.mkdir(group)
	watcher = subprocess.Popen([profiler, "--quiet", "--cgroup", name, "--attach", "-o", out,
		"--allow-incomplete"], stderr=subprocess.PIPE)
	stays = subprocess.Popen(["sleep", "60"])	# recording ends with the last one
	try:
		if b"recording" not in watcher.stderr.readline():
			failed.append("no recording")
			return
		open(group + "/cgroup.procs", "w").write(str(stays.pid))
		for n in ("moved", "again"):
			subprocess.run([sys.executable, "-c", MOVE, group, tops[n]], check=True)
			time.sleep(0.1)
		subprocess.run([calls, "into", group, tops["cloned"]], check=True)
		watcher.terminate()
		if watcher.wait(timeout=30):
			failed.append("entering: %s" % watcher.stderr.read().decode())
			return
		trace = json.load(open(out))
		for top in tops.values():
			check(trace, top, failed)
		# The cloned one has ended before anybody can read what it has mapped.
		if trace["losses"] not in ({}, {"mappings_unseen": 1}):
			failed.append("entering: %s" % trace["losses"])
		if not any("map" in f["access"] and "libc." in f["path"] for f in trace["files"]):
			failed.append("entering: no library that was mapped before")
	finally:
		stays.kill()
		stays.wait()
		if watcher.poll() is None:
			watcher.kill()
		time.sleep(0.1)
		if os.path.isdir(group):
			os.rmdir(group)


OPEN_MANY = """
import os, resource, sys
top, count = sys.argv[1], int(sys.argv[2])
resource.setrlimit(resource.RLIMIT_NOFILE, (count + 100, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
for i in range(count):
    os.open("%s/a-file-with-a-name-that-takes-some-room-in-the-ring-%d" % (top, i), os.O_WRONLY | os.O_CREAT)
print("open", flush=True)
sys.stdin.read()
"""


def many(profiler, tmp, mount, count, failed):
	"""More descriptors than the ring holds records, open before the start."""
	count = min(count, resource.getrlimit(resource.RLIMIT_NOFILE)[1] - 100)
	group, out, top = "%s/clnimg-many-%d" % (mount, os.getpid()), tmp + "/many.json", tmp + "/many"
	for folder in group, top:
		os.mkdir(folder)
	holder = subprocess.Popen([sys.executable, "-c", OPEN_MANY, top, str(count)],
		stdin=subprocess.PIPE, stdout=subprocess.PIPE)
	watcher = None
	try:
		if holder.stdout.readline() != b"open\n":
			failed.append("many: not open")
			return
		with open(group + "/cgroup.procs", "w") as file:
			file.write(str(holder.pid))
		watcher = subprocess.Popen([profiler, "--quiet", "--cgroup", os.path.basename(group), "--attach",
			"-o", out, "--ring", "256K"], stderr=subprocess.PIPE)
		watcher.stderr.readline()
		holder.communicate()
		status = watcher.wait(timeout=60)
		trace = json.load(open(out))
		written = {f["path"] for f in trace["files"] if f["path"].startswith(top + "/") and "write" in f["access"]}
		if status or len(written) != count:
			failed.append("many: status %d, %d of %d, %s" % (status, len(written), count, trace["losses"]))
	finally:
		holder.kill()
		holder.wait()
		if watcher and watcher.poll() is None:
			watcher.terminate()
			watcher.wait()
		os.rmdir(group)


def leaving(profiler, calls, tmp, mount, failed):
	out, group = tmp + "/leave.json", "%s/clnimg-leave-%d" % (mount, os.getpid())
	os.mkdir(group)
	try:
		done = subprocess.run([profiler, "--quiet", "-o", out, "--", calls, "out", group],
			stderr=subprocess.PIPE)
		lost = json.load(open(out))["losses"]
		if done.returncode != 125 or lost != {"left_cgroup": 1}:
			failed.append("leaving: status %d, %s" % (done.returncode, lost))
	finally:
		os.rmdir(group)


def main():
	profiler, calls = map(os.path.abspath, sys.argv[1:3])
	mount = cgroup_mount()
	if os.getuid() != 0 or not mount:
		print("needs root and cgroup v2")
		return 77
	failed = []
	with tempfile.TemporaryDirectory() as tmp:
		tmp = os.path.realpath(tmp)
		entering(profiler, calls, tmp, mount, failed)
		leaving(profiler, calls, tmp, mount, failed)
		many(profiler, tmp, mount, 30000, failed)
	for line in failed:
		print("FAIL", line)
	print("entering: %d wrong" % len(failed))
	return 1 if failed else 0


if __name__ == "__main__":
	sys.exit(main())
