"""What a file names of itself: jobs that are waited for, stages, services, volumes. One mechanism for all of them: a name, and
those that are defined. What may stand in another file is assumed. Besides what jobs cannot do without.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes
from storage.checks.formats.said import Said
from storage.checks.formats.yaml import contexts

JOBLESS = frozenset(["variables", "default", "workflow", "cache", "image"])
OF_STEPS = frozenset("name id if env with shell working-directory continue-on-error timeout-minutes".split())
FEW = 2
OF_SERVICES = frozenset(["image", "build", "extends", "provider"])
"""One of these has a service that does not go on with another file's."""

OF_STAGES = (".pre", ".post")
USUAL_STAGES = ("build", "test", "deploy")
DECLARED = ("networks", "secrets", "configs", "volumes")


@dataclass(frozen=True, slots=True)
class Reference:
    """`said` tells what is wrong where `name` is none of those `defined`; where it `may_be_elsewhere`, `what` it is is assumed."""

    name: str
    line: int
    said: str
    defined: Collection[str]
    what: str = ""
    may_be_elsewhere: bool = False


def tell(asked: Iterator[Reference], said: Said) -> None:
    told = {one.line for one in said.findings}
    for one in asked:
        if not one.name or one.name in one.defined or nodes.FILLED.search(one.name) or one.line in told:
            continue
        if one.may_be_elsewhere:
            said.assumed.append(f"{one.what} {one.name[:40]}".strip())
        else:
            near = nodes.near(one.name, one.defined)
            said.findings.append(Finding(one.line, "name", f"{one.said.format(one.name[:40])}{near}"))


def workflow(document: Node) -> Iterator[Reference]:
    jobs = nodes.at(document, "jobs")
    for name, job, _ in nodes.pairs(jobs):
        for one in _one_or_more(nodes.at(job, "needs")):
            said = f"the job `{name}` waits for `{{}}`, which is none of this workflow"
            yield Reference(nodes.text(one), nodes.line(one), said, nodes.keys(jobs))


def jobs(document: Node) -> Iterator[Finding]:
    """What the jobs of a workflow cannot do without."""
    yield from contexts.read(document)
    for name, job, line in nodes.pairs(nodes.at(document, "jobs")):
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


def compose(document: Node) -> Iterator[Reference]:
    """A file that has no table of volumes at all, say, and nothing but services, may be a part of one."""
    services = nodes.at(document, "services")
    names = nodes.keys(services)
    is_whole = "include" not in nodes.keys(document) and len(names) > 1
    if not is_whole or not all(
        nodes.keys(one) & OF_SERVICES or nodes.is_open(one) for _, one, _ in nodes.pairs(services)
    ):
        return
    is_part = not nodes.keys(document) & {*DECLARED}
    for name, service, _ in nodes.pairs(services):
        if nodes.is_open(service) or "extends" in nodes.keys(service):
            continue
        for wanted, line in _listed(nodes.at(service, "depends_on")):
            yield Reference(wanted, line, f"`{name}` depends on `{{}}`, which is no service here", names)
        for place in DECLARED:
            known = nodes.keys(nodes.at(document, place)) | {"default"}
            listed = nodes.at(service, place)
            for wanted, line in _volumes(listed) if place == "volumes" else _listed(listed):
                said = f"`{name}` takes `{{}}`, which is not declared under `{place}`"
                yield Reference(wanted, line, said, known, place[:-1], is_part)


def _volumes(listed: Node | None) -> Iterator[tuple[str, int]]:
    for one in nodes.items(listed):
        source = nodes.text(one).partition(":")[0] if ":" in nodes.text(one) else ""
        if nodes.text(nodes.at(one, "type")) == "volume":
            source = nodes.text(nodes.at(one, "source"))
        if len(source) > 1 and source[0] != "." and source.translate(dict.fromkeys(map(ord, "-_."))).isalnum():
            yield source, nodes.line(one)


def _one_or_more(node: Node | None) -> list[Node]:
    return nodes.items(node) or ([node] if node is not None else [])


def _listed(node: Node | None) -> Iterator[tuple[str, int]]:
    for one in nodes.items(node):
        yield nodes.text(one) or nodes.text(nodes.at(one, "source")), nodes.line(one)
    for key, _, line in nodes.pairs(node):
        if key != "<<":
            yield key, line


def pipeline(document: Node) -> Iterator[Reference]:
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
        if (stage := nodes.at(job, "stage")) is not None:
            yield Reference(nodes.text(stage), nodes.line(stage), "`stages` has no `{}`", {*stages, *OF_STAGES})
        for place in ("needs", "dependencies") if not is_excerpt else ():
            for one in nodes.items(nodes.at(job, place)):
                is_foreign = {"project", "pipeline"} & nodes.keys(one)
                wanted = nodes.text(one) or ("" if is_foreign else nodes.text(nodes.at(one, "job")))
                known = names | {wanted} if wanted.partition(":")[0] in names else names
                yield Reference(wanted, nodes.line(one), f"`{name}` waits for `{{}}`, which is no job here", known)
        for one in [] if is_excerpt else _one_or_more(nodes.at(job, "extends")):
            yield Reference(nodes.text(one), nodes.line(one), f"`{name}` extends `{{}}`, which is not here", names)


OF: dict[str, Callable[[Node], Iterator[Reference]]] = {
    "github-workflows": workflow,
    "gitlab-ci": pipeline,
    "compose-spec": compose,
}
"""By the name of the schema."""
