# SPDX-License-Identifier: Apache-2.0
"""stracelog.py - what a log of `strace -f -y` says each call did to which path.

The words are the manifest's: an open for reading is "read", a look at what is not
there "missing". Where strace cannot tell (was it a directory? was the file made
by this open?) a fact has several ways to be true.
"""
import os
import re

CALL = re.compile(r"^(?:\d+ +)?([a-z0-9_]+)\((.*)\)\s+= (-?\d+|0x[0-9a-f]+|\?)(?:<(.*?)>)?(?: ([A-Z]+) .*)?$")
WORDS = re.compile(r'"((?:[^"\\]|\\.)*)"(\.\.\.)?')
BASE = re.compile(r'(AT_FDCWD|-?\d+)<((?:[^<>\\]|\\.)*)>')
TWO = {"rename": "rename", "renameat": "rename", "renameat2": "rename", "link": "link",
       "linkat": "link"}
ONE = {"mkdir": "create", "mkdirat": "create", "mknod": "create", "mknodat": "create",
       "unlink": "delete", "unlinkat": "delete", "rmdir": "delete", "chmod": "metadata",
       "fchmodat": "metadata", "fchmodat2": "metadata", "chown": "metadata", "lchown": "metadata",
       "fchownat": "metadata", "utime": "metadata", "utimes": "metadata", "utimensat": "metadata",
       "futimesat": "metadata", "setxattr": "metadata", "lsetxattr": "metadata",
       "removexattr": "metadata", "lremovexattr": "metadata", "truncate": "write", "bind": "bind",
       "connect": "connect", "stat": "stat", "lstat": "stat", "newfstatat": "stat",
       "statx": "stat", "access": "stat", "faccessat": "stat", "faccessat2": "stat",
       "readlink": "readlink", "readlinkat": "readlink", "statfs": "stat", "getxattr": "stat",
       "lgetxattr": "stat", "listxattr": "stat", "llistxattr": "stat", "chdir": "chdir",
       "chroot": "chdir", "inotify_add_watch": "stat", "execve": "exec", "execveat": "exec"}
SYMLINK = {"symlink", "symlinkat"}
OPEN = {"open", "openat", "openat2", "creat"}
# The first argument is a descriptor, and what it leads to is what counts.
FD = {"getdents": "list", "getdents64": "list", "fchmod": "metadata", "fchown": "metadata",
      "fsetxattr": "metadata", "fremovexattr": "metadata", "fgetxattr": "stat",
      "flistxattr": "stat", "ftruncate": "write", "fallocate": "write", "fchdir": "chdir"}
CHANGING = {"write", "create", "delete", "rename", "link", "metadata", "bind"}
MISSING = ("ENOENT", "ENOTDIR")
# The call did not happen, or says nothing about a file.
VOID = ("EFAULT", "EBADF", "ENOSYS", "EINTR", "ERESTARTSYS", "ERESTARTNOINTR")
SAME = ("ENOSPC", "EDQUOT", "EXDEV", "EISDIR", "EINPROGRESS", "EAGAIN", "ECONNREFUSED")


def unescape(text):
	return text.encode("latin-1", "replace").decode("unicode_escape").encode("latin-1", "replace") \
		.decode("utf-8", "surrogateescape")


def absolute(base, text, error=None, left=None, cut=None, root=""):
	"""The path asked for, below the root of the process. A ".." leaves what a symlink before it leads to; where the
	name before it is missing, that is what the call missed. left: names left."""
	if not text:
		return None
	done, rest = ((root or "/") if text[0] == "/" else base), text.split("/")
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
				if cut is not None:
					cut.add(done)
				return done
			if os.path.islink(done) and links < 40:
				links += 1
				rest = os.readlink(done).split("/") + [".."] + rest
				if os.readlink(done)[0] == "/":
					done, certain = root or "/", len(root) or 1
				else:
					done = os.path.dirname(done)
				continue
		done = os.path.dirname(done)
		certain = min(certain, len(done))
	return done.replace("//", "/")


def ended(wanted, error):
	"""What a call that wanted these words leaves when it ends so."""
	if error is None or error in SAME:
		return wanted
	if error in MISSING:
		return {"missing"} | (wanted & CHANGING)
	if error in ("EACCES", "EPERM", "EROFS"):
		return {"denied"} | wanted
	if error == "ENOEXEC":
		return wanted | {"read"}
	if error in ("ENODATA", "ERANGE", "EOPNOTSUPP", "ENOTSUP"):
		return wanted if wanted - CHANGING else wanted | {"stat"}
	return {"stat"}


class Fact:
	"""Words that must be there, some of which one must be, and some that may."""

	def __init__(self, must, may=(), one=()):
		self.must, self.may, self.one = frozenset(must), frozenset(may), frozenset(one)

	def holds(self, have):
		return self.must <= have and (not self.one or bool(self.one & have))

	def words(self):
		return self.must | self.may | self.one


