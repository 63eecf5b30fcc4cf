"""Names of routes that nobody writes down."""

import pytest

from storage.checks.python.frameworks import routes

ROUTER = """router.register("papers", Papers, basename="paper")

class Papers:
    @action(detail=True, permission_classes=(Reading,))
    def past_ones(self, request): ...

    @action(detail=False, methods=["get"], url_name="newest")
    @described
    async def latest(self, request): ...
"""


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("paper_past_ones", "paper-past-ones"),
        ("paper-past_ones", "paper-past-ones"),
        ("paper_newest", "paper-newest"),
        ("paper_list", "paper-list"),
        ("paper-past-ones", ""),
        ("paper_latest", ""),
        ("letter_list", ""),
    ],
)
def test_a_name_that_a_router_makes_is_written_with_hyphens(name: str, meant: str) -> None:
    assert routes.routed(name, ROUTER) == meant
