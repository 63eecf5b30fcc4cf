"""What of the compiler's words about values is believed, and at which line it is said."""

from __future__ import annotations

from pathlib import Path

import pytest
from tree_sitter import Node

from bot.capabilities.checks.verdicts import Block, Finding
from storage.checks.scripts.blocks import lines, reading
from storage.checks.scripts.blocks.grammars import parsed, text_of
from storage.checks.scripts.blocks.placing import Place, listed
from storage.checks.scripts.blocks.written import Written
from storage.checks.scripts.findings import believed, promises
from storage.checks.scripts.team import bases, documents, javascript
from storage.checks.scripts.team.project import Project
from storage.checks.servers import Diagnostic


def said(code: str, message: str, line: int = 0) -> Diagnostic:
    return Diagnostic("tsc", code, message, line, 0, line, 1)


TYPEOF = '"bigint" | "boolean" | "function" | "number" | "object" | "string" | "symbol" | "undefined"'
COMPARED = [
    ("2367", "This comparison appears to be unintentional because the types 'Status' and '\"sent\"' have no overlap.",
     True, '`"sent"` is none of `Status`: this is never so'),
    ("2678", "Type '\"sent\"' is not comparable to type 'Status'.", True, '`"sent"` is none of `Status`: this is never so'),
    ("2678", "Type '\"sent\"' is not comparable to type 'Status'.", False, ""),
    ("2367", f"This comparison appears to be unintentional because the types '{TYPEOF}' and '\"strng\"' have no overlap.",
     False, '`"strng"` is none of `typeof`: this is never so'),
    ("2367", "This comparison appears to be unintentional because the types '\"open\"' and '\"sent\"' have no overlap.", True, ""),
]  # fmt: skip


@pytest.mark.parametrize(("code", "message", "is_typed", "expected"), COMPARED)
def test_a_word_that_a_type_of_the_team_or_typeof_never_holds_is_told(
    code: str, message: str, is_typed: bool, expected: str
) -> None:
    assert believed.compared(said(code, message), lambda name: name == "Status", is_typed=is_typed) == expected


NO_FORM = "No overload matches this call.\n  The last overload gave the following error.\n    "
SHAPES = [
    ("ask(['a'], load)", "2769", NO_FORM + "Property 'key' is missing in type 'string[]' but required in type 'AskOptions<A>'.", True),
    ("ask(['a'])", "2559", "Type 'string[]' has no properties in common with type 'Filters'.", True),
    ("ask((a) => a)", "2345", "Argument of type '(a: string) => string' is not assignable to parameter of type 'AskOptions'.\n"
     "  Property 'key' is missing in type '(a: string) => string' but required in type 'AskOptions'.", True),
    ("ask({ a: 1 })", "2769", NO_FORM + "Property 'key' is missing in type '{ a: number; }' but required in type 'AskOptions'.", False),
    ("ask(given)", "2769", NO_FORM + "Property 'key' is missing in type 'string[]' but required in type 'AskOptions'.", False),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "message", "is_told"), SHAPES)
def test_the_shape_that_a_call_had_in_another_version_is_told(
    text: str, code: str, message: str, is_told: bool
) -> None:
    node = parsed(text, is_jsx=False).root_node.descendant_for_point_range((0, 4), (0, 4))

    assert node is not None
    assert bool(believed.unfit(said(code, message), node, text)) == is_told


def bound(text: str) -> str:
    root = parsed(text, is_jsx=False).root_node
    last = text.rstrip().count("\n")
    node: Node | None = root.descendant_for_point_range((last, 0), (last, 0))
    call = promises.bound(node, root) if node is not None else None
    return text_of(call)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("const s = load();\ns.total;", "load()"),
        ("const s = db.load(1);\ns[0].total;", "db.load(1)"),
        ("const s = load();\nconst t = await s;\ns.total;", ""),
        ("const s = load();\nawait Promise.all([s]);\ns.total;", ""),
        ("const s = load();\ns.then(done);\ns.total;", ""),
        ("const s = 1;\ns.total;", ""),
    ],
)
def test_a_promise_is_missed_where_it_was_bound_unless_somebody_waits_for_it_later(text: str, expected: str) -> None:
    assert bound(text) == expected


def test_what_is_deprecated_is_said_where_it_is_first_used() -> None:
    def at(code: str) -> list[int]:
        snippet = reading.read("ts", code)
        project = Project(Path("/nonexistent"), {}, frozenset())
        document = documents.made(Block("ts", code), 1, snippet, project, Written(), Place(), listed(()))
        return [
            one.line for one in lines.deprecated_at_use([Finding(1, "deprecated", "`old` is deprecated")], document)
        ]

    assert at("import { old } from 'a';\nfoo();\nold(1);\nold(2);\n") == [3]
    assert at("const { old } = require('a');\nfoo();\nold(1);\n") == [3]
    assert at("import { old } from 'a';\n") == [1]


HEIRS = {
    "src/api.ts": "import { Base } from './generated/api';\nimport { Own } from './own';\nexport class Api extends Base {}\n"
    "class Known extends Own<Api> {}\nexport interface More extends Api { a: 1 }\n",
    "src/far.ts": "const { Gone } = require('gone');\nclass Far extends Gone {}\nclass Near extends Error {}\n",
}


def test_heirs_of_what_nobody_has_seen_and_their_heirs_are_known() -> None:
    found = bases.lost(HEIRS, lambda folder, specifier: (folder, specifier) == ("src", "./own"))

    assert found == {"Api", "More", "Far"}


def test_types_in_comments_of_javascript_do_not_count_and_leave_columns_alone() -> None:
    text = "/**\n * @param {Response} a\n * @type {import('x').Y}\n */\nf(a); // @type {Z}\n"

    assert javascript.without_documentation(text) == text.replace("@param {Response}", " " * 17)
