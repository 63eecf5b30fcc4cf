"""What is followed through a library's source: arguments that are handed on, and where a name is to be imported from."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from storage.checks.python.environment.environments import Environment, site_of
from storage.checks.python.library.library import Library
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning import forwarding, homes

CLIENT = """from http import HTTPStatus
from kit._pool import Pool

class Base:
    def __init__(self, url, **words):
        self.size = words.get("size", 1)
        self.pool = Pool(**words)

    def asked(self, depth=1): ...

class Client(Base):
    def __init__(self, url, token=None, **words):
        super().__init__(url, **words)

class Fault(Exception):
    def __init__(self, delay=0, **words):
        super().__init__(**words)

class Strict:
    def __init__(self, **words):
        self.name = words.pop("name", "")
        if words:
            raise TypeError(f"takes no {words}")

class Part:
    def __init__(self, part=0, **words):
        super().__init__(**words)

class Other:
    def __init__(self, other=0, **words):
        super().__init__(**words)

class Both(Part, Other): ...

class Keeping:
    def __init__(self, **words):
        self.words = words

def swallowing(one, **words):
    return one

def within(one, **words):
    from ._pool import Pool
    return Pool(**words)

def choosing(one, cls=None, **words):
    if cls is None:
        cls = Pool
    return cls(**words)

def popping(**words):
    made = words.pop("made", Pool)
    return made(**words)

def asserting(one, **words):
    assert len(words) == 0, f"unknown: {words}"
    return swallowing(one, **words)

def withdrawn(one, **words):
    mode = words.get("mode")
    if mode is not None:
        raise TypeError("mode was removed")

DEFAULT = Base("a")

def shared(**words):
    return DEFAULT.asked(**words)
"""
POOL = "class Pool:\n    def __init__(self, size=1, wait=False): ...\n"
ROUTES = """class Route:
    def __init__(self, path, methods=()): ...

class Router: ...

def get_task_logger(name): ...

def mount(app, at): ...
"""
FILES = {
    "__init__.py": "import typing\n\nif typing.TYPE_CHECKING:\n    from kit.shapes import *\n",
    "_pool.py": POOL,
    "client.py": CLIENT,
    "inner/__init__.py": "",
    "inner/routes.py": ROUTES,
    "shapes.py": "class ShapeModel: ...\n",
    "twice.py": "class TwiceThere: ...\n",
    "inner/twice.py": "class TwiceThere: ...\n",
}


@pytest.fixture
def library(tmp_path: Path) -> Library:
    site = site_of(tmp_path, "3.11")
    for name, text in FILES.items():
        path = site / "kit" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Library(Environment(tmp_path, "3.11", {"kit": "1.0"}, frozenset(), {}, {"kit": ["kit"]}, {}, frozenset()))


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("Client", {"self", "url", "token", "size", "wait"}),
        ("Fault", {"self", "delay"}),
        ("Strict", {"self", "name"}),
        ("Both", None),  # what `super()` is there, the class below tells
        ("Keeping", None),
        ("swallowing", None),
        ("within", {"self", "one", "size", "wait"}),
        ("choosing", {"self", "one", "cls", "size", "wait"}),
        ("popping", {"self", "made", "size", "wait"}),
        ("asserting", {"one"}),
        ("withdrawn", {"one"}),
        ("shared", {"self", "depth"}),
    ],
)
def test_arguments_are_followed_to_all_that_take_them(library: Library, name: str, names: set[str] | None) -> None:
    home = find(library, "kit.client", name, 8)
    path = library.file_of("kit.client")
    assert home is not None
    assert path is not None

    accepted = forwarding.accepted(library, path, home[1], "kit", call=ast.Call(ast.Name(name), [], []))

    assert accepted == (names if names is None else frozenset(names))


def test_what_a_call_chooses_itself_takes_words_of_its_own(library: Library) -> None:
    home, path = find(library, "kit.client", "choosing", 8), library.file_of("kit.client")
    assert home is not None
    assert path is not None

    call = ast.parse("choosing(1, cls=Mine, size=2)", mode="eval").body

    assert isinstance(call, ast.Call)
    assert forwarding.accepted(library, path, home[1], "kit", call=call) is None


@pytest.mark.parametrize(
    ("code", "name", "home"),
    [
        ("Route('/', methods=['GET'])", "Route", "kit.inner.routes"),
        ("Route('/', method='GET')", "Route", ""),  # it takes no such word: one of the reader's own
        ("Route('/')", "Route", ""),  # anybody's
        ("get_task_logger('a')", "get_task_logger", "kit.inner.routes"),
        ("get_task_logger()", "get_task_logger", ""),
        ("mount(app, at='/')", "mount", "kit.inner.routes"),
        ("class Mine(ShapeModel): ...", "ShapeModel", "kit"),
        ("class Mine(TwiceThere): ...", "TwiceThere", ""),
    ],
)
def test_a_name_that_is_not_imported_is_the_packages_where_its_use_says_so(
    library: Library, code: str, name: str, home: str
) -> None:
    assert homes.home_of(library, name, ["kit.client"], ast.parse(code)) == home
