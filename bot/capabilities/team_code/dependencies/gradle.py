"""Gradle: version catalogs, lock files, the wrapper, and the dependencies that a build script names in so many words.

A build script is a program, so what it computes is not known here; a catalog and a lock file are data.
"""

from __future__ import annotations

import posixpath
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from bot.capabilities.team_code.dependencies.facts import VERSION_KEY, Declared, Entry, Locked, Runtime, Setting
from bot.capabilities.team_code.dependencies.page import Page, Table
from bot.capabilities.team_code.dependencies.words import Word, line_of

LOCK_LINE = re.compile(r"([^\s:=]+:[^\s:=]+):([^\s:=]+)=(.*)$")
NOTATION = re.compile(
    r"(?P<how>[A-Za-z]\w*)\s*[(=:]?\s*(?:(?P<bom>platform|enforcedPlatform)\s*\(\s*)?"
    r"(?P<quote>[\"'])(?P<name>[\w.-]+:[\w.-]+)(?:_\$(?:\{[\w.]+\}|[\w.]+))?(?::(?P<version>[^\"'@:\s]+))?(?:[:@][^\"']*)?(?P=quote)"
)
PLUGIN = re.compile(r"id\s*\(?\s*([\"'])(?P<name>[\w.-]+)\1\s*\)?\s*(?:version\s*\(?\s*([\"'])(?P<version>[^\"']+)\3)?")
WRAPPER = re.compile(r"distributionUrl\s*=.*/gradle-(?P<version>\d[\w.-]*?)-(?:bin|all)\.zip\s*$")
MAPPED = re.compile(
    r"(?P<how>[A-Za-z]\w*)\s*\(?\s*group\s*[:=]\s*([\"'])(?P<group>[\w.-]+)\2\s*,\s*name\s*[:=]\s*([\"'])(?P<artifact>[\w.-]+)\4"
    r"(?:\s*,\s*version\s*[:=]\s*([\"'])(?P<version>[^\"']+)\6)?"
)
REFERENCE = re.compile(
    r"(?P<how>[A-Za-z]\w*)\s*[(\s]\s*(?:(?P<bom>platform|enforcedPlatform)\s*\(\s*)?(?P<catalog>[A-Za-z]\w*)\.(?P<key>[A-Za-z]\w*(?:\.\w+)*)"
)
"""`implementation(libs.spring.core)`: an alias of a catalog, `alias(libs.plugins.kotlin)` one of its plugins."""

TEXT = r"[\"']"
INLINE = re.compile(
    rf"\blibrary\(\s*{TEXT}(?P<alias>[\w.-]+){TEXT}\s*,\s*{TEXT}(?:(?P<name>[\w.-]+:[\w.-]+):(?P<version>[^\"':@\s]+){TEXT}"
    rf"|(?P<group>[\w.-]+){TEXT}\s*,\s*{TEXT}(?P<artifact>[\w.-]+){TEXT}\s*\)\s*\.version\(\s*{TEXT}(?P<own>[^\"']+){TEXT})"
)
"""A catalog that stands in settings.gradle."""

JAVA = re.compile(
    r"(?:\bjvmToolchain\s*\(?\s*|\bJavaLanguageVersion\.of\s*\(\s*|\bsourceCompatibility\s*=?\s*(?:JavaVersion\.VERSION_|[\"'])?)"
    r"(\d+(?:[._]\d+)?)\b"
)
"""Which Java a build is for."""

CATALOG, BUNDLE = "gradle catalog", "gradle bundle"
BETWEEN = re.compile(r"[-_.]")
HOW = re.compile(
    r"(?i).*(?:api|implementation|compile|runtime|only|classpath|provided|processor|kapt|ksp|platform|plugins|desugaring|dependson|force"
    r"|lib|library|module|dependency)$"
)
NO_ASK = re.compile(
    r"(?i)(?:.*(?:exclude|because|description|include|project|println|uri|url|image|replace\w*|message|tag)|with|to)$"
)
"""Words before a text that is no dependency; behind any other, `group:artifact:1.0` is one, whatever a configuration is called."""

