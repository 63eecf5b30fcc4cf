"""Logins in sentences, by how they are tied to the word for them; and vendors' secrets that only the vendor's word tells."""

from __future__ import annotations

import random

import pytest

from bot.writing.masking import mask

SEED = 161_127

TIED = (
    "{} is the password for the staging box",
    "{} <- that one is the root pw",
    "the password we agreed on with the hosters is {}",
    "Passwort vom Drucker im Flur: {}",
    "ich habe das Passwort gestern auf {} geändert",
    "le mot de passe du serveur de recette est {}",
    "hemos cambiado la contraseña a {} ayer",
    "troquei a senha do banco para {}",
    "a senha que vale desde ontem é {}",
    "Login am Server: deploy, {}",
    "Zugang mit anna und {}",
    "credenciais: anna / {}",
    "entra con anna y {}",
    "(root / {})",
    "das „Kennwort“ lautet „{}“.",
    "パスワード: {}",
    "**Password** {}",
    "le code wifi de la salle est {}",
    'Enter new password for user "anna": {0}\nEnter it again: {0}',
)
STRONG = (
    "pin and password for it, if you need them: 4711 + {}",
    "no idea why the password does not work here, I typed {}",
)
CHOSEN = ("Sommer2024!", "maple_Cedar47", "r1ver-Stone-88x", "k7wqz4xbn", "qWe8$rTy2pL")
DRAWN = ("aX9!kQ2mZ7pL", "Vt4#nB8w%Rk3")

SAID_AND_LEFT = (
    "the password for jenkins01 is in the vault",
    "password reset fails in v2.14.3 on Python3.11",
    "the API key of the client is sent as X-Api-Key2",
    "reset the password on db-server-01, see OPS-1234",
    "my token is rejected since commit 3fa9c1d2e4b5",
    "login with GitHub and Okta2FA fails",
    "the login is at https://sso.acme.example/a1b2c3?x=9Zk2",
    "Zugang: siehe Handbuch, Kapitel12",
    "the password is hashed by argon2id in auth_v2.py",
    "sign in with SAML2.0 and OAuth2",
    "root: Chapter12, admin / Settings2",
    "the service account token volumes](https://git.acme.example/pull/1973)",
    "creds: see ~/.config/app2/creds.toml",
)

VENDORS = (
    ('co = cohere.Client("{}")', 40, "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"),
    ("codecov upload -t {}", 32, "abcdefghijkmnpqrstuvwxyz23456789"),
    ("const client = algoliasearch('YWJ3K1PQ2R', '{}');", 32, "0123456789abcdef"),
    ("confluent api-key store ABCDEFGH23456789 {}", 64, "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"),
    ("datadog.initialize('{}')", 32, "0123456789abcdef"),
)
VENDORS_LEFT = (
    "uses: codecov/codecov-action@3fa9c1d2e4b5a697c8d9e0f1a2b3c4d5e6f70819",
    '"datadog-agent": "7.1", "sha1": "3fa9c1d2e4b5a697c8d9e0f1a2b3c4d5"',
    'algolia commit "3fa9c1d2e4b5a697c8d9e0f1a2b3c4d5"',
    "mapbox --style streets-v11-with-labels-and-more",
)


@pytest.mark.parametrize("place", TIED)
def test_what_a_sentence_ties_to_the_word_is_masked(place: str) -> None:
    left = [one for one in CHOSEN if one in mask(place.format(one), is_typed=True)]
    assert left == []


@pytest.mark.parametrize("place", STRONG)
@pytest.mark.parametrize("value", DRAWN)
def test_what_nobody_writes_but_as_a_password_is_masked_beside_the_word(place: str, value: str) -> None:
    assert value not in mask(place.format(value), is_typed=True)


@pytest.mark.parametrize("said", SAID_AND_LEFT)
def test_a_sentence_about_passwords_stays(said: str) -> None:
    assert mask(said, is_typed=True) == said


def test_what_stands_around_it_stays() -> None:
    assert mask("das Passwort lautet „Sommer2024!“.", is_typed=True) == "das Passwort lautet „[masked: password]“."


@pytest.mark.parametrize(("place", "length", "letters"), VENDORS)
def test_a_vendors_secret_is_masked_where_only_the_vendor_is_named(place: str, length: int, letters: str) -> None:
    value = "".join(random.Random(SEED).choices(letters, k=length))
    assert value not in mask(place.format(value))


@pytest.mark.parametrize("line", VENDORS_LEFT)
def test_a_digest_beside_a_vendors_name_stays(line: str) -> None:
    assert mask(line) == line
