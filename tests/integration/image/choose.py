#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which image a layout or an archive stands for, and that every document on the way to it
is the one that was described. An image is told by the only file that it holds.

usage: choose.py KEEP-ALL
"""
import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile

import ocilib

KEEP_ALL = os.path.abspath(sys.argv[1])
INDEX = "application/vnd.oci.image.index.v1+json"
AMD64, ARM64 = {"os": "linux", "architecture": "amd64"}, {"os": "linux", "architecture": "arm64"}
ZEROS = "sha256:" + "0" * 64


def tar(*entries):
    """(name, bytes), or (name, type, target)"""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, *what in entries:
            info = tarfile.TarInfo(name)
            if len(what) == 2:
                info.type, info.linkname = what
            else:
                info.size = len(what[0])
            archive.addfile(info, io.BytesIO(what[0] if len(what) == 1 else b""))
    return out.getvalue()


class Made:
    """A folder with images that are called by name, and the index that names some of them."""

    def __init__(self, folder):
        self.folder = folder

    def image(self, name, platform=AMD64, config=None, manifest=None, tag=None, **more):
        described = ocilib.write_layout(self.folder, [tar((name, b"x"))], config={
            **(platform or {}), **(config or {})}, platform=platform)
        if manifest:
            text = {**json.loads(ocilib.blob(self.folder, described)), **manifest}
            described.update(ocilib.put(self.folder, json.dumps(text).encode()))
        described.pop("annotations")
        if tag:
            described["annotations"] = {"org.opencontainers.image.ref.name": tag}
        return {**described, **more}

    def nested(self, *descriptors, tag=None, **more):
        text = json.dumps({"schemaVersion": 2, "manifests": descriptors, **more}).encode()
        described = {"mediaType": INDEX, **ocilib.put(self.folder, text)}
        if tag:
            described["annotations"] = {"org.opencontainers.image.ref.name": tag}
        return described

    def index(self, *descriptors, tag=""):
        ocilib.write_index(self.folder, descriptors)
        return f"oci:{self.folder}{tag}"

    def spoil(self, part):
        """Another byte in the document that holds this text; its size stays."""
        for name in os.listdir(f"{self.folder}/blobs/sha256"):
            path = f"{self.folder}/blobs/sha256/{name}"
            with open(path, "rb") as file:
                data = file.read()
            if data.startswith(b"{") and part in data:
                with open(path, "wb") as file:
                    file.write(data.replace(b": ", b" :", 1))

    def other_config(self, name, described=None, **fields):
        """An image with these fields in its config, or with a config described otherwise."""
        image = self.image(name)
        manifest = json.loads(ocilib.blob(self.folder, image))
        config = {**json.loads(ocilib.blob(self.folder, manifest["config"])), **fields}
        manifest["config"].update({**ocilib.put(self.folder, json.dumps(config).encode()), **(described or {})})
        return {**image, **ocilib.put(self.folder, json.dumps(manifest).encode())}

    def archive(self, *members, kind="docker-archive", name="", pack=lambda data: data):
        with open(f"{self.folder}/made.tar", "wb") as file:
            file.write(pack(tar(*members)))
        return f"{kind}:{self.folder}/made.tar{name}"

    def files(self):
        """What a layout holds, as members of an archive."""
        found = []
        for folder, _, names in os.walk(self.folder):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    found.append((os.path.relpath(path, self.folder), file.read()))
        return sorted(found)


def spoiled(made, part, *descriptors):
    ref = made.index(*descriptors)
    made.spoil(part)
    return ref


def docker(name, tags=None, layers=("l.tar",), config="c.json", plain=None):
    """Members of an image as docker saves it."""
    text = json.dumps({**AMD64, "rootfs": {"type": "layers", "diff_ids": [
        "sha256:" + ocilib.hashlib.sha256(plain or tar((name, b"x"))).hexdigest()] * len(layers)}})
    return text.encode(), {"Config": config, "RepoTags": tags, "Layers": list(layers)}


def saved(made, name="one", more=(), pack=lambda data: data, layer=lambda data: data, **fields):
    config, image = docker(name, **fields)
    return made.archive((image["Config"], config), ("l.tar", layer(tar((name, b"x")))), *more,
                        ("manifest.json", json.dumps([image]).encode()), pack=pack)


def two_saved(made, name):
    members, images = [], []
    for number, tags in enumerate((["app:v1"], ["docker.io/library/shop:latest", "x/app:v2"])):
        config, image = docker(f"i{number}", tags, [f"{number}.tar"], f"{number}.json")
        members += [(f"{number}.json", config), (f"{number}.tar", tar((f"i{number}", b"x")))]
        images.append(image)
    return made.archive(*members, ("manifest.json", json.dumps(images).encode()), name=name)


def one_name(made, platform=ARM64):
    """Two images of one name, as an archive of several platforms has them."""
    members, images = [], []
    for number, more in enumerate((AMD64, platform)):
        config, image = docker(f"i{number}", ["app:v1"], [f"{number}.tar"], f"{number}.json")
        members += [(f"{number}.json", json.dumps({**json.loads(config), **more}).encode()),
                    (f"{number}.tar", tar((f"i{number}", b"x")))]
        images.append(image)
    return made.archive(*members, ("manifest.json", json.dumps(images).encode()), name=":app:v1")


def both_layouts(made, kind):
    """As docker saves since 25: one archive that is an OCI layout too."""
    made.index(made.image("oci"))
    config, image = docker("docker")
    return made.archive(*made.files(), ("c.json", config), ("l.tar", tar(("docker", b"x"))),
                        ("manifest.json", json.dumps([image]).encode()), kind=kind)


UNKNOWN = {"os": "unknown", "architecture": "unknown"}
# name, maker of the reference, platform or None, {the file of the image} or a word of the refusal
CASES = [
    ("the only image", lambda m: m.index(m.image("a")), None, {"a"}),
    ("the image of this platform", lambda m: m.index(m.nested(m.image("a", ARM64), m.image("b"))),
     "linux/amd64", {"b"}),
    ("the image of another platform",
     lambda m: m.index(m.nested(m.image("a"), m.image("b", ARM64))), "linux/arm64", {"b"}),
    ("the first of two that match", lambda m: m.index(m.nested(m.image("a"), m.image("b"))), None, {"a"}),
    ("a platform that there is not", lambda m: m.index(m.nested(m.image("a"), m.image("b", ARM64))),
     "linux/s390x", "it has linux/amd64, linux/arm64"),
    ("the variant that was asked for", lambda m: m.index(m.nested(
        m.image("a", {**ARM64, "variant": "v7"}), m.image("b", {**ARM64, "variant": "v8"}))),
     "linux/arm64/v8", {"b"}),
    ("a single image says its platform itself", lambda m: m.index({**m.image("a"), "platform": None}),
     "linux/arm64", "the image is for linux/amd64"),
    ("an attestation is no image", lambda m: m.index(m.nested(
        m.image("a", platform=UNKNOWN), m.image("b"))), None, {"b"}),
    ("an index that is an attestation", lambda m: m.index(m.nested(
        {**m.nested(m.image("a")), "platform": UNKNOWN}, m.image("b"))), None, {"b"}),
    ("unknown media types are passed over", lambda m: m.index(
        {"mediaType": "application/x", "digest": ZEROS, "size": 3}, m.image("b")), None, {"b"}),
    ("indexes in indexes", lambda m: m.index(m.nested(m.nested(m.image("a", ARM64)), m.nested(m.image("b")))),
     None, {"b"}),
    ("a tag", lambda m: m.index(m.image("a", tag="x"), m.image("b", tag="y"), tag=":y"), None, {"b"}),
    ("a tag of an index", lambda m: m.index(m.image("a", tag="x"), m.nested(m.image("b"), tag="y"), tag=":y"),
     None, {"b"}),
    ("a name in a nested index counts for nothing",
     lambda m: m.index(m.nested(m.image("a", tag="other")), tag=""), None, {"a"}),
    ("nor finds it anything", lambda m: m.index(m.nested(m.image("a", tag="y"), tag="x"), tag=":y"), None,
     "no image with the tag y"),
    ("several images and no tag", lambda m: m.index(m.image("a", tag="x"), m.image("b", tag="y")), None,
     "name the tag"),
    ("an empty index", lambda m: m.index(), None, "holds no image"),

    ("a manifest of another size", lambda m: m.index({**m.image("a"), "size": 7}), None, "described as 7"),
    ("a config of another size", lambda m: m.index(m.other_config("a", {"size": 7})), None, "described as 7"),
    ("a manifest that was changed", lambda m: spoiled(m, b'"layers"', m.image("a")), None, "have the digest"),
    ("a config that was changed", lambda m: spoiled(m, b'"rootfs"', m.image("a")), None, "have the digest"),
    ("a nested index that was changed", lambda m: spoiled(m, b'"manifests"', m.nested(m.image("a"))), None,
     "have the digest"),
    ("an index with a config", lambda m: m.index(m.nested(m.image("a"), config={})), None, "CVE-2021-41190"),
    ("a manifest described as an index", lambda m: m.index({**m.image("a"), "mediaType": INDEX}), None,
     "described as"),
    ("a manifest that calls itself an index", lambda m: m.index(m.image("a", manifest={"mediaType": INDEX})),
     None, "and is not"),
    ("schema version 1", lambda m: m.index(m.image("a", manifest={"schemaVersion": 1})), None,
     "schema version 1"),
    ("null means absent", lambda m: m.index(m.image("a", config={"config": {name: None for name in (
        "Env", "Entrypoint", "Cmd", "User", "WorkingDir", "StopSignal", "Volumes", "ExposedPorts", "Labels")}})),
     None, {"a"}),
    ("a null process", lambda m: m.index(m.image("a", config={"config": None})), None, {"a"}),
    ("a group above the largest", lambda m: m.index(m.image("a", config={"config": {"User": "0:2147483648"}})),
     None, "above"),
    ("the largest user and group",
     lambda m: m.index(m.image("a", config={"config": {"User": "2147483647:2147483647"}})), None, {"a"}),
    ("a diff_id that is no digest", lambda m: m.index(m.other_config("a", rootfs={
        "type": "layers", "diff_ids": ["sha256:../../etc/passwd"]})), None, "is no digest"),
    ("a rootfs that nobody knows", lambda m: m.index(m.other_config("a", rootfs={"type": "x"})), None,
     "rootfs of type x"),

    ("docker-archive", saved, None, {"one"}),
    ("of another platform", saved, "linux/arm64", "the image is for linux/amd64"),
    ("with a layer in gzip", lambda m: saved(m, layer=gzip.compress), None, {"one"}),
    ("in gzip itself", lambda m: saved(m, pack=gzip.compress), None, {"one"}),
    ("a layer twice, as a symlink", lambda m: saved(
        m, layers=["l.tar", "deep/er/layer.tar"], more=[("deep/er/layer.tar", b"2", "../../l.tar")]), None, {"one"}),
    ("a symlink beside its layer", lambda m: saved(
        m, layers=["deep/layer.tar"], more=[("deep/layer.tar", b"2", "real.tar"),
                                            ("deep/real.tar", tar(("one", b"x")))]), None, {"one"}),
    ("a layer twice, as a hard link", lambda m: saved(
        m, layers=["l.tar", "deep/layer.tar"], more=[("deep/layer.tar", b"1", "l.tar")]), None, {"one"}),
    ("layers that are links in a ring", lambda m: saved(
        m, layers=["a", "b"], more=[("a", b"2", "b"), ("b", b"2", "a")]), None, "symbolic links"),
    ("a layer that is not there", lambda m: saved(m, layers=["l.tar", "none.tar"]), None, "not in the archive"),
    ("a config of another digest", lambda m: saved(m, config="1" * 64 + ".json"), None, "have the digest"),
    ("a member twice", lambda m: saved(m, more=[("./l.tar", b"other")]), None, "twice"),
    ("two images and no name", lambda m: two_saved(m, ""), None, "name the one"),
    ("by name and tag", lambda m: two_saved(m, ":x/app:v2"), None, {"i1"}),
    ("by the short name of the first", lambda m: two_saved(m, ":app:v1"), None, {"i0"}),
    ("latest may be left out, and docker's own prefix", lambda m: two_saved(m, ":shop"), None, {"i1"}),
    ("of one name the platform's", one_name, "linux/arm64", {"i1"}),
    ("of one name this machine's", lambda m: one_name(m, {**AMD64, "architecture": "other"}), "linux/amd64", {"i0"}),
    ("of one name none", one_name, "linux/s390x", "the image is for linux/amd64, not linux/s390x"),
    ("another tag is another image", lambda m: two_saved(m, ":app:v3"), None, "with the name app:v3"),
    ("one archive of both kinds, as docker's", lambda m: both_layouts(m, "docker-archive"), None, {"docker"}),
    ("one archive of both kinds, as OCI's", lambda m: both_layouts(m, "oci-archive"), None, {"oci"}),
]


def judge(work, make, platform, want):
    os.mkdir(f"{work}/in")
    ref = make(Made(f"{work}/in"))
    env = {k: v for k, v in os.environ.items() if k != "KEEP_ALL_PLATFORM"}
    done = subprocess.run([KEEP_ALL, ref, f"oci:{work}/out:x"], stdout=subprocess.DEVNULL, timeout=60,
                          stderr=subprocess.PIPE, text=True, errors="replace",
                          env={**env, "KEEP_ALL_PLATFORM": platform} if platform else env)
    there = os.path.exists(f"{work}/out")
    if isinstance(want, str):
        fine = done.returncode == 1 and want in done.stderr and not there
        return None if fine else f"exit {done.returncode}, wanted {want!r} in {done.stderr[-300:]!r}"
    if done.returncode:
        return f"exit {done.returncode}: {done.stderr[-300:]!r}"
    have = set(ocilib.merge(ocilib.read_layout(f"{work}/out", "x")[2])) - {"/"}
    return None if have == {f"/{name}" for name in want} else f"the image is {have}"


def main():
    failed = 0
    for name, make, platform, want in CASES:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
            fault = judge(work, make, platform, want)
            if fault:
                failed += 1
                print(f"FAILED {name}: {fault}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
