"""Which file of which repository a path means, at the commits that the thread looks at."""

from __future__ import annotations

import asyncio
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from bot.capabilities.team_code.cited import pages
from bot.capabilities.team_code.cited.forms import ENDINGS, SCHEME, variants
from bot.capabilities.team_code.code import FileEntry, Repository
from bot.capabilities.team_code.repositories import Snapshot
from bot.capabilities.team_code.tools.access import Access

LONGEST_PATH = 400
LAST_LINE = 10**9
ROOTS = frozenset(
    ("src", "app", "lib", "pkg", "cmd", "internal", "test", "tests", "server", "backend", "services", "packages")
)
"""Folders that a path begins with when it claims to be in a repository, whether they exist there or not."""

BRANCHES = ("HEAD", "main", "master")


class Tree:
    """The paths of one repository at one commit, by path, by the last part, and its folders."""

    def __init__(self, snapshot: Snapshot, files: Sequence[FileEntry]) -> None:
        self.snapshot = snapshot
        self.name = snapshot.repository.name
        self.by_path = {one.path: one for one in files}
        self.by_name: dict[str, list[FileEntry]] = defaultdict(list)
        self.folders: set[str] = set()
        self.submodules = [one.path for one in files if one.kind == "submodule"]
        self.endings = {one.path.rpartition(".")[2] for one in files}
        for one in files:
            folder, _, name = one.path.rpartition("/")
            self.by_name[name].append(one)
            while folder and folder not in self.folders:
                self.folders.add(folder)
                folder = folder.rpartition("/")[0]

    def exact(self, path: str) -> FileEntry | None:
        """As it is written, or behind the repository's name or, as git writes it, behind a commit or branch."""
        if found := self.by_path.get(path) or self.by_path.get(path.removeprefix(self.name + "/")):
            return found
        head, colon, rest = path.partition(":")
        return self.by_path.get(rest) if colon and self._is_own(head) else None

    def _is_own(self, name: str) -> bool:
        """Whether this names the repository, or the commit that is looked at."""
        is_commit = re.fullmatch(r"[0-9a-f]{7,40}", name) is not None and self.snapshot.commit.startswith(name)
        return is_commit or name in (self.name, *BRANCHES, self.snapshot.repository.branch or self.name)

    def is_other_ref(self, address: str) -> bool:
        """Whether a page shows the folders of a branch or tag that is not looked at, or nothing but a ref."""
        if "/_git/" in address:
            return False  # the path has a parameter of its own
        found = pages.PAGE.search(address)
        kind, _, rest = found[0].strip("/").removeprefix("-/").partition("/") if found else ("", "", "")
        ref, _, path = re.sub(r"^(?:commit|branch|tag)/", "", rest.strip("/")).partition("/")
        return not path or (kind == "tree" and not self._is_own(ref))

    def ending(self, path: str) -> list[FileEntry]:
        return [one for one in self.by_name.get(path.rpartition("/")[2], ()) if one.path.endswith("/" + path)]


@dataclass(frozen=True, slots=True)
class Found:
    """A file that a path means. `is_exact`: the path names it whole, and does not only end it."""

    tree: Tree
    entry: FileEntry
    is_exact: bool


