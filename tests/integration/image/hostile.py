#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Hostile images are refused with a message that names the blob and the cause, nothing
is written and nothing crashes.

usage: hostile.py KEEP-ALL
"""
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
import tarfile
import tempfile

import ocilib

KEEP_ALL = os.path.abspath(sys.argv[1])
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


def tar(*members):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, fields in members:
            info = tarfile.TarInfo(name)
            data = fields.pop("data", b"")
            info.size = len(data)
            for key, value in fields.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


PLAIN = tar(("file", {"data": b"x"}))


def raw_header(name, type, size=0, **fields):
    info = tarfile.TarInfo(name)
    info.type = type
    for key, value in fields.items():
        setattr(info, key, value)
    block = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    block[124:136] = b"%011o\0" % size
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def pad(data):
    return data + bytes(-len(data) % 512)


def pax(*records):
    lines = []
    for record in records:
        length = len(record) + 3
        while len(b"%d %s\n" % (length, record)) != length:
            length = len(b"%d %s\n" % (length, record))
        lines.append(b"%d %s\n" % (length, record))
    body = b"".join(lines)
    return raw_header("PaxHeaders/x", b"x", len(body)) + pad(body)


def resum(block, at, value):
    """The header with other bytes at an offset, and the checksum that goes with them."""
    block = bytearray(block)
    block[at:at + len(value)] = value
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


END = bytes(1024)


class Image:
    """A good layout whose pieces a case replaces by bad ones."""

    def __init__(self, folder):
        self.folder = folder

    def index(self, text):
        with open(f"{self.folder}/index.json", "w") as file:
            file.write(text)
        with open(f"{self.folder}/oci-layout", "w") as file:
            file.write("{}")

    def descriptor(self, manifest_text):
        return {"mediaType": MANIFEST, **ocilib.put(self.folder, manifest_text.encode())}

    def manifest(self, text):
        self.index(json.dumps({"schemaVersion": 2, "manifests": [self.descriptor(text)]}))

    def made(self, plain=PLAIN, blob=None, config=None, layer=None, diff_id=None, manifest=None):
        blob = gzip.compress(plain) if blob is None else blob
        diff = diff_id or "sha256:" + hashlib.sha256(plain).hexdigest()
        settings = {"os": "linux", "architecture": "amd64",
                    "rootfs": {"type": "layers", "diff_ids": [diff]}, **(config or {})}
        described = {"mediaType": LAYER, **ocilib.put(self.folder, blob), **(layer or {})}
        document = {"schemaVersion": 2, "mediaType": MANIFEST,
                    "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                               **ocilib.put(self.folder, json.dumps(settings).encode())},
                    "layers": [described], **(manifest or {})}
        self.manifest(json.dumps(document))


def layer(data):
    return lambda image: image.made(plain=data)


def swap_byte(image):
    image.made()
    blobs = f"{image.folder}/blobs/sha256"
    path = f"{blobs}/{hashlib.sha256(gzip.compress(PLAIN, mtime=0)).hexdigest()}"
    for name in os.listdir(blobs):
        with open(f"{blobs}/{name}", "rb") as file:
            data = bytearray(file.read())
        if data[:2] == b"\x1f\x8b":
            data[-5] ^= 1
            path = f"{blobs}/{name}"
            with open(path, "wb") as file:
                file.write(data)


def change_time(image):
    """The blob inflates to the same bytes, but is not the one described."""
    image.made(blob=gzip.compress(PLAIN, mtime=5))
    blobs = f"{image.folder}/blobs/sha256"
    for name in os.listdir(blobs):
        with open(f"{blobs}/{name}", "rb") as file:
            data = bytearray(file.read())
        if data[:2] == b"\x1f\x8b":
            data[4] ^= 1
            with open(f"{blobs}/{name}", "wb") as file:
                file.write(data)


def fifo_blob(image):
    image.made()
    blobs = f"{image.folder}/blobs/sha256"
    for name in os.listdir(blobs):
        with open(f"{blobs}/{name}", "rb") as file:
            if file.read(2) == b"\x1f\x8b":
                os.unlink(f"{blobs}/{name}")
                os.mkfifo(f"{blobs}/{name}")


def nested(image):
    descriptor = {"mediaType": "application/vnd.oci.image.index.v1+json", "digest": "", "size": 0}
    text = json.dumps({"schemaVersion": 2, "manifests": []})
    for _ in range(9):
        descriptor = {"mediaType": "application/vnd.oci.image.index.v1+json",
                      **ocilib.put(image.folder, text.encode())}
        text = json.dumps({"schemaVersion": 2, "manifests": [descriptor]})
    image.index(text)


SIZE = 3 * 512  # of the entry that a PAX size would swallow
SMUGGLED = raw_header("hidden", b"0", 0)

CASES = [
    ("a digest that is a path",
     lambda i: i.made(layer={"digest": "sha256:../../../../etc/passwd"}), "digest"),
    ("a digest in capitals", lambda i: i.made(layer={"digest": "sha256:" + "A" * 64}), "digest"),
    ("another algorithm", lambda i: i.made(layer={"digest": "sha512:" + "a" * 128}), "digest"),
    ("a size that is wrong", lambda i: i.made(layer={"size": 5}), "described as 5"),
    ("a size below zero", lambda i: i.made(layer={"size": -1}), "no size"),
    ("no size", lambda i: i.made(layer={"size": None}), "no size"),
    ("a diffID that is wrong", lambda i: i.made(diff_id="sha256:" + "0" * 64), "diffID"),
    ("a blob that was changed", swap_byte, "gzip: wrong checksum"),
    ("a blob with the same content, but not the one described", change_time, "have the digest"),
    ("a blob that is a FIFO", fifo_blob, "not a file"),
    ("a blob that is missing", lambda i: i.made(layer={"digest": "sha256:" + "1" * 64}),
     "No such file"),
    ("a manifest that is an index too", lambda i: i.made(manifest={"manifests": []}),
     "CVE-2021-41190"),
    ("a key twice", lambda i: i.manifest('{"schemaVersion": 2, "config": {}, "config": {}}'),
     "duplicate"),
    ("a manifest that is no JSON", lambda i: i.manifest("{"), "JSON"),
    ("a manifest of 5 MiB", lambda i: i.manifest("[" + "1," * (5 << 19) + "1]"), "limit"),
    ("JSON that is deep", lambda i: i.manifest("[" * 100000), "JSON"),
    ("an index in itself", nested, "index-depth"),
    ("an artifact", lambda i: i.made(manifest={"config": {
        "mediaType": "application/vnd.example+json", "digest": "sha256:" + "0" * 64, "size": 2}}),
     "not a container image"),
    ("a foreign layer", lambda i: i.made(layer={
        "mediaType": "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip"}), "media type"),
    ("fewer diff_ids than layers",
     lambda i: i.made(config={"rootfs": {"type": "layers", "diff_ids": []}}), "diff_ids"),
    ("Env that is no list", lambda i: i.made(config={"config": {"Env": "A=b"}}), "Env"),
    ("a user above the largest", lambda i: i.made(config={"config": {"User": "4294967296:0"}}),
     "above"),
    ("a user that wraps around", lambda i: i.made(config={"config": {"User": "2147483648"}}), "above"),
    ("a gzip that is cut", lambda i: i.made(blob=gzip.compress(PLAIN)[:-3]), "cut short"),
    ("a gzip with bytes behind", lambda i: i.made(blob=gzip.compress(PLAIN) + b"more"),
     "behind the last member"),
    ("a zstd that is cut", lambda i: i.made(blob=subprocess.run(
        ["zstd", "-c"], input=PLAIN, stdout=subprocess.PIPE, check=True).stdout[:-3]), "cut short"),
    ("an xz layer", lambda i: i.made(blob=b"\xfd7zXZ\0" + bytes(20)), "xz"),
    ("a bomb", lambda i: i.made(plain=raw_header("zeros", b"0", 64 << 20) + bytes(64 << 20) + END),
     "--max-bytes"),
    ("many entries", layer(tar(*[(f"f{n}", {}) for n in range(3000)])), "--max-entries"),
    ("dots", layer(tar(("../../etc/cron.d/x", {}))), '".."'),
    ("dots in the middle", layer(tar(("a/../../x", {}))), '".."'),
    ("a hard link out", layer(tar(("x", {"type": b"1", "linkname": "../../etc/shadow"}))), '".."'),
    ("a hard link to nothing", layer(tar(("x", {"type": b"1", "linkname": "etc/shadow"}))),
     "in no layer"),
    ("a root that is a symlink", layer(tar((".", {"type": b"2", "linkname": "/"}))),
     "no directory"),
    ("a white-out of nothing", layer(tar(("d/.wh.", {}))), "of nothing"),
    ("an owner above INT32_MAX", layer(tar(("x", {"uid": 1 << 31}))), "id"),
    ("an owner below zero", layer(resum(raw_header("x", b"0"), 108, b"\xff" * 8) + END), "id"),
    ("a header with a wrong checksum", layer(b"x" * 512 + END), "checksum"),
    ("a tar that is cut", layer(PLAIN[:700]), "ends inside"),
    ("bytes behind the end", layer(PLAIN + SMUGGLED), "behind its end"),
    ("a lone zero block", layer(raw_header("a", b"0") + bytes(512) + SMUGGLED + END), "lone"),
    ("a PAX size in front of a long name",
     layer(pax(b"size=%d" % SIZE) + raw_header("././@LongLink", b"L", 5) + pad(b"name\0") +
           raw_header("x", b"0", SIZE) + pad(b"y" * SIZE) + raw_header("hidden", b"0")[:400]),
     "ends inside"),
    ("a directory with bytes", layer(raw_header("d", b"5", 512) + SMUGGLED + END), "has bytes"),
    ("a link with bytes", layer(PLAIN[:1024] + raw_header("l", b"1", 512, linkname="file") +
                                SMUGGLED + END), "has bytes"),
    ("two names", layer(pax(b"path=a") + raw_header("././@LongLink", b"L", 2) + pad(b"b\0") +
                        raw_header("x", b"0") + END), "two names"),
    ("two PAX headers", layer(pax(b"path=a") + pax(b"path=b") + raw_header("x", b"0") + END),
     "two extended"),
    ("a PAX header for nothing", layer(pax(b"path=a") + END), "without an entry"),
    ("a PAX record of the wrong length",
     layer(raw_header("p", b"x", 12) + pad(b"99 path=abc\n") + raw_header("x", b"0") + END),
     "wrong length"),
    ("a NUL in a PAX name", layer(pax(b"path=a\0b") + raw_header("x", b"0") + END), "NUL"),
    ("a global header that renames",
     layer(raw_header("g", b"g", 12) + pad(b"12 path=abc\n") + raw_header("x", b"0") + END),
     "global"),
    ("a huge PAX header", layer(raw_header("p", b"x", 1 << 30) + END), "extended header"),
    ("a sparse map that lies",
     layer(pax(b"GNU.sparse.major=0", b"GNU.sparse.minor=1", b"GNU.sparse.name=s",
               b"GNU.sparse.size=10", b"GNU.sparse.map=0,5,1000000000000,5") +
           raw_header("s", b"0", 10) + pad(b"0123456789") + END), "sparse"),
    ("a sparse file of an exabyte",
     layer(pax(b"GNU.sparse.major=0", b"GNU.sparse.minor=1", b"GNU.sparse.name=s",
               b"GNU.sparse.size=1000000000000000000", b"GNU.sparse.map=0,1") +
           raw_header("s", b"0", 1) + pad(b"0") + END), "--max-bytes"),
    ("a type that nobody knows", layer(raw_header("v", b"V") + END), "type"),
    ("symlinks in a ring", layer(tar(("a", {"type": b"2", "linkname": "b"}),
                                     ("b", {"type": b"2", "linkname": "a"}), ("a/x", {}))),
     "symbolic links"),
]


def main():
    failed = 0
    for name, make, expect in CASES:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
            os.makedirs(f"{work}/in")
            make(Image(f"{work}/in"))
            done = subprocess.run([KEEP_ALL, f"oci:{work}/in", f"oci:{work}/out:x"],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                  errors="replace", timeout=60,
                                  env={**os.environ, "KEEP_ALL_MAX_BYTES": "8388608",
                                       "KEEP_ALL_MAX_ENTRIES": "2000"})
            if done.returncode != 1 or expect not in done.stderr or os.listdir(work) != ["in"]:
                failed += 1
                print(f"FAILED {name}: exit {done.returncode}, {sorted(os.listdir(work))}, "
                      f"wanted {expect!r} in {done.stderr.strip()[-300:]!r}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
