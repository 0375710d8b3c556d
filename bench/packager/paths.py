#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What a path costs: memory and time of reading, of reading and writing all, and of clnimg-pack
keeping every tenth file, everything by a rule and everything by a trace that names every file,
without and with documents; by number of paths, and with larger contents.

usage: paths.py [--at-most BYTES] KEEP-ALL PACK INIT FOLDER [PATHS...]
                                                            (default 50000 200000 1000000)

--at-most: a test. Fails where a path costs more memory, whatever is done with it; leaves the
larger contents out and its folder empty.

The slope between two sizes is what one path more costs; a size whose contents are a hundred
times as large must cost the same memory. Names are as long as those of a Debian image (60
bytes a path on average), 20 files a folder.
"""
import hashlib
import json
import os
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../tests/integration/image"))
sys.dont_write_bytecode = True

AT_MOST = int(sys.argv[2]) if sys.argv[1] == "--at-most" else 0
ARGUMENTS = sys.argv[3:] if AT_MOST else sys.argv[1:]
KEEP_ALL, PACK, INIT, FOLDER = (os.path.abspath(a) for a in ARGUMENTS[:4])
SIZES = [int(a) for a in ARGUMENTS[4:]] or [50000, 200000, 1000000]


def header(name, kind, size):
    block = bytearray(512)
    block[0:len(name)] = name
    block[100:108] = b"0000755\0" if kind == b"5" else b"0000644\0"
    block[108:116] = block[116:124] = b"0000000\0"
    block[124:136] = b"%011o\0" % size
    block[136:148] = b"14000000000\0"
    block[156:157] = kind
    block[257:265] = b"ustar\00000"
    block[148:156] = b"        "
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block)


def names(paths):
    """Folders of 20 files, in folders of 50."""
    made = top = 0
    while made < paths:
        above = "usr/share/package-%05d/" % top
        yield above
        made += 1
        for middle in range(50):
            yield above + "component-%04d/" % middle
            made += 1
            for file in range(20):
                if made < paths:
                    yield above + "component-%04d/module_%03d.resource" % (middle, file)
                    made += 1
            if made >= paths:
                break
        top += 1


def members(paths, size):
    body = b"x" * size + bytes(-size % 512)
    for name in names(paths):
        yield header(name.encode(), b"5", 0) if name.endswith("/") else \
            header(name.encode(), b"0", size) + body
    yield bytes(1024)


def make_manifest(path, paths, each):
    """One program that read every tenth file, or each."""
    kept = ["/" + name for name in names(paths) if not name.endswith("/")][::each]
    trace = {"schema": "clnimg.trace/1", "complete": False, "losses": {}, "runs": [],
             "roots": [{"kind": "container", "platform": "linux/amd64", "cgroup": "",
                        "recognised": "mount-namespace", "evidence": [], "mounts": []}],
             "execs": [{"path": kept[0], "root": 0, "argv": [kept[0]], "cwd": "/", "uid": 1000,
                        "gid": 1000, "groups": [], "umask": "0022", "count": 1, "role": "main"}],
             "files": [{"path": name, "root": 0, "access": ["read"], "by": [0]} for name in kept],
             "ports": [], "syscalls": []}
    with open(path, "w") as file:
        json.dump(trace, file)


def make(layout, paths, size):
    """A plain layer: what is measured is the paths, not the compression."""
    if os.path.exists(f"{layout}/index.json"):
        return
    os.makedirs(f"{layout}/blobs/sha256")
    digest, total = hashlib.sha256(), 0
    with open(f"{layout}/blobs/sha256/layer", "wb") as file:
        for member in members(paths, size):
            digest.update(member)
            total += len(member)
            file.write(member)
    name = digest.hexdigest()
    os.rename(f"{layout}/blobs/sha256/layer", f"{layout}/blobs/sha256/{name}")
    import ocilib
    config = {"os": "linux", "architecture": "amd64",
              "rootfs": {"type": "layers", "diff_ids": ["sha256:" + name]}}
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                           **ocilib.put(layout, json.dumps(config).encode())},
                "layers": [{"mediaType": "application/vnd.oci.image.layer.v1.tar",
                            "digest": "sha256:" + name, "size": total}]}
    ocilib.write_index(layout, [{"mediaType": manifest["mediaType"],
                                 **ocilib.put(layout, json.dumps(manifest).encode())}])


def measure(command):
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    if status:
        raise SystemExit(f"{command}: status {status}")
    return usage.ru_maxrss / 1024, usage.ru_utime + usage.ru_stime


def commands(layout):
    """What is measured, by name. What stays of the image costs as much by whatever reason it
    stays; a trace that names all of it is in memory too."""
    out = f"oci:{FOLDER}/out:x"
    pack = [PACK, "--quiet", "--any-image", "--allow-sparse", "--allow-incomplete",
            f"--image=oci:{layout}", f"--init={INIT}", f"--output={out}", "--compression=none"]
    tenth = pack + [f"--manifest={layout}/tenth.json"]
    rule = tenth + ["--keep=/**"]
    trace = pack + [f"--manifest={layout}/all.json"]
    documents = [f"--emit={FOLDER}/out-emit"]
    return [("read", [KEEP_ALL, f"oci:{layout}"]),
            ("read and write", [KEEP_ALL, f"oci:{layout}", out, "none"]),
            ("pack a tenth", tenth), ("with documents", tenth + documents),
            ("pack all by rule", rule), ("with documents", rule + documents),
            ("pack all by trace", trace), ("with documents", trace + documents)]


def main():
    os.makedirs(FOLDER, exist_ok=True)
    cases = [(n, 0) for n in SIZES]
    cases += [] if AT_MOST else [(SIZES[0], 100), (SIZES[0], 10000)]
    before = {}
    failed = False
    for paths, size in cases:
        layout = f"{FOLDER}/paths-{paths}-{size}"
        if not os.path.exists(layout):
            child = os.fork()  # a child's peak memory begins with its parent's
            if not child:
                make(layout, paths, size)
                make_manifest(f"{layout}/tenth.json", paths, 10)
                make_manifest(f"{layout}/all.json", paths, 1)
                os._exit(0)
            os.waitpid(child, 0)
        for row, (what, command) in enumerate(commands(layout)):
            for name in ("out", "out-emit"):
                shutil.rmtree(f"{FOLDER}/{name}", ignore_errors=True)
            mib, seconds = measure(command)
            line = f"{paths:8} paths of {size:5} bytes, {what:17} {mib:7.1f} MiB {seconds:6.2f} s"
            if size == 0:
                if row in before:
                    was = before[row]
                    more = (mib - was[1]) * 1048576 / (paths - was[0])
                    failed = failed or (AT_MOST and more > AT_MOST)
                    line += (f"   {more:5.0f} bytes and "
                             f"{(seconds - was[2]) * 1e6 / (paths - was[0]):5.2f} us a path more")
                before[row] = (paths, mib, seconds)
            print(line, flush=True)
        for name in ("out", "out-emit"):
            shutil.rmtree(f"{FOLDER}/{name}", ignore_errors=True)
    if AT_MOST:
        shutil.rmtree(FOLDER)
    if failed:
        raise SystemExit(f"a path costs more than {AT_MOST} bytes")


main()
