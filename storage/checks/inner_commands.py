"""Commands that stand in other files: RUN in a Dockerfile, `run` in a workflow, `script` in a pipeline; and what a manifest asks to be
installed, said as the command that would. Read line by line, so that nothing can make it slow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

Line = tuple[int, str]

LONGEST = 100_000
LONGEST_LINE = 4_000
MOST = 20
"""Names of a manifest that are looked up."""

EXPRESSION = re.compile(r"\$\{\{[^{}]*\}\}")
STEP = re.compile(r"^(\s*)(?:-\s+)?run:\s*(?:([|>])[-+\d]*\s*$|(.*))")
SCRIPT = re.compile(r"^(\s*)(?:before_|after_)?script:\s*(?:#.*)?$")
ONE = re.compile(r"^\s*-\s+(?:([|>])[-+]?\s*$|(.*))")
OTHER_SHELL = re.compile(r"^\s*(?:-\s+)?shell:\s*[\"']?(?!ba?sh\b|sh\b)\w", re.MULTILINE)
DEPENDENCIES = re.compile(r"\"(?:dev|optional)?[dD]ependencies\"\s*:\s*\{([^{}]*)\}")
ENTRY = re.compile(r"\"(@?[\w.~/-]+)\"\s*:\s*\"([^\"]*)\"")
REQUIREMENT = re.compile(r"^\s*[\"']([A-Za-z][\w.-]*)[^\"'@]*[\"']")
ELSEWHERE = ("workspace:", "file:", "link:", "git", "http", "npm:", "portal:", "catalog:", ".", "github:")


def commands_in(language: str, code: str) -> list[Line]:
    if len(code) > LONGEST:
        return []
    lines = [line if len(line) <= LONGEST_LINE else "" for line in code.split("\n")]
    if language in ("dockerfile", "docker", "containerfile"):
        return list(_of_dockerfile(lines))
    if language in ("yaml", "yml", "github-actions", "gitlab-ci"):
        if re.search(r"^\s*(?:-\s+)?run:", code, re.MULTILINE) and "steps:" in code and not OTHER_SHELL.search(code):
            return [(number, EXPRESSION.sub("$X", text)) for number, text in _of_steps(lines)]
        return list(_of_scripts(lines)) if re.search(r"^\w[\w.-]*:\s*$", code, re.MULTILINE) else []
    if language == "json" and "lockfileVersion" not in code:
        return list(_of_package(code))
    return list(_of_project(lines))[:MOST] if language == "toml" and "[project]" in code else []


def _of_dockerfile(lines: list[str]) -> Iterator[Line]:
    is_inside = False
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if is_inside and text.startswith("#"):
            yield number, "\\"
            continue
        if not is_inside and not re.match(r"RUN\s+[^\[]", text, re.IGNORECASE):
            continue
        bare = re.sub(r"^RUN\s+(?:--\S+\s+)*", "", text, flags=re.IGNORECASE) if not is_inside else text
        is_inside = text.endswith("\\")
        if "<<" not in bare:
            yield number, bare


def _of_steps(lines: list[str]) -> Iterator[Line]:
    """Of `run: |` the lines that stand deeper; a folded text is one long line, and left alone."""
    depth, is_read = -1, False
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if depth >= 0 and (not line.strip() or indent > depth):
            if is_read and line.strip():
                yield number, line.strip()
            continue
        depth = -1
        found = STEP.match(line)
        if found and found[2]:
            depth, is_read = len(found[1]) + (2 if line.lstrip().startswith("-") else 0), found[2] == "|"
        elif found and found[3] and found[3][0] not in "\"'{[&*":
            yield number, found[3]


def _of_scripts(lines: list[str]) -> Iterator[Line]:
    depth, inner = -1, -1
    for number, line in enumerate(lines, 1):
        indent = len(line) - len(line.lstrip())
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        if depth >= 0 and inner >= 0 and indent > inner:
            yield number, line.strip()
            continue
        inner = -1
        if depth >= 0 and (item := ONE.match(line)) and indent >= depth:
            if item[1]:
                inner = indent if item[1] == "|" else -1
            elif item[2] and item[2][0] not in "\"'{[&*!":
                yield number, item[2]
            continue
        found = SCRIPT.match(line)
        depth = len(found[1]) if found else -1


def _of_package(code: str) -> Iterator[Line]:
    """A range of versions is the reader's to choose; the name is what can be wrong."""
    entries = [
        (code.count("\n", 0, listed.start(1) + one.start()) + 1, one)
        for listed in DEPENDENCIES.finditer(code)
        for one in ENTRY.finditer(listed[1])
    ]
    for line, one in entries[:MOST]:
        if not one[2].startswith(ELSEWHERE):
            yield line, f"npm install {one[1]}"


def _of_project(lines: list[str]) -> Iterator[Line]:
    """One requirement a line, as they are usually written."""
    is_inside = False
    for number, line in enumerate(lines, 1):
        if re.match(r"dependencies\s*=\s*\[\s*$", line):
            is_inside = True
        elif is_inside and line.strip().startswith("]"):
            is_inside = False
        elif is_inside and (found := REQUIREMENT.match(line)):
            yield number, f"pip install {found[1]}"


def as_text(lines: list[Line]) -> str:
    """Each at its own line; what stands on one line becomes one command after the other."""
    text = ["" for _ in range(max((number for number, _ in lines), default=0))]
    for number, command in lines:
        text[number - 1] = f"{text[number - 1]} && {command}" if text[number - 1] else command
    return "\n".join(text)
