#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every directive in a real container: uid 65532, no capabilities, read-only root,
no_new_privs and the default seccomp profile of podman; what depends on system calls also
under the default profiles of docker and containerd.

usage: runc.py CLNIMG-INIT ACTOR [PART-OF-A-NAME...]

The root filesystem holds the init, the actor and what a case puts there; /tmp and /run
are tmpfs. Needs root and runc; exit 77 without.
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import http.server

import profiles

INIT, ACTOR = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
UID = 65532
# Calls that the init makes before and for its program, under every engine's own profile.
UNDER_OTHERS = ("identity", "copy a tree", "random", "run", "log", "pidfile", "limit", "landlock",
                "seccomp", "redirect", "sh -c", "close_range", "probe")


def without(profile, hidden):
    """The profile with these calls as on a kernel that does not have them."""
    rules = [dict(rule, names=[n for n in rule["names"] if n not in hidden])
             for rule in profile["syscalls"]]
    rules = [rule for rule in rules if rule["names"]]
    if hidden:
        rules.append({"names": list(hidden), "action": "SCMP_ACT_ERRNO", "errnoRet": 38})
    return dict(profile, syscalls=rules)


class Box:
    count = 0
    profile = None    # the engine's at hand

    def __init__(self, config, args=(), env=(), files=(), links=(), readonly=True, tmp_size="16m",
                 uid=UID, capabilities=(), argv0=None, no_config=False, commands=None, hidden=(),
                 preserve=0, dev_readonly=False):
        self.preserve = preserve    # descriptors behind 2 that the container gets, too
        self.dir = tempfile.mkdtemp(prefix="clnimg-init-")
        root = self.root = self.dir + "/rootfs"
        for d in ("proc", "dev", "etc/clnimg", "tmp", "run", "bin", "usr/share/app"):
            os.makedirs(f"{root}/{d}")
        os.chmod(root + "/tmp", 0o1777)
        os.chmod(root + "/run", 0o1777)
        os.chmod(self.dir, 0o755)
        shutil.copy(INIT, root + "/clnimg-init")
        shutil.copy(ACTOR, root + "/actor")
        if not no_config:
            with open(root + "/etc/clnimg/init.conf", "w") as f:
                f.write("clnimg-init 1\n" + config)
        if commands:
            with open(root + "/etc/clnimg/commands", "w") as f:
                f.write(commands)
        for path, text, mode in files:
            os.makedirs(os.path.dirname(root + path), exist_ok=True)
            with open(root + path, "w") as f:
                f.write(text)
            os.chmod(root + path, mode)
        for target, path in links:
            os.symlink(target, root + path)
        tmpfs = {"type": "tmpfs", "source": "tmpfs"}
        self.spec = {
            "ociVersion": "1.0.2",
            "process": {"user": {"uid": uid, "gid": uid}, "cwd": "/",
                        "args": [argv0 or "/clnimg-init", *args],
                        "env": ["PATH=/bin:/usr/bin", *env],
                        "noNewPrivileges": True,
                        "capabilities": {k: list(capabilities) for k in
                                         ("bounding", "effective", "permitted")}},
            "root": {"path": "rootfs", "readonly": readonly},
            "mounts": [
                {"destination": "/proc", "type": "proc", "source": "proc"},
                {"destination": "/dev", **tmpfs, "options": ["nosuid", "mode=755", "size=64k",
                                                             "ro" if dev_readonly else "rw"]},
                {"destination": "/tmp", **tmpfs, "options": ["nosuid", "nodev", f"size={tmp_size}"]},
                {"destination": "/run", **tmpfs, "options": ["nosuid", "nodev", "size=4m"]}],
            "linux": {"namespaces": [{"type": t} for t in ("pid", "mount", "ipc", "uts")],
                      "seccomp": without(Box.profile, hidden)},
        }

    def run(self, timeout=15):
        """(status, stdout and stderr together); status None: it hung."""
        with open(self.dir + "/config.json", "w") as f:
            json.dump(self.spec, f)
        Box.count += 1
        name = f"clnimg-init-{os.getpid()}-{Box.count}"
        command = ["runc", "--root", self.dir + "/state", "run", "-b", self.dir, name]
        if self.preserve:
            command = ["sh", "-c", "exec 3</dev/null 4</dev/null; exec \"$@\"", "sh"] + command
            command.insert(command.index("-b"), f"--preserve-fds={self.preserve}")
        try:
            done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                  stderr=subprocess.STDOUT, timeout=timeout)
            return done.returncode, done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired as e:
            subprocess.run(["runc", "--root", self.dir + "/state", "delete", "-f", name],
                           stderr=subprocess.DEVNULL)
            return None, (e.stdout or b"").decode(errors="replace")
        finally:
            shutil.rmtree(self.dir, ignore_errors=True)


