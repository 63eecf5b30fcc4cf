"""Where each import of a block comes from: Node, the lock's packages, the team's own files, the answer itself, or nowhere."""

from __future__ import annotations

import difflib
import posixpath
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.scripts.blocks import outside, placing
from storage.checks.scripts.blocks.placing import Files, Place
from storage.checks.scripts.blocks.reading import Imported
from storage.checks.scripts.findings.faults import Faults
from storage.checks.scripts.packages import modules
from storage.checks.scripts.packages.graph import UNFETCHED, Held
from storage.checks.scripts.packages.specifiers import BUILTINS, SCHEMED, SINCE, is_builtin, mangled, package_of
from storage.checks.scripts.packages.types import Types
from storage.checks.scripts.team import known, nowhere, prisma_client
from storage.checks.scripts.team.project import Project
from storage.checks.source import NAMES

OTHER_HOSTS = re.compile(r"(?:npm|jsr|https?|bun|deno|cloudflare|astro|virtual|ext|data|file):")
GENERATED = frozenset({"@prisma/client"})
"""Their declarations are made out of the team's own files when they are installed."""
GENERATED_PATH = re.compile(
    r"(?:^|[/._-])(?:generated|gen|__generated__|codegen|dist|build|out|_generated)(?:[/._-]|$)|"
    r"\.(?:vue|svelte|astro|json|graphql|gql|proto)$"
)
"""What is made out of other files, or no code of ours."""
RESOURCE = re.compile(r"\.(?:css|scss|less|svg|png|jpe?g|html|wasm|txt|md)$|[?!]")
"""What a bundler takes in, and is no module."""

REQUIRE_OF_MODULES = 22
"""From this Node on `require` takes an ES module (https://nodejs.org/api/modules.html#loading-ecmascript-modules-using-require)."""


@dataclass(slots=True)
class Imports:
    """`used` by package its version; `unresolved` what could not be looked at, each with the reason; `bound` whose a name of the
    block is."""

    used: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    unresolved: dict[str, str] = field(default_factory=dict)
    assumed: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    bound: dict[str, str] = field(default_factory=dict)
    modules: list[str] = field(default_factory=list)
    is_own_used: bool = False
    uses_node: bool = False


@dataclass(frozen=True, slots=True)
class Ground:
    """`place` is the block's own, `answered` are specifiers that other blocks of the answer give, `files` the team's, `written` the
    files of the answer, without endings."""

    project: Project
    types: Types
    place: Place
    answered: Collection[str]
    files: Files
    has_tree: bool
    is_locked: bool
    has_manifests: bool
    written: Collection[str]
    unknown: Mapping[str, str]
    """Packages that could not be had, with the reason."""
    loose: frozenset[str] = frozenset()
    """Names that blocks of the answer define which say no file."""

    @property
    def folder(self) -> str:
        return self.place.folder

    @property
    def has_prisma(self) -> bool:
        """The client that Prisma generates is read from the team's schema."""
        return prisma_client.is_made(self.project.root)


def read(imports: Collection[Imported], faults: Faults, ground: Ground) -> Imports:
    found = Imports()
    for one in imports:
        _judge(found, one, faults, ground)
    return found


def _judge(found: Imports, one: Imported, faults: Faults, ground: Ground) -> None:
    specifier = one.specifier
    is_missing = specifier in faults.missing
    package = package_of(specifier)
    for name in one.bound:
        found.bound[name] = one.specifier if is_builtin(one.specifier) else package
    if is_builtin(specifier):
        _builtin(found, one, is_missing, ground)
    elif OTHER_HOSTS.match(specifier) or specifier.startswith("node:"):
        if specifier.startswith("node:"):
            near = difflib.get_close_matches(specifier[5:], sorted(BUILTINS | SCHEMED), n=1, cutoff=0.6)
            said = f"Node has no module `{specifier}`" + (f"; did you mean `node:{near[0]}`?" if near else "")
            found.findings.append(Finding(one.at, "import", said, "node", ground.types.node))
        else:
            found.unresolved[specifier] = f"`{specifier[:80]}` comes from elsewhere"
    elif not package:
        _own(found, one, is_missing, ground)
    elif package in ground.project.own:
        found.is_own_used = True
        if is_missing and nowhere.is_not_given(specifier, package, ground.files, ground.project.root):
            said = f"`{package}` of yours gives out no `{specifier}`: its `exports` do not name it"
            found.findings.append(Finding(one.at, "import", said))
        elif is_missing:
            found.unresolved[specifier] = (
                f"`{specifier[:80]}` is built from sources that its package.json does not lead to"
            )
    elif specifier in ground.place.resolved or _is_own(specifier, package, ground):
        _own(found, one, is_missing, ground)
    else:
        _package(found, one, package, is_missing, faults, ground)


