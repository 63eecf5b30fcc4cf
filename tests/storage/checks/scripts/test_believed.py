"""What the compiler says of types is believed unless it may come of what we do not have; names in texts are held against rows."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.checks.scripts.blocks import statements
from storage.checks.scripts.blocks.grammars import parsed
from storage.checks.scripts.findings import believed
from storage.checks.scripts.team import own_exports
from storage.checks.servers import Diagnostic

GIVEN = "Argument of type '{}' is not assignable to parameter of type '{}'."
NO_FORM = "No overload matches this call.\n  The last overload gave the following error.\n    "
BELIEVED = {
    "a type of another name": ("2345", GIVEN.format("Invoice", "Order")),
    "a function that is not called": ("2322", "Type '() => string' is not assignable to type 'string'."),
    "one that could have been": (
        "2560",
        "Value of type '() => Order' has no properties in common with type 'Query'. Did you mean to call it?",
    ),
    "what lacks members": ("2739", "Type 'Invoice' is missing the following properties from type 'Order': a, b"),
    "a value of a union that does not fit": (
        "2322",
        "Type 'Order | Draft' is not assignable to type 'Order'.\n  Type 'Draft' is not assignable to type 'Order'.",
    ),
    "what no form takes": ("2769", NO_FORM + GIVEN.format("RegExp", "(a: string) => string")),
}
DOUBTFUL = {
    "a value that may be missing": ("2345", GIVEN.format("Order | undefined", "Order")),
    "a type that nobody declares": ("2345", GIVEN.format("unknown", "Order")),
    "a text for words": ("2322", "Type 'string' is not assignable to type '\"a\" | \"b\"'."),
    "two copies of one type": ("2345", GIVEN.format('import("/a/x").Order', 'import("/b/x").Order')),
    "a letter that stands for any type": (
        "2322",
        "Type 'Order' is not assignable to type 'T'.\n  'T' could be instantiated with 'B'.",
    ),
    "a word for the value of an enum": ("2345", GIVEN.format('"Email" | "Sms"', "Kind.Email | Kind.Sms")),
    "words of the block's own": ("2345", GIVEN.format('"sent"', '"open" | "paid"')),
    "another fault": ("2304", "Cannot find name 'a'."),
}


def unfit(code: str, message: str, text: str = "const open = 'paid'; send(/a/, b);") -> str:
    node = parsed(text, is_jsx=False).root_node.descendant_for_point_range(
        (0, text.index("(/a") + 1), (0, text.index("(/a") + 1)
    )
    assert node is not None
    return believed.unfit(Diagnostic("tsc", code, message, 0, 0, 0, 1), node, text)


@pytest.mark.parametrize(("code", "message"), BELIEVED.values(), ids=BELIEVED)
def test_values_that_do_not_fit_are_told(code: str, message: str) -> None:
    assert unfit(code, message)


@pytest.mark.parametrize(("code", "message"), DOUBTFUL.values(), ids=DOUBTFUL)
def test_what_may_come_of_what_is_not_there_is_not_told(code: str, message: str) -> None:
    assert unfit(code, message) == ""


def test_forms_that_were_chosen_by_their_types_are_left_alone() -> None:
    message = NO_FORM + GIVEN.format("RegExp", "Order")

    assert unfit("2769", message, "send<A, B>(/a/, b);") == ""
    assert unfit("2769", message, "send((/a/), b);") == ""
    assert unfit("2769", message, "send(/a/, b);")


@pytest.mark.parametrize(
    ("kind", "count"),
    [
        ("A | B", 2),
        ("Promise<A | B>", 1),
        ('Promise<Router<{ kind: "a" | "b" ...', 1),
        ("(one: A | B) => C | D", 2),
        ('"a|b" | A', 2),
    ],
)
def test_a_union_has_as_many_members_as_stand_outside_of_brackets(kind: str, count: int) -> None:
    assert len(believed.members(kind)) == count


def marked(text: str) -> str:
    return statements.marked(text, parsed(text, is_jsx=False).root_node)


def test_the_truth_of_what_a_call_gave_is_asked_for_before_its_condition() -> None:
    body = "const a = find(); const b = await find(); if (!a && b) { stop(); }"

    assert "plumblineTruth(a); if (!a && b)" in marked(f"async function f() {{ {body} }}")
    assert "plumblineTruth(b)" not in marked(f"async function f() {{ {body} }}")


def test_what_the_team_s_files_import_is_known_by_the_name_that_they_use(tmp_path: Path) -> None:
    (tmp_path / "a.ts").write_text(
        "import 'once';\nimport Whole, { one as other, type Kind } from 'kit/part';\nimport * as all from \"all\";\n"
        "import {\n  many,\n} from 'kit';\nimport { own } from './own';\n"
    )
    (tmp_path / "b.js").write_text("const { given: taken } = require('kit');\nconst whole = require('old');\n")

    names, asked = own_exports.imported(tmp_path)

    assert {("kit/part", "one"), ("kit", "given"), ("once", "")} <= asked
    assert not {("kit/part", "Whole"), ("kit/part", "other"), ("./own", "own")} & asked
    assert names == {
        "": ("once",),
        "Whole": ("kit/part",),
        "other": ("kit/part",),
        "Kind": ("kit/part",),
        "all": ("all",),
        "many": ("kit",),
        "taken": ("kit",),
        "whole": ("old",),
    }


@pytest.mark.parametrize(
    ("given", "wanted", "is_told"),
    [("(x) => x", "() => void", False), ("(x) => x", "Place", True), ("/a/", "() => void", True)],
)
def test_a_function_of_javascript_s_may_take_more_than_it_is_handed(given: str, wanted: str, is_told: bool) -> None:
    fault = Diagnostic(
        "tsc", "2345", f"Argument of type 'G' is not assignable to parameter of type '{wanted}'.", 0, 2, 0, 3
    )
    value = parsed(f"f({given});", is_jsx=False).root_node.descendant_for_byte_range(2, 2 + len(given))
    assert value is not None

    assert believed.is_another_kind(fault, value) is is_told


@pytest.mark.parametrize(
    ("wanted", "is_told"),
    [("Place", True), ("keyof Model<any, any>", False), ("Filter<any>", False), ("string | Place", False)],
)
def test_what_a_package_leaves_to_its_user_takes_any_text_of_javascript(wanted: str, is_told: bool) -> None:
    fault = Diagnostic(
        "tsc", "2345", f"Argument of type '\"a\"' is not assignable to parameter of type '{wanted}'.", 0, 2, 0, 3
    )
    value = parsed("f('a');", is_jsx=False).root_node.descendant_for_byte_range(2, 5)
    assert value is not None

    assert believed.is_another_kind(fault, value) is is_told
