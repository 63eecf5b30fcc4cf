"""What frameworks refuse, and what is used otherwise than it is, next to what is right: through the real checkers."""

from __future__ import annotations

import ast
import re
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import cast

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block
from storage.checks import house, pins, source
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.environment.index import Index
from storage.checks.python.frameworks import traps
from storage.checks.python.library.library import Library
from storage.checks.room import Stand
from tests.repositories import MadeRepository
from tests.wheels import make_wheel

pytestmark = pytest.mark.asyncio(loop_scope="module")

DJANGO = {
    "django/__init__.py": "",
    "django/py.typed": "",
    "django/urls.py": "def reverse(name: str, kwargs: object = None) -> str: ...\n",
    "django/conf/__init__.py": "from typing import Any\n\nsettings: Any = None\n",
    "django/conf/global_settings.py": "DEBUG = False\n",
    "django/db/__init__.py": "",
    "django/db/models/__init__.py": """from typing import Any
from django.db.models.base import Model
from django.db.models.manager import Manager
from django.db.models.query import QuerySet

def CharField(**given: Any) -> Any: ...
def ForeignKey(to: Any, **given: Any) -> Any: ...
def Q(**given: Any) -> Any: ...
def Count(name: str) -> Any: ...
def F(name: str) -> Any: ...
""",
    "django/db/models/base.py": """from typing import Any, ClassVar
from django.db.models.manager import Manager

class Model:
    objects: ClassVar[Manager]

    def save(self, update_fields: Any = None) -> None: ...
""",
    "django/db/models/manager.py": """from typing import Any
from django.db.models.query import QuerySet

class BaseManager:
    def get_queryset(self) -> Any: ...

    @classmethod
    def from_queryset(cls, query: Any) -> Any: ...

class Manager(BaseManager.from_queryset(QuerySet)): ...
""",
    "django/db/models/query.py": """from typing import Any

class QuerySet:
    def filter(self, *asked: Any, **given: Any) -> 'QuerySet': ...
    def order_by(self, *given: str) -> 'QuerySet': ...
    def annotate(self, *args: Any, **given: Any) -> 'QuerySet': ...
    def values_list(self, *given: str, flat: bool = False) -> 'QuerySet': ...
    def get(self, **given: Any) -> Any: ...
    def exclude(self, *asked: Any, **given: Any) -> 'QuerySet': ...
    def values(self, *given: Any, **named: Any) -> 'QuerySet': ...
    def aggregate(self, **given: Any) -> Any: ...
    def update(self, **given: Any) -> int: ...
    def bulk_update(self, objs: Any, fields: Any) -> int: ...
    def count(self) -> int: ...
    async def acount(self) -> int: ...
    def delete(self) -> int: ...
    delete.queryset_only = True

    @classmethod
    def as_manager(cls) -> Any: ...
""",
}
CELERY = {
    "celery/__init__.py": "def shared_task(*args, **options):\n    return lambda function: function\n",
    "celery/app/__init__.py": "",
    "celery/app/task.py": "class Task:\n    acks_late = bind = queue = None\n",
}
PYDANTIC = {
    "pydantic/py.typed": "",
    "pydantic/__init__.py": """from typing import Any

class BaseModel:
    def __init__(self, **given: Any) -> None: ...

def field_validator(*names: str, check_fields: bool = True) -> Any: ...
""",
}
WEB = {
    "weblib/py.typed": "",
    "weblib/__init__.py": '''import warnings
from typing import Any, Callable, Literal

class Broker:
    def task(self, **options: Any) -> Callable[[Any], Any]: ...

class Headers:
    def get(self, name: str) -> str: ...

class Response:
    headers: Headers
    hook: Any

    @property
    def text(self) -> str: ...

    def json(self) -> dict[str, int]: ...

    def check(self) -> None: ...

def get(url: str) -> Response: ...

def later(of: Callable[..., object]) -> object: ...

def board(scores: dict[str, float]) -> None: ...

def find(url: str, how: Literal["first", "last"] = "first") -> Response | None: ...

def warn_deprecated(text: str) -> None:
    warnings.warn(text, DeprecationWarning)

class Validator:
    def each(self, thing: object, schema: object = None) -> list[int]:
        """Go through.

        .. deprecated:: v4

            Calling this with a second schema argument is deprecated.
        """
        return []
''',
}
PYTEST = {
    "pytest/__init__.py": "from _pytest.monkeypatch import MonkeyPatch, fixture\n",
    "pytest/py.typed": "",
    "_pytest/__init__.py": "",
    "_pytest/py.typed": "",
    "_pytest/monkeypatch.py": """from typing import Any, Generator

def fixture(function: Any) -> Any: ...

@fixture
def monkeypatch() -> Generator["MonkeyPatch"]:
    yield MonkeyPatch()

class MonkeyPatch:
    def setenv(self, name: str, value: str) -> None: ...
    def setattr(self, target: object, name: str) -> None:
        setattr(target, name, 1)
""",
}
STATUS = """MADE_201 = 201
OLD = {"TEAPOT_418": 418}

def __getattr__(name):
    if name not in OLD:
        raise AttributeError(name)
    return OLD[name]
"""
DRAMATIQ = {
    "dramatiq/__init__.py": "from dramatiq.actor import actor\n",
    "dramatiq/actor.py": "def actor(fn=None, *, queue_name='default', **options):\n    return lambda function: function\n",
    "dramatiq/retries.py": (
        "class Retries:\n    @property\n    def actor_options(self):\n        return {'max_retries', 'throws'}\n"
    ),
}
ALCHEMY = {
    "sqlalchemy/py.typed": "",
    "sqlalchemy/__init__.py": "from typing import Any\n\ndef ForeignKey(to: str) -> Any: ...\ndef Index(*of: str) -> Any: ...\n",
    "sqlalchemy/orm.py": """from typing import Any

class DeclarativeBase: ...

def mapped_column(*given: Any) -> Any: ...
def relationship(to: Any = None, **given: Any) -> Any: ...
""",
}
SCHEDULER = {
    "apscheduler/__init__.py": """class Scheduler:
    def add_job(self, func, trigger=None, id=None, **trigger_args):
        return func

class Every:
    def __init__(self, minutes=0, hours=0): ...

class Once:
    def __init__(self, run_date=None): ...
""",
    "apscheduler-1.0.dist-info/entry_points.txt": (
        "[apscheduler.triggers]\ndate = apscheduler:Once\ninterval = apscheduler:Every [all]\n"
    ),
}
SHIP = """import functools

def checked(word):
    def decorate(function):
        @functools.wraps(function)
        def wrapped(self, one=None, *given, **words):
            return function(self, one or words.pop(word), *given, **words)
        return wrapped
    return decorate

class Ship:
    @checked('port')
    def sail(self, port, speed=1): ...
"""
WHEELS = {
    "apscheduler": SCHEDULER,
    "dramatiq": DRAMATIQ,
    "sqlalchemy": ALCHEMY,
    "django": DJANGO,
    "celery": CELERY,
    "pydantic": PYDANTIC,
    "weblib": WEB,
    "pytest": PYTEST,
}
WHEELS |= {
    "starlette": {"starlette/__init__.py": "", "starlette/status.py": STATUS},
    "pymongo": {"pymongo/__init__.py": "def MongoClient(): ...\n"},
    "shiplib": {"shiplib/__init__.py": SHIP},
}
LIBRARIES = Stand(pins.of_lines([f"{name}==1.0" for name in WHEELS], "3.11"))

