"""What SQLAlchemy's types, and the Python types of annotations, are in PostgreSQL: https://docs.sqlalchemy.org/en/20/core/types.html."""

TYPES = {
    "BigInteger": "bigint", "SmallInteger": "smallint", "String": "varchar", "Unicode": "varchar", "AutoString": "varchar",
    "UnicodeText": "text", "DateTime": "timestamp", "DATETIME": "timestamp", "Float": "double precision", "FLOAT": "double precision",
    "Double": "double precision", "DOUBLE_PRECISION": "double precision", "LargeBinary": "bytea", "GUID": "uuid", "UUIDType": "uuid",
}  # fmt: skip
"""Those that are not called as PostgreSQL does."""

PYTHON = {
    "int": "integer", "str": "varchar", "bool": "boolean", "datetime": "timestamp", "date": "date", "time": "time",
    "float": "double precision", "Decimal": "numeric", "UUID": "uuid", "bytes": "bytea", "timedelta": "interval",
    "EmailStr": "varchar", "AwareDatetime": "timestamptz",
}  # fmt: skip

NO_COLUMN = frozenset(
    """
    relationship backref association_proxy synonym composite hybrid_property validates query_property deferred
    Relationship dynamic_loader ClassVar PrivateAttr ConfigDict dict list set Index UniqueConstraint frozenset tuple
    property classmethod staticmethod partial getLogger
    """.split()
)
"""What a class calls for an attribute that is no column; a call of anything else may make one, of a type that nobody knows."""
