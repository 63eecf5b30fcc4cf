"""Serve our Discord for a bot of another process."""

from __future__ import annotations

import argparse
import asyncio

from tests.servers.discord import DiscordServer


async def serve(port: int) -> None:
    async with DiscordServer(port=port) as server:
        print(f"DISCORD_API_URL={server.api_url}", flush=True)
        await server.health.serve()


arguments = argparse.ArgumentParser(description="A Discord of our own on loopback.")
arguments.add_argument("--port", type=int, default=9002)
asyncio.run(serve(arguments.parse_args().port))
