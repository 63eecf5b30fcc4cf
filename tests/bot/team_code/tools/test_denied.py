"""What an operator denies is gone at once, also of commits that were indexed, and threads that began, before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.capabilities.team_code.cited.stream import CitationCheck
from storage.repos.current import current, origin
from storage.repos.index import CodeIndex
from tests.bot.team_code.tools.conftest import House, Toolbox, ask
from tests.bot.team_code.tools.test_tools import arguments

pytestmark = pytest.mark.slow

DENIED = {"billing/payments.py": ("ConnectionError", "RETRIES"), "uv.lock": ("2.0.43",)}
WAYS: tuple[tuple[str, dict[str, object]], ...] = (
    ("read_file", {"path": "billing/payments.py"}),
    ("search_code", {"pattern": "ConnectionError", "mode": "literal", "max_results": 9}),
    ("search_code", {"pattern": "charge an invoice at the gateway", "mode": "words"}),
    ("search_code", {"pattern": "conectionerror", "mode": "words"}),
    ("find_symbol", {"name": "charge", "kind": "definition"}),
    ("find_symbol", {"name": "PaymentError", "kind": "references"}),
    ("find_symbol", {"name": "billing/payments.py", "kind": "outline"}),
    ("search_docs", {"query": "charge an invoice at the gateway", "top_k": 8}),
    ("repo_overview", {}),
    ("dependency_versions", {"names": ["sqlalchemy"]}),
    ("git_history", {"mode": "blame", "path": "billing/payments.py"}),
)


def deny(house: House, folder: Path, globs: list[str]) -> None:
    """As an operator writes it into the file while the bot runs."""
    file = folder / "repos.toml"
    text = file.read_text().replace("[repos.vault]", f"deny = {json.dumps(globs)}\n[repos.vault]")
    file.write_text(text)
    stat = file.stat()
    assert house.library._changed_at() == stat.st_mtime


async def everything(toolbox: Toolbox, shop: str) -> str:
    shown = [await ask(toolbox, tool, arguments(tool, **given)) for tool, given in WAYS]
    shown.append(await ask(toolbox, "git_history", arguments("git_history", mode="show", commit=shop)))
    return "\n".join(one.text for one in shown)


async def test_what_is_denied_later_leaves_no_tool_any_more_and_nothing_of_it_is_kept(
    house: House, tmp_path: Path
) -> None:
    before = await everything(house.open(), house.shop.head)
    deny(house, tmp_path, list(DENIED))
    after = await everything(house.open(), house.shop.head)

    for words in DENIED.values():
        for word in words:
            assert word in before
            assert word not in after.replace("'ConnectionError'", "").replace("ConnectionError is", "")
    assert "may not be read here" in after
    kept = (tmp_path / "data" / "shop" / "index.db").read_bytes()
    assert b"ConnectionError" not in kept
    assert b"2.0.43" not in kept


async def test_a_citation_of_what_was_denied_shows_no_line_of_it(house: House, tmp_path: Path) -> None:
    deny(house, tmp_path, ["billing/payments.py"])
    toolbox = house.open()
    await toolbox.access.snapshot("shop")
    check = CitationCheck(toolbox.access, "")

    text = await check.feed("`charge` is defined in `billing/payments.py:3`.") + await check.end()

    assert "billing/payments.py:" not in text


async def test_what_is_allowed_again_is_read_again(house: House, tmp_path: Path) -> None:
    deny(house, tmp_path, ["billing/payments.py"])
    assert "may not be read" in (await ask(house.open(), *reading())).text

    file = tmp_path / "repos.toml"
    file.write_text(file.read_text().replace('deny = ["billing/payments.py"]\n', ""))

    assert "ConnectionError" in (await ask(house.open(), *reading())).text


def test_an_index_of_other_rules_is_read_by_nobody(house: House, tmp_path: Path) -> None:
    index = tmp_path / "data" / "shop" / "index.db"
    of = origin("", house.shop.folder, "")

    assert CodeIndex.open(index, house.shop.head)
    assert CodeIndex.open(index, house.shop.head, ["docs/**"]) is None
    assert current(index, of, ["docs/**"]) is None


def reading() -> tuple[str, str]:
    return "read_file", arguments("read_file", path="billing/payments.py")
