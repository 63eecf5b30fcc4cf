"""Every developer command in one word, on a machine that has only Python 3.11+ and pip.

Standard library only: it runs before anything is installed. The tools live in .tool/, the project's environment in .venv/;
both come from the hashed lock files in requirements/. Debian ships Python without ensurepip and refuses `pip install`
outside an environment, so both environments are made without pip and filled from outside
(https://pip.pypa.io/en/stable/cli/pip/#cmdoption-python).
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from pathlib import Path

if sys.version_info < (3, 11):  # before anything that an older one cannot read
    sys.exit("Plumbline needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info))

ROOT, HERE = Path(__file__).resolve().parent, Path.cwd()
ENVIRONMENT, TOOLS, LOCKS = ROOT / ".venv", ROOT / ".tool", ROOT / "requirements"
PYTHON = ENVIRONMENT / "bin" / "python"
UV = TOOLS / "bin" / "uv"
UV_VERSION = "0.13.9"
ROOM_MEGABYTES = {"run.txt": 1_000, "dev.txt": 2_000}
"""What an installation takes: the environment, and as much again in the installer's cache."""

TEST_MEGABYTES = 1_000
"""What the stores and repositories of the tests take while they run."""

PIP_AUDIT_VERSION, CYCLONEDX_VERSION = "2.10.1", "7.5.0"

CORES = min(4, os.cpu_count() or 1)
WORKERS = 2 * CORES
"""Two a core: while one test waits for an answer, a lease or a limit, another one works."""

QUICK = ("tests/bot", "tests/storage", "tests/adapters/test_formatting.py", "--ignore=tests/storage/repos")
"""For the way between two edits: the core, the contracts of the stores, formatting. What is marked `slow` is left out."""

QUICK_PROCESSOR_SECONDS = 120
"""A minute on two cores. More of it fails, so that what is called quick stays quick."""


def call(*command: str | Path) -> None:
    """Run a command in the project's folder; end with its exit code when it fails."""
    code = subprocess.run([str(part) for part in command], cwd=ROOT, check=False).returncode
    if code:
        sys.exit(code)


def tell(line: str) -> None:
    """What is being done, while it is done: on standard error, for whoever waits."""
    print(line, file=sys.stderr, flush=True)


def need_room(folder: Path, megabytes: int, what: str) -> None:
    """End with a sentence where a disk is too full for it, before anything is half done."""
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < megabytes:
        tell(f"{what} takes about {megabytes:,} MB, and {free:,} MB are free in {folder}. Make room, and start again.")
        sys.exit(2)


def ensure_environment(folder: Path) -> None:
    if not (folder / "bin" / "python").exists():
        venv.create(folder, with_pip=False, symlinks=True)


def ensure_uv() -> bool:
    """Install uv into .tool/; False where it has no wheel, so that the caller falls back to pip."""
    ensure_environment(TOOLS)
    marker = TOOLS / f"uv-{UV_VERSION}"
    if marker.exists():
        return UV.exists()
    install = [sys.executable, "-m", "pip", "--python", str(TOOLS / "bin" / "python"), "install", "--quiet"]
    install += ["--disable-pip-version-check", "--only-binary", ":all:", f"uv=={UV_VERSION}"]
    if subprocess.run(install, cwd=ROOT, check=False).returncode == 0:
        marker.touch()
    return UV.exists()


def cache_folder() -> Path:
    """Where uv keeps what it fetched; a folder of ours where the home cannot be written in."""
    usual = Path(os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser(), "uv")
    try:
        usual.mkdir(parents=True, exist_ok=True)
    except OSError:
        return TOOLS / "cache"
    return usual if os.access(usual, os.W_OK) else TOOLS / "cache"


