"""dependency_versions as a model asks it: nothing is absent that may stand unread, and people's own words find the package."""

from __future__ import annotations

import json
import signal
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.dependencies import bounded, child, read
from bot.capabilities.team_code.dependencies.names import asked
from bot.capabilities.team_code.dependencies.question import NotRead, Question
from bot.capabilities.team_code.dependencies.report import answer
from tests.bot.team_code.test_dependency_ecosystems import EXAMPLES
from tests.bot.team_code.tools.conftest import House, ask

pytestmark = pytest.mark.slow

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 9\n"


async def told(
    house: House, names: str = "", ecosystem: str = "", glob: str = "", files: dict[str, str] | None = None
) -> str:
    if files:
        house.shop.commit(files)
    arguments = {"repo": "shop", "ecosystem": ecosystem, "names": names.split(", ") if names else [], "path_glob": glob}
    result = await ask(house.open(), "dependency_versions", json.dumps(arguments))
    assert not result.is_error, result.text
    return result.text


def npm_lock(**versions: str) -> str:
    packages: dict[str, object] = {"": {"dependencies": dict.fromkeys(versions, "*")}}
    packages |= {f"node_modules/{name}": {"version": version} for name, version in versions.items()}
    return json.dumps({"lockfileVersion": 3, "packages": packages}, indent=2)


def manifest(**ranges: str) -> str:
    return json.dumps({"dependencies": ranges}, indent=2)


async def test_a_lock_of_several_megabytes_is_read_and_can_be_looked_at(house: House) -> None:
    lock = npm_lock(
        **{f"package-number-{number}-of-many": f"1.0.{number}" for number in range(20_000)}, express="5.2.1"
    )
    assert 2_000_000 < len(lock) < 20_000_000
    line = lock[: lock.index('"node_modules/express"')].count("\n") + 1
    house.shop.commit({"api/package-lock.json": lock, "api/package.json": manifest(express="^5.0.0")})
    toolbox = house.open()

    loop_and_threads = time.process_time()
    found = await ask(
        toolbox, "dependency_versions", '{"repo": "", "ecosystem": "", "names": ["express"], "path_glob": ""}'
    )
    spent = time.process_time() - loop_and_threads
    shown = await ask(
        toolbox,
        "read_file",
        json.dumps({"repo": "", "path": "api/package-lock.json", "start_line": line, "end_line": line + 1}),
    )

    assert f"node express locked at 5.2.1, direct  (api/package-lock.json:{line})" in found.text
    assert "not read" not in found.text
    assert '"version": "5.2.1"' in shown.text
    assert spent < 0.5, "parsing belongs into a process of its own"


async def test_a_large_lock_is_no_passage(house: House) -> None:
    house.shop.commit({"package-lock.json": npm_lock(**{f"wonderful{number}": "1.0.0" for number in range(20_000)})})

    result = await ask(
        house.open(), "search_docs", '{"repo": "", "query": "wonderful packages", "top_k": 5, "path_glob": ""}'
    )

    assert "package-lock.json" not in result.text


@pytest.mark.parametrize(
    ("lock", "reason"),
    [
        (LFS, "kept elsewhere"),
        ("\0binary", "not a text file"),
        ("{ torn", "not valid JSON (line 1)"),
        ("[" * 60_000, "nested too deep"),
        (" " * 20_000_001, "20.0 MB"),
    ],
    ids=["lfs", "binary", "torn", "deep", "large"],
)
async def test_an_unread_lock_is_said_first_and_nothing_is_said_to_be_unpinned(
    house: House, lock: str, reason: str
) -> None:
    text = await told(
        house, "express, left-pad", files={"package.json": manifest(express="^5.0.0"), "package-lock.json": lock}
    )

    lines = text.splitlines()
    assert lines[1].startswith("not read: package-lock.json: ")
    assert reason in lines[1]
    assert "node express asks for ^5.0.0  (package.json:3)" in lines
    assert "express: which version is locked is not known: package-lock.json could not be read" in lines
    assert any(line.startswith("left-pad: not known: ") and "package-lock.json could not" in line for line in lines)
    assert "no lock file" not in text


