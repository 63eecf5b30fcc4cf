"""What a library puts on a class at the end of its module is the class's."""

from __future__ import annotations

from pathlib import Path

from storage.checks.python.environment.environments import Environment
from storage.checks.python.library.library import Library
from storage.checks.python.meaning import later

FILES = {
    "frames/__init__.py": "",
    "frames/ops.py": "def add(cls):\n    for name, method in made({'mul': 1}, radd=2).items():\n        setattr(cls, name, method)\n",
    "frames/base.py": "class Base:\n    @classmethod\n    def _numbers(cls):\n        cls.any = any\n        cls.all = all\n",
    "frames/series.py": "from frames import ops\nfrom frames.base import Base\n\nclass Series(Base): ...\n\nclass Other: ...\n\n"
    "Series._numbers()\nops.add(Series)\n",
}


def test_names_that_are_set_by_functions_called_with_a_class_or_on_it(tmp_path: Path) -> None:
    made = Environment(tmp_path, "3.11", {"frames": "1.0"}, frozenset(), {}, {}, {}, frozenset())
    for name, text in FILES.items():
        (made.site / name).parent.mkdir(parents=True, exist_ok=True)
        (made.site / name).write_text(text)

    assert later.given(Library(made), "frames.series", "Series", ["frames.base"]) >= {"mul", "radd", "any", "all"}
    assert later.given(Library(made), "frames.series", "Other", ["frames.base"]) == set()
