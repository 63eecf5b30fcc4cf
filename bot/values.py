"""What may stand in a setting, beyond its type: each function gives back the value as it is meant, or raises ValueError with a
sentence.

A slip that can only mean one thing is taken as it is meant (spaces and line ends around a value, `~`, capitals, a version at the end of
an address); anything else is said. No sentence shows the value of a secret.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable
from os.path import expanduser, isdir
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from pydantic import SecretStr, ValidationInfo

ADMIN = r"(slack|discord|web|console):\S+"
OWNERS = {"xoxb-": "SLACK_BOT_TOKEN", "xapp-": "SLACK_APP_TOKEN", "sk-ant-": "ANTHROPIC"}
"""Whose a key is, by how it begins."""

SLACK = {
    "SLACK_BOT_TOKEN": "a bot token: it starts with xoxb- (Slack app > OAuth & Permissions)",
    "SLACK_APP_TOKEN": "an app-level token: it starts with xapp- (Slack app > Basic Information)",
}

EMPTY = re.compile(r"(sk-ant|xoxb|xapp)?-?(\.{3}|…|x{3,})|<.*>|#.*|", re.IGNORECASE)
"""What manuals write in the place of a key, and what a settings file would not read as one."""

HOST, WORD = re.compile(r"[\w.-]+"), re.compile(r"[A-Za-z0-9._:-]*")

AFTER_HOST = re.compile(r"[?&]\w+=")
"""The words of an address: an `@` behind one is theirs."""

QUOTES = "\"'`“”‘’„«»"

ANTHROPIC_VERSION = re.compile(r"(/v1(/messages)?)?/*$")


def trimmed(value: Any) -> Any:
    """Without the spaces and the line end that come along from a file or a copy."""
    return value.strip() if isinstance(value, str) else value


def key(value: SecretStr | None, about: ValidationInfo) -> SecretStr | None:
    """A key or token of somebody else's service: it goes out in a header as it is."""
    text, name = value.get_secret_value() if value else "", str(about.field_name).upper()
    if text and (text[0] in QUOTES or text[-1] in QUOTES):
        raise ValueError("leave out the quotes around it")
    if value is not None and EMPTY.fullmatch(text):
        raise ValueError("this stands for a key in an example; put in your own")
    if text.lower().startswith(("bearer ", "bot ")):
        raise ValueError(f"leave out the word {text.split()[0]} before it")
    if odd := next((sign for sign in text if not "!" <= sign <= "~"), ""):
        what = "a space or a line end" if odd.isspace() else f"a sign that no key has ({odd})"
        raise ValueError(f"it holds {what}; copy it once more, alone")
    for prefix, owner in OWNERS.items():
        if text.startswith(prefix) and not name.startswith(owner):
            raise ValueError(f"what begins with {prefix} belongs to {owner}; were two changed over?")
    if text and name in SLACK and OWNERS.get(text[:5]) != name:
        raise ValueError(f"this is not {SLACK[name]}")
    return value


def secret(value: SecretStr | None) -> SecretStr | None:
    """One of our own may hold any sign; quotes around it are a file's, which docker's --env-file keeps."""
    text = value.get_secret_value() if value else ""
    if len(text) > 1 and text[0] == text[-1] and text[0] in QUOTES:
        raise ValueError("leave out the quotes around it")
    return value


def path(value: Path) -> Path:
    """`~` is the home of whoever runs us; a shell does not see what stands in a file."""
    try:
        return value.expanduser()
    except RuntimeError:
        raise ValueError(f"{value}: whose home ~ is cannot be told here; write the whole path") from None


def file(value: Path) -> Path:
    """One that is there and may be read."""
    try:
        value.open("rb").close()
    except OSError as fault:
        raise ValueError(f"{value} cannot be read ({fault.strerror}); name a file") from None
    return value


def word(value: str) -> str:
    """What becomes a part of an address: a region, a project, a workspace."""
    if not WORD.fullmatch(value):
        raise ValueError("it is a name alone, without spaces, quotes or slashes, as your cloud's console shows it")
    return value


def resource(value: str) -> str:
    """The portal shows it as part of an address: https://NAME.services.ai.azure.com."""
    return word(re.sub(r"^https?://([^./]+)\..*", r"\1", value))


def index(value: str) -> str:
    """Where wheels come from: an address, a folder of them, or the word for the public one."""
    return address(value) if "://" in value else value if value == "pypi" else folder(value)


def registry(value: str) -> str:
    return value if value == "npm" else address(value)


def folder(value: str) -> str:
    place = expanduser(value)
    if value and not isdir(place):
        raise ValueError(f"there is no folder {value}")
    return place


