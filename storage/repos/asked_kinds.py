"""Which kinds of file a question asks for by name: `the container`, `in which settings file`, `colours`. What usually stands behind
code (see worth.py) does not where it is what somebody asks for. Pure.
"""

from __future__ import annotations

import re

KIND_SHARE = 1.25
"""What a file of an asked kind counts, against one that only says the same words."""

KINDS = tuple(
    (re.compile(rf"(?i)\b(?:{said})\b"), re.compile(rf"(?i){paths}"))
    for said, paths in (
        (
            r"docker\w*|podman|containers?",
            r"(^|/)([^/]*\.)?(docker|container)file[^/]*$|(^|/)(docker-)?compose[^/]*\.ya?ml$|(^|/)(docker-?)?entrypoint[^/]*$",
        ),
        (
            r"(?:settings?|config\w*|options?|properties) files?|properties|configured?",
            r"\.(ya?ml|toml|ini|cfg|conf|properties|env)$|(^|/)\.env[^/]*$",
        ),
        (
            r"style ?sheets?|css|colou?rs?|fonts?|dark|night|themes?|margins?|paddings?|width|height|align\w*|overlap\w*",
            r"\.(css|scss|sass|less|styl)$",
        ),
        (
            r"workflows?|ci|pipelines?|github actions?",
            r"(^|/)\.github/workflows/|(^|/)\.gitlab-ci[^/]*$|(^|/)jenkinsfile$|(^|/)\.circleci/",
        ),
        (
            r"templates?|views?|markup|layouts?",
            r"\.(cshtml|razor|aspx|ascx|jspx?|ftl|vm|gsp|tpl|latte|volt|njk|xaml|axaml|storyboard|xib)$|(^|/)res/layout[^/]*/",
        ),
        (
            r"templates?|markup",
            r"\.(html?|erb|haml|slim|twig|blade\.php|phtml|jinja2?|j2|ejs|hbs|mustache|pug|liquid|[hl]?eex)$",
        ),
        (
            r"(?:which|what|where (?:is|are)|(?:is|are) there|any|our|the|unit|integration)"
            r"(?: unit| integration| existing)? (?:tests?|specs?)",
            r"(^|/)(tests?|specs?|__tests__|e2e)/|(^|/)test_[^/]*$|[._-](test|spec)s?\.[^/]*$|(Tests?|Spec)\.\w+$",
        ),
        (r"readme|documentation", r"\.(md|mdx|rst|adoc)$"),
    )
)
"""What people say, and the paths of what they mean."""


def asked_kinds(question: str) -> list[re.Pattern[str]]:
    """Patterns of the paths that are asked for; [] where the question names no kind."""
    return [paths for said, paths in KINDS if said.search(question)]
