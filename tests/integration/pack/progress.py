#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What clnimg-pack shows while it works: a bar with bytes and stage on a terminal, one line
that is taken back, and nothing elsewhere.

usage: progress.py CLNIMG-PACK CLNIMG-INIT
"""
import fcntl
import io
import json
import os
import pty
import re
import struct
import subprocess
import sys
import tarfile
import tempfile
import termios

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../image"))
import ocilib  # noqa: E402

PACK, INIT = (os.path.abspath(a) for a in sys.argv[1:3])
MIB = 1 << 20
BIG = 160
UNITS = {"B": 1, "KiB": 1 << 10, "MiB": MIB, "GiB": 1 << 30}
passed = failed = 0


def check(name, ok, detail=""):
    global passed, failed
    passed += bool(ok)
    failed += not ok
    print(("ok - " if ok else "not ok - ") + name)
    if not ok:
        print("   ", repr(detail)[-1500:])


def make(work):
    block = os.urandom(MIB)
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in (("app", b"program"), ("big", block * BIG)):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.mode = 0o755
            archive.addfile(info, io.BytesIO(data))
    ocilib.write_layout(f"{work}/in", [out.getvalue()], compress=lambda data: data, suffix="")
    trace = {"schema": "clnimg.trace/1", "complete": False, "losses": {}, "runs": [],
             "roots": [{"kind": "container", "platform": "linux/amd64", "cgroup": "",
                        "recognised": "mount-namespace", "evidence": [], "mounts": []}],
             "execs": [{"path": "/app", "root": 0, "argv": ["/app"], "cwd": "/", "uid": 1000,
                        "gid": 1000, "groups": [], "umask": "0022", "count": 1, "role": "main"}],
             "files": [{"path": name, "root": 0, "access": ["read"], "by": [0]}
                       for name in ("/app", "/big")], "ports": [], "syscalls": []}
    with open(f"{work}/m.json", "w") as file:
        json.dump(trace, file)


def command(work, *more):
    return [PACK, "--any-image", "--allow-sparse", "--allow-incomplete", f"--image=oci:{work}/in",
            f"--manifest={work}/m.json", f"--init={INIT}", f"--output=oci:{work}/out:x",
            "--report=none", "--threads=1", *more]


def on_terminal(work, columns, *more):
    """Standard error through a pty: what a person sees."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    child = subprocess.Popen(command(work, *more), stdin=subprocess.DEVNULL,
                             stdout=subprocess.DEVNULL, stderr=theirs,
                             env={**os.environ, "TERM": "xterm"})
    os.close(theirs)
    seen = b""
    while True:
        try:
            got = os.read(ours, 65536)
        except OSError:  # the other end is closed
            break
        if not got:
            break
        seen += got
    os.close(ours)
    return child.wait(), seen.decode()


def bytes_of(text):
    number, unit = text.split()
    return float(number) * UNITS[unit]


def stage(lines, name):
    bar = re.compile(re.escape(name) + r" \[(#*)( *)\] ([\d.]+ \w+) of ([\d.]+ \w+)$")
    return [m for m in map(bar.match, lines) if m]


def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
        make(work)
        status, seen = on_terminal(work, 80)
        lines = seen.split("\r\033[K")
        check("packs on a terminal", status == 0, seen)
        # one every 100 ms: a fast machine reads all of it within two of them
        for name, fewest in (("reading layers", 1), ("writing", 2)):
            bars = stage(lines, name)
            check(f"a bar for {name}", len(bars) >= fewest, lines)
            done = [bytes_of(m[3]) for m in bars]
            check(f"{name}: bytes grow", done == sorted(done) and len(set(done)) >= fewest, done)
            check(f"{name}: all of it is about {BIG} MiB",
                  all(BIG * MIB <= bytes_of(m[4]) < (BIG + 2) * MIB for m in bars), bars)
            check(f"{name}: the bar says what the bytes say",
                  all(len(m[1]) + len(m[2]) == 20 and
                      abs(len(m[1]) / 20 - bytes_of(m[3]) / bytes_of(m[4])) < 0.06 for m in bars),
                  [m[0] for m in bars])
        check("the line is taken back", seen.endswith("\r\033[K") or "\r\033[K" not in seen, seen)
        check("no line breaks in between", "\n" not in seen.rstrip("\r\n"), seen)
        status, seen = on_terminal(work, 30)
        widest = max(len(line) for line in seen.split("\r\033[K"))
        check("cut to a narrow terminal", status == 0 and widest < 30, widest)
        status, seen = on_terminal(work, 80, "--quiet")
        check("nothing with --quiet", status == 0 and not seen, seen)
        done = subprocess.run(command(work), stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        check("nothing where standard error is no terminal",
              done.returncode == 0 and b"\033" not in done.stderr and b"[#" not in done.stderr,
              done.stderr)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
