"""What is told does not depend on what was asked before: of modules that take in each other, and of a checker's own answers."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from storage.checks.locations import first_place
from storage.checks.python.environment.environments import Environment
from storage.checks.python.library.library import Library

FILES = {
    "lib/__init__.py": "from lib.a import *\nfrom lib.c import Deep\n",
    "lib/a.py": "from lib.b import *\n\nclass One: ...\n",
    "lib/b.py": "from lib.a import *\nfrom lib.c import *\n\ndef two(): ...\n",
    "lib/c.py": "from lib.b import *\n\nclass Deep: ...\n",
    **{f"long/m{at}.py": f"from long.m{at + 1} import *\n\ndef f{at}(): ...\n" for at in range(12)},
    "long/m12.py": "def f12(): ...\n",
}
MODULES = {"lib", "lib.a", "lib.b", "lib.c"}
TYPESHED, MARKER = (
    "file:///x/vendored/typeshed/stdlib/types.pyi",
    "file:///x/vendored/typeshed/stdlib/ty_extensions/_internal.pyi",
)
FRAME, OTHER = "file:///site/pandas-stubs/core/frame.pyi", "file:///site/polars/frame.py"


def at(uri: str, line: int = 3) -> dict[str, object]:
    return {"uri": uri, "range": {"start": {"line": line, "character": 0}, "end": {"line": line, "character": 4}}}


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    folder = tmp_path_factory.mktemp("environment")
    modules = {"lib": ["lib"], "long": ["lib"]}
    environment = Environment(folder, "3.12", {"lib": "1.0"}, frozenset(), {}, modules, {}, frozenset())
    for name, text in FILES.items():
        (environment.site / name).parent.mkdir(parents=True, exist_ok=True)
        (environment.site / name).write_text(text)
    return environment


def test_modules_that_take_in_each_other_have_the_same_names_in_any_order(environment: Environment) -> None:
    told = []
    for order in itertools.permutations(sorted(MODULES)):
        library = Library(environment)
        asked = {module: (library.members(module), library.exports(module)) for module in order}
        told.append({module: (found.names, found.is_open, set(public)) for module, (found, public) in asked.items()})

    assert all(one == told[0] for one in told)
    assert {"One", "two", "Deep"} <= told[0]["lib.c"][0] & told[0]["lib.a"][0] & told[0]["lib"][0]
    assert not told[0]["lib"][1]


def test_a_module_far_down_a_chain_is_read_as_if_it_had_been_asked_about_first(environment: Environment) -> None:
    first, later = Library(environment), Library(environment)
    later.members("long.m0")
    later.exports("long.m0")

    assert [later.members(f"long.m{at}") for at in range(13)] == [
        first.members(f"long.m{at}") for at in range(12, -1, -1)
    ][::-1]
    assert later.members("long.m0").is_open  # nobody reads all of it
    assert not later.members("long.m9").is_open


@pytest.mark.parametrize("order", list(itertools.permutations([at(MARKER), at(TYPESHED), at(FRAME), at(OTHER)])))
def test_of_several_types_the_same_one_is_taken_in_any_order(order: tuple[dict[str, object], ...]) -> None:
    place = first_place(list(order), is_type=True)

    assert place is not None
    assert place.path == Path("/site/pandas-stubs/core/frame.pyi")


def test_of_several_definitions_the_first_is_taken_and_an_unknown_type_is_none() -> None:
    assert first_place([at(OTHER, 7), at(FRAME)], is_type=False) == first_place(at(OTHER, 7), is_type=True)
    assert first_place([at(MARKER)], is_type=True) is None
    assert first_place(None, is_type=True) is None
    assert first_place([{"uri": "untitled:1", "range": at(FRAME)["range"]}], is_type=True) is None
