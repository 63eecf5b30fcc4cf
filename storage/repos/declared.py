"""The operator's file of repositories as it is written: what may stand in it, and what is wrong with it, all at once.

What follows from it is in catalogue.py, with an example.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from bot import values
from bot.capabilities.team_code.code import WebKind
from bot.capabilities.team_code.permalinks import SCP
from bot.errors import ConfigError
from bot.ports.policy import Guests, Outsiders
from bot.validation import in_words

PLATFORMS = ("slack", "discord", "web", "console")
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
PERSON = re.compile(r"slack:(?:group:)?[A-Z0-9]+|discord:(?:role:)?[0-9]+")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def _spelled(value: object) -> object:
    """`answer-without-code` is read like `answer without code`."""
    return value.replace("-", " ").replace("_", " ").strip().lower() if isinstance(value, str) else value


ForGuests = Annotated[Guests, BeforeValidator(_spelled)]
ForOutsiders = Annotated[Outsiders, BeforeValidator(_spelled)]


HomePath = Annotated[Path, AfterValidator(values.path)]


class Repo(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    url: str = ""
    path: HomePath | None = None
    branch: str = ""
    description: str = ""
    channels: list[str] = Field(default_factory=list)
    user: str = ""
    token_file: HomePath | None = None
    key_file: HomePath | None = None
    direct: bool = False
    guests: ForGuests = ""
    outsiders: ForOutsiders = ""
    people: list[str] = Field(default_factory=list)
    readers: Literal["asker", "everybody"] = "asker"
    guidance: list[str] = Field(default_factory=list)
    deny: list[str] = Field(default_factory=list)
    web: str = ""
    web_kind: WebKind = ""
    every_minutes: int = Field(15, ge=1, le=10_080)

    @field_validator("url")
    @classmethod
    def _is_safe(cls, url: str) -> str:
        parts = urlsplit(url)
        if parts.password:
            raise ValueError("put the token into a file and name it as token_file; an address is shown to people")
        if not url or parts.scheme in ("https", "ssh") or (not parts.scheme and SCP.fullmatch(url)):
            return url
        if SCP.fullmatch(url) and "://" not in url:
            return url
        if parts.scheme == "http" and parts.hostname in LOOPBACK:
            return url
        raise ValueError(
            "it starts with https:// or ssh://, or is like git@host:team/name.git; a folder is given as path"
        )

    @field_validator("path", "token_file", "key_file")
    @classmethod
    def _from_the_file(cls, named: Path | None, info: ValidationInfo) -> Path | None:
        """What is relative counts from the folder of the file that names it, wherever the bot is started."""
        folder: Path = (info.context or {"folder": Path()})["folder"]
        return folder / named if named else None

    @field_validator("channels")
    @classmethod
    def _have_platforms(cls, channels: list[str]) -> list[str]:
        for one in channels:
            if not any(fnmatchcase(platform, one.partition(":")[0]) for platform in PLATFORMS):
                raise ValueError(f"{one!r} names no channel: each with its platform, such as slack:T01ABC:C07DEF")
        return channels

    @field_validator("people")
    @classmethod
    def _are_people(cls, people: list[str]) -> list[str]:
        for one in people:
            if not PERSON.fullmatch(one):
                raise ValueError(
                    f"{one!r} names nobody: slack:U012, slack:group:S012, discord:8035 or discord:role:8035"
                )
        return people

    @model_validator(mode="after")
    def _is_one_thing(self) -> Repo:
        if bool(self.url) == bool(self.path):
            raise ValueError("give either url (it is mirrored) or path (a checkout on this machine)")
        if self.readers == "everybody" and not self.people:
            raise ValueError('readers = "everybody" needs people: those who may see it')
        for name in ("token_file", "key_file"):
            file = getattr(self, name)
            if file and not file.is_file():
                raise ValueError(f"there is no {name} {file}")
        return self


class Channel(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    default: str = ""
    guidance: list[str] = Field(default_factory=list)
    guests: ForGuests = ""
    outsiders: ForOutsiders = ""


def _is_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError("this is not a name: small letters, digits, dots and dashes, at most 63")
    return name


class File(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    repos: dict[Annotated[str, AfterValidator(_is_name)], Repo] = Field(default_factory=dict)
    channels: dict[str, Channel] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _defaults_exist(self) -> File:
        for place, channel in self.channels.items():
            if channel.default and channel.default not in self.repos:
                raise ValueError(f"channels.{place}.default names {channel.default!r}, which is not declared")
        return self


def parse(file: Path) -> File:
    """Raises ConfigError with every fault."""
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8-sig"))
        return File.model_validate(told, context={"folder": file.resolve().parent})
    except OSError as fault:
        raise ConfigError(*[f"PLUMBLINE_REPOS: {file} cannot be read ({fault.strerror})"]) from fault
    except UnicodeDecodeError as fault:
        raise ConfigError(*[f"{file} is not UTF-8 text; save it as UTF-8"]) from fault
    except tomllib.TOMLDecodeError as fault:
        raise ConfigError(*[f"{file} is not valid TOML: {fault}"]) from fault
    except ValidationError as fault:
        raise ConfigError(*_sentences(file, fault)) from fault


def _sentences(file: Path, faults: ValidationError) -> Iterator[str]:
    for fault in faults.errors():
        place = [str(part) for part in fault["loc"] if part != "[key]"]
        rooms: dict[str, type[BaseModel]] = {"repos": Repo, "channels": Channel}
        holds = rooms.get(place[0], File) if len(place) > 1 else File
        where = f"{'.'.join(place)}: " if place else ""
        yield f"{file}: {where}{in_words(fault, tuple(holds.model_fields))}"
