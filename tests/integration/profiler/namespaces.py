#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""namespaces.py PROFILER - whose process numbers are whose.

The same little program runs (1) under a profiler on the host, (2) under one in a
pid namespace of its own, (3) in a pid namespace below the profiler's, (4) outside
the profiler's pid namespace, in two copies at once, in the cgroup that it is
attached to. Parents, relative paths and working directories must be right in
each: they hang on the process numbers.

A container's program that moves to another namespace and root without an exec is
a loss with a name, and none when it execs there.
"""
import json
import os
import subprocess
import sys
import tempfile
import time

# Each step of the script waits for its turn, so that two copies interleave.
SCRIPT = """cd %(dir)s; echo >>%(log)s; while [ ! -e %(go)s ]; do sleep 0.05; done
cd below; /bin/cat file >/dev/null; (cd deeper; /bin/ls . >/dev/null); stat ../gone 2>/dev/null; :"""


def prepare(tmp, name):
	top = "%s/%s" % (tmp, name)
	os.makedirs(top + "/below/deeper")
	open(top + "/below/file", "w").close()
	words = {"dir": top, "log": top + ".log", "go": tmp + "/go"}
	return ["/bin/sh", "-c", SCRIPT % words]


def check(trace, tmp, name, failed):
	top = "%s/%s" % (tmp, name)
	files = {f["path"]: " ".join(f["access"]) for f in trace["files"]}
	for path, access in ((top, "chdir"), (top + "/below", "chdir"), (top + "/below/file", "read"),
			     (top + "/below/deeper", "chdir list"), (top + "/gone", "missing")):
		got = set(files.get(path, "").split())
		if not set(access.split()) <= got:
			failed.append("%s: %s is %s, not %s" % (name, path, files.get(path), access))
	execs = trace["execs"]
	shell = [i for i, e in enumerate(execs) if e["argv"][:2] == ["/bin/sh", "-c"]
		 and top + "." in e["argv"][2]]
	if len(shell) != 1:
		failed.append("%s: %d shells" % (name, len(shell)))
		return
	for what, cwd in (("/bin/cat", "/below"), ("/bin/ls", "/below/deeper"), ("stat", "/below")):
		found = [e for e in execs if e["argv"][0] == what and e["cwd"] == top + cwd]
		if [e.get("parent") for e in found] != [shell[0]]:
			failed.append("%s: %s in %s: %s" % (name, what, cwd, found))


def check_all(out, tmp, names, failed):
	trace = json.load(open(out))
	if not trace["complete"]:
		failed.append("%s: incomplete: %s" % (names, trace["losses"]))
	for name in names:
		check(trace, tmp, name, failed)
	known = {"%s/%s" % (tmp, n) for n in names}
	for entry in trace["files"]:
		path = entry["path"]
		if path.startswith(tmp + "/") and not any(path.startswith(k) for k in known | {tmp + "/go"}):
			failed.append("%s: %s: nobody named it" % (names, path))
	for entry in trace["execs"]:
		if "clnimg-profile" in entry["path"]:
			failed.append("%s: the profiler is in its own trace" % names)


def under(profiler, tmp, name, before, within, failed):
	command = within + prepare(tmp, name)
	out = "%s/%s.json" % (tmp, name)
	open(tmp + "/go", "w").close()
	done = subprocess.run(before + [profiler, "--quiet", "-o", out, "--"] + command)
	os.unlink(tmp + "/go")
	if done.returncode:
		failed.append("%s: status %d" % (name, done.returncode))
	else:
		check_all(out, tmp, [name], failed)


def cgroup_mount():
	for line in open("/proc/self/mountinfo"):
		fields = line.split()
		if fields[fields.index("-") + 1] == "cgroup2" and fields[3] == "/":
			return fields[4]
	return None


def attached(profiler, tmp, mount, failed):
	name, out = "clnimg-ns-%d" % os.getpid(), tmp + "/attached.json"
	group = "%s/%s" % (mount, name)
	os.mkdir(group)
	watcher = subprocess.Popen(["unshare", "--pid", "--fork", "--mount-proc", profiler, "--quiet",
		"--cgroup", name, "--attach", "-o", out], stderr=subprocess.PIPE)
	try:
		if b"recording" not in watcher.stderr.readline():
			failed.append("attached: no recording")
			return
		join = ["/bin/sh", "-c", 'echo $$ >%s/cgroup.procs; exec "$@"' % group, "sh"]
		names = ["first", "second"]
		running = [subprocess.Popen(join + prepare(tmp, n)) for n in names]
		for n in names:
			while not os.path.exists("%s/%s.log" % (tmp, n)):
				time.sleep(0.02)
		open(tmp + "/go", "w").close()
		for process in running:
			process.wait()
		status = watcher.wait(timeout=30)
		if status:
			failed.append("attached: status %d: %s" % (status, watcher.stderr.read().decode()))
		else:
			check_all(out, tmp, names, failed)
	finally:
		if watcher.poll() is None:
			watcher.kill()
		time.sleep(0.1)
		if os.path.isdir(group):
			os.rmdir(group)


MOVE = """import ctypes, os
ctypes.CDLL(None).unshare(0x20000)
os.chroot("/jail")
os.path.exists("/seen")
%s"""
ENTER = """mount --bind /usr %(root)s/usr
mount --bind /usr %(root)s/jail/usr
exec chroot %(root)s /usr/bin/python3 -c "$1\""""


def moved(profiler, tmp, failed):
	root, out = tmp + "/root", tmp + "/moved.json"
	for top in (root, root + "/jail"):
		os.makedirs(top + "/usr")
		for name in ("bin", "lib", "lib64"):
			os.symlink("usr/" + name, "%s/%s" % (top, name))
	enter = ["unshare", "-m", "sh", "-ec", ENTER % {"root": root}, "sh"]
	for end, want in (("", {"moved_root"}), ('os.execv("/bin/true", ["true"])', set())):
		done = subprocess.run([profiler, "--quiet", "--allow-incomplete", "-o", out, "--"] +
			enter + [MOVE % end], stderr=subprocess.PIPE, text=True)
		if done.returncode or set(json.load(open(out))["losses"]) != want:
			failed.append("moved, %s: status %d: %s" % (end, done.returncode, done.stderr))


def main():
	if os.getuid() != 0:
		print("needs root")
		return 77
	mount = cgroup_mount()
	if not mount:
		print("needs cgroup v2")
		return 77
	profiler, failed = os.path.abspath(sys.argv[1]), []
	own = ["unshare", "--pid", "--fork", "--mount-proc"]
	with tempfile.TemporaryDirectory() as tmp:
		tmp = os.path.realpath(tmp)
		under(profiler, tmp, "host", [], [], failed)
		under(profiler, tmp, "inner", own, [], failed)
		under(profiler, tmp, "below", [], ["unshare", "--pid", "--fork"], failed)
		attached(profiler, tmp, mount, failed)
		moved(profiler, tmp, failed)
		other = subprocess.run(["unshare", "--pid", "--fork", profiler, "-o", tmp + "/x.json",
			"--", "true"], stderr=subprocess.PIPE, text=True)
		if other.returncode != 125 or "/proc" not in other.stderr:
			failed.append("foreign /proc: status %d: %s" % (other.returncode, other.stderr))
	for line in failed:
		print("FAIL", line)
	print("process numbers: %d wrong" % len(failed))
	return 1 if failed else 0


if __name__ == "__main__":
	sys.exit(main())
