"""What people choose as a password and code would not say: a word and a number, several words; and the lines in which a setting stands.

Such a value reads like a name in code. It counts where a file or a line of a shell sets it, never among the arguments of a call.
"""

from __future__ import annotations

import re

from bot.writing.secrets.engine import compiled
from bot.writing.secrets.letters import is_drawn
from bot.writing.secrets.values import CAMEL, DIGIT, LETTER, LETTERS, TERMS, WORD, flips, is_password, is_plausible

WEAK = compiled(r"[A-Za-z\x80-\xff]{4,30}[!@#$%&*+.\-]?[0-9]{1,6}[!?$#*@%&+]{0,3}")
TAILED = compiled(r"[A-Za-z\x80-\xff]{4,20}[0-9]{2,6}[A-Za-z]{1,4}[!?]?")
DISGUISED = compiled(r"[A-Za-z]{1,20}[0-9]{1,6}[A-Za-z]{2,12}[!?#$*@]")
SIGNED = compiled(r".*[!?$#*@%&+]")
NAMED_LIKE_A_NOUN = compiled(r"(?:[A-Z\x80-\xff][a-z\x80-\xff]+){1,3}[^A-Za-z]+")
TYPE = compiled(
    r"(?i)(?:u?int|float|bytes?|varchar|n?char|string|str|text|utf|enum|decimal|vec|mat|simd|complex)\d*[?!;,]*"
)

COMPOUND = compiled(
    r"[A-Z][a-z]{1,10}[0-9][a-z]{2,12}_?|[A-Za-z\x80-\xff]{2,16}(?:(?:[-_.&*$?;+~#%^!]|[-_]?[.&*$?;+~#%^!]{1,2}[-_]?|'')[0-9]{0,3}[A-Za-z\x80-\xff]{2,16}){1,3}[-_.]?[0-9]{0,4}[!?$#*@%&+]{0,2}|[A-Z][a-z\x80-\xff]{1,15}(?:[:,|/(][A-Z][a-z\x80-\xff]{1,15}\)?){1,3}[0-9]{0,4}[!?$#*@%&+]{0,2}"
)
"""Words joined by any sign, or one with a digit in it: `River-Marble`, `stone&lamp`, `Marb1es`."""

LEET = re.compile(rb"(?<=[A-Za-z])[013457](?=[a-z])")
"""A digit in the place of a letter."""

NUMBERED_WORD = compiled(r"[A-Za-z\x80-\xff]{4,16}(?:[-_.!@#$%&*+][0-9]{1,4}|/[0-9]{2,4})[!?]?")
NOUN = compiled(r"(?:^|[^A-Za-z])[A-Z][a-z\x80-\xff]")
NOUNS = compiled(r"[A-Z][a-z\x80-\xff]+_[A-Z][a-z\x80-\xff]+")
NOUNS_TOGETHER = compiled(r"[A-Z][a-z]{3,11}(?:[A-Z][a-z]{3,11}){1,2}")
NAME = compiled(r"[a-z0-9_.\-]+")
JOINTS_OF_NAMES = compiled(r"[A-Za-z0-9_.\-\x80-\xff]+")

PRODUCTS = frozenset(
    b"windows ubuntu debian fedora centos rhel suse alpine android iphone ipad ios macos linux office exchange python java jdk openjdk node nodejs ruby perl php golang rust scala kotlin swift"
    b" bitlocker veracrypt luks filevault blowfish twofish salsa chacha camellia serpent scrypt bcrypt pbkdf argon curve"
    b" django rails spring angular vue react jquery bootstrap tomcat jboss wildfly glassfish weblogic websphere log4j junit hibernate postgresql oracle sqlserver sqlite mariadb cassandra"
    b" elasticsearch kibana rabbit nginx apache haproxy tls ssl oauth saml ldap kerberos chrome firefox safari edge opera visual studio intel nvidia pixel galaxy utf latin region zone shard"
    b" chapter section figure appendix release sprint phase stage level tier rev revision build patch ticket issue pull request case test unit part room floor python3 es ecma"
    .split()
)  # fmt: skip
"""Words that bear a number by habit: versions, places, tickets."""

