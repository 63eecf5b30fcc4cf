"""Words for the same thing: a question says "gives up", the code says `timeout`; people say "picture", the code says `avatar`.

GROUPS are an engineer's synonyms, one group a line; EVERYDAY leads from what people say to what software calls it, one way.
What they find counts little beside the question's own words: they lengthen the list, they do not lead it.
"""

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

EVERYDAY = """
active: enabled status
address addresses: url uri host domain endpoint email
again: retry retries repeat resend
answer: response reply body
area: geofence region zone
attack attacker: vulnerability security sanitize
away outage down: unavailable connect error retry
background: job task scheduler cron
bill bills: invoice payment billing
blank blanks spaces: trim strip whitespace
blocked block: ban rate
boot restart startup start: init connect launch
browser: csp header cors client
bucket cloud: s3 storage gcs azure
build builds run runs: pipeline job workflow
callback callbacks: webhook hook url
capitals: case lower upper
cart basket: checkout order line
changed change changes: update diff revision version
characters letters: escape encode character
clock hour hours time zone: timezone date utc
company: organization team tenant ldap
complaint complaints: report abuse flag
copy copies: duplicate clone
crash crashes crashing breaks blows fails: error exception panic handle nil
customer client buyer: user account
data structured: json parse body
download downloads: export attachment file
drawing draw: diagram render svg graph
ending endings: extension suffix
feed: rss atom output
flood: rate throttle limit
folder folders: directory dir path collection
forbidden refused refuses rejected: deny denied permission reject validation invalid error
forged forgery: csrf state verify
group groups membership: role member
guess guessing: enumeration rate brute
hang hangs stuck forever: timeout deadlock block wait
hidden: hide visibility
job jobs: task worker queue
keep kept: retain persist store
key keys: shortcut keymap token
limit: timeout max rate throttle quota
link links: url href share
list lists: index query
location: position place redirect
log logs records: logger
login logged: signin auth session authentication
lost: demoted missing orphan
mail mails letter: email smtp message mailer
manually: manual
mixed: order sort
moderator moderators: mod admin
name names: slug title filename
narrow wide: width full
nested: recursive parent group
newest latest last: recent
nonsense garbage: invalid validate validation
number numbers: id count sequence
off: disable disabled
often times: count retry interval rate
old stale: expire cache retention
order sorted: sort
outside external: remote third provider client
overwrite overwrites race races moment concurrently twice: lock transaction concurrent update
page pages: document paginate
paging: pagination cursor page
paid pay money: payment charge transaction
people: users members
person people somebody someone: user account member profile
picture pictures photo photos: image avatar icon thumbnail media
picture: upload
plain: http text raw
policy: csp
preview: opengraph metadata thumbnail
private: internal visibility
question ask asked asks: request query
quote quoted: escape sanitize
read reads: fetch parse load
remark remarks note notes: comment
removed deleted deletes deleting: remove delete destroy purge cleanup
rights right allowed: permission permissions access role policy authorize can
save saved saving write writes: persist store update
schedule: calendar cron task
secret: token key
see sees shown visible show shows: display render scope policy view
sent send sends sending: post deliver dispatch
server servers instance: host federation remote
shared: share public
short long: length min max validation
sign signing: login signin signup register auth
slow slowly expensive: performance optimize cache query
speed fast: overspeed
sso single: oauth oidc saml openid
stays: state
switched: disable enable flag setting
table tables: csv export
tell told tells hear: notify notification send
throw thrown wipe wiped: delete remove purge prune cleanup destroy discard
track: route positions trip
tracker: device
turned: enable disable
typing: input trigger
unencrypted secure encrypted: http tls ssl
upload uploaded attach attached attaching: attachment file
vehicle: device
waiting wait: pending timeout queue
warn warning alert alerts: notification event
watcher watch: poll monitor
worker workers: agent runner job
wrong wrongly: fix invalid correct
zip: export archive
"""

RELATED: dict[str, frozenset[str]] = {}
for group in GROUPS.strip().splitlines():
    members = group.split()
    for member in members:
        RELATED[member] = RELATED.get(member, frozenset()) | (frozenset(members) - {member})
for line in EVERYDAY.strip().splitlines():
    said, _, meant = line.partition(":")
    for member in said.split():
        RELATED[member] = RELATED.get(member, frozenset()) | (frozenset(meant.split()) - {member})


def related(word: str) -> frozenset[str]:
    """Other words for it; a plural or a verb's ending is overlooked."""
    endings = ("", "s", "ed", "ing", "d")
    return next((RELATED[form] for form in map(word.removesuffix, endings) if form in RELATED), frozenset())
