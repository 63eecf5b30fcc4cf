"""What commands of other ecosystems than Python's install, held against what the team locks."""

from __future__ import annotations

import difflib
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats.code.code import facts

MANAGERS = (
    (
        "node",
        re.compile(
            r"(?:sudo\s+)?(?:npm\s+(?:i|install|add)|pnpm\s+(?:add|i|install)|yarn\s+add|bun\s+(?:add|i|install))\s+(.*)"
        ),
    ),
    ("rust", re.compile(r"cargo\s+add\s+(.*)")),
    ("go", re.compile(r"go\s+(?:get|install)\s+(.*)")),
    ("php", re.compile(r"composer\s+(?:require|global\s+require)\s+(.*)")),
    ("debian", re.compile(r"(?:sudo\s+)?apt(?:-get)?\s+(?:-\S+\s+)*install\s+(.*)")),
    ("ruby", re.compile(r"(?:sudo\s+)?(?:gem\s+install|bundle\s+add)\s+(.*)")),
)
VALUED = frozenset(
    """
    --features -F --registry --prefix -w --workspace --filter -C --source --git --branch --rename -p --package
    --omit --include --tag --loglevel --cache --cpu --os --libc --otp --before --install-strategy --target
    --target-release -t --depth --manifest-path --rev --path
    """.split()
)
VERSIONED = ("-v", "--version", "--vers")
KNOWN = {
    "node": """
    react react-dom next vue express typescript lodash axios zod prisma @prisma/client drizzle-orm pg postgres mysql2
    redis ioredis jest vitest eslint prettier tailwindcss vite webpack fastify @nestjs/core dotenv jsonwebtoken bcrypt
    mongoose sequelize typeorm knex winston pino socket.io commander chalk uuid dayjs date-fns @supabase/supabase-js
    openai stripe @aws-sdk/client-s3 graphql nodemon ts-node tsx cors helmet
    """,
    "rust": """
    serde serde_json tokio reqwest anyhow thiserror clap tracing tracing-subscriber sqlx diesel axum actix-web hyper rand
    regex chrono uuid futures async-trait rayon itertools once_cell log env_logger tonic prost redis rusqlite tower tower-
    http bytes base64 sha2
    """,
    "ruby": """
    rails rspec rspec-rails sidekiq puma pg redis devise rubocop nokogiri sinatra faraday httparty pundit activerecord
    bundler rake
    """,
    "php": """
    laravel/framework laravel/sanctum laravel/horizon symfony/console symfony/http-foundation guzzlehttp/guzzle phpunit/phpunit
    monolog/monolog doctrine/orm doctrine/dbal predis/predis nesbot/carbon league/flysystem ramsey/uuid vlucas/phpdotenv
    """,
    "debian": """
    build-essential python3 python3-pip python3-venv python3-dev postgresql postgresql-client postgresql-contrib redis-server
    redis-tools nginx certbot curl wget git jq unzip ca-certificates gnupg lsb-release software-properties-common libpq-dev
    libssl-dev libffi-dev docker.io docker-compose-plugin nodejs golang rustc cargo cmake pkg-config htop tmux vim ffmpeg
    imagemagick sqlite3 mariadb-server default-jdk openssh-server
    """,
    "go": """
    github.com/gin-gonic/gin github.com/labstack/echo/v4 github.com/gofiber/fiber/v2 github.com/gorilla/mux github.com/go-chi/chi/v5
    github.com/lib/pq github.com/jackc/pgx/v5 github.com/redis/go-redis/v9 gorm.io/gorm github.com/spf13/cobra github.com/spf13/viper
    github.com/stretchr/testify go.uber.org/zap github.com/sirupsen/logrus github.com/google/uuid google.golang.org/grpc
    github.com/golang-jwt/jwt/v5 github.com/jmoiron/sqlx github.com/prometheus/client_golang
    """,
}
"""What is installed most, for names that are one letter from it."""

LOOKALIKES = {
    "expresss": "express",
    "crossenv": "cross-env",
    "loadsh": "lodash",
    "mongose": "mongoose",
    "babelcli": "babel-cli",
}
"""Names that somebody registered for those who slip (https://blog.npmjs.org/post/163723642530)."""


LONGEST_LINE = 4_000


@dataclass(frozen=True, slots=True)
class Asked:
    line: int
    ecosystem: str
    name: str
    version: str = ""


def installs(lines: list[tuple[int, str]]) -> Iterator[Asked]:
    for number, line in lines:
        if len(line) > LONGEST_LINE:
            continue
        for command in re.split(r"&&|\|\||;|\|", line):
            for ecosystem, pattern in MANAGERS:
                if found := pattern.match(command.strip()):
                    yield from _packages(number, ecosystem, found[1])


def _packages(number: int, ecosystem: str, rest: str) -> Iterator[Asked]:
    try:
        words = shlex.split(rest, comments=True)
    except ValueError:
        return
    names: list[Asked] = []
    following = ""
    for word in words:
        if following:
            if following in VERSIONED and names:
                names[-1] = Asked(number, ecosystem, names[-1].name, word)
            following = ""
        elif word in VALUED or word in VERSIONED:
            following = word
        elif word.startswith(("-", ".", "/", "git+", "http", "file:", "$", "<", "{")) or (
            ecosystem != "go" and word.endswith((".tgz", ".gem"))
        ):
            continue
        else:
            at = word.rfind("=" if ecosystem == "debian" else ":" if ecosystem == "php" else "@")
            name, version = (word[:at], word[at + 1 :]) if at > 0 else (word, "")
            if re.fullmatch(r"@?[\w.~/-]+", name):
                names.append(Asked(number, ecosystem, name.split(":")[-1] if ecosystem == "ruby" else name, version))
    yield from names


