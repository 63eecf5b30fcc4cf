"""What came to Node's global names, and to the language's own objects, with a later version than the team's.

By Node's documentation (https://nodejs.org/api/globals.html; a minor version counts for its major one, and what stands behind a flag is
not there) and, for the language, by the V8 that it was released with (https://node.green). Code of a browser is left alone.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import lru_cache
from pathlib import Path

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, parsed, text_of, walk
from storage.checks.scripts.blocks.reading import named_at
from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.packages.specifiers import is_builtin
from storage.checks.scripts.team import tsconfig
from storage.checks.scripts.team.own_texts import any_holds
from storage.checks.scripts.team.project import BROWSERS, Project

OF_FETCH = frozenset({"fetch", "Headers", "Request", "Response", "FormData"})
NEVER = 99
SINCE = {
    **dict.fromkeys(OF_FETCH, 18),
    "structuredClone": 17, "DOMException": 17, "AggregateError": 15, "AbortController": 15, "AbortSignal": 15, "Event": 15,
    "EventTarget": 15, "MessageChannel": 15, "WeakRef": 15, "FinalizationRegistry": 15, "atob": 16, "btoa": 16, "performance": 16,
    "Blob": 18, "BroadcastChannel": 18, "CompressionStream": 18, "DecompressionStream": 18, "ReadableStream": 18,
    "WritableStream": 18, "TransformStream": 18, "TextDecoderStream": 18, "TextEncoderStream": 18, "crypto": 19, "CustomEvent": 19,
    "File": 20, "navigator": 21, "WebSocket": 22, "CloseEvent": 23, "URLPattern": 24, "EventSource": NEVER,
}  # fmt: skip
"""`crypto` and `CustomEvent` stood behind flags before; `EventSource` still does."""
OF_OBJECTS = {
    "AbortSignal.timeout": 16, "AbortSignal.any": 18, "Object.hasOwn": 16, "Object.groupBy": 21, "Map.groupBy": 21, "Promise.any": 15,
    "Promise.withResolvers": 22, "Promise.try": 24, "Array.fromAsync": 22, "URL.canParse": 18, "URL.parse": 22, "RegExp.escape": 24,
    "Error.isError": 24, "import.meta.dirname": 20, "import.meta.filename": 20, "import.meta.resolve": 20,
}  # fmt: skip
METHODS = {
    "at": 16, "replaceAll": 15, "findLast": 18, "findLastIndex": 18, "toSorted": 20, "toReversed": 20, "toSpliced": 20, "with": 20,
    "isWellFormed": 20, "toWellFormed": 20, "union": 22, "intersection": 22, "difference": 22, "symmetricDifference": 22,
    "isSubsetOf": 22, "isSupersetOf": 22, "isDisjointFrom": 22, "take": 22, "drop": 22, "toArray": 22, "filter": 22, "map": 22,
    "flatMap": 22, "reduce": 22, "forEach": 22, "some": 22, "every": 22, "find": 22,
    **{name.partition(".")[2]: since for name, since in OF_OBJECTS.items()},
}  # fmt: skip
"""Members of the language's own objects by the Node that brought them; the compiler's libraries come a year at a time."""
OF_LANGUAGE = re.compile(
    r"(?:\w*Iterator(?:Object)?|Generator|(?:Readonly)?Set|(?:Map|Set|Array|Promise|Object)Constructor)\b"
)
INSTEAD = {"crypto": "`import crypto from 'node:crypto'` has it", "EventSource": "a package has to bring it"}
POLYFILLS = re.compile(
    r"isomorphic-fetch|isomorphic-unfetch|unfetch|cross-fetch|whatwg-fetch|node-fetch-native|core-js|@babel/polyfill|@whatwg-node/.*|"
    r"abort-controller|web-streams-polyfill|formdata-(?:node|polyfill)|.*polyfill.*|@remix-run/node|sucrase|undici|jsdom|global-jsdom"
)
"""Packages that may put these names there."""
OF_BROWSER = re.compile(
    r"(?:^|/)(?:public|static|clients?|front-?end|browser|www|assets|web|extension|popup)(?:/|$)|\.client\."
)
IN_BROWSER = frozenset({"window", "document", "self", "Deno", "Bun", "chrome"})
ENDING = re.compile(r"\.[cm]?[jt]sx?$")
MOST_FILES = 3_000


def too_new(document: Document, project: Project, given: Collection[str], node: str) -> list[Finding]:
    """`given` are the names that earlier blocks of the answer define, `node` the major version that the team says it runs; "" for
    none."""
    asked = project.folders.get("", frozenset()) | project.folders.get(document.folder, frozenset())
    path = f"{document.folder}/{document.named}"
    is_of_server = any(is_builtin(one.specifier) for one in document.snippet.imports)
    if (
        not node.isdigit()
        or document.snippet.is_jsx
        or OF_BROWSER.search(path)
        or (asked & BROWSERS and not is_of_server)
    ):
        return []
    text = document.snippet.text
    root = parsed(text, is_jsx=False).root_node
    is_polyfilled = any(POLYFILLS.fullmatch(one) for one in asked | {one.specifier for one in document.snippet.imports})
    if any(_is_of_browser(one) for one in walk(root)) or is_polyfilled:
        return []
    own = named_at(root) | set(given)
    found = {}
    for at, name, since in _used(root, own):
        if since <= int(node) or name in found or _is_guarded(name, text):
            continue
        first = name.partition(".")[0]
        if not document.snippet.imports and asked & _bringing(first):
            continue  # an excerpt, of whose imports nothing is seen
        if first in SINCE and is_put(project.root, first):
            continue
        what = "no" if "." in name else "no global"
        came = f"it came with {since}" if since < NEVER else "it stands behind a flag there"
        hint = f"; {INSTEAD[name]}" if name in INSTEAD else ""
        found[name] = Finding(line_of(at), "name", f"Node {node} has {what} `{name}`; {came}{hint}", "node", node)
    return list(found.values())


def has(name: str, kind: str, message: str, node: str) -> bool:
    """Whether the Node already has a member of the language's own objects that its year's library does not know; what an older library
    of the team's own choice lacks is lacking."""
    if not node.isdigit() or METHODS.get(name, NEVER) > int(node):
        return False
    library = re.search(r"to '(es\w+)'", message)
    if library is None:
        return bool(OF_LANGUAGE.match(kind))
    return tsconfig.year(library[1]) > tsconfig.year(tsconfig.library(int(node)))


