"""Values of nginx: switches, variables a letter or two from one that there is, zones of a whole file.

Variables: https://nginx.org/en/docs/varindex.html.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence

from bot.capabilities.checks.verdicts import Finding

SWITCHES = frozenset(
    """
    sendfile tcp_nopush tcp_nodelay gzip gzip_vary autoindex proxy_buffering proxy_request_buffering proxy_intercept_errors
    proxy_ssl_server_name proxy_ssl_verify server_tokens ssl_prefer_server_ciphers ssl_session_tickets ssl_stapling ssl_stapling_verify
    multi_accept log_not_found absolute_redirect port_in_redirect merge_slashes underscores_in_headers ignore_invalid_headers
    reset_timedout_connection sub_filter_once recursive_error_pages real_ip_recursive http2 open_file_cache_errors
    """.split()
)
OTHERWISE = {"server_tokens": {"build"}}
VARIABLES = frozenset(
    """
    args binary_remote_addr body_bytes_sent bytes_sent connection connection_requests content_length content_type document_root
    document_uri host hostname https is_args limit_rate msec nginx_version pid pipe proxy_host proxy_port proxy_add_x_forwarded_for
    proxy_protocol_addr proxy_protocol_port query_string realpath_root remote_addr remote_port remote_user request request_body
    request_completion request_filename request_id request_length request_method request_time request_uri scheme server_addr server_name
    server_port server_protocol status time_iso8601 time_local uri request_body_file invalid_referer geoip_country_code
    """.split()
)
OPEN = re.compile(
    r"(?:http|arg|cookie|sent|upstream|ssl|geoip2?|jwt|proxy_protocol|tcpinfo|limit|secure_link|gzip|memcached|date|slice|otel)_"
)
"""Beginnings of variables that are many."""


def read(statements: Sequence[Sequence[tuple[str, int]]]) -> Iterator[Finding]:
    """Of the words of each directive, with their lines."""
    defined = VARIABLES | {
        word[1:] for one in statements if one[0][0] in ("set", "map", "geo", "split_clients", "auth_request_set", "perl_set", "js_set")
        for word, _ in one if word.startswith("$")
    }  # fmt: skip
    names = {found for one in statements for word, _ in one for found in re.findall(r"\(\?P?<(\w+)>", word)}
    zones = {
        found[1]
        for one in statements
        for word, _ in one
        if one[0][0].endswith("_zone")
        if (found := re.match(r"zone=([^:]+)", word))
    }
    is_whole = any(one[0][0] == "http" for one in statements) and not any(
        one[0][0] == "include" and "*" in one[-1][0] for one in statements
    )
    for one in statements:
        name = one[0][0]
        if name in SWITCHES and len(one) == 2:
            told, at = one[1]
            if told not in {"on", "off", *OTHERWISE.get(name, ())} and not re.search(r"[$\"']", told):
                yield Finding(at, "argument", f"`{name}` is on or off, not `{told[:40]}`")
        for word, at in one[1:]:
            for used in re.findall(r"\$\{?([a-z_][a-z0-9_]*)", word):
                if used in defined or used in names or OPEN.match(used):
                    continue
                near = next(iter(difflib.get_close_matches(used, sorted(defined | names), n=1, cutoff=0.9)), "")
                if near and not (used.startswith(near) or near.startswith(used)):
                    yield Finding(at, "name", f"nothing defines `${used}`; did you mean `${near}`?")
            found = re.fullmatch(r"zone=([\w-]+)", word)
            if name == "limit_req" and is_whole and found and found[1] not in zones:
                yield Finding(at, "name", f"no `limit_req_zone` defines the zone `{found[1][:40]}`")
