#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Job control: clnimg-init as a job of an interactive bash, on a terminal of its own.

usage: jobs.py CLNIMG-INIT

A job that stops must look to the shell as the program itself would, in the foreground and in
the background, and must never take the terminal from the shell. Exit 77 without bash.
"""
import os
import pty
import re
import select
import shutil
import signal
import sys
import time

INIT = os.path.abspath(sys.argv[1]) + " --"
LIMIT = 5.0


class Shell:
    def __init__(self):
        self.pid, self.master = pty.fork()
        if self.pid == 0:
            os.environ["PS1"] = "PROMPT> "
            os.environ["TERM"] = "dumb"
            os.execlp("bash", "bash", "--norc", "--noprofile", "--noediting", "-i")
        self.text = ""
        self.until("PROMPT> ")

    def until(self, pattern):
        """Read until it matches; what came up to there. None where it does not come."""
        end = time.monotonic() + LIMIT
        while time.monotonic() < end:
            found = re.search(pattern, self.text)
            if found:
                before, self.text = self.text[:found.end()], self.text[found.end():]
                return before
            ready, _, _ = select.select([self.master], [], [], 0.1)
            if ready:
                try:
                    self.text += os.read(self.master, 4096).decode(errors="replace")
                except OSError:
                    break
        print(f"     waited for {pattern!r}, saw {self.text!r}")
        return None

    def type(self, text):
        os.write(self.master, text.encode())

    def says(self, text, *patterns):
        """Type it and see the patterns in that order."""
        self.type(text)
        return all(self.until(p) is not None for p in patterns)

    def runs(self, line, *patterns):
        """A line of the shell, which then asks for the next."""
        return self.says(line + "\r", *patterns, "PROMPT> ")

    def echoes(self, word):
        """The job in the foreground is a cat and has the terminal."""
        return self.says(f"{word}\r", f"{word}\r\n{word}\r\n")

    def ended(self, status):
        return self.says("echo status=$?\r", f"\nstatus={status}")

    def stopped_cat(self, word):
        """A cat as a job, stopped from the terminal, which is the shell's again."""
        return (self.says(f"{INIT} cat\r", "cat\r\n") and self.echoes(word) and
                self.says("\x1a", "Stopped", "PROMPT> "))

    def close(self):
        try:
            os.kill(self.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        os.waitpid(self.pid, 0)
        os.close(self.master)


def foreground(shell):
    return (shell.stopped_cat("one") and
            shell.runs("echo still=mine", "\nstill=mine") and
            shell.says("fg\r", "cat\r\n") and
            shell.echoes("two") and
            shell.says("\x03", "PROMPT> ") and
            shell.ended(130))


def reads_in_background(shell):
    return (shell.stopped_cat("zero") and
            shell.runs("bg") and
            shell.runs("sleep 0.3; jobs", "Stopped") and
            shell.runs("echo still=mine", "\nstill=mine") and
            shell.says("fg\r", "cat\r\n") and
            shell.echoes("three") and
            shell.says("\x04", "PROMPT> ") and
            shell.ended(0))


def writes_in_background(shell):
    return (shell.runs("stty tostop") and
            shell.runs(f"{INIT} sh -c 'sleep 0.2; echo written; exit 3' &") and
            shell.runs("sleep 0.6; jobs", "Stopped") and
            shell.runs("fg", "\nwritten") and
            shell.ended(3))


def ends_in_background(shell):
    """The end of a background job leaves the terminal to the shell's foreground job."""
    return (shell.runs(f"{INIT} sleep 0.3 &") and
            shell.says("cat\r", "cat\r\n") and (time.sleep(0.6) or True) and
            shell.echoes("four") and
            shell.says("\x04", "PROMPT> ") and
            shell.ended(0))


def told_by_signal(shell):
    """TSTP and CONT sent to the init alone, as a script would."""
    return (shell.runs(f"{INIT} sleep 1 &") and
            shell.runs("sleep 0.2; kill -TSTP $!; sleep 0.3; jobs", "Stopped") and
            shell.runs("kill -CONT $!; sleep 0.3; jobs", "Running") and
            shell.says("wait $!; echo status=$?\r", "\nstatus=0"))


def stops_at_any_moment(shell):
    """^Z while the program is being started may be lost, or take the command with it (a
    terminal drops its input then), but must not leave a stopped child below an init that
    waits for it: after a second one the shell answers."""
    for step in range(24):
        shell.type(f"{INIT} cat\r")
        time.sleep(step / 6000)
        shell.type("\x1a")
        time.sleep(0.15)
        shell.type("\x1a")
        time.sleep(0.05)
        if not shell.says("\recho ali'v'e\r", "alive"):
            return False
        shell.runs("kill %+ 2>/dev/null; wait; echo go'n'e", "gone")
    return True


CASES = [("stop and continue in the foreground", foreground),
         ("reading in the background stops", reads_in_background),
         ("writing in the background stops", writes_in_background),
         ("an end in the background takes no terminal", ends_in_background),
         ("stopped and continued by signals", told_by_signal),
         ("stopped at any moment of the start", stops_at_any_moment)]


def main():
    if not shutil.which("bash"):
        print("SKIP: no bash")
        return 77
    failed = 0
    for name, case in CASES:
        shell = Shell()
        good = case(shell)
        shell.close()
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name}", flush=True)
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
