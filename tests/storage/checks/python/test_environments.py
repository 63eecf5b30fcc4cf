"""Environments: what a lock pins, unpacked once, read only. Built from a folder of wheels made on the spot; nothing is run."""

from __future__ import annotations

import asyncio
import json
import os
import zipfile
from pathlib import Path

import pytest

from adapters.web.plots import percent_of
from storage.checks import pins, progress
from storage.checks.folders import size_of
from storage.checks.keeper import EnvironmentKeeper, states
from storage.checks.pins import Pins
from storage.checks.python import stubs
from storage.checks.python.environments import Environments, NoEnvironment, in_use, read
from storage.checks.python.index import Index
from storage.checks.room import Stand
from tests.wheels import SHOPLIB, make_wheel

LOCKS = {
    "uv.lock": '[[package]]\nname = "shoplib"\nversion = "2.1"\nsource = { registry = "https://example.org/simple" }\n',
    "poetry.lock": '[[package]]\nname = "shoplib"\nversion = "2.1"\n',
    "pdm.lock": '[[package]]\nname = "shoplib"\nversion = "2.1"\n',
    "Pipfile.lock": '{"_meta": {}, "default": {"shoplib": {"version": "==2.1"}}}',
    "pylock.toml": '[[packages]]\nname = "shoplib"\nversion = "2.1"\n',
    "requirements.txt": "shoplib==2.1  # the shop\n",
}


@pytest.fixture
def wheels(tmp_path: Path) -> Path:
    folder = tmp_path / "wheels"
    make_wheel(folder, "shoplib", "2.1", SHOPLIB)
    make_wheel(folder, "shoplib", "3.0", SHOPLIB)
    return folder


def environments(tmp_path: Path, wheels: Path, **options: int) -> Environments:
    return Environments(tmp_path / "environments", Index(str(wheels)), **options)


def files_of(folder: Path) -> set[str]:
    assert not any(one.is_symlink() for one in folder.rglob("*"))
    return {one.relative_to(folder).as_posix() for one in folder.rglob("*") if one.is_file()}


def was_run() -> bool:
    return Path("/tmp/plumbline-was-here").exists()  # noqa: S108 - where the wheel would have left its trace


@pytest.mark.parametrize(("name", "text"), LOCKS.items(), ids=LOCKS)
def test_each_lock_file_gives_its_pins(name: str, text: str) -> None:
    assert pins.of_files({name: text}).versions == {"shoplib": "2.1"}


def test_a_lock_counts_more_than_the_list_beside_it() -> None:
    files = {"requirements.txt": "shoplib==3.0\n", "uv.lock": LOCKS["uv.lock"]}

    assert pins.of_files(files).versions == {"shoplib": "2.1"}


def test_the_python_is_the_oldest_that_the_project_runs_on() -> None:
    assert pins.of_files({"pyproject.toml": '[project]\nname = "x"\nrequires-python = ">=3.10"\n'}).python == "3.10"
    assert pins.of_files({".python-version": "3.12.4\n"}).python == "3.12"
    assert pins.of_lines(["x==1"], "3.9").python == "3.9"


def test_what_comes_from_git_or_an_address_is_told_and_never_fetched() -> None:
    found = pins.of_lines(
        [
            "shoplib==2.1",
            f"other @ git+https://example.org/other.git@{'a' * 40}",
            "third @ https://example.org/third.whl",
        ]
    )

    assert found.versions == {"shoplib": "2.1"}
    assert set(found.unread) == {"other", "third"}


def test_names_and_versions_that_are_none_are_never_handed_on() -> None:
    found = pins.of_lines(
        ["--index-url=http://evil", "-r /etc/passwd", "../../x==1", "a;b==1", "x==$(id)", "shoplib==2.1"]
    )

    assert found.versions == {"shoplib": "2.1"}


async def test_an_environment_holds_what_the_lock_pins(tmp_path: Path, wheels: Path) -> None:
    found = await environments(tmp_path, wheels).of(pins.of_lines(["shoplib==2.1"]))

    assert found.versions == {"shoplib": "2.1"}
    assert found.modules == {"shoplib": ["shoplib"]}
    assert (found.site / "shoplib" / "session.py").is_file()


async def test_what_nobody_pins_is_taken_newest_and_named(tmp_path: Path, wheels: Path) -> None:
    found = await environments(tmp_path, wheels).of(pins.of_lines(["shoplib"]))

    assert found.versions == {"shoplib": "3.0"}
    assert found.assumed == {"shoplib"}


async def test_a_package_without_a_wheel_is_missing_and_the_others_are_there(tmp_path: Path, wheels: Path) -> None:
    found = await environments(tmp_path, wheels).of(pins.of_lines(["shoplib==2.1", "sourceonly==1.0"]))

    assert found.versions == {"shoplib": "2.1"}
    assert found.missing == {"sourceonly": "no wheel"}


async def test_a_pin_without_a_wheel_is_never_another_version_that_a_neighbour_needs(
    tmp_path: Path, wheels: Path
) -> None:
    make_wheel(wheels, "migrator", "1.0", {"migrator.py": ""}, requires=["shoplib>=1"])

    found = await environments(tmp_path, wheels).of(pins.of_lines(["migrator==1.0", "shoplib==1.3"]))

    assert found.versions == {"migrator": "1.0"}
    assert found.missing == {"shoplib": "no wheel"}


async def test_without_an_index_there_is_none_and_the_reason_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in [name for name in os.environ if name.startswith("UV_")]:
        monkeypatch.delenv(name)

    with pytest.raises(NoEnvironment, match="no package index"):
        await Environments(tmp_path / "environments", Index()).of(pins.of_lines(["shoplib==2.1"]))


