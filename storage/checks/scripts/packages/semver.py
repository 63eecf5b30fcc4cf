"""Versions and ranges as npm reads them (https://github.com/npm/node-semver#ranges), as far as one has to choose the newest that
fits."""

from __future__ import annotations

import re
from collections.abc import Iterable

VERSION = re.compile(r"v?(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+.*)?")
PART = re.compile(
    r"(\^|~>?|>=|<=|>|<|=)?\s*v?(\d+|[xX*])(?:\.(\d+|[xX*]))?(?:\.(\d+|[xX*]))?(?:-([0-9A-Za-z.-]+))?(?:\+\S*)?"
)
Key = tuple[int, int, int, int, tuple[tuple[int, int, str], ...]]
MOST = 2**31


def key(version: str) -> Key | None:
    """For sorting; None for what is no version."""
    found = VERSION.fullmatch(version.strip())
    if not found:
        return None
    pre = tuple((0, int(one), "") if one.isdigit() else (1, 0, one) for one in found[4].split(".")) if found[4] else ()
    return int(found[1]), int(found[2]), int(found[3]), 0 if found[4] else 1, pre


def newest(versions: Iterable[str], wanted: str, latest: str = "") -> str:
    """The newest version that a range allows, the one called latest before others; "" for none. No pre-release that is not named."""
    known = {version: at for version in versions if (at := key(version))}
    if wanted.strip() in known:
        return wanted.strip()
    fitting = [version for version, at in known.items() if _fits(at, wanted)]
    if latest in fitting:
        return latest
    return max(fitting, key=lambda version: known[version], default="")


def _fits(at: Key, wanted: str) -> bool:
    return any(_in_all(at, part) for part in wanted.split("||"))


def _in_all(at: Key, wanted: str) -> bool:
    text = wanted.strip()
    if text in ("", "*", "latest", "x", "X"):
        return at[3] == 1
    if hyphen := re.fullmatch(r"(\S+)\s+-\s+(\S+)", text):
        text = f">={hyphen[1]} <={hyphen[2]}"
    parts = list(PART.finditer(text))
    if not parts or PART.sub("", text).strip():
        return False
    if at[3] == 0 and not any(
        one[5] and tuple(int(one[n] or 0) for n in (2, 3, 4) if (one[n] or "0").isdigit()) == at[:3] for one in parts
    ):
        return False
    return all(low <= at < high for low, high in map(_span, parts))


def _span(part: re.Match[str]) -> tuple[Key, Key]:
    numbers = [int(one) if one and one.isdigit() else None for one in part.group(2, 3, 4)]
    major, minor, patch = numbers
    low: Key = (major or 0, minor or 0, patch or 0, 0 if part[5] else 1, key(f"0.0.0-{part[5]}")[4] if part[5] else ())  # type: ignore[index]
    nothing: Key = (0, 0, 0, 0, ())
    ceiling: Key = (MOST, 0, 0, 0, ())
    if major is None:
        return nothing, ceiling
    after = _after(major, minor, patch)
    match part[1]:
        case ">=":
            return low, ceiling
        case ">":
            return (after if patch is None else (*low[:4], (*low[4], (2, 0, "")))), ceiling
        case "<":
            return nothing, low if part[5] else (*low[:3], 0, ())
        case "<=":
            return nothing, after
        case "^":
            if major or minor is None:
                return low, (major + 1, 0, 0, 0, ())
            return low, (0, minor + 1, 0, 0, ()) if minor or patch is None else (0, 0, patch + 1, 0, ())
        case "~" | "~>":
            return low, (major + 1, 0, 0, 0, ()) if minor is None else (major, minor + 1, 0, 0, ())
    return low, after


def _after(major: int, minor: int | None, patch: int | None) -> Key:
    if minor is None:
        return major + 1, 0, 0, 0, ()
    if patch is None:
        return major, minor + 1, 0, 0, ()
    return major, minor, patch + 1, 0, ()
