#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""same-as-strace.py PROFILER [WORKLOAD]... - the trace against ground truth.

Each workload runs once, under `strace -f -y` and the profiler at the same time:
both see the very same calls. Then the two sets of (path, class) are compared,
and every difference is printed. Classes are those that strace can tell: found
(a look, an open, a change succeeded), missing, and changed.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

CALL = re.compile(r"^(?:\d+ +)?([a-z0-9_]+)\((.*)\)\s+= (-?\d+|\?)(?:<(.*?)>)?(?: ([A-Z]+) .*)?$")
WORDS = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')
BASE = re.compile(r'(AT_FDCWD|-?\d+)<((?:[^<>\\]|\\.)*)>')
TWO = {"rename", "renameat", "renameat2", "link", "linkat"}
CHANGES = {"mkdir", "mkdirat", "mknod", "mknodat", "unlink", "unlinkat", "rmdir", "chmod",
	   "fchmodat", "fchmodat2", "chown", "lchown", "fchownat", "utime", "utimes", "utimensat",
	   "futimesat", "truncate", "setxattr", "lsetxattr", "removexattr", "creat", "bind"} | TWO
LOOKS = {"stat", "lstat", "newfstatat", "statx", "access", "faccessat", "faccessat2", "readlink",
	 "readlinkat", "statfs", "getxattr", "lgetxattr", "listxattr", "llistxattr", "open",
	 "openat", "openat2", "execve", "execveat", "chdir", "inotify_add_watch", "connect"}
WRITE_FLAGS = ("O_WRONLY", "O_RDWR", "O_CREAT", "O_TRUNC")
MISSING = ("ENOENT", "ENOTDIR")
# The call did not happen, or says nothing about a file.
VOID = ("EFAULT", "EBADF", "ENOSYS", "EINTR", "ERESTARTSYS")


def unescape(text):
	return text.encode("latin-1", "replace").decode("unicode_escape").encode("latin-1", "replace") \
		.decode("utf-8", "surrogateescape")


def absolute(base, text, error=None, left=None):
	"""The path asked for. A ".." leaves what a symlink before it leads to; where the
	name before it is missing, that is what the call missed. left: names left."""
	if not text:
		return None
	done, rest = ("/" if text[0] == "/" else base), text.split("/")
	certain, links = len(done), 0
	while rest:
		name = rest.pop(0)
		if name in ("", "."):
			continue
		if name != "..":
			done = done.rstrip("/") + "/" + name
			continue
		if len(done) > certain:
			if left is not None:
				left.add(done)
			if not os.path.lexists(done) and error in MISSING:
				return done
			if os.path.islink(done) and links < 40:
				links += 1
				rest = os.readlink(done).split("/") + [".."] + rest
				if os.readlink(done)[0] == "/":
					done, certain = "/", 1
				else:
					done = os.path.dirname(done)
				continue
		done = os.path.dirname(done)
		certain = min(certain, len(done))
	return done.replace("//", "/")


class Truth:
	"""What strace saw: path -> classes."""

	def __init__(self, log, cwd):
		self.facts = {}
		self.left = set()	# names that a ".." left: looked up on the way
		self.cwd = {}		# process -> directory, after its last chdir
		self.start = cwd
		lines = list(self.joined(log))
		self.parent = {}	# process -> the one that forked it
		for pid, text in lines:
			fork = re.match(r"(clone3?|v?fork)\(.*= (\d+)(<.*>)?$", text)
			if fork:
				self.parent[fork.group(2)] = pid
		for line in lines:
			self.line(*line)

	@staticmethod
	def joined(log):
		"""Lines with "<unfinished ...>" and "resumed" put together, by process."""
		waiting = {}
		for line in open(log, encoding="latin-1"):
			line = line.rstrip("\n")
			pid, _, rest = line.partition(" ")
			rest = rest.strip()
			if rest.endswith("<unfinished ...>"):
				waiting[pid] = rest[:-len("<unfinished ...>")].rstrip()
				continue
			resumed = re.match(r"<\.\.\. \w+ resumed>(.*)$", rest)
			if resumed:
				rest = waiting.pop(pid, "") + resumed.group(1)
			yield pid, rest

	def add(self, path, kind):
		if path:
			self.facts.setdefault(path, set()).add(kind)

	def line(self, pid, text):
		match = CALL.match(text)
		if not match:
			return
		name, args, result, _, error = match.groups()
		if name not in LOOKS | CHANGES | {"symlink", "symlinkat", "fchdir"} or error in VOID:
			return
		if result == "?":
			return
		cwd = self.cwd_of(pid)
		at = re.search(r"AT_FDCWD<((?:[^<>\\]|\\.)*)>", args)
		if at:
			cwd = self.cwd[pid] = unescape(at.group(1))
		words = [unescape(w) for w, _ in WORDS.findall(args)]
		bases = [unescape(b) for _, b in BASE.findall(args)]
		if name in ("connect", "bind") and ("AF_UNIX" not in args or 'path=@"' in args):
			return
		paths = self.paths(name, words, [] if name in ("connect", "bind") else bases, cwd, error)
		if name in ("chdir", "fchdir") and error is None:
			self.move(pid, name, args, words)
		changes = name in CHANGES or (name in ("open", "openat", "openat2") and
			any(f in args for f in WRITE_FLAGS)) or name.startswith("symlink")
		for path in paths:
			if error in MISSING:
				self.add(path, "missing")
			elif error is None or error in ("EEXIST", "EINVAL", "ENODATA", "EACCES", "ELOOP",
				"ENOTEMPTY", "EISDIR", "ENXIO", "EROFS", "EPERM", "ENOEXEC", "EOPNOTSUPP",
				"ETXTBSY", "ENOTSUP", "ERANGE", "EXDEV", "EBUSY"):
				self.add(path, "found")
			if changes and error is None:
				self.add(path, "changed")

	def paths(self, name, words, bases, cwd, error):
		if name == "fchdir" or not words:
			return []
		if name in ("execve", "execveat"):
			words = words[:1]
		if name.startswith("symlink"):
			words = words[1:2]
		elif name not in TWO:
			words = words[:1]
		else:
			words = words[:2]
		out = []
		for i, word in enumerate(words):
			if not word:
				continue	# AT_EMPTY_PATH
			base = bases[i] if i < len(bases) else bases[-1] if bases else cwd
			if base.startswith(("socket:", "UNIX", "pipe:", "anon_inode")):
				base = cwd
			out.append(absolute(base, word, error, self.left))
		return out

	def cwd_of(self, pid):
		"""A process starts where its parent stands when it is first seen."""
		if pid not in self.cwd:
			parent = self.parent.get(pid)
			self.cwd[pid] = self.cwd_of(parent) if parent else self.start
		return self.cwd[pid]

	def move(self, pid, name, args, words):
		if name == "fchdir":
			base = BASE.search(args)
			self.cwd[pid] = unescape(base.group(2)) if base else self.start
		else:
			self.cwd[pid] = os.path.realpath(os.path.join(self.cwd_of(pid), words[0]))


