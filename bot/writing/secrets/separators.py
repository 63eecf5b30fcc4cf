"""What stands between a name and its value, in every language and file that names one: the patterns, and their groups."""

from __future__ import annotations

from bot.writing.secrets.engine import compiled, literals
from bot.writing.secrets.naming import STEMS, TELLING
from bot.writing.secrets.worded import VENDORS

_LOOSE = literals(" ".join(word.decode() for word in VENDORS))
_SOME = r"auth|key|dsn|salt|pepper|sig|cookie|session|sid\b|jwt|bearer|otp|pin\b|seed|mnemonic|licen[sc]e|webhook|hmac|pat\b|sas\b|connectionstring"
_JOINT = r"[\"'`\\\])}*]{0,4}[ \t]{0,20}(?:[:=>~?,(]|\.=|\.to|<-|\r?\n[ \t]{0,40}[\"']?value[\"']?:)"

NAMES = compiled(
    rf"(?i)[A-Za-z0-9_.\-]*(?:{STEMS})[A-Za-z0-9_\-]*(?:\.(?:txt|return_value|value))?"
    rf"|[A-Za-z0-9_.\-]*(?:{_SOME}|{_LOOSE})[A-Za-z0-9_\-]{{0,30}}(?:{_JOINT}|[ \t]{{1,4}}(?:string|is|:?=)[ \t]|\"[ \t]{{1,4}}(?:value|content|default)[ \t]*=)"
    r"|\bkey[ \t]{1,2}[\"'`]?[A-Za-z_\-]{0,40}[0-9]"
)
"""A name that may lead to a secret; one of the second kind together with the beginning of what separates it."""

IDENTIFIER = compiled(r"[A-Za-z0-9_.\-]+")
MARKED = compiled(r"\[masked: [^\]\n]{1,60}\]")

SEPARATOR = compiled(
    r"((?:\\{0,7}[\"'`]|&quot;|&#3[49];|%2[27])?(?:\[\d{0,5}\])?[\])}]{0,2}(?:%5[Dd])?)(?:\*{1,3}|_{1,3}|</(?:b|strong|em|i)>)?[ \t]*"
    r"(?:"
    r"(\??!?[ \t]*:[ \t]*[&*]?(?:'[a-z]\w{0,20}[ \t]+)?[A-Za-z_\[][\w.\[\]<>|?&*, ']{0,60}?[ \t]*=[ \t]*)"
    r"|([ \t]+(?:value|content|default|val|data|defaultvalue)[ \t]*=[ \t]*|/?>[ \t]*(?:<(?:value|string|val)>)?(?:<!\[CDATA\[)?|(?:</\w{1,12}>\s{0,40}){1,3}(?:<tr[^<>]{0,80}>\s{0,40})?<(?:string|value|data|val|td|dd)>[ \t]*)"
    r"|((?:[ \t]+[A-Za-z_\[\]*&.]{2,24}(?:\(\w{1,6}\))?){1,2}[ \t]*:?=[ \t]*|(?:[ \t]+\w{2,24}(?:\(\d{1,5}\))?){1,4}[ \t]+(?i:default)[ \t]+)"
    r"|(\([A-Za-z0-9_ .\-/]{1,30}\)[ \t]*[:=][ \t]*|(?:[ \t]*\{[ \t]*get;[^}\n]{0,40}\}[ \t]*=|::?=|%3[DdAa]|\?\??=|\|\|=|\.=|\+=|=>|->|<-|={1,3}|!==?|:|\|\||\?\?|\?:|or[ \t])[ \t]*(?:\*{1,3}|_{1,3}|</(?:b|strong|em|i)>)?[ \t]*)"
    r"|([ \t]*,[ \t]*(?:[\"']?(?i:value|default|val|defaultvalue|parametervalue|content)[\"']?[ \t]*(?::|=>?)[ \t]*)?)"
    r"|([ \t]*,?[ \t]*\n[ \t]*(?:-[ \t])?[\"']?(?:value|default|defaultValue|ParameterValue|Value|Default|stringValue)[\"']?[ \t]*(?::|=>?)[ \t]*)"
    r"|((?:(?:\(\)\)?)?(?:\.(?:not\.)?|,[ \t]*)(?i:to(?:_?not)?_?(?:be|eq\w*|strict\w*|match\w*)?|is_?(?:eq\w*)?|write\w{0,8}|eq\w{0,8})[ .(]?\w{0,12}\(|[?!]?[({])[ \t]*)"
    r"|(\|[ \t]*|[ \t]+to[ \t]+)"
    r"|((?:[ \t]+[A-Za-z0-9_.\-/\x80-\xff]{1,24}){0,3}[ \t]+(?:is|was|has been|(?:will|shall|should|must|to)[ \t]+be|ist|war|wird|wurde|bleibt|lautet|heißt|heisst|est|es|è|é|are|now|becomes|=|:|→)"
    r"(?:[ \t]+(?:now|still|currently|just|again|changed|set|reset|rotated|updated|jetzt|nun|noch|wieder|auf|in|zu|to)){0,3}[ \t]*:?[ \t]+|(?:[ \t]+(?:for|of|fuer|from|in|on|\()[ \t]*(?:[A-Za-z0-9_.\-/()]{1,20}[ \t]?){1,3}[:=][ \t]*))"
    r"|([ \t]+(?:\*\*)?)"
    r")"
)
"""What may stand between a name and its value, in the order in which it is tried."""

