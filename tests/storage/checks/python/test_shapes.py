"""Shapes of libraries that a checker takes for what they are not, and shapes of defects that it does not take for one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks import house, pins
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.environment.index import Index
from storage.checks.room import Stand
from tests.wheels import make_wheel

pytestmark = pytest.mark.asyncio(loop_scope="module")

WEBLIB = {
    "weblib/__init__.py": """from weblib.web import *
from weblib.web import Client, Session, Tasks, answer, bound, fetch, get, run
""",
    "weblib/py.typed": "",
    "weblib/web.py": '''import json
from typing import Any, Callable, Iterator
from contextlib import contextmanager


def answer(*args: Any, **kwargs: Any) -> str:
    """What is given becomes the answer."""
    return json.dumps(args or kwargs)


def run(function: Callable[..., Any], **options: Any) -> Any:
    return function(**options)


@contextmanager
def bound(**kw: Any) -> Iterator[None]:
    kept = dict(kw)
    yield None


@contextmanager
def scope(*, read_only: bool = False) -> Iterator[int]:
    yield 1


class Task:
    def __init__(self, function: Callable[..., Any], **kwargs: Any) -> None:
        self.kwargs = kwargs


class Tasks:
    def add(self, function: Callable[..., Any], **kwargs: Any) -> None:
        Task(function, **kwargs)


class Session:
    def __enter__(self) -> "Session":
        return self

    def __exit__(self, *error: object) -> None: ...

    def send(self, url: str, params: Any = None, timeout: float = 1) -> str:
        return url


def fetch(url: str, **kwargs: Any) -> str:
    with Session() as session:
        return session.send(url, **kwargs)


def get(url: str, **kwargs: Any) -> str:
    return fetch(url, **kwargs)


class Client:
    async def get(self, path: str) -> str:
        return path


class Q: ...


class Model:
    def __init__(self, **values: Any) -> None: ...
''',
    "weblib/tables.pyi": """class Base: ...

class Table(Base):
    def fill(self, value: int = 0, method: str = ...) -> Table: ...
    def sorted(self) -> Table: ...
    def column(self, name: str, size: int, *, unique: bool = ...) -> None: ...

def kept() -> int: ...
def table() -> Table: ...
def index(name: str, table: str) -> None: ...
""",
    "weblib/tables.py": """import warnings

class Base:
    def fill(self, value=0, method=None):
        if method is not None:
            warnings.warn("filling with a method goes", FutureWarning, stacklevel=2)
        return self

    def append(self, row):
        warnings.warn("append goes, use concat", FutureWarning)

class Table(Base):
    def sorted(self):
        return self

    def column(self, name, size, *, unique=False):
        pass

def kept():
    return 1

def in1d(a):
    warnings.warn("in1d goes", PendingDeprecationWarning)

def table():
    return Table()

globals()["index"] = lambda name, table: None
""",
    "weblib/fields.py": """import warnings

class RemovedInWeblib2Warning(DeprecationWarning): ...

class Field:
    def __init__(self, *, missing=None, default=None, **more):
        if missing is not None:
            warnings.warn("'missing' goes", RemovedInWeblib2Warning, stacklevel=2)

class Integer(Field):
    def __init__(self, *, strict=False, **kwargs):
        super().__init__(**kwargs)

Int = Integer

def define(cls=None, *, hash=None):
    '''Make it.

    .. deprecated:: 1.1 *hash* is deprecated in favor of *unsafe_hash*.
    '''

def old():
    warnings.warn("old goes", FutureWarning)
""",
    "weblib/utils/__init__.py": "",
    "weblib/utils/timezone.py": "def now() -> int:\n    return 1\n",
}
LAZYLIB = {
    "lazylib/__init__.py": """from lazylib.local import recreate

globals()['kcah_acitats'[::-1].upper()] = False
old, new = recreate(__name__, by_module={'lazylib.app': ['App']}, direct={'task': 'lazylib.app'})
""",
    "lazylib/local.py": "def recreate(name, by_module, direct):\n    return 1, 2\n",
    "lazylib/app.py": "class App:\n    def channel(self):\n        return make()\n\ndef make():\n    return eval('1')\n",
    "lazylib/schedules.py": "class crontab: ...\n",
    "lazylib-stubs/__init__.pyi": "from lazylib.app import App as App\n",
    "lazylib-stubs/schedules.pyi": "class crontab: ...\n",
    "lazylib-stubs/app.pyi": "class App: ...\n",
}
BARELIB = {
    "barelib/__init__.py": "class App:\n    def channel(self):\n        return _make(self)\n\ndef _make(app):\n    return app.x()\n"
}
FLUIDLIB = {
    "pymongo/__init__.py": """class Collection:
    def __getattr__(self, name: str) -> 'Collection':
        return self

    def __call__(self, *args: object) -> None:
        raise TypeError

    def insert_one(self, row: object) -> None: ...


