"""Where the clouds' libraries find credentials, on loopback, and whether a request carries what was given out there.

    async with Identities() as identities:
        identities.environment["AWS_CONTAINER_CREDENTIALS_FULL_URI"] ...
        ClaudeServer.admits = identities.signed("eu-west-1", "bedrock-mantle")

The signature of Amazon's is computed here from its documentation, without any library of Amazon's.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote, unquote

from aiohttp import web
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

Json = dict[str, Any]
Admits = Callable[[web.Request, bytes], str]

ACCESS, SECRET, SESSION = "AKIDEXAMPLE", "not/a+real/secret", "session-token"
BY_FILE, BY_MACHINE, BY_ENTRA = "token-of-the-file", "token-of-the-machine", "token-of-entra"
SCOPE = "https://www.googleapis.com/auth/cloud-platform"
ALGORITHM = "AWS4-HMAC-SHA256"


class Identities:
    """`asked`: how often each was asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self._runner: web.AppRunner | None = None
        self._port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    @property
    def container(self) -> dict[str, str]:
        """How a task of Amazon's finds its role."""
        return {"AWS_CONTAINER_CREDENTIALS_FULL_URI": f"{self.url}/role", "AWS_CONTAINER_AUTHORIZATION_TOKEN": "task"}

    @property
    def managed(self) -> dict[str, str]:
        """How an app of Azure's finds its identity."""
        return {"IDENTITY_ENDPOINT": f"{self.url}/identity", "IDENTITY_HEADER": "app"}

    @property
    def machine(self) -> str:
        """Where a machine of Google's is told of its account."""
        return f"127.0.0.1:{self._port}"

    def service_account(self, folder: Path) -> dict[str, str]:
        """A key file, as Google's console gives it."""
        pem = self._key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        kept = {"type": "service_account", "project_id": "p", "private_key_id": "1", "private_key": pem.decode()}
        kept |= {"client_email": "bot@p.iam.example", "client_id": "1", "token_uri": f"{self.url}/token"}
        file = folder / "key.json"
        file.write_text(json.dumps(kept))
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(file)}

    async def __aenter__(self) -> Self:
        app = web.Application()
        metadata = "/computeMetadata/v1"
        app.add_routes([
            web.post("/token", self._token),
            web.get("/", self._flavour),
            web.get(f"{metadata}/project/project-id", self._project),
            web.get(f"{metadata}/universe/universe-domain", self._universe),
            web.get(f"{metadata}/instance/service-accounts/default/token", self._machine),
            web.get(f"{metadata}/instance/service-accounts/default/", self._account),
            web.get("/role", self._role),
            web.get("/identity", self._identity),
        ])  # fmt: skip
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self._port = self._runner.addresses[0][1]
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._runner:
            await self._runner.cleanup()

    async def _token(self, request: web.Request) -> web.Response:
        """https://datatracker.ietf.org/doc/html/rfc7523: an assertion that the key of the file signed."""
        said = (await request.post())["assertion"]
        head, body, signature = str(said).split(".")
        self._key.public_key().verify(
            _decoded(signature), f"{head}.{body}".encode(), padding.PKCS1v15(), hashes.SHA256()
        )
        claims = json.loads(_decoded(body))
        if claims["iss"] != "bot@p.iam.example" or claims["scope"] != SCOPE or claims["exp"] < time.time():
            return web.json_response({"error": "invalid_grant"}, status=400)
        self.asked.append("file")
        return web.json_response({"access_token": BY_FILE, "expires_in": 3600, "token_type": "Bearer"})

    @staticmethod
    async def _flavour(request: web.Request) -> web.Response:
        return web.Response(headers={"Metadata-Flavor": "Google"})

    @staticmethod
    async def _project(request: web.Request) -> web.Response:
        return web.Response(text="p", headers={"Metadata-Flavor": "Google"})

    @staticmethod
    async def _universe(request: web.Request) -> web.Response:
        return web.Response(text="googleapis.com", headers={"Metadata-Flavor": "Google"})

    @staticmethod
    async def _account(request: web.Request) -> web.Response:
        return web.json_response({"email": "bot@p", "scopes": [SCOPE]}, headers={"Metadata-Flavor": "Google"})

    async def _machine(self, request: web.Request) -> web.Response:
        if request.headers.get("Metadata-Flavor") != "Google":
            return web.Response(status=403)
        self.asked.append("machine")
        told = {"access_token": BY_MACHINE, "expires_in": 3600, "token_type": "Bearer"}
        return web.json_response(told, headers={"Metadata-Flavor": "Google"})

    async def _role(self, request: web.Request) -> web.Response:
        if request.headers.get("Authorization") != "task":
            return web.Response(status=403)
        self.asked.append("role")
        ends = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3600))
        return web.json_response(
            {"AccessKeyId": ACCESS, "SecretAccessKey": SECRET, "Token": SESSION, "Expiration": ends}
        )

    async def _identity(self, request: web.Request) -> web.Response:
        if request.headers.get("X-IDENTITY-HEADER") != "app" or request.query["resource"] != "https://ai.azure.com":
            return web.Response(status=403)
        self.asked.append("identity")
        ends = str(int(time.time()) + 3600)
        told = {"access_token": BY_ENTRA, "expires_on": ends, "token_type": "Bearer"}
        return web.json_response({**told, "resource": request.query["resource"]})


