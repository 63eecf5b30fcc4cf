"""Passwords as people type them into a chat: shorter and plainer than what is masked in code, and behind more signs than code knows."""

from __future__ import annotations

from collections.abc import Iterator

from bot.writing.secrets.chat_values import EMPHATIC, ENDS, is_chosen
from bot.writing.secrets.chosen import CODE, is_phrase, is_spaced, is_weak
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.logins import find_logins
from bot.writing.secrets.naming import Grade, grade_of, words_of
from bot.writing.secrets.places import Found
from bot.writing.secrets.spoken import WORDS
from bot.writing.secrets.told import FENCE, find_told
from bot.writing.secrets.values import DIGIT, LETTERS, WORD, flips, is_password

_SIGN = r"\.{2,3}[ \t]|…|:[a-z0-9_+\-]{0,20}arrow[a-z0-9_]{0,20}:|:point_right:|[ \t](?::[a-z0-9_+\-]{2,40}:[ \t]*){1,3}[:=]?|(?:🔑|🔐|🔒|🔓|🗝|🤫)[^\x00-\x7f]{0,4}[:=]?|:|：|={1,2}>?|->|—>|→|➡|⇒|👉|—|–|-[ \t]"
SAID = compiled(
    rf"(?i)([a-z0-9_.\-]{{0,40}}(?:pass[\\*_~]{{0,4}}w(?:or[dt]|d)|passphrase|passcode|kennwort|pwd|\bpass|\bpw|_pass|_pw)|\bmdp|\bclave|\bsenha|{WORDS})[*_`\"']{{0,3}}"
    r"(?:[ \t]+(?:for|of|on|in|to|für|fürs|zu|zum|zur|von|vom|im|am|beim|de|du|do|da|del|della|der|des)(?:[ \t]+[^\s:=]{1,24}){1,3}?)?"
    rf"[ \t]*(?:(?:{_SIGN})[*_]{{0,3}}|[ \t](?:is|ist|lautet|war|was|now|(?:will|shall|should|must)[ \t]+be|wird|bleibt|c'est|c’est|será|sera|est|es|é|è|je|er|är|jest|on)[ \t]+(?:now[ \t]+|jetzt[ \t]+)?:?)[ \t]*"
    r"([*_~`\"'“„«‘|]{0,3})([^\s\"'`;,]{6,200})"
)
CUES = rf"(?i:pass[\\*_~]{{0,4}}w|\bmdp\b|\bclave\b|\bsenha\b|passphrase|passcode|kennwort|pwd|\bpass\b|\bpw\b|_pass|_pw|token|secret|credential|api[ \t_-]?key|{WORDS})"
CUE = compiled(CUES)
LOWER, UPPER = compiled("[a-z]"), compiled("[A-Z]")
ABROAD = compiled(rf"(?i)(?:{WORDS}|mdp|clave|senha)")
MARKS = b"\\*_~"
_FOREIGN = r"passwort|kennwort|\bmdp|\bclave|\bsenha|" + WORDS
SPAN = compiled(
    rf"(?i)(?:pass[\*_~]{{0,4}}w(?:or[dt]|d)|passphrase|passcode|pwd|\bpw|\bpass|_pass|_pw|{_FOREIGN})[*_]{{0,3}}[ \t]{{1,4}}`([^`\s]{{6,200}})`"
)
"""`*Password* x`, the value in a span of code."""

PHRASED = compiled(
    rf"(?i)(?:passphrase|pass[ \t]phrase|seed[ \t]phrase|recovery[ \t]phrase|mnemonic|\bpassword|{_FOREIGN})[*_`]{{0,3}}(?:[ \t]+(?:for|of|für)(?:[ \t]+[^\s:=]{{1,20}}){{1,3}}?)?[ \t]*(?:[:=]|[ \t](?:is|ist|est|es)[ \t])[ \t]*[*_]{{0,3}}"
    r"(?:[\"'`“„«]([^\"'`“”„«»\n]{11,200})[\"'`”“»]|([a-z]{3,12}(?:[ \t][a-z]{3,12}){3,23})[ \t]*(?:$|\r|\n))"
)
"""Several everyday words in quotes, or alone to the end of their line."""

