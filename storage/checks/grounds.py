"""What a thread is pinned to, as something to check against: its repository's tree and locks at the commit, exported once."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import replace
from pathlib import Path

from bot.capabilities.checks.checking import Ground
from bot.capabilities.team_code.repositories import BadQuery
from storage.checks import pins, source
from storage.checks.pins import Pins
from storage.checks.places import Lock, folder_of, parted
from storage.checks.room import Stand
from storage.checks.source import NotExported, Tree
from storage.repos.library import Library

KEPT = 32


class Grounds:
    """`folder` is where trees are exported to."""

    def __init__(self, folder: Path, library: Library | None) -> None:
        self._folder = folder
        self._library = library
        self._stands: OrderedDict[Ground, Stand] = OrderedDict()

    def stand(self, ground: Ground) -> Stand:
        """Blocks. Raises NotExported."""
        ground = replace(ground, paths=())
        if ground.repository is None or self._library is None:
            return Stand(Pins(pins.running_python()))
        if ground not in self._stands:
            try:
                objects, deny = self._library.objects_of(ground.repository)
            except BadQuery as fault:
                raise NotExported(str(fault)) from fault
            tree = source.export(objects, ground.commit or "", ground.repository, self._folder, deny)
            self._stands[ground] = stand_of(tree)
            while len(self._stands) > KEPT:
                self._stands.popitem(last=False)
        stand = self._stands[ground]
        if stand.tree is not None and not source.is_kept(stand.tree):  # cleared away meanwhile
            del self._stands[ground]
            return self.stand(ground)
        return stand


def stand_of(tree: Tree, python: str = "") -> Stand:
    """The pins of a tree; of one with locks in several folders each by itself, the top's own, or the largest, standing for all."""
    paths = pins.locks(tree.locks)
    parts = parted(tree.locks, paths)
    if len(parts) < 2:
        return Stand(pins.of_files(tree.locks, python), tree)
    named = {folder_of(path): path for path in reversed(paths)}
    locks = tuple(Lock(named[folder], pins.of_files(files, python)) for folder, files in parts.items())
    first = max(locks, key=lambda one: (not one.folder, len(one.pins.versions)))
    return Stand(first.pins, tree, locks=locks)
