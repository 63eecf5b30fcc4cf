"""Arguments that APScheduler hands to a trigger, a store or an executor which a text names: they are held against the class that the
name stands for in the package's own entry points. https://apscheduler.readthedocs.io/en/3.x/userguide.html
"""

from __future__ import annotations

import ast
from configparser import ConfigParser, Error

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import Library, near
from storage.checks.python.library.lookup import find
from storage.checks.python.meaning import forwarding
from storage.checks.python.meaning.sight import Sight

PACKAGE = "apscheduler"
MOST_STEPS = 8
NAMING = {
    "add_job": ("trigger", "date"),
    "scheduled_job": ("trigger", ""),
    "reschedule_job": ("trigger", "date"),
    "reschedule": ("trigger", ""),
    "add_jobstore": ("jobstore", ""),
    "add_executor": ("executor", ""),
}
"""Methods that take what a plugin takes: the argument that names it, and which one it is where nothing names one."""


async def misfits(sight: Sight, lines: range) -> list[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0."""
    version = sight.library.environment.versions.get(PACKAGE, "")
    found: list[Finding] = []
    for call in sight.nodes(ast.Call) if version else ():
        match call:
            case ast.Call(func=ast.Attribute(attr=method)) if method in NAMING and call.lineno in lines:
                home = await sight.defined(call.func)
            case _:
                continue
        node = home.node if home is not None and home.package == PACKAGE and not home.is_stub else None
        if isinstance(node, ast.FunctionDef) and node.args.kwarg is not None:
            found += [Finding(line, "argument", said, PACKAGE, version) for line, said in _wrong(sight, call, node)]
    return found


def _wrong(sight: Sight, call: ast.Call, node: ast.FunctionDef) -> list[tuple[int, str]]:
    """What the plugin that a call names does not take, with its line, from 0."""
    kind, usual = NAMING[node.name]
    own = [one.arg for one in (*node.args.posonlyargs, *node.args.args, *node.args.kwonlyargs)]
    name = _named(call, own[1:].index(kind), kind, usual) if kind in own[1:] else ""
    plugins = _plugins(sight.library, f"{PACKAGE}.{kind}s")
    module, _, last = plugins.get(name, "").partition(":")
    home = find(sight.library, module, last, MOST_STEPS) if last else None
    path = sight.library.file_of(home[0]) if home is not None else None
    takes = forwarding.accepted(sight.library, path, home[1], PACKAGE) if home is not None and path else None
    if takes is None or home is None:
        return []
    where = f"{PACKAGE} {sight.library.environment.versions.get(PACKAGE, '')}"
    wrong = [one for one in call.keywords if one.arg and one.arg not in (*own, *takes)]
    return [
        (one.lineno - 1, wording.keyword(one.arg or "", home[1].name, where, near(one.arg or "", takes - {"self"})))
        for one in wrong
    ]


def _named(call: ast.Call, place: int, kind: str, usual: str) -> str:
    """The text by which a call names the plugin; "" where it is an object, or is not written out."""
    if any(isinstance(one, ast.Starred) for one in call.args) or any(one.arg is None for one in call.keywords):
        return ""
    given = call.args[place : place + 1] + [one.value for one in call.keywords if one.arg == kind]
    match given:
        case [ast.Constant(value=str(name))]:
            return name
        case [] | [ast.Constant(value=None)]:
            return usual
        case _:
            return ""


def _plugins(library: Library, group: str) -> dict[str, str]:
    """What the names of a group stand for, as the installed package announces it: `module:Class`."""
    for info in sorted(library.environment.site.glob("[Aa][Pp][Ss]cheduler-*.dist-info/entry_points.txt")):
        parser = ConfigParser(delimiters=("=",), interpolation=None)
        try:
            parser.read_string(info.read_text("utf-8", "replace"))
        except (OSError, Error):
            return {}
        if parser.has_section(group):
            return {name: value.partition("[")[0].strip() for name, value in parser.items(group)}
    return {}
