"""Whether somebody says something, or only nods: an emoji in any spelling, a smiley, the address of a moving picture, and no word."""

from __future__ import annotations

import re

SIGNS = "\u20e3\u2190-\u2bff\u3030\u303d\u3297\u3299\u200d\ufe0f\U0001f000-\U0001faff"
EMOJI = rf":[\w+'-]+(?:::skin-tone-\d)?:|<a?:\w+:\d+>|[#*0-9]\ufe0f?\u20e3|[{SIGNS}]"
SMILEY = r"[:;=][-']?(?:[)(DPpOo3*|/\\]+)(?!\w)|<3+|\^_?\^|[xX]D+(?!\w)|[+-]1(?!\w)"
PICTURE = r"https?://(?:[\w-]+\.)?(?:tenor|giphy)\.com/\S+"
GESTURE = re.compile(rf"\s*(?:(?:{EMOJI}|{SMILEY}|{PICTURE})[\s!.~…]*)+")
"""Slack writes an emoji by its name (`:pray::skin-tone-2:`), Discord one of its own as `<:ship_it:123>`; a picture that is chosen there
comes as its address."""


def is_gesture(text: str) -> bool:
    return GESTURE.fullmatch(text) is not None
