"""Classes and interfaces of the team's whose base nobody has seen: it is generated, or of a package that is not there. What they have
besides their own members nobody knows.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from storage.checks.scripts.blocks import placing
from storage.checks.scripts.blocks.placing import Files
from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.packages.specifiers import is_builtin, mangled, package_of
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team.own_exports import imported_by
from storage.checks.scripts.team.own_texts import own_texts
from storage.checks.scripts.team.project import Project

HEIR = re.compile(
    r"\b(?:class|interface)\s+([A-Za-z_$][\w$]*)\s*(?:<[^{}()]*?>)?\s+extends\s+([^{]+?)\s*(?=\{|\bimplements\b)",
    re.DOTALL,
)
ADDED = re.compile(r"^declare\s+module\s+[\"']([^\"']+)[\"']\s*\{(.*?)^\}", re.MULTILINE | re.DOTALL)
INTERFACE = re.compile(r"\binterface\s+(\w+)")
WORD = re.compile(r"[A-Za-z_$][\w$]*")
ENDING = re.compile(r"(?<!\.d)\.[cm]?[jt]sx?$")
HANDED_ON = re.compile(r"^\s*export\s*\*\s*from\s*[\"']([^\"']+)[\"']", re.MULTILINE)
MOST_STEPS = 5
MOST_FILES = 5_000
Known = Callable[[str, str], bool]
"""Whether what a specifier leads to, from a folder, is there to be read."""


class Bases:
    """`generated` are packages whose declarations are made out of files of the team's, and are not there."""

    def __init__(self, project: Project, types: Types, files: Callable[[], Files], generated: frozenset[str]) -> None:
        self._project = project
        self._types = types
        self._files = files
        self._generated = generated
        self._texts: dict[str, str] | None = None
        self._added: frozenset[str] | None = None
        self._last: tuple[tuple[str, str], frozenset[str]] = (("", ""), frozenset())

    def lost(self, document: Document) -> frozenset[str]:
        """Of the team's and of the block's own. Blocks."""
        if self._texts is None:
            self._texts = texts_of(self._project.root)
        text = document.snippet.text
        if self._last[0] != (document.folder, text):
            block = posixpath.join(document.folder, "a block")
            found = lost({**self._texts, block: text}, self._is_known) | self._added_to()
            self._last = ((document.folder, text), found)
        return self._last[1]

    def _added_to(self) -> frozenset[str]:
        """Interfaces of the team's own packages that files of theirs add to by paths which are built first. Blocks."""
        if self._added is None:
            self._added = frozenset(
                name
                for _, text in own_texts(self._project.root, ENDING, MOST_FILES)
                for specifier, body in ADDED.findall(text)
                if package_of(specifier) in self._project.own and specifier != package_of(specifier)
                for name in INTERFACE.findall(body)
            )
        return self._added

    def hands_on(self, file: str, steps: int = MOST_STEPS) -> bool:
        """A file of the team's exports all of something that nobody can read, itself or by way of another file of theirs. Blocks."""
        try:
            text = (self._project.root / file).read_text("utf-8", "replace")
        except OSError:
            return True
        folder = posixpath.dirname(file)
        paths = self._project.paths.get(placing.home_of(folder, self._project.paths), {})
        for specifier in HANDED_ON.findall(text):
            inner = placing.leads_to(self._files(), folder, specifier, paths)
            if not steps or not self._is_known(folder, specifier) or (inner and self.hands_on(inner, steps - 1)):
                return True
        return False

    def _is_known(self, folder: str, specifier: str) -> bool:
        package = package_of(specifier)
        if is_builtin(specifier) or package in self._project.own:
            return True
        paths = self._project.paths.get(placing.home_of(folder, self._project.paths), {})
        if placing.leads_to(self._files(), folder, specifier, paths):
            return True
        held = [self._types.held(folder, one) for one in (package, f"@types/{mangled(package)}")] if package else []
        return package not in self._generated and any(
            one is not None and one.place and (one.typed or one.name.startswith("@types/")) for one in held
        )


def lost(texts: Mapping[str, str], is_known: Known) -> frozenset[str]:
    """Names of heirs of what cannot be read, and of their own heirs. `texts` by folder and name, the name being anything."""
    parents: dict[str, set[str]] = {}
    found: set[str] = set()
    for path, text in texts.items():
        bound = {name: module for name, module, _ in imported_by(text)}
        for heir in HEIR.finditer(text):
            words = WORD.findall(re.sub(r"<.*>", "", heir[2], flags=re.DOTALL))
            parents.setdefault(heir[1], set()).update(words)
            if any(one in bound and not is_known(posixpath.dirname(path), bound[one]) for one in words):
                found.add(heir[1])
    while more := {name for name, above in parents.items() if name not in found and above & found}:
        found |= more
    return frozenset(found)


def texts_of(root: Path) -> dict[str, str]:
    """The team's files with an heir in them, by their paths. Blocks."""
    return {path: text for path, text in own_texts(root, ENDING, MOST_FILES) if " extends " in text}
