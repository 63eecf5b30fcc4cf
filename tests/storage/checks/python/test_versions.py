"""What another version of a library has or takes: told of where it is wrong, and not where it is right."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block
from storage.checks import house
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.environment.index import Index
from storage.checks.room import Stand
from tests.wheels import make_wheel

pytestmark = pytest.mark.asyncio(loop_scope="module")

KIT = {
    "kit/__init__.py": """import warnings
from typing import Any, overload
from kit.old import mapper
from kit.real import Row, case, fetch, named, pick, token

def __getattr__(name: str) -> Any:
    if name == "Resolver":
        warnings.warn("use Registry", DeprecationWarning, stacklevel=2)
        return object
    raise AttributeError(name)
""",
    "kit/py.typed": "",
    "kit/old.py": """def mapper(*args: object) -> None:
    raise RuntimeError("mapper() was removed in 2.0; use map_all() instead")

def later() -> None:
    raise NotImplementedError("to be written by who inherits it")
""",
    "kit/apart.py": """try:
    from kit_apart_elsewhere import *
except ImportError:
    raise ImportError("kit.apart is now a separate project, kit_apart_elsewhere") from None
""",
    "kit/optional.py": """try:
    from kit_speedups_elsewhere import fast
except ImportError:
    fast = None
""",
    "kit/real.py": """from typing import Any, Protocol, TypeVar, Union, overload
from collections.abc import Callable, Sequence
import functools
import warnings

F = TypeVar("F", bound=Callable[..., Any])

class Part:
    row: "Row"

    def also(self) -> "Part":
        return self

class Row:
    name: str

def logged(function: F) -> F:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)
    return wrapper  # type: ignore

def renaming(function: F) -> F:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        if "old" in kwargs:
            kwargs["new"] = kwargs.pop("old")
        return function(*args, **kwargs)
    return wrapper  # type: ignore

@overload
def pick(first: Part, /) -> Row: ...
@overload
def pick(first: Part, second: Part, /) -> Row: ...
def pick(*parts: Part) -> Row:
    return Row()

@overload
def send(text: str, *, most: int, stream: bool = False) -> int: ...
@overload
def send(text: bytes, *, most: int, stream: bool = False) -> str: ...
def send(text: Union[str, bytes], *, most: int, stream: bool = False) -> Union[int, str]:
    return most

@overload
def scope(one: int) -> int: ...
@overload
def scope(one: str) -> str: ...
def scope(one: Union[int, str]) -> Union[int, str]:
    warnings.warn("use scopes", DeprecationWarning, stacklevel=2)
    return one

def case(whens: "tuple[Part, int]") -> Part:
    return Part()

def anyway(whens: Sequence[int]) -> Part:
    return Part()

def either(*parts: Part) -> Part:
    '''Any of them.

    .. deprecated:: 1.4 The :func:`.either` element now requires that at least one is passed.
    '''
    return parts[0]

def fetch() -> Row:
    return Row()

class Single(Protocol):
    def first(self) -> Row: ...

class Rows:
    def first(self) -> Row: ...
    def using(self, where: str) -> Row: ...

def single() -> Single:
    return Rows()

def token() -> str:
    return ""

@logged
def named(*, index: str, id: str) -> Row:
    return Row()

def deprecate_kwarg(old: str, new: str) -> Callable[[F], F]:
    def decorator(function: F) -> F:
        @functools.wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            if old in kwargs:
                kwargs[new] = kwargs.pop(old)
            return function(*args, **kwargs)
        return wrapper  # type: ignore
    return decorator

@deprecate_kwarg(old="terminator", new="lineterminator")
def write(path: str, lineterminator: str = "") -> str:
    return path

@renaming
def renamed(new: int = 1) -> Row:
    return Row()

@renaming
def needing(new: int) -> Row:
    return Row()

@logged
def now(zone: str) -> float:
    return 0.0

class Retry:
    def __call__(self, function: Callable[[], Any], /) -> Any:
        return function()

