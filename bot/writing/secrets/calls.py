"""Passwords among the arguments of calls, and beside their user in one string: `connect("db", "app", "x")`, `btoa("anna:x")`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.writing.secrets.chosen import is_everyday, is_peoples, is_picked, is_spaced
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import DIGIT, LETTER, flips, is_password, is_plausible, is_random

CALL = compiled(
    r"(?i)(?:connect(?:ion)?|create_?(?:super_?)?user|add_?user|register|sequelize|session|simple_?bind\w*|bind|:basic(?:_auth)?,|basic_?auth\w*|(?:set|plain|digest|proxy)_?auth|credentials?|login|log_?in|sign_?(?:in|up)"
    r"|authenticat(?:e|ion|or)|open|wifi\.begin|mysqli?|pdo|client|redis|mongo|mqtt|amqp|imap4?|smtp|s?ftp|ssh|ldap|sql_?connect|password|passwd|secret|directory_?entry|encrypt_?string|attach|dial)\w{0,24}(?:(?:::|\.)new)?!?[ \t]{0,2}[( ][ \t]*"
)
"""What is called with a user and a password in their places."""

LITERAL = compiled(
    r"[ \t\n]{0,40}(?:[sS]ome\()?(?:[A-Za-z]\w{1,20}(?:::\w{1,20})?\()?[bBfFrRuU@]?(?:\"((?:[^\"\\\n]|\\.)*)\"|'((?:[^'\\\n]|\\.)*)'|[\w.:$&*{}\[\]>-]{1,60}(?:\([^()\n]{0,60}\))?)\)?(?:\.\w{1,20}\(\))?\)?[ \t\n]{0,40}"
)
MOST_ARGUMENTS = 8

HASHED = compiled(
    r"(?i)(?:(?:password|pass|pw|hash|crypt)\w{0,10}encoder\.(?:encode|matches)|bcrypt|argon2|scrypt|pbkdf2|hashpw|hash_?password|make_password|generate_password_hash|password_hash|verify_password|check_?password|(?:^|[^\w])crypt|digest|hash(?:sync)?)\w{0,10}(?:(?:\.|::)\w{1,20}){0,2}\([ \t]*(?:[\w.]{1,40}[ \t]*,[ \t]*)?b?[\"']([^\"'\n]{6,200})[\"']"
)
FILLED = compiled(
    r"(?i)(?:assw|phrase)[^\n]{0,80}?(?:\n[^\n]{0,40}?)?\.(?:send_?keys|send_?line|write|type\w{0,10}|fill|set_?value|press_?sequentially|enter_?text|input|clear_and_type|val)\([ \t]*b?[\"']([^\"'\n]{4,200}?)(?:\\[rn])*[\"']"
)
PAIRED = compiled(
    r"(?i)(?:userpwd|btoa|getbytes|encodetostring|b64encode|base64(?:\.\w{1,20})?|auth\w{0,10}|ident|basic|credentials?|login|user(?:name)?|account|BUNDLE_\w{1,80}|_GEM\w{0,40})[\"'\])]{0,3}[ \t]*(?:=>|[(:=,]|[ \t])[ \t]*(?:basic[ \t]+|\[\]byte\()?b?[\"']?[\w.@\\+-]{1,60}:([^\s\"':/@,;]{6,200})"
)
"""A user and its password in one word, where something says that it is that."""

APART = compiled(r"(?i)authorization[\"']?[ \t]*[:=][ \t]*[\"']?basic[ \t]+[\w.@\\+-]{1,60}[: \t]+([^\s\"',;]{6,200})")
MAILED = compiled(r"(?:^|[\s\"'])[\w.+-]{1,60}@[\w-]{1,60}(?:\.[\w-]{1,60})+:([^\s\"':/@,;]{6,200})")
SCHEMED = compiled(r"\{(?i:plain|cleartext|clear|plain-text)\}([^\s\"':]{4,200})")
TAGGED = compiled(
    r"(?i)<(?:\w{1,20}:)?\w{0,40}(?:pass|passwd|password|secret|token|apikey)(?:[ \t][^<>\n]{0,200})?>\s{0,40}(?:<(?:value|string)>){0,2}(?:<!\[CDATA\[)?([^<>\n]{4,300}?)(?:\]\]>)?\s{0,40}</"
)
NAMED_MEMBER = compiled(
    r"(?i)<name>\w{0,40}(?:password|passwd|secret|token)</name>\s{0,40}<value>\s{0,40}(?:<string>)?([^<\s]{4,300})</"
)
PART = compiled(
    r"(?i)name=\"?\w{0,40}(?:password|passwd|secret|token|pwd)\"?(?:;[^\n]{0,100})?\r?\n(?:[^\n:]{1,40}:[^\n]{0,100}\r?\n)?\r?\n([^\s]{4,300})"
)
"""A part of a form that a browser sends."""

ADMITTED = compiled(r"(?i)(?:[.:>]|\b)auth\([ \t]*[\"']([^\"'\n]{6,200})[\"'][ \t]*\)")
"""What a connection is opened with, alone: `redis:auth("x")`."""

OPENS_WITH_PASSWORD = compiled(r"(?i)password|passwd|secret|authenticate\(")
TAKES_PASSWORD = compiled(
    r"(?i)secret|passwd|directory|wifi\.begin|sequelize|pdo|mysqli|login|log_in|sign_?in|basic|credential|password|set_?auth|authenticat|bind|connect|register|create_?user|add_?user"
)
SOURCE = compiled(
    r"(?i)(?:dbi|jdbc|odbc|mysql|pgsql|postgres\w*|oracle|sqlite|sqlsrv|mongodb\S*|amqps?):|host=|server=|://|:\d{4,5}\b"
)
"""Where a base of data lies: what follows among the arguments are its user and password."""

MEMBER = compiled(r"[#/]|\.(?:.*[^0-9]|)$")
PORT = compiled(r"\s*[0-9]{4,5}\s*")
LETTERS_OF = compiled(r"\"([^\"\n]{6,200})\"[ \t]{0,4}\.toCharArray\(\)")
"""What Java keeps in an array of letters so that it can be overwritten: a password."""

BRACED = compiled(r"(?i)\b(?:pwd|password)[ \t]*=[ \t]*\{([^{}\n]{4,200})\}")
FIELD = compiled(r"(?i)<input\b[^<>\n]{0,300}")
FIELD_VALUE = compiled(r"(?i)[ \t]value=[\"']([^\"'\n]{4,200})[\"']")
KEPT_COOKIE = compiled(
    r"(?:^|\n)[^\s]{1,200}\t(?:TRUE|FALSE)\t[^\s]{1,200}\t(?:TRUE|FALSE)\t\d{1,12}\t[^\t\n]{1,100}\t([^\s]{8,900})"
)
OAUTH = compiled(r"\"[\w.-]{1,40}-oauth\"[ \t]*:[ \t]*\{[ \t\n]{0,40}\"[\w.-]{1,80}\"[ \t]*:[ \t]*\"([^\"\n]{8,200})\"")
PULLED = compiled(r"\.docker(?:configjson|cfg)[\"']?[ \t]*:[ \t]*[\"']?([A-Za-z0-9+/]{16,900}={0,2})")
USERS_OF = compiled(
    r"(?i)(?:\b|_)(?:users?|logins|accounts)[\"']?[ \t]*[:=(][ \t]*[{\[][ \t]*[\"']?[\w.@-]{1,60}[\"']?[ \t]*(?::|=>|,)[ \t]*[\"']([^\"'\n]{6,200})[\"'][ \t]*[,}\])]"
)
RETURNED = compiled(
    r"(?i)(?:pass(?:word|wd|phrase)?|secret|token|(?:api|secret|private|access)_?key)\([^()\n]{0,80}\)[^;\"'=\n]{0,40}[{:]\s{0,40}(?:return[ \t(]{1,3})?b?[\"']([^\"'\n]{6,200})[\"'](?:\.to_string\(\)|\.into\(\))?[ \t]*[;)]?\s{0,20}(?:\}|end|\n)"
)
"""What a function of a telling name gives back, and nothing else."""

OPENED_WITH = compiled(
    r"(?i)(?:client|api|bot|sdk)(?:(?:::|\.|->)(?:new|create|init|builder|from_\w{1,20}|with_\w{1,20})|\w{0,3}[ \t]*:?=[ \t]*(?:new[ \t]+|await[ \t]+)?[\w.]{1,40})?\([ \t]*[\"']([A-Za-z0-9_\-+/=.]{20,200})[\"'][ \t]*[,)]"
)
"""A client that is made with one value that nobody made up."""

EXPECTED = compiled(
    r"(?i)(?:equals?|same|expect|eq)\w{0,12}!?\([ \t]*(?:t,[ \t]*)?[\"']([^\"'\n]{6,200})[\"'][ \t]*,[ \t]*[\w.()\[\]\"'>$-]{0,60}(?:password|passwd|pwd|secret|token|key)\b[\w()\[\]\"']{0,20}[ \t]*[,)]"
)
"""What a test compares with a secret."""

DOUBLED = compiled(r"(?i)userpassword::[ \t]*([A-Za-z0-9+/]{8,400}={0,2})")

CUES = (
    r"(?i:connect|password\w{0,24}\(|(?:pass(?:word|wd|phrase)?|secret|token|key)\(|(?:users?|logins|accounts)[\"']?[ \t]*[:=(][ \t]*[{\[]|(?:client|api|bot|sdk)(?:(?:(?:::|\.|->)\w{1,30})?\(|\w{0,3}[ \t]*:?=[ \t]*[\w.]{1,40}[( ])|getbytes\(|encodetostring\(|redis|mongo|mqtt|amqp|imap|smtp|ftp|ssh|ldap|set_?pass(?:word|wd)\(|encoder\.|create_?user|createsuperuser|add_?user|sequelize|session\(|bind|_?auth\b|auth[\w]{0,12}[\"'(: \t=]|credential|\bopen\(|wifi\.begin|userpwd|btoa|b64encode|bundle_|_gem|crypt|argon2|pbkdf2|hashpw|hash_?password|make_password"
    r"|generate_password|password_hash|hashsync|hash::|:basic|\{(?:plain|cleartext|clear)\}|</?(?:\w{1,20}:)?\w{0,40}(?:pass|password|passwd|secret|token|apikey)[ \t>]|\bbasic[ \t]*:|\.dockerc|</(?:name|value)>|name=\"?\w{0,40}(?:pass|secret|token|pwd)|tochararray|(?:pwd|password)[ \t]*=[ \t]*\{|<input|-oauth\"|userpassword::"
    r"|passw[^\n]{0,80}\.(?:send_?keys|type|fill|set|press|enter|input|val)|(?:expect|until)[^\n]{0,40}(?:assw|phrase))|\t(?:TRUE|FALSE)\t|@[\w-]{1,60}(?:\.[\w-]{1,60}){1,4}:[^\s/]|ident|\blogin|\buser(?:name)?[\"']?[ \t]*[:=]"
)
"""One of these stands in every line that holds one of these places."""


def find_in_calls(text: bytes, start: int, end: int) -> Iterator[Found]:
    """In one line or several; what a call or a part of a form takes may stand on the next ones."""
    start, end = max(0, start - 1), min(len(text), end + 1)
    for call in CALL.finditer(text, start, end):
        yield from _arguments(text, call, min(len(text), end + 300))
    further = min(len(text), end + 300)
    rows = ROWS if ANY.search(text, start, further) else ()
    for pattern, judge, last in rows:
        for found in pattern.finditer(text, start, further if last else end):
            if judge(found[1]) and not found[1].startswith(b"[masked"):
                yield Found(*found.span(1), "password")
    for field in FIELD.finditer(text, start, end):
        value = FIELD_VALUE.search(text, field.start(), field.end())
        if value and b"password" in field[0].lower() and is_password(value[1]) and flips(value[1]) >= 1:
            yield Found(*value.span(1), "password")


def _arguments(text: bytes, call: re.Match[bytes], end: int) -> Iterator[Found]:
    """The literal behind another argument that nobody takes for a word, a path or a number."""
    at, is_told, behind_source = call.end(), bool(TAKES_PASSWORD.search(call[0])), 0
    for count in range(MOST_ARGUMENTS):
        argument = LITERAL.match(text, at, end)
        if argument is None:
            return
        group = next((number for number in (1, 2) if argument[number] is not None), None)
        if group is not None and (count or OPENS_WITH_PASSWORD.match(call[0])):
            said = argument[group]
            is_sure = is_picked(said) or (is_password(said, is_bare=True) and flips(said) >= 5)
            is_chosen = (is_told or behind_source >= 2) and is_sure and not MEMBER.search(said)
            if is_chosen or (count and _is_odd(said)):
                yield Found(*argument.span(group), "password")
        if behind_source or (SOURCE.search(argument[group]) if group is not None else PORT.fullmatch(argument[0])):
            behind_source += 1
        at = argument.end()
        if text[at : at + 1] != b",":
            return
        at += 1


def _is_odd(said: bytes) -> bool:
    """Among arguments that are not named: letters and digits that turn often, or a sign that no name holds."""
    if not 6 <= len(said) <= 200 or not is_password(said) or not (DIGIT.search(said) and LETTER.search(said)):
        return False
    return any(byte in b"!#$%&*+^?" for byte in said) or flips(said) >= 3 or is_random(said)


def _is_hashed(said: bytes) -> bool:
    return _is_odd(said) or is_picked(said)


def _is_beside(said: bytes) -> bool:
    if is_everyday(said):
        return True
    return is_password(said, is_bare=True) and bool(DIGIT.search(said)) and bool(LETTER.search(said))


def _is_tagged(said: bytes) -> bool:
    """Of several words the one that nobody made up: Jenkins writes `{vendor x}`."""
    return is_peoples(said) or is_spaced(said) or any(map(is_random, said.strip(b"{}").split()[1:]))


ROWS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], bool], bool], ...] = (
    (HASHED, _is_hashed, False),
    (FILLED, is_peoples, True),
    (PAIRED, _is_beside, False),
    (APART, is_password, False),
    (MAILED, _is_beside, False),
    (SCHEMED, is_password, False),
    (TAGGED, _is_tagged, True),
    (NAMED_MEMBER, _is_tagged, True),
    (PART, is_password, True),
    (BRACED, _is_tagged, False),
    (LETTERS_OF, is_peoples, False),
    (ADMITTED, _is_beside, False),
    (KEPT_COOKIE, is_plausible, False),
    (OAUTH, is_plausible, True),
    (USERS_OF, _is_hashed, False),
    (RETURNED, is_peoples, True),
    (OPENED_WITH, is_random, False),
    (DOUBLED, is_plausible, False),
    (EXPECTED, _is_hashed, False),
    (PULLED, is_plausible, False),
)
"""Each with its judge, and whether its value may stand on the next line."""

ANY = compiled("|".join(f"(?:{pattern.pattern.decode()})" for pattern, _, _ in ROWS))
