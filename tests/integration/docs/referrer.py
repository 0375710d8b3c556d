#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Bills of materials attached to the image in its layout: valid, found by their
subject, and in nobody's way who names the image's tag.

usage: referrer.py BIN-DIR SCHEMAS TINY-IMAGE TINY-SERVER
"""
import hashlib
import json
import pathlib
import shutil
import subprocess
import sys
import tempfile
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # RefResolver: Debian 12 has nothing newer
try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

import common

TYPES = {"application/spdx+json": "sbom.spdx.json",
         "application/vnd.cyclonedx+json": "sbom.cdx.json"}
MANIFEST = {
    "schema": "clnimg.trace/1", "complete": True, "losses": {}, "files": [], "ports": [],
    "syscalls": [],
    "runs": [{"id": "0" * 32, "tool": "t", "host": "h", "kernel": "k", "platform": "linux/amd64",
              "started": "2026-01-02T03:04:05Z", "duration_ms": 1, "argv": ["t"], "exit_status": 0,
              "complete": True, "losses": {}}],
    "roots": [{"kind": "container", "platform": "linux/amd64", "recognised": "mount-namespace",
               "cgroup": "", "mounts": [], "evidence": []}],
    "execs": [{"path": "/bin/tiny-server", "root": 0, "role": "main", "cwd": "/", "uid": 1000,
               "argv": ["/bin/tiny-server", "8180"], "gid": 1000, "groups": [], "umask": "0022",
               "count": 1}],
}


def run(*words):
    done = subprocess.run([str(word) for word in words], text=True, errors="replace",
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    return done.returncode, done.stdout


def blob(layout, entry):
    data = (layout / "blobs/sha256" / entry["digest"][7:]).read_bytes()
    sound = (len(data) == entry["size"] and
             "sha256:" + hashlib.sha256(data).hexdigest() == entry["digest"])
    common.check(f"{entry['mediaType']}: its descriptor is right", sound, entry)
    return data


def without_ids(part):
    """The ids name places where no file is; references are by file name."""
    if isinstance(part, dict):
        return {key: without_ids(value) for key, value in part.items()
                if key != "id" or not isinstance(value, str)}
    return [without_ids(value) for value in part] if isinstance(part, list) else part


def validator(name):
    base = "file:///oci/"
    store = {base + path.name: without_ids(common.load(path))
             for path in (common.schemas() / "oci").iterdir()}
    return jsonschema.Draft4Validator(
        store[base + name], resolver=jsonschema.RefResolver(base + name, store[base + name], store))


def errors(check, document):
    return [error.message for error in check.iter_errors(document)]


def referrers(layout):
    entries = common.load(layout / "index.json")["manifests"]
    return [entry for entry in entries if "artifactType" in entry]


def check_layout(layout, emit):
    index = common.load(layout / "index.json")
    image = [entry for entry in index["manifests"] if "annotations" in entry]
    found = referrers(layout)
    bad = errors(validator("image-index-schema.json"), index)
    common.check("index.json is valid", not bad, bad)
    common.check("one image, two referrers", len(image) == 1 and len(found) == 2, index)
    for entry in found:
        manifest = json.loads(blob(layout, entry))
        bad = errors(validator("image-manifest-schema.json"), manifest)
        common.check(f"{entry['artifactType']}: the manifest is valid", not bad, bad)
        subject = {key: image[0][key] for key in ("mediaType", "digest", "size")}
        common.check("its subject is the image", manifest["subject"] == subject, manifest)
        common.check("its config is empty", blob(layout, manifest["config"]) == b"{}")
        name = TYPES[manifest["artifactType"]]
        common.check(f"it holds {name}",
                     blob(layout, manifest["layers"][0]) == (emit / name).read_bytes())
    broken = dict(index, manifests=[{"digest": 1}])
    common.check("and the schema finds faults", errors(validator("image-index-schema.json"), broken))


def main():
    tools, tiny, server = pathlib.Path(sys.argv[1]), sys.argv[3], sys.argv[4]
    for tool in ("skopeo", "umoci", "busybox"):
        if not shutil.which(tool):
            common.skip(f"no {tool}")
    common.schemas()
    tmp = pathlib.Path(tempfile.mkdtemp(prefix="clnimg-referrer-"))
    status, text = run(tiny, f"{tmp}/tiny:dev", server)
    if status:
        common.skip(f"cannot make the image: {text}")
    (tmp / "m.json").write_text(json.dumps(MANIFEST), encoding="utf-8")

    def pack(ref, *more):
        return run(tools / "clnimg-pack", "--image", f"oci:{tmp}/tiny:dev", "--manifest",
                   tmp / "m.json", "--any-image", "--allow-sparse", "--output", ref,
                   "--allow-startup-loss", "/entry.sh", "--main", "/bin/tiny-server", *more)

    prod = tmp / "prod"
    status, text = pack(f"oci:{prod}:prod", "--referrer", "--emit", tmp / "out")
    common.check("clnimg-pack --referrer", status == 0, text)
    schema = common.load(pathlib.Path(__file__).parents[3] / "manifest-schema/report.schema.json")
    error = jsonschema.exceptions.best_match(jsonschema.Draft202012Validator(schema).iter_errors(
        common.load(tmp / "out/report.json")))
    common.check("report.json is what its schema says", not error,
                 error and f"{error.json_path}: {error.message}")
    check_layout(prod, tmp / "out")
    first = (prod / "index.json").read_bytes()
    status, text = pack(f"oci:{prod}:prod", "--referrer", "--emit", tmp / "out")
    common.check("again: the same index", (prod / "index.json").read_bytes() == first, text)
    status, text = run("skopeo", "copy", f"oci:{prod}:prod", f"oci:{tmp}/copy:prod")
    common.check("skopeo copies the tagged image", status == 0, text)
    status, text = run(tools / "clnimg-verify", "--image", f"oci:{prod}:prod", "--emit", tmp / "out")
    common.check("clnimg-verify reads it", status == 0, text)
    pack(f"oci:{prod}:prod", "--referrer", "--keep", "/srv/extra.html")
    common.check("another image under the tag: only its referrers stay", len(referrers(prod)) == 2)
    pack(f"oci:{tmp}/plain:prod")
    common.check("without being asked: none", not referrers(tmp / "plain"))
    for ref in (f"oci:{tmp}/bare", f"oci-archive:{tmp}/a.tar:prod"):
        status, text = pack(ref, "--referrer")
        common.check("no tag or no layout: a usage error", status == 2 and "--referrer" in text, text)
    shutil.rmtree(tmp)


main()
common.finish()
