"""Values in manifests of Kubernetes: words of a set, quantities, ports, names, and what a manifest and those beside it name of each
other.

https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from yaml.nodes import Node

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes, values

EXPRESSIONS = "In NotIn Exists DoesNotExist Gt Lt"
SETS: Mapping[tuple[str, str], str] = {
    ("*", "restartPolicy"): "Always OnFailure Never", ("resizePolicy", "restartPolicy"): "NotRequired RestartContainer",
    ("*", "imagePullPolicy"): "Always IfNotPresent Never",
    ("ports", "protocol"): "TCP UDP SCTP", ("*", "sessionAffinity"): "None ClientIP",
    ("*", "concurrencyPolicy"): "Allow Forbid Replace",
    ("*", "pathType"): "Exact Prefix ImplementationSpecific", ("strategy", "type"): "Recreate RollingUpdate",
    ("updateStrategy", "type"): "OnDelete RollingUpdate", ("*", "volumeMode"): "Filesystem Block",
    ("*", "persistentVolumeReclaimPolicy"): "Retain Recycle Delete", ("tolerations", "operator"): "Exists Equal Lt Gt",
    ("matchExpressions", "operator"): EXPRESSIONS, ("matchFields", "operator"): EXPRESSIONS,
    ("tolerations", "effect"): "NoSchedule PreferNoSchedule NoExecute", ("*", "whenUnsatisfiable"): "DoNotSchedule ScheduleAnyway",
    ("*", "dnsPolicy"): "ClusterFirst ClusterFirstWithHostNet Default None", ("httpGet", "scheme"): "HTTP HTTPS",
    ("*", "terminationMessagePolicy"): "File FallbackToLogsOnError", ("*", "podManagementPolicy"): "OrderedReady Parallel",
    ("*", "externalTrafficPolicy"): "Cluster Local", ("*", "internalTrafficPolicy"): "Cluster Local",
    ("*", "ipFamilyPolicy"): "SingleStack PreferDualStack RequireDualStack", ("metrics", "type"):
    "Resource Pods Object External ContainerResource", ("target", "type"): "Utilization Value AverageValue",
    ("*", "completionMode"): "NonIndexed Indexed", ("*", "mountPropagation"): "None HostToContainer Bidirectional",
    ("seccompProfile", "type"): "Unconfined RuntimeDefault Localhost", ("*", "reclaimPolicy"): "Retain Delete Recycle",
    ("*", "volumeBindingMode"): "Immediate WaitForFirstConsumer", ("roleRef", "kind"): "Role ClusterRole",
    ("subjects", "kind"): "User Group ServiceAccount",
}  # fmt: skip
SERVICE_TYPES = "ClusterIP NodePort LoadBalancer ExternalName"
ACCESS_MODES = "ReadWriteOnce ReadOnlyMany ReadWriteMany ReadWriteOncePod"
POLICY_TYPES = "Ingress Egress"
QUANTITY = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+|[numkMGTPE]|[KMGTPE]i)?")
NAME = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?")
NAMED = frozenset(
    "Deployment StatefulSet DaemonSet ReplicaSet Pod Job CronJob Service ConfigMap Secret Ingress Namespace".split()
)
PORTS = frozenset(["containerPort", "hostPort", "nodePort"])
WORKLOADS = frozenset("Deployment StatefulSet DaemonSet ReplicaSet Job".split())
PROBES = frozenset(["livenessProbe", "readinessProbe", "startupProbe"])
OF_OTHERS = "openAPIV3Schema"
"""Below it somebody's own kind is declared."""


def read(document: Node) -> Iterator[Finding]:
    kind = nodes.text(nodes.at(document, "kind"))
    name = nodes.at(document, "metadata", "name")
    text = _word(name) if kind in NAMED else ""
    if name is not None and text and not NAME.fullmatch(text):
        yield Finding(nodes.line(name), "argument", f"a name has small letters, digits and `-` only: `{text[:60]}`")
    for one, path in values.mappings(nodes.at(document, "spec") or document):
        if OF_OTHERS in path:
            continue
        yield from _sets(one, path[-1] if path else "")
        yield from _numbers(one, path)
    yield from _of_kind(document, kind)
    if (pod := pod_of(document)) is not None:
        yield from _pod(pod)


