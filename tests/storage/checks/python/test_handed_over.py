"""Functions that are handed over, what has no truth, what is still to be awaited: told by the types and the sources of a library,
not by a list of its names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block
from storage.checks import house, pins
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.environment.index import Index
from storage.checks.room import Stand
from tests.wheels import make_wheel

pytestmark = pytest.mark.asyncio(loop_scope="module")

KIT = {
    "kit/__init__.py": """from typing import Any, Awaitable, Callable, Generator, Generic, Protocol, TypeVar, Union
from kit import marks
from kit.app import App

T = TypeVar("T")

class Fault(ValueError):
    def details(self) -> list[str]: ...

class Later:
    def go(self) -> None: ...

class Job(Generic[T]):
    def result(self) -> T: ...

class Clause:
    def __gt__(self, other: int) -> "Clause": ...
    def __bool__(self) -> bool:
        raise TypeError("a clause is neither true nor false")

class Column:
    def __get__(self, of: object, owner: type) -> Clause: ...

class Pending:
    def one(self) -> "Pending": ...
    def __await__(self) -> Generator[Any, None, Any]: ...

class Handler(Protocol):
    def __call__(self, event: str, /, *, at: int) -> None: ...

def serve(handler: Callable[[str], Awaitable[None]], port: int = 1) -> None: ...
def on(name: str, handler: Handler) -> None: ...
def pending(number: int) -> Pending: ...
def clause() -> Clause: ...
class Plain:
    def check(self) -> bool: ...

class Waiting:
    async def check(self) -> bool: ...

def either() -> Union[Plain, Waiting]: ...
def rows() -> Union[dict[str, int], Job[dict[str, int]]]: ...

class Old: ...

class Moved: ...

marks.deprecated(Moved, __name__, "Moved has gone to kit.app", name="Moved")
""",
    "kit/py.typed": "",
    "kit/marks.py": "def deprecated(value: object, module: str, message: str, name: str = '') -> object: ...\n",
    "kit/models.py": """from typing import Any, dataclass_transform
from kit.camel import Aliased

@dataclass_transform(kw_only_default=True)
class Meta(type): ...

class Document(metaclass=Meta):
    def __init__(self, meta: dict[str, int] | None = None, **values: Any) -> None: ...

@dataclass_transform(kw_only_default=True)
class Plain: ...

class Camel(Plain, Aliased): ...

class Stats(Camel):
    size_in_bytes: int

class Row:
    @property
    def hits(self) -> list[int]:
        found = list()
        setattr(found, self.name, 1)
        return found
""",
    "kit/camel.py": "class Aliased:\n    model_config = dict(alias_generator=str)\n",
    "kit/app.py": """from typing import Any, Callable, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

def setup(f: F) -> F:
    def wrapper(self: Any, *args: Any, **kwargs: Any) -> Any:
        return f(self, *args, **kwargs)
    return wrapper  # type: ignore

class Rule:
    def __init__(self, path: str, methods: list[str] | None = None, strict: bool = True) -> None: ...

class Scaffold:
    @setup
    def route(self, path: str, **options: Any) -> Callable[[F], F]:
        def mark(f: F) -> F:
            name = options.pop("name", None)
            self.add(path, name, f, **options)
            return f
        return mark

    @setup
    def add(self, path: str, name: str | None, f: Any, **options: Any) -> None:
        raise NotImplementedError

class App(Scaffold):
    rule_class = Rule

    @setup
    def add(self, path: str, name: str | None, f: Any, **options: Any) -> None:
        words = options
        self.rules = [self.rule_class(path, **words)]
