"""Which PostgreSQL the team runs, as its images (in compose files, workflows, manifests, Dockerfiles) and heads of dumps say."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

IMAGE = re.compile(
    r"\b(?:postgres|postgis|timescaledb(?:-ha)?|pgvector|cloudnative-pg/postgresql|bitnami/postgresql|supabase/postgres)"
    r":(?:pg|latest-pg|[\d.]+-pg)?(\d{1,2})(?![\d])"
)
DUMPED = re.compile(r"^-- Dumped from database version (\d{1,2})\b", re.MULTILINE)
FILES = re.compile(r"\.ya?ml$|\.sql$|(?:^|/)(?:Dockerfile|Containerfile)[\w.-]*$|\.dockerfile$", re.IGNORECASE)
MOST_FILES, MOST_BYTES = 400, 200_000
HEAD_CHARS = 2_000
OLDEST, NEWEST = 9, 30


def major(folder: Path, files: Sequence[str]) -> int:
    """The newest that is named, 0 for none."""
    named = sorted((one for one in files if FILES.search(one)), key=lambda one: one.endswith(".sql"))[:MOST_FILES]
    texts = ((folder / one).read_bytes()[:MOST_BYTES].decode("utf-8", "replace") for one in named)
    found = (int(one) for text in texts for one in (*IMAGE.findall(text), *DUMPED.findall(text[:HEAD_CHARS])))
    return max((one for one in found if OLDEST <= one <= NEWEST), default=0)
