"""What objects are made of where no declaration says it, and what is said of those of which nobody can tell."""

from __future__ import annotations

import ast
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.capabilities.checks.python import deprecations
from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks import house, source
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.answers import commands, concluding
from storage.checks.python.answers.own import classes, module_of
from storage.checks.python.environment.index import Index
from storage.checks.room import Stand
from tests.repositories import MadeRepository
from tests.wheels import make_wheel

wire = pytest.mark.asyncio(loop_scope="module")

UNTYPED = {
    "metalib/__init__.py": """import functools

class Meta(type):
    def __call__(cls, **fields):
        one = object.__new__(cls)
        one.__dict__.update(fields)
        return one

class Record(metaclass=Meta):
    pass

def opened(url):
    return _TABLE[url]()

class Client:
    def __init__(self, url):
        self.parts = _TABLE[url]

    @classmethod
    def from_url(cls, url):
        client = cls(url)
        return client

    def ping(self, times=1):
        return True

    def lines(self):
        return Lines()

class Lines:
    def __enter__(self):
        return self

    def __exit__(self, *of):
        return None

    def add(self, text):
        return self

def from_url(url):
    from metalib.deeper import Client as Other
    return Other.from_url(url)

_TABLE = {}
""",
    "metalib/deeper.py": "from metalib import Client\n",
}
TYPED = {
    "keylib/keys.py": "from keylib import _binary\n\nopened = _binary.kept.opened\n",
    "keylib/_binary.cpython-311-x86_64-linux-gnu.so": "",
    "keylib/_binary/kept.pyi": "def opened(data: bytes, place: int = 0) -> int: ...\n",
    "keylib/_binary/__init__.pyi": "from keylib._binary import kept as kept\n",
    "keylib/listing.py": """class Shown:
    def __new__(cls, *args, **words):
        if words.pop("many", False):
            return cls.listed(*args, **words)
        return super().__new__(cls)

    def __init__(self, data: object = None, many: bool = False) -> None: ...

    @classmethod
    def listed(cls, *args, **words):
        return [cls(*args)]
""",
    "keylib/_core.cpython-311-x86_64-linux-gnu.so": "",
    "keylib/records.py": "from keylib._core import Record\n",
    "keylib/records.pyi": """class Record:
    def __init_subclass__(cls, frozen: bool = False, forbid_unknown: bool = False) -> None: ...

class Open:
    def __init_subclass__(cls, **words: object) -> None: ...
""",
    "keylib/py.typed": "",
    "keylib/__init__.py": """class App:
    def route(self) -> str: ...

class Proxy:
    def current(self) -> App: ...

app: App = Proxy()  # type: ignore[assignment]

class First:
    def sign(self, data: bytes) -> bytes: ...

class Second:
    def sign(self, data: bytes, padding: int) -> bytes: ...

class Third:
    def agree(self) -> bytes: ...

def load(data: bytes) -> First | Second | Third: ...
""",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    base = tmp_path_factory.mktemp("made")
    for name, version, files in MADE:
        make_wheel(base / "wheels", name, version, files)
    built = house.build(base / "data", Index(str(base / "wheels")), lambda ground: STAND)
    yield built
    await built.stop()


MADE = (
    ("metalib", "1.0", UNTYPED),
    ("keylib", "1.0", TYPED),
    ("pydantic", "1.10.9", {"pydantic/__init__.py": "class BaseModel:\n    def dict(self): ...\n"}),
    (
        "sqlalchemy",
        "2.0.40",
        {
            "sqlalchemy/__init__.py": "",
            "sqlalchemy/orm.py": "class DeclarativeBase:\n    def __init__(self, **words): ...\n",
        },
    ),
)
STAND = Stand(Pins("3.11", {name: version for name, version, _ in MADE}, direct=frozenset(name for name, *_ in MADE)))


async def verdict(checks: House, code: str, stand: Stand = STAND) -> Verdict:
    (one,) = await checks.checker.against([Block("python", code)], stand)
    return one


@wire
async def test_what_a_metaclass_makes_is_given_any_words_and_a_known_class_its_own(checks: House) -> None:
    made = "import metalib\n\nclass Row(metalib.Record):\n    pass\n\nrow = Row(name='a')\n"

    assert (await verdict(checks, made)).findings == ()


@wire
async def test_no_problems_is_not_said_while_nobody_can_tell_what_an_object_is(checks: House) -> None:
    found = await verdict(checks, "import metalib\n\nstore = metalib.opened('x')\nstore.fetch(1)\n")

    assert found.state == "partial"
    assert found.reasons == ("what `store` is cannot be told: metalib declares no types",)


@wire
async def test_what_a_class_method_far_away_gives_back_is_followed_also_through_with(checks: House) -> None:
    told = "import metalib\n\nclient = metalib.from_url('x')\nclient.ping()\n"
    told += "with client.lines() as lines:\n    lines.add('a')\n"

    assert (await verdict(checks, told)).state == "none"
    assert [one.line for one in (await verdict(checks, told + "    lines.append('a')\n")).findings] == [7]


@wire
async def test_a_name_that_stands_for_another_object_has_what_that_has(checks: House) -> None:
    found = await verdict(checks, "from keylib import app\n\napp.current()\napp.rout()\n")

    assert [one.line for one in found.findings] == [4]


@wire
async def test_a_binarys_function_takes_what_its_stub_says_also_by_another_name(checks: House) -> None:
    found = await verdict(checks, "from keylib import keys\n\nkeys.opened(b'', place=1)\nkeys.opened(b'', key=1)\n")

    assert [(one.line, one.kind) for one in found.findings] == [(4, "argument")], found


@wire
async def test_words_behind_a_base_are_those_that_it_takes(checks: House) -> None:
    made = "from keylib import records\n\nclass A(records.Record, frozen=True):\n    x: int\n\n"
    made += "class B(records.Record, forbid_unknwn=True):\n    x: int\n\nclass C(records.Open, any=1):\n    x: int\n"
    found = await verdict(checks, made)

    assert [(one.line, "did you mean `forbid_unknown`" in one.message) for one in found.findings] == [(6, True)], found


@wire
async def test_arguments_that_a_class_hands_to_something_else_are_not_held_against_its_making(checks: House) -> None:
    shown = "from keylib.listing import Shown\n\nclass Row(Shown):\n    pass\n\nRow(data=1, many=True, most=3)\n"
    found = await verdict(checks, shown + "Row(data=1, most=3)\nRow(many=False, most=3)\n")

    assert [one.line for one in found.findings] == [7, 8]


@wire
async def test_of_several_classes_only_what_none_has_is_missing(checks: House) -> None:
    found = await verdict(checks, "from keylib import load\n\nkey = load(b'')\nkey.sign(b'', 1)\nkey.seal(b'')\n")

    assert [(one.line, "`First`, `Second` and the like have no `seal`" in one.message) for one in found.findings] == [
        (5, True)
    ]


MAPPED = """from sqlalchemy.orm import DeclarativeBase

class Base(DeclarativeBase):
    pass

class User(Base):
    email: str

User(email='a')
User(mail='a')
"""
BESIDE = """class PageMixin:
    def page(self):
        return self.paged() + super().pages()

    def paging(self):
        return 1
"""


@wire
async def test_a_mapped_class_of_the_block_takes_its_own_attributes_only(checks: House) -> None:
    found = await verdict(checks, MAPPED)

    assert [(one.line, one.message) for one in found.findings] == [
        (10, "`User` takes no argument `mail`; did you mean `email`?")
    ]


@wire
async def test_a_class_that_is_made_to_stand_beside_others_may_ask_for_what_they_have(checks: House) -> None:
    assert (await verdict(checks, BESIDE)).findings == ()


def test_one_fact_is_one_finding() -> None:
    wrong = Finding(3, "argument", "`put` takes no argument `size`")
    absent = Finding(7, "attribute", "`Client` has no `begin` in motor 3")
    found = [
        Finding(2, "argument", "`put` also needs `length`"),
        wrong,
        Finding(7, "await", "`client.begin()` is no coroutine"),
        absent,
    ]

    assert concluding.causes(found) == [wrong, absent]


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("warn(f'It is deprecated (Extra keys: {x}), use other. Bye {x}.', W)", "It is deprecated, use other."),
        ("warn(f'{x} is gone', W)", ""),
        ("warn('use %s now. The old one goes.' % x, W)", "The old one goes."),
        ("warn('Use the new one.', W)", "Use the new one."),
    ],
)
def test_of_a_warning_only_whole_sentences_are_told(call: str, text: str) -> None:
    assert deprecations.text_of(ast.parse(call, mode="eval").body) == text


