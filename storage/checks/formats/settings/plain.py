"""JSON with its kin, and TOML."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator

import yaml
from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks import syntax
from storage.checks.formats import nodes, slips
from storage.checks.formats.said import Said, unread, wrong
from storage.checks.formats.settings import package_json, pyproject, tsconfig
from storage.checks.formats.yaml import schemas
from storage.checks.formats.yaml.data import EXCERPT, TEMPLATE, by_schema, deep

RENOVATE = re.compile(r"\A(?:.*/)?\.?renovate(?:rc)?(?:\.json)?\n|\"[^\"\n]*renovate-schema\.json\"")
NOTES = re.compile(r"^\s*(?:/\*|#)|(?<![:/\w\"])//|\s#\s", re.MULTILINE)


def read_json(code: str, path: str = "") -> Said:
    """A part of an object, or several values one after the other, are read as that."""
    if deep(code, "[{"):
        return unread("it is nested too deep")
    error = _fault(code)
    if error is None:
        return _judged(code, path, "JSON")
    lines = [line for line in code.split("\n") if line.strip()]
    if _fault("{" + code.strip().rstrip(",") + "}") is None or (
        len(lines) > 1 and all(_fault(one) is None for one in lines)
    ):
        return Said({"JSON": ""})
    if EXCERPT.search(code) or NOTES.search(code) or TEMPLATE.search(code):
        return unread("it is no plain JSON: parts are left out, or comments stand in it")
    if _several(code):
        return Said({"JSON": ""})
    return _told(code, error, "JSON")


BARE = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|//[^\n]*|/\*.*?\*/", re.DOTALL)
TRAILING = re.compile(r"(\"(?:\\.|[^\"\\\n])*\")|,(?=\s*[\]}])")


def read_jsonc(code: str, path: str = "") -> Said:
    """With comments, and commas before what closes, as editors and TypeScript take it."""
    if deep(code, "[{"):
        return unread("it is nested too deep")
    bare = BARE.sub(lambda found: found[0] if found[0].startswith('"') else re.sub(r"[^\n]", " ", found[0]), code)
    bare = TRAILING.sub(lambda found: found[1] or " ", bare)
    error = _fault(bare)
    if error is None:
        return _judged(bare, path, "JSON with comments")
    if _fault("{" + bare.strip().rstrip(",") + "}") is None:
        return Said({"JSON with comments": ""})
    if EXCERPT.search(bare) or TEMPLATE.search(code):
        return unread("parts are left out")
    return _told(bare, error, "JSON with comments")


def _told(code: str, error: json.JSONDecodeError, name: str) -> Said:
    """A comma before what closes is told where it stands, not where the reader stumbles."""
    before = code[: error.pos].rstrip()
    if code[error.pos : error.pos + 1] in ("}", "]") and before.endswith(","):
        return wrong(
            before.count("\n") + 1, f"this is no valid {name}: a comma stands before `{code[error.pos]}`", {name: ""}
        )
    line, said = slips.of_json(code, error)
    return wrong(line, f"this is no valid {name}: {said}", {name: ""})


def _twice(node: Node) -> Iterator[Finding]:
    seen: dict[str, int] = {}
    for key, value, line in nodes.pairs(node):
        if key in seen and not key.startswith(("//", "#", "_", "$comment")):
            yield Finding(
                line, "name", f"`{key[:40]}` stands twice in one object, in line {seen[key]}, too: the last one counts"
            )
        seen.setdefault(key, line)
        yield from _twice(value)
    for one in nodes.items(node):
        yield from _twice(one)


def read_json5(code: str) -> Said:
    """A value of JavaScript's (https://spec.json5.org), by its grammar."""
    if deep(code, "[{"):
        return unread("it is nested too deep")
    root = syntax.parsed("javascript", f"const any = (\n{code}\n)")
    if not root.has_error:
        return Said({"JSON5": ""})
    if EXCERPT.search(code) or TEMPLATE.search(code):
        return unread("parts are left out")
    line = min((one.start_point[0] for one in syntax.walk(root) if one.is_error or one.is_missing), default=1)
    return wrong(min(line, code.count("\n") + 1), "this is no valid JSON5", {"JSON5": ""})


def _judged(code: str, path: str, name: str) -> Said:
    """Valid JSON, by what its file is for."""
    if '"openapi"' in code or '"apiVersion"' in code or '"AWS::' in code:
        return by_schema(code)
    said = Said({name: ""})
    try:
        document = nodes.documents(code.replace("\t", " "))[0] if code.lstrip().startswith("{") else None
    except (yaml.YAMLError, ValueError, RecursionError, IndexError):
        return said
    if document is None:
        return said
    said.findings += _twice(document)
    if tsconfig.is_one(document, path):
        said.held = {tsconfig.HELD: ""}
        said.findings += tsconfig.read(document)
    elif package_json.is_one(document, path):
        said.held = {package_json.HELD: ""}
        said.findings += package_json.read(document)
    elif (
        published := "renovate" if RENOVATE.search(f"{path}\n{code[:300]}") else schemas.by_path(path, json.loads(code))
    ):
        said.held = {schemas.what(published): ""}
        said.findings += schemas.read(json.loads(code), document, published)
    return said


def _fault(code: str) -> json.JSONDecodeError | None:
    try:
        json.loads(code)
    except json.JSONDecodeError as fault:
        return fault
    except (RecursionError, ValueError):
        return None
    return None


def _several(code: str) -> bool:
    decoder, place = json.JSONDecoder(), 0
    text = code.strip()
    while place < len(text):
        try:
            _, place = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            return False
        while place < len(text) and text[place] in " \n\t\r,":
            place += 1
    return True


def read_toml(code: str, path: str | None = None) -> Said:
    if deep(code, "[{"):
        return unread("it is nested too deep")
    try:
        document = tomllib.loads(code)
    except tomllib.TOMLDecodeError as fault:
        if EXCERPT.search(code) or TEMPLATE.search(code):
            return unread("parts of it are left out")
        found = re.search(r"\(at line (\d+), column \d+\)", str(fault))
        said = re.sub(r" \(at .*\)$", "", str(fault))
        if TWICE.match(said) and SEVERAL.search(code):
            return unread("it shows several files")
        return wrong(
            int(found[1]) if found else code.count("\n") + 1,
            f"this is no valid TOML: {said[0].lower()}{said[1:]}",
            {"TOML": "1.0"},
        )
    except (RecursionError, ValueError):
        return unread("it could not be read")
    if pyproject.is_one(document, path):
        return Said({pyproject.HELD: ""}, list(pyproject.read(document, code)))
    return Said({"TOML": "1.0"})


TWICE = re.compile(r"Cannot (?:overwrite|declare|mutate)|.* twice")
SEVERAL = re.compile(
    r"^\s*#.*(?:\.toml|\.lock|\b(?:before|after|or|old|new|instead|alternative\w*|option|either|another|wrong|right|good|bad|example|equivalent|same)\b)|^\s*(?:---+|===+|#\s*[-=]{3,})",
    re.MULTILINE | re.IGNORECASE,
)
"""How a block tells that it shows more than one file, or one twice."""