def expect(status, *parts, absent=(), config="", **kw):
    def case():
        got, text = Box(config, **kw).run()
        missing = [p for p in parts if p not in text]
        there = [p for p in absent if p in text]
        good = got == status and not missing and not there
        return good, "" if good else f"status {got}, missing {missing}, unwanted {there}:\n{text}"
    return case


def show(what):
    return f"exec /actor {what}\n"


def probes():
    """A web server of ours on the loopback interface; the container shares the network."""
    class Answer(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(204 if self.path == "/ready" else 503)
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    told = ""
    for want, words in ((0, ["tcp", f"127.0.0.1:{port}"]), (0, ["tcp", f"localhost:{port}"]),
                        (0, ["http", f"http://127.0.0.1:{port}/ready"]),
                        (1, ["http", f"http://127.0.0.1:{port}/"]),
                        (0, ["http", f"http://127.0.0.1:{port}/", "status=503"]),
                        (1, ["tcp", "127.0.0.1:1"]), (1, ["unix", "/run/none"]),
                        (0, ["file", "/actor"]), (1, ["file", "/none"]), (2, ["ftp", "x"])):
        got, text = Box("", no_config=True, args=["probe", *words],
                        files=[("/etc/hosts", "127.0.0.1 localhost\n", 0o644)]).run()
        if got != want:
            told += f"probe {words}: {got}: {text}"
    got, text = Box(f"wait tcp 127.0.0.1:{port} 2s\nwait file /actor 1s\n" + show("say up")).run()
    if got != 0 or "up" not in text:
        told += f"wait: {got}: {text}"
    server.shutdown()
    return not told, told


TABLE = """clnimg-commands 1
command "echo \\$HOME | cat"
step -- /actor say "\\$HOME" b
command "write it && read it"
step out=/tmp/x set=WHO=me -- /actor env WHO
step append=/tmp/x -- /actor say again
step and -- /actor cat /tmp/x
"""
TABLE = TABLE.replace("step append=", "step and append=")
SH = [("/clnimg-init", "/bin/sh")]

CASES = {
    "identity: 65532, nothing gained": expect(
        0, f"ids:\t{UID} {UID}", "NoNewPrivs:\t1", "CapEff:\t0000000000000000", config=show("status")),
    "arguments of the container": expect(
        0, "a|b c|$X", config="exec /actor say ${@args}\n", args=["a", "b c", "$X"]),
    "words that look like tools stay arguments": expect(
        0, "probe|tcp", config="exec /actor say ${@args}\n", args=["probe", "tcp"]),
    "--config is the program's, too": expect(
        0, "--config|/two.conf", absent=["another"], config="exec /actor say ${@args}\n",
        args=["--config", "/two.conf"],
        files=[("/two.conf", "clnimg-init 1\nexec /actor say another\n", 0o644)]),
    "arg": expect(0, "srv|-v|x|y|tail", config="arg if-flag prepend srv\narg split OPTS\n"
                  "arg append tail\nexec /actor say ${@args}\n", args=["-v"], env=["OPTS=x  y"]),
    "env": expect(0, "p-v", config="env A default p\nenv B set ${A}-${C}\nenv C unset\n"
                  "env B match glob=p-*\n" + show("env B"), env=["C=v"]),
    "env file": expect(0, "s3cret", config="env PW file PW_FILE\n" + show("env PW"),
                       env=["PW_FILE=/run-secret"], files=[("/run-secret", "s3cret\n\n", 0o644)]),
    "env file unreadable": expect(125, "init.conf:2", "PW_FILE", "Permission denied",
                                  config="env PW file PW_FILE\n" + show("env PW"),
                                  env=["PW_FILE=/s"], files=[("/s", "x", 0o600)]),
    "env require": expect(125, "init.conf:2:5: DB: say where", config='env DB require "say where"\n'),
    "env match": expect(125, "PORT", "uint16", config="env PORT match uint16\n", env=["PORT=99999"]),
    "dir": expect(0, "done", config="dir /run/a/b 03775\ndir /tmp 1777\ndir /run/a/b 03775\n"
                  + "log /run/a/b/l stdout\n" + show("say done")),
    "dir on read-only root": expect(125, "init.conf:2:1", "mkdir /srv", "Read-only file system",
                                    config="dir /srv 0755\n" + show("say no")),
    "dir whose owner cannot be given, writable": expect(
        0, "done", config=f"dir /tmp 1777 0:0\ndir /run/x 0755 {UID}:{UID}\n" + show("say done")),
    "unlink": expect(0, "No such file", "x", config="copy /actor /tmp/p\nunlink /tmp/p /tmp/q\n"
                     "run ignore-failure -- /actor cat /tmp/p\n" + show("say x")),
    "unlink on read-only root": expect(125, "unlink /actor", "Read-only",
                                       config="unlink /actor\n" + show("say x")),
    "symlink": expect(0, "hello", config="symlink /usr/share/app/f /tmp/l\nsymlink "
                      "/usr/share/app/f /tmp/l\n" + show("cat /tmp/l"),
                      files=[("/usr/share/app/f", "hello\n", 0o644)]),
    "copy a tree": expect(0, "deep", config="copy /usr/share/app /tmp/data unless-exists\n"
                          + show("cat /tmp/data/s/f"), files=[("/usr/share/app/s/f", "deep\n", 0o600 | 0o44)]),
    "copy into an empty mount, unless-exists": expect(
        0, "deep", config="copy /usr/share/app /run unless-exists\n" + show("cat /run/f"),
        files=[("/usr/share/app/f", "deep\n", 0o644)]),
    "copy into a full tmpfs": expect(
        125, "init.conf:2:1", "No space left", tmp_size="64k",
        config="copy /usr/share/app/big /tmp/big\n" + show("say no"),
        files=[("/usr/share/app/big", "x" * 300000, 0o644)]),
    "copy of nothing": expect(125, "/none: No such file", config="copy /none /tmp/x\n"),
    "template": expect(0, "port 80 $uri none:", config="template /usr/share/app/t /tmp/t 0644 "
                       "vars=PORT,NONE\n" + show("cat /tmp/t"), env=["PORT=80"],
                       files=[("/usr/share/app/t", "port ${PORT} $uri none:$NONE\n", 0o644)]),
    "random": expect(0, config="random /tmp/s hex 8\n" + show("cat /tmp/s")),
    "run": expect(0, "helper|v", "main", config="run if-env=X timeout=5s -- /actor say helper ${X}\n"
                  "run if-exists=/none -- /actor say never\n" + show("say main"), env=["X=v"],
                  absent=["never"]),
    "run that fails": expect(125, "ended with status 7", config="run -- /actor exit 7\n" + show("say no")),
    "run that hangs": expect(125, "Timed out", config="run timeout=300ms -- /actor sleep 60000\n"),
    "run with a program that is not there": expect(125, "/none: No such file", config="run -- /none\n"),
    "wait in vain": expect(125, "not there in 300ms", config="wait unix /run/sock 300ms\n"),
    "log": expect(0, "before", "after", "quick", "end", config="log /tmp/log/app.log stdout\n"
                  + show("log /tmp/log/app.log")),
    "log pattern": expect(0, "one", "two", config="dir /tmp/log 0755\nlog /tmp/log/*.log stderr\n"
                          "exec /clnimg-init --config /two.conf\n",
                          files=[("/two.conf", "clnimg-init 1\nrun -- /actor write /tmp/log/a.log \"one\\n\"\n"
                                  "exec /actor write /tmp/log/b.log \"two\\n\"\n", 0o644)]),
    "read-only /dev: run, log, Landlock": expect(
        0, "helper", "before", "end", dev_readonly=True,
        config="run -- /actor say helper\nlog /tmp/log/app.log stdout\nlandlock write /tmp\n"
        + show("log /tmp/log/app.log")),
    "read-only /dev: null can be written": expect(0, "", dev_readonly=True, config=show("write /dev/null x")),
    "read-only /dev: nothing new": expect(1, "Read-only file system", dev_readonly=True,
                                          config=show("write /dev/new x")),
    "read-only /dev: redirected": expect(
        0, "/actor writes /dev/new, which is read-only: kept in /run/r/dev/new", dev_readonly=True,
        config="redirect unknown /run/r\n" + show("write /dev/new x")),
    "umask, cwd": expect(0, "umask:\t027", "cwd:\t/tmp", config="umask 0027\ncwd /tmp\n" + show("status")),
    "cwd that is not there": expect(125, "/none: No such file", config="cwd /none\n" + show("say no")),
    "limit": expect(0, "done", config="limit core 0\nlimit nofile 64 64\n" + show("say done")),
    "limit above the hard one": expect(125, "limit nofile: Operation not permitted",
                                       config="limit nofile 64 64\nlimit nofile 128 128\n" + show("say no")),
    "user is left alone": expect(0, f"ids:\t{UID}", config="user 1000:1000\n" + show("status")),
    "user from root": expect(
        0, "ids:\t1000 1001", "Groups:\t5 6", "CapEff:\t0000000000000000", uid=0,
        capabilities=["CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP"],
        config="user 1000:1001,5,6\n" + show("status")),
    "pidfile": expect(0, "it is mine", config="pidfile /tmp/d/app.pid\n" + show("pidfile /tmp/d/app.pid")),
    "signal drop, oom": expect(0, "done", config="signal HUP drop\noom 100\n" + show("say done")),
    "exit": expect(0, config="exit 7 0\n" + show("exit 7")),
    "require readonly-root": expect(0, "done", config="require readonly-root\nrequire nonroot\n"
                                    + show("say done")),
    "require readonly-root refuses": expect(125, "writable", readonly=False,
                                            config="require readonly-root\n" + show("say no")),
    "require nonroot refuses": expect(125, "runs as root", uid=0, config="require nonroot\n"),
    "landlock exec": expect(1, "exec /tmp/dropped: Permission denied", "in force: landlock abi",
                            config="copy /actor /tmp/dropped\nlandlock exec /actor /usr\n"
                            "landlock require\n" + show("exec /tmp/dropped say no")),
    "without landlock it runs": expect(0, "yes", config="copy /actor /tmp/dropped\n"
                                       + show("exec /tmp/dropped say yes")),
    # what clnimg-init(1) says that Landlock does not stop, and what closes it
    "landlock exec and a program in memory": expect(
        0, "yes", config="landlock exec /actor\nlandlock require\n" + show("memory say yes")),
    "landlock exec and no memfd_create": expect(
        1, "memfd_create: Operation not permitted", config="landlock exec /actor\n"
        "landlock require\nseccomp deny memfd_create\n" + show("memory say yes")),
    "landlock write": expect(1, "/run/x: Permission denied", config="landlock write /tmp\n"
                             + show("write /run/x y")),
    "landlock write allowed": expect(0, config="landlock write /tmp\n" + show("write /tmp/x y")),
    "landlock require too much": expect(125, "requires ABI 99", config="landlock require 99\n" + show("say no")),
    "seccomp deny": expect(0, "memfd_create Operation not permitted",
                           config="seccomp deny memfd_create\n" + show("forbidden")),
    "seccomp hide": expect(0, "memfd_create Function not implemented",
                           config="seccomp hide memfd_create\n" + show("forbidden")),
    "seccomp kill": expect(159, config="seccomp kill memfd_create ptrace\n" + show("forbidden")),
    "without seccomp it works": expect(0, "memfd_create done", config=show("forbidden")),
    "descriptors of the runtime, close_range": expect(
        0, "held: (all)", config=show("held"), preserve=2),
    "descriptors of the runtime reach the program": expect(
        0, "fds:\t0\t1\t2\t3\t4\n", config=show("status"), preserve=2),
    "descriptors of the runtime, no close_range": expect(
        0, "held: (all)", config=show("held"), preserve=2, hidden=["close_range"]),
    "redirect": expect(0, "redirect 0", "one\ntwo\n", "redirect: /actor writes /usr/share/new",
                       config="redirect unknown /run/redirected\n"
                       + show("redirect /usr/share/new /usr/share/other")),
    "redirect copies what was there": expect(
        0, "old", config="redirect unknown /run/r\nexec /clnimg-init --config /two.conf\n",
        files=[("/two.conf", "clnimg-init 1\nrun -- /actor write /usr/share/app/f \"more\\n\"\n"
                "exec /actor cat /usr/share/app/f\n", 0o644), ("/usr/share/app/f", "old\n", 0o666)]),
    "without redirect it fails": expect(1, "Read-only file system", config=show("write /usr/share/new x")),
    "no program": expect(125, "no program to run", config=""),
    "sh -c of a listed command": expect(
        0, "$HOME|b", no_config=True, commands=TABLE, links=SH, argv0="/bin/sh",
        args=["-c", "echo $HOME | cat"]),
    "sh -c with redirections": expect(
        0, "me\nagain", no_config=True, commands=TABLE, links=SH, argv0="/bin/sh",
        args=["-c", "write it && read it"]),
    "sh -c of anything else": expect(
        126, "not listed", no_config=True, commands=TABLE, links=SH, argv0="/bin/sh",
        args=["-c", "echo $HOME | cat "]),
    "sh without -c": expect(126, "there is no shell here", no_config=True, links=SH, argv0="/bin/sh",
                            args=["-i"]),
    "sh with a broken table": expect(
        126, "commands:4", no_config=True, commands=TABLE.replace("command \"write", "comand \"write"),
        links=SH, argv0="/bin/sh", args=["-c", "echo $HOME | cat"]),
    "probe and wait": probes,
}


def round_of(cases, only):
    failed = ran = 0
    for name, case in cases:
        if only and not any(part in name for part in only):
            continue
        good, told = case()
        ran += 1
        failed += not good
        print(f"{'ok  ' if good else 'FAIL'} {name}" + (f": {told}" if told else ""), flush=True)
    return ran, failed


def main():
    if os.geteuid() != 0 or not shutil.which("runc"):
        print("SKIP: needs root and runc")
        return 77
    folder, only = os.path.dirname(ACTOR) + "/profiles", sys.argv[3:]
    ran = failed = 0
    for engine in ("podman", "docker", "containerd"):
        Box.profile, why = profiles.load(engine, folder)
        if not Box.profile:
            print(f"not run: the default profile of {engine}: {why}")
            continue
        print(f"the default profile of {engine}:")
        counts = round_of([(name, case) for name, case in CASES.items() if engine == "podman" or
                           any(part in name for part in UNDER_OTHERS)], only)
        ran, failed = ran + counts[0], failed + counts[1]
    if not ran:
        print("SKIP: no engine's default profile")
        return 77
    print(f"{ran - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
