"""Which PostgreSQL the team runs, as its images say: in compose files, workflows, manifests and Dockerfiles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

IMAGE = re.compile(
    r"\b(?:postgres|postgis|timescaledb(?:-ha)?|pgvector|cloudnative-pg/postgresql|bitnami/postgresql|supabase/postgres)"
    r":(?:pg|latest-pg|[\d.]+-pg)?(\d{1,2})(?![\d])"
)
FILES = re.compile(r"\.ya?ml$|(?:^|/)(?:Dockerfile|Containerfile)[\w.-]*$|\.dockerfile$", re.IGNORECASE)
MOST_FILES, MOST_BYTES = 400, 200_000
OLDEST, NEWEST = 9, 30


def major(folder: Path, files: Sequence[str]) -> int:
    """The newest that is named, 0 for none."""
    named = [one for one in files if FILES.search(one)][:MOST_FILES]
    texts = ((folder / one).read_bytes()[:MOST_BYTES].decode("utf-8", "replace") for one in named)
    found = (int(one) for text in texts for one in IMAGE.findall(text))
    return max((one for one in found if OLDEST <= one <= NEWEST), default=0)
