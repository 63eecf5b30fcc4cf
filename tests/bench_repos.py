"""How fast a large repository is indexed and searched: `python3 dev.py bench repos`.

About a million lines from the packages that are installed here become one repository. Searches run beside ripgrep on the same files
in the same run; ripgrep is Debian's package of that name.
"""

from __future__ import annotations

import argparse
import random
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bot.capabilities.team_code.code import CodeQuery
from storage.repos.index import CodeIndex
from storage.repos.sync import Job
from tests.repositories import MadeRepository

LINES = 1_000_000
SUFFIXES = {".py", ".pyi", ".js", ".ts", ".md", ".rst", ".txt", ".toml", ".c", ".h"}
QUERIES = 200
PATTERN = re.compile(rb"[A-Za-z_]{5,}(?:[ .(][A-Za-z_]+)?")


def collect(target: Path) -> dict[str, bytes]:
    """Files of the installed packages, up to LINES lines, written under `target` as well for ripgrep."""
    site = next(Path(sys.prefix, "lib").glob("python3*")) / "site-packages"
    files: dict[str, bytes] = {}
    lines = 0
    for path in sorted(site.rglob("*")):
        if path.suffix in SUFFIXES and path.is_file() and lines < LINES:
            data = path.read_bytes()
            files[str(path.relative_to(site))] = data
            lines += data.count(b"\n")
    for name, data in files.items():
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        (target / name).write_bytes(data)
    print(f"{len(files):,} files, {lines:,} lines, {sum(map(len, files.values())) / 1e6:.0f} MB")
    return files


def build(made: MadeRepository, index: Path) -> tuple[float, float, int]:
    """Seconds, peak megabytes, and lines of progress of the real process that indexes."""
    job = Job(folder=made.folder, index=index)
    started = time.monotonic()
    command = [sys.executable, "-m", "storage.repos.sync"]
    ran = subprocess.run(command, input=job.model_dump_json().encode(), capture_output=True, check=True)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return time.monotonic() - started, peak, ran.stdout.count(b"progress")


def timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return (time.perf_counter() - started) * 1000


def line(name: str, milliseconds: Sequence[float]) -> str:
    ordered = sorted(milliseconds)
    p95 = ordered[int(len(ordered) * 0.95)]
    return f"{name:<34} p50 {statistics.median(ordered):>7.1f} ms   p95 {p95:>7.1f} ms   max {ordered[-1]:>7.1f} ms"


def measure() -> None:
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder) / "tree"
        files = collect(tree)
        made = MadeRepository(Path(folder) / "big.git")
        made.commit(files)
        index = Path(folder) / "index.db"
        seconds, peak, told = build(made, index)
        size = index.stat().st_size / 1e6
        print(
            f"full index                         {seconds:.1f} s, peak {peak:.0f} MB, {size:.0f} MB on disk, told {told} times"
        )
        name = next(iter(files))
        made.commit({name: files[name] + b"\nadded_by_the_bench = 1\n"})
        seconds, _, _ = build(made, index)
        print(f"after a one-file commit            {seconds:.2f} s, the process's own start included")
        opened = CodeIndex.open(index, made.head)
        if opened is None:
            raise SystemExit("the index was not built")
        assert opened.definitions("added_by_the_bench")
        chosen = random.Random(7)
        texts = chosen.sample(list(files.values()), 400)
        words = [word for data in texts for word in PATTERN.findall(data)[:400]]
        patterns = [word.decode() for word in chosen.sample(words, QUERIES)]
        print(line("literal search", [timed(partial(fresh, index, made.head, one)) for one in patterns]))
        if rg := shutil.which("rg"):
            command = [rg, "-S", "-F", "-n", str(tree), "-e"]
            run = partial(subprocess.run, capture_output=True, check=False)
            print(line("ripgrep, the same patterns", [timed(partial(run, [*command, one])) for one in patterns]))
        names = [one.name for one, _ in opened.ranked("", 2_000)]
        picked = [chosen.choice(names) for _ in range(QUERIES)]
        print(line("symbol lookup", [timed(partial(opened.definitions, one)) for one in picked]))
        print(
            line("references of a common name", [timed(partial(opened.references, one, "", 50)) for one in names[:40]])
        )
        known = re.findall(r"[a-z]{4,}", " ".join(picked).lower())
        questions = [" ".join(chosen.sample(known, 6)) for _ in range(50)]
        print(line("plain words", [timed(partial(opened.candidates, one, "", 40)) for one in questions]))


def fresh(index: Path, head: str, pattern: str) -> None:
    """One search as a tool makes it: opening the index is part of it."""
    opened = CodeIndex.open(index, head)
    if opened:
        opened.search(CodeQuery(pattern))
        opened.close()


def main(arguments: Sequence[str]) -> None:
    argparse.ArgumentParser(prog="dev.py bench repos").parse_args(arguments)
    measure()


if __name__ == "__main__":
    main(sys.argv[1:])
