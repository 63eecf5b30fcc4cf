"""Directives of nginx: those that there are, where they may stand, how many words they take, values outside their set; variables and
zones.

`nginx.json` holds names, places, numbers and kinds of words, parameters (`p`: behind how many words they begin), versions (`a`), and
variables, as https://nginx.org/en/docs/dirindex.html and varindex.html tell them.
"""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nodes

TABLES = frozenset(["map", "geo", "types", "split_clients", "match", "charset_map"])
FAMILIES = {"http": "h", "stream": "s", "mail": "m"}
OF_HTTP = frozenset(
    "location root try_files server_name return rewrite proxy_set_header index alias add_header".split()
)
OTHERS = re.compile(
    r"lua_|\w+_by_lua|init_by|more_|set_|echo|brotli|zstd|vhost_traffic|geoip2|pagespeed|modsecurity|passenger|rtmp|auth_ldap|auth_pam|upload|"
    r"ajp|fancyindex|dav_|nchan|push_|upsync|check|concat|redis|srcache|memc|drizzle|postgres|testcookie|naxsi|opentracing|opentelemetry|subs_|"
    r"vod|cookie_flag|secure_|dynamic_|encrypted_|iconv|rds_|array_|form_|eval|waf|wasm|fair|statsd|app_protect|datadog|nginx_|njs|security_|"
    r"proxy_cache_purge|shm_|live$|hls|dash|record|exec|application$|chunk_size$|play|publish|push$|pull$|header_|real_|sticky|stats_|"
    r"ssl_(?:ja|ct|dyn)|pop3|imap|smtp|on_|interleave|notify|meta|wait_|drop_|session_|libinjection|main_?rule|kong|plus_|healthcheck|jwt|"
    r"perl|xslt|image_filter|oidc|acme|hash_|limit_traffic|pcre|http_|tcp_|thread_|stream_|cache_purge|auth_|loki|sysguard|slice"
)
"""Beginnings of directives of modules by others."""
MODULE_VARIABLES = re.compile(
    r"(?:http|arg|cookie|sent|upstream|ssl|geoip2?|jwt|proxy_protocol|tcpinfo|limit|secure_link|gzip|brotli|memcached|date|slice|otel|"
    r"lua|oidc|acme|session|njs|js|echo|rds|redis|fastcgi|vts|opentracing|opentelemetry|app_protect|datadog|modsec\w*)_"
)
SETTERS = frozenset(
    """
    set map geo split_clients auth_request_set perl_set js_set js_var set_by_lua set_by_lua_file auth_jwt_claim_set geoip2 keyval
    """.split()
)
NEWEST_PORT = 65535
KINDS = {
    "number!": (r"-?\d+", "a number"),
    "size!": (r"-?\d+[kKmMgG]?", "a size (8m)"),
    "time!": (r"(?:\d+(?:ms|[smhdwMy])?)+", "a span of time (30s)"),
}
"""Of arguments, as nginx.json marks them: https://nginx.org/en/docs/syntax.html"""


@dataclass(frozen=True, slots=True)
class Statement:
    """`above` are the blocks that it stands in, the outermost first."""

    words: Sequence[tuple[str, int]]
    above: tuple[str, ...]
    opens: bool

    @property
    def name(self) -> str:
        return self.words[0][0]


def directives() -> Mapping[str, Mapping[str, object]]:
    return _told()[0]


@cache
def _told() -> tuple[Mapping[str, Mapping[str, object]], frozenset[str]]:
    told = json.loads(Path(__file__).with_name("nginx.json").read_text())
    return told["directives"], frozenset(told["variables"].split())


def are_directives(*words: str) -> bool:
    return all(one in _told()[0] for one in words)


def is_nginx(statements: Sequence[Statement]) -> bool:
    """At least half of what stands outside tables of values is known."""
    names = [one.name for one in statements if not TABLES & set(one.above)]
    return not names or 2 * sum(one in _told()[0] or bool(OTHERS.match(one)) for one in names) >= len(names)


def read(statements: Sequence[Statement]) -> tuple[list[Finding], list[str]]:
    """And what a part of a file takes for granted: variables and zones."""
    is_whole = any(one.name in ("http", "stream") and one.opens for one in statements)
    family = _family(statements)
    found = [each for one in statements for each in _statement(one, family, is_whole)]
    is_closed = is_whole and not any(one.name == "include" and "*" in one.words[-1][0] for one in statements)
    open_names = list(_undefined(statements))
    found += [each for each, is_near in open_names if is_closed or is_near]
    return found, [each.package for each, is_near in open_names if not is_closed and not is_near]


def _family(statements: Sequence[Statement]) -> str:
    """Of an excerpt: that of what only one of them has."""
    return "h" if any(one.name in OF_HTTP for one in statements) else ""


