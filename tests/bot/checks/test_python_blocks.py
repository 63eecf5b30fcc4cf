"""Blocks as people write them: what is readable, what shows how not to do it, and what is read from the text alone."""

from __future__ import annotations

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.checks import shell
from bot.capabilities.checks.python import demonstrations, deprecations, names, sql
from bot.capabilities.checks.python.snippet import MOST_CHARS, prepare

FRAGMENTS = {
    "indented": "    return self.items\n",
    "top-level await": "await client.get('/')\nasync with x as y:\n    pass\n",
    "a session": ">>> a = f(\n...     1)\n>>> a\n3\n",
    "a session without marks of continuation": ">>> f(\n    1,\n)\n3\n",
    "left out": "f(a=1, ...)\n",
    "left out with one character": "f(…)\n",
    "an else alone": "else:\n    x()\n",
    "an except alone": "except ValueError:\n    x()\n",
    "a case alone": "case 1:\n    x()\n",
    "a decorator alone": "@app.get('/')\n",
    "a body still to be written": "def f(x):\n    # your code here\n",
    "a signature": "def f(x: int) -> str\n",
    "IPython": "%timeit f()\n!pip install httpx\nf()\n",
    "newer than this interpreter": "type Id = int\nclass Box[T]:\n    item: T\ndef f[T](x: T) -> T: ...\n",
    "a copied method": "def total(self):\n        return 1\n",
}
MISTAKES = {
    "import os\nfor x in y\n    print(x)\n": 2,
    "print 'a'\nprint 'b'\n": 1,
    "import os\nx = f(1\ny = 2\n": 2,
}
PSEUDO = ("{'a': <value>}", "connect(<your-host>", "First you do this and then that.", "a -> b -> c", "┌──┐\n│ x │")


LIKE_A_NOTEBOOK = (
    "if (\n    a\n    != b\n):\n    pass\n",
    'HELP = """\npip install shop\n!ls\n%timeit\n"""\n',
    "text = (\n    'a %s'\n    %b\n)\n",
    "import x  # one\nif (a\n    != b):\n    for y in z\n        pass\n",
)


@pytest.mark.parametrize("code", LIKE_A_NOTEBOOK)
def test_what_only_looks_like_a_command_of_a_notebook_stays(code: str) -> None:
    snippet = prepare(code)

    assert snippet.text == code
    assert snippet.shell == ()


@pytest.mark.parametrize("code", FRAGMENTS.values(), ids=FRAGMENTS)
def test_what_people_leave_out_around_code_keeps_nobody_from_reading_it(code: str) -> None:
    assert prepare(code).is_readable


@pytest.mark.parametrize(("code", "line"), MISTAKES.items())
def test_a_mistake_in_the_syntax_is_told_with_its_line(code: str, line: int) -> None:
    mistake = prepare(code).mistake

    assert mistake is not None
    assert mistake.line == line


@pytest.mark.parametrize("code", PSEUDO)
def test_what_only_looks_like_code_is_no_mistake(code: str) -> None:
    snippet = prepare(code)

    assert snippet.mistake is None
    assert snippet.reason


@pytest.mark.parametrize(
    "code", ["x = 1\n" * MOST_CHARS, "(" * 5_000, "x" + ".a" * 2 + "\0", "-" * 10_000 + "1", "not " * 5_000 + "x"]
)
def test_a_hostile_block_is_put_aside_with_the_reason(code: str) -> None:
    assert prepare(code).reason


@given(st.text(alphabet="ab01 ()[]{}:=.,#'\"\\\n\t>@$!%…é𝔘", max_size=200))
def test_any_text_is_prepared_and_keeps_its_lines(text: str) -> None:
    snippet = prepare(text)

    if snippet.is_readable:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").rstrip().count("\n") + 1
        assert snippet.text.rstrip().count("\n") + 1 - snippet.offset <= lines + 2


def test_the_commands_of_a_session_are_its_own_lines() -> None:
    snippet = prepare("!pip install httpx\nimport httpx\n")

    assert snippet.shell == ((1, "pip install httpx"),)
    assert snippet.text.split("\n")[1] == "import httpx"


WRONG_ONES = {
    "a mark before it": ("# ❌ wrong\na.b()\n\n# ✅ right\na.c()\n", {1, 2, 3}),
    "a mark beside it": ("a.b()  # raises AttributeError\na.c()\n", {1}),
    "expected to fail": ("with pytest.raises(TypeError):\n    a.b()\na.c()\n", {2}),
    "a function that says so": ("def bad_way():\n    a.b()\n\ndef good():\n    a.c()\n", {1, 2}),
    "before and after": ("# Before\na.b()\n\n# After\na.c()\n", {1, 2, 3}),
    "a label and what is wrong": ("# Wrong: no such argument\na.b()\n\n# Old way\na.c()\n", {1, 2, 3, 4, 5, 6}),
    "not to be done": ("# Don't do this in production\na.b()\n\n# Avoid:\na.c()\n", {1, 2, 3, 4, 5, 6}),
    "what it fails with": ("# this fails with a TypeError\na.b()\n", {1, 2, 3}),
    "the old version": ("# Pydantic v1\na.b()\n# Pydantic v2\na.c()\n", {1, 2}),
}


