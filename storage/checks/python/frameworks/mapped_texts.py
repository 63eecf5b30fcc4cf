"""What SQLAlchemy's models name in texts: classes and their attributes in relationships, tables and columns in keys, indexes and
constraints. Nothing looks at these before the mappers are configured.
https://docs.sqlalchemy.org/en/20/orm/relationship_api.html, https://docs.sqlalchemy.org/en/20/core/constraints.html
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cached_property

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.python.snippet import parsed
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.frameworks import mapped
from storage.checks.python.library.library import near
from storage.checks.python.meaning import made
from storage.checks.python.meaning.sight import Sight

LOADING = frozenset(
    "select joined selectin subquery raise raise_on_sql noload dynamic write_only immediate select_in".split()
)
CASCADES = frozenset("save-update merge expunge delete delete-orphan refresh-expire all none".split())
EXPRESSIONS = frozenset(["foreign_keys", "remote_side", "order_by", "primaryjoin", "secondaryjoin"])
COLUMNS = frozenset(["Index", "UniqueConstraint", "PrimaryKeyConstraint"])
BROUGHT = frozenset(["metadata", "registry", "query", "query_class"])
"""Attributes that a declarative base brings."""

MAPPED = re.compile(r"__tablename__|\b(?:Column|mapped_column|relationship)\(")
"""What only a class of SQLAlchemy's has."""

TABLE = re.compile(r"__tablename__\s*(?::\s*str\s*)?=\s*['\"](\w+)['\"]|\bTable\(\s*['\"](\w+)['\"]")
CLASS = re.compile(r"^\s*class (\w+)", re.M)
Said = tuple[int, str]