MODELS = """from django.db import models
from django.db.models import Count, Q

class Customer(models.Model):
    email = models.CharField()

class Bill(models.Model):
    name = models.CharField()
    customer = models.ForeignKey(Customer, related_name="bills")

class Line(models.Model):
    bill = models.ForeignKey(Bill)

"""
TASK = "from celery import shared_task\n\n@shared_task(bind=True)\ndef send(self, to: str, about: str = ''):\n    return to\n\n"
MODEL = "from pydantic import BaseModel, field_validator\n\nclass A(BaseModel):\n    name: str\n\nclass B(A):\n    age: int\n\n"
CHECKED = "    @field_validator({})\n    def checked(cls, value):\n        return value\n"
SERIALIZER = (
    MODELS
    + "class Shown(serializers.ModelSerializer):\n    due = serializers.DateField()\n\n    class Meta:\n        model = Bill\n"
)
ADMIN = (
    MODELS
    + "@admin.register(Bill)\nclass Page(admin.ModelAdmin):\n    list_display = ('name', '{}')\n\n    def sum(self, bill):\n"
)
ADMIN += "        return 1\n"
ABSTRACT = """from abc import ABC, abstractmethod
from dataclasses import dataclass

class Store(ABC):
    @abstractmethod
    def read(self) -> bytes: ...

    @abstractmethod
    def write(self, text: bytes) -> None: ...

@dataclass(frozen=True)
class Price:
    cents: int

"""
DISK = "class Disk(Store):\n    def read(self) -> bytes:\n        return b''\n\n"
GOT = "import weblib\n\ngot = weblib.get('x')\n"

