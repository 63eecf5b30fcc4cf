"""Lock files as the real tools write them today, read by us and compared with what each tool itself says: `dev.py bench locks`.

Needs the registries and, for the Node tools, npm. A tool that cannot be had here is said and passed over.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.capabilities.team_code import dependencies

PYPROJECT = """\
[project]
name = "probe"
version = "0.1.0"
requires-python = ">=3.11"
dependencies = ["httpx[http2]>=0.27", "flask", "sqlalchemy[asyncio]>=2", "rich"]

[dependency-groups]
dev = ["pytest"]
"""
PACKAGE = {
    "name": "probe", "version": "1.0.0", "private": True, "workspaces": ["packages/*"],
    "dependencies": {"express": "^4.19.0", "pino": "^9.0.0"}, "devDependencies": {"typescript": "~5.6.0", "eslint": "^9.0.0"},
}  # fmt: skip
MEMBER = {"name": "@probe/api", "version": "1.0.0", "dependencies": {"koa": "^2.15.0", "ms": "2.0.0"}}
UV = Path(__file__).parents[1] / ".tool" / "bin" / "uv"
Versions = set[tuple[str, str]]


def run(folder: Path, *command: str) -> str:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True).stdout


def pinned(text: str) -> Versions:
    return {(name, version) for name, version in re.findall(r"^([A-Za-z0-9._-]+)==([^\s;]+)", text, re.MULTILINE)}


def uv(folder: Path) -> Versions:
    run(folder, str(UV), "lock", "--quiet")
    return pinned(run(folder, str(UV), "export", "--quiet", "--all-groups", "--no-hashes", "--no-emit-project"))


def uv_compile(folder: Path) -> Versions:
    run(folder, str(UV), "pip", "compile", "--quiet", "--generate-hashes", "pyproject.toml", "-o", "requirements.txt")
    told = (
        run(folder, str(UV), "pip", "install", "--dry-run", "--target", str(folder / "t"), "-r", "requirements.txt")
        or ""
    )
    return pinned((folder / "requirements.txt").read_text()) if not told else pinned(told)


def pylock(folder: Path) -> Versions:
    run(folder, str(UV), "lock", "--quiet")
    run(
        folder,
        str(UV),
        "export",
        "--quiet",
        "--all-groups",
        "--no-emit-project",
        "--format",
        "pylock.toml",
        "-o",
        "pylock.toml",
    )
    told = pinned(run(folder, str(UV), "export", "--quiet", "--all-groups", "--no-hashes", "--no-emit-project"))
    (folder / "uv.lock").unlink()
    return told


def poetry(folder: Path) -> Versions:
    tool = (str(UV), "tool", "run", "--quiet", "poetry", "--no-interaction")
    run(folder, *tool, "lock")
    return {
        (line.split()[0], line.replace("(!)", "").split()[1])
        for line in run(folder, *tool, "show", "--no-ansi").splitlines()
        if line
    }


def pdm(folder: Path) -> Versions:
    tool = (str(UV), "tool", "run", "--quiet", "pdm")
    run(folder, *tool, "lock", "--quiet")
    return pinned(run(folder, *tool, "export", "--without-hashes", "--lockfile", "pdm.lock"))


def npm(folder: Path) -> Versions:
    run(folder, "npm", "install", "--package-lock-only", "--silent", "--no-audit", "--no-fund")
    return tree(json.loads(run(folder, "npm", "ls", "--all", "--json", "--package-lock-only")))


def tree(node: dict[str, object]) -> Versions:
    """Every package of npm's own tree."""
    found: Versions = set()
    children = node.get("dependencies")
    for name, child in children.items() if isinstance(children, dict) else ():
        if child.get("version") and not str(child.get("resolved", "")).startswith("file:"):
            found.add((name, child["version"]))
        found |= tree(child)
    return found


def pnpm(folder: Path) -> Versions:
    (folder / "pnpm-workspace.yaml").write_text("packages:\n  - packages/*\n")
    run(folder, "npx", "--yes", "pnpm@9", "install", "--lockfile-only", "--silent")
    text = (folder / "pnpm-lock.yaml").read_text().partition("\npackages:\n")[2].partition("\nsnapshots:\n")[0]
    return {(name, version) for name, version in re.findall(r"^  '?(@?[^@\s']+)@([^:'(]+)[^:]*:$", text, re.MULTILINE)}


def yarn(folder: Path) -> Versions:
    run(folder, "npx", "--yes", "yarn@1", "install", "--ignore-scripts", "--silent", "--no-progress")
    told = run(folder, "npx", "--yes", "yarn@1", "list", "--json", "--no-progress")
    names = re.findall(r'"name":"(@?[^@"]+)@([^"]+)"', told.splitlines()[-1])
    shutil.rmtree(folder / "node_modules")
    return {
        (name, version)
        for name, version in names
        if re.match(r"\d+\.\d+\.\d+", version) and not name.startswith("@probe")
    }


PYTHON = {"uv.lock": uv, "requirements.txt": uv_compile, "pylock.toml": pylock, "poetry.lock": poetry, "pdm.lock": pdm}
NODE = {"package-lock.json": npm, "pnpm-lock.yaml": pnpm, "yarn.lock": yarn}


def compare(name: str, tool: Callable[[Path], Versions]) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        if name in PYTHON:
            (folder / "pyproject.toml").write_text(PYPROJECT)
        else:
            (folder / "packages" / "api").mkdir(parents=True)
            (folder / "package.json").write_text(json.dumps(PACKAGE))
            (folder / "packages" / "api" / "package.json").write_text(json.dumps(MEMBER))
        try:
            told = tool(folder)
        except (subprocess.CalledProcessError, OSError) as fault:
            said = (getattr(fault, "stderr", "") or str(fault)).strip().splitlines()
            print(f"{name:<20} not compared: {said[-1][:90] if said else fault}")
            return
        files = {
            str(p.relative_to(folder)): p.read_text()
            for p in folder.rglob("*")
            if p.is_file() and dependencies.wants(str(p.relative_to(folder)))
        }
        read = dependencies.read(files)
        ours = {(one.name, one.version) for one in read.locked if one.path == name and one.note != "workspace package"}
        ours = {(called, version) for called, version in ours if called not in ("probe", "@probe/api")}
        missing, more = told - ours, ours - told
        lines = files[name].split("\n")
        places = [(one.name, lines[one.line - 1].lower().replace("_", "-")) for one in read.locked if one.path == name]
        wrong = [called for called, line in places if called not in line]
        found = f"{len(told):>4} packages, {len(missing)} missing, {len(more)} more, {len(wrong)} at a wrong line"
        print(f"{name:<20} {found}", *sorted(missing)[:4], *sorted(more)[:4])


def main() -> None:
    for name, tool in {**PYTHON, **NODE}.items():
        compare(name, tool)


if __name__ == "__main__":
    main()
