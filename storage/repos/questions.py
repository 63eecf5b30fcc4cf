"""Which words of a question count: names taken apart, what everybody says left out, neighbours also as one word."""

from __future__ import annotations

import re
import sqlite3
from itertools import pairwise

from storage.repos.passages import words

MOST_WORDS = 24
COMMON = """
a about actually after again against ago all almost along already also although always am among an and another any
anybody anyone anything are aren as at away back be became because become becomes been before begin begins behind
being best better between big bit both bring brings brought but by came can cannot certain code come comes coming
could couldn couple course day days did didn do does doesn doing don done down each else ends enough especially even
ever every everybody everyone everything exactly fact far few file files finds fine for from full function functions
further gave get gets getting give given gives giving go goes going gone good got great guess had half hand hands
happen happened happening happens hard has hasn have haven having he hear hears held help her here high holds how
however i if immediately implementation implemented in including inside instead into is isn it its itself just keep
keeps kept kind knew know known large later least leave leaves left less let lets like likely little ll long longer
look looked looking looks lot made make making many maybe me mean means meant meanwhile might mine moment more most
mostly moved much must my myself near nearly necessary need needed needs never no nobody none nor not nothing now of
off on once one ones only onto or other others otherwise our out outside over own perhaps piece please possible
probably put puts putting quite rather re real really repo repository said same saw say saying says see seem seems
seen sees several shall she should shouldn shows simply since small so some somebody somehow someone something
sometimes somewhere soon still such sure take taken takes taking talk tell telling tells than that the their them then
there these they thing things think third this those though thought three through throw thrown thus to today together
told too took toward tried tries try trying turn turned turns two under until up us use used using usually various ve
very want was wasn way ways we well went were weren what whatever when whenever where wherever whether which while who
whole whom whose why will with within without won worked working works would wouldn wrong yes yet you your
"""
STOP_WORDS = frozenset(COMMON.split())
"""Words of which a question is made, not a repository. Rare in code, they would count for more than the words that are meant."""

GRAMMAR = """
a an and are as at be been by can could did do does for from had has have he her his how i if in into is it its me might must my no
nor not of on or our out over she should so than that the their them then there these they this those through to too under until up
us was way we were what when where which while who whom whose why will with within without would you your
"""
LITTLE = frozenset(GRAMMAR.split())
"""What is left out even where nothing else is said."""


def question_words(question: str) -> list[str]:
    """The words that carry a question: names taken apart and whole, stop words left out, at most 24."""
    taken = re.findall(r"[^\W_]+", words(question).lower())
    whole = [name.lower() for name in re.findall(r"[A-Za-z]\w{3,}", question) if words(name) != name or "_" in name]
    kept = [word for word in (*taken, *(part for name in whole for part in name.split("_"))) if len(word) > 1]
    kept = list(dict.fromkeys(kept))
    return ([word for word in kept if word not in STOP_WORDS] or [word for word in kept if word not in LITTLE])[
        :MOST_WORDS
    ]


def exact_names(question: str) -> list[str]:
    """What a question writes as a name of the code: in backticks, with an underscore, or with a hump."""
    quoted = re.findall(r"`(?:[^`]*[.:#])?(\w{2,60})(?:\(\))?`", question)
    written = re.findall(r"\b(?:[A-Za-z]\w*_\w+|[a-z]+[A-Z]\w*|[A-Z][a-z0-9]+[A-Z]\w*)\b", question)
    return list(dict.fromkeys([*quoted, *written]))[:8]


FRAME = re.compile(
    r"^\s*(?:File \"[^\"\n]+\", line \d+.*|at [^\n]*[:(][^\n]*\d+\)?|from \S+:\d+:in .*|\S+\.(?:go|rs|ex|exs|rb|php):\d+.*"
    r"|\d+: +[\w:<>{}$]+|#\d+ .*|goroutine \d+ .*|Traceback .*|stack backtrace:|\.\.\. \d+ more)\s*$",
    re.M,
)
"""A line of a stack trace, as Python, Java, JavaScript, .NET, Ruby, Go, Rust, Elixir and PHP write them."""


def prose(question: str) -> str:
    """The question without the frames of a stack trace: their words would leave no room for what is asked."""
    return rest if (rest := FRAME.sub("", question)).strip() else question


QUOTED = re.compile(r'"([^"\n]{8,300})"|“([^”\n]{8,300})”|„([^“”\n]{8,300})[“”]|`([^`\n]{8,300})`|«([^»\n]{8,300})»')
MESSAGE = re.compile(
    r"(?:\w*(?:Error|Exception|Warning)|panic|fatal|error|FATAL|ERROR|Caused by)\b[^:\n]{0,40}:[ \t]+([^\n]{8,300})"
)
"""What a log or a stack trace says went wrong."""

WINDOW, MOST_WINDOWS = 3, 24


def quoted_phrases(question: str) -> list[str]:
    """Three words each in a row of what the question quotes word for word: texts in quotes, and messages of errors."""
    texts = ["".join(found) for found in QUOTED.findall(question)] + MESSAGE.findall(question)
    windows: list[str] = []
    for text in texts:
        said = re.findall(r"[^\W_]+", words(text).lower())
        windows += [" ".join(said[at : at + WINDOW]) for at in range(len(said) - WINDOW + 1)]
    return list(dict.fromkeys(windows))[:MOST_WINDOWS]


PATH = re.compile(r"(?:[\w.@+-]+[/\\])*[\w@+-]+(?:\.[\w@+-]+)*\.[A-Za-z]\w{0,9}\b")


def written_paths(question: str) -> list[str]:
    """What may be a file's path or name, also in a stack trace; the last eight, as a trace tells the nearest cause last."""
    return list(dict.fromkeys(found.replace("\\", "/") for found in PATH.findall(question)))[-8:]


def joined_words(question: str) -> list[str]:
    """Neighbours written as one word: `time out`, `e-mail`, `log in`."""
    taken = re.findall(r"[^\W_]+", words(question).lower())
    pairs = [one + other for one, other in pairwise(taken) if len(one) + len(other) > 4]
    return list(dict.fromkeys(pairs))


def stems(terms: list[str]) -> dict[str, str]:
    """What the index keeps of each word: its own tokeniser is asked."""
    database = sqlite3.connect(":memory:")
    try:
        database.execute("CREATE VIRTUAL TABLE said USING fts5(word, tokenize='porter unicode61')")
        database.execute("CREATE VIRTUAL TABLE kept USING fts5vocab(said, 'instance')")
        database.executemany("INSERT INTO said (rowid, word) VALUES (?, ?)", enumerate(terms))
        return {terms[place]: stem for stem, place in database.execute("SELECT term, doc FROM kept")}
    finally:
        database.close()
