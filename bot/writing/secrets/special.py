"""Places of secrets that have no name: an address's user and password, what flags of programs take, lines of password files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from bot.writing.secrets.chosen import is_compound, is_peoples, is_phrase, is_picked, is_weak
from bot.writing.secrets.command_lines import is_base_name
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import REFERENCE, UUID, is_password, is_placeholder, is_plausible, is_random

ADDRESS = compiled(
    r"(?:[A-Za-z][A-Za-z0-9+.\-]{1,30}:|^|[^:/])//(<[\w.-]{1,40}>|[^\s:/@'\"<>`]{0,100}(?:@[^\s:/@'\"<>`]{1,100})?):([^\s/'\"<>`]{1,300})@[A-Za-z0-9_.\-\[{$%<]"
)
ALONE = compiled(r"[A-Za-z][A-Za-z0-9+.\-]{1,30}://([^\s:/@'\"<>`]{16,300})@[A-Za-z0-9_.\-]")
USER = compiled(
    r"(?:\b(?:curl|wget|http|https|xh|httpie)\b[^\n]{0,400}?[ \t](?:-u|--user|--proxy-user|-U|-a|--auth|-E|--cert)|[ \t]-u|[ \t]--user)(?:[ \t]+|=)?(?:'[A-Za-z0-9_.@+\-]{1,80}:([^'\n]{4,100})'|\"[A-Za-z0-9_.@+\-]{0,80}:([^\"\n]{4,100})\"|[\"']?[A-Za-z0-9_.@+\-]{0,80}:[\"']?([^\s\"':]{4,200})|[\"']?([\w.+=!\-]{10,200}):[\"']?(?:\s|$))"
)
FLAG = compiled(
    r"\b(?:mysql|mariadb|mysqldump|mysqladmin|mysqlimport|mariadb-dump|mysqlsh|mongo|mongosh|mongodump|mongorestore|sshpass|(?:docker|podman|helm|oc|az|nerdctl)[ \t][^\n|;]{0,60}?login|htpasswd|kinit|sqlplus|cqlsh|clickhouse-client|mosquitto_(?:pub|sub)|ipmitool|vncviewer|smbclient|redis-cli|ldap(?:search|modify|add|passwd|whoami|delete)|sqlcmd|bcp|tsql|keytool|openssl|zip|unzip|7z|plink|pscp|psexec|winexe|snmp[a-z]{3,8}|useradd|usermod)\b"
    r"[^\n|;]{0,300}?[ \t\"'](?:-p|-P|-a|-A|-X|-w|-pw|-k|-passin|-passout|-storepass|-keypass|--pass[ \t=])([\"'][ \t]*,[ \t]*|[ \t]*=?[ \t]*)(?:pass:)?[\"']?([^\s\"']{3,200})"
)
PASSED = compiled(r"\bpass:([^\s\"']{4,200})")
PASSWORD_FILE = compiled(
    r"(?:^|\n|[\"'`>])(?:[A-Za-z0-9_.\-*/]{1,120}):(?:\d{4,5}|\*):[A-Za-z0-9_.\-*]{1,80}:[A-Za-z0-9_.\-*@]{1,80}:([^\s:\"'`]{4,200})(?:[\"'`\r\n]|$)"
)
IDENTIFIED = compiled(
    r"(?i)\b(?:identified|encrypted|valid)(?:[ \t]+(?:with|by|using)[ \t]*[\w]*)*[ \t]+(?:by|as|using)[ \t]+(?:password[ \t]+)?[\"']((?:[^\"'\n]|''){4,200})[\"']"
)
IDENTIFIED_BARE = compiled(r"(?i)\bidentified[ \t]+by[ \t]+([^\s\"';,()]{4,200})")
DEFAULT_OF = compiled(
    r"(?i)\$\{[\w.\-]{0,60}(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[._\-]?key)[\w.\-]{0,10}:[\-=]?[\"']?([^}\s\"'$#{]{4,200})\}"
)
"""What a placeholder takes where nothing is set: `${db.password:x}`, `${TOKEN:-x}`."""

CODE_OF = compiled(r"(?i)[?&](?:code|appid|auth|sig|signature|ticket|otp)=([\w.~%\-]{16,300})")
"""Parameters of an address that let its reader in for a while."""

SHARE = compiled(
    r"(?i)\b(?:unseal|recovery|backup|master|root)[ \t]+(?:key|code)s?(?:[ \t]+\d{1,2})?[ \t]*[:=][ \t]*([\w+/=\-]{8,200})"
)
GENERATED = compiled(
    r"(?i)\b(?:temporary|initial|generated|new|one-time|random|auto-generated|bootstrap)\b[^\n:=]{0,40}\b(?:password|passphrase|passcode|pw)\b[^\n:=]{0,60}(?:[:=]|[ \t]is)[ \t]+[\"'`]?([^\s\"'`]{6,200})"
)
"""What a program says when it made one up."""

TAKEN = compiled(
    r"(?i)(?:password|passphrase)\b[^\n]{0,80}\bdefault\w*[ \t]+(?:to|is)[ \t:]*[\"'`]{1,2}([^\s\"'`]{6,200})[\"'`]"
)
EASY_CONNECT = compiled(r"(?:^|[\s\"'=(])[\w.$]{1,40}/([^\s@/\"']{4,100})@(?://)?[\w.\-]{1,100}(?::\d{2,5})?/[\w.]")
"""How Oracle's programs are told user, password and address."""

