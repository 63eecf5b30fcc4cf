"""Finds the references in a unit of text, in every form that models write them. Pure: whether a path exists is asked of `knows`.

A path may begin with a bracket and a sentence may put one before it, so a path is tried as it is written, then without what
stands before it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from bot.capabilities.team_code.cited import lines
from bot.capabilities.team_code.cited.lines import GLUED, Lines, Span

Knows = Callable[[str], bool]

PART = re.compile(
    r"\[(?P<text>[^\[\]\n]{0,300})\]\((?P<url>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)\)"
    r"|(?P<tag></\w{1,10}>)"
    r"|(?P<bare>https?://[^\s<>()\"'`|]+)"
    r"|(?<!`)(?P<ticks>`+)(?!`)(?P<code>(?:.*?[^`])??)(?P=ticks)(?!`)"
    r"|(?P<token>(?:(?!\[[^\[\]\n]{0,300}\]\(|https?://)[^\s`|<>])+)"
)
MOST_SPACES = 4
WORD_BEFORE = re.compile(r"[^\s`|<>()\[\]\"'*:]+ \Z")
OPENING = "([{<\"'*,;=:>"
LEADING = "_-@~."
CLOSING = "*_'\"”»"
TRAILING = ".,;:!?)]}>*_\"'"

FILE = re.compile(
    r"(?:^|/)(?:(?:Docker|Container|Make|Gem|Pip|Rake|Proc|Jenkins|Vagrant|Just|Caddy|Brew|Pod|Tilt)file[\w.]*|[^/]*\.[A-Za-z][\w+]{0,9})$"
)
"""A path that ends like a file; `org/image:3` and `redis:6379` do not."""

ENDINGS = frozenset(
    ("py", "js", "jsx", "ts", "tsx", "mjs", "cjs", "vue", "go", "rs", "rb", "java", "kt", "php", "cs", "c", "h", "cc", "cpp", "hpp",
     "sql", "sh", "md", "mdx", "rst", "txt", "json", "yml", "yaml", "toml", "lock", "cfg", "ini", "xml", "html", "css", "proto",
     "ex", "exs", "swift", "dart", "scala", "svelte", "tf", "erb")
)  # fmt: skip
"""`models.py` is a file, `Invoice.total` a symbol."""

IN_PROGRAM = re.compile(
    rf"(?!\.\./)[\w@.-]+/\S*\.(?:{'|'.join(sorted(ENDINGS - {'md', 'mdx', 'rst', 'txt', 'html', 'xml', 'css'}))})"
)
"""A file in a folder that may define a name: `src/pay.py#charge`."""

HOST = re.compile(r"(?:^|@)(?:localhost|[\w-]+(?:\.[\w-]+)*\.[a-z]{2,})$", re.IGNORECASE)
PLAIN_HOST = re.compile(
    r"\.(?:com|org|net|io|dev|local|internal|example|test|svc|cloud|app|corp|lan|home)$", re.IGNORECASE
)
SCHEME = re.compile(r"(?:vscode(?:-insiders)?|vscodium|cursor|windsurf|zed|file)://(?:file(?=/))?/*", re.IGNORECASE)
"""Addresses that open a file in an editor on a machine."""

DUNDER = re.compile(r"__\w+__\.\w")
"""`__init__.py`: no emphasis."""

OWNING = re.compile(r"['’]s\Z")
"""`a.py's line 50`"""

ELLIPSIS = re.compile(r"\.{3}|…")
"""`charge(...)` is no path."""

FRAME = re.compile(
    r"\bpanicked at\s\Z|^\s*(?:#\d+|-->)\s+\Z"
    r"|(?:^|(?<![^\s(\[>])`)[\s>*+-]*at\s(?:[^()`]*\()?\Z|\bat\s[\w$<>]+(?:\.[\w$<>]+)+\(\Z|\bFile\s\"?\Z|^[\s>*+#-]*\d+[:.]?\s+0x[0-9a-f]+\b"
)
CALL_FRAME = re.compile(r"\bat\s[\w$.<>\[\]]+\s\(\Z")
"""What stands before a path in a stack trace; the second where a column stands behind it."""


@dataclass(frozen=True, slots=True)
class Reference:
    """A place in a unit, by offsets. `lines` are its line numbers, `cut` is what goes with them.

    `path` is what names the file; `whole` covers everything, with the link around it where there is one (`words` is its text).
    """

    whole: Span
    at: Span
    path: str
    lines: tuple[Lines, ...] = ()
    cut: tuple[Span, ...] = ()
    column: Span | None = None
    symbol: str = ""
    words: Span | None = None
    is_spaced: bool = False
    """A path with spaces outside of a code span: what stands before its last space may have been shown already."""

    @property
    def is_file(self) -> bool:
        """Written as a file in a folder, whether it exists or not."""
        return "/" in self.path and bool(FILE.search(self.path))


def references(unit: str, knows: Knows) -> Iterator[Reference | re.Match[str]]:
    """In order; the match itself for a web address, which its reader takes apart."""
    for part in PART.finditer(unit):
        if part["bare"] or (part["url"] and re.match(r"https?://", part["url"])):
            yield part
            if part["url"]:
                yield from _words_in(unit, *part.span("text"), knows)
        elif part["url"] is not None:
            words = list(_words_in(unit, *part.span("text"), knows))
            target = list(_target(unit, part, knows, is_named=bool(words)))
            yield from (_as_target(one, target) for one in words)
            yield from target
        elif part["ticks"]:
            yield from _code(unit, part, knows)
        elif not part["tag"]:
            yield from _words(unit, *part.span("token"), knows)


def _as_target(one: Reference, target: list[Reference]) -> Reference:
    """`[pay.py](src/pay.py)`: of several files of a name the one that the link leads to."""
    ends = [it.path for it in target if "/" not in one.path and it.path.endswith("/" + one.path)]
    return replace(one, path=ends[0]) if ends else one


def _target(unit: str, part: re.Match[str], knows: Knows, *, is_named: bool) -> Iterator[Reference]:
    """A link to a path of the repository, with the lines behind it where its words name no path."""
    start, end = part.span("url")
    found = _one(unit, start, end, knows)
    if found and not found.lines and not found.symbol and not is_named:
        found = _with_lines(unit, found, part.end())
    if found:
        yield replace(found, whole=part.span(), words=part.span("text"))


def _code(unit: str, part: re.Match[str], knows: Knows) -> Iterator[Reference]:
    """A code span is one path if that exists; else its words are looked at."""
    start, end = part.span("code")
    inside = unit[start:end]
    start, end = start + len(inside) - len(inside.lstrip()), end - len(inside) + len(inside.rstrip())
    one = _one(unit, start, end, knows)
    if one is None:
        yield from _words_in(unit, start, end, knows)
    elif one.symbol or one.cut:
        yield one
    else:
        yield _with_lines(unit, one, part.end())


def _one(unit: str, start: int, end: int, knows: Knows) -> Reference | None:
    """The text between as one reference: a path as it stands, or a path and what is glued to it."""
    if start >= end:
        return None
    if knows(unit[start:end]):
        return Reference((start, end), (start, end), unit[start:end])
    for found in GLUED.finditer(unit, start, end):
        path = unit[start : found.start()]
        is_last = unit[found.end() : end].strip(".?+-()") == "" or unit[found.end() : found.end() + 1] in ":#@"
        is_like = (
            not re.search(r"\s", path)
            and not path.startswith(("(", "["))
            and _is_path(path)
            and not (found["square"] or (found["at"] and "L" not in found["tail"]))
            and not (found["anchor"] and not IN_PROGRAM.fullmatch(path))
        )
        if is_last and path and (is_like or knows(path)):
            return _glued(found, start if knows(path) else _known_from(unit, start, found.start(), knows))
    if _is_path(unit[start:end]) and not re.search(r"\s", unit[start:end]):
        return Reference((start, end), (start, end), unit[start:end])
    return None


def _known_from(unit: str, start: int, end: int, knows: Knows) -> int:
    """Behind `name@`, where a path begins there that exists; else `start`."""
    at = unit.rfind("@", start, end) + 1
    return at if at and knows(unit[at:end]) else start


def _words_in(unit: str, start: int, end: int, knows: Knows) -> Iterator[Reference]:
    for word in re.compile(r"[^\s`|<>]+").finditer(unit, start, end):
        yield from _words(unit, *word.span(), knows)


def _words(unit: str, start: int, end: int, knows: Knows) -> Iterator[Reference]:
    """What stands between two spaces: references with what is glued to them, or a path alone."""
    found = list(_with_tails(unit, start, end, knows))
    yield from found or _alone(unit, start, end, knows)


def _with_tails(unit: str, start: int, end: int, knows: Knows) -> Iterator[Reference]:
    found, at = list(_tails(unit, start, end, knows)), start
    for place, one in enumerate(found):
        if any(knows(unit[at : later.start()]) for later in found[place + 1 :]):
            continue  # a part of a longer path
        begin = _begin(unit, at, one.start(), knows)
        stop = at + len(unit[at : one.start()].rstrip(CLOSING))
        if stop < one.start() and not knows(unit[begin : one.start()]):  # **a.py**:50
            bare = _begin(unit, at, stop, knows)
            if knows(unit[bare:stop]) or (at < bare and _is_clean(unit[bare:stop])):
                yield replace(_glued(one, bare), at=(bare, stop), path=unit[bare:stop])
                at = one.end()
                continue
        if (spaced := _spaced(unit, begin, one.start(), knows)) < begin:
            yield replace(_glued(one, spaced), is_spaced=True)
        elif not re.fullmatch(r"[L\d\W]*", unit[begin : one.start()]) or knows(unit[begin : one.start()]):
            yield _glued(one, begin)
        at = one.end()


def _tails(unit: str, start: int, end: int, knows: Knows) -> Iterator[re.Match[str]]:
    """What may be the tail of a path; a number in square brackets only behind one that exists; `Guard::abort` is a name."""
    for found in GLUED.finditer(unit, start, end):
        path = unit[_begin(unit, start, found.start(), knows) : found.start()]
        is_loose = found["square"] or (found["at"] and "L" not in found["tail"]) or found["anchor"]
        if knows(path) or not (is_loose or (found["symbol"] and not _is_path(path))):
            yield found


def _glued(found: re.Match[str], begin: int) -> Reference:
    """A path from `begin` and its tail."""
    place, end, own = (begin, found.start()), found.end(), lines.glued(found)
    if own and not found["column"] and (more := lines.after(found.string, end)):
        own, end = (*own, *more), more[-1].end
    return Reference(
        (begin, end), place, found.string[slice(*place)], own, ((found.start("tail"), end),),
        found.span("column") if found["column"] else None, found["symbol"] or found["anchor"] or found["of"] or "",
    )  # fmt: skip


def _alone(unit: str, start: int, end: int, knows: Knows) -> Iterator[Reference]:
    """A path without lines of its own; they may stand in words beside it."""
    if leads := lines.LEADS.search(unit, start, end) or OWNING.search(unit, start, end):
        end = leads.start()
    if not _is_path(unit[start:end].rstrip(TRAILING)):
        return
    stop = _ascii_end(unit, start, end, knows)
    while not knows(unit[start:stop]) and stop > start and (unit[stop - 1] in TRAILING or not unit[stop - 1].isascii()):
        stop -= 1
    begin = _begin(unit, start, stop, knows)
    path = unit[begin:stop]
    if (spaced := _spaced(unit, begin, stop, knows)) < begin:
        place = (spaced, stop)
        yield replace(_with_lines(unit, Reference(place, place, unit[spaced:stop]), stop), is_spaced=True)
    elif path and (knows(path) or _is_path(path)):
        yield _with_lines(unit, Reference((begin, stop), (begin, stop), path), stop)


def _ascii_end(unit: str, start: int, end: int, knows: Knows) -> int:
    """Where a path that is there ends and another script goes on without a space; else `end`."""
    for at in range(start + 1, end):
        if unit[at - 1].isascii() and not unit[at].isascii() and knows(unit[_begin(unit, start, at, knows) : at]):
            return at
    return end


def _with_lines(unit: str, one: Reference, end: int) -> Reference:
    """With the lines that are glued to its marks: `a.py`:50, **a.py**:50. `end` is behind its code span."""
    for place in dict.fromkeys((end, lines.closed(unit, end))):
        glued = GLUED.match(unit, place) if place > one.at[1] else None
        if glued and (glued["lines"] or glued["fragment"] or glued["bracket"]):
            behind = _glued(glued, place)
            return replace(one, lines=behind.lines, cut=behind.cut, column=behind.column)
    return one


def _begin(unit: str, start: int, end: int, knows: Knows) -> int:
    """Where a path begins that ends at `end`: as it is written, else without what is glued before it."""
    text = unit[start:end]
    places = [0]
    for place in range(1, len(text)):
        before = text[place - 1]
        lead = not text[:place].strip(OPENING + LEADING)
        if before in OPENING or lead or (before.isascii() != text[place].isascii()):
            places.append(place)
    for place in places:
        if knows(text[place:]):
            return start + place
    if re.match(r"[\w.+-]+@[\w.-]+:", text) or SCHEME.match(text):
        return start  # an address as ssh writes it, or of an editor
    for place in places:
        if _is_clean(text[place:]):
            return start + place
    return start + places[-1] if text else end


def _spaced(unit: str, begin: int, end: int, knows: Knows) -> int:
    """Where a path with spaces begins that ends here, if there is one that long; else `begin`."""
    at = begin
    for _ in range(MOST_SPACES):
        word = WORD_BEFORE.search(unit, max(0, at - 80), at)
        if word is None:
            break
        at = word.start()
        if "/" in unit[at:end] and knows(unit[at:end]):
            return at
    return begin


def _is_clean(text: str) -> bool:
    """Like a path, with nothing glued before it."""
    is_marked = not DUNDER.match(text) and text[:1] in OPENING + "_-"
    if not text or is_marked or not (text[0].isalnum() or text[0] in "./\\~$@[_") or not text.isascii():
        return False
    return not re.search(r"[\"'*,;=:>]", text) and all(text.count(a) == text.count(b) for a, b in ("()", "[]", "{}"))


def _is_path(text: str) -> bool:
    text = ELLIPSIS.sub("", text)
    if re.fullmatch(r"ll?\.\d+", text, re.IGNORECASE):
        return False  # a line
    return bool(re.search(r"[./\\]", text) and re.search(r"[^\W\d_]", text)) or bool(FILE.search(text))


def variants(path: str) -> Iterator[str]:
    """A path as it is written, then in the spellings that mean the same file of a repository."""
    yield path
    if scheme := SCHEME.match(path):
        path = "/" + path[scheme.end() :]
        yield path
    slashed = re.sub(r"\\(?=[_*\[\]()#~`.-])", "", path).replace("\\", "/")
    for one in dict.fromkeys((slashed, unquote(slashed))):
        yield one
        bare = re.sub(r"^(?:\./)+", "", one).rstrip("/")
        yield bare
        if bare.startswith(("a/", "b/")):
            yield bare[2:]  # as a diff writes it


def is_frame(unit: str, one: Reference) -> bool:
    """A frame of a stack trace tells where some build of the code was, and cites nothing."""
    before, behind = unit[: one.at[0]], unit[one.whole[1] : one.whole[1] + 6]
    if not one.lines:
        return False
    is_call = bool(one.column) and bool(CALL_FRAME.search(before))
    return is_call or bool(FRAME.search(before)) or bool(re.match(r"\s\+0x[0-9a-f]|:in\s[`']", behind))


def is_outside(unit: str, one: Reference) -> bool:
    """A path that means no file of a repository: a place on a machine, `host/image:443`, nothing that ends like a file."""
    path = one.path
    is_drive = path[0] == "\\" and unit[one.at[0] - 1 : one.at[0]] == ":"
    if path.startswith(("/", "~", "$")) or re.match(r"[A-Za-z]:[\\/]", path) or is_drive:
        return True
    head, slash, _ = path.replace("\\", "/").partition("/")
    if slash:
        is_host = HOST.search(head) or re.search(r"\.\w+\.(?:com|org|net|io|dev)$", path)
        return bool(is_host) or ":" in head or not FILE.search(path.replace("\\", "/"))
    return bool(PLAIN_HOST.search(path)) or "@" in path[1:] or not FILE.search(path)
