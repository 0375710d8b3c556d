#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""same-as-strace.py PROFILER [WORKLOAD]... - the trace against ground truth.

Each workload runs once, under `strace -f -y` and the profiler at the same time:
both see the very same calls. Then each path's words are compared: what a call
did must be there, nothing else may be, and the file that an open led to must be
the one that strace shows. Every difference is printed.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile

from stracelog import Truth


def kind(root):
	return "host" if root["kind"] == "host" else root["recognised"]


def ours(trace, truth):
	"""path -> words, the pairs (path asked for, file it led to), and what the kernel
	executed by itself: interpreters of scripts."""
	words, led = {}, set()
	below = {"host": "", "chroot": min(truth.roots, default=None)}
	inside = {below[kind(trace["roots"][e["root"]])] + e["interpreter"]
		  for e in trace["execs"] if e.get("interpreter")}
	for entry in trace["files"]:
		root = below[kind(trace["roots"][entry["root"]])]
		path = (root + entry["path"]).rstrip("/") or "/"
		words.setdefault(path, set()).update(entry["access"])
		led.add((path, root + entry.get("target", entry["path"])))
	return words, led, inside


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


def workload_proc(tmp):
	"""Links of /proc are other ones for each process; many of them at once."""
	return ["sh", "-c", "mkdir d && touch d/1 d/2 d/3 d/4 && ls /proc/self/fd >/dev/null && "
		"readlink /proc/self/exe /proc/$$/cwd >/dev/null && cat /proc/$$/status >/dev/null && "
		"cat <d/1 /proc/self/fd/0 && cat /dev/stdin <d/2 && { [ -e /proc/1/root/etc ]; ls d/* | "
		"xargs -P 4 -n 1 sh -c 'cd d && cat ../$0 && cp ../$0 ../$0.copy && rm ../$0.copy'; }"]


def workload_package(tmp):
	"""dpkg installs a package that it builds itself; its script runs in a chroot."""
	if not shutil.which("dpkg-deb") or not shutil.which("busybox"):
		return None
	os.makedirs(tmp + "/root/bin")
	shutil.copy(shutil.which("busybox"), tmp + "/root/bin/sh")
	return ["sh", "-c", "mkdir -p pkg/DEBIAN pkg/usr/share/thing root/var/lib/dpkg/info root/var/lib/dpkg/updates "
		"root/var/lib/dpkg/triggers && : >root/var/lib/dpkg/status && "
		"printf 'Package: thing\\nVersion: 1\\nArchitecture: all\\nMaintainer: x <x@y>\\nDescription: x\\n' >pkg/DEBIAN/control && "
		"printf '#!/bin/sh\\necho x >/made; cd /usr/share; echo thing/*; [ -e /none ]; :\\n' >pkg/DEBIAN/postinst && "
		"chmod 755 pkg/DEBIAN/postinst && echo x >pkg/usr/share/thing/file && dpkg-deb -b pkg thing.deb >/dev/null && "
		"dpkg --root=root --force-not-root --log=/dev/null -i thing.deb >/dev/null && test -e root/made && "
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
		trace = without_strace(json.load(open(out)))
		truth = Truth(log, tmp)
		if keep:
			shutil.copy(log, keep)
		os.unlink(log)
		os.unlink(out)
		return differences(name, truth, trace) + unnoticed(name, truth, trace)


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


def unnoticed(name, truth, trace):
	"""A trace with one fault of each kind must differ: else this test proves nothing."""
	files = trace["files"]
	paths = [f["path"] for f in files]
	read = next(i for i, f in enumerate(files) if f["access"] == ["read"] and "target" in f
		    and paths.count(f["path"]) == 1)
	faults = {"a file is gone": files[:read] + files[read + 1:],
		  "a word is gone": [dict(f, access=[]) if i == read else f for i, f in enumerate(files)],
		  "a word too many": files + [dict(files[read], access=["write"])],
		  "a file too many": files + [dict(files[read], path="/nobody/named/this")],
		  "another file": files[:read] + [dict(files[read], target="/x")] + files[read + 1:]}
	wrong = [what for what, has in faults.items()
		 if not compare_sets(truth, dict(trace, files=has))]
	for what in wrong:
		print("%-10s BLIND %s" % (name, what))
	return len(wrong)


def compare_sets(truth, trace):
	found, led, inside = ours(trace, truth)
	wrong = []
	for path, facts in sorted(truth.facts.items()):
		have = found.get(path, set())
		for fact in facts:
			if not fact.holds(have):
				wrong.append("LOST %s: %s%s, here %s" % (path, " ".join(sorted(fact.must)),
					"|".join(sorted(fact.one)), " ".join(sorted(have))))
		may = set().union(*(fact.words() for fact in facts))
		if have - may - ({"exec"} if path in inside else set()):
			wrong.append("MORE %s: %s" % (path, " ".join(sorted(have - may))))
	for path in sorted(set(found) - set(truth.facts)):
		more = found[path] - ({"exec"} if path in inside else set()) - ({"stat"} if path in truth.left else set())
		if more:
			wrong.append("MORE %s: %s" % (path, " ".join(sorted(more))))
	for path, to in sorted(truth.led - led):
		wrong.append("LED  %s to %s" % (path, to))
	return sorted(set(wrong))


def differences(name, truth, trace):
	wrong = compare_sets(truth, trace)
	for line in wrong:
		print("%-10s %s" % (name, line))
	print("%-10s %d paths in strace, %d here, %d opens led somewhere, %d differ" %
		(name, len(truth.facts), len(ours(trace, truth)[0]), len(truth.led), len(wrong)))
	return len(wrong)


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
