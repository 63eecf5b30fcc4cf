"""Every Protocol of the house, by who needs it: what the core asks of the world, and what the doors ask of the core.

Implementations name their port as base class, so that an editor finds them and mypy proves them. All methods that reach
outside may raise StoreUnavailable (a store is away) unless they say otherwise. All are safe to call from many tasks.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

Clock = Callable[[], datetime]
"""Now, timezone-aware, in UTC."""
