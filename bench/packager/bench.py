#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Reading and writing an image of about 470 MB beside the floor and the peers.

usage: bench.py FLOOR KEEP-ALL FOLDER [ROUNDS [MEGABYTES]]

Candidates take turns in each round, so that a busy machine is busy for all; medians of
wall clock and CPU seconds are printed, and the largest memory. The image is made of this
machine's /usr, once, in FOLDER. Peers that are not installed are left out and named.
"""
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)),
                                "../../tests/integration/image"))
sys.dont_write_bytecode = True
import ocilib  # noqa: E402

FLOOR, KEEP_ALL, FOLDER = (os.path.abspath(a) for a in sys.argv[1:4])
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 3
MEGABYTES = int(sys.argv[5]) if len(sys.argv) > 5 else 470
WRITERS = ("keep all", "keep all, none", "umoci", "buildah", "buildah gzip")


def plain_tars(count):
    """Files of /usr in count tars of about the same size."""
    paths, total = [], 0
    for folder, names, files in os.walk("/usr"):
        names.sort()
        for name in sorted(files):
            path = os.path.join(folder, name)
            if os.path.isfile(path) and not os.path.islink(path) and total < MEGABYTES << 20:
                total += os.path.getsize(path)
                paths.append(path)
    for i in range(count):
        part = f"{FOLDER}/part-{i}.tar"
        with tarfile.open(part, "w", format=tarfile.PAX_FORMAT) as archive:
            for path in paths[i * len(paths) // count:(i + 1) * len(paths) // count]:
                archive.add(path, recursive=False)
        yield part


def make(name, count, command, suffix):
    layout = f"{FOLDER}/{name}"
    if os.path.exists(f"{layout}/index.json"):
        return
    os.makedirs(layout, exist_ok=True)
    layers = []
    for part in plain_tars(count):
        with open(part, "rb") as file:
            layers.append(file.read())
        os.unlink(part)
    pack = lambda data: subprocess.run(command, input=data, stdout=subprocess.PIPE,
                                       check=True).stdout
    ocilib.write_layout(layout, layers, compress=pack, suffix=suffix)


def measure(commands, env=None):
    """Runs one after the other: (wall, CPU seconds, the largest KiB of one process)."""
    begin, used, peak = time.monotonic(), 0.0, 0
    for command in commands:
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 env={**os.environ, **(env or {})})
        _, status, usage = os.wait4(child.pid, 0)
        if status:
            raise SystemExit(f"{command}: status {status}")
        used += usage.ru_utime + usage.ru_stime
        peak = max(peak, usage.ru_maxrss)
    return time.monotonic() - begin, used, peak


def candidates(layout, kind):
    out, store = f"{FOLDER}/out", f"{FOLDER}/store"
    # its own choice of a storage driver: overlay wherever that works, which copies least
    buildah = ["buildah", "--root", store, "--runroot", store + "-run"]
    start = buildah + ["from", "--name", "bench", f"oci:{layout}:dev"]
    commit = buildah + ["commit", "--squash"]
    found = {
        "floor: read": ([[FLOOR, "read", layout, kind]], None),
        "read": ([[KEEP_ALL, f"oci:{layout}"]], None),
        "keep 10 %": ([[KEEP_ALL, f"oci:{layout}", f"oci:{out}:x", kind]], {"KEEP_ALL_EACH": "10"}),
        "floor: all": ([[FLOOR, "all", layout, kind]], None),
        "keep all": ([[KEEP_ALL, f"oci:{layout}", f"oci:{out}:x", kind]], None),
        "keep all, none": ([[KEEP_ALL, f"oci:{layout}", f"oci:{out}:x", "none"]], None),
    }
    if kind == "gzip" and shutil.which("umoci"):
        found["umoci"] = ([["umoci", "unpack", "--image", f"{layout}:dev", f"{out}-bundle"],
                           ["umoci", "init", "--layout", out],
                           ["umoci", "new", "--image", f"{out}:x"],
                           ["umoci", "insert", "--image", f"{out}:x", f"{out}-bundle/rootfs", "/"]],
                          None)
    if shutil.which("buildah"):
        # it leaves the layer uncompressed unless it is told otherwise, and then deflates it
        found["buildah"] = ([start, commit + ["bench", f"oci:{out}:x"]], None)
        found["buildah gzip"] = ([start, commit + ["-D=false", "bench", f"oci:{out}:x"]], None)
    return found


def clear():
    for name in ("out", "out-bundle", "store", "store-run"):
        shutil.rmtree(f"{FOLDER}/{name}", ignore_errors=True)
        subprocess.run(["rm", "-rf", f"{FOLDER}/{name}"], check=True)


def bench(name, layout, kind):
    found = candidates(layout, kind)
    times = {candidate: [] for candidate in found}
    for _ in range(ROUNDS):
        for candidate, (commands, env) in found.items():
            clear()
            times[candidate].append(measure(commands, env))
    clear()
    print(f"\n{name} (medians of {ROUNDS}; load {os.getloadavg()[0]:.1f})")
    median = {c: [statistics.median(t[i] for t in times[c]) for i in range(2)] for c in found}
    for candidate in found:
        base = "floor: all" if candidate in WRITERS else "floor: read"
        wall, cpu = median[candidate]
        peak = max(t[2] for t in times[candidate]) / 1024
        print(f"  {candidate:14} {wall:7.2f} s {cpu:7.2f} s CPU {peak:7.0f} MiB   "
              f"{wall / median[base][0]:5.2f} x {base}, {cpu / median[base][1]:5.2f} x CPU",
              flush=True)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    for peer in ("umoci", "buildah"):
        if not shutil.which(peer):
            print(f"without {peer}, which is not installed")
    gzip, zstd = ["gzip", "-6"], ["zstd", "-3", "-c", "-q"]
    for name, count, command, suffix, kind in (
            ("one layer, gzip", 1, gzip, "+gzip", "gzip"),
            ("five layers, gzip", 5, gzip, "+gzip", "gzip"),
            ("one layer, zstd", 1, zstd, "+zstd", "zstd"),
            ("five layers, zstd", 5, zstd, "+zstd", "zstd")):
        folder = name.replace(", ", "-").replace(" ", "-")
        # in a process of its own: a child's peak memory begins with its parent's
        maker = multiprocessing.Process(target=make, args=(folder, count, command, suffix))
        maker.start()
        maker.join()
        bench(name, f"{FOLDER}/{folder}", kind)


main()
