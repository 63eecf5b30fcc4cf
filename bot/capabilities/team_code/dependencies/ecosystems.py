"""The ecosystems by the names that people give them, how each writes a package's name, and when a range leaves no choice."""

from __future__ import annotations

import re
from functools import lru_cache

OTHER_NAMES = {
    "python": ("pypi", "pip", "py", "poetry", "uv", "pipenv", "pdm"),
    "node": ("npm", "javascript", "typescript", "js", "ts", "nodejs", "node.js", "pnpm", "yarn", "bun"),
    "go": ("golang",),
    "rust": ("cargo", "crates", "crates.io"),
    "ruby": ("gem", "gems", "rubygems", "bundler", "rails"),
    "php": ("composer", "packagist"),
    "java": ("maven", "gradle", "kotlin", "jvm", "scala", "groovy", "android"),
    "dotnet": ("nuget", ".net", "csharp", "c#", "fsharp", "f#", "net"),
    "elixir": ("hex", "mix", "erlang"),
    "deno": ("jsr",),
    "dart": ("pub", "flutter", "pub.dev"),
    "swift": ("swiftpm", "spm", "ios"),
    "cocoapods": ("pod", "pods", "cocoapod"),
    "conda": ("conda-forge", "mamba", "anaconda"),
}
NAMES = tuple(OTHER_NAMES)
BY_NAME = {other: name for name, others in OTHER_NAMES.items() for other in (name, *others)}

TOGETHER = {
    "python": frozenset({"python", "conda"}),
    "deno": frozenset({"deno", "node"}),
    "swift": frozenset({"swift", "cocoapods"}),
}
"""Conda packages are mostly Python's own; Deno takes packages from npm as well; an app takes Swift's from either."""

RUNTIMES = {
    "node": frozenset({"node", "npm", "pnpm", "yarn", "bun"}),
    "java": frozenset({"java", "kotlin", "gradle", "scala", "sbt"}),
    "elixir": frozenset({"elixir", "erlang"}),
    "ruby": frozenset({"ruby", "bundler"}),
    "dart": frozenset({"dart", "flutter"}),
    "conda": frozenset({"python"}),
}

RUNTIME_NAMES = {
    "nodejs": "node", "golang": "go", "net": "dotnet", "netcore": "dotnet", "netsdk": "dotnet", "dotnetcore": "dotnet", "jdk": "java",
    "jvm": "java", "openjdk": "java", "otp": "erlang", "rustc": "rust", "cpython": "python", "py": "python", "gradlew": "gradle",
}  # fmt: skip
ALL_RUNTIMES = frozenset({"python", "go", "rust", "ruby", "php", "dotnet", "deno", "swift"}.union(*RUNTIMES.values()))

EXACT = {
    "python": re.compile(r"(?:\[[^]]*\])?\s*\(?\s*={2,3}\s*(?P<version>[^\s,;*()]+)\)?\s*(?:;.*)?$"),
    "node": re.compile(r"(?:npm:(?:@[^/@\s]+/)?[^@\s]+@)?[=v]*\s*(?P<version>\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)$"),
    "rust": re.compile(r"=\s*(?P<version>\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)$"),
    "ruby": re.compile(r"(?:=\s*)?(?P<version>\d[\w.-]*)$"),
    "php": re.compile(r"(?:==?\s*)?(?P<version>v?\d+\.\d+(?:\.\d+)+(?:[-+][\w.+-]+)?)$"),
    "java": re.compile(r"\[?(?P<version>\d(?:[\w.+-]*\w)?)\]?(?:!!)?$"),
    "dotnet": re.compile(r"\[\s*(?P<version>\d[\w.+-]*)\s*\]$"),
    "elixir": re.compile(r"(?:==\s*)?(?P<version>\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)$"),
    "deno": re.compile(r"(?P<version>\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)$"),
    "dart": re.compile(r"(?P<version>\d+\.\d+\.\d+(?:[-+][\w.+-]+)?)$"),
    "swift": re.compile(r"exactly (?P<version>\S+)$"),
    "cocoapods": re.compile(r"(?:=\s*)?(?P<version>\d[\w.-]*)$"),
    "conda": re.compile(r"==\s*(?P<version>[^\s=,|*]+)$"),
}
"""What each ecosystem's own rules read as one version. A bare `1.2.3` is exact for npm, Bundler, Hex and pub, at least that for
Cargo and NuGet; Maven calls it soft, but what a project asks for itself is what it gets."""
WHERE = re.compile(r" \((?:(?:managed|catalog) in [^()]*|from [^()]*|strictly)\)$")


def ecosystem(asked: str) -> str | None:
    """The ecosystem that is meant; "" for none in particular, None for one that is not known."""
    text = asked.strip().lower()
    return BY_NAME.get(text) if text and text not in ("all", "any", "*") else ""


def belongs(fact: str, asked: str) -> bool:
    return not asked or fact == asked or fact in TOGETHER.get(asked, ())


def runtime_named(name: str) -> str:
    """The runtime that people mean by a name; "" where it is none."""
    text = re.sub(r"[\s._-]+", "", name.lower())
    return text if text in ALL_RUNTIMES else RUNTIME_NAMES.get(text, "")


def runtimes_of(ecosystem: str) -> frozenset[str]:
    return RUNTIMES.get(ecosystem, frozenset({ecosystem}))


def exact(ecosystem: str, wanted: str) -> str:
    """The one version that a declaration names, or ""; from where it took it does not matter."""
    wanted = WHERE.sub("", wanted)
    found = EXACT[ecosystem].match(wanted.strip()) if ecosystem in EXACT and len(wanted) < 300 else None
    return found["version"] if found else ""


@lru_cache(maxsize=100_000)
def plain(name: str) -> str:
    """Letters of any case, and one kind of separator for all: what PEP 503 does, for every ecosystem."""
    return re.sub(r"[-_.\s]+", "-", name.strip().lower())


@lru_cache(maxsize=100_000)
def squeezed(name: str) -> str:
    """Without separators: `django-rest-framework` is published as djangorestframework."""
    return re.sub(r"[-_.\s]+", "", name.lower())


@lru_cache(maxsize=100_000)
def run_together(name: str) -> str:
    """With its owner, without any separator: people say `laravel framework` and `org slf4j slf4j-api`."""
    return re.sub(r"[-_.\s/:@]+", "", name.lower())


@lru_cache(maxsize=100_000)
def last(name: str) -> str:
    """The part that people say: of go.uber.org/zap, org.slf4j:slf4j-api, monolog/monolog, @nestjs/core; a Go major is passed over."""
    parts = re.split(r"[/:]", re.sub(r"(?:/v\d+|\.v\d+)$", "", name.lower()))
    return plain(parts[-1])
