"""What versions a repository declares and locks, read from its own files: text in, facts out, no file or network access.

`kinds` names the files that are understood, `reading` reads them together; one module for each tool or language does the rest.
"""

from __future__ import annotations

from bot.capabilities.team_code.dependencies.facts import Declared, Dependencies, Locked, Runtime
from bot.capabilities.team_code.dependencies.reading import read, wants

__all__ = ["Declared", "Dependencies", "Locked", "Runtime", "read", "wants"]