def test_a_file_is_known_by_the_longest_root_above_it(tmp_path: Path) -> None:
    for path, text in (
        ("src/shop/a.py", "class OneThing: ..."),
        ("src/shop/b.py", "class OneThing: ...\nclass OtherThing: ..."),
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)

    assert module_of(Path("src/shop/__init__.py"), (".", "src")) == "shop"
    assert classes(tmp_path, (".", "src")) == {"OtherThing": "shop.b"}


@wire
async def test_a_class_of_the_repository_that_is_used_and_not_imported_is_named_with_its_module(
    checks: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = MadeRepository(tmp_path_factory.mktemp("team") / "shop")
    errors = "class OrderMissing(Exception): ...\n"
    made.commit({"shop/__init__.py": "", "shop/errors.py": errors, "shop/read.py": "def order(): ...\n"})
    tree = source.export(made.folder, "", "shop", checks.trees)
    code = "from shop.read import order\n\ntry:\n    order()\nexcept OrderMissing:\n    pass\n"

    (found,) = (await verdict(checks, code, Stand(STAND.pins, tree))).findings
    (lacking,) = (await verdict(checks, "from shop.billing.tax import rate\n", Stand(STAND.pins, tree))).findings

    assert (found.line, found.message) == (
        5,
        "`OrderMissing` is used, and not imported: `from shop.errors import OrderMissing`",
    )
    assert lacking.message == "there is no package `shop.billing` in your repository"


TWO_FILES = """--- a/shop/errors.py
+++ b/shop/errors.py
@@ -1 +1 @@
-class OrderMissing(Exception): ...
+class Missing(Exception): ...
--- a/shop/cart.py
+++ b/shop/cart.py
@@ -1,2 +1,3 @@
 from shop.read import order
 order()
+order().total.nothing()
"""


@wire
async def test_a_change_of_several_files_is_checked_in_the_place_of_each(
    checks: House, tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = MadeRepository(tmp_path_factory.mktemp("diff") / "shop")
    read = "from shop.errors import OrderMissing\n\nclass Order:\n    total: int = 0\n\ndef order() -> Order: ...\n"
    made.commit({
        "shop/__init__.py": "", "shop/errors.py": "class OrderMissing(Exception): ...\n", "shop/read.py": read,
        "shop/cart.py": "from shop.read import order\norder()\n",
    })  # fmt: skip
    tree = source.export(made.folder, "", "shop", checks.trees)

    (found,) = await checks.checker.against([Block("diff", TWO_FILES, diff=True)], Stand(STAND.pins, tree))

    said = [(one.line, one.kind, one.message) for one in found.findings]
    assert said[0] == (5, "call sites", "`OrderMissing` is gone, and used in shop/read.py:1")
    assert [(line, kind) for line, kind, _ in said[1:]] == [(11, "attribute")]


@pytest.mark.parametrize(
    ("wanted", "version", "fits"),
    [
        ("^4", "5.2.1", False),
        ("@^5.1", "5.2.1", True),
        ("^0.27", "0.28.1", False),
        ("~1.2", "1.3.0", False),
        (">=5", "5.2.1", True),
    ],
)
def test_what_a_command_asks_for_is_read_as_its_tool_reads_it(wanted: str, version: str, fits: bool) -> None:
    assert commands._allows(wanted, version) is fits