def ours(trace):
	facts = {}
	changing = {"write", "create", "delete", "rename", "link", "metadata"}
	for entry in trace["files"]:
		if trace["roots"][entry["root"]]["kind"] != "host":
			continue
		kinds = facts.setdefault(entry["path"], set())
		access = set(entry["access"])
		if access - {"missing"} - changing:
			kinds.add("found")
		if "missing" in access:
			kinds.add("missing")
		if access & changing:
			# A change that was tried where something was missing, or done:
			# the manifest keeps the intent for both.
			kinds |= {"changed", "found"}
	return facts


def workload_c_build(tmp):
	for i in range(4):
		with open("%s/part%d.c" % (tmp, i), "w") as out:
			out.write("#include <stdio.h>\n#include <stdlib.h>\n#include <string.h>\n"
				  "int f%d(void);\nint f%d(void) { return printf(\"%d\"); }\n" % (i, i, i))
	with open(tmp + "/main.c", "w") as out:
		out.write("int f0(void); int main(void) { return f0() < 0; }\n")
	return ["sh", "-c", "for i in 0 1 2 3; do cc -O1 -c -o part$i.o part$i.c || exit 1; done; "
		"ar rcs lib.a part*.o && cc -o main main.c lib.a && ./main && strip main"]


def workload_python(tmp):
	with open(tmp + "/test_it.py", "w") as out:
		out.write("import unittest, json, sqlite3, tempfile, subprocess, os\n"
			  "class T(unittest.TestCase):\n"
			  "\tdef test_a(self):\n\t\twith tempfile.TemporaryDirectory() as d:\n"
			  "\t\t\tc = sqlite3.connect(d + '/x.db'); c.execute('create table t (a)'); c.commit()\n"
			  "\tdef test_b(self):\n\t\tself.assertEqual(subprocess.run(['true']).returncode, 0)\n"
			  "\tdef test_c(self):\n\t\tself.assertFalse(os.path.exists('/nonexistent/thing'))\n")
	return [sys.executable, "-m", "unittest", "test_it"]


def workload_git(tmp):
	return ["sh", "-c", "export GIT_CONFIG_NOSYSTEM=1 HOME=$PWD GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b "
		"GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b; git init -q repo && cd repo && "
		"echo a >a && git add a && git commit -qm one && git checkout -qb two && echo b >>a && "
		"git commit -qam two && git log --stat >/dev/null && git gc -q && git clone -q . ../copy"]


def workload_find(tmp):
	return ["sh", "-c", "mkdir -p d/e/f && touch d/a d/e/b d/e/f/c && ln -s a d/link && "
		"find d /usr/share/doc/bash /etc/apt -type f | sort >list && grep -rl GPL /usr/share/doc/bash | wc -l && "
		"find d -name c -exec cat {} + && ls -lR d >/dev/null"]


def workload_tar(tmp):
	return ["sh", "-c", "mkdir src && cp -r /usr/share/doc/bash src/ && tar czf a.tgz src && mkdir out && "
		"tar xzf a.tgz -C out && diff -r src out/src && cp -a out/src copy && rm -r src && mv copy src && rm -r out"]


