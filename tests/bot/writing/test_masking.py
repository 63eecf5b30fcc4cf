"""Secrets in code and logs: found where they stand, everything else left as it is."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.secret_files import is_secret, matches
from bot.writing.masking import mask

SECRETS = [
    'aws_access_key_id = "AKIA' + "IOSFODNN7ABCDEFG" + '"',
    "export ANTHROPIC_API_KEY=sk-ant-" + "api03-abcdefghijklmnop",
    "OPENAI: sk-proj-" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "token: ghp_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "github_pat_" + "11ABCDEFG0abcdefghijkl_mnopqrstuvwxyz0123456789ABCDEFGHIJKL",
    "glpat-" + "abcdefghijklmnopqrst",
    "SLACK=xoxb-" + "123456789012-123456789012-abcdefghijklmnop",
    "https://hooks.slack.com/services/" + "T00000000/B00000000/abcdefghijklmnopqrstuvwx",
    "AIza" + "SyabcdefghijklmnopqrstuvwxyzABCDEFG",
    "stripe.api_key = 'sk_live_" + "51Nabcdefghijklmnop'",
    "SG." + "abcdefghijklmnopqrstuv.abcdefghijklmnopqrstuvwxyz",
    "//r.example/:_authToken=npm_" + "abcdefghijklmnopqrstuvwxyz0123456789",
    "eyJ" + "hbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9PlFUP0THsR8U",
    "Authorization: Bearer " + "abcdef0123456789abcdef",
    "DATABASE_URL=postgres://app:" + "hUnt3r2!x@db.example/shop",
    'password = "c0rrect-h0rse"',
    "DB_PASSWORD=" + "a8f5f167f44f4964e6c998dee827110c",
    '"client_secret": "' + "Zx81-spectrum-9000" + '"',
    "AccountKey=" + "A" * 86 + "==",
]
HARMLESS = [
    "password = os.environ['DB_PASSWORD']",
    "def reset_password(token: str) -> None:",
    "password: str = Field(min_length=8)",
    'API_KEY = "changeme"',
    "token = get_token(user)",
    "if secret is None:",
    "SECRET_NAME = 'database-password'",
    "commit 3fa9c1d2e4b5a697c8d9e0f1a2b3c4d5e6f70819",
    "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "123e4567-e89b-12d3-a456-426614174000",
    "https://user:pass@host.example/path",
    "see https://docs.example/a:b@c",
    "PASSWORD=${PASSWORD}",
    "token_url = 'https://auth.example/token'",
]


@pytest.mark.parametrize("line", SECRETS)
def test_a_secret_is_masked_and_its_line_stays(line: str) -> None:
    masked = mask(f"before\n{line}\nafter")

    assert masked.count("\n") == 2
    assert "[masked: " in masked
    assert masked.startswith("before\n")
    assert masked.endswith("\nafter")


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays_as_it_is(line: str) -> None:
    assert mask(line) == line


def test_a_private_key_is_masked_line_for_line() -> None:
    begin, end = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"
    body = "MIIEpAIBAAKCAQEA7xzyabc0123456789xyz"
    key = f"{begin}\n{body}\nxyz0\n{end}\nafter"
    assert mask(key) == f"{begin}\n[masked: private key]\n[masked: private key]\n{end}\nafter"


@given(st.text(max_size=400), st.sampled_from(SECRETS))
def test_lines_stay_where_they_are(text: str, secret: str) -> None:
    whole = f"{text}\n{secret}"
    assert mask(whole).count("\n") == whole.count("\n")
    assert mask(mask(whole)) == mask(whole)


def test_a_megabyte_in_one_line_takes_no_time() -> None:
    for piece in ("a", "password", "eyJ", "://a:", "sk-"):
        started = time.process_time()
        mask(piece * (1_000_000 // len(piece)))
        assert time.process_time() - started < 5


def test_secret_files_are_known_by_name_wherever_they_lie() -> None:
    secret = [".env", "app/.env.production", "keys/server.pem", "home/.ssh/id_rsa", "infra/prod.tfstate", ".npmrc"]
    secret += ["k8s/secrets/db.yaml", "aws/credentials.json"]
    plain = [
        ".env.example",
        "src/credentials.py",
        "docs/secrets.md",
        "env.py",
        "environment.ts",
        "keys.py",
        "README.md",
    ]

    assert [path for path in secret if not is_secret(path)] == []
    assert [path for path in plain if is_secret(path)] == []


def test_globs() -> None:
    assert matches("a/b/c.py", ["**/*.py"])
    assert matches("c.py", ["*.py"])
    assert matches("docs/adr/1.md", ["docs/**"])
    assert matches("docs/adr/1.md", ["docs/"])
    assert not matches("src/docs.py", ["docs/**"])
    assert not matches("a/b.py", ["/b.py"])
    started = time.process_time()
    matches("a" * 5_000, ["*a" * 20 + "b"])
    assert time.process_time() - started < 5
