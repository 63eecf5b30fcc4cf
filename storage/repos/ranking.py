"""What makes a passage a good answer to plain words: which of a question's words count, and what comes before what. Pure."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from bot.capabilities.team_code.code import Passage
from bot.capabilities.team_code.secret_files import matches
from storage.repos.passages import words

WEIGHTS = "4.0, 4.0, 3.0, 1.0"
"""How much a word counts in the path, the definition's head, its comments, and its body."""

FROM_ONE_FILE = 3
MORE_PASSAGES_SHARE = 0.2
"""What a file's second to fourth passages add to its first."""

OTHER_WORDS_SHARE = 0.3
OTHER_WORDS_MOST = 0.7
"""What a synonym counts beside the question's own word, and the most that all of them add: a list of words answers nothing."""

COMMON = """
a about after all also am an and any are as at be because been before being between but by can could did do does doing
done down each else ever every few for from further get gets had has have having he her here how i if in into is it
its itself just know let like made make me might more most much must my need no nor not now of off on once one only or
other our out over own please same see she should so some such tell than that the their them then there these they
this those through to too under until up us use used using very want was way we were what when where which while who
whom whose why will with within without would you your code file files function functions repo repository implemented
implementation happens happen actually exactly
"""
STOP_WORDS = frozenset(COMMON.split())

OUTLYING = re.compile(
    r"(^|/)(tests?|testing|spec|__tests__|examples?|docs?|samples?|benchmarks?|fixtures?|migrations|changelogs?)(/|$)|(^|/)test_|_test\.|\.test\.|\.spec\.|(^|/)(change(s|log)|history|news|releases?)[^/]*$",
    re.I,
)
VENDORED = re.compile(
    r"(^|/)(node_modules|vendor|vendored|_vendor|third_party|dist|build|bower_components|site-packages)(/|$)|\.min\.|\.d\.ts$",
    re.I,
)


def question_words(question: str) -> list[str]:
    """The words that carry a question: names taken apart and whole, stop words left out, at most 24."""
    taken = re.findall(r"[^\W_]+", words(question).lower())
    whole = [name.lower() for name in re.findall(r"[A-Za-z]\w{3,}", question) if words(name) != name or "_" in name]
    kept = [word for word in (*taken, *(part for name in whole for part in name.split("_"))) if len(word) > 1]
    return list(dict.fromkeys(word for word in kept if word not in STOP_WORDS))[:24]


def best(found: Iterable[Passage], glob: str, limit: int) -> list[Passage]:
    """By score, with tests, changelogs and vendored code behind; a file with several good passages moves up."""
    weighed: dict[str, list[tuple[float, Passage]]] = defaultdict(list)
    for one in found:
        if glob and not matches(one.path, (glob,)):
            continue
        weight = 0.5 if VENDORED.search(one.path) else 0.6 if one.kind == "code" and OUTLYING.search(one.path) else 1.0
        weighed[one.path].append((one.score * weight, one))
    ranked: list[tuple[float, int, Passage]] = []
    for passages in weighed.values():
        passages.sort(key=lambda one: -one[0])
        lift = sum(score for score, _ in passages[1:4]) * MORE_PASSAGES_SHARE
        ranked += [
            (score + (lift if place == 0 else 0), place, one)
            for place, (score, one) in enumerate(passages[:FROM_ONE_FILE])
        ]
    ranked.sort(key=lambda one: (-one[0], one[1], one[2].path))
    return [one for _, _, one in ranked[:limit]]


def remote(path: str) -> int:
    return 2 if VENDORED.search(path) else 1 if OUTLYING.search(path) else 0
