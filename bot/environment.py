"""The environment and the settings file before they are settings: a file that is not there, names that nobody reads."""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Collection, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

logging.getLogger("dotenv.main").setLevel(logging.ERROR)
"""What it cannot read it tells at every reading; here that is said once, with what to write."""

OURS, LIKE_OURS = "PLUMBLINE_", 0.7
LIKE_OTHERS = 0.85
"""How alike a name in our file has to be to one of another prefix to be a slip: a file may hold names for other programs, too."""

THEIRS = re.compile(
    r"(?i)(AWS|AZURE|GOOGLE|GCE|CLOUDSDK|IDENTITY|ANTHROPIC)_|(HTTPS?|ALL|NO)_PROXY$|SSL_CERT_(FILE|DIR)$|REQUESTS_CA_BUNDLE$"
)
"""Names that the SDK, the clouds' libraries and the transports below them read by themselves."""

NAME, OPEN_QUOTE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*"), re.compile(r"=\s*[\"']")

ADDRESS = re.compile(r"ANTHROPIC_[A-Z_]+_BASE_URL")
"""Of a cloud's door, which the SDK knows: no slip for ours."""


def faults(file: Path | None, known: Collection[str], *, is_named: bool) -> Iterator[str]:
    """What is wrong, a sentence each. `known`: every setting, in capitals; `is_named`: the operator asked for this file."""
    capitals = {name.upper() for name in known}
    bindings: list[Binding] = []
    if file is not None and (file.exists() or is_named):
        try:
            with file.open(encoding="utf-8-sig") as text:
                bindings = list(parse_stream(text))
        except UnicodeDecodeError:
            yield f"{file} is not UTF-8 text; save it as UTF-8"
            return
        except OSError as fault:
            yield f"{file} cannot be read ({fault.strerror}); it holds the settings, a line NAME=value each"
            return
    certificates = os.environ.get("SSL_CERT_FILE", "")
    if certificates and not Path(certificates).is_file():
        yield f"SSL_CERT_FILE: there is no file {certificates}; it names the certificates that are trusted"
    yield from _unread(str(file), bindings, capitals)
    written = {one.key for one in bindings if one.key}
    for name in sorted({*written, *os.environ}):
        wrong = name.upper()
        if wrong in capitals or ADDRESS.fullmatch(wrong) or not (name in written or wrong.startswith(OURS)):
            continue
        if meant := _meant(wrong, capitals):
            yield f"{name} is no setting; did you mean {meant}?"
        elif wrong.startswith(OURS) and name in written:
            yield f"{name} is no setting; see .env.example"


def _unread(file: str, bindings: Iterable[Binding], known: Collection[str]) -> Iterator[str]:
    """Lines that are no setting, a sentence each. What stands in them may be secret, so only a name is shown."""
    for one in bindings:
        text = one.original.string.strip()
        line = one.original.line + one.original.string[
            : len(one.original.string) - len(one.original.string.lstrip())
        ].count("\n")
        name = NAME.match(text)
        shown = f"{name[0]}=..." if name and name[0].upper() in known else "NAME=value"
        if one.error and OPEN_QUOTE.search(text):
            yield f"{file}, line {line}: a quote is opened and not closed, or something follows it; write {shown} without quotes"
        elif one.error or (one.value is None and one.key and one.key.upper() in known):
            yield f"{file}, line {line}: this is no setting; write {shown} on a line of its own"


def hand_on(file: Path | None, known: Collection[str]) -> None:
    """Put into the environment what the file holds for libraries that look there by themselves, and what is no setting of ours: where
    a cloud's credentials are, which proxy leads out. What is in the environment already stays."""
    if file is None or not file.is_file():
        return
    capitals = {name.upper() for name in known}
    for name, value in dotenv_values(file, encoding="utf-8-sig").items():
        if value and name.upper() not in capitals and THEIRS.match(name):
            os.environ.setdefault(name, value)


def proxy_of(url: str) -> str | None:
    """Which proxy leads to an address, as HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY say it; None for none. For libraries that do
    not look there themselves."""
    parts, proxies = urlsplit(url), getproxies()
    way = proxies.get(parts.scheme) or proxies.get("all")
    return way if way and not proxy_bypass(parts.hostname or "") else None


def _meant(wrong: str, known: Collection[str]) -> str:
    """The setting that this is a slip for, or "". The beginning that all of ours share makes none of them alike."""
    if not wrong.startswith(OURS):
        return next(iter(get_close_matches(wrong, known, 1, LIKE_OTHERS)), "")
    tails = {name.removeprefix(OURS): name for name in known}
    return next((tails[near] for near in get_close_matches(wrong.removeprefix(OURS), tails, 1, LIKE_OURS)), "")
