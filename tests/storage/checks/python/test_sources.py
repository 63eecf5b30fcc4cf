"""What libraries say nowhere but in their source: what their functions give back, what their classes lack, what they only pass on."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks import house, pins
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.environment.index import Index
from storage.checks.room import Stand
from tests.wheels import make_wheel

pytestmark = pytest.mark.asyncio(loop_scope="module")

QUEUELIB = {
    "queuelib/__init__.py": """from queuelib.core import Connection, Message, from_env
""",
    "queuelib/core.py": """class Base:
    def close(self):
        self.closed = True


class Channel(Base):
    def __init__(self, connection):
        self.connection = connection

    def basic_publish(self, exchange, body, mandatory=False):
        return None

    def declare(self, name, **options):
        return self._declare(name, **options)

    def _declare(self, name, durable=False):
        return Message()


class Message(object):
    body = b''


class Special(Message):
    def acknowledge(self):
        return None


class Loose:
    def __getattr__(self, name):
        return name


class Strict:
    def __getattr__(self, name):
        raise AttributeError(name)


class Connection:
    @classmethod
    def from_env(cls):
        return cls()

    def channel(self, number=None):
        with self.guard():
            channel = Channel(self)
            channel.connection = self
            return channel

    def special(self):
        return self._special()

    def _special(self):
        return Special()

    def either(self, a):
        if a:
            return Channel(self)
        return Message()

    def guard(self):
        return open('x')

    def loose(self):
        return Loose()

    def strict(self):
        return Strict()

    @property
    def admin(self):
        return Channel(self)

    def message(self):
        return Message()


def publish():
    '''acknowledge is a word that stands elsewhere.'''


from_env = Connection.from_env
""",
}
BOTHLIB = {
    "bothlib/__init__.py": "",
    "bothlib/py.typed": "",
    "bothlib/commands.py": """from typing import Any, Awaitable, Callable, Union
from functools import wraps

ResponseT = Union[Awaitable[Any], Any]


def hooked(name: str):
    def decorator(f: Callable):
        @wraps(f)
        async def wrapper(self, *args, **kwargs):
            return await f(self, *args, **kwargs)
        return wrapper
    return decorator


class Commands:
    def get(self, name: str) -> ResponseT:
        return None


class Document:
    id: int = 0

    @hooked('insert')
    async def insert(self) -> 'Document':
        return self


class Stream:
    def __aiter__(self) -> 'Stream':
        return self

    async def __anext__(self) -> int:
        return 1
""",
    "bothlib/client.py": "from bothlib.commands import Commands\n\nclass Client(Commands): ...\n",
    "bothlib/asyncio/__init__.py": "from bothlib.asyncio.client import Client\n",
    "bothlib/asyncio/client.py": """from bothlib.commands import Commands


class Client(Commands):
    def pipeline(self) -> 'Pipeline':
        return Pipeline()


class Pipeline(Client): ...
""",
    "bothlib/response.py": """import json
from typing import Any


class Response:
    def json(self) -> Any:
        return json.loads('1')
""",
}
WARNLIB = {
    "warnlib/__init__.py": """import warnings
import lazylib.real
from typing import Any, overload

_GONE = [('float', 'use float64'), ('int', 'use int64')]
__former__ = {n: m for n, m in _GONE}


def __getattr__(name):
    if name in __former__:
        raise AttributeError(__former__[name])
    if name == 'late':
        return 1
    raise AttributeError(name)


def decode(token, key, **kwargs):
    if kwargs:
        warnings.warn('passing more is deprecated', DeprecationWarning)
    return token


class Field:
    def __init__(self, *, required=False, **metadata):
        if metadata:
            warnings.warn('metadata is to be given as such', DeprecationWarning)


class Number(Field):
    def __init__(self, *, strict=False, **kwargs):
        super().__init__(**kwargs)


@overload
def raises(kind: type, *, match: str = ...) -> int: ...
@overload
def raises(kind: type, function: Any, *args: Any, **kwargs: Any) -> str: ...
def raises(kind: type, *args: Any, **kwargs: Any) -> Any:
    return 1


def deprecate_parameter(name):
    return lambda function: function


@deprecate_parameter('by')
def group_by(*, name=''):
    '''Group.

    .. deprecated:: 2.0
       It is deprecated to call this when nothing runs.
    '''
