"""Passwords as people type them into a chat: shorter and plainer than what is masked in code, and behind more signs than code knows."""

from __future__ import annotations

from collections.abc import Iterator

from bot.writing.secrets.chosen import CODE, TYPE, is_everyday, is_named, is_phrase, is_weak
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.letters import is_drawn
from bot.writing.secrets.naming import Grade, grade_of, words_of
from bot.writing.secrets.places import Found
from bot.writing.secrets.spoken import USERS, WORDS
from bot.writing.secrets.told import find_told, is_plain
from bot.writing.secrets.values import (
    DIGIT,
    EXPRESSION,
    LETTER,
    LETTERS,
    REFERENCE,
    WORD,
    WORDY_CAMEL,
    flips,
    is_password,
    is_placeholder,
)

SHORTEST = 6

_SIGN = r":[a-z0-9_+\-]{0,20}arrow[a-z0-9_]{0,20}:|:point_right:|[ \t](?::[a-z0-9_+\-]{2,40}:[ \t]*){1,3}[:=]?|(?:🔑|🔐|🔒|🔓|🗝|🤫)[^\x00-\x7f]{0,4}[:=]?|:|：|={1,2}>?|->|—>|→|➡|⇒|👉|—|–|-[ \t]"
SAID = compiled(
    rf"(?i)([a-z0-9_.\-]{{0,40}}(?:pass[\\*_~]{{0,4}}w(?:or[dt]|d)|passphrase|passcode|kennwort|pwd|\bpass|\bpw|_pass|_pw)|\bmdp|\bclave|\bsenha|{WORDS})[*_`\"']{{0,3}}"
    r"(?:[ \t]+(?:for|of|on|in|to|für|zu|zum|zur|von|de|du|do|da|del|della|der|des)(?:[ \t]+[^\s:=]{1,24}){1,3}?)?"
    rf"[ \t]*(?:(?:{_SIGN})[*_]{{0,3}}|[ \t](?:is|ist|lautet|war|was|now|(?:will|shall|should|must)[ \t]+be|wird|bleibt|c'est|c’est|será|sera|est|es|é|è|je|er|är|jest|on)[ \t]+(?:now[ \t]+|jetzt[ \t]+)?:?)[ \t]*"
    r"([*_~`\"'“„«‘|]{0,3})([^\s\"'`;,]{6,200})"
)
CUES = rf"(?i:pass[\\*_~]{{0,4}}w|\bmdp\b|\bclave\b|\bsenha\b|passphrase|passcode|kennwort|pwd|\bpass\b|\bpw\b|_pass|_pw|token|secret|credential|api[ \t_-]?key|{WORDS})"
CUE = compiled(CUES)
LOWER, UPPER = compiled("[a-z]"), compiled("[A-Z]")
FENCE = compiled(r"(?s)```.*?(?:```|$)")
MAIL = compiled(r"([\w.+\-]+)@[\w\-]+(?:\.[\w\-]+)+")
ABROAD = compiled(rf"(?i)(?:{WORDS}|mdp|clave|senha)")
MARKS = b"\\*_~"
_FOREIGN = r"passwort|kennwort|\bmdp|\bclave|\bsenha|" + WORDS
_PASS = r"(?:(?:\b(?:the|my|our|new)[ \t]+|[/,|][ \t]*)pass)"
_NAMED = rf"(?:{_PASS}|(?:api[ \t_-]?|access[ \t]?|secret[ \t]?|auth[ \t]?)?(?:passw(?:or[dt]|d)|passphrase|passcode|pwd|\bpw|token|secret|credential|api[ \t_-]?key)|{_FOREIGN})"
_OF = r"(?:as|als|for|für|comme|pour|como|para|come|per|jako|som)"
_ANY = r"[\"'`“„«]{0,3}([^\s\"'`”»]{6,200})[\"'`”»]{0,3}"
AS = compiled(rf"(?i)(?:^|[\s(]){_ANY}[ \t]+{_OF}[ \t]+(?:[^\s:=]{{1,20}}[ \t]+){{0,3}}?{_NAMED}")
"""`use x as the password`."""

BESIDE = compiled(
    rf"(?i){_NAMED}(?:'s|’s)?(?:[ \t]+(?:for|of|on|to|für|vom|von|zum|zur|de|du|del|della|des|do|da|от|для|к|на|till|voor|van|för|til)(?:[ \t]+[^\s:=]{{1,20}}){{1,2}}?)??[ \t]*(?:[ \t(][ \t]*|[ \t](?:to|into|auf|in|en|a|à|na|til|till)[ \t]+)(?:\bis[ \t]+)?{_ANY}"
)
"""`the password x`, `changed the password to x`, `the token (x)`."""

