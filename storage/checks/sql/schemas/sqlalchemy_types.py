"""What SQLAlchemy's types, and the Python types of annotations, are in PostgreSQL: https://docs.sqlalchemy.org/en/20/core/types.html."""

TYPES = {
    "Integer": "integer", "INTEGER": "integer", "INT": "integer", "BigInteger": "bigint", "BIGINT": "bigint",
    "SmallInteger": "smallint", "SMALLINT": "smallint", "String": "varchar", "VARCHAR": "varchar", "Unicode": "varchar",
    "Text": "text", "TEXT": "text", "UnicodeText": "text", "CHAR": "char", "Boolean": "boolean", "BOOLEAN": "boolean",
    "DateTime": "timestamp", "DATETIME": "timestamp", "TIMESTAMP": "timestamp", "Date": "date", "DATE": "date",
    "Time": "time", "Interval": "interval", "INTERVAL": "interval", "Numeric": "numeric", "NUMERIC": "numeric",
    "DECIMAL": "numeric", "Float": "double precision", "FLOAT": "double precision", "Double": "double precision",
    "REAL": "real", "JSON": "json", "JSONB": "jsonb", "UUID": "uuid", "Uuid": "uuid", "LargeBinary": "bytea",
    "BYTEA": "bytea", "INET": "inet", "CIDR": "cidr", "MACADDR": "macaddr", "TSVECTOR": "tsvector", "CITEXT": "citext",
    "DOUBLE_PRECISION": "double precision", "MONEY": "money", "AutoString": "varchar", "INT4RANGE": "int4range",
    "INT8RANGE": "int8range", "TSTZRANGE": "tstzrange", "DATERANGE": "daterange", "NUMRANGE": "numrange",
    "TSRANGE": "tsrange", "GUID": "uuid",
}  # fmt: skip
PYTHON = {
    "int": "integer", "str": "varchar", "bool": "boolean", "datetime": "timestamp", "date": "date", "time": "time",
    "float": "double precision", "Decimal": "numeric", "UUID": "uuid", "bytes": "bytea", "timedelta": "interval",
    "EmailStr": "varchar", "AwareDatetime": "timestamptz",
}  # fmt: skip
