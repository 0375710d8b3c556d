#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every ceiling of --limit: what reaches it is read, what is one above is refused by blob,
entry and option, and the option lets it through.

usage: limits.py CLNIMG-PACK
"""
import io
import json
import os
import re
import subprocess
import sys
import tarfile
import tempfile

import ocilib

PACK = os.path.abspath(sys.argv[1])
INDEX = "application/vnd.oci.image.index.v1+json"
EMPTY = {"schema": "clnimg.trace/1", "complete": False, "losses": {}, "runs": [], "roots": [],
         "execs": [], "files": [], "ports": [], "syscalls": []}


def tar(*members):
    """(name, bytes, PAX records)"""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, data, records in members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            info.pax_headers = dict(records)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def pax_record(key, value):
    length = len(key) + len(value) + 3
    while len(f"{length} {key}={value}\n") != length:
        length = len(f"{length} {key}={value}\n")
    return length


def image(work, layers, **more):
    ocilib.write_layout(f"{work}/in", layers, **more)
    return f"oci:{work}/in"


def of_bytes(work, n):
    return image(work, [tar(("big", b"x" * (n - 512 - 1024 - (n % 512)), {}))[:n - n % 512]])


def of_entries(work, n):
    return image(work, [tar(*[(f"f{i}", b"", {}) for i in range(n)])])


def of_layers(work, n):
    return image(work, [tar((f"f{i}", b"", {})) for i in range(n)])


def of_layers_docker(work, n):
    layers = [tar((f"f{i}", b"", {})) for i in range(n)]
    config = json.dumps({"os": "linux", "architecture": "amd64", "rootfs": {
        "type": "layers", "diff_ids": ["sha256:" + ocilib.hashlib.sha256(l).hexdigest()
                                       for l in layers]}}).encode()
    with tarfile.open(f"{work}/in.tar", "w") as archive:
        for name, data in [("c.json", config)] + [(f"{i}.tar", l) for i, l in enumerate(layers)] + [
                ("manifest.json", json.dumps([{"Config": "c.json", "RepoTags": None, "Layers":
                                               [f"{i}.tar" for i in range(n)]}]).encode())]:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return f"docker-archive:{work}/in.tar"


def of_json_bytes(work, n):
    config = {"architecture": "amd64", "os": "linux", "x": ""}
    image(work, [tar(("f", b"", {}))], config=config)
    manifest, _, _ = ocilib.read_layout(f"{work}/in")
    config["x"] = "x" * (n - manifest["config"]["size"])
    return image(work, [tar(("f", b"", {}))], config=config)


def of_json_depth(work, n):
    deep = []
    for _ in range(n - 2):  # the object and its member's list are two
        deep = [deep]
    return image(work, [tar(("f", b"", {}))], config={"x": deep, "y": "[[[[[[[[[[[[[[[[[\\\"[[["})


def of_index_depth(work, n):
    descriptor = ocilib.write_layout(f"{work}/in", [tar(("f", b"", {}))])
    descriptor.pop("annotations")
    for _ in range(n):
        index = json.dumps({"schemaVersion": 2, "mediaType": INDEX,
                            "manifests": [descriptor]}).encode()
        descriptor = {"mediaType": INDEX, **ocilib.put(f"{work}/in", index)}
    ocilib.write_index(f"{work}/in", [descriptor])
    return f"oci:{work}/in"


def of_header_bytes(work, n):
    length = 10
    while pax_record("comment", "x" * length) < n:
        length += n - pax_record("comment", "x" * length)
    while pax_record("comment", "x" * length) > n:
        length -= 1
    return image(work, [tar(("long", b"", {"comment": "x" * length}))])


def of_xattr_bytes(work, n):
    return image(work, [tar(("tagged", b"", {"SCHILY.xattr.user.a": "v" * n}))])


def of_xattrs(work, n):
    records = {f"SCHILY.xattr.user.{i}": "v" for i in range(n)}
    return image(work, [tar(("tagged", b"", records))])


def of_sparse(work, n, **records):
    pieces = ",".join(f"{i * 1024},1" for i in range(n))
    return image(work, [tar(("sparse", b"y" * n, {
        "GNU.sparse.major": "0", "GNU.sparse.minor": "1", "GNU.sparse.name": "sparse",
        "GNU.sparse.size": str(n * 1024), "GNU.sparse.map": pieces}))])


def of_sparse_1(work, n):
    """PAX 1.0: the map stands in front of the data."""
    text = "".join([f"{n}\n"] + [f"{i * 1024}\n1\n" for i in range(n)]).encode()
    data = text + bytes(-len(text) % 512) + b"y" * n
    return image(work, [tar(("sparse", data, {
        "GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "sparse",
        "GNU.sparse.realsize": str(n * 1024)}))])


def of_members(work, n):
    image(work, [tar(("f", b"", {}))])
    files = [os.path.join(folder, name) for folder, _, names in os.walk(f"{work}/in")
             for name in names]
    with tarfile.open(f"{work}/in.tar", "w") as archive:
        for path in sorted(files):
            archive.add(path, os.path.relpath(path, f"{work}/in"))
        for i in range(n - len(files)):
            archive.addfile(tarfile.TarInfo(f"more{i}"))
    return f"oci-archive:{work}/in.tar"


def of_window(work, n):
    def compress(data):  # a stream of unknown length says its whole window
        return subprocess.run(["zstd", "-q", f"--long={n.bit_length() - 1}", "-c"], input=data,
                              stdout=subprocess.PIPE, check=True).stdout
    return image(work, [tar(("f", b"x" * 100000, {}))], compress=compress, suffix="+zstd")


BLOB = r"(layer |)sha256:[0-9a-f]{64}|blobs/sha256/[0-9a-f]{64}"
# name, the limit tried, what is one step above it, maker, blob, entry
CASES = [
    ("bytes", 8192, 8192 + 512, of_bytes, BLOB, "entry big"),
    ("entries", 7, 8, of_entries, BLOB, "entry f7"),
    ("layers", 3, 4, of_layers, BLOB, ""),
    ("layers", 3, 4, of_layers_docker, "manifest.json", ""),
    ("json-bytes", 2000, 2001, of_json_bytes, BLOB, ""),
    ("json-depth", 9, 10, of_json_depth, BLOB, ""),
    ("index-depth", 2, 3, of_index_depth, BLOB, ""),
    ("header-bytes", 3000, 3001, of_header_bytes, BLOB, "extended header .*long"),
    ("xattr-bytes", 300, 301, of_xattr_bytes, BLOB, "extended header .*tagged.*user.a"),
    ("xattrs", 5, 6, of_xattrs, BLOB, "extended header .*tagged"),
    ("sparse-pieces", 6, 7, of_sparse, BLOB, "extended header .*sparse"),
    ("sparse-pieces", 6, 7, of_sparse_1, BLOB, "entry sparse"),
    ("members", 9, 10, of_members, "in.tar", "member more"),
    ("zstd-window", 1 << 20, 1 << 21, of_window, BLOB, ""),
]
DEFAULTS = [  # what the help promises, where it is cheap to try: the default and one above
    ("layers", 1024, of_layers), ("json-depth", 128, of_json_depth),
    ("index-depth", 4, of_index_depth), ("xattr-bytes", 65536, of_xattr_bytes),
    ("xattrs", 1024, of_xattrs), ("header-bytes", 1 << 20, of_header_bytes),
    ("json-bytes", 4 << 20, of_json_bytes), ("sparse-pieces", 262144, of_sparse_1),
]
failed = passed = 0


def check(name, ok, detail):
    global failed, passed
    passed += bool(ok)
    failed += not ok
    if not ok:
        print(f"FAILED {name}: {detail}")


def run(make, n, *limits):
    """Status 3 says that all was read: the empty manifest is refused then."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
        with open(f"{work}/m.json", "w") as file:
            json.dump(EMPTY, file)
        ref = make(work, n)
        done = subprocess.run([PACK, "--image", ref, "--manifest", f"{work}/m.json", "--dry-run",
                               *[f"--limit={limit}" for limit in limits]], text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120)
        return done.returncode, done.stderr.strip()


