"""Passwords that a sentence tells, in whatever words: the nearer a value is tied to the word for it, the plainer it may be.

Behind a copula or a sign that follows the word, or before one that leads to it, a word with a number is enough; right beside it nearly so;
among other words of the same line only what nobody writes but as a password. Where a line ends in the word, the value may stand alone on the next.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from bot.writing.secrets.chat_values import is_marked, is_near_word, is_plain, is_strong
from bot.writing.secrets.chosen import is_everyday, is_simple
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.logins import WORD as LOGIN
from bot.writing.secrets.logins import find_behind_user
from bot.writing.secrets.places import Found
from bot.writing.secrets.spoken import WORDS
from bot.writing.secrets.values import DIGIT, UUID, is_random
from bot.writing.secrets.wording import MOST_WORDS, REACH, SIGNS, Token, tokens_of

OWN = r"\b(?:my|our|your|his|her|this|mein|unser|dein|ma|notre|votre|mi|tu|nuestra|minha|nossa|sua)[ \t]+"
KEYED = r"api|access|secret|auth|signing|deploy|encryption|hmac|private|shared|license|webhook|service"
NETWORK = r"\b(?:wi-?fi|wlan|ssid|hotspot)\b[^\n]{0,40}?[ \t,;/(](?:key|code|schl(?:ü|ue)ssel)\b"
WORD = r"\b(?:my|new|this|personal)[ \t]+pat\b|\bpat\b[ \t]*(?:is\b|:|=)|\bsession[ \t_-]?(?:id|cookie)\b|\b(?:guest|office|home|my|our|the)[ \t-]wi-?fi\b|\b(?:secret|safe|code|pass)[ -]?(?:word|phrase)\b|\b(?:unlock|access|door|alarm) ?code\b"
NOUN = compiled(
    rf"(?i)((?:{NETWORK}|{WORD}|"
    r"[a-z0-9_\-\x80-\xff]{0,24}(?:passw(?:or[dt]|d)|passphrase|passcode|kennwort)(?:s|'s|’s)?|\b(?:pass|p/w|pwd?|pws|mdp|clave|senha|psk|ww)\b"
    rf"|(?:\b(?:{KEYED})|api)[ \t_-]?(?:keys?|tokens?|secret)\b|\b(?:secret|token)s?(?:'s|’s|\b)|\bthe[ \t]+(?:secret|token|key)\b"
    rf"|{OWN}(?:keys?|token|secret)\b|\bcl(?:é|e) (?:secr(?:è|e)te|d'api|api)|(?:api|zugangs|geheim)-?schl(?:ü|ue)ssel"
    rf"|\bclave secreta|\bcode (?:wi-?fi|d'acc(?:è|e)s)|\bwi-?fi[ -](?:code|key|pass)|\bchave (?:secreta|de api|da api)|(?:{WORDS})[a-z\x80-\xff]{{0,6}})[*_`\"']{{0,3}})(?:[^A-Za-z0-9_\-=&]|$)"
)
ABROAD = compiled(rf"(?i).*(?:{WORDS}|mdp|clave|senha|kennwort)[^ ]*")
DRAWN = compiled(
    rf"(?i).*(?:{KEYED}|my|our|the|this)[ \t_-]?(?:keys?|tokens?|secrets?).*|.*(?:secret|token)s?(?:'s|’s)?|.*\bpat\b.*|session.*"
)
"""Words for what nobody chooses: keys and tokens."""

LOCKED = compiled(
    r"(?i)(\b(?:encrypt|decrypt|unlock|protect|secur|verschl(?:ü|ue)ssel|entsperr|entschl(?:ü|ue)ssel|chiffr|d(?:é|e)verrouill|prot(?:é|e)g|cifr|desbloque)\w{0,6}\b[^\n]{0,24}?\b(?:with|using|mit|avec|con|com))(?:[ \t]|:|$)"
)
"""What a value locks or opens."""

VERB = compiled(r"(?i)pass[*_`\"']{0,3}")
BEFORE_PASS = compiled(
    r"(?i).*(?:\b(?:the|my|our|new|old)[ \t]+|[/,|:;(][ \t]*|\b(?:user(?:name)?|login|host)\b.*[ \t])"
)
"""What stands before `pass` where it is a noun."""

TIES = frozenset(
    (
        *SIGNS,
        *"is was are be s ’s it's its that's war ist lautet heißt heisst hieß wäre sei est était serait c'est es era sería é será seria è sarebbe jest är er on now jetzt is: are: still still: again again: again? currently noch immer toujours encore todavía ancora maybe perhaps then dann also alors donc entonces luego allora use used using type typed enter entered try tried put teď nu nyt هي هو היא הוא है คือ είναι là adalah to".encode().split(),
    )
)
"""Copulas and signs."""

BACK = frozenset((*TIES, *b"as en als comme como come per para for".split()))
"""What leads from a value to the word that stands behind it."""

TOWARDS = frozenset("to auf a à en para in into".encode().split())
CHANGED = compiled(
    r"(?i)\b(?:set|chang\w*|reset\w*|updat\w*|rotat\w*|switch\w*|gesetzt|ge(?:ä|ae)ndert|(?:ä|ae)ndere\w*|chang(?:é|ee?)\w*|mis|cambi\w*|pus\w*|troqu\w*|mud\w*|alter\w*)\b"
)
ARTICLES = frozenset(
    b"a an the my our your this that der die das den dem mein unser dein le la l' un une mon ma notre el los mi tu o um uma meu minha root admin db database wrong right correct old new default same current temporary initial alte altes alten neue neues neuen ancien ancienne nouveau nouvelle vieja nueva vecchia nuova".split()
)
GIVEN = frozenset(
    "use using enter type put try set nimm nehmt probier probiere mal mit mets met utilise usa utiliza użyj gebruik inserisci".encode().split()
)
"""What stands before a value that is given: `enter x when it asks for the password`."""

PREPOSITIONS = frozenset(
    "for of on to für fürs vom von zum zur im am beim de du del della des do da от для к на till voor van för til".encode().split()
)
PHRASE = 3
"""So many words such a phrase has at most: `the password for the shop x`."""

ALTERNATIVES = frozenset(b"/ | , & + and und et y e".split())
"""Between a first value and the second, both tied to the word: `pin/password: 4711 / x`."""

JOINTS = frozenset((*ALTERNATIVES, *TOWARDS, *b"or oder ou o".split()))
ASIDE = compiled(r".*\((?:[A-Za-z]{1,12}[ \t]+){0,3}")
"""Behind a value, in parentheses, what it is: `set it to x (the db password)`."""

FENCE = compiled(r"(?s)```.*?(?:```|$)")
LED_ON = compiled(
    r"[ \t*_`\"')]{0,8}(?:\([^()\n]{0,60}\))?[ \t*_`\"')]{0,8}(?:again|please|now)?[ \t]*[:?=！？：]?[^\x00-\x7f]{0,12}[ \t*_\r]*\n(?:[ \t\r>]*\n)?"
)
"""Behind the word nothing but what leads to the next line."""

NEXT_LINE = compiled(r"[ \t]*(?:>[ \t]*)?(?:[A-Za-z][\w.]{0,20}:[ \t]+)?([^\n;,|\t]{6,200})(?:\n|$)")
"""The next line: a mark of a quote, who speaks, and what is said."""


def find_told(text: bytes) -> Iterator[Found]:
    """In the lines outside fences. A word reaches to its neighbours, so that no text is read twice."""
    fences = [one.span() for one in FENCE.finditer(text)] if b"```" in text else []
    for pattern in (NOUN, LOGIN, LOCKED):
        nouns = [one.span(1) for one in pattern.finditer(text)]
        inside = iter([*fences, (len(text) + 1, len(text) + 1)])
        fence, before = next(inside), 0
        for (first, last), (following, _) in itertools.pairwise([*nouns, (len(text), 0)]):
            while fence[1] <= first:
                fence = next(inside)
            if first < fence[0]:
                begin, end = _line_before(text, first, before), _line_behind(text, last, following)
                if pattern is NOUN:
                    yield from _of_a_word(text, begin, first, last, end)
                elif pattern is LOGIN:
                    yield from find_behind_user(text, tokens_of(text, last, end))
                else:
                    yield from _of_a_lock(tokens_of(text, last, end))
            before = last


def find_again(text: bytes, found: Sequence[Found], *, is_typed: bool) -> Iterator[Found]:
    """What was found once, wherever it is said again: prompts ask for it twice, logs repeat it. In code only what nobody would write for
    anything else."""
    least = AGAIN if is_typed else AGAIN_IN_CODE
    said = {text[one.start : one.end]: one.name for one in found if least <= one.end - one.start <= 200}
    for secret, name in list(said.items())[:MOST_AGAIN]:
        if not DIGIT.search(secret) or not (is_typed or is_random(secret)):
            continue
        at = text.find(secret)
        while at >= 0:
            yield Found(at, at + len(secret), name)
            at = text.find(secret, at + len(secret))


AGAIN, AGAIN_IN_CODE, MOST_AGAIN = 8, 16, 32
"""Bytes of a secret that is looked for again, and how many are."""


def _line_before(text: bytes, at: int, least: int) -> int:
    least = max(least, at - REACH)
    return max(least, text.rfind(b"\n", least, at) + 1)


def _line_behind(text: bytes, at: int, most: int) -> int:
    most = min(most, at + REACH)
    end = text.find(b"\n", at, most)
    return most if end < 0 else end


def _of_a_word(text: bytes, begin: int, first: int, last: int, end: int) -> Iterator[Found]:
    word = text[first:last]
    is_people_s = not DRAWN.fullmatch(word)
    tokens = [one for one in tokens_of(text, last, end) if one[2] != b","]
    is_verb = VERB.fullmatch(word) and len(tokens) > 1 and not BEFORE_PASS.fullmatch(text[begin:first])
    is_changed = bool(CHANGED.search(text, begin, end))
    is_label = text[last - 1 : last] in (b"*", b"_", b"`") or word.endswith((b"'s", "’s".encode()))
    reach = PHRASE if ABROAD.fullmatch(word) else 0
    found = None
    if not is_verb:
        found = _behind(tokens, is_changed=is_changed, tied=is_label, is_people_s=is_people_s, reach=reach)
    if found is None:
        tokens = tokens_of(text, begin, first)
        is_aside = bool(ASIDE.fullmatch(text[begin:first]))
        found = _before(tokens, tied=is_aside, is_people_s=is_people_s) or _below(text, last)
    if found:
        yield Found(*found, "password")
        yield from _alternatives(tokens, found)


def _behind(
    tokens: Sequence[Token], *, is_changed: bool, tied: bool, is_people_s: bool, reach: int
) -> tuple[int, int] | None:
    """`tied`: the word is set apart as a label is. `reach`: so many words further a value is near as well."""
    was_tied = False
    for count, (start, end, said) in enumerate(tokens[:MOST_WORDS]):
        small = said.lower()
        if small in TIES or (is_changed and small in TOWARDS):
            tied = True
            continue
        if small in ALTERNATIVES:
            tied = was_tied
            continue
        if small in ARTICLES and tied:
            continue
        is_near = count <= reach or (2 <= count <= PHRASE and tokens[0][2].lower() in PREPOSITIONS)
        if _is_meant(said, tied=tied, is_near=is_near, is_people_s=is_people_s):
            return start, end
        was_tied, tied = tied, said.endswith((b":", b"="))
    return None


def _before(tokens: Sequence[Token], *, tied: bool, is_people_s: bool) -> tuple[int, int] | None:
    nearby = tokens[-MOST_WORDS:]
    for place, (start, end, said) in reversed(list(enumerate(nearby))):
        small = said.lower()
        if small in BACK:
            tied = True
            continue
        if small in ARTICLES:
            continue
        is_given = place > 0 and nearby[place - 1][2].lower() in GIVEN
        if _is_meant(said, tied=tied or is_given, is_near=tied or is_given, is_people_s=is_people_s):
            return start, end
        tied = False
    return None


def _alternatives(tokens: Sequence[Token], found: tuple[int, int]) -> Iterator[Found]:
    """`from x to y`, `x or y`: what stands beside the value that was found."""
    place = next((place for place, (start, _, _) in enumerate(tokens) if start == found[0]), None)
    for joint, other in () if place is None else ((place - 1, place - 2), (place + 1, place + 2)):
        if 0 <= other < len(tokens) and tokens[joint][2].lower() in JOINTS:
            start, end, said = tokens[other]
            if is_plain(said) or is_everyday(said) or is_simple(said):
                yield Found(start, end, "password")


def _is_meant(said: bytes, *, tied: bool, is_near: bool, is_people_s: bool) -> bool:
    if is_near and is_near_word(said, is_people_s=is_people_s):
        return True
    if (tied or is_near) and not is_people_s and (is_random(said) or (tied and UUID.fullmatch(said))):
        return True
    if tied:
        return is_plain(said) or (is_people_s and (is_everyday(said) or is_simple(said)))
    return is_strong(said) or (is_people_s and is_marked(said))


def _below(text: bytes, last: int) -> tuple[int, int] | None:
    """The value that has the next line for itself."""
    led = LED_ON.match(text, last, min(len(text), last + REACH))
    line = NEXT_LINE.match(text, led.end(), min(len(text), led.end() + 2 * REACH)) if led else None
    if line is None:
        return None
    tokens = tokens_of(text, *line.span(1))
    if (
        len(tokens) == 1
        and DIGIT.search(tokens[0][2])
        and (is_plain(tokens[0][2]) or is_marked(tokens[0][2]) or is_everyday(tokens[0][2]))
    ):
        return tokens[0][0], tokens[0][1]
    return None


def _of_a_lock(tokens: Sequence[Token]) -> Iterator[Found]:
    for start, end, said in tokens[:2]:
        if is_marked(said) or is_strong(said) or is_everyday(said):
            yield Found(start, end, "password")
            return
