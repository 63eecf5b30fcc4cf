"""Where a file stands in a repository: the product first, then what stands beside it, its tests and examples last."""

from __future__ import annotations

BESIDE = frozenset(
    ("docs", "doc", "website", "site", "benchmarks", "benchmark", "scripts", "tools", "tooling", "ci", ".github")
)
TRYOUTS = frozenset(
    ("test", "tests", "testing", "testdata", "fixtures", "__fixtures__", "__tests__", "spec", "e2e", "examples", "example", "samples",
     "sample", "demo", "demos", "templates", "template", "playground", "sandbox", "third_party", "sbt-test")
)  # fmt: skip
TRIED_OUT = 2


def aside(path: str) -> int:
    """0 for the product itself, 1 for what stands beside it, 2 for tests, fixtures and examples."""
    folders = {part.lower() for part in path.split("/")[:-1]}
    return TRIED_OUT if folders & TRYOUTS else 1 if folders & BESIDE else 0


def order(path: str) -> tuple[int, int, str]:
    return aside(path), path.count("/"), path


def is_above(folder: str, other: str) -> bool:
    return not folder or other == folder or other.startswith(f"{folder}/")
