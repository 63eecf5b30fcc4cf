"""What options of well-known programs may be given: words of a set, numbers, spans of time, ports. By the programs' own help."""

from __future__ import annotations

import re
from functools import cache

from storage.checks.formats import nodes

FILLED = re.compile(r"[<>$`{}*…]|\.\.\.|\[|\]|%|^[A-Z_]+$|\bN\b")
NUMBER, WHOLE, SPAN, PORT = r"\d+(?:\.\d+)?", r"[+-]?\d+", r"(?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h|d))+|0", r"\d{1,5}"
CALLED = {NUMBER: "a number", WHOLE: "a whole number", SPAN: "a span of time, as 30s or 5m", PORT: "a port"}
LEVELS = "critical error warning info debug"
JOURNAL = (
    "short short-full short-iso short-iso-precise short-precise short-monotonic short-delta short-unix verbose export json json-pretty "
    "json-sse json-seq cat with-unit"
)
FORMATS = "json yaml kyaml name wide /(?:go-template|jsonpath|custom-columns|template)\\S*"
DRY = "none server client true false"

TOLD: dict[str, dict[str, str]] = {
    "docker": {
        "run create container run container create": "--restart=no always unless-stopped "
        "/on-failure(?::\\d+)?;--pull=always missing never;--cpus={n};--memory=/\\d+(?:\\.\\d+)?[bkmgBKMG]?;--stop-timeout={w}",
        "update": "--restart=no always unless-stopped /on-failure(?::\\d+)?",
        "build buildx build compose build": "--progress=auto plain tty quiet rawjson",
        "logs compose logs": "--tail=all /\\d+",
        "compose up compose create": "--pull=always missing never build policy newer;--timeout={w}",
        "compose down": "--rmi=all local;--timeout={w}",
        "stop restart": "--time={w};--timeout={w}",
    },
    "kubectl": {
        "get": f"--output={FORMATS};-o={FORMATS}",
        "apply create delete run expose scale label annotate patch create secret generic create configmap": f"--dry-run={DRY}",
        "delete": "--cascade=background orphan foreground true false;--grace-period={w};--timeout={s}",
        "scale": "--replicas={w};--current-replicas={w}",
        "run": "--restart=Always OnFailure Never;--port={p}",
        "logs": "--tail={w};--since={s};--limit-bytes={w}",
        "expose": "--port={p};--type=ClusterIP NodePort LoadBalancer ExternalName;--protocol=TCP UDP SCTP",
        "patch": "--type=json merge strategic",
        "rollout status wait rollout undo": "--timeout={s};--to-revision={w};--revision={w}",
        "drain": "--timeout={s};--grace-period={w}",
        "autoscale": "--min={w};--max={w}",
        "top pod top node": "--sort-by=cpu memory",
    },
    "curl": {
        "": "--max-time={n};-m={n};--connect-timeout={n};--retry={w};--retry-delay={w};--retry-max-time={w};--max-redirs={w};"
        "--tls-max=default 1.0 1.1 1.2 1.3;--keepalive-time={w}"
    },
    "git": {
        "clone fetch pull": "--depth={w};--jobs={w};-j={w}",
        "merge pull rebase": "--strategy=ours recursive resolve octopus subtree ort",
        "push": "--recurse-submodules=check on-demand only no;--signed=true false if-asked",
        "config": "--type=bool int bool-or-int bool-or-str path expiry-date color",
        "log show diff": "--diff-filter=/[ACDMRTUXBacdmrtuxb*]+;--color=always never auto;--decorate=short full auto no",
        "commit": "--cleanup=strip whitespace verbatim scissors default",
    },
    "pg_dump": {
        "": "--format=p c d t plain custom directory tar;-F=p c d t plain custom directory tar;--jobs={w};-j={w};"
        "--section=pre-data data post-data;--port={p};-p={p}"
    },
    "pg_restore": {
        "": "--format=c d t custom directory tar;-F=c d t custom directory tar;--jobs={w};-j={w};--section=pre-data data post-data;"
        "--port={p};-p={p}"
    },
    "psql": {"": "--port={p};-p={p}"},
    "pg_isready": {"": "--port={p};-p={p};--timeout={w};-t={w}"},
    "redis-cli": {"": "-p={p};-n={w}"},
    "journalctl": {
        "": f"--output={JOURNAL};-o={JOURNAL};--lines=all /\\+?\\d+;--priority=/[0-7a-z]+(?:\\.\\.[0-7a-z]+)?"
    },
    "npm": {
        "*": "--loglevel=silent error warn notice http info verbose silly;--omit=dev optional peer;--access=public restricted private"
    },
    "cargo": {"*": "--color=auto always never;--edition=2015 2018 2021 2024;--jobs=default /-?\\d+;-j=default /-?\\d+"},
    "ruff": {
        "check": "--output-format=concise full json json-lines junit grouped github gitlab pylint rdjson azure sarif text;"
        "--target-version=/py3\\d+"
    },
    "uvicorn": {
        "": f"--log-level={LEVELS} trace;--port={{p}};--workers={{w}};--lifespan=auto on off;--interface=auto asgi3 asgi2 wsgi"
    },
    "gunicorn": {
        "": f"--log-level={LEVELS} DEBUG INFO WARNING ERROR CRITICAL;--workers={{w}};-w={{w}};--timeout={{w}};-t={{w}};--threads={{w}}"
    },
    "celery": {"worker": "--pool=prefork eventlet gevent solo processes threads custom;--concurrency={w};-c={w}"},
    "find": {
        "": "-type=/[bcdpflsD](?:,[bcdpflsD])*;-maxdepth={w};-mindepth={w};-mtime=/[+-]?\\d+(?:\\.\\d+)?[smhdw]?;"
        "-mmin=/[+-]?\\d+(?:\\.\\d+)?;-size=/[+-]?\\d+[bcwkMGTP]?"
    },
    "head": {"": "--lines=/[+-]?\\d+\\w*;-n=/[+-]?\\d+\\w*;-c=/[+-]?\\d+\\w*"},
    "tail": {"": "--lines=/[+-]?\\d+\\w*;-n=/[+-]?\\d+\\w*;-c=/[+-]?\\d+\\w*"},
    "grep": {
        "": "--color=always never auto;--max-count={w};-m={w};--binary-files=binary text without-match;--directories=read skip recurse"
    },
    "ls": {
        "": "--color=always never auto yes no none force tty if-tty;--sort=none name size time version extension width"
    },
    "ssh": {"": "-p={p}"},
    "scp": {"": "-P={p}"},
    "go": {
        "test": "-count={w};-timeout={s};-covermode=set count atomic;-mod=readonly vendor mod;-parallel={w}",
        "build install": "-mod=readonly vendor mod;-buildmode=archive c-archive c-shared default shared exe pie plugin",
    },
    "terraform": {"*": "-parallelism={w};-lock=true false;-input=true false 0 1;-refresh=true false"},
}
"""By program and subcommands (without blanks between words that are one: the longest that fits counts); `/` begins a pattern."""


