"""Blocks against a lock and a repository, through the real checkers, with a library that exists nowhere else."""

from __future__ import annotations

import asyncio
import ctypes
import os
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio

from bot.capabilities.checks import phrases
from bot.capabilities.checks.verdicts import Block, Finding, Verdict
from storage.checks import house, pins, source
from storage.checks.confined import LANDLOCK_CREATE
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.environment.index import OWN_INDEX, Index
from storage.checks.room import Stand
from tests.repositories import MadeRepository
from tests.wheels import SHOPLIB, make_wheel

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

UNTYPED = {
    "looselib/__init__.py": """from looselib.real import *

def __getattr__(name):
    if name == 'late':
        return 1
    raise AttributeError(name)
""",
    "looselib/real.py": """import warnings

class Thing:
    def __init__(self, size=1):
        setattr(self, 'dynamic_one', size)

    def grow(self, by=1, **options):
        return self._grow(by, **options)

    def _grow(self, by, speed=1):
        return by

def connect(where, retries=3, **kwargs):
    '''Connect.

    :param where: the address
    :param tls_mode: "on" or "off"
    '''
    return [one for one in kwargs.items() if one[0] in ("tls_mode", "pool_size")]

def old():
    warnings.warn('use new', DeprecationWarning)

def new():
    return Thing()
""",
}
ASYNC = {
    "waitlib/__init__.py": """class Client:
    async def get(self, path: str) -> 'Answer':
        return Answer()

    async def __aenter__(self) -> 'Client':
        return self

    async def __aexit__(self, *error: object) -> None: ...


class AnswerParser:
    def __init__(self, text: str) -> None: ...


class Answer:
    text: str = ''

    def json(self) -> dict[str, int]:
        return {}
""",
    "waitlib/py.typed": "",
}
SHOP = {
    "requirements.txt": "shoplib==2.1\n",
    "src/shop/__init__.py": "",
    "src/shop/models.py": """class Order:
    def __init__(self, total: int) -> None:
        self.total = total

    def paid(self, when: str = '') -> bool:
        return bool(when)
""",
    "src/shop/service.py": """from shop.models import Order


def price(order: Order, percent: int = 0) -> int:
    return order.total * percent
""",
    "src/shop/api.py": """from shop.models import Order
from shop.service import price


def show() -> int:
    return price(Order(1), percent=5)
""",
    "pyproject.toml": '[project]\nname = "shop"\nversion = "1"\nrequires-python = ">=3.11"\n',
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("checks")
    for name, version, files in (("shoplib", "2.1", SHOPLIB), ("looselib", "1.0", UNTYPED), ("waitlib", "1.0", ASYNC)):
        make_wheel(folder / "wheels", name, version, files)
    built = house.build(folder / "data", Index(str(folder / "wheels")), lambda ground: Stand(Pins("3.11")))
    yield built
    await built.stop()


@pytest.fixture(scope="module")
def shop(checks: House, tmp_path_factory: pytest.TempPathFactory) -> Stand:
    folder = tmp_path_factory.mktemp("shop")
    made = MadeRepository(folder / "shop")
    made.commit(SHOP, "Begin.")
    tree = source.export(made.folder, "", "shop", checks.trees)
    return Stand(pins.of_files(tree.locks), tree)


LIBRARIES = Stand(pins.of_lines(["shoplib==2.1", "looselib==1.0", "waitlib==1.0"], "3.11"))


async def checked(checks: House, *codes: str | Block, stand: Stand = LIBRARIES) -> Sequence[Verdict]:
    return await checks.checker.against(
        [one if isinstance(one, Block) else Block("python", one) for one in codes], stand
    )


async def found(checks: House, code: str, stand: Stand = LIBRARIES) -> tuple[Finding, ...]:
    (verdict,) = await checked(checks, code, stand=stand)
    assert verdict.state in ("none", "problems"), verdict
    return verdict.findings


DEFECTS = {
    "a method that does not exist": (
        "from shoplib import Session\nSession().upsert(1)\n",
        2,
        "attribute",
        "`Session` has no `upsert` in shoplib 2.1",
    ),
    "after a call": (
        "from shoplib import open_session\nopen_session('a').upsert(1)\n",
        2,
        "attribute",
        "has no `upsert`",
    ),
    "a name that a module does not have": ("from shoplib import Sesion\n", 1, "import", "did you mean `Session`?"),
    "a module that a package does not have": (
        "from shoplib.sesion import Session\n",
        1,
        "import",
        "did you mean `shoplib.session`?",
    ),
    "an argument that does not exist": (
        "from shoplib import Session\nSession().add(1, flsh=True)\n",
        2,
        "argument",
        "did you mean `flush`?",
    ),
    "an argument that is missing": (
        "from shoplib import open_session\nopen_session()\n",
        2,
        "argument",
        "also needs `name`",
    ),
    "a package that is not in the lock": ("import requests\n", 1, "package", "`requests` is not in your lock"),
    "a package misspelt": ("import shoplb\n", 1, "package", "did you mean `shoplib`?"),
    "an addition to a library": ("import fastapi_magic_auth\n", 1, "package", "not in your lock"),
    "an import left out": (
        "import shoplib\n\ndef f():\n    return json.dumps(shoplib)\n",
        4,
        "import",
        "`import json`",
    ),
    "a name misspelt": (
        "import shoplib\nsession = shoplib.Session()\nsesion.merge(1)\n",
        3,
        "name",
        "did you mean `session`?",
    ),
    "an await left out": (
        "from waitlib import Client\n\nasync def f(c: Client):\n    r = c.get('/')\n    return r.json()\n",
        4,
        "await",
        "has to be awaited",
    ),
    "a coroutine that never runs": (
        "from waitlib import Client\n\nasync def f(c: Client):\n    c.get('/')\n",
        4,
        "await",
        "never runs",
    ),
    "a plain with": (
        "from waitlib import Client\n\ndef f():\n    with Client() as c:\n        pass\n",
        4,
        "await",
        "`async with`",
    ),
    "deprecated in its source": ("import looselib\nlooselib.old()\n", 2, "deprecated", "use new"),
    "a name that no word of an untyped library is": (
        "import looselib\nlooselib.Thing().shrink()\n",
        2,
        "attribute",
        "has no `shrink`",
    ),
    "a name that a module does not answer for": ("from looselib import never\n", 1, "import", "has no `never`"),
    "an argument that is only handed on": (
        "import looselib\nlooselib.Thing().grow(1, sped=2)\n",
        2,
        "argument",
        "did you mean `speed`?",
    ),
    "a module's name that it does not answer for": (
        "import looselib\nlooselib.never\n",
        2,
        "attribute",
        "has no `never`",
    ),
    "a coroutine that is kept": (
        "from waitlib import Client\n\nasync def f(c: Client):\n    r = c.get('/')\n    print(f'{r}')\n",
        4,
        "await",
        "has to be awaited",
    ),
    "a coroutine that is handed over": (
        "from waitlib import Client\n\ndef show(x: str) -> None: ...\n\nasync def f(c: Client):\n    show(c.get('/'))\n",
        6,
        "await",
        "before it is handed over",
    ),
    "a text, which is no name": ("print(', '.joined(['a']))\n", 1, "attribute", "`str` has no `joined`"),
    "an import that is left out where anything is caught": (
        "from shoplib import Session\n\ntry:\n    asyncio.run(Session().go())\nexcept Exception:\n    print(1)\n",
        4,
        "import",
        "`asyncio` is used, and not imported",
    ),
    "a line that another rule is put aside for": (
        "from shoplib import Session\nSession().upsert(1)  # noqa: E501\n",
        2,
        "attribute",
        "has no `upsert`",
    ),
    "a coroutine that a function leaves lying": (
        "from waitlib import Client\n\nasync def f(c: Client):\n    r = c.get('/')\n",
        4,
        "await",
        "has to be awaited",
    ),
    "in the midst of a chain, at its own line": (
        "from shoplib import Session\n(\n    Session()\n    .upsert(1)\n)\n",
        4,
        "attribute",
        "has no `upsert`",
    ),
    "SQL put together": (
        "def f(cursor, name):\n    cursor.execute(f\"SELECT * FROM a WHERE b = '{name}'\")\n",
        2,
        "sql",
        "parameter",
    ),
    "no valid Python": ("import shoplib\n\nfor x in shoplib\n    print(x)\n", 3, "syntax", "no valid Python"),
    "a module that this Python does not have": (
        "import distutilz\nfrom os import nope\n",
        2,
        "import",
        "`os` has no `nope`",
    ),
}


@pytest.mark.parametrize(("code", "line", "kind", "words"), DEFECTS.values(), ids=DEFECTS)
async def test_a_defect_is_found_at_its_line_in_plain_words(
    checks: House, code: str, line: int, kind: str, words: str
) -> None:
    (verdict,) = await checked(checks, code)

    here = [one for one in verdict.findings if one.line == line and one.kind == kind]
    assert here, verdict
    assert words in here[0].message


RIGHT = {
    "right": "from shoplib import Session, open_session\nsession = open_session('a')\nsession.add(1, flush=True)\nsession.merge(2)\n",
    "names of the reader's own": "from shoplib import Session\n\ndef f(session: Session):\n    session.add(User(x), flush=y())\n",
    "modules of the reader's own": "from app.db import get_session\nfrom .models import Order\nget_session().add(Order())\n",
    "a part of a file": "    session.add(order)\n    return order\n",
    "awaited at the top": "from waitlib import Client\nasync with Client() as client:\n    (await client.get('/')).json()\n",
    "ready for it": "try:\n    import ujson as json\nexcept ImportError:\n    import json\nprint(json.dumps(1))\n",
    "shown as wrong": "from shoplib import Session\n# ❌ does not exist\nSession().upsert(1)\n\n# ✅\nSession().merge(1)\n",
    "expected to fail": "import pytest\nfrom shoplib import Session\nwith pytest.raises(AttributeError):\n    Session().upsert(1)\n",
    "made on the fly": "import looselib\nprint(looselib.new().dynamic_one, looselib.late)\nlooselib.Thing().grow(2, speed=3)\n",
    "given on as options": "import looselib\nlooselib.connect('a', pool_size=3, tls_mode='on', pool_timeout=3)\n",
    "a coroutine for later": (
        "import asyncio\nfrom waitlib import Client\n\nasync def f(c: Client):\n    r = c.get('/')\n    await asyncio.gather(r)\n"
    ),
    "left out": "from shoplib import open_session\nopen_session(...)\n",
    "the writer knows": "from shoplib import Session\nSession().upsert(1)  # type: ignore[attr-defined]\n",
    "defined below its use": "from shoplib import Session\n\ndef f():\n    return helper(Session())\n\ndef helper(a):\n    a.add(1)\n",
}


@pytest.mark.parametrize("code", RIGHT.values(), ids=RIGHT)
async def test_what_is_right_is_not_flagged(checks: House, code: str) -> None:
    (verdict,) = await checked(checks, code)

    assert not verdict.findings, verdict


async def test_what_was_looked_at_and_what_is_assumed_is_named(checks: House) -> None:
    (verdict,) = await checked(
        checks, "from shoplib import Session\nfrom app.db import get_session\n\ndef f(user: User): get_session()\n"
    )

    assert verdict.versions == {"shoplib": "2.1"}
    assert set(verdict.assumed) == {"app.db", "User"}


async def test_later_blocks_see_the_names_of_earlier_ones(checks: House) -> None:
    verdicts = await checked(
        checks, "from shoplib import Session\nsession = Session()\n", "session.merge(1)\n", "session.upsert(1)\n"
    )

    assert [one.state for one in verdicts] == ["none", "none", "problems"]


async def test_a_tool_for_tests_need_not_be_in_the_lock_and_is_told(checks: House) -> None:
    (verdict,) = await checked(
        checks, "import pytest\nimport shoplib\n\ndef test_it():\n    assert shoplib.Session()\n"
    )

    assert (verdict.state, verdict.reasons) == ("partial", ("pytest is not in the lock",))


async def test_what_a_notebook_installs_is_held_against_the_lock(checks: House) -> None:
    (verdict,) = await checked(checks, "import shoplib\n!pip install shoplib==1.0\nshoplib.Session()\n")

    assert [(one.line, one.kind) for one in verdict.findings] == [(2, "install")]


async def test_no_problems_is_never_said_of_a_library_that_was_not_seen(checks: House) -> None:
    stand = Stand(pins.of_lines(["shoplib==2.1", "sourceonly==1.0"], "3.11"))

    alone, beside, unknown = await checked(
        checks,
        "import sourceonly\nsourceonly.x()\n",
        "import sourceonly, shoplib\nshoplib.Session()\n",
        "import quxlib\nquxlib.x()\n",
        stand=stand,
    )

    assert (alone.state, beside.state, unknown.state) == ("unchecked", "partial", "unchecked")
    assert alone.reasons == ("no wheel for sourceonly",)


async def test_in_a_repository_without_a_python_lock_the_newest_versions_are_assumed(tmp_path: Path) -> None:
    make_wheel(
        tmp_path / "wheels", "httpx", "9.9", {"httpx/__init__.py": "def get(url: str) -> str:\n    return url\n"}
    )
    built = house.build(tmp_path / "data", Index(str(tmp_path / "wheels")), lambda ground: Stand(Pins("3.11")))
    made = MadeRepository(tmp_path / "service")
    made.commit({"main.go": "package main\n"}, "Begin.")
    tree = source.export(made.folder, "", "service", built.trees)
    stand = Stand(pins.of_files(tree.locks), tree)

    right, wrong, own = await checked(
        built, "import httpx\nhttpx.get('a')\n", "import httpx\nhttpx.got('a')\n", "import somewhere\n", stand=stand
    )
    await built.stop()

    assert (right.state, right.findings, right.assumed) == ("none", (), ("httpx 9.9 (newest)",))
    assert [(one.line, one.package) for one in wrong.findings] == [(2, "httpx")]
    assert not own.findings, "nothing is missed in a lock that is not there"


async def test_deprecated_only_since_a_version_of_python(checks: House) -> None:
    code = "from datetime import datetime\n\ndef now():\n    return datetime.utcnow()\n"

    assert not await found(checks, code, Stand(pins.of_lines(["shoplib==2.1"], "3.11")))
    later = await found(checks, code, Stand(pins.of_lines(["shoplib==2.1"], "3.12")))

    assert [(one.kind, one.line) for one in later] == [("deprecated", 4)]


async def test_a_lock_that_cannot_be_had_leaves_the_rest_checked(tmp_path: Path) -> None:
    built = house.build(tmp_path, Index(str(tmp_path / "nowhere-at-all")), lambda ground: Stand(Pins("3.11")))
    try:
        (tmp_path / "nowhere-at-all").mkdir()
        library, own = await checked(built, "import shoplib\nshoplib.x()\n", "import json\njson.dumpz(1)\n")
    finally:
        await built.stop()

    assert library.state == "unchecked"
    assert [one.kind for one in own.findings] == ["attribute"]


async def test_without_an_index_what_needs_none_is_looked_at_and_the_reason_is_said_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in OWN_INDEX:
        monkeypatch.delenv(name, raising=False)
    built = house.build(tmp_path, Index(), lambda ground: Stand(Pins("3.11")))
    try:
        alone, beside, wrong = await checked(
            built,
            "import shoplib, looselib\nshoplib.x()\n",
            "import json\nimport shoplib\njson.dumps(shoplib.x())\n",
            "import json\nimport shoplib\njson.dumpz(shoplib.x())\n",
        )
    finally:
        await built.stop()

    assert phrases.line(alone) == "not checked: no package index"
    assert phrases.line(beside) == (
        "partly checked: the standard library – no problems found in that part – not checked: no package index"
    )
    assert [one.line for one in wrong.findings] == [3]


# --- the team's own code ------------------------------------------------------------------------------------------------------------


async def test_the_teams_own_code_is_looked_at_in_its_commit(checks: House, shop: Stand) -> None:
    (verdict,) = await checked(
        checks, "from shop.models import Order\n\ndef f(order: Order):\n    return order.totl\n", stand=shop
    )

    assert [(one.line, one.kind, one.message) for one in verdict.findings] == [
        (4, "attribute", "`Order` has no `totl`; did you mean `total`?")
    ]
    assert shop.tree is not None
    assert verdict.versions == {"shop": shop.tree.commit[:12]}


async def test_a_name_that_the_answer_itself_writes_is_there(checks: House, shop: Stand) -> None:
    blocks = [
        "def discount(order):\n    return 1\n",
        "from shop.service import discount, price\n",
        "from shop.service import nothing\n",
    ]

    verdicts = await checked(checks, *blocks, stand=shop)

    assert [one.state for one in verdicts] == ["none", "none", "problems"]


async def test_callers_that_no_longer_fit_are_named(checks: House, shop: Stand) -> None:
    code = (
        "# src/shop/service.py\ndef price(order: Order, *, discount: int) -> int:\n    return order.total - discount\n"
    )

    (verdict,) = await checked(checks, code, stand=shop)

    assert [(one.line, one.kind) for one in verdict.findings] == [(2, "call sites")]
    assert "src/shop/api.py:6" in verdict.findings[0].message


async def test_callers_that_do_not_await_what_has_become_a_coroutine_are_named(checks: House, shop: Stand) -> None:
    code = "# src/shop/service.py\nasync def price(order: Order, percent: int = 0) -> int:\n    return order.total * percent\n"

    (verdict,) = await checked(checks, code, stand=shop)

    assert [(one.line, one.kind) for one in verdict.findings] == [(2, "call sites")]
    assert "src/shop/api.py:6" in verdict.findings[0].message


async def test_callers_are_looked_at_for_a_block_that_does_not_name_its_file(checks: House, shop: Stand) -> None:
    code = "from shop.models import Order\n\ndef price(order: Order, *, discount: int) -> int:\n    return order.total - discount\n"

    (same, other) = await checked(
        checks, code, "def price(weight: float, zone: str) -> float:\n    return weight\n", stand=shop
    )

    assert [(one.line, one.kind) for one in same.findings] == [(3, "call sites")]
    assert other.state == "none"


async def test_a_change_that_callers_do_not_notice_is_none(checks: House, shop: Stand) -> None:
    code = "# src/shop/service.py\ndef price(order: Order, percent: int = 0, *, note: str = '') -> int:\n    return order.total\n"

    (verdict,) = await checked(checks, code, stand=shop)

    assert verdict.state == "none"


async def test_a_diff_is_applied_to_the_file_and_only_what_it_adds_counts(checks: House, shop: Stand) -> None:
    diff = (
        "--- a/src/shop/service.py\n+++ b/src/shop/service.py\n@@ -4,2 +4,3 @@\n def price(order: Order, percent: int = 0) -> int:\n"
        "+    order.refund()\n     return order.total * percent\n"
    )

    (verdict,) = await checked(checks, Block("diff", diff, "src/shop/service.py", diff=True), stand=shop)

    assert [(one.line, one.kind) for one in verdict.findings] == [(5, "attribute")]


async def test_a_diff_that_fits_nowhere_is_checked_as_far_as_it_goes(checks: House, shop: Stand) -> None:
    diff = "--- a/src/shop/service.py\n+++ b/src/shop/service.py\n@@ -4,2 +4,3 @@\n def cost(nothing):\n+    order.refund()\n"

    (verdict,) = await checked(checks, Block("diff", diff, "src/shop/service.py", diff=True), stand=shop)

    assert verdict.state in ("none", "unchecked")


@pytest.mark.parametrize("path", ["../../../etc/passwd.py", "/etc/passwd.py", "src/../../x.py", "a" * 400 + ".py"])
async def test_a_path_that_leads_out_of_the_repository_is_no_place_in_it(checks: House, shop: Stand, path: str) -> None:
    (verdict,) = await checked(checks, Block("python", "x = 1\n", path), stand=shop)

    assert verdict.state == "none"


# --- hostile blocks, and checkers that fail -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "code",
    [
        "x = 1\n" * 2_000_000,
        "(" * 100_000,
        "[" * 50 + "]" * 50 + "\n" * 10 + "x." + "a." * 3_000 + "b",
        "a = " + "b" + " + b" * 30_000,
        "\0",
    ],
)
async def test_a_hostile_block_costs_itself_its_line_and_no_other(checks: House, code: str) -> None:
    hostile, plain = await checked(checks, code, "from shoplib import Session\nSession().upsert(1)\n")

    assert hostile.state in ("unchecked", "none")
    assert plain.state == "problems"


