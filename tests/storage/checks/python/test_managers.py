"""What a team's own models and functions are asked for, next to what is right: managers and queries of Django's, functions below
decorators that declare nothing, objects that hand names on to modules."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from bot.capabilities.checks.verdicts import Block, Verdict
from storage.checks import house, pins, source
from storage.checks.house import House
from storage.checks.pins import Pins
from storage.checks.python.environment.index import Index
from storage.checks.room import Stand
from tests.repositories import MadeRepository
from tests.storage.checks.python.test_frameworks import DJANGO
from tests.wheels import make_wheel

pytestmark = pytest.mark.asyncio(loop_scope="module")

LIBRARY = {
    "ware/__init__.py": """import ware.core as core

def kept(name):
    def decorate(function):
        def inner(*args, **kwargs):
            return function(*args, **kwargs)
        return inner
    return decorate

class App:
    def command(self, name):
        def decorate(function):
            self.commands = [function]
            return function
        return decorate

    def __getattr__(self, name):
        if name == 'event':
            return 1
        for module in (core,):
            if hasattr(module, name):
                return getattr(module, name)
        raise AttributeError(name)

class Shape:
    def area(self): ...

    @property
    def edge(self): ...

class Round(Shape): ...

class Sized:
    def size(self): ...

class Circle(Round, Sized):
    def radius(self): ...
""",
    "ware/core.py": "def select(name): ...\n",
}
TEAM = {
    "requirements.txt": "django==1.0\nware==1.0\n",
    "shop/__init__.py": "",
    "shop/models.py": """from django.db import models

class Query(models.QuerySet):
    def paid(self):
        return self.filter(paid=True)

    def counted(self):
        return self.annotate(lines=Count('person'))

class People(models.Manager):
    def named(self, name, *, exact: bool = True) -> "Query":
        return self.filter(name=name)

    def active(self):
        return self.filter(active=True)

class Person(models.Model):
    name = models.CharField()
    objects = People()

class Order(models.Model):
    title = models.CharField()
    person = models.ForeignKey(Person, related_name='orders')
    objects = Query.as_manager()

class Plain(models.Model):
    title = models.CharField()

class Odd(models.Model):
    title = models.CharField()
    objects = made_elsewhere()
""",
    "shop/settings.py": "INSTALLED_APPS = ['shop']\nORDER_HOURS = 48\n",
    "shop/urls.py": """from django.urls import include, path

app_name = 'orders'
urlpatterns = [
    path('', index, name='list'),
    path('<int:pk>/', detail, name='detail'),
]
""",
    "shop/tests/helpers.py": "def made(): ...\n\nclass Case:\n    def order_by(self, url, more): ...\n",
    "shop/web.py": "from ware import Shape\n\nshape = Shape()\nshape.colour = 'red'\n",
    "shop/services.py": """import functools
import ware

app = ware.App()

