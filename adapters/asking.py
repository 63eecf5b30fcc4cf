"""How a question behind `/ask` is kept from others: whether its first word wants that, and what is left to ask. One rule for all doors.

In doubt the answer is private: a question that was meant for all can be asked again, one that was shown cannot be taken back.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from bot.writing.gestures import is_gesture

FIRST_WORD = re.compile(
    r"(?P<lead>(?:<a?:\w+:\d+>|:(?!priv)[\w+'-]+:|@(?!priv)[\w-]+(?=\W)|[\W_])*+)(?P<word>[^\W_]+)", re.IGNORECASE
)
"""Behind marks, emoji by name, and whoever is named before it."""

WORDS = ("private", "privately", "privat", "prive", "privee", "privado", "privada", "privato")
"""As people write it, without accents."""

PRIVATE = "privat"
"""What a first word begins with that could be meant for it."""

SEPARATORS = ":;,.!?-\u2013\u2014|/\u2026\uff1a\uff0c\u3002\u3001\uff1b" + ")]}>\u00bb\u201d\u2019"


@dataclass(frozen=True, slots=True)
class Asked:
    """`question` is empty where nothing was asked."""

    question: str
    private: bool


def read_asked(text: str) -> Asked:
    """What somebody typed behind `/ask`."""
    found = FIRST_WORD.match(text)
    word = _plain(found["word"]) if found else ""
    if found is None or not (word.startswith(PRIVATE) or word in WORDS):
        return Asked(text.strip(), private=False)
    if word not in WORDS:  # `privateKey is empty`: perhaps a name, so the words stay
        return Asked(text.strip(), private=True)
    return Asked(_behind(text[found.end() :], found["lead"]), private=True)


def _plain(word: str) -> str:
    """In small letters of the usual width, without accents."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(one for one in letters if not unicodedata.combining(one)).casefold()


def _behind(rest: str, lead: str) -> str:
    """Without the marks that end the word, and those that stood around it; a mark that begins something else stays."""
    if is_gesture(rest):
        return rest.strip()
    rest = rest.lstrip(SEPARATORS + lead).strip()
    mark, _, more = rest.partition(" ")
    return more.strip() if mark and not mark.strip(SEPARATORS) else rest
