#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Start, memory, forwarding and reaping of clnimg-init beside its peers.

usage: bench.py BUILD-DIR PEERS.SH MUSL-GCC [ROUNDS]

Runs alternate between the candidates, so that a busy machine is busy for all; medians are
printed, with the ratio to executing the program directly. "floor" is the least PID 1 there
can be (floor.c). Needs root for namespaces; what cannot be run is named with the reason.
"""
import os
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import tempfile
import time

BUILD = os.path.abspath(sys.argv[1])
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 300
INIT, FIRST = BUILD + "/bin/clnimg-init", BUILD + "/bench/init/first"
FLOOR, DYNAMIC = BUILD + "/bench/init/floor", BUILD + "/bench/init/first-dynamic"
STATIC = BUILD + "/bench/init/first-static"
# What a container has; memory depends on its size by a page at most.
ENVIRONMENT = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
               "HOME": "/", "HOSTNAME": "bench", "TERM": "xterm", "H": "1"}

LINES = ["env APP_HOME default /opt/app", "env PORT default 8080", "env PORT match port",
         "env LANG set C.UTF-8", "env DEBUG unset", "env URL set http://${APP_HOST:-localhost}:${PORT}",
         "arg if-flag prepend server", "umask 0027", "limit core 0", "signal HUP drop",
         "signal USR2 USR1", "stop grace=25s", "exit 143 0", "exit 130 0", "unlink /tmp/clnimg-bench.pid",
         "dir /tmp/clnimg-bench 0755", "dir /tmp/clnimg-bench/a 0755", "dir /tmp/clnimg-bench/b 0755",
         "env A set 1", "env B set 2", "env C set 3", "env D set ${A}${B}${C}", "env E default x",
         "env F default y", "env G default z", "env H require", "arg append --port ${PORT}",
         "cwd /tmp", "signal WINCH drop"]
RULES = ["landlock exec /usr /opt /bin /lib /lib64 /tmp /var " + os.path.dirname(FIRST), "landlock write /tmp /run /srv /var/tmp "
         "/var/cache /var/log /var/lib /mnt"]


def config(lines, program=FIRST):
    f = tempfile.NamedTemporaryFile("w", suffix=".conf", delete=False)
    f.write("\n".join(["clnimg-init 1"] + lines + [f"exec {program}"]) + "\n")
    f.close()
    return f.name


def start_us(command, environment):
    read, write = os.pipe()
    null = os.open("/dev/null", os.O_WRONLY)
    begin = time.monotonic_ns()
    pid = os.posix_spawn(command[0], command, environment, file_actions=[
        (os.POSIX_SPAWN_DUP2, write, 1), (os.POSIX_SPAWN_DUP2, null, 2)])
    os.close(write)
    os.close(null)
    data = os.read(read, 8)
    os.waitpid(pid, 0)
    os.close(read)
    return (struct.unpack("Q", data)[0] - begin) / 1000


def table(title, results):
    print(title)
    base = None
    for name, values in results.items():
        median = statistics.median(values)
        base = base or median
        print(f"  {name:34} {median:8.1f} us   +{median - base:7.1f}   {median / base:5.2f}")


def starts(title, candidates):
    results = {name: [] for name, _ in candidates}
    for i in range(ROUNDS + 10):
        for name, command in candidates:
            took = start_us(command, ENVIRONMENT)
            if i >= 10:
                results[name].append(took)
    table(f"{title}, median of {ROUNDS}", results)


def memory(candidates):
    print("memory while idle, kB (smaps_rollup); private is clean and dirty together")
    for name, command in candidates:
        p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                             env=ENVIRONMENT)
        p.stdout.read(8)
        time.sleep(0.3)
        fields = {}
        with open(f"/proc/{p.pid}/smaps_rollup") as f:
            for line in f:
                k, _, v = line.partition(":")
                if v.strip().endswith("kB"):
                    fields[k] = int(v.split()[0])
        p.send_signal(signal.SIGTERM)
        p.wait(5)
        p.stdout.close()
        clean, dirty = fields["Private_Clean"], fields["Private_Dirty"]
        print(f"  {name:34} Rss {fields['Rss']:5}   private {clean + dirty:4}   "
              f"(clean {clean}, dirty {dirty})")


def forwards(candidates):
    results = {name: [] for name, _ in candidates}
    for _ in range(max(ROUNDS // 5, 20)):
        for name, command in candidates:
            p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 env=ENVIRONMENT)
            p.stdout.read(8)
            time.sleep(0.002)
            begin = time.monotonic_ns()
            os.kill(p.pid, signal.SIGTERM)
            data = p.stdout.read(8)
            p.wait(5)
            p.stdout.close()
            results[name].append((struct.unpack("Q", data)[0] - begin) / 1000)
    table("TERM to the child", results)


def between_us(command):
    """Between the program's two times, in a PID and mount namespace of its own."""
    p = subprocess.Popen(["unshare", "--pid", "--fork", "--mount"] + command,
                         stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=ENVIRONMENT)
    data = p.stdout.read(16)
    p.wait(60)
    p.stdout.close()
    first, last = struct.unpack("QQ", data)
    return (last - first) / 1000


