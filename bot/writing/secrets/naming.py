"""What a name says of the value behind it: a password, a secret, perhaps one, or none at all.

A name is read word by word (`secretKeyBase`, `DB_PASS`, `x-api-key`); what its last words say counts most: a `token_url` is no token.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from bot.writing.secrets.engine import compiled


class Grade(Enum):
    """How much a name promises; `value` is what the mark says."""

    PASSWORD = "password"
    SECRET = "secret"
    TOKEN = "token"
    KEY = "key"
    DOUBTFUL = "credential"


LONGEST_NAME = 100
"""Bytes of a name that are read, from its end."""

STEMS = (
    r"pass|authtok|masterauth|skey\b|pwd|pss?w|pasw|kennwort|secret|token|cred|api[_-]?key|pw\b|senha|psk\b|contrase"
)
"""What makes a name worth reading, in small letters."""

SPLIT = compiled(r"[A-Z]?[a-z]+[0-9]*|[A-Z]+[0-9]*|[0-9]+")
CAPITALS = compiled(r"[A-Z]{2,}[a-z]{2,}")

PASSWORD = tuple(b"password passwort kennwort passphrase passcode pwd passwords passw senha storepass keypass".split())
PASS = frozenset(
    b"adminpw userpw mailpw sshpw pass pw psk psw dbpass mypass userpass sshpass rootpass adminpass authtok bindpw rootpw dbpw requirepass masterauth masteruser mysqlpass smtppass ftppass ldappass authpass webpass wifipass keystorepass".split()
)
SECRET = tuple(b"secret secrets credential credentials creds cred".split())
TOKEN = tuple(b"token tokens".split())
KEYS = tuple(
    b"apikey apikeys skey secretkey accesskey privatekey authkey"
    b" signingkey encryptionkey masterkey sharedkey accountkey licensekey licencekey hmackey deploykey".split()
)
TELLING = frozenset(
    b"api app access secret private priv signing sign encryption encrypt cipher crypto crypt aes des rsa hmac mac master auth shared account license licence subscription"
    b" deploy admin root service client consumer storage session jwt webhook write read ingest insert license ssh tls ssl user session app application live prod unseal recovery"
    b" production staging sandbox server merchant bot integration partner salt rest function host vault sas restricted developer dev account primary secondary"
    .split()
)  # fmt: skip
"""What stands before `key` in the name of one that opens something."""

HARMLESS_KEYS = frozenset(
    b"primary foreign public pub apt rpm recv partition sort cache unique composite index row map dict hash range translation locale message error config setting"
    b" lookup group order object s3 idempotency registry sub parent natural surrogate business routing redis storage_key i18n trans label event menu"
    b" websocket socket query param shortcut keyboard react list item column field metric attribute meta property context trace job lock dedupe dedup sequence"
    b" site recaptcha publishable header tag answer json xml data entity record node arrow hot modifier press up down enter escape tab any".split()
)  # fmt: skip

OTHERWISE = frozenset(
    b"url urls uri uris endpoint endpoints path paths file files filename dir directory folder name names type types field fields label labels placeholder hint error errors message"
    b" messages msg length len size count counts limit limits max min expire expires expired expiry expiration ttl timeout minutes minute hours days seconds secs millis age id ids"
    b" header headers param params parameter parameters prefix suffix format regex regexp pattern patterns policy policies validator validators validation encoder hasher reference ref refs"
    b" source provider providers manager service store factory class column columns table tables attr attrs attribute attributes chars characters version algorithm alg algo method methods mode strategy rotation reset changed required enabled disabled"
    b" visible visibility input form page pages view button text title description help usage usages index kind scope scopes bucket rounds iterations cost env var variable"
    b" generator handler helper helpers controller component props state status budget budgets option options setting settings config configuration map mapping list set resolver interceptor"
    b" reader writer parser lexer stream iterator position pos start end offset line fn func function callback test tests spec mock exists valid invalid strength score meter toggle icon"
    b" show hide hidden match matches mismatch screen dialog modal link links route router action actions event events updated created at on by from to with request response"
    b" dto model entity repository module plugin rule rules check checker info metadata usedat issuer audience owner cookie domain host port user username email address fingerprint fingerprints thumbprint"
    b" arn arns lifetime interval duration period delay age window ratio price cost balance amount supply contract symbol decimals kinds embedding embeddings vocab weights logits probs mask ids"
    .split()
)  # fmt: skip
"""Last words of names that speak about a secret and hold none."""

COUNTED = frozenset(
    b"max min num number total count avg input output prompt completion cached eos bos pad unk sep cls stop special first last next prev previous current page cursor continuation sync resume pagination lookahead peek start end symbol syntax punct punctuation ast delimiter separator reserved keyword n nb".split()
)
"""First words of names of tokens that are no keys: pieces of text, places in a list."""

DOUBTFUL = frozenset(
    b"auth authorization authentication key keys dsn salt pepper signature sig cookie cookies session sid sessionid phpsessid jsessionid jwt bearer otp totp pin seed mnemonic license licence webhook connectionstring hmac nonce cert identity pat sas jws".split()
)


WITH_A_PASSWORD = frozenset(
    b"redis valkey sentinel memcached rabbitmq amqp mqtt mongo mysql postgres smtp imap ftp ldap basic http proxy digest".split()
)
"""What stands before `auth` in the name of a password or of a user with one: `REDIS_AUTH`."""

FORWARDED = frozenset(b"proxy fastcgi uwsgi scgi grpc memcached".split())
"""Whose `pass` says where a request goes: directives of nginx, https://nginx.org/en/docs/dirindex.html."""

