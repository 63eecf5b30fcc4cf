"""A block of TypeScript in an answer, checked and mended through every door, over a lock of packages that exist nowhere else."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.repositories import MadeRepository
from tests.servers.claude import ClaudeServer, Script
from tests.servers.discord import DiscordServer
from tests.servers.npm import NpmServer
from tests.servers.slack import SlackServer
from tests.typescript import lent_to
from tests.walks import doors
from tests.walks.bot import BotProcess, in_discord, in_slack, with_claude
from tests.walks.doors import DiscordDoor, Door, House, SlackDoor
from tests.walks.test_checked import answered, is_second_question

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]
door, claude = doors.door, doors.claude

SHOPKIT = "export declare class Session { merge(value: object): Promise<void> }\nexport declare function open(url: string): Session;\n"
WRONG = (
    "import { open } from 'shopkit';\n\nexport async function keep(row: object) {\n  await open('a').upsert(row);\n}\n"
)
RIGHT = WRONG.replace("upsert", "merge")
OWN = "import { Order } from '@/orders';\n\nconsole.log(new Order(3).totl());\n"


def committed(npm: NpmServer, folder: Path) -> Path:
    """A repository of the team's; gives the file that declares it."""
    npm.add("shopkit", "2.1.0", {"index.d.ts": SHOPKIT}, {"types": "index.d.ts"})
    npm.add("@types/node", "22.1.0", {"index.d.ts": "declare var console: { log(...data: any[]): void };\n"})
    manifest = {"name": "shop", "dependencies": {"shopkit": "^2"}}
    locked = {"version": "2.1.0", "integrity": npm.hash_of("shopkit", "2.1.0")}
    shop = MadeRepository(folder / "git" / "shop")
    shop.commit(
        {
            "package.json": json.dumps(manifest),
            "package-lock.json": json.dumps({"packages": {"": manifest, "node_modules/shopkit": locked}}),
            "tsconfig.json": '{"compilerOptions": {"strict": true, "paths": {"@/*": ["./src/*"]}}}',
            "src/orders.ts": "export class Order {\n  constructor(readonly cents: number) {}\n  total() { return this.cents; }\n}\n",
        },
        "Begin the shop. (#1)",
    )
    declared = folder / "repos.toml"
    declared.write_text(f'[repos.shop]\npath = "{shop.folder}"\nchannels = ["slack:*:C1", "discord:*", "web:*"]\n')
    return declared


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    folder = tmp_path_factory.mktemp("checked")
    lent_to(folder / "bot" / "d" / "checks" / "scripts")
    async with (
        NpmServer() as npm,
        SlackServer() as slack,
        DiscordServer() as discord,
        ClaudeServer(first_token_seconds=0.05) as claude,
    ):
        settings = {
            **in_slack(slack), **in_discord(discord), **with_claude(claude), "PLUMBLINE_CHECKS": "true",
            "PLUMBLINE_NPM_REGISTRY": npm.address, "PLUMBLINE_REPOS": str(committed(npm, folder)),
        }  # fmt: skip
        async with BotProcess(folder / "bot", **settings) as bot:
            yield House(bot, claude, {"slack": SlackDoor(slack), "discord": DiscordDoor(discord)})


def says(claude: ClaudeServer, written: str, mending: str = "NO") -> None:
    said = f"Like this:\n\n```typescript\n{written}```\n\nThat is all."
    claude.script = lambda body: Script(mending if is_second_question(body) else said)


async def test_a_wrong_block_of_typescript_is_mended_in_place(door: Door, claude: ClaudeServer) -> None:
    says(claude, WRONG, f"```typescript\n{RIGHT}```")
    thread = await door.says(f"{door.mention} how do I store it?")

    text = (await answered(door, thread)).replace("\\", "")

    assert "open('a').merge(row)" in text
    assert "upsert(row)" not in text
    assert "repaired: `Session` has no `upsert`" in text
    assert "checked: shopkit 2.1.0" in text
    (asked,) = [one.body for one in claude.requests if is_second_question(one.body)]
    assert "shopkit 2.1.0 has no upsert" in json.dumps(asked)


async def test_the_team_s_own_typescript_is_known(door: Door, claude: ClaudeServer) -> None:
    says(claude, OWN)
    thread = await door.says(f"{door.mention} print the total")

    text = (await answered(door, thread)).replace("\\", "")

    assert "1 problem, line 3: `Order` has no `totl`; did you mean `total`?" in text
