"""Dockerfiles, by https://docs.docker.com/reference/dockerfile/: instructions that do not exist, and those without what they need."""

from __future__ import annotations

import difflib
import re

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.said import Said, unread

INSTRUCTIONS = """
ADD ARG CMD COPY ENTRYPOINT ENV EXPOSE FROM HEALTHCHECK LABEL MAINTAINER ONBUILD RUN SHELL STOPSIGNAL USER
VOLUME WORKDIR
""".split()
HEREDOC = re.compile(r"<<-?[\"']?(\w+)[\"']?")
FLAGS = {
    "COPY": "from chown chmod link parents exclude",
    "ADD": "keep-git-dir checksum chown chmod link exclude unpack",
    "RUN": "mount network security device",
    "FROM": "platform",
    "HEALTHCHECK": "interval timeout start-period start-interval retries",
}
STAGES = frozenset(
    "build builder deps dependencies compile compiler install planner cacher publish build-env prepare assets".split()
)
"""Names that are usual for a stage, and of no image."""
HELD = {"Dockerfile": ""}


def read(code: str) -> Said:
    said = Said(dict(HELD))
    lines = code.split("\n")
    stages: list[str] = []
    number = 0
    while number < len(lines):
        start, text = number, lines[number].strip()
        number += 1
        if not text or text.startswith("#"):
            continue
        while text.endswith(("\\", "`")) and number < len(lines):
            following, number = lines[number].strip(), number + 1
            text = text if following.startswith("#") else f"{text[:-1]} {following}"
        word, _, rest = re.sub(r"\s", " ", text, count=1).partition(" ")
        if text in ("...", "…") or re.match(r"[<{\[]", text):
            return unread("parts of it are left out")
        for end in HEREDOC.findall(rest) if word.upper() in ("RUN", "COPY", "ADD") else ():
            while number < len(lines) and lines[number].strip() != end:
                number += 1
            number += 1
        if message := _wrong(word.upper(), rest.strip(), stages):
            said.findings.append(Finding(start + 1, "syntax", message))
        if word.upper() == "FROM" and (named := re.search(r"\bas\s+(\S+)\s*$", rest, re.IGNORECASE)):
            stages.append(named[1].lower())
        elif word.upper() == "FROM":
            stages.append("")
    return said


def _wrong(word: str, rest: str, stages: list[str]) -> str:
    if word not in INSTRUCTIONS:
        near = next(iter(difflib.get_close_matches(word, INSTRUCTIONS, n=1, cutoff=0.7)), "")
        return f"a Dockerfile knows no instruction `{word}`" + (f"; did you mean `{near}`?" if near else "")
    if not rest:
        return f"{word} needs what it is about"
    if message := _flags(word, rest, stages):
        return message
    bare = [one for one in rest.split() if not one.startswith("--")]
    if word in ("COPY", "ADD") and not rest.lstrip().startswith("[") and len(bare) < 2 and "<<" not in rest:
        return f"{word} needs a source and a place to put it"
    if word == "FROM" and not re.fullmatch(r"(?:--\S+\s+)*\S+(?:\s+as\s+\S+)?", rest, re.IGNORECASE):
        return "FROM takes one image, and AS with a name"
    if word == "EXPOSE" and any(
        not re.fullmatch(r"(?:\d+(?:-\d+)?(?:/(?:tcp|udp|sctp))?|.*\$.*)", one, re.IGNORECASE) for one in bare
    ):
        return "EXPOSE takes ports, as 8080 or 53/udp"
    return ""


def _flags(word: str, rest: str, stages: list[str]) -> str:
    """Flags stand before all else."""
    found = re.match(r"(?:--\S+\s+)*", rest)
    for one in found[0].split() if found and word in FLAGS else ():
        name, _, value = one[2:].partition("=")
        if re.fullmatch(r"[a-z-]+", name) and name not in FLAGS[word].split():
            near = next(iter(difflib.get_close_matches(name, FLAGS[word].split(), n=1, cutoff=0.7)), "")
            return f"{word} has no flag `--{name}`" + (f"; did you mean `--{near}`?" if near else "")
        if word == "COPY" and name == "from" and stages:
            told = value.strip("\"'").lower()
            if told.isdigit() and int(told) >= len(stages) - 1:
                return f"there is no stage {told} before this one"
            near = next(iter(difflib.get_close_matches(told, [one for one in stages if one], n=1, cutoff=0.8)), "")
            if re.fullmatch(r"[a-z][a-z0-9_-]*", told) and told not in stages and (near or told in STAGES):
                return f"no stage is named `{told[:40]}`" + (f"; did you mean `{near}`?" if near else "")
    return ""
