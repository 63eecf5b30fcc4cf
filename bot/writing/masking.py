"""Takes secrets out of code and logs: keys, tokens and passwords become `[masked aws key]`, line for line.

Linear time (RE2). One pass finds lines that could hold any of them; only those are looked at one by one. A file's lines stay
where they are, so that citations stay true.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

import re2


@dataclass(frozen=True, slots=True)
class Kind:
    """`pattern` finds it; its group `secret`, or all of it, is masked."""

    name: str
    pattern: str


KINDS = (
    Kind("aws key", r"\b(?:AKIA|ASIA|ABIA|ACCA)[A-Z0-9]{16}\b"),
    Kind("aws secret", r"(?i)aws.{0,30}?['\"\s:=](?P<secret>[A-Za-z0-9/+]{40})(?:['\"\s,;]|$)"),
    Kind("anthropic key", r"\bsk-ant-[A-Za-z0-9_\-]{16,}"),
    Kind("openai key", r"\bsk-(?:proj-|svcacct-)?[A-Za-z0-9_\-]{32,}"),
    Kind("github token", r"\b(?:gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{40,})"),
    Kind("gitlab token", r"\bgl(?:pat|dt|rt|ptt|soat|ft|cbt)-[A-Za-z0-9_\-]{16,}"),
    Kind("slack token", r"\bxox[abeoprs]-[A-Za-z0-9\-]{10,}|\bxapp-\d-[A-Za-z0-9\-]{10,}"),
    Kind("slack webhook", r"hooks\.slack\.com/(?:services|workflows)/(?P<secret>[A-Za-z0-9/_\-]{20,})"),
    Kind("discord token", r"\b[MNO][A-Za-z\d_\-]{23,27}\.[A-Za-z\d_\-]{6}\.[A-Za-z\d_\-]{27,}"),
    Kind("discord webhook", r"discord(?:app)?\.com/api/webhooks/\d+/(?P<secret>[A-Za-z0-9_\-]{40,})"),
    Kind("google key", r"\bAIza[A-Za-z0-9_\-]{35}"),
    Kind("google secret", r"\bGOCSPX-[A-Za-z0-9_\-]{20,}"),
    Kind("stripe key", r"\b(?:sk|rk|pk)_(?:live|test)_[A-Za-z0-9]{16,}|\bwhsec_[A-Za-z0-9]{24,}"),
    Kind("twilio key", r"\b(?:SK|AC)[0-9a-f]{32}\b"),
    Kind("sendgrid key", r"\bSG\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}"),
    Kind("npm token", r"\bnpm_[A-Za-z0-9]{30,}"),
    Kind("pypi token", r"\bpypi-AgE[A-Za-z0-9_\-]{40,}"),
    Kind("docker token", r"\bdckr_pat_[A-Za-z0-9_\-]{20,}"),
    Kind("digitalocean token", r"\bdo[por]_v1_[a-f0-9]{60,}"),
    Kind("shopify token", r"\bshp(?:at|ca|pa|ss)_[a-fA-F0-9]{32}"),
    Kind("hashicorp token", r"\bhv[sb]\.[A-Za-z0-9_\-]{24,}|\b[A-Za-z0-9]{14}\.atlasv1\.[A-Za-z0-9_\-]{40,}"),
    Kind("supabase key", r"\bsb(?:p|_secret)_[A-Za-z0-9_\-]{20,}"),
    Kind("age key", r"\bAGE-SECRET-KEY-1[0-9A-Z]{50,}"),
    Kind("jwt", r"\beyJ[A-Za-z0-9_\-]{10,}\.eyJ[A-Za-z0-9_\-]{10,}\.[A-Za-z0-9_\-]{10,}"),
    Kind("authorization", r"(?i)\b(?:authorization|proxy-authorization)['\"]?\s*[:=]\s*['\"]?(?:basic|bearer|token)\s+(?P<secret>[A-Za-z0-9+/=._~\-]{12,})"),  # noqa: E501
    Kind("url password", r"\b[A-Za-z][A-Za-z0-9+.\-]{1,20}://[^\s:/@'\"<>${}]{0,100}:(?P<secret>[^\s/@'\"<>${}]{3,200})@[^\s/@]"),
    Kind("azure key", r"(?i)\b(?:AccountKey|SharedAccessKey)=(?P<secret>[A-Za-z0-9+/]{40,}={0,2})"),
    Kind(
        "password",
        r"(?i)(?:^|[^A-Za-z])[A-Za-z0-9_.\-]{0,40}(?:passw(?:or)?d|passwd|pwd|secret|token|api_?key|apikey|access_?key|private_?key|"
        r"client_?secret|signing_?key|encryption_?key)['\"]?\s*(?::=|=>|[:=])\s*"
        r"(?:[bfru]?(?P<secret>\"[^\"\s${}<>]{8,200}\"|'[^'\s${}<>]{8,200}')|(?P<bare>[A-Za-z0-9+/_.~!@#%^&*\-]{12,200})\s*$)",
    ),
)  # fmt: skip
"""Prefixes that vendors document, and the places where people put passwords: URLs, headers, and values with telling names."""

HARMLESS = re.compile(
    r"^['\"]?(?:pass|pw|\[.*\]|x{4,}|\*{3,}|\.{3,}|<.*>|\$\{.*|\{\{.*|%\(.*|(?:your|my|the|some|change|example|test|dummy|fake|placeholder|replace|"
    r"password|passwd|secret|token|todo|none|null|undefined|false|true|not[_-]?set|env|os|process|settings|config|self|this|get)"
    r"(?:[-_ .\[(].*)?)['\"]?$",
    re.I,
)
"""Values that are words about a secret, and not one."""

CALL = re.compile(r"[\w.]+[(\[]|^[a-zA-Z_]+(?:\.[a-zA-Z_]+)+$|^[a-z]+(?:[-_][a-z]+)*$|^[A-Z]+(?:_[A-Z]+)*$|^[A-Za-z]+$")
"""An expression or a plain name: where the secret comes from."""

BEGIN = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY(?: BLOCK)?-----")
LONGEST_KEY_LINES = 200


def _options() -> re2.Options:
    options = re2.Options()
    options.max_mem = 64 << 20
    options.log_errors = False
    return options


COMPILED = tuple((kind, re2.compile(kind.pattern, options=_options())) for kind in KINDS)
HINT = re2.compile(
    r"(?i)akia|asia|abia|acca|aws|sk-|gh[pousr]_|github_pat|gl[a-z]{2,4}-|xox|xapp|hooks\.slack|discord|aiza|gocspx|_live_|_test_|whsec"
    r"|\bsk[0-9a-f]{32}|\bac[0-9a-f]{32}|sg\.|npm_|pypi-|dckr|do[por]_v1|shp|hv[sb]\.|atlasv1|sbp_|sb_secret|age-secret|eyj|authorization"
    r"|://[^\s/@]{0,100}:[^\s/@]+@|accountkey|accesskey|passw|passwd|pwd|secret|token|api_?key|access_?key|private_?key|private key"
    r"|signing_?key|encryption_?key|[mno][a-z\d_\-]{23,27}\.[a-z\d_\-]{6}\.",
    options=_options(),
)


def mask(text: str) -> str:
    """The text with each secret replaced; as many lines as before."""
    if not HINT.search(text):
        return text
    return "\n".join(_masked_lines(text.split("\n")))


def _masked_lines(lines: list[str]) -> Iterator[str]:
    inside = 0
    for line in lines:
        if inside:
            inside -= 1
            if END.search(line):
                inside = 0
            yield "[masked private key]"
        elif "PRIVATE KEY" in line and BEGIN.search(line):
            inside = 0 if END.search(line) else LONGEST_KEY_LINES
            yield "[masked private key]"
        elif HINT.search(line):
            yield _masked_line(line)
        else:
            yield line


def _masked_line(line: str) -> str:
    for kind, pattern in COMPILED:
        if pattern.search(line):
            line = pattern.sub(lambda found, name=kind.name: _masked(found, name), line)
    return line


def _masked(found: re.Match[str], name: str) -> str:
    groups = found.groupdict()
    secret = groups.get("secret") or groups.get("bare")
    if secret is None:
        return found[0] if groups else f"[masked {name}]"
    if name in ("password", "url password") and _is_harmless(secret):
        return found[0]
    quote = secret[0] if secret[0] in "\"'" else ""
    return found[0].replace(secret, f"{quote}[masked {name}]{quote}", 1)


def _is_harmless(value: str) -> bool:
    bare = value.strip("\"'")
    return bool(HARMLESS.match(bare) or CALL.match(bare))
