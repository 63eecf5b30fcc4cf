"""Ansible's plays and tasks, by what ansible-core itself publishes: the keywords of its classes and the documentation of its modules,
read as text. What collections and roles bring is not looked at.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import jinja2
import yaml
from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.said import Said
from storage.checks.formats.shell.flags import slip
from storage.checks.formats.yaml import schemas
from storage.checks.formats.yaml.references import Reference, tell

HELD = "Ansible's modules"
MOST_LINES = 2_000
WORD = re.compile(r"[\w.-]+")
"""What else stands among the words of a set is a note for people: `*regex*`."""

KEYWORD = re.compile(r"^    _?(\w+)(?::[^=]+)? = [^#\n]*FieldAttribute\(", re.MULTILINE)
ALIAS = re.compile(r"FieldAttribute\([^)\n]*alias='(\w+)'")
OF_PLAYS = ("base", "taggable", "collectionsearch", "play")
OF_TASKS = (
    *("base", "conditional", "taggable", "collectionsearch", "notifiable", "delegatable"),
    *("task", "block", "handler"),
)
BESIDES = {OF_PLAYS: {"user", "when", "import_playbook"}, OF_TASKS: {"local_action"}}
LISTS = ("block", "rescue", "always")
OF_PLAY = ("tasks", "pre_tasks", "post_tasks", "handlers")
CONDITIONS = ("when", "failed_when", "changed_when", "until")
BUILTIN = re.compile(r"ansible\.(?:builtin|legacy)\.")
FREE = re.compile(r"^\s+(?:free_form|_raw_params|key_value):", re.MULTILINE)
"""Modules that take a text, or words of the reader's own."""

TYPES: Mapping[str, Any] = {
    "int": ["integer"],
    "float": ["number"],
    "bool": ["boolean", "integer"],
    "list": ["array", "string", "integer", "number", "boolean"],
    "dict": ["object", "string"],
}
"""What a value may be; one of any other type, a text among them, is made of whatever is given."""


@lru_cache(maxsize=8)
def keywords(root: Path, files: tuple[str, ...]) -> frozenset[str]:
    """An older one has an underscore before each, and not all of the files."""
    there = [one for name in files if (one := root / "playbook" / f"{name}.py").is_file()]
    text = "\n".join(one.read_text("utf-8") for one in there)
    return frozenset(BESIDES[files] | {*KEYWORD.findall(text), *ALIAS.findall(text)})


@lru_cache(maxsize=2)
def modules(root: Path) -> frozenset[str]:
    return frozenset(one.stem for one in (root / "modules").glob("[a-z]*.py"))


@lru_cache(maxsize=2)
def moved(root: Path) -> frozenset[str]:
    """Short names of modules that are in collections today."""
    told = yaml.load((root / "config" / "ansible_builtin_runtime.yml").read_text("utf-8"), yaml.CSafeLoader)
    return frozenset(told["plugin_routing"]["modules"])


def kind(node: Node, root: Path) -> str:
    """`play`, `task`, or "" for neither: steps of other programs have names, too."""
    told = [nodes.keys(one) for one in nodes.items(node)]
    if not told or not all(told) or any(one & {"uses", "run"} for one in told):
        return ""
    if all(one & {"hosts", "import_playbook"} for one in told):
        return "play"
    known = keywords(root, OF_TASKS)
    called = [one for keys in told for one in keys - known if "." in one or one in modules(root) | moved(root)]
    return "task" if called and all(keys & (known | {*called}) for keys in told) else ""


def read(document: list[Any], node: Node, root: Path, said: Said) -> None:
    said.held[HELD] = re.sub(r"[^\d.]", "", _release(root))
    if node.end_mark.line - node.start_mark.line > MOST_LINES:
        said.reasons.append("its tasks are not looked at: there are too many")
        return
    if kind(node, root) == "task":
        _tasks(document, node, root, said)
        return
    for told, play in zip(document, nodes.items(node), strict=True):
        known = keywords(root, OF_PLAYS)
        for key, value, line in nodes.pairs(play):
            if key not in known:
                said.findings.append(Finding(line, "name", f"a play has no `{key[:40]}`{nodes.near(key, known)}"))
            elif key in OF_PLAY and isinstance(told[key], list):
                _tasks(told[key], value, root, said)
        said.findings += _templates(play)
        tell(_handlers(told, play), said)


def _release(root: Path) -> str:
    found = re.search(r"__version__ = '([^']+)'", (root / "release.py").read_text("utf-8"))
    return found[1] if found else ""


def _handlers(told: Mapping[str, Any], play: Node) -> Iterator[Reference]:
    """What is notified, in a play that takes no handlers from elsewhere."""
    here = nodes.items(nodes.at(play, "handlers"))
    names = {word for one in here for key in ("name", "listen") for word in _texts(nodes.at(one, key))}
    if (
        not here
        or told.get("roles")
        or any(not nodes.at(one, "name") or "include" in str(nodes.keys(one)) for one in here)
    ):
        return
    for task in (one for place in OF_PLAY for one in nodes.items(nodes.at(play, place))):
        asked = nodes.at(task, "notify")
        for one in nodes.items(asked) or ([asked] if asked is not None else []):
            yield Reference(nodes.text(one), nodes.line(one), "no handler is called `{}`", names)


def _texts(node: Node | None) -> list[str]:
    return [nodes.text(one) for one in nodes.items(node)] or ([nodes.text(node)] if node is not None else [])


def _tasks(told: list[Any], listed: Node, root: Path, said: Said) -> None:
    for values, task in zip(told, nodes.items(listed), strict=False):
        if isinstance(values, dict) and values and not nodes.is_open(task):
            _task(values, task, root, said)


