"""What docs/ hands to an operator to copy can be used as it stands: it is read by what reads it, and names what there is."""

from __future__ import annotations

import configparser
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted([*(ROOT / "docs" / "deploy").glob("*.md"), ROOT / "docs" / "operations.md", ROOT / "README.md"])
NAMES = {name.upper() for name in Settings.model_fields}
ELSEWHERE = {"PLUMBLINE_CHROMIUM"}
MODE = 0o440


def blocks(page: Path, kind: str) -> list[str]:
    return re.findall(rf"(?ms)^[ ]*```{kind}\n(.*?)```", page.read_text(encoding="utf-8"))


def documents() -> Iterator[tuple[str, Any]]:
    for page in PAGES:
        for block in blocks(page, "yaml"):
            yield from ((page.name, one) for one in yaml.safe_load_all(block))
    yield "docker-compose.yml", yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))


def test_every_yaml_is_read_and_says_something() -> None:
    found = list(documents())

    assert len(found) >= 5
    assert all(isinstance(one, dict) and one for _, one in found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_that_a_page_names_is_one(page: Path) -> None:
    named = set(re.findall(r"\bPLUMBLINE_[A-Z_]+[A-Z]\b(?![*_])", page.read_text(encoding="utf-8")))

    assert named <= NAMES | ELSEWHERE


def test_a_service_that_stands_on_another_names_the_file_in_which_it_is() -> None:
    """Without one Compose looks in the example's own file, where the other one is a stub."""
    services = [one for _, document in documents() for one in document.get("services", {}).values()]
    extended = [one["extends"] for one in services if "extends" in one]

    assert extended
    for one in extended:
        assert one["service"] in yaml.safe_load((ROOT / one["file"]).read_text(encoding="utf-8"))["services"]


def test_pods_end_as_the_bot_needs_it_and_read_their_secrets() -> None:
    kinds = {
        one["kind"]: one["spec"]["template"]["spec"] for _, one in documents() if "template" in one.get("spec", {})
    }

    assert set(kinds) == {"Deployment", "StatefulSet"}
    for pod in kinds.values():
        (container,) = pod["containers"]
        assert pod["terminationGracePeriodSeconds"] >= Settings.model_fields["plumbline_drain_seconds"].default + 5
        assert {"livenessProbe", "startupProbe"} <= set(container)
        assert {mount["name"] for mount in container["volumeMounts"]} >= {volume["name"] for volume in pod["volumes"]}
    modes = [one["secret"]["defaultMode"] for one in kinds["StatefulSet"]["volumes"] if "secret" in one]
    assert modes == [MODE], "as a number that every reader of YAML takes for the same"


def test_the_unit_of_systemd_waits_longer_than_answers_may_take() -> None:
    (unit,) = blocks(ROOT / "docs" / "deploy" / "systemd.md", "ini")
    read = configparser.ConfigParser(interpolation=None, strict=True)
    read.optionxform = str  # type: ignore[assignment, method-assign]
    read.read_string(unit)

    drain = Settings.model_fields["plumbline_drain_seconds"].default
    assert int(read["Service"]["TimeoutStopSec"]) >= drain + 5
    assert read["Service"]["ExecStart"].endswith("run")
