"""Which registries an operator's packages come from, and with which credentials: the setting, else npm's own configuration.

Read as npm reads it (https://docs.npmjs.com/cli/configuring-npm/npmrc), except for one thing: the `.npmrc` of a repository is never
looked at, for whoever writes to a repository could then send the operator's token wherever they like.
"""

from __future__ import annotations

import base64
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

PUBLIC = "npm"
"""The setting's word for the public registry."""
PUBLIC_ADDRESS = "https://registry.npmjs.org/"

VARIABLE = re.compile(r"\$\{([^}]+)\}")
LARGEST_BYTES = 100_000


@dataclass(frozen=True, slots=True)
class Registries:
    """`default` is "" where nobody names one. `scoped` by scope ("@team"), `headers` by the beginning of an address without its
    scheme."""

    default: str = ""
    scoped: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    ca_file: str = ""

    @property
    def is_known(self) -> bool:
        return bool(self.default)

    def of(self, name: str) -> str:
        """The registry of a package, with a closing slash; "" for none."""
        scope = name.partition("/")[0] if name.startswith("@") else ""
        return self.scoped.get(scope, self.default)

    def all(self) -> frozenset[str]:
        return frozenset(one for one in (self.default, *self.scoped.values()) if one)

    def authorization(self, address: str) -> str:
        """What is said to this address of who asks; "" to one that nobody gave credentials for. The longest beginning counts."""
        bare = address.partition("://")[2]
        found = [one for one in self.headers if bare.startswith(one)]
        return self.headers[max(found, key=len)] if found else ""


NOWHERE = Registries()


def read(setting: str = "", environment: Mapping[str, str] | None = None) -> Registries:
    """`setting` is an address, or "npm". Empty: npm's own variables and files."""
    known = os.environ if environment is None else environment
    told = _configured(known)
    address = PUBLIC_ADDRESS if setting == PUBLIC else setting or told.get("registry", "")
    scoped = {
        name.partition(":")[0]: _closed(value)
        for name, value in told.items()
        if re.fullmatch(r"@[^:/]+:registry", name)
    }
    if setting and setting != PUBLIC:
        scoped = {}  # one address for all, as it says
    ca_file = told.get("cafile", "")
    headers = dict(_credentials(told))
    split = urlsplit(address)
    if split.username and split.hostname:
        pair = base64.b64encode(f"{split.username}:{split.password or ''}".encode()).decode()
        address = address.replace(split.netloc, split.netloc.rpartition("@")[2])
        headers[_closed(address).partition("://")[2]] = f"Basic {pair}"
    return Registries(_closed(address), scoped, headers, ca_file)


def or_public(setting: str) -> Registries:
    """The same, and the public registry where nobody names one."""
    found = read(setting)
    return found if found.is_known else read(PUBLIC)


def _configured(known: Mapping[str, str]) -> dict[str, str]:
    """Later ones win: the machine's file, the user's, then the environment."""
    home = Path(known.get("HOME") or "/nonexistent")
    files = [
        Path(known.get("NPM_CONFIG_GLOBALCONFIG") or known.get("npm_config_globalconfig") or "/usr/etc/npmrc"),
        Path("/etc/npmrc"),
        Path(known.get("NPM_CONFIG_USERCONFIG") or known.get("npm_config_userconfig") or home / ".npmrc"),
    ]
    told: dict[str, str] = {}
    for file in files:
        told |= _lines(file, known)
    for name, value in known.items():
        if name.lower().startswith("npm_config_") and value:
            told[name[len("npm_config_") :].lower().replace("_", "-")] = value
    return told


def _lines(file: Path, known: Mapping[str, str]) -> dict[str, str]:
    try:
        text = file.read_text("utf-8", "replace") if file.stat().st_size < LARGEST_BYTES else ""
    except OSError:
        return {}
    told = {}
    for line in text.splitlines():
        name, mark, value = line.partition("=")
        if mark and not line.lstrip().startswith(("#", ";")):
            said = VARIABLE.sub(lambda found: known.get(found[1].removesuffix("?"), ""), value.strip().strip("\"'"))
            told[name.strip()] = said
    return told


def _credentials(told: Mapping[str, str]) -> list[tuple[str, str]]:
    found = []
    for name, value in told.items():
        place, mark, kind = name.rpartition(":")
        if not mark or not place.startswith("//") or not value:
            continue
        where = _closed(place.removeprefix("//"))
        if kind == "_authToken":
            found.append((where, f"Bearer {value}"))
        elif kind == "_auth":
            found.append((where, f"Basic {value}"))
        elif kind == "username" and (password := told.get(f"{place}:_password")):
            try:
                plain = base64.b64decode(password).decode()
            except ValueError:
                continue
            found.append((where, f"Basic {base64.b64encode(f'{value}:{plain}'.encode()).decode()}"))
    return found


def _closed(address: str) -> str:
    return address if not address or address.endswith("/") else address + "/"
