"""Secrets that do not stand beside their names, that are cut in two, or that people chose themselves; what is like them is left."""

from __future__ import annotations

import random
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.writing.masking import mask, masked
from bot.writing.secrets.finding import FORMS
from tests.bot.writing.secret_material import HARMLESS, PLAIN, VENDORS, drawn, letters
from tests.stalls import grows_at_most

CHANCE = st.integers(0, 1_000_000).map(random.Random)
BOTH = pytest.mark.parametrize("is_typed", [True, False], ids=["typed", "read"])

PAIRS = (
    "Access key ID,Secret access key\n{id},{secret}\n",
    "{id}\n{secret}",
    "{secret}\n\n{id}",
    "here you go\n> {id}\n> and\n> {secret}\nthanks",
    "{id} {secret}",
    "{id} / `{secret}`",
)

BELOW = (
    "Username\nana\nPassword\n§",
    "Passwort:\n\n§\nthanks",
    "**Password**\n`§`",
    "> Password\n> §",
    "Логин\nana\nПароль\n§",
    "用户\nana\n密码：\n§",
    "API key\n§",
    "Client secret\n§",
    "user,password,role\nadmin,§,owner\n",
    'user,"password",role\n"a, b","§",owner\n',
    "user;passwort\nadmin;§",
    "user\tpassword\nadmin\t§",
    "| user | password |\n| --- | --- |\n| admin | § |",
    "| user | **Password** |\n| --- | --- |\n| one | |\n| admin | `§` |",
    "Name|API key\n---|---\nx|§",
    "host | secret\n-----+-------\nx | §",
    "NAME     PASSWORD     ROLE\nadmin    §   owner",
    "Key         Value\n---         -----\npassword    §\n",
    "id,name,mot de passe\n1,ana,§",
)

TYPED = (
    "password: §",
    "passwort: §",
    "pwd: §",
    "pw: §",
    "Password = §",
    "password=§",
    "the password is §.",
    "das Passwort ist §",
    "db_password: §",
    "**Password:** §",
    "*password*: `§`",
    "user: admin pass: §",
    "password — §",
    "password – §",
    "password＝§",
    "password：§",
    "password :arrow_right: §",
    "password :point_right: §",
    "password → §",
    "password -> §",
    "password for staging: §",
    "Passwort für den Server: §",
    "contraseña: §",
    "Пароль: §",
    "login admin\nPassword\n§",
    "user,password\nadmin,§",
)

CHOSEN = (
    "bzavyob09",
    "hunter22",
    "summer99",
    "SuwPPgsp7",
    "qzxvkwmpltrd",
    "Hunter2024",
    "SuwPPgsp7<WZWZAfCUQ",
    "YXNQNmud7@OPLajBUI.com",
    "eiSTOrA07:x:LiwbZSFW",
)
"""What the rules for code take for names."""

NO_PASSWORDS = (
    "password: required",
    "password: String",
    "password: SecretStr",
    "password: Optional[str]",
    "password: VARCHAR(64)",
    "password: varchar2",
    "password: base64",
    "password: sha256 hashed",
    "password is stored as bcrypt",
    "password: ${DB_PASSWORD}",
    "password: $PASSWORD1",
    "password: <your password>",
    "password: getPw2()",
    "password: config.db2",
    "the password is wrong since yesterday",
    "password: 1Password",
    "password: see vault",
    "password -> hash(password)",
    "passwordless login is broken in k8s",
    "Password — where is it set?",
    "is the password for staging the same?",
    "| field | password |\n| --- | --- |\n| type | string |\n| needed | yes |",
    "| user | password |\n\nhunter22 is a film quote, see x8Kp2mQ9vL",
    "Password\nreset is broken",
    "username\npassword\nemail",
    "token\nbucket",
    "bypass: ISO8601",
    "pwd: /var/www/app1",
    "login page / dashboard",
    "```\npassword: string22\n```",
)

DASHES = ("——-", "—–-", "–––", "—————", "---—")


def key_of_aws(chance: random.Random) -> tuple[str, str]:
    """Both have small letters, capitals and digits, or nothing but capitals, as all have but one in 10,000."""
    return "AKIA" + letters(chance, 16).upper(), "aB3/x" + letters(chance, 35)


