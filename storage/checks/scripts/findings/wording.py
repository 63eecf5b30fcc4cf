"""What the compiler says, as findings: which of its faults are believed, of what kind they are, and how they read to a person.

Codes: https://github.com/microsoft/TypeScript/blob/main/src/compiler/diagnosticMessages.json.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.capabilities.checks.verdicts import Kind

NAMES = frozenset(
    {"2304", "2552", "2503", "2580", "2581", "2582", "2583", "2584", "2591", "2592", "2593", "2867", "2868", "18004"}
)
"""A name that nothing defines; our own policy says what becomes of it."""
MODULES = frozenset({"2307", "2792", "2306", "2732", "2834", "2835", "7016", "2882", "2688"})
"""A module that is not found, or declares nothing."""

ENDINGS = frozenset({"2834", "2835"})
"""Of those, a path without its ending: many a loader finds it all the same."""

EXPORTS = frozenset({"2305", "2724", "2614", "2613", "1192", "2459", "2595"})
"""A name that a module does not export."""

KINDS: dict[str, Kind] = {
    "2305": "import", "2724": "import", "2614": "import", "2613": "import", "1192": "import", "2694": "attribute", "2459": "import",
    "2595": "import",
    "1259": "import", "1479": "import", "1471": "import", "1541": "import",
    "2339": "attribute", "2551": "attribute", "2550": "attribute", "2576": "attribute", "2568": "attribute", "4113": "attribute",
    "4117": "attribute", "2353": "argument", "2561": "argument", "2349": "attribute", "2351": "attribute", "2348": "attribute",
    "2554": "argument", "2555": "argument", "2558": "argument", "2314": "argument", "2315": "argument", "2559": "argument",
    "2345": "argument", "2322": "argument", "2769": "argument", "2739": "argument", "2740": "argument", "2741": "argument",
    "2820": "argument", "2560": "argument", "2588": "attribute", "2540": "attribute", "2801": "await",
    "2773": "argument", "2774": "attribute", "2344": "argument", "2416": "attribute", "2420": "attribute",
    "2515": "attribute", "1308": "await", "1103": "await",
    "2488": "await", "2461": "await", "2504": "await", "2365": "await", "2362": "await", "2363": "await", "2367": "await",
    "2495": "await", "2352": "await", "2693": "import", "1361": "import", "2707": "argument",
        "2802": "await", "2698": "await", "7053": "await",
    "2678": "argument", "6385": "deprecated", "6387": "deprecated",
    "1484": "import", "1485": "import", "1205": "import", "1448": "import",
    "2673": "attribute", "2674": "attribute", "2675": "attribute", "2511": "attribute", "2341": "attribute", "2445": "attribute",
    "2446": "attribute", "6234": "attribute",
}  # fmt: skip

AS_TYPES = frozenset({"1484", "1485", "1205", "1448"})
"""A type is imported or handed on as if it were a value, where the team's configuration wants `type` said."""

CLOSED = frozenset({"2673", "2674", "2675", "2511", "2341", "2445", "2446", "2540"})
"""A private or protected member or constructor, or a class that is abstract, is used from outside; what can only be read is written."""

ONLY_OF_PROMISES = frozenset({"2488", "2461", "2504", "2365", "2362", "2363", "2367", "2495", "2802", "2698", "2352"})
PROMISE = re.compile(r"'Promise<")
LACKING = re.compile(
    r"[Tt]ype 'Promise<.*' (?:is missing the following properties from|but required in) type '(.*?)'(?:[.:]|$)"
)
"""A promise stands where an object of the team's, or anybody's, is wanted."""
FORGOTTEN = "forget to use 'await'"
QUERY = re.compile(
    r"'(?:\(?expression of type )?(?:\d+|number)' can't be used to index type '(?:Omit<)?(?:"
    r"(?:Pg|MySql|SQLite|SingleStore)\w*(?:Select|Insert|Update|Delete|RelationalQuery)\w*|QueryWithHelpers|Query|PrismaPromise|Prisma__\w+Client|"
    r"Promise|QueryBuilder|ChainableInterface|PendingQuery)<|"
    r"'(?:string|\"[^\"]*\")' can't be used to index type 'Promise<"
)
"""A number, or a key of a promise, is asked of what gives it only when somebody waits: a promise, or a query that `await` runs."""

