# SPDX-License-Identifier: Apache-2.0
"""What the checks of documents share: samples, results, third-party schemas."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile

SKIP = 77
VARIANTS = {
    "plain": [],
    "volume": ["volume", "low-port"],
    "silent": ["no-ports", "no-packages"],
    "hostile": ["hostile"],
    "files": ["files", "hostile"],
    "listed": ["files"],
}

failed = 0
passed = 0


def check(name, ok, detail=""):
    global failed, passed
    passed += bool(ok)
    failed += not ok
    print(("ok - " if ok else "not ok - ") + name)
    if not ok and detail:
        print("   ", str(detail)[:1500])


def finish():
    print(f"{passed} passed, {failed} failed")
    sys.exit(1 if failed or not passed else 0)


def skip(why):
    print("skipped:", why)
    sys.exit(SKIP)


def schemas():
    folder = pathlib.Path(os.environ.get("CLNIMG_SCHEMAS", sys.argv[2]))
    if not folder.is_dir():
        skip(f"no official schemas in {folder} (CLNIMG_SCHEMAS)")
    return folder


def samples():
    """Variant -> folder with the documents of that variant."""
    top = pathlib.Path(tempfile.mkdtemp(prefix="clnimg-docs-"))
    for name, words in VARIANTS.items():
        subprocess.run([sys.argv[1], str(top / name), *words], check=True)
    return {name: top / name for name in VARIANTS}


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def load_yaml(path):
    try:
        import yaml
    except ImportError:
        skip("python3-yaml is not installed")
    return [doc for doc in yaml.safe_load_all(path.read_text(encoding="utf-8")) if doc]


def pod_of(objects):
    """The pod template's spec of the Deployment."""
    for thing in objects:
        if thing["kind"] == "Deployment":
            return thing["spec"]["template"]["spec"]
    raise SystemExit("no Deployment")
