"""What people choose as a password and write into a chat: how plain it may be, by how sure it is that one stands there."""

from __future__ import annotations

from bot.writing.secrets.chosen import TYPE, is_everyday, is_named, is_phrase, is_simple, is_weak
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.letters import is_drawn
from bot.writing.secrets.values import (
    DIGIT,
    EXPRESSION,
    HEX,
    LETTER,
    LETTERS,
    REFERENCE,
    UUID,
    WORDY_CAMEL,
    flips,
    is_password,
    is_placeholder,
    is_plausible,
    is_random,
)

SHORTEST = 6
"""The fewest bytes of a value."""

MAIL = compiled(r"([\w.+\-]+)@[\w\-]+(?:\.[\w\-]+)+")
CAMELS = compiled(r"(?:[A-Z][a-z]{3,}){2,}[0-9]")
ELSEWHERE = compiled(
    r"(?i).*(?:://|[()\[\]<>{}\\|`]|\.\w{2,4}/).*|[@#/~$%:.&?-].*|[a-z_-]+(?::[a-z0-9_{}*-]+){2,}|[\w.\-]+=.+|[\w.+-]+@[\w-]+\.[\w.-]+|(?:ghsa|cve|cwe|rfc|iso)-.*|.*\.(?:py|js|ts|go|rb|md|json|ya?ml|com|org|net|io|html?|conf|txt|sh)(?::\d+)*|v?\d+(?:[._-]\w+)*"
)
"""Addresses, calls, mentions, advisories, versions, files."""

COUNTED = compiled(r"(?i)[a-z]{1,12}-?\d{1,7}|.*[a-z]\d\.\d+")
"""Tickets, products, steps: `issue-12`, `Python3.11`."""

HEX_DIGITS = frozenset(b"0123456789abcdef")
MARKS = b"!#$%^&*~+=?@"
INNER = compiled(r"(?:[a-z]+[0-9]+[a-z]+|[0-9]+[a-z]+[0-9]+[a-z]*)[a-z0-9]*")
CODE_SIGNS = b".([>=&|"
ENDS, EMPHATIC = b".,;:)]}>*_~|\\", b"!?"
"""What may stand behind a value and is no part of it; a mark of emphasis may be one."""


def is_chosen(value: bytes) -> bool:
    """What a person may have chosen as a password or had drawn, from six bytes on: no word, placeholder, type or reference."""
    if b"=>" in value or is_named(value):
        return False
    if is_everyday(value):
        return True
    if is_password(value, is_bare=True):
        return True
    if len(value) < SHORTEST or value.startswith(b"[masked") or TYPE.fullmatch(value) or is_placeholder(value):
        return False
    if mail := MAIL.fullmatch(value):
        return bool(DIGIT.search(mail[1])) and flips(mail[1]) >= 2
    if EXPRESSION.fullmatch(value) and any(byte in CODE_SIGNS for byte in value):
        is_sum = not any(byte in CODE_SIGNS for byte in value.replace(b"=", b""))
        if not is_sum or flips(value) < 6:
            return False
    if DIGIT.search(value) and LETTER.search(value):
        return is_password(value)
    if REFERENCE.fullmatch(value):
        return False
    return is_drawn(value) or (value.isalpha() and flips(value) >= 3 and not WORDY_CAMEL.fullmatch(value))


def is_near_word(said: bytes, *, is_people_s: bool) -> bool:
    """Right beside the word for it. `is_people_s`: the word says password, which people choose; keys and tokens are drawn."""
    if is_marked(said) or (not is_people_s and is_random(said)):
        return True
    core = said.rstrip(EMPHATIC)
    if not _may_stand(said):
        return False
    if is_people_s and (
        is_everyday(said)
        or is_simple(said)
        or is_plain(said)
        or is_phrase(core, b"-")
        or (is_weak(said) and CAMELS.match(said))
    ):
        return True
    return is_chosen(core) and (is_odd(core) or (core.isalpha() and is_drawn(core)))


def is_odd(said: bytes) -> bool:
    if not (DIGIT.search(said) and LETTER.search(said)):
        return False
    return is_password(said, is_bare=flips(said) < 5) and flips(said) >= 1


def is_plain(said: bytes) -> bool:
    """What people choose as a password, where a sentence says that one stands."""
    if not _may_be(said):
        return False
    if is_everyday(said) or is_marked(said):
        return True
    if said.isalpha():
        return is_drawn(said)
    if len(said) >= 8 and INNER.fullmatch(said) and is_plausible(said):
        return True
    is_mixed = DIGIT.search(said) or any(byte in MARKS for byte in said)
    if not is_mixed:
        return False
    return (flips(said) >= 2 and is_password(said, is_bare=True)) or (is_password(said) and _turns_like_no_name(said))


def is_marked(said: bytes) -> bool:
    """A word or several, a number, and a sign that no name holds, or three joints."""
    whole = said.rstrip(b"!?")
    has_mark = any(byte in MARKS for byte in said[1:])
    return (
        _may_be(said)
        and bool(DIGIT.search(said))
        and ((has_mark and is_everyday(said)) or (whole.count(b"-") >= 3 and is_everyday(whole)))
    )


def is_strong(said: bytes) -> bool:
    """What nobody writes but as a password: it turns often, or holds signs that no name does."""
    if not _may_be(said) or len(said) < 8 or not (DIGIT.search(said) and LETTER.search(said)):
        return False
    if not is_password(said, is_bare=True):
        return False
    turns = flips(said)
    return turns >= 5 or is_random(said) or (turns >= 4 and any(byte in MARKS for byte in said))


def _may_be(said: bytes) -> bool:
    """Among other words: no ticket and no product, either."""
    return _may_stand(said) and not COUNTED.fullmatch(said)


def _may_stand(said: bytes) -> bool:
    if (
        len(said) < SHORTEST
        or said.startswith(b"[masked")
        or said.endswith(b":")
        or is_named(said)
        or is_placeholder(said)
    ):
        return False
    return not (
        ELSEWHERE.fullmatch(said)
        or HEX.fullmatch(said)
        or UUID.fullmatch(said)
        or (said.isalnum() and set(said.lower()) <= HEX_DIGITS)
    )


def _turns_like_no_name(said: bytes) -> bool:
    """Written like a name or a sum in code, and yet of signs, capitals and digits that turn."""
    is_code = EXPRESSION.fullmatch(said) and any(byte in CODE_SIGNS for byte in said)
    is_mixed = not said.islower() and bool(DIGIT.search(said))
    if is_mixed and not is_code and any(is_drawn(run) for run in LETTERS.findall(said)):
        return True
    return is_mixed and flips(said) >= (4 if is_code else 2 if b"_" in said else 3)
