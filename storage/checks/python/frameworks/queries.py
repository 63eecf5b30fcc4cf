"""Fields that queries name: what Django's managers and SQLAlchemy's `filter_by` are given by name or in a text is held against the
model, as long as its class, and those above it, are known from the block or the team's tree.
https://docs.djangoproject.com/en/5.2/ref/models/querysets/, https://docs.sqlalchemy.org/en/20/orm/queryguide/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Sequence

from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.frameworks import mapped
from storage.checks.python.library.library import near
from storage.checks.python.meaning.sight import Defined, Sight
from storage.checks.python.meaning.vocabulary import Vocabulary

MOST_STEPS = 6
BY_NAME = frozenset("filter exclude get aget get_or_create aget_or_create update_or_create aupdate_or_create".split())
BY_TEXT = frozenset(
    "order_by values values_list only defer select_related earliest latest aearliest alatest distinct dates datetimes".split()
)
NAMING = frozenset(["annotate", "alias", "values", "values_list"])
"""Methods whose arguments by name are names for what follows."""

LOOKUPS = frozenset(
    """
    exact iexact contains icontains in gt gte lt lte startswith istartswith endswith iendswith range date year iso_year month day
    week week_day iso_week_day quarter time hour minute second isnull regex iregex search unaccent trigram_similar
    trigram_word_similar trigram_strict_word_similar
    """.split()
)
FIELDS = frozenset(
    """
    CharField TextField SlugField EmailField URLField UUIDField IntegerField SmallIntegerField BigIntegerField
    PositiveIntegerField PositiveSmallIntegerField PositiveBigIntegerField BooleanField DecimalField FloatField DateField
    DateTimeField TimeField DurationField AutoField BigAutoField GenericIPAddressField
    """.split()
)
"""Of which nothing but a lookup is asked."""

RELATIONS = frozenset(["ForeignKey", "OneToOneField", "ManyToManyField"])
OPEN = re.compile(r"register_lookup|contribute_to_class|add_to_class|GenericRelation|contribute_to_related_class")
"""Words of a team that gives its models names or lookups which no class shows."""


async def unknown(sight: Sight, lines: range, words: str) -> list[Finding]:
    """For the calls on these lines of the text, from 1; lines of the findings count from 0."""
    versions = sight.library.environment.versions
    found: list[Finding] = []
    for call in sight.nodes(ast.Call):
        if call.lineno not in lines or not isinstance(call.func, ast.Attribute):
            continue
        if "sqlalchemy" in versions and call.func.attr == "filter_by":
            found += await _of_sqlalchemy(sight, call, words)
    return found


def _chain(node: ast.expr) -> list[ast.expr]:
    """What a chain of calls goes through, the last first: `Order.objects.filter(...).order_by` is that, the call, and the manager."""
    found: list[ast.expr] = []
    while isinstance(node, ast.Attribute) and isinstance(node.value, ast.Call):
        found.append(node.value)
        node = node.value.func
    return [*found, node.value] if isinstance(node, ast.Attribute) else found


class Fields:
    """Reads paths of names from a model on. `manager` is the name of Django's own manager that a model must have, "" for none."""

    def __init__(self, sight: Sight, words: str, text: str, manager: str = "objects") -> None:
        self._manager = manager
        self._sight = sight
        self._names = mapped.Names(sight, words)
        self._text = text
        self._vocabulary = Vocabulary(text)

    def fault(self, home: Defined, path: Sequence[str], *, is_lookup: bool, steps: int = MOST_STEPS) -> str:
        """What is wrong with a path of names, from a model on; "" where nothing is, or nobody can tell."""
        name, rest = path[0], path[1:]
        model = home.node
        has = self._names.of(model, self._manager) if isinstance(model, ast.ClassDef) else None
        if has is None or not isinstance(model, ast.ClassDef) or not name or steps == 0:
            return ""
        if name not in has:
            if self._is_reverse(name):
                other = self._other_end(name) if rest and rest[0] not in LOOKUPS else None
                return self.fault(other, rest, is_lookup=is_lookup, steps=steps - 1) if other is not None else ""
            guess = near(name, [one for one in has if not one.startswith("_")])
            return f"`{model.name}` has no field `{name}`" + (f"; did you mean `{guess}`?" if guess else "")
        if not rest:
            return ""
        kind, target = self.field(model, name)
        if kind in RELATIONS and target is not None and rest[0] not in LOOKUPS:
            return self.fault(target, rest, is_lookup=is_lookup, steps=steps - 1)
        if kind in FIELDS and rest[0] not in LOOKUPS:
            guess = near(rest[0], LOOKUPS)
            return f"`{name}` of `{model.name}` has no lookup `{rest[0]}`" + (
                f"; did you mean `{guess}`?" if guess else ""
            )
        return ""

    def _is_reverse(self, name: str) -> bool:
        """Whether it may be the other end of a relation: of a class of that name, or as a relation calls it."""
        word = re.escape(name)
        return bool(
            re.search(rf"^\s*class {word}\b", self._text, re.M | re.I)
            or re.search(rf"\brelated_(?:query_)?name\s*=\s*f?['\"](?:{word}['\"]|[^'\"]*%\()", self._text)
        )

    def _other_end(self, name: str) -> Defined | None:
        """The one model whose relation calls its other end by this name."""
        owners = set(self._vocabulary.relations.get(name, ()))
        return self._sight.own_definition(owners.pop()) if len(owners) == 1 else None

    def is_many(self, name: str) -> bool:
        """Whether it is the other end of a `ForeignKey` or a `ManyToManyField`, which alone the vocabulary knows, or named as one."""
        return name in self._vocabulary.relations or name.endswith("_set")

    def field(self, model: ast.ClassDef, name: str) -> tuple[str, Defined | None]:
        """What the class makes this field of, and of a relation the model that it leads to."""
        for one in model.body:
            match one:
                case (
                    ast.Assign(targets=[ast.Name(id=own)], value=ast.Call(func=called, args=args, keywords=words))
                    | ast.AnnAssign(target=ast.Name(id=own), value=ast.Call(func=called, args=args, keywords=words))
                ) if own == name:
                    to = [*args[:1], *(each.value for each in words if each.arg == "to")][:1]
                    return ast.unparse(called).rpartition(".")[2], self._target(model, to[0]) if to else None
                case _:
                    continue
        return "", None

    def _target(self, model: ast.ClassDef, node: ast.expr) -> Defined | None:
        match node:
            case ast.Constant(value="self"):
                return Defined(self._sight.path, "", model)
            case ast.Constant(value=str(name)) | ast.Name(id=name):
                return self._sight.own_definition(name.rpartition(".")[2])
            case _:
                return None


