"""The team's own compiler options, as far as they say what code may name: paths, module resolution, JSX, libraries.

Read here, and written anew, instead of handed on: a configuration may name files outside the repository, and older ones hold options
that the native compiler no longer knows (https://www.typescriptlang.org/tsconfig/).
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

from bot.capabilities.team_code.dependencies.marked import read_json
from bot.capabilities.team_code.dependencies.words import Malformed

NAMES = ("tsconfig.json", "tsconfig.base.json", "tsconfig.app.json", "jsconfig.json")
"""In a folder the first that is there counts."""
MOST_STEPS = 10
LARGEST_BYTES = 200_000
TAKEN = (
    "strict", "strictNullChecks", "noImplicitAny", "strictFunctionTypes", "strictBindCallApply", "strictPropertyInitialization",
    "noImplicitThis", "useUnknownInCatchVariables", "jsx", "jsxImportSource", "jsxFactory", "jsxFragmentFactory",
    "experimentalDecorators", "emitDecoratorMetadata", "resolveJsonModule", "customConditions", "allowSyntheticDefaultImports",
    "esModuleInterop", "useDefineForClassFields", "verbatimModuleSyntax", "isolatedModules",
)  # fmt: skip
"""Plain values that are taken over as they stand."""
OF_NODE = frozenset({"node16", "node18", "node20", "nodenext"})
BEFORE_EXPORTS = frozenset({"node", "node10", "classic"})
LIBRARY = re.compile(r"(?:es[356]|es20\d\d|esnext)(?:\.\w+)*")
OLDEST = "es2015"
"""What a team that writes for older engines has: no engine that runs a backend is older."""
OURS = "**/plumbline_*"
"""What a configuration that is written here includes, and no team's does."""
PATH = re.compile(r"[\w@./*$~#-]{1,200}")

NONE: Mapping[str, Sequence[str]] = MappingProxyType({})

LOST: Mapping[str, Any] = MappingProxyType({})
"""Stands for a configuration that is named and not there."""
NO_OWN: Mapping[str, str] = MappingProxyType({})

Options = dict[str, Any]


def read(
    folder: str,
    file: Callable[[str], str | None],
    package: Callable[[str], str | None],
    own: Mapping[str, str] = NO_OWN,
) -> Options:
    """The options that count for a folder of the repository. `file` gives the text of one of its files, by path; `package` that of one
    in a package, by specifier; `own` the folder of each of the team's packages, by its name."""
    at = folder
    while True:
        for name in NAMES:
            if file(posixpath.join(at, name)) is not None:
                return _followed(posixpath.join(at, name), file, package, own)
        if not at:
            return {}
        at = posixpath.dirname(at)


def _followed(
    path: str, file: Callable[[str], str | None], package: Callable[[str], str | None], own: Mapping[str, str]
) -> Options:
    """The options of a file, over those of the files that it extends."""
    told = _object(file(path))
    chain: list[tuple[str, Mapping[str, Any]]] = [(path, told)]
    waiting, steps = _extended(told), 0
    here = path
    while waiting and steps < MOST_STEPS:
        steps += 1
        wanted = waiting.pop()
        ours = next((one for one in own if f"{wanted}/".startswith(f"{one}/")), "")
        if wanted.startswith(".") or ours:
            above = posixpath.dirname(here) if not ours else own[ours]
            base = posixpath.normpath(posixpath.join(above, wanted.removeprefix(ours).lstrip("/") if ours else wanted))
            tries = () if base.startswith("..") else (base, f"{base}.json", f"{base}/tsconfig.json")
            found = next((one for one in tries if file(one) is not None), "")
            here, text = found or here, file(found) if found else None
        else:
            found, text = "", package(wanted)
        inner = _object(text) if found or text else {"compilerOptions": LOST}
        chain.append((found, inner))
        is_package = not found
        waiting += [one for one in _extended(inner) if not (is_package and one.startswith("."))]
    options: Options = {}
    for where, one in reversed(chain):
        options |= _taken(one, where)
    return options


def _extended(told: Mapping[str, Any]) -> list[str]:
    wanted = told.get("extends")
    return [str(one) for one in (wanted if isinstance(wanted, list) else [wanted]) if isinstance(one, str)]