MAX_LINE_CHARS = 1_000
NO_VERSION = "no version of its own"
ASSIGNED = re.compile(
    r"(?:(?:private |internal |public )?(?:const )?(?:val|var|def|final)\s+|ext\.|extra\[[\"'])?"
    r"([A-Za-z_][\w.-]*)[\"']?\]?\s*(?::\s*String\s*)?=\s*([\"'])(\d[^\"'$]*)\2\s*;?\s*$"
)
PROPERTY = re.compile(r"\s*([A-Za-z_][\w.-]*)\s*[=:]\s*(\d\S*)\s*$")
VARIABLE = re.compile(r"\$(?:\{(?:rootProject\.|project\.|ext\.)?([\w.-]+)\}|(\w+(?:\.[A-Za-z_]\w*)?))")
MAP = re.compile(r"(?:(?:ext\.|def\s+|final\s+|Map<[^>]*>\s+))*(?P<name>\w+)\s*\+?=\s*\[(?P<rest>.*)")
MAP_ENTRY = re.compile(r"[\"']?(?P<key>[\w-]+)[\"']?\s*:\s*([\"'])(?P<value>\d[^\"'$]*)\2")
"""Groovy's way to keep versions: `versions += [ jackson: "2.16.2", ... ]`, called `versions.jackson`."""
OBJECT = re.compile(r"(?:(?:private|internal|public|const|data)\s+)*object\s+(\w+)\s*\{")
"""`object Versions {` in buildSrc: scripts of the whole build call what it holds `Versions.kotlin`."""

BUILD_FOLDERS = ("buildSrc", "build-logic", "build-src", "buildLogic", "gradle")
ASSIGNMENT = "gradle"
CATALOG_END = ".versions.toml"
DEV = re.compile(r"(?i).*test")


def read_catalog(page: Page) -> Iterator[Entry]:
    data = page.toml()
    versions = page.table(data, "versions")
    yield from _keys(page, versions)
    libraries = page.table(data, "libraries")
    for alias in libraries:
        yield from _entry(page, libraries, alias, versions, "")
    plugins = page.table(data, "plugins")
    for alias in plugins:
        yield from _entry(page, plugins, alias, versions, "plugin")
    bundles = page.table(data, "bundles")
    for alias in bundles:
        for one in page.words(bundles, alias):
            yield Setting(BUNDLE, _key(alias), _key(one), page.path, one.line)


def _keys(page: Page, versions: Table) -> Iterator[Entry]:
    """The catalog's versions by their keys: scripts take them so, and people ask for them (`kotlin`)."""
    for key in versions:
        if version := _stated(page, versions, key):
            yield Declared("java", str(key), version, VERSION_KEY, page.path, line_of(versions[key]))


def _entry(page: Page, table: Table, alias: str, versions: Table, group: str) -> Iterator[Entry]:
    """`a:b:1`, or a table of module (or group and name; for a plugin id) and version, its reference, or nothing."""
    value = table[alias]
    if isinstance(value, Word):
        name, _, version = value.rpartition(":")
        if not group and value.count(":") == 1:
            name, version = value, ""
        yield Declared("java", name, str(version), group, page.path, value.line, alias)
        return
    details = page.table(table, alias)
    name = str(page.word(details, "id") or page.word(details, "module") or "")
    if not name:
        name = f"{page.word(details, 'group') or ''}:{page.word(details, 'name') or ''}".strip(":")
    if not name:
        page.wrong(f"{alias[:40]} names no module")
        return
    yield Declared("java", name, _version(page, details, versions), group, page.path, line_of(details), alias)


def _version(page: Page, details: Table, versions: Table) -> str:
    inner = details.get("version")
    if isinstance(inner, dict) and (reference := page.word(inner, "ref")):
        if reference in versions:
            return _stated(page, versions, reference)
        page.wrong(f"line {reference.line} refers to a version that is not there")
        return ""
    return _stated(page, details, "version")


