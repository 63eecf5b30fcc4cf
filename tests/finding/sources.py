"""Where the questions come from: packages of the registries (cases.toml), or a folder of git directories with a file of cases.

A real history is looked at as it was at the named commit: a directory that borrows the objects and knows that commit alone, so that
neither the index nor the history holds what came later.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
import tomllib
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from storage.repos.objects import GitObjects
from tests.repositories import MadeRepository

PACKAGES = Path(__file__).with_name("cases.toml")
LARGEST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Case:
    """`repository` is the name of a git directory in the bench's own folder; any file of `wanted` is right."""

    repository: str
    question: str
    wanted: frozenset[str]
    half: str
    second: str = ""
    names: str = ""


def from_packages(kept: Path, folder: Path) -> list[Case]:
    """Each package becomes a repository of one commit under `folder`; what was downloaded stays in `kept`."""
    told = tomllib.loads(PACKAGES.read_text())
    for package in told["package"]:
        files = fetch(package, kept)
        made = MadeRepository(folder / plain(package["name"]))
        paths = (path for path in sorted(files.rglob("*")) if path.is_file() and not path.is_symlink())
        made.commit({str(path.relative_to(files)): path.read_bytes() for path in paths})
    return [
        Case(plain(one["package"]), one["question"], frozenset({one["path"], *one["also"]}), one["half"])
        for one in told["case"]
    ]


def from_histories(cases: Path, repositories: Path, folder: Path) -> list[Case]:
    """`cases` has one JSON object a line: folder (of a git directory), commit, question, files, and perhaps
    `second`, the question in other words, and `names`, what the code may call it. The halves alternate."""
    seen: Counter[str] = Counter()
    found = []
    for one in map(json.loads, cases.read_text().splitlines()):
        name = plain(one["folder"])
        if not seen[name]:
            borrow(directory(repositories / one["folder"]), folder / name, one["commit"])
        seen[name] += 1
        half = "tuning" if seen[name] % 2 else "held-back"
        found.append(
            Case(name, one["question"], frozenset(one["files"]), half, one.get("second", ""), one.get("names", ""))
        )
    return found


def borrow(source: Path, folder: Path, commit: str) -> None:
    (folder / "objects" / "info").mkdir(parents=True)
    (folder / "objects" / "info" / "alternates").write_text(f"{(source / 'objects').resolve()}\n")
    (folder / "refs" / "heads").mkdir(parents=True)
    (folder / "refs" / "heads" / "main").write_text(f"{commit}\n")
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    (folder / "config").write_text("[core]\n\trepositoryformatversion = 0\n\tbare = true\n")


def directory(folder: Path) -> Path:
    """The git directory of a checkout, a bare repository, or a folder that holds one under `repo`."""
    tried = (folder / ".git", folder / "repo", folder)
    return next((one for one in tried if (one / "objects").is_dir()), folder)


def write_out(folder: Path, target: Path) -> None:
    """The newest commit's files, for what searches files."""
    objects = GitObjects(folder)
    for entry in objects.walk(objects.head().sha):
        if not entry.is_link and not entry.is_submodule and 0 <= objects.size(entry.oid) <= LARGEST_BYTES:
            path = target / entry.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(objects.blob(entry.oid))


def plain(name: str) -> str:
    return re.sub(r"[^a-z0-9.-]", "-", name.lower())


def fetch(package: Mapping[str, Any], folder: Path) -> Path:
    """The package's files, unpacked under `folder` unless they are there."""
    names = (f"{package['name']}-{package['version']}", package["name"])
    if there := next((folder / name for name in names if (folder / name).is_dir()), None):
        return there / str(package["root"])
    target = folder / names[0]
    with tempfile.TemporaryDirectory() as scratch:
        subprocess.run(list(_command(package, scratch)), cwd=scratch, check=True)
        (archive,) = Path(scratch).iterdir()
        if archive.suffix == ".deb":
            subprocess.run(["dpkg", "-x", archive, target], check=True)
        elif archive.suffix == ".whl":
            zipfile.ZipFile(archive).extractall(target)
        else:
            shutil.unpack_archive(archive, target, "gztar", filter="data")
    return target / str(package["root"])


def _command(package: Mapping[str, Any], scratch: str) -> Iterator[str]:
    match package["artefact"]:
        case "wheel" | "sdist":
            yield from ("pip", "download", "-q", "--no-deps", "--only-binary=:all:", "-d", scratch)
            yield f"{package['name']}=={package['version']}"
        case "npm":
            yield from ("npm", "pack", "--silent", f"{package['name']}@{package['version']}")
        case _:
            yield from ("apt-get", "download", f"{package['name']}={package['version']}")