@pytest.mark.parametrize(("code", "lines"), WRONG_ONES.values(), ids=WRONG_ONES)
def test_what_is_shown_as_wrong_is_not_meant_to_be_right(code: str, lines: set[int]) -> None:
    assert demonstrations.wrong_lines(code, ast.parse(code)) == lines


ORDINARY = (
    "# create the client before the first request\nclient = httpx.Client()\nclient.gett('/')  # fetch errors too\n",
    "# Before the call, make sure of it\na.b()\n",
    "# wrong credentials raise 401\na.b()\n",
    "# If the payment failed, try again\na.b()\n",
    "# invalid tokens are refused\na.b()\n",
    "# Make the bucket if it doesn't exist.\na.b()\n",
    "# Don't forget to commit\na.b()\n",
    "a.b()  # avoid N+1 queries\n",
    "# retry when the call fails\na.b()\n",
    "a.b()  # raises NotFoundError\n",
    "# never log the token\na.b()\n",
)


@pytest.mark.parametrize("code", ORDINARY)
def test_an_ordinary_comment_excuses_nothing(code: str) -> None:
    assert not demonstrations.wrong_lines(code, ast.parse(code))


ASSEMBLED = (
    "cursor.execute(f\"SELECT * FROM users WHERE name = '{name}'\")",
    "cursor.execute('SELECT * FROM users WHERE name = %s' % name)",
    "cursor.execute('SELECT * FROM users WHERE id = ' + user_id)",
    "cursor.execute('DELETE FROM users WHERE id = {}'.format(user_id))",
    "q = f'SELECT * FROM users WHERE id = {user_id}'\ncursor.execute(q)",
    "session.execute(text(f'UPDATE users SET name = {name}'))",
    "def f(request):\n    sort = request.args.get('sort', 'id')\n    conn.execute(f'SELECT id FROM users ORDER BY {sort}')",
    "async def f(request):\n    await conn.fetch('SELECT id FROM ' + request.query_params['of'])",
    "def f(conn, sort):\n    return conn.execute(f'SELECT id FROM users ORDER BY {sort}')",
)
SAFE = (
    "cursor.execute('SELECT * FROM users WHERE name = %s', (name,))",
    "marks = ', '.join(['%s'] * len(ids))\ncursor.execute(f'SELECT * FROM users WHERE id IN ({marks})', ids)",
    "cursor.execute(f'SELECT * FROM {TABLE} WHERE id = %s', (1,))",
    "log.info(f'SELECT * FROM users WHERE id = {user_id}')",
    "cursor.execute(sql.SQL('SELECT * FROM {}').format(sql.Identifier(name)))",
    "cursor.execute(f'SELECT * FROM users ORDER BY {column}')",
    "values = '({})'.format(', '.join(['%s' for one in row]))\ncursor.execute('INSERT INTO t VALUES {}'.format(values), row)",
    "cursor.execute(f'SELECT id FROM users WHERE rowid = {cursor.lastrowid}')",
    "def f(conn, sort):\n    if sort not in ALLOWED:\n        raise Wrong\n    conn.execute(f'SELECT id FROM u ORDER BY {sort}')",
    "def f(request):\n    sort = KNOWN[request.args['sort']]\n    conn.execute(f'SELECT id FROM users ORDER BY {sort}')",
    "def f(request):\n    sort = KNOWN.get(request.args.get('sort'), 'id')\n    conn.execute(f'SELECT id FROM users ORDER BY {sort}')",
    "def f(conn, of):\n    return conn.execute(f'SELECT count(*) FROM {of}')",
)


@pytest.mark.parametrize("code", ASSEMBLED)
def test_a_value_put_into_a_statement_is_found(code: str) -> None:
    assert list(sql.assembled(ast.parse(code)))


@pytest.mark.parametrize("code", SAFE)
def test_parameters_and_names_of_tables_are_no_injection(code: str) -> None:
    assert not list(sql.assembled(ast.parse(code)))


DEPRECATED = {
    "@deprecated('use g')\ndef f(): ...": (),
    "def f():\n    warnings.warn('use the other one', DeprecationWarning)": (),
    "def f(old=None):\n    if old is not None:\n        warnings.warn('old is going', DeprecationWarning)": ("old",),
    "def f(a: Annotated[str, deprecated('use b instead')] = ''): ...": ("a",),
    "def f():\n    '''Do it.\n\n    .. deprecated:: 2.0\n       Use g.\n    '''": (),
    "class A:\n    def __init__(self):\n        warn_deprecated('A is going')": (),
}