def _is_own(specifier: str, package: str, ground: Ground) -> bool:
    """A configuration maps it to the team's files."""
    paths = ground.project.paths.get(placing.home_of(ground.folder, ground.project.paths), {})
    return placing.is_named(specifier, paths) or (
        ground.types.held(ground.folder, package) is None and placing.is_below(specifier, paths, ground.files)
    )


def _builtin(found: Imports, one: Imported, is_missing: bool, ground: Ground) -> None:
    found.uses_node = True
    found.modules.append(one.specifier)
    since = SINCE.get(one.specifier.removeprefix("node:"), 0)
    is_too_new = since > (int(ground.types.node) if ground.types.node.isdigit() else 99)
    if is_too_new or (is_missing and ground.types.folders and "/" in one.specifier):
        said = f"Node {ground.types.node} has no module `{one.specifier}`"
        said += f"; it came with {since}" if is_too_new else ""
        found.findings.append(Finding(one.at, "import", said, "node", ground.types.node))


def _own(found: Imports, one: Imported, is_missing: bool, ground: Ground) -> None:
    """A path, or an alias for one."""
    specifier = one.specifier
    if specifier in ground.answered:
        return
    is_missing = is_missing or outside.leads_out(specifier, ground.folder)
    if (not is_missing and ground.has_tree) or (is_missing and specifier in ground.place.resolved):
        found.is_own_used = True
        return
    last = re.sub(r"\.[cm]?[jt]sx?$", "", posixpath.basename(specifier))
    if is_missing and last in ground.written:
        return
    is_loose = any(name in ground.loose for name, _ in one.names)
    if not is_missing or not ground.has_tree or is_loose or RESOURCE.search(specifier):
        found.assumed.append(specifier)
        return
    found.is_own_used = True
    guess = _near(specifier, ground)
    hint = f"; did you mean `{guess}`?" if guess else ""
    if _is_nowhere(specifier, guess, ground):
        found.findings.append(Finding(one.at, "import", f"there is no module `{specifier}` in your repository{hint}"))
    else:
        found.unresolved[specifier] = f"`{specifier[:80]}` leads to no file of your repository{hint}"


def _is_nowhere(specifier: str, guess: str, ground: Ground) -> bool:
    """The team's files would have to hold it: the alias is theirs, or the block stands in a folder of theirs, and nothing generates
    it."""
    if GENERATED_PATH.search(specifier):
        return bool(guess) and ground.place.is_told
    if not placing.is_relative(specifier):
        is_inner = nowhere.is_inner(specifier, ground.folder, ground.files, ground.project.root)
        return is_inner or _is_own(specifier, package_of(specifier), ground)
    location = placing.joined(ground.folder, specifier)
    if not ground.place.is_sure:
        return bool(guess) and not ground.place.resolved and bool(nowhere.near_anywhere(specifier, ground.files))
    if location is None or posixpath.join(location, "package.json") in ground.files.paths:
        return False  # outside, or a package's own folder, whose entry may be built first
    if nowhere.is_built(location, ground.files, ground.project.root):
        return False
    if ground.place.is_told:
        return bool(guess) or posixpath.dirname(location) in ground.files.folders
    elsewhere = ground.place.elsewhere
    return specifier not in elsewhere or (bool(guess) and len(ground.place.resolved) > len(elsewhere))


@lru_cache(maxsize=8)
def data_of(root: Path) -> frozenset[str]:
    """Files beside the code of which only the names are known: the compiler is not shown them."""
    try:
        return frozenset((root.parent / NAMES).read_text("utf-8", "replace").split("\n"))
    except OSError:
        return frozenset()


def _near(specifier: str, ground: Ground) -> str:
    is_telling = not GENERATED_PATH.search(specifier)
    guess = nowhere.near(specifier, ground.place, ground.files, is_telling=is_telling)
    if guess or ground.place.is_sure or not is_telling:
        return guess
    return nowhere.near_anywhere(specifier, ground.files) if placing.is_relative(specifier) else ""


