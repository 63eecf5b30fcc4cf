"""Text of strangers in the scripts of a GitHub workflow: an expression is put in before the shell, or JavaScript, reads the script.

What strangers write is told by https://docs.github.com/actions/concepts/security/script-injections.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import Node, ScalarNode

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.yaml.contexts import EXPRESSION

COMMIT = r"(?:message|author\.(?:email|name))"
STRANGERS = re.compile(
    r"(?<![\w.-])github\.(?:head_ref|event\.(?:(?:issue|pull_request|discussion)\.(?:title|body)|(?:comment|review|review_comment)\.body"
    r"|pull_request\.head\.(?:ref|label|repo\.default_branch)|pages\.(?:\*|\d+)\.page_name"
    rf"|commits\.(?:\*|\d+)\.{COMMIT}|head_commit\.{COMMIT}))(?![\w.-])",
    re.IGNORECASE,
)
OF_REQUESTS = re.compile(r"github\.(?:head_ref|event\.pull_request)", re.IGNORECASE)
REQUESTS = re.compile(r"pull_request\w*|workflow_call")
"""Events that have a pull request; without one its texts are empty."""

INDEX = re.compile(r"\[\s*'?([\w*-]+)'?\s*\]")
TESTED = re.compile(r"\b(?:contains|startsWith|endsWith|hashFiles)\s*\((?:[^()']|'[^']*'|\([^()]*\))*\)", re.IGNORECASE)
"""They give a truth or a sum, whatever is in the text."""


def read(document: Node) -> Iterator[Finding]:
    on = nodes.at(document, "on")
    events = [nodes.text(on), *nodes.keys(on), *(nodes.text(one) for one in nodes.items(on))]
    has_requests = on is None or any(REQUESTS.fullmatch(one) for one in events)
    for _, job, _ in nodes.pairs(nodes.at(document, "jobs")):
        yield from _steps(job, has_requests)


def action(document: Node) -> Iterator[Finding]:
    """Of an action that is made of steps: any workflow may call it."""
    yield from _steps(nodes.at(document, "runs"), True)


def _steps(holder: Node | None, has_requests: bool) -> Iterator[Finding]:
    for step in nodes.items(nodes.at(holder, "steps")):
        uses = nodes.text(nodes.at(step, "uses"))
        is_script = uses.startswith("actions/github-script@")
        script = nodes.at(step, "with", "script") if is_script else nodes.at(step, "run")
        for name, line in _strangers(script):
            if has_requests or not OF_REQUESTS.match(name):
                asked = "process.env" if is_script else "a variable of the shell"
                said = f"`{name}` is text of strangers that becomes code of the script; give it in `env:` and read it as {asked}"
                yield Finding(line, "argument", said)


def _strangers(script: Node | None) -> Iterator[tuple[str, int]]:
    """Each text of theirs in a script, with its line; not what only tests it, nor what stands in a comment."""
    if not isinstance(script, ScalarNode):
        return
    for found in EXPRESSION.finditer(script.value):
        before = script.value[: found.start()]
        text = TESTED.sub("", INDEX.sub(r".\1", found[1]))
        for one in STRANGERS.finditer(text):
            is_compared = re.match(r"\s*[=!<>]=?", text[one.end() :]) or re.search(r"[=<>]\s*$", text[: one.start()])
            if not is_compared and not before.rpartition("\n")[2].lstrip().startswith(("#", "//")):
                yield one[0], nodes.line_in(script, found.start())