""",
    "lazylib/__init__.py": "from lazylib.imports import lazy\n\nlazy(globals(), aliases={'serve': '.real'})\n",
    "lazylib/imports.py": "def lazy(names, aliases=None): ...\n",
    "lazylib/real.py": "def serve(): ...\n",
}
SERVICE = {
    "operations": {
        "ReceiveMessage": {"input": {"shape": "ReceiveMessageRequest"}},
        "DeleteMessage": {"input": {"shape": "DeleteMessageRequest"}},
    },
    "shapes": {
        "ReceiveMessageRequest": {"members": {"QueueUrl": {}, "WaitTimeSeconds": {}}},
        "DeleteMessageRequest": {"members": {"QueueUrl": {}}},
        "Message": {"members": {"Body": {}}},
    },
}
RESOURCES = {
    "service": {"actions": {"GetQueueByName": {"request": {"operation": "ReceiveMessage"}}}},
    "resources": {
        "Queue": {
            "identifiers": [{"name": "Url"}],
            "shape": "Message",
            "actions": {"Purge": {"request": {"operation": "DeleteMessage"}}},
        }
    },
}
CLOUD = {
    "boto3/__init__.py": "def client(name, **kw): ...\ndef resource(name, **kw): ...\n",
    "boto3/data/queue/2012/resources-1.json": json.dumps(RESOURCES),
    "botocore/__init__.py": "",
    "botocore/data/queue/2012/service-2.json": json.dumps(SERVICE),
}
SCHEDULER = {
    "apscheduler/__init__.py": "",
    "apscheduler/schedulers/__init__.py": "",
    "apscheduler/schedulers/background.py": "class BackgroundScheduler: ...\n",
}
PART = {"parts/cloud/storage/__init__.py": "class Client: ...\n"}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("checks")
    made = (
        ("queuelib", QUEUELIB),
        ("bothlib", BOTHLIB),
        ("warnlib", WARNLIB),
        ("boto3", CLOUD),
        ("parts_cloud_storage", PART),
        ("apscheduler", SCHEDULER),
    )
    for name, files in made:
        make_wheel(folder / "wheels", name, "1.0", files)
    built = house.build(folder / "data", Index(str(folder / "wheels")), lambda ground: Stand(Pins("3.11")))
    yield built
    await built.stop()


LOCK = ["queuelib==1.0", "bothlib==1.0", "warnlib==1.0", "boto3==1.0", "parts-cloud-storage==1.0", "apscheduler==1.0"]


async def verdict(checks: House, code: str, lock: Sequence[str] = LOCK) -> Verdict:
    (one,) = await checks.checker.against([Block("python", code)], Stand(pins.of_lines(lock, "3.11")))
    return one


CHANNEL = "import queuelib\nchannel = queuelib.Connection().channel()\n"
CLIENT = "from bothlib.asyncio import Client\n\nasync def f(client: Client):\n"
WRONG = {
    "a method of what an untyped function gives": (
        CHANNEL + "channel.publish(1)\n",
        3,
        "`Channel` has no `publish` in queuelib 1.0; did you mean `basic_publish`?",
    ),
    "an argument of such a method": (
        CHANNEL + "channel.basic_publish('', payload=1)\n",
        3,
        "`channel.basic_publish` takes no argument `payload` in queuelib 1.0",
    ),
    "an argument that such a method hands on": (
        CHANNEL + "channel.declare('a', durabel=True)\n",
        3,
        "`channel.declare` takes no argument `durabel` in queuelib 1.0; did you mean `durable`?",
    ),
    "an argument that such a method cannot do without": (
        CHANNEL + "channel.basic_publish('')\n",
        3,
        "`channel.basic_publish` also needs `body` in queuelib 1.0",
    ),
    "what a property gives": (
        "import queuelib\nconnection = queuelib.from_env()\nconnection.admin.publish(1)\n",
        3,
        "`Channel` has no `publish` in queuelib 1.0; did you mean `basic_publish`?",
    ),
    "a class that only refuses": (
        "import queuelib\none = queuelib.Connection().strict()\none.anything()\n",
        3,
        "`Strict` has no `anything` in queuelib 1.0",
    ),
    "what another method of the same object gives": (
        "import queuelib\none = queuelib.Connection().special()\none.confirm()\n",
        3,
        "`Special` has no `confirm` in queuelib 1.0",
    ),
    "a name that the module refuses": (
        "import warnlib\nprint(warnlib.float)\n",
        2,
        "the module `warnlib` has no `float` in warnlib 1.0",
    ),
    "an argument beyond those that are named": (
        "import warnlib\nwarnlib.decode('a', 'b', verify=False)\n",
        2,
        "the argument `verify` of `decode` is deprecated in warnlib 1.0: passing more is deprecated",
    ),
    "one that the class above has no name for": (
        "import warnlib\nwarnlib.Number(required=True, nullable=True)\n",
        2,
        "the argument `nullable` of `Number` is deprecated in warnlib 1.0: metadata is to be given as such",
    ),
    "an argument of a form that is not meant": (
        "import warnlib\nwarnlib.raises(ValueError, message='a')\n",
        2,
        "`warnlib.raises` takes no argument `message` in warnlib 1.0",
    ),
    "what is only to be gone through asynchronously": (
        "from bothlib.commands import Stream\n\ndef f(stream: Stream):\n    for one in stream:\n        print(one)\n",
        4,
        "what is gone through here is asynchronous: it needs `async for`",
    ),
    "a client of both kinds, of the one that is awaited": (
        CLIENT + "    value = client.get('a')\n    return value.upper()\n",
        4,
        "`value` is a coroutine: `client.get(...)` has to be awaited",
    ),
    "its outcome looked at on the spot": (
        CLIENT + "    if client.get('a'):\n        return 1\n",
        4,
        "`client.get(...)` is a coroutine: it has to be awaited before its outcome is there",
    ),
    "a decorated coroutine": (
        "from bothlib.commands import Document\n\nasync def f(one: Document):\n    one.insert()\n",
        4,
        "`one.insert()` is a coroutine: without `await` it never runs",
    ),
    "an await of what was decoded already": (
        "from bothlib.response import Response\n\nasync def f(one: Response):\n    return await one.json()\n",
        4,
        "`one.json()` is no coroutine in bothlib 1.0: it cannot be awaited",
    ),
    "an await of what gives nothing": (
        "import time\n\nasync def f():\n    await time.sleep(1)\n",
        4,
        "`time.sleep(...)` is no coroutine: it cannot be awaited",
    ),
    "an operation of a service": (
        "import boto3\nqueue = boto3.client('queue')\nqueue.receive_messages(QueueUrl='a')\n",
        3,
        "`queue client` has no `receive_messages` in boto3 1.0; did you mean `receive_message`?",
    ),
    "an argument of an operation": (
        "import boto3\nqueue = boto3.client('queue')\nqueue.receive_message(QueueURL='a')\n",
        3,
        "`queue.receive_message` takes no argument `QueueURL` in boto3 1.0; did you mean `QueueUrl`?",
    ),
    "an action of a resource": (
        "import boto3\none = boto3.resource('queue').Queue('a')\none.clear()\n",
        3,
        "`queue Queue` has no `clear` in boto3 1.0",
    ),
    "a package beside one that is there": (
        "from parts.cloud import bigquery\nbigquery.Client()\n",
        1,
        "`parts.cloud.bigquery` is not in your lock",
    ),
    "an import of a package that the block has nothing else of": (
        "import json\n\nscheduler = BackgroundScheduler()\nprint(json.dumps(1))\n",
        3,
        "`BackgroundScheduler` is used, and not imported: `from apscheduler.schedulers.background import BackgroundScheduler`",
    ),
    "an argument that a module only hands to another": (
        "import json\njson.dumps(1, pretty=True)\n",
        2,
        "`json.dumps` takes no argument `pretty`",
    ),
}


@pytest.mark.parametrize(("code", "line", "message"), WRONG.values(), ids=WRONG)
async def test_what_only_the_source_tells_is_found(checks: House, code: str, line: int, message: str) -> None:
    found = (await verdict(checks, code)).findings

    assert [(one.line, one.message) for one in found] == [(line, message)]


RIGHT = {
    "what it has": CHANNEL
    + "channel.basic_publish('', b'', mandatory=True)\nchannel.declare('a', durable=True).body\nchannel.close()\n",
    "one of two": "import queuelib\none = queuelib.Connection().either(1)\none.anything()\n",
    "what answers to any name": "import queuelib\none = queuelib.Connection().loose()\none.anything()\n",
    "given twice": CHANNEL + "channel = object()\nchannel.publish(1)\n",
    "what a class below it has": "import queuelib\n\ndef f(one: queuelib.Message):\n    return one.acknowledge()\n",
    "an argument that a nearer class takes": "import warnlib\nwarnlib.Number(strict=True, required=True)\n",
    "the form that is meant": "import warnlib\nwarnlib.raises(ValueError, print, message='a')\n",
    "a name that the module answers for": "import warnlib\nprint(warnlib.late)\n",
    "only deprecated in a case": "import warnlib\nwarnlib.group_by(name='a')\n",
    "made when it is loaded": "import lazylib\nlazylib.serve()\n",
    "a plain client of both kinds": (
        "from bothlib.client import Client\n\ndef f(c: Client):\n    value = c.get('a')\n    return value.upper()\n"
    ),
    "commands in a row": CLIENT + "    row = client.pipeline()\n    row.get('a')\n    return row\n",
    "awaited": CLIENT + "    value = await client.get('a')\n    return value.upper()\n",
    "a resource": (
        "import boto3\nqueue = boto3.resource('queue')\none = queue.get_queue_by_name(QueueUrl='a')\n"
        "two = queue.Queue('a')\ntwo.purge(QueueUrl='a')\nprint(two.url, two.body, two.meta.client)\n"
    ),
    "a class of one's own of such a name": (
        "import json\n\nclass BackgroundScheduler: ...\n\nprint(json, BackgroundScheduler())\n"
    ),
    "a part of a file": "def f():\n    return BackgroundScheduler()\n",
    "a package of many": "from parts.cloud import storage\nstorage.Client()\n",
    "an encoder of one's own": "import json\n\nclass E(json.JSONEncoder): ...\n\njson.dumps(1, cls=E, pretty=True)\n",
}


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
async def test_what_the_source_allows_is_not_flagged(checks: House, code: str) -> None:
    one = await verdict(checks, code)

    assert not one.findings, one


async def test_what_an_untyped_function_plainly_gives_was_looked_at(checks: House) -> None:
    one = await verdict(checks, CHANNEL + "channel.close()\n")

    assert (one.state, one.reasons) == ("none", ())


async def test_a_package_that_is_called_otherwise_than_its_module_is_not_missing_but_unseen(checks: House) -> None:
    one = await verdict(checks, "import nats\nnats.connect()\n", ["nats-py==1.0"])

    assert (one.state, one.reasons) == ("unchecked", ("no wheel for nats-py",))
