#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Which of a scanner's packages still have files, by the dev image's own records.

Reads "TYPE NAME VERSION" lines and prints those of which a file that the record
lists is in PROD, at its real place or as a seed of the init. Knows nothing of
clnimg's attribution: dpkg's .list files and pip's RECORD, resolved in DEV. A path
that several packages list (a folder that is a symlink now) is nobody's.

usage: files_remain.py DEV PROD <LINES
"""
import collections
import csv
import os
import pathlib
import sys

dev, prod = (pathlib.Path(arg) for arg in sys.argv[1:])


def real(path):
    """The path with the symlinks of its parents resolved inside DEV."""
    parts = [p for p in path.split("/") if p]
    at = []
    for _ in range(400):
        if not parts:
            break
        name = parts.pop(0)
        if name == "..":
            at[-1:] = []
            continue
        here = dev.joinpath(*at, name)
        if parts and here.is_symlink():
            target = os.readlink(here)
            at = [] if target.startswith("/") else at
            parts[:0] = [p for p in target.split("/") if p and p != "."]
            continue
        at.append(name)
    return "/".join(at)


def there(root, path):
    try:
        mode = os.lstat(root / path).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    return (mode & 0o170000) != 0o040000


def remains(path):
    return there(dev, path) and (there(prod, path) or there(prod, "usr/share/clnimg/seed/" + path))


def debs():
    files = {}
    for listing in (dev / "var/lib/dpkg/info").glob("*.list"):
        name = listing.name[:-len(".list")].split(":")[0]
        files[name] = {real(line) for line in listing.read_text().splitlines() if line.strip("/.")}
    owners = collections.Counter(path for paths in files.values() for path in paths)
    return {name: any(owners[path] == 1 and remains(path) for path in paths) for name, paths in files.items()}


def pythons():
    answer = {}
    for record in dev.glob("usr/local/lib/python3*/dist-packages/*.dist-info/RECORD"):
        rows = [row[0] for row in csv.reader(record.read_text().splitlines()) if row]
        base = record.parent.parent.relative_to(dev)
        name = record.parent.name.split("-")[0]
        answer[name] = any(remains(real(f"{base}/{row}")) for row in rows)
    return answer


known = {"deb": debs(), "pypi": pythons()}
for line in sys.stdin:
    kind, name, _ = line.split()
    if known.get(kind, {}).get(name):
        print(line, end="")