async def test_of_a_lock_that_is_read_in_part_only_what_it_says_is_known(house: House) -> None:
    lock = "GEM\n  specs:\n    rack (3.1.8)\n<<<<<<< ours\n    rails (8.0.1)\n"
    text = await told(house, "rack, rails, puma", files={"Gemfile": 'gem "rack"\ngem "rails"\n', "Gemfile.lock": lock})

    assert text.splitlines()[1].startswith("read in part: Gemfile.lock: ")
    assert "ruby rack locked at 3.1.8" in text
    assert "rails: which version is locked is not known: Gemfile.lock could not be read" in text
    assert "puma: not known: " in text


async def test_another_folders_lock_says_nothing_about_this_one(house: House) -> None:
    text = await told(
        house,
        "express",
        files={"api/package.json": manifest(express="^5.0.0"), "docs/package-lock.json": npm_lock(express="4.17.1")},
    )

    assert "node express locked at 4.17.1, direct  (docs/package-lock.json:" in text
    assert "express: no lock file beside or above api/package.json pins it" in text


async def test_what_is_known_by_name_only_is_named(house: House) -> None:
    text = await told(
        house,
        "SnapKit",
        files={"ios/Cartfile.resolved": 'github "SnapKit/SnapKit" "5.7.1"\n', "ivy.xml": "", "core/ivy.xml": ""},
    )

    assert "not understood: ivy.xml is here (and 1 more of its kind) and is not understood; read_file shows it" in text
    unread = "ivy.xml, core/ivy.xml, ios/Cartfile.resolved could not be read, or not whole"
    assert f"SnapKit: not known: in none of the 2 dependency files, but {unread}" in text


async def test_the_same_name_in_two_ecosystems_is_two_packages(house: House) -> None:
    files = {
        "mix.lock": EXAMPLES["mix.lock"],
        "mix.exs": EXAMPLES["mix.exs"],
        "assets/package-lock.json": npm_lock(phoenix="1.7.21"),
    }
    both = await told(house, "phoenix", files=files)
    elixir = await told(house, "phoenix", ecosystem="hex")
    python = await told(house, "phoenix", ecosystem="pypi")

    assert "phoenix is a package in elixir and in node here; they are not the same" in both
    assert "elixir phoenix locked at 1.8.7, direct  (mix.lock:4)" in both
    assert "node phoenix locked at 1.7.21" in both
    assert "elixir phoenix locked at 1.8.7" in elixir
    assert "1.7.21" not in elixir
    assert "1.8.7" not in python
    assert "1.7.21" not in python


PEOPLE = {
    "requirements.txt": "uvicorn[standard]==0.30.1\ndjangorestframework==3.15.1\npsycopg2-binary==2.9.9\n",
    "go.mod": "module x\n\ngo 1.22\n\nrequire (\n\tgo.uber.org/zap v1.27.0\n\tgithub.com/jackc/pgx/v5 v5.6.0\n)\n",
    "package.json": manifest(nuxt="2.17.3", pad="npm:left-pad@1.3.0", react="18.3.1"),
    "composer.lock": '{"packages": [\n{"name": "monolog/monolog", "version": "3.8.1"}\n]}',
    "gradle.lockfile": EXAMPLES["gradle.lockfile"],
}


@pytest.mark.parametrize(
    ("name", "ecosystem", "expected"),
    [
        ("uvicorn[standard]", "", "python uvicorn locked at 0.30.1"), ("uvicorn>=0.20", "pip", "python uvicorn locked at 0.30.1"),
        ("Django-REST-framework", "pypi", "python djangorestframework locked at 3.15.1"),
        ("django rest framework", "", "python djangorestframework locked at 3.15.1"),
        ("psycopg2", "python", "near: python psycopg2-binary locked at 2.9.9"),
        ("psycopg2_binary", "", "python psycopg2-binary locked at"),
        ("zap", "golang", "go go.uber.org/zap locked at v1.27.0"), ("pgx", "", "go github.com/jackc/pgx/v5 locked at v5.6.0"),
        ("jackc/pgx", "go", "go github.com/jackc/pgx/v5 locked at v5.6.0"), ("other/pgx", "go", "near: go github.com/jackc/pgx/v5"),
        ("go.uber.org/zap@v1.27.0", "", "go go.uber.org/zap locked at v1.27.0"),
        ("nuxt@2", "npm", "node nuxt asks for 2.17.3, an exact pin"),
        ("left-pad", "", "node pad as left-pad asks for npm:left-pad@1.3.0"),
        ("pad", "", "node pad as left-pad asks for"), ("React.js", "js", "node react asks for 18.3.1"),
        ("npm:react", "", "node react asks for"),
        ("monolog", "composer", "php monolog/monolog locked at 3.8.1"),
        ("guava", "maven", "java com.google.guava:guava locked at 33.0.0-jre"),
        ("com.google.guava:guava:33.0.0-jre", "", "java com.google.guava:guava locked at"), ("raect", "", "near: node react asks for"),
    ],
)  # fmt: skip
async def test_a_package_is_found_by_the_names_that_people_use(
    house: House, name: str, ecosystem: str, expected: str
) -> None:
    assert expected in await told(house, name, ecosystem, files=PEOPLE)


