"""Which repository, at which commit, the code of an answer is written for: what its thread looks at, or its channel's own."""

from __future__ import annotations

import logging

from bot.capabilities.checks import phrases
from bot.capabilities.checks.checking import Ground
from bot.capabilities.checks.checks import Grounds
from bot.capabilities.team_code.repositories import BadQuery, Pins, Repositories
from bot.capabilities.team_code.tools.access import granted_in
from bot.capability import Asked
from bot.errors import StoreUnavailable

log = logging.getLogger(__name__)

NOWHERE = Ground(None, None)


class RepositoryGrounds(Grounds):
    """Never more than the asker of the turn may look into."""

    def __init__(self, repositories: Repositories, pins: Pins) -> None:
        self._repositories = repositories
        self._pins = pins

    async def find(self, asked: Asked) -> Ground:
        granted = [one.name for one in granted_in(self._repositories, asked.may)]
        if not granted:
            return NOWHERE
        try:
            pinned = {name: commit for name, commit in (await self._pins.load(asked.thread)).items() if name in granted}
            name = self._named(asked, granted, list(pinned))
            if not name:
                return NOWHERE
            return Ground(name, pinned.get(name) or await self._repositories.head(name))
        except (BadQuery, StoreUnavailable) as fault:
            log.warning("no repository to check against", extra={"thread_id": str(asked.thread), "reason": str(fault)})
            return Ground(None, None, unknown=str(fault) if isinstance(fault, BadQuery) else phrases.commit_unknown())

    def _named(self, asked: Asked, granted: list[str], pinned: list[str]) -> str:
        default = asked.settings.default_repository or self._repositories.default(asked.thread.place)
        for names in ([default] if default in granted else [], pinned, granted):
            if len(names) == 1:
                return names[0]
        return ""
