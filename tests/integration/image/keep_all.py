#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Keep-all returns the source tree exactly: judged by Python's tarfile and our own
merge in Python. Also: one digest whatever the environment, and a fixed point.

usage: keep_all.py KEEP-ALL
"""
import gzip
import hashlib
import io
import multiprocessing
import os
import random
import subprocess
import sys
import tarfile
import tempfile

import ocilib

KEEP_ALL = os.path.abspath(sys.argv[1])

def entry(name, type=tarfile.REGTYPE, data=b"", **fields):
    info = tarfile.TarInfo(name)
    info.type = type
    info.size = len(data) if type == tarfile.REGTYPE else 0
    info.mode = 0o644
    for field, value in fields.items():
        setattr(info, field, value)
    return info, data

def directory(name, **fields):
    return entry(name, tarfile.DIRTYPE, **{"mode": 0o755, **fields})

def tar(entries, format=tarfile.PAX_FORMAT):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=format, errors="surrogateescape") as archive:
        for info, data in entries:
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()

def strange():
    """One of everything that peers lose."""
    long = "very-long/" + "/".join(["directory-%02d" % i for i in range(30)]) + "/file"
    name200 = "n" * 200
    capability = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
    yield directory("./", mode=0o755, mtime=1000000000)
    yield directory("tmp", mode=0o1777)
    yield directory("empty", mode=0o700, uid=33, gid=33)
    yield directory("set-gid", mode=0o2775)
    yield entry("bin-su", data=b"su", mode=0o4755)
    yield entry("bin-wall", data=b"wall", mode=0o2755, gid=5)
    yield entry("ping", data=b"ping", mode=0o755,
                pax_headers={"SCHILY.xattr.security.capability": capability})
    yield entry("user-xattr", data=b"x", pax_headers={"SCHILY.xattr.user.a": "1",
                                                     "SCHILY.xattr.user.b": "two words\n"})
    yield entry("big-ids", data=b"x", uid=3000000, gid=2147483647)
    yield entry("old", data=b"x", mtime=-86400)
    yield entry("new", data=b"x", mtime=10 ** 11)
    yield entry("part-of-a-second", data=b"x", mtime=1234567890.75)
    yield entry("before-1970", data=b"x", mtime=-1.5)
    yield entry("fifo", tarfile.FIFOTYPE, mode=0o600, uid=7)
    yield entry("null", tarfile.CHRTYPE, mode=0o666, devmajor=1, devminor=3)
    yield entry("loop", tarfile.BLKTYPE, mode=0o660, devmajor=7, devminor=0)
    yield entry("first", data=b"linked", mode=0o640, uid=1, gid=2)
    yield entry("second", tarfile.LNKTYPE, linkname="first", mode=0o640, uid=1, gid=2)
    yield entry("sub/third", tarfile.LNKTYPE, linkname="first", mode=0o640, uid=1, gid=2)
    yield entry("link", tarfile.SYMTYPE, linkname="../../outside", mode=0o777)
    yield entry("long-link", tarfile.SYMTYPE, linkname="t" * 3000, mode=0o777)
    yield entry(long, data=b"deep")
    yield entry(name200, data=b"200")
    yield entry("utf-8-\u00fc\u2603", data=b"u")
    yield entry("latin1-\udcfc\udcff", data=b"l")
    yield entry("new\nline and\ttab", data=b"n")
    yield entry("mode-0", data=b"x", mode=0)
    yield entry("empty-file")
    yield entry("block", data=b"b" * 512)
    yield entry("block-and-one", data=b"b" * 513)
    yield entry("megabytes", data=random.Random(1).randbytes(3 * 1024 * 1024 + 17))

def upper():
    yield entry(".wh.bin-wall")
    yield directory("sub", mode=0o750)
    yield entry("first", data=b"replaced")
    yield entry("sub/fourth", tarfile.LNKTYPE, linkname="second")
    yield directory("set-gid", mode=0o2770)
    yield entry("set-gid/.wh..wh..opq")
    yield entry("set-gid/x", data=b"1")
    yield entry("tmp/file", data=b"t")

def run(*args, **kwargs):
    return subprocess.run([KEEP_ALL, *args], check=True, stdout=subprocess.PIPE, text=True,
                          **kwargs).stdout.strip()

def complete(tree):
    """Parents that no entry names: 0755 root, mtime 0."""
    for path in list(tree):
        while path != "/":
            path = os.path.dirname(path)
            if path not in tree:
                tree[path] = {**tree["/"], "mode": 0o755, "uid": 0, "gid": 0, "mtime": 0,
                              "xattrs": {}}
    return tree

def check_equal(work, name, layers):
    ocilib.write_layout(f"{work}/{name}", layers)
    want = complete(ocilib.merge(layers))
    seen = set()
    for compression in ("gzip", "zstd", "none"):
        out = f"{work}/{name}-{compression}"
        run(f"oci:{work}/{name}:dev", f"oci:{out}:all", compression)
        manifest, config, packed = ocilib.read_layout(out, "all")
        assert len(packed) == 1 and len(manifest["layers"]) == 1
        names = [m.name for m in tarfile.open(fileobj=io.BytesIO(packed[0])).getmembers()]
        assert len(names) == len(set(names)), "a name twice"
        ocilib.compare(want, ocilib.merge(packed), f"{name}, {compression}")
        seen.add(config["rootfs"]["diff_ids"][0])
        for archive in ("oci-archive", "docker-archive"):
            first = f"{archive}:{work}/{name}.{compression}.{archive}:app:x"
            run(f"oci:{out}:all", first, compression)
            again = f"{work}/{name}-{compression}-{archive}"
            run(first, f"oci:{again}:all", compression)
            assert ocilib.read_layout(again, "all")[2] == packed, f"{archive} lost something"
    assert len(seen) == 1, "the tar depends on the compression"
    return packed[0]

def check_fixed_point(work, name):
    before = run(f"oci:{work}/{name}:all", f"oci:{work}/again1:all")
    after = run(f"oci:{work}/again1:all", f"oci:{work}/again2:all")
    first = ocilib.read_layout(f"{work}/again1", "all")[1]
    second = ocilib.read_layout(f"{work}/again2", "all")[1]
    assert first["rootfs"] == second["rootfs"] and before and after
    assert first["history"] == second["history"], "history grows"

def check_reproducible(work, name):
    digests = set()
    for i, (env, threads, mask) in enumerate((
            ({}, "1", 0o022), ({"TZ": "Asia/Tokyo", "LC_ALL": "C"}, "2", 0o077),
            ({"TZ": "America/Lima", "LC_ALL": "C.UTF-8", "HOME": "/"}, "7", 0))):
        folder = f"{work}/cwd{i}"
        os.makedirs(folder)
        digests.add(run(f"oci:{work}/{name}:dev", f"oci:{folder}/o:all", "gzip", "one", threads,
                        env={**os.environ, **env}, cwd=folder, preexec_fn=lambda m=mask: os.umask(m)))
    assert len(digests) == 1, f"one input, {len(digests)} digests"

def random_layer(dice, known, number):
    """Entries over a few names, so that layers meet; a layer never holds one path twice."""
    seen, entries = set(), []
    folders = ["", "a/", "a/b/", "c/", "c/d/e/"]
    for _ in range(dice.randrange(1, 14)):
        folder, name = dice.choice(folders), f"n{dice.randrange(6)}"
        path, kind = folder + name, dice.randrange(12)
        fields = {"mode": dice.choice((0o600, 0o644, 0o755, 0o4755, 0o2711, 0o1777, 0)), "uid": dice.randrange(4),
                  "gid": dice.randrange(4), "mtime": dice.choice((-5, 0, 7, 10 ** 10))}
        if dice.randrange(4) == 0:
            fields["pax_headers"] = {f"SCHILY.xattr.user.{dice.randrange(3)}": f"v{dice.randrange(9)}\0x"}
        if kind == 0:
            path = folder + ".wh." + name
        elif kind == 1 and folder:
            path = folder + ".wh..wh..opq"
        if path in seen or any(f"{path}/".startswith(f"{p}/") or f"{p}/".startswith(f"{path}/") for p in seen):
            continue
        seen.add(path)
        if kind <= 1:
            entries.append(entry(path))
        elif kind == 2:
            entries.append(directory(path, **fields))
        elif kind == 3:
            entries.append(entry(path, tarfile.SYMTYPE, linkname=dice.choice(("/a", "../x", "n1")), **fields))
        elif kind == 4:
            entries.append(entry(path, tarfile.FIFOTYPE, **fields))
        elif kind == 5 and known:
            entries.append(entry(path, tarfile.LNKTYPE, linkname=dice.choice(known)))
        else:
            entries.append(entry(path, data=b"%d %d" % (number, dice.randrange(9)), **fields))
    entries = [e for e in entries if not e[0].islnk() or e[0].linkname not in seen]
    dice.shuffle(entries)
    return entries

def check_random(work, rounds=40):
    """Images that nobody thought of. Links lead to files of lower layers that are still there."""
    dice = random.Random(20261124)
    for number in range(rounds):
        layers, known = [], []
        for _ in range(dice.randrange(1, 5)):
            layers.append(tar(random_layer(dice, known, len(layers))))
            known = sorted(path[1:] for path, is_ in ocilib.merge(layers).items() if is_["type"] == "file")
        ocilib.write_layout(f"{work}/random{number}", layers)
        run(f"oci:{work}/random{number}:dev", f"oci:{work}/random{number}-out:all", "none")
        ocilib.compare(complete(ocilib.merge(layers)), ocilib.merge(
            ocilib.read_layout(f"{work}/random{number}-out", "all")[2]), f"random image {number}")

def check_package_layers(work):
    """A layer a package: links stay with their file, every layer has the folders that it needs."""
    info = "".join(f"Package: {n}\nStatus: install ok installed\nArchitecture: all\nMaintainer: m\nVersion: 1\n\n"
                   for n in ("one", "two"))
    plain = tar([directory("usr", mode=0o711, uid=5), directory("usr/lib", mode=0o751),
                 entry("usr/lib/a", data=b"a" * 900), entry("usr/lib/b", tarfile.LNKTYPE, linkname="usr/lib/a"),
                 entry("usr/lib/c", data=b"c"), entry("srv", data=b"nobody's"),
                 entry("var/lib/dpkg/status", data=info.encode()),
                 entry("var/lib/dpkg/info/one.list", data=b"/.\n/usr\n/usr/lib\n/usr/lib/a\n"),
                 entry("var/lib/dpkg/info/two.list", data=b"/.\n/usr\n/usr/lib\n/usr/lib/b\n/usr/lib/c\n")])
    ocilib.write_layout(f"{work}/packages", [plain])
    run(f"oci:{work}/packages:dev", f"oci:{work}/packages-out:all", "gzip", "package")
    _, config, layers = ocilib.read_layout(f"{work}/packages-out", "all")
    ocilib.compare(complete(ocilib.merge([plain])), ocilib.merge(layers), "a layer a package")
    files = [[m.name for m in tarfile.open(fileobj=io.BytesIO(l)).getmembers() if not m.isdir()]
             for l in layers]
    assert files[:2] == [["usr/lib/a", "usr/lib/b"], ["usr/lib/c"]] and len(files) == 3, files
    for layer in layers[:2]:
        alone = ocilib.merge([layer])
        assert alone["/usr"]["mode"] == 0o711 and alone["/usr/lib"]["mode"] == 0o751, "folders of a layer"
    comments = [h["comment"].split(",")[0] for h in config["history"]]
    assert comments == ["one 1", "two 1", "the application"], comments

def check_members(work, plain):
    """gzip of several members, zstd of several and skippable frames, zeros behind."""
    cut = len(plain) // 2
    gz = lambda data: gzip.compress(data[:cut]) + gzip.compress(b"") + gzip.compress(data[cut:])
    zst = lambda data: subprocess.run(["zstd", "-c"], input=data, stdout=subprocess.PIPE,
                                      check=True).stdout
    frames = lambda data: (zst(data[:cut]) + b"\x50\x2a\x4d\x18\x05\x00\x00\x00skip!" +
                           zst(data[cut:]))
    for name, compress, suffix in (("members", gz, "+gzip"), ("frames", frames, "+zstd"),
                                   ("padded", lambda d: gz(d) + bytes(5000), "+gzip")):
        ocilib.write_layout(f"{work}/{name}", [plain], compress=compress, suffix=suffix)
        run(f"oci:{work}/{name}:dev", f"oci:{work}/{name}-out:all")
        ocilib.compare(ocilib.merge([plain]), ocilib.merge(
            ocilib.read_layout(f"{work}/{name}-out", "all")[2]), name)

def make_large(layout):
    words = random.Random(1).choices([b"%d " % (n * n) for n in range(5000)], k=3 << 20)
    ocilib.write_layout(layout, [tar([entry("file", data=b"".join(words))])])

def check_memory(work):
    """The levels that take the most, with the most threads: below 150 MiB."""
    if b"__asan_init" in open(KEEP_ALL, "rb").read():
        print("memory is not measured: AddressSanitizer takes its own")
        return
    maker = multiprocessing.Process(target=make_large, args=(f"{work}/large",))
    maker.start()  # a child's peak memory begins with its parent's
    maker.join()
    for level in ("9", "13"):
        child = subprocess.Popen([KEEP_ALL, f"oci:{work}/large:dev", f"oci:{work}/large-{level}:x", "zstd",
                                  "one", "16"], stdout=subprocess.DEVNULL,
                                 env={**os.environ, "KEEP_ALL_LEVEL": level})
        _, status, used = os.wait4(child.pid, 0)
        assert status == 0 and used.ru_maxrss < 150 << 10, f"level {level}: {used.ru_maxrss} KiB"

def check_sparse(work):
    """GNU tar's four ways to write a sparse file."""
    os.makedirs(f"{work}/sparse")
    with open(f"{work}/sparse/file", "wb") as file:
        file.write(b"begin")
        file.seek(10 * 1024 * 1024)
        file.write(b"middle" * 1000)
        file.seek(20 * 1024 * 1024 + 5)
        file.write(b"e")
        file.truncate(30 * 1024 * 1024)
    with open(f"{work}/sparse/pieces", "wb") as file:
        for i in range(60):
            file.seek(i * 65536)
            file.write(b"%d" % i)
    with open(f"{work}/sparse/all-hole", "wb") as file:
        file.truncate(1 << 20)
    for i, options in enumerate((["--format=gnu"], ["--format=pax", "--sparse-version=0.0"],
                                 ["--format=pax", "--sparse-version=0.1"],
                                 ["--format=pax", "--sparse-version=1.0"])):
        plain = subprocess.run(["tar", "-C", f"{work}/sparse", "-S", "--sort=name", *options, "-c",
                                "."], stdout=subprocess.PIPE, check=True).stdout
        assert len(plain) < 1 << 20, "tar did not write it sparse"
        ocilib.write_layout(f"{work}/sparse{i}", [plain])
        run(f"oci:{work}/sparse{i}:dev", f"oci:{work}/sparse{i}-out:all")
        have = ocilib.merge(ocilib.read_layout(f"{work}/sparse{i}-out", "all")[2])
        for name in ("file", "pieces", "all-hole"):
            with open(f"{work}/sparse/{name}", "rb") as file:

                want = hashlib.sha256(file.read()).hexdigest()
            assert have["/" + name]["content"] == want, f"{options}: {name}"

def main():
    with tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR", "/var/tmp")) as work:
        check_memory(work)
        for format in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT):
            entries = [(i, d) for i, d in strange() if format == tarfile.PAX_FORMAT or
                       not i.pax_headers and i.mtime == int(i.mtime)]
            plain = check_equal(work, f"strange{format}", [tar(entries, format)])
        check_equal(work, "layers", [tar(strange()), tar(upper())])
        check_fixed_point(work, "strange2-gzip")
        check_reproducible(work, "layers")
        check_members(work, plain)
        check_package_layers(work)
        check_random(work)
        check_sparse(work)
    print("keep-all returns what it was given")

main()
