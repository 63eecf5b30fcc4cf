"""Where an answer's blocks stand: counted as they are drawn, and replaced without touching anything else."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.capabilities.checks.blocks import placed_in, with_code
from bot.writing.markdown import Code, parse

PARTS = st.sampled_from(
    [
        "Text with `code`.\n\n",
        "```python\na = 1\n```\n",
        "````md\n```python\nb\n```\n````\n",
        "~~~sql\nselect 1\n~~~\n\n",
        "1. first\n\n   ```python\n   c = 1\n\n   d = 2\n   ```\n2. second\n\n",
        "> ```python\n> e = 1\n> ```\n\n",
        "    indented = 1\n\n",
        "- ```python\n  f = 1\n  ```\n\n",
        "```python\nnever closed\n",
        "```\n```\n",
        "| a |\n| - |\n| b |\n\n",
    ]
)
TEXTS = st.lists(PARTS, max_size=7).map("".join)


@given(TEXTS)
def test_blocks_are_those_that_are_drawn_in_their_order(text: str) -> None:
    drawn = [block for block in parse(text) if isinstance(block, Code)]

    assert [one.block.code.rstrip("\n") for one in placed_in(text)] == [one.text.rstrip("\n") for one in drawn]


@settings(max_examples=200)
@given(TEXTS, st.integers(0, 6), st.sampled_from(["x = 1\n", "x\n\ny\n", "  deep\n", "a `b`\n"]))
def test_a_block_that_is_replaced_changes_nothing_else(text: str, number: int, code: str) -> None:
    placed = placed_in(text)
    if number >= len(placed):
        return
    changed = with_code(text, [(placed[number].fence, code)])
    if changed is None:
        return
    after = placed_in(changed)

    assert after[number].block.code.rstrip("\n") == code.rstrip("\n")
    for place, one in enumerate(after):
        assert place == number or one.block.code == placed[place].block.code


@pytest.mark.parametrize(
    ("fence", "path"),
    [
        ('```python title="shop/models.py"\nx\n```', "shop/models.py"),
        ("```python shop/models.py\nx\n```", "shop/models.py"),
        ("```python\n# shop/models.py\nx\n```", "shop/models.py"),
        ("```python\n# File: shop/models.py\nx\n```", "shop/models.py"),
        ("```js\n// src/app.js\nx\n```", "src/app.js"),
        ("```diff\n--- a/shop/models.py\n+++ b/shop/models.py\n@@ -1 +1 @@\n-x\n+y\n```", "shop/models.py"),
        ("```python\n# see models.py for the rest\nx\n```", None),
        ("```python\nx = 1\n```", None),
    ],
)
def test_a_block_says_which_file_it_is(fence: str, path: str | None) -> None:
    assert placed_in(fence)[0].block.path == path
