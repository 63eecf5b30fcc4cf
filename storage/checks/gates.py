"""Which of a checker's diagnostics are believed, and what they are called: the library's real source has the last word.

A type checker knows what was declared. What exists at run time besides (attributes made on the fly, stubs that lack a name, arguments
that decorators add) would make its word a false alarm.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection

from bot.capabilities.checks.python import deprecations, wording
from bot.capabilities.checks.verdicts import Finding, Kind
from storage.checks.library import Library, near
from storage.checks.servers import Diagnostic
from storage.checks.sight import Callable_, Defined, Sight

DYNAMIC = re.compile(
    r"\w+_set|get_\w+_display|get_(?:next|previous)_by_\w+|\w+_id|objects|pk|id|DoesNotExist|MultipleObjectsReturned|_meta|\w+_ptr"
)
"""What Django gives its models when they are made."""

NOTHING_KNOWN = ("object", "None", "Unknown", "Any", "Never", "NoneType", "type", "property", "Divergent")
INJECTING = re.compile(
    r"^(?:app\.|router\.|pytest\.|click\.|typer\.|patch|mock|inject|with_|use_|given|fixture|task|shared_task|celery|flow|cli|command|hookimpl)"
)
SETTINGS = ("BaseSettings",)


def parameters(node: Callable_) -> tuple[list[str], bool]:
    """The names of what may be given, and whether anything else may be as well."""
    if isinstance(node, ast.ClassDef):
        inits = [one for one in node.body if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__")]
        if not inits:
            return [], True
        found = [parameters(one) for one in inits]
        return [name for names, _ in found for name in names], any(is_open for _, is_open in found)
    arguments = node.args
    names = [one.arg for one in (*arguments.args, *arguments.kwonlyargs)]
    rest = arguments.kwarg
    is_open = rest is not None and not (rest.annotation is not None and "_EmptyKwargs" in ast.unparse(rest.annotation))
    return names, is_open


def forms(sight: Sight, home: Defined) -> list[tuple[list[str], bool]]:
    """Every form of an overloaded function, or of a class's own making."""
    tree = sight.root if home.path == sight.path else sight.library.tree(home.path)
    if tree is None or home.node is None:
        return []
    if isinstance(home.node, ast.ClassDef):
        inits = [
            one for one in home.node.body if isinstance(one, ast.FunctionDef) and one.name in ("__init__", "__new__")
        ]
        return [parameters(one) for one in inits]
    for node in ast.walk(tree):
        body = getattr(node, "body", None)
        if isinstance(body, list) and home.node in body:
            kinds = ast.FunctionDef | ast.AsyncFunctionDef
            same = [one for one in body if isinstance(one, kinds) and one.name == home.node.name]
            overloads = [one for one in same if any("overload" in ast.unparse(mark) for mark in one.decorator_list)]
            return [parameters(one) for one in overloads or same]
    return []


