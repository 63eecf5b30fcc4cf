"""The local page's own sentences."""

from __future__ import annotations

BUTTONS = {"good": "", "bad": ""}
"""What stands on a button here, where it is not what stands there in a chat: thumbs are drawn."""

MEANINGS = {
    "stop": "Stop this answer",
    "retry": "Try again",
    "go_on": "Go on with this answer",
    "good": "A good answer",
    "bad": "Not a good answer",
    "looked": "What was checked",
    "wrong": "Wrong flag: a check found what is none",
}
"""What a button does, for whoever hears the page."""


def new_thread() -> str:
    return "New thread"


def nothing_to_send() -> str:
    return "Please write something, or add a file."


def too_many_files_at_once(most: int) -> str:
    return f"Please send at most {most} files at once."


def too_much_at_once(most_megabytes: int) -> str:
    return f"That is more than {most_megabytes} MB; please send less."


def too_many_fields(most: int) -> str:
    return f"This form has more than {most} parts; please send less."


def kept_not_shown() -> str:
    return "I have taken your message and will answer it, but I cannot show it right now. Please reload this page in a minute."


def no_such_message() -> str:
    return "This message is not here any more. Please reload this page."


def too_long_to_edit() -> str:
    return "This message is too long to be edited here: the page holds an excerpt of it. Delete it and send it anew."


def command_by_edit() -> str:
    return "A `!word` counts when it is sent, not by an edit. Please send it as a message of its own."


def token_wanted() -> str:
    return "This page needs its token: open it as /?token=…"


def no_such_page() -> str:
    return "There is nothing at this address."


def no_such_folder() -> str:
    return "There is no such folder at this commit."


def no_such_file() -> str:
    return "There is no such file at this commit."


def about_lines(place: str) -> str:
    return f"About `{place}`: "


def key_taken() -> str:
    return "The key works, and is kept for you alone. I start anew with it: reload this page in a moment."


def key_refused(why: str) -> str:
    return f"It was not kept: {why}."
