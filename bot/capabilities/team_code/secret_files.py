"""Which files of a repository are never read, whatever they hold: the usual homes of keys and passwords.

Their names may be shown; their content reaches no index, no tool result and no model. An operator may deny more by glob.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import re2

NAMES = (
    ".env", ".env.*", "*.env", "*.env.*", ".envrc", ".envrc.*", ".envs/**", "*.pem", "*.key", "*.p12", "*.pfx", "*.jks",
    "*.keystore", "*.kdbx", "*.kdb", "*.psafe3", "*.ppk", "*.p8", "*.pvk", "*.pkcs12", "*.jceks", "*.bks", "*.keytab",
    "*.ovpn", "key.asc", "*private*.asc", "*secret*.asc", "*priv.asc", "secring.*", ".gnupg/**", ".ssh/**",
    "*.key.*.insecure", "*.key.insecure", "*.agekey", "keys.txt.age", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*",
    ".npmrc", ".yarnrc.yml", ".pypirc", ".netrc", "_netrc", ".pgpass", ".htpasswd", ".dockercfg", ".docker/config.json",
    ".git-credentials", ".aws/credentials", "*credentials*", "*.tfstate", "*.tfstate.*", "*.tfvars", "*.tfvars.json",
    ".terraformrc", "terraform.rc", "*.tfplan", "kubeconfig", "*.kubeconfig", ".vault-token", "secrets/**", ".secrets/**",
    "secrets.yml", "secrets.yaml", "secrets.json", "secrets.toml", "secret.yml", "secret.yaml", "*service-account*.json",
    "*service_account*.json", "*serviceaccount*.json", "*adminsdk*.json", "client_secret*.json", ".dockerconfigjson",
    "dockerconfig.json", "*.dockerconfigjson", ".htpasswd*", "*.htpasswd", "htpasswd", "pgpass.conf", ".my.cnf", "my.cnf",
    ".mylogin.cnf", ".s3cfg", ".boto", ".passwd-s3fs", "rclone.conf", ".vault_pass*", ".vault-pass*", "vault_pass*",
    "*vault-password*", "auth.json", ".config/gh/hosts.yml", ".kube/config", "local.settings.json", "*.publishsettings",
    "*.pubxml.user", "*.secret", "*.secrets", "secrets.*.yml", "secrets.*.yaml", "secrets.*.json", "secrets.env*",
    "sitemanager.xml", "recentservers.xml", "*.rdp", "shadow", "wp-config*.php", "storage.keystore.json", "master.key",
    "wp-config.php",
)  # fmt: skip
"""A pattern without a slash is for a file's name, in any folder; one with a slash for the end of a path."""

SAMPLES = re.compile(
    r"\.(example|sample|template|tmpl|dist|defaults?)$|(^|[/.\-_])(example|sample|template)\.(env|envrc|tfvars|cnf|json)$",
    re.I,
)
"""Made to be read: they hold names and no values."""

SOURCE = re.compile(
    r"\.(py|pyi|js|jsx|ts|tsx|mjs|go|rs|java|kt|rb|php|cs|c|h|cpp|swift|scala|ex|exs|md|rst|sql)$", re.I
)
"""Code about credentials is code: `credentials.py` is read, and what it holds is masked like everything else."""


def is_secret(path: str) -> bool:
    if SAMPLES.search(path):
        return False
    found = _matcher(NAMES).search(path)
    return bool(found) and not ("credentials" in path.lower() and SOURCE.search(path))


def matches(path: str, globs: Iterable[str]) -> bool:
    """`*` stands for anything but a slash, `**` for anything; a glob without a slash is for the file's name in any folder."""
    patterns = tuple(globs)
    return bool(patterns) and bool(_matcher(patterns).search(path))


@lru_cache(maxsize=256)
def _matcher(globs: tuple[str, ...]) -> re.Pattern[str]:
    """In linear time, whatever a model writes as a glob."""
    compiled: re.Pattern[str] = re2.compile("(?is)" + "|".join(f"(?:{_pattern(glob)})" for glob in globs))
    return compiled


def _pattern(glob: str) -> str:
    anchored = glob.startswith("/")
    body = glob.strip("/") if not glob.endswith("/") else glob.strip("/") + "/**"
    parts = re.split(r"(\*\*/|\*\*|\*|\?)", re.sub(r"\*{3,}", "**", body))
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    written = "".join(words.get(part, re2.escape(part)) for part in parts)
    return ("^" if anchored else "(?:^|/)") + written + "$"