CLOSING = 1
KINDS = tuple(
    (kind, number)
    for number, kind in enumerate(
        ("typed", "attribute", "spaced", "assigned", "paired", "below", "called", "cell", "said", "blank"), CLOSING + 1
    )
)
"""The kinds of separators, by the groups that find them."""

DEFAULT = compiled(
    r"([\"']?)[ \t]*[:={]?[ \t]*\{?[ \t]*\n(?:[ \t]+[^\n]{0,120}\n){0,3}?[ \t]+[\"']?(?:default|Default|value)[\"']?[ \t]*[:=][ \t]*"
)
"""A variable that is declared over several lines, its value last: Terraform, CloudFormation."""

WITHIN_BRACES = compiled(
    r"([\"']?)[ \t]*(?::|=>?)?[ \t]*\{[ \t]*(?:[\"']?\w{1,20}[\"']?[ \t]*(?::|=>?)[ \t]*(?:true|false|[\"'][^\"'\n]{0,60}[\"'])[ \t]*,[ \t]*){0,2}[\"']?(?i:value|default|s|stringvalue|plaintext|current)[\"']?[ \t]*(?::|=>?)[ \t]*"
)
"""A value within braces on the same line: an output of Terraform, an attribute of DynamoDB."""

PLAIN_SEPARATOR = compiled(r"(\\?[\"'`]?[\])}]{0,2})[ \t]*[:=][ \t]*")
"""Where what looked like a type before `=` was the value."""

NEXT_LINE = compiled(r"[ \t]*(?:[|>][+\-]?|\(|\\)?[ \t]*\n[ \t]+(?:string\(\d{1,4}\)[ \t]+)?")
GOES_ON_BELOW = compiled(r"(?:\\|<<[<~\-]?[ \t]*[\"']?\w{2,20}[\"']?)\r?\n[ \t]*")
"""A line that a shell or a file of properties goes on with; a text written out below."""

LIST_OPENS = compiled(
    r"(?i)(?:&?(?:new[ \t]+)?(?:string)?\[\](?:string|&str)?|vec!|(?:list|set|array)(?:\.of)?|listof|setof|arrayof|frozenset)?[ \t]*[\[({]{1,2}\s{0,40}"
)
"""A list of several values, as the languages begin one."""

LIST_GOES_ON = compiled(r"[\"'`]\s{0,40}[,+.\\&]{0,2}\s{0,40}[bfr]?([\"'`])")
BLOCK_SCALAR = compiled(r"[|>]")
BLOCK_BEGINS = compiled(r":[ \t]*[|>][+\-0-9]{0,2}[ \t]*\r?\n")
BLOCK_LINE = compiled(r"\r?\n[ \t]+([^\s:]{6,1000})[ \t]*(?:\r?\n|$)")
ARN = compiled(r"\barn:[a-z\-]{2,12}:[^\s\"']*$")
"""An address of Amazon's, of which our name is a part; no secret stands in one."""

