"""One Python requirement, PEP 508 text, as the manifests of every Python tool hold it."""

from __future__ import annotations

import re

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from bot.capabilities.team_code.dependencies.facts import Declared, Locked
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import without_credentials

MAX_CHARS = 2000
MAX_MARKER_CHARS = 100
NAME = re.compile(r"\s*([A-Za-z0-9._-]+)\s*")
COMMIT = re.compile(r"(?P<url>[^#]*)@(?P<commit>[0-9a-f]{40})(?![0-9a-f])")
WHEEL = re.compile(r"/(?P<name>[^/-]+)-(?P<version>[^/-]+)-[^/]*\.whl(?:$|[?#])")
SOURCE = re.compile(r"/(?P<name>[^/]+)-(?P<version>\d[^/-]*)\.(?:tar\.gz|zip)(?:$|[?#])")


def parsed(text: str) -> Requirement | None:
    if len(text) > MAX_CHARS:
        return None
    try:
        return Requirement(text)
    except (InvalidRequirement, RecursionError):
        return None


def declared(page: Page, text: str, line: int, group: str) -> Declared | None:
    """The requirement, or None and a note when it is not one."""
    requirement = parsed(text)
    if requirement is None:
        page.wrong(f"line {line} holds something else than a requirement")
        return None
    name = canonicalize_name(requirement.name)
    return Declared("python", name, range_of(text, requirement), group, page.path, line)


def range_of(text: str, requirement: Requirement) -> str:
    """What follows the name, as written; a marker only where it is short."""
    rest = NAME.sub("", text, count=1).strip()
    marker = str(requirement.marker or "")
    if len(marker) > MAX_MARKER_CHARS:
        rest = rest.partition(";")[0].strip()
    wanted, mark, condition = rest.partition(";")
    if wanted.startswith("(") and wanted.rstrip().endswith(")"):
        rest = wanted.strip()[1:-1].strip() + (mark and f"; {condition.strip()}")
    return without_credentials(rest)


def pinned(page: Page, text: str, line: int, direct: bool | None, note: str = "") -> Locked | None:
    """The version that the requirement leaves no choice about."""
    requirement = parsed(text)
    if requirement is None:
        return None
    version, found = "", ""
    if requirement.url:
        version, found = address_version(requirement.url)
    else:
        exact = [part.version for part in requirement.specifier if part.operator in ("==", "===")]
        version = exact[0] if len(exact) == 1 == len(requirement.specifier) and not exact[0].endswith("*") else ""
    if not version:
        return None
    marker = str(requirement.marker or "")
    notes = [note, found, f"marker: {marker}" if marker and len(marker) <= MAX_MARKER_CHARS else ""]
    name = canonicalize_name(requirement.name)
    return Locked("python", name, version, page.path, line, direct, "; ".join(filter(None, notes)))


def address_version(url: str) -> tuple[str, str]:
    """The version or commit that an address names, and how to say so."""
    plain = without_credentials(url)
    if found := COMMIT.match(plain):
        return found["commit"], f"{found['url']} at {found['commit']}"
    if found := WHEEL.search(plain) or SOURCE.search(plain):
        return found["version"], plain
    return "", ""


def address_name(url: str) -> str:
    """The name that an address without one still gives away."""
    if egg := re.search(r"[#&]egg=([A-Za-z0-9._-]+)", url):
        return egg[1]
    found = WHEEL.search("/" + url) or SOURCE.search("/" + url)
    return found["name"] if found else ""
