"""What a program takes out of a request, and what it only chooses by it."""

from __future__ import annotations

import pytest

from bot.capabilities.checks.injected import Assembled, is_of_request

ASKED = [
    "request.args.get('sort')", "request.GET['sort']", "request.query_params.get('sort', 'id')", "await request.form()",
    "req.query.sort", "req.body.order!.by", "req.query.sort || 'id'", "ctx.query.sort ?? 'id'", "url.searchParams.get('sort')",
    'r.URL.Query().Get("sort")', 'r.FormValue("sort")', 'c.Query("sort")', 'c.req.query("sort")', "event.queryStringParameters.sort",
]  # fmt: skip
CHOSEN = [
    "KNOWN[req.query.sort]", "known.get(request.args.get('sort'))", "req.query.sort === 'a' ? 'a' : 'b'", "pick(req.query.sort)",
    "'id'", "column", "this.request.sort", "int(request.args['page'])", "request.user.name", "db.query.users",
]  # fmt: skip


@pytest.mark.parametrize("text", ASKED)
def test_what_somebody_asks_is_known(text: str) -> None:
    assert is_of_request(text)


@pytest.mark.parametrize("text", CHOSEN)
def test_what_is_chosen_by_it_is_the_programs_own(text: str) -> None:
    assert not is_of_request(text)


def test_a_name_cannot_be_a_parameter() -> None:
    assert "parameter" in Assembled(1, "a").said
    assert "allow only names" in Assembled(1, "a", is_name=True).said
