# SPDX-License-Identifier: Apache-2.0
"""The ways to watch a command: ours, the floors, the peers.

A way turns a command into one that runs watched. One that cannot run here says
why: what is missing, or what it printed when it was tried.
"""
import contextlib
import os
import shlex
import shutil
import subprocess
import tempfile
import time

# What bpftrace would need at the least to tell which files were asked for.
BPFTRACE_CALLS = ["openat", "newfstatat", "statx", "access", "faccessat2", "readlink",
		  "readlinkat", "unlinkat", "execve"]
ARGUMENT = {"readlink": "path", "readlinkat": "pathname", "unlinkat": "pathname"}


class Way:
	slow = 1  # micro workloads are made so many times shorter

	def __init__(self, name, prefix, tmp):
		self.name, self.prefix, self.tmp = name, prefix, tmp

	def command(self, argv):
		return self.prefix + argv

	@contextlib.contextmanager
	def watching(self):
		yield

	def why_not(self):
		if self.prefix and not shutil.which(self.prefix[0]):
			return "not installed"
		try:
			with self.watching():
				tried = subprocess.run(self.command(["/bin/true"]), stdout=subprocess.PIPE,
					stderr=subprocess.STDOUT, text=True, timeout=60)
		except (OSError, subprocess.TimeoutExpired) as problem:
			return str(problem)
		if tried.returncode:
			return (tried.stdout.strip().splitlines() or ["exit %d" % tried.returncode])[-1]
		return None


class Slow(Way):
	slow = 20


class Beside(Way):
	"""Watches the whole host, or another cgroup, while the command runs by itself."""

	def __init__(self, name, watcher, tmp):
		super().__init__(name, [], tmp)
		self.watcher = watcher

	@contextlib.contextmanager
	def watching(self):
		said = tempfile.TemporaryFile("w+")
		process = subprocess.Popen(self.watcher, stdout=subprocess.DEVNULL, stderr=said)
		time.sleep(0.7)
		try:
			if process.poll() is not None:
				said.seek(0)
				raise OSError(said.read().strip() or "exit %d" % process.returncode)
			yield
		finally:
			process.terminate()
			process.wait()

	def why_not(self):
		if not shutil.which(self.watcher[0]):
			return "not installed"
		return super().why_not()


class Bpftrace(Slow):
	"""A script for one cgroup, since bpftrace has no notion of descendants."""

	def __init__(self, tmp):
		super().__init__("bpftrace", ["bpftrace"], tmp)
		self.cgroup = os.path.join(cgroup_mount(), "clnimg-bench-%d" % os.getpid())
		self.script = tmp + "/files.bt"
		with open(self.script, "w") as out:
			for call in BPFTRACE_CALLS:
				out.write('tracepoint:syscalls:sys_enter_%s /cgroup == cgroupid("%s")/ '
					  '{ printf("%%d %s %%s\\n", pid, str(args->%s)); }\n' % (call, self.cgroup, call,
					  ARGUMENT.get(call, "filename")))

	@contextlib.contextmanager
	def watching(self):
		os.mkdir(self.cgroup)
		try:
			yield
		finally:
			for _ in range(50):
				with contextlib.suppress(OSError):
					os.rmdir(self.cgroup)
					break
				time.sleep(0.1)

	def command(self, argv):
		inside = 'echo $$ >%s/cgroup.procs; exec "$@"' % self.cgroup
		line = shlex.join(["/bin/sh", "-c", inside, "sh"] + argv)
		wrapper = self.tmp + "/inside"  # -c splits at spaces and knows no quotes
		with open(wrapper, "w") as out:
			out.write("#!/bin/sh\nexec %s\n" % line)
		return ["bpftrace", "-q", "-o", self.tmp + "/trace", "-c", "/bin/sh " + wrapper, self.script]


def cgroup_mount():
	with open("/proc/self/mountinfo") as mounts:
		for line in mounts:
			fields = line.split()
			if fields[fields.index("-") + 1] == "cgroup2":
				return fields[4]
	raise SystemExit("no cgroup2 is mounted")


def all_ways(profiler, empty, tmp):
	"""Those that work here, and a list of (name, reason) of those that do not."""
	trace = tmp + "/trace"
	ours = [profiler, "-q", "--allow-incomplete", "-o"]
	candidates = [
		Way("empty programs", [empty], tmp),
		Way("only names", [empty, "--names"], tmp),
		Way("clnimg-profile", ours + [trace, "--"], tmp),
		Beside("outside", ours + [tmp + "/other", "--", "sleep", "1000"], tmp),
		Slow("strace", ["strace", "-f", "-qq", "-e", "trace=%file", "-o", trace], tmp),
		Slow("strace --seccomp-bpf", ["strace", "-f", "--seccomp-bpf", "-qq", "-e", "trace=%file",
			"-o", trace], tmp),
		Bpftrace(tmp),
		Slow("perf trace", ["perf", "trace", "-e", ",".join(BPFTRACE_CALLS), "-o", trace, "--"], tmp),
		Beside("fatrace", ["fatrace"], tmp),
	]
	working, not_here = [Way("untraced", [], tmp)], []
	for way in candidates:
		reason = way.why_not()
		if reason:
			not_here.append((way.name, reason))
		else:
			working.append(way)
	return working, not_here
