"""Which repositories there are and who may see them, as the operator declared it in one TOML file. Faults are told all at once.

[repos.shop]
url = "https://git.example/acme/shop.git"    # or path = "../shop"
branch = "main"                              # "" = the remote's own default
description = "The web shop's backend."
channels = ["slack:T01:C07", "discord:81:*"] # who may see it; nobody by default
direct = false                               # whether its patterns match direct messages, too
guests = "refuse"                            # or "channel": guests may see what their channel is given
outsiders = "refuse"                         # or "answer without code"; "channel": other companies may see it
people = ["slack:group:S01", "slack:U02", "discord:role:7"]  # only they; left out: all
readers = "asker"                            # or "everybody": all who can read the channel must be of these people
token_file = "git-token"                    # or key_file for ssh; what is relative counts from this file
guidance = ["docs/adr/**", "AGENTS.md"]      # the team's own rules
deny = ["legal/**"]                          # never read, besides the usual homes of secrets

[channels."slack:T01:C07"]
default = "shop"
guidance = ["docs/payments/**"]              # the team's rules in this channel, in any of its repositories
guests = "channel"                           # as above, for all of this channel; the stricter of both holds
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path
from unicodedata import combining, normalize

from bot.capabilities.team_code.code import Repository
from bot.capabilities.team_code.permalinks import pages
from bot.errors import ConfigError
from bot.ports.policy import ChannelRule, Grant, Guests, Outsiders
from storage.repos.declared import NAME, Repo, parse
from storage.repos.ssh_hosts import ssh_host


@dataclass(frozen=True, slots=True)
class Source:
    """Where a repository comes from: a remote that is mirrored, or a checkout on this machine. Secrets stay in their files."""

    repository: Repository
    url: str = ""
    path: Path | None = None
    user: str = ""
    token_file: Path | None = None
    key_file: Path | None = None
    channels: tuple[str, ...] = ()
    direct: bool = False
    guests: Guests = ""
    outsiders: Outsiders = ""
    people: frozenset[str] = frozenset()
    everybody: bool = False
    deny: tuple[str, ...] = ()
    every_minutes: int = 15


@dataclass(frozen=True, slots=True)
class Catalogue:
    sources: Mapping[str, Source] = field(default_factory=dict)
    defaults: Mapping[str, str] = field(default_factory=dict)
    guidance: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    rules: Mapping[str, ChannelRule] = field(default_factory=dict)
    """What is set for channels, by pattern."""

    def grants(self, place: str, shared: Sequence[str] = ()) -> Sequence[Grant]:
        """The repositories that the file gives to a channel, or an admin there; what names the channel itself comes first."""
        found = [grant for name, one in self.sources.items() for grant in _grants(name, one, place)]
        found += [_grant(self.sources[name], SHARED, is_exact=True) for name in shared if name in self.sources]
        return sorted(found, key=lambda one: not one.is_exact)

    def channel_rules(self, place: str) -> Sequence[ChannelRule]:
        return [
            replace(rule, is_exact=pattern == place, in_direct=_names_direct(pattern))
            for pattern, rule in self.rules.items()
            if _fits(place, pattern)
        ]

    def local(self) -> Sequence[Grant]:
        return [_grant(one, "a checkout on this machine") for one in self.sources.values() if one.repository.is_local]

    def default(self, place: str) -> str:
        return next((name for pattern, name in self.defaults.items() if _fits(place, pattern)), "")

    def guidance_of(self, place: str) -> tuple[str, ...]:
        return tuple(glob for pattern, globs in self.guidance.items() if _fits(place, pattern) for glob in globs)


SHARED = "`!repos allow` in this channel"


def _grants(name: str, source: Source, place: str) -> Iterator[Grant]:
    for pattern in source.channels:
        if _fits(place, pattern):
            where = f"[repos.{name}]"
            in_direct = source.direct or _names_direct(pattern)
            yield _grant(source, where, is_exact=pattern == place, in_direct=in_direct)


def _grant(source: Source, where: str, *, is_exact: bool = False, in_direct: bool = False) -> Grant:
    return Grant(
        source.repository.name,
        where,
        is_exact,
        in_direct,
        source.guests,
        source.outsiders,
        source.people,
        source.everybody,
    )


def _fits(place: str, pattern: str) -> bool:
    return fnmatchcase(place, pattern) or place.startswith(pattern + ":")


def _names_direct(pattern: str) -> bool:
    """Whether a pattern says itself that it is about direct messages: Discord's have a workspace of their own, Slack's channel begins
    with D."""
    platform, _, rest = pattern.partition(":")
    workspace, _, channel = rest.partition(":")
    return (platform == "discord" and workspace == "dm") or (platform == "slack" and channel.startswith("D"))


def read(file: Path | None, checkouts: Sequence[Path] = ()) -> Catalogue:
    """The file's repositories, and the checkouts that were named at start. Raises ConfigError with every fault."""
    sources: dict[str, Source] = {}
    defaults: dict[str, str] = {}
    guidance: dict[str, tuple[str, ...]] = {}
    rules: dict[str, ChannelRule] = {}
    if file is not None:
        parsed = parse(file)
        sources = {name: _source(name, one) for name, one in parsed.repos.items()}
        defaults = {place: channel.default for place, channel in parsed.channels.items() if channel.default}
        guidance = {place: tuple(channel.guidance) for place, channel in parsed.channels.items() if channel.guidance}
        rules = {
            place: ChannelRule(f'[channels."{place}"]', guests=one.guests, outsiders=one.outsiders)
            for place, one in parsed.channels.items()
            if one.guests or one.outsiders
        }
    for path in checkouts:
        name = _free_name(path.resolve().name, sources)
        sources[name] = Source(
            Repository(name, f"the checkout in {path.resolve().name}", is_local=True), path=path.resolve()
        )
    return Catalogue(sources, defaults, guidance, rules)


