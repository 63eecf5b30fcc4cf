"""What is wrong with a value that somebody wrote, in plain words: pydantic's own are a programmer's."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Any

LIKE = 0.6
"""How alike two names have to be for one to be meant by the other."""

WORDS = {
    "int_parsing": "it is a whole number",
    "int_type": "it is a whole number",
    "int_from_float": "it is a whole number",
    "float_parsing": "it is a number",
    "float_type": "it is a number",
    "finite_number": "it is a number",
    "bool_parsing": "it is true or false",
    "bool_type": "it is true or false",
    "string_type": "it is a text, in quotes",
    "path_type": "it is a path, in quotes",
    "list_type": 'it is a list, such as ["one", "two"]',
    "dict_type": "it is a table with entries of its own",
    "model_type": "it is a table with entries of its own",
    "model_attributes_type": "it is a table with entries of its own",
    "missing": "it is not there",
}


def in_words(fault: Mapping[str, Any], known: Collection[str] = ()) -> str:
    """A sentence for one of pydantic's errors. `known`: the names that may stand where it is."""
    kind, told = str(fault["type"]), fault.get("ctx") or {}
    match kind:
        case "value_error":
            return str(fault["msg"]).removeprefix("Value error, ")
        case "extra_forbidden":
            name = str(fault["loc"][-1])
            meant = get_close_matches(name, known, 1, LIKE)
            return "this is no setting" + (
                f"; did you mean {meant[0]}?" if meant else f"; there are {', '.join(known)}"
            )
        case "literal_error":
            return f"it is one of {told['expected']}"
        case "greater_than_equal":
            return f"it is at least {told['ge']}"
        case "less_than_equal":
            return f"it is at most {told['le']}"
        case _:
            return WORDS.get(kind) or str(fault["msg"])
