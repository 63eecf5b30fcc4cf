"""Serves Slack's server for a bot of another process."""

from __future__ import annotations

import argparse
import asyncio

from tests.servers.slack.server import SlackServer


async def main(port: int, limits: float) -> None:
    async with SlackServer(port=port, limits=limits) as server:
        print(f"SLACK_API_URL={server.api_url}", flush=True)
        await server.health.serve()


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description="A Slack of our own on loopback.")
    arguments.add_argument("--port", type=int, default=9001)
    arguments.add_argument("--limits", type=float, default=0, help="so many times the documented limits; 0 = none")
    chosen = arguments.parse_args()
    asyncio.run(main(chosen.port, chosen.limits))