async def test_what_an_interpreter_would_run_or_follow_is_taken_away(tmp_path: Path) -> None:
    files = {
        "evil.pth": "import os; os.system('touch /tmp/plumbline-was-here')\n",
        "evil.py": "",
        "pyrefly.toml": "",
        "bin/evil": "#!/bin/sh\n",
    }
    path = make_wheel(tmp_path / "wheels", "evil", "1.0", files)
    link = zipfile.ZipInfo("evil_link.py")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(path, "a") as wheel:
        wheel.writestr(link, "/etc/passwd")

    found = await environments(tmp_path, tmp_path / "wheels").of(pins.of_lines(["evil==1.0"]))

    names = files_of(found.site)
    assert {name for name in names if not name.startswith("evil-1.0")} <= {"evil.py", "evil_link.py"}
    assert not was_run()


async def test_a_path_that_leads_out_of_the_wheel_reaches_nothing(tmp_path: Path) -> None:
    path = make_wheel(tmp_path / "wheels", "evil", "1.0", {"evil.py": ""})
    with zipfile.ZipFile(path, "a") as wheel:
        wheel.writestr("../../../../escaped.py", "x = 1")
    checked = environments(tmp_path, tmp_path / "wheels")

    try:
        await checked.of(pins.of_lines(["evil==1.0"]))
    except NoEnvironment as fault:
        assert str(fault)  # noqa: PT017 - uv may refuse it, or leave the path out

    assert not list((tmp_path / "environments").glob("**/site-packages/**/escaped.py"))
    assert not list(tmp_path.glob("escaped.py"))  # noqa: ASYNC240


async def test_a_small_wheel_with_a_huge_file_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("storage.checks.python.index.LARGEST_FILE_BYTES", 20_000_000)
    make_wheel(tmp_path / "wheels", "bomb", "1.0", {"bomb.py": "", "bomb/data.txt": "0"})
    path = next((tmp_path / "wheels").iterdir())
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as wheel:
        wheel.writestr("bomb/large.txt", b"0" * 60_000_000)

    with pytest.raises(NoEnvironment):
        await environments(tmp_path, tmp_path / "wheels").of(pins.of_lines(["bomb==1.0"]))

    assert not [one for one in (tmp_path / "environments").iterdir() if one.name.startswith("building")]


async def test_builders_at_once_build_one_and_nobody_sees_half_of_it(tmp_path: Path, wheels: Path) -> None:
    many = [environments(tmp_path, wheels) for _ in range(4)]

    found = await asyncio.gather(*(one.of(pins.of_lines(["shoplib==2.1"])) for one in many))

    assert len({one.folder for one in found}) == 1
    assert [one.name for one in (tmp_path / "environments").iterdir() if (one / "meta.json").exists()] == [
        found[0].folder.name
    ]


async def test_the_least_recently_used_goes_first_and_what_is_read_stays(tmp_path: Path, wheels: Path) -> None:
    keeper = environments(tmp_path, wheels, kept_bytes=1)
    first = await keeper.of(pins.of_lines(["shoplib==2.1"]))

    with in_use(first.folder):
        second = await keeper.of(pins.of_lines(["shoplib==3.0"]))
        assert read(first.folder)

    await keeper.of(pins.of_lines(["shoplib==3.0", "shoplib>=2"], "3.12"))
    assert not first.folder.exists()
    assert not second.folder.exists()


def test_stubs_fit_the_pins() -> None:
    pinned = {"django": "5.1.4", "boto3": "1.35.90", "redis": "3.5.3", "requests": "2.31.0"}

    wanted = set(stubs.wanted(pinned))

    assert {"django-stubs<5.2", "boto3-stubs<1.36", "types-redis<3.6", "types-requests<2.32"} <= wanted
    assert not list(stubs.wanted({"redis": "5.2.1"}))


def test_the_key_is_of_what_is_in_it() -> None:
    one, other = Pins("3.11", {"a": "1", "b": "2"}), Pins("3.11", {"b": "2", "a": "1"})

    assert one.key == other.key
    assert one.key != Pins("3.12", dict(one.versions)).key
    assert json.dumps(one.key)
    assert size_of(Path(os.devnull)) == 0


async def test_how_far_an_environment_is_is_told_while_it_is_built(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"part{number}" for number in range(8)]
    for name in names:
        make_wheel(tmp_path / "wheels", name, "1.0", {f"{name}.py": ""})
    monkeypatch.setattr(progress, "LOOK_SECONDS", 0.005)
    told: list[tuple[int, int]] = []

    with progress.heard(lambda done, whole: told.append((done, whole))):
        await environments(tmp_path, tmp_path / "wheels").of(pins.of_lines([f"{name}==1.0" for name in names]))
        progress.tell(9, 8)
    progress.tell(3, 8)

    assert told[0] == (0, 8)
    assert told[-1] == (8, 8), "never more than all, and nobody is told afterwards"
    assert [whole for _, whole in told] == [8] * len(told)


async def test_the_page_is_told_percents_and_at_last_what_was_built(tmp_path: Path) -> None:
    seen: list[str] = []

    async def prepare(stand: Stand) -> str:
        for done in (0, 1, 1, 2, 4):
            progress.tell(done, 4)
            seen.append(states(tmp_path)["shop"])
        return "environment of 4 packages"

    keeper = EnvironmentKeeper(None, prepare, lambda ground: Stand(Pins("3.11")), tmp_path)  # type: ignore[arg-type]
    await keeper._build("shop", "c0ffee")

    assert [percent_of(one) for one in seen] == [None, 25, 25, 50, 100]
    assert states(tmp_path) == {"shop": "environment of 4 packages"}