SPAN = compiled(
    rf"(?i)(?:pass[\*_~]{{0,4}}w(?:or[dt]|d)|passphrase|passcode|pwd|\bpw|\bpass|_pass|_pw|{_FOREIGN})[*_]{{0,3}}[ \t]{{1,4}}`([^`\s]{{6,200}})`"
)
"""`*Password* x`, the value in a span of code."""

LOGIN = compiled(
    rf"(?i)(?:[(\[][ \t]*(?:user(?:name)?:?[ \t]*)?|\b(?:log[ -]?in|creds?|credentials|sign[ -]?in)\b[^\n/:()]{{0,24}}[ \t:(])(?:{USERS})[ \t]?[/:][ \t]?([^\s\"'`/:()\[\]<>]{{6,80}})(?:[\s)\],;.!?]|$)"
)
"""`(admin/x)`, `log in with admin/x`."""

LOGGING_IN = compiled(
    r"(?i)log(?:ged|ging)?[ -]?in|sign(?:ed)?[ -]?in|\baccount|\bcreds?\b|credentials|\b(?:u|user|username|usr)[ \t:=]"
)
_USER = r"[A-Za-z][\w.@+\-]{1,40}"
_VALUE = r"[\"'`]{0,2}([^\s\"'`/:()\[\]<>|]{6,80})"
LOGGED_IN = (
    compiled(
        rf"(?i)\b(?:log(?:ged|ging)?[ -]?in|sign(?:ed)?[ -]?in|account)[ \t]+(?:(?:with|as|using|is|for)[ \t]+)?[\"'`]?{_USER}[\"'`]?[ \t]*(?:,|/|:|\||[ \t](?:and|with|und|mit|et|y)[ \t]|[ \t])[ \t]*{_VALUE}"
    ),
    compiled(rf"(?i)\b(?:creds?|credentials|login|account)\b[^\n:]{{0,40}}:[ \t]*[\"'`]?{_USER}[\"'`]?[ \t]+{_VALUE}"),
    compiled(
        rf"(?i)(?:^|[\s\"'`(]){_USER}[\"'`]?[ \t]?[/:][ \t]?{_VALUE}(?:[\"'`]|[ \t])[^\n]{{0,30}}\b(?:log[ -]?in|sign[ -]?in|creds?|credentials)\b"
    ),
    compiled(rf"(?i)(?:^|\s)(?:u|user|username|usr|login)[ \t:=]+{_USER}[ \t,;]+(?:p|pass|pw|psw|pwd)[ \t:=]+{_VALUE}"),
)
"""A user and what lets them in, in the words around a login."""

KEY_OF = compiled(
    rf"(?i)\b(?:api|access|secret)[ \t_-]?key(?:[ \t]+[^\s:=]{{1,20}}){{1,6}}?[ \t]+(?:is|ist|:|est|es)[ \t]+{_ANY}"
)
"""`the API key for the shop is x`."""

OF_PEOPLE = compiled(rf"(?i)pass|{_FOREIGN}|pwd|\bpw")
"""What people choose themselves; tokens and keys are drawn."""

CAMELS = compiled(r"(?:[A-Z][a-z]{3,}){2,}[0-9]")
PHRASED = compiled(
    rf"(?i)(?:passphrase|pass[ \t]phrase|seed[ \t]phrase|recovery[ \t]phrase|mnemonic|\bpassword|{_FOREIGN})[*_`]{{0,3}}(?:[ \t]+(?:for|of|für)(?:[ \t]+[^\s:=]{{1,20}}){{1,3}}?)?[ \t]*(?:[:=]|[ \t](?:is|ist|est|es)[ \t])[ \t]*[*_]{{0,3}}"
    r"(?:[\"'`“„«]([^\"'`“”„«»\n]{11,200})[\"'`”“»]|([a-z]{3,12}(?:[ \t][a-z]{3,12}){3,23})[ \t]*(?:$|\r|\n))"
)
"""Several everyday words in quotes, or alone to the end of their line."""

