"""Every port of the stores in memory: the tests of the core live on it. It keeps each promise but durability."""

from storage.memory.attendance import MemoryAttendance
from storage.memory.board import MemoryBoard
from storage.memory.copies import MemoryCopies
from storage.memory.history import MemoryHistory, MemoryOutbox, MemoryProgress
from storage.memory.inbox import Fences, MemoryInbox
from storage.memory.logs import MemoryChannelSettings, MemoryFeedbackLog, MemoryUsageLog
from storage.memory.marks import MemoryMarks
from storage.memory.pins import MemoryPins

__all__ = [
    "Fences",
    "MemoryAttendance",
    "MemoryBoard",
    "MemoryChannelSettings",
    "MemoryCopies",
    "MemoryFeedbackLog",
    "MemoryHistory",
    "MemoryInbox",
    "MemoryMarks",
    "MemoryOutbox",
    "MemoryPins",
    "MemoryProgress",
    "MemoryUsageLog",
]
