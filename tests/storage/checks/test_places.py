"""Repositories with several locks: each block is held against the one that it stands beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.checks.blocks import cited_in
from bot.capabilities.checks.checking import Ground
from bot.capabilities.checks.verdicts import Block
from storage.checks import house, pins, places, source
from storage.checks.grounds import stand_of
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.places import Lock
from storage.checks.python.environment.index import Index
from storage.checks.room import Stand
from storage.checks.source import Tree
from tests.repositories import MadeRepository
from tests.wheels import SHOPLIB, make_wheel

OLD = {**SHOPLIB, "shoplib/session.py": SHOPLIB["shoplib/session.py"].replace("def merge", "def join")}
FILES = {
    ".python-version": "3.11\n",
    "services/orders/requirements.txt": "shoplib==2.1\n",
    "services/orders/orders/api.py": "x = 1\n",
    "services/billing/requirements/base.txt": "shoplib==1.0\nbilllib==1.0\n",
    "services/billing/billing/api.py": "x = 1\n",
    "docs/requirements.txt": "doclib==1.0\n",
}


def tree(files: Mapping[str, str]) -> Tree:
    return Tree(Path("/nowhere"), "shop", "c" * 40, ("",), files)


def test_each_folder_with_a_lock_stands_for_itself() -> None:
    stand = stand_of(tree(FILES))

    found = {
        one.path: (one.pins.versions["shoplib"], one.pins.python)
        for one in stand.locks
        if "shoplib" in one.pins.versions
    }
    assert found == {
        "services/orders/requirements.txt": ("2.1", "3.11"),
        "services/billing/requirements/base.txt": ("1.0", "3.11"),
    }


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "shoplib==2.1\n", "docs/requirements.txt": "doclib==1.0\n"},
        {"requirements/base.txt": "shoplib==2.1\n", "requirements/dev.txt": "doclib==1.0\n"},
        {"pyproject.toml": '[project]\nname = "a"\nversion = "1"\n', "tests/requirements.txt": "shoplib==2.1\n"},
    ],
)
def test_what_stands_beside_a_project_is_no_other_one(files: dict[str, str]) -> None:
    stand = stand_of(tree(files))

    assert not stand.locks
    assert stand.pins.versions["shoplib"] == "2.1"


LOCKS = stand_of(tree(FILES)).locks
ORDERS = "services/orders/requirements.txt"
BILLING = "services/billing/requirements/base.txt"


@pytest.mark.parametrize(
    ("block", "cited", "path", "is_assumed"),
    [
        (Block("python", "x = 1", "services/orders/orders/new.py"), (), ORDERS, False),
        (
            Block("python", "# services/billing/billing/new.py\nx = 1"),
            ("services/orders/orders/api.py",),
            BILLING,
            False,
        ),
        (
            Block("python", "x = 1"),
            ("services/orders/orders/api.py", "services/orders/a.py", "services/billing/b.py"),
            ORDERS,
            False,
        ),
        (Block("python", "x = 1"), ("README.md",), BILLING, True),
        (Block("python", "import shoplib"), (), BILLING, True),
    ],
)
def test_the_lock_of_a_block_is_the_one_it_stands_beside(
    block: Block, cited: tuple[str, ...], path: str, is_assumed: bool
) -> None:
    locks = [one for one in LOCKS if one.path in (ORDERS, BILLING)]

    assert [(one.path, assumed) for one, assumed in places.chosen(locks, [block], cited)] == [(path, is_assumed)]


def test_blocks_without_a_file_go_with_those_that_name_one() -> None:
    blocks = [Block("python", "import billlib"), Block("python", "x = 1", "services/orders/orders/new.py")]

    assert [one.path for one, _ in places.chosen(LOCKS, blocks, ())] == [ORDERS, ORDERS]


FOLDERS = st.lists(st.sampled_from(["a", "b", "ab", "c"]), max_size=4).map("/".join)


@given(st.sets(FOLDERS, min_size=1), FOLDERS)
def test_the_nearest_lock_lies_above_the_file_and_none_lies_between(folders: set[str], folder: str) -> None:
    locks = [Lock(f"{one}/uv.lock".lstrip("/"), Pins("3.11")) for one in folders]
    above = [one for one in folders if one == "" or f"{folder}/".startswith(f"{one}/")]

    found = places.nearest(locks, f"{folder}/x.py".lstrip("/"))

    assert (found.folder if found else None) == (max(above, key=len) if above else None)


def test_files_that_an_answer_names_are_read_out_of_its_words_and_links_and_not_of_its_code() -> None:
    text = (
        "See `services/orders/api.py` and [that](https://host.example/o/shop/blob/abc1234/services/billing/b.py#L3), "
        "not https://host.example/x/y.html or 1/2.\n```python\n# lib/other.py\n```\n"
    )

    assert cited_in(text) == ("services/orders/api.py", "services/billing/b.py")


# --- through the checkers -----------------------------------------------------------------------------------------------------------


@pytest_asyncio.fixture
async def shop(tmp_path: Path) -> AsyncIterator[House]:
    for name, version, files in (
        ("shoplib", "2.1", SHOPLIB),
        ("shoplib", "1.0", OLD),
        ("billlib", "1.0", {"billlib.py": ""}),
    ):
        make_wheel(tmp_path / "wheels", name, version, files)
    made = MadeRepository(tmp_path / "shop")
    made.commit(FILES, "Begin.")

    def stand(ground: Ground) -> Stand:
        return stand_of(source.export(made.folder, "", "shop", tmp_path / "data" / house.TREES))

    built = house.build(tmp_path / "data", Index(str(tmp_path / "wheels")), stand)
    yield built
    await built.stop()


@pytest.mark.slow
@pytest.mark.asyncio
async def test_each_service_is_held_against_its_own_versions_in_one_answer(shop: House) -> None:
    code = "from shoplib import Session\nSession().{}(1)\n"
    blocks = [
        Block("python", code.format(name), f"services/{service}/{service}/new.py")
        for service in ("orders", "billing")
        for name in ("merge", "join")
    ]

    verdicts = await shop.checker.check(blocks, Ground("shop", "x"))
    (alone,) = await shop.checker.check([Block("python", code.format("join"))], Ground("shop", "x"))
    (cited,) = await shop.checker.check(
        [Block("python", code.format("join"))], Ground("shop", "x", ("services/orders/orders/api.py",))
    )

    assert [[one.message for one in verdict.findings] for verdict in verdicts] == [
        [],
        ["`Session` has no `join` in shoplib 2.1"],
        ["`Session` has no `merge` in shoplib 1.0"],
        [],
    ]
    assert (alone.state, alone.versions["shoplib"], alone.assumed) == ("none", "1.0", (BILLING,))
    assert [one.message for one in cited.findings] == ["`Session` has no `join` in shoplib 2.1"]


@pytest.mark.parametrize("head", ["[project]", "[tool.poetry]"])
def test_a_project_that_asks_for_its_own_extras_is_not_taken_from_an_index(head: str) -> None:
    extras = '[project.optional-dependencies]\nall = ["Shop_Core[mail]", "shoplib>=2"]\n'
    name = f'{head}\nname = "shop-core"\n'

    found = pins.of_files(
        {"core/pyproject.toml": name + extras, "api/requirements.txt": "shop-core\n", "pyproject.toml": "[broken"}
    )

    assert [one for one in found.wanted if one.startswith("shop")] == ["shoplib>=2"]
