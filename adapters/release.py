"""Which version this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version


def release() -> str:
    """Which version of the package runs."""
    try:
        return version("plumbline")
    except PackageNotFoundError:
        return "from a checkout"
