"""The tool with which a model looks at a library before it writes: a name's signature at the version in use."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.capabilities.checks.checking import Checker, Ground
from bot.ports.model import Tool, ToolFailed

LONGEST = 200


class LibraryApi(Tool):
    name = "library_api"
    description = (
        "What a name of a Python or npm library is at the version that the team has locked (without a lock file: at the newest one): "
        "its signature, the first lines of its documentation, whether it is deprecated, where it is defined; for a name that does "
        "not exist, the nearest ones that do. Use it before you write code with a part of a library that changed between "
        "versions, that you use seldom, or that you are not sure of. Several calls may be made at once."
    )
    schema: Mapping[str, object] = {
        "type": "object",
        "properties": {
            "package": {
                "type": "string",
                "description": "The package's name, as it is imported or installed: sqlalchemy",
            },
            "name": {"type": "string", "description": "The dotted name within it: orm.Session.scalars"},
        },
        "required": ["package", "name"],
        "additionalProperties": False,
    }

    def __init__(self, checker: Checker, ground: Callable[[], Awaitable[Ground]]) -> None:
        self._checker = checker
        self._ground = ground

    def label(self, arguments: Mapping[str, object]) -> str:
        return f"looking up {arguments.get('name', '')!s:.60}"

    async def run(self, arguments: Mapping[str, object]) -> str:
        package, name = str(arguments.get("package", "")).strip(), str(arguments.get("name", "")).strip()
        if not package or not name or len(package) + len(name) > LONGEST:
            raise ToolFailed("Give a package and one dotted name in it.")
        ground = await self._ground()
        if ground.unknown:
            raise ToolFailed(ground.unknown)
        return await self._checker.api(package, name, ground)
