"""Secrets as logs and terminals write them: keys behind a time on each line, colours, the same value again; and vaults, odd names."""

from __future__ import annotations

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.writing.masking import mask, masked

CHANCE = st.integers(0, 1_000_000).map(random.Random)
SECRET = "kxbj4b6u2iazvhc8n6b3oz0j5x6nrpyy"

DECORATIONS = (
    "2026-04-26 12:36:0{n} {line}",
    "#6 0.24{n} {line}",
    "[2026-04-26T12:36:0{n}Z] INFO app[12{n}]: {line}",
    "web-{n}  | {line}",
    '{{"log":"{line}\\n","stream":"stdout","time":"2026-04-26T12:36:0{n}.{n}12Z"}}',
    "\x1b[36mapi-{n}\x1b[0m {line}",
)


def key(chance: random.Random) -> list[str]:
    body = base64.b64encode(chance.randbytes(48 * chance.randint(3, 8))).decode()
    lines = [body[at : at + 64] for at in range(0, len(body), 64)]
    return ["-----BEGIN RSA PRIVATE KEY-----", *lines, "-----END RSA PRIVATE KEY-----"]


@pytest.mark.parametrize("decoration", DECORATIONS)
@given(chance=CHANCE)
def test_a_key_that_was_logged_is_masked_on_each_line_and_nothing_else_is(
    decoration: str, chance: random.Random
) -> None:
    lines = key(chance)
    log = [decoration.format(n=number % 10, line=line) for number, line in enumerate(["starting", *lines, "ready"])]

    left = mask("\n".join(log)).split("\n")

    assert not any(line in "\n".join(left) for line in lines[1:-1])
    assert (left[:2], left[-2:]) == (log[:2], log[-2:])
    assert all(one.startswith(was[:4]) for one, was in zip(left, log, strict=True))


@pytest.mark.parametrize("indent", ["", "      ", "+ "])
def test_the_lines_of_a_vault_are_masked_as_what_they_are(indent: str) -> None:
    body = [f"{indent}{random.Random(line).randbytes(40).hex()}" for line in range(3)]
    text = "\n".join([f"{indent}$ANSIBLE_VAULT;1.1;AES256", *body, f"{indent}3438", "next: step"])

    found = masked(text)

    assert found.kinds == ("Ansible vault",)
    assert found.text.endswith("\nnext: step")
    assert not any(line.strip() in found.text for line in body)


@pytest.mark.parametrize(
    "text",
    [
        "newsapi token = '§' | '§'",
        'API_TOKEN = "§"\n# curl https://api.example.com/v1/§/things',
        "\x1b[32mtoken\x1b[0m: \x1b[33m§\x1b[0m",
        "PSSWD:=§",
        'paswrd = "§"',
        "curl_setopt($ch, CURLOPT_PASSWORD, '§');",
        'PASSWORD = os.environ.get("PASSWORD") or "§"',
        'secret = ENV["SECRET"] or "§"',
        'url = "smtps://ana@mail.example:§@smtp.mail.example:465"',
    ],
)
def test_a_secret_is_masked_wherever_it_stands(text: str) -> None:
    assert SECRET not in mask(text.replace("§", SECRET))


def test_four_plain_words_are_a_password_and_a_sentence_about_one_is_none() -> None:
    assert "lamp" not in mask('password: "quick otter lamp violin"')
    for text in ('password: "enter your new password here"', 'password: "Four words of a label"'):
        assert mask(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Set `APP_SECRET` or `APP_SECRET_FILE2`.",
        "password or user1 is wrong",
        "2026-04-26 12:36:01 -----BEGIN RSA PRIVATE KEY-----\n2026-04-26 12:36:02 could not be read: 3 of 4 bytes",
        "scheme://ana@host:22/path@place",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert mask(text) == text