@cache
def _options(program: str, subcommand: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for names, text in TOLD.get(program, {}).items():
        listed = f" {names} "
        if names == "*" or (not names and not subcommand) or (subcommand and f" {subcommand} " in listed):
            for one in text.split(";"):
                option, _, told = one.partition("=")
                found[option] = told
    return found


def takes(program: str, subcommand: str, option: str) -> bool:
    return option in _options(program, subcommand)


def fault(program: str, subcommand: str, option: str, value: str) -> str:
    """Why the value does not do; "" where it does, or nobody can tell."""
    told = _options(program, subcommand).get(option)
    if told is None or not value or FILLED.search(value):
        return ""
    for short, pattern in (("{n}", NUMBER), ("{w}", WHOLE), ("{s}", SPAN), ("{p}", PORT)):
        if told == short:
            if re.fullmatch(pattern, value) and not (pattern == PORT and int(value) > 65535):
                return ""
            return f"`{option}` of `{program}` takes {CALLED[pattern]}, not `{value[:40]}`"
    words = [one for one in told.split() if not one.startswith("/")]
    if value in words or any(re.fullmatch(one[1:], value) for one in told.split() if one.startswith("/")):
        return ""
    if not words and "," in value:
        return ""
    called = f"is one of {', '.join(words[:16])}" if words else "does not take that"
    return f"`{option}` of `{f'{program} {subcommand}'.strip()}` {called}: `{value[:40]}`{nodes.near(value, words)}"
