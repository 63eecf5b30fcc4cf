"""`for_each` and `count` of a block that are given a variable whose type they cannot take.

https://developer.hashicorp.com/terraform/language/meta-arguments/for_each: a map, an object or a set of strings; `count` is a number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from tree_sitter import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks import syntax
from storage.checks.formats.terraform import bodies, terraform_names

VARIABLE = re.compile(r"var\.([\w-]+)")
WRONG = {
    "for_each": re.compile(r"(?:list|tuple)\(.*|set\((?!string\)|any\)).*|string|number|bool"),
    "count": re.compile(r"(?:list|set|map|tuple|object)\(.*|bool"),
}
TAKES = {"for_each": "a map or a set of strings", "count": "a number"}
CURE = {"for_each": "toset(var.{})", "count": "length(var.{})"}


def findings(root: Node, tree: Path | None, path: PurePosixPath | None, beside: Sequence[str]) -> Iterator[Finding]:
    """One that neither the answer nor the block's folder declares counts where each folder that declares it gives a wrong type."""
    for name, variable, line in _given(root):
        here = _types(
            [syntax.text_of(root), *beside, *(terraform_names.of_folder(tree, path) if path else [])], variable
        )
        found = here or _types([one for texts in terraform_names.folders(tree) for one in texts], variable)
        if found and all(WRONG[name].fullmatch(one) for one in found):
            kind = found[0].partition("(")[0]
            is_listed = bool(re.fullmatch(r"list\(string\)", found[0])) or (name == "count" and kind != "bool")
            cure = f": `{CURE[name].format(variable)}`" if is_listed else ""
            said = f"`{name}` takes {TAKES[name]}, and the variable `{variable}` is a {kind}{cure}"
            yield Finding(line, "argument", said)


def _given(root: Node) -> Iterator[tuple[str, str, int]]:
    """Of blocks of a module's own level: a `dynamic` block takes lists, too."""
    for block in bodies.of(bodies.body_of(root), "block"):
        for one in bodies.of(bodies.body_of(block), "attribute"):
            name, value = (syntax.text_of(each) for each in (one.named_children[0], one.named_children[-1]))
            if name in WRONG and (given := VARIABLE.fullmatch(value.strip())):
                yield name, given[1], bodies.line(one)


def _types(texts: Sequence[str], variable: str) -> list[str]:
    """Of each declaration the type, without blanks; "" for one that says none."""
    found = []
    for text in texts:
        for block in bodies.of(bodies.body_of(syntax.parsed("hcl", text)), "block") if variable in text else ():
            words = [syntax.text_of(one).strip('"') for one in block.named_children[:2]]
            if words == ["variable", variable]:
                told = {
                    syntax.text_of(one.named_children[0]): re.sub(r"\s", "", syntax.text_of(one.named_children[-1]))
                    for one in bodies.of(bodies.body_of(block), "attribute")
                }
                found.append(told.get("type", ""))
    return found
