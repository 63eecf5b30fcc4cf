"""What Kubernetes' own API declares: kinds by their version, and the fields of their types, read from the sources of lightkube-models.
They are generated from the published OpenAPI document (https://kubernetes.io/docs/concepts/overview/kubernetes-api/); none is run.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

PLAIN = {"str": "s", "int": "i", "float": "n", "bool": "b"}
OF_TEXTS = frozenset(
    """
    annotations attributes binaryData data labels matchLabels nodeSelector options parameters selector stringData userAnnotations
    volumeAttributes
    """.split()
)
"""Tables whose values are texts; the package tells of tables only that they are some."""


@cache
def kinds() -> Mapping[str, str]:
    """The type of each `version kind` that a manifest can be of."""
    folder = files("lightkube") / "resources"
    names = sorted(one.name for one in folder.iterdir() if "_v" in one.name)
    return dict(pair for name in names for pair in _resources((folder / name).read_text("utf-8")))


def _resources(source: str) -> Iterator[tuple[str, str]]:
    for one in ast.parse(source).body:
        if not isinstance(one, ast.ClassDef):
            continue
        model = next((base for base in one.bases if ast.unparse(base).startswith("m_")), None)
        told = next((call for call in ast.walk(one) if isinstance(call, ast.Call) and _is_definition(call)), None)
        if model is not None and told is not None:
            group, version, kind = (str(ast.literal_eval(part)) for part in told.args)
            yield f"{group}/{version} {kind}".removeprefix("/"), ast.unparse(model).removeprefix("m_")


def _is_definition(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "ResourceDef" and len(call.args) == len("gvk")


def fields(type_name: str) -> Mapping[str, str]:
    return _types(type_name.partition(".")[0]).get(type_name, ({}, ()))[0]


def needed(type_name: str) -> tuple[str, ...]:
    return _types(type_name.partition(".")[0]).get(type_name, ({}, ()))[1]


@cache
def _types(module: str) -> Mapping[str, tuple[Mapping[str, str], tuple[str, ...]]]:
    """Each class of a module, with its fields and those that it cannot do without."""
    tree = ast.parse((files("lightkube") / "models" / f"{module}.py").read_text("utf-8"))
    classes = [one for one in tree.body if isinstance(one, ast.ClassDef)]
    return {f"{module}.{one.name}": _fields(one, module, {each.name for each in classes}) for one in classes}


def _fields(told: ast.ClassDef, module: str, own: set[str]) -> tuple[Mapping[str, str], tuple[str, ...]]:
    found, wanted = dict[str, str](), list[str]()
    for one in told.body:
        if not isinstance(one, ast.AnnAssign) or not isinstance(one.target, ast.Name):
            continue
        if not isinstance(one.annotation, ast.Constant) or not isinstance(told_type := one.annotation.value, str):
            continue
        inner = {key.arg: key.value for key in one.value.keywords} if isinstance(one.value, ast.Call) else {}
        named = ast.literal_eval(inner["metadata"]).get("json") if "metadata" in inner else None
        name = named or one.target.id
        found[name] = _code(ast.parse(told_type, mode="eval").body, name, module, own)
        if one.value is None or (inner and "default" not in inner):
            wanted.append(name)
    return found, tuple(wanted)


def _code(told: ast.expr, field: str, module: str, own: set[str]) -> str:
    if isinstance(told, ast.Subscript):
        inner = _code(told.slice, field, module, own)
        return inner if ast.unparse(told.value) == "Optional" else f"[{inner}"
    name = ast.unparse(told)
    if name == "dict":
        return "{s" if field in OF_TEXTS else "{x"
    if name in own:
        return f"@{module}.{name}"
    elsewhere, _, _ = name.rpartition(".")
    return PLAIN.get(name) or (f"@{name}" if elsewhere and name in _types(elsewhere) else "x")
