"""Words in texts that pandas and numpy read when they run: frequencies (`resample("ME")`) and types (`astype("Int64")`).

What a version of pandas takes is known by trying: https://pandas.pydata.org/docs/user_guide/timeseries.html#offset-aliases,
https://pandas.pydata.org/docs/whatsnew/v2.2.0.html, https://pandas.pydata.org/docs/user_guide/basics.html#dtypes,
https://numpy.org/doc/stable/reference/arrays.dtypes.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from packaging.version import InvalidVersion, Version

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import near
from storage.checks.python.meaning.sight import Sight

ALWAYS = frozenset("B C D W MS SMS BMS CBMS QS BQS YS BYS bh cbh h min s ms us ns d b c".split())
BEFORE = dict(
    pair.split(":")
    for pair in """
    M:ME SM:SME BM:BME CBM:CBME Q:QE BQ:BQE A:YE Y:YE BA:BYE BY:BYE AS:YS BAS:BYS H:h BH:bh CBH:cbh T:min S:s L:ms U:us N:ns
    """.split()
)
"""Frequencies that are deprecated since 2.2 and gone in 3, with what took their place."""

SINCE = frozenset("ME SME BME CBME QE BQE YE BYE".split())
"""Those that came with 2.2."""

CHANGED, GONE = Version("2.2"), Version("3")
MONTHS = "JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC".split()
DAYS = "SUN MON TUE WED THU FRI SAT".split()
ANCHORED = frozenset("Q QE QS BQ BQE BQS A Y YE AS YS BA BY BYE BAS BYS".split())
TOKEN = re.compile(r"\s*([-+]?\d*(?:\.\d+)?)\s*([A-Za-z]+(?:-[A-Za-z0-9]+)?)\s*")
BY_PLACE = frozenset(["resample", "asfreq"])
BY_NAME = {"Grouper": "freq", "date_range": "freq", "bdate_range": "freq", "timedelta_range": "freq", "resample": "rule",
           "asfreq": "freq"}  # fmt: skip

PERIOD = re.compile(r"Period|\bto_period\b|\bperiod_range\b|\bperiod\b")
"""Spans of time have frequencies of their own, under the older names."""

FAMILY = re.compile(
    r"(?:u?int|integer|float|double|complex|bool|str|string|text|date|datetime|timedelta|categ|object)\w*", re.I
)
TYPES = frozenset(
    """
    bool bool_ bool8 boolean int int_ intc intp int8 int16 int32 int64 uint uintc uintp uint8 uint16 uint32 uint64 float float_
    float16 float32 float64 float96 float128 double complex complex_ complex64 complex128 complex192 complex256 str str_ string
    string_ object object_ object0 datetime64 timedelta64 category bytes0 str0 int0 uint0
    Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64 Float32 Float64
    """.split()
)


def unknown(sight: Sight, lines: range) -> Iterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    pandas, numpy = (_names(sight, one) for one in ("pandas", "numpy"))
    if not pandas and not numpy:
        return
    version = sight.library.environment.versions.get("pandas", "")
    is_period = PERIOD.search(sight.text) is not None
    for call in sight.nodes(ast.Call):
        if call.lineno not in lines:
            continue
        for value in _frequencies(call, pandas) if version and pandas and not is_period else ():
            if said := wrong_frequency(str(value.value), version):
                kind = "deprecated" if "deprecated" in said else "argument"
                yield Finding(value.lineno - 1, kind, said, "pandas", version)  # type: ignore[arg-type]
        for value in _types(call, {*pandas, *numpy}):
            if said := wrong_type(str(value.value)):
                package = "pandas" if version and not numpy else "numpy"
                yield Finding(value.lineno - 1, "argument", said, package, _version(sight, package))


def _version(sight: Sight, package: str) -> str:
    return sight.library.environment.versions.get(package, "")


def _names(sight: Sight, package: str) -> frozenset[str]:
    """What the block calls a package."""
    return frozenset(
        alias.asname or alias.name for node in sight.nodes(ast.Import) for alias in node.names if alias.name == package
    )


def _frequencies(call: ast.Call, pandas: frozenset[str]) -> Iterator[ast.Constant]:
    if not isinstance(call.func, ast.Attribute):
        return
    of, name = call.func.value, call.func.attr
    is_own = isinstance(of, ast.Name) and of.id in pandas
    if name not in BY_NAME or (name not in BY_PLACE and not is_own):
        return
    given = call.args[:1] if name in BY_PLACE else []
    given += [one.value for one in call.keywords if one.arg == BY_NAME[name]]
    yield from (one for one in given if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _types(call: ast.Call, modules: set[str]) -> Iterator[ast.Constant]:
    if not isinstance(call.func, ast.Attribute):
        return
    of, name = call.func.value, call.func.attr
    is_own = isinstance(of, ast.Name) and of.id in modules
    given = call.args[:1] if name == "astype" or (is_own and name == "dtype") else []
    given += [one.value for one in call.keywords if one.arg == "dtype" and (is_own or name == "astype")]
    for one in given:
        each = one.values if isinstance(one, ast.Dict) else [one]
        yield from (value for value in each if isinstance(value, ast.Constant) and isinstance(value.value, str))


def wrong_frequency(text: str, version: str) -> str:
    """What is wrong with a frequency in a version of pandas; "" where nothing is."""
    try:
        current = Version(version)
    except InvalidVersion:
        return ""
    at, said = 0, ""
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None or found.end() == at:
            return ""
        at = found.end()
        said = said or _wrong_token(found[2], current, version)
    return said


def _wrong_token(word: str, current: Version, version: str) -> str:
    name, _, anchor = word.partition("-")
    if name in ("WOM", "LWOM", "REQ", "FY5253", "RE", "FY5253Quarter"):
        return ""
    known = (
        ALWAYS | (SINCE if current >= CHANGED else frozenset()) | (frozenset(BEFORE) if current < GONE else frozenset())
    )
    if current < CHANGED and name in SINCE:
        old = next(one for one, new in BEFORE.items() if new == name)
        return f"pandas {version} knows no frequency `{name}`; did you mean `{old}`?"
    if name not in known and not (current < GONE and name.upper() in known):
        guess = BEFORE.get(name) or near(name, known)
        return f"pandas {version} knows no frequency `{name}`" + (f"; did you mean `{guess}`?" if guess else "")
    anchors = DAYS if name == "W" else MONTHS if name in ANCHORED else [] if anchor else [""]
    if anchor and anchor.upper() not in anchors:
        guess = near(anchor.upper(), anchors) or next((one for one in anchors if anchor.upper().startswith(one)), "")
        return f"pandas {version} knows no frequency `{word}`" + (f"; did you mean `{name}-{guess}`?" if guess else "")
    if current >= CHANGED and name in BEFORE:
        return f"the frequency `{name}` is deprecated in pandas {version}; use `{BEFORE[name]}`"
    return ""


def wrong_type(text: str) -> str:
    """What is wrong with the name of a type; "" for what is right, or has arguments, or may be somebody's own."""
    if not FAMILY.fullmatch(text) or text in TYPES or text.startswith(("datetime64", "timedelta64")):
        return ""
    guess = near(text, TYPES)
    return f"there is no type `{text}`" + (f"; did you mean `{guess}`?" if guess else "")
