"""The report of `plumbline check`: one line for each service, good, or what is wrong and what to do."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence

from bot.errors import BotError, ConfigError


class Report:
    """Says each line as soon as it is known."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say = say
        self.exit_code = 0

    def add(self, name: str, faults: Sequence[str]) -> None:
        if faults:
            self.exit_code = 1
            self._say(f"✗ {name}: {'; '.join(faults)}")
        else:
            self._say(f"✓ {name}: good")

    @contextlib.contextmanager
    def of(self, name: str) -> Iterator[None]:
        """Around reaching a service: an error of ours becomes its line."""
        try:
            yield
        except ConfigError as fault:
            self.add(name, fault.faults)
        except BotError as fault:
            self.add(name, [str(fault)])
