"""Passwords as people type them into a chat: shorter and plainer than what is masked in code, and behind more signs than code knows."""

from __future__ import annotations

from collections.abc import Iterator

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.letters import is_drawn
from bot.writing.secrets.naming import Grade, grade_of, words_of
from bot.writing.secrets.places import Found
from bot.writing.secrets.spoken import WORDS
from bot.writing.secrets.values import (
    DIGIT,
    EXPRESSION,
    LETTER,
    REFERENCE,
    WORDY_CAMEL,
    flips,
    is_password,
    is_placeholder,
)

SHORTEST = 6

_SIGN = r":[a-z0-9_+\-]{0,20}arrow[a-z0-9_]{0,20}:|:point_right:|:|：|={1,2}>?|->|—>|→|➡|⇒|👉|—|–|-[ \t]"
SAID = compiled(
    rf"(?i)([a-z0-9_.\-]{{0,40}}(?:passw(?:or[dt]|d)|passphrase|passcode|kennwort|pwd|\bpass|\bpw|_pass|_pw)|{WORDS})[*_`\"']{{0,3}}"
    r"(?:[ \t]+(?:for|of|on|in|to|für|zu|zum|zur|von|de|du|del|der)(?:[ \t]+[^\s:=]{1,24}){1,3}?)?"
    rf"[ \t]*(?:(?:{_SIGN})[*_]{{0,3}}|[ \t](?:is|ist|lautet|war|was|now|est|es)[ \t]+(?:now[ \t]+|jetzt[ \t]+)?:?)[ \t]*"
    r"([*_~`\"'“„«‘|]{0,3})([^\s\"'`;,]{6,200})"
)
CUES = rf"(?i:passw|passphrase|passcode|kennwort|pwd|\bpass\b|\bpw\b|_pass|_pw|token|secret|credential|api[ \t_-]?key|{WORDS})"
CUE = compiled(CUES)
LOWER, UPPER = compiled("[a-z]"), compiled("[A-Z]")
FENCE = compiled(r"(?s)```.*?(?:```|$)")
TYPE = compiled(r"(?i)(?:u?int|float|bytes?|varchar|n?char|string|str|text|utf|enum|decimal)\d*[?!;,]*")
MAIL = compiled(r"([\w.+\-]+)@[\w\-]+(?:\.[\w\-]+)+")
ABROAD = compiled(rf"(?i){WORDS}")
_FOREIGN = r"passwort|kennwort|" + WORDS
_NAMED = rf"(?:(?:api[ \t_-]?|access[ \t]?|secret[ \t]?|auth[ \t]?)?(?:passw(?:or[dt]|d)|passphrase|passcode|pwd|\bpw|token|secret|credential|api[ \t_-]?key)|{_FOREIGN})"
_OF = r"(?:as|als|comme|como|come|jako|som)"
_ANY = r"[\"'`“„«]{0,3}([^\s\"'`”»]{6,200})[\"'`”»]{0,3}"
AS = compiled(rf"(?i)(?:^|[\s(]){_ANY}[ \t]+{_OF}[ \t]+(?:[^\s:=]{{1,20}}[ \t]+){{0,3}}?{_NAMED}")
"""`use x as the password`."""

BESIDE = compiled(
    rf"(?i){_NAMED}[ \t]*(?:[ \t(][ \t]*|[ \t](?:to|into|auf|in|en|a|à|na|til|till)[ \t]+)(?:\bis[ \t]+)?{_ANY}"
)
"""`the password x`, `changed the password to x`, `the token (x)`."""

KEY_OF = compiled(
    rf"(?i)\b(?:api|access|secret)[ \t_-]?key(?:[ \t]+[^\s:=]{{1,20}}){{1,6}}?[ \t]+(?:is|ist|:|est|es)[ \t]+{_ANY}"
)
"""`the API key for the shop is x`."""

ALONE = compiled(r"(?:^|[\s\"'`(])([A-Za-z0-9/+]{40})(?:[\s\"'`),.]|$)")
"""The secret of an access key whose other half stands in another message."""

ENDS, EMPHATIC = b".,;:)]}>*_~|\\", b"!?"
QUOTED = tuple(one.encode() for one in ("”", "“", "»", "’"))
"""What may stand behind a value and is no part of it; a mark of emphasis may be one."""


def find_typed(text: bytes) -> Iterator[Found]:
    """Passwords behind their names, code in fences left aside."""
    for found in ALONE.finditer(text):
        if _is_alone(found[1]):
            yield Found(*found.span(1), "credential")
    if not CUE.search(text):
        return
    yield from _find_bare(text)
    fences = [one.span() for one in FENCE.finditer(text)] if b"```" in text else []
    at = 0
    for found in SAID.finditer(text):
        first = found.start(3)
        while at < len(fences) and fences[at][1] <= first:
            at += 1
        is_code = at < len(fences) and fences[at][0] <= first
        if is_code or not (ABROAD.fullmatch(found[1]) or grade_of(words_of(found[1])) is Grade.PASSWORD):
            continue
        said = found[3]
        said = said.partition(b"](")[0]
        for closing in QUOTED:
            said = said.removesuffix(closing)
        whole, core = said.rstrip(ENDS), said.rstrip(ENDS + EMPHATIC)
        if is_chosen(whole) or is_chosen(core):
            yield Found(first, first + len(whole), "password")


def _find_bare(text: bytes) -> Iterator[Found]:
    """Without a sign between name and value: only what is no word."""
    for pattern in (AS, BESIDE, KEY_OF):
        at = 0
        while (found := pattern.search(text, at)) is not None:
            first = found.start(1)
            at = max(first, at + 1)
            said = found[1].rstrip(ENDS + b"!?")
            if is_chosen(said) and (_is_odd(said) or (said.isalpha() and is_drawn(said))):
                yield Found(first, first + len(said), "password")
                at = first + len(said)


def _is_odd(said: bytes) -> bool:
    return bool(DIGIT.search(said) and LETTER.search(said)) and is_password(said, is_bare=True) and flips(said) >= 1


def _is_alone(said: bytes) -> bool:
    """Of all kinds of characters, and no digest, no path."""
    has = (DIGIT.search(said), LOWER.search(said), UPPER.search(said))
    return all(has) and flips(said) >= 10


def is_chosen(value: bytes) -> bool:
    """What a person may have chosen as a password or had drawn, from six bytes on: no word, placeholder, type or reference."""
    if is_password(value, is_bare=True):
        return True
    if len(value) < SHORTEST or value.startswith(b"[masked") or TYPE.fullmatch(value) or is_placeholder(value):
        return False
    if mail := MAIL.fullmatch(value):
        return bool(DIGIT.search(mail[1])) and flips(mail[1]) >= 2
    if EXPRESSION.fullmatch(value) and any(byte in b".([>=&|" for byte in value):
        return False
    if DIGIT.search(value) and LETTER.search(value):
        return is_password(value)
    if REFERENCE.fullmatch(value):
        return False
    return is_drawn(value) or (value.isalpha() and flips(value) >= 3 and not WORDY_CAMEL.fullmatch(value))
