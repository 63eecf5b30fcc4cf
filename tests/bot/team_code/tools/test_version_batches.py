"""Many names in one question: each has its say, however much there is to say of the first."""

from __future__ import annotations

import pytest

from bot.capabilities.team_code.dependencies.question import Row
from bot.capabilities.team_code.tools.dependencies import fitting

ROWS = [
    Row("not read: a"),
    *(Row(f"python name{name} asks for >={n}", name=f"name{name}") for name in range(8) for n in range(9)),
]


@pytest.mark.parametrize("room", [450, 900, 1_500])
def test_the_last_name_of_a_batch_is_not_lost_to_the_first(room: int) -> None:
    shown = fitting(ROWS, room)

    assert {row.name for row in shown} == {row.name for row in ROWS}
    assert sum(len(row.text) + 1 for row in shown) <= room
    assert all("more lines)" in [row.text for row in shown if row.name == name][-1] for name in ("name0", "name7"))


def test_what_fits_is_said_whole() -> None:
    assert fitting(ROWS, 10_000) == ROWS
