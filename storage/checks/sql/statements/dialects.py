"""Which SQL a block is in: what its fence says, what the repository speaks, what the statement itself shows."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

POSTGRESQL, MYSQL, SQLITE = "postgresql", "mysql", "sqlite"
FENCES = {
    "postgresql": POSTGRESQL, "postgres": POSTGRESQL, "pgsql": POSTGRESQL, "psql": POSTGRESQL, "plpgsql": POSTGRESQL,
    "pg": POSTGRESQL, "mysql": MYSQL, "mariadb": MYSQL, "sqlite": SQLITE, "sqlite3": SQLITE,
}  # fmt: skip
OTHERS = tuple(
    "tsql mssql plsql oracle bigquery snowflake clickhouse duckdb cql hql hive spark-sql redshift kql soql db2".split()
)
LANGUAGES = frozenset(("sql", "ddl", *FENCES, *OTHERS))
PACKAGES = (
    (
        POSTGRESQL,
        "psycopg(?:2|2-binary|-c|-binary)?|asyncpg|pg8000|aiopg|postgrest|supabase|@supabase/supabase-js|pg|postgres|pg-promise|"
        "@neondatabase/serverless|pgx|lib/pq|tokio-postgres|pgvector",
    ),
    (
        MYSQL,
        "mysqlclient|pymysql|aiomysql|asyncmy|mysql-connector-python|mysql2|mysql|mariadb|go-sql-driver/mysql|@planetscale/database",
    ),
    (SQLITE, r"aiosqlite|better-sqlite3|sqlite3|mattn/go-sqlite3|rusqlite|@libsql/client|sqlite|modernc.org/sqlite"),
)  # fmt: skip
MANIFESTS = re.compile(
    r"(?:^|/)(?:package\.json|requirements[^/]*\.txt|pyproject\.toml|Pipfile|poetry\.lock|uv\.lock|go\.mod|Cargo\.toml|Gemfile|[^/]*compose[^/]*\.ya?ml)$"
)
IMAGES = {
    POSTGRESQL: re.compile(
        r"image:\s*[\"']?(?:[\w.-]+/)*(?:postgres|postgis|timescaledb|pgvector|supabase)", re.IGNORECASE
    ),
    MYSQL: re.compile(r"image:\s*[\"']?(?:[\w.-]+/)*(?:mysql|mariadb|percona)", re.IGNORECASE),
}
MYSQL_MARKS = re.compile(
    r"`[^`\n]+`|\bauto_increment\b|\bengine\s*=\s*\w+|\bunsigned\b|\bon\s+duplicate\s+key\b|\bdefault\s+charset\b|\bmodify\s+column\b|"
    r"\bshow\s+(?:tables|databases|create|processlist|index|columns|grants|engine|variables|status|slave|replica|master|binary)\b|^\s*delimiter\s|"
    r"\binsert\s+ignore\b|\bstraight_join\b|^\s*use\s+\w+\s*;|\btinyint\b|\bcollate\s*=?\s*utf8|\bcharacter\s+set\b|\breplace\s+into\b|@@\w+|\bjson_table\s*\(|"
    r"\binterval\s+\d+\s+(?:second|minute|hour|day|week|month|year)\b|\blimit\s+\d+\s*,|\bdate_(?:sub|add)\s*\(|\bdatetime\b|"
    r"\bfulltext\b|\bchange\s+column\b|\bforce\s+index\b|\buse\s+index\b",
    re.IGNORECASE | re.MULTILINE,
)
MYSQL_SURELY = re.compile(
    r"`[^`\n]+`|\bidentified\s+(?:by|with)\b|'@'|\bdrop\s+foreign\s+key\b|\brename\s+(?:table|user)\b|^\s*#|^\s*use\s+\w+\s*;|"
    r"\bflush\s+privileges\b|\bset\s+password\b|\b(?:to|on)\s+\S+\.\*|\bdrop\s+index\s+\w+\s+on\b|\bengine\s*=\s*\w+|\bdefault\s+charset\b|^\s*delimiter\s|@@\w+|"
    r"^\s*show\s+(?:tables|databases|create|processlist|index|columns|grants|engine|variables|status|slave|replica|master|binary)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""Nobody who means PostgreSQL writes these; of the others one alone may be a slip."""