class Database:
    def __getitem__(self, name: str) -> 'Collection':
        return Collection()
""",
    "pymongo/py.typed": "",
}
TWOLIB = {
    "twolib/__init__.py": "from twolib.marks import func as func, select as select, update as update\n",
    "twolib/py.typed": "",
    "twolib/commands.py": """from typing import Any, Awaitable, Union

ResponseT = Union[Awaitable[Any], Any]


class Commands:
    def get(self, name: str) -> ResponseT:
        return self.execute(name)
""",
    "twolib/asyncio.py": """from twolib.commands import Commands
from twolib.marks import deprecated_function


class Client(Commands):
    @classmethod
    def from_url(cls, url: str, **kwargs):
        return cls(url)

    def __init__(self, url: str) -> None: ...

    @deprecated_function(version="5.0.1", reason="Use aclose() instead", name="close")
    async def close(self) -> None: ...

    async def aclose(self) -> None: ...


def from_url(url, **kwargs):
    return Client.from_url(url, **kwargs)
""",
    "twolib/marks.py": """def deprecated_function(**kw):
    return lambda function: function

class Statement:
    def where(self, what: object) -> "Statement": ...

class Functions:
    def sum(self, what: object) -> int: ...

func = Functions()

def select(what: object) -> Statement: ...

def update(table: object) -> Statement: ...
""",
}
KEPT = """import asyncio
import json
from twolib.asyncio import Client, from_url


class Cache:
    def __init__(self, url: str) -> None:
        self.client = {made}

"""
BINLIB = {
    "binlib/py.typed": "",
    "binlib/__init__.py": "from ._core import Struct, encode\n",
    "binlib/_core.cpython-311-x86_64-linux-gnu.so": "encode\0Struct\0order\0indent\0",
    "binlib/__init__.pyi": """from typing import dataclass_transform

@dataclass_transform()
class Struct:
    def __init__(self, *args: object, **kwargs: object) -> None: ...
    def __init_subclass__(cls, frozen: bool = False) -> None: ...

