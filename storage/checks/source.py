"""The team's own code at a commit, written out of its repository into a folder, so that checkers can read it. Nothing else of it.

Links, submodules and names that lead elsewhere are left out; so is what the operator denies.
"""

from __future__ import annotations

import ast
import contextlib
import hashlib
import os
import re
import shutil
import tomllib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.capabilities.team_code.dependencies import wants
from bot.capabilities.team_code.secret_files import is_secret, matches
from storage.checks.folders import removed
from storage.repos.objects import GitObjects, NoSuchCommit

MOST_FILES, MOST_FILE_BYTES, MOST_BYTES = 30_000, 1_000_000, 300_000_000
MOST_LOCK_BYTES = 20_000_000
MOST_ROOTS = 40
KEPT_TREES = 20
"""The most recently used, and those that somebody is reading."""

WHOLE = "whole"

LANGUAGES: Mapping[str, str] = {
    **dict.fromkeys((".py", ".pyi"), "python"),
    ".sql": "sql",
    **dict.fromkeys((".graphql", ".graphqls", ".gql"), "graphql"),
    ".prisma": "prisma",
    **dict.fromkeys((".ts", ".mts", ".cts"), "typescript"),
    **dict.fromkeys((".js", ".mjs", ".cjs"), "javascript"),
    ".tsx": "tsx",
    ".jsx": "jsx",
    ".go": "go",
    ".rs": "rust",
    ".proto": "proto",
    ".tf": "terraform",
}
"""By the ending of a file, the language whose room reads it. Only files of these are written out, and those of ALSO."""

ALSO = re.compile(
    r"(?:^|/)(?:py\.typed|[tj]sconfig[\w.-]*\.json|db/(?:\w+_)?schema\.rb|database/migrations/[^/]+\.php|(?:docker-)?compose[\w.-]*\.ya?ml"
    r"|(?:Docker|Container)file[\w.-]*|[\w.-]+\.dockerfile|(?:action|\.gitlab-ci|\.github/workflows/[^/]+)\.ya?ml|[^/]+\.sql\.\w+)$"
)
"""What else rooms read, by its path; besides all that declares or locks packages."""

NAMED_ONLY = ".json"
"""Of these files it is enough to know that they are there, unless a room reads them."""
NAMES = "names"
"""The file beside the tree that lists them, a path a line."""
PATHED = "pathed"
"""The file beside the tree that lists the Python files which put a folder on the path themselves."""
PUTTING = re.compile(rb"\bsys\.path\.(?:insert|append)\(")
IMPORTED = re.compile(r"^\s*(?:from|import) +(\w+)", re.M)
MOST_PATHED = 200

LEFT_OUT = frozenset(
    [
        "node_modules",
        ".git",
        ".venv",
        "venv",
        "site-packages",
        "__pycache__",
        ".tox",
        ".nox",
        "dist",
        "build",
        ".mypy_cache",
    ]
)

ENVIRONMENT = re.compile(r"(?:^|/)env/(?:bin|include|lib64|Lib|Scripts|lib/python[\d.]*)/")
"""Python's packages in a folder that others give a meaning of their own: there `env/index.ts` reads variables."""


@dataclass(frozen=True, slots=True)
class Tree:
    """The files in `folder`, its roots for imports (relative, "" for the folder itself), and the texts of its lock files."""

    folder: Path
    name: str
    commit: str
    roots: Sequence[str]
    locks: Mapping[str, str]

    def has(self, *endings: str) -> bool:
        """Whether it holds a file with one of these endings. Blocks."""
        return any(file.endswith(endings) for _, _, files in os.walk(self.folder) for file in files)


class NotExported(Exception):
    """Why there is no tree, in words for people."""


def export(repository: Path, commit: str, name: str, into: Path, deny: Sequence[str] = ()) -> Tree:
    """The tree of a commit ("" for the newest), or of a plain folder as it stands. Blocks. Raises NotExported."""
    try:
        objects = GitObjects(repository)
        sha = objects.commit(commit).sha if commit else objects.head().sha
        files: Iterable[tuple[str, bytes | None]] = _committed(objects, sha, deny)
    except NoSuchCommit as fault:
        if commit or not repository.is_dir() or (repository / ".git").exists():
            raise NotExported(f"{name} has no such commit") from fault
        sha, files = "", _standing(repository)
    form = [
        sorted(deny),
        sorted(LANGUAGES),
        ALSO.pattern,
        NAMED_ONLY,
        PUTTING.pattern,
        sorted(LEFT_OUT),
        ENVIRONMENT.pattern,
    ]
    place = into / hashlib.sha256(f"{repository.resolve()} {sha or os.getpid()} {form}".encode()).hexdigest()[:24]
    if not sha or not (place / WHOLE).exists():
        _write(place, files)
        _keep_newest(into)
    os.utime(place / WHOLE)
    return _read(place, name, sha)