def workload_node(tmp):
	if not shutil.which("node"):
		return None
	return ["node", "-e", "const fs=require('fs');fs.writeFileSync('x.txt','1');fs.renameSync('x.txt','y.txt');"
		"fs.readdirSync('/usr');try{fs.statSync('/none')}catch(e){};"
		"require('child_process').execSync('cat y.txt');fs.unlinkSync('y.txt')"]


def workload_perl(tmp):
	return ["perl", "-e", "use POSIX; use File::Temp; use File::Path; use Socket; mkdir 'p'; "
		"File::Path::make_path('p/q/r'); open(my $f, '>', 'p/q/x') or die; print $f 1; close $f; "
		"rename 'p/q/x', 'p/q/y'; unlink 'p/q/y'; chdir 'p' or die; -e 'q/r' or die; -e 'q/s'; symlink 'q', 'l'; chdir 'l' or die; -e 'r' or die"]


def workload_package(tmp):
	"""dpkg installs a package that it builds itself, into a root of its own."""
	if not shutil.which("dpkg-deb"):
		return None
	return ["sh", "-c", "mkdir -p pkg/DEBIAN pkg/usr/share/thing root/var/lib/dpkg/info root/var/lib/dpkg/updates "
		"root/var/lib/dpkg/triggers && : >root/var/lib/dpkg/status && "
		"printf 'Package: thing\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@y>\\nDescription: x\\n' >pkg/DEBIAN/control && "
		"echo x >pkg/usr/share/thing/file && dpkg-deb -b pkg thing.deb >/dev/null && "
		"dpkg --root=root --force-not-root --log=/dev/null -i thing.deb >/dev/null && "
		"dpkg --root=root -s thing >/dev/null && dpkg --root=root --log=/dev/null -P thing >/dev/null 2>&1"]


WORKLOADS = {name[9:]: function for name, function in sorted(globals().items())
	     if name.startswith("workload_")}


def compare(profiler, name, keep):
	with tempfile.TemporaryDirectory() as tmp:
		tmp = os.path.realpath(tmp)
		command = WORKLOADS[name](tmp)
		if command is None:
			print("%-10s skipped: its program is not installed" % name)
			return 0
		log, out = tmp + ".strace", tmp + ".json"
		done = subprocess.run([profiler, "--quiet", "-o", out, "--", "strace", "-f", "-y",
			"-qq", "-s", "4096", "-e", "signal=none", "-o", log] + command,
			cwd=tmp, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)
		if done.returncode:
			print("%-10s FAIL: status %d" % (name, done.returncode))
			return 1
		trace = json.load(open(out))
		seen = Truth(log, tmp)
		truth = seen.facts
		found = {path: kinds for path, kinds in ours(without_strace(trace)).items()
			if path in truth or path not in seen.left}
		if keep:
			shutil.copy(log, keep)
		os.unlink(log)
		os.unlink(out)
		return differences(name, truth, found, tmp)


def without_strace(trace):
	"""strace itself is in the cgroup: what only it used is not the workload's."""
	mine = {i for i, e in enumerate(trace["execs"]) if os.path.basename(e["path"]) == "strace"}
	files = []
	for entry in trace["files"]:
		hows = entry.get("how") or [entry["access"]] * len(entry["by"])
		left = [h for by, h in zip(entry["by"], hows) if by not in mine]
		if left:
			files.append(dict(entry, access=sorted({a for h in left for a in h}), how=left))
	return dict(trace, files=files)


def differences(name, truth, found, tmp):
	wrong = 0
	for path in sorted(truth):
		lost = truth[path] - found.get(path, set())
		if lost and not path.startswith("/proc/"):
			print("%-10s LOST   %s: %s" % (name, path, " ".join(sorted(lost))))
			wrong += 1
	for path in sorted(found):
		# What a descriptor led to, and what the kernel itself opened, strace
		# shows under the name that was asked for.
		more = found[path] - truth.get(path, set()) - {"changed"}
		if path not in truth and more and not path.startswith("/proc/") and not explained(path, truth):
			print("%-10s MORE   %s: %s" % (name, path, " ".join(sorted(more))))
			wrong += 1
	print("%-10s %d paths in strace, %d here, %d differ" % (name, len(truth), len(found), wrong))
	return wrong


def explained(path, truth):
	"""A symlink on the way: some name that strace saw leads to this file."""
	global REAL
	key = id(truth)
	if REAL[0] != key:
		REAL = (key, {os.path.realpath(p) for p in truth})
	return os.path.realpath(path) in REAL[1]


REAL = (None, set())


def main():
	if os.getuid() != 0:
		print("needs root")
		return 77
	if not shutil.which("strace"):
		print("needs strace")
		return 77
	profiler = os.path.abspath(sys.argv[1])
	wrong = 0
	for name in sys.argv[2:] or WORKLOADS:
		wrong += compare(profiler, name, os.environ.get("KEEP_LOG"))
	print("strace and the profiler see the same" if not wrong else "%d differences" % wrong)
	return 1 if wrong else 0


if __name__ == "__main__":
	sys.exit(main())
