"""Functions that take their arguments from a dictionary, so that no signature names them: by hand, from their documentation."""

from __future__ import annotations

import re
from collections.abc import Collection

COLUMN = """
    name type_ key primary_key nullable default onupdate index unique info doc comment autoincrement quote system server_default
    server_onupdate sort_order use_existing_column deferred deferred_group deferred_raiseload active_history init repr
    default_factory compare kw_only hash insert_default _proxies dataclass_metadata
"""
ENGINE = """
    connect_args convert_unicode creator async_creator echo echo_pool empty_in_strategy enable_from_linting encoding
    execution_options future hide_parameters implicit_returning insertmanyvalues_page_size isolation_level json_deserializer
    json_serializer label_length listeners logging_name max_identifier_length max_overflow module paramstyle pool poolclass
    pool_logging_name pool_pre_ping pool_size pool_recycle pool_reset_on_return pool_timeout pool_use_lifo plugins
    query_cache_size strategy use_insertmanyvalues case_sensitive native_datetime dbapi skip_autocommit_rollback
"""
SINK = """
    sink level format filter colorize serialize backtrace diagnose enqueue context catch loop rotation retention compression delay
    watch mode buffering encoding errors newline closefd opener error_handler
"""
INDEX = "index_name table_name columns schema unique if_not_exists kw"
NAMED = {
    ("sqlalchemy", "create_engine"): frozenset(ENGINE.split()),
    ("sqlalchemy", "create_async_engine"): frozenset(ENGINE.split()),
    ("sqlalchemy", "mapped_column"): frozenset(COLUMN.split()),
    ("sqlalchemy", "Column"): frozenset(COLUMN.split()),
    ("alembic", "create_index"): frozenset(INDEX.split()),
    ("loguru", "add"): frozenset(SINK.split()),
}
"""By https://docs.sqlalchemy.org/en/20/core/engines.html, .../core/metadata.html, .../orm/mapping_api.html and
https://loguru.readthedocs.io/en/stable/api/logger.html. SQLAlchemy's dialects have words of their own besides."""

UNUSED = (("fastapi", "FastAPI"),)
"""What keeps arguments that it does not know, and does nothing with them."""

DIALECT = re.compile(
    r"(?:postgresql|mysql|mariadb|sqlite|mssql|oracle|redshift|snowflake|bigquery|clickhouse|cockroachdb|databricks|duckdb|trino)_\w+"
    r"|use_\w+|server_side_cursors|executemany_\w+|fast_executemany|client_encoding|credentials_\w+|project_id|arraysize|location|"
    r"thick_mode|auto_\w+|values_plus_batch_limit|legacy_schema_aliasing|deprecate_large_types|schema_name|coerce_to_\w+|"
    r"ignore_no_transaction_on_rollback|optimize_limits|enable_offset_fetch|native_\w+|user_supplied_rowcount|list_tables_page_size|"
    r"billing_project_id|maximum_bytes_billed|require_\w+"
)


def is_dialects(package: str, word: str, names: Collection[str] = ()) -> bool:
    """Whether a word that SQLAlchemy does not name may be one of a dialect's; one that it `names` without underscores is not."""
    if word.replace("_", "") in names:
        return False
    return package in ("sqlalchemy", "alembic") and bool(DIALECT.fullmatch(word))
