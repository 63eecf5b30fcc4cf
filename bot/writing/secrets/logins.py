"""A user and what lets them in, as people write both: `Zugang: root, x`, `(admin/x)`, `u: anna p: x`, a user and a value in spans of code."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from bot.writing.secrets.chat_values import CAMELS, ENDS, is_marked, is_near_word, is_plain, is_strong
from bot.writing.secrets.chosen import is_everyday
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.spoken import USERS
from bot.writing.secrets.values import DIGIT, LETTER, flips, is_password
from bot.writing.secrets.wording import MOST_WORDS, SIGNS, Token, bared

WORD = compiled(
    r"(?i)(\b(?:log(?:ged|ging)?[ -]?ins?|sign(?:ed)?[ -]?in|creds?|credentials?|access|zugang(?:sdaten)?|anmeldedaten|identifiants?|connecte(?:r|z|-toi|z-vous)?"
    r"|credencia(?:le)?s|credenciais|acceso|acesso|entra|credenziali|accesso|inloggegevens|inloggen|aanmelden|einloggen|anmelden|zaloguj|logowanie|логин|войти|зайди|зайти)\b)"
)
IN_ONE_WORD = compiled(
    rf"(?i)(?:[(\[][ \t]*(?:user(?:name)?:?[ \t]*)?|\b(?:log[ -]?in|creds?|credentials|sign[ -]?in)\b[^\n/:()]{{0,24}}[ \t:(])(?:{USERS})[ \t]?[/:][ \t]?([^\s\"'`/:()\[\]<>]{{6,80}})(?:[\s)\],;.!?]|$)"
)
"""`(admin/x)`, `log in with admin/x`."""

CUE = compiled(
    r"(?i)log(?:ged|ging)?[ -]?in|sign(?:ed)?[ -]?in|\baccount|\bcreds?\b|credentials|\b(?:u|user|username|usr)[ \t:=]"
)
_USER = r"[A-Za-z][\w.@+\-]{1,40}"
_VALUE = r"[\"'`]{0,2}([^\s\"'`/:()\[\]<>|]{6,80})"
IN_A_SENTENCE = (
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

BETWEEN = frozenset(b"/ | , : ; & + and und mit et y e con com avec with i og och en".split())
"""What stands between a user and the password."""

HOLDER = compiled(
    r"(?i)(?:^|[\s\"'`(])(?:admin|administrator|root|postgres|deploy|ubuntu|sa)[\"'`]?[ \t]*[:/][ \t]*[\"'`]?([^\s\"'`:/@]{6,80})"
)
"""An account that everybody knows, and what stands behind it."""

GIVEN = compiled(
    r"(?i)\b(?:has|with|use|using|try|here(?:'s| you go| are)?|as|smtp|imap|pop3?|s?ftp|ssh|vpn|rdp|db|mysql|postgres|redis|mongo|router|nas|server|staging|prod(?:uction)?|access)\b[ \t]*:?[ \t]+[\"'`(]?[a-z][\w.@+\-]{1,60}(?:[ \t]/[ \t]|[/:])[\"'`]?([^\s\"'`/:@]{6,80})"
)
"""A user and a value beside each other, where a word says that something is given: `the box has anna/x`, `smtp: anna / x`."""

IN_A_SPAN = compiled(r"`[A-Za-z][\w.@+\-]{1,40}:([^`\s/:@]{6,80})`")
SPANS = compiled(r"`[A-Za-z][\w.@+\-]{1,40}`[ \t]{0,2}(?:[/:,|]|->|→)?[ \t]{0,2}`([^`\s]{6,80})`")
"""A user and a value, each in a span of code."""

TICKED = compiled(r"`[ \t]*[,/:|;]")
FOR = compiled(
    r"(?:^|\n)[ \t>]*[A-Za-z][\w.@+\-]{1,60}[ \t]/[ \t]([^\s\"'`/:@]{6,80})[ \t]+(?i:for|on|auf|für|pour|para|per|voor)[ \t]"
)
"""`anna / x for staging`, alone on its line."""

USER = compiled(r"[A-Za-z\x80-\xff][\w.@\\+-]{1,60}")


def find_logins(text: bytes) -> Iterator[Found]:
    """Those that a word for a login, an account that everybody knows or two spans of code tell."""
    for found in IN_ONE_WORD.finditer(text):
        said = found[1].rstrip(ENDS)
        is_parted = b" / " in found[0]  # no path
        if _is_of_a_login(said) or (is_parted and is_near_word(said, is_people_s=True)):
            yield _of(found, 0, said)
    if CUE.search(text):
        for pattern in IN_A_SENTENCE:
            for found in pattern.finditer(text):
                said = found[1].rstrip(ENDS)
                if is_everyday(said) or (is_password(said, is_bare=True) and DIGIT.search(said) and flips(said) >= 3):
                    yield _of(found, 0, said)
    for pattern in (HOLDER, SPANS, GIVEN, IN_A_SPAN, FOR):
        for found in pattern.finditer(text):
            start, said = bared(found[1])
            is_parted = pattern in (GIVEN, FOR) and b" / " in found[0]
            if (
                is_marked(said)
                or is_strong(said)
                or (is_parted and is_near_word(said, is_people_s=True))
                or _is_cased(found, said)
            ):
                yield _of(found, start, said)


def find_behind_user(text: bytes, tokens: Sequence[Token]) -> Iterator[Found]:
    """Behind a word for a login: a user, what stands between, and the value."""
    tokens = tokens[:MOST_WORDS]
    for (_, stop, user), (start, until, said), *rest in (tokens[place : place + 3] for place in range(len(tokens) - 1)):
        if not USER.fullmatch(user):
            continue
        is_first = tokens[0][2] in SIGNS and user is tokens[1][2]
        is_meant = is_plain(said) or (is_first and is_near_word(said, is_people_s=True))
        is_last = is_first and not rest and text[until : until + 2].strip() == b""
        if is_meant and (
            text[stop : stop + 1] in (b",", b"/", b":", b"|", b";") or TICKED.match(text, stop) or is_last
        ):
            yield Found(start, until, "password")
        elif said.lower() in BETWEEN and rest and is_plain(rest[0][2]):
            yield Found(rest[0][0], rest[0][1], "password")
        else:
            continue
        return


def _is_cased(found: re.Match[bytes], said: bytes) -> bool:
    """`anna:RiverMarble12`: tight, behind a colon, and written as no tag and no version is."""
    is_tight = found.string[found.start(1) - 1 : found.start(1)] == b":"
    return is_tight and bool(CAMELS.match(said)) and is_everyday(said)


def _of(found: re.Match[bytes], start: int, said: bytes) -> Found:
    return Found(found.start(1) + start, found.start(1) + start + len(said), "password")


def _is_of_a_login(said: bytes) -> bool:
    """No part of a path: digits enough, or a mark behind them."""
    if b"." in said or not LETTER.search(said) or not is_password(said):
        return False
    return len(DIGIT.findall(said)) >= 3 or is_everyday(said) or (flips(said) >= 3 and said[-1:] in (b"!", b"$", b"#"))
