"""What programs take as a password without naming it: behind a user's flag, through a pipe, at a prompt, by place.

Each row is a way in which programs take one, so that a program that is not listed is known by its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from bot.writing.secrets.chosen import is_compound, is_picked
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import DIGIT, LETTER, flips, is_password, is_random

_SAID = r"([^\s\"'|<>;,]{4,200})"
_QUOTED = r"(?:\"([^\"\n]{4,200})\"|'([^'\n]{4,200})'|([^\s\"'|<>;,]{4,200}))"
_NAMED = r"(?i:passw|_pw|\bpwd?\b|passphrase|secret|token|credential|api-?key|vault)"
_STDIN = r"(?:--password-stdin|--with-token|--stdin|chpasswd|sudo[ \t]+-\w*S|passwd|kinit|cryptsetup|--passphrase-fd|docker[ \t]login|faillock|smbpasswd|secrets?[ \t]+(?:versions[ \t]+)?(?:create|set|put|add))"


def _is_odd(said: bytes) -> bool:
    """A password that no word and no number of a port, a version or a path would be taken for."""
    return is_picked(said) or _is_turning(said)


def _is_turning(said: bytes) -> bool:
    return is_password(said, is_bare=True) and (flips(said) >= 2 or (bool(DIGIT.search(said)) and len(said) >= 10))


def _is_any(said: bytes) -> bool:
    """Where a program takes nothing but a password: a word and a number, too."""
    return (
        (is_password(said, is_bare=not said.isalnum()) and bool(LETTER.search(said)))
        or is_compound(said)
        or is_picked(said)
    )


ROWS: tuple[tuple[str, Callable[[bytes], bool]], ...] = (
    # a user's flag, then a password's: `-u anna -p x`, also as a list of arguments
    (
        r"[ \t\"',](?:-u|-U|-l|--user(?:name)?|--login|-user|-username|/u)(?:[ \t]*=[ \t]*|[\"']?[ \t]*,[ \t]*[\"']|[ \t]+|:)?[\"']?[\w.@\\%-]{1,60}[\"']?[^\n|;]{0,120}?[ \t\"',](?:-p|-P|-w|-pw|--pw|/rp|/p)(?:[ \t]*[:=][ \t]*|[\"']?[ \t]*,[ \t]*[\"']|[ \t]*)"
        + _QUOTED,
        _is_odd,
    ),
    (r"[ \t](?:/ru|/user)[: \t][ \t]*\S{1,60}[ \t]+(?:/rp[ \t]+|/p[: ])?" + _QUOTED, _is_odd),
    # user and password in one word: `-u anna,x`, `-U anna%x`, `--proxy-user anna:x`, `config host anna:x`
    (r"[ \t](?:-u|--user|-U)[ \t]*[\"']?[\w.@/\\-]{1,60}[,%]" + _QUOTED, _is_odd),
    (r"(?:\bsasl_passw\w*[ \t]+\S{1,100}|[\w\]]:\d{2,5})[ \t]+[\w.@-]{1,60}:" + _SAID, _is_odd),
    # a program's own store: `secrets set NAME x`, `config:set TOKEN=x`
    (
        r"\b(?:(?:[\w-]{0,20}secrets?|config|variables?|vars?|env|params?)[: ](?:set|put|add|create|update)|setx)[ \t]+(?:--?\w[\w-]*[ \t]+){0,3}[\"']?[\w.:/-]{0,60}(?i:pass|secret|token|key|pwd)[\w.:/-]{0,30}[\"']?[ \t=]+"
        + _QUOTED,
        _is_any,
    ),
    (r"\b(?:config|configure|auth)[ \t]+[\w./:-]{3,100}[ \t]+[\w.@-]{1,60}[: \t]" + _SAID + r"[\"']?[ \t]*(?:$|[\r\n])", _is_odd),
    (r"(?:^|[\n;&|$>`\"'][ \t]*)[a-z][\w-]{1,20}[ \t]+(?:(?:auth|operator)[ \t]+)?(?:login|unseal)[ \t]+(?:--?[a-z-]{1,20}[ \t=]+)?" + _QUOTED, is_random),
    # what a subcommand sets: `mysqladmin password x`, `set-initial-password x`
    (r"[ \t](?:password[ \t]+|[\w-]{1,30}[-_](?:password|passwd|passphrase)[ \t]+(?:[\w.@-]{1,40}[ \t]+)?)(?:--?\w[\w-]*[ \t]+)?" + _QUOTED + r"[\"']?[ \t]*(?:$|[\r\n;&|]|--)", _is_odd),
    # what a flag has written out: `--password-command='echo x'`
    (_NAMED + r"[\w-]{0,20}(?:cmd|command|program)(?:[ \t]+|=)[\"']?(?:/bin/)?(?:echo|printf)(?:[ \t]+-\w+)?[ \t]+" + _QUOTED, _is_any),
    (r"<\((?:echo|printf)[ \t]+(?:-\w+[ \t]+)?[\"']?([^\s\"'|<>;,)]{4,200})[\"']?[ \t]*\)", _is_any),
    # through a pipe, a here string, a file of passwords
    (
        r"(?:echo|printf)(?:[ \t]+-\w+|[ \t]+[\"']%s(?:\\n)?[\"'])*[ \t]+[\"']?(?:[\w.-]{1,60}:)?([^\s\"'|]{4,200})[\"']?[ \t]*\|[^\n]{0,160}"
        + _STDIN,
        _is_any,
    ),
    (r"(?:echo|printf)(?:[ \t]+-\w+)*[ \t]+[\"']?[\w.@-]{1,60}:([^\s\"'|]{4,200})[\"']?[ \t]*\|[ \t]*base64", _is_any),
    (_NAMED + r"[^\n]{0,120}(?:echo|printf)(?:[ \t]+-\w+)*[ \t]+[\"']?([^\s\"'|]{4,200})[\"']?[ \t]*\|[ \t]*base64", _is_any),
    (_STDIN + r"[^\n]{0,80}<<<[ \t]*" + _QUOTED, _is_any),
    (_NAMED + r"[^\n]{0,120}<<<[ \t]*" + _QUOTED, _is_any),
    (r"(?:echo|printf)(?:[ \t]+-\w+)*[ \t]+[\"']?([^\s\"'|]{4,200})[\"']?[ \t]*>>?[ \t]*[^\s]{0,80}(?i:pass|secret|token|credential)", _is_any),
    (r"(?:echo|printf)(?:[ \t]+-\w+)*[ \t]+[\"']?([A-Za-z0-9+/]{8,200}={0,2})[\"']?[ \t]*\|[ \t]*(?:base64|openssl[ \t])[^\n]{0,80}" + _NAMED, _is_any),
    # a user and a password in an address's query
    (r"(?i)[?&](?:u|user|username|usr|login)=[^&\s]{1,60}&(?:p|pw|pass|pwd)=([^&\s\"'<>#]{4,200})", _is_any),
    # a flag for a value, in a line that says what it is
    (
        _NAMED
        + r"[^\n]{0,200}[ \t](?:--value|--body|--secret-string|--secret-value|--string-value|--plaintext|--data|-b|/d)[ \t=]+"
        + _QUOTED,
        _is_any,
    ),
    (r"\b(?:consul|etcdctl|vault|pulumi|chamber|doppler|heroku|fly|eb|kv)\b[^\n]{0,80}" + _NAMED + r"[\w/.-]{0,60}[ \t]+" + _QUOTED + r"[ \t]*(?:$|[\r\n])", _is_odd),
    # by place
    (r"\b(?:openssl[ \t]+(?:passwd|enc)\b[^\n]{0,80}?(?:-k|-\w*[156]|-stdin)|htpasswd[ \t]+-\w*(?:bn|nb)\w*[ \t]+\S{1,60}|(?:htpasswd|mosquitto_passwd)(?:[ \t]+-\w+){0,4}?[ \t]+-\w*b\w*(?:[ \t]+-\w+){0,4}[ \t]+[^\s-]\S{0,200}[ \t]+[^\s-]\S{0,60}|ldappasswd\b[^\n]{0,120}[ \t]-[as])[ \t]+" + _QUOTED, _is_any),
    (r"(?:^|[>)\]\n][ \t]*)(?:AUTH|auth)[ \t]+(?:[\w.-]{1,40}[ \t]+)?" + _SAID + r"[ \t]*(?:$|[\r\n])", _is_odd),
    (r"(?i:\bsetuser|^user)[ \t]+[\w.-]{1,60}[ \t][^\n]{0,120}?>([^\s\"'>]{4,200})", _is_any),
    (r"(?:^|\n)[ \t]*(?:user|quote[ \t]+pass|pass)[ \t]+(?:[\w.@-]{1,60}[ \t]+)?" + _SAID + r"[ \t]*(?:$|[\r\n])", _is_odd),
    (r"(?:^|\n)[ \t]*(?:username[ \t]+\S{1,60}[ \t][^\n]{0,60}|enable[ \t]+)?(?:secret|password)[ \t]+(?:[0-9][ \t]+)?" + _SAID + r"[ \t]*(?:$|[\r\n])", _is_odd),
    (r"\b(?:snmp-server[ \t]+(?:community|user[ \t]+\S{1,60})|create[uU]ser[ \t]+(?:-e[ \t]+\S+[ \t]+)?\S{1,60}[ \t]+(?:MD5|SHA(?:-\d+)?))[ \t]+" + _QUOTED, _is_odd),
    (r"(?i:login)[ \t]+\"?[\w.+-]{1,60}@[\w.-]{1,80}\"?[ \t]+" + _QUOTED + r"[ \t]*(?:$|[\r\n])", _is_odd),
    (r"\bauth-user-pass\b[^\n]{0,20}\r?\n[^\s]{1,60}\r?\n([^\s]{4,200})", _is_any),
    (r"(?:^|[ \t\n])-?-setcookie[ \t]+" + _SAID, _is_odd),
    (r"(?:^|\n)[ \t]*\"?[\w.@-]{1,60}\"?[ \t]+\*[ \t]+\"([^\"\n]{4,200})\"", _is_any),
    (r"\b(?:auth-pass|insecure-password)[ \t]+(?:[\w.-]{1,40}[ \t]+)?" + _SAID, _is_any),
    (r"\bsend(?:_user)?[ \t]+(?:--[ \t]+)?\"([^\"\s$]{6,200})\\[rn]", _is_turning),
)  # fmt: skip

PATTERNS = [(compiled(pattern), judge) for pattern, judge in ROWS]
ANY = compiled("|".join(f"(?:{pattern})" for pattern, _ in ROWS))

CUES = (
    r"<\((?:echo|printf)|(?:cmd|command|program)(?:[ \t]+|=)[\"']?(?:/bin/)?(?:echo|printf)[ \t]|(?:passwd|passphrase)[ \t]|[ \t\"'](?:-u|-U|-l|--user|--login|-user|/ru|/u(?:ser)?|--?[\w-]{0,20}user)[: \t=\"',]|[ \t\"'](?:-u|-U)\w+[\"' ,]"
    r"|(?:config|configure|auth|AUTH)[ \t]|<<<|(?:echo|printf)[ \t][^|\n]{1,260}(?:\||>)|[ \t](?:--value|--body|--secret-string|--secret-value|--string-value|--plaintext|--data|-b|/d)[ \t=]"
    r"|\b(?:consul|etcdctl|vault|pulumi|chamber|doppler|heroku|fly)[ \t]|openssl[ \t]|htpasswd[ \t]|mosquitto_passwd[ \t]|ldappasswd|(?i:setuser[ \t]|user[ \t]+\S+[ \t])|\bsnmp-server|:\d{2,5}[ \t]+[\w.@-]{1,60}:\S"
    r"|\"[ \t]+\*[ \t]+\"|\bsend[ \t]+(?:--[ \t]+)?\"|(?:secret|password)[ \t]+\S|\bpass[ \t]|auth-user-pass|setcookie[ \t]|sasl_passw|&(?:p|pw|pass|pwd)=|(?:secrets?|config|variables?|vars?|env|params?)[: ](?:set|put|add|create|update)[ \t]|\bsetx[ \t]|[ \t](?:(?i:login)|unseal)[ \t]|[-_](?:password|passwd)[ \t]"
)
"""One of these stands in every line that holds one of these places."""

ASKED = compiled(r".*\b(?:mysql|mariadb)[a-z-]*\b[^\n|;&]*[ \t]-p[ \t]+")
BASE = compiled(r"[a-z0-9_$]+")
LONGEST_COMMAND = 300
"""Bytes of a command that are looked at, back from its value."""


def is_base_name(before: bytes, said: bytes) -> bool:
    """MySQL asks where a blank follows `-p`, and takes what stands behind for a database.

    See https://dev.mysql.com/doc/refman/8.4/en/connecting.html.
    """
    return bool(ASKED.fullmatch(before.rpartition(b"\n")[2])) and bool(BASE.fullmatch(said))


def find_in_commands(text: bytes, start: int, end: int) -> Iterator[Found]:
    """In one line or several."""
    # sliced: `^` and `$` are the line's own
    at = max(0, start - 1)
    line, more = text[at : end + 1], text[at : end + 200]
    whole = more if b"auth-user-pass" in line else line
    if not ANY.search(whole):
        return
    for pattern, judge in PATTERNS:
        for found in pattern.finditer(whole):
            group = next(number for number in range(1, pattern.groups + 1) if found[number] is not None)
            said = found[group]
            if said.endswith(b")") and said.count(b"(") < said.count(b")"):
                said = said.rstrip(b")")  # closes `$(`
            if is_base_name(whole[max(0, found.start(group) - LONGEST_COMMAND) : found.start(group)], said):
                continue
            if judge(said) and not said.startswith((b"[masked", b"-")):
                yield Found(at + found.start(group), at + found.start(group) + len(said), "password")
