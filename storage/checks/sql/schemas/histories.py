"""The SQL files of a repository as histories: files that make one database, in the order in which their tool applies them.

A folder of migrations is one, with the numbered folders below it; its dialect is what its files
show together, for one alone may show none.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from storage.checks.sql.statements import dialects
from storage.checks.sql.statements.text import pieces

OTHER = "other"
NAMES = (
    (
        dialects.POSTGRESQL,
        re.compile(r"(?:^|[/._-])(?:(?:\w*_)?postgres\w*|\w*pgx\w*|pg|pgsql|psql|supabase)(?:[/._-]|$)", re.IGNORECASE),
    ),
    (dialects.MYSQL, re.compile(r"(?:^|[/._-])(?:mysql|mariadb)(?:[/._-]|$)", re.IGNORECASE)),
    (dialects.SQLITE, re.compile(r"(?:^|[/._-])\w*sqlite\d?(?:[/._-]|$)", re.IGNORECASE)),
    (
        OTHER,
        re.compile(
            r"(?:^|[/._-])(?:mssql|sqlserver|oracle|h2|hsqldb|cassandra|clickhouse|cql|duckdb)(?:[/._-]|$)",
            re.IGNORECASE,
        ),
    ),
)
ITS_OWN_FOLDER = ("migration.sql", "up.sql")
"""What tools (Prisma, Drizzle, Diesel) call each of their migrations, in a folder of its own."""

NUMBERED = re.compile(r"[VvUu]?\d")
DATED = re.compile(r"^(\d{4})-(\d\d)-(\d\d)-?(\d{0,6})(?!\d)")
"""Diesel's versions are compared without their hyphens: https://docs.rs/diesel_migrations/latest/diesel_migrations/"""

FILE_OF_SQLITE = re.compile(r"\bblob\b|\binteger\s+primary\s+key\b", re.IGNORECASE)
"""What PostgreSQL lacks or nobody who writes for it writes, and no sign of MySQL either: for a whole folder without other signs."""


ONLY_POSTGRESQL = re.compile(
    r"::\s*\w|\$\$|\bplpgsql\b|\b(?:big|small)?serial\b|\btimestamptz\b|\bconcurrently\b|\bcreate\s+(?:extension|policy|type)\b|\barray\[",
    re.IGNORECASE,
)
"""What SQLite cannot read, or calls otherwise; names of columns (`uuid`) and much else are both's."""


OF_TABLES = re.compile(r"\b(?:create|alter)\s+(?:\w+\s+){0,2}table\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class History:
    """`files` are paths with their texts. `dialect` is "" where it could be any."""

    folder: str
    is_dump: bool
    dialect: str
    files: Sequence[tuple[str, str]]


def histories(texts: Iterable[tuple[str, str]]) -> list[History]:
    """Supabase's first, then dumps before migrations."""
    by_home: dict[tuple[str, bool, str], list[tuple[tuple[object, ...], str, str]]] = defaultdict(list)
    for path, text in texts:
        folder, parts = _home(path)
        is_dump = len(parts) == 1 and not NUMBERED.match(parts[0]) and not parts[0].startswith("R__")
        order = (parts[-1].startswith("R__"), *(_numbers(one) for one in parts))
        dialect = named(path) or (_spoken([text]) if is_dump else "")
        by_home[folder, is_dump, dialect].append((order, path, text))
    found = {}
    for home, files in by_home.items():
        ordered = [(path, text) for _, path, text in sorted(files, key=lambda one: one[:2])]
        found[home] = History(home[0], home[1], home[2] or _spoken(text for _, text in ordered), ordered)
    told = [_by_neighbours(one, found.values()) for one in found.values()]
    return sorted(
        told, key=lambda one: ("supabase/" not in one.files[0][0], not one.dialect, not one.is_dump, one.folder)
    )


def _home(path: str) -> tuple[str, list[str]]:
    """The folder of the history, and the file's path in it: folders of one migration, or of one version, are part of that."""
    parts = path.split("/")
    kept = 1
    while len(parts) > kept and (
        NUMBERED.match(parts[-kept - 1]) or (kept == 1 and parts[-1].lower() in ITS_OWN_FOLDER)
    ):
        kept += 1
    return "/".join(parts[:-kept]), parts[-kept:]


def _numbers(part: str) -> tuple[tuple[int, int, str], ...]:
    part = DATED.sub(lambda found: f"{found[1]}{found[2]}{found[3]}{found[4].ljust(6, '0')}", part)
    return tuple(
        (0, int(one), "") if one.isdigit() else (1, 0, one.lower()) for one in re.findall(r"\d+|[^\d._-]+", part)
    )


def named(path: str) -> str:
    """The dialect that a path says, "" for none."""
    return next((dialect for dialect, name in NAMES if name.search(path)), "")


def _spoken(texts: Iterable[str]) -> str:
    """What most of the files show that show any."""
    counts: Counter[str] = Counter()
    of_sqlite, is_sure = False, False
    for text in texts:
        whole = bare(text[:200_000])
        marks = (
            (len(dialects.POSTGRESQL_MARKS.findall(whole)), dialects.POSTGRESQL),
            (len(dialects.MYSQL_MARKS.findall(whole)), dialects.MYSQL),
            (len(dialects.SQLITE_MARKS.findall(whole)), dialects.SQLITE),
        )
        most = max(marks, key=lambda one: one[0])
        counts[most[1]] += bool(most[0])
        of_sqlite = of_sqlite or bool(FILE_OF_SQLITE.search(whole))
        is_sure = is_sure or bool(ONLY_POSTGRESQL.search(whole))
    dialect, count = max(counts.items(), key=lambda one: one[1], default=("", 0))
    if dialect == dialects.POSTGRESQL and counts[dialects.SQLITE] and not is_sure:
        return dialects.SQLITE
    return dialect if count else dialects.SQLITE if of_sqlite else ""


def _by_neighbours(one: History, others: Collection[History]) -> History:
    """One that shows none has that of the others in its folder, or beside it, where these agree."""
    if one.dialect:
        return one
    parent = one.folder.rpartition("/")[0]
    for beside in (
        {each.dialect for each in others if each.dialect and each.folder == one.folder},
        {each.dialect for each in others if each.dialect and parent and each.folder.rpartition("/")[0] == parent},
    ):
        if len(beside) == 1:
            return replace(one, dialect=beside.pop())
    return one


def counted(found: Iterable[History]) -> Mapping[str, int]:
    """Files that make or change tables, by dialect."""
    counts: Counter[str] = Counter()
    for one in found:
        counts[one.dialect] += sum(bool(OF_TABLES.search(text)) for _, text in one.files)
    return counts


def bare(text: str) -> str:
    """Without comments."""
    return "".join("" if kind == "comment" else text[start:end] for kind, start, end in pieces(text))
