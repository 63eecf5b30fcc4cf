"""What counts as an edit, at every door: other words or other files, and nothing else that changes a message."""

from __future__ import annotations

import pytest

from adapters.events import Wording, is_edit

SAID = Wording("how?", ("f1",))


@pytest.mark.parametrize("is_marked", [False, True])
@pytest.mark.parametrize(
    ("before", "edit"),
    [
        (SAID, False),
        (Wording("how", ("f1",)), True),
        (Wording("how?", ()), True),
        (Wording("how?", ("f1", "f2")), True),
    ],
)
def test_where_it_is_known_what_stood_there_only_that_decides(before: Wording, edit: bool, is_marked: bool) -> None:
    assert is_edit(SAID, before, is_marked=is_marked) is edit


@pytest.mark.parametrize("is_marked", [False, True])
def test_where_it_is_not_known_the_platform_s_mark_decides(is_marked: bool) -> None:
    assert is_edit(SAID, None, is_marked=is_marked) is is_marked
