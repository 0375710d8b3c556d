#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""mounts.py PROFILER - what only some file systems do.

A clone of a file's blocks (btrfs), a file that is opened by its handle before anybody
has looked up its name (ext2: a loss with a name), a program that binfmt_misc starts,
and an overlay that becomes the root of a mount namespace of its own.
"""
import json
import os
import subprocess
import sys
import tempfile

CLONE = """
import fcntl, os
source = os.open("source", os.O_RDONLY)
fcntl.ioctl(os.open("copy", os.O_RDWR | os.O_CREAT), 0x40049409, source)
"""
HANDLES = """
import ctypes, os, subprocess, sys
libc = ctypes.CDLL(None, use_errno=True)
top, image = sys.argv[1:]
handle, ident = ctypes.create_string_buffer(136), ctypes.c_int()
ctypes.memmove(handle, (128).to_bytes(4, "little"), 4)
assert libc.name_to_handle_at(-100, (top + "/dir/deep").encode(), handle, ctypes.byref(ident), 0) == 0
subprocess.run(["umount", top], check=True)
subprocess.run(["mount", "-o", "loop", image, top], check=True)
mount = os.open(top, os.O_RDONLY)
fd = libc.open_by_handle_at(mount, handle, os.O_RDONLY)
assert fd >= 0 and os.read(fd, 4) == b"deep"
"""
OVERLAY = """cd %(top)s && mount -t overlay none -o lowerdir=lower,upperdir=upper,workdir=work merged &&
cd merged && mkdir old && pivot_root . old && cat /data && cd /sub && cat ../data && : >made"""


class Test:
	def __init__(self, profiler, tmp):
		self.profiler, self.tmp, self.failed = profiler, tmp, []

	def expect(self, what, holds, found=""):
		if not holds:
			self.failed.append("%s: %s" % (what, found))

	def trace(self, command, cwd=None):
		out = self.tmp + "/trace.json"
		done = subprocess.run([self.profiler, "--quiet", "--allow-incomplete", "-o", out, "--"] + command,
			cwd=cwd, stdout=subprocess.DEVNULL)
		self.expect(command, done.returncode == 0, done.returncode)
		return json.load(open(out))

	def mounted(self, kind, size):
		"""A new file system in an image, or None."""
		image, top = "%s/%s.img" % (self.tmp, kind), "%s/%s" % (self.tmp, kind)
		with open(image, "wb") as file:
			file.truncate(size)
		try:
			subprocess.run(["mkfs." + kind, "-q", image], check=True, stdout=subprocess.DEVNULL)
		except (OSError, subprocess.CalledProcessError):
			print("skip: no mkfs." + kind)
			return None, None
		os.mkdir(top)
		if subprocess.run(["mount", "-o", "loop", image, top]).returncode:
			print("skip: no", kind)
			return None, None
		return top, image


def of(trace, path):
	return [f for f in trace["files"] if f["path"] == path]


def clone(test):
	top, _ = test.mounted("btrfs", 128 << 20)
	if not top:
		return
	try:
		with open(top + "/source", "wb") as file:
			file.write(b"x" * 40000)
		os.sync()
		trace = test.trace([sys.executable, "-c", CLONE], top)
		copy = of(trace, top + "/copy")
		test.expect("FICLONE", copy and copy[0].get("peak_bytes") == 40000 and "write" in copy[0]["access"], copy)
		test.expect("FICLONE", trace["complete"], trace["losses"])
	finally:
		subprocess.run(["umount", top])


def handles(test):
	top, image = test.mounted("ext2", 8 << 20)
	if not top:
		return
	try:
		os.mkdir(top + "/dir")
		with open(top + "/dir/deep", "w") as file:
			file.write("deep")
		trace = test.trace([sys.executable, "-c", HANDLES, top, image])
		named = of(trace, top + "/dir/deep")
		test.expect("by handle: named or lost", "read" in named[0]["access"] or
			trace["losses"].get("unresolved_path"), (named, trace["losses"]))
		test.expect("by handle: not the mount point", not any("read" in f["access"] for f in of(trace, top)))
	finally:
		subprocess.run(["umount", top])


def binfmt(test):
	place = "/proc/sys/fs/binfmt_misc"
	mounted = os.path.exists(place + "/register")
	if not mounted and subprocess.run(["mount", "-t", "binfmt_misc", "none", place]).returncode:
		print("skip: no binfmt_misc")
		return
	name, script = "clnimg%d" % os.getpid(), test.tmp + "/program"
	with open(script, "w") as file:
		file.write("CLNT%d\n" % os.getpid())
	os.chmod(script, 0o755)
	try:
		with open(place + "/register", "w") as file:
			file.write(":%s:M::CLNT%d::/bin/cat:" % (name, os.getpid()))
		trace = test.trace([script])
		ran = [(e["path"], e.get("interpreter")) for e in trace["execs"] if e["path"] == script]
		test.expect("binfmt_misc", ran == [(script, os.path.realpath("/bin/cat"))], ran)
		test.expect("binfmt_misc", trace["complete"], trace["losses"])
	finally:
		if os.path.exists(place + "/" + name):
			with open(place + "/" + name, "w") as file:
				file.write("-1")
		if not mounted:
			subprocess.run(["umount", place])


def overlay(test):
	top = test.tmp + "/over"
	os.makedirs(top)
	subprocess.run(["mount", "-t", "tmpfs", "none", top], check=True)
	try:
		for name in ("lower", "upper", "work", "merged", "lower/sub", "lower/proc"):
			os.mkdir("%s/%s" % (top, name))
		for path in ("/bin", "/sbin", "/lib", "/lib64", "/usr", "/etc"):
			if os.path.islink(path):
				os.symlink(os.readlink(path), top + "/lower" + path)
			elif os.path.isdir(path):
				os.mkdir(top + "/lower" + path)
		with open(top + "/lower/data", "w") as file:
			file.write("x")
		script = "mount --rbind /usr %(top)s/lower/usr; " % {"top": top} + OVERLAY % {"top": top}
		# Bind mounts of the lower tree are not in the overlay: they are made in it.
		script = script.replace("mkdir old &&", "mkdir old && mount --rbind /usr usr &&")
		trace = test.trace(["unshare", "--mount", "sh", "-c", script])
		reads = {(f["path"], f["root"]) for f in trace["files"] if "read" in f["access"] and f["path"].endswith("/data")}
		test.expect("overlay: read in its own root", {p for p, _ in reads} == {"/data"}, reads)
		made = of(trace, "/sub/made")
		test.expect("overlay: made", made or trace["losses"].get("moved_root"), trace["losses"])
	finally:
		subprocess.run(["umount", "-l", top])


def main():
	if os.getuid() != 0:
		print("needs root")
		return 77
	with tempfile.TemporaryDirectory() as tmp:
		test = Test(os.path.abspath(sys.argv[1]), os.path.realpath(tmp))
		for part in clone, handles, binfmt, overlay:
			part(test)
	for line in test.failed:
		print("FAIL", line)
	print("mounts: %d wrong" % len(test.failed))
	return 1 if test.failed else 0


if __name__ == "__main__":
	sys.exit(main())
