#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Start, memory, forwarding and reaping of clnimg-init beside its peers.

usage: bench.py BUILD-DIR [ROUNDS]

Runs alternate between the candidates, so that a busy machine is busy for all; medians are
printed, with the ratio to executing the program directly. Needs root (PID namespaces).
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
ROUNDS = int(sys.argv[2]) if len(sys.argv) > 2 else 300
INIT, FIRST = BUILD + "/bin/clnimg-init", BUILD + "/bench/init/first"

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


def starts(candidates):
    environment = dict(os.environ, H="1")
    results = {name: [] for name, _ in candidates}
    for i in range(ROUNDS + 10):
        for name, command in candidates:
            took = start_us(command, environment)
            if i >= 10:
                results[name].append(took)
    table(f"child's first instruction, median of {ROUNDS}", results)


def memory(candidates):
    print("memory while idle, kB (smaps_rollup)")
    for name, command in candidates:
        p = subprocess.Popen(command + (["t"] if command[-1] == FIRST else []),
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
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
        private = fields["Private_Clean"] + fields["Private_Dirty"]
        print(f"  {name:34} Rss {fields['Rss']:5}   private {private:4}")


def forwards(candidates):
    results = {name: [] for name, _ in candidates}
    for _ in range(max(ROUNDS // 5, 20)):
        for name, command in candidates:
            p = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            p.stdout.read(8)
            time.sleep(0.002)
            begin = time.monotonic_ns()
            os.kill(p.pid, signal.SIGTERM)
            data = p.stdout.read(8)
            p.wait(5)
            p.stdout.close()
            results[name].append((struct.unpack("Q", data)[0] - begin) / 1000)
    table("TERM to the child", results)


def orphans(candidates, count=10000, rounds=3):
    results = {name: [] for name, _ in candidates}
    for _ in range(rounds):
        for name, command in candidates:
            p = subprocess.Popen(["unshare", "--pid", "--fork"] + command, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
            first = struct.unpack("Q", p.stdout.read(8))[0]
            last = struct.unpack("Q", p.stdout.read(8))[0]
            p.wait(60)
            p.stdout.close()
            results[name].append((last - first) / 1000)
    table(f"{count} orphans", results)


def main():
    empty, thirty, ruled = config([]), config(LINES), config(LINES + RULES)
    waiting = config([], FIRST + " t")
    orphaned = config([], FIRST + " o10000")
    peers = [(n, [shutil.which(n), "--"]) for n in ("tini", "tini-static", "dumb-init", "catatonit")
             if shutil.which(n)]
    print(f"{os.path.getsize(INIT)} bytes; {len(LINES) + 2} lines; rounds {ROUNDS}; "
          f"load {os.getloadavg()[0]:.1f}")
    starts([("direct exec", [FIRST]), ("clnimg-init --", [INIT, "--", FIRST]),
            ("clnimg-init, empty", [INIT, "--config", empty]),
            ("clnimg-init, 30 lines", [INIT, "--config", thirty]),
            ("clnimg-init, 30 lines, 16 rules", [INIT, "--config", ruled])]
           + [(n, c + [FIRST]) for n, c in peers])
    memory([("clnimg-init", [INIT, "--config", waiting])] + [(n, c + [FIRST]) for n, c in peers])
    forwards([("direct exec", [FIRST, "t"]), ("clnimg-init", [INIT, "--config", waiting])]
             + [(n, c + [FIRST, "t"]) for n, c in peers])
    if os.geteuid() == 0:
        orphans([("clnimg-init", [INIT, "--config", orphaned])]
                + [(n, c + [FIRST, "o10000"]) for n, c in peers])
    for f in (empty, thirty, ruled, waiting, orphaned):
        os.unlink(f)


main()