def _bringing(name: str) -> frozenset[str]:
    """Packages whose default everybody calls by this name."""
    if name in OF_FETCH or name in ("Blob", "File"):
        return frozenset({"node-fetch", "fetch-blob", "form-data"})
    return {"WebSocket": frozenset({"ws", "isomorphic-ws"}), "EventSource": frozenset({"eventsource"})}.get(
        name, frozenset()
    )


def _used(root: Node, own: Collection[str]) -> Iterator[tuple[Node, str, int]]:
    for node in walk(root):
        if node.type == "member_expression":
            text = text_of(node)
            if text in OF_OBJECTS and text.partition(".")[0] not in own:
                yield node, text, OF_OBJECTS[text]
        elif node.type == "identifier" and (name := text_of(node)) in SINCE and name not in own and _is_value(node):
            yield node, name, SINCE[name]


def _is_value(node: Node) -> bool:
    """Called, built, or asked for a member."""
    above = node.parent
    if above is None:
        return False
    if above.type == "call_expression":
        return part(above, "function") == node
    if above.type == "new_expression":
        return part(above, "constructor") == node
    return above.type == "member_expression" and part(above, "object") == node


def _is_of_browser(node: Node) -> bool:
    return node.type == "identifier" and text_of(node) in IN_BROWSER and node.parent is not None and _is_value(node)


def _is_guarded(name: str, text: str) -> bool:
    """The block asks first whether it is there, or puts it there itself."""
    word, last = re.escape(name), re.escape(name.rpartition(".")[2])
    return bool(
        re.search(rf"typeof\s+{word}\b|[\"']{last}[\"']\s+in\b|{word}\s*(?:\?\.|\?\?|\|\||&&|\?(?!:))", text)
        or re.search(rf"if\s*\(\s*!?\s*{word}\s*\)|\b(?:global|globalThis)\s*(?:\.\s*{last}\b|\[)", text)
    )


@lru_cache(maxsize=500)
def is_put(root: Path, name: str) -> bool:
    """A file of the team puts the name there for all, or there are too many to look into. Blocks."""
    wanted = re.compile(
        rf"\b(?:global|globalThis)(?:\s+as\s+[^)\n]+\))?\s*(?:\.\s*{re.escape(name)}\s*\??\??=(?!=)|\[\s*[\"']{re.escape(name)}[\"']\s*\]\s*=)|"
        rf"Object\.assign\(\s*(?:global|globalThis)\b"
    )
    return any_holds(root, ENDING, MOST_FILES, wanted)
