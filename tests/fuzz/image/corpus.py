#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seeds of the tar, compressed, deflate, zstd-copy and oci-json targets.

usage: corpus.py tests/fuzz/corpus
"""
import gzip
import io
import json
import os
import random
import subprocess
import sys
import tarfile
import tempfile
import zlib


def put(folder, name, data):
    path = os.path.join(sys.argv[1], folder)
    os.makedirs(path, exist_ok=True)
    with open(os.path.join(path, name), "wb") as file:
        file.write(data)


def tar(entries, format=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, errors="surrogateescape") as archive:
        for name, type, fields in entries:
            info = tarfile.TarInfo(name)
            info.type = type
            data = fields.pop("data", b"")
            info.size = len(data)
            for key, value in fields.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue().rstrip(b"\0") + bytes(1024 + -len(out.getvalue().rstrip(b"\0")) % 512)


def tars():
    some = lambda: [("./", b"5", {"mode": 0o755}), ("a/b", b"0", {"data": b"x"}),
                    ("l", b"2", {"linkname": "/a"}), ("h", b"1", {"linkname": "a/b"}),
                    ("f", b"6", {}), ("c", b"3", {"devmajor": 1, "devminor": 3}),
                    ("l/under", b"0", {"data": b"y" * 600})]
    yield "ustar", tar(some(), tarfile.USTAR_FORMAT)
    yield "gnu", tar(some() + [("n" * 150 + "/x", b"0", {}), ("k", b"2", {"linkname": "t" * 200})],
                     tarfile.GNU_FORMAT)
    yield "pax", tar(some() + [("p" * 300, b"0", {"mtime": -1.5, "uid": 3000000}),
                               ("x", b"0", {"pax_headers": {"SCHILY.xattr.user.x": "v\0\n=1"}})])
    yield "white-outs", tar([("d/x", b"0", {}), ("d/.wh.x", b"0", {}), ("d/.wh..wh..opq", b"0", {}),
                             (".wh.d", b"0", {}), ("d", b"5", {}), (".wh..wh.plnk/1", b"0", {})])
    yield "dots", tar([("../x", b"0", {})])
    yield "loop", tar([("a", b"2", {"linkname": "b"}), ("b", b"2", {"linkname": "a"}),
                       ("a/x", b"0", {})])
    yield "links", tar([("a", b"1", {"linkname": "b"}), ("b", b"1", {"linkname": "c"}),
                        ("c", b"0", {"data": b"1"})])
    yield "twice", tar([("a", b"0", {"data": b"1"}), ("a", b"0", {"data": b"2"})])
    yield "cut", tar(some())[:1700]
    with tempfile.TemporaryDirectory() as work:
        with open(f"{work}/s", "wb") as file:
            for i in range(9):
                file.seek(i * 65536)
                file.write(b"1")
        for i, options in enumerate((["--format=gnu"], ["--format=pax", "--sparse-version=0.0"],
                                     ["--format=pax", "--sparse-version=0.1"],
                                     ["--format=pax", "--sparse-version=1.0"])):
            made = subprocess.run(["tar", "-C", work, "-b1", "-S", *options, "-c", "s"],
                                  stdout=subprocess.PIPE, check=True).stdout
            yield f"sparse{i}", made


def blocks(data, level, strategy, flush, wbits=-15):
    """Raw deflate, the data in three parts with a flush behind each."""
    maker = zlib.compressobj(level, zlib.DEFLATED, wbits, 8, strategy)
    third = len(data) // 3
    out = b""
    for part in (data[:third], data[third:2 * third], data[2 * third:]):
        out += maker.compress(part) + (maker.flush(flush) if flush else b"")
    return out + maker.flush()


def header(data):
    """A member with every optional part of a header (RFC 1952 2.3)."""
    start = b"\x1f\x8b\x08\x1f" + bytes(6) + b"\x03\0abcname\0comment\0"
    start += (zlib.crc32(start) & 0xffff).to_bytes(2, "little")
    return (start + blocks(data, 9, 0, 0) + zlib.crc32(data).to_bytes(4, "little") +
            len(data).to_bytes(4, "little"))


def deflates():
    """First byte: 1 blocks, 0 members. Last two: sizes of rooms and pieces."""
    words = b"".join(b"%d times %s; " % (i * i, b"ab" * (i % 7)) for i in range(60))
    noise = bytes(i * i * 7919 >> 5 & 255 for i in range(300))
    for name, level, strategy, flush in (
            ("dynamic", 9, 0, 0), ("fixed", 6, 4, zlib.Z_FULL_FLUSH), ("huffman", 6, 2, 1),
            ("rle", 6, 3, zlib.Z_SYNC_FLUSH), ("stored", 0, 0, zlib.Z_SYNC_FLUSH),
            ("partial", 1, 0, 1), ("block", 6, 0, 5)):
        for sizes in ((b"a0", b"\x01\x03") if name == "dynamic" else (b"pp",)):
            yield name + sizes.hex(), b"\1" + blocks(words + noise, level, strategy, flush) + sizes
    yield "far", b"\1" + blocks(noise + bytes(32500) + noise, 9, 0, 0) + b"zz"
    yield "header", b"\0" + header(words) + b"\x05\x07"
    yield "members", b"\0" + header(noise) + gzip.compress(b"", mtime=0) + header(words) + bytes(9) + b"01"


def zstds():
    """The last four bytes: which 4096ths of the plain bytes are the file."""
    choose = random.Random(1)
    words = [bytes(choose.choices(b"etaoinshrdlu ", k=choose.randint(2, 9))) for _ in range(300)]
    piece = b"".join(choose.choices(words, k=400))
    text = b"".join(b"".join(choose.choices(words, k=24)) + piece for _ in range(700))
    whole, part = b"\0\0\xff\x0f", b"\x30\0\x80\x0d"

    def pack(data, *options):
        return subprocess.run(["zstd", "-c", "-q", *options], input=data, stdout=subprocess.PIPE,
                              check=True).stdout

    window = "--zstd=wlog=17,hlog=14,clog=14"
    yield "window", pack(text, "-1", window) + whole
    yield "strong", pack(text[:900000], "-16", "--no-check", "--zstd=wlog=16") + part
    yield "frames", b"".join(pack(text[at:at + 200000], "-3") for at in range(0, 600000, 200000)) + part
    yield "zeros", pack(bytes(3000000), "-3", window) + whole
    yield "skippable", b"\x5a\x2a\x4d\x18\x03\0\0\0abc" + pack(text[:100000], "-5") + part


def main():
    for name, data in deflates():
        put("deflate", name, data)
    for name, data in zstds():
        put("zstd-copy", name, data)
    for name, data in tars():
        put("tar", name, data)
        if name in ("ustar", "pax"):
            zst = subprocess.run(["zstd", "-c"], input=data, stdout=subprocess.PIPE,
                                 check=True).stdout
            put("compressed", name + ".gz", gzip.compress(data, mtime=0))
            put("compressed", name + ".zst", zst)
            put("compressed", name + ".members", gzip.compress(data[:99], mtime=0) +
                gzip.compress(data[99:], mtime=0) + bytes(100))
            put("compressed", name + ".frames", zst + b"\x51\x2a\x4d\x18\x02\0\0\0ab" + zst)
            put("compressed", name + ".cut", gzip.compress(data, mtime=0)[:-5])
    put("compressed", "plain", b"plain bytes")
    put("compressed", "bomb.gz", gzip.compress(bytes(4 << 20), mtime=0))
    digest = "sha256:" + "0a" * 32
    image = {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": digest, "size": 2}
    layer = {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": digest, "size": 9}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": image, "layers": [layer]}
    index = {"schemaVersion": 2, "manifests": [
        {"mediaType": manifest["mediaType"], "digest": digest, "size": 1,
         "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"},
         "annotations": {"org.opencontainers.image.ref.name": "a"}}]}
    config = {"architecture": "amd64", "os": "linux", "config": {
        "Env": ["A=b"], "Cmd": ["x"], "Entrypoint": None, "User": "1:2", "Volumes": {"/b": {}, "/a": {}},
        "ExposedPorts": {"80/tcp": {}}}, "rootfs": {"type": "layers", "diff_ids": [digest]}}
    both = {**manifest, "manifests": []}
    for name, json_value in (("manifest", manifest), ("index", index), ("config", config),
                             ("both", both),
                             ("traversal", {**manifest, "config": {**image, "digest": "../../etc"}}),
                             ("uid", {"config": {"User": "4294967296"}}),
                             ("types", {"config": {"Env": {"a": 1}, "Cmd": "x", "Volumes": []}})):
        put("oci-json", name, json.dumps(json_value).encode())
    put("oci-json", "duplicate", b'{"layers": [], "layers": []}')


main()
