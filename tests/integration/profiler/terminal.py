#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""terminal.py PROFILER - what a person at a terminal meets.

The command has the terminal as it would have it without the profiler: its three
descriptors, its window size and changes of it, its keys, its job control. The
profiler writes a status line there, and two lines at the end.
"""
import fcntl
import json
import os
import pty
import re
import select
import signal
import struct
import sys
import tempfile
import termios
import time

profiler = os.path.realpath(sys.argv[1])
if os.geteuid() != 0:
    print("needs root")
    sys.exit(77)
tmp = tempfile.TemporaryDirectory()
manifest = os.path.join(tmp.name, "m.json")
failed = 0


def check(what, fine, seen=""):
    global failed
    if not fine:
        failed = 1
        print(f"FAIL {what}\n{seen!r}")


class Terminal:
    """The profiler on a pseudo-terminal of its own, leader of its session."""

    def __init__(self, command, options=(), stderr=None, env=None):
        self.text = ""
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            if stderr:
                os.dup2(os.open(stderr, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            os.environ.update({"TERM": "xterm", **(env or {})})
            os.execv(profiler, ["clnimg-profile", "-o", manifest, *options, "--", *command])

    def size(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def type(self, keys):
        os.write(self.fd, keys.encode())

    def read(self, seconds):
        ready, _, _ = select.select([self.fd], [], [], seconds)
        if ready:
            try:
                self.text += os.read(self.fd, 65536).decode(errors="replace")
                return True
            except OSError:  # the other side is closed
                pass
        return False

    def until(self, pattern, seconds=20):
        end = time.monotonic() + seconds
        while not re.search(pattern, self.text) and time.monotonic() < end:
            self.read(0.2)
        found = re.search(pattern, self.text)
        check(f"waited for {pattern}", found, self.text)
        return found

    def end(self, seconds=20):
        """The exit status, -N for signal N."""
        limit = time.monotonic() + seconds
        while time.monotonic() < limit:
            self.read(0.1)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                while self.read(0):
                    pass
                os.close(self.fd)
                return os.waitstatus_to_exitcode(status)
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        check("it ends", False, self.text)
        return None


def shell(text):
    return ["sh", "-c", text]


def descriptors():
    t = Terminal(shell('stty size; for fd in 0 1 2; do test -t $fd || echo "no terminal: $fd"; done; tty; '
                       'ps -o pgid=,tpgid= -p $$; read line; echo "got <$line>"; exit 7'))
    t.size(33, 99)
    t.until(r"\d+ +\d+\r\n")
    t.type("some words\n")
    check("status of the command", t.end() == 7, t.text)
    check("no descriptor is something else", "no terminal" not in t.text, t.text)
    check("its name", re.search(r"/dev/pts/\d+\r\n", t.text), t.text)
    group = re.search(r"(\d+) +(\d+)\r\n", t.text[t.text.index("/dev/pts"):])
    check("in the foreground", group and group[1] == group[2], t.text)
    check("what is typed arrives", "got <some words>" in t.text, t.text)


COUNT = """
import os, signal, sys, time
seen = {}
def count(number, frame):
    seen[number] = seen.get(number, 0) + 1
for name in sys.argv[1:]:
    signal.signal(getattr(signal, name), count)
