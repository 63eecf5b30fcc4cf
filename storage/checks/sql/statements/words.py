"""Words that another dialect has and PostgreSQL has not, with what is written there instead."""


def _read(table: str) -> dict[str, str]:
    """Each line is what PostgreSQL has, and the words of others for it."""
    lines = (line.partition(": ") for line in table.strip().split("\n"))
    return {word: "" if instead == "-" else instead for instead, _, words in lines for word in words.split()}


FUNCTIONS = _read("""
coalesce: ifnull nvl isnull
CASE: iif if
string_agg: group_concat listagg wm_concat
to_char: date_format datename strftime
to_date: str_to_date
CURRENT_DATE: curdate
CURRENT_TIME: curtime
now(): getdate sysdate getutcdate sysdatetime
extract(epoch FROM ...): unix_timestamp
to_timestamp: from_unixtime
a subtraction of dates: datediff date_diff
an addition of an interval: dateadd timestampadd
a subtraction of an interval: date_sub
extract(epoch FROM a - b): timestampdiff
extract: datepart to_days
RETURNING: last_insert_id scope_identity last_insert_rowid
random: rand
gen_random_uuid: newid uuid
length: len
strpos: charindex instr locate patindex
extract(julian FROM ...): julianday
the operators -> and ->>: json_extract
the operator ->>: json_unquote
the operator @>: json_contains
= ANY(string_to_array(...)): find_in_set
regexp_match or substring: regexp_extract
split_part: substring_index
extract(month FROM ...): month
extract(year FROM ...): year
extract(day FROM ...): day dayofmonth
extract(hour FROM ...): hour
extract(minute FROM ...): minute
extract(dow FROM ...): dayofweek
extract(isodow FROM ...): weekday
an interval: add_months
now() AT TIME ZONE 'utc': utc_timestamp
count(*) OVER (): found_rows
current_database(): database
= ANY(...) or @>: array_contains
cardinality: array_size
count(*) FILTER (WHERE ...): countif count_if
sum(...) FILTER (WHERE ...): sumif
CAST: safe_cast try_cast
array_agg: arrayagg group_array
-: total_changes strcmp
format: printf
percentile_cont(0.5) WITHIN GROUP (ORDER BY ...): median
upper: ucase
lower: lcase
repeat: space
the type inet: inet_aton
digest of pgcrypto: sha1
string_to_array: string_split
date_trunc: eomonth last_day
""")
"""What other dialects call. A function of this name that a team defines is its own."""

TYPES = _read("""
timestamptz: datetime datetime2 timestamp_tz timestamptzz datetimeoffset
timestamp: smalldatetime
smallint: tinyint byte year
integer: mediumint int32 signed
varchar: nvarchar varchar2 nvarchar2
text: ntext longtext mediumtext tinytext clob string nclob
bytea: blob longblob mediumblob tinyblob binary varbinary image
numeric: number uint64
double precision: double float64
uuid: uniqueidentifier
bigint: int64 uint long unsigned rowversion
a type made by CREATE TYPE ... AS ENUM: enum
boolean: boolen
bigserial: bigserail
jsonb: object
""")

AGGREGATES = frozenset(
    """
    any_value array_agg avg bit_and bit_or bool_and bool_or corr count covar_pop covar_samp every group_concat
    json_agg json_arrayagg json_object_agg json_objectagg jsonb_agg jsonb_object_agg max min mode percentile_cont
    percentile_disc range_agg regr_count regr_intercept regr_r2 regr_slope stddev stddev_pop stddev_samp
    string_agg sum var_pop var_samp variance xmlagg
    """.split()
)
WINDOWS = frozenset(
    "cume_dist dense_rank first_value lag last_value lead nth_value ntile percent_rank rank row_number".split()
)

INSTEAD = {
    "auto_increment": "GENERATED ALWAYS AS IDENTITY", "autoincrement": "GENERATED ALWAYS AS IDENTITY",
    "unsigned": "a CHECK (... >= 0)", "duplicate": "ON CONFLICT (...) DO UPDATE", "engine": "no storage engines",
    "top": "LIMIT", "modify": "ALTER COLUMN ... TYPE", "ignore": "ON CONFLICT DO NOTHING",
    "replace": "ON CONFLICT (...) DO UPDATE", "regexp": "the operator ~", "rlike": "the operator ~",
}  # fmt: skip
"""What PostgreSQL has where other dialects write this word."""
