"""The local page's own sentences."""

from __future__ import annotations


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