MAPPED = """from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import DeclarativeBase, mapped_column, relationship

class Base(DeclarativeBase): ...

class Owner(Base):
    __tablename__ = "owners"
    id = mapped_column()
    pets = relationship("Pet", back_populates="owner")

class Pet(Base):
    __tablename__ = "pets"
    id = mapped_column()
    owner_id = mapped_column(ForeignKey("{key}"))
    owner = relationship("{cls}", back_populates="{other}", foreign_keys="Pet.{own}", lazy="{lazy}")
    __table_args__ = (Index("ix", "{column}"),)
"""
NAMED = {
    "key": "owners.id",
    "cls": "Owner",
    "other": "pets",
    "own": "owner_id",
    "lazy": "selectin",
    "column": "owner_id",
}
ACTOR = "import dramatiq\n\n@dramatiq.actor(queue_name='a', {}=3)\ndef send(to): ...\n"


def mapped(**changed: str) -> str:
    return MAPPED.format(**{**NAMED, **changed})


MONGO = "from pymongo import MongoClient\n\npeople = MongoClient().a.people\npeople.{}({{'_id': 1}}, {{{}: 1}})\n"
NEXT = "async def middle(request, call_next):\n    response = {}call_next(request)\n    print(response.status)\n    return response\n"
BOUND = "from celery import shared_task\n\n@shared_task(bind=True, {}=1)\ndef send({}, to):\n    return number, to\n"
MADE = "import weblib\n\ndef made():\n    yield 1\n\n"
JOBS = "from apscheduler import Scheduler\n\njobs = Scheduler()\n"
REGISTERED = ABSTRACT + "@known\nclass Disk(Store):\n    def read(self) -> bytes:\n        return b''\n"