async def test_a_checker_that_is_killed_is_replaced(checks: House) -> None:
    await found(checks, "import shoplib\n")
    killed = checks.checkers.process_id
    assert killed is not None

    os.kill(killed, signal.SIGKILL)
    after = [await checked(checks, "from shoplib import Session\nSession().upsert(1)\n") for _ in range(2)]

    assert after[-1][0].state == "problems"
    assert checks.checkers.process_id != killed


async def test_answers_at_once_get_what_each_gets_alone(checks: House, shop: Stand) -> None:
    loose = "from shop.models import Order\n\ndef f(order: Order):\n    return order.totl + {}\n"
    placed = (
        "# src/shop/models.py\nclass Order:\n    def __init__(self, total: int) -> None:\n        self.{} = total\n"
    )
    asked = [loose.format(number) for number in range(6)] + [placed.format(name) for name in ("totl", "total")]

    alone = [await checked(checks, code, stand=shop) for code in asked]
    together = await asyncio.gather(*(checked(checks, code, stand=shop) for code in reversed(asked)))

    assert list(reversed(together)) == alone
    assert {one.state for (one,) in alone[:6]} == {"problems"}


async def test_verdicts_are_the_same_in_any_order(checks: House) -> None:
    codes = [*RIGHT.values(), *(code for code, *_ in DEFECTS.values())]
    forward = {code: await checked(checks, code) for code in codes}
    await checks.checkers.stop()
    backward = {code: await checked(checks, code) for code in reversed(codes)}

    assert backward == forward