class Gates:
    """For one opened document. `elided` are lines of the text, from 1, within calls that leave arguments out."""

    def __init__(self, sight: Sight, own_words: str, is_excerpt: bool, answer_makes: Collection[str] = ()) -> None:
        self._answer_makes = answer_makes
        self._sight = sight
        self._library: Library = sight.library
        self._own_words = own_words
        self._is_excerpt = is_excerpt

    async def finding(self, found: Diagnostic) -> Finding | None:
        """With the line of the text, from 0, as its line."""
        match found.code:
            case "missing-attribute":
                return await self._attribute(found)
            case "missing-module-member" | "missing-module-attribute":
                return await self._member(found)
            case (
                "unknown-argument"
                | "unexpected-keyword"
                | "parameter-already-assigned"
                | "positional-only-parameter-as-kwarg"
            ):
                return await self._keyword(found)
            case "missing-argument":
                return await self._lacking(found)
            case "too-many-positional-arguments" | "bad-argument-count":
                return await self._too_many(found)
            case "no-matching-overload":
                return await self._overload(found)
            case "unused-awaitable" | "unused-coroutine":
                return await self._unawaited(found)
            case "invalid-await" | "not-async":
                return await self._not_awaitable(found)
            case "invalid-context-manager" | "bad-context-manager":
                return await self._context(found)
            case "not-iterable" | "not-subscriptable" | "unsupported-operator":
                return self._coroutine_used(found)
            case "deprecated":
                return await self._deprecated(found)
            case _:
                return None

    def _made(self, found: Diagnostic, kind: Kind, message: str, package: str = "", precise: bool = True) -> Finding:
        return Finding(found.line, kind, message, package, self._library.environment.versions.get(package, ""), precise)

    def _where(self, package: str) -> str:
        version = self._library.environment.versions.get(package, "")
        return f"{package} {version}" if version else ""

    # --- what exists ------------------------------------------------------------------------------------------------

    async def _attribute(self, found: Diagnostic) -> Finding | None:
        node = self._sight.attribute_at(found)
        said = wording.ticked(found.message)
        if node is None or not isinstance(node.ctx, ast.Load) or not said:
            return None
        of, name = wording.short_type(said[0]), node.attr
        if of.startswith(("Coroutine", "AsyncGenerator")):
            return self._made(found, "await", wording.await_before(short(node.value), f"`.{name}`"))
        if (
            of in NOTHING_KNOWN
            or of.startswith(("Awaitable", "def ", "bound method", "Overload", "(", "Literal"))
            or "|" in said[0]
        ):
            return None
        if found.message.startswith(("Function", "Module")):
            return None if found.message.startswith("Function") else await self._module_attribute(found, node, of)
        home = await self._sight.type_named(node.value, of)
        if home is None:
            return None
        if self._sight.is_standard(home):
            return (
                self._made(found, "attribute", wording.attribute(of, name, "", "")) if found.checker == "ty" else None
            )
        if home.node is not None and isinstance(home.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        if not await self._is_believed(home, name, node):
            return None
        others = self._attributes(home)
        return self._made(
            found, "attribute", wording.attribute(of, name, self._where(home.package), near(name, others)), home.package
        )

    async def _is_believed(self, home: Defined, name: str, node: ast.Attribute) -> bool:
        if self._sight.is_own(home):
            return not (
                DYNAMIC.fullmatch(name)
                or re.search(
                    rf"['\"]{re.escape(name)}['\"]|\.{re.escape(name)}\s*(?::[^=\n]+)?=(?!=)|setattr\(", self._own_words
                )
            )
        if not home.package:  # of the block itself, or of one before it
            if home.path != self._sight.path or home.node is None:
                return False
            if f"'{name}'" in self._sight.text or f'"{name}"' in self._sight.text or DYNAMIC.fullmatch(name):
                return False
            if (
                isinstance(home.node, ast.ClassDef)
                and _is_made_later(home.node)
                and not near(name, self._attributes(home))
            ):
                return False
            is_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
            return not self._is_partial(home.node) and (
                not is_self or (bool(near(name, self._attributes(home))) and not self._is_excerpt)
            )
        if DYNAMIC.fullmatch(name) and home.package in ("django", "djangorestframework"):
            return False
        if home.is_stub:
            return not self._library.has_definition(home.package, name)
        return self._library.is_typed(home.package) or not self._library.has_word(home.package, name)

    def _is_partial(self, node: Callable_) -> bool:
        """A class of which the block shows only a part."""
        last = (node.end_lineno or node.lineno) + 1
        lines = self._sight.lines[node.lineno - 1 : last]
        return any(
            re.match(r"\s*(?:\.\.\.|pass|#.*(?:\.\.\.|other|existing|rest|more|omitted|etc).*)\s*$", line)
            for line in lines
        )

    def _attributes(self, home: Defined) -> list[str]:
        if not isinstance(home.node, ast.ClassDef):
            return []
        found = []
        for one in ast.walk(home.node):
            match one:
                case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                    found.append(name)
                case ast.Assign(targets=[ast.Name(id=name)]) | ast.AnnAssign(target=ast.Name(id=name)):
                    found.append(name)
                case ast.Attribute(value=ast.Name(id="self"), attr=name, ctx=ast.Store()):
                    found.append(name)
                case _:
                    continue
        return found

    async def _module_attribute(self, found: Diagnostic, node: ast.Attribute, module: str) -> Finding | None:
        package = self._library.owner(module)
        if not self._is_missing_member(package, module, node.attr):
            return None
        return self._made(
            found,
            "attribute",
            wording.attribute(
                module, node.attr, self._where(package), near(node.attr, self._library.exports(module)), True
            ),
            package,
        )

    async def _member(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        if len(said) < 2:
            return None
        module, name = (said[0], said[1]) if found.checker == "ty" else (said[1], said[0])
        node = self._sight.attribute_at(found)
        if node is not None and isinstance(node.ctx, ast.Load):
            return await self._module_attribute(found, node, module)
        package = self._library.owner(module)
        if not self._is_missing_member(package, module, name) or (not package and name in self._answer_makes):
            return None
        return self._made(
            found,
            "import",
            wording.imported(name, module, self._where(package), near(name, self._library.exports(module))),
            package,
        )

    def _is_missing_member(self, package: str, module: str, name: str) -> bool:
        """A declaration that lacks a name is no proof: the module's real source is."""
        if name.startswith("__"):
            return False
        if not package:
            return True
        if self._library.file_of(f"{module}.{name}"):
            return False
        members = self._library.members(module)
        if name in members.names:
            return False
        if members.is_open and not members.answers:
            real = self._library.file_of(module)
            is_declared = real is not None and real.suffix == ".pyi"
            return not (
                self._library.has_definition(package, name) if is_declared else self._library.has_word(package, name)
            )
        return True

    def _has_stub(self, module: str) -> bool:
        top = module.partition(".")[0]
        return (self._library.environment.site / f"{top}-stubs").is_dir()

    # --- arguments --------------------------------------------------------------------------------------------------

    async def _called(self, found: Diagnostic) -> tuple[ast.Call, Defined | None, str] | None:
        call = self._sight.call_at(found)
        if call is None or is_elided(call):
            return None
        return call, await self._sight.defined(call.func), short(call.func)

    async def _keyword(self, found: Diagnostic) -> Finding | None:
        called = await self._called(found)
        said = wording.ticked(found.message)
        if called is None or not said:
            return None
        call, home, name = called
        word = said[0]
        if word not in [one.arg for one in call.keywords]:
            return None
        package = home.package if home else ""
        if home and home.node is not None and is_wrapped(home.node) and not home.package:
            return None
        names = self._parameters(home, call)
        if home and (home.is_stub or self._has_stub_for(home)) and self._takes(home, call, word):
            return None
        if (
            home
            and package
            and not home.is_stub
            and not self._library.is_typed(package)
            and home.node is not None
            and is_wrapped(home.node)
        ):
            return None
        return self._made(
            found, "argument", wording.keyword(word, name, self._where(package), near(word, names)), package
        )

    def _has_stub_for(self, home: Defined) -> bool:
        module = self._library.module_of(home.path)
        return bool(module) and self._has_stub(module)

    def _takes(self, home: Defined, call: ast.Call, word: str) -> bool:
        """Whether the real function behind a stub takes the argument, or may."""
        name = (
            call.func.attr
            if isinstance(call.func, ast.Attribute)
            else call.func.id
            if isinstance(call.func, ast.Name)
            else ""
        )
        real = self._library.beside_stub(home.path, home.node.name if home.node else name)
        if real is None:
            return self._library.has_definition(home.package, word) if home.package else False
        names, is_open = parameters(real)
        return word in names or (is_open and self._library.has_definition(home.package, word))

    def _parameters(self, home: Defined | None, call: ast.Call) -> list[str]:
        return parameters(home.node)[0] if home and home.node is not None else []

    async def _lacking(self, found: Diagnostic) -> Finding | None:
        called = await self._called(found)
        said = wording.ticked(found.message)
        if called is None or not said:
            return None
        call, home, name = called
        if (
            any(one.arg is None for one in call.keywords)
            or any(isinstance(one, ast.Starred) for one in call.args)
            or home is None
        ):
            return None
        lacking = said if found.checker == "ty" else said[:1]
        if found.checker == "ty" and (after := re.search(r"parameters? (.*?)(?: of |$)", found.message.split("\n")[0])):
            lacking = wording.TICKED.findall(after[1])
        if home.node is not None and (
            is_wrapped(home.node) or _is_settings(home.node) or "alias" in ast.unparse(home.node)[:20_000]
        ):
            return None
        if not home.package and self._is_excerpt and not self._sight.is_own(home):
            return None
        if isinstance(home.node, ast.ClassDef) and await self._is_unsure_class(home.node):
            return None
        if home.is_stub and not self._needs(home, call, lacking):
            return None
        return self._made(found, "argument", wording.lacking(lacking, name, self._where(home.package)), home.package)

    async def _is_unsure_class(self, node: ast.ClassDef) -> bool:
        return any(
            ast.unparse(base).rpartition(".")[2] in (*SETTINGS, "Model", "Base", "DeclarativeBase")
            for base in node.bases
        )

    def _needs(self, home: Defined, call: ast.Call, lacking: list[str]) -> bool:
        real = self._library.beside_stub(
            home.path, home.node.name if home.node else short(call.func).rpartition(".")[2]
        )
        if real is None or isinstance(real, ast.ClassDef):
            return False
        required = [one.arg for one in real.args.args[: len(real.args.args) - len(real.args.defaults)]]
        required += [
            one.arg for one, default in zip(real.args.kwonlyargs, real.args.kw_defaults, strict=True) if default is None
        ]
        return all(one in required for one in lacking)

    async def _too_many(self, found: Diagnostic) -> Finding | None:
        called = await self._called(found)
        if called is None:
            return None
        call, home, name = called
        if (
            home is None
            or (home.node is not None and is_wrapped(home.node))
            or any(isinstance(one, ast.Starred) for one in call.args)
        ):
            return None
        if home.is_stub and (real := self._library.beside_stub(home.path, home.node.name if home.node else "")):
            if isinstance(real, ast.ClassDef) or real.args.vararg or len(real.args.args) > len(call.args):
                return None
        return self._made(found, "argument", wording.too_many(name, self._where(home.package)), home.package)

    async def _overload(self, found: Diagnostic) -> Finding | None:
        """Types are nobody's business here; a word that no form of the call knows is."""
        called = await self._called(found)
        if called is None:
            return None
        call, home, name = called
        if home is None or home.node is None or not call.keywords:
            return None
        known = forms(self._sight, home)
        if not known or any(is_open for _, is_open in known):
            return None
        names = {one for some, _ in known for one in some}
        words = [one.arg for one in call.keywords if one.arg and one.arg not in names]
        if not words or (home.is_stub and self._takes(home, call, words[0])):
            return None
        return self._made(
            found,
            "argument",
            wording.keyword(words[0], name, self._where(home.package), near(words[0], names)),
            home.package,
        )

    # --- await ------------------------------------------------------------------------------------------------------

    async def _unawaited(self, found: Diagnostic) -> Finding | None:
        if found.checker == "ty" and "`CoroutineType" not in found.message:
            return None
        call = self._sight.call_at(found) or self._call_on(found)
        if call is None:
            return None
        home = await self._sight.defined(call.func)
        return self._made(found, "await", wording.not_awaited(short(call)), home.package if home else "")

    def _call_on(self, found: Diagnostic) -> ast.Call | None:
        for node in self._sight.nodes(ast.Expr):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and node.lineno == found.line + 1:
                return node.value
        return None

    async def _not_awaitable(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        of = wording.short_type(said[0]) if said else ""
        node = next(
            (
                one
                for one in self._sight.nodes(ast.Await)
                if isinstance(one, ast.Await) and one.lineno == found.line + 1
            ),
            None,
        )
        if (
            node is None
            or found.checker != "ty"
            or of in ("Unknown", "Any", "object")
            or "|" in (said[0] if said else "|")
        ):
            return None
        home = await self._sight.defined(node.value.func) if isinstance(node.value, ast.Call) else None
        if (
            home is None
            or (not home.package and not self._sight.is_own(home))
            or home.is_stub
            or not (self._library.is_typed(home.package) or self._sight.is_own(home))
        ):
            return None
        return self._made(
            found,
            "await",
            f"`{short(node.value)}` is no coroutine{' in ' + self._where(home.package) if home.package else ''}: it cannot be awaited",
            home.package,
        )

    async def _context(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        of = wording.short_type(said[0]) if said else ""
        if not of or of in NOTHING_KNOWN or found.checker != "ty" or "|" in said[0]:
            return None
        if of.startswith("Coroutine"):
            return self._made(
                found,
                "await",
                f"`{self._sight.lines[found.line].strip().rstrip(':')[:80]}`: what is entered is a coroutine, it has to be awaited first",
            )
        if "`async with`" in found.message.split("\n")[0] and "__aenter__" in found.message:
            return self._made(found, "await", f"`{of}` is entered with plain `with`, not with `async with`")
        if "`with`" in found.message.split("\n")[0] and "__aenter__" in found.message:
            return self._made(found, "await", f"`{of}` is entered with `async with`")
        if "`with`" in found.message.split("\n")[0] and re.search(r"Async|async", of):
            return self._made(found, "await", f"`{of}` is entered with `async with`")
        return None

    def _coroutine_used(self, found: Diagnostic) -> Finding | None:
        if "`CoroutineType" not in found.message.split("\n")[0]:
            if found.code == "not-iterable" and re.search(
                r"`Async(?:Generator|Iterator|Iterable)\b", found.message.split("\n")[0]
            ):
                return self._made(found, "await", "what is gone through here is asynchronous: it needs `async for`")
            return None
        text = self._sight.lines[found.line].strip()[:80]
        return self._made(found, "await", f"`{text}`: what is used here is a coroutine, it has to be awaited first")

    # --- deprecation ------------------------------------------------------------------------------------------------

    async def _deprecated(self, found: Diagnostic) -> Finding | None:
        said = wording.ticked(found.message)
        if not said:
            return None
        name = said[0].rpartition(".")[2]
        since = deprecations.STANDARD_SINCE.get(name)
        home = await self._sight.defined_at(found.line, found.start)
        package = home.package if home else ""
        python = tuple(int(part) for part in self._library.environment.python.split("."))
        if since and not package and python < since:
            return None
        why = found.message.partition(" is deprecated")[2].lstrip(": \n") or found.message
        return self._made(found, "deprecated", wording.deprecated(name, why, self._where(package)), package)


def short(node: ast.expr) -> str:
    """An expression as people would name it: calls without their arguments, no longer than a line."""
    text = (
        ast.unparse(node.func) + "(...)"
        if isinstance(node, ast.Call) and (node.args or node.keywords)
        else ast.unparse(node)
    )
    text = re.sub(r"\([^()]{12,}\)", "(...)", text)
    return text if len(text) <= 60 else text[:57] + "..."


def is_elided(call: ast.Call) -> bool:
    values = [*call.args, *(one.value for one in call.keywords)]
    return any(isinstance(one, ast.Constant) and one.value is Ellipsis for one in values) and not (
        len(values) > 1 and isinstance(values[0], ast.Constant) and values[0].value is Ellipsis and call.keywords
    )


def is_wrapped(node: Callable_) -> bool:
    """Whether decorators may change what can be given."""
    plain = ("staticmethod", "classmethod", "property", "overload", "dataclass", "final", "abstractmethod", "override", "validate_call", "cached_property",
             "deprecated", "typing_extensions.deprecated", "override_settings", "runtime_checkable", "total_ordering")  # fmt: skip
    return any(
        ast.unparse(one.func if isinstance(one, ast.Call) else one).rpartition(".")[2] not in plain
        for one in node.decorator_list
    )


def _is_made_later(node: ast.ClassDef) -> bool:
    """Whether others give the class attributes: Django's models, by the relations that lead to them."""
    return any(
        ast.unparse(base) in ("models.Model", "Model", "AbstractUser", "AbstractBaseUser", "TimeStampedModel")
        for base in node.bases
    )


def _is_settings(node: Callable_) -> bool:
    return isinstance(node, ast.ClassDef) and any(
        ast.unparse(base).rpartition(".")[2] in SETTINGS for base in node.bases
    )
