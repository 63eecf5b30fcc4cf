"""Which PostgreSQL the team runs, and what is said of what came later."""

from __future__ import annotations

from pathlib import Path

import pytest

from storage.checks.sql.database import servers


@pytest.mark.parametrize(
    ("path", "text", "major"),
    [
        ("compose.yaml", "services:\n  db:\n    image: postgres:15-alpine\n", 15),
        ("docker-compose.yml", "    image: postgis/postgis:14-3.4\n", 14),
        (".github/workflows/ci.yml", "        image: postgres:12\n      - run: echo postgres:16.2\n", 16),
        ("db/Dockerfile", "FROM timescale/timescaledb:latest-pg13\n", 13),
        ("compose.yaml", "    image: postgres:latest\n    command: postgres:5432\n", 0),
        (
            "db/structure.sql",
            "--\n-- PostgreSQL database dump\n--\n\n-- Dumped from database version 15.18 (Debian)\n",
            15,
        ),
        ("notes.md", "postgres:15\n", 0),
    ],
)
def test_the_team_s_server_is_what_its_images_say(tmp_path: Path, path: str, text: str, major: int) -> None:
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(text)

    assert servers.major(tmp_path, [path]) == major
