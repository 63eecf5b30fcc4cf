"""Which edition is the newest, and which edits ask anything."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.conversation import Attachment
from bot.editions import is_newer, order, reads_differently, said_at, says_more
from tests.fakes import START, message

FILE = Attachment("F1", "a.log", "text/plain", 1, "https://files.example/F1")
OLD = replace(message("how?", addressed=False), edition="9")
NAMES = st.text(max_size=4)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("", "1"),
        ("9", "10"),
        ("1719.000042", "1719.000043"),
        ("999999999.000100", "1719000000.000100"),  # Slack's seconds once had nine digits
        ("175928847299117063", "1059288472991170630"),  # so had Discord's ids eighteen
        ("2026-11-24T09:00:00.000001+00:00", "2026-11-24T09:00:00.000010+00:00"),
        ("2026-11-24T09:59:59.900000+00:00", "2026-11-24T10:00:00.100000+00:00"),
    ],
)
def test_a_later_name_sorts_behind(earlier: str, later: str) -> None:
    assert order(earlier) < order(later)
    assert is_newer(replace(OLD, edition=later), replace(OLD, edition=earlier))
    assert not is_newer(replace(OLD, edition=earlier), replace(OLD, edition=later))


@settings(deadline=None)
@given(NAMES, NAMES, NAMES)
def test_names_have_one_order(one: str, other: str, third: str) -> None:
    assert (order(one) == order(other)) is (one == other)
    assert sorted([one, other, third], key=order) == sorted([third, one, other], key=order)


def test_messages_stand_as_they_were_said() -> None:
    first, second = message("", id="9"), message("", id="10")
    late = replace(message("", id="1"), sent_at=START + timedelta(seconds=1))

    assert sorted([late, second, first], key=said_at) == [first, second, late]


@pytest.mark.parametrize(
    ("changes", "asks"),
    [
        ({"edition": "10", "text": "how so?"}, True),
        ({"edition": "10", "attachments": (FILE,)}, True),
        ({"edition": "10", "addressed": True}, True),
        ({"edition": "10"}, False),  # a preview was added
        ({"edition": "10", "route": {"token": "t"}, "mentions_others": True}, False),
        ({"edition": "9", "text": "how so?"}, False),  # the same edition, once more
        ({"edition": "8", "text": "how so?"}, False),  # overtaken by a newer one
        ({"edition": "", "text": "how so?"}, False),
    ],
)
def test_an_edit_asks_when_it_is_newer_and_a_person_changed_something(changes: dict[str, object], asks: bool) -> None:
    new = replace(OLD, **changes)  # type: ignore[arg-type]

    assert says_more(new, OLD) is asks
    assert not says_more(OLD, OLD)


def test_the_same_file_under_another_address_is_the_same_file() -> None:
    moved = replace(OLD, attachments=(replace(FILE, url="https://files.example/moved", name="b.log"),))

    assert not reads_differently(replace(OLD, attachments=(FILE,)), moved)
    assert reads_differently(OLD, moved)