WRAPPER = compiled(
    r"((?i:bearer|basic|token|apikey|api-key|digest|key|splunk|geniekey|negotiate|bot|plain|pass:|raw:|!!str|!!binary|encrypted|by|with|values?|as|convertto-securestring|-string)[ \t]+)*"
    r"((?:&?(?:new[ \t]+)?[A-Za-z_][\w.:<>\[\]]*!?[ \t]?[({][ \t]*(?:\w+[ \t]*[:=][ \t]*)?){0,3})"
    r"((?:[bBrRuUfFLN@$]|rb|br|\[\]byte\(|<<)?)"
)
SCHEME, CALLS, PREFIX = 1, 2, 3
KNOWN_CALL = compiled(
    r"(?i)&?(?:new[ \t]+)?(?:[\w.:]*(?:secretstr|secret|field|default|string|str|bytes|byte|some|ok|from|of|literal|just|optional|password|token|key|credentials?|value|encode|tochararray|quote|text|var|sensitive|param|securestring|setting|column|raw|protect|once|lambda)!?[ \t]?[({][ \t]*(?:default|value|initial|fallback)?[ \t]*[:=]?[ \t]*)+"
)
DEFAULTED = compiled(
    r"(?i)[\w.]*(?:env|get|config|setting|fetch|property|option|default)[\w.]*!?\([ \t]*[\"'][\w.\-]{1,80}[\"'][ \t]*(?:,[ \t]*(?:default[ \t]*=[ \t]*)?|\)[ \t]*(?:or[ \t]|\|\||\?\?|\?:|\.(?:unwrap_or|or_?else|getOrElse)(?:_else)?\((?:\|\|)?)[ \t]*)"
)
"""What is taken where an environment has nothing."""

LOOKUP = compiled(
    r"(?i)(?:(?:.*[^\w])?(?:t|_|is\w*|has\w*)|.*(?:get|env|lookup|fetch|find|read|load|resolve|config|ref|param|import|require|query|select|contains|translate|gettext|i18n|label|expect|assert|print|log|debug|error|warn|info|format|sprintf|path|join|open|url)[\w.]*)!?\([ \t]*"
)
BARE = compiled(r"[^\s\"'`;,<]*")
WRITTEN_END = compiled(r"\\+[nrt]|&quot;|&#39;|&lt;|\\+u0022|%22")
QUOTES = (
    b'"""', b"``", b"'''", b"''", b'"', b"'", b"`", b'#"', b"&quot;", b"&#34;", b"&#39;", b"%22", b"%27",
    "“".encode(), "‘".encode(), "„".encode(),
)  # fmt: skip
ESCAPED_QUOTE = compiled(r"\\{1,7}[\"']")
"""A quote within a string within a string."""

CLOSED_BY = {b'#"': b'"#', "“".encode(): "”".encode(), "‘".encode(): "’".encode(), "„".encode(): "“".encode()}
QUOTE_LIKE = compiled(r"(?:q[qr]?[ \t]?|%[qQ]?|~[sS])([{(\[|/!])")
"""How Perl, Ruby and Elixir open a string that holds quotes."""

QUOTE_LIKE_CLOSED_BY = {b"{": b"}", b"(": b")", b"[": b"]"}

LINE_OF_SETTING = compiled(r"(?i)[ \t]*(?:(?:export|env|arg|set|setenv)[ \t]+|@)?[\w.\-]+")
WITHIN = compiled(r"[\w!@#$%^&*+=.\\-]{2,60}[\"'`;,][^\s<>(){}]{1,100}")
"""A value without quotes around it, in which one stands."""

ENDS_LINE = compiled(r"[ \t\r]*(?:\n|$)")
CLOSE = {b")": b"(", b"]": b"[", b"}": b"{"}
FLAG = compiled(r"(?:^|[\s\"'(\[,])-{1,2}[\w\-.]*$")
LEFT = 24

APOSTROPHE = compiled(r"[A-Za-z]'[A-Za-z]")

SPOKEN_KEY = compiled(
    rf"(?i)\b(?:{'|'.join(sorted(word.decode() for word in TELLING - {b'host', b'rsa', b'ssh', b'tls', b'ssl'}))})[ \t]{{1,3}}$"
)
"""`api key`, as people write it."""

OPEN_KEY = compiled(r"(?i)\b(?:gpg|pgp|openpgp|public|host|fingerprint|apt|signing)[ \t]$")

DIRECTIVE = compiled(
    r"(?i)[ \t]*(?:ENV|ARG|export|set[xu]?|setenv|set[ \t]+-\w+|proxy_set_header|add_header|fastcgi_param|(?:.*[ \t])?login[ \t]+\S+|machine[ \t].*)?[ \t]*"
)
