"""Secrets in sentences: a user and a password one behind the other, and what other languages call a password."""

from __future__ import annotations

from collections.abc import Iterator

from bot.writing.secrets.chosen import is_everyday, is_phrase, is_simple, is_weak
from bot.writing.secrets.engine import compiled
from bot.writing.secrets.places import Found
from bot.writing.secrets.values import DIGIT, UUID, flips, is_password, is_random

LOGINS = r"creds|credentials?|log-?ins?|zugangsdaten|anmeldedaten|zugang|identifiants|credenciales|credenziali|user/pass(?:word)?|benutzer/passwort"
PAIR = compiled(
    rf"(?i)\b(?:{LOGINS})\b[A-Za-z \t(),\x80-\xff]{{0,30}}?(?:[:=]|[ \t](?:is|are|ist|sind|lauten|sont|with|mit|son|sono)[ \t])[ \t]*"
    r"[\"'`]?[\w.@+\-]{1,60}[\"'`]?[ \t]*[/|][ \t]*[\"'`]?([^\s\"'`/|<>]{4,200})"
)
"""`creds: admin / x`."""

PARTED = compiled(rf"(?i)\b(?:{LOGINS})[ \t]+[\w.@+\-]{{1,60}}[ \t]+[/|][ \t]+[\"'`]?([^\s\"'`/|<>]{{6,200}})")
"""`login admin / x`."""

_SMALL = (
    "mots? de passe|contraseña|contrasenha|contrasena|wachtwoord|parola d'ordine|parola chiave|hasło|haslo|lösenord|adgangskode|kodeord|passord"
    "|salasana|heslo|jelszó|şifre|пароль|密码|密碼|口令|パスワード|비밀번호|암호|clave de acceso|парол|hasł|hesl|jelszav|lösen|salasan|kata sandi|sandinya|비번|parooli|contrassenya|pasahitza|fjalëkalimi|нууц үг|құпия сөз|şifrə|პაროლი|գաղտնաբառ|parola|parolă|mật khẩu|lozinka|geslo|slaptažodis|parole"
    "|סיסמה|סיסמא|كلمة المرور|كلمة السر|पासवर्ड|κωδικός|κωδικό πρόσβασης|συνθηματικό|รหัสผ่าน|گذرواژه|رمز عبور"
)
WORDS = "|".join(dict.fromkeys(form for word in _SMALL.split("|") for form in (word, word.capitalize(), word.upper())))
"""With their capitals, of which RE2 knows none outside ASCII where it reads bytes."""

ABROAD = compiled(
    rf"(?:{WORDS}|(?i:\bmdp|\bclave))(?i)[a-z\x80-\xff]{{0,6}}(?:[ \t]+[^\s:=]{{1,24}}){{0,3}}?[ \t]*(?:[:=]|：|[ \t](?:c'est|c’est|será|sera|sará|wird|es[ \t]ahora|est|es|é|è|is|jest|to|är|er|je|on|era|war|—|–)[ \t])[ \t]*[:]?[ \t]*"
    r"(?:[\"'`]|«|„|“)?([^\s\"'`<]{4,200})"
)

KEYS = compiled(
    r"(?i)(?:\bjetons?\b|\bcl(?:és?|e\b|efs?\b)|schl(?:ü|ue)ssel|\bgeheimnis|\bsecreto\b|\bsegreto\b|\bsegredo\b|\bllaves?\b|\bclave\b|\bchiave\b|\bchave\b|\bgettone\b|sleutel|\bklucz|nyckel|nøkkel|nøgle|\bavain\b|kulcs|\banahtar|klíč|ключ|токен|секрет|密钥|密鑰|令牌|トークン|シークレット|キー|토큰|키)"
    r"[a-z\x80-\xff]{0,8}(?:[ \t]+(?:d'|de[ \t]+l'|l')?[^\s:=]{1,20}){0,4}?[ \t]*(?:[:=：]|->|→|—|–|[ \t](?:est|es|é|è|ist|is|lautet|är|er|jest|je|on|это)[ \t]|[はは是]|[ \t])[ \t]*[\"'`«„“]{0,2}([!-~]{16,200})"
)
"""What other languages call a key or a token; only what nobody made up counts behind it."""

BESIDE_EACH_OTHER = compiled(
    r"(?:パスワード|密码|密碼|口令|비밀번호|암호)[^\x00-\x7f]{0,24}[ \t]*[:=(\"'`]?[ \t]*(?:「|『|“|《|（)?[ \t]*[\"'`]?([!-9;-_a-~]{6,200})"
)
"""Languages that part no words: what is written in ASCII behind the word is the value."""

USERS = (
    "admin|administrator|root|postgres|deploy|deployer|jenkins|ubuntu|svc|service|guest|demo|test|testuser|user|ftp|sa"
)
BESIDE = compiled(rf"(?i)(?:^|[\s\"'`(])(?:{USERS}):([^\s\"'`:/@]{{6,80}})")
"""`admin:x`, as people write it."""

CUES = rf"(?i:\bgeheimnis|\bsecreto\b|\bsegreto\b|\bsegredo\b|\bmdp\b|\bclave\b|\bjeton|\bcl(?:é|e\b|efs?\b)|schl(?:ü|ue)ssel|\bllave|\bchiave|\bchave|\bgettone|sleutel|\bklucz|nyckel|nøkkel|nøgle|\bavain|kulcs|\banahtar|klíč|ключ|токен|секрет|密钥|密鑰|令牌|トークン|シークレット|キー|토큰|키|\b(?:{USERS}):[^\s:/]{{6}}|\b(?:{LOGINS})\b|{WORDS})"
"""One of these stands in every line that holds one of these places."""


def find_spoken(text: bytes, start: int, end: int) -> Iterator[Found]:
    """In one line or several."""
    for found in KEYS.finditer(text, start, end):
        said = found[1].rstrip(b".,;:)]}\"'`")
        if is_random(said) or UUID.fullmatch(said):
            yield Found(found.start(1), found.start(1) + len(said), "key")
    for pattern, turns in ((PAIR, 3), (PARTED, 3), (ABROAD, 2), (BESIDE_EACH_OTHER, 2), (BESIDE, 4)):
        for found in pattern.finditer(text, max(0, start - 1), min(len(text), end + 1)):
            first, last = found.span(1)
            last -= len(found[1]) - len(found[1].rstrip(b".,;:)]}"))
            for closing in ("»", "“", "”"):
                last -= len(closing.encode()) if text[first:last].endswith(closing.encode()) else 0
            said = text[first:last]
            is_sure = pattern is not BESIDE or (any(byte in b"!#$%&*+~^?" for byte in said) and DIGIT.search(said))
            is_chosen = pattern is not BESIDE and (
                is_phrase(said, b"-")
                or is_everyday(said)
                or (pattern in (ABROAD, BESIDE_EACH_OTHER) and is_simple(said))
                or is_weak(text[first : found.end(1)].rstrip(b".,;:)]}"), digits=2)
            )
            if is_sure and (is_chosen or (is_password(said, is_bare=flips(said) < 4) and flips(said) >= turns)):
                yield Found(first, last, "password")
