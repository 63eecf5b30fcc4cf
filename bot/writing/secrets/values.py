"""Whether a value looks like a secret: by its shape and its disorder, never by its first word.

Three grades, by what the name before it promises: `is_password` behind a name that says password, `is_plausible` behind a name that
says secret or token, `is_random` anywhere else.
"""

from __future__ import annotations

import itertools
import re

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.letters import is_drawn

LONGEST_PLACEHOLDER = 80

LONGEST_ABBREVIATION = 10
"""So many letters of a row are looked at as a whole: fewer may be abbreviations written together."""

BEYOND_ASCII = bytes(range(128, 256))

JUDGED = 256
"""Bytes of a value that are looked at when it is judged."""

REFERENCE = compiled(
    r"(?i)\$\{.*|\$\([a-z_ ].*|\$\$?\{?[a-z_][\w:.\-]*\}?|%\(?[a-z_]\w*\)?[sd%]?|\{\{.*|\{%.*|\{\$?[\w.:\[\]'\"-]*\}.*|<[^>]*>?|<%.*|#\{.*|@@?[a-z_.]+|@[\w.\-]+@"
    r"|![a-z_]+(?:[ /].*|:[!+@].*)?|\\\$\{?[a-z_]\w*\}?/.*|%\{.*|\$[\w.\-]+\$|\{[$@]?[a-z_].*|\[\].*|/[\^\\].*|[a-z_]\w*:\).*|.*%[sdvqxi@](?:[^\w].*)?|[a-z]+:\".*|&[a-z_]+;?|\*[a-z_]*|\[.*\]|%[A-Z_]+%|__\w+__|(?:@@|%%|##|~~|<<|\[\[)[A-Za-z_.]+(?:@@|%%|##|~~|>>|\]\])|#?\{[A-Za-z_.]+\}#?|\(.*\)"
    r"|(?:os|process|env|settings|config|self|this|secrets?|var|local|data|module|props|params|args|options|ctx|request|req|vars|values)"
    r"(?:\.|\[|->|::|\?\.).*|arn:aws:.*|projects/.*|vault:.*|secret:.*|file:.*|op://.*|ssm:.*|env:.*"
)
"""Where the secret comes from: a variable, a template, an environment, a place in a vault."""

EXPRESSION = compiled(
    r"(?:[.!~&*\-+(\[{]|new )*[A-Za-z_$@][\w$]*[?!]?(?:[)\]}]+|(?:\.|->|::|\?\.|!\.|:)[A-Za-z_$][\w$]*[?!]?|\([^()]*\)?|\[[^\[\]]*\]?|<[^<>]*>?)*"
    r"(?:[)\]}]*(?:[=<>]=?|!=|&&?|\|\|?|[+*/?])!?[A-Za-z_$][\w$.]*(?:\(.*)?)*[(\[{)\]};,.?!:&|+*>=\\-]*"
)
"""A name, a call, an index, and what is built of them: code, not a value."""

CALL = compiled(
    r"[.!&*(]*[A-Za-z_$@][\w$]*[?!]?(?:(?:(?:\.|->|::|\?\.|\?->)[A-Za-z_$][\w$]*[?!]?)+\(.*|\([^()]*\)(?:->|\.|::|\?\.)[A-Za-z_].*|\([A-Za-z_$][\w$]*(?:\(|->|::|\.).*|\[[:\w'\"$]+\][\]).;,]?.*)"
)
"""A call on something, whatever it is given."""

TEMPLATE = compiled(
    r"[$#]\{[^{}]*\}|\{\{.*?\}\}|\{\$[^{}]*\}|\\\([^()]*\)|\{[A-Za-z_][\w.]*\}|\$\([^()]*\)|<%=?.*?%>|%\([a-z_]+\)s|\\+u(?:[0-9A-Fa-f]{4}|[0-9A-Fa-f]{0,3}$)"
)
"""What is filled in later, and letters that JSON writes as numbers; what stands around it is judged alone."""

PLAIN = compiled(r"(?i)(?:\$?[a-z_]*\$?|(?:\$[a-z_]+)+)[;)]?|[a-z]+(?:[-_./ :]+[a-z]+)*")
"""Letters and what joins words."""

