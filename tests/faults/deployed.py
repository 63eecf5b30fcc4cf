"""The Redis of a deployment as faults meet it: one server, one with TLS and a password, Sentinels with a primary and its replica, a
Cluster of three with and without replicas.

Each has what a world needs of its store: `url`, `client`, `kill` (of whoever holds the keys now) and `start` (of who was killed).
"""

from __future__ import annotations

import contextlib
import random
import subprocess
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import redis
from redis.cluster import RedisCluster

from tests.deployments import DURABLE, Node, Watched, cluster, free_port, is_primary, until, watched
from tests.stores import valkey

PASSWORD = "se:cr@t"


class Store(Protocol):
    @property
    def url(self) -> str: ...
    def client(self) -> Any: ...
    def kill(self) -> None: ...
    def start(self) -> None: ...


class TlsNode(Node):
    """With a certificate of its own and a password; needs a server that was built with TLS, as Debian's is."""

    @property
    def url(self) -> str:
        return f"rediss://:{PASSWORD.replace(':', '%3A').replace('@', '%40')}@127.0.0.1:{self.port}/0?ssl_ca_certs={self.certificate}"

    @property
    def certificate(self) -> Path:
        return self.folder / "certificate.pem"

    def prepare(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        key = self.folder / "key.pem"
        names = "subjectAltName=DNS:localhost,IP:127.0.0.1"
        line = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost"]
        subprocess.run(
            [*line, "-addext", names, "-keyout", key, "-out", self.certificate], check=True, capture_output=True
        )
        files = ["--tls-cert-file", str(self.certificate), "--tls-key-file", str(key)]
        files += ["--tls-ca-cert-file", str(self.certificate), "--tls-auth-clients", "no"]
        # Its plain port is Node's; of two `--port` the last one counts, so it is one that nobody knows.
        self.options = [*DURABLE, "--tls-port", str(self.port), *files, "--requirepass", PASSWORD]

    def line(self) -> list[str]:
        return [*super().line(), "--port", "0"]

    def client(self) -> redis.Redis:
        secure: dict[str, Any] = {"ssl": True, "ssl_ca_certs": str(self.certificate), "password": PASSWORD}
        return redis.Redis(port=self.port, decode_responses=True, socket_timeout=5, **secure)


class FailingOver:
    """Whoever is primary dies; who was killed before comes back as its replica. `ready` tells when the next one may die."""

    def __init__(self, url: str, nodes: list[Node], dice: random.Random, ready: Callable[[], bool]) -> None:
        self.url = url
        self._nodes = nodes
        self._dice = dice
        self._ready = ready
        self._dead: list[Node] = []

    def client(self) -> Any:
        alive = [node for node in self._nodes if node.process]
        if "+cluster" in self.url:
            return RedisCluster(host="127.0.0.1", port=alive[0].port, decode_responses=True)
        return next(node for node in alive if is_primary(node)).client()

    def kill(self) -> None:
        until(self._ready, "what fails over", seconds=90)
        dead = self._dice.choice([node for node in self._nodes if is_primary(node)])
        dead.kill()
        self._dead.append(dead)

    def start(self) -> None:
        while self._dead:
            self._dead.pop().start()


def _is_followed(nodes: list[Node], primaries: int) -> bool:
    """So many of them are primaries, and each has a replica that is up to date with it."""
    found = []
    for node in nodes:
        with contextlib.suppress(redis.RedisError), node.client() as client:
            found.append(client.info("replication"))
    leading = [one for one in found if one["role"] == "master"]
    linked = [one for one in found if one.get("master_link_status") == "up"]
    return len(found) == len(nodes) and len(leading) == primaries and len(linked) == len(nodes) - primaries


def _single(_: Path, __: random.Random) -> contextlib.AbstractContextManager[Store]:
    return valkey()


@contextlib.contextmanager
def _tls(folder: Path, _: random.Random) -> Iterator[Store]:
    node = TlsNode(folder / "tls", free_port())
    node.prepare()
    node.start()
    try:
        yield node
    finally:
        node.kill()


@contextlib.contextmanager
def _sentinel(folder: Path, dice: random.Random) -> Iterator[Store]:
    """With two replicas, of which a primary needs one to take a write: one that is started again after it was replaced takes none."""
    options = ["--min-replicas-to-write", "1", "--min-replicas-max-lag", "5"]
    with watched(folder / "sentinel", replicas=2, options=options) as found:
        nodes = [found.primary, *found.replicas]
        yield FailingOver(found.url, nodes, dice, lambda: _is_followed(nodes, 1) and _agree(found, nodes))


def _agree(found: Watched, nodes: list[Node]) -> bool:
    """All Sentinels name the one that is primary: before that the next fail-over would be refused."""
    leading = next((node.port for node in nodes if is_primary(node)), 0)
    return all(port == leading for port in found.named())


@contextlib.contextmanager
def _cluster(folder: Path, dice: random.Random) -> Iterator[Store]:
    with cluster(folder / "cluster") as (url, nodes):
        yield FailingOver(url, nodes, dice, lambda: _is_followed(nodes, 3))


@contextlib.contextmanager
def _replicas(folder: Path, dice: random.Random) -> Iterator[Store]:
    with cluster(folder / "cluster", replicas=1) as (url, nodes):
        yield FailingOver(url, nodes, dice, lambda: _is_followed(nodes, 3))


STORES: Mapping[str, Callable[[Path, random.Random], contextlib.AbstractContextManager[Store]]] = {
    "single": _single,
    "tls": _tls,
    "sentinel": _sentinel,
    "cluster": _cluster,
    "replicas": _replicas,
}
REPLICATED = ("sentinel", "replicas")
"""Where a question is on a replica before it counts as kept."""
