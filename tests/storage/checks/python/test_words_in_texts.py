"""Words in texts that libraries read when they run: frequencies and types of pandas, choices, names of what queries compute."""

from __future__ import annotations

import pytest

from storage.checks.python.frameworks import fields, frames
from storage.checks.python.meaning import choices


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("ME", "2.2.3"),
        ("M", "2.1.4"),
        ("W-MON", "2.2.3"),
        ("QE-DEC", "2.2.3"),
        ("Q-JAN", "1.5.3"),
        ("2h30min", "2.2.3"),
        ("15T", "1.5.3"),
        ("-1D", "2.2.3"),
        ("WOM-3FRI", "2.2.3"),
        ("1 day", "unknown"),
        ("", "2.2.3"),
    ],
)
def test_a_frequency_that_the_version_takes_is_right(text: str, version: str) -> None:
    assert frames.wrong_frequency(text, version) == ""


@pytest.mark.parametrize(
    ("text", "version", "said"),
    [
        ("ME", "1.5.3", "did you mean `M`"),
        ("3QE", "2.1.4", "did you mean `Q`"),
        ("M", "2.2.3", "deprecated"),
        ("1H30min", "2.2.3", "use `h`"),
        ("M", "3.0.0", "did you mean `ME`"),
        ("hr", "2.2.3", "knows no frequency `hr`"),
        ("W-MONDAY", "2.2.3", "did you mean `W-MON`"),
        ("YE-MON", "2.2.3", "knows no frequency `YE-MON`"),
    ],
)
def test_a_frequency_that_the_version_refuses_is_told(text: str, version: str, said: str) -> None:
    assert said in frames.wrong_frequency(text, version)


@pytest.mark.parametrize(
    "text", ["int64", "Int64", "datetime64[ns, UTC]", "string[pyarrow]", "category", "<f8", "geometry"]
)
def test_a_type_that_is_known_or_may_be_somebodys_own_is_right(text: str) -> None:
    assert frames.wrong_type(text) == ""


@pytest.mark.parametrize("text", ["integer", "Integer64", "datetime", "text", "float46"])
def test_a_type_that_neither_pandas_nor_numpy_has_is_told(text: str) -> None:
    assert frames.wrong_type(text)


@pytest.mark.parametrize(
    ("declared", "texts"),
    [
        ('Literal["a", "b"]', {"a", "b"}),
        ("Literal['a'] | None", {"a"}),
        ("Optional[Literal['a']]", {"a"}),
        ('Literal["a"] | ((str, int, /) -> Literal["b"])', {"a", "b"}),
        ('str | Literal["a"]', set()),
        ("str", set()),
        ("Literal['a'] | Unknown", set()),
    ],
)
def test_a_choice_of_texts_is_one_only_where_no_other_text_fits(declared: str, texts: set[str]) -> None:
    assert choices.members(declared) == texts


def test_what_queries_compute_is_known_by_its_names() -> None:
    text = "x.annotate(a=Count('b'), c=F('d')).alias(\n    e=Sum(F('f') * 2),\n)\ny.aggregate(Sum('g'))\nz.extra(select={'h': 1})"

    found = fields.computed(text)

    assert found is not None
    assert {"a", "c", "e", "g__sum", "h"} <= found
    assert "b" not in found


def test_what_queries_compute_under_computed_names_leaves_all_open() -> None:
    assert fields.computed("x.annotate(**{name: Count('b')})") is None
