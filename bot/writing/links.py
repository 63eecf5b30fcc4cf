"""Which addresses may be live in an answer, and the rule that makes all others text.

A link that a model writes can carry away what it read, in its path as in its query, and a preview follows it before anybody
clicks. So a link lives only where its host is on the list and its address was seen, whole, in what people wrote or in a tool's
result, and not because that gave the model's own words back; links that we build ourselves always live. The rule works on the
parsed document, for every reader of CommonMark here: what is not allowed, and whatever a client would make clickable by itself,
becomes code.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from urllib.parse import unquote, urlsplit

from markdown_it.rules_core import StateCore
from markdown_it.token import Token

from bot.writing.text import seen

HOSTS = (
    # languages and their standard libraries
    "docs.python.org", "peps.python.org", "go.dev", "pkg.go.dev", "doc.rust-lang.org", "nodejs.org", "www.typescriptlang.org",
    "developer.mozilla.org", "docs.oracle.com", "kotlinlang.org", "www.php.net", "docs.ruby-lang.org", "learn.microsoft.com",
    # frameworks
    "docs.djangoproject.com", "fastapi.tiangolo.com", "docs.sqlalchemy.org", "docs.pydantic.dev", "docs.spring.io",
    "guides.rubyonrails.org", "laravel.com", "expressjs.com", "docs.celeryq.dev",
    # stores and queues
    "www.postgresql.org", "dev.mysql.com", "sqlite.org", "redis.io", "valkey.io", "www.mongodb.com", "kafka.apache.org",
    "www.rabbitmq.com", "docs.nats.io", "www.elastic.co", "clickhouse.com",
    # where it runs, and how one sees it
    "kubernetes.io", "docs.docker.com", "helm.sh", "developer.hashicorp.com", "nginx.org", "www.envoyproxy.io", "grpc.io",
    "protobuf.dev", "prometheus.io", "opentelemetry.io", "docs.aws.amazon.com", "cloud.google.com",
    # protocols and the tools around code
    "www.rfc-editor.org", "datatracker.ietf.org", "git-scm.com", "docs.github.com", "docs.gitlab.com", "docs.slack.dev",
)  # fmt: skip
"""Documentation that its own publisher writes. Hosts where anybody can put a page (forges, package pages, blogs) are not here."""

MOST = 200
"""Addresses of one thread: who has more to say about links than this gets text."""

LONGEST_DATA = 100
"""Characters that are shown of an address that holds a file itself (`data:`); of any other every one is."""

SEEN = re.compile(r"https?://[^\s<>\"'`|\[\]{}\\^]+", re.IGNORECASE)
WHOLE = re.compile(r"https?://[a-z0-9._-]+(?::\d{1,5})?(?:[/?#][!-~]*)?", re.IGNORECASE)
NO_LETTER = re.compile(r"[^a-z0-9]+")
LEADING = "([{<'\"*_|"
TRAILING = ".,;:!?'\"*_~>|"
BRACKETS = {")": "(", "]": "[", "}": "{"}

WORD = re.compile(r"[^\s\u3000-\u303f\uff01-\uff0f\u201c-\u201f\u2026\u00a0]+")
LIVELY = re.compile(
    r"""
      (?P<scheme>[a-z0-9+.-]:(?://|\\\\))
    | (?P<opaque>(?:(?<!\w)|(?=[a-z]{1,10}:(?!\d{1,7}(?:-\d{1,7})?(?![\w/%]))))  # Makefile:12 is a file and its line
        (?:mailto|data|javascript|vbscript|tel|sms|file|blob|urn|magnet|slack|discord|steam):(?=[^\s:]))
    | [\w-]\.[^\W\d_]{2,}(?![-_]*[^\W_])             # example.org, me@example.org, and files named like main.rs
    | \d{1,3}(?:\.\d{1,3}){3}[:/]                      # a numbered host with a port or a path
    | \bwww\. | xn-- | discord\.gg | (?:^|[^\w:/.])//[\w-]+[.:]
    """,
    re.IGNORECASE | re.VERBOSE,
)
"""What some client makes clickable, wherever it stands in a word. Each branch looks at a few characters only: linear time."""

PLACE = re.compile(r"(?!www\.)([\w@+()\[\]$-][\w.@+()\[\]$/-]*)(?::\d+(?:-\d+)?)?", re.IGNORECASE)
"""A file's path, and perhaps its lines."""

SCHEME_TAIL = re.compile(r"[a-z0-9+.-]{1,30}\Z", re.IGNORECASE)


class OwnWords:
    """What a model wrote itself, for telling what only gives it back: quoted, cut, escaped, in other letters, or put together."""

    def __init__(self) -> None:
        self._words = ""

    def add(self, *texts: str) -> None:
        """What follows one another may be put together."""
        self._words += "".join(map(_letters, texts))

    def holds(self, address: str) -> bool:
        return bool(self._words) and _letters(address) in self._words

    def out_of(self, text: str, heard: Collection[str]) -> str:
        """The text without addresses that the model wrote, but for those that were `heard` before."""

        def kept(found: re.Match[str]) -> str:
            address = _core(found[0])
            return found[0] if address in heard or not self.holds(address) else ""

        return SEEN.sub(kept, text) if self._words else text


def addresses(text: str) -> Iterator[str]:
    """The web addresses in a text, as they stand there."""
    return (_core(found[0]) for found in SEEN.finditer(text))


def _letters(text: str) -> str:
    return NO_LETTER.sub("", unquote(text).lower())


class LinkPolicy:
    """The addresses of one turn that may be live. `hosts` are on the list; `*.example.org` stands for all of its subdomains."""

    def __init__(self, hosts: Iterable[str], allowed: Iterable[str] = ()) -> None:
        self._hosts = frozenset(host.strip().lower() for host in hosts if host.strip())
        self._allowed = dict.fromkeys(allowed)
        self._told = 0
        self.own = OwnWords()

    def hear(self, text: str) -> None:
        """What a person wrote: its addresses may be repeated, without query and fragment."""
        self._hear(text, OwnWords())

    def find(self, text: str) -> None:
        """What a tool gave back, the same but for what the model had given it (`own`)."""
        self._hear(text, self.own)

    def _hear(self, text: str, own: OwnWords) -> None:
        for found in SEEN.finditer(text):
            if len(self._allowed) >= MOST:
                return
            address = normalised(_core(found[0]))
            if address and self._lists(urlsplit(address).netloc) and not own.holds(bare(address)):
                self._allowed[bare(address)] = None

    def build(self, addresses: Iterable[str]) -> None:
        """Links of our own making, whole."""
        self._allowed.update(dict.fromkeys(one for one in map(normalised, addresses) if one))

    @property
    def allowed(self) -> tuple[str, ...]:
        return tuple(self._allowed)

    def news(self) -> tuple[str, ...]:
        """What is allowed and was not told before."""
        news = self.allowed[self._told :]
        self._told = len(self._allowed)
        return news

    def used_in(self, text: str) -> tuple[str, ...]:
        """Of what is allowed, what this text may need."""
        text = text.lower()
        return tuple(one for one in self._allowed if one.lower() in text)

    def _lists(self, host: str) -> bool:
        parents = (host.split(".", cut)[-1] for cut in range(1, host.count(".") + 1))
        return host in self._hosts or any(f"*.{parent}" in self._hosts for parent in parents)


def normalised(address: str) -> str:
    """The address with its scheme and host in small letters; "" for whatever is not plainly an http(s) address of a named host."""
    if not WHOLE.fullmatch(address) or "\\" in address:
        return ""
    scheme, _, rest = address.partition("://")
    host = re.split(r"[/?#]", rest, maxsplit=1)[0]
    rest, host = rest[len(host) :], host.lower()
    return "" if "xn--" in host else f"{scheme.lower()}://{host}{rest}"


def bare(address: str) -> str:
    """Without query and fragment."""
    return re.split(r"[?#]", address, maxsplit=1)[0]


def live(address: str, allowed: Collection[str]) -> str:
    """What this address may lead to: itself, or itself without query and fragment, or "" for nowhere."""
    address = normalised(address)
    return next((one for one in (address, bare(address)) if one and one in allowed), "")


def host_of(address: str) -> str:
    """Host and port of a web address."""
    return urlsplit(address).netloc.lower()


# --- on the parsed document -------------------------------------------------------------------------------------------


def only_allowed(state: StateCore) -> None:
    """A rule for markdown-it, behind all of its own. `env["links"]` are the addresses that may be live; without it none are."""
    allowed = state.env.get("links", frozenset())
    for token in state.tokens:
        if token.children:
            _see(token.children)
            token.children = list(_mended(token.children, allowed))


def _see(tokens: Sequence[Token]) -> None:
    """An entity may stand for what nobody sees, too."""
    for token in tokens:
        token.content = seen(token.content)
        for name in ("href", "src", "title"):
            if name in token.attrs:
                token.attrs[name] = seen(str(token.attrs[name]))
        _see(token.children or ())


def _mended(tokens: Sequence[Token], allowed: Collection[str]) -> Iterator[Token]:
    at = 0
    while at < len(tokens):
        token = tokens[at]
        match token.type:
            case "text":
                yield from literal(token.content, allowed)
            case "link_open":
                end = _end(tokens, at)
                yield from _link(token, "href", tokens[at + 1 : end], allowed)
                at = end
            case "image":
                yield from _link(token, "src", token.children or [_text("image")], allowed)
            case _:
                yield token
        at += 1


def _end(tokens: Sequence[Token], at: int) -> int:
    """Where the link that opens here closes; an autolink may stand in another link."""
    depth = 0
    for place in range(at, len(tokens)):
        depth += {"link_open": 1, "link_close": -1}.get(tokens[place].type, 0)
        if depth == 0:
            return place
    return len(tokens) - 1


def _link(token: Token, key: str, inside: Sequence[Token], allowed: Collection[str]) -> Iterator[Token]:
    """The link, without pictures in it, or its words and its address as code; then its title, which no chat has a place for."""
    yield from _drawn(str(token.attrs.get(key, "")), inside, allowed)
    if title := str(token.attrs.get("title", "")).strip():
        yield from literal(f" ({title})")


def _drawn(address: str, inside: Sequence[Token], allowed: Collection[str]) -> Iterator[Token]:
    """No link is named like another address."""
    words = "".join(_words(inside))
    if target := live(address, allowed):
        yield _opening(target)
        yield from _plainly(inside) if _names(words, target) and words != address else [_text(target)]
        yield Token("link_close", "a", -1)
        return
    shown = address.removeprefix("mailto:")
    if words.strip() and words not in (address, shown):
        yield from _mended(inside, ())
        yield _text(" ")
    if shown:
        yield _code(_without_data(shown))


def _without_data(address: str) -> str:
    if len(address) <= LONGEST_DATA or address[:5].lower() != "data:":
        return address
    return f"{address[:LONGEST_DATA]}… ({len(address) - LONGEST_DATA:,} more characters of data)"


def _names(words: str, target: str) -> bool:
    """Whether these words may name a link: they hold no other address, or they are the file and lines that it leads to.

    A file's name often looks like a host (`main.py`, `lib.rs`); as the end of the target's own path it leads nobody astray.
    """
    if not words.strip():
        return False
    if all(normalised(words[start:end]) == target for start, end in _addresses(words)):
        return True
    file = PLACE.fullmatch(words.strip())
    return bool(file) and f"/{unquote(urlsplit(target).path)}".endswith(f"/{file[1]}")  # type: ignore[index]


def _words(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        yield from (
            _words(token.children) if token.children else [token.content or ("\n" if "break" in token.type else "")]
        )


def _plainly(tokens: Sequence[Token]) -> Iterator[Token]:
    for token in tokens:
        if token.type == "image":
            yield _text("".join(_words([token])))
        elif not token.type.startswith("link_"):
            yield token


def literal(text: str, allowed: Collection[str] = ()) -> Iterator[Token]:
    """Text with every address in it live, where it may be, or code."""
    at = 0
    for start, end in _addresses(text):
        if start > at:
            yield _text(text[at:start])
        at, address = end, text[start:end]
        if target := live(address, allowed):
            yield from (_opening(target), _text(target), Token("link_close", "a", -1))
        else:
            yield _code(address)
    if at < len(text):
        yield _text(text[at:])


def _addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where words stand that a client would make clickable, without the punctuation around them."""
    if not LIVELY.search(text):
        return
    for word in WORD.finditer(text):
        if found := LIVELY.search(word[0]):
            start = 0
            if found["scheme"]:
                start = SCHEME_TAIL.search(word[0], 0, found.start() + 1).start()  # type: ignore[union-attr]
            elif found["opaque"]:
                start = found.start()
            else:
                start = len(word[0]) - len(word[0].lstrip(LEADING))
                start -= 2 * word[0].startswith("__", max(0, start - 2))  # __init__.py
            yield word.start() + start, word.start() + start + len(_core(word[0][start:]))


def _core(address: str) -> str:
    """Without the punctuation of the sentence that it stands in."""
    for _ in range(20):
        address = address.rstrip(TRAILING)
        opened = BRACKETS.get(address[-1:])
        if not opened or address.count(opened) >= address.count(address[-1]):
            break
        address = address[:-1]
    return address


def _text(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _code(content: str) -> Token:
    return Token("code_inline", "code", 0, content=content, markup="`")


def _opening(address: str) -> Token:
    return Token("link_open", "a", 1, attrs={"href": address})