""",
}
HEAD = "import kit\nimport signal\n"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("handed")
    make_wheel(folder / "wheels", "kit", "1.0", KIT)
    built = house.build(folder / "data", Index(str(folder / "wheels")), lambda ground: Stand(Pins("3.11")))
    yield built
    await built.stop()


async def found(checks: House, code: str) -> Sequence[tuple[int, str]]:
    stand = Stand(pins.of_lines(["kit==1.0"], "3.11"))
    (verdict,) = await checks.checker.against([Block("python", HEAD + code)], stand)
    assert verdict.state != "unchecked", verdict
    return [(one.line - 2, one.message) for one in verdict.findings]


ARITY = "`{}` does not take the arguments that `{}` calls it with{}"
TRUTH = "`{}` is neither true nor false in kit 1.0, as `{}` asks"
MODEL = "class Row:\n    size = kit.Column()\n    def __init__(self):\n        self.part = kit.clause()\n"
WRONG = {
    "one argument too many": (
        "async def handle(event, path):\n    print(event, path)\nkit.serve(handle)\n",
        (1, ARITY.format("handle", "kit.serve", " in kit 1.0")),
    ),
    "by a protocol": (
        "def handle(event):\n    print(event)\nkit.on('a', handle)\n",
        (1, ARITY.format("handle", "kit.on", " in kit 1.0")),
    ),
    "of the standard library": (
        "def stop():\n    print(1)\nsignal.signal(signal.SIGTERM, stop)\n",
        (1, ARITY.format("stop", "signal.signal", "")),
    ),
    "of several forms": (
        "rows = sorted([[1]], key=lambda a, b: a)\n",
        (1, ARITY.format("", "sorted", "").replace("``", "this function")),
    ),
    "a method of the block's own": (
        "class A:\n    def stop(self):\n        return 1\n    def go(self):\n"
        "        signal.signal(signal.SIGTERM, self.stop)\n",
        (2, ARITY.format("self.stop", "signal.signal", "")),
    ),
    "`and` of a query": (
        MODEL + "print(Row.size > 1 and Row.size > 2)\n",
        (5, TRUTH.format("Row.size > 1", "and")),
    ),
    "`not`, and a condition": ("x = kit.clause()\nif x:\n    print(1)\n", (2, TRUTH.format("x", "if"))),
    "a name for what is still to be awaited": (
        "async def f():\n    one = kit.pending(1)\n    return one.size\n",
        (2, "`one` is no outcome yet: `kit.pending(...)` has to be awaited"),
    ),
    "a word that reaches nobody, below decorators and a class's own class": (
        "app = kit.App()\n@app.route('/', method=['GET'])\ndef f():\n    return 1\n",
        (2, "`app.route` takes no argument `method` in kit 1.0; did you mean `methods`?"),
    ),
    "what is lacking below a decorator, beside other words": (
        "app = kit.App()\n@app.route(methods=['GET'])\ndef f():\n    return 1\n",
        (2, "`app.route` also needs `path` in kit 1.0"),
    ),
    "a name that its module withdraws": (
        "from kit import Moved\n",
        (1, "`Moved` is deprecated in kit 1.0: Moved has gone to kit.app"),
    ),
    "together with arguments that it does not take": (
        "import threading\ndef work(name):\n    print(name)\nthreading.Thread(target=work, args=('a', 2)).start()\n",
        (4, "`work` takes fewer positional arguments than are given here"),
    ),
    "together with a word that it does not take": (
        "import threading\ndef work(name):\n    print(name)\nthreading.Thread(target=work, kwargs={'title': 2}).start()\n",
        (4, "`work` takes no argument `title`"),
    ),
    "in part, under another name": (
        "from functools import partial\ngo = partial(kit.serve, port=1)\ngo(print, host=1)\n",
        (3, "`kit.serve` takes no argument `host` in kit 1.0"),
    ),
    "a text that names what a module lacks": (
        "from unittest.mock import patch\nwith patch('kit.pendings'):\n    print(1)\n",
        (2, "the module `kit` has no `pendings` in kit 1.0; did you mean `pending`?"),
    ),
    "a text that names what a class lacks": (
        "from unittest.mock import patch\nwith patch('kit.app.Scaffold.routes'):\n    print(1)\n",
        (2, "`Scaffold` has no `routes` in kit 1.0; did you mean `route`?"),
    ),
    "a table that names what a module lacks": (
        "H = {'class': 'logging.ConsoleHandler'}\n",
        (1, "the module `logging` has no `ConsoleHandler`"),
    ),
    "what no error below that has": (
        "try:\n    print(1)\nexcept ValueError as e:\n    print(e.explanation)\n",
        (4, "`ValueError` has no `explanation`"),
    ),
}
RIGHT = {
    "fits": "async def handle(event):\n    print(event)\nkit.serve(handle)\n",
    "takes anything": "def stop(*rest):\n    print(rest)\nsignal.signal(signal.SIGTERM, stop)\n",
    "takes more that has a value": "def stop(number, frame, more=1):\n    return more\nsignal.signal(2, stop)\n",
    "of other types": "def stop(number: str, frame: str) -> None:\n    print(number)\nsignal.signal(2, stop)\n",
    "wrapped": "import functools\n@functools.wraps(print)\ndef stop():\n    return 1\nsignal.signal(2, stop)\n",
    "by a protocol": "def handle(event, *, at):\n    print(event, at)\nkit.on('a', handle)\n",
    "what an object holds": MODEL + "    def f(self, other: 'Row'):\n        return self.size and other.size > 1\n",
    "asked for in another way": "x = kit.clause()\nif x is not None and len([x]) > 1:\n    print(1)\n",
    "built up before it is awaited": "async def f():\n    one = kit.pending(1)\n    one = one.one()\n    return await one\n",
    "words of those that take them": "app = kit.App()\n@app.route('/', methods=[], strict=False, name='a')\ndef f():\n    return 1\n",
    "an error below that has it": "try:\n    print(1)\nexcept ValueError as e:\n    print(e.details())\n",
    "one of several can be asked": "print(kit.rows()['a'])\nfound = kit.rows()\nprint(found['a'])\n",
    "one of several gives a coroutine": "assert kit.either().check()\n",
    "together with what it takes": (
        "import threading\nfrom functools import partial\ndef work(name, *, at=1):\n    print(name, at)\n"
        "threading.Thread(target=work, args=('a',), kwargs={'at': 2}).start()\ngo = partial(kit.serve, port=1)\ngo(work, port=2)\n"
    ),
    "texts that name what there is, or what the test makes": (
        "from unittest.mock import patch\nwith patch('kit.app.App'), patch('os.path.exists'), patch('kit.none', create=True):\n"
        "    print({'class': 'logging.handlers.SysLogHandler'}, {'class': 'btn.primary'}, ['kit.app.App'])\n"
    ),
    "what a class's own making takes beside its fields": (
        "from kit.models import Document\nclass A(Document):\n    title: str\nA(meta={'id': 1})\n"
    ),
    "fields that a class far above gives other names": "from kit.models import Stats\nStats(sizeInBytes=1)\n",
    "what a property puts on what it gives": "from kit.models import Row\nprint(Row().hits.total)\n",
    "not withdrawn": "from kit import Old\n",
    "a library's own affair": "print(kit.pending(1)._state)\n",
}


@pytest.mark.parametrize("case", WRONG)
async def test_what_cannot_be_is_told_at_its_line(checks: House, case: str) -> None:
    code, wanted = WRONG[case]

    assert list(await found(checks, code)) == [wanted]


@pytest.mark.parametrize("case", RIGHT)
async def test_what_is_right_is_left_alone(checks: House, case: str) -> None:
    assert list(await found(checks, RIGHT[case])) == []