def sync(lock: str) -> None:
    """Make .venv/ hold exactly what the lock file says; nothing happens when it already does."""
    wanted = (LOCKS / lock).read_bytes()
    marker = ENVIRONMENT / "installed-lock"
    if marker.exists() and PYTHON.exists() and marker.read_bytes() == wanted:
        return
    need_room(ROOT, ROOM_MEGABYTES[lock], "An installation")
    tell(f"Plumbline is being installed into {ENVIRONMENT.name}/, this once; about a minute.")
    ensure_environment(ENVIRONMENT)
    count = len(re.findall(rb"(?m)^[A-Za-z0-9][^\s=]*==", wanted))
    begun = time.monotonic()
    has_uv = ensure_uv()
    tell(f"  {count} packages, each held to its hash, by {'uv' if has_uv else 'pip'} …")
    if has_uv:
        os.environ.update(UV_PYTHON_DOWNLOADS="never", UV_LINK_MODE="copy", UV_SYSTEM_CERTS="true")
        os.environ.setdefault("UV_CACHE_DIR", str(cache_folder()))
        call(UV, "pip", "sync", "--quiet", "--require-hashes", "--python", PYTHON, LOCKS / lock)
    else:
        pip = [
            sys.executable,
            "-m",
            "pip",
            "--python",
            str(PYTHON),
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        call(*pip, "--require-hashes", "-r", str(LOCKS / lock))
    install_project()
    marker.write_bytes(wanted)
    tell(f"  installed in {time.monotonic() - begun:.0f} s")


def install_project() -> None:
    """Point .venv/ at this checkout and give it the console script, so that .venv/bin/plumbline works."""
    site = next((ENVIRONMENT / "lib").glob("python3*")) / "site-packages"
    # A line of code, for it may hold other than ASCII: a path would be read as the locale has it.
    (site / "plumbline-checkout.pth").write_text(f"import sys; sys.path.append({str(ROOT)!a})\n")
    script = ENVIRONMENT / "bin" / "plumbline"
    # By way of the shell: a first line of its own takes no path with spaces, nor a long one.
    script.write_text(f'#!/bin/sh\nexec {shlex.quote(str(PYTHON))} -P -m adapters.cli "$@"\n')
    script.chmod(0o755)


def has_development_lock() -> bool:
    marker = ENVIRONMENT / "installed-lock"
    return marker.exists() and marker.read_bytes() == (LOCKS / "dev.txt").read_bytes()


def setup(*_: str) -> None:
    """Install everything a developer needs into .venv/."""
    sync("dev.txt")


def run(*arguments: str) -> None:
    """Start the bot: `dev.py run` is `plumbline run`."""
    if not has_development_lock():
        sync("run.txt")
    os.execv(PYTHON, [str(PYTHON), "-m", "adapters.cli", "run", *_from_here(arguments)])


def _from_here(arguments: tuple[str, ...]) -> Iterator[str]:
    """Folders of repositories count from where this was called, not from the checkout of Plumbline."""
    for before, word in zip(("", *arguments), arguments, strict=False):
        name, _, value = word.partition("=")
        if before == "--repo":
            yield str(HERE / Path(word).expanduser())
        else:
            yield f"--repo={HERE / Path(value).expanduser()}" if name == "--repo" and value else word


def test(*arguments: str) -> None:
    """Run the tests on a real Valkey and a real PostgreSQL that the suite starts itself; `test --quick` those of a minute."""
    setup()
    need_room(Path(tempfile.gettempdir()), TEST_MEGABYTES, "A run of the tests")
    line = [PYTHON, "-m", "pytest", "--dist", "worksteal", "-n"]
    if "--quick" not in arguments:
        call(*line, str(WORKERS), *arguments)
        return
    call(*line, str(CORES), "-m", "not slow", *QUICK, *(word for word in arguments if word != "--quick"))
    used = os.times().children_user + os.times().children_system
    if used > QUICK_PROCESSOR_SECONDS:
        sys.exit(
            f"The quick tests took {used:.0f} s of processor time, and may take {QUICK_PROCESSOR_SECONDS}: mark what is slow."
        )


def check(*_: str) -> None:
    """ruff, mypy --strict, import contracts, then the tests."""
    lint()
    test()


def lint(*_: str) -> None:
    """The fast half of `check`: ruff, mypy --strict and the import contracts."""
    setup()
    call(PYTHON, "-m", "ruff", "check", ".")
    call(PYTHON, "-m", "ruff", "format", "--check", ".")
    call(PYTHON, "-m", "mypy")
    call(ENVIRONMENT / "bin" / "lint-imports", "--no-cache")


def bench(*arguments: str) -> None:
    """Measure the bot against the model's own time; `bench engine`, `cost`, `repos`, `locks`, `finding` and `checks` measure parts."""
    setup()
    benches = {
        "engine": "tests.bench_engine",
        "cost": "tests.bench_cost",
        "repos": "tests.bench_repos",
        "locks": "tests.bench_locks",
        "finding": "tests.finding.bench",
        "checks": "tests.bench_checks",
    }
    if arguments and arguments[0] in benches:
        call(PYTHON, "-m", benches[arguments[0]], *arguments[1:])
    else:
        call(PYTHON, "-m", "tests.bench", *arguments)


def soak(*arguments: str) -> None:
    """Let everything fail at random: `soak --minutes 10`, `--seed N` plays it again, `--hosts` with each process on its own."""
    setup()
    call(PYTHON, "-m", "tests.faults.soak", *arguments)


def lock(*arguments: str) -> None:
    """Write requirements/*.txt anew: hashed, for every supported Python and platform, naming no registry."""
    if not ensure_uv():
        sys.exit("uv has no wheel for this machine; run `lock` on Linux or macOS.")
    shared = [
        "--all-extras",
        "--universal",
        "--generate-hashes",
        "--no-emit-index-url",
        "--no-annotate",
        "--python-version",
        "3.11",
    ]
    shared += ["--custom-compile-command", "python3 dev.py lock", "--quiet", *arguments]
    call(UV, "pip", "compile", *shared, "pyproject.toml", "-o", LOCKS / "run.txt")
    call(UV, "pip", "compile", *shared, "pyproject.toml", "--group", "dev", "-o", LOCKS / "dev.txt")


def audit(*_: str) -> None:
    """Hold the locked packages against the published advisories (PyPI's and OSV's); needs the internet."""
    if not ensure_uv():
        sys.exit("uv has no wheel for this machine; run `audit` on Linux or macOS.")
    tool = [UV, "tool", "run", "--quiet", "--from", f"pip-audit=={PIP_AUDIT_VERSION}", "pip-audit", "--strict"]
    call(*tool, "--disable-pip", "--require-hashes", "--requirement", LOCKS / "run.txt")


def sbom(*_: str) -> None:
    """Write dist/sbom.cdx.json (CycloneDX, with licences) of what an installation holds; fails unless it equals the lock."""
    if not ensure_uv():
        sys.exit("uv has no wheel for this machine; run `sbom` on Linux or macOS.")
    os.environ.update(UV_PYTHON_DOWNLOADS="never", UV_LINK_MODE="copy", UV_SYSTEM_CERTS="true")
    installed, written = TOOLS / "run", ROOT / "dist" / "sbom.cdx.json"
    written.parent.mkdir(exist_ok=True)
    call(UV, "venv", "--quiet", "--clear", "--python", sys.executable, installed)
    call(UV, "pip", "sync", "--quiet", "--require-hashes", "--python", installed / "bin" / "python", LOCKS / "run.txt")
    tool = [
        UV,
        "tool",
        "run",
        "--quiet",
        "--from",
        f"cyclonedx-bom=={CYCLONEDX_VERSION}",
        "cyclonedx-py",
        "environment",
    ]
    call(*tool, "--of", "JSON", "-o", written, installed / "bin" / "python")
    components = json.loads(written.read_text())["components"]
    locked = {_pin(line) for line in (LOCKS / "run.txt").read_text().splitlines() if "==" in line.partition(" ")[0]}
    strange = sorted({_pin(f"{one['name']}=={one['version']}") for one in components} - locked)
    if strange:
        sys.exit(f"The lock file does not hold what is installed: {', '.join(strange)}")
    for one in sorted(components, key=lambda one: str(one["name"]).lower()):
        said = [
            each.get("expression") or each["license"].get("id") or each["license"]["name"]
            for each in one.get("licenses", [])
        ]
        print(
            f"{one['name']} {one['version']}: {', '.join(sorted(set(said))) or 'no licence is named in its metadata'}"
        )
    print(f"{len(components)} packages, each as the lock file says: {written.relative_to(ROOT)}")


def _pin(line: str) -> str:
    """A name in its normal form, and its version."""
    name, _, version = line.partition(" ")[0].partition("==")
    return f"{re.sub('[-_.]+', '-', name.partition('[')[0]).lower()}=={version}"


COMMANDS: dict[str, Callable[..., None]] = {
    word.__name__: word for word in (run, test, setup, check, lint, bench, soak, lock, audit, sbom)
}


def main() -> None:
    word, *arguments = sys.argv[1:] or ["help"]
    if word not in COMMANDS:
        print("usage: python3 dev.py WORD [arguments]\n")
        for name, command in COMMANDS.items():
            print(f"  {name:<6} {(command.__doc__ or '').splitlines()[0]}")
        sys.exit(0 if word in ("help", "-h", "--help") else 2)
    os.chdir(ROOT)
    try:
        COMMANDS[word](*arguments)
    except KeyboardInterrupt:
        sys.exit(130)


if __name__ == "__main__":
    main()