@pytest.mark.parametrize(("code", "keywords"), DEPRECATED.items())
def test_a_definition_tells_that_it_is_deprecated(code: str, keywords: tuple[str, ...]) -> None:
    node = ast.parse(code).body[0]
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)

    assert deprecations.said(node, keywords)


@pytest.mark.parametrize(
    "code",
    [
        "def f(old=None):\n    if old is not None:\n        warnings.warn('old is going', DeprecationWarning)",
        "def f():\n    warnings.warn('slow', RuntimeWarning)",
        "def f(types=None):\n    if types is None:\n        return 1\n    warnings.warn('types are going', DeprecationWarning)",
        "def f():\n    '''Call this before the deprecated one.'''",
        "def f():\n    if x:\n        raise DeprecationWarning",
    ],
)
def test_a_warning_about_something_else_is_none(code: str) -> None:
    node = ast.parse(code).body[0]
    assert isinstance(node, ast.FunctionDef)

    assert not deprecations.said(node)


@pytest.mark.parametrize("code", ["x = " + "+".join(["1"] * 20_000), "x = a" + ".a" * 20_000, "x = '\ud800'"])
def test_what_only_the_parser_gives_up_on_is_not_said_to_be_no_python(code: str) -> None:
    made = prepare(code)

    assert made.mistake is None
    assert "nested too deep" in made.reason, "in other words from 3.14 on"


def test_a_slip_of_the_pen_is_told_from_a_name_of_the_readers_own() -> None:
    tree = ast.parse("import httpx\nsession = 1\nprint(sesion, sessions, user, asyncio.run(x))\n")
    used = {"sesion": 3, "sessions": 3, "user": 3, "asyncio": 3, "x": 3}

    judged = names.judge(
        used, tree, {"session", "httpx"}, is_excerpt=False, exports=lambda name, attribute: "", modules=()
    )

    assert {one.name: one.near or one.home for one in judged.missing} == {"sesion": "session", "asyncio": "asyncio"}
    assert judged.assumed == ["sessions", "user", "x"]


def test_what_the_team_defines_or_makes_the_other_name_is_no_slip_of_the_pen() -> None:
    tree = ast.parse("import httpx\nlimited = limits()\nlimitd = 1\ncalculated = calculate()\nprint(calculate)\n")

    judged = names.judge(
        {"limits": 2, "calculate": 4, "limite": 5},
        tree,
        {"limited", "limitd", "calculated"},
        is_excerpt=False,
        exports=lambda name, attribute: "",
        modules=(),
        is_theirs=lambda name: name == "limite",
    )

    assert not judged.missing


def test_a_block_without_any_import_is_taken_for_a_part_of_one() -> None:
    tree = ast.parse("async def f():\n    await asyncio.sleep(1)\n")

    judged = names.judge({"asyncio": 2}, tree, {"f"}, is_excerpt=False, exports=lambda name, attribute: "", modules=())

    assert judged.assumed == ["asyncio"]


def test_a_block_that_takes_in_all_names_of_a_module_lacks_no_import() -> None:
    tree = ast.parse("from shop.models import *\nOrder()\n")

    judged = names.judge(
        {"Order": 2}, tree, set(), is_excerpt=False, exports=lambda name, attribute: "shop.orders.Order", modules=()
    )

    assert (judged.missing, judged.assumed) == ([], ["Order"])


def test_what_commands_install_is_read_with_its_versions() -> None:
    text = "$ pip install 'fastapi[all]>=0.1' uvicorn -r req.txt \\\n   redis && uv add httpx==0.2\npoetry add a@^1 --group dev\n"

    asked = [(one.line, one.name, one.wanted) for one in shell.installs(text)]

    assert asked == [
        (1, "fastapi", ">=0.1"),
        (1, "uvicorn", ""),
        (1, "redis", ""),
        (1, "httpx", "==0.2"),
        (3, "a", "@^1"),
    ]


DESTRUCTIVE = (
    "rm -rf build",
    "git push --force origin main",
    "DROP TABLE users;",
    "TRUNCATE users;",
    "DELETE FROM users;",
    "UPDATE users SET a = 1;",
    "git -C shop push -uf origin main",
    "dropdb shop",
    "aws s3 rm s3://bucket --recursive",
    "echo 'DROP TABLE users' | psql",
)
HARMLESS = (
    "rm build.txt",
    "git push --force-with-lease",
    "DELETE FROM users WHERE id = 1;",
    "UPDATE users SET a = 1 WHERE id = 2;",
    "# rm -rf build",
    "echo 'rm -rf build'",
    "pip install x",
)


@pytest.mark.parametrize("line", DESTRUCTIVE)
def test_what_cannot_be_undone_is_warned_of(line: str) -> None:
    assert next(shell.destructive(f"ls\n{line}\n"))[0] == 2


@pytest.mark.parametrize("line", HARMLESS)
def test_what_can_be_undone_is_not(line: str) -> None:
    assert not list(shell.destructive(line))