UNIT = compiled(r"(?i)[0-9.,]+[a-z]{1,5}|v?[0-9][0-9a-z.]*|[a-z]+-?[0-9.]+")
"""A number and what it counts, an ordinal, a version; a word and its number."""

MARKED_NUMBER = compiled(r"[0-9]{2,6}[!?#$*]")
LONGEST_SPACED = 40
SHORTEST_COMPOUND = 7
LEAST_WORDS = 4
WORD_LENGTHS = range(3, 13)

TICKET = compiled(r"[A-Z]{2,10}-[0-9]{1,7}|(?:GHSA|CVE|CWE|RUSTSEC|PYSEC)-[A-Za-z0-9-]{4,20}")

CODE = frozenset(
    b"config conf settings setting get self this module import export class super props params args arguments kwargs argv env environ environment data model models"
    b" form forms controls control fields view views controller state store store_ props query body headers response request result results item items list array index"
    b" node path file files line lines read write load save open close init create update delete remove find search select insert check verify validate compare equals"
    b" match parse format encode decode hash generate make build render handle handler callback event events listener function method call apply bind return yield async await"
    b" internal external local global static const var let def func util utils helper helpers common core base main index home page pages button buttons label labels message"
    b" messages error errors warning info debug log logger title titles text texts description translation locale lang language i18n common dialog modal window document element"
    b" html css json xml yaml sql http https url uri link host port domain address name names type types number count size length width height color size date time year month day"
    b" hour minute second start end begin stop left right top bottom first last min max sum total all any each every per via at by so if else then when where while until do does did"
    b" has have had can could should would will may might shall com org net java javax spring springframework boot datasource jdbc hibernate apache google amazon android kotlin"
    b" policy rules rule reset forgot confirm change changed changes prompt provider providers factory manager stdin stdout stderr input output source target secure security context"
    b" session account accounts profile admin api rest graphql grpc version schema table column row entity entities repository dto bean properties property attribute attributes param"
    b" parameter parameters variable variables constant constants option options flag flags default defaults override overrides fallback plugin plugins extension policy".split()
)
"""Of the words that names in code are made of, those that stand in no passphrase of everyday words."""

PHRASE = re.compile(rb"[A-Za-z]+(?:([-._])[A-Za-z]+){3,}[0-9]{0,4}[!?]?")
JOINTS = b"-._"

BEFORE = compiled(
    r"(?i)[ \t]*(?:[#>$%]+[ \t]+)?(?:(?:export|env|arg|set|setx|setenv|local|declare|readonly|readarray|default)[ \t]+|-[ \t]+|-e[ \t]+|--env[= \t]|@)?[\"']?"
)
"""What may stand before the name where a line is one setting."""

PAIR_BEFORE = compiled(r".*[\s;&\"'\[{?,=-]")
GOES_ON = compiled(r"[ \t]*(?:$|\r|\n)|[ \t]+\S|;[ \t]*(?:$|[\r\n\"'A-Za-z_])|&[A-Za-z_]|,[ \t]*[\w.-]+=|\"|'|\\n")
ENDS = compiled(r"[ \t]*(?:$|\r|\n|[ \t][#;]|[ \t]//)")


def is_phrase(value: bytes, joints: bytes = JOINTS) -> bool:
    """Four words or more, joined by one sign, none of them about secrets or code; a number may stand behind the last."""
    found = PHRASE.fullmatch(value)
    if found is None or found[1] not in joints or len({byte for byte in value if byte in JOINTS}) != 1:
        return False
    pieces = [piece.lower() for piece in LETTERS.findall(value)]
    return (
        len(pieces) >= LEAST_WORDS
        and all(len(piece) in WORD_LENGTHS for piece in pieces)
        and not any(piece in WORD or piece in CODE for piece in pieces)
    )