print('ready', flush=True)
line = sys.stdin.readline()
time.sleep(0.2)
print('size', *os.get_terminal_size(0))
print('seen', {signal.Signals(n).name: c for n, c in sorted(seen.items())}, flush=True)
"""


def counted(*signals):
    return [sys.executable, "-c", COUNT, *signals]


def keys_and_window():
    t = Terminal(counted("SIGINT", "SIGQUIT", "SIGWINCH"))
    t.until("ready")
    t.type("\x03")
    time.sleep(0.3)
    t.type("\x1c")
    time.sleep(0.3)
    t.size(40, 123)
    time.sleep(0.3)
    t.type("\n")
    check("the command outlives keys that it handles", t.end() == 0, t.text)
    check("the window's new size", "size 123 40" in t.text, t.text)
    check("each key and the window reach it once",
          "seen {'SIGINT': 1, 'SIGQUIT': 1, 'SIGWINCH': 1}" in t.text, t.text)


def interrupted():
    t = Terminal(["sleep", "30"])
    t.until(r"\d+ s  \d+ paths")
    t.type("\x03")
    check("128+2 where ^C ended it", t.end() == 130, t.text)
    check("the manifest is complete", json.load(open(manifest))["complete"])


def stopped():
    """^Z stops both, as a shell expects, and fg continues both."""
    script = os.path.join(tmp.name, "count.py")
    with open(script, "w") as out:
        out.write(COUNT)
    # Below a shell: an orphaned group would not be stopped.
    t = Terminal.__new__(Terminal)
    t.text = ""
    t.pid, t.fd = pty.fork()
    if t.pid == 0:
        os.environ.update({"TERM": "dumb", "PS1": "$ "})
        os.execvp("bash", ["bash", "--norc", "--noprofile", "-i"])
    t.until(r"\$ ")
    t.type(f"{profiler} -q -o {manifest} -- {sys.executable} {script} SIGCONT\n")
    t.until(r"\nready")
    t.type("\x1a")
    t.until(r"Stopped")
    t.type("echo states $(ps -o stat= -p $(jobs -p)) $(ps -o stat=,args= --ppid $(jobs -p) | sed -n 's/ .*count.py.*//p')\n")
    t.until(r"states T\S* .*\bT\S*\r")  # the guard sleeps
    t.type("fg\n")
    time.sleep(0.5)
    t.type("\n")
    t.until(r"seen {.SIGCONT.: 1}")
    t.type("echo status $?; exit\n")
    t.until(r"status 0")
    t.end()


def jobs_inside():
    """A shell with job control is the command: it moves the terminal between groups."""
    t = Terminal(["bash", "--norc", "--noprofile", "-i"], env={"PS1": "$ "})
    t.until(r"\$ ")
    t.type("stty tostop; sleep 30\n")
    time.sleep(1)
    t.type("\x1a")
    t.until("Stopped")
    t.type("kill %1; fg; sleep 0.7; echo after $?\n")
    t.until(r"after \d")
    t.type("exit 5\n")
    check("status of the shell", t.end() == 5, t.text)
    check("no trouble with job control", "no job control" not in t.text, t.text)


STATUS = r"\r\x1b\[K(\d+) s  (\d+) paths  (\d+) execs  (\d+) records  (\d+) lost"


def status_line():
    t = Terminal(shell("i=0; while [ $i -lt 12 ]; do ls /etc/$i >/dev/null 2>&1; sleep 0.2; i=$((i+1)); done"))
    check("status", t.end() == 0, t.text)
    rows = [tuple(map(int, row)) for row in re.findall(STATUS, t.text)]
    check("rewritten while it runs", len(rows) >= 5, t.text)
    check("everything in it only grows", rows == sorted(rows) and all(
        a <= b for x, y in zip(rows, rows[1:]) for a, b in zip(x, y)), rows)
    check("it counts", rows and rows[-1][0] >= 2 and rows[-1][1] > rows[0][1] and rows[-1][2] > 10 and
          rows[-1][3] >= rows[-1][1] and rows[-1][4] == 0, rows)
    tail = t.text[t.text.rindex("\x1b[K") + 3:].splitlines()
    check("then two lines", len(tail) == 2 and
          re.match(r"clnimg-profile: \d+ paths, \d+ programs, \d+ execs, 0 containers in [\d.]+ s: complete$", tail[0]) and
          re.match(r"clnimg-profile: \d+ records, frozen \d+ times, [\d.]+ MiB of memory: " + re.escape(manifest) + "$", tail[1]), tail)


def no_status_line():
    t = Terminal(["sleep", "1"], options=["-q"])
    check("quiet: status", t.end() == 0, t.text)
    check("quiet: nothing", t.text == "", t.text)
    log = os.path.join(tmp.name, "log")
    t = Terminal(["sleep", "1"], stderr=log)
    t.end()
    text = open(log).read()
    check("into a file: two lines and no status line", len(text.splitlines()) == 2 and "\r" not in text and
          "\x1b" not in text, text)
    check("into a file: nothing on the terminal", t.text == "", t.text)


for test in [descriptors, keys_and_window, interrupted, stopped, jobs_inside, status_line, no_status_line]:
    test()
if not failed:
    print("terminal: the command has it, the status line and the summary are there")
sys.exit(failed)
