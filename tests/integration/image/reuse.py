#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Layers whose blocks are copied from the source's, however it was compressed: read by zlib or
zstd and tarfile, which are not ours, they hold what the source holds.

usage: reuse.py KEEP-ALL gzip|zstd
"""
import gzip
import io
import os
import random
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zlib

sys.dont_write_bytecode = True
import ocilib

KEEP_ALL, KIND = os.path.abspath(sys.argv[1]), sys.argv[2]
FAILED = []


def zlib_with(level=6, wbits=31, memory=8, strategy=zlib.Z_DEFAULT_STRATEGY, step=None, flush=None):
    """A member; with a step, a flush behind that many bytes."""
    def pack(data):
        z = zlib.compressobj(level, zlib.DEFLATED, wbits, memory, strategy)
        out = []
        for at in range(0, len(data), step or len(data)):
            out.append(z.compress(data[at:at + (step or len(data))]))
            if flush is not None:
                out.append(z.flush(flush))
        return b"".join(out) + z.flush()
    return pack


def program(*command):
    return lambda data: subprocess.run(command, input=data, stdout=subprocess.PIPE, check=True).stdout


def members(size):
    return lambda data: b"".join(gzip.compress(data[at:at + size], 6)
                                 for at in range(0, len(data), size))


def frames(size, *options):
    """Frames of so many plain bytes, some skippable ones between them."""
    def pack(data):
        return b"\x51\x2a\x4d\x18\x02\0\0\0ab".join(
            program("zstd", "-q", "-c", *options)(data[at:at + size]) for at in range(0, len(data), size))
    return pack


def zstd(*options):
    return program("zstd", "-q", "-c", *options)


# name, how, the share of the layer's bytes that must be copied at the least
GZIP = [("level 1", zlib_with(1), .5), ("level 6", zlib_with(6), .5), ("level 9", zlib_with(9), .5),
        ("stored", zlib_with(0), .5), ("fixed", zlib_with(strategy=zlib.Z_FIXED), .3),
        ("literals", zlib_with(strategy=zlib.Z_HUFFMAN_ONLY), .3),
        ("runs", zlib_with(strategy=zlib.Z_RLE), .3), ("small blocks", zlib_with(memory=1), .2),
        ("a small window", zlib_with(wbits=25), .3),
        ("flushed", zlib_with(step=131072, flush=zlib.Z_SYNC_FLUSH), .5),
        ("full flushes", zlib_with(step=65536, flush=zlib.Z_FULL_FLUSH), .5),
        ("blocks of a few bytes", zlib_with(step=700, flush=zlib.Z_SYNC_FLUSH), .1),
        ("members", members(300000), .3), ("tiny members", members(3000), 0)]
# The larger the window, the farther into a file what can be copied begins.
SMALL = "--zstd=wlog=17,hlog=15,clog=15"
ZSTD = [("level 1", zstd("-1", SMALL), .4), ("level 3", zstd("-3", SMALL), .4),
        ("level 9", zstd("-9", SMALL), .4), ("level 19", zstd("-19", SMALL), .3),
        ("fast, without trees", zstd("--fast=5", SMALL), 0), ("no checksum", zstd("-3", SMALL, "--no-check"), .4),
        ("a window of 512 KiB", zstd("-3", "--zstd=wlog=19"), .1), ("its own window", zstd("-3"), 0),
        ("a window of 128 MiB", zstd("-3", "--long"), 0),
        ("frames", frames(300000, "-3"), .3), ("tiny frames", frames(9000, "-3"), 0),
        ("frames in frames' windows", frames(1000000, "-3", SMALL), .4),
        ("two threads, one frame", zstd("-3", "-T2", "-B1MiB", SMALL), .4),
        ("rsyncable", zstd("-3", "-T2", "--rsyncable", SMALL), .4)]
if shutil.which("pzstd"):
    ZSTD.append(("pzstd", program("pzstd", "-q", "-c", "-p", "4"), 0))
for tool in (("gzip", "-9n"), ("pigz", "-c"), ("igzip", "-c"), ("libdeflate-gzip", "-c"), ("bgzip", "-c")):
    if shutil.which(tool[0]):
        GZIP.append((tool[0], program(*tool), 0))


def tar_of(seed):
    """Large files of several kinds, small ones between, names of one file, holes."""
    choose = random.Random(seed)
    words = [choose.randbytes(choose.randint(2, 9)).hex().encode() for _ in range(2000)]
    text = lambda size: b" ".join(choose.choice(words) for _ in range(size // 9))[:size]
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as tar:
        for i in range(12):
            kind, size = i % 4, choose.choice((32767, 32768, 70000, 400001, 1500000))
            data = (text(size) if kind == 0 else bytes(size * 3) if kind == 1 else
                    choose.randbytes(size) if kind == 2 else text(size // 2) + choose.randbytes(size // 2))
            if KIND == "zstd":  # of noise only what stands in text: zstd stores it, between no sequences
                data = b"".join(data[at:at + 900] + text(1400) for at in range(0, len(data), 900))
            for name, content in ((f"large{i}", data), (f"small{i}", text(choose.randint(0, 3000)))):
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                tar.addfile(entry, io.BytesIO(content))
        link = tarfile.TarInfo("another-name")
        link.type, link.linkname = tarfile.LNKTYPE, "large3"
        tar.addfile(link)
    return out.getvalue()


def run(image, out, *more, **env):
    said = subprocess.run([KEEP_ALL, f"oci:{image}", f"oci:{out}:x", KIND, *more], check=True, text=True,
                          stdout=subprocess.PIPE, env={**os.environ, "KEEP_ALL_COPIED": "1", **env}).stdout
    digest, copied = said.split("\n")[:2]
    return digest, int(copied.split()[0]), int(copied.split()[2])


def packed_is_read(layout):
    manifest = ocilib.read_layout(layout, "x")[0]
    blob = f"{layout}/blobs/sha256/{manifest['layers'][0]['digest'][7:]}"
    with open(blob, "rb") as file:
        return subprocess.run([KIND, "-t", "-q"], stdin=file).returncode == 0


def check(work, name, pack, least, plain, want, seen):
    folder = f"{work}/{name.replace(' ', '-')}"
    ocilib.write_layout(folder, [plain], compress=pack, suffix="+" + KIND)
    digest, copied, size = run(folder, folder + "-out")
    layers = ocilib.read_layout(folder + "-out", "x")[2]
    ocilib.compare(want, ocilib.merge(layers), name)
    assert packed_is_read(folder + "-out"), f"{KIND} -t"
    assert copied >= least * size and copied <= size, f"{copied} of {size} bytes copied"
    for threads in ("1", "5"):
        assert run(folder, f"{folder}-{threads}", "one", threads)[0] == digest, f"{threads} threads"
    # what came out goes in: taken whole
    again = run(f"{folder}-out", folder + "-again")
    assert again[1] == again[2] == size, f"again: {again[1]} of {again[2]} bytes copied"
    # every tenth file, which keeps large ones too
    run(folder, folder + "-part", KEEP_ALL_EACH="10")
    part = ocilib.merge(ocilib.read_layout(folder + "-part", "x")[2])
    assert any(f["content"] for f in part.values()), "nothing was kept"
    for path, facts in part.items():
        assert facts["content"] == want[path]["content"], path
    # anew: the same contents, one digest for all
    anew = run(folder, folder + "-anew", KEEP_ALL_RECOMPRESS="1")
    assert anew[1] == 0 and ocilib.read_layout(folder + "-anew", "x")[2] == layers, "anew"
    seen.add(anew[0])
    return f"{copied * 100 // size} % of {size} bytes copied"


def main():
    plain, seen = tar_of(1), set()
    want = ocilib.merge([plain])
    ways = ZSTD if KIND == "zstd" else GZIP
    for name, pack, least in ways:
        with tempfile.TemporaryDirectory() as work:
            try:
                print(f"ok {name}: {check(work, name, pack, least, plain, want, seen)}", flush=True)
            except (AssertionError, subprocess.CalledProcessError, zlib.error, OSError) as wrong:
                FAILED.append(name)
                print(f"FAILED {name}: {wrong}", flush=True)
    if len(seen) != 1:
        FAILED.append("anew")
        print(f"FAILED {len(seen)} digests where all is compressed anew")
    print(f"{len(ways) - len(FAILED)} passed, {len(FAILED)} failed")
    sys.exit(bool(FAILED))


main()
