"""The languages whose definitions are known: which files they are, and what defines something in them (tree-sitter queries).

A query captures a whole definition under its kind (`@function`, `@class`, ...) and the name in it as `@name`. A language that is
not here is searched and read as text, without symbols.
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from functools import cache

from tree_sitter import Language, Parser, Query

PYTHON = """
(class_definition name: (identifier) @name) @class
(function_definition name: (identifier) @name) @function
(module (expression_statement (assignment left: (identifier) @name)) @constant)
(class_definition body: (block (expression_statement (assignment left: (identifier) @name)) @attribute))
(type_alias_statement left: (type (identifier) @name)) @type
"""
JAVASCRIPT = """
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(class_declaration name: (_) @name) @class
(class name: (_) @name) @class
(method_definition name: (_) @name) @method
(field_definition property: (_) @name value: [(arrow_function) (function_expression)]) @method
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (variable_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @constant))
(lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])) @function
(variable_declaration (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])) @function
(expression_statement (assignment_expression left: (member_expression property: (property_identifier) @name)
  right: [(arrow_function) (function_expression)])) @function
(pair key: (property_identifier) @name value: [(arrow_function) (function_expression)]) @method
"""
TYPESCRIPT = """
(function_declaration name: (identifier) @name) @function
(generator_function_declaration name: (identifier) @name) @function
(function_signature name: (identifier) @name) @function
(class_declaration name: (type_identifier) @name) @class
(abstract_class_declaration name: (type_identifier) @name) @class
(interface_declaration name: (type_identifier) @name) @interface
(type_alias_declaration name: (type_identifier) @name) @type
(enum_declaration name: (identifier) @name) @enum
(internal_module name: (_) @name) @module
(method_definition name: (_) @name) @method
(abstract_method_signature name: (_) @name) @method
(public_field_definition name: (_) @name value: [(arrow_function) (function_expression)]) @method
(program (lexical_declaration (variable_declarator name: (identifier) @name)) @constant)
(program (export_statement (lexical_declaration (variable_declarator name: (identifier) @name)) @constant))
(lexical_declaration (variable_declarator name: (identifier) @name value: [(arrow_function) (function_expression)])) @function
(pair key: (property_identifier) @name value: [(arrow_function) (function_expression)]) @method
"""
GO = """
(function_declaration name: (identifier) @name) @function
(method_declaration name: (field_identifier) @name) @method
(type_declaration (type_spec name: (type_identifier) @name)) @type
(type_declaration (type_alias name: (type_identifier) @name)) @type
(source_file (const_declaration (const_spec name: (identifier) @name) @constant))
(source_file (var_declaration (var_spec name: (identifier) @name) @variable))
"""
RUST = """
(function_item name: (identifier) @name) @function
(function_signature_item name: (identifier) @name) @function
(struct_item name: (type_identifier) @name) @struct
(enum_item name: (type_identifier) @name) @enum
(union_item name: (type_identifier) @name) @struct
(trait_item name: (type_identifier) @name) @trait
(impl_item type: (_) @name) @impl
(type_item name: (type_identifier) @name) @type
(mod_item name: (identifier) @name body: (_)) @module
(const_item name: (identifier) @name) @constant
(static_item name: (identifier) @name) @constant
(macro_definition name: (identifier) @name) @macro
"""
JAVA = """
(class_declaration name: (identifier) @name) @class
(interface_declaration name: (identifier) @name) @interface
(enum_declaration name: (identifier) @name) @enum
(record_declaration name: (identifier) @name) @class
(annotation_type_declaration name: (identifier) @name) @interface
(method_declaration name: (identifier) @name) @method
(constructor_declaration name: (identifier) @name) @method
"""
SQL = """
(create_table (object_reference name: (identifier) @name)) @table
(create_view (object_reference name: (identifier) @name)) @view
(create_materialized_view (object_reference name: (identifier) @name)) @view
(create_function (object_reference name: (identifier) @name)) @function
(create_index column: (identifier) @name) @index
(create_type (object_reference name: (identifier) @name)) @type
(create_trigger . (keyword_create) (keyword_trigger) . (object_reference name: (identifier) @name)) @trigger
"""
RUBY = """
(class name: (_) @name) @class
(module name: (_) @name) @module
(method name: (_) @name) @method
(singleton_method name: (_) @name) @method
(assignment left: (constant) @name) @constant
"""
PHP = """
(class_declaration name: (name) @name) @class
(interface_declaration name: (name) @name) @interface
(trait_declaration name: (name) @name) @trait
(enum_declaration name: (name) @name) @enum
(function_definition name: (name) @name) @function
(method_declaration name: (name) @name) @method
"""
C_SHARP = """
(class_declaration name: (identifier) @name) @class
(interface_declaration name: (identifier) @name) @interface
(struct_declaration name: (identifier) @name) @struct
(record_declaration name: (identifier) @name) @class
(enum_declaration name: (identifier) @name) @enum
(method_declaration name: (identifier) @name) @method
(constructor_declaration name: (identifier) @name) @method
(property_declaration name: (identifier) @name) @property
"""
KOTLIN = """
(class_declaration name: (identifier) @name) @class
(object_declaration name: (identifier) @name) @class
(function_declaration name: (identifier) @name) @function
"""
C = """
(function_definition declarator: (function_declarator declarator: (identifier) @name)) @function
(function_definition declarator: (pointer_declarator declarator: (function_declarator declarator: (identifier) @name))) @function
(struct_specifier name: (type_identifier) @name body: (_)) @struct
(enum_specifier name: (type_identifier) @name body: (_)) @enum
(type_definition declarator: (type_identifier) @name) @type
(preproc_function_def name: (identifier) @name) @macro
"""
CPP = (
    C
    + """