def pod_of(document: Node) -> Node | None:
    kind, spec = nodes.text(nodes.at(document, "kind")), nodes.at(document, "spec")
    if kind == "Pod":
        return spec
    if kind == "CronJob":
        return nodes.at(spec, "jobTemplate", "spec", "template", "spec")
    return nodes.at(spec, "template", "spec") if kind in WORKLOADS else None


def _word(node: Node | None) -> str:
    """Of a plain value; "" where something is filled in."""
    text = nodes.text(node)
    return "" if nodes.FILLED.search(text) else text


def _one_of(node: Node | None, name: str, told: str) -> Iterator[Finding]:
    if node is not None and (text := _word(node)) and text not in told.split():
        near = nodes.near(text, told.split())
        yield Finding(nodes.line(node), "argument", f"`{name}` is {', '.join(told.split())}, not `{text[:40]}`{near}")


def _sets(one: Node, above: str) -> Iterator[Finding]:
    for key, value, _ in nodes.pairs(one):
        told = SETS.get((above, key)) or (
            SETS.get(("*", key)) if above not in ("data", "annotations", "labels", "parameters") else None
        )
        if told and nodes.kind(value) == "text":
            yield from _one_of(value, key, told)
        if key in ("accessModes", "policyTypes"):
            for each in nodes.items(value):
                yield from _one_of(each, key, ACCESS_MODES if key == "accessModes" else POLICY_TYPES)


def _numbers(one: Node, path: tuple[str, ...]) -> Iterator[Finding]:
    above = path[-1] if path else ""
    is_amount = path[-2:] in (("resources", "limits"), ("resources", "requests"))
    for key, value, _ in nodes.pairs(one):
        text = _word(value)
        if is_amount and text and not (QUANTITY.fullmatch(text) or ("_" in text and values.PLACE.fullmatch(text))):
            yield Finding(
                nodes.line(value), "argument", f"`{key}` takes a quantity, as 500m or 128Mi, not `{text[:40]}`"
            )
        is_port = key in PORTS or (key == "port" and above in ("ports", "httpGet", "tcpSocket", "grpc"))
        if is_port and nodes.kind(value) == "integer" and not values.is_port(text):
            yield Finding(nodes.line(value), "argument", f"there is no port {text[:12]}")


def _of_kind(document: Node, kind: str) -> Iterator[Finding]:
    spec = nodes.at(document, "spec")
    policy = nodes.at(pod_of(document), "restartPolicy")
    if kind in WORKLOADS - {"Job"} and _word(policy) in ("Never", "OnFailure") and policy is not None:
        yield Finding(
            nodes.line(policy), "argument", f"the pods of a {kind} are restarted `Always`, not `{_word(policy)}`"
        )
    if kind in ("Job", "CronJob") and _word(policy) == "Always" and policy is not None:
        yield Finding(
            nodes.line(policy), "argument", f"the pods of a {kind} are restarted `OnFailure` or `Never`, not `Always`"
        )
    if kind == "Service":
        yield from _one_of(nodes.at(spec, "type"), "type", SERVICE_TYPES)
    schedule = nodes.at(spec, "schedule") if kind == "CronJob" else None
    if schedule is not None and (text := _word(schedule)) and (fault := values.schedule(text)):
        yield Finding(nodes.line(schedule), "argument", f"`schedule` {fault}")


def _containers(pod: Node) -> list[Node]:
    return [one for place in ("initContainers", "containers") for one in nodes.items(nodes.at(pod, place))]


