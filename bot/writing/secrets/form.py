"""One row of the tables of known forms: what a vendor's secrets look like, and where that is written."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Form:
    """A form that is known wherever it stands.

    `name` is said in the mark. `shape` is an RE2 pattern over bytes; its one group, or all of it, is masked. `hints` are literals,
    parted by blanks, one of which is always part of it: where none stands, the shape is not looked for. `source`: where its vendor writes about it.
    `is_apart`: the form is short of letters that nobody else uses, so no letter or digit may stand before it.
    """

    name: str
    shape: str
    hints: str
    source: str
    is_apart: bool = False


SCANNING = "https://docs.github.com/en/code-security/reference/secret-security/supported-secret-scanning-patterns"
"""The tokens that vendors themselves have registered there; the source where their own pages name no form."""