def orphans(candidates, count, rounds=5):
    results = {name: [] for name, _ in candidates}
    for _ in range(rounds):
        for name, command in candidates:
            results[name].append(between_us(command))
    table(f"{count} orphans", results)


def redirects(count=2000, rounds=5):
    """One call under redirection: not trapped, trapped and left to the kernel, carried out."""
    place = tempfile.mkdtemp(prefix="clnimg-bench-")
    os.makedirs(place + "/ro")
    os.makedirs(place + "/kept")
    mount = ["sh", "-c", f"mount -t tmpfs -o ro none {place}/ro && exec \"$@\"", "sh"]
    cases = []
    for act, title in (("w", "open for writing and close"), ("s", "stat")):
        for path, lines, name in (
                (f"{place}/kept/plain", [], "plain"),
                (f"{place}/kept/plain", [f"redirect unknown {place}/kept"], "left to the kernel"),
                (f"{place}/ro/file", [f"redirect unknown {place}/kept"], "redirected")):
            conf = config(lines, f"{FIRST} {act}{count} {path}")
            cases.append((f"{title}, {name}", conf))
    results = {name: [] for name, _ in cases}
    for _ in range(rounds):
        for name, conf in cases:
            results[name].append(between_us(mount + [INIT, "--config", conf]) / count)
    table("redirection, each call", results)
    for _, conf in cases:
        os.unlink(conf)
    shutil.rmtree(place)


def built_peers():
    """The peers with musl: peers.sh prints NAME PATH lines, and reasons on stderr."""
    done = subprocess.run(["sh", sys.argv[2], BUILD + "/bench/init/peers", sys.argv[3]],
                          stdout=subprocess.PIPE, text=True, check=False)
    return [tuple(line.split()) for line in done.stdout.splitlines()]


def main():
    empty, thirty, ruled = config([]), config(LINES), config(LINES + RULES)
    dynamic, waiting = config([], DYNAMIC), config([], FIRST + " t")
    static, static_thirty = config([], STATIC), config(LINES, STATIC)
    orphaned = config([], FIRST + " o10000")
    peers = [("floor", [FLOOR])]
    for name in ("tini", "tini-static", "dumb-init", "catatonit"):
        if shutil.which(name):
            peers.append((name, [shutil.which(name), "--"]))
        else:
            print(f"not run: {name}: not installed")
    peers += [(name, [path, "--"]) for name, path in built_peers()]
    for name, command in peers:
        print(f"  {name:34} {os.path.getsize(command[0]):8} bytes")
    print(f"{os.path.getsize(INIT)} bytes; {len(LINES) + 2} lines; rounds {ROUNDS}; "
          f"load {os.getloadavg()[0]:.1f}")
    starts("child's first instruction, no C library", [
        ("direct exec", [FIRST]), ("clnimg-init --", [INIT, "--", FIRST]),
        ("clnimg-init, empty", [INIT, "--config", empty]),
        ("clnimg-init, 30 lines", [INIT, "--config", thirty]),
        ("clnimg-init, 30 lines, 16 rules", [INIT, "--config", ruled])]
        + [(n, c + [FIRST]) for n, c in peers])
    starts("main of a statically linked child (glibc)", [
        ("direct exec", [STATIC]), ("clnimg-init, empty", [INIT, "--config", static]),
        ("clnimg-init, 30 lines", [INIT, "--config", static_thirty])]
        + [(n, c + [STATIC]) for n, c in peers])
    starts("main of a dynamically linked child", [
        ("direct exec", [DYNAMIC]), ("clnimg-init, empty", [INIT, "--config", dynamic])]
        + [(n, c + [DYNAMIC]) for n, c in peers])
    memory([("clnimg-init", [INIT, "--config", waiting])] + [(n, c + [FIRST, "t"]) for n, c in peers])
    forwards([("direct exec", [FIRST, "t"]), ("clnimg-init", [INIT, "--config", waiting])]
             + [(n, c + [FIRST, "t"]) for n, c in peers])
    if os.geteuid() == 0:
        orphans([("floor", [FLOOR, FIRST, "o10000"]),
                 ("clnimg-init", [INIT, "--config", orphaned])]
                + [(n, c + [FIRST, "o10000"]) for n, c in peers[1:]], 10000)
        redirects()
    else:
        print("not run: orphans, redirection: need root")
    for f in (empty, thirty, ruled, static, static_thirty, dynamic, waiting, orphaned):
        os.unlink(f)


main()
