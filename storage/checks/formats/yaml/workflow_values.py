"""Values in GitHub's workflows and GitLab's pipelines: schedules, permissions, actions, functions of expressions, what does not go
together.

https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax and https://docs.gitlab.com/ci/yaml/
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes, values
from storage.checks.formats.shell.flags import slip
from storage.checks.formats.yaml.contexts import EXPRESSION, QUOTED

FUNCTIONS = frozenset(
    "contains startsWith endsWith format join toJSON fromJSON hashFiles success always cancelled failure case".split()
)
LOWER = frozenset(one.lower() for one in FUNCTIONS)
CONTEXT = frozenset(
    """
    action action_path action_ref action_repository action_status actor actor_id api_url base_ref env event event_name event_path
    graphql_url head_ref job job_workflow_sha path ref ref_name ref_protected ref_type repository repository_id repository_owner
    repository_owner_id repositoryurl repositoryUrl retention_days run_attempt run_id run_number secret_source server_url sha token
    triggering_actor workflow workflow_ref workflow_sha workspace repository_visibility artifact_cache_size_limit output state
    step_summary
    """.split()
)
RUNNERS = """
ubuntu-latest ubuntu-24.04 ubuntu-22.04 ubuntu-20.04 ubuntu-18.04 ubuntu-24.04-arm ubuntu-22.04-arm ubuntu-slim windows-latest
windows-2025 windows-2022 windows-2019 windows-11-arm macos-latest macos-15 macos-14 macos-13 macos-12 macos-11 macos-26
""".split()
SHELLS = ("bash", "sh", "pwsh", "powershell", "python", "cmd")
TOGETHER = (("branches", "branches-ignore"), ("paths", "paths-ignore"), ("tags", "tags-ignore"))
SCRIPTED = frozenset(["script", "trigger", "extends", "run", "include"])
RULE = re.compile(r"(?<![=!<>~])=(?![=~])")


def workflow(document: Node) -> Iterator[Finding]:
    on = nodes.at(document, "on")
    for one in nodes.items(nodes.at(on, "schedule")):
        cron = nodes.at(one, "cron")
        if cron is not None and (fault := values.schedule(nodes.text(cron), macros=False)):
            yield Finding(nodes.line(cron), "argument", f"`cron` {fault}")
    for event, told, _ in nodes.pairs(on):
        for first, second in TOGETHER:
            if {first, second} <= nodes.keys(told):
                yield Finding(nodes.line(told), "argument", f"`{event}` has `{first}` or `{second}`, not both")
    for _, job, _ in nodes.pairs(nodes.at(document, "jobs")):
        yield from _job(job)
    yield from expressions(document)
    yield from shells(document)


def _job(job: Node) -> Iterator[Finding]:
    runner = nodes.at(job, "runs-on")
    text = nodes.text(runner)
    if runner is not None and text and text.lower() not in RUNNERS and "${{" not in text:
        near = next((one for one in RUNNERS if _is_slip(text.lower(), one)), "")
        if near:
            yield Finding(nodes.line(runner), "name", f"GitHub has no runner `{text[:40]}`; did you mean `{near}`?")
    for step in nodes.items(nodes.at(job, "steps")):
        uses = nodes.at(step, "uses")
        text = nodes.text(uses)
        if (
            uses is not None
            and text
            and not text.startswith((".", "docker://"))
            and "@" not in text
            and "${{" not in text
        ):
            yield Finding(nodes.line(uses), "argument", f"`{text[:60]}` says no version: `@v4`, say")


def _is_slip(text: str, known: str) -> bool:
    """A letter or two off; a version of its own is somebody's own runner."""
    return re.sub(r"\D", "", text) == re.sub(r"\D", "", known) and bool(slip(text, [known]))


def expressions(node: Node) -> Iterator[Finding]:
    for one in nodes.scalars(node):
        for found in EXPRESSION.finditer(one.value):
            line = nodes.line_in(one, found.start())
            bare = QUOTED.sub("''", found[1])
            for name in re.findall(r"(?<![\w.-])([A-Za-z]\w*)\s*\(", bare):
                if name.lower() not in LOWER:
                    yield Finding(
                        line, "name", f"an expression has no function `{name[:40]}`{nodes.near(name, FUNCTIONS)}"
                    )
            for name in re.findall(r"(?<![\w.-])github\.(\w+)", bare):
                if name not in CONTEXT:
                    yield Finding(line, "name", f"`github` has no `{name[:40]}`{nodes.near(name, CONTEXT)}")


def shells(document: Node) -> Iterator[Finding]:
    """https://docs.github.com/actions/reference/workflows-and-actions/workflow-syntax#jobsjob_idstepsshell"""
    for one, path in values.mappings(document):
        told = nodes.at(one, "shell") if path[-1:] in (("steps",), ("run",)) else None
        text = nodes.text(told)
        if told is not None and text and text not in SHELLS and "{" not in text:
            near = nodes.near(text, SHELLS)
            yield Finding(
                nodes.line(told), "argument", f"`shell` is {', '.join(SHELLS)} or has `{{0}}`, not `{text[:40]}`{near}"
            )


def pipeline(document: Node) -> Iterator[Finding]:
    is_alone = "include" in nodes.keys(document) or nodes.is_open(document)
    for name, job, line in nodes.pairs(document):
        keys = nodes.keys(job)
        if (
            nodes.kind(job) != "map"
            or name.startswith(".")
            or nodes.is_open(job)
            or not keys & {"stage", "rules", "needs", "artifacts"}
        ):
            continue
        is_misspelt = any(nodes.near(one, keys) for one in SCRIPTED)  # which is told of at that key
        if not keys & SCRIPTED and not (is_alone or is_misspelt) and name not in ("pages", "default", "workflow"):
            yield Finding(line, "argument", f"the job `{name}` has no `script`")
        for rule in nodes.items(nodes.at(job, "rules")):
            told = nodes.at(rule, "if")
            bare = re.sub(r"\"[^\"]*\"|'[^']*'|/(?:\\.|[^/])*/", "''", nodes.text(told))
            if told is not None and RULE.search(bare):
                yield Finding(nodes.line(told), "syntax", "a rule compares with `==` or `=~`, not with `=`")
