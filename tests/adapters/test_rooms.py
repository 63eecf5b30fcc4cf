"""The doors' rooms: the same thought bears the same name at each platform, and only its room does what it is for."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import adapters

HOUSE = Path(adapters.__file__ or next(iter(adapters.__path__)) + "/__init__.py").parent
PLATFORMS = ("slack", "discord", "web")

THOUGHTS = {
    "door": "builds the pair from the settings",
    "app": "listens, and acknowledges",
    "incoming": "reads events into typed values",
    "presses": "reads interactions into typed values",
    "contents": "what a message says",
    "threads": "the address of a conversation from a place",
    "interactions": "what people do with commands, menus and buttons",
    "replies": "what is said at once",
    "outgoing": "the side that answers",
    "office": "what all answers of a process share",
    "posts": "one answer in sight of all",
    "refusals": "what a refused post lacks",
    "private": "an answer for the asker alone",
    "formatting": "draws CommonMark",
    "parts": "what the messages of an answer hold",
    "finding": "our own messages, found again",
    "calls": "makes calls to the platform",
    "budget": "how often it may be called",
    "directory": "who somebody is, what a place is, who reads it",
    "changes": "what changes that",
    "missed": "what was said while nobody listened",
    "manifest": "what the platform is told of us",
    "phrases": "its own sentences",
}
EVERYWHERE = {"door", "app", "incoming", "threads", "interactions", "outgoing", "posts", "formatting", "phrases"}
OWN = {
    "slack": {
        "attached",
        "blocks",
        "copies",
        "direct",
        "earlier",
        "envelopes",
        "files",
        "lanes",
        "live",
        "mrkdwn",
        "shapes",
        "names",
        "removing",
        "signs",
        "socket",
        "stream",
        "unclaimed",
    },
    "discord": {
        "audiences",
        "cards",
        "invite",
        "listener",
        "moderation",
        "naming",
        "opening",
        "reading",
        "responses",
        "rights",
        "buckets",
        "sessions",
    },
    "web": {
        "addresses",
        "colours",
        "guard",
        "pages",
        "plots",
        "repos",
        "searching",
        "sheets",
        "starters",
        "usage",
        "watching",
    },
}
"""Thoughts that one platform alone has."""


def rooms(platform: str) -> dict[str, ast.Module]:
    return {
        path.stem: ast.parse(path.read_text()) for path in (HOUSE / platform).glob("*.py") if path.stem != "__init__"
    }


def classes(tree: ast.Module) -> Iterator[tuple[str, set[str]]]:
    """Each class with the names of what it stands on."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield node.name, {name.id for base in node.bases for name in ast.walk(base) if isinstance(name, ast.Name)}


def homes_of(platform: str, base: set[str]) -> set[str]:
    return {room for room, tree in rooms(platform).items() for _, bases in classes(tree) if bases & base}


def calls_of(platform: str, name: str) -> set[str]:
    return {
        room
        for room, tree in rooms(platform).items()
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_each_room_has_the_name_of_its_thought(platform: str) -> None:
    found = set(rooms(platform))

    assert found >= EVERYWHERE
    assert found - set(THOUGHTS) <= OWN[platform]


def test_what_two_platforms_have_is_a_thought_of_all() -> None:
    assert not OWN["slack"] & OWN["discord"]
    assert not (OWN["slack"] | OWN["discord"] | OWN["web"]) & set(THOUGHTS)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_only_its_room_does_what_it_is_for(platform: str) -> None:
    assert homes_of(platform, {"Adapter"}) == {"app"}
    assert homes_of(platform, {"Platform", "HomePlatform"}) == {"outgoing"}
    assert homes_of(platform, {"Entrance"}) == {"door"}
    assert homes_of(platform, {"LivePost"}) <= {"posts", "private", "direct"}
    assert homes_of(platform, {"Pages"}) <= {"posts"}


@pytest.mark.parametrize("platform", PLATFORMS)
def test_an_address_is_made_in_one_room_and_events_are_read_in_one(platform: str) -> None:
    """A button's address comes back whole, so whoever reads the press may put it together again."""
    assert calls_of(platform, "ThreadId") - {"presses"} == {"threads"}
    for heard in ("Said", "Edited", "Deleted", "is_edit"):
        assert calls_of(platform, heard) <= {"incoming"}
    read = next(node for node in ast.walk(rooms(platform)["incoming"]) if getattr(node, "name", "") == "read")
    assert isinstance(read, ast.AsyncFunctionDef)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize("room", ["app", "interactions"])
def test_nothing_raw_reaches_the_rooms_that_listen(platform: str, room: str) -> None:
    """No key of an event or an interaction is looked up there: what they hold is typed by then."""
    looked_into = [
        node.value.id
        for node in ast.walk(rooms(platform)[room])
        if isinstance(node, ast.Subscript | ast.Attribute) and isinstance(node.value, ast.Name)
        if isinstance(node, ast.Subscript) or node.attr in ("get", "data")
    ]

    assert not {"event", "body", "payload", "data", "message"} & set(looked_into)