SECRET_ID = compiled(
    r"(?i)\bsecret[_-]?id[\"']?[ \t]*[:=][ \t]*[\"']?([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:[^0-9a-f-]|$)"
)
"""Which lets a role of Vault in, https://developer.hashicorp.com/vault/docs/auth/approle."""

BEARER = compiled(
    r"(?i)\b(?:bearer|basic|apikey|bot|geniekey|splunk|ssws)(?:[ \t]+[\"'`<]?|[ \t][\"'`][ \t]*(?:[+.&]|<>|\|\|)[ \t]*[\"'`])([A-Za-z0-9][A-Za-z0-9+/=._~\-]{11,})"
)
DOCKER = compiled(r"\"auth\"\s*:\s*\"([A-Za-z0-9+/]{8,}={0,2})\"")
NUGET = compiled(
    r"(?i)(?:sec-|x-)?(?:cookie)[\"']?\s*[:=]\s*[\"']?[^\n\"']{0,200}?(?:sess|sid|auth|token)[\w.\-]{0,20}=([A-Za-z0-9%_.\-]{16,})"
)

CUES = (
    r"password-stdin|--?[\w\-]{0,40}(?:pass|password|passphrase|token|secret|api-?key)[\"']?,?[ \t\r]*\n|sqlplus|thin:|@//|/[^\s@/\"']+@[\w.\-]+[:/]|//[^\s/@]{0,400}@|[ \t]-u|[ \t]--(?:user|cert)|[ \t]-E|[ \t]-a[ \t]|\bpass:|login|:(?:\d{4,5}|\*):[A-Za-z0-9_.\-*]{1,80}:|(?i:auth|default|securestring|password_hash|kinit|\bpdo\(|mysqli|_(?:connect|password)\(|ldap_bind|imap_open|usernamepassword|fernet|aesgcm|secretbox|chacha20|\b(?:aes|des3?|blowfish|arc4|rc4|salsa20)(?:::|\.)|hmac|cipheriv|secretkeyspec|jwt\.|signwith|signingkey|hmacsha|hmac\d|(?:en|de)crypt\w{0,20}\(|secret[_-]?id|ssh-keygen|\bnet[ \t]+use|\bmc[ \t]|encrypt_string|/p:|wpa_passphrase|@tcp|@unix|credential|getconnection|sign_?in|chpasswd|rabbitmqctl|identified|encrypted[ \t]|bearer[ \t]|basic[ \t]|apikey[ \t]|\bbot[ \t]|geniekey|splunk[ \t]|ssws[ \t]|sp_addl|sp_password|[?&](?:code|appid|auth|sig|signature|ticket|otp)=|\$\{[\w.\-]*(?:pass|pwd|secret|token|api[._\-]?key)|\b(?:unseal|recovery|backup|master|root)[ \t]+(?:key|code)|(?:temporary|initial|generated|new|one-time|random|bootstrap)[^\n:=]*pass|\"auth\"|cookie)"
    r"|\b(?:mysql|mariadb|mongo|sshpass|htpasswd|kinit|cqlsh|clickhouse|mosquitto_|ipmitool|redis-cli|ldap|sqlcmd|bcp|keytool|openssl|7z|unzip|zip|smbclient|plink|pscp|psexec|winexe|snmp|rclone|user(?:add|mod))[a-z\-]*[ \t\"']"
)
"""One of these stands in every line that holds one of these places."""


