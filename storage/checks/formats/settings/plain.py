"""JSON with its kin, and TOML."""

from __future__ import annotations

import json
import re
import tomllib

import yaml

from storage.checks import syntax
from storage.checks.formats import nodes, slips, values
from storage.checks.formats.said import Said, grammar, unread, wrong
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
        return grammar("JSON")
    if EXCERPT.search(code) or NOTES.search(code) or TEMPLATE.search(code):
        return unread("it is no plain JSON: parts are left out, or comments stand in it")
    if _several(code):
        return grammar("JSON")
    return _told(code, error, "JSON")


BARE = re.compile(r"\"(?:\\.|[^\"\\\n])*\"|//[^\n]*|/\*.*?\*/", re.DOTALL)
COMMENT = re.compile(r"`(?://|#|_|\$comment)")
"""A key that stands for a comment."""
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
        return grammar("JSON with comments")
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


def read_json5(code: str) -> Said:
    """A value of JavaScript's (https://spec.json5.org), by its grammar."""
    if deep(code, "[{"):
        return unread("it is nested too deep")
    root = syntax.parsed("javascript", f"const any = (\n{code}\n)")
    if not root.has_error:
        return grammar("JSON5")
    if EXCERPT.search(code) or TEMPLATE.search(code):
        return unread("parts are left out")
    line = min((one.start_point[0] for one in syntax.walk(root) if one.is_error or one.is_missing), default=1)
    return wrong(min(line, code.count("\n") + 1), "this is no valid JSON5", {"JSON5": ""})


def _judged(code: str, path: str, name: str) -> Said:
    """Valid JSON, by what its file is for."""
    if re.search(r'"(?:openapi|swagger|apiVersion)"\s*:|"AWS::', code):
        return by_schema(code, name)
    said = grammar(name)
    try:
        document = nodes.documents(code.replace("\t", " "))[0] if code.lstrip().startswith("{") else None
    except (yaml.YAMLError, ValueError, RecursionError, IndexError):
        return said
    if document is None:
        return said
    said.findings += [one for one in values.twice(document) if not COMMENT.match(one.message)]
    if tsconfig.is_one(document, path):
        return Said({tsconfig.HELD: ""}, [*said.findings, *tsconfig.read(document)])
    if package_json.is_one(document, path):
        return Said({package_json.HELD: ""}, [*said.findings, *package_json.read(document)])
    if published := "renovate" if RENOVATE.search(f"{path}\n{code[:300]}") else schemas.by_path(path, json.loads(code)):
        found = [*said.findings, *schemas.read(json.loads(code), document, published)]
        return Said({schemas.what(published): ""}, found, schemas.left_out(published))
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
    return grammar("TOML")


TWICE = re.compile(r"Cannot (?:overwrite|declare|mutate)|.* twice")
SEVERAL = re.compile(
    r"^\s*#.*(?:\.toml|\.lock|\b(?:before|after|or|old|new|instead|alternative\w*|option|either|another|wrong|right|good|bad|example|equivalent|same)\b)|^\s*(?:---+|===+|#\s*[-=]{3,})",
    re.MULTILINE | re.IGNORECASE,
)
"""How a block tells that it shows more than one file, or one twice."""