@BOTH
@pytest.mark.parametrize("place", PAIRS)
@given(CHANCE)
def test_the_secret_of_an_access_key_goes_wherever_near_it_it_stands(
    place: str, is_typed: bool, chance: random.Random
) -> None:
    key, secret = key_of_aws(chance)

    found = mask(place.format(id=key, secret=secret), is_typed=is_typed)

    assert key not in found
    assert secret not in found


def test_a_commit_near_an_access_key_stays() -> None:
    key, secret = key_of_aws(random.Random(1))
    commit = "3fa9c1d2e4b5a697c8d9e0f1a2b3c4d5e6f70819"

    assert commit in mask(f"{key}\nwas added in {commit}")
    assert secret in mask("\n".join([key, *["words"] * 9, secret]))


@pytest.mark.slow
@BOTH
@pytest.mark.parametrize("place", BELOW)
@given(CHANCE)
def test_what_stands_below_its_name_is_masked_and_its_neighbours_stay(
    place: str, is_typed: bool, chance: random.Random
) -> None:
    secret = drawn(PLAIN, chance)

    found = mask(place.replace("§", secret), is_typed=is_typed)

    before, after = place.split("§")
    assert secret not in found
    assert found.startswith(before)
    assert found.endswith(after)


@given(st.integers(1, 30), st.sampled_from([",", ";", "\t", "|", " | "]), CHANCE)
def test_every_row_of_a_column_is_masked(rows: int, delimiter: str, chance: random.Random) -> None:
    secrets = [drawn(PLAIN, chance) for _ in range(rows)]
    table = ["name", *(f"user{number}" for number in range(rows))]
    column = ["password", *secrets]

    found = mask("\n".join(delimiter.join(row) for row in zip(table, column, strict=True)) + "\n\nend")

    assert [one for one in secrets if one in found] == []
    assert [f"user{number}" for number in range(rows) if f"user{number}{delimiter}[masked" not in found] == []


@pytest.mark.parametrize("place", TYPED)
@pytest.mark.parametrize("secret", CHOSEN)
def test_what_people_type_behind_the_word_password_is_masked(place: str, secret: str) -> None:
    assert secret not in mask(place.replace("§", secret), is_typed=True)


def test_eleven_of_twelve_rows_of_small_letters_are_masked_behind_password() -> None:
    chance = random.Random(20_261_126)
    drawn_ones = ["".join(chance.choice("abcdefghijklmnopqrstuvwxyz") for _ in range(12)) for _ in range(600)]

    missed = [one for one in drawn_ones if one in mask(f"password: {one}", is_typed=True)]

    assert len(missed) <= 50


@pytest.mark.parametrize("text", [*NO_PASSWORDS, *HARMLESS])
def test_what_people_type_about_passwords_stays(text: str) -> None:
    assert mask(text, is_typed=True) == text


@BOTH
def test_a_user_and_a_password_beside_a_login(is_typed: bool) -> None:
    secret = drawn(PLAIN, random.Random(1))

    for place in ("login admin / §", "user: admin pass: §", "creds admin / §"):
        assert secret not in mask(place.replace("§", secret), is_typed=is_typed)


@given(st.integers(8, 33), st.sampled_from(["\n", "\r\n", "\n  ", "\n> ", "*", "**", "~", "`"]), CHANCE)
def test_a_token_that_is_cut_in_two_is_masked_in_both_parts(at: int, cut: str, chance: random.Random) -> None:
    token = "ghp_" + letters(chance, 15) + "7aB" + letters(chance, 18)
    text = f"see {token[:at]}{cut}{token[at:]}\nend"

    found = masked(text)

    assert token[:at] not in found.text
    assert len(token[at:]) < 4 or token[at:] not in found.text
    assert found.kinds == ("GitHub token",)
    assert found.text.count("\n") == text.count("\n")
    assert found.text.endswith("end")


@given(st.sampled_from([40, 60, 72, 80, 100, 120]), CHANCE)
def test_a_token_over_several_lines_of_a_terminal_is_masked_in_each(width: int, chance: random.Random) -> None:
    token = f"eyJhbGciOiJIUzI1NiJ9.eyJ{letters(chance, 90)}.{letters(chance, 43)}"
    pieces = [token[at : at + width] for at in range(0, len(token), width)]

    found = mask("\n".join(["$ print", *pieces[:-1], pieces[-1], "", "done in two steps"]))

    assert [one for one in pieces if len(one) > 8 and one in found] == []
    assert found.startswith("$ print\n")
    assert found.endswith("\n\ndone in two steps")


