"""Files that the service does not take: which of the question they are, so that it can be asked again without them.

A file of an earlier turn cannot be taken out of what is replayed; such a conversation is folded to plain text instead.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

from bot.claude import wire
from bot.claude.course import Course
from bot.claude.faults import UnreadableFile
from bot.claude.pictures import MANY_IMAGES, MOST_PIXELS_OF_MANY, picture
from bot.errors import BotError, FileRefused, ModelRejected, PrefixRejected

KINDS = {"image": "image", "pdf": "document"}


def located(error: UnreadableFile, course: Course) -> BotError:
    """What follows from it. Where the service does not say which file it means, it means all of that kind."""
    if 0 <= error.message < len(course.before):
        return PrefixRejected("a file of an earlier turn")
    question = course.turn[0]["content"]
    if error.message == len(course.before) and 0 <= error.block < len(question) and _is_file(question[error.block]):
        return FileRefused((error.block,))
    kind = KINDS[error.kind]
    if places := tuple(place for place, block in enumerate(question) if block["type"] == kind):
        return FileRefused(places)
    if any(block["type"] == kind for message in course.before for block in message["content"]):
        return PrefixRejected("a file of an earlier turn")
    return ModelRejected(f"{error.kind} refused, and there is none")


def check_images(course: Course) -> None:
    """Raises FileRefused or PrefixRejected where the request holds so many images that some of them are too large."""
    before = list(_images([block for message in course.before for block in message["content"]]))
    now = list(_images(course.turn[0]["content"]))
    if len(before) + len(now) <= MANY_IMAGES:
        return
    if any(_is_large(block) for _, block in before):
        raise PrefixRejected("large images of earlier turns among many")
    if large := tuple(place for place, block in now if _is_large(block)):
        raise FileRefused(large)


def _images(blocks: list[wire.Json]) -> Iterator[tuple[int, wire.Json]]:
    return ((place, block) for place, block in enumerate(blocks) if block["type"] == "image")


def _is_file(block: wire.Json) -> bool:
    return block["type"] in KINDS.values()


def _is_large(block: wire.Json) -> bool:
    source = block["source"]
    seen = picture(source["media_type"], base64.b64decode(source["data"]))
    return seen is not None and seen.longest > MOST_PIXELS_OF_MANY
