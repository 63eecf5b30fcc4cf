# ruff: noqa: E501 - a place is one entry of its table
"""Passwords of words alone, keys as numbers, rows that nobody made up: what is told by its place and its shape."""

from __future__ import annotations

import random

import pytest

from bot.writing.masking import mask
from tests.bot.writing.secret_material import letters

WORDS = [
    "marble",
    "lantern",
    "heron",
    "thistle",
    "copper",
    "willow",
    "meadow",
    "falcon",
    "juniper",
    "pebble",
    "walnut",
    "harbor",
]
NAMED = (
    'connect(host, user="sync", password="§")', 'props.setProperty("sasl", "Login required username=\\"etl\\" password=\\"§\\";");',
    "CREATE USER 'etl' IDENTIFIED BY '§';", "OPTIONS (user 'ro', password '§');", 'char[] storePass = "§".toCharArray();',
    '"host=pg user=app password=§ dbname=app"', "Server=sql01;Database=shop;User Id=shop;Password=§;", "--from-literal=password='§'",
    "http POST :3000/sessions email=bo@acme.example password=§", "machine api.acme.example login deploy password §",
    "    environment:\n      POSTGRES_PASSWORD: §", "<password>§</password>", "get password() { return \"§\"; }", "pass = §", "-passin pass:§",
    "'password' => Hash::make('§'),", "@adminPassword = §\nPOST {{host}}/login", 'fields["Password"].typeText("§")', "| host | password |\n|---|---|\n| nas | § |",
    'child.expect("Password:")\nchild.sendline("§")', "odbc_connect('SERVER=sql01;UID=etl;PWD={§};Encrypt=yes')", "the password ``§``",
)  # fmt: skip
"""The name before it says password."""

PLACED = (
    "echo '§' | sudo -S systemctl restart app", 'new NetworkCredential("robot", "§");', "http -a lena:§ GET https://api.acme.example/x",
    'session.auth = ("reporter", "§")', "smbclient //nas/share -U backup%§", "ansible-vault encrypt_string '§' --name db",
    'Redis("cache", 6379, 0, "§1")', "ldapsearch -x -D cn=admin -w § -b dc=acme",
    "lftp -u www,'§' ftp.acme.example", "rabbitmqctl add_user worker '§'", 'createUser poller SHA "§" AES', "f.request :authorization, :basic, 'sync', '§'",
    "'§' | ConvertTo-SecureString -AsPlainText", "chpasswd:\n  list: |\n    root:§", "chpasswd <<EOF\nroot:§\nEOF", "[smtp.acme.example]:587 mailer:§",
)  # fmt: skip
"""Only its place says so."""

QUIET = (
    'password: "forgot-password"', "password_encryption = scram-sha-256", 'grant = "urn:ietf:params:oauth:grant-type:device_code"',
    "git clone git@git.acme.example:Marble-Lantern/shop.git", "git config --global user.name marble-bot", "    password = Accounts.Marble",
    "AuthType::PasswordMfa => \"authtype_passwordmfa\",", 'db.execute("UPDATE users SET password = :password WHERE name = :name")',
    "Server=sql01;User Id=app;Password={password};", 'f"host={host} user={user} password={password}"', "docker run -u node:node -p 8080:80 image",
    "key_codes = [37, 38, 39, 40, 13, 27, 9, 8]", "key = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]",
    "PALETTE = [31, 139, 34, 145, 170, 7, 92, 212]", "const etag = 'V1StGXR8Z5jdHi6BmyT7kQ2p'", "chpasswd <<EOF\nroot:$PASSWORD\nEOF",
    "primary keys: ``/api/<version>/tokens/<pk>/``", '"password": "Username/Password"', "  password: String|Number", '"passphrase": "Enter your passphrase again"',
    '"mustChangePassword": "Das neue Kennwort darf nicht leer sein"', "- name: SORT_KEY\n  value: created_at", 'throw new Error("password=null, token=undefined")',
    "host:5432 user:group", "Hash::check('password', $user)", '"psk": "WPA pre shared key"', 'config.x :basic, "user", "password"', "def get_token(self):\n    \"\"\"The token of this session.\"\"\"",
)  # fmt: skip


