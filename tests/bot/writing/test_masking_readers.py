"""Who reads a line, what leads there, and tokens of vendors that nobody has listed."""

from __future__ import annotations

import random

import pytest

from bot.writing.masking import mask
from bot.writing.secrets.finding import READERS, find
from bot.writing.secrets.places import Found
from bot.writing.secrets.prefixed import find_prefixed
from tests.bot.writing.secret_places import TABLE, filled

SEED = 171_127
ALNUM = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789"
CHOSEN = ("RiverMarble42", "Sommer2024!", "maple_Cedar47", "qWe8$rTy2pL")

TOLD = (
    "password's {} by the way",
    "what was the password again? {}",
    "Sam: pw?\nAlex: {}",
    "temp password (until tonight):\n> {}",
    "PIN/password: 4711 / {}",
    "the password, {}, does not work",
    "set it to {} (the db password)",
    "it asks for the password, type {}",
    "wifi: Office-5G, key {}",
    "the archive is encrypted with {}",
    "Passwort wäre dann {}",
    "met en place {} comme mot de passe",
    "pwd... {}",
    "pass phrase {}",
    "enter {} when it asks for the password",
    "użyj hasła {}",
    "tried passwords {} and hunter2",
    "probier mal {}, das ist das alte Passwort",
    "login: `anna`, `{}`",
    "anna / {} for staging",
)
LEFT = (
    "you can pass user2data to the handler",
    "encrypted with AES256 and unlocked with Face2Face",
    "the disk is protected with BitLocker128",
    "the password for jenkins01 is in the vault, see runbook12",
    "[az keyvault secret set][06] and [RFC7519 (JWT)](https://tools.ietf.example/html/rfc7519)",
    "gpg: using RSA key C387CC1B5FFC25E55F75F3E6A228F3BD04CC9652",
    "the wifi in Room12 is down",
    "`tools/utils/shell.py:104` — a consolidation pass.",
    "Sandi\nSandkuijl",
)
PREFIXED = ("acme_live_{}", "newco-pat-{}", "zq_{}", "Authorization: Bearer vendorx_{}", "tok: fl1_{}")


def drawn(letters: str, count: int, seed: object) -> str:
    return "".join(random.Random(f"{SEED}/{seed}").choices(letters, k=count))


@pytest.mark.parametrize("place", TOLD)
def test_however_a_sentence_ties_a_password_it_is_masked(place: str) -> None:
    assert [one for one in CHOSEN if one in mask(place.format(one), is_typed=True)] == []


@pytest.mark.parametrize("said", LEFT)
def test_what_only_looks_tied_stays(said: str) -> None:
    assert mask(said, is_typed=True) == said


@pytest.mark.parametrize("place", PREFIXED)
@pytest.mark.parametrize("length", [28, 40, 64])
def test_a_token_that_begins_as_vendors_tokens_do_is_masked_without_being_listed(place: str, length: int) -> None:
    token = drawn(ALNUM, length, (place, length))

    assert token not in mask(place.format(token))


@pytest.mark.parametrize(
    "line",
    [
        "taskReference_4f936d40-3fe3-11eb-9af1-12a7f1c641e3_1",
        '"challenge": "in1cL-oWfSjSd7uuwUvv2ndOAmRXb0cOAbUoTtAqvGE"',
        "acct_of_the_customer_who_is_billed_twice",
        "image: build-3fa9c1d2e4b5a697c8d9e0f1a2b3c4d5e6f70819",
        "see commit.html#diff-66f3ba596f0ecf74a2942b3223789ab5R41",
        "EncryptionEnc-A128CBCHS256AndRsaOaep256WithSha",
    ],
)
def test_names_and_digests_with_such_a_beginning_stay(line: str) -> None:
    assert list(find_prefixed(line.encode())) == []


def test_what_a_reader_finds_has_a_cue_that_leads_to_its_line() -> None:
    """A line is shown only to those whose cue stands in it: a cue that is missing would lose what its reader knows."""
    lost = []
    for group, places in TABLE.items():
        for name, place in places.items():
            text = filled(place, random.Random(f"{SEED}/{group}/{name}"))[0].encode()
            lines = [(at, text.find(b"\n", at) % (len(text) + 1)) for at in [0, *_behind_ends(text)]]
            for cue, read in READERS:
                if read is not None and not cue.search(text):
                    found = [one for at, end in lines for one in read(text, at, end) if at <= one.start < end]
                    known = find(text) if found else []
                    lost += [(group, name) for one in found if not any(_covers(two, one) for two in known)]

    assert lost == []


def _covers(wide: Found, narrow: Found) -> bool:
    return wide.start <= narrow.start and narrow.end <= wide.end


def _behind_ends(text: bytes) -> list[int]:
    return [at + 1 for at, byte in enumerate(text) if byte == 10]


def test_a_table_with_line_ends_of_windows_is_read() -> None:
    assert mask("user,password\r\nanna,Xk9vQ2mZ7pL3\r\n") == "user,password\r\nanna,[masked: password]\r\n"
