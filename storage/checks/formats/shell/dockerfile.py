"""Dockerfiles, by https://docs.docker.com/reference/dockerfile/: instructions that do not exist, and those without what they need."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes, values
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
MOUNTS = "bind cache tmpfs secret ssh"
TESTED = re.compile(r"\[\s+\"[^\"]*\"\s+[^\",\]]")
"""A condition of the shell: `[ "$a" = b ] || ...`."""
LISTED = ("CMD", "ENTRYPOINT", "RUN", "VOLUME", "SHELL", "COPY", "ADD")
SEVERAL = 3
HELD = {"Dockerfile": ""}


def read(code: str) -> Said:
    said = Said(dict(HELD))
    lines = code.split("\n")
    stages: list[str] = []
    before: list[tuple[int, str]] = []
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
        word, rest = word.upper(), rest.strip()
        if message := _wrong(word, rest, stages):
            said.findings.append(Finding(start + 1, "syntax", message))
        if word == "FROM":
            if not stages:
                said.findings += [
                    Finding(at, "syntax", f"{one} stands before the first FROM; only ARG may") for at, one in before
                ]
            named = re.search(r"\bas\s+(\S+)\s*$", rest, re.IGNORECASE)
            name = named[1].lower() if named else ""
            if name and name in stages:
                said.findings.append(Finding(start + 1, "name", f"two stages are named `{name[:40]}`"))
            stages.append(name)
        elif not stages and word not in ("ARG", "FROM") and word in INSTRUCTIONS:
            before.append((start + 1, word))
    return said


def _wrong(word: str, rest: str, stages: list[str]) -> str:
    if word not in INSTRUCTIONS:
        return f"a Dockerfile knows no instruction `{word}`{nodes.near(word, INSTRUCTIONS)}"
    if not rest:
        return f"{word} needs what it is about"
    if message := _flags(word, rest, stages):
        return message
    return next(_values(word, re.sub(r"^(?:--\S+\s+)*", "", rest)), "")


def _values(word: str, rest: str) -> Iterator[str]:
    """What is wrong with what stands behind the instruction and its flags."""
    bare = rest.split()
    if word in ("COPY", "ADD") and not rest.startswith("[") and "<<" not in rest:
        if len(bare) < 2:
            yield f"{word} needs a source and a place to put it"
        elif (
            len(bare) >= SEVERAL
            and not bare[-1].endswith(("/", "/.", ".."))
            and bare[-1] != "."
            and "$" not in bare[-1]
        ):
            yield f"{word} takes several sources to a folder only: `{bare[-1][:40]}/`"
        elif any(one.startswith("../") for one in bare[:-1]):
            yield f"{word} takes nothing from outside the build's own folder: `{bare[0][:40]}`"
    if word == "FROM":
        if not re.fullmatch(r"\S+(?:\s+as\s+\S+)?", rest, re.IGNORECASE):
            yield "FROM takes one image, and AS with a name"
        elif fault := values.image_fault(bare[0]):
            yield fault
    if word == "EXPOSE":
        for one in bare:
            if not re.fullmatch(r"(?:\d+(?:-\d+)?(?:/(?:tcp|udp|sctp))?|.*\$.*)", one, re.IGNORECASE):
                yield "EXPOSE takes ports, as 8080 or 53/udp"
            elif any(not values.is_port(each) for each in re.findall(r"^\d+|(?<=-)\d+", one)):
                yield f"there is no port {one[:12]}"
    if word == "ENV":
        if "=" not in rest and len(bare) < 2:
            yield f"ENV needs a value: `{rest[:40]}=...`"
        elif len(bare) > 1 and bare[1] == "=":
            yield f"ENV takes no blanks around `=`: `{bare[0][:40]}` would be set to `= ...`"
    if word in LISTED and re.match(r"\[\s*[\"']", rest) and not (word == "RUN" and TESTED.match(rest)):
        yield from _list(word, rest)


def _list(word: str, rest: str) -> Iterator[str]:
    """Words in brackets are JSON; what is none of it is handed to a shell as it stands."""
    try:
        is_list = isinstance(json.loads(rest), list)
    except (ValueError, RecursionError):
        is_list = False
    if not is_list and not re.search(r"\$\{|<", rest):
        yield f"the list of {word} is no JSON (double quotes, no comma at the end), so a shell is asked to run it as it stands"


def _flags(word: str, rest: str, stages: list[str]) -> str:
    """Flags stand before all else."""
    found = re.match(r"(?:--\S+\s+)*", rest)
    for one in found[0].split() if found and word in FLAGS else ():
        name, _, value = one[2:].partition("=")
        if re.fullmatch(r"[a-z-]+", name) and name not in FLAGS[word].split():
            return (
                f"{word} has no flag `--{name}`{nodes.near(f'--{name}', [f'--{one}' for one in FLAGS[word].split()])}"
            )
        if word == "HEALTHCHECK" and name != "retries" and not values.SPAN.fullmatch(value) and "$" not in value:
            return f"`--{name}` takes a span of time, as 30s, not `{value[:40]}`"
        kind = re.search(r"(?:^|,)type=(\w+)", value) if name == "mount" else None
        if kind and kind[1] not in MOUNTS.split():
            return f"there is no mount of type `{kind[1][:40]}`{nodes.near(kind[1], MOUNTS.split())}"
        if word == "COPY" and name == "from" and stages:
            told = value.strip("\"'").lower()
            if told.isdigit() and int(told) >= len(stages) - 1:
                return f"there is no stage {told} before this one"
            near = next(iter(difflib.get_close_matches(told, [one for one in stages if one], n=1, cutoff=0.8)), "")
            if (
                re.fullmatch(r"[a-z][a-z0-9_-]*", told)
                and told not in stages
                and (near or (told in STAGES and len(stages) > 1))
            ):
                return f"no stage is named `{told[:40]}`" + (f"; did you mean `{near}`?" if near else "")
    return ""
