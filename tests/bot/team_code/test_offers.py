"""Questions to begin with: each made from what a repository holds, and each of a kind that is answered there without a model."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.asked_for import read_question
from bot.capabilities.team_code.code import Commit, Definition
from bot.capabilities.team_code.dependencies.question import Row
from bot.capabilities.team_code.offers import MOST_OFFERED, MOST_SUBJECT, Facts, offered, questions
from bot.capabilities.team_code.versions import Pin, pins

AT = datetime(2026, 11, 1, tzinfo=UTC)


def commit(subject: str, pull_request: str = "") -> Commit:
    return Commit("a" * 40, "Ana", AT, subject, pull_request)


def pin(name: str) -> Pin:
    return Pin(name, "1.0", "uv.lock", 1, is_locked=True)


def definition(name: str, path: str = "app/models.py", qualified: str = "") -> Definition:
    return Definition(name, qualified or name, "class", path, 1, 9, "")


def test_a_service_is_asked_about_its_framework_its_newest_merge_its_names_and_its_versions() -> None:
    shop = Facts(
        "shop",
        (pin("anyio"), pin("fastapi"), pin("SQLAlchemy"), pin("celery")),
        (definition("total", qualified="Invoice.total"), definition("charge"), definition("Invoice")),
        (
            commit("Bump httpx to 0.28"),
            commit("feat(billing): Retry failed webhooks (#42)", "42"),
            commit("Fix it up again"),
        ),
    )

    asked = list(questions(shop))

    assert asked[:4] == [
        "Where are our endpoints defined with fastapi?",
        "Who made “Retry failed webhooks”, and what did it change?",
        "What does `Invoice` do, and where is it defined?",
        "Which version of SQLAlchemy do we run?",
    ]
    kinds = [read_question(one).wanted for one in asked]
    assert kinds[:4] == ["place", "past", "place", "version"]
    assert read_question(asked[2]).names == ("Invoice",)
    assert read_question(asked[3]).words == ("SQLAlchemy",)


@pytest.mark.parametrize(
    "subject",
    [
        "Merge branch 'main' into feature", "Merge pull request #3 from a/b", "chore: update dependency x to v2", "v1.2.3", "fix typo",
        "Initial commit", "wip", "Release 2026.11", 'Revert "Retry failed webhooks again"', "Update README.md once more please",
        "Rotate ghp_" + "Zk3mQ9" * 6 + " in the vault", "Add `rm -rf` to all scripts", "Say <b>hello</b> to everybody", "x " * 60,
        "turned \u202e around here now",
    ],
)  # fmt: skip
def test_what_nobody_asks_about_is_not_offered(subject: str) -> None:
    assert list(questions(Facts("shop", commits=(commit(subject),)))) == []


@pytest.mark.parametrize(
    ("subject", "told"),
    [
        ("✅ Simplify the reset of passwords (#2453)", "Simplify the reset of passwords"),
        (":sparkles: Add an endpoint for refunds", "Add an endpoint for refunds"),
        ("[billing] Charge in the customer's currency", "Charge in the customer's currency"),
        ("storage/repos: Keep what was fetched", "storage/repos: Keep what was fetched"),
        ("fix!: Time out after 30 s.", "Time out after 30 s"),
    ],
)
def test_a_subject_is_told_as_people_would_say_it(subject: str, told: str) -> None:
    assert list(questions(Facts("shop", commits=(commit(subject),)))) == [f"Who made “{told}”, and what did it change?"]


def test_with_several_repositories_each_has_its_turn_and_is_named() -> None:
    both = [Facts("shop", (pin("django"),)), Facts("billing", (pin("gorm.io/gorm"),)), Facts("empty")]

    assert offered(both) == [
        "Where are our endpoints defined with django in shop?",
        "Which version of gorm.io/gorm do we run in billing?",
        "Which version of django do we run in shop?",
        "Where do we open the database with gorm.io/gorm in billing?",
    ]
    assert offered([]) == offered([Facts("empty")]) == []


@given(st.lists(st.text(max_size=200), max_size=6), st.lists(st.text(max_size=40), max_size=6))
def test_whatever_a_repository_holds_an_offer_is_one_short_line(subjects: list[str], names: list[str]) -> None:
    facts = Facts("shop", (), tuple(map(definition, names)), tuple(map(commit, subjects)))

    for question in offered([facts]):
        assert question.isprintable()
        assert len(question) < MOST_SUBJECT + 60
    assert len(offered([facts] * 9)) <= MOST_OFFERED


def test_rows_of_a_report_become_names_and_versions() -> None:
    rows = [
        Row("not read: uv.lock: it is broken"),
        Row("runtime python 3.13-slim  (Dockerfile:2)", "Dockerfile", 2),
        Row("python fastapi asks for >=0.115  (pyproject.toml:4)", "pyproject.toml", 4),
        Row("python fastapi locked at 0.115.2, direct  (uv.lock:9)", "uv.lock", 9),
        Row("go github.com/go-chi/chi/v5 locked at v5.2.0, direct  (go.mod:6)", "go.mod", 6),
        Row("12 more ranges of fastapi in manifests"),
    ]

    assert [(one.name, one.version, one.path, one.line) for one in pins(rows)] == [
        ("python", "3.13-slim", "Dockerfile", 2),
        ("fastapi", "0.115.2", "uv.lock", 9),
        ("github.com/go-chi/chi/v5", "v5.2.0", "go.mod", 6),
    ]