def _task(told: dict[str, Any], task: Node, root: Path, said: Said) -> None:
    known, builtin = keywords(root, OF_TASKS), modules(root)
    lines = {key: line for key, _, line in nodes.pairs(task)}
    actions = [key for key in lines if key not in known and not key.startswith("with_")]
    sure = [key for key in actions if "." in key or key in builtin or key in moved(root)]
    has_action = bool(sure or told.keys() & {"block", "action", "local_action"})
    for key in actions:
        if key not in sure and (has_action or (len(actions) > 1 and slip(key, sorted(known)))):
            said.findings.append(Finding(lines[key], "name", f"a task has no `{key[:40]}`{nodes.near(key, known)}"))
    for key in LISTS:
        if isinstance(told.get(key), list) and (below := nodes.at(task, key)) is not None:
            _tasks(told[key], below, root, said)
    if not actions and not told.keys() & {"block", "action", "local_action"} and len(told) > 1:
        said.findings.append(Finding(nodes.line(task), "argument", "this task calls no module"))
    said.findings += _templates(task)
    for key in sure or ([] if has_action or len(actions) > 1 else actions):
        bare = BUILTIN.sub("", key)
        if bare in builtin:
            _arguments(bare, key, told, task, root, said)
        elif bare != key and bare not in moved(root):
            near = nodes.near(bare, builtin)
            said.findings.append(Finding(lines[key], "name", f"ansible.builtin has no module `{bare[:40]}`{near}"))
        elif near := slip(key, sorted(builtin)) if not sure else "":
            said.findings.append(
                Finding(lines[key], "name", f"Ansible has no module `{key[:40]}`; did you mean `{near}`?")
            )
        else:
            said.reasons.append("modules of collections and roles are not looked at")


def _arguments(module: str, key: str, told: dict[str, Any], task: Node, root: Path, said: Said) -> None:
    schema = _schema(root, module)
    given = told[key] if told[key] is not None else {}
    if not isinstance(given, dict) or schema is None:
        if isinstance(given, str) and schema is not None and "=" in given:
            said.reasons.append("arguments that a task gives in one line (`name=value`) are not looked at")
        return
    is_sure = not (root / "plugins" / "action" / f"{module}.py").is_file()
    asked = {"properties": {key: schema | ({} if "args" not in told else {"required": []})}}
    found = schemas.held(
        {key: schemas.worded(given)}, schemas.validator(asked), f"`{module}`", schemas.lines(task), is_sure, False, True
    )
    said.findings += [one for one in found if is_sure or "is missing" not in one.message]


@lru_cache(maxsize=128)
def _schema(root: Path, module: str) -> dict[str, Any] | None:
    """None of one that takes words of the reader's own."""
    text = (root / "modules" / f"{module}.py").read_text("utf-8")
    documented = _constant(ast.parse(text).body, "DOCUMENTATION")
    if not documented or FREE.search(documented):
        return None
    told = yaml.load(documented, yaml.CSafeLoader)
    options = dict(told.get("options") or {})
    named = told.get("extends_documentation_fragment") or []
    for one in [named] if isinstance(named, str) else named:
        name, _, part = one.removeprefix("ansible.builtin.").partition(".")
        file = root / "plugins" / "doc_fragments" / f"{name}.py"
        classes = [each for each in ast.parse(file.read_text("utf-8")).body if isinstance(each, ast.ClassDef)]
        documented = _constant(classes[0].body, part.upper() or "DOCUMENTATION")
        options = (yaml.load(documented, yaml.CSafeLoader) or {}).get("options", {}) | options
    return _object(options)


def _constant(body: list[ast.stmt], name: str) -> str:
    for one in body:
        if isinstance(one, ast.Assign) and isinstance(one.targets[0], ast.Name) and one.targets[0].id == name:
            return str(ast.literal_eval(one.value))
    return ""


def _object(options: Mapping[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {}
    for name, told in options.items():
        one: dict[str, Any] = {}
        if told.get("type") in TYPES:
            one["type"] = TYPES[told["type"]]
        choices = [str(each) for each in told.get("choices") or ()]
        if choices and told.get("type") not in ("list", "bool") and all(map(WORD.fullmatch, choices)):
            one = {"enum": choices}
        if told.get("suboptions") and told.get("type") == "dict":
            one = _object(told["suboptions"])
        known |= dict.fromkeys([name, *told.get("aliases", ())], one)
    needed = [name for name, told in options.items() if told.get("required") and not told.get("aliases")]
    return {"properties": known, "required": needed, "additionalProperties": False}


def _templates(task: Node) -> Iterator[Finding]:
    """What Jinja cannot read, in texts and in conditions."""
    pending = [(value, key in CONDITIONS) for key, value, _ in nodes.pairs(task) if key not in (*LISTS, *OF_PLAY)]
    while pending:
        node, is_condition = pending.pop()
        pending += [(one, is_condition) for one in nodes.items(node)] + [
            (one, False) for _, one, _ in nodes.pairs(node)
        ]
        text = nodes.text(node)
        if "{{" in text or "{%" in text or (is_condition and text):
            try:
                jinja2.Environment(autoescape=True).parse(
                    text if "{{" in text or "{%" in text else "{{ " + text + " }}"
                )
            except jinja2.TemplateSyntaxError as fault:
                yield Finding(
                    nodes.line(node) + fault.lineno - (getattr(node, "style", "") not in ("|", ">")),
                    "syntax",
                    f"no valid template: {str(fault.message)[:90]}",
                )
