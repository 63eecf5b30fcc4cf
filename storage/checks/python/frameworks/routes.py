"""Django's routes and settings by their names: what `reverse` and `redirect` ask for, with the arguments that its pattern takes, and
what is asked of `settings`. Both are held against the team's own, as far as they can be seen whole.
https://docs.djangoproject.com/en/5.2/ref/urlresolvers/, https://docs.djangoproject.com/en/5.2/topics/settings/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

from bot.capabilities.checks.python import wording
from bot.capabilities.checks.verdicts import Finding
from storage.checks.python.library.library import near
from storage.checks.python.library.members import class_names
from storage.checks.python.meaning.sight import Sight

ASKING = frozenset(["reverse", "reverse_lazy", "redirect", "resolve_url"])
NAME = re.compile(r"[A-Za-z][\w-]*(?::[A-Za-z][\w-]*)*")
ROUTE = re.compile(r"\b(?:re_)?path\(|\burl\(")
NAMED = re.compile(r"\bname\s*=\s*['\"]([\w:.-]+)['\"]")
SPACE = re.compile(r"\b(?:app_name|namespace)\s*=\s*['\"]([\w-]+)['\"]|\]\s*,\s*['\"]([\w-]+)['\"]\s*\)")
INCLUDED = re.compile(r"\binclude\(\s*\(?\s*['\"]([\w.]+)['\"]")
MADE = re.compile(r"Router\(|\.get_urls\(|i18n_patterns|wagtail")
COMPUTED_NAME = re.compile(r"path\([^\n]*\bname\s*=\s*(?:f['\"]|[A-Za-z_])")
"""Both make routes whose names nobody writes down."""

BASE = re.compile(r"\.register\([^()]*\bbase_?name\s*=\s*['\"]([\w-]+)['\"]")
ACTION = re.compile(
    r"@(?:\w+\.)?action\((?:[^()]|\([^()]*\))*?(?:url_name\s*=\s*['\"]([\w-]+)['\"](?:[^()]|\([^()]*\))*)?\)\s+"
    r"(?:@[^\n]+\s+)*(?:async\s+)?def (\w+)"
)
"""https://www.django-rest-framework.org/api-guide/routers/: `basename`, and what an extra action is called in the name of its route."""

CONVERTED = re.compile(r"<(?:\w+:)?(\w+)>")
GROUP = re.compile(r"\(\?P<(\w+)>")
SETTINGS = re.compile(r"\bINSTALLED_APPS\s*(?::[^=\n]+)?=")
COMPUTED = re.compile(r"globals\(\)|locals\(\)|vars\(\)|dynaconf|configurations|\bsetattr\(|settings\.configure")
GLOBAL = "django.conf.global_settings"
OF_SETTINGS = frozenset(["configure", "configured", "is_overridden", "SETTINGS_MODULE"])


def unknown(sight: Sight, lines: range, words: str) -> Iterator[Finding]:
    """For these lines of the text, from 1; lines of the findings count from 0. `words` are those of the team's tree."""
    version = sight.library.environment.versions.get("django", "")
    if not version or sight.tree is None:
        return
    text = f"{sight.text}\n{words}"
    for call in sight.nodes(ast.Call):
        if call.lineno not in lines or _called(call) not in ASKING or not call.args:
            continue
        if said := _of_route(sight, call, text):
            yield Finding(call.args[0].lineno - 1, "name", said)
    if _is_djangos(sight) and SETTINGS.search(words) and not COMPUTED.search(words):
        yield from _of_settings(sight, lines, words)


def _called(call: ast.Call) -> str:
    return call.func.id if isinstance(call.func, ast.Name) else ""


# --- routes ---------------------------------------------------------------------------------------------------------------


def _of_route(sight: Sight, call: ast.Call, text: str) -> str:
    """What is wrong with the name that a call asks for; "" where nothing is, or nobody can tell."""
    asked = call.args[0]
    if not isinstance(asked, ast.Constant) or not isinstance(asked.value, str) or not NAME.fullmatch(asked.value):
        return ""
    space, _, name = asked.value.rpartition(":")
    names = set(NAMED.findall(text)) if ROUTE.search(text) else set()
    if name not in names and (meant := routed(name, text)) and (not space or space.rpartition(":")[2] in _spaces(text)):
        return f"no route of yours is called `{asked.value}`; did you mean `{f'{space}:' if space else ''}{meant}`?"
    if not names or (space and space.rpartition(":")[2] not in _spaces(text)):
        return ""
    if name in names:
        return _misfit(call, asked.value, name, text)
    if MADE.search(text) or COMPUTED_NAME.search(text) or (not space and _has_others(sight, text)):
        return ""
    guess = near(name, names)
    said = f"no route of yours is called `{asked.value}`"
    return said + (f"; did you mean `{f'{space}:' if space else ''}{guess}`?" if guess else "")