def _object(text: str | None) -> Mapping[str, Any]:
    """Comments and trailing commas are allowed in it."""
    if not text or len(text) > LARGEST_BYTES:
        return {}
    try:
        told = json.loads(json.dumps(read_json(text, loose=True)))
    except (Malformed, ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _taken(told: Mapping[str, Any], path: str) -> Options:
    said = told.get("compilerOptions")
    if said is LOST:
        return {"lost": True}
    if not isinstance(said, dict):
        return {}
    options = {name: said[name] for name in TAKEN if isinstance(said.get(name), bool | str | list)}
    for name in ("lib", "types"):
        if isinstance(said.get(name), list):
            options[name] = [str(one) for one in said[name] if isinstance(one, str) and PATH.fullmatch(one)]
    for name in ("module", "moduleResolution", "target"):
        if isinstance(said.get(name), str):
            options[name] = said[name].lower()
    folder = posixpath.dirname(path)
    base = said.get("baseUrl")
    if isinstance(base, str) and path and _inside(folder, base) is not None:
        options["base"] = _inside(folder, base)
    if isinstance(said.get("paths"), dict) and path:
        start = options.get("base", folder)
        options["paths"] = {
            str(name): [
                f"/{place}" for one in targets if isinstance(one, str) and (place := _inside(start, one)) is not None
            ]
            for name, targets in said["paths"].items()
            if isinstance(targets, list) and PATH.fullmatch(str(name))
        }
    return options


def _inside(folder: str, path: str) -> str | None:
    """Relative to the repository; None for what leads out of it, or is no path."""
    if path.startswith("/") or not PATH.fullmatch(path):
        return None
    place = posixpath.normpath(posixpath.join(folder or ".", path))
    return None if place.startswith("..") else "" if place == "." else place


def paths_of(options: Mapping[str, Any]) -> dict[str, list[str]]:
    """What specifiers are mapped to, from the repository on (`/src/*`). A base counts for all that no pattern fits."""
    paths = {name: list(targets) for name, targets in options.get("paths", {}).items() if targets}
    if "base" in options:
        paths.setdefault("*", [f"/{options['base']}/*".replace("//", "/")])
    return paths


def written(
    options: Mapping[str, Any],
    folder: str,
    node: int,
    built: Mapping[str, Sequence[str]] = NONE,
    hidden: Sequence[str] = (),
    adding: Sequence[str] = (),
    *,
    has_dom: bool,
) -> str:
    """What the compiler is told for a folder: the team's options where they matter, ours for the rest. `built` are paths that count
    where the team's say nothing, `hidden` the folders below whose names begin with a point, `adding` files
    that add to the types of packages."""
    up = "/".join([".."] * len(folder.split("/"))) if folder else "."
    done: Options = {name: options[name] for name in TAKEN if name in options}
    done |= _resolution(options) | {"target": "esnext"}
    done["lib"] = [*_libraries(options, node), *(("dom", "dom.iterable", "dom.asynciterable") if has_dom else ())]
    done["types"] = list(dict.fromkeys([*options.get("types", ["*"]), "node"]))
    done.setdefault("jsx", "preserve")
    done.setdefault("esModuleInterop", True)
    paths = {name: [f"{up}{one}" for one in targets] for name, targets in {**built, **paths_of(options)}.items()}
    if paths:
        done["paths"] = paths
    done |= {
        "noEmit": True, "skipLibCheck": True, "allowJs": True, "checkJs": True, "moduleDetection": "force", "resolveJsonModule": True,
        "allowImportingTsExtensions": True, "esModuleInterop": True, "maxNodeModuleJsDepth": 0, "noErrorTruncation": False,
    }  # fmt: skip
    include = [
        OURS,
        *(f"{one}/**/plumbline_*" for one in hidden),
        *([f"{up}/plumbline_marks.d.ts"] if folder else []),
        "*.d.ts",
        "src/**/*.d.ts",
        "types/**/*.d.ts",
        "@types/**/*.d.ts",
        *adding,
    ]
    return json.dumps({"compilerOptions": done, "include": include, "exclude": ["node_modules"]})


def _resolution(options: Mapping[str, Any]) -> Options:
    """How modules are found. Node's own way is taken where the team takes it: it decides what a default import of a CommonJS package
    is. The way of before packages had `exports` is no longer the compiler's; it is that of bundlers without them. A team that says
    nothing is taken for one with a bundler, which asks least."""
    module, how = options.get("module", ""), options.get("moduleResolution", "")
    if how in OF_NODE or (not how and module in OF_NODE):
        return {"module": module if module in OF_NODE else how, "moduleResolution": how or module}
    if how in BEFORE_EXPORTS or (not how and module == "commonjs"):
        return {
            "module": "preserve", "moduleResolution": "bundler",
            "resolvePackageJsonExports": False, "resolvePackageJsonImports": False,
        }  # fmt: skip
    return {"module": "preserve", "moduleResolution": "bundler"}


def _libraries(options: Mapping[str, Any], node: int) -> list[str]:
    """What there is of the language: as the team's `lib` or `target` says, and no more than its Node has."""
    most = library(node)
    if options.get("lost") and "lib" not in options:
        return [most]  # what it may say of the language is with what nobody has seen
    named = [str(one).lower() for one in options.get("lib", ()) if LIBRARY.fullmatch(str(one).lower())]
    if not named:
        target = str(options.get("target", ""))
        named = [OLDEST if target in ("es3", "es5", "es6") else target] if LIBRARY.fullmatch(target) else [most]
    kept = [most if "." not in one and year(one) > year(most) else one for one in named]
    return list(dict.fromkeys(kept)) or [most]


def year(library: str) -> int:
    found = re.match(r"es(\d{4})", library)
    return int(found[1]) if found else 9999 if library.startswith("esnext") else 2015


def library(node: int) -> str:
    """What the team's Node has of the language (https://node.green): what is newer is not there when it runs."""
    return "es2022" if node < 20 else "es2023" if node < 22 else "es2024" if node < 24 else "esnext"
