"""Rust's compiler on this machine, and how it is called: directly, without cargo, on one crate's own sources.

So no build script and no procedural macro is ever built, let alone run; crates of others are simply not there. The compiler reads
nothing but its own folder and ours (an `include_str!` elsewhere fails), reaches no network and writes what it makes beside the block.
Where the kernel cannot hold it to that, it is not started.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from storage.checks.confined import die_with_parent, may_confine_reading, read_only

OFF = ("none", "off", "no")
SECONDS = 20.0
MEMORY_BYTES = 3_000_000_000
"""Of address space: the compiler maps its libraries, and holds some 100 MB for a block."""

MOST_OUTPUT = 4_000_000


class NoToolchain(Exception):
    """Why there is none, in words for people."""


def find_compiler(setting: str, environment: Mapping[str, str] = os.environ) -> Path | None:
    """The setting's own (the folder that holds `bin/rustc`), or the path's; None for none of them.

    Of rustup's stand-in that of its default toolchain (https://rust-lang.github.io/rustup/concepts/toolchains.html).
    """
    if setting.lower() in OFF:
        return None
    if setting:
        folder = Path(setting).expanduser()
        return next((one for one in (folder / "bin" / "rustc", folder / "rustc") if one.is_file()), None)
    found = shutil.which("rustc", path=environment.get("PATH"))
    program = Path(found).resolve() if found else None
    if program is not None and program.name.startswith("rustup"):
        return _behind_rustup(environment)
    return program


def _behind_rustup(environment: Mapping[str, str]) -> Path | None:
    home = Path(environment.get("RUSTUP_HOME") or Path(environment.get("HOME", "/")) / ".rustup")
    try:
        told = tomllib.loads((home / "settings.toml").read_text())
    except (OSError, ValueError):
        told = {}
    name = environment.get("RUSTUP_TOOLCHAIN") or str(told.get("default_toolchain", ""))
    program = home / "toolchains" / name / "bin" / "rustc"
    return program.resolve() if name and program.is_file() else None


@dataclass(frozen=True, slots=True)
class Compiler:
    """`program` is rustc's own, `scratch` a folder of ours."""

    program: Path
    scratch: Path

    @property
    def root(self) -> Path:
        return self.program.parent.parent

    def version(self) -> str:
        """As `1.95`; raises NoToolchain."""
        words = self._run(["--version"], self.scratch).stdout.split()
        if len(words) < 2 or words[0] != "rustc":
            raise NoToolchain("Rust's compiler does not start")
        return ".".join(words[1].split(".")[:2])

    def check(self, root: Path, edition: str, name: str, features: Sequence[str] = (), *, is_test: bool = False) -> str:
        """What it says of a crate, a line of JSON each (https://doc.rust-lang.org/rustc/json.html). Raises NoToolchain."""
        words = [
            f"--edition={edition}",
            "--crate-type=lib",
            f"--crate-name={name}",
            "--emit=metadata",
            "--error-format=json",
        ]
        words += ["-o", str(self.scratch / "out.rmeta"), "--cap-lints=warn"]
        words += [word for one in features for word in ("--cfg", f'feature="{one}"')]
        return self._run([*words, *(["--test"] if is_test else []), str(root)], root.parent).stderr[:MOST_OUTPUT]

    def _run(self, words: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
        if not may_confine_reading():
            raise NoToolchain("this machine's kernel cannot keep Rust's compiler from other files (it has no Landlock)")

        def held() -> None:
            die_with_parent(MEMORY_BYTES)
            if not read_only([self.root, self.scratch]):
                raise PermissionError("it would read other files")

        environment = {
            "PATH": str(self.program.parent),
            "HOME": str(self.scratch),
            "TMPDIR": str(self.scratch),
            "LANG": "C",
        }
        try:
            return subprocess.run(  # noqa: S603 - Rust's own compiler, with words of ours
                [str(self.program), *words],
                cwd=folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                errors="replace",
                timeout=SECONDS,
                check=False,
                preexec_fn=held,
            )
        except subprocess.TimeoutExpired as fault:
            raise NoToolchain("Rust's compiler took too long") from fault
        except (OSError, subprocess.SubprocessError) as fault:
            raise NoToolchain("Rust's compiler cannot be started") from fault