def _statement(one: Statement, family: str, is_whole: bool) -> Iterator[Finding]:
    directives, _ = _told()
    name, line = one.words[0]
    if (one.above and one.above[-1] in TABLES) or not re.fullmatch(r"[a-z_0-9]+", name):
        return
    told = directives.get(name)
    if told is None:
        if not OTHERS.match(name) and not any(OTHERS.match(each) for each in one.above):
            near = nodes.near(name, directives)
            yield Finding(line, "name", f"nginx and its own modules have no directive `{name}`{near}")
        return
    family = next((FAMILIES[each] for each in one.above if each in FAMILIES), family)
    places = _places(told, family)
    where = one.above[-1] if one.above else ("main" if is_whole else "")
    if where and places and where not in places and "any" not in places and _is_place(where):
        said = " or ".join(f"`{each}`" for each in sorted(places)[:4])
        yield Finding(line, "name", f"`{name}` does not stand in `{where}`, but in {said}")
        return
    yield from _values(one, told)


def _is_place(name: str) -> bool:
    return name in ("http", "server", "location", "upstream", "events", "stream", "main", "if", "limit_except")


def _places(told: Mapping[str, object], family: str) -> set[str]:
    families = [one for one in "hsmc" if one in told]
    chosen = [family, "c"] if family and family in families else families
    return {place for one in chosen for place in str(told.get(one, "")).split()}


def _values(one: Statement, told: Mapping[str, object]) -> Iterator[Finding]:
    name, given = one.words[0][0], one.words[1:]
    values = str(told.get("v", "")).split()
    number = told.get("n")
    if one.opens or "b" in told:
        return
    if isinstance(number, list):
        least, most = number
        if len(given) < least:
            yield Finding(
                one.words[0][1], "argument", f"`{name}` needs {least} word{'s' * (least != 1)}, not {len(given)}"
            )
        elif most is not None and len(given) > most:
            yield Finding(
                given[most][1], "argument", f"`{name}` takes {most} word{'s' * (most != 1)}, not {len(given)}"
            )
    yield from _parameters(name, given, told.get("p"))
    kinds = [one for one in values if one in KINDS]
    is_kind = any(re.fullmatch(KINDS[one][0], given[0][0]) for one in kinds) if given else False
    if (
        values
        and len(given) == 1
        and not is_kind
        and not re.search(r"[$\"']", given[0][0])
        and given[0][0] not in values
    ):
        is_switch = set(values) == {"on", "off"}
        wanted = " or ".join(KINDS[one][1] if one in kinds else one for one in values)
        wanted = wanted if is_switch or kinds else "one of " + ", ".join(values)
        yield Finding(given[0][1], "argument", f"`{name}` is {wanted}, not `{given[0][0][:40]}`")
    port = re.fullmatch(r"(?:[\w.*\[\]:-]*:)?(\d+)|(\d+[a-z]+)", given[0][0]) if name == "listen" and given else None
    if port and (port[2] or int(port[1]) > NEWEST_PORT):
        yield Finding(given[0][1], "argument", f"there is no port {port[0][:12]}")


def _parameters(name: str, given: Sequence[tuple[str, int]], told: object) -> Iterator[Finding]:
    """Words behind a directive's first ones that are none of its parameters, which nginx refuses (`invalid parameter`)."""
    first, known = told if isinstance(told, list) else (len(given), "")
    for word, line in given[first:]:
        key = "".join(word.partition("=")[:2])
        if key not in known.split() and not re.search(r"[$\"']", word):
            near = nodes.near(key, known.split())
            yield Finding(line, "argument", f"`{name}` has no parameter `{word[:40]}`{near}")


def _undefined(statements: Sequence[Statement]) -> Iterator[tuple[Finding, bool]]:
    """Variables and zones that nothing here defines, each with whether another is meant by it."""
    _, known = _told()
    defined = known | {
        word[1:] for one in statements if one.name in SETTERS for word, _ in one.words if word.startswith("$")
    }
    defined |= {found for one in statements for word, _ in one.words for found in re.findall(r"\(\?P?<(\w+)>", word)}
    told: set[str] = set()
    for one in statements:
        for word, line in one.words[1:]:
            for used in re.findall(r"\$\{?([a-z_][a-z0-9_]*)", word):
                if used in defined or MODULE_VARIABLES.match(used) or used in told:
                    continue
                told.add(used)
                near = next(iter(difflib.get_close_matches(used, sorted(defined), n=1, cutoff=0.9)), "")
                is_near = bool(near) and not (used.startswith(near) or near.startswith(used))
                meant = f"; did you mean `${near}`?" if is_near else ""
                yield Finding(line, "name", f"nothing defines `${used}`{meant}", f"${used}"), is_near
    yield from _zones(statements)


def _zones(statements: Sequence[Statement]) -> Iterator[tuple[Finding, bool]]:
    for user, makers in (
        ("limit_req", ("limit_req_zone",)),
        ("limit_conn", ("limit_conn_zone",)),
        ("proxy_cache", ("proxy_cache_path",)),
    ):
        made = {
            found[1]
            for one in statements
            if one.name in makers
            for word, _ in one.words
            if (found := re.match(r"(?:keys_)?zone=([^:]+)", word))
        }
        for one in statements:
            if one.name != user or len(one.words) < 2:
                continue
            word, line = one.words[1]
            zone = word.removeprefix("zone=")
            if zone not in made and re.fullmatch(r"[\w-]+", zone) and zone != "off":
                said = f"no `{makers[0]}` defines the zone `{zone[:40]}`"
                yield Finding(line, "name", said, f"zone {zone[:40]}"), False
