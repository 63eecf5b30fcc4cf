"""The answer to plain words as a model meets it: a long list, then a little text, within its budget."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.tools.candidates import RESULT_TOKENS, excerpt
from bot.capabilities.team_code.tools.sheet import CHARACTERS_PER_TOKEN
from storage.memory import MemoryPins
from storage.repos.library import Library
from tests.bot.team_code.tools.conftest import House, Toolbox, ask, open_session
from tests.repositories import Content, MadeRepository

pytestmark = pytest.mark.slow


def words(repo: str, pattern: str) -> str:
    return json.dumps(
        {
            "repo": repo,
            "pattern": pattern,
            "mode": "words",
            "path_glob": "",
            "context_lines": 0,
            "max_results": 1,
            "offset": 0,
        }
    )


async def told(tmp_path: Path, files: dict[str, Content], pattern: str) -> tuple[Toolbox, str]:
    made = MadeRepository(tmp_path / "git" / "farm")
    made.commit(files)
    file = tmp_path / "repos.toml"
    file.write_text(f'[repos.farm]\npath = "{made.folder}"\nchannels = ["slack:*"]\n')
    toolbox = Toolbox(open_session(Library(tmp_path / "data", file), MemoryPins()))
    result = await ask(toolbox, "search_code", words("farm", pattern))
    assert not result.is_error, result.text
    return toolbox, result.text


async def test_forty_files_are_listed_before_any_text_and_all_of_it_fits(tmp_path: Path) -> None:
    body = "\n".join(f"    zebra = feed(zebra, {line})" for line in range(60))
    files: dict[str, Content] = {
        f"farm/stables/with/a/long/name/stable_number_{number}.py": f"def feed_zebra_of_stable_{number}(zebra):\n{body}\n"
        for number in range(60)
    }

    _, text = await told(tmp_path, files, "who feeds the zebra?")

    listed = [line for line in text.split("\n## ")[0].splitlines() if line.startswith("farm/")]
    assert len(listed) == 40
    assert text.count("\n## farm/") == 5
    assert len(text) <= RESULT_TOKENS * CHARACTERS_PER_TOKEN
    assert "truncated" not in text


async def test_what_was_shown_may_be_cited_and_no_more(tmp_path: Path) -> None:
    toolbox, text = await told(tmp_path, {"zebra.py": "def feed():\n    return 'zebra'\n"}, "zebra")

    seen = {line for place in toolbox.access.seen for line in range(place.start, place.end + 1)}
    assert seen == {1, 2}
    assert "1: def feed():\n2:     return 'zebra'" in text


async def test_a_licence_at_the_head_is_not_the_text_that_is_shown(tmp_path: Path) -> None:
    head = "# Copyright the zebra farm\n# Licensed under the zebra licence\n"

    _, text = await told(tmp_path, {"zebra.py": f"{head}\nzebra_count = 1\n"}, "zebra")

    assert "4: zebra_count = 1" in text
    assert "No history is known here" in text
    assert "Copyright" not in text


async def test_words_that_the_repository_does_not_know_are_said_first(house: House) -> None:
    result = await ask(house.open(), "search_code", words("shop", "does the giraffe charge an invoice"))

    assert "“giraffe” stands nowhere here" in result.text.splitlines()[1]
    assert "ask once more" in result.text.splitlines()[2]


async def test_names_are_asked_beside_the_question_and_may_be_left_out(house: House) -> None:
    question = json.loads(words("shop", "where does a giraffe go?"))

    alone = await ask(house.open(), "search_code", json.dumps(question))
    named = await ask(house.open(), "search_code", json.dumps({**question, "names": "charge payments"}))

    assert alone.text.startswith("0 files")
    assert "billing/payments.py" in named.text
    assert not alone.is_error


LINES = st.lists(st.text(st.characters(exclude_characters="\n"), max_size=30), min_size=1, max_size=80)


@given(lines=LINES, room=st.integers(0, 600), data=st.data())
def test_an_excerpt_stays_in_its_passage_and_its_room(lines: list[str], room: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(1, len(lines)))
    end = data.draw(st.integers(start, len(lines)))

    chosen = excerpt(lines, start, end, "zebra feeding", room)

    assert chosen == sorted(set(chosen))
    assert all(start <= number <= end for number in chosen)
    assert sum(len(lines[number - 1]) + len(str(number)) + 3 for number in chosen) <= room