async def test_an_ecosystem_that_nobody_knows_narrows_nothing(house: House) -> None:
    text = await told(house, "httpx", ecosystem="cobol")

    assert "cobol is none of python, node, " in text
    assert "python httpx locked at 0.28.1" in text


async def test_at_most_three_near_names_and_the_number_of_files_are_told(house: House) -> None:
    text = await told(house, "celery", files={"requirements.txt": "".join(f"celery-{word}==1.0\n" for word in "abcde")})

    assert text.splitlines()[0].endswith(": 3 dependency files looked at")
    assert "celery: in none of the 3 dependency files that were looked at" in text
    assert text.count("near: ") == 3


async def test_a_folder_is_a_glob_and_the_lock_above_it_counts(house: House) -> None:
    files = {
        "package.json": '{"workspaces": ["apps/*"]}', "package-lock.json": npm_lock(express="5.2.1"),
        "apps/api/package.json": manifest(express="^5.0.0"), "apps/web/package.json": manifest(vue="^3.0.0"),
    }  # fmt: skip
    texts = [
        await told(house, "express, vue", glob=glob, files=files) for glob in ("apps/api", "./apps/api/", "apps/api/**")
    ]

    assert len({text.split("\n", 1)[1].replace(" under apps/api", "") for text in texts}) == 1
    assert "node express locked at 5.2.1, direct  (package-lock.json:" in texts[0]
    assert "node express asks for ^5.0.0  (apps/api/package.json:3)" in texts[0]
    assert "vue: in none of the" in texts[0]
    assert texts[0].splitlines()[0].endswith(": 1 dependency file looked at in apps/api, and 4 above it")
    assert "node express locked at 5.2.1" in await told(house, glob="apps/api")
    nothing = await told(house, "express", glob="services/api")
    assert ": 0 dependency files looked at in services/api; 6 elsewhere were not" in nothing


async def test_a_folder_has_its_own_lock_or_that_of_a_folder_above(house: House) -> None:
    module = "module x\n\nrequire go.uber.org/zap v1.2{}.0\n"
    files = {"go.mod": module.format(8), "tools/go.mod": module.format(7), "server/api/main.go": "package api\n"}

    own = await told(house, "zap", glob="tools", files=files)
    above = await told(house, "zap", glob="server/api")

    assert "go go.uber.org/zap locked at v1.27.0, direct  (tools/go.mod:3)" in own
    assert "v1.28.0" not in own
    assert ": 0 dependency files looked at in server/api, and 3 above it" in above
    assert "go go.uber.org/zap locked at v1.28.0, direct  (go.mod:3)" in above


async def test_exact_pins_in_declarations_are_pins(house: House) -> None:
    files = {
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\ndependencies = [\n  "fastapi==0.115.12",\n  "rich>=13",\n]\n',
        "uv.lock": None, "web/package.json": manifest(lodash="4.18.1"),
    }  # fmt: skip
    house.shop.commit(files)

    text = await told(house, "fastapi, lodash, rich")

    assert "python fastapi asks for ==0.115.12, an exact pin  (pyproject.toml:5)" in text
    assert "node lodash asks for 4.18.1, an exact pin  (web/package.json:3)" in text
    assert [line for line in text.splitlines() if "no lock file" in line] == [
        "rich: no lock file pins it, so the exact version is not known"
    ]


