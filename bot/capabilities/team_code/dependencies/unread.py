"""Files that hold versions and are known by name only: what nobody reads here is named, so that it is never taken for absent."""

from __future__ import annotations

from fnmatch import fnmatchcase

JVM, C_AND_CPP = "java", "c"
BY_NAME = {
    "bun.lockb": "node", "npm-shrinkwrap.yaml": "node", "bower.json": "node",
    "Cartfile": "swift", "Cartfile.resolved": "swift", "ivy.xml": JVM, "deps.edn": "clojure",
    "project.clj": "clojure", "dependencies.lock": JVM, "maven_install.json": JVM,
    "paket.dependencies": "dotnet", "paket.lock": "dotnet", "project.assets.json": "dotnet", "rebar.config": "elixir",
    "rebar.lock": "elixir", "gleam.toml": "gleam", "manifest.toml": "gleam", "stack.yaml": "haskell", "stack.yaml.lock": "haskell",
    "cabal.project.freeze": "haskell", "package.yaml": "haskell", "conanfile.txt": C_AND_CPP, "conanfile.py": C_AND_CPP,
    "conan.lock": C_AND_CPP, "vcpkg.json": C_AND_CPP, "vcpkg-configuration.json": C_AND_CPP, "renv.lock": "r", "DESCRIPTION": "r",
    "Manifest.toml": "julia", "Project.toml": "julia", "shard.yml": "crystal", "shard.lock": "crystal", "elm.json": "elm",
    "dune-project": "ocaml", "flake.lock": "nix", "flake.nix": "nix", "Chart.yaml": "helm", "Chart.lock": "helm",
    ".terraform.lock.hcl": "terraform", "MODULE.bazel": "bazel", "MODULE.bazel.lock": "bazel", "WORKSPACE": "bazel",
    "meta.yaml": "conda", "recipe.yaml": "conda", "build.zig.zon": "zig", "Puppetfile": "puppet",
    "Berksfile": "chef", "Berksfile.lock": "chef", "Policyfile.rb": "chef", "dub.json": "d", "dub.sdl": "d", "dub.selections.json": "d",
    "Mintfile": "swift", "Project.swift": "swift", "buf.yaml": "protobuf", "buf.lock": "protobuf", "devbox.json": "nix",
    "devbox.lock": "nix", "spago.yaml": "purescript", "spago.lock": "purescript", "packages.dhall": "purescript",
    "foundry.toml": "solidity", "Move.toml": "move", "Scarb.toml": "cairo", "Scarb.lock": "cairo",
    "bb.edn": "clojure", "shadow-cljs.edn": "clojure", "pnpm-workspace.yml": "node", "package.json5": "node",
    "galaxy.yml": "ansible", "Brewfile": "homebrew", "Brewfile.lock.json": "homebrew", "rush.json": "node",
    "cpanfile": "perl", "cpanfile.snapshot": "perl", "Gopkg.toml": "go", "Gopkg.lock": "go", "glide.lock": "go",
}  # fmt: skip
BY_PATTERN = (
    ("*.cabal", "haskell"), ("*.opam", "ocaml"), ("*.rockspec", "lua"), ("*.nimble", "nim"),
    ("*.nuspec", "dotnet"), ("*.wrap", C_AND_CPP),
)  # fmt: skip
LOCKS = (
    ".lock", ".lockb", ".locked", ".resolved", ".freeze", ".snapshot", ".lock.hcl", "maven_install.json", ".lock.yaml", "/Manifest.toml"
)  # fmt: skip
"""How those end that hold exact versions."""


def is_lock(path: str) -> bool:
    return path.endswith(LOCKS)


def recognised(path: str) -> str | None:
    """The ecosystem of a file that is known and not understood; None for every other one."""
    name = path.rpartition("/")[2]
    if name in BY_NAME:
        return BY_NAME[name]
    return next((ecosystem for pattern, ecosystem in BY_PATTERN if fnmatchcase(name, pattern)), None)
