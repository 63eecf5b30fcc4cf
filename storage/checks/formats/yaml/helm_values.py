"""Values for a Helm chart of the repository, against its `values.schema.json`, else against the words of its own values and templates
(https://helm.sh/docs/chart_template_guide/values_files/).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Any

import yaml
from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.said import Said
from storage.checks.formats.yaml import schemas

FILE = re.compile(r"(?:^|[/.-])values[\w.-]*\.ya?ml$")
ENDINGS = frozenset([".yaml", ".yml", ".tpl", ".txt"])
MOST_CHARTS, MOST_BYTES = 100, 500_000
SHARED = ("global", "tags", "enabled")
WHOLE = r"(?![\w.-])"
"""Behind a name: all of it is used, not one of its parts."""


@dataclass(frozen=True, slots=True)
class Chart:
    name: str
    defaults: Node
    words: str
    """The text of its values, with their comments, and of its templates."""
    charts: frozenset[str]
    """Those that it takes in: what stands below their names is theirs."""
    schema: Any


def chart(document: Node, path: str, tree: Path | None) -> Chart | None:
    """The one that a file lies in; of a block without one, the only chart whose values are like it."""
    if tree is None or (path and not FILE.search(path)):
        return None
    found = _charts(tree)
    if path:
        above = [str(one) for one in PurePosixPath(path).parents]
        mine = next((found[one] for one in above if one in found), None)
        return None if mine and not mine.schema and path in (f"{one}/values.yaml" for one in above) else mine
    told = nodes.keys(document)
    fitting = [one for one in found.values() if len(told & nodes.keys(one.defaults)) >= max(2, 2 * len(told) // 3)]
    return fitting[0] if len(fitting) == 1 else None


@lru_cache(maxsize=2)
def _charts(tree: Path) -> dict[str, Chart]:
    folders = [one.parent for one in sorted(tree.rglob("Chart.yaml"))[:MOST_CHARTS]]
    read = {one.relative_to(tree).as_posix(): _chart(one) for one in folders}
    return {place: one for place, one in read.items() if one is not None}


def _chart(folder: Path) -> Chart | None:
    try:
        about, defaults = (nodes.documents(_text(folder / name))[0] for name in ("Chart.yaml", "values.yaml"))
        schema = json.loads(_text(folder / "values.schema.json") or "null")
    except (yaml.YAMLError, ValueError, IndexError, RecursionError):
        return None
    inner = [*nodes.items(nodes.at(about, "dependencies"))]
    if (listed := _text(folder / "requirements.yaml")) and "{{" not in listed:
        inner += nodes.items(nodes.at(nodes.documents(listed)[0], "dependencies"))
    names = {nodes.text(nodes.at(one, word)) for one in inner for word in ("name", "alias")}
    texts = [_text(one) for one in sorted((folder / "templates").rglob("*")) if one.suffix in ENDINGS]
    words = "\n".join([_text(folder / "values.yaml"), *texts])
    return Chart(nodes.text(nodes.at(about, "name")), defaults, words, frozenset(names), schema)


def _text(file: Path) -> str:
    is_read = file.is_file() and not file.is_symlink() and file.stat().st_size < MOST_BYTES
    return file.read_text("utf-8", "replace") if is_read else ""


def read(document: Any, node: Node, by: Chart, said: Said) -> None:
    if isinstance(by.schema, dict):
        schemas.of_repository(document, node, by.schema, by.name, said)
        return
    said.reasons.append("only words that stand nowhere in the chart are told")
    if not re.search(rf"\.Values{WHOLE}", by.words):
        asked = re.findall(r"\.Values\.([\w-]+)", yaml.serialize(node))  # by its own texts: `{{ .Values.domain }}`
        said.findings += _unknown(node, by.defaults, "", replace(by, charts=by.charts.union(asked)))


def _unknown(node: Node, default: Node, place: str, by: Chart) -> Iterator[Finding]:
    """Words that stand nowhere in the chart; below a table that a template uses as a whole any may be right."""
    for key, value, line in nodes.pairs(node):
        inner = nodes.at(default, key)
        if key in by.charts or key in SHARED or nodes.is_open(default):
            continue
        if inner is None and not re.search(rf"(?<![\w-]){re.escape(key)}(?![\w-])", by.words):
            near = nodes.near(key, nodes.keys(default) - nodes.keys(node))
            yield Finding(line, "name", f"the chart {by.name} has no value `{f'{place}.{key}'.strip('.')[:80]}`{near}")
        elif inner is not None and nodes.keys(inner):
            used = re.findall(rf"\.{re.escape(f'{place}.{key}'.strip('.'))}({WHOLE}|\.)", by.words)
            if used and all(used) and f'"{key}"' not in by.words:
                yield from _unknown(value, inner, f"{place}.{key}".strip("."), by)