SYNTAX_LEFT_ALONE = frozenset({
    1108, 1375, 1378, 1432, 1431, 1309, 1208, 1202, 1203, 1205, 1269, 1280, 1281, 1282, 1283, 1284, 1285, 1288, 1293, 1448, 1219,
    1238, 1239, 1240, 1241, 1206, 1270, 1271, 1272, 1286, 1287, 1295, 1323, 1324, 1343, 1371, 1470, 1484, 1485, 1259, 1192, 1479,
    1471, 1541, 1542, 1543, 1308, 1103, 1148, 1155, 1182, 1183, 1184, 1190, 1214, 1215, 1210, 1262, 1294, 1340, 1345, 1361, 1362,
    1380, 1383, 1443, 1450, 1451, 1452, 1453, 1456, 1457, 1463, 1464, 1472, 1473, 1474, 1475, 1476, 1477, 1478, 1480, 1486, 1497,
    1501, 1502, 1503, 1536, 1537, 1538, 1544,
})  # fmt: skip
"""Faults of a grammar's number that are about a configuration, or that an excerpt cannot help having."""

IMPORT_TYPE = re.compile(r"(?:typeof )?import\(\"([^\"]*)\"\)")
LONGEST = 260


def is_syntax(code: str) -> bool:
    return len(code) == 4 and code.startswith("1") and int(code) not in SYNTAX_LEFT_ALONE


def is_of_promise(code: str, message: str, related: Sequence[str]) -> bool:
    """Whether it would not be there, had one waited for a promise."""
    first = message.split("\n")[0]
    if any(FORGOTTEN in one for one in related) or code == "2801":
        return True
    if code == "2352":
        return bool(re.match(r"Conversion of type 'Promise<.*' to type '(?!.*Promise<)", first))
    if code in ONLY_OF_PROMISES:
        return bool(PROMISE.search(first))
    if code in ("2339", "2551"):
        return bool(re.search(r"on type 'Promise<[^']*>'\.", first))
    if code in ("2739", "2740", "2741"):
        lacking = LACKING.search(first)
        return lacking is not None and "Promise<" not in lacking[1]
    found = re.search(r"[Tt]ype 'Promise<.*?' is not assignable to (?:parameter of )?type '(.*)'", first)
    return code in ("2345", "2322") and found is not None and "Promise<" not in found[1]


def quoted(message: str) -> list[str]:
    """What stands in the compiler's quotes, first line only. A type may hold quotes itself: the longest reading counts."""
    return [
        one or other
        for one, other in re.findall(
            r"'((?:[^']|'(?=[\w\s|\"]*\"))*?)'(?=[\s.,;:)]|$)|\"([^\"\n]+)\"", message.split("\n")[0]
        )
    ]


def spoken(message: str) -> str:
    """One plain line: names in ticks, no address of a file, no type that runs over lines."""
    lines = [line.strip() for line in message.split("\n") if line.strip()]
    text = IMPORT_TYPE.sub(
        lambda found: f"module {_module(found[1])}" if found[0].startswith("typeof") else _module(found[1]), lines[0]
    )
    text = re.sub(r"'((?:\"[^\"]*\"|[^'])+)'", lambda found: f"`{_short(found[1])}`", text)
    text = text.replace(" Did you mean to write ", "; did you mean ").replace(" Did you mean ", "; did you mean ")
    text = text.replace(".; did", "; did").rstrip(".")
    text = text[:1].lower() + text[1:] if not text.startswith("`") else text
    return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"


def kind(text: str) -> str:
    """A type as a person may read it."""
    return spoken(f"'{text}'").strip("`")


def bare(kind: str) -> str:
    """A type by its name alone: no arguments, no address of a file."""
    return re.sub(r"<.*>", "", IMPORT_TYPE.sub("", kind)).strip(".")


def _module(path: str) -> str:
    """The package of a file, without where it lies."""
    inner = path.rpartition("/node_modules/")[2] if "/node_modules/" in path else path.rpartition("/")[2]
    parts = inner.split("/")
    return "/".join(parts[:2]) if inner.startswith("@") else parts[0]


def _short(text: str) -> str:
    """A type without its arguments, where it is long."""
    if text.strip('"').startswith("/"):
        return _module(text.strip('"'))
    return text if len(text) <= 60 else re.sub(r"<.*>", "<…>", text)[:60]