def _stated(page: Page, table: Table, key: str) -> str:
    """A rich version says what it must be: strictly, else require, else prefer."""
    inner = table.get(key)
    if not isinstance(inner, dict):
        return str(page.word(table, key) or "")
    for how in ("strictly", "require", "prefer"):
        if text := page.word(inner, how):
            return f"{text} ({how})" if how != "require" else str(text)
    return ""


def read_lockfile(page: Page) -> Iterator[Entry]:
    """`group:artifact:version=configuration,configuration`; the last line lists configurations that hold nothing."""
    for number, line in enumerate(page.lines, 1):
        text = line.strip()
        if not text or text.startswith(("#", "empty=")):
            continue
        if not (found := LOCK_LINE.match(text)):
            page.wrong(f"line {number} is not a locked module")
            continue
        configurations = found[3].split(",")
        note = "tests only" if all(DEV.match(one) for one in configurations) else ""
        yield Locked("java", found[1], found[2], page.path, number, page.asks(found[1]) or None, note)


def read_script(page: Page) -> Iterator[Entry]:
    """Only whole coordinates in a text of their own; variables inside them stay as they are written."""
    in_comment, holder, of_map = False, "", ""
    for number, line in enumerate(page.lines, 1):
        text = line.strip()
        if in_comment or text.startswith("/*"):
            in_comment = "*/" not in text
            continue
        if text.startswith(("//", "*")) or len(text) > MAX_LINE_CHARS:
            continue
        if found := OBJECT.match(text):
            holder = f"{found[1]}."
        if found := MAP.match(text):
            of_map = found["name"]
        if of_map:
            for found in MAP_ENTRY.finditer(text):
                yield Setting(ASSIGNMENT, f"{of_map}.{found['key']}", found["value"], page.path, number)
        of_map = "" if "]" in text.partition("//")[0] else of_map
        if found := JAVA.search(text):
            yield Runtime("java", found[1].replace("_", "."), page.path, number)
        if found := ASSIGNED.match(text):
            yield Setting(ASSIGNMENT, holder + found[1], found[3], page.path, number)
        for found in NOTATION.finditer(text):
            is_whole = (
                bool(found["version"]) and "." in found["name"].partition(":")[0] and not NO_ASK.match(found["how"])
            )
            if HOW.match(found["how"]) or found["bom"] or is_whole:
                is_bom = found["bom"] or found["how"].lower().endswith("platform")
                group = "bom" if is_bom else "dev" if DEV.match(found["how"]) else ""
                yield Declared("java", found["name"], found["version"] or "", group, page.path, number)
        for found in INLINE.finditer(text):
            name, version = (
                found["name"] or f"{found['group']}:{found['artifact']}",
                found["version"] or found["own"] or "",
            )
            yield Declared("java", name, version, "", page.path, number, found["alias"])
        for found in REFERENCE.finditer(text):
            if HOW.match(found["how"]) or found["bom"] or found["how"] == "alias":
                group = "bom" if found["bom"] else "dev" if DEV.match(found["how"]) else ""
                group = "plugin" if found["how"] == "alias" else group
                yield Setting(CATALOG, f"{found['catalog']}.{found['key']}", group, page.path, number)
        for found in MAPPED.finditer(text):
            if HOW.match(found["how"]):
                name, group = f"{found['group']}:{found['artifact']}", "dev" if DEV.match(found["how"]) else ""
                yield Declared("java", name, found["version"] or "", group, page.path, number)
        for found in PLUGIN.finditer(text):
            if found["version"]:
                yield Declared("java", found["name"], found["version"], "plugin", page.path, number)


def read_wrapper(page: Page) -> Iterator[Entry]:
    for number, line in enumerate(page.lines, 1):
        if found := WRAPPER.match(line.strip()):
            yield Runtime("gradle", found["version"], page.path, number)


def read_properties(page: Page) -> Iterator[Entry]:
    """gradle.properties: what scripts below call by its key."""
    for number, line in enumerate(page.lines, 1):
        if len(line) < MAX_LINE_CHARS and (found := PROPERTY.match(line)):
            yield Setting(ASSIGNMENT, found[1], found[2], page.path, number)


