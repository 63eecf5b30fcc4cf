"""Passwords that a script types at a prompt: `expect "assword:"`, then `send "x\\r"` on the same line or one of the next two."""

from __future__ import annotations

from collections.abc import Iterator

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import DIGIT, is_password

PROMPT = r"(?i:expect\w*|read_?until|wait_?(?:for|until)\w*|until)\b[^\n]{0,60}(?i:assw|assphrase|asscode|kennwort|[^a-z]pin[^a-z])[^\n]{0,60}"
TYPED = compiled(
    PROMPT
    + r"(?:\n[^\n]{0,60}){0,2}?\b(?:send|send_?line|send_user|write|write_?line|type)\b[ \t(]*(?:--?\w*[ \t]+)*[bru]{0,2}[\"']([^\"'\n$]{4,200}?)(?:\\[rn])*[\"']"
)
CUES = r"(?:expect|read_?until|wait_?for|wait_?until|until)[^\n]{0,80}(?i:assw|assphrase|asscode|kennwort)"

REACH = 300


def find_in_dialogues(text: bytes, start: int, end: int) -> Iterator[Found]:
    """What is sent after the line from `start` to `end`, which waits for a prompt."""
    found = TYPED.search(text, start, min(len(text), end + REACH))
    if found is None:
        return
    said = found[1]
    if is_password(said) or (len(said) >= 6 and DIGIT.search(said)):
        yield Found(found.start(1), found.start(1) + len(said), "password")