SQLITE_MARKS = re.compile(
    r"\bautoincrement\b|^\s*pragma\b|\bwithout\s+rowid\b|\bsqlite_(?:master|schema|sequence)\b|\binsert\s+or\s+(?:replace|ignore)\b|^\s*\.\w+|\bfts[345]\b|"
    r"\bstrftime\s*\(|\bjulianday\s*\(|\blast_insert_rowid\b|^\s*attach\b|\bglob\b",
    re.IGNORECASE | re.MULTILINE,
)
POSTGRESQL_MARKS = re.compile(
    r"::\s*\w|\bserial\b|\bbigserial\b|\bjsonb\b|\btimestamptz\b|\bilike\b|\breturning\b|\$\$|\bplpgsql\b|\bcreate\s+extension\b|\bgen_random_uuid\b|"
    r"\bon\s+conflict\b|\bconcurrently\b|\bfilter\s*\(\s*where|\bdistinct\s+on\b|\brow\s+level\s+security\b|\bcreate\s+policy\b|\barray\[|\bbytea\b|\buuid\b",
    re.IGNORECASE,
)
ELSEWHERE = re.compile(
    r"\bnvarchar\s*\(|\bgetdate\s*\(|\bselect\s+top\s+\d|\bidentity\s*\(\s*\d|^\s*go\s*$|\bvarchar2\b|\bnumber\s*\(\d|\bfrom\s+dual\b|\bmergetree\b|\bdeclare\s+@\w|"
    r"\bexec\s+sp_|\bnolock\b|\[dbo\]|\bqualify\b|\bunnest\s*\(\s*generate_date_array|\bstruct<|\bint64\b|\bfloat64\b|\bcollect_list\b|\blateral\s+view\b",
    re.IGNORECASE | re.MULTILINE,
)


INDIRECT = re.compile(r"^.*// indirect.*$", re.MULTILINE)
"""What go.mod holds for others."""


def spoken(folder: Path | None, files: Iterable[str], models: set[str], packages: Iterable[str]) -> frozenset[str]:
    """The dialects that a repository shows: by its models, the drivers that it declares, the images that it starts."""
    found = set(models) & {POSTGRESQL, MYSQL, SQLITE}
    found |= {dialect for dialect, names in PACKAGES for one in packages if re.fullmatch(names, one, re.IGNORECASE)}
    for path in files:
        if folder is None or not MANIFESTS.search(path) or (folder / path).stat().st_size > 5_000_000:
            continue
        text = INDIRECT.sub("", (folder / path).read_text("utf-8", "replace"))
        found |= {dialect for dialect, image in IMAGES.items() if image.search(text)}
        for dialect, names in PACKAGES:
            if re.search(rf"(?:^|[\s\"'=/\[])(?:{names})(?=[\s\"'=<>~!\[;@,:]|$|/v\d)", text, re.MULTILINE | re.I):
                found.add(dialect)
    return frozenset(found)


def of_block(word: str, code: str, spoken_here: frozenset[str]) -> Sequence[str]:
    """The dialects that it may be in, the likeliest first; none for one that nobody here can read."""
    if word in FENCES:
        return (FENCES[word],)
    if word in OTHERS:
        return ()
    if spoken_here:
        if POSTGRESQL in spoken_here and len(spoken_here) > 1 and SQLITE in spoken_here and MYSQL not in spoken_here:
            return (POSTGRESQL, SQLITE) if SQLITE_MARKS.search(code) else (POSTGRESQL,)
        return sorted(spoken_here, key=lambda one: (one != POSTGRESQL, one))
    if POSTGRESQL_MARKS.search(code):
        return (POSTGRESQL,)
    if MYSQL_SURELY.search(code) or len({one.lower() for one in MYSQL_MARKS.findall(code)}) > 1:
        return (MYSQL,)
    if SQLITE_MARKS.search(code):
        return (SQLITE,)
    return () if ELSEWHERE.search(code) else (POSTGRESQL,)
