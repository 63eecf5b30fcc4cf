"""Names that a block uses and does not define: a slip, an import that is missing, or something of the reader's own."""

from __future__ import annotations

import ast
import difflib
import importlib
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache

STANDARD = frozenset(
    [
        "abc",
        "argparse",
        "array",
        "ast",
        "asyncio",
        "base64",
        "bisect",
        "builtins",
        "calendar",
        "collections",
        "concurrent",
        "contextlib",
        "contextvars",
        "copy",
        "csv",
        "ctypes",
        "dataclasses",
        "datetime",
        "decimal",
        "difflib",
        "email",
        "enum",
        "errno",
        "fnmatch",
        "fractions",
        "functools",
        "gc",
        "getpass",
        "glob",
        "gzip",
        "hashlib",
        "heapq",
        "hmac",
        "html",
        "http",
        "importlib",
        "inspect",
        "io",
        "ipaddress",
        "itertools",
        "json",
        "locale",
        "logging",
        "math",
        "mimetypes",
        "multiprocessing",
        "numbers",
        "operator",
        "os",
        "pathlib",
        "pickle",
        "platform",
        "pprint",
        "queue",
        "random",
        "re",
        "secrets",
        "select",
        "shlex",
        "shutil",
        "signal",
        "smtplib",
        "socket",
        "sqlite3",
        "ssl",
        "statistics",
        "string",
        "struct",
        "subprocess",
        "sys",
        "tempfile",
        "textwrap",
        "threading",
        "time",
        "timeit",
        "traceback",
        "types",
        "typing",
        "unicodedata",
        "unittest",
        "urllib",
        "uuid",
        "warnings",
        "weakref",
        "xml",
        "zipfile",
        "zlib",
        "zoneinfo",
    ]  # fmt: skip
)
EXPORTS = {
    "datetime": ("timedelta", "timezone", "datetime", "date"),
    "pathlib": ("Path", "PurePath"),
    "typing": ("Optional", "List", "Dict", "Any", "Union", "Annotated", "Literal", "TypedDict", "Protocol", "Generic", "TypeVar", "Iterable", "Iterator",
               "Sequence", "Mapping", "AsyncIterator", "AsyncGenerator", "Awaitable", "Callable", "NamedTuple", "ClassVar", "Final", "Tuple", "Set",
               "TYPE_CHECKING", "cast", "overload", "Self", "Type"),
    "decimal": ("Decimal", "ROUND_HALF_UP"),
    "uuid": ("UUID", "uuid4"),
    "enum": ("Enum", "IntEnum", "StrEnum"),
    "dataclasses": ("dataclass", "asdict"),
    "collections": ("defaultdict", "Counter", "OrderedDict", "deque", "namedtuple"),
    "functools": ("partial", "wraps", "lru_cache", "cached_property", "reduce"),
    "contextlib": ("contextmanager", "asynccontextmanager", "suppress", "ExitStack", "AsyncExitStack"),
    "abc": ("ABC", "abstractmethod"),
    "http": ("HTTPStatus",),
    "zoneinfo": ("ZoneInfo",),
    "concurrent.futures": ("ThreadPoolExecutor", "ProcessPoolExecutor", "as_completed"),
    "io": ("BytesIO", "StringIO"),
    "urllib.parse": ("urlencode", "urljoin", "urlparse", "quote_plus", "parse_qs"),
    "contextvars": ("ContextVar",),
    "ipaddress": ("ip_address", "ip_network"),
}  # fmt: skip
HOME = {name: module for module, names in EXPORTS.items() for name in names}
GIVEN = frozenset(
    [
        "__file__",
        "__name__",
        "__doc__",
        "__builtins__",
        "_",
        "__",
        "___",
        "get_ipython",
        "display",
        "reveal_type",
        "reveal_locals",
        "unicode",
        "WindowsError",
    ]
)
TOO_COMMON = frozenset(
    [
        "app",
        "db",
        "get",
        "run",
        "main",
        "test",
        "client",
        "session",
        "settings",
        "config",
        "logger",
        "log",
        "engine",
        "cache",
        "user",
        "item",
        "data",
        "request",
        "response",
        "result",
        "router",
        "task",
        "User",
        "Item",
        "Order",
        "Base",
        "Product",
        "Post",
        "Model",
        "models",
        "Settings",
        "Config",
        "Client",
        "Service",
        "Repository",
        "Author",
        "Book",
        "Customer",
        "Account",
        "Message",
        "Event",
        "Person",
        "Category",
        "Tag",
        "Group",
        "Comment",
        "Article",
        "Task",
        "Job",
        "Worker",
        "Handler",
        "Manager",
        "Node",
        "Token",
        "Payment",
        "Address",
        "Company",
        "Team",
        "Role",
        "Permission",
        "Profile",
        "App",
        "Error",
        "Result",
        "State",
        "Status",
        "Context",
        "Database",
        "Cache",
        "Connection",
        "Pool",
        "Engine",
        "Entity",
        "Record",
        "Document",
        "File",
        "Image",
        "Job",
        "Invoice",
        "Report",
        "Notification",
        "Address",
        "Cart",
        "Shop",
        "Store",
        "Review",
        "Rating",
        "Hero",
        "Blog",
        "Entry",
        "Foo",
        "Bar",
        "Baz",
        "Spam",
        "MyModel",
        "MyClass",
        "Thing",
        "Widget",
        "Pet",
        "Cat",
        "Dog",
        "Animal",
        "Car",
        "City",
        "Country",
        "Student",
        "Teacher",
        "Course",
        "School",
        "Employee",
        "Department",
        "Project",
        "Game",
        "Player",
        "Song",
        "Album",
        "Artist",
        "Movie",
        "Actor",
        "Vehicle",
        "Recipe",
        "Restaurant",
        "Hotel",
        "Room",
        "Booking",
        "Reservation",
        "Ticket",
        "Flight",
        "Trip",
        "Location",
        "Place",
        "Store",
        "Supplier",
        "Warehouse",
        "Inventory",
        "Stock",
        "Transaction",
        "Transfer",
        "Balance",
        "Wallet",
        "Card",
        "func",
        "callback",
        "handler",
        "middleware",
        "auth",
        "crud",
        "schemas",
        "utils",
        "helpers",
        "add",
        "read",
        "write",
        "open",
        "close",
        "start",
        "stop",
        "send",
        "delete",
        "update",
        "create",
        "insert",
        "query",
        "execute",
        "process",
        "load",
        "dump",
        "save",
        "find",
        "search",
        "list",
        "show",
        "print",
        "parse",
        "validate",
        "check",
        "login",
        "logout",
        "register",
    ]  # fmt: skip
)


