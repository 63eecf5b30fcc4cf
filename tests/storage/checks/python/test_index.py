"""A team's own package index: a password, wheels that lie elsewhere, a wheel that is not what the index says."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.checks import pins
from storage.checks.python.environment.environments import Environments, NoEnvironment
from storage.checks.python.environment.index import Index
from tests.wheels import SHOPLIB, PrivateIndex, make_wheel

pytestmark = [pytest.mark.asyncio, pytest.mark.slow]

LOCK = pins.of_lines(["shoplib==2.1", "otherlib==1.0"], "3.11")


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    make_wheel(tmp_path / "wheels", "shoplib", "2.1", SHOPLIB)
    make_wheel(tmp_path / "wheels", "otherlib", "1.0", {"otherlib.py": "x = 1\n"})
    return tmp_path / "wheels"


def netrc(tmp_path: Path, password: str) -> Path:
    file = tmp_path / "netrc"
    file.write_text(f"machine 127.0.0.1\nlogin team\npassword {password}\n")
    file.chmod(0o600)
    return file


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("NETRC", raising=False)


async def test_with_the_password_of_the_file_an_environment_is_built_from_wheels_that_lie_elsewhere(
    tmp_path: Path, wheels: Path
) -> None:
    async with PrivateIndex(wheels, "team", "s3cret") as index:
        where = Index(index.url, netrc(tmp_path, "s3cret"))
        built = await Environments(tmp_path / "environments", where).of(LOCK)

    assert built.versions == {"shoplib": "2.1", "otherlib": "1.0"}
    assert any(path.startswith("/files/shoplib") for path in index.asked)
    kept = [
        path for path in (tmp_path / "environments").rglob("*") if path.is_file() and b"s3cret" in path.read_bytes()
    ]
    assert not kept


@pytest.mark.parametrize("password", [None, "wrong"])
async def test_without_it_the_reason_is_told_and_holds_no_password(
    tmp_path: Path, wheels: Path, password: str | None
) -> None:
    async with PrivateIndex(wheels, "team", "s3cret") as index:
        where = Index(index.url, netrc(tmp_path, password) if password else None)
        with pytest.raises(NoEnvironment) as fault:
            await Environments(tmp_path / "environments", where).of(LOCK)

    assert index.refused
    assert str(fault.value) == "the password of the package index is missing or wrong"


async def test_a_wheel_that_is_not_what_the_index_says_is_not_taken_and_the_others_are(
    tmp_path: Path, wheels: Path
) -> None:
    async with PrivateIndex(wheels, "team", "s3cret", broken="shoplib") as index:
        where = Index(index.url, netrc(tmp_path, "s3cret"))
        built = await Environments(tmp_path / "environments", where).of(LOCK)

    assert built.versions == {"otherlib": "1.0"}
    assert built.missing == {"shoplib": "no wheel with the hash that the index names"}
    assert not (built.site / "shoplib").exists()
