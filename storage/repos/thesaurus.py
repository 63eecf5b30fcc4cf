"""Words that engineers use for the same thing: a question says "gives up", the code says `timeout`. One group a line."""

from __future__ import annotations

GROUPS = """
retry retries again repeat attempt reattempt resend
backoff delay wait pause sleep interval jitter
timeout expire expired deadline ttl elapsed
close shutdown shut stop terminate teardown dispose exit end drain quit
start begin boot startup launch init initialize setup spawn
error exception fail failure fault panic crash blow blew broken raise throw
log logging logger print trace
config configure configuration settings options preferences parameter
cache cached memoize store stored
delete remove drop discard purge evict erase clear
create make build construct new generate
update change modify edit alter set
find lookup search locate get fetch resolve
check validate verify ensure assert test valid invalid
parse decode deserialize read load unmarshal
serialize encode dump write marshal format render
connect connection socket dial reconnect link
pool pooled reuse checkout acquire
primary master leader main promoted elected election
replica slave secondary follower standby
failover switchover promote takeover
queue enqueue buffer backlog pending waiting
task job worker work background
send emit publish dispatch notify post deliver push
receive consume subscribe listen handle handler
auth authenticate authentication login credentials authorize permission
password secret token key
user account person member
request call query
response reply answer result
redirect forward location moved
header headers metadata
route router path url match endpoint
middleware hook interceptor plugin filter
limit throttle rate cap max maximum restrict
lock mutex exclusive concurrent concurrency race
thread process child fork pool
memory ram heap oom leak
kill killed signal sigkill sigterm lost die died dead
order sort sequence priority
merge combine join concat
split chunk divide segment part
compress gzip deflate encoding dictionary
encrypt cipher tls ssl certificate
database sqlite sql table column ddl schema
rebuild recreate copy migrate migration batch
transaction commit rollback savepoint atomic
version revision release upgrade downgrade
name identifier alias label
string text str
class type model
default fallback otherwise
ignore skip omit never exclude suppress
duplicate twice dedupe unique once
event callback listener
schedule cron periodic timer interval
upload file stream body payload
size length count number
environment env variable
"""

RELATED: dict[str, frozenset[str]] = {}
for group in GROUPS.strip().splitlines():
    words = group.split()
    for word in words:
        RELATED[word] = RELATED.get(word, frozenset()) | (frozenset(words) - {word})


def related(word: str) -> frozenset[str]:
    """Other words for it; a plural or a verb's ending is overlooked."""
    for form in (
        word,
        word.removesuffix("s"),
        word.removesuffix("ed"),
        word.removesuffix("ing"),
        word.removesuffix("d"),
    ):
        if form in RELATED:
            return RELATED[form]
    return frozenset()
