"""Which files of a repository are never read, whatever they hold: the usual homes of keys and passwords.

Their names may be shown; their content reaches no index, no tool result and no model. An operator may deny more by glob.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache

import re2

NAMES = (
    # variables of an environment
    ".env", ".env[._-]*", "*.env", "*.env.*", "env.prod*", "env.stag*", "env.dev*", "env.local", ".envrc", ".envrc.*",
    ".envs/**", "*.tfvars", "*.tfvars.json", "*.tfstate", "*.tfstate.*", "*.tfplan", "local.settings.json",
    # keys and their stores
    "*.pem", "*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.kdbx", "*.kdb", "*.psafe3", "*.ppk", "*.p8", "*.pvk",
    "*.pkcs12", "*.jceks", "*.bks", "*.keytab", "*.kirbi", "*.ovpn", "key.asc", "*private*.asc", "*secret*.asc",
    "*priv.asc", "secring.*", ".gnupg/**", ".ssh/**", "*.key.*.insecure", "*.key.insecure", "*.agekey",
    "keys.txt", "keys.txt.age", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", "*_rsa", "*_dsa", "*_ecdsa", "*_ed25519",
    "ssh_host_*_key", "deploy[_-]key", "*[_-]deploy[_-]key", "wg?.conf", "wg??.conf", "wireguard/*.conf", "master.key",
    "storage.keystore.json", "key.properties", "keystore.properties", "signing.properties", "rootkey.csv",
    "*access[_-]key*.csv", "*accesskey*.csv", ".erlang.cookie", "hudson.util.Secret",
    # what tools remember of a login
    ".npmrc", ".yarnrc.yml", ".pypirc", ".netrc", "_netrc", ".curlrc", "_curlrc", ".wgetrc", ".msmtprc", ".fetchmailrc",
    ".getmailrc", ".mbsyncrc", ".offlineimaprc", ".muttrc", ".pgpass", "pgpass.conf", ".my.cnf", "my.cnf", ".mylogin.cnf",
    ".dockercfg", ".docker/config.json", ".dockerconfigjson", "dockerconfig.json", "*.dockerconfigjson", "auth.json",
    ".git-credentials", ".aws/credentials", "*credentials*", ".config/gh/hosts.yml", ".config/hub", ".terraformrc",
    "terraform.rc", "kubeconfig", "*.kubeconfig", ".kube/config", ".vault-token", ".s3cfg", ".boto", ".passwd-s3fs",
    "rclone.conf", ".config/gcloud/**", ".azure/**", ".config/doctl/**", ".config/hcloud/**", ".config/stripe/**",
    ".databrickscfg", ".snowsql/config", "kaggle.json", ".huggingface/token", "huggingface/token", ".cvspass",
    ".subversion/auth/**", ".m2/settings.xml", "settings-security.xml", ".gradle/gradle.properties", ".transifexrc",
    "sftp-config.json", ".ftpconfig", ".vscode/sftp.json", ".vnc/passwd", "winscp.ini", "sitemanager.xml",
    "recentservers.xml", "*.rdp", "*.publishsettings", "*.pubxml.user",
    # what is called so
    "secrets/**", ".secrets/**", "secrets.yml", "secrets.yaml", "secrets.json", "secrets.toml", "secret.yml", "secret.yaml",
    "*.secret", "*.secrets", "secrets.*.yml", "secrets.*.yaml", "secrets.*.json", "secrets.env*", "chap-secrets",
    "userlist.txt", "realm.properties",
    "pap-secrets", "secret.txt", "secrets.txt", "*[_-]secret.txt", "*[_-]secrets.txt", "password.txt", "passwords.txt",
    "*[_-]password.txt", "*[_-]passwords.txt", "token.txt", "*[_-]token.txt", "*api[_-]key*.txt", "*apikey*.txt",
    ".token", ".secret", ".password", ".*[_-]token", ".*[_-]secret", ".*[_-]password", ".*[_-]auth", ".*_history",
    "*service-account*.json", "*service_account*.json", "*serviceaccount*.json", "*adminsdk*.json", "client_secret*.json",
    ".htpasswd*", "*.htpasswd", "htpasswd", "shadow", "gshadow", "master.passwd", ".vault_pass*", ".vault-pass*",
    "vault_pass*", "*vault-password*", "wp-config*.php", "tomcat-users.xml", "unattend.xml", "autounattend.xml",
)  # fmt: skip
"""A pattern without a slash is for a file's name, in any folder; one with a slash for the end of a path. `[_-]`: one of these."""

COPY = re.compile(r"(?:~|[.\-_](?:bak|backup|old|orig|save|saved|copy|swp|swo|tmp)|\.\d{1,8})$", re.I)
"""How the name of a copy of a file ends, as editors and people make them."""

SAMPLES = re.compile(
    r"[.\-_](example|sample|template|tmpl|dist|defaults?)$|(^|[/.\-_])(example|sample|template)\.(env|envrc|tfvars|cnf|json)$",
    re.I,
)
"""Made to be read: they hold names and no values."""

SOURCE = re.compile(
    r"\.(py|pyi|js|jsx|ts|tsx|mjs|go|rs|java|kt|rb|php|cs|c|h|cpp|swift|scala|ex|exs|md|rst|sql)$", re.I
)
"""Code about credentials is code: `credentials.py` is read, and what it holds is masked like everything else."""


def is_secret(path: str) -> bool:
    """Also of a copy, and of its copy."""
    if SAMPLES.search(path):
        return False
    found = _matcher(NAMES).search(path)
    if found:
        return not ("credentials" in path.lower() and SOURCE.search(path))
    original = COPY.sub("", path)
    return original != path and is_secret(original)


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
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[._-]+\])", re.sub(r"\*{3,}", "**", body))
    words = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]", "[_-]": "[_-]", "[._-]": "[._-]"}
    written = "".join(words.get(part, re2.escape(part)) for part in parts)
    return ("^" if anchored else "(?:^|/)") + written + "$"
