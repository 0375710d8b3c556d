#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""check-calls.py PROFILER CALLS | --console FILE

Every system call that names something, for real.

Runs CALLS under PROFILER and compares each path of the scratch folder with what
the call must have left in the trace: access, target, peak size, program. A path
that nobody expects fails the test as well. --console reads what a run in a
virtual machine printed (tests/kernels/profiler/capture.sh).
"""
import json
import os
import subprocess
import sys
import tempfile

WRITE_CREATE = "write create"
EXPECTED = {
	# opens
	"do_open": "read", "do_open_write": ("write", 8), "do_open_create": ("read write create", 3),
	"do_open_missing": "missing", "do_open_link": ("read", None, "do_open_link_target"),
	"do_open_nofollow": "stat", "do_open_path": "stat", "do_open_trunc": "read write",
	"do_openat": "read", "do_openat2": "read", "do_creat": WRITE_CREATE,
	"do_tmpfile": "read write create", "do_open_dir": "stat", "do_handle": "read stat",
	# looks
	"do_stat": "stat", "do_lstat": "stat", "do_fstatat": "stat", "do_statx": "stat",
	"do_stat_missing": "missing", "do_stat_notdir/below": "missing", "do_access": "stat",
	"do_faccessat": "stat", "do_faccessat2": "stat", "do_statfs": "stat",
	"do_readlink": "readlink", "do_readlinkat": "readlink", "do_getxattr": "stat",
	"do_lgetxattr": "stat", "do_listxattr": "stat", "do_llistxattr": "stat",
	"do_inotify": "stat", "do_fanotify": "stat",
	# directories
	"do_chdir": "chdir", "do_chdir/inner_of_chdir": "missing",
	"do_chdir_link": ("chdir", None, "do_chdir_link_target"), "do_fchdir": "chdir stat",
	"do_chroot": "chdir", "do_getdents64": "list stat", "do_getdents": "list stat",
	# working directories that are shared otherwise than by processes
	**{name: "chdir create" for name in ("do_cwd_shared", "do_cwd_exec", "do_cwd_unshared",
		"do_cwd_unshared_beside", "do_cwd_thread", "do_cwd_thread_beside", "do_cwd_chroot")},
	**{name + "/deep": "create" for name in ("do_cwd_shared", "do_cwd_exec", "do_cwd_unshared",
		"do_cwd_unshared_beside", "do_cwd_thread", "do_cwd_thread_beside", "do_cwd_chroot")},
	**{name + "/below": ("chdir", None, "deep") for name in ("do_cwd_shared", "do_cwd_exec",
		"do_cwd_unshared", "do_cwd_unshared_beside", "do_cwd_thread", "do_cwd_thread_beside")},
	"do_cwd_chroot/below": "link rename", "do_cwd_chroot/below_of_chroot": "rename",
	# names that mean something else than their text says
	"do_magic_chmod": "stat", "do_magic_truncate": "stat", "do_magic_link": "stat",
	"do_magic_link_other": "link", "do_magic_readlink": "stat", "do_magic_below": "stat",
	"do_magic_below/in": "create stat", "do_magic_missing": "stat",
	"do_magic_missing/gone": "missing", "do_magic_rename": "stat",
	"do_magic_rename/in": "create rename", "do_magic_rename/out": "rename",
	"do_readlink_fd": "readlink stat", "do_in_root": "stat", "do_in_root/etc": "create stat",
	"do_in_root_missing": "stat", "do_in_root_missing/gone": "missing",
	"do_chattr": "metadata read",
	# changes
	"do_truncate": "write", "do_ftruncate": ("write", 4097), "do_fallocate": ("write", 5000),
	"do_mkdir": "create", "do_mkdir_exists": "stat", "do_mkdirat": "create",
	"do_mknod": "create", "do_mknodat": "create",
	"do_rename": "rename", "do_rename_other": "rename",
	"do_renameat": "rename", "do_renameat_other": "rename",
	"do_renameat2": "rename", "do_renameat2_other": "rename",
	"do_unlink": "delete", "do_unlinkat": "delete", "do_unlink_missing": "delete missing",
	"do_rmdir": "delete", "do_rmdirat": "delete", "do_link": "link", "do_link_other": "link",
	"do_linkat": "link", "do_linkat_other": "link", "do_linkat_fd": "link read",
	"do_linkat_fd_other": "link", "do_symlink_other": "link", "do_symlinkat_other": "link",
	"do_chmod": "metadata", "do_fchmod": "metadata read", "do_fchmodat": "metadata",
	"do_fchmodat2": "metadata", "do_chown": "metadata", "do_lchown": "metadata",
	"do_fchown": "metadata read", "do_fchownat": "metadata",
	"do_fchownat_self": "metadata stat", "do_utime": "metadata", "do_utimes": "metadata",
	"do_futimesat": "metadata", "do_utimensat": "metadata", "do_futimens": "metadata read",
	"do_setxattr": "metadata", "do_lsetxattr": "metadata", "do_fsetxattr": "metadata read",
	"do_removexattr": "metadata stat", "do_lremovexattr": "metadata stat",
	# writes that only a descriptor sees
	"do_pwrite": ("write", 100), "do_writev": ("write", 8), "do_sendfile": "read",
	"do_sendfile_other": (WRITE_CREATE, 4), "do_pwritev": ("write", 208),
	"do_pwritev2": ("write", 308), "do_copy_file_range": "read",
	"do_copy_file_range_other": (WRITE_CREATE, 5), "do_splice": ("write", 403),
	"do_write_unlinked": ("write delete", 500), "do_aio": ("write", 112),
	# sockets
	"do_bind": "bind", "do_connect": "bind connect", "do_connect_missing": "missing",
	"do_sendto": "bind connect", "do_sendmsg": "bind connect",
	"do_sendmmsg": "bind connect",
	"do_scm_rights": ("read write", 8),
	# what a kernel looks up and then refuses; mounts
	"do_swapon": "stat", "do_swapoff": "stat", "do_acct": "write", "do_uselib": "stat",
	"do_quotactl": "stat", "do_pivot_root": "stat", "do_mount": "stat",
	"do_mount_other": "create stat", "do_mount_tmpfs": "stat", "do_move_mount": "stat",
	"do_move_mount_other": "create stat", "do_mount_setattr": "stat", "do_fspick": "stat",
	"do_fsconfig": "stat", "do_bpf_get": "denied read", "do_bpf_pin": "create denied",
	# attributes of the last years
	"do_setxattrat": "metadata", "do_getxattrat": "stat", "do_listxattrat": "stat",
	"do_removexattrat": "metadata stat", "do_file_getattr": "stat", "do_file_setattr": "metadata",
	"do_fgetxattr": "read stat", "do_flistxattr": "read stat",
	"do_fremovexattr": "metadata read stat",
	# programs
	"do_execve": "exec", "do_execve_missing": "missing", "do_execve_denied": "denied exec",
	"do_execveat": "exec read", "do_execveat_fd": "exec read", "do_mmap_exec": "map read",
	"do_thread_exec": "exec",
	# refused
	"do_open_denied": "denied write", "do_mkdir_denied": "create denied",
	# 32-bit
	"do_open_32": "read", "do_mkdir_32": "create", "do_stat64_32": "stat",
	"do_unlink_32": "delete", "do_rename_32": "rename", "do_rename_32_other": "rename",
	"do_openat_32": "read", "do_connect_32": "bind", "do_oldstat_32": "stat",
	"do_statfs64_32": "stat", "do_fstatat64_32": "stat", "do_lchown32_32": "metadata",
	"do_chown16_32": "metadata", "do_truncate64_32": "write",
	"do_utimensat64_32": "metadata", "do_readdir_32": "list stat", "do_swapoff_32": "stat",
	# io_uring
	"do_uring_open": "read", "do_uring_missing": "missing", "do_uring_statx": "stat",
	"do_uring_rename": "rename", "do_uring_rename_other": "rename",
	"do_uring_unlink": "delete", "do_uring_mkdir": "create",
	"do_uring_openat2": ("write", 10), "do_uring_create": (WRITE_CREATE, 3),
	"do_uring_open_link": ("read", None, "do_uring_open_link_target"),
	"do_uring_direct": "read", "do_uring_fallocate": ("write", 6000),
	"do_uring_ftruncate": ("write", 7000), "do_uring_rmdir": "delete",
	"do_uring_symlink_other": "link", "do_uring_link": "link", "do_uring_link_other": "link",
	"do_uring_silent": "create", "do_uring_polled": "read", "do_uring_async": "read",
	"do_uring_setxattr": "metadata", "do_uring_getxattr": "stat",
	"do_uring_fsetxattr": "metadata read", "do_uring_fgetxattr": "read stat",
	"do_uring_connect": "bind connect", "do_uring_connect_missing": "missing",
	"do_uring_bind": "bind", "do_uring_sendmsg": "bind connect",
	"do_uring_send": "bind connect",
	# descriptors that somebody outside opened
	"outside": "connect",
	"do_pass_recvmsg": "read write", "do_pass_recvmsg_other": "write",
	"do_pass_recvmmsg": "read write", "do_pass_recvmmsg_other": "write",
	"do_pass_getfd": "read write",
	"do_pass_uring": "read write", "do_pass_uring_other": "write",
	"do_pass_32": "read write", "do_pass_32_other": "write",
	"do_pass_chroot": "read write", "do_pass_chroot_other": "write",
	"do_pass_chroot_jail": "chdir create",
	"do_pass_mntns": "read write", "do_pass_mntns_other": "write",
	"dotdot_file": "stat", "dotdot_dir": "stat", "dotdot_link": "stat",
	"dotdot_dir/below": "stat", "dotdot_dir/dotdot_inner": "stat",
}
# Where extended attributes are not supported, a look remains of a change.
EITHER = {name: "metadata" for name in ("do_removexattr", "do_lremovexattr")}
EITHER.update({name: "metadata stat" for name in ("do_setxattr", "do_lsetxattr")})
EITHER["do_fsetxattr"] = EITHER["do_uring_fsetxattr"] = "metadata read stat"
EITHER["do_uring_setxattr"] = EITHER["do_setxattrat"] = "metadata stat"
EITHER["do_removexattrat"] = "metadata"
EITHER["do_fremovexattr"] = "metadata read"
EITHER["do_file_setattr"] = "metadata stat"
PROGRAMS = {	# path -> (interpreter, argv)
	"do_execve": ("true", ["/bin/true", "do_execve", "word"]),
	"do_execveat": ("true", ["/bin/true", "do_execveat", "word"]),
	"do_execveat_fd": ("true", None),
	"do_thread_exec": ("true", ["/bin/true", "do_thread_exec", "word"]),
}
PORTS = {	# port -> the case that opens it
	("tcp", "inet", "127.0.0.1", 17171): "do_listen",
	("udp", "inet6", "::1", 17172): "do_bind_udp6",
	("tcp", "inet", "127.0.0.1", 17173): "do_uring_listen",
	("udp", "inet", "127.0.0.1", 17174): "do_uring_bind_udp",
}


def run(profiler, calls, scratch, out):
	subprocess.run([calls, "setup"], cwd=scratch, check=True)
	outside = subprocess.Popen([calls, "serve"], cwd=scratch, stdout=subprocess.PIPE)
	outside.stdout.readline()
	try:
		done = subprocess.run(
			[profiler, "--quiet", "--allow-incomplete", "-o", out, "--", calls, "run"],
			cwd=scratch, stdout=subprocess.PIPE, text=True)
	finally:
		outside.kill()
		outside.wait()
	print(done.stdout, end="")
	if done.returncode:
		sys.exit("clnimg-profile: status %d" % done.returncode)
	return {line.split()[1] for line in done.stdout.splitlines() if line.startswith("skip ")}


def check_file(name, wanted, files, errors):
	access, peak, target = (wanted if isinstance(wanted, tuple) else (wanted,)) + \
		(None, None) if not isinstance(wanted, tuple) else (tuple(wanted) + (None, None))[:3]
	found = files.get(name)
	if found is None:
		errors.append("%s: not in the trace" % name)
		return
	got = " ".join(sorted(found["access"]))
	if got not in (" ".join(sorted(access.split())), EITHER.get(name)):
		errors.append("%s: %s, not %s" % (name, got, access))
	if found.get("peak_bytes", 0) != (peak or found.get("peak_bytes", 0)):
		errors.append("%s: peak %s, not %s" % (name, found.get("peak_bytes"), peak))
	led = os.path.basename(found["target"]) if "target" in found else None
	if led != target:
		errors.append("%s: target %s, not %s" % (name, led, target))
	if not found["by"]:
		errors.append("%s: nobody used it" % name)


def check_programs(trace, scratch, skipped, errors):
	programs = {os.path.relpath(e["path"], scratch): e for e in trace["execs"]}
	for name, (interpreter, argv) in PROGRAMS.items():
		found = programs.get(name)
		if name in skipped:
			continue
		if not found:
			errors.append("%s: not among the programs" % name)
			continue
		if os.path.basename(found.get("interpreter", "")) not in (interpreter, "busybox"):
			errors.append("%s: interpreter %s" % (name, found.get("interpreter")))
		if argv and found["argv"] != argv:
			errors.append("%s: argv %s" % (name, found["argv"]))
		facts = (found["cwd"], found["uid"], found["gid"], found["umask"], found["count"])
		if facts != (scratch, 0, 0, "0022", 1):
			errors.append("%s: cwd, uid, gid, umask, count are %s" % (name, facts))
		if trace["execs"][found["parent"]]["argv"][1:] != ["run"]:
			errors.append("%s: another parent" % name)
	if not any(e["argv"] == ["true"] and "memfd:" in e["path"] for e in trace["execs"]):
		errors.append("do_exec_memfd: not among the programs")


def check(trace, scratch, skipped):
	errors = []
	host = [i for i, r in enumerate(trace["roots"]) if r["kind"] == "host"]
	files = {}
	for entry in trace["files"]:
		if entry["root"] in host and entry["path"].startswith(scratch + "/"):
			files[entry["path"][len(scratch) + 1:]] = entry
	for name, wanted in EXPECTED.items():
		if not any(name == s or name.startswith((s + "_", s + "/")) for s in skipped):
			check_file(name, wanted, files, errors)
	errors += ["%s: nobody expects it" % name for name in files
		   if name not in EXPECTED and name.split("/")[0] not in skipped
		   and not name.endswith("_target") and name != "trace.json"]
	check_programs(trace, scratch, skipped, errors)
	ports = {(p["protocol"], p["family"], p["address"], p["port"]) for p in trace["ports"]}
	blind = "io_uring_unknown" in trace["losses"]
	if ports != {p for p, by in PORTS.items() if by not in skipped and not (blind and "uring" in by)}:
		errors.append("ports: %s" % sorted(ports))
	for path, led in (("/inner_of_chroot", None), ("/below_of_chroot", "/deep")):
		inner = [e for e in trace["files"] if e["path"] == path]
		if [(e["root"] in host, e.get("target")) for e in inner] != [(False, led)]:
			errors.append("chroot: %s is not in a root of its own: %s" % (path, inner))
	led = {(os.path.basename(e["target"]), a) for e in trace["files"] for a in e["access"]
	       if e.get("target", "").startswith(scratch) and "/fd/" in e["path"]}
	if not {("do_magic_chmod", "metadata"), ("do_magic_truncate", "write"),
		("do_magic_link", "link")} <= led or ("do_magic_readlink", "readlink") in led:
		errors.append("through descriptors: %s" % sorted(led))
	used = {n for s in trace["syscalls"] for n in s.get("names", s.get("name", []))}
	for name in ("renameat2", "socketpair", "memfd_create", "socketcall"):
		if name not in used:
			errors.append("system calls: %s is missing" % name)
	# A loss is allowed only where the kernel cannot show what io_uring names.
	lost = {k: v for k, v in trace["losses"].items() if k != "io_uring_unknown"}
	if lost:
		errors.append("losses: %s" % lost)
	if "io_uring_unknown" in trace["losses"]:
		if trace["complete"]:
			errors.append("complete, although io_uring was not seen")
		errors = [e for e in errors if "_uring" not in e]
	for error in errors:
		print("FAIL", error)
	print("%d calls checked, %d skipped, %d wrong" % (len(EXPECTED), len(skipped), len(errors)))
	return 1 if errors else 0


def read_console(path):
	trace, skipped, scratch, lines = None, set(), None, []
	for line in open(path, errors="replace"):
		word = line.split()
		if line.startswith("skip "):
			skipped.add(word[1])
		elif line.startswith("scratch "):
			scratch = word[1]
		elif line.startswith("trace begins"):
			trace = []
		elif line.startswith("trace ends"):
			return json.loads("".join(trace)), scratch, skipped
		elif trace is not None:
			trace.append(line)
		else:
			lines.append(line)
	print("".join(lines[-30:]), end="")
	sys.exit("no trace on the console")


def main():
	if sys.argv[1] == "--console":
		return check(*read_console(sys.argv[2]))
	os.umask(0o22)
	profiler, calls = map(os.path.abspath, sys.argv[1:3])
	if os.getuid() != 0:
		print("needs root")
		return 77
	with tempfile.TemporaryDirectory() as scratch:
		scratch = os.path.realpath(scratch)
		os.chmod(scratch, 0o755)
		out = os.path.join(scratch, "trace.json")
		skipped = run(profiler, calls, scratch, out)
		return check(json.load(open(out)), scratch, skipped)


if __name__ == "__main__":
	sys.exit(main())
