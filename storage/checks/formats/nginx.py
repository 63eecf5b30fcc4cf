"""Configuration of nginx (https://nginx.org/en/docs/dirindex.html): what is begun and not ended, and directives that are a letter or
two from one that it has. Modules of others bring directives of their own, so a word that is near to none is left alone.
"""

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass

from bot.capabilities.checks.verdicts import Finding
from storage.checks.formats import nginx_values
from storage.checks.formats.said import Said, unread

TOKEN = re.compile(
    r"#[^\n]*|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'|[;{}]|(?:\\.|\$\{[^}\n]*\}|[^\s;{}\"'\\])+", re.DOTALL
)
BLOCKS = frozenset(
    "http server location upstream events stream mail map geo if types split_clients limit_except match".split()
)
DIRECTIVES = BLOCKS | frozenset(
    """
    user worker_processes worker_connections error_log pid include use multi_accept daemon load_module env worker_rlimit_nofile
    listen server_name root index alias try_files return rewrite error_page access_log log_format default_type sendfile tcp_nopush
    tcp_nodelay keepalive_timeout keepalive_requests keepalive gzip gzip_types gzip_min_length gzip_comp_level gzip_vary gzip_proxied
    gzip_disable gzip_static proxy_pass proxy_set_header proxy_read_timeout proxy_connect_timeout proxy_send_timeout proxy_buffering
    proxy_buffers proxy_buffer_size proxy_http_version proxy_redirect proxy_cache proxy_cache_path proxy_cache_valid proxy_cache_key
    proxy_cache_bypass proxy_no_cache proxy_cache_use_stale proxy_next_upstream proxy_ssl_verify proxy_ssl_server_name
    proxy_hide_header proxy_pass_header proxy_request_buffering proxy_intercept_errors proxy_temp_path proxy_busy_buffers_size
    fastcgi_pass fastcgi_param fastcgi_index fastcgi_split_path_info fastcgi_read_timeout fastcgi_buffers uwsgi_pass uwsgi_param
    grpc_pass grpc_set_header ssl_certificate ssl_certificate_key ssl_protocols ssl_ciphers ssl_prefer_server_ciphers
    ssl_session_cache ssl_session_timeout ssl_session_tickets ssl_dhparam ssl_stapling ssl_stapling_verify ssl_trusted_certificate
    ssl_client_certificate ssl_verify_client ssl_ecdh_curve ssl_buffer_size client_max_body_size client_body_buffer_size
    client_body_timeout client_header_timeout client_header_buffer_size large_client_header_buffers send_timeout add_header
    more_set_headers expires etag if_modified_since allow deny satisfy auth_basic auth_basic_user_file auth_request
    auth_request_set limit_req limit_req_zone limit_req_status limit_conn limit_conn_zone limit_rate limit_rate_after set
    set_real_ip_from real_ip_header real_ip_recursive resolver resolver_timeout server_tokens server_names_hash_bucket_size
    server_names_hash_max_size types_hash_max_size merge_slashes internal break autoindex charset http2 ip_hash least_conn hash
    random zone stub_status mirror sub_filter sub_filter_once open_file_cache open_file_cache_valid open_file_cache_min_uses
    open_file_cache_errors reset_timedout_connection aio directio output_buffers proxy_protocol map_hash_bucket_size ssl_preread
    proxy_bind proxy_cache_background_update proxy_cache_convert_head proxy_cache_lock proxy_cache_lock_age proxy_cache_lock_timeout
    proxy_cache_max_range_offset proxy_cache_methods proxy_cache_min_uses proxy_cache_purge proxy_cache_revalidate proxy_cookie_flags
    proxy_force_ranges proxy_headers_hash_bucket_size proxy_headers_hash_max_size proxy_limit_rate proxy_max_temp_file_size proxy_method
    proxy_next_upstream_timeout proxy_next_upstream_tries proxy_pass_request_body proxy_pass_request_headers proxy_send_lowat
    proxy_set_body proxy_socket_keepalive proxy_ssl_certificate proxy_ssl_certificate_key proxy_ssl_ciphers proxy_ssl_conf_command
    proxy_ssl_name proxy_ssl_protocols proxy_ssl_session_reuse proxy_ssl_trusted_certificate proxy_ssl_verify_depth proxy_store
    proxy_store_access proxy_temp_file_write_size gzip_buffers gzip_http_version gzip_window gunzip ssl_conf_command ssl_crl
    ssl_early_data
    ssl_password_file ssl_reject_handshake ssl_session_ticket_key ssl_stapling_file ssl_stapling_responder ssl_verify_depth
    ssl_handshake_timeout limit_conn_log_level limit_conn_status limit_conn_dry_run limit_req_log_level limit_req_dry_run
    auth_delay auth_jwt auth_http autoindex_exact_size autoindex_format autoindex_localtime charset_map charset_types source_charset
    add_trailer chunked_transfer_encoding client_body_in_file_only client_body_in_single_buffer client_body_temp_path
    connection_pool_size
    disable_symlinks keepalive_disable keepalive_time keepalive_min_timeout lingering_close lingering_time lingering_timeout
    max_ranges msie_padding open_log_file_cache postpone_output read_ahead request_pool_size sendfile_max_chunk send_lowat
    server_name_in_redirect subrequest_output_buffer_size variables_hash_bucket_size variables_hash_max_size types_hash_bucket_size
    sub_filter_last_modified sub_filter_types http2_max_concurrent_streams http3 quic_retry quic_gso max_errors
    absolute_redirect port_in_redirect underscores_in_headers ignore_invalid_headers recursive_error_pages uninitialized_variable_warn
    log_not_found access_by_lua_file default volatile hostnames proxy_ignore_headers proxy_cookie_path proxy_cookie_domain
    """.split()
)
TABLES = ("map", "geo", "types", "split_clients", "match", "charset_map")
MOST_ARGUMENTS = 400
DEEPEST = 60
HELD = {"nginx": ""}
SCRIPTED = re.compile(r"_by_lua_block$")