def add(file: Path, name: str, values: Mapping[str, str | Sequence[str]]) -> None:
    """Append a repository to the file, made if need be. Raises ConfigError when the file would not be good any more."""
    if not NAME.fullmatch(name):
        raise ConfigError(*[f"{name!r} is not a name: small letters, digits, dots and dashes, at most 63"])
    declared = parse(file).repos if file.exists() else {}
    if name in declared:
        raise ConfigError(*[f"{file} declares {name} already"])
    lines = [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in values.items() if value]
    try:
        before = file.read_text(encoding="utf-8-sig") if file.exists() else ""
        added = "\n".join([before.rstrip(), "", f"[repos.{json.dumps(name)}]", *lines, ""]).lstrip()
        file.write_text(added, encoding="utf-8")
    except OSError as fault:
        raise ConfigError(*[f"PLUMBLINE_REPOS: {file} cannot be written ({fault.strerror})"]) from fault
    try:
        read(file)
    except ConfigError:
        file.write_text(before, encoding="utf-8")
        raise


def _source(name: str, one: Repo) -> Source:
    web, kind = (one.web.rstrip("/"), one.web_kind) if one.web else pages(one.url, ssh_host)
    return Source(
        Repository(
            name, one.description, one.branch, web, one.web_kind or kind, tuple(one.guidance), one.path is not None
        ),
        url=one.url,
        path=one.path.resolve() if one.path else None,
        user=one.user,
        token_file=one.token_file,
        key_file=one.key_file,
        channels=tuple(one.channels),
        direct=one.direct,
        guests=one.guests,
        outsiders=one.outsiders,
        people=frozenset(one.people),
        everybody=one.readers == "everybody",
        deny=tuple(one.deny),
        every_minutes=one.every_minutes,
    )


def _free_name(wanted: str, taken: Mapping[str, Source]) -> str:
    bare = "".join(sign for sign in normalize("NFKD", wanted.lower().replace("ß", "ss")) if not combining(sign))
    base = re.sub(r"[^a-z0-9._-]+", "-", bare).strip("-._") or "checkout"
    names = [base, *(f"{base}-{number}" for number in range(2, 100))]
    return next(name for name in names if name not in taken)