def _committed(objects: GitObjects, sha: str, deny: Sequence[str]) -> Iterator[tuple[str, bytes | None]]:
    """Files with what is in them; None for those of which only the name is kept."""
    for entry in objects.walk(sha):
        is_wanted = _is_wanted(entry.path)
        if (
            entry.is_link
            or entry.is_submodule
            or not (is_wanted or entry.path.endswith(NAMED_ONLY))
            or is_secret(entry.path)
            or matches(entry.path, deny)
        ):
            continue
        if not is_wanted:
            yield entry.path, None
        elif 0 <= objects.size(entry.oid) <= (MOST_LOCK_BYTES if wants(entry.path) else MOST_FILE_BYTES):
            yield entry.path, objects.blob(entry.oid)


def _standing(folder: Path) -> Iterator[tuple[str, bytes | None]]:
    for base, folders, files in os.walk(folder, followlinks=False):
        folders[:] = sorted(one for one in folders if one not in LEFT_OUT and not Path(base, one).is_symlink())
        for one in sorted(files):
            path = Path(base, one)
            named = path.relative_to(folder).as_posix()
            if not _is_wanted(named) and named.endswith(NAMED_ONLY):
                yield named, None
            elif (
                _is_wanted(named)
                and not path.is_symlink()
                and path.is_file()
                and path.stat().st_size <= MOST_LOCK_BYTES
            ):
                yield named, path.read_bytes()


def _is_wanted(path: str) -> bool:
    parts = path.split("/")
    if not LEFT_OUT.isdisjoint(parts) or any(
        part in ("", ".", "..") or "\0" in part or len(part) > 200 for part in parts
    ):
        return False
    if ENVIRONMENT.search(path):
        return False
    if "vendor" in parts and path.endswith((".go", ".rs")):
        return False
    return os.path.splitext(path)[1] in LANGUAGES or bool(ALSO.search(path)) or wants(path)


def _write(place: Path, files: Iterable[tuple[str, bytes | None]]) -> None:
    beside = place.with_name(f"writing-{place.name}-{os.getpid()}")
    shutil.rmtree(beside, ignore_errors=True)
    count = total = 0
    names: list[str] = []
    pathed: list[str] = []
    for path, content in files:
        if content is None:
            names += [path] if len(names) < MOST_FILES and "\n" not in path else []
            continue
        count, total = count + 1, total + len(content)
        if count > MOST_FILES or total > MOST_BYTES:
            shutil.rmtree(beside, ignore_errors=True)
            raise NotExported(f"it has more than {MOST_FILES:,} files of code")
        if path.endswith(".py") and PUTTING.search(content) and "\n" not in path:
            pathed.append(path)
        target = beside / "tree" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    (beside / "tree").mkdir(parents=True, exist_ok=True)
    (beside / NAMES).write_text("\n".join(names))
    (beside / PATHED).write_text("\n".join(pathed[:MOST_PATHED]))
    (beside / WHOLE).touch()
    shutil.rmtree(place, ignore_errors=True)
    try:
        beside.rename(place)
    except OSError:
        shutil.rmtree(beside, ignore_errors=True)  # another process was first


def _keep_newest(into: Path) -> None:
    trees = sorted(
        (one / WHOLE for one in into.iterdir() if (one / WHOLE).exists()), key=lambda one: one.stat().st_mtime
    )
    for old in trees[:-KEPT_TREES]:
        removed(old)


def is_kept(tree: Tree) -> bool:
    """Whether it still stands. If so, it counts as used now: the others go before it."""
    with contextlib.suppress(OSError):
        os.utime(tree.folder.parent / WHOLE)
        return True
    return False


def _read(place: Path, name: str, sha: str) -> Tree:
    folder = place / "tree"
    locks, packages, manifests = {}, set(), []
    for base, folders, files in os.walk(folder):
        folders.sort()
        here = Path(base).relative_to(folder).as_posix()
        here = "" if here == "." else here
        if "__init__.py" in files:
            packages.add(here)
        for one in sorted(files):
            path = f"{here}/{one}".lstrip("/")
            if wants(path) and not one.endswith(".py"):
                locks[path] = (folder / path).read_text("utf-8", "replace")
            if one in ("pyproject.toml", "setup.py", "setup.cfg", "manage.py", "pytest.ini"):
                manifests.append((here, locks.get(path, "") if one == "pyproject.toml" else ""))
    roots = _roots(folder, packages, manifests)
    roots += _put(folder, roots, (place / PATHED).read_text().splitlines())
    return Tree(folder, name, sha, roots[:MOST_ROOTS], locks)