def logged(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        print(function.__name__)
        return function(*args, **kwargs)
    return inner

def with_session(function):
    @functools.wraps(function)
    def inner(*args, **kwargs):
        return function(object(), *args, **kwargs)
    return inner

def popping(function):
    def inner(*args, **kwargs):
        kwargs.pop('trace', None)
        return function(*args, **kwargs)
    return inner

@logged
def place(cart, note=''): ...

@ware.kept('a')
def keep(cart): ...

@app.command('b')
def ship(cart): ...

@functools.lru_cache
def rate(of): ...

@with_session
def load(session, number): ...

@popping
def drop(cart): ...

class Desk:
    @logged
    def open(self, key): ...
""",
}
HEAD = "from django.conf import settings\nfrom django.db.models import Count, F, Q\nfrom django.urls import reverse\n"
HEAD += "from shop.models import Odd, Order, Person, Plain\n"
HEAD += "from shop.services import Desk, app, drop, keep, load, place, rate, ship\n\n"
AT = HEAD.count("\n") + 1
RIGHT = [
    "Plain.objects.filter(title='a').order_by('title').count()",
    "Person.objects.active().filter(name='a').count()",
    "Order.objects.filter(title='a').paid().delete()",
    "Order.objects.paid().paid().count()",
    "Person.objects.get(pk=1).orders.paid()",
    "Person.objects.get(pk=1).order_set",
    "Plain.objects.get(pk=1).save()",
    "[one.title for one in Plain.objects.filter(title='a')]",
    "Plain.objects.annotate(many=1).get(pk=1).many",
    "Odd.objects.anything().at_all()",
    "Person.objects.named('a', exact=False).count()",
    "Odd.objects.filter(anything=1)",
    "Order.objects.paid().filter(person__name='a', title__startswith='b').order_by('-person__name')",
    "Order.objects.counted().filter(lines__gt=1).order_by('lines')",
    "Order.objects.annotate(many=Count('person'), of=F('person__name')).filter(Q(many=1) | Q(of='a')).values('many', 'title')",
    "Person.objects.active().filter(orders__title='a', orders__person__name='b').aggregate(most=Count('orders__title'))",
    "Person.objects.get(pk=1).orders.filter(title='a').update(title=F('person__name'))",
    "Order.objects.bulk_update([], ['title', 'person'])",
    "Plain.objects.get(pk=1).save(update_fields=['title'])",
    "reverse('orders:detail', kwargs={'pk': 1}), reverse('orders:list'), reverse('admin:index'), reverse('/a/')",
    "settings.ORDER_HOURS, settings.DEBUG, settings.configured",
    "place(1, note='a')",
    "place(cart=1), keep(1), ship(1), rate('a')",
    "load(1), load(number=1)",
    "drop(1, trace=True)",
    "Desk().open(1)",
    "app.select('a'), app.event, app.command('c')",
]
WRONG = {
    "Plain.objects.find_or_make(title='a')": "no `find_or_make`",
    "Plain.objects.delete()": "no `delete`",
    "Person.objects.enabled()": "no `enabled`",
    "Order.objects.paid().where(title='a')": "no `where`",
    "Person.objects.get(pk=1).orders.where(title='a')": "no `where`",
    "Plain.objects.get(pk=1).reload()": "`Plain` has no `reload`",
    "[one.heading for one in Plain.objects.filter(title='a')]": "`Plain` has no `heading`",
    "Order.objects.paid().filter(titel='a')": "`Order` has no field `titel`",
    "Person.objects.active().order_by('-surname')": "`Person` has no field `surname`",
    "Order.objects.filter(person__nam='a')": "`Person` has no field `nam`",
    "Person.objects.filter(orders__titel='a')": "`Order` has no field `titel`",
    "Order.objects.aggregate(most=Count('amount'))": "`Order` has no field `amount`",
    "Order.objects.annotate(many=Count('person')).filter(mny=1)": "`Order` has no field `mny`",
    "Order.objects.exclude(Q(headline='a'))": "`Order` has no field `headline`",
    "Order.objects.filter(title='a').update(titel='b')": "`Order` has no field `titel`",
    "Order.objects.values('title').annotate(of=F('persn'))": "`Order` has no field `persn`",
    "Person.objects.get(pk=1).orders.filter(titel='a')": "`Order` has no field `titel`",
    "Order.objects.bulk_update([], ['titel'])": "`Order` has no field `titel`",
    "Plain.objects.get(pk=1).save(update_fields=['titel'])": "`Plain` has no field `titel`",
    "reverse('orders:show')": "no route of yours is called `orders:show`",
    "reverse('orders:detail', kwargs={'id': 1})": "takes no `id`: it takes `pk`",
    "settings.ORDER_HOUR": "did you mean `ORDER_HOURS`",
    "Person.objects.named('a', exakt=False)": "did you mean `exact`",
    "Person.objects.named()": "also needs `name`",
    "Person.objects.active(1)": "takes fewer",
    "place(card=1)": "no argument `card`",
    "place()": "also needs `cart`",
    "keep(1, 2)": "takes fewer",
    "ship(basket=1)": "no argument `basket`",
    "rate()": "also needs `of`",
    "Desk().open(key=1, lock=2)": "no argument `lock`",
    "app.selekt('a')": "no `selekt`",
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def checks(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("managers")
    for name, files in {"django": DJANGO, "ware": LIBRARY}.items():
        make_wheel(folder / "wheels", name, "1.0", files)
    built = house.build(folder / "data", Index(str(folder / "wheels")), lambda ground: Stand(Pins("3.11")))
    yield built
    await built.stop()


@pytest.fixture(scope="module")
def team(checks: House, tmp_path_factory: pytest.TempPathFactory) -> Stand:
    made = MadeRepository(tmp_path_factory.mktemp("team") / "shop")
    made.commit(TEAM, "Begin.")
    tree = source.export(made.folder, "", "shop", checks.trees)
    return Stand(pins.of_files(tree.locks), tree)


async def verdict(checks: House, code: str, team: Stand) -> Verdict:
    (found,) = await checks.checker.against([Block("python", code)], team)
    return found


async def test_what_models_and_decorated_functions_take_is_not_flagged(checks: House, team: Stand) -> None:
    found = await verdict(checks, HEAD + "\n".join(RIGHT) + "\n", team)

    assert [(RIGHT[one.line - AT], one.message) for one in found.findings] == []


async def test_what_models_and_decorated_functions_lack_is_found(checks: House, team: Stand) -> None:
    found = await verdict(checks, HEAD + "\n".join(WRONG) + "\n", team)

    said = {one.line - AT: one.message for one in found.findings}
    assert {code: words in said.get(at, "") for at, (code, words) in enumerate(WRONG.items())} == dict.fromkeys(
        WRONG, True
    )


async def test_a_plain_method_of_a_query_cannot_be_awaited(checks: House, team: Stand) -> None:
    code = (
        HEAD + "async def run():\n    await Plain.objects.acount()\n    await Plain.objects.filter(title='a').count()\n"
    )

    (found,) = (await verdict(checks, code, team)).findings

    assert (found.line, found.kind) == (AT + 2, "await")
    assert "did you mean `acount`" in found.message


@pytest.mark.parametrize("name", ["radius", "size"])
async def test_what_a_class_two_steps_below_has_is_neither_flagged_nor_passed_over(
    checks: House, team: Stand, name: str
) -> None:
    found = await verdict(checks, HEAD + f"import ware\n\nware.Shape().{name}()\n", team)

    assert (found.findings, found.state) == ((), "partial")


async def test_what_the_team_puts_on_a_librarys_object_and_keeps_beside_its_tests_is_there(
    checks: House, team: Stand
) -> None:
    code = "from helpers import made\nfrom ware import Shape\nimport your_tools\n\nmade()\nShape().edge\nprint(Shape().colour)\n"

    found = await verdict(checks, code, team)

    assert (found.findings, found.assumed) == ((), ("helpers", "your_tools"))


async def test_a_field_that_another_block_of_the_answer_adds_is_not_missing(checks: House, team: Stand) -> None:
    asked = Block("python", HEAD + "Plain.objects.filter(shade='a')\n")
    added = Block("python", "class Added:\n    shade = models.CharField()\n")

    found = await checks.checker.against([asked, added], team)

    assert found[0].findings == ()


SETTING = {
    "requirements.txt": "django==1.0\nware==1.0\n",
    "till/__init__.py": "",
    "till/kinds.py": """from enum import Enum

class Kind(Enum):
    CASH = 'cash'

class Till:
    def open(self): ...

    def take_over(self, data):
        for name, value in data.items():
            setattr(self, name, value)

class Loose:
    def __init__(self, **words):
        for name, value in words.items():
            setattr(self, name, value)

class Patched: ...

for one in ('a', 'b'):
    setattr(Patched, one, 1)

link = ForeignKey('ware.Shape', related_name='drawer')
""",
}


async def test_a_team_that_sets_computed_names_somewhere_is_told_what_its_other_classes_lack(
    checks: House, tmp_path: Path
) -> None:
    made = MadeRepository(tmp_path / "till")
    made.commit(SETTING, "Begin.")
    tree = source.export(made.folder, "", "till", checks.trees)
    stand = Stand(pins.of_files(tree.locks), tree)
    code = "from till.kinds import Kind, Loose, Patched, Till\nfrom ware import Shape\n\n"
    right = "print(Loose().colour, Patched.a, Shape().drawer, Kind.CASH, Till().open())\n"

    found = await verdict(checks, code + right + "print(Kind.CREDIT)\nprint(Till().shut())\n", stand)
    absent = await verdict(checks, "from till import nothing\n\nprint(nothing)\n", stand)

    assert [(one.line, one.message) for one in found.findings] == [
        (5, "`Kind` has no `CREDIT`"),
        (6, "`Till` has no `shut`"),
    ]
    assert [one.kind for one in absent.findings] == ["import"]
