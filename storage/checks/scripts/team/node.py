"""Which Node the team runs: what its files install or start, else the oldest that its manifests allow."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.capabilities.team_code.dependencies import read as read_dependencies
from bot.capabilities.team_code.dependencies import wants
from storage.checks.scripts.team.own_texts import own_texts

MAJORS = re.compile(r"(?<![\d.<])(?<!<\s)(?<!<=)(?<!<=\s)v?(\d{2})(?=[.\sx*^|&,'\"\]-]|$)")
"""Major versions that a range begins with; what it stays below is none that the team has."""
NAMED = {"gallium": "16", "hydrogen": "18", "iron": "20", "jod": "22", "krypton": "24"}
"""Of the lines with long support: https://github.com/nodejs/Release."""
OPEN = re.compile(r">|\|\||\*")
"""A range that newer ones are in, too: what runs is said elsewhere, if anywhere."""
INSTALLING = re.compile(
    r"(?:^|/)(?:package\.json|\.nvmrc|\.node-version|\.tool-versions|\.?mise\.toml|(?:Docker|Container)file[\w.-]*|[\w.-]+\.dockerfile)$"
)
STARTING = re.compile(r"(?:^|/)(?:\.gitlab-ci|(?:docker-)?compose[\w.-]*)\.ya?ml$|^\.github/workflows/[^/]+\.ya?ml$")
IN_YAML = re.compile(r"\bnode(?:[-_]?versions?)?[\"']?\s*:\s*(\[[^\]\n]*\]|-?\s*[\"']?v?\d[^\n#]*)", re.IGNORECASE)
"""`node-version: 20`, `node: [18, 20]` of a matrix, `image: node:20-alpine`."""
MOST_FILES = 2_000


def version(files: Mapping[str, str], root: Path) -> str:
    """Its major version, "" where nothing says it. `files` are manifests and locks by path, `root` is the team's folder. Blocks."""
    chosen = {path: text for path, text in files.items() if wants(path) and INSTALLING.search(path)}
    told = sorted(
        (one for one in read_dependencies(chosen).runtimes if one.name == "node"),
        key=lambda one: (one.path.count("/"), one.path),
    )
    sure = (one.version for one in told if not OPEN.search(one.version))
    ranges = (one.version for one in told if OPEN.search(one.version))
    return next((found for said in (sure, _started(root), ranges) for one in said if (found := major(one))), "")


def _started(root: Path) -> Iterator[str]:
    """By workflows and compose files together, of which the oldest counts."""
    texts = (text for path, text in own_texts(root, re.compile(r"\.ya?ml$"), MOST_FILES) if STARTING.search(path))
    yield " ".join(found for text in texts for found in IN_YAML.findall(text))


def major(told: str) -> str:
    """The lowest major version that a range allows, as package.json and .nvmrc write it; "" where it names none."""
    if name := NAMED.get(told.strip().lower().removeprefix("lts/")):
        return name
    return min(MAJORS.findall(told), key=int, default="")
