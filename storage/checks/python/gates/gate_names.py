"""Whether an attribute or a member is really missing: the library's real source has the last word."""

from __future__ import annotations

import ast
import re
from dataclasses import replace

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.gates import bestowed
from storage.checks.python.gates.gate import NOTHING_KNOWN
from storage.checks.python.gates.gate_owners import OwnerGate
from storage.checks.python.library.library import near
from storage.checks.python.library.lookup import find
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning import classes, made
from storage.checks.python.meaning.calls import short
from storage.checks.python.meaning.sight import Defined
from storage.checks.servers import Diagnostic

MOST_STEPS = 8
DECLARED = frozenset(
    """
    AbstractSet Mapping MutableMapping Sequence MutableSequence Iterable Iterator Collection Container Hashable Sized Reversible
    IO TextIO BinaryIO PackageMetadata Callable Buffer PathLike SupportsRead SupportsWrite ModuleType FunctionType MethodType
    TracebackType BaseException Exception
    """.split()
)
"""Types of the standard library that say less of a value than it has."""

STANDING_IN = ("factory-boy",)
"""Libraries whose objects stand in a class's body for what its making puts there."""

UNTOLD = ("Awaitable", "<super", "super", "def ", "bound method", "Overload", "(", "Literal")
"""How a checker begins what is of no class, or of one that it does not name."""

DYNAMIC = re.compile(
    r"\w+_set|get_\w+_display|get_(?:next|previous)_by_\w+|\w+_id|objects|pk|id|DoesNotExist|MultipleObjectsReturned|_meta|\w+_ptr"
)
"""What Django gives its models when they are made."""


def _is_made_later(node: ast.ClassDef) -> bool:
    """Whether others give the class attributes: Django's models, by the relations that lead to them."""
    return any(
        ast.unparse(base) in ("models.Model", "Model", "AbstractUser", "AbstractBaseUser", "TimeStampedModel")
        for base in node.bases
    )


def _is_pydantics(known: classes.Known) -> bool:
    return known.module.startswith("pydantic.")


EXTRA = re.compile(r"extra['\"]?\s*[=:]\s*(?:['\"]allow['\"]|(?:\w+\.)*Extra\.allow\b)")


def answers_to_any(node: ast.ClassDef) -> bool:
    """Whether a class says that its objects have attributes which nothing names: pydantic's `extra="allow"`, `__getattr__`."""
    said = (one for one in (*node.keywords, *node.body) if isinstance(one, ast.keyword | ast.Assign | ast.ClassDef))
    if any(EXTRA.search(ast.unparse(one)) for one in said):
        return True
    names = ("__getattr__", "__getattribute__")
    return any(
        getattr(one, "name", "") in names
        or (isinstance(one, ast.Name) and one.id in names and isinstance(one.ctx, ast.Store))
        for one in ast.walk(node)
    )


def _is_protocol(node: ast.AST | None) -> bool:
    bases = node.bases if isinstance(node, ast.ClassDef) else []
    return any(ast.unparse(one).partition("[")[0].rpartition(".")[2] == "Protocol" for one in bases)