class Signer:
    @overload
    def __init__(self, key: str, salt: str = "") -> None: ...
    @overload
    def __init__(self, key: bytes, salt: bytes = b"") -> None: ...
    def __init__(self, key: Union[str, bytes], salt: Union[str, bytes] = "") -> None: ...
""",
}
LOOSE = {
    "loose/__init__.py": """import warnings

class Finder:
    def find(self, name=None, string=None, **kwargs):
        return self._find_all(name, string, **kwargs)

    def _find_all(self, name, string, **kwargs):
        if string is None and 'text' in kwargs:
            string = kwargs.pop('text')
            warnings.warn("The 'text' argument is deprecated. Use 'string' instead.", DeprecationWarning)
        return string

class Base:
    def __init__(self, name=None, complete=None):
        self.name = name

class Option(Base):
    def __init__(self, name=None, shown=False, **attrs):
        Base.__init__(self, name, **attrs)

def option(name, cls=None, **attrs):
    if cls is None:
        cls = Option
    return cls(name, **attrs)

class Writer:
    def _indent(self, width=None):
        self.width = width

    @property
    def indent(self):
        return self._indent

    @indent.setter
    def indent(self, value):
        self.width = value
""",
}
DJANGO = {
    "django/__init__.py": "",
    "django/py.typed": "",
    "django/db/__init__.py": "",
    "django/db/transaction.py": "def atomic(using: str = '') -> None: ...\n",
    "django/db/models/__init__.py": "from django.db.models.query_utils import F, Q\n\nclass Model:\n    objects: object\n",
    "django/db/models/query_utils.py": "class Q:\n    def __init__(self, **asked: object) -> None: ...\n\nclass F(Q): ...\n",
    "django/db/models/query.py": "class QuerySet:\n    def get(self) -> None: ...\n    def first(self) -> None: ...\n",
    "django/db/models/options.py": "DEFAULT_NAMES = ('ordering', 'db_table', 'unique_together', 'app_label')\n",
    "django/db/models/fields.py": """class Field:
    system_check_removed_details = None

class OldField(Field):
    system_check_removed_details = {"msg": "gone"}