SHAPES = compiled(
    r"(?i)(?:\.{0,2}/|~/|[a-z]:\\)[\w./\\\- ~@*{}$<>\[\]]+|(?:[\w.\-@]+/)+[\w.\-@]*\.(?:[a-z]{1,4}|json|yaml|html|conf|properties|jinja2?)|[\w.\-]+\.(?:py|js|ts|tsx|jsx|go|rb|php|java|kt|rs|cs|css|scss|html|md|txt|json|ya?ml|toml|xml|pem|key|crt|cer|p12|pfx|jks|env|ini|cfg|conf|svg|png|jpe?g|gif|vue|sql|sh|erb|lock|log|csv|pub|asc|gpg|html\.erb|tpl|mustache|hbs|twig|ex|exs|proto|properties|gradle|zip|gz|tar)"
    r"|https?://.*|[a-z][a-z+]{2,12}://[^@]*|[\w.+\-]+@[\w\-]+(?:\.[\w\-]+)+|\d+(?:\.\d+){1,3}(?:[:/]\d+)?(?:-[a-z0-9.]+)?|v?\d+\.\d+[\w.\-+]*"
    r"|\d{4}-\d\d-\d\d.*|\d+(?:ms|s|m|h|d|px|em|rem|kb|mb|gb|%|k|b)?|(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d|w))+|0x[0-9a-f]{1,16}>?|[#][0-9a-f]{3,8}"
    r"|(?:[a-z0-9\-]+\.)+(?:com|org|net|io|dev|local|internal|example|svc|cluster|test|localhost|app|cloud|me|co|de|fr|uk|gov|edu)(?::\d+)?(?:/.*)?"
    r"|(?:[a-z]{2}-)?(?:north|south|east|west|central|northeast|southeast|northwest|southwest)+-?\d[a-z]?|[a-z]{2}-[a-z]+-\d"
    r"|(?:application|text|image|audio|video|font|multipart|message|model)/[a-z0-9.+*\-]+(?:;.*)?|[\w.\-]+:\w[\w.\-]*\[.*|sha\d+:.*|sha\d+-.*|(?:ssh-(?:rsa|ed25519|dss)|ecdsa-sha2-\S+)(?: .*)?|-----BEGIN.*"
    r"|[a-z_]{2,20}(?::[\w,.]{1,20})?(?:\|[a-z_]{2,20}(?::[\w,.]{0,20})?)+|/[\w./\-]*[?#].*|\?(?:[a-z_.\-]{1,20}=[a-z\d_.\-]{0,14}&?)+|[a-z_\-]{2,30}:\d{1,6}|z6mk[1-9a-z]{30,60}|[a-z_]{2,20}=\d{1,8}|(?:[a-z]{1,3}=[\w .\-]+,)+[a-z]{1,3}=[\w .\-]+|urn:.*|oid:.*|#/.*|\d+(?:\.\d+)+|i18n\..*|data:.*|unix:.*|arn:[a-z\-]{2,12}:[a-z0-9\-]+:.*|[a-z][a-z0-9]*_[a-z0-9\-]+__[a-z0-9_\-]{5,8}"
)
"""What stands there often and is none: paths, addresses, versions, dates, sizes, hosts, regions, digests, public keys."""

_TERM = (
    r"(?:base-?(?:16|32|58|62|64)|utf-?(?:8(?:mb[34])?|16|32)|sha-?3?[-_]?(?:1|2|224|256|384|512)|md[45]|aes-?_?\d{2,3}|rsa-?\d+|[rehp]s(?:256|384|512)"
    r"|ed25519|ed448|curve25519|x25519|secp\d+[rk]1|p-?(?:256|384|521)|oauth-?[12](?:\.\d)?|argon2(?:id|i|d)?|x509|pkcs-?\d+|p12|http/?[123]?|ipv[46]"
    r"|iso-?\d+[-\d]*|x?chacha20|poly1305|x?salsa20|rfc-?\d+|k8s|s3|ec2|i18n|l10n|a11y|e2e|b2b|latin-?1|cp\d{3,4}|blake2[bs]?|v\d{1,2}|aws4|h[12356]|ntlmv?2?|pbkdf2|u2f|fido2|web3|saml2)"
)
TERMS = compiled(rf"(?i)(?:[a-z]+[-_ .])*[a-z]*?{_TERM}[a-z]*(?:[-_ ./+](?:[a-z]+|\d{{1,3}}|{_TERM}))*")
"""Technical terms with digits in them."""