RIGHT = {
    "words that a library's decorator hands on": "from shiplib import Ship\n\nShip().sail(port=1, speed=2)\n",
    "another library's task": "from weblib import Broker\n\nbroker = Broker()\n\n@broker.task(retry_on_error=1)\ndef a(): ...\n",
    "what a trigger takes": JOBS
    + "jobs.add_job(print, 'interval', minutes=1, id='a')\njobs.add_job(print, run_date=1)\njobs.add_job(print, jobs, any=1)\n",
    "an update with operators": MONGO.format("update_one", "'$set'") + MONGO.format("replace_one", "'name'"),
    "an operation that the reader adds": (
        "import weblib\n\n@register_operation('renew')\ndef f(): ...\n\nweblib.renew('a')\n"
    ),
    "what a module answers for": "from starlette import status\n\nprint(status.MADE_201, status.TEAPOT_418, status.OTHER)\n",
    "what is next is awaited": NEXT.format("await "),
    "a task that is handed itself": BOUND.format("acks_late", "self") + BOUND.format("queue", "task: Task"),
    "a function that is handed over": MADE + "weblib.later(made)\nweblib.board({'a': 1.0})\n",
    "functions that are called later": TASK
    + "on_commit(lambda: send.delay('a'))\nfrom threading import Thread\nThread(target=print, args=(1,)).start()\n",
    "a name for what is sorted": "names = ['a']\nnames.sort()\nprint(names.count('a'))\n",
    "a class that others are made below of": REGISTERED + "\nclass Fast(Disk):\n    def write(self, text): ...\n",
    "what models name in texts": mapped(),
    "a class and a table that stand elsewhere": mapped(cls="Keeper", key="people.id"),
    "an attribute of a mapped class": mapped() + "\nprint(Pet.owner_id, Pet.__tablename__)\n",
    "options of an actor": ACTOR.format("max_retries"),
    "what may be there or not": "import weblib\n\ngot = weblib.find('x', how='last')\nif got:\n    print(got.text)\n",
    "fields of a model": MODELS
    + "Bill.objects.filter(name__iexact='a', customer__email__in=['b'], customer_id=1, line=2)\n",
    "names of what is computed": MODELS
    + "Bill.objects.annotate(many=Count('line')).filter(many__gt=1).order_by('-many', 'pk')\n",
    "the other end of a relation": MODELS
    + "Customer.objects.filter(~Q(bills__name='a') | Q(bills__line=1)).order_by('?')\n",
    "a manager of the reader's own": MODELS
    + "class C(models.Model):\n    objects = Own()\n\nC.objects.filter(anything=1)\n",
    "fields that a serializer lists": SERIALIZER
    + "        fields = ['id', 'name', 'due', 'customer', 'line_set', 'url']\n",
    "all fields": SERIALIZER + "        fields = '__all__'\n",
    "what the admin shows": ADMIN.format("sum"),
    "a class with all that is abstract": ABSTRACT + DISK + "    def write(self, text: bytes) -> None: ...\n\nDisk()\n",
    "what is put onto an abstract class": ABSTRACT + DISK + "Disk.write = lambda self, text: None\nDisk()\n",
    "an abstract class that is shown not to be made": ABSTRACT
    + DISK
    + "try:\n    Disk()\nexcept TypeError:\n    print('no')\nDisk()  # TypeError: abstract\n",
    "a price made anew": ABSTRACT + "price = Price(1)\nprice = Price(price.cents + 1)\n",
    "what is gathered to be waited for later": (
        "import asyncio\n\nasync def f():\n    all = asyncio.gather(g(), g())\n    a, b = await all\n    return a\n"
    ),
    "a task with what it takes": TASK
    + "send.delay('a', about='b')\nsend.apply_async(('a',), {'about': 'b'}, countdown=1)\n",
    "a part of a task": TASK + "send.s('a', 'b', 'c')\nsend.delay(*parts)\n",
    "fields of a class above": MODEL + CHECKED.format("'name', 'age'"),
    "fields of a class below": MODEL + CHECKED.format("'other', check_fields=False"),
    "what a response gives": GOT + "print(got.text, got.json()['a'], got.headers.get('b'), got.hook())\n",
    "a fixture": "def test_a(monkeypatch):\n    monkeypatch.setenv('A', '1')\n",
    "a fixture of the reader's own": "def monkeypatch(): ...\n\ndef test_a(monkeypatch):\n    monkeypatch.anything()\n",
    "a function that is made static": "class A:\n    def two(n):\n        return n\n\n    two = staticmethod(two)\n\nA().two(1)\n",
    "without what is deprecated": "import weblib\n\nweblib.Validator().each(1)\nweblib.warn_deprecated('it goes')\n",
    "a class of which a part is shown": "class A:\n    def name(self):\n        return self._host\n\nA(host='a').name()\n",
}
WRONG = {
    "a word that a library's decorator hands on": (
        "from shiplib import Ship\n\nShip().sail(port=1, sped=2)\n",
        3,
        "argument `sped`",
    ),
    "an update without operators": (MONGO.format("update_one", "'name'"), 4, "needs operators"),
    "a replacement with operators": (MONGO.format("replace_one", "'$set'"), 4, "takes a whole document"),
    "what a module does not answer for": (
        "from starlette import status\n\nprint(status.MADE_20)\n",
        3,
        "did you mean `MADE_201`",
    ),
    "what is next and nobody awaits": (NEXT.format(""), 2, "without `await`"),
    "a task that is handed itself and does not take it": (BOUND.format("queue", "number"), 4, "`self` is missing"),
    "no option of a task": (BOUND.format("pydantic", "self"), 3, "no option `pydantic`"),
    "a function that is called in place of being handed over": (
        MADE + "weblib.later(made())\n",
        6,
        "wants the function itself",
    ),
    "a task that is sent where a function is wanted": (
        TASK + "on_commit(send.delay('a'))\n",
        7,
        "`lambda: send.delay(...)`",
    ),
    "a thread that is handed an outcome": (
        "from threading import Thread\n\ndef work(n):\n    print(n)\n\nThread(target=work(1)).start()\n",
        6,
        "wants the function itself",
    ),
    "a name for nothing": ("names = ['a']\nnames = names.sort()\nprint(names.count('a'))\n", 2, "holds nothing"),
    "a number in the place of a mapping": ("import weblib\n\nweblib.board(3)\n", 3, "takes a mapping, no number"),
    "what comes of nothing": ("import weblib\n\nweblib.Response().check().text\nprint(1)\n", 3, "gives nothing back"),
    "a class that is made elsewhere": (REGISTERED, 16, "does not define `write`"),
    "no class of a relationship": (mapped(cls="Ownr"), 15, "did you mean `Owner`"),
    "no other end of a relationship": (mapped(other="animals"), 15, "`Owner` has no `animals`"),
    "no column that a relationship names": (mapped(own="owner_key"), 15, "`Pet` has no `owner_key`"),
    "no table of a key": (mapped(key="owner.id"), 14, "did you mean `owners`"),
    "no column of a key": (mapped(key="owners.uid"), 14, "`owners` has no column `uid`"),
    "no column of an index": (mapped(column="keeper"), 16, "`Pet` has no `keeper`"),
    "no way of loading": (mapped(lazy="selectinn"), 15, "did you mean 'selectin'"),
    "no attribute of a mapped class": (mapped() + "\nprint(Pet.colour)\n", 18, "`Pet` has no `colour`"),
    "no argument of a trigger": (JOBS + "jobs.add_job(print, 'interval', minute=1)\n", 4, "did you mean `minutes`"),
    "no argument of the usual trigger": (JOBS + "jobs.add_job(print, minutes=1)\n", 4, "`Once` takes no argument"),
    "no option of an actor": (ACTOR.format("retries"), 3, "did you mean `max_retries`"),
    "no attribute of what may be there": (
        "import weblib\n\nprint(weblib.find('x').body)\n",
        3,
        "`Response` has no `body`",
    ),
    "no choice": ("import weblib\n\nweblib.find('x', how='lst')\n", 3, "did you mean 'last'"),
    "no field": (MODELS + "Bill.objects.filter(titel='a')\n", 14, "`Bill` has no field `titel`"),
    "no field in a text": (MODELS + "Bill.objects.filter(name='a').order_by('-made_at')\n", 14, "no field `made_at`"),
    "no field beyond a relation": (MODELS + "Bill.objects.filter(customer__emial='a')\n", 14, "did you mean `email`"),
    "no lookup": (MODELS + "Bill.objects.filter(Q(name__icontain='a'))\n", 14, "no lookup `icontain`"),
    "no method of a query": (MODELS + "Bill.objects.filter(name='a').get_or_none(pk=1)\n", 14, "no `get_or_none`"),
    "a field that a serializer lists": (SERIALIZER + "        fields = ['id', 'nmae']\n", 19, "no field `nmae`"),
    "a field that the admin shows": (ADMIN.format("amount"), 16, "no field `amount`"),
    "a class with something abstract": (ABSTRACT + DISK + "Disk()\n", 15, "does not define `write`"),
    "an attribute that is read-only": (
        ABSTRACT + "price = Price(1)\nprice.cents = 2\n",
        16,
        "`price.cents` cannot be set",
    ),
    "what is gathered and not waited for": (
        "import asyncio\n\nasync def f():\n    a, b = asyncio.gather(g(), g())\n    return a\n",
        4,
        "`await` is missing",
    ),
    "a task without what it needs": (TASK + "send.delay()\n", 7, "also needs `to`"),
    "a task with too much": (TASK + "send.delay('a', 'b', 'c')\n", 7, "takes fewer"),
    "a task with another word": (TASK + "send.apply_async(kwargs={'to': 'a', 'abut': 'b'})\n", 7, "no argument `abut`"),
    "a validator of no field": (MODEL + CHECKED.format("'nmae'"), 9, "no field `nmae`"),
    "a value that is called": (GOT + "print(got.text())\n", 4, "cannot be called"),
    "an object that is called": (GOT + "print(got.headers('a'))\n", 4, "cannot be called"),
    "a method that is asked for a key": (GOT + "print(got.json['a'])\n", 4, "is a method"),
    "a method that is not called": (GOT + "got.check\nprint(got)\n", 4, "not called"),
    "a module that is called": ("import weblib\n\nprint(weblib('a'))\n", 3, "is a module"),
    "no method of a fixture": (
        "def test_a(monkeypatch):\n    monkeypatch.set_env('A', '1')\n",
        2,
        "did you mean `setenv`",
    ),
    "no key": (
        "from typing import TypedDict\n\nclass A(TypedDict):\n    x: int\n\ndef f(a: A) -> int:\n    return a['y']\n",
        7,
        "`A` has no `y`",
    ),
}
TEAM = {
    "requirements.txt": "weblib==1.0\n",
    "pyproject.toml": '[project]\nname = "post"\nversion = "1"\nrequires-python = ">=3.11"\n',
    "post/__init__.py": "",
    "post/settings/__init__.py": (
        "from publish import public\nfrom post.settings.settings import Settings\n\npublic(settings=Settings())\n"
    ),
    "post/settings/settings.py": "class Settings:\n    folder = ''\n",
    "post/once.py": """class Once:
    def __init__(self, made):
        self._made = made

    def one(self):
        return self._made()

@Once
class Desk:
    name = ''

class IDesk(Interface):
    def register(name): ...

def mapped(**given):
    def decorate(cls):
        return type(cls.__name__, (cls,), given)
    return decorate

@mapped()
class Base: ...

class Row(Base): ...

class ParcelSlip: ...

def make_slip(kind: str, number: int) -> ParcelSlip:
    return ParcelSlip()
""",
    "post/tools/__init__.py": (
        "import os, sys\n\nsys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))\n\nfrom beside.main import run\n"
    ),
    "post/logs.py": "import logging\n\nlogging.getLogger().success = 1\nsetattr(logging.getLoggerClass(), name(), 1)\n",
    "post/tools/beside/__init__.py": "",
    "post/tools/beside/main.py": "def run(): ...\n",
}
TEAMS_RIGHT = {
    "an object of a module's name": "from post.settings import settings\n\nprint(settings.folder, settings.other)\n",
    "a decorated class": "from post.once import Desk\n\nprint(Desk.one().name)\n",
    "a class below a decorated one": "from post.once import Row\n\nRow(anything=1)\n",
    "what an interface declares": "from post.once import IDesk\n\nIDesk(1).register('a')\n",
    "a folder that is put on the path": "from beside.main import run\n\nrun()\n",
    "what is put on a class of the standard library": "import logging\n\nlogging.getLogger().answer(1)\n",
    "a function of a file with its class": (
        "import post.once\n\ndef make_slip(kind: str, number: int) -> ParcelSlip:\n    return ParcelSlip()\n"
    ),
}
TEAMS_WRONG = {
    "no name of the module": "from beside.main import walk\n",
    "a class that is not imported": "import post.once\n\ndef other() -> ParcelSlip:\n    return ParcelSlip()\n",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("frameworks")
    for name, files in WHEELS.items():
        make_wheel(folder / "wheels", name, "1.0", files)
    built = house.build(folder / "data", Index(str(folder / "wheels")), lambda ground: Stand(Pins("3.11")))
    yield built
    await built.stop()


@pytest.fixture(scope="module")
def team(checks: House, tmp_path_factory: pytest.TempPathFactory) -> Stand:
    made = MadeRepository(tmp_path_factory.mktemp("team") / "post")
    made.commit(TEAM, "Begin.")
    tree = source.export(made.folder, "", "post", checks.trees)
    return Stand(pins.of_files(tree.locks), tree)


async def said(checks: House, code: str, stand: Stand = LIBRARIES) -> list[tuple[int, str]]:
    (verdict,) = await checks.checker.against([Block("python", code)], stand)
    return [(one.line, one.message) for one in verdict.findings]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
async def test_what_a_framework_takes_is_not_flagged(checks: House, code: str) -> None:
    assert await said(checks, code) == []


@pytest.mark.parametrize(("code", "line", "words"), WRONG.values(), ids=WRONG)
async def test_what_a_framework_refuses_is_found(checks: House, code: str, line: int, words: str) -> None:
    found = await said(checks, code)

    assert any(at == line and words in message for at, message in found), found


@pytest.mark.parametrize("code", TEAMS_RIGHT.values(), ids=TEAMS_RIGHT)
async def test_what_the_teams_code_makes_in_its_own_way_is_not_flagged(checks: House, team: Stand, code: str) -> None:
    assert await said(checks, code, team) == []


@pytest.mark.parametrize("code", TEAMS_WRONG.values(), ids=TEAMS_WRONG)
async def test_what_the_teams_code_does_not_have_is_still_found(checks: House, team: Stand, code: str) -> None:
    assert await said(checks, code, team)


UNSEEN = {
    "a module by its name": "import importlib\n\nlate = importlib.import_module('qqzz')\nlate.go()\n",
    "one that a block can be without": "try:\n    import orjson\nexcept ImportError:\n    orjson = None\n\norjson.go()\n",
}


@pytest.mark.parametrize("code", UNSEEN.values(), ids=UNSEEN)
async def test_no_problems_is_not_said_of_a_library_that_nobody_saw(checks: House, code: str) -> None:
    (verdict,) = await checks.checker.against([Block("python", code)], LIBRARIES)

    assert verdict.state in ("partial", "unchecked")
    assert re.search("qqzz|orjson", " ".join(verdict.reasons))


async def test_a_stand_in_that_another_import_gives_leaves_nothing_open(checks: House) -> None:
    code = "try:\n    import orjson as json\nexcept ImportError:\n    import json\n\nprint(json.dumps(1))\n"

    (verdict,) = await checks.checker.against([Block("python", code)], LIBRARIES)

    assert (verdict.state, verdict.reasons) == ("none", ())


async def test_a_model_of_the_older_pydantic_within_has_its_own_settings() -> None:
    library = cast(Library, SimpleNamespace(environment=SimpleNamespace(versions={"pydantic": "2.9"})))
    code = "from {} import BaseModel\n\nclass A(BaseModel):\n    class Config:\n        orm_mode = True\n"

    assert traps.trapped(ast.parse(code.format("pydantic.v1")), library) == []
    assert [one.line for one in traps.trapped(ast.parse(code.format("pydantic")), library)] == [3, 4]