DIGESTS = frozenset((b"hash", b"digest", b"checksum", b"sha", b"sha256", b"md5"))


PASSWD = compiled(r"p(?:a?ss?|ass)w(?:0r|or|r)?d")
"""`password` shortened and misspelt: `passwd`, `PSWD`, `pasword`, `pssword`, `passw0rd`."""


def words_of(name: bytes) -> list[bytes]:
    """`DBPassword` is db, password; `PGPASSWORD` stays one word; digits stand with the word before them."""
    words = SPLIT.findall(_parted(name[-LONGEST_NAME:].replace(b"w0rd", b"word")))
    return [PASSWD.sub(b"password", word.lower()) for word in words]


def _parted(name: bytes) -> bytes:
    """A row of capitals that a word in small letters follows: its last capital belongs to that word."""
    return CAPITALS.sub(lambda found: _before_last(found[0]), name)


def _before_last(piece: bytes) -> bytes:
    capitals = sum(65 <= byte <= 90 for byte in piece)
    return piece[: capitals - 1] + b"_" + piece[capitals - 1 :]


def grade_of(words: list[bytes]) -> Grade | None:
    """What a name of these words promises; None where it holds no secret."""
    for place in range(len(words) - 1, max(-1, len(words) - 6), -1):
        grade = _word(words, place)
        if grade is None:
            continue
        if grade is Grade.DOUBTFUL and (
            told := next((one for one in map(_grade_before(words), range(place - 1, -1, -1)) if one), None)
        ):
            grade = told
        behind = words[place + 1 :]
        if grade in (Grade.KEY, Grade.DOUBTFUL) and any(word in DIGESTS for word in behind):
            return None
        if len(behind) > 3 or any(word.rstrip(b"0123456789") in OTHERWISE for word in behind):
            return None
        return grade
    return None


def _grade_before(words: list[bytes]) -> Callable[[int], Grade | None]:
    """A doubtful last word is what a sure one before it says: `secret_salt`, `password_hash`."""
    return lambda place: (
        grade if (grade := _word(words, place)) in (Grade.SECRET, Grade.TOKEN, Grade.PASSWORD) else None
    )


def _word(words: list[bytes], place: int) -> Grade | None:
    word = words[place].rstrip(b"0123456789") or words[place]
    before = words[:place]
    if word == b"pass" and before and before[-1] in FORWARDED:
        return None
    if word in PASS or word.endswith(PASSWORD):
        return (
            None
            if before and before[-1] in (b"by", b"com", b"no", b"reset", b"forgot", b"change", b"show", b"hide")
            else Grade.PASSWORD
        )
    if word == b"auth" and before and before[-1] in WITH_A_PASSWORD:
        return Grade.PASSWORD
    if word.endswith(TOKEN):
        if before[-2:] == [b"public", b"key"]:
            return None  # a part of an assembly's name in .NET
        return None if any(one in COUNTED for one in before) else Grade.TOKEN
    if word.endswith(SECRET):
        return Grade.SECRET
    if word.endswith(KEYS):
        return Grade.KEY
    if word in (b"key", b"keys"):
        if before and before[-1] in HARMLESS_KEYS:
            return None
        return Grade.KEY if before and before[-1] in TELLING else Grade.DOUBTFUL
    return Grade.DOUBTFUL if word in DOUBTFUL else None