WORD = frozenset(
    (
        b"password passwd passwort kennwort pass pwd pw secret secrets token tokens key keys apikey api access auth "
        b"authorization credential credentials creds user username login name admin root guest test tests testing tester dummy "
        b"fake mock sample example examples demo foo bar baz qux placeholder your my the a an this some any new old own our "
        b"their here there put insert enter add set replace change changeme change-me me fill todo fixme tbd none null nil "
        b"undefined false true default empty string value text str int bool object id client server service app application "
        b"private public master main shared session cookie csrf xsrf jwt bearer basic oauth refresh webhook signing signature "
        b"encryption encrypt plain plaintext hash hashed salt db database redis postgres postgresql mysql mongo mongodb kafka "
        b"rabbitmq smtp mail email aws gcp azure github gitlab slack discord google stripe with from for of to in on and or "
        b"not is as by must be very super long random generated real actual valid invalid wrong bad incorrect expired missing "
        b"unknown not_set redacted hidden masked removed censored xxx xxxx xxxxx required optional type field label input form "
        b"hint confirm confirmation current next first second another other one two three existing updated "
    ).split()
)
"""What people write in the place of a secret, or around one."""

LETTERS = re.compile(rb"[A-Za-z]+")
"""One class of characters: the standard library takes linear time, too, and half as much."""

MASKED_OUT = compiled(r"[\[(<{]*(?:[*xX•.\-_#?]{3,}|(?:.{0,8}[*]{3,}.*)|(?:.*(?:\.\.\.|…).*))[\])>}]*")
"""Somebody has made it unreadable already, or cut it out."""

HEX = compiled(r"(?:0x)?[0-9a-fA-F]{24,}={0,2}")
UUID = compiled(r"(?i)\{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?")
TOKENISH = compiled(r"[A-Za-z0-9+/_\-=.:~%|!@#$^&*?]{8,}")
DIGIT = re.compile(rb"[0-9]")
LETTER = compiled(r"[A-Za-z]")
SPECIAL = compiled(r"[!@#$%^&*()+=~|?{}\[\]\\]")
REPEATED = compiled(
    r"(?i)(?:0+|1+|a+|x+|0123456789(?:abcdef)?|(?:0123456789){2,}|(?:1234567890)+|(?:abcd)+|(?:deadbeef)+|(?:abc)?123(?:abc)?)"
)
KINDS = bytes.maketrans(
    bytes(range(256)),
    bytes(
        ord("l") if byte >= 128 or chr(byte).islower() else ord("u") if chr(byte).isupper() and byte < 128
        else ord("d") if 48 <= byte < 58 else ord("w") if chr(byte) in "-_./: " else ord("s")
        for byte in range(256)
    ),
)  # fmt: skip
"""Each byte's kind: lower, upper, digit, what joins words, special."""

CAPITALISED = compiled(r"ul{2,}")
VOWEL = re.compile(rb"[aeiouyAEIOUY]")