def _package(found: Imports, one: Imported, package: str, is_missing: bool, faults: Faults, ground: Ground) -> None:
    types = ground.types
    held = types.held(ground.folder, package)
    declared = types.held(ground.folder, f"@types/{mangled(package)}")
    version = held.version if held else ""
    if package in ground.unknown:
        found.unresolved[package] = f"{package}: {ground.unknown[package]}"
        return
    if held is None and declared is None:
        _nowhere(found, one, package, ground)
        return
    if held is not None and held.missing:
        if held.missing == UNFETCHED:
            _noted(found, one, package, ground)
            found.unresolved[package] = f"{package} is only there for another package, and was not looked at"
        else:
            found.unresolved[package] = f"{package}: {held.missing}"
        return
    _noted(found, one, package, ground)
    found.modules.append(one.specifier)
    if version:
        found.used[package] = version
    if held is not None and held.place:
        _kind(found, one, package, held, ground)
    if package in GENERATED and not ground.has_prisma:
        found.unresolved[package] = f"what {package} generates is not in the repository"
    elif one.specifier in faults.untyped or (is_missing and held is not None and not held.typed and declared is None):
        found.unresolved[package] = f"{package} declares no types"
    elif is_missing:
        if held is None or not held.place:
            found.unresolved[package] = f"{package} could not be read"
        elif one.specifier == package:
            found.unresolved[package] = f"{package} declares no types"
        elif modules.has(types.folder / held.place, one.specifier[len(package) + 1 :]):
            found.unresolved[one.specifier] = f"{one.specifier} declares no types"
        elif RESOURCE.search(one.specifier) is None:
            said = f"`{package}` has no module `{one.specifier}`"
            found.findings.append(Finding(one.at, "import", said, package, version))


def _nowhere(found: Imports, one: Imported, package: str, ground: Ground) -> None:
    if one.is_tried or package in known.TEST_TOOLS:
        found.unresolved[package] = f"{package} is not in the lock"
        return
    names = set(ground.types.folders.get("", {})) | set(ground.types.folders.get(ground.folder, {}))
    guess = next(iter(difflib.get_close_matches(package, sorted(names), n=1, cutoff=0.85)), "")
    hint = f"; did you mean `{guess}`?" if guess else ""
    if ground.is_locked:
        found.findings.append(Finding(one.at, "package", f"`{package}` is not in your lock{hint}", package))
    elif ground.has_manifests and package in ground.project.asked(ground.folder):
        found.unresolved[package] = f"the npm registry has no `{package}`, and no lock says where it is from"
    elif ground.has_manifests:
        found.findings.append(
            Finding(one.at, "package", f"no package.json of yours asks for `{package}`{hint}", package)
        )
    elif package.startswith("@"):
        found.unresolved[package] = f"`{package}` is not in the registry, and may be your own"
    elif ground.types.folders:
        found.findings.append(Finding(one.at, "package", f"the npm registry has no `{package}`{hint}", package))
    else:
        found.unresolved[package] = f"`{package}` was not looked up"


def _noted(found: Imports, one: Imported, package: str, ground: Ground) -> None:
    """Asked for by nobody of the team: there for another package, and gone when that no longer needs it."""
    if not ground.is_locked or one.is_type:
        return
    folder = ground.folder
    asked: set[str] = set()
    while True:
        asked |= ground.project.folders.get(folder, frozenset())
        if not folder:
            break
        folder = posixpath.dirname(folder)
    if asked and package not in asked and f"@types/{mangled(package)}" not in asked:
        found.warnings.append(f"`{package}` is in your lock only for another package; add it to package.json")


def _kind(found: Imports, one: Imported, package: str, held: Held, ground: Ground) -> None:
    """`require` of a package that is an ES module, on a Node that cannot."""
    node = int(ground.types.node) if ground.types.node.isdigit() else 99
    if one.kind != "require" or node >= REQUIRE_OF_MODULES:
        return
    if modules.is_only_for_import(ground.types.folder / held.place, one.specifier[len(package) :].lstrip("/")):
        said = f"`{package}` is an ES module: Node {ground.types.node} cannot `require` it; `await import('{package}')` can"
        found.findings.append(Finding(one.at, "import", said, package, held.version))