class NameGate(OwnerGate):
    async def _attribute(self, found: Diagnostic) -> Finding | None:
        node = self._sight.attribute_at(found)
        said = wording.ticked(found.message)
        if node is None or not said or id(node) in self._settled:
            return None
        if not isinstance(node.ctx, ast.Load) and not isinstance(self._sight.parents.get(id(node)), ast.AugAssign):
            return None
        found = replace(found, line=found.end_line)  # where the name stands, not where the chain begins
        of, is_one = wording.short_type(said[0]), "|" not in said[0]
        if of.startswith(("Coroutine", "AsyncGenerator")):
            origin = await self._made_before(found) if isinstance(node.value, ast.Name) else None
            return origin or self._made(found, "await", wording.await_before(short(node.value), f"`.{node.attr}`"))
        if "&" in said[0]:
            return None
        if not is_one and not (of := wording.or_none(said[0])):
            return await self._of_several(found, node, said[0])
        if of in NOTHING_KNOWN or of.startswith(UNTOLD) or found.message.startswith("Function"):
            return None
        if found.message.startswith("Module") or (found.message.startswith("No attribute") and len(said) > 1):
            return await self._module_attribute(found, node, of if found.message.startswith("Module") else said[1])
        if self._is_made_here(of) and found.checker == "ty" and not node.attr.startswith("_"):
            return self._made(found, "attribute", wording.attribute(of, node.attr, "", ""))
        home = await self._sight.type_named(node.value, of)
        if home is None:
            called = await self._sight.defined(node.value.func) if isinstance(node.value, ast.Call) else None
            self._doubt(of, node.attr, called.package if called is not None else "")
            return None
        if not is_one and (home.node is None or home.node.name != of):
            return None  # the place of `None`, or of a name for both
        if bestowed.is_of_a_field(node, self._sight.root) or await self._is_stood_in_for(node):
            return None
        return await (self._of_standard if self._sight.is_standard(home) else self._of_class)(found, node, of, home)

    async def _of_standard(self, found: Diagnostic, node: ast.Attribute, of: str, _: Defined) -> Finding | None:
        if found.checker != "ty" or of in DECLARED or node.attr.startswith("_"):
            return None
        if bestowed.is_added(of, node.attr, self._own_words) or self._is_caught(node, of):
            return None
        giving = await self._sight.defined(node.value) if isinstance(node.value, ast.Attribute) else None
        made = giving.node if giving is not None and giving.package else None
        if made is not None and classes.MADE_LATER.search(ast.unparse(made)):
            return None  # a library's property puts names on what it gives, which is declared as a plain list
        return self._made(found, "attribute", wording.attribute(of, node.attr, "", ""))

    async def _of_class(self, found: Diagnostic, node: ast.Attribute, of: str, home: Defined) -> Finding | None:
        if isinstance(home.node, ast.FunctionDef | ast.AsyncFunctionDef):
            return None
        if home.package and (node.attr[:1] == "_" or (home.node is None and made.is_variable_type(home.path, of))):
            return None  # what is a library's own affair stands beside what it declares
        if home.node is not None and self._has_itself(home.node, node.attr):
            return None  # a decorator puts an object of this class in the place of another, or the checker means one below it
        is_class = found.message.startswith("Class")
        if not await self._is_believed(home, node, is_class):
            return None
        if self._is_alone and self._is_of_a_neighbour(home, node.attr):
            return None
        guess = near(node.attr, self._attributes(home))
        if home.package and not guess and (origin := self._awaited_first(home, node)):
            return origin
        said = wording.attribute(of, node.attr, self._library.where(home.package), guess)
        return self._made(found, "attribute", said, home.package)

    @staticmethod
    def _has_itself(node: ast.ClassDef, name: str) -> bool:
        if "TypedDict" in map(ast.unparse, node.bases):  # its fields are no attributes
            return any(isinstance(one, ast.FunctionDef) and one.name == name for one in node.body)
        return name in set(class_names(node))

    async def _is_believed(self, home: Defined, node: ast.Attribute, is_class: bool) -> bool:
        name = node.attr
        if self._is_answering(home) and not (is_class and self._is_plain_made(home)):
            return self._is_of_another(home, name) or self._doubted(home, name)
        if home.package and _is_protocol(home.node) and self._library.has_word(home.package, name):
            return self._doubted(home, name)  # what it really gives is a class of its own, with more
        if self._is_below(home, name) or self._is_mixed_in(node) or made.is_made_over(self._sight, home):
            return False
        if self._sight.is_own(home):
            quoted = rf"(?<!\[)['\"]{re.escape(name)}['\"](?!\s*:|\])"  # not the key of a table, nor in a comment
            given = rf"^[^#\n]*(?:{quoted}|\.{re.escape(name)}\s*(?::[^=\n]+)?=(?!=))"
            is_given = DYNAMIC.fullmatch(name) or re.search(given, self._own_words, re.M) or self._is_filled(home)
            return not is_given and not bestowed.is_bestowed(self._sight.text, name)
        return self._is_missing_in_library(home, node) if home.package else await self._is_missing_in_block(home, node)

    async def _is_missing_in_block(self, home: Defined, node: ast.Attribute) -> bool:
        """Of a class of the block itself, or of one before it."""
        name, owner = node.attr, home.node
        if home.path != self._sight.path or owner is None:
            return False
        if f"'{name}'" in self._sight.text or f'"{name}"' in self._sight.text or DYNAMIC.fullmatch(name):
            return False
        guess = near(name, self._attributes(home))
        if isinstance(owner, ast.ClassDef) and (
            (owner.keywords and not await self._is_below_fields(owner))  # its metaclass may make names
            or (_is_made_later(owner) and not guess and not self._is_called(node))
            or await self._is_taken_in(owner, name)
        ):
            return False
        if await bestowed.is_handed_to_filler(self._sight) or bestowed.is_decorated_with(self._sight, owner, name):
            return False
        is_self = isinstance(node.value, ast.Name) and node.value.id in ("self", "cls")
        if made.is_partial(owner, self._sight.lines) or (is_self and self._is_excerpt):
            return False
        return not is_self or bool(guess) or await self._is_slip(home, name)

    def _is_missing_in_library(self, home: Defined, node: ast.Attribute) -> bool:
        name, owner = node.attr, home.node
        if self._is_of_django(home, name) or bestowed.is_put_on(name, self._sight.text, self._own_words):
            return False
        if any(bestowed.is_other_end(text, name) for text in (self._sight.text, self._own_words)):
            return False
        if isinstance(owner, ast.ClassDef) and self._is_given_elsewhere(home, owner, node):
            is_model = home.package == "django" and owner.name not in bestowed.MANAGERS
            return False if is_model else self._doubted(home, name)
        if bestowed.is_handed_down(self._sight, node) and not bestowed.is_slip(name, self._attributes(home)):
            return False
        if isinstance(owner, ast.ClassDef) and self._library.is_below(home.package, owner.name.lstrip("_"), name):
            return self._doubted(home, name)
        return self._is_missing_in_source(home, name) or self._doubted(home, name)

    def _doubted(self, home: Defined, name: str) -> bool:
        """Never believed, and said to be open."""
        self._doubt(home.node.name if home.node else name, name, home.package)
        return False

    def _is_missing_in_source(self, home: Defined, name: str) -> bool:
        if home.is_stub:
            return (
                not self._library.has_definition(home.package, name)
                or self._is_lacking(home, name)
                or self._is_anothers(home, name)
            )
        return (
            self._library.is_typed(home.package)
            or not self._library.has_word(home.package, name)
            or self._is_lacking(home, name)
        )

    def _is_below(self, home: Defined, name: str) -> bool:
        """Whether a class of the reader's below this one has the name: what is declared as the one may be the other."""
        if not isinstance(home.node, ast.ClassDef):
            return False
        tree = self._sight.tree if self._sight.is_own(home) or home.package else None
        return name in bestowed.below(home.node.name, self._sight.root, tree, self._own_words)

    def _is_given_elsewhere(self, home: Defined, owner: ast.ClassDef, node: ast.Attribute) -> bool:
        """Whether a library's object has names that its own source does not name: a manager's methods, what its making puts on it."""
        if home.package == "django" and owner.name in ("Model", "AppConfig"):
            return True  # some model or app, as `get_model` gives one: nobody makes objects of the class itself
        if home.package in STANDING_IN:
            return True
        if home.package == "django" and owner.name.endswith("Descriptor"):
            return True  # what stands in a model's class for a relation: its objects have a manager or a model there
        if home.package == "django" and owner.name in bestowed.MANAGERS:
            return bestowed.is_managers(self._library, node, self._sight.root, self._own_words)
        is_typed = self._library.is_typed(home.package)
        if home.is_stub or (is_typed and bestowed.is_slip(node.attr, self._attributes(home))):
            return False
        known = classes.Known(self._library.module_of(home.path), owner)
        return classes.is_filled(self._library, known, () if is_typed else ("__init__",))

    def _is_of_a_neighbour(self, home: Defined, name: str) -> bool:
        """Whether another class of the same file has the name: what is one of them may be taken for the other."""
        tree = self._library.tree(home.path) if home.package else None
        return (
            any(name in set(class_names(one)) for one in ast.walk(tree) if isinstance(one, ast.ClassDef))
            if tree
            else False
        )

    async def _is_taken_in(self, node: ast.ClassDef, name: str) -> bool:
        """Whether a library's class above one of the reader's may have the name, whatever is declared of it."""
        for base in node.bases:
            above = await self._sight.defined(base.value if isinstance(base, ast.Subscript) else base)
            if above is not None and above.package and self._library.has_definition(above.package, name):
                return not self._library.is_typed(above.package) or above.is_stub
        return False

    @staticmethod
    def _is_of_django(home: Defined, name: str) -> bool:
        return bool(DYNAMIC.fullmatch(name)) and home.package in ("django", "djangorestframework")

    def _is_lacking(self, home: Defined, name: str) -> bool:
        """Whether all that the class has is known from its source, and this is none of it, whatever else bears the name."""
        if not isinstance(home.node, ast.ClassDef):
            return False
        module, real = self._library.module_of(home.path), home.node
        if home.is_stub:
            found = find(self._library, module, home.node.name.lstrip("_"), MOST_STEPS)
            path = self._library.file_of(found[0]) if found else None
            if found is None or path is None or path.suffix != ".py" or not isinstance(found[1], ast.ClassDef):
                return False
            module, real = found[0], found[1]
        has = classes.names(self._library, classes.Known(module, real))
        return has is not None and name not in has

    def _is_anothers(self, home: Defined, name: str) -> bool:
        """Whether a class of a binary, which only a stub from elsewhere tells of, lacks what another class of the same stub has: that
        is why the package knows the word."""
        tree = self._library.tree(home.path)
        if not isinstance(home.node, ast.ClassDef) or tree is None or not self._is_from_outside(home):
            return False
        if home.node.bases:
            return False
        module = self._library.module_of(home.path)
        real = self._library.file_of(module)
        if (real is not None and real.suffix == ".py") or not self._library.is_binary(module):
            return False
        others = [one for one in tree.body if isinstance(one, ast.ClassDef) and one is not home.node]
        has = any(isinstance(one, ast.FunctionDef) and one.name == name for each in others for one in each.body)
        return has and name not in set(class_names(home.node))

    def _is_of_another(self, home: Defined, name: str) -> bool:
        """Whether a library's class that keeps whatever comes over the wire is asked for a field of another class of its own."""
        if not home.package or not isinstance(home.node, ast.ClassDef) or not self._library.is_typed(home.package):
            return False
        above = classes.lineage(self._library, classes.Known(self._library.module_of(home.path), home.node))
        own = {one for each in above or () if not _is_pydantics(each) for one in class_names(each.node)}
        if above is None or name in own or "__getattr__" in own or not any(map(_is_pydantics, above)):
            return False
        return self._library.has_field(home.package, name)

    def _is_plain_made(self, home: Defined) -> bool:
        """Whether no metaclass makes a library's class: what its objects answer to, it does not answer to itself."""
        if not home.package or not isinstance(home.node, ast.ClassDef):
            return False
        line = classes.lineage(self._library, classes.Known(self._library.module_of(home.path), home.node))
        return line is not None and not any(one.node.keywords for one in line)

    def _is_answering(self, home: Defined) -> bool:
        """Whether the class, or one above it in its own file or of the reader's, answers to any name."""
        every = (one for one in self._above(home) if not one.module or one.path == home.path)
        return any(isinstance(one.node, ast.ClassDef) and answers_to_any(one.node) for one in every)

    def _attributes(self, home: Defined) -> list[str]:
        return list(class_names(home.node)) if isinstance(home.node, ast.ClassDef) else []