class NewField(Field): ...
""",
    "django/apps.py": "from django.db.models import Model\n\ndef get_model(name: str) -> type[Model]: ...\n",
    "django/conf.py": "class Settings: ...\nsettings = Settings()\n",
}
BOTO = {
    "botocore/__init__.py": "",
    "botocore/data/s3/2006-03-01/note.py": "",
    "botocore/data/sqs/2012-11-05/note.py": "",
    "boto3/__init__.py": "def client(name, **words):\n    return None\n",
}
PINS = Stand(Pins("3.11", {"kit": "2.0", "loose": "2.0", "django": "2.0", "boto3": "2.0"}))
MODEL = "from django.db import models\n\nclass Order(models.Model):\n    class Meta:\n        {} = []\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("versions")
    for name, files in (("kit", KIT), ("loose", LOOSE), ("django", DJANGO), ("boto3", BOTO)):
        make_wheel(folder / "wheels", name, "2.0", files)
    built = house.build(folder / "data", Index(str(folder / "wheels")), lambda ground: PINS)
    yield built
    await built.stop()


async def found(checks: House, code: str) -> Sequence[tuple[int, str, str]]:
    (verdict,) = await checks.checker.against([Block("python", code)], PINS)
    assert verdict.state != "unchecked", verdict
    return [(one.line, one.kind, one.message) for one in verdict.findings]


WRONG = {
    "a function that only says that it is gone": (
        "from kit import mapper\nmapper(1)\n",
        (
            2,
            "attribute",
            "`mapper` cannot be used any more in kit 2.0: mapper() was removed in 2.0; use map_all() instead",
        ),
    ),
    "a module that only says where it went": (
        "import kit.apart\n",
        (
            1,
            "import",
            "`kit.apart` cannot be used any more in kit 2.0: kit.apart is now a separate project, kit_apart_elsewhere",
        ),
    ),
    "a name that a module gives with a warning": (
        "from kit import Resolver\nprint(Resolver)\n",
        (1, "deprecated", "`Resolver` is deprecated in kit 2.0: use Registry"),
    ),
    "a function of several forms that warns": (
        "import kit.real\nkit.real.scope(1)\n",
        (2, "deprecated", "`scope` is deprecated in kit 2.0: use scopes"),
    ),
    "a list where elements are wanted": (
        "from kit.real import Part, pick\npick([Part()])\n",
        (2, "argument", "`pick` takes no list here in kit 2.0"),
    ),
    "a text where an element is wanted": (
        "from kit.real import pick\nrow = pick('id')\n",
        (2, "argument", "`pick` takes no plain text here in kit 2.0"),
    ),
    "a list for a pair": (
        "from kit.real import Part, case\ncase([(Part(), 1)])\n",
        (2, "argument", "`case` takes no list here in kit 2.0"),
    ),
    "a key of what has none": (
        "from kit import fetch\nrow = fetch()\nprint(row['name'])\n",
        (3, "attribute", "`Row` cannot be asked with `['name']` in kit 2.0"),
    ),
    "a method of what was bytes once": (
        "from kit import token\nkey = token().decode('utf-8')\n",
        (2, "attribute", "`str` has no `decode`"),
    ),
    "what all forms of a call need": (
        "from kit.real import send\nsend('x', stream=True)\n",
        (2, "argument", "`send` also needs `most` in kit 2.0"),
    ),
    "arguments in their places where only names count": (
        "from kit import named\nnamed('orders', '1')\n",
        (2, "argument", "`named` takes by name only what is given here in its place in kit 2.0"),
    ),
    "a word that only a decorator takes, and warns of": (
        "from kit.real import write\nwrite('x', terminator='-')\n",
        (2, "deprecated", "the argument `terminator` of `write` is deprecated in kit 2.0"),
    ),
    "a word that goes to a class above by its name": (
        "from loose import option\noption('x', completion=1)\n",
        (2, "argument", "`option` takes no argument `completion` in loose 2.0; did you mean `complete`?"),
    ),
    "what no way of making an object can do without": (
        "from kit.real import Signer\nSigner(salt='a')\n",
        (2, "argument", "`Signer` also needs `key` in kit 2.0"),
    ),
    "more than any way of making an object takes": (
        "from kit.real import Signer\nSigner('a', 'b', 'c')\n",
        (2, "argument", "`Signer` takes fewer positional arguments than are given here in kit 2.0"),
    ),
    "an object that is called without what it needs": (
        "from kit.real import Retry\n\nretry = Retry()\nretry()\n",
        (4, "argument", "`retry` also needs `function` in kit 2.0"),
    ),
    "a decorated function of a typed library": (
        "from kit.real import now\nnow()\n",
        (2, "argument", "`now` also needs `zone` in kit 2.0"),
    ),
    "an option of a model that is gone": (
        MODEL.format("index_together"),
        (5, "argument", "`Meta` of a model takes no `index_together` in django 2.0; did you mean `unique_together`?"),
    ),
    "a field that Django's checks refuse": (
        "from django.db.models.fields import OldField\n\nprint(OldField())\n",
        (3, "attribute", "`OldField` cannot be used any more in django 2.0"),
    ),
    "an asynchronous query that is not there yet": (
        "from django.db import models\n\nclass Order(models.Model): ...\n\n"
        "async def f():\n    return await Order.objects.filter(a=1).afirst()\n",
        (6, "attribute", "`QuerySet` has no `afirst` in django 2.0; did you mean `first`?"),
    ),
    "a short name that is called": (
        "from django.db import models\n\nclass Order(models.Model): ...\n\nprint(Q(a=1))\n",
        (5, "import", "`Q` is used, and not imported: `from django.db.models import Q`"),
    ),
    "a module beside what is imported": (
        "from django.db import models\n\nclass Order(models.Model): ...\n\nwith transaction.atomic():\n    pass\n",
        (5, "import", "`transaction` is used, and not imported: `from django.db import transaction`"),
    ),
    "Django's settings": (
        "from django.db import models\n\nclass Order(models.Model): ...\n\nprint(settings.DEBUG)\n",
        (5, "import", "`settings` is used, and not imported: `from django.conf import settings`"),
    ),
    "an argument that a method hands on to another, which warns of it": (
        "from loose import Finder\n\nfinder = Finder()\nprint(finder.find('a', text='b'))\n",
        (
            4,
            "deprecated",
            "the argument `text` of `find` is deprecated in loose 2.0: The 'text' argument is deprecated. Use 'string' instead.",
        ),
    ),
    "a service of a later version": (
        "import boto3\nqueue = boto3.client('sqss')\n",
        (2, "argument", "boto3 2.0 has no service `sqss`; did you mean `sqs`?"),
    ),
}
RIGHT = {
    "one that is to be written by who inherits it": "from kit.old import later\nlater()\n",
    "a module with a part that may be missing": "from kit.optional import fast\nprint(fast)\n",
    "a module of the team's own that bears the name of a package": "from .kit import Anything\n\nprint(Anything)\n",
    "what a framework hands down to the reader's own": (
        "from kit.real import Part\n\nclass Mine(Part):\n    def f(self):\n        return self.row.options\n"
    ),
    "elements": "from kit.real import Part, pick\npick(Part(), Part())\n",
    "what a variable holds": "from kit.real import pick\n\ndef f(parts: list):\n    return pick(parts)\n",
    "a list for a sequence": "from kit.real import anyway\nanyway(['1'])\n",
    "a word that a decorator puts in the place of another": "from kit.real import renamed\nrenamed(old=1)\n",
    "the same in the place of what is needed": "from kit.real import needing\nneeding(old=1)\n",
    "one of the ways of making an object": "from kit.real import Signer\nSigner(b'a', salt=b'b')\n",
    "what is still to be made": "from kit import token\n\napp = ...\napp.register(token())\n",
    "words of a class that is handed over": "from loose import option\noption('x', cls=dict, completion=1)\n",
    "what the decoder of JSON takes": "import json\nprint(json.loads('1', strict=False))\n",
    "a name that a metaclass makes": (
        "class Meta(type):\n    pass\n\nclass Css(metaclass=Meta):\n    pass\n\nprint(Css.STYLE)\n"
    ),
    "the same where the other one is given": "from loose import Finder\n\nfinder = Finder()\nprint(finder.find('a', string='b'))\n",
    "what a library's protocol does not say, and its classes have": "from kit.real import single\nsingle().using('a')\n",
    "what a property gives, called": "from loose import Writer\n\nwriter = Writer()\nwriter.indent(width=2)\n",
    "words of the class above": "from loose import option\noption('x', complete=1, shown=True)\n",
    "options that Django has": MODEL.format("ordering"),
    "a field that is there": "from django.db.models.fields import NewField\n\nprint(NewField())\n",
    "some model of Django's": (
        "from django.apps import get_model\n\nAlert = get_model('alerts.Alert')\nprint(Alert.ACTIVE, Alert().close())\n"
    ),
    "one of which only a use is deprecated": "from kit.real import Part, either\neither(Part())\n",
    "a short name of the reader's own": "from kit import token\n\nprint(token(), Q)\n",
    "settings of the reader's own": "from kit import token\n\nprint(token(), settings.DEBUG)\n",
    "a service that is there": "import boto3\nqueue = boto3.client('sqs')\n",
}


@pytest.mark.parametrize(("code", "wanted"), WRONG.values(), ids=WRONG)
async def test_what_another_version_has_is_told_of(checks: House, code: str, wanted: tuple[int, str, str]) -> None:
    assert await found(checks, code) == [wanted]


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
async def test_what_this_version_has_is_left_alone(checks: House, code: str) -> None:
    assert await found(checks, code) == []
