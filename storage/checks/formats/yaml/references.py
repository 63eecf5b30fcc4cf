"""What workflows, pipelines and compose files name of themselves: jobs that are waited for, services, volumes, networks, stages; and
what they cannot do without. One service or job alone is an excerpt: what it names may stand elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.yaml import contexts

JOBLESS = frozenset(["variables", "default", "workflow", "cache", "image"])
OF_STEPS = frozenset("name id if env with shell working-directory continue-on-error timeout-minutes".split())
FEW = 2
OF_SERVICES = frozenset(["image", "build", "extends", "provider"])
"""One of these has a service that does not go on with another file's."""

OF_STAGES = (".pre", ".post")
USUAL_STAGES = ("build", "test", "deploy")


def workflow(document: Node) -> Iterator[Finding]:
    jobs = nodes.at(document, "jobs")
    names = nodes.keys(jobs)
    yield from contexts.read(document)
    for name, job, line in nodes.pairs(jobs):
        needs = nodes.at(job, "needs")
        for one in nodes.items(needs) or ([needs] if needs is not None else []):
            wanted = nodes.text(one)
            if wanted and wanted not in names:
                yield Finding(
                    nodes.line(one),
                    "name",
                    f"the job `{name}` waits for `{wanted[:40]}`, which is none of this workflow{nodes.near(wanted, names)}",
                )
        found = nodes.keys(job)
        if nodes.kind(job) != "map" or nodes.is_open(job):
            continue
        if "uses" not in found and "runs-on" not in found and "steps" in found:
            yield Finding(line, "argument", f"the job `{name}` says no `runs-on`")
        for step in nodes.items(nodes.at(job, "steps")):
            has = nodes.keys(step)
            if nodes.is_open(step) or not has:
                continue
            if "uses" in has and "run" in has:
                yield Finding(nodes.line(step), "argument", "a step has `uses` or `run`, not both")
            elif has <= OF_STEPS:
                yield Finding(nodes.line(step), "argument", "a step has `uses` or `run`; this one has neither")


def compose(document: Node) -> Iterator[Finding]:
    services = nodes.at(document, "services")
    names = nodes.keys(services)
    is_whole = "include" not in nodes.keys(document) and len(names) > 1
    is_whole = is_whole and all(
        nodes.keys(one) & OF_SERVICES or nodes.is_open(one) for _, one, _ in nodes.pairs(services)
    )
    for name, service, _ in nodes.pairs(services):
        if nodes.is_open(service) or "extends" in nodes.keys(service):
            continue
        for wanted, line in _listed(nodes.at(service, "depends_on")):
            if is_whole and wanted not in names:
                yield Finding(
                    line,
                    "name",
                    f"`{name}` depends on `{wanted[:40]}`, which is no service here{nodes.near(wanted, names)}",
                )
        for place in ("networks", "secrets", "configs"):
            yield from _declared(document, service, place, name, is_whole)
        for one in nodes.items(nodes.at(service, "volumes")):
            source = nodes.text(one).partition(":")[0] if ":" in nodes.text(one) else ""
            if nodes.text(nodes.at(one, "type")) == "volume":
                source = nodes.text(nodes.at(one, "source"))
            is_named = (
                source
                and source.replace("-", "").replace("_", "").replace(".", "").isalnum()
                and not source.startswith(".")
            )
            if is_whole and is_named and len(source) > 1 and source not in nodes.keys(nodes.at(document, "volumes")):
                yield Finding(nodes.line(one), "name", f"the volume `{source[:40]}` is not declared under `volumes`")


def _declared(document: Node, service: Node, place: str, name: str, is_whole: bool) -> Iterator[Finding]:
    known = nodes.keys(nodes.at(document, place))
    for wanted, line in _listed(nodes.at(service, place)):
        if is_whole and wanted and wanted not in known and wanted != "default" and not nodes.FILLED.search(wanted):
            yield Finding(line, "name", f"`{name}` takes `{wanted[:40]}`, which is not declared under `{place}`")


def _listed(node: Node | None) -> Iterator[tuple[str, int]]:
    for one in nodes.items(node):
        told = nodes.text(one) or nodes.text(nodes.at(one, "source"))
        if told:
            yield told, nodes.line(one)
    for key, _, line in nodes.pairs(node):
        if key != "<<":
            yield key, line


def pipeline(document: Node) -> Iterator[Finding]:
    """Of GitLab. What is included from elsewhere may bring stages and jobs."""
    if "include" in nodes.keys(document) or nodes.is_open(document):
        return
    told = nodes.at(document, "stages")
    stages = {nodes.text(one) for one in nodes.items(told)} if told is not None else set(USUAL_STAGES)
    names = nodes.keys(document)
    is_excerpt = sum(nodes.kind(job) == "map" and not JOBLESS & {name} for name, job, _ in nodes.pairs(document)) < FEW
    for name, job, _ in nodes.pairs(document):
        if nodes.kind(job) != "map" or name in JOBLESS or (is_excerpt and told is None):
            continue
        stage = nodes.at(job, "stage")
        if (
            stage is not None
            and nodes.text(stage) not in (*stages, *OF_STAGES)
            and not nodes.FILLED.search(nodes.text(stage))
        ):
            yield Finding(
                nodes.line(stage),
                "name",
                f"`stages` has no `{nodes.text(stage)[:40]}`{nodes.near(nodes.text(stage), stages)}",
            )
        for place in ("needs", "dependencies") if not is_excerpt else ():
            for one in nodes.items(nodes.at(job, place)):
                wanted = nodes.text(one) or (
                    "" if {"project", "pipeline"} & nodes.keys(one) else nodes.text(nodes.at(one, "job"))
                )
                if (
                    wanted
                    and wanted.partition(":")[0] not in names
                    and wanted not in names
                    and not nodes.FILLED.search(wanted)
                ):
                    yield Finding(
                        nodes.line(one),
                        "name",
                        f"`{name}` waits for `{wanted[:40]}`, which is no job here{nodes.near(wanted, names)}",
                    )
        extends = nodes.at(job, "extends")
        for one in [] if is_excerpt else nodes.items(extends) or ([extends] if extends is not None else []):
            if nodes.text(one) and nodes.text(one) not in names:
                yield Finding(
                    nodes.line(one),
                    "name",
                    f"`{name}` extends `{nodes.text(one)[:40]}`, which is not here{nodes.near(nodes.text(one), names)}",
                )