class MappedTexts:
    """For one opened document. `words` are those of the team's tree."""

    def __init__(self, sight: Sight, words: str) -> None:
        self._sight = sight
        self._words = words
        self._text = f"{sight.text}\n{words}"
        self._names = mapped.Names(sight, words)
        self._version = sight.library.environment.versions.get("sqlalchemy", "")

    @cached_property
    def _classes(self) -> frozenset[str]:
        return frozenset(CLASS.findall(self._text))

    def unknown(self, lines: range) -> Iterator[Finding]:
        """For these lines of the text, from 1; lines of the findings count from 0."""
        if not self._version:
            return
        for node in self._sight.nodes(ast.ClassDef):
            if node.lineno not in lines or made.is_partial(node, self._sight.lines):
                continue
            for call in (one for each in node.body for one in ast.walk(each) if isinstance(one, ast.Call)):
                for line, said in self._wrong(node, call):
                    yield Finding(line - 1, "argument", said, "sqlalchemy", self._version)
        yield from self._attributes(lines)

    def _wrong(self, node: ast.ClassDef, call: ast.Call) -> Iterator[Said]:
        name = ast.unparse(call.func).rpartition(".")[2]
        if name == "relationship":
            yield from self._relationship(node, call)
        elif name == "ForeignKey" and call.args and (said := self._foreign_key(call.args[0])):
            yield call.args[0].lineno, said
        elif name in COLUMNS and any(isinstance(one, ast.Assign) for one in self._around(node, call)):
            has = self._columns(node)
            for one in call.args[1:] if name == "Index" else call.args:
                text = _text(one)
                if has is not None and re.fullmatch(r"\w+", text) and text not in has:
                    yield one.lineno, wording.attribute(node.name, text, "", near(text, has))

    @staticmethod
    def _around(node: ast.ClassDef, call: ast.Call) -> list[ast.stmt]:
        """The statement of a class's `__table_args__` that a call stands in."""
        return [
            one
            for one in node.body
            if isinstance(one, ast.Assign)
            and ast.unparse(one.targets[0]) == "__table_args__"
            and one.lineno <= call.lineno <= (one.end_lineno or one.lineno)
        ]

    # --- relationships ----------------------------------------------------------------------------------------------

    def _relationship(self, node: ast.ClassDef, call: ast.Call) -> Iterator[Said]:
        words = {one.arg: one.value for one in call.keywords if one.arg}
        target = self._target(node, call)
        first = call.args[0] if call.args else words.get("argument")
        name = _text(first)
        guess = near(name, self._classes) if name.isidentifier() and name not in self._classes else ""
        if first is not None and guess:
            yield first.lineno, f"no class is called `{name}`; did you mean `{guess}`?"
        if target and (asked := words.get("back_populates")) is not None:
            yield from self._lacking(target, _text(asked), asked.lineno)
        for word in EXPRESSIONS & set(words):
            yield from self._expression(words[word])
        for word, known, split in (("lazy", LOADING, r"\s+"), ("cascade", CASCADES, r"\s*,\s*")):
            value = words.get(word)
            for text in re.split(split, _text(value).strip()) if value is not None and _text(value) else ():
                if text and text not in known:
                    guess = near(text, known)
                    said = f"`relationship` knows no `{word}` {text!r} in sqlalchemy {self._version}"
                    yield value.lineno if value else 0, said + (f"; did you mean {guess!r}?" if guess else "")

    def _target(self, node: ast.ClassDef, call: ast.Call) -> str:
        """The class that a relationship leads to, by what it is given or annotated with."""
        if call.args:
            return _text(call.args[0]) or (call.args[0].id if isinstance(call.args[0], ast.Name) else "")
        for one in node.body:
            if isinstance(one, ast.AnnAssign) and one.value is call:
                named = [each for each in re.findall(r"\w+", ast.unparse(one.annotation)) if each in self._classes]
                return named[0] if len(named) == 1 else ""
        return ""

    def _lacking(self, of: str, name: str, line: int) -> Iterator[Said]:
        home = self._sight.own_definition(of)
        has = self._names.of(home.node) if home is not None and isinstance(home.node, ast.ClassDef) else None
        if home is None or has is None or not name.isidentifier() or name in has | BROUGHT:
            return
        guess = near(name, [one for one in has if one[:1] != "_"])
        is_shown = mapped.is_theirs(self._sight, home) and home.path == self._sight.path
        if (guess or is_shown) and not mapped.is_given(name, self._relations_of(name)):
            yield line, wording.attribute(of, name, "", guess)

    def _relations_of(self, name: str) -> str:
        """The words, without the `back_populates` that only names the attribute."""
        return re.sub(rf"back_populates\s*=\s*['\"]{re.escape(name)}['\"]", "", self._text)

    def _expression(self, value: ast.expr) -> Iterator[Said]:
        root = parsed(_text(value)) if _text(value) else None
        for one in ast.walk(root) if root is not None else ():
            if isinstance(one, ast.Attribute) and isinstance(one.value, ast.Name) and one.value.id in self._classes:
                yield from self._lacking(one.value.id, one.attr, value.lineno)

    # --- tables and columns -----------------------------------------------------------------------------------------

    def _tables(self) -> dict[str, str]:
        """The classes of all tables by their names; "" of one that is no class's."""
        found: dict[str, str] = {}
        owner = ""
        for line in self._text.split("\n"):
            if name := re.match(r"\s*class (\w+)", line):
                owner = name[1]
            if table := TABLE.search(line):
                found[table[1] or table[2]] = owner if table[1] else ""
        return found

    def _columns(self, node: ast.ClassDef) -> frozenset[str] | None:
        has = self._names.of(node)
        named = set(re.findall(r"\b(?:Column|mapped_column)\(\s*['\"](\w+)['\"]", ast.unparse(node)))
        return frozenset(has | named) if has is not None else None

    def _foreign_key(self, node: ast.expr) -> str:
        table, _, column = _text(node).rpartition(".")
        table = table.rpartition(".")[2]
        tables = self._tables()
        if not table or not column or not tables:
            return ""
        if table not in tables:
            guess = near(table, tables)
            return f"no table is called `{table}`; did you mean `{guess}`?" if guess else ""
        home = self._sight.own_definition(tables[table]) if tables[table] else None
        has = self._columns(home.node) if home is not None and isinstance(home.node, ast.ClassDef) else None
        if has is None or column in has:
            return ""
        guess = near(column, [one for one in has if one[:1] != "_"])
        return f"table `{table}` has no column `{column}`" + (f"; did you mean `{guess}`?" if guess else "")

    # --- attributes of classes that an untyped base makes ------------------------------------------------------------

    def _attributes(self, lines: range) -> Iterator[Finding]:
        if not self._version.startswith("1."):
            return
        for node in self._sight.nodes(ast.Attribute):
            match node:
                case ast.Attribute(value=ast.Name(id=of), attr=name, ctx=ast.Load()) if (
                    node.lineno in lines
                    and of[:1].isupper()
                    and of in self._classes
                    and not name.startswith("_")
                    and name not in BROUGHT
                ):
                    home = self._sight.own_definition(of)
                    if (
                        home is None
                        or not isinstance(home.node, ast.ClassDef)
                        or not mapped.is_theirs(self._sight, home)
                    ):
                        continue
                    has = self._names.of(home.node) if MAPPED.search(ast.unparse(home.node)) else None
                    if has is not None and name not in has and not mapped.is_given(name, self._text):
                        said = wording.attribute(of, name, "", near(name, [one for one in has if one[:1] != "_"]))
                        yield Finding((node.end_lineno or node.lineno) - 1, "attribute", said)
                case _:
                    continue


def _text(node: ast.expr | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
