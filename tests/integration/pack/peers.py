#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What other tools lose when they make an image smaller, one by one: each has its
line here. The image is written and read by Python's tarfile, the trace is made
by hand, clnimg-pack lies between.

usage: peers.py BIN-DIR
"""
import io
import json
import pathlib
import shutil
import subprocess
import sys
import tarfile
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "image"))
import ocilib  # noqa: E402

BIN = pathlib.Path(sys.argv[1]).resolve()
CAPABILITY = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"[:20]
TIME = 1600000000
passed = failed = 0


def check(name, right, what=""):
    global passed, failed
    passed, failed = passed + bool(right), failed + (not right)
    print(("ok - " if right else "not ok - ") + name + ("" if right else f": {what}"))


def member(name, type=tarfile.REGTYPE, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.type, info.size, info.mtime = type, len(data), TIME
    info.mode = 0o755 if type == tarfile.DIRTYPE else 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data


def folder(name, **fields):
    return member(name, tarfile.DIRTYPE, **fields)


# the lower layer; the upper one below replaces and hides some of it
IMAGE = [
    folder("etc", mode=0o755), folder("usr", mode=0o755), folder("usr/bin", mode=0o755),
    folder("var", mode=0o755), folder("srv", mode=0o750, uid=33, gid=34),
    member("etc/passwd", data=b"root:x:0:0::/:/x\nwww-data:x:33:33::/:/x\n"),
    member("usr/bin/app", data=b"\x7fELFapp, static and opaque", mode=0o755),
    member("usr/bin/ping", data=b"\x7fELFping ping", mode=0o755,
           pax_headers={"SCHILY.xattr.security.capability": CAPABILITY}),
    member("usr/bin/su", data=b"\x7fELFsu su su", mode=0o4755),
    member("srv/owned", data=b"owned", uid=33, gid=34, mode=0o640),
    member("srv/old", data=b"old", mtime=-86400),
    folder("srv/open", mode=0o777), folder("srv/sticky", mode=0o1777),
    folder("srv/group", mode=0o2775, gid=50), folder("srv/empty", mode=0o700, uid=33),
    folder("srv/listed"), member("srv/listed/a", data=b"a"), member("srv/listed/b", data=b"b"),
    member("srv/queue", tarfile.FIFOTYPE, mode=0o622, uid=33),
    member("srv/one", data=b"the same bytes"),
    member("srv/two", tarfile.LNKTYPE, linkname="srv/one"),
    member("srv/three", tarfile.LNKTYPE, linkname="srv/one"),
    folder("var/real"), member("var/real/data", data=b"data"),
    member("srv/way", tarfile.SYMTYPE, linkname="../var/real"),
    member("srv/modified", data=b"as it is in the image", uid=33),
    folder("var/lib"), folder("var/lib/app", uid=33, gid=34),
    member("var/lib/app/state", data=b"as it is in the image", uid=33, gid=34),
    member("srv/unused", data=b"nobody asked"),
    member("usr/bin/sh", data=b"\x7fELFsh", mode=0o755),
    member("srv/run.sh", data=b"#!/usr/bin/sh\necho\n", mode=0o755, uid=33),
]
UPPER = [member("srv/late", data=b"upper"), member("srv/.wh.unused")]


def tar(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data) if info.isreg() else None)
    return out.getvalue()


def use(path, *access, **more):
    return {"path": path, "root": 0, "access": sorted(access), "by": [0], **more}


MANIFEST = {
    "schema": "clnimg.trace/1", "complete": True, "losses": {}, "ports": [], "syscalls": [],
    "runs": [{"id": "0" * 32, "tool": "t", "host": "h", "kernel": "k", "platform": "linux/amd64",
              "started": "2026-01-02T03:04:05Z", "duration_ms": 1, "argv": ["t"], "exit_status": 0,
              "complete": True, "losses": {}}],
    "roots": [{"kind": "container", "platform": "linux/amd64", "recognised": "mount-namespace",
               "cgroup": "", "mounts": [], "evidence": []}],
    "execs": [{"path": "/usr/bin/app", "root": 0, "role": "main", "cwd": "/", "uid": 33,
               "argv": ["/usr/bin/app"], "gid": 34, "groups": [], "umask": "0022", "count": 1}],
    "files": sorted([
        use("/usr/bin/app", "exec"), use("/usr/bin/ping", "read"), use("/usr/bin/su", "read"),
        use("/srv/owned", "read"), use("/srv/old", "read"), use("/srv/open", "stat"),
        use("/srv/sticky", "stat"), use("/srv/group", "stat"), use("/srv/empty", "list"),
        use("/srv/listed", "list"), use("/srv/queue", "read"), use("/srv/one", "read"),
        use("/srv/two", "read"), use("/srv/way/data", "read", target="/var/real/data"),
        # the program changed both while it was profiled
        use("/srv/modified", "read"), use("/srv/late", "read"), use("/srv/run.sh", "read"),
        use("/var/lib/app/state", "read", "write", peak_bytes=9),
    ], key=lambda file: file["path"]),
}


def pack(work):
    (work / "m.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    config = {"config": {"Entrypoint": ["/usr/bin/app"], "User": "33:34", "Env": ["PATH=/usr/bin"]},
              "created": "2020-01-01T00:00:00Z"}
    ocilib.write_layout(f"{work}/dev", [tar(IMAGE), tar(UPPER)], config)
    done = subprocess.run([BIN / "clnimg-pack", "--quiet", "--any-image", "--allow-sparse", "--image",
                           f"oci:{work}/dev:dev", "--manifest", work / "m.json", "--output",
                           f"oci:{work}/prod:prod", "--emit", work / "out"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    check("clnimg-pack", done.returncode == 0, done.stdout)
    if done.returncode:
        finish(work)
    manifest, config, layers = ocilib.read_layout(f"{work}/prod", "prod")
    return ocilib.merge(layers), layers, json.loads((work / "out/report.json").read_text())


def finish(work):
    shutil.rmtree(work)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


def content(layers, path):
    for layer in layers:
        archive = tarfile.open(fileobj=io.BytesIO(layer))
        for info in archive.getmembers():
            if ocilib.clean(info.name) == path and info.isreg():
                return archive.extractfile(info).read()
    return None


def main():
    work = pathlib.Path(tempfile.mkdtemp(prefix="clnimg-peers-"))
    want = ocilib.merge([tar(IMAGE), tar(UPPER)])
    have, layers, report = pack(work)

    def same(path, *fields):
        return path in have and all(have[path][field] == want[path][field] for field in fields)

    def is_as_it_was(name, *paths):
        bad = [p for p in paths if p not in have or have[p] != want[p]]
        check(name, not bad, [(p, want[p], have.get(p)) for p in bad])

    is_as_it_was("owner, group, mode and time of a file stay", "/srv/owned", "/srv/old")
    is_as_it_was("a capability stays", "/usr/bin/ping")
    check("and is one", have["/usr/bin/ping"]["xattrs"], have["/usr/bin/ping"])
    check("setuid is cleared", have["/usr/bin/su"]["mode"] == 0o755, have["/usr/bin/su"])
    check("and reported", any("su" in note["text"] and note["kind"] == "setuid"
                              for note in report["notes"]), report["notes"])
    is_as_it_was("folders are not opened to all", "/etc", "/usr", "/usr/bin", "/srv", "/srv/listed")
    is_as_it_was("modes of folders stay as they are, wide ones too", "/srv/open", "/srv/sticky",
                 "/srv/group")
    is_as_it_was("an empty folder stays, with its owner", "/srv/empty")
    is_as_it_was("a listed folder keeps its names", "/srv/listed", "/srv/listed/a", "/srv/listed/b")
    is_as_it_was("a FIFO stays one", "/srv/queue")
    check("hard links stay one file", have["/srv/one"] is have["/srv/two"])
    check("and their third name goes", "/srv/three" not in have)
    is_as_it_was("a symlink on the way stays, and what it leads to", "/srv/way", "/var/real/data",
                 "/var/real")
    check("bytes are the image's, whatever the container wrote",
          content(layers, "/srv/modified") == b"as it is in the image")
    seed = "/usr/share/clnimg/seed/var/lib/app/state"
    check("a file that the run changed is seeded as the image has it",
          content(layers, seed) == b"as it is in the image", sorted(have))
    check("for its owner", same("/var/lib/app", "uid", "gid", "mode"), have.get("/var/lib/app"))
    check("a file of the upper layer is there, a hidden one is not",
          "/srv/late" in have and "/srv/unused" not in have)
    script = have["/srv/run.sh"]
    check("a script whose shell is kept out is read, not run",
          "/usr/bin/sh" not in have and script["mode"] == 0o644 and script["uid"] == 33, script)
    check("and reported with the option that keeps it",
          any(note["kind"] == "script" and "--allow-shell" in note["text"] for note in report["notes"]))
    done = subprocess.run([BIN / "clnimg-verify", "--image", f"oci:{work}/prod:prod", "--emit",
                           work / "out", "--source", f"oci:{work}/dev:dev"], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    check("clnimg-verify agrees", done.returncode == 0, done.stdout)
    check("nothing else came in", not [p for p in have if p not in want and not p.startswith(
        ("/clnimg-init", "/etc/clnimg", "/usr/share", "/var/lib/db", "/dev", "/proc", "/sys"))],
          sorted(have))
    finish(work)


if __name__ == "__main__":
    main()
