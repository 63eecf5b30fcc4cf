"""Passwords as people type them into a chat: shorter and plainer than what is masked in code, and behind more signs than code knows."""

from __future__ import annotations

from collections.abc import Iterator

from bot.writing.secrets.engine import compiled
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
    is_drawn,
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
CUES = rf"(?i:passw|passphrase|passcode|kennwort|pwd|\bpass\b|\bpw\b|_pass|_pw|{WORDS})"
CUE = compiled(CUES)
FENCE = compiled(r"(?s)```.*?(?:```|$)")
TYPE = compiled(r"(?i)(?:u?int|float|bytes?|varchar|n?char|string|str|text|utf|enum|decimal)\d*[?!;,]*")
MAIL = compiled(r"([\w.+\-]+)@[\w\-]+(?:\.[\w\-]+)+")
ABROAD = compiled(rf"(?i){WORDS}")
ENDS, EMPHATIC = b".,;:)]}>*_~|\\", b"!?"
QUOTED = tuple(one.encode() for one in ("”", "“", "»", "’"))
"""What may stand behind a value and is no part of it; a mark of emphasis may be one."""


def find_typed(text: bytes) -> Iterator[Found]:
    """Passwords behind their names, code in fences left aside."""
    if not CUE.search(text):
        return
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