@dataclass(frozen=True, slots=True)
class Missing:
    """A name that is used without being defined. `near` is one of the block's own that it may stand for, `home` what exports it."""

    name: str
    line: int
    near: str = ""
    home: str = ""


@dataclass(slots=True)
class Judged:
    missing: list[Missing] = field(default_factory=list)
    assumed: list[str] = field(default_factory=list)


def judge(
    unresolved: Mapping[str, int], tree: ast.Module | None, known: Iterable[str], is_excerpt: bool, exports: Callable[[str, str], str],
    modules: Iterable[str],
) -> Judged:  # fmt: skip
    """`unresolved` are names with their first lines, `known` what is defined in the whole answer. `exports(name, attribute)` gives the
    module to import a name from, as the block's own imports and the environment suggest; with an attribute the name is a module.
    """
    judged = Judged()
    own = set(known)
    has_imports = tree is not None and any(isinstance(node, ast.Import | ast.ImportFrom) for node in ast.walk(tree))
    is_whole = not is_excerpt and has_imports
    for name, line in unresolved.items():
        if name in GIVEN or name in own:
            continue
        if (near := _near(name, own)) and not is_excerpt:
            judged.missing.append(Missing(name, line, near=near))
            continue
        home = _home(name, tree, exports, set(modules)) if is_whole and tree is not None else ""
        if home:
            judged.missing.append(Missing(name, line, home=home))
        else:
            judged.assumed.append(name)
    return judged


def _home(name: str, tree: ast.Module, exports: Callable[[str, str], str], modules: set[str]) -> str:
    used = attributes(tree, name)
    if used and name in STANDARD and all(has(name, attribute) for attribute in used):
        return name
    if used and name in modules and name not in TOO_COMMON and all(exports(name, attribute) for attribute in used):
        return name
    if name in HOME:
        return f"{HOME[name]}.{name}"
    if name in TOO_COMMON or len(name) < 4:
        return ""
    return exports(name, "")


def attributes(tree: ast.Module, name: str) -> set[str]:
    """What is asked of a name directly; empty where it is also used otherwise, as a module seldom is."""
    asked = {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == name
    }
    inner = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    bare = any(isinstance(node, ast.Name) and node.id == name and id(node) not in inner for node in ast.walk(tree))
    return set() if bare else asked


@lru_cache(maxsize=512)
def has(module: str, attribute: str) -> bool:
    """Whether a module of the standard library has this name, here."""
    if module not in STANDARD:
        return False
    try:
        return hasattr(importlib.import_module(module), attribute) or f"{module}.{attribute}" in sys.modules
    except ImportError:
        return False


def _near(name: str, own: set[str]) -> str:
    if len(name) < 4:
        return ""
    for one in difflib.get_close_matches(name, sorted(own), n=3, cutoff=0.8):
        if _is_slip(name, one):
            return one
    return ""


def _is_slip(name: str, other: str) -> bool:
    """One letter left out, doubled or changed with its neighbour: not a plural, a number, another case or another word."""
    if (
        re.sub(r"\d+", "", name) == re.sub(r"\d+", "", other)
        or name.lower() == other.lower()
        or abs(len(name) - len(other)) > 1
    ):
        return False
    if (
        {name, other} == {name, name + "s"}
        or {name, other} == {other, other + "s"}
        or name.strip("_") == other.strip("_")
    ):
        return False
    if len(name) == len(other):
        differing = [place for place in range(len(name)) if name[place] != other[place]]
        return (
            len(differing) == 2
            and name[differing[0]] == other[differing[1]]
            and name[differing[1]] == other[differing[0]]
        )
    long, short = sorted((name, other), key=len, reverse=True)
    place = next((at for at in range(len(short)) if long[at] != short[at]), len(short))
    return place > 0 and long[:place] + long[place + 1 :] == short


def defined(tree: ast.Module) -> Iterator[str]:
    """Every name that a block gives a meaning to, anywhere in it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Import | ast.ImportFrom):
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0]
        elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            yield node.name


def made(tree: ast.Module) -> Iterator[str]:
    """The functions, classes and variables that a block makes at its top: what others may import from it."""
    for node in tree.body:
        match node:
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                yield name
            case ast.Assign(targets=targets):
                yield from (one.id for one in targets if isinstance(one, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=name)):
                yield name
            case _:
                continue
