#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What clnimg-pack writes beside the files: configuration, history, annotations, times, tags
and the index of a layout, read by Python.

usage: outputs.py BIN-DIR
"""
import io
import json
import os
import pathlib
import subprocess
import sys
import tarfile
import tempfile

from peers import BIN, IMAGE, MANIFEST, UPPER, member, ocilib, tar, use

passed = failed = 0
PROCESS = {
    "Entrypoint": ["/usr/bin/app"], "Cmd": ["-x"], "User": "www-data", "Env": ["PATH=/usr/bin", "A=b"],
    "WorkingDir": "/srv", "StopSignal": "SIGQUIT", "Labels": {"mine": "stays"}, "x-more": [1, {"a": None}],
    "Volumes": {"/data": {}}, "Shell": ["/bin/bash"], "OnBuild": ["RUN x"], "ArgsEscaped": True,
}
SOURCE = {
    "created": "2020-01-01T00:00:00Z", "author": "somebody", "x-unknown": {"deep": [1, 2.5, "\u00fc"]},
    "container": "0123", "container_config": {"Cmd": ["x"]}, "config": PROCESS,
    "history": [{"created_by": "one", "comment": "kept"}, {"created_by": "two", "empty_layer": True}],
}
ANNOTATIONS = {"vendor": "stays", "org.opencontainers.image.base.name": "x",
               "org.opencontainers.image.base.digest": "sha256:" + "0" * 64}
EPOCH = 1500000000
# who is in use: root, main (33:34 and 70), who owns a kept file (8, a folder's group 50), their own groups
USERS = {"root": "0:0", "www-data": "33:33", "mail": "8:12"}
GROUPS = {"root": 0, "www-data": 33, "main": 34, "mail": 12, "folder": 50, "extra": 70}
PASSWD = "".join(f"{name}:x:{ids}::/:/x\n" for name, ids in {**USERS, "games": "5:60", "daemon": "1:1"}.items())
GROUP = "".join(f"{name}:x:{gid}:\n" for name, gid in {**GROUPS, "games": 60, "daemon": 1}.items())
FILES = [pair for pair in IMAGE if pair[0].name != "etc/passwd"] + [
    member("etc/passwd", data=PASSWD.encode()), member("etc/group", data=GROUP.encode()),
    member("srv/mailed", data=b"x", uid=8)]
TRACE = {**MANIFEST, "execs": [{**MANIFEST["execs"][0], "groups": [70]}],
         "files": sorted(MANIFEST["files"] + [use("/etc/passwd", "read"), use("/srv/mailed", "read")],
                         key=lambda file: file["path"])}


def check(name, right, what=""):
    global passed, failed
    passed, failed = passed + bool(right), failed + (not right)
    print(("ok - " if right else "not ok - ") + name + ("" if right else f": {what}"))


def make(work):
    """The development image; gives the digest of its configuration."""
    described = ocilib.write_layout(f"{work}/dev", [tar(FILES), tar(UPPER)], SOURCE)
    manifest = {**json.loads(ocilib.blob(f"{work}/dev", described)), "annotations": ANNOTATIONS}
    described.update(ocilib.put(f"{work}/dev", json.dumps(manifest).encode()))
    ocilib.write_index(f"{work}/dev", [described])
    (work / "m.json").write_text(json.dumps(TRACE), encoding="utf-8")
    return manifest["config"]["digest"]


def pack(work, *options, **env):
    clean = {k: v for k, v in os.environ.items() if k != "SOURCE_DATE_EPOCH"}
    done = subprocess.run([BIN / "clnimg-pack", "--quiet", "--any-image", "--allow-sparse", "--image",
                           f"oci:{work}/dev:dev", "--manifest", work / "m.json", *options], text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env={**clean, **env})
    return done.returncode, done.stdout


def members(layers):
    return {ocilib.clean(m.name): m for data in layers for m in tarfile.open(fileobj=io.BytesIO(data)).getmembers()}


def configuration(work, source):
    status, said = pack(work, "--output", f"oci:{work}/prod:prod")
    check("packs", status == 0, said)
    manifest, config, layers = ocilib.read_layout(f"{work}/prod", "prod")
    process, history = config["config"], config["history"]
    for key in ("author", "x-unknown"):
        check(f"{key} stays", config.get(key) == SOURCE[key], config)
    for key in ("x-more", "StopSignal"):
        check(f"config.{key} stays", process.get(key) == PROCESS[key], process)
    check("main starts where it ran", process["WorkingDir"] == "/", process)
    check("labels stay", process["Labels"].get("mine") == "stays", process)
    for key in ("Volumes", "Shell", "OnBuild", "ArgsEscaped"):
        check(f"config.{key} goes", key not in process, process)
    for key in ("container", "container_config"):
        check(f"{key} goes", key not in config, config)
    check("the user is numeric", process["User"] == "33:34", process["User"])
    check("the init starts it", process["Entrypoint"] == ["/clnimg-init"], process)
    check("the environment stays", "A=b" in process["Env"], process)
    check("the history stays, of layers that are gone", [(h["created_by"], h.get("comment"), h.get("empty_layer"))
          for h in history[:2]] == [("one", "kept", True), ("two", None, True)], history)
    check("a line of it for each layer", [h.get("empty_layer", False) for h in history[2:]] == [False] * len(layers)
          and len(layers) == 1, history)
    notes = manifest["annotations"]
    check("annotations stay, but for the base's", notes.get("vendor") == "stays" and
          not any("image.base" in key for key in notes), notes)
    for where, name in ((notes, "annotations"), (process["Labels"], "labels")):
        check(f"{name} name the source", where.get("io.clnimg.source.digest") == source, where)
        check(f"{name} name the manifest", where.get("io.clnimg.manifest.digest", "").startswith("sha256:"), where)
        check(f"{name} say production", where.get("io.clnimg.role") == "production", where)
    platform = json.loads(pathlib.Path(f"{work}/prod/index.json").read_text())["manifests"][0].get("platform")
    check("the index says the platform", platform == {"architecture": "amd64", "os": "linux"}, platform)
    check("files of the layout are for all to read", {os.stat(path).st_mode & 0o777 for path in pathlib.Path(
        f"{work}/prod").rglob("*") if path.is_file()} == {0o644})
    check("times are the source's", config["created"] == SOURCE["created"] and
          members(layers)["/srv/owned"].mtime == 1600000000, config["created"])
    return manifest


def epoch(work):
    pack(work, "--output", f"oci:{work}/epoch:x", SOURCE_DATE_EPOCH=str(EPOCH))
    manifest, config, layers = ocilib.read_layout(f"{work}/epoch", "x")
    times = {path: member.mtime for path, member in members(layers).items()}
    check("SOURCE_DATE_EPOCH is the latest time", max(times.values()) == EPOCH, times)
    check("earlier ones stay", times["/srv/old"] == -86400, times)
    made = {config["created"], manifest["annotations"]["org.opencontainers.image.created"],
            config["history"][-1]["created"]}
    check("and the time of making", made == {"2017-07-14T02:40:00Z"}, made)


def names(layout):
    index = json.loads(pathlib.Path(layout, "index.json").read_text())
    return {d.get("annotations", {}).get("org.opencontainers.image.ref.name"): d["digest"]
            for d in index["manifests"]}


def tags(work):
    status, said = pack(work, "--output", f"oci:{work}/many:a", "--output", f"oci:{work}/many:b", "--output",
                        f"docker-archive:{work}/d.tar:app", "--output", f"docker-archive:{work}/d.tar:x/app:v3")
    have = names(f"{work}/many") if status == 0 else {}
    check("several tags", sorted(have) == ["a", "b"] and len(set(have.values())) == 1, (said, have))
    with tarfile.open(f"{work}/d.tar") as archive:
        saved = json.load(archive.extractfile("manifest.json"))
    check("and of an archive, the way docker names them", len(saved) == 1 and
          saved[0]["RepoTags"] == ["app:latest", "x/app:v3"], saved)
    status, said = pack(work, "--keep", "/srv/three", "--output", f"oci:{work}/many:b", "--output",
                        f"oci:{work}/many:c")
    then = names(f"{work}/many")
    check("a tag is replaced, others stay", sorted(then) == ["a", "b", "c"] and then["a"] == have["a"] and
          then["b"] == then["c"] != have["b"], (said, then))
    index = pathlib.Path(f"{work}/many/index.json").read_text()
    status, said = pack(work, "--output", f"oci:{work}/many")
    check("no image without a tag beside others", status == 1 and "name a tag" in said and
          pathlib.Path(f"{work}/many/index.json").read_text() == index, said)
    os.mkdir(f"{work}/mine")
    pathlib.Path(f"{work}/mine/file").write_text("x")
    status, said = pack(work, "--output", f"oci:{work}/mine:x")
    check("a folder that is no layout stays as it is", status == 1 and os.listdir(f"{work}/mine") == ["file"], said)


def rules(work):
    """--keep-from and --strict as options."""
    (work / "globs").write_text("# remark /srv/three\n\n  /srv/three \t\r\n", encoding="utf-8")
    for name, options, want, word in (
            ("without rules", [], 0, None), ("--keep-from", ["--keep-from", work / "globs"], 0, "/srv/three"),
            ("--keep-from --strict", ["--strict", "--keep-from", work / "globs"], 0, "/srv/three"),
            ("--strict", ["--strict", "--keep", "/srv/nothing"], 1, "--keep /srv/nothing matches nothing"),
            ("no --strict", ["--keep", "/srv/nothing"], 0, "--keep /srv/nothing matches nothing")):
        status, said = pack(work, "--dry-run", *options)
        lines = said.splitlines()
        kept = [line for line in lines if line.startswith("keep /srv/three ")]
        check(name, status == want and bool(kept) == (word == "/srv/three") and (not word or word in said), said[-500:])


def health(work):
    """A health check stays where production has its program, and is named where it has not."""
    for test, stays in ((["CMD-SHELL", "curl -f http://localhost/ || exit 1"], False), (["CMD", "app", "-check"], True),
                        (["CMD", "/usr/bin/sh", "-c", "x"], False), (["CMD", "nobody"], False), (["NONE"], True),
                        (["CMD", "/clnimg-init", "probe", "tcp", "127.0.0.1:80"], True), ([], True)):
        with tempfile.TemporaryDirectory(prefix="clnimg-health-") as other:
            check_of = {"Test": test, "Interval": 30000000000}
            ocilib.write_layout(f"{other}/dev", [tar(FILES), tar(UPPER)], {**SOURCE, "config": {
                **PROCESS, "Healthcheck": check_of}})
            pathlib.Path(other, "m.json").write_text(json.dumps(TRACE), encoding="utf-8")
            status, said = pack(pathlib.Path(other), "--output", f"oci:{other}/prod:x", "--emit", f"{other}/out")
            have = ocilib.read_layout(f"{other}/prod", "x")[1]["config"].get("Healthcheck")
            notes = [note["text"] for note in json.loads(pathlib.Path(other, "out/report.json").read_text())["notes"]
                     if note["kind"] == "health"]
            check(f"health check {test[:2]}", status == 0 and have == (check_of if stays else None) and
                  len(notes) == (not stays), (said, have, notes))


def asking(work):
    """--dry-run prints the whole plan and what is kept, --explain one path; neither writes."""
    before = sorted(str(p) for p in work.rglob("*"))
    status, said = pack(work, "--dry-run", "--output", f"oci:{work}/dry:x", "--emit", f"{work}/dry-out")
    lines = said.splitlines()
    for part in ("user 33:34", "init exec /usr/bin/app", "mount memory /var/lib/app", "image mode /usr/bin/su 0755",
                 "note setuid: /usr/bin/su", "keep /srv/way (symlink)", "keep /var/real/data (traced)",
                 "keep /srv (parent)"):
        check(f"--dry-run: {part}", any(line.startswith(part) for line in lines), said)
    check("--dry-run: and nothing that is dropped", status == 0 and not any(
        line.startswith(f"keep {path} ") for line in lines for path in ("/srv/three", "/usr/bin/sh")), said)
    for path, want, word in (("/srv/three", 0, "dropped: unused"), ("/srv/way/data", 0, "/var/real/data: kept: traced"),
                             ("/srv/none/", 0, "not in the image"), ("srv/three", 2, "not an absolute path")):
        status, said = pack(work, "--explain", path)
        check(f"--explain {path}", status == want and word in said, said)
    hostile = "srv/a\x1b[31m\nkeep /etc/shadow"
    script = member(hostile, data=b"#!/no/such\n", mode=0o4755)
    trace = {**TRACE, "files": sorted(TRACE["files"] + [use("/" + hostile, "read")], key=lambda file: file["path"])}
    with tempfile.TemporaryDirectory(prefix="clnimg-hostile-") as other:
        ocilib.write_layout(f"{other}/dev", [tar(FILES), tar(UPPER + [script])], SOURCE)
        pathlib.Path(other, "m.json").write_text(json.dumps(trace), encoding="utf-8")
        for options in (["--dry-run"], ["--explain", "/" + hostile], ["--output", f"oci:{other}/prod:x"]):
            status, said = pack(pathlib.Path(other), *options)
            check(f"{options[0]}: no name moves the cursor or begins a line", status == 0 and "\x1b" not in said and
                  "\\x1b[31m\\x0akeep /etc/shadow" in said and "\nkeep /etc/shadow" not in said, said)
    check("neither writes", sorted(str(p) for p in work.rglob("*")) == before)


def accounts(work):
    """passwd and group are the image's, unless it is asked for less."""
    for options, users, groups in ([], PASSWD, GROUP), (["--reduce-accounts"], None, None):
        status, said = pack(work, *options, "--output", f"oci:{work}/accounts:x")
        check(f"accounts {options}", status == 0, said)
        have = {}
        for data in ocilib.read_layout(f"{work}/accounts", "x")[2]:
            archive = tarfile.open(fileobj=io.BytesIO(data))
            have.update({m.name: archive.extractfile(m).read().decode() for m in archive.getmembers() if m.isreg()
                         and m.name in ("etc/passwd", "etc/group")})
        for name, whole, used in ("passwd", users, USERS), ("group", groups, GROUPS):
            text = have.get(f"etc/{name}", "")
            left = [line.split(":")[0] for line in text.splitlines()]
            check(f"{name} {options}", text == whole if whole else sorted(left) == sorted(used), text)


def main():
    with tempfile.TemporaryDirectory(prefix="clnimg-outputs-", dir=os.environ.get("TMPDIR", "/var/tmp")) as folder:
        work = pathlib.Path(folder)
        configuration(work, make(work))
        epoch(work)
        tags(work)
        rules(work)
        asking(work)
        health(work)
        accounts(work)
    print(f"{passed} passed, {failed} failed")
    return failed > 0


sys.exit(main())