def folder_or_none(value: str) -> str:
    return value.lower() if value.lower() in ("none", "off", "no") else folder(value)


def root(url: str | None) -> str | None:
    """As it stands in many a manual, with the version that the SDK adds itself."""
    return ANTHROPIC_VERSION.sub("", address(url)) if url else url


def address(url: str) -> str:
    """http:// or https://, with a host."""
    if url and not is_address(url):
        raise ValueError("it is an address, such as https://llm.example.org or http://127.0.0.1:4000")
    return url


def origin(url: str) -> str:
    if url and not (is_address(url) and urlsplit(url).path in ("", "/")):
        raise ValueError("it is an address without a path, such as https://ask.example.org")
    return url.rstrip("/")


def host(name: str) -> str:
    """What a port of ours listens on. An IPv6 address may stand in brackets, as in an address."""
    bare = name[1:-1] if name.startswith("[") and name.endswith("]") else name
    if not is_host(bare):
        raise ValueError("it is a host alone, without a port, such as 127.0.0.1, 0.0.0.0 or ::1")
    return bare


def is_host(name: str) -> bool:
    """Whether sockets can look it up: a name, or an address."""
    try:
        return bool(ipaddress.ip_address(name) if ":" in name else HOST.fullmatch(name) and name.encode("idna"))
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """True for localhost and loopback addresses."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def admins(value: str) -> str:
    words = "each with its platform, such as slack:U012AB3CD or discord:80351110224678912"
    return _each(value, lambda one: re.fullmatch(ADMIN, one), words)


def numbers(value: str) -> str:
    """Discord's ids, separated by commas."""
    return _each(value, str.isdigit, "each is a server's number, such as 80351110224678912 (Copy Server ID)")


def hosts(value: str) -> str:
    """Separated by commas; `*.` before one stands for what is below it."""
    words = "each is a host alone, such as docs.example.org, or *.example.org for what is below it, separated by commas"
    return _each(value, lambda one: is_host(re.sub(r"^\*\.|:\d+$", "", one)), words)


def _each(value: str, is_one: Callable[[str], object], words: str) -> str:
    if odd := [one for part in value.split(",") if (one := part.strip()) and not is_one(one)]:
        raise ValueError(f"{', '.join(odd)}: {words}")
    return value


def redis(url: str | None) -> str | None:
    kinds = ("redis://", "rediss://", "unix://")
    many = tuple(f"{security}+{kind}://" for security in ("redis", "rediss") for kind in ("sentinel", "cluster"))
    if url and not url.startswith((*kinds, *many)):
        raise ValueError(
            "it starts with redis://, rediss:// or unix://, such as redis://127.0.0.1:6379/0, or with redis+sentinel:// or "
            "redis+cluster://"
        )
    url = _quoted(url or "") or None
    if url and url.startswith(kinds[:2]):
        _check_parts(url)
        if not re.fullmatch(r"/?|/\d+", urlsplit(url).path):
            raise ValueError("after the host comes a / and the database's number, such as redis://127.0.0.1:6379/0")
    return url


def database(url: str | None) -> str | None:
    if url and not url.startswith(("postgresql", "postgres://", "sqlite")):
        raise ValueError("it starts with postgresql:// or sqlite:///, such as postgresql://bot@db/plumbline")
    if url and not url.startswith("sqlite"):
        _check_parts(url := _quoted(url))
    return url


def is_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return (
            parts.scheme in ("http", "https")
            and is_host(parts.hostname or "")
            and (parts.port is None or parts.port > 0)
        )
    except ValueError:
        return False


def _quoted(url: str) -> str:
    """The address with its password quoted, which ends at the last `@` before the host. One that is quoted stays."""
    scheme, _, rest = url.partition("://")
    login, _, place = rest.rpartition("@")
    user, colon, password = login.partition(":")
    if not colon or "/" in user or AFTER_HOST.search(password):
        return url
    return f"{scheme}://{user}:{quote(unquote(password), safe='')}@{place}"


def _check_parts(url: str) -> None:
    """Of several hosts each has its port."""
    try:
        parts = urlsplit(url)
        hosts = [urlsplit(f"//{one}") for one in parts.netloc.rpartition("@")[2].split(",")]
        is_odd = "@" in parts.path + parts.fragment
        is_odd = is_odd or any(one.port == 0 or not is_host(one.hostname or "localhost") for one in hosts)
    except ValueError:
        is_odd = True
    if is_odd:
        raise ValueError("its host or port cannot be read; signs such as @ / # in a password are written %40 %2F %23")
