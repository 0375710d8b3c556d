# SPDX-License-Identifier: Apache-2.0
"""OCI layouts made and read without any of our code, for tests to compare with."""
import gzip
import hashlib
import io
import json
import os
import subprocess
import tarfile


def put(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    os.makedirs(f"{layout}/blobs/sha256", exist_ok=True)
    with open(f"{layout}/blobs/sha256/{digest}", "wb") as blob:
        blob.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


def write_layout(layout, layers, config=None, tag="dev", compress=gzip.compress, suffix="+gzip",
                 platform=None):
    """layers: plain tars as bytes. Returns the manifest's descriptor."""
    config = dict(config or {})
    config.setdefault("architecture", "amd64")
    config.setdefault("os", "linux")
    config["rootfs"] = {"type": "layers",
                        "diff_ids": ["sha256:" + hashlib.sha256(l).hexdigest() for l in layers]}
    described = [{"mediaType": "application/vnd.oci.image.layer.v1.tar" + suffix,
                  **put(layout, compress(l))} for l in layers]
    manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
                "config": {"mediaType": "application/vnd.oci.image.config.v1+json",
                           **put(layout, json.dumps(config).encode())},
                "layers": described}
    descriptor = {"mediaType": manifest["mediaType"], **put(layout, json.dumps(manifest).encode()),
                  "annotations": {"org.opencontainers.image.ref.name": tag}}
    if platform:
        descriptor["platform"] = platform
    write_index(layout, [descriptor])
    return descriptor


def write_index(layout, descriptors):
    with open(f"{layout}/index.json", "w") as index:
        json.dump({"schemaVersion": 2, "manifests": descriptors}, index)
    with open(f"{layout}/oci-layout", "w") as version:
        version.write('{"imageLayoutVersion": "1.0.0"}')


def blob(layout, descriptor):
    with open(f"{layout}/blobs/sha256/{descriptor['digest'][7:]}", "rb") as file:
        data = file.read()
    assert hashlib.sha256(data).hexdigest() == descriptor["digest"][7:], "digest"
    assert len(data) == descriptor["size"], "size"
    return data


def read_layout(layout, tag=None):
    """(manifest, config, [plain layers]), every digest checked."""
    with open(f"{layout}/index.json") as file:
        index = json.load(file)
    found = [d for d in index["manifests"] if tag is None or
             d.get("annotations", {}).get("org.opencontainers.image.ref.name") == tag]
    assert len(found) == 1, f"{len(found)} images for {tag}"
    manifest = json.loads(blob(layout, found[0]))
    config = json.loads(blob(layout, manifest["config"]))
    layers = []
    for descriptor, diff_id in zip(manifest["layers"], config["rootfs"]["diff_ids"]):
        data = blob(layout, descriptor)
        if descriptor["mediaType"].endswith("+gzip"):
            data = gzip.decompress(data)
        elif descriptor["mediaType"].endswith("+zstd"):
            data = subprocess.run(["zstd", "-dc"], input=data, check=True,
                                  stdout=subprocess.PIPE).stdout
        assert "sha256:" + hashlib.sha256(data).hexdigest() == diff_id, "diff_id"
        layers.append(data)
    assert len(layers) == len(config["rootfs"]["diff_ids"])
    return manifest, config, layers


def clean(name):
    return "/" + "/".join(p for p in name.split("/") if p not in ("", "."))


def facts(tar, member):
    """What must survive of one entry; content of links is their target's, see merge."""
    xattrs = {k: v for k, v in member.pax_headers.items() if k.startswith("SCHILY.xattr.")}
    content = None
    if member.isreg():
        content = hashlib.sha256(tar.extractfile(member).read()).hexdigest()
    kind = "file" if member.isreg() else member.type
    return {"type": kind, "mode": member.mode & 0o7777, "uid": member.uid, "gid": member.gid,
            "mtime": int(member.mtime // 1), "content": content,
            "target": member.linkname if member.issym() else None, "xattrs": xattrs,
            "device": (member.devmajor, member.devminor) if member.isdev() and
                      not member.isfifo() else None}


def merge(layers):
    """An independent reading of the merge rules: path -> facts, hard links sharing one object."""
    tree = {"/": {"type": tarfile.DIRTYPE, "mode": 0o755, "uid": 0, "gid": 0, "mtime": 0,
                  "content": None, "target": None, "xattrs": {}, "device": None}}

    def drop(path):
        for name in [n for n in tree if n == path or n.startswith(path.rstrip("/") + "/")]:
            del tree[name]

    def parents(path):
        """Those that no entry names are 0755 root, from then on."""
        while (path := os.path.dirname(path)) != "/":
            tree.setdefault(path, {**tree["/"], "mode": 0o755, "uid": 0, "gid": 0, "mtime": 0,
                                   "xattrs": {}})

    for data in layers:
        tar = tarfile.open(fileobj=io.BytesIO(data), errors="surrogateescape")
        members = tar.getmembers()
        # what a layer does not hold itself is the lower layers' file, hidden or not
        lower = {m: tree.get(clean(m.linkname)) for m in members if m.islnk()}
        own = {clean(m.name) for m in members}
        for member in members:
            path = clean(member.name)
            parent, name = os.path.split(path)
            if name == ".wh..wh..opq":
                for below in [n for n in tree if n.startswith(parent.rstrip("/") + "/")]:
                    del tree[below]
            elif name.startswith(".wh."):
                drop(os.path.join(parent, name[4:]))
        for member in members:
            path = clean(member.name)
            if "/.wh." in path:
                continue
            if member.islnk():
                target = clean(member.linkname)
                parents(path)
                tree[path] = tree[target] if target in own else lower[member]
                continue
            if not member.isdir():
                drop(path)
            parents(path)
            tree[path] = facts(tar, member)
    return tree


def compare(want, have, what=""):
    """Same paths, same facts, the same names sharing one file."""
    assert sorted(want) == sorted(have), (
        f"{what}: missing {sorted(set(want) - set(have))[:5]}, "
        f"added {sorted(set(have) - set(want))[:5]}")
    for path in want:
        assert want[path] == have[path], f"{what}: {path}: {want[path]} became {have[path]}"
    def groups(tree):
        found = {}
        for path in tree:
            found.setdefault(id(tree[path]), []).append(path)
        return sorted(sorted(names) for names in found.values() if len(names) > 1)
    assert groups(want) == groups(have), f"{what}: hard links {groups(want)} {groups(have)}"