def is_random(value: bytes) -> bool:
    """A value of such disorder that nobody made it up as a name: at least 16 bytes, digits among letters again and again."""
    value = TEMPLATE.sub(b"", value[:JUDGED])
    if len(value) < 16 or _is_reference(value) or b" " in value:
        return False
    if UUID.fullmatch(value) or REPEATED.fullmatch(value) or _is_shape(value):
        return False
    if HEX.fullmatch(value):
        return bool(DIGIT.search(value)) and bool(LETTER.search(value)) and len(set(value)) >= 8
    if not TOKENISH.fullmatch(value) or _is_term(value) or not DIGIT.search(value):
        return False
    turns = flips(value)
    if turns < max(4, len(value) // 6) or len(set(value)) < 10:
        return False
    return turns * 5 >= len(value) * 2 or not _is_made_of_words(value)  # names in code do not turn so often


def flips(value: bytes) -> int:
    """How often its kind of character changes, capitals of words and joints not counted."""
    kinds = CAPITALISED.sub(b"l", value.translate(KINDS)).replace(b"w", b"")
    return sum(one != other for one, other in itertools.pairwise(kinds))


def is_plausible(value: bytes, *, is_bare: bool = False) -> bool:
    """A value that may be a secret or a token, where a name says that it is one."""
    value = TEMPLATE.sub(b"", value[:JUDGED])
    if len(value) < 6 or _is_reference(value) or is_placeholder(value) or _is_shape(value):
        return False
    if b" " in value.strip():
        return any(is_random(piece) for piece in value.split()[:8])
    if is_bare and (CALL.fullmatch(value) or (EXPRESSION.fullmatch(value) and not _is_odd_name(value))):
        return False
    if UUID.fullmatch(value):
        return True
    if value.isdigit():
        return len(value) >= 16
    has_digit, has_letter = DIGIT.search(value), LETTER.search(value)
    if has_digit and has_letter:
        return not _is_term(value)
    if has_letter and SPECIAL.search(value):
        return not PLAIN.fullmatch(value) and not _is_symbolic(value)
    return bool(has_letter) and (
        flips(value) >= 4 or _holds_drawn(value) or (len(value) >= 16 and _is_unspeakable(value))
    )


BRACED = compiled(r"\{([A-Za-z0-9]{3,20})\}([A-Za-z0-9!@#$%^&*]{2,40})")
NUMBERED = compiled(r"[A-Za-z]{4,}[0-9]*|[0-9]+")


def is_password(value: bytes, *, is_bare: bool = False) -> bool:
    """Like `is_plausible`, and what only people choose as a password: digits alone, several words joined."""
    braced = BRACED.fullmatch(value)
    if (
        braced and not NUMBERED.fullmatch(braced[1]) and DIGIT.search(braced[1]) and not _is_term(braced[1])
    ):  # no template's name
        return is_plausible(braced[1] + braced[2])
    if is_plausible(value, is_bare=is_bare):
        return True
    value = value[:JUDGED]
    if _is_reference(value) or is_placeholder(value):
        return False
    return (value.isdigit() and len(value) >= 6) or _is_phrase(value)


def is_words(value: bytes) -> bool:
    """Words and nothing else, as joined by hyphens they have the form of some tokens."""
    is_flat = flips(value) < 2 and len(DIGIT.findall(value)) < 6
    return is_flat and all(len(piece) <= 14 and not _is_unspeakable(piece) for piece in _pieces(value))


def is_masked_out(value: bytes) -> bool:
    """One character over and over where the drawn part of a token stands: `ghp_xxxxxxxxxxxx`."""
    return bool(OVER_AND_OVER.fullmatch(value))


OVER_AND_OVER = compiled(
    r"[A-Za-z0-9_.\-]{0,16}?(?:x{12,}|X{12,}|0{12,}|\*{8,}|1{12,}|a{12,}|_{12,}|(?:xx[_\-]?){6,})[A-Za-z0-9_]{0,4}"
)


def is_placeholder(value: bytes) -> bool:
    """A word about a secret in the place of one: `changeme`, `<password>`, `your-api-key`, `test1`, `xxxx`, `****`."""
    value = value[:JUDGED]
    value = value.strip(b"()[]<>{}")
    if MASKED_OUT.fullmatch(value) or REPEATED.fullmatch(value) or is_masked_out(value):
        return True
    if len(value) > LONGEST_PLACEHOLDER:
        return False
    pieces = _pieces(value)
    digits = len(DIGIT.findall(value))
    if SPECIAL.search(value) or not all(piece in WORD for piece in pieces):
        return False
    return digits <= 2 or (not pieces and digits < 6)


PUBLIC = (b"LS0tLS1CRUdJTiBDRVJU", b"LS0tLS1CRUdJTiBQVUJM", b"MIIBIjANBgkqhki")
"""How certificates and public keys begin in base64."""


def _is_reference(value: bytes) -> bool:
    return value.startswith(PUBLIC) or (bool(REFERENCE.fullmatch(value)) and flips(value) < 8)


def _is_odd_name(value: bytes) -> bool:
    """Written like a name in code, and yet no name that anybody gives: `x8Kp2mQ9vL`, `hunter2hunter2`."""
    digits, turns = len(DIGIT.findall(value)), flips(value)
    if not value.rstrip(b"!?*=").replace(b"_", b"").isalnum():
        if b"." in value and value.replace(b".", b"").isalnum():
            return turns >= 3 and (digits >= 3 or (digits >= 2 and turns >= 4) or (digits >= 1 and turns >= 5))
        return turns >= 8 or (b"$" in value[1:] and digits > 0 and b"(" not in value and b"." not in value)
    if digits and value.isalnum() and value.islower() and is_drawn(b"".join(LETTERS.findall(value))):
        return True
    if digits >= 4 or turns >= 5 or (digits >= 2 and turns >= 3) or (digits >= 1 and turns >= 4):
        return True
    return _holds_drawn(value)


def _holds_drawn(value: bytes) -> bool:
    """A row of letters that is neither a word nor words written together."""
    return any(
        len(piece) >= LONGEST_ABBREVIATION and is_drawn(piece)
        for run in LETTERS.findall(value)
        for piece in (CAMEL.findall(run) if WORDY_CAMEL.fullmatch(run) else (run,))
    )


def _is_symbolic(value: bytes) -> bool:
    """Letters with brackets, question marks and the like around words: a pattern, a type, a sentence's end; most of them abroad."""
    is_abroad = len(value.translate(None, BEYOND_ASCII)) * 2 < len(value)
    return is_abroad or (flips(value) < 5 and bool(SYMBOLIC.fullmatch(value)))


def _is_shape(value: bytes) -> bool:
    return bool(SHAPES.fullmatch(value)) and (
        value.startswith((b"http", b"sha", b"ssh-", b"ecdsa-", b"z6Mk", b"data:", b"urn:", b"arn:", b"0x"))
        or flips(value.replace(b"|", b"")) < 8
    )


def _is_term(value: bytes) -> bool:
    """Written in words: a drawn value may hold `V6` or `S3`, too."""
    return (
        len(value) <= 32
        and flips(value) <= 5
        and bool(TERMS.fullmatch(value))
        and all(WORDY_CAMEL.fullmatch(run) and not is_drawn(run) for run in LETTERS.findall(value))
    )


SYMBOLIC = compiled(
    r"(?i)[\[({?!*]*[a-z_.\-/:]+[\])}?!*+]*|[a-z_.]+\(.*|.*[(\[{][a-z_.,: ]*[)\]}][?*+]?|[a-z_.\-]+[=|&?][a-z_.\-]*|.*\\[wdsbnrt].*|\^.*\$?|.*\.\*.*|@[\w./\-]+|[\w.\-]+@[\w.\-]+|%[\w.]+%?|#[\w\-]+|:[\w]+|[a-z_./\-]+#[a-z_.?!\-]+|\?[\w=&]+|[\w.\-]+\*"
)


def _pieces(value: bytes) -> list[bytes]:
    return [piece.lower() for word in LETTERS.findall(value) for piece in CAMEL.findall(word)]


CAMEL = re.compile(rb"[A-Z]+[a-z]*|[a-z]+")


def _is_made_of_words(value: bytes) -> bool:
    """Most of its letters stand in pieces that can be spoken."""
    pieces = _pieces(value)
    spoken = sum(len(piece) for piece in pieces if len(piece) >= 4 and not (_is_unspeakable(piece) or is_drawn(piece)))
    return spoken * 10 >= sum(map(len, pieces)) * 7 and len(DIGIT.findall(value)) * 3 <= len(value)


def _is_unspeakable(value: bytes) -> bool:
    if not value.isascii():
        return False  # another language's letters
    letters = b"".join(LETTERS.findall(value))
    vowels = len(VOWEL.findall(letters))
    if len(letters) < 4:
        return not vowels
    if CONSONANTS.search(value) or vowels * 6 < len(letters):
        return True
    return len(letters) >= 12 and flips(letters) >= 3 and not WORDY_CAMEL.fullmatch(letters)


CONSONANTS = compiled(r"(?i)[bcdfghjklmnpqrstvwxz]{6}")
WORDY_CAMEL = compiled(r"[a-z]*(?:[A-Z]+[a-z]{2,})*[A-Z]*")


def _is_phrase(value: bytes) -> bool:
    """Four words or more, joined by hyphens, none of them about secrets."""
    pieces = value.rstrip(b"0123456789").split(b"-")
    return len(pieces) >= 4 and all(piece.isalpha() and 3 <= len(piece) <= 12 and piece not in WORD for piece in pieces)
