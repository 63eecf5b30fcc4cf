"""Unpacked wheels: what is taken away from them, and what they say of themselves. Also which ones uv could not get."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from email.parser import HeaderParser
from pathlib import Path

from storage.checks.folders import size_of
from storage.checks.pins import canonical

LONGEST_METADATA = 500_000


@dataclass(slots=True)
class Built:
    """What an environment turns out to hold."""

    versions: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    missing: dict[str, str] = field(default_factory=dict)
    modules: dict[str, list[str]] = field(default_factory=dict)
    requires: dict[str, list[str]] = field(default_factory=dict)
    typed: list[str] = field(default_factory=list)
    size: int = 0


def culprits(lines: Mapping[str, str], said: str) -> list[str]:
    """The packages that uv names as those it cannot get."""
    text = " ".join(said.split())
    named = re.findall(
        r"(?:[Bb]ecause|[Aa]nd|that) (?:only )?([A-Za-z0-9._-]+)(?:\[[^]]*\])?(?:[=<>!~][^ ]*)?(?:,[^ ]*)? "
        r"(?:has no|was not found|cannot be used|is missing|is available)|no versions? of ([A-Za-z0-9._-]+)|"
        r"(?:prepare|download|fetch|unzip|extract|read|build|install|for):? [`']?([A-Za-z0-9._-]+?)(?:==|-\d|[`' ])",
        text,
    )
    found = {canonical(one) for group in named for one in group if one}
    return [name for name in lines if canonical(name) in found]


def clean(site: Path) -> None:
    """Takes away what is not for reading: links, programs, and what an interpreter or a checker would obey."""
    for base, folders, files in os.walk(site, followlinks=False):
        here = Path(base)
        for name in [*folders, *files]:
            path = here / name
            if path.is_symlink() or (path.is_file() and not _is_plain(path)):
                path.unlink(missing_ok=True)
    for path in (*site.glob("*.pth"), *site.glob("*.toml"), *site.glob("*.cfg"), *site.glob(".*")):
        if path.is_file():
            path.unlink(missing_ok=True)
    for path in site.glob("*.libs"):  # machine code that wheels bring for their own: nobody reads it
        shutil.rmtree(path, ignore_errors=True)
    for path in site.glob("*-stubs"):  # of a library that brings its types itself: of an older version of it, mostly
        mark, own = path / "py.typed", site / path.name.removesuffix("-stubs") / "py.typed"
        if own.is_file() and not (mark.is_file() and "partial" in mark.read_text("utf-8", "replace")):
            shutil.rmtree(path, ignore_errors=True)
    for name in ("bin", "share", "etc", "include"):
        if (site / name).is_dir() and not (site / name / "__init__.py").exists():
            shutil.rmtree(site / name, ignore_errors=True)


def _is_plain(path: Path) -> bool:
    return path.lstat().st_mode & 0o170000 == 0o100000


def describe(site: Path, built: Built) -> None:
    stub_packages = []
    for info in sorted(site.glob("*.dist-info")):
        try:
            if (info / "METADATA").stat().st_size > LONGEST_METADATA * 4:
                continue
            headers = HeaderParser().parsestr((info / "METADATA").read_text("utf-8", "replace")[:LONGEST_METADATA])
            record = (info / "RECORD").read_text("utf-8", "replace")
        except OSError:
            continue
        name = canonical(str(headers.get("Name", "")))
        if name not in built.versions:
            stub_packages.append(name)
            continue
        built.requires[name] = sorted(
            {
                canonical(re.split(r"[^A-Za-z0-9._-]", one.strip())[0])
                for one in headers.get_all("Requires-Dist", [])
                if "extra ==" not in one.replace("'", '"')
            }
        )
        paths = [line.rsplit(",", 2)[0] for line in record.splitlines() if ",sha256" in line or line.endswith(",,")]
        if any(path.endswith("py.typed") for path in paths):
            built.typed.append(name)
        for module in _modules(paths):
            owners = built.modules.setdefault(module, [])
            if name not in owners:
                owners.append(name)
    built.size = size_of(site)


def _modules(paths: Sequence[str]) -> set[str]:
    """The modules that a package brings: its top ones, and in a folder without `__init__.py` those below it."""
    kept = [
        path
        for path in paths
        if path.endswith((".py", ".pyi", ".so", ".pyd")) and ".." not in path and not path.startswith("/")
    ]
    packages = {path.rpartition("/")[0] for path in kept if path.rpartition("/")[2] in ("__init__.py", "__init__.pyi")}
    found = set()
    for path in kept:
        parts = path.split("/")
        if len(parts) == 1:
            found.add(parts[0].split(".")[0])
            continue
        for depth in range(1, min(len(parts), 4)):
            found.add(".".join(parts[:depth]))
            if "/".join(parts[:depth]) in packages:
                break
    return {name for name in found if all(part.isidentifier() for part in name.split("."))}
