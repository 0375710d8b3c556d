#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Platforms of the image that no manifest is for are told, wherever the image lies: in a layout,
in docker's archives of either age, or in a registry; and none that is not there.

usage: left_out.py BIN-DIR
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

from peers import BIN, IMAGE, MANIFEST, member, ocilib, tar

INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = {"config": {"Entrypoint": ["/usr/bin/app"], "User": "33:34", "Env": ["PATH=/usr/bin"]},
          "created": "2020-01-01T00:00:00Z"}
ARM = "linux/arm64/v8 has no manifest"
passed = failed = 0


def check(name, right, what=""):
    global passed, failed
    passed, failed = passed + bool(right), failed + (not right)
    print(("ok - " if right else "not ok - ") + name + ("" if right else f": {what}"))


def pack(work, image, *options, path=None):
    shutil.rmtree(f"{work}/out", ignore_errors=True)
    env = {**os.environ, **({"PATH": f"{path}:{os.environ['PATH']}"} if path else {})}
    done = subprocess.run([BIN / "clnimg-pack", "--report", "none", "--any-image", "--allow-sparse", "--image", image,
                           "--manifest", f"{work}/m.json", "--output", f"oci:{work}/out:x", *options],
                          text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False, env=env)
    return done.returncode, done.stdout, os.path.exists(f"{work}/out")


def judge(work, name, image, path=None, told=ARM):
    status, said, there = pack(work, image, path=path)
    check(f"{name}: the other platform is told", status == 0 and there and
          [line.split(": ")[2] for line in said.splitlines() if "no manifest" in line] == ([told] if told else []), said)
    status, said, there = pack(work, image, "--strict", path=path)
    check(f"{name}: --strict refuses it" if told else f"{name}: --strict takes it",
          (status == 1 and told in said and not there) if told else (status == 0 and there), said)
    status, said, _ = pack(work, image, "--strict", "--platform", "linux/amd64", path=path)
    check(f"{name}: --platform asks for no more", status == 0 and "no manifest" not in said, said)


def make_layout(layout):
    """amd64 and arm64 below one index, an attestation, and a platform that was not copied."""
    images = []
    for arch, more in (("amd64", {}), ("arm64", {"variant": "v8"})):
        platform = {"os": "linux", "architecture": arch, **more}
        image = ocilib.write_layout(layout, [tar(IMAGE + [member(f"srv/{arch}", data=b"x")])], {**CONFIG, **platform},
                                    platform=platform, compress=lambda data: data, suffix="")
        image.pop("annotations")
        images.append(image)
    images.append({**images[0], "platform": {"os": "unknown", "architecture": "unknown"}})
    images.append({**images[0], "digest": "sha256:" + "1" * 64, "platform": {"os": "linux", "architecture": "s390x"}})
    text = json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": images}).encode()
    ocilib.write_index(layout, [{"mediaType": INDEX, **ocilib.put(layout, text), "annotations": {
        "org.opencontainers.image.ref.name": "dev", "io.containerd.image.name": "docker.io/library/app:dev"}}])
    return images, text


def archive(path, members):
    path.write_bytes(tar([member(name, data=data) for name, data in members]))


def saved(layout, image, name, tags):
    """An entry of manifest.json, and its members under names of its own."""
    manifest = json.loads(ocilib.blob(layout, image))
    return {"Config": f"{name}.json", "RepoTags": tags, "Layers": [f"{name}.tar"]}, [
        (f"{name}.json", ocilib.blob(layout, manifest["config"])),
        (f"{name}.tar", ocilib.blob(layout, manifest["layers"][0]))]


def docker_archives(work, layout, images):
    entries = [saved(layout, image, f"i{n}", ["app:dev"]) for n, image in enumerate(images[:2])]
    other = saved(layout, images[1], "other", ["other:dev"])

    def write(name, *of, more=()):
        archive(work / name, [m for _, members in of for m in members] + list(more) +
                [("manifest.json", json.dumps([entry for entry, _ in of]).encode())])
        return f"docker-archive:{work}/{name}"

    judge(work, "a docker archive of one name for two platforms", write("two.tar", entries[1], entries[0]) + ":app:dev")
    files = [(str(p.relative_to(layout)), p.read_bytes()) for p in sorted(layout.rglob("*")) if p.is_file()]
    both = write("both.tar", entries[0], more=files)
    judge(work, "a docker archive that is a layout too", both)
    judge(work, "the same by its name", both + ":app:dev")
    status, said, there = pack(work, both, "--platform", "linux/arm64")
    check("what only the layout holds is asked for by oci-archive:", status == 1 and not there and
          "the archive is an OCI layout too: oci-archive:" in said, said)
    judge(work, "another name of the archive", write("others.tar", entries[0], other) + ":app:dev", told=None)


def registry(work, layout, index):
    """skopeo, whose registry is the layout."""
    fake, real = work / "fake", shutil.which("skopeo")
    fake.mkdir()
    (work / "raw.json").write_bytes(index)
    (fake / "skopeo").write_text(f"""#!/bin/sh
if [ "$1" = inspect ]; then
	echo "$*" >>'{work}/asked'
	exec cat '{work}/raw.json'
fi
for a; do
	shift
	case $a in docker://*) a=oci:{layout}:dev ;; esac
	set -- "$@" "$a"
done
exec '{real}' --insecure-policy "$@"
""", encoding="utf-8")
    (fake / "skopeo").chmod(0o755)
    ref = "docker://registry.invalid/app:dev"
    judge_registry = lambda name, told: judge(work, name, ref, path=fake, told=told)
    # s390x is in the registry's index, whatever was copied here
    status, said, there = pack(work, ref, path=fake)
    check("a registry's platforms are told", status == 0 and there and ARM in said and
          "linux/s390x has no manifest" in said and "unknown" not in said, said)
    status, said, there = pack(work, ref, "--strict", path=fake)
    check("a registry's with --strict", status == 1 and ARM in said and not there, said)
    asked = (work / "asked").read_text().splitlines()
    check("by its manifest alone", asked == [f"inspect --raw {ref}"] * 2, asked)
    status, said, _ = pack(work, ref, "--strict", "--platform", "linux/amd64", path=fake)
    check("not with --platform", status == 0 and len((work / "asked").read_text().splitlines()) == 2, said)
    (work / "raw.json").write_bytes(b'{"schemaVersion": 2, "config": {}, "layers": []}')
    judge_registry("a registry's single image", None)
    for name, text, word in (("no JSON", b"<html>", "JSON"), ("5 MiB", b"[" + b"1," * (5 << 19) + b"1]", "4194304")):
        (work / "raw.json").write_bytes(text)
        status, said, there = pack(work, ref, path=fake)
        check(f"a registry that answers with {name}", status == 1 and word in said and ref in said and not there, said)


def main():
    if not shutil.which("skopeo"):
        print("skipped: needs skopeo")
        sys.exit(77)
    work = pathlib.Path(tempfile.mkdtemp(prefix="clnimg-left-"))
    layout = work / "in"
    layout.mkdir()
    (work / "m.json").write_text(json.dumps(MANIFEST), encoding="utf-8")
    images, index = make_layout(layout)
    judge(work, "a layout", f"oci:{layout}:dev")
    docker_archives(work, layout, images)
    registry(work, layout, index)
    shutil.rmtree(work)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
