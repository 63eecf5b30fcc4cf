"""The environment and the settings file before they are settings: a file that is not there, names that nobody reads."""

from __future__ import annotations

import logging
import os
import re
import ssl
from collections.abc import Collection, Iterable, Iterator, Mapping
from difflib import get_close_matches
from io import StringIO
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from dotenv import dotenv_values
from dotenv.parser import Binding, parse_stream

from bot.errors import ConfigError
from bot.values import is_host

logging.getLogger("dotenv.main").setLevel(logging.ERROR)
"""What it cannot read it tells at every reading; here that is said once, with what to write."""

OURS, LIKE_OURS = "PLUMBLINE_", 0.7
LIKE_OTHERS = 0.85
"""How alike a name in our file has to be to one of another prefix to be a slip: a file may hold names for other programs, too."""

THEIRS = re.compile(
    r"(?i)(AWS|AZURE|GOOGLE|GCE|CLOUDSDK|IDENTITY|ANTHROPIC)_|(HTTPS?|ALL|NO)_PROXY$|SSL_CERT_(FILE|DIR)$|REQUESTS_CA_BUNDLE$"
)
"""Names that the SDK, the clouds' libraries and the transports below them read by themselves."""

PROXY, WAYS = re.compile(r"(?i)(HTTPS?|ALL)_PROXY"), ("http", "https")
"""What leads out, and how we may speak to it."""

LINK = re.compile(r"(.+?)_(?:SERVICE_HOST|SERVICE_PORT(?:_\w+)?|PORT(?:_\d+_[A-Z]+(?:_(?:PROTO|PORT|ADDR))?)?)")
"""What Kubernetes sets in each pod for each Service, here a name and its beginning:
https://kubernetes.io/docs/concepts/services-networking/service/#environment-variables."""

NAME, OPEN_QUOTE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*"), re.compile(r"=\s*[\"']")

ADDRESS = re.compile(r"ANTHROPIC_[A-Z_]+_BASE_URL")
"""Of a cloud's door, which the SDK knows: no slip for ours."""


def faults(file: Path | None, known: Collection[str], *, is_named: bool) -> Iterator[str]:
    """What is wrong, a sentence each. `known`: every setting, in capitals; `is_named`: the operator asked for this file. Raises
    ConfigError where it cannot be read."""
    capitals = {name.upper() for name in known}
    bindings = list(parse_stream(_text(file, is_named=is_named)))
    told = {one.key: one.value or "" for one in bindings if one.key}
    links = set(_links(os.environ))
    yield from _wrong_ways({**told, **os.environ})
    yield from _unread(str(file), bindings, capitals)
    for name in sorted({*told, *os.environ}):
        wrong = name.upper()
        if name in links and wrong in capitals:
            yield f"{name} is set by Kubernetes, for a Service of that name; set enableServiceLinks: false in the pod's spec"
        is_looked_at = name in told or (wrong.startswith(OURS) and name not in links)
        if wrong in capitals or ADDRESS.fullmatch(wrong) or not is_looked_at:
            continue
        if meant := _meant(wrong, capitals):
            yield f"{name} is no setting; did you mean {meant}?"
        elif wrong.startswith(OURS) and name in told:
            yield f"{name} is no setting; see .env.example"


def _text(file: Path | None, *, is_named: bool) -> StringIO:
    """The settings file, empty where there is none. Raises ConfigError."""
    if file is None or not (is_named or os.path.lexists(file)):
        return StringIO()
    try:
        if file.is_fifo():
            raise ConfigError(f"{file} is a pipe: it is read more than once; put the settings into one")
        return StringIO(file.read_text(encoding="utf-8-sig"))
    except UnicodeDecodeError:
        raise ConfigError(f"{file} is not UTF-8 text; save it as UTF-8") from None
    except OSError as fault:
        raise ConfigError(
            f"{file} cannot be read ({fault.strerror}); it holds the settings, a line NAME=value each"
        ) from None


def written(file: Path | None, *, is_named: bool = False) -> Mapping[str, str | None]:
    """What stands in the settings file, as it is meant. Raises ConfigError."""
    return dotenv_values(stream=_text(file, is_named=is_named))


def slips(file: Path | None, known: Collection[str]) -> Iterator[str]:
    """Names of the environment that are nearly one of ours which is not set there: no fault, for they may be another program's."""
    capitals = {name.upper() for name in known}
    missing = capitals - {name.upper() for name in (*os.environ, *written(file))}
    for name in sorted(os.environ):
        is_theirs = name.startswith(OURS) or name.upper() in capitals or ADDRESS.fullmatch(name)
        if not is_theirs and (near := get_close_matches(name.upper(), missing, 1, LIKE_OTHERS)):
            yield f"{name} is set and is no setting; if {near[0]} is meant, that is not set"


def _wrong_ways(told: Mapping[str, str]) -> Iterator[str]:
    """What leads out and cannot: certificates that are not there, proxies that no library of ours understands. What stands in an
    address may be a password, so it is not shown."""
    if certificates := told.get("SSL_CERT_FILE", ""):
        try:
            ssl.create_default_context(cafile=certificates)
        except FileNotFoundError:
            yield f"SSL_CERT_FILE: there is no file {certificates}; it names the certificates that are trusted"
        except OSError as fault:
            why = "no certificate in it" if isinstance(fault, ssl.SSLError) else fault.strerror
            yield f"SSL_CERT_FILE: {certificates} cannot be used ({why}); it names the certificates that are trusted, as PEM"
    has_own = any(value and name.upper() == "HTTPS_PROXY" for name, value in told.items())
    for name in sorted(name for name, value in told.items() if value and PROXY.fullmatch(name)):
        try:
            parts = urlsplit(told[name] if "://" in told[name] else f"http://{told[name]}")
            is_one = is_host(parts.hostname or "") and (parts.port or 1) > 0
        except ValueError:
            is_one = False
        if not is_one:
            yield f"{name}: it is like http://proxy.example:3128; signs such as @, / and # in a password are percent-encoded"
        elif parts.scheme not in WAYS and not (name.upper() == "ALL_PROXY" and has_own):
            yield f"{name}: a proxy is spoken to by http:// or https://, not by {parts.scheme}://"


def _links(told: Mapping[str, str]) -> Iterator[str]:
    """The names that Kubernetes has put in: of each Service its host, and whatever else begins as that does."""
    for name in told:
        if (link := LINK.fullmatch(name)) and f"{link[1]}_SERVICE_HOST" in told:
            yield name


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
    capitals = {name.upper() for name in known}
    for name, value in written(file).items():
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