def compounds(chance: random.Random, *, sign: str) -> str:
    return sign.join(word.capitalize() for word in chance.sample(WORDS, 2))


@pytest.mark.parametrize("place", NAMED)
def test_two_words_are_a_password_behind_a_name_that_says_so(place: str) -> None:
    chance = random.Random(place)
    for sign in "-_&*+":
        secret = compounds(chance, sign=sign)

        assert secret not in mask(place.replace("§", secret)), secret


@pytest.mark.parametrize("place", PLACED)
def test_two_words_are_a_password_where_a_program_takes_one(place: str) -> None:
    chance = random.Random(place)
    for sign in "-_&+":
        secret = compounds(chance, sign=sign)

        assert secret not in mask(place.replace("§", secret)), secret


@pytest.mark.parametrize(
    ("place", "secret"),
    [
        ('"password": "§"', "Marble:Lantern"), ("db_password: §", "Walnut|Heron"), ("<password>§</password>", "Heron(Willow)"),
        ("'password' => env('DB_PASSWORD', '§'),", "Meadow/Falcon"), ('Environment="DB_PASSWORD=§"', "Copper,Thistle"),
        ('docker run -e "DB_PASSWORD=§" app', "Marble Heron 8"), ('become_password: "§"', "Walnut-Pebble 4"), ("define('DB_PASSWORD', '§ ');", "xT#9 juniper"),
        ('psk="§"', "Drei Eichen am Bach"), ("passphrase `§`", "sieben kleine Ziegen baden"), ('users = {"anna": "§"}', "lantern482"),
        ("echo '§' | sudo -S apt update", "marble-lantern"), ("mysql -h db -u app -p§ shop", "marble-lantern"),
        ("- name: HMAC_SHARED_KEY\n  value: §", "bd0e83b2374c723a0780b3b9d767b9dd47224d3b3bab922127f8fdccacb62164"),
        ("ARG FEED_PAT=§", "k5qy3tnzrlwutfiwbzr2pfsi71d14gvnbywtqh31vxq3q9tqmfhp"),
    ],
)  # fmt: skip
def test_words_apart_and_joined_by_other_signs_are_masked_whole(place: str, secret: str) -> None:
    found = mask(place.replace("§", secret))

    assert not any(piece in found for piece in secret.split() if len(piece) > 2), found


@pytest.mark.parametrize("text", QUIET)
def test_what_is_no_secret_stays(text: str) -> None:
    assert mask(text) == text


@pytest.mark.parametrize(
    "place",
    [
        "byte[] signingKey = {§};",
        "const AES_KEY: [u8; 16] = [§];",
        "secret_key = bytes([§])",
        '"private_key": [\n  §\n]',
        "static uint8_t key[16] = {§};",
    ],
)
def test_a_key_of_numbers_is_masked_line_for_line(place: str) -> None:
    chance = random.Random(place)
    numbers = [chance.randrange(20, 256) for _ in range(16)]
    rows = (
        ", ".join(map(str, numbers)),
        ",\n  ".join(", ".join(f"0x{one:02x}" for one in numbers[at : at + 8]) for at in (0, 8)),
    )
    for row in rows:
        found = mask(place.replace("§", row))

        assert row.split("\n")[0].rstrip(",") not in found
        assert found.count("\n") == place.replace("§", row).count("\n")


@pytest.mark.parametrize(
    "place",
    [
        'acmeTemplate := "§"',
        'Client::new("§")',
        "<secret>{acme AQAB §}</secret>",
        "SECRET = os.getenv('S') or '§'",
        "curl --oauth2-bearer '§' x",
    ],
)
def test_a_row_that_nobody_made_up_is_masked_without_its_vendor(place: str) -> None:
    chance = random.Random(place)
    for length in (24, 32, 40):
        secret = "aB3" + letters(chance, length)

        assert secret not in mask(place.replace("§", secret)), secret
