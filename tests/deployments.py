"""Redis as larger teams run it, as child processes on loopback: a cluster, and a primary with a replica and Sentinels."""

from __future__ import annotations

import contextlib
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import redis
from redis.cluster import ClusterNode, RedisCluster

from storage.embedded import find_server
from tests.stores import _end_with_us

START_SECONDS = 20
SERVICE = "plumbline"


def free_port() -> int:
    """A port whose bus (10,000 above) is valid, too."""
    while True:
        with socket.socket() as one:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
        if port < 50_000:
            return port


@dataclass(slots=True)
class Node:
    """One server on a port; `options` as in its configuration file."""

    folder: Path
    port: int
    options: list[str] = field(default_factory=list)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.process = subprocess.Popen(self.line(), stdout=subprocess.DEVNULL, preexec_fn=_end_with_us(signal.SIGKILL))
        until(self._answers, f"port {self.port}")

    def line(self) -> list[str]:
        """The command."""
        line = [str(find_server()), *self.options, "--port", str(self.port), "--bind", "127.0.0.1"]
        return [*line, "--dir", str(self.folder), "--save", "", "--logfile", str(self.folder / "log")]

    def _answers(self) -> bool:
        if self.process and self.process.poll() is not None:
            said = (self.folder / "log").read_text().splitlines()[-1:]
            raise RuntimeError(f"the server of port {self.port} has ended: {''.join(said)}")
        try:
            with self.client() as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    def client(self) -> redis.Redis:
        return redis.Redis(port=self.port, decode_responses=True, socket_timeout=5)

    def send(self, what: signal.Signals) -> None:
        assert self.process is not None
        self.process.send_signal(what)

    def kill(self) -> None:
        if self.process:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None


DURABLE = ["--appendonly", "yes", "--appendfsync", "always"]


CLUSTER = [*DURABLE, "--cluster-enabled", "yes", "--cluster-node-timeout", "2000"]


@contextlib.contextmanager
def cluster(folder: Path, *, replicas: int = 0) -> Iterator[tuple[str, list[Node]]]:
    """Three primaries with all slots, each with so many replicas (0 or 1); its REDIS_URL."""
    nodes = [Node(folder / str(number), free_port(), CLUSTER) for number in range(3 * (1 + replicas))]
    primaries, others = nodes[:3], nodes[3:]
    try:
        for node in nodes:
            node.start()
        bounds = (0, 5461, 10923, 16384)
        for number, node in enumerate(primaries):
            with node.client() as client:
                client.execute_command("CLUSTER", "ADDSLOTSRANGE", bounds[number], bounds[number + 1] - 1)
        for node in nodes[1:]:
            with node.client() as client:
                client.execute_command("CLUSTER", "MEET", "127.0.0.1", nodes[0].port)
        until(lambda: all(_is_whole(node) for node in nodes), "cluster")
        for number, node in enumerate(others):
            _follow(node, primaries[number])
        until(lambda: all(_is_followed(node) for node in primaries) if others else True, "replicas")
        until(lambda: _knows_all(nodes, len(primaries)), "cluster")
        yield "redis+cluster://" + ",".join(f"127.0.0.1:{node.port}" for node in nodes), nodes
    finally:
        for node in nodes:
            node.kill()


def _follow(replica: Node, primary: Node) -> None:
    with primary.client() as client:
        name = str(client.execute_command("CLUSTER", "MYID"))
    with replica.client() as client:
        until(lambda: name in str(client.execute_command("CLUSTER", "NODES")), "gossip")
        client.execute_command("CLUSTER", "REPLICATE", name)


def _is_followed(primary: Node) -> bool:
    with primary.client() as client:
        return bool(client.info("replication").get("slave0", {}).get("state") == "online")


def is_primary(node: Node) -> bool:
    with node.client() as client:
        return bool(client.info("replication")["role"] == "master")


def _is_whole(node: Node) -> bool:
    with node.client() as client:
        return "cluster_state:ok" in str(client.execute_command("CLUSTER", "INFO"))


def _knows_all(nodes: list[Node], primaries: int) -> bool:
    try:
        with RedisCluster(startup_nodes=[ClusterNode("127.0.0.1", nodes[-1].port)]) as client:  # type: ignore[no-untyped-call]
            return len(client.get_primaries()) == primaries
    except redis.RedisError:
        return False


@dataclass(frozen=True, slots=True)
class Watched:
    """A primary, its replicas, and three Sentinels."""

    url: str
    primary: Node
    replicas: Sequence[Node]
    sentinels: Sequence[Node]

    @property
    def replica(self) -> Node:
        return self.replicas[0]

    def named(self) -> Iterator[int]:
        """Which port each Sentinel names as the primary's."""
        for node in self.sentinels:
            with node.client() as client:
                found: Any = client.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", SERVICE)
                yield int(found[1])


def _of_a_file(folder: Path, options: Sequence[str]) -> Node:
    """With a configuration file, in which a Sentinel writes whose replica it is: one that was killed comes back as what it was last."""
    folder.mkdir(parents=True)
    config = folder / "node.conf"
    config.write_text(
        "".join(f"{name.removeprefix('--')} {value}\n" for name, value in zip(options[::2], options[1::2], strict=True))
    )
    return Node(folder, free_port(), [str(config)])


@contextlib.contextmanager
def watched(folder: Path, *, replicas: int = 1, options: Sequence[str] = ()) -> Iterator[Watched]:
    """`options`: of the primary and its replicas."""
    primary = _of_a_file(folder / "primary", [*DURABLE, *options])
    of_a_replica = [*DURABLE, *options, "--replicaof", f"127.0.0.1 {primary.port}"]
    copies = [_of_a_file(folder / f"replica{number}", of_a_replica) for number in range(replicas)]
    sentinels = [Node(folder / f"sentinel{number}", free_port()) for number in range(3)]
    started: list[Node] = []
    try:
        for node in (primary, *copies):
            started.append(node)
            node.start()
        for node in copies:
            with node.client() as client:
                until(lambda: client.info("replication")["master_link_status"] == "up", "replica")
        for node in sentinels:
            node.folder.mkdir(parents=True)
            config = node.folder / "sentinel.conf"
            config.write_text(
                f"sentinel monitor {SERVICE} 127.0.0.1 {primary.port} 2\n"
                f"sentinel down-after-milliseconds {SERVICE} 500\n"
                f"sentinel failover-timeout {SERVICE} 5000\n"
            )
            node.options = [str(config), "--sentinel"]
            started.append(node)
            node.start()
        until(lambda: all(_is_seen(node, replicas) for node in sentinels), "Sentinel")
        hosts = ",".join(f"127.0.0.1:{node.port}" for node in sentinels)
        yield Watched(f"redis+sentinel://{hosts}/{SERVICE}", primary, copies, sentinels)
    finally:
        for node in reversed(started):
            node.kill()


def _is_seen(node: Node, replicas: int) -> bool:
    """This Sentinel knows the two others and the replicas."""
    with node.client() as client:
        flat: Any = client.execute_command("SENTINEL", "MASTER", SERVICE)
    state = flat if isinstance(flat, dict) else dict(zip(flat[::2], flat[1::2], strict=True))
    return int(state["num-other-sentinels"]) == 2 and int(state["num-slaves"]) == replicas


def until(is_so: Callable[[], bool], name: str, seconds: float = START_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{name} was not ready in {seconds} s")
        time.sleep(0.05)