def versions(lines: list[tuple[int, str]], tree: Path | None) -> dict[str, str]:
    """What is locked of what these install, where all of it is."""
    asked = list(installs(lines))
    locked = (
        {(one.ecosystem, one.name): one.version for one in facts(tree).locked} if tree is not None and asked else {}
    )
    found = {one.name: locked.get((one.ecosystem, one.name), "") for one in asked}
    return found if all(found.values()) else {}


RUN_ONLY = re.compile(
    r"(?:npx\s+(?:--\S+\s+)*--no(?:-install)?|npm\s+exec\s+(?:--\S+\s+)*--no|pnpm\s+exec|yarn\s+exec)\s+(?:--\S+\s+)*(?:--\s+)?(@?[\w./-]+)"
)
"""Runs a program that is there already, and fetches none."""

BINARIES = {
    "tsc": "typescript",
    "tsserver": "typescript",
    "ng": "@angular/cli",
    "nest": "@nestjs/cli",
    "vue-cli-service": "@vue/cli-service",
}
"""Programs that are called otherwise than their package."""


def _not_there(lines: list[tuple[int, str]], tree: Path) -> Iterator[Finding]:
    """Programs that only a locked package could bring, and none does. A lock that says which programs its packages have is asked for
    them, too."""
    names = {one.name for one in facts(tree).locked if one.ecosystem == "node"}
    if not names:
        return
    words = {part for name in names for part in (name, name.rpartition("/")[2])}
    for number, line in lines:
        found = RUN_ONLY.search(line) if len(line) <= LONGEST_LINE else None
        name = found[1] if found else ""
        if name and BINARIES.get(name, name) not in words and not _is_named(name, tree):
            yield Finding(
                number, "install", f"nothing that your lock has is called `{name}`, and this fetches nothing", name
            )


def _is_named(name: str, tree: Path) -> bool:
    """Whether a manifest or lock file of the repository has the word anywhere: a program of another package, a script."""
    files = [
        *tree.rglob("package.json"),
        *tree.rglob("package-lock.json"),
        *tree.rglob("pnpm-lock.yaml"),
        *tree.rglob("yarn.lock"),
    ]
    texts = (one.read_text("utf-8", "replace")[:20_000_000] for one in files[:60] if "node_modules" not in one.parts)
    return any(re.search(rf"[\"'/ ]{re.escape(name)}[\"'@: ]", text) for text in texts)


def findings(lines: list[tuple[int, str]], tree: Path | None) -> list[Finding]:
    asked = list(installs(lines))
    absent = (
        list(_not_there(lines, tree))
        if tree is not None and any("exec" in one or "npx" in one for _, one in lines)
        else []
    )
    if not asked:
        return absent
    locked: dict[tuple[str, str], set[str]] = {}
    for one in facts(tree).locked if tree is not None else ():
        locked.setdefault((one.ecosystem, one.name), set()).add(one.version)
    return [*absent, *(found for one in asked if (found := _finding(one, locked)) is not None)]


def _finding(one: Asked, locked: dict[tuple[str, str], set[str]]) -> Finding | None:
    versions = locked.get((one.ecosystem, one.name), set())
    if versions:
        if one.version and not any(_agrees(one.version, version) for version in versions):
            has = ", ".join(sorted(versions))
            return Finding(
                one.line,
                "install",
                f"your lock has `{one.name}` at {has}, and this asks for {one.version}",
                one.name,
                has,
            )
        return None
    names = {name for ecosystem, name in locked if ecosystem == one.ecosystem} | set(KNOWN[one.ecosystem].split())
    if meant := LOOKALIKES.get(one.name):
        return Finding(
            one.line, "install", f"the package `{one.name}` is not what it seems; `{meant}` is meant", one.name
        )
    if one.name in names or len(one.name) < 4:
        return None
    near = next(iter(difflib.get_close_matches(one.name, sorted(names), n=1, cutoff=0.8)), "")
    if near and near[0] == one.name[0] and _is_slip(one.name, near):
        return Finding(
            one.line,
            "install",
            f"`{one.name}` is one letter from `{near}`; did you mean that?",
            one.name,
            precise=False,
        )
    return None


def _is_slip(name: str, near: str) -> bool:
    """One letter more, less, other, or two that changed places. A number or an s at the end makes a name of its own."""
    if re.sub(r"[\d._-]", "", name) == re.sub(r"[\d._-]", "", near) or name.rstrip("s") == near.rstrip("s"):
        return False
    start = next(
        (at for at, (one, other) in enumerate(zip(name, near, strict=False)) if one != other), min(len(name), len(near))
    )
    one, other = name[start:], near[start:]
    return (
        one[1:] == other[1:]
        or one[1:] == other
        or one == other[1:]
        or (one[:2][::-1] == other[:2] and one[2:] == other[2:])
    )


def _agrees(wanted: str, version: str) -> bool:
    """Whether a version is what was asked for. What is no number (a tag) agrees with all."""
    bare = wanted.lstrip("^~=v>").strip()
    if not re.fullmatch(r"\d+(?:\.(?:\d+|x|\*))*(?:[-+][\w.]+)?", bare) or wanted.startswith((">", "<", "*")):
        return True
    ours, theirs = (
        [part for part in re.split(r"[.+-]", bare) if part not in ("x", "*")],
        re.split(r"[.+-]", version.lstrip("v")),
    )
    if wanted.startswith("^"):
        return ours[0] == theirs[0]
    if wanted.startswith("~"):
        return ours[:2] == theirs[:2]
    return theirs[: len(ours)] == ours
