"""Which language a file is in, and which of them have their definitions known: a tree-sitter grammar each.

A language that has none is searched and read as text, without symbols.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache

from tree_sitter import Language, Parser, Query

from storage.repos import queries
from storage.repos.components import COMPONENTS


@dataclass(frozen=True, slots=True)
class Grammar:
    """`package` is the wheel that holds it, `function` its entry."""

    package: str
    query: str
    function: str = "language"


GRAMMARS = {
    "python": Grammar("tree_sitter_python", queries.PYTHON),
    "javascript": Grammar("tree_sitter_javascript", queries.JAVASCRIPT),
    "typescript": Grammar("tree_sitter_typescript", queries.TYPESCRIPT, "language_typescript"),
    "tsx": Grammar("tree_sitter_typescript", queries.TYPESCRIPT, "language_tsx"),
    "go": Grammar("tree_sitter_go", queries.GO),
    "rust": Grammar("tree_sitter_rust", queries.RUST),
    "java": Grammar("tree_sitter_java", queries.JAVA),
    "sql": Grammar("tree_sitter_sql", queries.SQL),
    "ruby": Grammar("tree_sitter_ruby", queries.RUBY),
    "php": Grammar("tree_sitter_php", queries.PHP, "language_php"),
    "c#": Grammar("tree_sitter_c_sharp", queries.C_SHARP),
    "kotlin": Grammar("tree_sitter_kotlin", queries.KOTLIN),
    "c": Grammar("tree_sitter_c", queries.C),
    "c++": Grammar("tree_sitter_cpp", queries.CPP),
    "elixir": Grammar("tree_sitter_elixir", queries.ELIXIR),
    "swift": Grammar("tree_sitter_swift", queries.SWIFT),
    "shell": Grammar("tree_sitter_bash", queries.SHELL),
    "terraform": Grammar("tree_sitter_hcl", queries.TERRAFORM),
    "hcl": Grammar("tree_sitter_hcl", queries.TERRAFORM),
    "scala": Grammar("tree_sitter_scala", queries.SCALA),
    "lua": Grammar("tree_sitter_lua", queries.LUA),
    "zig": Grammar("tree_sitter_zig", queries.ZIG),
}

EXTENSIONS = {
    "py": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "ts": "typescript", "mts": "typescript", "cts": "typescript", "tsx": "tsx", "go": "go", "rs": "rust",
    "java": "java", "sql": "sql", "rb": "ruby", "rake": "ruby", "gemspec": "ruby", "ru": "ruby", "php": "php",
    "cs": "c#", "kt": "kotlin", "kts": "kotlin", "c": "c", "h": "c", "cc": "c++", "cpp": "c++", "cxx": "c++",
    "hpp": "c++", "hh": "c++", "md": "markdown", "mdx": "markdown", "rst": "restructuredtext", "adoc": "asciidoc",
    "txt": "text", "yml": "yaml", "yaml": "yaml", "json": "json", "toml": "toml", "ini": "ini", "cfg": "ini",
    "sh": "shell", "bash": "shell", "ksh": "shell", "bats": "shell", "html": "html", "css": "css", "scss": "css",
    "vue": "vue", "svelte": "svelte", "astro": "astro", "proto": "protobuf", "graphql": "graphql", "tf": "terraform",
    "tofu": "terraform", "hcl": "hcl", "xml": "xml", "gradle": "gradle", "swift": "swift", "scala": "scala",
    "sc": "scala", "sbt": "scala", "dart": "dart", "ipp": "c++", "inl": "c++", "ex": "elixir", "exs": "elixir",
    "lua": "lua", "dockerfile": "dockerfile", "zig": "zig", "groovy": "groovy", "hs": "haskell", "r": "r",
    "jl": "julia", "erl": "erlang",
    "clj": "clojure", "cljs": "clojure", "ps1": "powershell", "mm": "objective-c", "pl": "perl", "pm": "perl",
    "fs": "f#", "vb": "visual basic", "nim": "nim", "sol": "solidity", "cr": "crystal", "ml": "ocaml", "mli": "ocaml", "nix": "nix",
    "gql": "graphql", "graphqls": "graphql", "cmake": "cmake", "erb": "erb",
    "razor": "razor", "cshtml": "razor",
}  # fmt: skip

DOCUMENTS = frozenset({"markdown", "restructuredtext", "asciidoc", "text"})
NAMED = {
    "dockerfile": "dockerfile",
    "makefile": "make",
    "rakefile": "ruby",
    "gemfile": "ruby",
    "jenkinsfile": "groovy",
    "readme": "text",
    "license": "text",
}


def language_of(path: str) -> str:
    """The language of a file by its name, or ""."""
    name = path.rsplit("/", 1)[-1].lower()
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem:
        return NAMED.get(name, "")
    return EXTENSIONS.get(extension, NAMED.get(stem, ""))


def has_symbols(language: str) -> bool:
    """Whether definitions of this language are known at all."""
    return language in GRAMMARS or language in COMPONENTS or language == "protobuf"


@cache
def load(language: str) -> tuple[Parser, Query] | None:
    """The parser and the query of a language; None for one without a grammar. Not for two threads at once.

    Besides definitions the query captures comments and strings as @quiet, and what is code again within a string as @loud.
    """
    grammar = GRAMMARS.get(language)
    if grammar is None:
        return None
    loaded = Language(getattr(importlib.import_module(grammar.package), grammar.function)())
    return Parser(loaded), Query(loaded, f"{grammar.query}\n{_quiet(loaded)}")


def _quiet(language: Language) -> str:
    """By the names of a grammar's nodes, which all call a comment and a string what it is."""
    numbers = range(language.node_kind_count)
    kinds = {
        language.node_kind_for_id(number) or ""
        for number in numbers
        if language.node_kind_is_named(number) and language.node_kind_is_visible(number)
    }
    still = sorted(kind for kind in kinds if "comment" in kind or "string" in kind)
    code = sorted(kinds & {"interpolation", "template_substitution"})
    patterns = [f"({kind}) @quiet" for kind in still] + [f"({kind}) @loud" for kind in code]
    return "\n".join(patterns)