def is_spaced(value: bytes) -> bool:
    """Two to five words with blanks between them, one of letters and digits that turn, none of those that sentences are made of."""
    pieces = value.split()
    if not 2 <= len(pieces) <= 5 or len(value) > LONGEST_SPACED or b"  " in value.strip():
        return False
    words = [piece.lower() for piece in LETTERS.findall(value)]
    if any(word in WORD or word in CODE or word in PRODUCTS for word in words):
        return False
    is_numbered = bool(MARKED_NUMBER.fullmatch(pieces[-1]) or pieces[-1].isdigit())
    return any(map(_is_turning, pieces)) or (len(words) >= 2 and is_numbered)


def _is_turning(piece: bytes) -> bool:
    """`x7Kq`: letters and digits, no ordinal, no unit, no version, no term."""
    is_mixed = (DIGIT.search(piece) and LETTER.search(piece)) or (piece.isalpha() and flips(piece) >= 2)
    return (
        bool(is_mixed)
        and len(piece) >= 4
        and not (UNIT.fullmatch(piece) and flips(piece) < 2)
        and not TYPE.fullmatch(piece)
    )


def is_weak(value: bytes, *, digits: int = 1) -> bool:
    """A word as nouns and names are written, and a number; or any word, a number and a mark."""
    if not WEAK.fullmatch(value) or TYPE.fullmatch(value) or not is_plausible(value):
        return False
    if len(DIGIT.findall(value)) < digits or not _is_of_plain_words(value):
        return False
    return bool(SIGNED.fullmatch(value) or NAMED_LIKE_A_NOUN.fullmatch(value))


def is_simple(value: bytes) -> bool:
    """Any word and a number, or letters in which digits and a mark stand: `hunter2`, `S3same!`."""
    if TYPE.fullmatch(value) or not _is_of_plain_words(value) or not is_plausible(value):
        return False
    return bool(WEAK.fullmatch(value) or DISGUISED.fullmatch(value))


def is_set(text: bytes, name: int, begin: int, end: int) -> bool:
    """The value from `begin` to `end` is set to what bears the name from `name` on, by a line that is no code and judged as such."""
    line = text.rfind(b"\n", max(0, name - 400), name) + 1 or max(0, name - 400)
    before, said = text[line:name], text[begin:end]
    is_alone = bool(BEFORE.fullmatch(before))
    quote = next((one for one in (b'"', b"'") if before.count(one) % 2), b"")
    if quote and text[begin - 1 : begin] == b"=":
        before = before.rpartition(quote)[2] or b" "  # pairs within a string, as connection strings are
    is_tight = text[begin - 1 : begin] == b"=" and text[begin - 2 : begin - 1] not in b" \t=:!<>+"
    if b"(" in before or before.rstrip().endswith((b".",) if is_tight else (b"{", b".")) or b"(" in said:
        return False
    is_of_shell = text[name : begin - 1].isupper() or text[name : name + 1] == b"-"
    if is_compound(said) and b"." in said and before[:1].isspace() and not is_of_shell:
        return False  # a member of something in code
    if is_tight and (is_alone or PAIR_BEFORE.fullmatch(before)) and GOES_ON.match(text, end, min(len(text), end + 60)):
        is_outer = not before[:1].isspace() or text[name : begin - 1].isupper()
        if is_outer and (is_numbered(said) or _is_drawn(said)):
            return True
        is_sure = is_alone and is_outer and (text[name : begin - 1].isupper() or bool(DISGUISED.fullmatch(said)))
        is_chosen = is_weak(said) or is_phrase(said) or is_compound(said) or is_of_nouns(said)
        return is_chosen or is_signed(said) or (is_sure and is_simple(said))
    if is_alone and ENDS.match(text, end, min(len(text), end + 60)):
        is_chosen = is_weak(said) or is_phrase(said) or is_compound(said) or is_numbered(said) or is_of_nouns(said)
        return is_chosen or is_signed(said) or _is_drawn(said) or bool(DISGUISED.fullmatch(said))
    return False


def is_joined(value: bytes) -> bool:
    """Words and a number, or words by a sign that names do not hold: enough where nothing but a sentence says so."""
    has_number = len(DIGIT.findall(value)) >= 2 and len(LETTERS.findall(value)) >= 2
    return (has_number or bool(NOUNS.fullmatch(value)) or not JOINTS_OF_NAMES.fullmatch(value)) and is_compound(value)


