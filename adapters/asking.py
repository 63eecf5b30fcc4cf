"""How a question behind `/ask` is kept from others: whether its first word wants that, and what is left to ask. One rule for all doors.

In doubt the answer is private: a question that was meant for all can be asked again, one that was shown cannot be taken back.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.writing.gestures import is_gesture

FIRST_WORD = re.compile(
    r"(?P<lead>(?:<a?:\w+:\d+>|:(?!priv)[\w+'-]+:|@(?!priv)[\w-]+(?=\W)|[\W_])*+)(?P<word>[^\W_]+)", re.IGNORECASE
)
"""Behind marks, emoji by name, and whoever is named before it."""


def _plain(word: str) -> str:
    """In small letters of the usual width, without accents."""
    letters = unicodedata.normalize("NFKD", word)
    return "".join(one for one in letters if not unicodedata.combining(one)).casefold()


SPELLED = """private privately privat prive privee privado privada privato privaat prywatnie soukrome gizli
私人 私密 私信 非公開 プライベート
\u043f\u0440\u0438\u0432\u0430\u0442\u043d\u043e \u043b\u0438\u0447\u043d\u043e \u062e\u0627\u0635 \u062e\u0635\u0648\u0635\u06cc
\u05e4\u05e8\u05d8\u05d9"""
"""As people write it; Cyrillic, Arabic, Persian and Hebrew by their numbers."""

WORDS = frozenset(_plain(SPELLED).split())
UNSPACED = tuple(word for word in WORDS if word[0] >= "\u3000")
"""Of scripts that put no space behind a word."""

COURTEOUS = "please pls plz bitte por favor svp in im en as ask answer reply hey hi"
LEAD_INS = frozenset(COURTEOUS.split())
"""Words that may stand before it when it means us."""

MOST_LEAD_INS = 4
ALONE = re.compile(
    r"\W*(?:(?:only|just)\s+(?:for\s+)?me\b|for\s+me\s+only\b|nur\s+(?:f(?:\u00fc|ue)r\s+)?mich\b|p\W+r\W+i\W+v\W+a\W+t\W+e\b)",
    re.IGNORECASE,
)
LAST_WORD = re.compile(
    r"(?P<word>[^\W_]+)[\W_]*(?:please|pls|plz|bitte)[\W_]*\Z|(?P<bare>[^\W_]+)[^\w?]*\Z", re.IGNORECASE
)
LIKE = 0.85
"""How near a first word with the same first letter has to be to `private` to be a slip of the pen."""

LOOKALIKES = str.maketrans(
    "\u0430\u0435\u043e\u0440\u0441\u0443\u0445\u0456\u0455\u0458\u0131\u03bd\u03b1\u03c1\u03b9\u03c4",
    "aeopcyxisjivapit",
)
"""Letters of other alphabets that look like Latin ones."""

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
    place = 0
    for _ in range(MOST_LEAD_INS):
        found = FIRST_WORD.match(text, place)
        if found is None:
            break
        word = _plain(found["word"])
        if word in WORDS:
            return Asked(_behind(text[found.end() :], found["lead"]), private=True)
        if _could_be(word):  # `privateKey is empty`: perhaps a name, so the words stay
            return Asked(text.strip(), private=True)
        if not (word in LEAD_INS or word.isdecimal()):
            break
        place = found.end()
    last = LAST_WORD.search(text)
    is_meant = ALONE.match(text) or (last and _plain(last["word"] or last["bare"]) in WORDS)
    return Asked(text.strip(), private=bool(is_meant))


def _could_be(word: str) -> bool:
    """Whether somebody may have meant it; in doubt, yes."""
    if word.startswith((PRIVATE, *UNSPACED)):
        return True
    alike = word.translate(LOOKALIKES)
    return alike[:1] == PRIVATE[0] and SequenceMatcher(None, alike, "private").ratio() >= LIKE


def _behind(rest: str, lead: str) -> str:
    """Without the marks that end the word, and those that stood around it; a mark that begins something else stays."""
    if is_gesture(rest):
        return rest.strip()
    rest = rest.lstrip(SEPARATORS + lead).strip()
    mark, _, more = rest.partition(" ")
    return more.strip() if mark and not mark.strip(SEPARATORS) else rest