AUTHORIZATION = compiled(
    r"(?i)authorization[\"']?\]?[ \t]*(?:=>|[:=,])[ \t]*[bfu]?[\"'`]?(?:[A-Za-z\-]{3,20}[ \t]+)?([^\s\"'`,;<]{6,})"
)
PAIR = compiled(
    r"(?i)(?:basic_?auth|auth|credentials?|login|authenticate|getconnection|sign_?in|\bpdo|mysqli|(?:mysqli?|odbc|oci|sqlsrv|ftp|ssh2)_(?:real_|auth_)?(?:connect|login|password)|ldap_bind|imap_open|usernamepassword)\w{0,12}[\"']?[ \t]*(?:=>|[=:])?[ \t]*[(\[][ \t]*(?:[\"'][^\"'\n]{0,200}[\"']|\$?[a-z_]\w{0,30})[ \t]*,[ \t]*(?:[\"'][^\"'\n]{0,200}[\"'][ \t]*,[ \t]*)?[\"']([^\"'\n]{4,200})[\"']"
)
PIPED = compiled(
    r"rabbitmqctl[ \t]+(?:add_user|change_password)[ \t]+\S+[ \t]+[\"']?([^\s\"']{4,200})"
    r"|(?i:convertto-securestring[ \t]+(?:-string[ \t]+)?)[\"']([^\"'\n]{4,200})[\"']"
    r"|[\"']([^\"'\n]{4,200})[\"'][ \t]*\|[ \t]*(?i:convertto-securestring|password_hash\()"
    r"|(?i:\bnet[ \t]+use[ \t]*r?[ \t]+\S+[ \t]+(?:\\\\\S+[ \t]+)?)([^\s/*][^\s/]{3,200})"
    r"|\bmc[ \t]+(?:alias[ \t]+set|config[ \t]+host[ \t]+add)(?:[ \t]+\S+){3}[ \t]+([^\s\-]\S{5,200})"
    r"|\b(?:xfreerdp3?|wfreerdp|mstsc|net[ \t]+use)\b[^\n]{0,200}[ \t]/p:[\"']?([^\s\"']{4,200})"
    r"|\b(?:ansible-vault[ \t]+encrypt_string|wpa_passphrase[ \t]+\S+|rclone[ \t]+obscure)[ \t]+[\"']?([^\s\"'\-][^\s\"']{3,200})"
    r"|\bsmbclient[ \t]+\S+[ \t]+([^\s\-][^\s\"']{3,200})|\bssh-keygen\b[^\n]{0,200}[ \t]-[NP][ \t]*[\"']?([^\s\"'\-][^\s\"']{3,200})"
    r"|(?:^|[\s\"'=])[\w.\-]{1,60}:([^\s@\"']{3,200})@(?:tcp|unix)\("
    r"|(?:sqlplus|thin:|impdp|expdp|rman)[ \t]*[\w.$]{1,40}/([^\s@/\"']{4,100})@"
)

CIPHER = compiled(
    r"(?i)\b(?:fernet|aesgcm|(?:aes|des3?|blowfish|arc4|rc4|salsa20)(?:::|\.)(?:new\w{0,4}|(?:en|de)crypt\([ \t]*[\w.]{1,40}[ \t]*,)|secretbox|chacha20(?:poly1305|_poly1305\.new)?|hmac\.new|secretkeyspec|(?:createhmac|createcipheriv|createdecipheriv|jwt\.(?:sign|encode|verify|decode)|signwith|pgp_sym_(?:en|de)crypt\w{0,8}|aes_(?:en|de)crypt)[ \t]*\([^,\n]{1,80},|(?:signwith|setsigningkey|hmacshakeyfor|hmac(?:256|384|512))\(|(?:en|de)crypt\w{0,20}\([^()\n]{0,80}\bkey[ \t]*=)"
    r"[ \t]*\(?[ \t]*b?[\"']([^\"'\n]{8,200})[\"']"
)
"""Where a key stands as it is."""

FLAG_BELOW = compiled(
    r"[\s\"']--?[\w\-]{0,40}(?:pass|password|passphrase|token|secret|api-?key)[\"']?,?[ \t]*\r?\n[ \t]*(?:-[ \t]+[\"']?|[\"'])([^\s\"'\-$][^\s\"']{5,200})"
)
"""A flag on one line of a list, and what it takes on the next."""

ACCOUNTS = compiled(r"\bchpasswd\b(?::|[^\n]{0,40}<<)[^\n]{0,40}((?:\n[ \t-]*[\w.-]{1,32}:[^\n]{0,100})+)")
ACCOUNT = compiled(r"\n[ \t-]*([\w.-]{1,32}):([^\s:\"']{4,100})")
"""Each user and its password below what sets them, https://man7.org/linux/man-pages/man8/chpasswd.8.html."""