SPACED = compiled(
    r"((?:[A-Za-z0-9]{2,14} ){1,4}[A-Za-z0-9]{1,12}[!?#$*])(?:[\s\"'`),;]|$)|((?:[A-Za-z]{3,14} ){2,4}[0-9]{1,4})[ \t\r]*(?:\n|$)"
)
"""Words and what turns, with blanks between them, to a mark, or to a number that ends the line."""

PHRASE_OF_WORDS = compiled(r"(?:[A-Za-z]{3,12}[ ._-]){2,23}[A-Za-z]{3,12}[0-9]{0,4}[!?.]?")

PIN = compiled(
    r"(?i)(?:\bpins?(?:[ -]?(?:code|number|nummer))?|\bpasscode|\botp|\b(?:2fa|mfa|sms|one-time|verification|access|security|door|alarm|unlock|backup|recovery)[ -](?:code|pin|password)|-?pin\b|\bcode (?:d'acc(?:è|e)s|pin|secret|de v(?:é|e)rification)|zugangs-?code|sicherheits-?code|\bc(?:ó|o)digo (?:de )?(?:acceso|verificaci(?:ó|o)n|pin|segurança)|пин(?:-?код)?|暗証番号)"
    r"(?:[ \t]+[A-Za-z\x80-\xff]{1,12}){0,4}?[ \t]*(?:[:=：]|->|→|は|[ \t](?:is|was|ist|lautet|war|est|es|é|è|now|jetzt)(?:[ \t](?:now|jetzt))?[ \t])[ \t]*[`*\"']{0,2}([0-9]{4,8})(?:[^0-9A-Za-z.:/-]|[.](?:\s|$)|$)"
)
"""A number that lets its reader in; behind the word for it and a sign or a copula, so that no pin of a board and no ticket is one."""

COUNTING = b"01234567890"
ALONE = compiled(r"(?:^|[\s\"'`(])([A-Za-z0-9/+]{40})(?:[\s\"'`),.]|$)")
"""The secret of an access key whose other half stands in another message."""

QUOTED = tuple(one.encode() for one in ("”", "“", "»", "’"))
"""What may close a value that was opened with a quote of another language."""


def find_typed(text: bytes) -> Iterator[Found]:
    """Passwords behind their names, code in fences left aside."""
    for found in ALONE.finditer(text):
        if _is_alone(found[1]):
            yield Found(*found.span(1), "credential")
    for found in PIN.finditer(text):
        if found[1] not in COUNTING and len(set(found[1])) > 1:
            yield Found(*found.span(1), "PIN")
    yield from find_logins(text)
    yield from find_told(text)
    if not CUE.search(text):
        return
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
        if (spaced := SPACED.match(text, first)) and is_spaced(spaced[1] or spaced[2]):
            yield Found(*spaced.span(1 if spaced[1] else 2), "password")
            continue
        whole, core = said.rstrip(ENDS), said.rstrip(ENDS + EMPHATIC)
        if is_chosen(whole) or is_chosen(core):
            yield Found(first, first + len(whole), "password")


def _names_a_password(name: bytes) -> bool:
    """As it stands, or without the marks of emphasis and the escapes within it."""
    plain = name.translate(None, MARKS)
    return any(grade_of(words_of(one)) is Grade.PASSWORD for one in (name, plain))


def _is_of_no_sentence(said: bytes) -> bool:
    """Four words or more, none of them about secrets or code, none that only joins others."""
    pieces = [piece.lower() for piece in LETTERS.findall(said)]
    return len(pieces) >= 4 and not any(piece in WORD or piece in CODE for piece in pieces)


def _is_alone(said: bytes) -> bool:
    """Of all kinds of characters, and no digest, no path."""
    has = (DIGIT.search(said), LOWER.search(said), UPPER.search(said))
    return all(has) and flips(said) >= 10