async def test_what_is_asked_comes_first_and_the_same_is_said_once(house: House) -> None:
    files = {f"services/s{number:02}/package.json": manifest(express="^5.0.0") for number in range(12)}
    files |= {
        "tests/fixtures/old/package-lock.json": npm_lock(express="3.0.0"), "package-lock.json": npm_lock(express="5.2.1"),
        ".nvmrc": "22\n", "Dockerfile": "FROM golang:1.22\n", "examples/.nvmrc": "18\n",
        "examples/a/package.json": manifest(express="^3.0.0"),
    }  # fmt: skip

    lines = (await told(house, "express", ecosystem="npm", files=files)).splitlines()

    assert [line.split("  (")[0] for line in lines[1:]] == [
        "node express locked at 5.2.1, direct",
        "node express locked at 3.0.0, direct",
        "node express asks for ^5.0.0",
        "node express asks for ^3.0.0",
        "runtime node 22",
        "1 more runtimes in other places; ask with path_glob",
    ]
    assert lines[3].endswith("(services/s00/package.json:3); same range in 11 more manifests")


async def test_a_broken_fixture_does_not_put_every_answer_in_doubt(house: House) -> None:
    text = await told(
        house, "celery", files={"tests/fixtures/package-lock.json": "{", "tests/fixtures/setup.py": "print 1"}
    )

    assert text.count("not read: tests/fixtures/") == 2
    assert "celery: in none of the 4 dependency files that were looked at" in text


async def test_caps_are_said(house: House) -> None:
    files = {f"s{number:02}/package-lock.json": npm_lock(express=f"4.0.{number}") for number in range(15)}
    files |= {f"broken{number}/package-lock.json": "{" for number in range(9)}

    text = await told(house, "express", files=files)

    assert text.count("not read: ") == 6
    assert "and 3 more files not read" in text
    assert "5 more versions of express in lock files" in text
    assert "not looked up: 5 more names" in await told(house, ", ".join(f"name{number}" for number in range(45)))


async def test_requirements_that_are_taken_in_are_read_whatever_their_name(house: House) -> None:
    files = {
        "requirements.txt": "-r deps/web.txt\n",
        "deps/web.txt": "-r more.txt\nflask==3.1.0\n",
        "deps/more.txt": "jinja2==3.1.4\n",
    }

    text = await told(house, "flask, jinja2", files=files)

    assert "python flask locked at 3.1.0, direct  (deps/web.txt:2)" in text
    assert "python jinja2 locked at 3.1.4, direct  (deps/more.txt:1)" in text
    assert "not given" not in text


async def test_a_great_deal_of_text_is_answered_as_little_is() -> None:
    """The process of its own and the thread say the same, notes about unread files included."""
    files = {
        "package-lock.json": npm_lock(**{f"p{number}": "1.0.0" for number in range(6_000)}, express="5.2.1"),
        "ü.txt": "ü",
    }
    assert sum(map(len, files.values())) > bounded.SMALL_CHARS
    question = Question(
        "node", ("express", "p7", "gone"), "", frozenset({"a/b"}), (NotRead("yarn.lock", "node", "why", True),), (), 3
    )

    assert await bounded.ask(question, files) == answer(question, read(files), len(files))


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [("CHILD", "bot.nowhere", "could not be read within bounds"), ("WHOLE_SECONDS", 0.01, "took longer than")],
)
async def test_a_process_that_dies_or_does_not_end_is_said(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: object, said: str
) -> None:
    monkeypatch.setattr(bounded, setting, value)

    with pytest.raises(bounded.ReadingFailed, match=said):
        await bounded.ask(Question(names=("x",)), {"package-lock.json": "x" * 400_000})


@pytest.mark.parametrize(
    ("each", "together", "given_up"),
    [(0.02, 60, ["package-lock.json"]), (60, 0, ["mix.lock", "package-lock.json"])],
    ids=["one", "all"],
)
def test_what_takes_too_long_is_given_up_and_said(each: float, together: float, given_up: list[str]) -> None:
    lock = npm_lock(**{f"p{number}": "1.0.0" for number in range(60_000)})
    before = signal.signal(signal.SIGALRM, child.end)
    try:
        found = read({"package-lock.json": lock, "mix.lock": "%{}\n"}, child.Budget(each, together).one)
    finally:
        signal.signal(signal.SIGALRM, before)

    assert [one.path for one in found.problems] == given_up
    assert {one.reason for one in found.problems} == {"not read to its end: it takes too much time"}


@given(st.text(max_size=60))
def test_any_text_is_a_name(text: str) -> None:
    assert asked(text).written == text
    rows = answer(Question(names=(text,)), read({"mix.lock": EXAMPLES["mix.lock"]}), 1)
    assert rows
