"""Wheels made on the spot: a library that nobody else has, for an index that is a folder."""

from __future__ import annotations

import base64
import hashlib
import zipfile
from collections.abc import Mapping
from pathlib import Path

SHOPLIB = {
    "shoplib/__init__.py": '''"""A shop."""

from shoplib.session import Session, open_session

__all__ = ["Session", "open_session"]
''',
    "shoplib/py.typed": "",
    "shoplib/session.py": '''"""Sessions with the shop."""


class Session:
    """One conversation with the shop."""

    def merge(self, row: object) -> None:
        """Put a row in, or replace the one that is there."""

    def add(self, row: object, *, flush: bool = False) -> None:
        """Put a row in."""


def open_session(name: str) -> Session:
    """A session by its name."""
    return Session()
''',
}


def make_wheel(folder: Path, name: str, version: str, files: Mapping[str, str]) -> Path:
    """A pure wheel of these files."""
    folder.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{version}.dist-info"
    every = {
        **files,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{path},sha256={_digest(text)},{len(text.encode())}\n" for path, text in every.items())
    path = folder / f"{name}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as wheel:
        for inside, text in every.items():
            wheel.writestr(inside, text)
        wheel.writestr(f"{info}/RECORD", record + f"{info}/RECORD,,\n")
    return path


def _digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()