def _key(alias: str) -> str:
    """An alias as a script writes it: `spring-core` is `spring.core`."""
    return BETWEEN.sub(".", alias)


def resolved(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Aliases become what the nearest catalog of their name says; then variables are filled in."""
    aliases: dict[tuple[str, str], Declared] = {}
    bundles: dict[tuple[str, str], list[str]] = defaultdict(list)
    asked: list[Setting] = []
    rest: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Setting) and entry.kind == CATALOG:
            asked.append(entry)
        elif isinstance(entry, Setting) and entry.kind == BUNDLE:
            bundles[entry.path, entry.name].append(entry.value)
        else:
            rest.append(entry)
            if isinstance(entry, Declared) and entry.alias and entry.path.endswith(CATALOG_END):
                prefix = "plugins." if entry.group == "plugin" else ""
                aliases[entry.path, prefix + _key(entry.alias)] = entry
    yield from _filled_in(rest)
    catalogs = {path for path, _ in aliases}
    for one in asked:
        yield from _meant(one, catalogs, aliases, bundles)


def _meant(
    one: Setting,
    catalogs: Iterable[str],
    aliases: Mapping[tuple[str, str], Declared],
    bundles: Mapping[tuple[str, str], Sequence[str]],
) -> Iterator[Declared]:
    """What is no alias of a catalog here is some other variable of the script, or comes with a published catalog."""
    name, _, key = one.name.partition(".")
    path = _nearest(f"{name}{CATALOG_END}", posixpath.dirname(one.path), catalogs)
    keys = bundles.get((path, key.removeprefix("bundles.")), ()) if key.startswith("bundles.") else (key,)
    for each in keys:
        if found := aliases.get((path, each)):
            where = f"{found.range or NO_VERSION} (catalog in {found.path}:{found.line})".strip()
            yield replace(found, range=where, group=one.value, path=one.path, line=one.line)


def _nearest(file: str, folder: str, catalogs: Iterable[str]) -> str:
    """The catalog of this name in the folder's gradle/, or in that of the nearest above; included builds have their own."""
    fitting = {
        posixpath.dirname(posixpath.dirname(path)): path for path in catalogs if posixpath.basename(path) == file
    }
    while folder not in fitting and folder:
        folder = posixpath.dirname(folder)
    if folder in fitting:
        return fitting[folder]
    return next(iter(fitting.values())) if len(fitting) == 1 else ""


def _filled_in(entries: Iterable[Entry]) -> Iterator[Entry]:
    """Variables in a script's coordinates get the value that is assigned to them once, in the script itself or the nearest above."""
    values: dict[tuple[str, str], set[str]] = defaultdict(set)
    rest: list[Entry] = []
    for entry in entries:
        if isinstance(entry, Setting) and entry.kind == ASSIGNMENT:
            values[_home(entry.path), entry.name].add(entry.value)
        else:
            rest.append(entry)
    for entry in rest:
        if isinstance(entry, Declared) and entry.ecosystem == "java" and "$" in entry.range:
            yield replace(entry, range=_filled(entry.range, _home(entry.path), values))
        else:
            yield entry


def _home(path: str) -> str:
    """The folder for which a file of the build speaks: code of buildSrc and scripts of gradle/ for the one around it."""
    parts = path.split("/")[:-1]
    at = next((number for number, part in enumerate(parts) if part in BUILD_FOLDERS), len(parts))
    return "/".join(parts[:at])


def _filled(text: str, folder: str, values: Mapping[tuple[str, str], set[str]]) -> str:
    def value(found: re.Match[str]) -> str:
        here, name = folder, found[1] or found[2]
        if re.match(r"[A-Z]\w*\.", name):
            name = ".".join(name.split(".")[-2:])  # of nested objects the inner one, which holds it
        while (here, name) not in values and here:
            here = posixpath.dirname(here)
        known = values.get((here, name), set())
        return next(iter(known)) if len(known) == 1 else found[0]

    return VARIABLE.sub(value, text)