def main():
    helped = subprocess.run([PACK, "--help"], text=True, stdout=subprocess.PIPE,
                            check=True).stdout
    names = re.findall(r"^  ([a-z-]+)=(?:N|SIZE): ", helped, re.M)
    check("a test for every limit", sorted(set(c[0] for c in CASES)) == sorted(names), names)
    for name, at, above, make, blob, entry in CASES:
        what = f"{name} ({make.__name__})"
        status, said = run(make, at, f"{name}={at}")
        check(f"{what}: at it", status == 3 and "no container" in said, said)
        status, said = run(make, above, f"{name}={at}")
        check(f"{what}: above it", status == 1 and f"more than {at} " in said, said)
        check(f"{what}: names the option", f"--limit {name}=" in said, said)
        check(f"{what}: names blob and entry", re.search(blob + ".*" + entry, said), said)
        status, said = run(make, above, f"{name}={above}")
        check(f"{what}: raised", status == 3 and "no container" in said, said)
    for name, at, make in DEFAULTS:
        status, said = run(make, at)
        check(f"{name}: the default", status == 3, said[:300])
        status, said = run(make, at + 1)
        check(f"{name}: above the default", status == 1 and f"--limit {name}=" in said, said[:300])
    for wrong in ("nothing=1", "layers", "layers=", "layers=x", "layers=-1", "layers=0",
                  "layers=99999999999", "bytes=1Q", ""):
        status, said = run(of_entries, 1, wrong)
        check(f"--limit {wrong}", status == 2 and "--limit" in said, said)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