BEGINNINGS = sorted({hint for form in FORMS for hint in form.hints.split() if re.fullmatch(r"[\w-]{2,}", hint)})


@pytest.mark.parametrize("last", ["KMAStsuyYmekcy", "822TeyColUnihf", "pNEBcAx2XyZRf2"])
def test_a_line_of_a_token_that_begins_as_another_token_does_is_masked(last: str) -> None:
    chance = random.Random(6226)

    for beginning in BEGINNINGS:
        middle = (beginning + letters(chance, 28) + "." + letters(chance, 43))[:72]
        pieces = (f"eyJhbGciOiJIUzI1NiJ9.eyJ{letters(chance, 48)}", middle, last)

        found = mask("\n".join([*pieces, "", "thanks"]))

        assert [one for one in pieces if one in found] == [], beginning
        assert found.endswith("\n\nthanks")


@pytest.mark.parametrize("after", ["thanks", "DONE", "Deployed", "2026-05-01", "docs/setup.html", "next_step"])
def test_a_word_on_the_line_behind_a_token_stays(after: str) -> None:
    token = f"eyJhbGciOiJIUzI1NiJ9.eyJ{letters(random.Random(2), 48)}.{letters(random.Random(3), 43)}"

    assert mask(f"{token[:80]}\n{token[80:]}\n{after}").endswith(f"\n{after}")


@given(st.sampled_from(["GitHub", "Stripe", "Slack bot", "GitLab"]), CHANCE)
def test_a_token_in_full_width_or_mathematical_letters_is_masked(vendor: str, chance: random.Random) -> None:
    token = drawn(VENDORS[vendor], chance)
    wide = "".join(chr(ord(one) + 0xFEE0) for one in token)

    assert mask(f"ｓｅｅ {wide} ！") == mask(f"§ {token} §").replace("§", "ｓｅｅ", 1).replace("§", "！", 1)


@given(st.sampled_from(DASHES), st.sampled_from(DASHES), CHANCE)
def test_a_key_whose_dashes_an_editor_made_smart_is_masked(before: str, after: str, chance: random.Random) -> None:
    body = [letters(chance, 64, "b") for _ in range(8)]
    text = "\n".join(
        [f"{before}BEGIN RSA PRIVATE KEY{after}", *body, f"{before}END RSA PRIVATE KEY{after}", "after = 1"]
    )

    found = mask(text).split("\n")

    assert [one.lstrip("+/") for one in found[1:9]] == ["[masked: private key]"] * 8
    assert found[10:] == ["after = 1"]


@given(st.sampled_from(["PORT=8080", "LOG_LEVEL=debug", "save-exact=true", "db.pool.size=10", "A=b"]), CHANCE)
def test_the_setting_on_the_line_behind_a_token_stays(line: str, chance: random.Random) -> None:
    """It is no piece of a token that a terminal has cut."""
    found = mask(f"TOKEN=ghp_{letters(chance, 36, 'a')}\n{line}\n")

    assert found == f"TOKEN=[masked: GitHub token]\n{line}\n"


@given(st.sampled_from([*PAIRS, *BELOW, *TYPED]), CHANCE)
def test_what_is_masked_stays_as_it_is(place: str, chance: random.Random) -> None:
    key, secret = key_of_aws(chance)
    once = mask(
        place.replace("{id}", key).replace("{secret}", secret).replace("§", drawn(PLAIN, chance)), is_typed=True
    )

    assert mask(once, is_typed=True) == once


SLOW = tuple(pytest.param(one, marks=pytest.mark.slow) for one in ("ghp_\n", "eyJ\n", "eyJhbGciOi.\n"))
PIECES = (
    "a,password\n", "password\n", "Password\n\n", "ghp_*", *SLOW, "AKIA" + "A" * 16 + "\n",
    "password: ", "password for a b ", "```", "password — ", "| password ", "ａ", '"password","', "login a / ", "pw->",
    "INSERT INTO a (password) VALUES ('", "COPY t (password) from stdin\n", "name: password\n", "connect('a', ", "use x1y2z3 as ",
    "password x1y2z3 ",
    " -u a -p ", "<input ", "echo a | ", "パスワードは", "secret <<< ", "login a:b ",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_takes_twice_the_time(piece: str) -> None:
    def masked(size: int) -> None:
        mask(piece * (size // len(piece)), is_piece=True, is_typed=True)

    assert grows_at_most(20, masked, 4_000, 32_000)
