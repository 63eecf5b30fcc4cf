"""What is right though a declared class lacks it, and next to each what is wrong: through the real checkers, with made libraries."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block
from storage.checks import house, pins, source
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.environment.index import Index
from storage.checks.room import Stand
from tests.repositories import MadeRepository
from tests.wheels import make_wheel

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILLED = {
    "filllib/__init__.py": """import warnings
import filllib.parts as parts

def _take_in(target, kind):
    for key in parts.__all__:
        setattr(target, key, getattr(parts, key))

class Hub:
    def __init__(self, name=''):
        self.name = name
        _take_in(self, 1)

class Bunch:
    def __init__(self, **words):
        self.__dict__.update(words)

class Plain:
    def __init__(self, name=''):
        self.name = name

class Lookup(dict):
    def __getitem__(self, key):
        return self.__dict__.get(key)

words = {200: ('fine',)}
codes = Lookup()
for number, names in words.items():
    for one in names:
        setattr(codes, one, number)

def plain():
    return Plain()

class Table:
    def insert(self, row):
        warnings.warn('insert is deprecated', DeprecationWarning)

class Store:
    def __getitem__(self, name):
        return Table()

def store():
    return Store()
""",
    "filllib/parts.py": "import otherlib\n__all__ = otherlib.__all__\n",
    "filllib/vendored.py": (
        "import sys\nimport os\n\nfor name in ('path',):\n    sys.modules[f'filllib.vendored.{name}'] = os.path\n"
    ),
    "filllib/times.py": """import warnings

def rule(freq, count=None, until=None, old=None):
    if until and count:
        warnings.warn('both are deprecated', DeprecationWarning)
    if old is not None:
        warnings.warn('old is gone soon', DeprecationWarning)
    return freq
""",
}
TYPED = {
    "typedlib/py.typed": "",
    "typedlib/__init__.py": """from typing import Any, Callable, Generic, Literal, NewType, Optional, ParamSpec, Type, overload
from typing_extensions import TypeVar, deprecated

Params = ParamSpec('Params')
Row = TypeVar('Row', default=tuple[Any, ...])

def made(cls):
    cls.__init__ = lambda self, **given: self.__dict__.update(given)
    return cls

@made
class Limit:
    total: Optional[float] = None
    _hidden: int = 0

class both:
    def __init__(self, seconds: float) -> None: ...

    def __enter__(self) -> 'both': ...
    def __exit__(self, kind: Type[BaseException], error: BaseException, trace: object) -> None: ...
    async def __aenter__(self) -> 'both': ...
    async def __aexit__(self, kind: Type[BaseException], error: BaseException) -> None: ...

@overload
@deprecated('give it in its place')
def configured(*, config: int) -> int: ...
@overload
def configured(config: int, /) -> int: ...
def configured(config: int = 0, **given: int) -> int:
    return config

class Field:
    def default(self, function): ...

def field(**given: object) -> object: ...

class Queries:
    def add(self, name: str, query: object) -> None:
        setattr(self, name, query)

class Job(Generic[Params]):
    def send(self, *given: Params.args, **named: Params.kwargs) -> None: ...

def periodic(function: Callable[Params, None]) -> Job[[]]: ...
def kept(function: Callable[Params, None]) -> Job[Params]: ...

class Store(Generic[Row]):
    @classmethod
    def open(cls, factory: Optional[Type[Row]] = None) -> 'Store[Row]': ...
    def one(self) -> Row: ...

Upload = NewType('Upload', bytes)

class registry:
    def map(self) -> None: ...

@overload
def turned(image: int, *, in_place: Literal[True]) -> None: ...
@overload
def turned(image: int, *, in_place: Literal[False] = False) -> Queries: ...
def turned(image: int, *, in_place: bool = False) -> Optional[Queries]: ...
""",
    "typedlib/stubbed.py": "kept = 1\n",
    "typedlib/stubbed.pyi": "kept: int\nclass Row: ...\n",
}
DJANGO = {
    "django/__init__.py": "",
    "django/py.typed": "",
    "django/db/__init__.py": "",
    "django/db/models/query.py": """from typing import Any

class QuerySet:
    def filter(self, **given: Any) -> 'QuerySet': ...
    def order_by(self, *given: str) -> 'QuerySet': ...

    @classmethod
    def as_manager(cls) -> 'Manager': ...

class Manager(QuerySet): ...
""",
    "django/db/models/__init__.py": """from typing import ClassVar
from django.db.models.query import Manager, QuerySet

class Model:
    objects: ClassVar[Manager]
""",
}
TEAM = {
    "requirements.txt": "filllib==1.0\n",
    "src/depot/__init__.py": "",
    "src/depot/carriers.py": """class Carrier:
    code = ''

class Post(Carrier):
    def price(self) -> int:
        return 1

class Parcel:
    weight = 1