PHRASE_OF_WORDS = compiled(r"(?:[A-Za-z]{3,12}[ ._-]){2,23}[A-Za-z]{3,12}[0-9]{0,4}[!?.]?")

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
    for found in LOGIN.finditer(text):
        said = found[1].rstrip(ENDS)
        is_parted = b" / " in found[0]  # no path
        if _is_of_a_login(said) or (is_parted and is_plain(said)):
            yield Found(found.start(1), found.start(1) + len(said), "password")
    if LOGGING_IN.search(text):
        for pattern in LOGGED_IN:
            for found in pattern.finditer(text):
                said = found[1].rstrip(ENDS)
                if is_everyday(said) or (is_password(said, is_bare=True) and DIGIT.search(said) and flips(said) >= 3):
                    yield Found(found.start(1), found.start(1) + len(said), "password")
    yield from find_told(text)
    if not CUE.search(text):
        return
    yield from _find_bare(text)
    for found in PHRASED.finditer(text):
        group = 1 if found[1] is not None else 2
        is_sure = b"phrase" in found[0].lower() or b"mnemonic" in found[0].lower()
        if PHRASE_OF_WORDS.fullmatch(found[group]) and (is_sure or (group == 1 and _is_of_no_sentence(found[1]))):
            yield Found(*found.span(group), "password")
    for found in SPAN.finditer(text):
        if (
            is_weak(found[1], digits=2)
            or is_phrase(found[1], b"-")
            or (is_password(found[1], is_bare=True) and flips(found[1]) >= 2)
        ):
            yield Found(*found.span(1), "password")
    fences = [one.span() for one in FENCE.finditer(text)] if b"```" in text else []
    at = 0
    for found in SAID.finditer(text):
        first = found.start(3)
        while at < len(fences) and fences[at][1] <= first:
            at += 1
        is_code = at < len(fences) and fences[at][0] <= first
        if is_code or not (ABROAD.fullmatch(found[1]) or _names_a_password(found[1])):
            continue
        said = found[3]
        said = said.partition(b"](")[0]
        for closing in QUOTED:
            if said.rstrip(ENDS).endswith(closing):
                said = said.rstrip(ENDS).removesuffix(closing)
        whole, core = said.rstrip(ENDS), said.rstrip(ENDS + EMPHATIC)
        if is_chosen(whole) or is_chosen(core):
            yield Found(first, first + len(whole), "password")


def _names_a_password(name: bytes) -> bool:
    """As it stands, or without the marks of emphasis and the escapes within it."""
    plain = name.translate(None, MARKS)
    return any(grade_of(words_of(one)) is Grade.PASSWORD for one in (name, plain))


def _find_bare(text: bytes) -> Iterator[Found]:
    """Without a sign between name and value: only what is no word."""
    for pattern in (AS, BESIDE, KEY_OF):
        at = 0
        while (found := pattern.search(text, at)) is not None:
            first = found.start(1)
            at = max(first, at + 1)
            said, whole = found[1].rstrip(ENDS + b"!?"), found[1].rstrip(ENDS)
            if b"](" in said:
                continue  # a link
            is_people_s = OF_PEOPLE.search(found[0]) and (
                is_everyday(whole) or is_phrase(said, b"-") or (is_weak(whole) and CAMELS.match(whole))
            )
            if is_people_s or (is_chosen(said) and (_is_odd(said) or (said.isalpha() and is_drawn(said)))):
                yield Found(first, first + len(said), "password")
                at = first + len(said)


def _is_of_a_login(said: bytes) -> bool:
    """No part of a path: digits enough, or a mark behind them."""
    if b"." in said or not LETTER.search(said) or not is_password(said):
        return False
    return len(DIGIT.findall(said)) >= 3 or is_everyday(said) or (flips(said) >= 3 and said[-1:] in (b"!", b"$", b"#"))


def _is_odd(said: bytes) -> bool:
    if not (DIGIT.search(said) and LETTER.search(said)):
        return False
    return is_password(said, is_bare=flips(said) < 5) and flips(said) >= 1


def _is_of_no_sentence(said: bytes) -> bool:
    """Four words or more, none of them about secrets or code, none that only joins others."""
    pieces = [piece.lower() for piece in LETTERS.findall(said)]
    return len(pieces) >= 4 and not any(piece in WORD or piece in CODE for piece in pieces)


def _is_alone(said: bytes) -> bool:
    """Of all kinds of characters, and no digest, no path."""
    has = (DIGIT.search(said), LOWER.search(said), UPPER.search(said))
    return all(has) and flips(said) >= 10


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
    if EXPRESSION.fullmatch(value) and any(byte in b".([>=&|" for byte in value):
        return False
    if DIGIT.search(value) and LETTER.search(value):
        return is_password(value)
    if REFERENCE.fullmatch(value):
        return False
    return is_drawn(value) or (value.isalpha() and flips(value) >= 3 and not WORDY_CAMEL.fullmatch(value))
