"""What kind of answer a question in plain words asks for, where no model reads it: a version, the past, a name's definition, a place.

Pure, and by plain words alone, in English and German; what it does not recognise asks for a place.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Wanted = Literal["version", "past", "place"]

VERSION = re.compile(
    r"\b(?:which|what|current|exact|installed|locked|pinned|latest)\b[^?.]{0,40}\b(?:versions?|release)\b|\bversions?\s+(?:of|von)\b"
    r"|\b(?:welche[rsnm]?|aktuelle|genaue)\b[^?.]{0,40}\bversion(?:en)?\b|\bversion(?:en)?\b[^?.]{0,40}\b(?:pinned|locked|installed|verwende\w*|nutze\w*)"
    r"|^\W*(?:the\s+)?[\w@./+-]+\s+version\W*$|\b(?:do|does|are|is)\s+(?:we|you|it|this|our)\b[^?.]{0,30}\b(?:use|using|on|run|running|need)"
    r"\s+@?[a-z][\w./@+-]*\s+v?\d+(?:\.\d+)*(?:\s+(?:yet|already|now|here))?\W*$"
    r"|哪个版本|什么版本|どのバージョン|バージョンは",
    re.IGNORECASE,
)
PAST = re.compile(
    r"\bwho\b[^?.]{0,60}\b(?:chang|wr(?:ote|itten)|add|introduc|remov|delet|touch|broke|fix|made|own|maintain|work|commit|author|refactor)\w*"
    r"|\bwhen\s+(?:was|were|did|has|have)\b|\bwhy\s+(?:was|were|did|has|have)\b"
    r"|\blast\s+(?:change|changed|commit|touched|modified)\b|\bhistory\s+of\b|\bgit\s+(?:log|blame)\b|\bcommits?\s+(?:of|to|in|for|about)\b"
    r"|\bwer\s+(?:hat|schrieb|änderte)\b|\bwann\s+(?:wurde|hat|kam)\w*\b|\bwarum\s+(?:wurde|hat)\w*\b|\bzuletzt\s+geändert\b"
    r"|谁(?:改|写|添|删)|誰が|いつ",
    re.IGNORECASE,
)
DEFINED = re.compile(r"\b(?:defin|declar|implement|deklar)\w*", re.IGNORECASE)

NUMBER = re.compile(r"v?\d+(?:\.\d+)*")

NAME = re.compile(
    r"`(?P<code>[^`\n]{2,80})`"
    r"|(?<![\w./-])(?P<bare>(?:[A-Za-z_$][\w$]*(?:\.|::|#|->))*[A-Za-z_$][\w$]*[!?]?(?P<call>\(\))?)(?![\w/-])"
)
IDENTIFIER = re.compile(
    r"[A-Za-z0-9]_[A-Za-z0-9]|_[a-z]|[a-z][A-Z]|[A-Z]{2}[a-z]|[A-Za-z](?:::|->|#)[A-Za-z]|[a-z]\.[A-Za-z]{2}"
)
"""What no word of a language has: an underscore, a capital within, parts joined."""

PATH = re.compile(
    r"(?<![\w@])(?:[\w.@()\[\]-]+/)*[\w@()\[\]-]*[\w)\]-]\.[A-Za-z]\w{0,9}(?![\w(])|(?<![\w@])(?:[\w.@-]+/)+[\w.@-]*\w"
)


def _words_of(text: str) -> frozenset[str]:
    return frozenset(text.split())


ENGLISH = _words_of(
    "a an and any are as at be been by can could did do does for from get has have how i if in into is it its me my need "
    "not of on or our please should so some tell that the their them then there they this to us use used uses using want "
    "was we were what when where which who why will with would you your about all between happen happens show find code "
    "file files work works gets make makes"
)
GERMAN_ONLY = _words_of(
    "aber als auf aus bei beim bitte das dass dem den der ein eine einem einen einer eines für gibt haben hier ich ihr im "
    "ist kann mir mit nach nicht oder sich sie sind über um und uns unser unsere unserem unseren vom von wann warum welche "
    "welchem welchen welcher welches wenn wer werden wie wir wird wo wurde wurden zu zum zur zuletzt"
)
GERMAN = GERMAN_ONLY | _words_of("am die des er es hat man so war was")
"""Words that tell nothing of what is meant; those that English has as well only where another word shows that this is German."""

VERSION_WORDS = _words_of(
    "version versions versionen release current exact exactly installed locked pinned latest library package dependency "
    "dependencies run running runs on depend verwenden nutzen läuft benutzen aktuelle genaue genau paket repository repo "
    "project projekt now here genutzt verwendet required need needs tests test"
)
PAST_WORDS = _words_of(
    "changed change changes wrote written added add introduced removed deleted touched last broke fixed made owns own "
    "maintains worked works commit commits committed author history git log blame modified recently refactored geändert "
    "geschrieben eingeführt hinzugefügt entfernt gelöscht eingebaut kam function method class funktion klasse"
)
COURTESY = _words_of(
    "hi hello hey hiya howdy bye goodbye welcome thanks thank thx cheers great awesome nice cool perfect excellent wonderful amazing "
    "brilliant ok okay alright sorry yes yep nope good hallo moin servus danke dank prima tschüss entschuldigung ja nein guten gute"
)
"""What people say to each other, and ask nothing with."""

BESIDE_COURTESY = _words_of(
    "morning afternoon evening night day helped helpful helps lot much very works worked no super tag abend morgen schön vielen klasse"
)
"""What goes with it, and may be asked for alone."""

MOST_NAMES, MOST_READ = 5, 2_000


def is_joined(word: str) -> bool:
    """Whether it can only be a name of code."""
    return IDENTIFIER.search(word) is not None


@dataclass(frozen=True, slots=True)
class Question:
    """`names` may be definitions, `paths` files or folders, `words` tell what is meant; all in the order of the text."""

    wanted: Wanted
    names: tuple[str, ...]
    paths: tuple[str, ...]
    words: tuple[str, ...]
    text: str
    """Without the words that mean something else in English."""

    @property
    def is_courtesy(self) -> bool:
        """Whether it greets or thanks, and says nothing else."""
        said = [word.lower().strip("!?.") for word in self.words]
        is_polite = any(word in COURTESY for word in said) and all(word in COURTESY | BESIDE_COURTESY for word in said)
        return is_polite and self.wanted == "place" and "`" not in self.text

    @property
    def is_name_alone(self) -> bool:
        """Whether it says nothing besides the names."""
        named = {part.lower() for name in self.names for part in re.split(r"\W+", name)}
        return all(part.lower() in named for word in self.words for part in re.split(r"\W+", word) if part)


LANGUAGES = {
    **{name: name for name in _words_of("go python node java ruby rust php dotnet elixir deno dart swift")},
    "golang": "go",
    "nodejs": "node",
    "node.js": "node",
    "jdk": "java",
    ".net": "dotnet",
}
"""What people call a runtime -> its ecosystem."""


def read_question(text: str) -> Question:
    """Of a long text its beginning and its end, where people ask about what they paste."""
    if len(text) > 2 * MOST_READ:
        text = f"{text[:MOST_READ]}\n{text[-MOST_READ:]}"
    wanted: Wanted = "version" if VERSION.search(text) else "past" if PAST.search(text) else "place"
    aside = VERSION_WORDS if wanted == "version" else PAST_WORDS if wanted == "past" else frozenset()
    all_words = _words(text)
    is_german = any(word.lower() in GERMAN_ONLY for word in all_words)
    common = ENGLISH | GERMAN if is_german else ENGLISH
    words = [word for word in all_words if word.lower() not in common and word.lower() not in aside]
    if wanted == "version":
        words = [word for word in words if not NUMBER.fullmatch(word)]  # what it may be: the files say what it is
    names = list(dict.fromkeys(_names(text)))
    if not names and wanted == "place" and (len(words) == 1 or DEFINED.search(text)):
        names = [
            word for word in words if not DEFINED.fullmatch(word)
        ]  # a plain word may be a name where nothing else is asked
    paths = dict.fromkeys(found[0] for found in PATH.finditer(text.replace("`", " ")))
    return Question(
        wanted,
        tuple(names[:MOST_NAMES]),
        tuple(paths)[:MOST_NAMES],
        tuple(dict.fromkeys(words)),
        " ".join(words) if is_german else text,
    )


def _words(text: str) -> Sequence[str]:
    return re.findall(r"@?[^\W_][\w./@+#-]*[\w+#]|[^\W_]", text)


def _names(text: str) -> Sequence[str]:
    found = []
    for one in NAME.finditer(text):
        name = (one["code"] or one["bare"]).strip().removesuffix("()")
        if re.fullmatch(r"[\w$.:#>!?-]+", name) and (one["code"] or one["call"] or IDENTIFIER.search(name)):
            found.append(name.rstrip("?") if not one["code"] else name)
    return found
