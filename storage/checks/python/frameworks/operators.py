"""Documents of MongoDB's updates: one that changes needs operators (`$set`), one that replaces must not have any; pymongo and motor
refuse the others before they ask the server. https://pymongo.readthedocs.io/en/stable/api/pymongo/collection.html
"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.meaning.calls import short
from storage.checks.python.meaning.sight import Sight

CHANGING = frozenset(["update_one", "update_many", "find_one_and_update", "UpdateOne", "UpdateMany"])
REPLACING = frozenset(["replace_one", "find_one_and_replace", "ReplaceOne"])
MODULES = ("pymongo", "motor")


def misplaced(sight: Sight, lines: range) -> Iterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    version = sight.library.environment.versions.get("pymongo", "")
    if not version or not _is_mongos(sight):
        return
    for call in sight.nodes(ast.Call):
        if call.lineno not in lines:
            continue
        name = ast.unparse(call.func).rpartition(".")[2]
        keys = _keys(call) if name in CHANGING | REPLACING else {}
        plain = [one for one in keys if not one.startswith("$")]
        if name in CHANGING and plain:
            said = f"`{short(call.func)}` needs operators in pymongo {version}: `{{'$set': {{...}}}}`, not `{plain[0]}`"
            yield Finding(keys[plain[0]] - 1, "argument", said, "pymongo", version)
        elif name in REPLACING and keys and not plain:
            first, line = next(iter(keys.items()))
            said = f"`{short(call.func)}` takes a whole document in pymongo {version}, and no `{first}`"
            yield Finding(line - 1, "argument", said, "pymongo", version)


def _is_mongos(sight: Sight) -> bool:
    return any(
        module.partition(".")[0] in MODULES
        for one in sight.nodes(ast.Import, ast.ImportFrom)
        for module in (
            [one.module or ""] if isinstance(one, ast.ImportFrom) else [each.name for each in getattr(one, "names", ())]
        )
    )


def _keys(call: ast.Call) -> dict[str, int]:
    """The keys of the document that changes or replaces, with their lines, where all are written out."""
    named = [one.value for one in call.keywords if one.arg in ("update", "replacement")]
    (given,) = call.args[1:2] or named[:1] or [ast.Constant(None)]
    found: dict[str, int] = {}
    for key in given.keys if isinstance(given, ast.Dict) else []:
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str):
            return {}
        found[key.value] = key.lineno
    return found