def is_compound(value: bytes) -> bool:
    """Two to four words, joined, none of them about secrets or code, and no name in code: by hyphens or a sign that names do not hold, or
    one is written as a noun; or a word and a number. For where code or a command says that a password stands."""
    value = LEET.sub(b"o", value)
    if not (COMPOUND.fullmatch(value) or NUMBERED_WORD.fullmatch(value)) or len(value) < SHORTEST_COMPOUND:
        return False
    if TERMS.fullmatch(value):
        return False
    words = [piece.lower() for piece in LETTERS.findall(value)]
    if any(word in WORD or word in CODE or word in PRODUCTS or b"pass" in word for word in words):
        return False
    if sum(map(len, words)) * 2 < len(value):
        return False  # of letters by which nothing is told
    return (b"_" not in value and b"." not in value) or bool(
        NOUN.search(value) or DIGIT.search(value) or not JOINTS_OF_NAMES.fullmatch(value)
    )


def is_peoples(value: bytes, *, is_bare: bool = False) -> bool:
    """A password, of words without a number too where quotes or a command hold it together."""
    return is_password(value, is_bare=is_bare) or (not is_bare and (is_compound(value) or is_of_nouns(value)))


def is_of_nouns(value: bytes) -> bool:
    """Two or three nouns written together, none of them about secrets or code: `CopperOrchid`."""
    words = [piece.lower() for piece in CAMEL.findall(value)] if NOUNS_TOGETHER.fullmatch(value) else ()
    return bool(words) and not any(
        word in WORD or word in CODE or word in PRODUCTS or b"pass" in word for word in words
    )


def is_picked(value: bytes) -> bool:
    """What people choose, where its place alone says that a password stands: two words without a number, too, if no name is written so."""
    return is_everyday(value) or (is_compound(value) and not NAME.fullmatch(value))


def is_named(value: bytes) -> bool:
    """Words of code or a product's, and a number: `Model12`, `Windows10`, `user2`; a ticket's or an advisory's name."""
    if TICKET.fullmatch(value):
        return True
    return bool(WEAK.fullmatch(value)) and len(DIGIT.findall(value)) <= 3 and not _is_of_plain_words(value)


def is_everyday(value: bytes) -> bool:
    """What people choose where it is sure that a password stands: a word or several, and a number of two digits or more."""
    return is_weak(value, digits=2) or is_numbered(value) or is_joined(value) or is_phrase(value)


def _is_of_plain_words(value: bytes) -> bool:
    """Not all of its words are code's or a product's, as in `Model12`, `Windows10`."""
    words = LETTERS.findall(value)
    if all(word.lower() in PRODUCTS for word in words):
        return False
    pieces = [piece.lower() for word in words for piece in CAMEL.findall(word)]
    return not all(piece in CODE or piece in WORD or piece in PRODUCTS for piece in pieces)


def is_numbered(value: bytes) -> bool:
    """Any word and a number of two digits or more, perhaps with a few letters behind it."""
    return (
        bool(WEAK.fullmatch(value) or TAILED.fullmatch(value))
        and not TYPE.fullmatch(value)
        and _is_of_plain_words(value)
        and is_plausible(value)
        and len(DIGIT.findall(value)) >= 2
    )


def _is_drawn(value: bytes) -> bool:
    """Letters and digits alone that turn, and not as words in names do, or letters that nobody speaks."""
    if len(value) < 8 or not value.isalnum() or flips(value) < 3:
        return False
    return is_drawn(value) or (bool(DIGIT.search(value)) and is_plausible(value))


def is_signed(value: bytes) -> bool:
    """Letters, digits and a sign that no name holds, changing often."""
    if not (DIGIT.search(value) and LETTER.search(value)) or any(byte in b"()[]{}.<>|\"'" for byte in value):
        return False
    return any(byte in b"+&%^=!#$*~?" for byte in value[1:]) and flips(value) >= 4 and is_plausible(value)
