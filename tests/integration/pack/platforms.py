#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""An image for two platforms and their manifests, made of what platforms.sh built.

usage: platforms.py make LAYOUT AMD64-LAYOUT:TAG ARM64-ROOT.tar
       platforms.py manifest IN OUT ARM64-ROOT.tar
       platforms.py machine LAYOUT:TAG OS/ARCH PATH      what an ELF file of the image is for
       platforms.py names LAYOUT:TAG OS/ARCH             its paths
       platforms.py digests LAYOUT:TAG                   OS/ARCH and digest, one a line
"""
import gzip
import hashlib
import io
import json
import os
import shutil
import sys
import tarfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../image"))
import ocilib  # noqa: E402

INDEX = "application/vnd.oci.image.index.v1+json"


def descriptor_of(name):
    layout, tag = name.rsplit(":", 1)
    with open(f"{layout}/index.json") as file:
        for found in json.load(file)["manifests"]:
            if found.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag:
                return layout, found
    raise SystemExit(f"no {name}")


def make(out, amd64, tar):
    layout, first = descriptor_of(amd64)
    shutil.copytree(layout, out)
    first = {k: first[k] for k in ("mediaType", "digest", "size")}
    manifest = json.loads(ocilib.blob(layout, first))
    config = json.loads(ocilib.blob(layout, manifest["config"]))
    config["architecture"] = "arm64"
    config["variant"] = "v8"
    with open(tar, "rb") as file:
        second = ocilib.write_layout(out, [file.read()], config)
    images = [{**first, "platform": {"os": "linux", "architecture": "amd64"}},
              {**second, "platform": {"os": "linux", "architecture": "arm64", "variant": "v8"}},
              # nobody profiled this one, and the last is no image at all
              {**first, "platform": {"os": "linux", "architecture": "s390x"}},
              {**first, "platform": {"os": "unknown", "architecture": "unknown"}}]
    for image in images:
        image.pop("annotations", None)
    index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": images}
    ocilib.write_index(out, [{"mediaType": INDEX, **ocilib.put(out, json.dumps(index).encode()),
                              "annotations": {"org.opencontainers.image.ref.name": "dev"}}])


def manifest(source, out, tar):
    """The amd64 run as it would have been on arm64: other files under the same names."""
    with open(source) as file:
        trace = json.load(file)
    files = tarfile.open(tar)
    for run in trace["runs"]:
        run["platform"] = "linux/arm64"
        run["id"] = hashlib.sha256(run["id"].encode()).hexdigest()[:32]
    for root in trace["roots"]:
        root["platform"] = "linux/arm64"
        for evidence in root.get("evidence", []):
            if root["kind"] != "container":
                continue
            data = files.extractfile("." + evidence["path"]).read()
            evidence["sha256"] = hashlib.sha256(data).hexdigest()
            evidence["size_bytes"] = len(data)
    with open(out, "w") as file:
        json.dump(trace, file)


def image_of(name, platform):
    layout, top = descriptor_of(name)
    document = json.loads(ocilib.blob(layout, top))
    for found in document.get("manifests", []):
        is_for = found["platform"]
        if f"{is_for['os']}/{is_for['architecture']}" == platform:
            document = json.loads(ocilib.blob(layout, found))
    return layout, document


def members(name, platform):
    layout, document = image_of(name, platform)
    for layer in document["layers"]:
        tar = tarfile.open(fileobj=io.BytesIO(gzip.decompress(ocilib.blob(layout, layer))))
        for member in tar:
            yield tar, member


def machine(name, platform, path):
    for tar, member in members(name, platform):
        if ocilib.clean(member.name) == path:
            start = tar.extractfile(member).read(20)
            assert start[:4] == b"\177ELF"
            print({62: "amd64", 183: "arm64"}[int.from_bytes(start[18:20], "little")])


def names(name, platform):
    for path in sorted(ocilib.clean(member.name) for _, member in members(name, platform)):
        print(path)


def digests(name):
    layout, top = descriptor_of(name)
    document = json.loads(ocilib.blob(layout, top))
    for found in document.get("manifests", []):
        print(f"{found['platform']['os']}/{found['platform']['architecture']}", found["digest"])


globals()[sys.argv[1]](*sys.argv[2:])