def bears(token: str, **headers: str) -> Admits:
    """Takes requests with just this token, and these headers."""

    def admits(request: web.Request, raw: bytes) -> str:
        wanted = {"authorization": f"Bearer {token}", **{name.replace("_", "-"): one for name, one in headers.items()}}
        wrong = [name for name, value in wanted.items() if request.headers.get(name) != value]
        return f"not as it should be: {wrong}" if wrong or request.headers.get("x-api-key") else ""

    return admits


def keyed(key: str) -> Admits:
    """Takes requests with just this key in Azure's header, and nobody's token."""

    def admits(request: web.Request, raw: bytes) -> str:
        return "" if request.headers.get("api-key") == key and "authorization" not in request.headers else "no key"

    return admits


def signed(region: str, service: str, session: str = "") -> Admits:
    """Takes requests that are signed for that place:
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html."""

    def admits(request: web.Request, raw: bytes) -> str:
        found = re.fullmatch(
            rf"{ALGORITHM} Credential={ACCESS}/(\d+)/{region}/{service}/aws4_request, SignedHeaders=([a-z0-9;-]+), "
            r"Signature=([0-9a-f]{64})",
            request.headers.get("Authorization", ""),
        )
        if not found or request.headers.get("X-Amz-Security-Token", "") != session:
            return f"not signed: {request.headers.get('Authorization', '')[:40]}"
        day, names, signature = found.groups()
        if not {"host", "x-amz-date"} <= set(names.split(";")) or not request.headers["X-Amz-Date"].startswith(day):
            return "the host and the time are not signed"
        path = "/".join(quote(quote(unquote(part), safe="-_.~"), safe="-_.~") for part in request.raw_path.split("/"))
        headers = "".join(f"{name}:{' '.join(request.headers[name].split())}\n" for name in names.split(";"))
        canonical = "\n".join([request.method, path, "", headers, names, hashlib.sha256(raw).hexdigest()])
        scope = f"{day}/{region}/{service}/aws4_request"
        hashed = hashlib.sha256(canonical.encode()).hexdigest()
        key = b"AWS4" + SECRET.encode()
        for part in (day, region, service, "aws4_request"):
            key = hmac.new(key, part.encode(), hashlib.sha256).digest()
        text = "\n".join([ALGORITHM, request.headers["X-Amz-Date"], scope, hashed])
        right = hmac.new(key, text.encode(), hashlib.sha256).hexdigest()
        return "" if hmac.compare_digest(right, signature) else "SignatureDoesNotMatch"

    return admits


def _decoded(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
