"""Secrets in code, in what people write and in logs: found where they stand, everything else left as it is."""

from __future__ import annotations

import base64
import random
import time
from importlib.util import find_spec
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.capabilities.team_code.secret_files import is_secret, matches
from bot.writing.masking import mask, masked
from bot.writing.secrets.finding import FORMS
from tests.bot.writing.secret_material import CHOSEN, EVERYDAY, HARMLESS, PLAIN, SAID, VENDORS, WORDED, drawn, letters
from tests.stalls import grows_at_most

SEED = 20_261_126
AROUND = ("§", "x = §", "why does § fail?", '{"a":"\\n§"}', "token_§", "§.", "(§)", "§zz")
"""What may be glued to a token: words, marks, a written line end."""

BEGIN, END = "-----BEGIN RSA " + "PRIVATE KEY-----", "-----END RSA " + "PRIVATE KEY-----"


def hidden(secret: str, text: str) -> bool:
    """Neither it, nor the half of it, stands in the text."""
    return secret not in text and secret[len(secret) // 2 : -3] not in text


def a_key(lines: int = 8) -> list[str]:
    chance = random.Random(SEED)
    return [letters(chance, 64, "b") for _ in range(lines)]


# --- what is masked ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("vendor", VENDORS)
def test_a_vendors_own_form_is_masked_wherever_it_stands(vendor: str) -> None:
    chance = random.Random(SEED)
    cases = [(around, drawn(VENDORS[vendor], chance)) for around in AROUND for _ in range(5)]
    part = {"Azure storage": (-60, -30)}.get(vendor, (-20, -3))

    missed = [one for one in cases if one[1][slice(*part)] in mask(one[0].replace("§", one[1]))]

    assert len(missed) <= 0.05 * len(cases), missed[0]


def test_a_secret_that_has_only_a_length_is_told_by_its_vendors_name() -> None:
    chance = random.Random(SEED)
    places = ('{}_token = "§"', "{}_KEY=§", "  {}_secret: §", '"{}-token": "§",')
    cases = [
        place.format(vendor).replace("§", "§" + drawn(form, chance) + "§").split("§")
        for vendor, form in WORDED.items()
        for place in places
        for _ in range(5)
    ]

    missed = [case for case in cases if not hidden(case[1], mask("".join(case)))]

    assert len(missed) <= 0.05 * len(cases), missed[:5]


def test_what_people_choose_is_masked_in_everyday_places() -> None:
    chance = random.Random(SEED)
    cases = [(place, drawn(form, chance)) for place in EVERYDAY for form in CHOSEN for _ in range(3)]

    missed = [case for case in cases if case[1] in mask(case[0].replace("§", case[1]))]

    assert len(missed) <= 0.05 * len(cases), missed[:5]


@pytest.mark.parametrize("place", SAID)
def test_what_people_say_in_sentences_and_hand_to_programs_is_masked(place: str) -> None:
    chance = random.Random(SEED)
    for _ in range(10):
        secret = drawn(PLAIN, chance)

        assert secret not in mask(place.replace("§", secret))


def test_the_table_says_what_it_knows_and_from_whom() -> None:
    assert len({form.name for form in FORMS}) >= 100
    assert [one.source for one in FORMS if not one.source.startswith("https://")] == []
    assert [one.name for one in FORMS if any(len(hint) < 2 for hint in one.hints.split())] == []


def test_the_mark_says_what_it_was() -> None:
    found = masked(f'old = "{drawn(VENDORS["GitHub"], random.Random(1))}" password = "hunter2hunter2"')

    assert found.text == 'old = "[masked: GitHub token]" password = "[masked: password]"'
    assert found.kinds == ("GitHub token", "password")


def test_a_vendor_is_called_by_its_own_name() -> None:
    chance = random.Random(SEED)
    called = {
        "Stripe": "Stripe key",
        "Anthropic": "Anthropic key",
        "OpenAI": "OpenAI key",
        "GitLab": "GitLab token",
        "Slack bot": "Slack token",
    }

    for vendor, name in called.items():
        assert masked(f"x = {drawn(VENDORS[vendor], chance)}").kinds == (name,)


def test_the_password_of_an_address_is_masked_though_the_user_has_the_same_name() -> None:
    assert mask("postgres://shopkeeper:shopkeeper@db/x") == "postgres://shopkeeper:[masked: URL password]@db/x"


def test_every_value_of_a_kubernetes_secret_is_masked() -> None:
    value = base64.b64encode(b"app").decode()
    manifest = (
        f"apiVersion: v1\nkind: Secret\nmetadata:\n  name: shop\ndata:\n  login: {value}\n  other: YWJj\ntype: Opaque"
    )

    assert mask(manifest).count("[masked: secret]") == 2
    assert mask(manifest.replace("kind: Secret", "kind: ConfigMap")).count("[masked") == 0
    assert mask(manifest).endswith("type: Opaque")


# --- what is left alone -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("line", HARMLESS)
def test_what_is_no_secret_stays_as_it_is(line: str) -> None:
    assert mask(line) == line


@pytest.mark.slow
def test_in_code_by_others_less_than_one_line_in_a_thousand_is_masked_and_it_takes_no_time() -> None:
    lines = hits = 0
    started = time.process_time()
    for package in ("aiohttp", "redis"):
        spec = find_spec(package)
        assert spec is not None
        for path in Path(spec.origin or "").parent.rglob("*.py"):
            text = path.read_text("utf-8", errors="replace")
            lines += text.count("\n")
            hits += sum(one != other for one, other in zip(text.split("\n"), mask(text).split("\n"), strict=True))
    seconds = time.process_time() - started

    assert lines > 90_000
    assert hits <= lines / 1_000
    assert seconds * 1_400_000 / lines < 60  # 18 s where nothing else runs


# --- key blocks -------------------------------------------------------------------------------------------------------


def test_a_private_key_is_masked_line_for_line_and_no_further() -> None:
    text = "\n".join(["before", BEGIN, *a_key(), END, "after = 1"])

    assert mask(text).split("\n") == ["before", BEGIN, *["[masked: private key]"] * 8, END, "after = 1"]


def test_a_key_without_its_end_ends_where_armour_does() -> None:
    text = "\n".join([BEGIN, *a_key(), "def after():", "    return 2"])

    assert mask(text).split("\n")[9:] == ["def after():", "    return 2"]
    assert not any(line in mask(text) for line in a_key())


def test_a_line_that_only_names_a_key_masks_nothing() -> None:
    text = f'if "{BEGIN}" in text:\n    raise Refused\nvalue = 1\n'

    assert mask(text) == text


@pytest.mark.parametrize(
    ("before", "after"), [("+", ""), ("    ", ""), ("  12 | ", ""), ("# ", ""), ("  '", "\\n' +"), ('"', '\\n"')]
)
def test_a_key_is_known_in_patches_comments_quotes_and_numbered_lines(before: str, after: str) -> None:
    text = "\n".join(
        [before + BEGIN + after, *[before + line + after for line in a_key()], before + END + after, "after"]
    )

    assert not any(line in mask(text) for line in a_key())
    assert mask(text).endswith("\nafter")


def test_the_middle_of_a_key_in_a_patch_is_masked_and_its_other_lines_stay() -> None:
    patch = "\n".join(["@@ -10,4 +10,8 @@", *["+" + line for line in a_key()], " after = 2"])

    assert mask(patch).split("\n") == ["@@ -10,4 +10,8 @@", *["+[masked: private key]"] * 8, " after = 2"]


def test_a_piece_that_begins_within_a_key_is_masked_up_to_its_end() -> None:
    text = "\n".join([*a_key(2), END, "after"])

    assert mask(text).split("\n") == ["[masked: private key]"] * 2 + [END, "after"]


def test_a_pgp_key_is_masked_whole() -> None:
    begin, end = "-----BEGIN PGP " + "PRIVATE KEY BLOCK-----", "-----END PGP " + "PRIVATE KEY BLOCK-----"
    text = "\n".join([begin, "Version: GnuPG v2", "", *a_key(3), "=a1B2", end, "after"])

    masked_text = mask(text)

    assert not any(line in masked_text for line in [*a_key(3), "=a1B2"])
    assert masked_text.split("\n")[-2:] == [end, "after"]


def test_certificates_and_public_keys_are_no_secrets() -> None:
    for name in ("CERTIFICATE", "PUBLIC KEY", "PGP PUBLIC KEY BLOCK"):
        text = "\n".join([f"-----BEGIN {name}-----", *a_key(), f"-----END {name}-----"])
        assert mask(text, is_piece=True) == text


# --- whatever comes ---------------------------------------------------------------------------------------------------

ANYTHING = st.one_of(
    st.text(max_size=300),
    st.lists(
        st.sampled_from([*EVERYDAY, *HARMLESS, BEGIN, END, "[masked: GitHub token]", *a_key(2), "password", "=", '"', "\n", "token: "])
    ).map("".join),
)  # fmt: skip


@given(ANYTHING, st.sampled_from(sorted(VENDORS)), st.randoms(use_true_random=False))
def test_lines_stay_where_they_are(text: str, vendor: str, chance: random.Random) -> None:
    whole = f"{text}\n{drawn(VENDORS[vendor], chance)}"

    assert mask(whole).count("\n") == whole.count("\n")


@given(st.sampled_from(EVERYDAY), st.sampled_from(CHOSEN), st.randoms(use_true_random=False))
def test_what_is_masked_stays_as_it_is_when_it_is_masked_again(place: str, form: str, chance: random.Random) -> None:
    once = mask(place.replace("§", drawn(form, chance)))

    assert mask(once) == once


PIECES = [
    "a", "password", 'password="', "password=", "password: ", "eyJ", "://a:", "sk-", "token token ", "key=",
    '"key": "', "secret -> ", "-----BEGIN ", "=a", "ghp_", "A", "aA1", "0123456789abcdef", "auth(", 'auth("',
    "mysql -p", "curl -u a:", "[masked: ", "{{", "${", "password for x ", ";pwd=a;", "AAAA" * 16 + "\n",
    BEGIN + "\n", "kind: Secret\ndata:\n  a: b\n", "- name: PASSWORD\n  value: x\n", "x.y.z(", "a-b-",
    "creds: a / ", " admin:a1!", "mot de passe ", "password est ", " --password\n - ", " key 1", "password: |\n  aB3dE6gH9\n",
    "jwt.sign(a,", "arn:aws:a:secret:", "password (a) ", "fernet(", "net use a ", "vault login ", "password wurde auf ",
    "password is ", ">token<", "echo a |", "a:1234:b:c:", "pass:", "\\", "'", "bearer ",
]  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("piece", PIECES)
def test_twice_the_text_takes_twice_the_time(piece: str) -> None:
    """Nothing that a stranger writes makes it slow."""

    def masked(size: int) -> None:
        mask(piece * (size // len(piece)), is_piece=True)

    assert grows_at_most(20, masked, 4_000, 32_000)


# --- files that are never read ----------------------------------------------------------------------------------------


def test_secret_files_are_known_by_name_wherever_they_lie() -> None:
    secret = [".env", "app/.env.production", "keys/server.pem", "home/.ssh/id_rsa", "infra/prod.tfstate", ".npmrc"]
    secret += [
        "k8s/secrets/db.yaml",
        "aws/credentials.json",
        ".envrc",
        "prod.tfvars.json",
        "gcp/my-service-account.json",
    ]
    secret += [
        "vpn/office.ovpn",
        "etc/my.cnf",
        "release/key.asc",
        ".gnupg/secring.gpg",
        "krb5.keytab",
        ".dockerconfigjson",
    ]
    secret += [
        "deploy/.vault_pass",
        "shop-firebase-adminsdk-x1.json",
        "local.settings.json",
        "certs/apns.p8",
        "auth.json",
    ]
    plain = [
        ".env.example",
        "src/credentials.py",
        "docs/secrets.md",
        "env.py",
        "environment.ts",
        "keys.py",
        "README.md",
    ]
    plain += ["prod.tfvars.example", ".envrc.sample", "appsettings.Production.json", "src/auth.py", "token_service.go"]

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
