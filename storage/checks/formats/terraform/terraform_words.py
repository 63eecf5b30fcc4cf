"""Words of Terraform's own: blocks with their arguments, and functions with how many arguments they take.

https://developer.hashicorp.com/terraform/language/block and `terraform metadata functions -json` of 1.11, with those of OpenTofu.
"""

from __future__ import annotations

from dataclasses import dataclass

TYPES = frozenset("string number bool any list set map object tuple optional null".split())
META = frozenset("count for_each provider depends_on".split())


@dataclass(frozen=True, slots=True)
class Told:
    """None where a provider or another program has a say."""

    labels: int
    attributes: frozenset[str] | None = None
    blocks: frozenset[str] | None = None
    needed: tuple[str, ...] = ()


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


BLOCKS = {
    "resource": Told(2),
    "data": Told(2),
    "ephemeral": Told(2),
    "action": Told(2),
    "variable": Told(
        1, _words("type default description sensitive nullable ephemeral deprecated const"), _words("validation")
    ),
    "output": Told(
        1,
        _words("value description sensitive ephemeral depends_on deprecated type"),
        _words("precondition"),
        ("value",),
    ),
    "locals": Told(0, None, frozenset()),
    "module": Told(1, None, None, ("source",)),
    "provider": Told(1),
    "terraform": Told(
        0,
        _words("required_version experiments language"),
        _words("required_providers backend cloud provider_meta encryption"),
    ),
    "moved": Told(0, _words("from to"), frozenset(), ("from", "to")),
    "import": Told(0, _words("to id provider for_each identity"), frozenset(), ("to",)),
    "removed": Told(0, _words("from"), _words("lifecycle provisioner connection"), ("from",)),
    "check": Told(1, frozenset(), _words("data assert")),
}
INNER = {
    "lifecycle": _words("create_before_destroy prevent_destroy ignore_changes replace_triggered_by destroy enabled"),
    "validation": _words("condition error_message"),
    "precondition": _words("condition error_message"),
    "postcondition": _words("condition error_message"),
    "assert": _words("condition error_message"),
}
FUNCTIONS = {
    name: (int(least.rstrip("+")), least.endswith("+"))
    for name, _, least in (
        one.partition(":")
        for one in """
        abs:1 abspath:1 alltrue:1 anytrue:1 base64decode:1 base64encode:1 base64gzip:1 base64sha256:1 base64sha512:1 basename:1
        bcrypt:1+ can:1 ceil:1 chomp:1 chunklist:2 cidrhost:2 cidrnetmask:1 cidrsubnet:3 cidrsubnets:1+ coalesce:0+ coalescelist:0+
        compact:1 concat:0+ contains:2 convert:2 csvdecode:1 dirname:1 distinct:1 element:2 endswith:2 ephemeralasnull:1 file:1
        filebase64:1 filebase64sha256:1 filebase64sha512:1 fileexists:1 filemd5:1 fileset:2 filesha1:1 filesha256:1 filesha512:1
        flatten:1 floor:1 format:1+ formatdate:2 formatlist:1+ indent:2 index:2 issensitive:1 join:1+ jsondecode:1 jsonencode:1 keys:1
        length:1 list:0+ log:2 lookup:2+ lower:1 map:0+ matchkeys:3 max:0+ md5:1 merge:0+ min:0+ nonsensitive:1 one:1 parseint:2
        pathexpand:1 plantimestamp:0 pow:2 range:0+ regex:2 regexall:2 replace:3 reverse:1 rsadecrypt:2 sensitive:1 setintersection:1+
        setproduct:0+ setsubtract:2 setunion:1+ sha1:1 sha256:1 sha512:1 signum:1 slice:3 sort:1 split:2 startswith:2 strcontains:2
        strrev:1 substr:3 sum:1 templatefile:2 templatestring:2 textdecodebase64:2 textencodebase64:2 timeadd:2 timecmp:2 timestamp:0
        title:1 tobool:1 tolist:1 tomap:1 tonumber:1 toset:1 tostring:1 transpose:1 trim:2 trimprefix:2 trimspace:1 trimsuffix:2 try:0+
        type:1 upper:1 urlencode:1 uuid:0 uuidv5:2 values:1 yamldecode:1 yamlencode:1 zipmap:2
        base64gunzip:1 cidrcontains:2 urldecode:1
        """.split()
    )
}
"""With the least number of arguments, and whether it takes more."""
