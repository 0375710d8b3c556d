#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every document against the schema of those who defined its format.

usage: schemas.py WRITE-SAMPLE SCHEMAS RUNTIME-SCHEMA
"""
import copy
import hashlib
import pathlib
import sys
import warnings

warnings.simplefilter("ignore", DeprecationWarning)  # RefResolver: Debian 12 has nothing newer
try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)

import common

folder = common.schemas()


def validator(schema, store=None, base=""):
    kind = jsonschema.validators.validator_for(schema, jsonschema.Draft7Validator)
    resolver = jsonschema.RefResolver(base, schema, store=store or {})
    return kind(schema, resolver=resolver, format_checker=jsonschema.FormatChecker())


def first_error(check, document):
    error = jsonschema.exceptions.best_match(check.iter_errors(document))
    return error and f"{'/'.join(map(str, error.absolute_path))}: {error.message}"


def cyclonedx():
    schema = common.load(folder / "cyclonedx/bom-1.6.schema.json")
    store = {}
    for name in ("spdx.schema.json", "jsf-0.82.schema.json"):
        part = common.load(folder / "cyclonedx" / name)
        store["http://cyclonedx.org/schema/" + name] = part
        store[part.get("$id", name)] = part
    return validator(schema, store, schema["$id"])


def runtime_spec():
    base = (folder / "runtime-spec").resolve().as_uri() + "/config-schema.json"
    return validator(common.load(folder / "runtime-spec/config-schema.json"), base=base)


def strict(schema):
    """The API server's strict decoding: fields that no type knows are errors."""
    schema = copy.deepcopy(schema)
    for part in schema["components"]["schemas"].values():
        if "properties" in part and "x-kubernetes-preserve-unknown-fields" not in part:
            part.setdefault("additionalProperties", False)
        # "name: x, default: ..., allOf: [$ref]" needs nothing more
    return schema


FILES = {"v1": "api_v1", "apps/v1": "apis_apps_v1", "policy/v1": "apis_policy_v1",
         "networking.k8s.io/v1": "apis_networking.k8s.io_v1"}


def kubernetes(release, thing):
    """The validator for one object, or None where its group has no schema here."""
    name = FILES.get(thing["apiVersion"])
    if not name:
        return None
    document = strict(common.load(folder / f"k8s/{release}-{name}.json"))
    for key, part in document["components"]["schemas"].items():
        for kind in part.get("x-kubernetes-group-version-kind", []):
            version = f"{kind['group']}/{kind['version']}" if kind["group"] else kind["version"]
            if kind["kind"] == thing["kind"] and version == thing["apiVersion"]:
                return validator({"$ref": f"#/components/schemas/{key}", **document})
    raise SystemExit(f"no schema for {thing['kind']}")


def check_json(samples):
    formats = {
        "sbom.spdx.json": validator(common.load(folder / "spdx/spdx-schema-2.3.json")),
        "sbom.cdx.json": cyclonedx(),
        "vex.openvex.json": validator(common.load(folder / "openvex/openvex_json_schema.json")),
        "config.json": runtime_spec(),
        "runtime.json": validator(common.load(pathlib.Path(sys.argv[3]))),
    }
    for variant, place in samples.items():
        for name, against in formats.items():
            path = place / name
            if name == "vex.openvex.json" and variant == "silent":
                common.check("silent: no removed package, no VEX", not path.exists())
                continue
            error = first_error(against, common.load(path))
            common.check(f"{variant}: {name}", not error, error)
        for path in (place / "inside/var/lib/db/sbom").iterdir():
            kind = "sbom.cdx.json" if path.name.endswith(".cdx.json") else "sbom.spdx.json"
            error = first_error(formats[kind], common.load(path))
            common.check(f"{variant}: inside {path.name}", not error, error)


def check_yaml(samples):
    compose = validator(common.load(folder / "compose/compose-spec.json"))
    for variant, place in samples.items():
        error = first_error(compose, common.load_yaml(place / "compose.yaml")[0])
        common.check(f"{variant}: compose.yaml", not error, error)
        for release in ("1.31", "1.35"):
            for name in ("kubernetes.yaml",):
                for thing in common.load_yaml(place / name):
                    error = first_error(kubernetes(release, thing), thing)
                    common.check(f"{variant}: {release} {thing['kind']}", not error, error)
        broken = common.load_yaml(place / "kubernetes.yaml")[0]
        broken["notAField"] = 1
        common.check(f"{variant}: an unknown field is refused",
                     first_error(kubernetes("1.35", broken), broken))


def code(spdx, package):
    """SPDX 2.3, 7.9.5, from the files that the document lists."""
    own = {r["relatedSpdxElement"] for r in spdx["relationships"]
           if r["spdxElementId"] == package["SPDXID"] and r["relationshipType"] == "CONTAINS"}
    sums = sorted(c["checksumValue"] for f in spdx["files"] if f["SPDXID"] in own
                  for c in f["checksums"] if c["algorithm"] == "SHA1")
    return hashlib.sha1("".join(sums).encode()).hexdigest() if sums else None


def check_codes(samples):
    """Files listed: the code that SPDX wants. Not listed: the same, where SPDX has room for it."""
    listed, plain = (common.load(samples[name] / "sbom.spdx.json") for name in ("listed", "plain"))
    short = {package["SPDXID"]: package for package in plain["packages"]}
    for package in listed["packages"]:
        want = code(listed, package)
        got = package.get("packageVerificationCode", {}).get("packageVerificationCodeValue")
        note = " ".join(a["comment"] for a in short[package["SPDXID"]].get("annotations", []))
        if package["SPDXID"] == "SPDXRef-Image":
            common.check("the image has no code of its own", got is None and not note)
            continue
        common.check(f"the code of {package['name']}", got == want and package["filesAnalyzed"] == (want is not None),
                     f"{got}, not {want}")
        common.check(f"and without the files: {package['name']}", (want or "packageVerificationCode") in note or not want, note)
    owned = [r["relatedSpdxElement"] for r in listed["relationships"]
             if r["relationshipType"] == "CONTAINS" and r["spdxElementId"] != "SPDXRef-Image"]
    common.check("every file is of one component", sorted(owned) == sorted(f["SPDXID"] for f in listed["files"]))
    common.check("no file twice", len({f["fileName"] for f in listed["files"]}) == len(listed["files"]))


made = common.samples()
check_codes(made)
check_json(made)
check_yaml(made)
common.finish()
