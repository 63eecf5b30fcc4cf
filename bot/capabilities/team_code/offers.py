"""Questions to begin with, made from what a repository holds: its own frameworks, what it locks, its names, its newest changes.

Each is a question that has a good answer there, with a model and without one. Pure but for the looks that `facts` takes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.capabilities.team_code.code import Commit, Definition
from bot.capabilities.team_code.dependencies.question import Row
from bot.capabilities.team_code.repositories import BadQuery, Snapshot
from bot.capabilities.team_code.versions import Pin, look_up, pins
from bot.errors import StoreUnavailable
from bot.ports.model import ToolFailed
from bot.writing.masking import mask

MOST_OFFERED = 4
COMMITS = 60

WEB = (
    "fastapi", "django", "flask", "litestar", "starlette", "aiohttp", "sanic", "tornado",
    "express", "fastify", "@nestjs/core", "koa", "hono", "next", "rails", "sinatra", "laravel/framework", "symfony/http-kernel",
    "github.com/gin-gonic/gin", "github.com/labstack/echo/v4", "github.com/gofiber/fiber/v2", "github.com/go-chi/chi/v5",
    "axum", "actix-web", "rocket", "phoenix", "org.springframework.boot:spring-boot-starter-web", "io.ktor:ktor-server-core",
)  # fmt: skip
STORES = (
    "sqlmodel", "sqlalchemy", "django-ormar", "tortoise-orm", "peewee", "asyncpg", "psycopg", "prisma",
    "@prisma/client", "typeorm", "sequelize", "knex", "drizzle-orm", "mongoose", "gorm.io/gorm",
    "github.com/jackc/pgx/v5", "sqlx", "diesel", "sea-orm", "ecto_sql", "doctrine/orm", "activerecord", "pg", "mysql2",
)  # fmt: skip
QUEUES = (
    "celery", "taskiq", "dramatiq", "rq", "arq", "bullmq", "bull", "sidekiq", "resque", "good_job", "oban", "faktory",
    "github.com/hibiken/asynq",
)  # fmt: skip
"""What services stand on, the most telling first."""

MERGE = re.compile(r"Merge (?:pull request|branch|remote-tracking|tag|#\d+|main|master|in )|Merged? ", re.IGNORECASE)
TAIL = re.compile(r"\s*\([#!]\d{1,9}\)\s*$")
SIGN = re.compile(r"^(?::\w+:|[^\w\s\[(]+)\s*")
"""An emoji or another sign that some teams begin with."""

KIND = re.compile(r"^(?:[a-z]+(?:\([^)]{1,40}\))?!?|\[[^\]]{1,30}\]):?\s+(?=\S)")
DULL = re.compile(
    r"\b(?:bump|release|version|changelog|readme|docs?|typos?|lint|format(?:ting)?|merge|revert|wip|chore|e2e|dependabot|renovate)\b"
    r"|^update dependency\b|^(?:v?\d+(?:\.\d+)+|first|initial|init)\b",
    re.IGNORECASE,
)
"""Subjects that nobody asks about."""

VIEWS = (".tsx", ".jsx", ".vue", ".svelte", ".astro", ".html")
"""What people see is seldom what a backend's people ask about first."""

LEAST_WORDS, MOST_SUBJECT = 3, 80


@dataclass(frozen=True, slots=True)
class Facts:
    """What questions are made from. `pins` are what it stands on, its commits the newest first; `is_whole`: all of it could be looked
    up."""

    repository: str
    pins: tuple[Pin, ...] = ()
    names: tuple[Definition, ...] = ()
    commits: tuple[Commit, ...] = ()
    is_whole: bool = True


async def facts(snapshot: Snapshot) -> Facts:
    """What could be looked up; what could not makes no question."""
    rows, names, commits = await _rows(snapshot), await _ranked(snapshot), await _commits(snapshot)
    return Facts(
        snapshot.repository.name,
        tuple(pins(rows or ())),
        tuple(one for one, _ in names or ()),
        tuple(commits or ()),
        is_whole=None not in (rows, names, commits),
    )


async def _rows(snapshot: Snapshot) -> Sequence[Row] | None:
    try:
        return (await look_up(snapshot)).rows
    except (ToolFailed, StoreUnavailable):
        return None


async def _ranked(snapshot: Snapshot) -> Sequence[tuple[Definition, int]] | None:
    try:
        return await snapshot.ranked("", 20)
    except (BadQuery, StoreUnavailable):
        return None


async def _commits(snapshot: Snapshot) -> Sequence[Commit] | None:
    try:
        return (await snapshot.log("", None, COMMITS)).commits
    except (BadQuery, StoreUnavailable):
        return None


def offered(of: Sequence[Facts]) -> list[str]:
    """At most MOST_OFFERED questions, taken from each repository in turn; with several, each names its own."""
    several = len(of) > 1
    lists = [[_in(one, facts.repository, several) for one in questions(facts)] for facts in of]
    taken: list[str] = []
    while any(lists) and len(taken) < MOST_OFFERED:
        for questions_left in lists:
            if questions_left and len(taken) < MOST_OFFERED:
                taken.append(questions_left.pop(0))
    return taken


def _in(question: str, name: str, several: bool) -> str:
    return f"{question[:-1]} in {name}?" if several else question


def questions(facts: Facts) -> Iterator[str]:
    """The best first; none that its repository has nothing for."""
    locked = [one.name for one in facts.pins if one.is_locked]
    web, store, queue = _first(WEB, locked), _first(STORES, locked), _first(QUEUES, locked)
    if web:
        yield f"Where are our endpoints defined with {web}?"
    if told := _told(facts.commits):
        yield f"Who made “{told}”, and what did it change?"
    if name := _telling(facts.names):
        yield f"What does `{name}` do, and where is it defined?"
    if library := store or queue or web or next(iter(locked), ""):
        yield f"Which version of {library} do we run?"
    if queue:
        yield f"Where are jobs queued with {queue}?"
    if store:
        yield f"Where do we open the database with {store}?"


def _first(known: Sequence[str], locked: Sequence[str]) -> str:
    there = {name.lower(): name for name in locked}
    return next((there[name] for name in known if name in there), "")


def _telling(names: Sequence[Definition]) -> str:
    """The most used name that says what it is: a type before a function, for a method's name is another thing elsewhere."""
    fit = [one for one in names if one.name == one.qualified and re.fullmatch(r"\w{4,60}", one.name)]
    fit.sort(key=lambda one: (one.path.endswith(VIEWS), not one.name[:1].isupper()))
    return fit[0].name if fit else ""


def _told(commits: Sequence[Commit]) -> str:
    """The newest change that has a telling title: what was merged before what was not."""
    merged = [one for one in commits if one.pull_request and not MERGE.match(one.subject)]
    return next((title for one in (*merged, *commits) if (title := _title(one.subject))), "")


def _title(subject: str) -> str:
    """A subject as people would say it; "" for what nobody asks about."""
    plain = TAIL.sub("", SIGN.sub("", mask(subject, is_typed=True)).strip()).rstrip(" .…")
    plain = KIND.sub("", plain) if KIND.sub("", plain) else plain
    has_odd = any(mark in plain for mark in '`"“”<>[]|*\\') or "masked" in plain
    is_short = len(plain.split()) < LEAST_WORDS
    if MERGE.match(subject) or DULL.search(subject) or has_odd or is_short or len(plain) > MOST_SUBJECT:
        return ""
    return plain if plain.isprintable() else ""