class Places:
    """What one answer's references are resolved against. The trees are made once, when a place is named at first."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._trees: dict[str, Tree] = {}
        self._missing: set[str] = set()
        self._is_all_open = False
        self._late: set[str] = set()
        """Opened only because a path was in none of the others."""

    async def load(self) -> None:
        """All that the thread has looked at."""
        for snapshot in await self._access.pinned():
            if snapshot.repository.name not in self._trees:
                files = await snapshot.files()
                self._trees[snapshot.repository.name] = await asyncio.to_thread(Tree, snapshot, files)

    async def ground(self, unit: str, *, is_cited: bool) -> bool:
        """Open what a unit names, where the thread has looked at none of it; where that is not enough for what is cited, all that may
        be looked into. False when there is nothing more to open.
        """
        named = [name for name in self._access.granted if names(unit, name) and name not in self._trees]
        wanted = [name for name in named if name not in self._missing]
        if not wanted and (self._trees or self._missing):
            return is_cited and await self._ground_rest()
        await self._access.ground(wanted)
        await self.load()
        self._missing.update(name for name in wanted or self._access.granted if name not in self._trees)
        return True

    async def _ground_rest(self) -> bool:
        rest = {name for name in self._access.granted if name not in self._trees}
        if not rest or self._is_all_open:
            return False
        self._is_all_open = True
        await self._access.ground(sorted(rest))
        await self.load()
        self._late |= rest
        self._missing |= {name for name in rest if name not in self._trees}
        return True

    @property
    def trees(self) -> Sequence[Tree]:
        return list(self._trees.values())

    @property
    def are_several(self) -> bool:
        """Whether more than one repository is looked at."""
        return len(self._trees) > 1

    def knows(self, path: str) -> bool:
        return bool(self.find(path)) or self.is_folder(path)

    def page(self, address: str) -> tuple[Found | None, int, int] | None:
        """The file and the lines of a repository's own page; None for a page of somebody else, or of a folder."""
        tree = self.tree_of_page(address)
        if tree is None or not (paths := list(pages.paths(address))):
            return None
        entry = next((entry for path in paths if (entry := tree.by_path.get(path))), None)
        if entry is None and (tree.is_other_ref(address) or any(path.strip("/") in tree.folders for path in paths)):
            return None
        return Found(tree, entry, True) if entry else None, *pages.lines(address)

    def tree_of_page(self, address: str) -> Tree | None:
        """The repository whose own pages these are."""
        fitting = [tree for tree in self.trees if _is_page(tree.snapshot.repository, address)]
        return fitting[0] if fitting else None

    def is_page_of_unopened(self, address: str) -> bool:
        return any(_is_page(one, address) for one in self._access.granted.values() if one.name not in self._trees)

    def is_folder(self, path: str) -> bool:
        return any(
            one.rstrip("/") in tree.folders or one.rstrip("/").removeprefix(tree.name + "/") in tree.folders
            for one in variants(path)
            for tree in self.trees
        )

    def find(self, path: str) -> list[Found]:
        """The files that a path means: as it is written in any repository, or else the only one that ends so."""
        if len(path) > LONGEST_PATH or not self._trees:
            return []
        spellings = list(dict.fromkeys(one.strip("/") if one != path else one for one in variants(path)))
        for one in spellings:
            if found := [Found(tree, entry, True) for tree in self.trees if (entry := tree.exact(one))]:
                return found
        if found := [
            Found(tree, entry, True) for tree, rest in self._on_a_machine(path) if (entry := tree.exact(rest))
        ]:
            return found
        if path.startswith("/") and "/" in (bare := path.strip("/")):  # from the repository's own root
            return [Found(tree, entry, True) for tree in self.trees if (entry := tree.exact(bare))]
        if path.startswith(("/", "~")) or ".." in path or SCHEME.match(path):
            return []
        return ends if len(ends := self.ending(path)) == 1 else []

    def ending(self, path: str) -> list[Found]:
        """All files that a path may be the end of."""
        for one in variants(path):
            if ends := [Found(tree, entry, False) for tree in self.trees for entry in tree.ending(one.strip("/"))]:
                return [] if one.startswith(("/", "~")) else ends
        return []

    def _on_a_machine(self, path: str) -> list[tuple[Tree, str]]:
        """What a path on somebody's machine is in a checkout that is called like its repository."""
        is_absolute = path.startswith(("/", "~")) or SCHEME.match(path) or re.match(r"[A-Za-z]:[\\/]", path)
        slashed = path.replace("\\", "/")
        parts = [(tree, slashed.partition(f"/{tree.name}/")[2]) for tree in self.trees if is_absolute]
        return [(tree, rest) for tree, rest in parts if rest]

    def is_in_a_checkout(self, path: str) -> bool:
        """Whether a path on somebody's machine says that it is in such a checkout: a folder of the repository follows."""
        return any(
            rest.partition("/")[0] in tree.folders if "/" in rest else rest.rpartition(".")[2] in tree.endings
            for tree, rest in self._on_a_machine(path)
        )

    def may_be_there(self, path: str) -> bool:
        """Whether several files end so, and which of them is meant nobody can tell; or it lies in a submodule."""
        if any(one.startswith(away + "/") for one in variants(path) for tree in self.trees for away in tree.submodules):
            return True
        return bool(self.ending(path))

    def is_no_file(self, path: str) -> bool:
        """Whether a dotted name without a folder ends like no file here and no usual one: a setting, a host."""
        name, _, ending = path.rpartition(".")
        if not name or "/" in path or "\\" in path or ending.lower() in ENDINGS:
            return False
        return bool(self._trees) and not any(ending in tree.endings for tree in self.trees)

    def names_granted(self, path: str) -> bool:
        """Whether a path stands behind the name of a repository that may be looked into, or of a branch: `shop:src/a.py`."""
        head, colon, _ = path.partition(":")
        return bool(colon) and (head in self._access.granted or head in BRANCHES)

    def claims(self, path: str) -> bool:
        """Whether a path that is not there says that it is in a repository: it begins with a folder of one."""
        head, slash, _ = path.removeprefix("./").replace("\\", "/").partition("/")
        if not slash:
            return False
        return head in ROOTS or any(head in tree.folders or head == tree.name for tree in self.trees)

    def chosen(self, found: Sequence[Found], unit: str, start: int, end: int) -> Found | None:
        """Of several repositories: the one whose lines were shown, then the one that the sentence names, else none."""
        found = [one for one in found if one.tree.name not in self._late] or found
        if len(found) == 1:
            return found[0]
        for near in (True, False):
            shown = [one for one in found if self.was_shown(one, start, end) or (not near and self._was_opened(one))]
            if len(shown) == 1:
                return shown[0]
        named = [one for one in found if names(unit, one.tree.name)]
        return named[0] if len(named) == 1 else None

    def was_shown(self, found: Found, start: int, end: int) -> bool:
        """Whether a tool showed lines of this range in this thread."""
        return self._access.was_shown(found.tree.name, found.entry.path, start, end)

    def _was_opened(self, found: Found) -> bool:
        return self._access.was_shown(found.tree.name, found.entry.path, 0, LAST_LINE)


def _is_page(repository: Repository, address: str) -> bool:
    return bool(repository.web) and address.startswith((repository.web + "/", repository.web + "?"))


def names(unit: str, repository: str) -> bool:
    return bool(re.search(rf"(?<![\w./-]){re.escape(repository)}(?![\w-])", unit, re.IGNORECASE))
