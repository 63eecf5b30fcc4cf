"""What comes from an npm registry: only from the operator's, only what was pinned, and of that only declarations, below one folder."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from hypothesis import given
from hypothesis import strategies as st

from storage.checks.npm_commands import NpmCommands
from storage.checks.scripts.packages import archives, locks, npmrc, registry, tools
from storage.checks.scripts.packages.archives import BadArchive
from storage.checks.scripts.packages.locks import Locks
from storage.checks.scripts.packages.npmrc import Registries
from storage.checks.scripts.packages.registry import Registry, RegistryFailed, strongest
from storage.checks.scripts.packages.tools import NoCompiler, Tools
from storage.checks.scripts.packages.types import NoTypes, Types, TypeStore
from tests.servers.npm import NpmServer, archive

MAIN = {
    "index.d.ts": "import type { Part } from 'part';\nexport declare function open(): Part;\n",
    "index.js": "throw new Error('run')",
}
PART = {"index.d.ts": "export interface Part { size: number }\n"}


@pytest_asyncio.fixture
async def npm() -> AsyncIterator[NpmServer]:
    async with NpmServer() as server:
        server.add("@types/node", "22.1.0", {"index.d.ts": "declare const process: { env: Record<string, string> };\n"})
        server.add("part", "1.0.0", PART)
        server.add("main", "1.0.0", MAIN, {"dependencies": {"part": "^1", "unused": "^1"}})
        yield server


def locked(npm: NpmServer, **changed: str) -> Locks:
    """A lock of `main`, which needs `part` and says that it needs `unused`."""
    entry = {
        "version": "1.0.0",
        "integrity": npm.hash_of("main", "1.0.0"),
        "dependencies": {"part": "^1", "unused": "^1"},
        **changed,
    }
    told = {
        "packages": {
            "": {"dependencies": {"main": "^1"}},
            "node_modules/main": entry,
            "node_modules/part": {"version": "1.0.0", "integrity": npm.hash_of("part", "1.0.0")},
            "node_modules/unused": {"version": "1.0.0", "integrity": npm.hash_of("part", "1.0.0")},
        }
    }
    manifest = {"dependencies": {"main": "^1"}}
    return locks.read({"package.json": json.dumps(manifest), "package-lock.json": json.dumps(told)})


def store(folder: Path, npm: NpmServer, registries: Registries | None = None) -> TypeStore:
    return TypeStore(folder / "types", Registry(registries or npmrc.read(npm.address, {})))


def why(types: Types, name: str) -> str:
    held = types.held("", name)
    return held.missing if held else "not there"


async def test_what_the_team_asks_for_is_there_with_what_its_declarations_name_and_nothing_else(
    npm: NpmServer, tmp_path: Path
) -> None:
    types = await store(tmp_path, npm).of(locked(npm), "22")

    main = types.held("", "main")
    assert main is not None
    assert main.typed
    files = {one.name for one in (types.folder / main.place).iterdir()}
    assert {"index.d.ts", "package.json"} <= files
    assert "index.js" not in files
    assert (types.folder / main.place).parent.joinpath("part", "index.d.ts").read_text() == PART["index.d.ts"]
    assert not any(path.startswith("unused") for path, _ in npm.asked)
    assert why(types, "@types/node") == ""


async def test_a_lock_is_built_once_and_the_next_one_fetches_only_what_is_new(npm: NpmServer, tmp_path: Path) -> None:
    await store(tmp_path, npm).of(locked(npm), "22")
    npm.asked.clear()

    await store(tmp_path, npm).of(locked(npm), "22")
    assert npm.asked == []

    npm.add("main", "1.1.0", MAIN)
    await store(tmp_path, npm).of(locked(npm, version="1.1.0", integrity=npm.hash_of("main", "1.1.0")), "22")
    assert [path for path, _ in npm.asked if path.endswith(".tgz")] == ["main/-/main-1.1.0.tgz"]


async def test_an_archive_that_is_not_the_pinned_one_is_not_taken(npm: NpmServer, tmp_path: Path) -> None:
    types = await store(tmp_path, npm).of(locked(npm, integrity=npm.hash_of("part", "1.0.0")), "22")

    assert why(types, "main") == "what the registry has is not what the lock pins"
    assert not list((tmp_path / "types").rglob("main"))


async def test_a_lock_without_a_hash_is_not_believed(npm: NpmServer, tmp_path: Path) -> None:
    types = await store(tmp_path, npm).of(locked(npm, integrity=""), "22")

    assert why(types, "main") == "the lock has no hash of it"


async def test_a_lock_cannot_send_us_to_another_host(npm: NpmServer, tmp_path: Path) -> None:
    async with NpmServer() as other:
        types = await store(tmp_path, npm).of(locked(npm, resolved=f"{other.address}main/-/main-1.0.0.tgz"), "22")

        assert other.asked == []
    assert why(types, "main") == ""


async def test_a_package_whose_versions_are_too_many_to_read_is_taken_at_the_one_that_is_meant(
    npm: NpmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for version in ("1.0.0", "1.1.0"):
        npm.add(
            "vast", version, {"index.d.ts": "export {};\n"}, {"types": "index.d.ts", "dependencies": {"part": "^1"}}
        )
    monkeypatch.setattr(registry, "MOST_METADATA_BYTES", 600)  # one version is less, two are more

    types = await store(tmp_path, npm).newest({"vast": "1.0.0", "main": "^9"}, "22")

    assert (why(types, "vast"), types.packages["vast@1.0.0"].version) == ("", "1.0.0")
    assert why(types, "main") == "the registry has no version that fits"


async def test_a_registry_that_wants_credentials_says_so_and_gets_those_of_the_operator_alone(
    npm: NpmServer, tmp_path: Path
) -> None:
    npm.token = "s3cret"
    with pytest.raises(NoTypes, match="does not let us have it"):
        await store(tmp_path / "without", npm).newest({"main": "^1"}, "22")
    host = npm.address.partition("://")[2]
    (tmp_path / ".npmrc").write_text(f"registry={npm.address}\n//{host}:_authToken=${{TOKEN}}\n")

    types = await store(tmp_path, npm, npmrc.read("", {"HOME": str(tmp_path), "TOKEN": "s3cret"})).of(locked(npm), "22")

    assert why(types, "main") == ""


async def test_credentials_do_not_follow_a_redirect_to_another_host(npm: NpmServer, tmp_path: Path) -> None:
    async with NpmServer() as other:
        other.add("part", "1.0.0", PART)
        other.add("main", "1.0.0", MAIN, {"dependencies": {"part": "^1", "unused": "^1"}})
        npm.moved_to = other.address.replace("127.0.0.1", "localhost")
        npm.token = "s3cret"
        host = npm.address.partition("://")[2]
        registries = Registries(npm.address, headers={host: "Bearer s3cret"})

        types = await store(tmp_path, npm, registries).of(locked(npm), "22")

        assert why(types, "main") == ""
        assert {said for path, said in other.asked} == {""}


async def test_a_registry_that_is_away_is_said_once_and_not_asked_for_each_package(
    npm: NpmServer, tmp_path: Path
) -> None:
    kept = store(tmp_path, npm, Registries("http://127.0.0.1:9/"))

    for _ in range(2):
        with pytest.raises(NoTypes, match="could not be reached"):
            await kept.of(locked(npm), "22")


async def test_without_a_registry_nothing_is_asked(npm: NpmServer, tmp_path: Path) -> None:
    with pytest.raises(NoTypes, match="no npm registry"):
        await store(tmp_path, npm, Registries()).of(locked(npm), "22")
    assert npm.asked == []


async def test_declarations_that_others_wrote_come_in_the_package_s_own_major_version(
    npm: NpmServer, tmp_path: Path
) -> None:
    npm.add("bare", "2.3.0", {"index.js": "module.exports = 1"})
    for version in ("1.9.0", "2.0.4", "3.0.0"):
        npm.add("@types/bare", version, PART)

    types = await store(tmp_path, npm).newest({"bare": "^2"}, "22")

    declared = types.held("", "@types/bare")
    assert declared is not None
    assert declared.version == "2.0.4"


# --- archives -------------------------------------------------------------------------------------------------------------


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "", size: int = 3) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, target
    made.size = size if kind == tarfile.REGTYPE else 0
    return made


HOSTILE = {
    "a link out": member("package/out.d.ts", tarfile.SYMTYPE, "/etc/passwd"),
    "a hard link": member("package/hard.d.ts", tarfile.LNKTYPE, "../../outside"),
    "an absolute path": member("/var/plumbline-was-here.d.ts"),
    "a way up": member("package/../../plumbline-was-here.d.ts"),
    "a way up inside": member("package/a/../../../x.d.ts"),
    "a device": member("package/null.d.ts", tarfile.CHRTYPE),
    "a pipe": member("package/pipe.d.ts", tarfile.FIFOTYPE),
    "a backslash": member("package\\..\\x.d.ts"),
    "a long name": member("package/" + "a/" * 200 + "x.d.ts"),
    "its own packages": member("package/node_modules/evil/index.d.ts"),
    "a link and a file below it": member("package/dir", tarfile.SYMTYPE, "/var"),
}


@pytest.mark.parametrize("extra", HOSTILE.values(), ids=HOSTILE)
def test_what_leads_elsewhere_in_an_archive_is_passed_over(extra: tarfile.TarInfo, tmp_path: Path) -> None:
    done = archives.unpack(
        archive({"index.d.ts": "export {};"}, [extra, member("package/dir/late.d.ts")]), tmp_path / "in"
    )

    found = {one.relative_to(tmp_path).as_posix() for one in tmp_path.rglob("*") if not one.is_dir()}
    assert found == {"in/index.d.ts", "in/dir/late.d.ts"}
    assert not any(one.is_symlink() for one in tmp_path.rglob("*"))
    assert done.declarations == 2


@given(st.text(alphabet="ab./\\\0-@ü", max_size=30))
def test_no_name_leads_out_of_the_folder(name: str) -> None:
    path = archives._path(member(name))

    assert path is None or not (path.startswith("/") or ".." in path.split("/"))


def test_an_archive_that_unpacks_to_more_than_is_kept_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archives, "MOST_BYTES", 1_000_000)
    large = [member(f"package/{number}.js", size=100_000) for number in range(25)]

    with pytest.raises(BadArchive, match="more than is kept"):
        archives.unpack(archive({}, large), tmp_path)


@pytest.mark.parametrize("content", [b"", b"no archive", archive({"a.d.ts": "x"})[:40], archive({"a.d.ts": "x"})[:-60]])
def test_an_archive_that_is_none_is_said_to_be(content: bytes, tmp_path: Path) -> None:
    with pytest.raises(BadArchive):
        archives.unpack(content, tmp_path)


# --- npm's own configuration ----------------------------------------------------------------------------------------------


def test_npm_s_own_files_count_where_nothing_is_set(tmp_path: Path) -> None:
    password = base64.b64encode(b"pw").decode()
    (tmp_path / ".npmrc").write_text(
        "; a comment\nregistry = https://npm.example/all\n@team:registry=https://team.example/npm/\n//team.example/npm/:_authToken=abc\n"
        f"//npm.example/all/:username=me\n//npm.example/all/:_password={password}\n"
    )

    read = npmrc.read("", {"HOME": str(tmp_path), "NPM_CONFIG_GLOBALCONFIG": str(tmp_path / "none")})

    assert (read.of("left"), read.of("@team/x"), read.of("@other/x")) == (
        "https://npm.example/all/",
        "https://team.example/npm/",
        "https://npm.example/all/",
    )
    assert read.authorization("https://team.example/npm/@team/x") == "Bearer abc"
    assert read.authorization("https://npm.example/all/left") == f"Basic {base64.b64encode(b'me:pw').decode()}"
    assert read.authorization("https://team.example/other") == read.authorization("https://npm.example.evil/all/") == ""


def test_an_address_that_is_set_counts_alone_and_its_password_does_not_stay_in_it(tmp_path: Path) -> None:
    (tmp_path / ".npmrc").write_text("registry=https://npm.example/\n@team:registry=https://team.example/\n")

    read = npmrc.read("https://me:pw@own.example/npm", {"HOME": str(tmp_path)})

    assert read.of("@team/x") == "https://own.example/npm/"
    assert read.authorization("https://own.example/npm/x").startswith("Basic ")


def test_nobody_s_word_means_no_registry(tmp_path: Path) -> None:
    assert not npmrc.read("", {"HOME": str(tmp_path), "NPM_CONFIG_GLOBALCONFIG": str(tmp_path / "none")}).is_known


@pytest.mark.parametrize("text", ["", "sha512-", "sha512-AAAA", "md5-AAAAAAAAAAAAAAAAAAAAAA==", "sha1", "sha512-!!!!"])
def test_a_hash_that_is_none_is_none(text: str) -> None:
    assert strongest(text) is None


# --- the compiler itself --------------------------------------------------------------------------------------------------


def platform_name(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    return "@typescript/typescript-linux-x64"


async def test_the_compiler_is_fetched_once_by_its_hash(
    npm: NpmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = npm.add(platform_name(monkeypatch), tools.VERSION, {"lib/tsc": "#!/bin/sh\n", "lib/lib.d.ts": ""})
    kept = Tools(tmp_path / "tools", Registry(Registries(npm.address)), {"linux-x64": said})

    first = await kept.compiler()
    assert first == await kept.compiler()

    assert first.read_text() == "#!/bin/sh\n"
    assert first.stat().st_mode & 0o777 == 0o700
    assert len(npm.asked) == 1


async def test_another_program_of_that_name_is_not_taken(
    npm: NpmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    npm.add(platform_name(monkeypatch), tools.VERSION, {"lib/tsc": "#!/bin/sh\nevil"})

    with pytest.raises(NoCompiler, match=r"not what the lock pins|could not be fetched"):
        await Tools(tmp_path / "tools", Registry(Registries(npm.address))).compiler()
    assert not list((tmp_path / "tools").rglob("tsc"))


async def test_a_machine_for_which_there_is_none_is_told_so(
    npm: NpmServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("platform.machine", lambda: "mips")

    with pytest.raises(NoCompiler, match="no TypeScript compiler for"):
        await Tools(tmp_path, Registry(Registries(npm.address))).compiler()


async def test_a_name_that_is_none_is_asked_of_nobody(npm: NpmServer) -> None:
    registry = Registry(Registries(npm.address))
    async with registry.session() as session:
        for name in ("../../etc/passwd", "a/../b", "@a/b/c", "", "a b", "http://x"):
            with pytest.raises(RegistryFailed):
                await registry.archive(session, name, "1.0.0", npm.hash_of("part", "1.0.0"))
    assert npm.asked == []


async def test_what_a_command_installs_is_looked_up_once_and_a_scope_may_be_the_team_s(npm: NpmServer) -> None:
    commands = NpmCommands(Registry(npmrc.read(npm.address, {})))
    code = "npm install main@1.0.0 part@9.9.9 nowhere-at-all\npnpm add @team/private main\n"

    found = [(one.line, one.package) for one in await commands.findings(code)]
    asked = len(npm.asked)

    assert found == [(1, "part"), (1, "nowhere-at-all")]
    assert len(await commands.findings(code)) == 2
    assert len(npm.asked) == asked
    assert await NpmCommands(Registry(Registries())).findings(code) == []
