"""Whatever is written on the page can be read, in both themes: 4.5 to 1 for text, 3 to 1 for what is drawn (WCAG 2.2, AA).

https://www.w3.org/TR/WCAG22/#contrast-minimum. What a browser computes on a whole page is looked at in tests/walks/test_page.py.
"""

from __future__ import annotations

import re
from importlib.resources import files
from itertools import product

import pytest
from pygments.styles import get_style_by_name

from adapters.web.app import STYLES
from adapters.web.formatting import highlight_css

TEXT, DRAWN = 4.5, 3.0
GROUNDS = ("paper", "panel", "card", "code", "tint")
SHARES = tuple(f"share-{number}" for number in range(1, 6))
DOTS = {"good", "edge", "trouble-ink", "c"}
"""Shapes without words, each measured against what it stands on; `c` is one of them."""

PAIRS = {
    **dict.fromkeys(product(("ink", "soft", "brand"), GROUNDS), TEXT),
    ("brand-ink", "brand"): TEXT,
    ("notice-ink", "notice"): TEXT,
    **{("trouble-ink", ground): TEXT for ground in ("trouble", "paper", "panel", "card")},
    ("card", "trouble-ink"): TEXT,
    ("ink", "line"): TEXT,
    **{("edge", ground): DRAWN for ground in ("paper", "card")},
    **{(ink, "marked"): TEXT for ink in ("ink", "soft", "brand")},
    **{(shape, "card"): DRAWN for shape in ("good", "trouble-ink", *SHARES)},
    **{("focus", ground): DRAWN for ground in ("paper", "panel", "card", "code")},
}
"""What stands on what, and how clearly."""


def css() -> str:
    return files("adapters.web").joinpath("static/page.css").read_text()


def themes() -> dict[str, dict[str, str]]:
    light, dark = re.findall(r":root \{(.*?)\}", css(), re.DOTALL)
    colours = [dict(re.findall(r"--([\w-]+): (#[0-9a-f]+)", one)) for one in (light, dark)]
    return {"light": colours[0], "dark": colours[1]}


def luminance(colour: str) -> float:
    """https://www.w3.org/TR/WCAG22/#dfn-relative-luminance"""
    digits = colour.lstrip("#")
    digits = "".join(2 * one for one in digits) if len(digits) == 3 else digits
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_the_measure_is_the_standards_own() -> None:
    assert contrast("#fff", "#000000") == 21
    assert round(contrast("#777777", "#ffffff"), 2) == 4.48


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("pair", PAIRS, ids=" on ".join)
def test_every_ink_can_be_read_on_its_ground(theme: str, pair: tuple[str, str]) -> None:
    colours = themes()[theme]

    assert contrast(colours[pair[0]], colours[pair[1]]) >= PAIRS[pair]


@pytest.mark.parametrize(("theme", "sheet"), [("light", "code-light.css"), ("dark", "code-dark.css")])
def test_every_colour_of_code_can_be_read_on_the_pages_own_ground(theme: str, sheet: str) -> None:
    grounds = [themes()[theme][name] for name in ("code", "marked")]
    style = get_style_by_name(STYLES[sheet])
    colours = {f"#{kind['color']}" for _, kind in style if kind["color"]}

    assert "background" not in highlight_css(STYLES[sheet]).replace("background-color", "")
    assert [(one, ground) for one in colours for ground in grounds if contrast(one, ground) < TEXT] == []
    assert not any(kind["bgcolor"] for _, kind in style)


def test_no_rule_has_a_colour_of_its_own_and_every_ink_is_measured() -> None:
    rules = re.sub(r":root \{.*?\}", "", css(), flags=re.DOTALL)
    inks = set(re.findall(r"(?<![\w-])color: ([^;}]+)", rules))
    grounds = set(re.findall(r"background(?:-color)?: ([^;}]+)", rules))

    assert inks <= {f"var(--{ink})" for ink, _ in PAIRS} | {"inherit"}
    named = set(re.findall(r"var\(--([\w-]+)\)", " ".join(grounds)))
    assert named <= {ground for _, ground in PAIRS} | {"brand"} | DOTS
    assert not re.findall(r"#[0-9a-f]{3,6}\b", rules)
    assert set(re.findall(r"opacity: ([.\d]+)", rules)) <= {
        "0",
        "1",
        ".25",
        ".6",
    }  # hidden, a dot that breathes, switched off
