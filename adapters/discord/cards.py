"""What a message of Discord's shows in cards, as alerts do: embeds and components. Quoted, for it is not what a person typed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC

import discord

from adapters.discord.reading import UNREADABLE
from adapters.phrases import picture


def composed(components: Sequence[object]) -> Iterator[str]:
    """A message that is made of components, as many alerts are."""
    if words := "\n".join(_shown(components)):
        yield f"Embedded:\n{quote(words)}"


def _shown(components: Sequence[object]) -> Iterator[str]:
    """The words in them; of a button only one that leads somewhere."""
    for one in components:
        match one:
            case discord.TextDisplay(content=content):
                yield content
            case discord.SectionComponent(children=children, accessory=accessory):
                yield from _shown([*children, accessory])
            case discord.Container(children=children) | discord.ActionRow(children=children):
                yield from _shown(children)
            case discord.MediaGalleryComponent(items=items):
                yield from (picture(item.description or "", item.media.url) for item in items)
            case discord.ThumbnailComponent(description=description, media=media):
                yield picture(description or "", media.url)
            case discord.FileComponent(name=name, media=media):
                yield f"File (not looked at): {name or media.url}"
            case discord.SelectMenu(placeholder=placeholder, options=options):
                yield from [placeholder] if placeholder else []
                yield from (": ".join(part for part in (one.label, one.description) if part) for one in options)
            case discord.Button(url=str(url), label=label):
                yield f"{label or 'Link'}: {url}"
            case discord.Button() | discord.SeparatorComponent():
                pass
            case _:
                yield UNREADABLE


def embedded(embeds: Sequence[discord.Embed]) -> Iterator[str]:
    """What each embed says; of a preview of an address that stands in the words no picture."""
    for embed in embeds:
        parts = (
            embed.author.name,
            f"[{embed.title}]({embed.url})" if embed.title and embed.url else embed.title,
            embed.description,
            *(f"{field.name}: {field.value}" for field in embed.fields),
        )
        is_preview = embed.type != "rich"  # of an address that stands in the words
        moment = f"{embed.timestamp.astimezone(UTC):%a %Y-%m-%d %H:%M} UTC" if embed.timestamp else ""
        pictures = (picture("", one.url) for one in (embed.image, embed.thumbnail) if one.url and not is_preview)
        if words := "\n".join(part for part in (*parts, embed.footer.text, moment, *pictures) if part):
            yield f"Embedded:\n{quote(words)}"


def quote(text: str) -> str:
    return "\n".join("> " + line for line in text.splitlines())