def routed(name: str, text: str) -> str:
    """The route's name that a router of Django REST framework makes, where the one that is asked for has an underscore in place of its
    hyphen; "" for any other."""
    wanted = name.replace("_", "-")
    given = [url or of.replace("_", "-") for url, of in ACTION.findall(text)]
    if COMPUTED_NAME.search(text):
        return ""
    made = {f"{base}-{end}" for base in BASE.findall(text) for end in ("list", "detail", *given)}
    return wanted if name not in made and wanted in made else ""


def _spaces(text: str) -> set[str]:
    return {first or second for first, second in SPACE.findall(text)}


def _has_others(sight: Sight, text: str) -> bool:
    """Whether routes are taken in that no file of the team's writes."""
    tree = sight.tree
    tops = {one.partition(".")[0] for one in INCLUDED.findall(text)}
    own = {one for one in tops if tree is not None and (any(tree.glob(one)) or any(tree.glob(f"*/{one}")))}
    return tops != own or "admin.site.urls" in text


def _misfit(call: ast.Call, full: str, name: str, text: str) -> str:
    """Arguments by name that the one route of this name does not take, or lacks."""
    patterns = _patterns(name, text)
    given = next((one.value for one in call.keywords if one.arg == "kwargs"), None)
    if _called(call) == "redirect":
        words = [one.arg for one in call.keywords if one.arg and one.arg not in ("permanent", "preserve_request")]
        given = ast.Dict(keys=[ast.Constant(one) for one in words], values=list(call.args[:0])) if words else None
    if len(patterns) != 1 or not isinstance(given, ast.Dict) or _is_below_arguments(text):
        return ""
    keys = [one.value for one in given.keys if isinstance(one, ast.Constant) and isinstance(one.value, str)]
    wanted = set(CONVERTED.findall(patterns[0])) | set(GROUP.findall(patterns[0]))
    if len(keys) != len(given.keys) or set(keys) == wanted:
        return ""
    wrong = [one for one in keys if one not in wanted]
    takes = ", ".join(f"`{one}`" for one in sorted(wanted)) or "nothing"
    if wrong:
        return f"the route `{full}` takes no `{wrong[0]}`: it takes {takes}"
    return f"the route `{full}` also needs {', '.join(f'`{one}`' for one in sorted(wanted - set(keys)))}"


def _patterns(name: str, text: str) -> list[str]:
    """The patterns of the routes of this name."""
    end = rf"\bname\s*=\s*['\"]{re.escape(name)}['\"]"
    return re.findall(rf"\b(?:re_)?path\(\s*r?['\"]([^'\"]*)['\"](?:(?!path\()[\s\S]){{0,300}}?{end}", text)


def _is_below_arguments(text: str) -> bool:
    """Whether routes are taken in below a pattern that has arguments itself."""
    return any(
        CONVERTED.search(one) or GROUP.search(one)
        for one in re.findall(r"path\(\s*r?['\"]([^'\"]*)['\"]\s*,\s*include", text)
    )


# --- settings -------------------------------------------------------------------------------------------------------------


def _is_djangos(sight: Sight) -> bool:
    return any(
        isinstance(one, ast.ImportFrom)
        and one.module == "django.conf"
        and any(each.name == "settings" for each in one.names)
        for one in sight.nodes(ast.ImportFrom)
    )


def _of_settings(sight: Sight, lines: range, words: str) -> Iterator[Finding]:
    root = sight.library.source(GLOBAL)
    known = set(class_names(ast.ClassDef("_", [], [], root.body, []))) if root is not None else set()
    own = set(re.findall(r"^\s*([A-Z][A-Z0-9_]*)\s*(?::[^=\n]+)?=", words, re.M))
    for node in sight.nodes(ast.Attribute):
        match node:
            case ast.Attribute(value=ast.Name(id="settings"), attr=name, ctx=ast.Load()) if node.lineno in lines:
                is_known = name in known | OF_SETTINGS or name.startswith("_") or bool(re.search(rf"\b{name}\b", words))
                guess = "" if is_known else near(name, own | known)
                if known and guess:  # others may be a library's
                    yield Finding(node.lineno - 1, "attribute", wording.attribute("settings", name, "", guess))
            case _:
                continue
