"""What versions a repository declares and locks, read from its own files: text in, facts or rows out, no file or network access.

`kinds` names the files that are understood and `unread` those that are only known, `reading` reads them together, one module for each
tool or language; `report` answers a question out of the facts, and `bounded` runs both where they keep nobody waiting.
"""

from __future__ import annotations

from bot.capabilities.team_code.dependencies.facts import Declared, Dependencies, Locked, Problem, Runtime
from bot.capabilities.team_code.dependencies.reading import read, wants

__all__ = ["Declared", "Dependencies", "Locked", "Problem", "Runtime", "read", "wants"]