def _pod(pod: Node) -> Iterator[Finding]:
    volumes = nodes.at(pod, "volumes")
    known = {nodes.text(nodes.at(one, "name")) for one in nodes.items(volumes)}
    named: set[str] = set()
    for one in _containers(pod):
        if nodes.is_open(one):
            continue
        if (name := _word(nodes.at(one, "name"))) and name in named:
            yield Finding(nodes.line(one), "name", f"two containers are named `{name[:40]}`")
        named.add(name)
        for mount in (
            nodes.items(nodes.at(one, "volumeMounts")) if known and not any(map(nodes.FILLED.search, known)) else []
        ):
            asked = nodes.at(mount, "name")
            if asked is not None and (text := _word(asked)) and text not in known and nodes.near(text, known):
                yield Finding(nodes.line(asked), "name", f"`volumes` has no `{text[:40]}`{nodes.near(text, known)}")
        ports = {_word(nodes.at(each, "name")) for each in nodes.items(nodes.at(one, "ports"))} - {""}
        for probe in PROBES & nodes.keys(one):
            for handler in ("httpGet", "tcpSocket"):
                port = nodes.at(one, probe, handler, "port")
                if (
                    port is not None
                    and nodes.kind(port) == "text"
                    and not _word(port).isdigit()
                    and _word(port) not in ports
                ):
                    yield Finding(
                        nodes.line(port),
                        "name",
                        f"the container has no port `{_word(port)[:40]}`{nodes.near(_word(port), ports)}",
                    )


def beside(documents: Sequence[Node]) -> Iterator[Finding]:
    """Services that select nothing of the workloads in the same file, where one is left that nothing selects; ports by their names."""
    pods = [(one, pod_of(one)) for one in documents]
    workloads = [(dict(_labels(one)), pod) for one, pod in pods if pod is not None]
    services = [one for one in documents if nodes.text(nodes.at(one, "kind")) == "Service"]
    chosen = [(one, dict(_selector(one))) for one in services]
    for service, selector in chosen:
        if not selector:
            continue
        fitting = [pod for labels, pod in workloads if selector.items() <= labels.items()]
        left = [
            labels for labels, _ in workloads if not any(each and each.items() <= labels.items() for _, each in chosen)
        ]
        if not fitting:
            if any(selector.keys() <= labels.keys() and _is_near(selector, labels) for labels in left):
                line = nodes.line(nodes.at(service, "spec", "selector") or service)
                yield Finding(
                    line,
                    "name",
                    f"no pod in this file has the labels {', '.join(f'{k}: {v}' for k, v in selector.items())[:80]}",
                )
            continue
        names = {
            _word(nodes.at(port, "name"))
            for pod in fitting
            for one in _containers(pod)
            for port in nodes.items(nodes.at(one, "ports"))
        }
        for port in nodes.items(nodes.at(service, "spec", "ports")):
            target = nodes.at(port, "targetPort")
            if (
                target is not None
                and nodes.kind(target) == "text"
                and not _word(target).isdigit()
                and _word(target) not in names
            ):
                yield Finding(
                    nodes.line(target),
                    "name",
                    f"no port of the pods is named `{_word(target)[:40]}`{nodes.near(_word(target), names)}",
                )


def _is_near(selector: Mapping[str, str], labels: Mapping[str, str]) -> bool:
    return all(labels[key] == value or nodes.near(value, [labels[key]]) for key, value in selector.items())


def _labels(document: Node) -> Iterator[tuple[str, str]]:
    is_pod = nodes.text(nodes.at(document, "kind")) == "Pod"
    found = (
        nodes.at(document, "metadata", "labels")
        if is_pod
        else nodes.at(document, "spec", "template", "metadata", "labels")
    )
    for key, value, _ in nodes.pairs(found):
        yield key, nodes.text(value)


def _selector(service: Node) -> Iterator[tuple[str, str]]:
    for key, value, _ in nodes.pairs(nodes.at(service, "spec", "selector")):
        yield key, nodes.text(value)