def _roots(folder: Path, packages: set[str], manifests: Sequence[tuple[str, str]]) -> list[str]:
    """Where imports begin: what manifests say, `src` folders, and the folders above packages; the nearest to the top first."""
    found = [""]
    for here, text in manifests:
        found += [here, *_joined(here, _configured(text))]
    for one in ("src", "lib", "app", "backend", "server", "python"):
        found.append(one)
    for here, _ in manifests:
        found.append(f"{here}/src".lstrip("/"))
    tops = {one for one in packages if one.rpartition("/")[0] not in packages and one}
    found += sorted({one.rpartition("/")[0] for one in tops}, key=lambda one: (one.count("/"), one))
    kept = [one for one in dict.fromkeys(found) if one not in packages or one == ""]
    kept = [one for one in kept if (folder / one).is_dir()]
    return kept[:MOST_ROOTS]


def _put(folder: Path, roots: Sequence[str], pathed: Sequence[str]) -> list[str]:
    """Folders that files put on the path themselves, by their own place, where what these files import is there and under no root."""
    found: list[str] = []
    for path in pathed:
        text = (folder / path).read_text("utf-8", "replace")
        tops = [
            top for top in dict.fromkeys(IMPORTED.findall(text)) if not any(_has(folder / root, top) for root in roots)
        ]
        for levels in _levels(text) if tops else ():
            above = [*Path(path).parents][levels - 1 : levels]
            found += [one.as_posix() for one in above if any(_has(folder / one, top) for top in tops)]
    return list(dict.fromkeys(found))


def _levels(text: str) -> Iterator[int]:
    """How many steps up from itself a file goes for what it puts on the path: `dirname(__file__)` is one."""
    try:
        nodes = list(ast.walk(ast.parse(text)))
    except (SyntaxError, ValueError, RecursionError):
        return
    named = {
        target.id: ast.unparse(one.value)
        for one in nodes
        if isinstance(one, ast.Assign)
        for target in one.targets
        if isinstance(target, ast.Name)
    }
    for node in nodes:
        if (
            isinstance(node, ast.Call)
            and node.args
            and ast.unparse(node.func) in ("sys.path.insert", "sys.path.append")
        ):
            said = ast.unparse(node.args[-1])
            for name, value in named.items():
                said = re.sub(rf"\b{re.escape(name)}\b", value.replace("\\", r"\\"), said)
            steps = len(re.findall(r"\bdirname\(|\.parent\b|\.\.(?=['\"/])|\bpardir\b", said))
            steps += sum(int(one) + 1 for one in re.findall(r"\.parents\[(\d)\]", said))
            if "__file__" in said and steps:
                yield steps


def _has(folder: Path, top: str) -> bool:
    return (folder / f"{top}.py").is_file() or (folder / top / "__init__.py").is_file()


def _joined(here: str, paths: Iterable[str]) -> Iterator[str]:
    for path in paths:
        one = os.path.normpath(f"{here}/{path}".lstrip("/"))
        if not one.startswith(("..", "/")):
            yield "" if one == "." else one


def _configured(text: str) -> Iterator[str]:
    try:
        data = tomllib.loads(text) if text else {}
    except (tomllib.TOMLDecodeError, RecursionError):
        return
    tool = data.get("tool", {})
    places = [
        _at(tool, "setuptools", "packages", "find", "where"),
        _at(tool, "pytest", "ini_options", "pythonpath"),
        _at(tool, "mypy", "mypy_path"),
        _at(tool, "pyright", "extraPaths"),
        _at(tool, "setuptools", "package-dir", ""),
    ]
    for place in places:
        for one in place if isinstance(place, list) else re.split(r"[:,\s]+", place) if isinstance(place, str) else ():
            if isinstance(one, str) and one:
                yield one
    for package in _list(_at(tool, "poetry", "packages")):
        if isinstance(package, dict) and isinstance(package.get("from"), str):
            yield package["from"]
    for package in _list(_at(tool, "hatch", "build", "targets", "wheel", "packages")):
        if isinstance(package, str) and "/" in package:
            yield package.rpartition("/")[0]


def _at(data: object, *keys: str) -> object:
    for key in keys:
        data = data.get(key) if isinstance(data, dict) else None
    return data


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def is_lock(name: str) -> bool:
    """Whether a file of this name is understood as one that declares or locks packages."""
    return wants(name)