async def test_a_tree_that_is_written_anew_under_the_checkers_changes_no_verdict(checks: House, tmp_path: Path) -> None:
    for path, text in SHOP.items():
        (tmp_path / "shop" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "shop" / path).write_text(text)
    code = "from shop.models import Order\n\ndef f(order: Order):\n    return get_session().add(order.totl)\n"

    verdicts = []
    for _ in range(2):
        tree = source.export(tmp_path / "shop", "", "shop", checks.trees)
        verdicts.append(await checked(checks, code, stand=Stand(pins.of_files(tree.locks), tree)))

    assert verdicts[0] == verdicts[1]
    assert [one.message for one in verdicts[1][0].findings] == ["`Order` has no `totl`; did you mean `total`?"]


def checker_below(process_id: int | None, name: str) -> int:
    children = Path(f"/proc/{process_id}/task/{process_id}/children").read_text().split()
    return next(int(one) for one in children if Path(f"/proc/{one}/comm").read_text().strip() == name)


@pytest.mark.skipif(not Path("/proc/self/task").is_dir(), reason="processes are found by Linux's own files")
async def test_a_checker_that_dies_under_several_answers_costs_none_of_them_its_line(checks: House) -> None:
    await found(checks, "import shoplib\n")
    first = checker_below(checks.checkers.process_id, "ty")
    codes = [f"from shoplib import Session\nSession().upsert({number})\n" for number in range(12)]

    asked = asyncio.gather(*(checked(checks, code) for code in codes))
    await asyncio.sleep(0)
    os.kill(first, signal.SIGKILL)
    verdicts = await asked

    assert [one.state for (one,) in verdicts] == ["problems"] * 12


