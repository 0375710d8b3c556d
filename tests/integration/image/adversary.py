#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Images made to exhaust, confuse or lead astray. Each is read as the rules say, or
refused with the blob's and the entry's name; in bounded time and memory, with
nothing written but a whole image.

usage: adversary.py KEEP-ALL
"""
import gzip
import os
import shutil
import struct
import subprocess
import sys
import tempfile

import ocilib
from hostile import END, KEEP_ALL, PLAIN, Image, layer, pad, pax, raw_header, resum, tar

SECONDS, PEAK_KIB = 20, 220 << 10
DEEP = "/".join(["d"] * 32000)


def file(name, data=b"x", **fields):
    return raw_header(name, b"0", len(data), **fields) + pad(data)


def base256(size, data):
    return resum(raw_header("big", b"0"), 124, b"\x80" + bytes(3) + struct.pack(">Q", size)) + pad(data)


def many_xattrs(count):
    return pax(*[b"SCHILY.xattr.user.a%d=x" % n for n in range(count)]) + raw_header("x", b"0") + END


def blob(data, suffix="+gzip", plain=None):
    """A layer whose stored bytes are these."""
    return lambda image: image.made(plain=plain or PLAIN, blob=data, layer={
        "mediaType": "application/vnd.oci.image.layer.v1.tar" + suffix})


def members(count, each):
    """gzip in members that inflate to far more than they hold."""
    one = gzip.compress(bytes(each), 9, mtime=0)
    return gzip.compress(raw_header("zeros", b"0", count * each)) + one * count


def zstd(data, *options):
    return subprocess.run(["zstd", "-qc", *options], input=data, stdout=subprocess.PIPE,
                          check=True).stdout


def window(log):
    """A frame that asks for a window of 2**log bytes: magic, no sizes, window, one raw block."""
    return (b"\x28\xb5\x2f\xfd" + bytes([0x00, (log - 10) << 3]) +
            struct.pack("<I", (len(PLAIN) << 3) | 1)[:3] + PLAIN)


def wh(*names):
    return layer(file("d/below") + b"".join(file(n, b"") for n in names) + END)


# name, image, None (must be read) or a word of the refusal
CASES = [
    ("a symlink to itself", layer(tar(("a", {"type": b"2", "linkname": "a"}))), None),
    ("forty symlinks and one more", layer(tar(
        *[(f"l{n}", {"type": b"2", "linkname": f"l{n + 1}"}) for n in range(41)], ("l0/x", {}))),
     "symbolic links"),
    ("a symlink out, and a file behind it", layer(tar(
        ("out", {"type": b"2", "linkname": "../../../../tmp"}), ("out/clnimg-escaped", {}))), None),
    ("a hard link to a folder", layer(tar(("d", {"type": b"5"}), ("l", {"type": b"1", "linkname": "d"}))),
     "hard link"),
    ("a hard link to itself", layer(tar(("l", {"type": b"1", "linkname": "l"}))), "hard link"),
    ("two hard links to each other", layer(tar(("a", {"type": b"1", "linkname": "b"}),
                                               ("b", {"type": b"1", "linkname": "a"}))), "hard link"),
    ("a hard link to what its own layer whites out", layer(tar(
        ("f", {"data": b"x"}), (".wh.f", {}), ("l", {"type": b"1", "linkname": "f"}))), None),
    ("a white-out of this folder", wh("d/.wh.."), ".wh."),
    ("a white-out of the one above", wh("d/.wh..."), ".wh."),
    ("a white-out of nothing", wh("d/.wh."), "nothing"),
    ("an opaque root", wh(".wh..wh..opq"), None),
    ("an opaque file", layer(file("f") + file("f/.wh..wh..opq", b"") + END), None),
    ("a white-out below a file", layer(file("f") + file("f/.wh.x", b"") + END), None),
    ("names that differ in case only", layer(tar(("Read", {"data": b"1"}), ("read", {"data": b"2"}),
                                                 ("READ", {"data": b"3"}))), None),
    ("32000 folders in each other", layer(pax(b"path=" + DEEP.encode()) + raw_header("x", b"0") + END),
     "4095"),
    ("a link to a name of 64 KiB", layer(pax(b"linkpath=" + b"x" * 65536) + raw_header("x", b"2") + END),
     "4095"),
    ("a component of 300 bytes", layer(pax(b"path=" + b"n" * 300) + raw_header("x", b"0") + END), "255"),
    ("2000 folders, each by itself", layer(tar(*[("/".join(["d"] * n), {"type": b"5"})
                                                 for n in range(1, 1999)])), None),
    ("100000 xattrs", layer(many_xattrs(100000)), "extended"),
    ("1025 xattrs", layer(many_xattrs(1025)), "extended"),
    ("an xattr of 65 KiB", layer(pax(b"SCHILY.xattr.user.a=" + b"x" * 66000) + raw_header("x", b"0") + END),
     "extended attribute"),
    ("device nodes", layer(tar(("null", {"type": b"3", "devmajor": 1, "devminor": 3}),
                               ("sda", {"type": b"4", "devmajor": 8}))), None),
    ("a device with huge numbers", layer(resum(raw_header("n", b"3"), 329, b"\x80" + b"\xff" * 7) + END),
     "entry n: a number"),
    ("an owner of 2**31 in base 256", layer(resum(raw_header("x", b"0"), 108, b"\x80\0\0\0\x80\0\0\0") + END),
     "entry x: user id"),
    ("an owner of 2**31 in PAX", layer(pax(b"uid=2147483648") + raw_header("x", b"0") + END), "id"),
    ("an owner with a sign in PAX", layer(pax(b"gid=-1") + raw_header("x", b"0") + END), "gid"),
    ("a size in base 256", layer(base256(5, b"12345") + END), None),
    ("a size of 2**63 in base 256", layer(base256(1 << 63, b"12345") + END), "entry big"),
    ("a size of 2**60 in PAX", layer(pax(b"size=%d" % (1 << 60)) + raw_header("huge", b"0") + END), "entry huge"),
    ("a size in PAX", layer(pax(b"size=5") + raw_header("x", b"0", 5) + pad(b"12345") + END), None),
    ("a size in PAX that is no number", layer(pax(b"size=5x") + raw_header("x", b"0", 5) + END), "size"),
    ("a time of 10**30", layer(pax(b"mtime=1" + b"0" * 30) + raw_header("x", b"0") + END), "mtime"),
    ("a sparse file 0.0 without its map", layer(pax(b"GNU.sparse.size=100", b"GNU.sparse.numblocks=1") +
                                                raw_header("s", b"0", 10) + pad(b"0123456789") + END), "sparse"),
    ("a sparse map 0.1 that overlaps", layer(pax(
        b"GNU.sparse.size=100", b"GNU.sparse.numblocks=2", b"GNU.sparse.map=0,10,5,10") +
        raw_header("s", b"0", 20) + pad(bytes(20)) + END), "sparse"),
    ("a sparse map 0.1 of odd length", layer(pax(
        b"GNU.sparse.size=100", b"GNU.sparse.numblocks=1", b"GNU.sparse.map=0") +
        raw_header("s", b"0", 20) + pad(bytes(20)) + END), "sparse"),
    ("a sparse map 1.0 of letters", layer(pax(
        b"GNU.sparse.major=1", b"GNU.sparse.minor=0", b"GNU.sparse.realsize=100", b"GNU.sparse.name=s") +
        raw_header("s", b"0", 512) + pad(b"x\n") + END), "sparse"),
    ("a sparse map 1.0 of a billion pieces", layer(pax(
        b"GNU.sparse.major=1", b"GNU.sparse.minor=0", b"GNU.sparse.realsize=100", b"GNU.sparse.name=s") +
        raw_header("s", b"0", 512) + pad(b"999999999\n") + END), "sparse"),
    ("a sparse version that nobody knows", layer(pax(
        b"GNU.sparse.major=2", b"GNU.sparse.minor=0", b"GNU.sparse.realsize=100") +
        raw_header("s", b"0", 512) + pad(b"0\n") + END), "sparse"),
    ("a bomb of gzip members", blob(members(2000, 1 << 20)), "--max-bytes"),
    ("a million empty gzip members", blob(gzip.compress(b"", mtime=0) * 200000 + gzip.compress(PLAIN)), None),
    ("a bomb of zstd", blob(zstd(raw_header("z", b"0", 1 << 30) + bytes(64 << 20)), "+zstd"), "--max-bytes"),
    ("a zstd window of 2**31", blob(window(31), "+zstd"), "window"),
    ("a zstd window of 2**41", blob(window(41), "+zstd"), "window"),
    ("a zstd window of 2**20", blob(window(20), "+zstd"), None),
    ("200000 skippable zstd frames", blob(b"\x50\x2a\x4d\x18\0\0\0\0" * 200000 + zstd(PLAIN), "+zstd"), None),
    ("a skippable zstd frame of 4 GiB", blob(b"\x50\x2a\x4d\x18\xff\xff\xff\xff" + zstd(PLAIN), "+zstd"), "cut short"),
    ("a layer that is all zeros", blob(gzip.compress(bytes(1 << 20)), plain=bytes(1 << 20)), None),
    ("an empty layer", blob(gzip.compress(b""), plain=b"\0"), "diffID"),
    ("a name of newlines and escapes", layer(file("a\n\x1b[31mb\t\\") + END), None),
    ("an error about such a name", layer(tar(("a\n\x1b[31m/../b", {}))), '".."'),
]


def run(image_ref, output, limit=True):
    """(status, stderr, seconds of a processor, KiB at most)"""
    env = dict(os.environ)
    if limit:
        env.update(KEEP_ALL_MAX_BYTES=str(64 << 20), KEEP_ALL_MAX_ENTRIES="2000")
    child = subprocess.Popen([KEEP_ALL, image_ref, output], stdout=subprocess.DEVNULL,
                             stderr=subprocess.PIPE, env=env)
    text = child.stderr.read().decode(errors="replace")
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, text, used.ru_utime + used.ru_stime, used.ru_maxrss


def judge(work, expect):
    status, text, seconds, peak = run(f"oci:{work}/in", f"oci:{work}/out:x")
    there = sorted(os.listdir(work))
    if seconds > SECONDS or (peak > PEAK_KIB and "sanitize" not in os.environ.get("CLN_PRESET", "")):
        return f"{seconds:.1f} s, {peak >> 10} MiB"
    if "\x1b" in text or len(text) > 4000 or text.count("\n") > 40:
        return f"a message of {len(text)} bytes: {text[:200]!r}"
    if expect is None:
        if status or there != ["in", "out"]:
            return f"exit {status}, {there}: {text[-300:]!r}"
        ocilib.read_layout(f"{work}/out", "x")
        return None
    if status != 1 or there != ["in"] or expect not in text:
        return f"exit {status}, {there}, wanted {expect!r} in {text[-300:]!r}"
    if "sha256:" not in text:
        return f"names no blob: {text!r}"
    return None


def cases():
    for name, make, expect in CASES:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
            os.makedirs(f"{work}/in")
            make(Image(f"{work}/in"))
            fault = judge(work, expect)
            yield name, fault


def cut_cases():
    """A tar cut at each block, a blob cut at many bytes: never half an image."""
    whole = (file("first", b"a" * 700) + pax(b"path=second", b"SCHILY.xattr.user.a=b") + file("x", b"b" * 10) +
             raw_header("././@LongLink", b"L", 200) + pad(b"n" * 199 + b"\0") + file("y", b"c") +
             tar(("link", {"type": b"2", "linkname": "first"}), ("hard", {"type": b"1", "linkname": "first"})))
    stored = {"+gzip": gzip.compress(whole), "+zstd": zstd(whole), "": whole}
    pieces = [(f"a tar cut behind block {n}", gzip.compress(whole[:n * 512]), "+gzip", whole[:n * 512])
              for n in range(len(whole) // 512)]
    for suffix, data in stored.items():
        step = max(1, len(data) // 12)
        pieces += [(f"{suffix or 'plain'} cut at {n}", data[:n], suffix, whole) for n in range(0, len(data), step)]
    for name, data, suffix, plain in pieces:
        with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
            os.makedirs(f"{work}/in")
            blob(data, suffix, plain)(Image(f"{work}/in"))
            status, text, seconds, _ = run(f"oci:{work}/in", f"oci:{work}/out:x")
            there = sorted(os.listdir(work))
            fine = (status == 1 and there == ["in"] and "sha256:" in text) or (status == 0 and there == ["in", "out"])
            # what is cut of the blob must be missed: its digest is the whole one's
            if plain is whole and len(data) < len(stored[suffix]):
                fine = fine and status == 1
            yield name, None if fine and seconds < SECONDS else f"exit {status}, {there}: {text[-200:]!r}"


def main():
    passed = failed = 0
    for source in (cases(), cut_cases()):
        for name, fault in source:
            passed, failed = passed + (not fault), failed + bool(fault)
            if fault:
                print(f"FAILED {name}: {fault}")
    if os.path.exists("/tmp/clnimg-escaped"):
        failed += 1
        print("FAILED: a file came out of its image")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if not shutil.which("zstd"):
    print("skipped: needs zstd")
    sys.exit(77)
sys.exit(main())