def of_open(name, args, error):
	"""The ways in which an open can have gone, as strace cannot see the file."""
	flags = set(re.findall(r"O_[A-Z]+", args))
	if name == "creat":
		flags = {"O_WRONLY", "O_CREAT", "O_TRUNC"}
	if "O_PATH" in flags:
		return Fact(ended({"stat"}, error))
	wanted = set() if "O_WRONLY" in flags else {"read"}
	if flags & {"O_WRONLY", "O_RDWR", "O_TRUNC", "O_TMPFILE"}:
		wanted.add("write")
	if "O_TMPFILE" in flags:
		wanted |= {"create"}
	if error is not None:
		return Fact(ended(wanted | ({"create"} if "O_CREAT" in flags else set()), error))
	if wanted == {"read"} and "O_DIRECTORY" in flags:
		return Fact({"stat"})
	if wanted == {"read"} and "O_CREAT" not in flags:
		return Fact((), (), {"read", "stat"})	# a directory is looked at, not read
	return Fact(wanted, {"create"} if "O_CREAT" in flags else ())


class Truth:
	"""What strace saw. facts: path -> [Fact]; led: (path asked for, file it led to)."""

	def __init__(self, log, cwd):
		self.facts = {}
		self.led = set()
		self.cut = set()	# names of the current call that were missing on its way
		self.left = set()	# names that a ".." left: looked up on the way
		self.cwd = {}		# process -> directory, after its last chdir
		self.root = {}		# process -> where it changed its root to; "": nowhere
		self.roots = set()
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

	def add(self, path, fact):
		if path:
			self.facts.setdefault(path, []).append(fact)

	def line(self, pid, text):
		match = CALL.match(text)
		if not match:
			return
		name, args, result, led, error = match.groups()
		if error in VOID or result == "?":
			return
		if name in FD or name == "mmap":
			self.descriptor(name, args, error)
		if name == "fchdir" and error is None:
			self.move(pid, name, args, [])
		if name not in ONE and name not in TWO and name not in OPEN | SYMLINK:
			return
		at = re.search(r"AT_FDCWD<((?:[^<>\\]|\\.)*)>", args)
		if at:
			self.cwd[pid] = unescape(at.group(1))
		if name in ("connect", "bind") and ("AF_UNIX" not in args or 'path=@"' in args):
			return
		words = [unescape(w) for w, _ in WORDS.findall(args)]
		bases = [unescape(b) for _, b in BASE.findall(args)]
		self.cut = set()
		paths = self.paths(pid, name, words, [] if name in ("connect", "bind") else bases, error)
		if name in ("chdir", "chroot") and error is None:
			self.move(pid, name, args, paths)
		fact = self.fact(name, args, error)
		if not words or not words[0]:
			self.itself(fact, bases)
		for path in paths:
			# A name on the way was missing, not the one that was to change.
			part = path in self.cut
			self.add(path, Fact({"missing"}) if part else fact)
		if name in OPEN and error is None and led and paths:
			self.add_led(paths[0], unescape(led))

	@staticmethod
	def fact(name, args, error):
		if name in OPEN:
			return of_open(name, args, error)
		word = "link" if name in SYMLINK else TWO.get(name) or ONE[name]
		return Fact(ended({word}, error))

	def add_led(self, path, led):
		if led.startswith("/") and not led.endswith(" (deleted)"):
			self.led.add((path, led))

	def itself(self, fact, bases):
		"""AT_EMPTY_PATH, utimensat(fd, NULL): a look at oneself says nothing new."""
		if bases and bases[0].startswith("/") and not bases[0].endswith(" (deleted)") \
				and fact.must & CHANGING:
			self.add(bases[0], fact)

	def descriptor(self, name, args, error):
		at = BASE.search(args)
		if not at or error is not None and name == "fchdir":
			return
		path = unescape(at.group(2))
		if not path.startswith("/") or path.endswith(" (deleted)"):
			return
		if name == "mmap":
			if "PROT_EXEC" in args and error is None:
				self.add(path, Fact({"map"}))
			return
		self.add(path, Fact(ended({FD[name]}, error)))

	def paths(self, pid, name, words, bases, error):
		if not words:
			return []
		if name in ("execve", "execveat"):
			words = words[:1]
		if name.startswith("symlink"):
			words = words[1:2]
		elif name not in TWO:
			words = words[:1]
		else:
			words = words[:2]
		out, cwd = [], self.cwd_of(pid)
		for i, word in enumerate(words):
			if not word:
				continue	# AT_EMPTY_PATH
			base = bases[i] if i < len(bases) else bases[-1] if bases else cwd
			if base.startswith(("socket:", "UNIX", "pipe:", "anon_inode")):
				base = cwd
			out.append(absolute(base, word, error, self.left, self.cut,
				self.root_of(pid)))
		return out

	def cwd_of(self, pid):
		"""A process starts where its parent stands when it is first seen."""
		if pid not in self.cwd:
			parent = self.parent.get(pid)
			self.cwd[pid] = self.cwd_of(parent) if parent else self.start
		return self.cwd[pid]

	def root_of(self, pid):
		if pid not in self.root:
			parent = self.parent.get(pid)
			self.root[pid] = self.root_of(parent) if parent else ""
		return self.root[pid]

	def move(self, pid, name, args, paths):
		if name == "fchdir":
			base = BASE.search(args)
			self.cwd[pid] = unescape(base.group(2)) if base else self.start
		elif name == "chroot":
			self.root[pid] = paths[0]
			self.roots.add(paths[0])
		else:
			self.cwd[pid] = os.path.realpath(paths[0])