async def _of_sqlalchemy(sight: Sight, call: ast.Call, words: str) -> list[Finding]:
    chain = _chain(call.func)
    model = _entity(chain)
    home = await sight.defined(model) if model is not None else None
    if home is None or not isinstance(home.node, ast.ClassDef) or not mapped.is_theirs(sight, home):
        return []
    has = mapped.Names(sight, words).of(home.node)
    text = f"{sight.text}\n{words}"
    found = []
    for one in call.keywords if has is not None else ():
        if one.arg and has is not None and one.arg not in has and not mapped.is_given(one.arg, text):
            guess = near(one.arg, has)
            said = f"`{home.node.name}` has no attribute `{one.arg}`" + (f"; did you mean `{guess}`?" if guess else "")
            found.append(Finding(one.lineno - 1, "argument", said))
    return found


def _entity(chain: Sequence[ast.expr]) -> ast.expr | None:
    """The one model that a chain of calls asks about: `select(User)`, `session.query(User)`, `User.query`."""
    if not chain:
        return None
    calls = [one for one in chain if isinstance(one, ast.Call)]
    between = [one.func.attr for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr != "query"]
    if any(one.startswith(("join", "outerjoin", "select_from", "with_only", "from_")) for one in between):
        return None
    match chain[-1]:
        case ast.Attribute(value=ast.Name() as model, attr="query"):
            return model
    for one in calls:
        match one:
            case ast.Call(func=ast.Attribute(attr="query"), args=[ast.Name() as model]):
                return model
            case ast.Call(func=ast.Name(id="select") | ast.Attribute(attr="select"), args=[ast.Name() as model]):
                return model
            case _:
                continue
    return None