(function_definition declarator: (function_declarator declarator: [(field_identifier) (qualified_identifier)] @name)) @method
(class_specifier name: (type_identifier) @name body: (_)) @class
(namespace_definition name: (_) @name) @module
"""
)


@dataclass(frozen=True, slots=True)
class Grammar:
    """`package` is the wheel that holds it, `function` its entry, `comment` what begins a comment line."""

    package: str
    query: str
    function: str = "language"


GRAMMARS = {
    "python": Grammar("tree_sitter_python", PYTHON),
    "javascript": Grammar("tree_sitter_javascript", JAVASCRIPT),
    "typescript": Grammar("tree_sitter_typescript", TYPESCRIPT, "language_typescript"),
    "tsx": Grammar("tree_sitter_typescript", TYPESCRIPT, "language_tsx"),
    "go": Grammar("tree_sitter_go", GO),
    "rust": Grammar("tree_sitter_rust", RUST),
    "java": Grammar("tree_sitter_java", JAVA),
    "sql": Grammar("tree_sitter_sql", SQL),
    "ruby": Grammar("tree_sitter_ruby", RUBY),
    "php": Grammar("tree_sitter_php", PHP, "language_php"),
    "c#": Grammar("tree_sitter_c_sharp", C_SHARP),
    "kotlin": Grammar("tree_sitter_kotlin", KOTLIN),
    "c": Grammar("tree_sitter_c", C),
    "c++": Grammar("tree_sitter_cpp", CPP),
}

EXTENSIONS = {
    "py": "python", "pyi": "python", "js": "javascript", "mjs": "javascript", "cjs": "javascript", "jsx": "javascript",
    "ts": "typescript", "mts": "typescript", "cts": "typescript", "tsx": "tsx", "go": "go", "rs": "rust", "java": "java",
    "sql": "sql", "rb": "ruby", "rake": "ruby", "php": "php", "cs": "c#", "kt": "kotlin", "kts": "kotlin", "c": "c", "h": "c",
    "cc": "c++", "cpp": "c++", "cxx": "c++", "hpp": "c++", "hh": "c++", "md": "markdown", "mdx": "markdown", "rst": "restructuredtext",
    "adoc": "asciidoc", "txt": "text", "yml": "yaml", "yaml": "yaml", "json": "json", "toml": "toml", "ini": "ini", "cfg": "ini",
    "sh": "shell", "bash": "shell", "html": "html", "css": "css", "scss": "css", "vue": "vue", "svelte": "svelte", "proto": "protobuf",
    "graphql": "graphql", "tf": "terraform", "xml": "xml", "gradle": "gradle", "swift": "swift", "scala": "scala", "ex": "elixir",
    "exs": "elixir", "lua": "lua", "dockerfile": "dockerfile",
}  # fmt: skip

DOCUMENTS = frozenset({"markdown", "restructuredtext", "asciidoc", "text"})
NAMED = {
    "dockerfile": "dockerfile",
    "makefile": "make",
    "rakefile": "ruby",
    "gemfile": "ruby",
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
