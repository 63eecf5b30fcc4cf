"""The small files by which version managers are told what to install."""

from __future__ import annotations

from collections.abc import Iterator

from bot.capabilities.team_code.dependencies.ecosystems import runtime_named
from bot.capabilities.team_code.dependencies.facts import Entry, Runtime
from bot.capabilities.team_code.dependencies.page import Page
from bot.capabilities.team_code.dependencies.words import Word, line_of

FILES = {
    ".python-version": "python",
    ".nvmrc": "node",
    ".node-version": "node",
    ".ruby-version": "ruby",
    ".java-version": "java",
    ".swift-version": "swift",
}
MAX_VERSION_CHARS = 100
MAX_TOOL_CHARS = 80


def read_version_file(page: Page) -> Iterator[Entry]:
    """One version; .python-version may hold several, one on each line."""
    name = FILES[page.path.rpartition("/")[2]]
    for number, text in _bare_lines(page):
        if len(text) > MAX_VERSION_CHARS or any(part.isspace() for part in text):
            page.wrong(f"line {number} is not a version")
            continue
        yield Runtime(name, text.removeprefix(f"{name}-"), page.path, number)
        if name != "python":
            return


def read_tool_versions(page: Page) -> Iterator[Entry]:
    """asdf: a tool and its versions, the preferred one first."""
    for number, text in _bare_lines(page):
        tool, *versions = text.split()
        for version in versions:
            yield Runtime(runtime_named(tool) or tool[:MAX_TOOL_CHARS], version[:MAX_VERSION_CHARS], page.path, number)


def read_mise(page: Page) -> Iterator[Entry]:
    tools = page.table(page.toml(), "tools")
    for tool in tools:
        bare = tool.removeprefix("core:")
        name = runtime_named(bare) or bare.rpartition(":")[2][:MAX_TOOL_CHARS]
        value = tools[tool]
        for wanted in value if isinstance(value, list) else [value]:
            version = wanted if isinstance(wanted, Word) else page.word(page.table({tool: wanted}, tool), "version")
            if version is not None:
                yield Runtime(name, version, page.path, line_of(version))


def read_rust_toolchain(page: Page) -> Iterator[Entry]:
    """The old form is a channel alone; the file without an ending may also hold the new one."""
    if page.path.endswith(".toml") or "[" in page.text:
        if channel := page.word(page.table(page.toml(), "toolchain"), "channel"):
            yield Runtime("rust", channel, page.path, channel.line)
        return
    for number, text in _bare_lines(page):
        yield Runtime("rust", text[:MAX_VERSION_CHARS], page.path, number)
        return


def _bare_lines(page: Page) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(page.lines, 1):
        if text := line.partition("#")[0].strip():
            yield number, text
