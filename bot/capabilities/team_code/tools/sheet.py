"""A tool's result on its way: lines within a budget of tokens, and a last line that says what was left out.

Three characters a token is what code costs with the models of today, on the safe side.
"""

from __future__ import annotations

from collections.abc import Mapping

CHARACTERS_PER_TOKEN = 3
LONGEST_LINE = 400
BREAKS = "\n\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"
"""What some reader takes for the end of a line: a file's name may hold it, and must not make a line of a result."""

UNSEEN = (
    *range(0x09),
    *range(0x0E, 0x20),
    *range(0x7F, 0xA0),
    0x061C,
    0x200E,
    0x200F,
    *range(0x202A, 0x202F),
    *range(0x2066, 0x206A),
)
"""Control characters, and those that turn the direction of what follows: a name with them reads as another one."""

WRITTEN_OUT = {code: ascii(chr(code))[1:-1] for code in (*map(ord, BREAKS), *UNSEEN)}


class Sheet:
    """`tokens` bounds the whole text, the closing line included."""

    def __init__(self, tokens: int) -> None:
        self._room = tokens * CHARACTERS_PER_TOKEN - 200
        self._lines: list[str] = []
        self.left_out = 0

    def add(self, line: str) -> bool:
        """False when there was no room for the line, and for every line after it."""
        line = one_line(line)
        line = line if len(line) <= LONGEST_LINE else line[:LONGEST_LINE] + " …"
        if self.left_out or len(line) + 1 > self._room:
            self.left_out += 1
            return False
        self._lines.append(line)
        self._room -= len(line) + 1
        return True

    @property
    def room(self) -> int:
        """Characters that are left."""
        return self._room

    @property
    def is_full(self) -> bool:
        return self.left_out > 0

    def text(self, more: int = 0, hint: str = "") -> str:
        """The lines; `more` counts what the caller did not even try to add."""
        if left := self.left_out + more:
            return "\n".join([*self._lines, f"… truncated: {left:,} more. {hint}".rstrip()])
        return "\n".join(self._lines) or "Nothing."


def one_line(text: str) -> str:
    """Breaks, controls and turns of direction written out, as in a string of code. Tabs stay."""
    return text.translate(WRITTEN_OUT)


def number(value: object, least: int, most: int) -> int:
    """A number that a model wrote, within bounds: strict schemas know no minimum and no maximum."""
    return max(least, min(most, value)) if isinstance(value, int) and not isinstance(value, bool) else least


def word(value: object) -> str:
    return value if isinstance(value, str) else ""


def schema(optional: Mapping[str, object] | None = None, **properties: object) -> dict[str, object]:
    """A strict schema: every field but the optional ones is required; "" and 0 stand for none."""
    return {
        "type": "object",
        "additionalProperties": False,
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
    }


def string(description: str) -> dict[str, object]:
    return {"type": "string", "description": description}


def integer(description: str) -> dict[str, object]:
    return {"type": "integer", "description": description}


def choice(*values: str, description: str = "") -> dict[str, object]:
    return {"type": "string", "enum": list(values), "description": description}


REPO = string('Repository name from list_repos; "" for this channel\'s default.')
