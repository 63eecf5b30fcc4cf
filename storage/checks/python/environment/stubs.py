"""Which packages describe the types of which others, and the version of them that fits a pin.

A stub older than its library lacks names that exist, so nobody believes one alone; a stub newer than it has names that do not.
Sources: typeshed's `stubs/` (https://github.com/python/typeshed) and the projects' own pages.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from importlib.resources import files

from packaging.version import InvalidVersion, Version

_TABLE = json.loads(files(__package__).joinpath("stubs.json").read_text())

TYPESHED = {name: f"types-{name}" for line in _TABLE["typeshed"] for name in line.split()} | {
    "psycopg2-binary": "types-psycopg2",
    "beautifulsoup4": "types-beautifulsoup4",
}

OTHERS = {
    "django": ("django-stubs", "django-stubs-ext"),
    "djangorestframework": ("djangorestframework-stubs",),
    "celery": ("celery-types",),
    "boto3": ("boto3-stubs", "botocore-stubs", "types-s3transfer"),
    "botocore": ("botocore-stubs",),
    "pandas": ("pandas-stubs",),
    "lxml": ("lxml-stubs",),
    "asyncpg": ("asyncpg-stubs",),
    "kombu": ("celery-types",),
}
UNRELATED = frozenset({"celery-types", "lxml-stubs", "types-s3transfer", "djangorestframework-stubs"})
"""Their versions are their own: the newest is taken."""


def wanted(versions: Mapping[str, str]) -> Iterator[str]:
    """Requirements for the stubs of these packages."""
    seen = set()
    for name, text in versions.items():
        version = _version(text)
        if version is None or (name == "sqlalchemy" and version < Version("2")):
            continue  # SQLAlchemy's stubs know no plug-in of ours, and mislead
        for stub in (*OTHERS.get(name, ()), *([TYPESHED[name]] if name in TYPESHED else [])):
            if stub not in seen:
                seen.add(stub)
                yield stub if stub in UNRELATED else f"{stub}<{_next_minor(version)}"


def _version(text: str) -> Version | None:
    try:
        return Version(text)
    except InvalidVersion:
        return None


def _next_minor(version: Version) -> str:
    return f"{version.major}.{version.minor + 1}"
