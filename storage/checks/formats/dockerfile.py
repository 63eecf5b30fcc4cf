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
    return said


def _wrong(word: str, rest: str, stages: list[str]) -> str:
    if word not in INSTRUCTIONS:
        near = next(iter(difflib.get_close_matches(word, INSTRUCTIONS, n=1, cutoff=0.7)), "")
        return f"a Dockerfile knows no instruction `{word}`" + (f"; did you mean `{near}`?" if near else "")
    if not rest:
        return f"{word} needs what it is about"
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
