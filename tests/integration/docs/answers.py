#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What programs print with --json is what its schema says, and neither is empty.

clnimg-manifest diff, show and explain over made manifests (answers.schema.json);
clnimg-verify --compare over two reports (compare.schema.json); report.json itself (report.schema.json).

usage: answers.py WRITE-SAMPLE SCHEMA-DIR BIN-DIR MANIFEST-MAKE
"""
import copy
import itertools
import json
import pathlib
import re
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

import common

schemas, programs = pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])


def moved(value, names):
    """The same schema with references that begin like a name in names beginning like its value."""
    if isinstance(value, list):
        return [moved(child, names) for child in value]
    if not isinstance(value, dict):
        return value
    out = {key: moved(child, names) for key, child in value.items()}
    for old, new in names.items():
        if isinstance(out.get("$ref"), str) and out["$ref"].startswith(old):
            out["$ref"] = new + out["$ref"][len(old):]
            break
    return out


def validator(name, part=None):
    """In one document: older jsonschema cannot resolve references between URNs."""
    schema = common.load(schemas / f"{name}.schema.json")
    jsonschema.Draft202012Validator.check_schema(schema)
    schema = moved(schema, {"urn:clnimg:schema:trace:1#/$defs/": "#/$defs/trace/"})
    trace = moved(common.load(schemas / "trace.schema.json")["$defs"], {"#/$defs/": "#/$defs/trace/"})
    whole = {"$defs": {**schema.pop("$defs", {}), "trace": trace}}
    return jsonschema.Draft202012Validator({"$ref": f"#/$defs/{part}", **whole} if part else {**schema, **whole, "$id": ""})


def run(program, *args, status=0):
    got = subprocess.run([programs / program, *args], capture_output=True, text=True)
    common.check(f"{program} {args[0]} leaves with {status}", got.returncode == status, (got.returncode, got.stderr))
    return json.loads(got.stdout) if got.stdout else None


def valid(name, check, document):
    error = jsonschema.exceptions.best_match(check.iter_errors(document))
    common.check(name, not error, error and f"{error.json_path}: {error.message}")


def damaged(name, check, document, most=40):
    """A member more at the first objects: the schema must not take it."""
    taken = 0
    for path in itertools.islice(objects(document), most):
        broken = copy.deepcopy(document)
        at = broken
        for key in path:
            at = at[key]
        at["nobody_knows_this"] = ["x"]
        taken += check.is_valid(broken)
    common.check(f"{name}: unknown members are refused", taken == 0, f"{taken} were taken")


def objects(value, path=()):
    if isinstance(value, dict):
        yield path
    for key, child in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        if len(path) < 2:
            yield from objects(child, path + (key,))


with tempfile.TemporaryDirectory() as folder:
    subprocess.run([sys.argv[4], folder, "12"], check=True)
    made = sorted(str(path) for path in pathlib.Path(folder).glob("*.json"))
    diff, show, explain = (validator("answers", part) for part in ("diff", "show", "explain"))
    different = 0
    for old, new in zip(made, made[1:]):
        got = subprocess.run([programs / "clnimg-manifest", "diff", "--json", old, new], capture_output=True, text=True)
        answer = json.loads(got.stdout)
        error = jsonschema.exceptions.best_match(diff.iter_errors(answer))
        common.check("diff: " + pathlib.Path(new).name, not error and answer["same"] == (got.returncode == 0),
                     error and f"{error.json_path}: {error.message}")
        different += not answer["same"]
    common.check("and some differ", different > 3, different)
    damaged("diff", diff, answer)
    valid("diff of one with itself", diff, run("clnimg-manifest", "diff", "--json", made[0], made[0]))
    explained = 0
    for path in made:
        answer = run("clnimg-manifest", "show", "--json", path)
        valid("show: " + pathlib.Path(path).name, show, answer)
        manifest = common.load(pathlib.Path(path))
        for file in [of for of in manifest["files"] if "path" in of][:3]:
            answer = run("clnimg-manifest", "explain", "--json", path, file["path"])
            valid("explain: " + pathlib.Path(path).name, explain, answer)
            explained += any(of["users"] for of in answer)
    # entries of manifests may hold members of later versions, so only the answer itself
    damaged("show", show, run("clnimg-manifest", "show", "--json", made[0]), 1)
    common.check("and some have users", explained > 3, explained)

samples = common.samples()
report = validator("report")
whys = set()
for name, folder in samples.items():
    document = common.load(folder / "report.json")
    valid(f"report of {name}", report, document)
    whys |= {of["why"] for of in document["files"]}
damaged("report", report, document)
for member in document:
    short = {key: value for key, value in document.items() if key != member}
    common.check(f"report: not without {member}", not report.is_valid(short))
page = (folder / "report.html").read_text(encoding="utf-8")
reasons = json.loads(re.search(r'"why":(\[("[a-z-]+",?)+\])', page)[1])
common.check("report: the schema knows every reason", report.schema["$defs"]["why"]["enum"] == reasons, reasons)
common.check("and reports have several", len(whys) > 2, whys)
reports = [str(samples[name] / "report.json") for name in ("plain", "volume", "silent")]
compare = validator("compare")
same = run("clnimg-verify", "--compare", "--json", reports[0], reports[0])
valid("compare: the same", compare, same)
common.check("says that it is the same", same == {"schema": "clnimg.compare/1", "same": True, "changes": []}, same)
drift = run("clnimg-verify", "--compare", "--json", *reports[:2], status=1)
valid("compare: drift", compare, drift)
damaged("compare", compare, drift)
changes = {(of["change"], of["what"], of["name"]) for of in drift["changes"]}
common.check("a mount that came", ("added", "mount", "/srv/Data Dir") in changes, changes)
common.check("a port that went", any(of[:2] == ("removed", "port") for of in changes), changes)
back = run("clnimg-verify", "--compare", "--json", reports[1], reports[0], status=1)
turned = {"added": "removed", "removed": "added", "changed": "changed"}
common.check("the other way round", {(turned[a], b, c) for a, b, c in changes} ==
             {(of["change"], of["what"], of["name"]) for of in back["changes"]})
valid("compare: another image", compare, run("clnimg-verify", "--compare", "--json", reports[0], reports[2], status=1))
text = subprocess.run([programs / "clnimg-verify", "--compare", *reports[:2]], capture_output=True, text=True).stdout
common.check("as many lines as changes", len(text.splitlines()) == len(changes), text)
common.finish()