def encode(what: object, /, *, order: str | None = None) -> bytes: ...
""",
}
STRUCT = "import binlib\n\nclass A(binlib.Struct, frozen=True):\n    b: int\n\ndef f(a: A):\n    return "
OTHERLIB = {"otherlib/__init__.py": "async def create_pool() -> int:\n    return 1\n", "otherlib/py.typed": ""}

MODELS = "from weblib import answer\nfrom weblib.web import Model\n\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("shapes")
    for name, files in (
        ("weblib", WEBLIB),
        ("otherlib", OTHERLIB),
        ("lazylib", LAZYLIB),
        ("barelib", BARELIB),
        ("pymongo", FLUIDLIB),
        ("twolib", TWOLIB),
        ("binlib", BINLIB),
    ):
        make_wheel(folder / "wheels", name, "1.0", files)
    built = house.build(folder / "data", Index(str(folder / "wheels")), lambda ground: Stand(Pins("3.11")))
    yield built
    await built.stop()


LIBRARIES = Stand(
    pins.of_lines(
        [f"{one}==1.0" for one in ("weblib", "otherlib", "lazylib", "barelib", "pymongo", "twolib", "binlib")], "3.11"
    )
)


async def verdict(checks: House, code: str) -> Verdict:
    (one,) = await checks.checker.against([Block("python", code)], LIBRARIES)
    assert one.state != "unchecked", one
    return one


async def found(checks: House, code: str) -> Sequence[Finding]:
    return (await verdict(checks, code)).findings


RIGHT = {
    "words that become the answer": "from weblib import answer\nanswer(ok=True, arg=1)\n",
    "words for a function of the reader's own": "from weblib import run\n\ndef f(opt):\n    pass\n\nrun(f, option=1)\n",
    "words that are kept for one": (
        "from weblib import Tasks\n\ndef f(qtyz):\n    pass\n\nTasks().add(f, qtyz=1, func=2)\n"
    ),
    "words that are bound": "from weblib import bound\nwith bound(qtyz=1):\n    pass\n",
    "a model that allows what it does not name": MODELS
    + "class A(Model):\n    model_config = dict(extra='allow')\n\nprint(A(b=1).b)\n",
    "one that does so in the way of before": MODELS
    + "class A(Model):\n    class Config:\n        extra = Extra.allow\n\nprint(A(b=1).b)\n",
    "one whose base does so": MODELS
    + "class A(Model):\n    model_config = {'extra': 'allow'}\n\nclass B(A):\n    c: int = 1\n\nprint(B(b=1).b)\n",
    "one that answers when it runs": (
        "import weblib\nfrom typing import TYPE_CHECKING\n\nclass A:\n    if not TYPE_CHECKING:\n"
        "        def __getattr__(self, name):\n            return 1\n\nprint(A().b)\n"
    ),
    "a helper named like an export of a library that is not used here": (
        "import weblib\n\nasync def f():\n    weblib.answer()\n    return await create_pool()\n"
    ),
    "arguments and methods that warn of nothing": (
        "from weblib import fields, tables\nfrom weblib.fields import define\n\n"
        "define()\nfields.Int(default=1)\ntables.table().fill(2).sorted()\n"
    ),
    "names that a library makes when it is loaded": (
        "from lazylib import App, task\nfrom lazylib.schedules import crontab\nprint(App, task, crontab)\n"
    ),
    "coroutines that are handed on": (
        "import asyncio\nfrom weblib import Client\n\nasync def f(c: Client):\n    r = c.get('/')\n    if r is not None:\n"
        "        return await r\n    return await asyncio.gather(c.get('/'), c.get('/'))\n"
    ),
    "what a binary's function and a class made with options have": STRUCT + "a.b, binlib.encode(a, order='x')\n",
    "everyday names for things of the reader's own": (
        "from twolib import select\n\ndef f(user):\n    update(user, 3).where(1)\n    func(select(user))\n"
    ),
    "the same of which nothing is asked that a library has": (
        "from twolib import select\n\ndef f(user):\n    func.save(select(user))\n    update(user)\n"
    ),
    "what a client to await gives, handed on and awaited": (
        KEPT.format(made="from_url(url)")
        + "    async def f(self):\n        a = self.client.get('a')\n        b = self.client.get('b')\n"
        + "        if b is not None:\n            await b\n        await asyncio.gather(a)\n        await self.client.aclose()\n"
        + "        return self.client.get('c')\n"
    ),
    "a coroutine that is given back as one": (
        "from collections.abc import Awaitable\nfrom weblib import Client\n\n"
        "async def f(c: Client) -> Awaitable[str]:\n    return c.get('/')\n\ndef g(c: Client):\n    return c.get('/')\n"
    ),
}
WRONG = {
    "a word that what is called at the end does not take": (
        "from weblib import get\nget(\n    '/',\n    param={},\n)\n",
        [(4, "argument", "`get` takes no argument `param` in weblib 1.0; did you mean `params`?")],
    ),
    "a word that a context manager of the library's does not take": (
        "from weblib.web import scope\nwith scope(readonly=True):\n    pass\n",
        [(2, "argument", "`scope` takes no argument `readonly` in weblib 1.0; did you mean `read_only`?")],
    ),
    "a word that one of the block's own does not take": (
        "from contextlib import asynccontextmanager\n\n@asynccontextmanager\nasync def scope(*, read_only=False):\n"
        "    yield 1\n\nasync def f():\n    async with scope(readonly=True):\n        pass\n",
        [(8, "argument", "`scope` takes no argument `readonly`; did you mean `read_only`?")],
    ),
    "a short name of a module that the block imports from": (
        "from weblib import Client\n\ndef f(c: Client):\n    return Q() | Q()\n",
        [(4, "import", "`Q` is used, and not imported: `from weblib import Q`")],
    ),
    "a name that the block's own library and the standard one have": (
        "import weblib\n\nweblib.answer()\nprint(timezone.now())\n",
        [(4, "import", "`timezone` is used, and not imported: `from weblib.utils import timezone`")],
    ),
    "a coroutine as a condition": (
        "async def ship(n):\n    return n\n\nasync def f():\n    if ship(1):\n        return 2\n",
        [(5, "await", "`ship(...)` is a coroutine: it has to be awaited before its outcome is there")],
    ),
    "one denied in a loop's condition": (
        "from weblib import Client\n\nasync def f(c: Client):\n    while not c.get('/'):\n        pass\n",
        [(4, "await", "`c.get(...)` is a coroutine: it has to be awaited before its outcome is there")],
    ),
    "one that is printed": (
        "from weblib import Client\n\nasync def f(c: Client):\n    print(c.get('/'))\n",
        [(4, "await", "`c.get(...)` is a coroutine: it has to be awaited before its outcome is there")],
    ),
    "one that is given back as what it would bring": (
        "from weblib import Client\n\nasync def f(c: Client) -> str:\n    r = c.get('/')\n    return r\n",
        [(4, "await", "`r` is a coroutine: `c.get(...)` has to be awaited")],
    ),
    "one that is used below is told of once, where it is made": (
        "from weblib import Client\n\nasync def f(c: Client):\n    r = c.get('/')\n    return {'size': len(r), 'a': r.upper()}\n",
        [(4, "await", "`r` is a coroutine: `c.get(...)` has to be awaited")],
    ),
    "an argument that a binary's function does not take": (
        STRUCT + "binlib.encode(a, indent=2)\n",
        [(7, "argument", "`binlib.encode` takes no argument `indent` in binlib 1.0")],
    ),
    "an attribute that a class made of its fields does not have": (
        STRUCT + "a.to_dict()\n",
        [(7, "attribute", "`A` has no `to_dict`")],
    ),
    "an everyday name of a package that the block imports from": (
        "from twolib import select\n\ndef f(user):\n    return select(func.sum(user)).where(1)\n",
        [(4, "import", "`func` is used, and not imported: `from twolib import func`")],
    ),
    "one of which that is asked that calling it gives": (
        "from twolib import select\n\ndef f(user):\n    select(1)\n    return update(user).where(1)\n",
        [(5, "import", "`update` is used, and not imported: `from twolib import update`")],
    ),
    "what a client to await gives, taken for its value": (
        KEPT.format(made="from_url(url)")
        + "    async def f(self):\n        raw = self.client.get('a')\n        return json.loads(raw)\n",
        [(11, "await", "`raw` is a coroutine: `self.client.get(...)` has to be awaited")],
    ),
    "the same on the spot": (
        KEPT.format(made="Client.from_url(url)")
        + "    async def f(self):\n        return json.loads(self.client.get('a'))\n",
        [(11, "await", "`self.client.get(...)` is a coroutine: it has to be awaited before its outcome is there")],
    ),
    "a deprecated method of a client that an attribute keeps": (
        KEPT.format(made="Client.from_url(url)") + "    async def f(self):\n        await self.client.close()\n",
        [(11, "deprecated", "`close` is deprecated in twolib 1.0: Use aclose() instead")],
    ),
    "a method that warns, which its stub leaves out": (
        "from weblib.tables import table\n\ndef f():\n    t = table()\n    return t.append(1)\n",
        [(5, "deprecated", "`append` is deprecated in weblib 1.0: append goes, use concat")],
    ),
    "an argument that warns, in the class above": (
        "from weblib.tables import table\ntable().sorted().fill(\n    method='a',\n)\n",
        [(3, "deprecated", "the argument `method` of `fill` is deprecated in weblib 1.0: filling with a method goes")],
    ),
    "a function that warns, which its stub leaves out": (
        "import weblib.tables as wt\nwt.kept()\nwt.in1d(1)\n",
        [(3, "deprecated", "`in1d` is deprecated in weblib 1.0: in1d goes")],
    ),
    "an argument that a class hands on to the one above it": (
        "from weblib import fields\nfields.Int(missing=1)\n",
        [(2, "deprecated", "the argument `missing` of `Int` is deprecated in weblib 1.0: 'missing' goes")],
    ),
    "what warns is told of where it is imported": (
        "from weblib.fields import old\nold()\n",
        [(1, "deprecated", "`old` is deprecated in weblib 1.0: old goes")],
    ),
    "an argument that is lacking where only the stub has the function": (
        "from weblib import tables\ntables.index('a')\n",
        [(2, "argument", "`tables.index` also needs `table` in weblib 1.0")],
    ),
    "a name that a library does not make when it is loaded": (
        "from lazylib import App, crontab\nprint(App, crontab)\n",
        [(1, "import", "`lazylib` has no `crontab` in lazylib 1.0")],
    ),
    "a method that what is asked for by key does not have": (
        "from pymongo import Database\n\ndef f(db: Database):\n    db['a'].insert_one(1)\n    db['a'].insert(1)\n",
        [(5, "attribute", "`Collection` has no `insert` in pymongo 1.0; did you mean `insert_one`?")],
    ),
    "a package that is lacking is told of once": (
        "import requests\nfrom requests.adapters import HTTPAdapter\n",
        [(1, "package", "`requests` is not in your lock")],
    ),
}


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
async def test_what_is_right_is_not_flagged(checks: House, code: str) -> None:
    assert not await found(checks, code)


@pytest.mark.parametrize(("code", "expected"), WRONG.values(), ids=WRONG)
async def test_a_defect_is_told_of_once_at_the_line_of_the_wrong_word(
    checks: House, code: str, expected: list[tuple[int, str, str]]
) -> None:
    assert [(one.line, one.kind, one.message) for one in await found(checks, code)] == expected


async def test_what_comes_untyped_out_of_a_library_is_named_as_not_looked_at(checks: House) -> None:
    one = await verdict(checks, "import barelib\napp = barelib.App()\nchannel = app.channel()\nchannel.publish(1)\n")

    assert one.state == "partial"
    assert one.reasons == ("what `channel` is cannot be told: barelib declares no types",)
