"""Passwords that a sentence tells, in whatever words: the nearer a value is tied to the word for it, the plainer it may be.

Behind a copula or a sign that follows the word, or before one that leads to it, a word with a number is enough; among other words of the
same line only what nobody writes but as a password. A login (`Zugang: root, x`) tells a user and, behind a sign or an `and`, a value.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from bot.writing.secrets.chosen import is_everyday, is_named
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.letters import is_drawn
from bot.writing.secrets.places import Found
from bot.writing.secrets.spoken import WORDS
from bot.writing.secrets.values import (
    DIGIT,
    HEX,
    LETTER,
    UUID,
    flips,
    is_password,
    is_placeholder,
    is_plausible,
    is_random,
)

OWN = r"\b(?:my|our|your|his|her|this|mein|unser|dein|ma|notre|votre|mi|tu|nuestra|minha|nossa|sua)[ \t]+"
NOUN = compiled(
    r"(?i)((?:[a-z0-9_\-\x80-\xff]{0,24}(?:passw(?:or[dt]|d)|passphrase|passcode|kennwort)|\b(?:pass|pwd?|pws|mdp|clave|senha|psk)\b"
    r"|\b(?:api|access|secret|auth|signing|deploy)[ \t_-]?(?:keys?|tokens?|secret)\b|\b(?:secret|token)\b[ \t]+(?:key\b)?"
    rf"|{OWN}(?:keys?|token|secret)\b|\bcl(?:é|e) (?:secr(?:è|e)te|d'api|api)|(?:api|zugangs|geheim)-?schl(?:ü|ue)ssel"
    rf"|\bclave secreta|\bcode (?:wi-?fi|d'acc(?:è|e)s)|\bwi-?fi[ -](?:code|key|pass)|\bchave (?:secreta|de api|da api)|(?:{WORDS})[a-z\x80-\xff]{{0,6}})[*_`\"']{{0,3}})(?:[^A-Za-z0-9_\-=&]|$)"
)
LOGIN = compiled(
    r"(?i)(\b(?:log(?:ged|ging)?[ -]?ins?|sign(?:ed)?[ -]?in|creds?|credentials?|access|zugang(?:sdaten)?|anmeldedaten|identifiants?|connecte(?:r|z|-toi|z-vous)?"
    r"|credencia(?:le)?s|credenciais|acceso|acesso|entra|credenziali|accesso|inloggegevens)\b)"
)
TIES = frozenset(
    "is was are be war ist lautet heißt heisst hieß est était c'est es era é era será è jest är er on now jetzt : = == := -> => --> <- <-- <= - | → ← ⇒ – — ： is: are:".encode().split()
)
"""Copulas and signs."""

BACK = frozenset((*TIES, *b"as als comme como come per para for".split()))
"""What leads from a value to the word that stands behind it."""

TOWARDS = frozenset("to auf a à en para in into".encode().split())
CHANGED = compiled(
    r"(?i)\b(?:set|chang\w*|reset\w*|updat\w*|rotat\w*|switch\w*|gesetzt|ge(?:ä|ae)ndert|(?:ä|ae)ndere\w*|chang(?:é|ee?)\w*|mis|cambi\w*|pus\w*|troqu\w*|mud\w*|alter\w*)\b"
)
ARTICLES = frozenset(
    b"a an the my our your this that der die das den dem mein unser dein le la l' un une mon ma notre el los mi tu o um uma meu minha root admin db database".split()
)
BETWEEN = frozenset(b"/ | , : ; & + and und mit et y e con com avec with i og och en".split())
"""What stands between a user and the password."""

TOKEN = compiled(r"[^\s]+")
FENCE = compiled(r"(?s)```.*?(?:```|$)")
OPENING, CLOSING = b"\"'`*_([{<|,;", b"\"'`*_)]}>|,;:."
QUOTES = tuple(one.encode() for one in "“”„‟«»‹›‘’「」『』《》（）：，。")
ELSEWHERE = compiled(
    r"(?i).*(?:://|[()\[\]<>{}\\|`]|\.\w{2,4}/).*|[@#/~$%:.&-].*|[\w.\-]+=.+|[\w.+-]+@[\w-]+\.[\w.-]+|(?:ghsa|cve|cwe|rfc|iso)-.*|[a-z]{1,12}-?\d{1,7}|.*\.(?:py|js|ts|go|rb|md|json|ya?ml|com|org|net|io|html?|conf|txt|sh)|v?\d+(?:[._-]\w+)*"
)
"""Addresses, calls, mentions, tickets, versions, files."""

HEX_DIGITS = frozenset(b"0123456789abcdef")
MARKS = b"!#$%^&*~+=?@"
INNER = compiled(r"(?:[a-z]+[0-9]+[a-z]+|[0-9]+[a-z]+[0-9]+[a-z]*)[a-z0-9]*")
HOLDER = compiled(
    r"(?i)(?:^|[\s\"'`(])(?:admin|administrator|root|postgres|deploy|ubuntu|sa)[\"'`]?[ \t]*[:/][ \t]*[\"'`]?([^\s\"'`:/@]{6,80})"
)
"""An account that everybody knows, and what stands behind it."""

USER = compiled(r"[A-Za-z\x80-\xff][\w.@\\+-]{1,60}")
MOST_WORDS, REACH, SHORTEST = 9, 200, 6
"""Words, and bytes, on either side of the word for it that are looked at; the fewest bytes of a value."""

Token = tuple[int, int, bytes]
"""Where it stands, without what quotes and closes it, and what it says."""


def find_told(text: bytes) -> Iterator[Found]:
    """In the lines outside fences. A word reaches to its neighbours, so that no text is read twice."""
    fences = [one.span() for one in FENCE.finditer(text)] if b"```" in text else []
    for pattern, read in ((NOUN, _of_a_word), (LOGIN, _of_a_login)):
        nouns = [one.span(1) for one in pattern.finditer(text)]
        inside = iter([*fences, (len(text) + 1, len(text) + 1)])
        fence, before = next(inside), 0
        for (first, last), (following, _) in itertools.pairwise([*nouns, (len(text), 0)]):
            while fence[1] <= first:
                fence = next(inside)
            if first < fence[0]:
                yield from read(
                    text, _line_before(text, first, before), first, last, _line_behind(text, last, following)
                )
            before = last


def find_beside_holders(text: bytes) -> Iterator[Found]:
    """`admin : x`, where no word is said for either."""
    for found in HOLDER.finditer(text):
        start, said = _bared(found[1])
        if is_marked(said) or is_strong(said):
            yield Found(found.start(1) + start, found.start(1) + start + len(said), "password")


def find_again(text: bytes, found: Sequence[Found]) -> Iterator[Found]:
    """What was found once, wherever it is said again: prompts ask for it twice, logs repeat it."""
    said = {text[one.start : one.end]: one.name for one in found if AGAIN <= one.end - one.start <= 200}
    for secret, name in list(said.items())[:MOST_AGAIN]:
        if not DIGIT.search(secret):
            continue
        at = text.find(secret)
        while at >= 0:
            yield Found(at, at + len(secret), name)
            at = text.find(secret, at + len(secret))


AGAIN, MOST_AGAIN = 8, 32
"""Bytes of a secret that is looked for again, and how many are."""


def _line_before(text: bytes, at: int, least: int) -> int:
    least = max(least, at - REACH)
    return max(least, text.rfind(b"\n", least, at) + 1)


def _line_behind(text: bytes, at: int, most: int) -> int:
    most = min(most, at + REACH)
    end = text.find(b"\n", at, most)
    return most if end < 0 else end


def _of_a_word(text: bytes, begin: int, first: int, last: int, end: int) -> Iterator[Found]:
    is_changed = bool(CHANGED.search(text, begin, end))
    is_label = text[last - 1 : last] in (b"*", b"_", b"`")
    found = _behind(_tokens(text, last, end), is_changed=is_changed, tied=is_label)
    if found := found or _before(_tokens(text, begin, first)):
        yield Found(*found, "password")


def _behind(tokens: Sequence[Token], *, is_changed: bool, tied: bool) -> tuple[int, int] | None:
    """`tied`: the word is set apart as a label is."""
    for count, (start, end, said) in enumerate(tokens[:MOST_WORDS]):
        small = said.lower()
        if small in TIES or (is_changed and small in TOWARDS):
            tied = True
            continue
        if small in ARTICLES and tied:
            continue
        if (is_plain(said) if tied else is_strong(said)) or (count == 0 and is_marked(said)):
            return start, end
        tied = said.endswith((b":", b"="))
    return None


def _before(tokens: Sequence[Token]) -> tuple[int, int] | None:
    tied = False
    for start, end, said in reversed(tokens[-MOST_WORDS:]):
        small = said.lower()
        if small in BACK:
            tied = True
            continue
        if small in ARTICLES:
            continue
        if is_plain(said) if tied else is_strong(said):
            return start, end
        tied = False
    return None


def _of_a_login(text: bytes, begin: int, first: int, last: int, end: int) -> Iterator[Found]:
    """A user, what stands between, and the value."""
    tokens = _tokens(text, last, end)[:MOST_WORDS]
    for (_, stop, user), (start, until, said), *rest in (tokens[place : place + 3] for place in range(len(tokens) - 1)):
        if not USER.fullmatch(user):
            continue
        if text[stop : stop + 1] in (b",", b"/", b":", b"|", b";") and is_plain(said):
            yield Found(start, until, "password")
        elif said.lower() in BETWEEN and rest and is_plain(rest[0][2]):
            yield Found(rest[0][0], rest[0][1], "password")
        else:
            continue
        return


def _tokens(text: bytes, first: int, last: int) -> list[Token]:
    """Words and signs; a colon that ends a word stays with it."""
    found = []
    while first < last and 0x80 <= text[first] < 0xC0:
        first += 1  # within a character
    for token in TOKEN.finditer(text, first, last):
        said = token[0]
        start, core = _bared(said)
        if not core or said in TIES:
            found.append((token.start(), token.end(), said.strip(b"*_\"'`()[]") or said))
            continue
        kept = core + b":" if said.rstrip(b"*_\"'`").endswith(b":") else core
        found.append((token.start() + start, token.start() + start + len(core), kept))
    return found


def _bared(said: bytes) -> tuple[int, bytes]:
    """Where what it says begins, and that, without quotes and what closes a sentence."""
    core = said
    while True:
        opened = core.lstrip(OPENING)
        opened = next((opened.removeprefix(one) for one in QUOTES if opened.startswith(one)), opened)
        closed = opened.rstrip(CLOSING)
        closed = next((closed.removesuffix(one) for one in QUOTES if closed.endswith(one)), closed)
        if closed == core:
            return said.index(core) if core else 0, core
        core = closed


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
    return bool(is_mixed) and is_password(said, is_bare=True) and flips(said) >= 2


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