async def test_checkers_without_questions_are_ended(tmp_path: Path) -> None:
    make_wheel(tmp_path / "wheels", "shoplib", "2.1", SHOPLIB)
    built = house.build(tmp_path / "data", Index(str(tmp_path / "wheels")), lambda ground: Stand(Pins("3.11")))
    built.checkers._idle_seconds = 0.05

    await checked(built, "x = 1\n", stand=Stand(Pins("3.11")))
    process = built.checkers.process_id
    await asyncio.wait_for(built.checkers.ended.wait(), 20)

    assert process is not None
    await built.stop()


RIGHTS = """
import pathlib, socket, sys
from storage.checks.confined import confine

def tried(do):
    try:
        do()
        return "done"
    except OSError as fault:
        return type(fault).__name__

taken = confine([pathlib.Path(sys.argv[1])], [])
pathlib.Path(sys.argv[1], "inside").touch()
print(",".join(taken), tried(lambda: pathlib.Path(sys.argv[2]).write_text("x")),
      tried(lambda: socket.create_connection(("127.0.0.1", 9), 1)))
"""


def has_landlock() -> bool:
    return sys.platform == "linux" and int(ctypes.CDLL(None).syscall(LANDLOCK_CREATE, None, ctypes.c_size_t(0), 1)) >= 4


@pytest.mark.skipif(not has_landlock(), reason="this kernel cannot take these rights away (Landlock 4)")
async def test_what_reads_blocks_reaches_no_network_and_writes_nowhere_else(tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    command = [sys.executable, "-c", RIGHTS, str(inside), str(tmp_path / "outside")]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, env={"PYTHONPATH": os.getcwd()}
    )
    told = (await process.communicate())[0].decode().split()

    assert "writing" in told[0]
    assert told[1] == "PermissionError"
    assert told[2] in ("PermissionError", "OSError")
    assert (inside / "inside").exists()


async def test_a_name_of_a_library_is_told_with_its_signature_and_where_it_stands(checks: House) -> None:
    python = next(one for one in checks.checker._rooms if hasattr(one, "api"))

    there, gone, absent = [
        await python.api(*asked, LIBRARIES)
        for asked in (("shoplib", "Session.add"), ("shoplib", "Session.upsert"), ("nolib", "x"))
    ]

    assert "def Session.add(self, row: object, *, flush: bool=False) -> None" in there
    assert "shoplib.session of shoplib 2.1" in there
    assert "no upsert" in gone
    assert "not in the lock" in absent
