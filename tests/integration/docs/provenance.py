#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""provenance.json by the rules of its formats, and what it must say of this build.

No validator of these formats is to be had here, so the rules are rows from the
texts: in-toto attestation framework v1 (github.com/in-toto/attestation, spec/v1:
statement.md, resource_descriptor.md, digest_set.md) and SLSA provenance v1
(slsa.dev/spec/v1.0/provenance). Fields are those of their protobuf messages;
a parser of protobuf's JSON refuses any other. Each rule is tried on documents
that break it.

usage: provenance.py WRITE-SAMPLE
"""
import copy
import datetime
import re

import common

URI = re.compile(r"^[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+$")  # RFC 3986, 3
DESCRIPTOR = {"name", "uri", "digest", "content", "downloadLocation", "mediaType", "annotations"}
MESSAGES = {  # slsa.dev/spec/v1.0/provenance, Schema
    "statement": {"_type", "subject", "predicateType", "predicate"},
    "predicate": {"buildDefinition", "runDetails"},
    "buildDefinition": {"buildType", "externalParameters", "internalParameters", "resolvedDependencies"},
    "runDetails": {"builder", "metadata", "byproducts"},
    "builder": {"id", "version", "builderDependencies"},
    "metadata": {"invocationId", "startedOn", "finishedOn"},
}
LENGTHS = {"sha256": 64, "sha512": 128, "sha1": 40}


def digests(where, digest):
    """digest_set.md: names of algorithms to lower-case hexadecimal, one at least."""
    if not digest:
        yield f"{where}: no digest"
    for name, value in (digest or {}).items():
        if name not in LENGTHS or not isinstance(value, str) or not re.fullmatch(f"[0-9a-f]{{{LENGTHS[name]}}}", value):
            yield f"{where}: {name} is no digest: {value}"


def descriptor(where, thing):
    """resource_descriptor.md: one of uri, digest, content; no other field."""
    if set(thing) - DESCRIPTOR:
        yield f"{where}: unknown {set(thing) - DESCRIPTOR}"
    if not set(thing) & {"uri", "digest", "content"}:
        yield f"{where}: says nothing"
    if "uri" in thing and not URI.match(thing["uri"]):
        yield f"{where}: no URI: {thing['uri']}"
    if "digest" in thing:
        yield from digests(where, thing["digest"])


def unknown(name, thing):
    if set(thing) - MESSAGES[name]:
        yield f"{name}: unknown {set(thing) - MESSAGES[name]}"


def utc(text):
    """RFC 3339 in UTC, as every timestamp of the framework."""
    try:
        return bool(datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ"))
    except (TypeError, ValueError):
        return False


def findings(statement):
    yield from unknown("statement", statement)
    if statement.get("_type") != "https://in-toto.io/Statement/v1":  # statement.md, Fields
        yield "_type"
    if statement.get("predicateType") != "https://slsa.dev/provenance/v1":
        yield "predicateType"
    if not statement.get("subject"):
        yield "no subject"
    for thing in statement.get("subject") or []:  # statement.md: a subject is immutable, so it has a digest
        yield from descriptor("subject", thing)
        if "digest" not in thing:
            yield "subject: no digest"
    predicate = statement.get("predicate") or {}
    yield from unknown("predicate", predicate)
    build = predicate.get("buildDefinition") or {}
    yield from unknown("buildDefinition", build)
    if not URI.match(str(build.get("buildType"))):  # "REQUIRED for SLSA Build L1"
        yield "buildType"
    if not isinstance(build.get("externalParameters"), dict) or not build["externalParameters"]:
        yield "externalParameters"
    for thing in build.get("resolvedDependencies", []):
        yield from descriptor("resolvedDependencies", thing)
    run = predicate.get("runDetails") or {}
    yield from unknown("runDetails", run)
    builder = run.get("builder") or {}
    yield from unknown("builder", builder)
    if not URI.match(str(builder.get("id"))):
        yield "builder.id"
    if any(not isinstance(value, str) for value in builder.get("version", {}).values()):  # map<string, string>
        yield "builder.version"
    metadata = run.get("metadata") or {}
    yield from unknown("metadata", metadata)
    for name in ("startedOn", "finishedOn"):
        if name in metadata and not utc(metadata[name]):
            yield name


def put(*path, value=None):
    def change(statement):
        at = statement
        for key in path[:-1]:
            at = at[key]
        if value is None:
            del at[path[-1]]
        else:
            at[path[-1]] = value
    return change


BUILD = ("predicate", "buildDefinition")
RUN = ("predicate", "runDetails")
BROKEN = [
    ("no subject", put("subject", value=[])),
    ("a subject without digest", put("subject", 0, "digest")),
    ("a digest with its algorithm", put("subject", 0, "digest", "sha256", value="sha256:" + "2" * 64)),
    ("a digest in capitals", put("subject", 0, "digest", "sha256", value="A" * 64)),
    ("another statement type", put("_type", value="https://in-toto.io/Statement/v0.1")),
    ("another predicate", put("predicateType", value="https://slsa.dev/provenance/v0.2")),
    ("no build type", put(*BUILD, "buildType")),
    ("a build type that is no URI", put(*BUILD, "buildType", value="pack")),
    ("no parameters", put(*BUILD, "externalParameters")),
    ("a dependency that says nothing", put(*BUILD, "resolvedDependencies", 0, value={"name": "x"})),
    ("a dependency with a field of its own", put(*BUILD, "resolvedDependencies", 0, "path", value="/x")),
    ("no builder", put(*RUN, "builder", "id")),
    ("a local time", put(*RUN, "metadata", "finishedOn", value="2023-11-14T22:13:20+01:00")),
    ("a field that nobody knows", put(*RUN, "extra", value=1)),
]

for variant, place in common.samples().items():
    statement = common.load(place / "provenance.json")
    found = list(findings(statement))
    common.check(f"{variant}: by the rules", not found, found)
    build = statement["predicate"]["buildDefinition"]
    things = {thing.get("name"): thing for thing in build["resolvedDependencies"]}
    digest = f"{7:064d}"  # of the sample's source image
    common.check(f"{variant}: the source image by its digest",
                 any((t.get("digest") or {}).get("sha256") == digest for t in things.values()), things)
    common.check(f"{variant}: the manifest by its digest",
                 things.get("trace manifest", {}).get("digest", {}).get("sha256") == "1" * 64, things)
    common.check(f"{variant}: the product by its digest", statement["subject"][0]["digest"] == {"sha256": "2" * 64})
    trace = build["internalParameters"]["trace"]
    common.check(f"{variant}: whether the trace is complete, and by which tool",
                 trace["complete"] is True and trace["losses"] == {} and trace["runs"][0]["tool"].startswith("clnimg-profile "), trace)
    common.check(f"{variant}: the layers' encoder and its level",
                 build["internalParameters"].get("compression") == {"encoder": "isa-l", "level": 1}, build["internalParameters"])
    common.check(f"{variant}: the options", "--image" in build["externalParameters"]["options"])
    common.check(f"{variant}: the packager's version", statement["predicate"]["runDetails"]["builder"]["version"].get("clnimg-pack"))
    for name, change in BROKEN if variant == "plain" else []:
        broken = copy.deepcopy(statement)
        change(broken)
        common.check(f"the rules refuse {name}", list(findings(broken)))
common.finish()