class Gate:
    def open(self) -> dict[str, int]:
        return {'width': 1}

def carrier(code: str) -> Carrier:
    return Post()
""",
    "src/depot/models.py": """from sqlalchemy.orm import DeclarativeBase, Mapped

class Base(DeclarativeBase):
    pass

class Stamped:
    made_at: Mapped[int]

class Box(Stamped, Base):
    weight_g: Mapped[int]

class Made(Base):
    def __init__(self, **given):
        super().__init__()
""",
    "pyproject.toml": '[project]\nname = "depot"\nversion = "1"\nrequires-python = ">=3.11"\n',
}
LIBRARIES = Stand(pins.of_lines(["filllib==1.0", "typedlib==1.0", "django==4.2"], "3.11"))
MODEL = "from django.db import models\n\n"
OWN_SET = "class Bills(models.QuerySet):\n    def overdue(self):\n        return self\n\n"
BILL = "class Bill(models.Model):\n    objects = Bills.as_manager()\n\n"

RIGHT = {
    "names that a function puts on an object": "from filllib import Hub\nhub = Hub()\nprint(hub.Column, hub.Integer())\n",
    "names of an object that is read by its keys": "import filllib\nprint(filllib.codes.fine)\n",
    "modules that a package enters by itself": "from filllib.vendored.path import join\nimport filllib.vendored.other\n",
    "an argument that is deprecated beside another": "from filllib.times import rule\nrule(1, count=3)\nrule(1, until=3)\n",
    "arguments that a decorator makes of fields": "from typedlib import Limit\nLimit(total=10)\nLimit(hidden=1)\n",
    "names that it is given": "from filllib import Bunch\nbunch = Bunch(total=1)\nprint(bunch.total)\n",
    "the same of a class of the reader's": (
        "class Bunch:\n    kind = 1\n\n    def __init__(self, **words):\n        self.__dict__ = words\n\n"
        "bunch = Bunch(total=1)\nprint(bunch.total)\n"
    ),
    "a name that the reader registers with a library": (
        "import filllib.times\nfrom mine import operations\n\n@operations.register_operation('sweep')\ndef swept():\n    pass\n\n"
        "filllib.times.sweep()\n"
    ),
    "entered either way": (
        "from typedlib import both\n\nasync def f():\n    async with both(1):\n        pass\n    with both(2):\n        pass\n"
    ),
    "a form that is not deprecated": "from typedlib import configured\nconfigured(1)\n",
    "a field in its class": (
        "from typedlib import field\n\nclass A:\n    name: str = field()\n\n    @name.default\n    def _name(self): ...\n"
    ),
    "names that an object puts on itself later": "from typedlib import Queries\nqueries = Queries()\nqueries.users_by_name(1)\n",
    "what the reader's own task takes": (
        "from typedlib import periodic\n\n@periodic\ndef tick(timestamp: int) -> None: ...\n\ntick.send(timestamp=1)\n"
    ),
    "a part that gets the rest from what stands before it": (
        "from typedlib import kept\n\n@kept\ndef label(size: str, parcel: int) -> None: ...\n\n"
        "chain = [label.send('a')]\nchain = label.send('a', 1) or label.send('a', 2)\n"
    ),
    "what only a declaration has": (
        "from typing import TYPE_CHECKING\n\nif TYPE_CHECKING:\n    from typedlib.stubbed import Row, kept\n"
    ),
    "what is only named so": "from typedlib import Upload\n\ndef read(file: Upload):\n    return file.read()\n",
    "a row of another class than the default": (
        "from typedlib import Store\n\nclass User:\n    name = ''\n\nuser = Store[tuple].open(User).one()\n"
        "other = Store.open(factory=User).one()\nprint(other.name)\n"
    ),
    "one form that gives something": "from typedlib import turned\nturned(1).add('a', 1)\n",
    "a name that a library's class bears": "from typedlib import field\n\nregistry.register(field())\n",
    "a manager of the reader's own": MODEL + OWN_SET + BILL + "Bill.objects.overdue().filter(a=1)\n",
    "a manager of a model elsewhere": MODEL + "from shop.models import Bill\n\nBill.objects.overdue()\n",
}
WRONG = {
    "a name that nobody puts on it": (
        "import filllib\nplain = filllib.plain()\nplain.Column()\n",
        3,
        "`Plain` has no `Column`",
    ),
    "a name that is given to nobody": (
        "class Bunch:\n    kind = 1\n\n    def __init__(self, **words):\n        self.words = words\n\nBunch(total=1).total\n",
        7,
        "has no `total`",
    ),
    "a name that nobody registers": ("import filllib.times\n\nfilllib.times.sweep()\n", 3, "has no `sweep`"),
    "a module below a plain one": ("import filllib.times.path\n", 1, "no module `filllib.times.path`"),
    "both deprecated arguments": ("from filllib.times import rule\nrule(1, count=3, until=4)\n", 2, "is deprecated"),
    "an argument deprecated alone": (
        "from filllib.times import rule\nrule(1, old=3)\n",
        2,
        "`old` of `rule` is deprecated",
    ),
    "no field of it": ("from typedlib import Limit\nLimit(totl=10)\n", 2, "takes no argument `totl`"),
    "the deprecated form": ("from typedlib import configured\nconfigured(config=1)\n", 2, "is deprecated"),
    "a deprecated method of what nobody declares": (
        "import filllib\nkept = filllib.store()\nkept['a'].insert(1)\n",
        3,
        "`insert` is deprecated",
    ),
    "a slip for what it has itself": ("from typedlib import Queries\nQueries().adds('a', 1)\n", 2, "has no `adds`"),
    "what no task takes": (
        "from typedlib import periodic\n\n@periodic\ndef tick(timestamp: int) -> None: ...\n\ntick.send(time=1)\n",
        6,
        "takes no argument `time`",
    ),
    "what a task lacks that is sent": (
        "from typedlib import kept\n\n@kept\ndef label(size: str, parcel: int) -> None: ...\n\nlabel.send('a')\n",
        6,
        "also needs `parcel`",
    ),
    "what only a declaration has, while it runs": ("from typedlib.stubbed import Row\n", 1, "has no `Row`"),
    "a form that gives nothing": (
        "from typedlib import turned\nturned(1, in_place=True).add('a', 1)\n",
        2,
        "gives nothing back",
    ),
    "a plain manager": (
        MODEL + "class Bill(models.Model):\n    a = 1\n\nBill.objects.overdue()\n",
        6,
        "has no `overdue`",
    ),
    "a slip of the pen": (MODEL + OWN_SET + BILL + "Bill.objects.fliter(a=1)\n", 10, "has no `fliter`"),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("bestowed")
    for name, version, files in (("filllib", "1.0", FILLED), ("typedlib", "1.0", TYPED), ("django", "4.2", DJANGO)):
        make_wheel(folder / "wheels", name, version, files)
    built = house.build(folder / "data", Index(str(folder / "wheels")), lambda ground: Stand(Pins("3.11")))
    yield built
    await built.stop()


@pytest.fixture(scope="module")
def team(checks: House, tmp_path_factory: pytest.TempPathFactory) -> Stand:
    made = MadeRepository(tmp_path_factory.mktemp("team") / "depot")
    made.commit(TEAM, "Begin.")
    tree = source.export(made.folder, "", "depot", checks.trees)
    return Stand(pins.of_files(tree.locks), tree)


async def said(checks: House, code: str, stand: Stand = LIBRARIES) -> list[tuple[int, str]]:
    (verdict,) = await checks.checker.against([Block("python", code)], stand)
    return [(one.line, one.message) for one in verdict.findings]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
async def test_what_an_object_is_given_from_elsewhere_is_not_flagged(checks: House, code: str) -> None:
    assert await said(checks, code) == []


@pytest.mark.parametrize(("code", "line", "words"), WRONG.values(), ids=WRONG)
async def test_what_nobody_gives_it_is_still_found(checks: House, code: str, line: int, words: str) -> None:
    found = await said(checks, code)

    assert any(at == line and words in message for at, message in found), found


async def test_a_value_declared_as_a_base_may_be_of_any_class_below_it(checks: House, team: Stand) -> None:
    code = "from depot.carriers import Carrier, carrier\n\nclass Own(Carrier):\n    def quote(self): ...\n\n"
    code += "found = carrier('own')\nfound.price()\nfound.quote()\nfound.quoted()\n"

    found = await said(checks, code, team)

    assert [line for line, _ in found] == [9]


async def test_the_other_end_of_a_relation_is_a_name_of_the_teams_class(checks: House, team: Stand) -> None:
    code = "from depot.carriers import Parcel\n\ndef relationship(backref): ...\n\nclass Label:\n"
    code += "    parcel = relationship(backref='labels')\n\nprint(Parcel().labels)\nprint(Parcel().lables)\n"

    found = await said(checks, code, team)

    assert [line for line, _ in found] == [9]


async def test_a_model_takes_its_attributes_and_no_other_words(checks: House, team: Stand) -> None:
    code = "from depot.models import Box, Made\n\nBox(weight_g=1, made_at=2)\nMade(anything=1)\n"

    assert await said(checks, code, team) == []
    assert [line for line, _ in await said(checks, code + "Box(\n    weight_grams=1,\n)\n", team)] == [6]


async def test_the_key_of_a_table_is_no_name_of_an_object(checks: House, team: Stand) -> None:
    code = "from depot.carriers import Gate\n\ngate = Gate()\nprint(gate.open())\nprint(gate.width)\n"

    assert [line for line, _ in await said(checks, code, team)] == [5]