@dataclass(frozen=True, slots=True)
class Token:
    text: str
    line: int
    is_first: bool
    """Of its line."""


def read(code: str) -> Said:
    if re.search(r"\{\{|\{%|<%|(?<![\w.])\.\.\.(?![\w.])|…|_by_lua_block", re.sub(r"#[^\n]*", "", code)):
        return unread("parts of it are left out, or another program fills them in")
    said = Said(dict(HELD))
    opened: list[Token] = []
    words: list[Token] = []
    statements: list[list[tuple[str, int]]] = []
    for one in _tokens(code):
        if one.text == "{":
            if not words:
                return _fault(said, one.line, "nothing stands before `{`")
            said.findings += _named(words, opened)
            statements.append([(word.text, word.line) for word in words])
            opened.append(words[0])
            words = []
            if len(opened) > DEEPEST:
                return unread("it is nested too deep")
        elif one.text == "}":
            if words:
                return _fault(said, words[-1].line, f"`;` is missing behind `{words[-1].text[:40]}`")
            if not opened:
                return _fault(said, one.line, "a `}` is too much")
            opened.pop()
        elif one.text == ";":
            if words:
                said.findings += _named(words, opened)
                if not opened or opened[-1].text not in TABLES:
                    statements.append([(word.text, word.line) for word in words])
            words = []
        else:
            if words and one.is_first and one.text in DIRECTIVES and words[0].text in DIRECTIVES and len(words) > 1:
                return _fault(said, words[-1].line, f"`;` is missing behind `{words[-1].text[:40]}`")
            words.append(one)
            if len(words) > MOST_ARGUMENTS:
                return unread("it is no configuration of nginx")
    if words:
        return _fault(said, words[-1].line, f"`;` is missing behind `{words[-1].text[:40]}`")
    if opened:
        return _fault(said, opened[-1].line, f"`{opened[-1].text[:40]}` is not closed: `}}` is missing")
    said.findings += nginx_values.read(statements)
    return said


def _tokens(code: str) -> list[Token]:
    found: list[Token] = []
    line, last = 1, 0
    for one in TOKEN.finditer(code):
        line += code.count("\n", last, one.start())
        last = one.start()
        if not one[0].startswith("#"):
            found.append(Token(one[0], line, not found or found[-1].line != line))
    return found


def _named(words: list[Token], opened: list[Token]) -> list[Finding]:
    """The directive's own name; within tables of values any word stands first."""
    name = words[0].text
    if opened and opened[-1].text in TABLES:
        return []
    if name in DIRECTIVES or len(name) < 4 or not re.fullmatch(r"[a-z_0-9]+", name):
        return []
    near = next(iter(difflib.get_close_matches(name, sorted(DIRECTIVES), n=1, cutoff=0.8)), "")
    if not near or name.startswith(f"{near}_") or near.startswith(f"{name}_"):
        return []
    return [Finding(words[0].line, "name", f"nginx has no directive `{name}`; did you mean `{near}`?")]


def _fault(said: Said, line: int, why: str) -> Said:
    said.findings.append(Finding(line, "syntax", why))
    return said
