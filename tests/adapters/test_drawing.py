"""How an answer looks on each door: what stands together stays together, and nothing is cut or escaped without need."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from adapters.discord import formatting as discord
from adapters.slack import formatting as slack
from adapters.slack import mrkdwn
from adapters.slack.blocks import read_back
from adapters.web import formatting as web
from bot.views import View
from tests.servers.slack.checks import check_message

PLENTY = settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck))
OURS = "https://github.com/acme/billing/blob/abc/src/main.py#L1-L3"


def on_slack(markdown: str, *links: str) -> list[slack.SlackPart]:
    parts = slack.render(View(markdown, final=True, links=links))
    for part in parts:
        check_message({"blocks": list(part.blocks), "text": part.text})
    return parts


def on_discord(markdown: str, *links: str, notices: tuple[str, ...] = ()) -> list[str]:
    return [part.content for part in discord.render(View(markdown, notices=notices, final=True, links=links))]


def lists(part: slack.SlackPart) -> list[dict[str, Any]]:
    return [
        one
        for block in part.blocks
        if block["type"] == "rich_text"
        for one in block["elements"]
        if "list" in one["type"]
    ]


def items(one: dict[str, Any]) -> list[str]:
    return ["".join(text["text"] for text in section["elements"]) for section in one["elements"]]


# --- lists ------------------------------------------------------------------------------------------------------------


def test_on_slack_fifty_steps_are_one_list() -> None:
    (part,) = on_slack("\n".join(f"{number}. step {number}" for number in range(1, 51)))

    (one,) = lists(part)
    assert (len(part.blocks), one["style"], len(one["elements"])) == (1, "ordered", 50)


def test_on_slack_numbers_go_on_behind_code() -> None:
    (part,) = on_slack("1. a\n2. b\n\n   ```\n   code\n   ```\n3. c\n4. d\n\n- e\n  - f\n- g")

    found = [(one["style"], one["indent"], one.get("offset", 0), items(one)) for one in lists(part)]
    assert found == [
        ("ordered", 0, 0, ["a", "b"]),
        ("ordered", 0, 2, ["c", "d"]),
        ("bullet", 0, 0, ["e"]),
        ("bullet", 1, 0, ["f"]),
        ("bullet", 0, 0, ["g"]),
    ]
    assert [block["type"] for block in part.blocks] == ["rich_text"] * 3


def test_on_slack_long_items_are_whole_and_counted_over_the_messages() -> None:
    parts = on_slack("\n".join(f"{number}. " + "word " * 116 + f"end{number}" for number in range(1, 51)))

    shown = [one for part in parts for one in lists(part)]
    assert [text.rpartition(" ")[2] for one in shown for text in items(one)] == [
        f"end{number}" for number in range(1, 51)
    ]
    counts = [len(items(one)) for one in shown]
    assert [one["offset"] for one in shown] == [sum(counts[:place]) for place in range(len(shown))]
    assert len(parts) <= 5


def test_an_ordered_list_is_read_back_with_its_numbers() -> None:
    (part,) = on_slack("1. a\n   - x\n2. b\n3. c")

    assert read_back(part.blocks).split() == ["1.", "a", "-", "x", "2.", "b", "3.", "c"]


# --- tables -----------------------------------------------------------------------------------------------------------

TABLE = "| name | count |\n|---|--:|\n| a | 10 |\n| b | 2 |"


def test_on_slack_a_caption_goes_with_its_table_and_columns_keep_their_side() -> None:
    first, second = on_slack(
        f"Some words.\n\n## First\n\nBy name:\n\n{TABLE}\n\n## Second\n\nBy day:\n\n{TABLE}\n\nDone."
    )

    assert [block["type"] for block in second.blocks] == ["rich_text", "rich_text", "table", "rich_text"]
    assert "Second" in str(second.blocks[0])
    assert "Second" not in str(first.blocks)
    assert second.blocks[2]["column_settings"] == [{"align": "left"}, {"align": "right"}]


def test_on_discord_a_caption_goes_with_its_table_and_columns_keep_their_side() -> None:
    rows = "".join(f"| {'x' * 20} | {number} |\n" for number in range(16))
    first, second = on_discord(f"{'word ' * 300}\n\nBy name:\n\n| name | count |\n|---|--:|\n{rows}")

    assert "By name" not in first
    assert second.startswith("By name:\n\n```\nname")
    assert "\nxxxxxxxxxxxxxxxxxxxx      3\n" in second


@pytest.mark.parametrize("render", [slack.render, discord.render])
def test_files_of_one_answer_have_names_of_their_own(render: Any) -> None:
    rows = "| a |\n|---|\n" + "| 1 |\n" * 150
    code = "```py\n" + "x = 1\n" * 4_000 + "```"

    parts = render(View("\n\n".join((rows, code, "and", rows, code)), final=True))

    assert [part.file.name for part in parts if part.file] == ["answer.csv", "answer.py", "answer-2.csv", "answer-2.py"]


def test_no_cell_vanishes_on_any_door() -> None:
    markdown = "| field | type | note |\n|---|---|---|\n| `name` | `string | null` | may be absent |\n| a | b | c | d |"

    shown = [str(on_slack(markdown)[0].blocks), on_discord(markdown)[0], web.html(markdown), *mrkdwn.mrkdwn(markdown)]

    for text in shown:
        assert "may be absent" in text
        assert "string | null" in text
        assert "c | d" in text


def test_a_wide_table_without_rows_is_shown_by_its_head() -> None:
    head = [f"column{number} with a long name" for number in range(4)]

    (content,) = on_discord(f"| {' | '.join(head)} |\n|---|---|---|---|")

    assert all(one in content for one in head)


@pytest.mark.parametrize(
    "address", ["${site}/docs?a=%20b", "https://e.example/wiki/\u4e2d\u6587", "a`b", "mailto:\u00fc@e.example"]
)
def test_an_address_that_may_not_be_live_is_shown_as_it_was_typed_on_every_door(address: str) -> None:
    markdown = f"[words](<{address}>)"
    shown = address.removeprefix("mailto:")

    for text in (str(on_slack(markdown)[0].blocks), on_discord(markdown)[0], web.html(markdown)):
        assert shown in text
    assert shown.replace("`", mrkdwn.LOOKALIKE) in mrkdwn.mrkdwn(markdown)[0]


# --- prose ------------------------------------------------------------------------------------------------------------


def test_on_discord_a_paragraph_that_fits_is_one() -> None:
    (content,) = on_discord("lorem ipsum dolor " * 60)

    assert content == ("lorem ipsum dolor " * 60).strip()


def test_on_discord_a_long_paragraph_is_cut_behind_a_sentence() -> None:
    sentence = "It waits for `the lock` and **then** goes on. "

    parts = on_discord(sentence * 150)

    assert all(part.endswith("goes on.") for part in parts)
    assert all(len(part) > 1_850 for part in parts[:-1])


@given(
    st.lists(
        st.sampled_from(["word ", "`co de` ", "**bold words** ", "snake_case ", "漢字。", "a. ", "👩‍👩‍👧 "]),
        min_size=50,
        max_size=900,
    )
)
@PLENTY
def test_on_discord_text_is_cut_only_where_a_message_ends(words: list[str]) -> None:
    paragraph = "".join(words).strip()

    parts = on_discord(f"Before.\n\n{paragraph}\n\nAfter.")

    assert "".join(parts).count("\n\n") <= 2
    assert all(len(part) > 1_200 for part in parts[1:-1])
    assert re.sub(r"[\s\\*]", "", "".join(parts)) == re.sub(r"[\s\\*]", "", f"Before.{paragraph}After.")


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("I could not read a.py: it is empty.", "-# I could not read `a.py`: it is empty."),
        ("(see #3) [ok] x < y > z | ~5 at 10:30:45 - fine!", "-# (see #3) [ok] x < y > z | ~5 at 10:30:45 - fine!"),
        ("C:\\temp", "-# C:\\temp"),
        (":smile: ||no|| ~~no~~ *no* <@1>", "-# \\:smile: \\|\\|no\\|\\| \\~\\~no\\~\\~ \\*no\\* \\<@\u200b1>"),
    ],
)
def test_on_discord_only_what_would_begin_something_is_escaped(said: str, shown: str) -> None:
    assert on_discord("", notices=(said,)) == [shown]


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("__init__ and a.__class__", "\\_\\_init\\_\\_ and a.\\_\\_class\\_\\_"),
        ("\\(x\\) and 2*3*4", "\\\\(x\\\\) and 2\\*3\\*4"),
        ("1986\\. A\n\\> b\n\\# c\n\\- d\n\\-# e", "1986\\. A\n\\> b\n\\# c\n\\- d\n\\-# e"),
        ("**a** - b # c", "**a** - b # c"),
        ("[INFO]: started\n[ERROR]: timeout", "[INFO]: started\n[ERROR]: timeout"),
        ("a \\[b\\](c)", "a [b\\](c)"),
        ("**注意：**请。使用**`SELECT`**。", "**注意：**请。使用`SELECT`。"),
    ],
)
def test_on_discord_text_stands_as_it_was_typed(markdown: str, expected: str) -> None:
    assert on_discord(markdown) == [expected]


# --- links and the text beside blocks ---------------------------------------------------------------------------------


def test_a_source_keeps_its_label_on_every_door() -> None:
    markdown = f"Sources:\n- [`src/main.py:1-3`]({OURS})\n- [src/main.py:1-3]({OURS})"

    urls = re.findall(r"'url': '([^']*)', 'text': '([^']*)'", str(on_slack(markdown, OURS)[0].blocks))
    assert urls == [(OURS, "src/main.py:1-3")] * 2
    assert on_discord(markdown, OURS)[0].count(f"](<{OURS}>)") == 2
    assert (
        re.findall(r">(?:<code>)?(src/main.py:1-3)(?:</code>)?</a>", web.html(markdown, [OURS]))
        == ["src/main.py:1-3"] * 2
    )


@pytest.mark.parametrize(
    "label", ["docs.python.org", "https://evil.example/main.py", "main.rs", "www.main.py", "evil.example/src/main.py"]
)
def test_a_label_that_is_not_the_end_of_the_links_path_is_not_kept(label: str) -> None:
    (part,) = on_slack(f"[{label}]({OURS})", OURS)

    assert label not in str(part.blocks).replace(OURS, "")


def test_the_text_beside_blocks_goes_to_the_limit() -> None:
    text = mrkdwn.fallback("See `a.py` then " + "word " * 900)

    assert text.startswith("See `a.py` then word")
    assert 3_800 < len(text) <= mrkdwn.TEXT_CHARACTERS


def test_the_text_beside_blocks_ends_with_a_sentence() -> None:
    assert mrkdwn.fallback("It is so. " * 500).endswith("It is so. …")


PIECES = [
    "word ",
    "It ends. ",
    "`co de` ",
    "`evil.example/x` ",
    "```\ncode `x`\n```\n",
    "<https://e.com|e> ",
    "&amp; ",
    "x" * 300 + " ",
    "\n",
]


@given(st.lists(st.sampled_from(PIECES), min_size=20, max_size=1_200).map("".join))
@PLENTY
def test_the_text_beside_blocks_is_never_cut_in_code_a_link_or_an_entity(text: str) -> None:
    cut = mrkdwn.fallback(text)

    assert 0 < len(cut) <= mrkdwn.TEXT_CHARACTERS
    assert cut.count("```") % 2 == 0
    outside = re.sub(r"```[\s\S]*?```|`[^`\n]+`", "", cut)
    assert "`" not in outside
    assert "evil" not in outside
    assert outside.count("<") == outside.count(">")
    assert not re.search(r"&\w{0,4}…", cut)
