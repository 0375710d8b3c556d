#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writes a layout of two layers that every engine can unpack. usage: plain_layout.py DIR"""
import io
import sys
import tarfile

import ocilib


def tar(entries):
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, type, fields in entries:
            info = tarfile.TarInfo(name)
            info.type = type
            info.mode = 0o755 if type == b"5" else 0o644
            info.mtime = 1600000000
            data = fields.pop("data", b"")
            info.size = len(data)
            for key, value in fields.items():
                setattr(info, key, value)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


LOWER = tar([
    ("./", b"5", {}), ("etc", b"5", {}), ("etc/passwd", b"0", {"data": b"root:x:0:0::/:/bin/sh\n"}),
    ("tmp", b"5", {"mode": 0o1777}), ("empty", b"5", {"mode": 0o700, "uid": 33, "gid": 34}),
    ("su", b"0", {"data": b"su", "mode": 0o4755}), ("wall", b"0", {"data": b"w", "mode": 0o2755}),
    ("fifo", b"6", {"mode": 0o600}), ("a", b"0", {"data": b"linked", "uid": 5}),
    ("b", b"1", {"linkname": "a", "uid": 5}), ("l", b"2", {"linkname": "etc", "mode": 0o777}),
    ("attr", b"0", {"data": b"x", "pax_headers": {"SCHILY.xattr.user.note": "text"}}),
    ("gone", b"0", {"data": b"x"}), ("big", b"0", {"data": bytes(range(256)) * 20000})])
UPPER = tar([
    (".wh.gone", b"0", {}), ("etc", b"5", {"mode": 0o750}), ("etc/new", b"0", {"data": b"n"}),
    ("a", b"0", {"data": b"replaced"})])

ocilib.write_layout(sys.argv[1], [LOWER, UPPER], {"config": {"Cmd": ["/su"]}, "created":
                                                  "2020-01-01T00:00:00Z", "x-unknown": {"a": 1}})
