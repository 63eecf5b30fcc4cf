"""ES modules and CommonJS mixed up: names that only one of them has, statements that only the other reads.

By the file's ending, else by the `type` of the nearest package.json (https://nodejs.org/api/packages.html#determining-module-system).
What a bundler or another loader translates first has no format of its own, and is left alone. TypeScript may write `import` anywhere;
in an ES module it has no more of CommonJS than JavaScript has.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Iterator

from tree_sitter import Node, Tree

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks import placing
from storage.checks.scripts.blocks.grammars import field as part
from storage.checks.scripts.blocks.grammars import line_of, parsed, text_of, walk
from storage.checks.scripts.blocks.reading import named_at
from storage.checks.scripts.blocks.written import Document
from storage.checks.scripts.findings.node_globals import OF_BROWSER
from storage.checks.scripts.packages import visible
from storage.checks.scripts.packages.specifiers import is_builtin
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import endings, styles
from storage.checks.scripts.team.project import Project

MODULE, COMMONJS, UNSAID = "module", "commonjs", ""
"""UNSAID is CommonJS that newer Nodes read as a module where it has `import` or `export`."""
LANGUAGES = frozenset({"javascript", "js", "mjs", "cjs", "node", "nodejs", "ecmascript"})
TYPED = frozenset({"typescript", "ts", "mts", "cts"})
OF_LANGUAGE = {"mjs": MODULE, "cjs": COMMONJS, "mts": MODULE, "cts": COMMONJS}
DETECTING = 21
"""From this Node on a file without a `type` is a module where it reads as one; of 20 only the later versions do so
(https://nodejs.org/api/packages.html#syntax-detection)."""
TRANSLATORS = re.compile(
    r"(?:webpack|next|nuxt|vite|rollup|esbuild|tsup|parcel|tsx|esm|jiti|babel-.*|@babel/.*|@swc/.*|ts-node|bun|bun-types|@types/bun|"
    r"react|vue|svelte|@angular/core|@types/deno)"
)
RUNNING = re.compile(r"tsx|jiti")
"""Of those, what does so while a program is developed, and gives modules a `require`, but no other name of CommonJS."""
"""Packages that translate modules before Node sees them, or stand for another runtime."""
TESTING = re.compile(r"(?:jest|vitest|@jest/globals)(?:/.*)?")
TEST_FILE = re.compile(r"(?:^|/)(?:__tests__|__mocks__)/|\.(?:test|spec)\.[cm]?[jt]s$")
IN_TESTS = re.compile(r"(?:^|/)(?:tests?|e2e|spec)/")
"""What runs there gives TypeScript more than Node does."""
OF_COMMONJS = {
    "require": "`import`, or `createRequire` of `node:module`, does it there",
    "module": "`export` does it there",
    "exports": "`export` does it there",
    "__dirname": "`import.meta.dirname`, or `fileURLToPath(import.meta.url)`, says it there",
    "__filename": "`import.meta.filename`, or `fileURLToPath(import.meta.url)`, says it there",
}
GUARD = re.compile(r"typeof\s+(require|module|exports|__dirname|__filename)\b")
FUNCTIONS = frozenset(
    {
        "function_declaration", "function_expression", "arrow_function", "method_definition", "generator_function_declaration",
        "generator_function", "class_static_block",
    }
)  # fmt: skip


def format_of(project: Project, named: str, language: str) -> str | None:
    """None where nobody can say: there is no package.json, or several of them differ and the block names no file."""
    ending = posixpath.splitext(named)[1].lstrip(".") or language
    if ending in OF_LANGUAGE:
        return OF_LANGUAGE[ending]
    if not project.kinds or (named and ending not in ("js", "ts")):
        return None
    if not named:
        kinds = set(project.kinds.values())
        return kinds.pop() if len(kinds) == 1 else None
    folder = posixpath.dirname(named)
    while folder not in project.kinds and folder:
        folder = posixpath.dirname(folder)
    return project.kinds.get(folder)


def mixed(document: Document, project: Project, types: Types, given: Collection[str]) -> list[Finding]:
    """`given` are the names that earlier blocks of the answer define."""
    tree = parsed(document.snippet.text, is_jsx=False)
    if _is_typed(document) and (meta := _meta(tree.root_node)) and _is_compiled_to_commonjs(document, project):
        said = "`import.meta` is a fault where TypeScript writes CommonJS, as your configuration says; `__filename` is there"
        return [Finding(line_of(meta), "syntax", said)]
    kind = _kind(document, project)
    if kind is None or tree.root_node.has_error:
        return []
    own = named_at(tree.root_node) | set(given) | set(GUARD.findall(document.snippet.text))
    if kind == MODULE:
        if _is_typed(document):
            is_run = bool(_asked(document, project, RUNNING))
            found = list(_foreign(tree, own | ({"require"} if is_run else set())))
            return [*found, *(endings.lacking(document, project.root) if not is_run else ())]
        return [*_foreign(tree, own), *_unseen(document, types), *endings.lacking(document, project.root)]
    if _is_typed(document):
        return []
    return _in_commonjs(tree, own, kind, is_file=_is_read_as_it_stands(document, project, kind, types.node))


def _is_compiled_to_commonjs(document: Document, project: Project) -> bool:
    """By the compiler itself: no other tool of the team's does it."""
    others = [one for one in _asked(document, project, TRANSLATORS) if not re.fullmatch(r"tsx|jiti|ts-node", one)]
    is_part = document.is_change or document.snippet.is_excerpt
    home = placing.home_of(document.folder, project.compiled)
    return project.compiled.get(home) == COMMONJS and not others and not is_part and not document.named.endswith(".mts")


def _meta(root: Node) -> Node | None:
    return next((node for node in walk(root) if node.type == "meta_property" and text_of(node) == "import.meta"), None)


def _is_typed(document: Document) -> bool:
    return document.snippet.is_typed or document.language in TYPED


def _is_read_as_it_stands(document: Document, project: Project, kind: str, node: str) -> bool:
    """Whether an `import` alone is a fault already: Node does not look twice, and the block names its file, or stands among files that
    all are CommonJS."""
    if kind == COMMONJS and document.named:
        return True
    is_late = not node.isdigit() or int(node) >= DETECTING
    return not (kind == UNSAID and is_late) and styles.is_all_commonjs(project.root, document.folder)


def _asked(document: Document, project: Project, wanted: re.Pattern[str]) -> list[str]:
    asked = project.folders.get("", frozenset()) | project.folders.get(document.folder, frozenset())
    return [one for one in asked if wanted.fullmatch(one)]


def _kind(document: Document, project: Project) -> str | None:
    """The format of a whole file that Node reads as it stands; None for what is none, or may be translated first."""
    snippet, named = document.snippet, document.named
    if document.is_change or snippet.is_jsx or snippet.is_excerpt:
        return None
    translators = [] if named.endswith(".cjs") else _asked(document, project, TRANSLATORS)
    if _is_typed(document):
        translators = [one for one in translators if not RUNNING.fullmatch(one)]
    if _is_typed(document) and IN_TESTS.search(named):
        return None
    is_test = (
        bool(TEST_FILE.search(named))
        or OF_BROWSER.search(named)
        or any(TESTING.fullmatch(one.specifier) for one in snippet.imports)
    )
    if document.language not in LANGUAGES | TYPED or translators or is_test:
        return None
    lines = snippet.text.split("\n")
    if any(not lines[number - 1].strip() or not lines[number - 1][0].isspace() for number in snippet.open_lines):
        return None
    if not named and re.search(r"\.(?:[cm]js|[cm]ts)\b", snippet.text) and not _is_typed(document):
        return None
    return format_of(project, named, document.language)


def _unseen(document: Document, types: Types) -> Iterator[Finding]:
    """Names that a CommonJS package has only when it runs: an ES module cannot import them by name."""
    for one in document.snippet.imports:
        is_package = one.kind == "import" and not is_builtin(one.specifier)
        held = types.held(document.folder, one.specifier) if is_package else None
        seen = visible.kept(types.folder / held.place) if held is not None and held.place else None
        for name, line in one.names if seen is not None else ():
            if held is None or seen is None or name in seen or name in ("default", "module.exports"):
                continue
            message = (
                f"`{one.specifier}` is CommonJS, and Node does not see its `{name}` from an ES module: "
                f"import the default, and take `{name}` of it"
            )
            yield Finding(line, "import", message, held.name, held.version)


def _foreign(tree: Tree, own: Collection[str]) -> Iterator[Finding]:
    """Names of CommonJS in an ES module, each where it is first used."""
    told: set[str] = set()
    for node in walk(tree.root_node):
        name = text_of(node) if node.type in ("identifier", "shorthand_property_identifier") else ""
        if name not in OF_COMMONJS or name in own or name in told or not _is_used(node, name):
            continue
        told.add(name)
        said = "module.exports" if name == "module" else name
        message = f"this file is an ES module, where there is no `{said}`; {OF_COMMONJS[name]}"
        yield Finding(line_of(node), "name" if name.startswith("__") else "import", message)


def _is_used(node: Node, name: str) -> bool:
    """`module` and `exports` are anybody's words: only `module.exports`, `exports.x` and what is given to them count."""
    above = node.parent
    if name.startswith("__"):
        return True
    if above is None:
        return False
    if name == "require":
        return above.type == "call_expression" or (above.type == "member_expression" and part(above, "object") == node)
    if above.type == "member_expression" and part(above, "object") == node:
        if name == "module":
            return text_of(part(above, "property")) == "exports"
        return above.parent is not None and above.parent.type == "assignment_expression"
    return False


def _in_commonjs(tree: Tree, own: Collection[str], kind: str, *, is_file: bool) -> list[Finding]:
    """Statements of ES modules in CommonJS. Where no `type` is said, Node may read the file again as a module: what has `require` too
    fails either way."""
    root = tree.root_node
    required = [one for one in walk(root) if ("require" not in own and _is_require(one)) or _gives(one, own)]
    statements = [one for one in root.named_children if one.type in ("import_statement", "export_statement")]
    if statements and (required or is_file):
        word = "import" if statements[0].type == "import_statement" else "export"
        other = "require" if required and _is_require(required[0]) else "exports"
        beside = f" with `{other}` beside it (line {line_of(required[0])})" if required else ""
        message = f"this file is CommonJS by its package.json or its ending: `{word}`{beside} is a syntax error there"
        return [Finding(line_of(statements[0]), "syntax", message)]
    meta = _meta(root)
    if meta is not None and not statements and (required or (kind == COMMONJS and is_file)):
        message = "`import.meta` is a syntax error in CommonJS; `__filename`, `__dirname` are there"
        return [Finding(line_of(meta), "syntax", message)]
    waits = next((node for node in walk(root) if node.type == "await_expression" and not _is_within(node)), None)
    if waits is not None and not statements and required:
        by = "require" if _is_require(required[0]) else "exports"
        message = (
            f"`await` outside of an async function is a syntax error in CommonJS, which this file is by its `{by}`"
        )
        return [Finding(line_of(waits), "syntax", message)]
    return []


def _is_require(node: Node) -> bool:
    return node.type == "call_expression" and text_of(part(node, "function")) == "require" and not _is_within(node)


def _gives(node: Node, own: Collection[str]) -> bool:
    """`module.exports = ...`, `exports.a = ...`."""
    if node.type != "assignment_expression" or not {"module", "exports"}.isdisjoint(own):
        return False
    return bool(re.fullmatch(r"module\.exports(?:\.\w+)?|exports\.\w+", text_of(part(node, "left"))))


def _is_within(node: Node) -> bool:
    """Inside a function."""
    here = node.parent
    while here is not None and here.type not in FUNCTIONS:
        here = here.parent
    return here is not None