def find_special(text: bytes, start: int, end: int) -> Iterator[Found]:
    """In one line or several."""
    start, end = max(0, start - 1), min(len(text), end + 1)  # with the line ends: patterns see nothing beyond
    for found in ADDRESS.finditer(text, start, end):
        if _is_password_of(found[1], found[2]):
            yield Found(*found.span(2), "URL password")
    for found in ALONE.finditer(text, start, end):
        if is_random(found[1]):
            yield Found(*found.span(1), "URL credential")
    for found in USER.finditer(text, start, end):
        group = next(number for number in (1, 2, 3, 4) if found[number] is not None)
        said = found[group]
        is_meant = not (_is_given(said) or said.isdigit() or is_placeholder(said))
        if is_meant and (b"curl" in found[0] or _is_at_its_place(said)):
            yield Found(*found.span(group), "password")
    for found in FLAG.finditer(text, start, end):
        if is_base_name(found[0][: found.start(2) - found.start()], found[2]):
            continue
        if (is_peoples(found[2]) or is_picked(found[2])) and (found[1] == b"" or not found[2].startswith(b"-")):
            yield Found(*found.span(2), "password")
    for found in FLAG_BELOW.finditer(text, start, min(len(text), end + 300)):
        if is_plausible(found[1], is_bare=True):
            yield Found(*found.span(1), "password")
    for found in PIPED.finditer(text, start, end):
        group = next(number for number in range(1, PIPED.groups + 1) if found[number] is not None)
        if is_password(found[group], is_bare=True) or is_picked(found[group]) or is_compound(found[group]):
            yield Found(*found.span(group), "password")
    below = min(len(text), end + 900) if text.find(b"chpasswd", start, end) >= 0 else start
    for listed in ACCOUNTS.finditer(text, start, below):
        for found in ACCOUNT.finditer(text, *listed.span(1)):
            if _is_password_of(found[1], found[2]):
                yield Found(*found.span(2), "password")
    for pattern, sure, name in ROWS:
        for found in pattern.finditer(text, start, end):
            if sure(found[1]) and not found[1].startswith(b"[masked"):
                yield Found(*found.span(1), name)


def _is_chosen(said: bytes) -> bool:
    return is_password(said, is_bare=not said.isalnum()) or is_picked(said.rstrip(b".")) or is_weak(said.rstrip(b"."))


def _is_drawn_or_id(said: bytes) -> bool:
    return is_random(said) or bool(UUID.fullmatch(said))


def _is_bearer(said: bytes) -> bool:
    return is_plausible(said) and (is_random(said) or len(said) >= 20)


def _is_authorization(said: bytes) -> bool:
    return is_plausible(said, is_bare=True) or is_phrase(said)


def _is_at_its_place(said: bytes) -> bool:
    return is_peoples(said) or is_picked(said)


ROWS: tuple[tuple[re.Pattern[bytes], Callable[[bytes], bool], str], ...] = (
    (PASSED, is_peoples, "password"),
    (PASSWORD_FILE, is_peoples, "password"),
    (IDENTIFIED, is_peoples, "password"),
    (NUGET, is_random, "session"),
    (CIPHER, _is_at_its_place, "key"),
    (PAIR, _is_at_its_place, "password"),
    (AUTHORIZATION, _is_authorization, "authorization"),
    (BEARER, _is_bearer, "authorization"),
    (DOCKER, bool, "registry login"),
    (IDENTIFIED_BARE, is_password, "password"),
    (DEFAULT_OF, _is_chosen, "password"),
    (CODE_OF, _is_drawn_or_id, "authorization code"),
    (SHARE, is_random, "key"),
    (GENERATED, _is_chosen, "password"),
    (TAKEN, _is_chosen, "password"),
    (EASY_CONNECT, _is_chosen, "password"),
    (SECRET_ID, _is_drawn_or_id, "secret"),
)
"""Each with its judge, and what its mark says."""


def _is_password_of(user: bytes, secret: bytes) -> bool:
    """In an address every password counts, a word too; only what is plainly a sample's or a variable does not."""
    if _is_given(secret) or secret.startswith((b"[masked", b"//")):
        return False
    if is_placeholder(secret):
        return bool(user) and secret == user and secret not in (b"user", b"username", b"x", b"xxx")
    return True


def _is_given(secret: bytes) -> bool:
    return bool(REFERENCE.fullmatch(secret)) or (
        secret.startswith((b"$", b"{")) and not any(48 <= byte < 58 for byte in secret)
    )
