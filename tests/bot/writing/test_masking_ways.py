"""Ways in which a secret is written that a second set by another hand found missed, and what reads like them and holds none.

The set itself is not here: each row has other tools, names and values, and stands for its kind.
"""

from __future__ import annotations

import random
import string

import pytest

from bot.writing.masking import mask, masked

SEED = 20_261_127
WORDS = ("amber", "basil", "canyon", "cricket", "ember", "garnet", "kettle", "nutmeg", "orchid", "thistle")


def joined(chance: random.Random) -> str:
    return "".join(word.capitalize() for word in chance.sample(WORDS, 2)) + str(chance.randrange(10, 99))


def parted(chance: random.Random) -> str:
    return "-".join(word.capitalize() for word in chance.sample(WORDS, 2)) + f"-{chance.randrange(10, 999)}"


def tailed(chance: random.Random) -> str:
    return f"{chance.choice(WORDS)}{chance.randrange(100, 9_999)}{chance.choice(['x', 'abc', 'ZZ'])}"


def drawn(chance: random.Random) -> str:
    row = [chance.choice(string.ascii_letters + string.digits) for _ in range(28)]
    return "".join([*row, "q", "7", "R", "4"])


CHOSEN = (joined, parted, tailed)
IN_FILES = (
    "ansible_become_pass=§",
    "  storage_password = §",
    "Host=db;Database=shop;Uid=anna;Pwd=§;",
    "host=db,user=anna,password=§,port=5",
    'libpq("host=db user=anna password=§ dbname=shop")',
    "dblink('host=db user=anna password=§', 'select 2')",
    "anna:§@tcp(db:3306)/shop",
    "anna/§@//db:1521/shop",
    "url: ${spring.mail.password:§}",
    "password: ${MAIL_PASSWORD:-§}",
    'ENV.fetch("MAIL_PASSWORD") { "§" }',
    '"outputs": {"mail_password": {"sensitive": true, "value": "§"}}',
    '<item key="mail.password">§</item>',
    "ALTER USER anna IDENTIFIED BY §;",
    "EXEC sp_addlogin 'anna', '§'",
    "DECLARE @password varchar(40) = N'§'",
    "password = ''§'';",
    'passwordEncoder.encode("§")',
    "DBI->connect('dbi:mysql:shop', 'anna', '§')",
    "redis:auth('§')",
    "mysqladmin -u anna password §",
    "shop-admin set-initial-password §",
    "shopctl -u anna -p §",
    "masterauth §",
    "create user anna >§ +@all".replace("create user", "ACL SETUSER"),
    "A new password is generated for anna@db: §",
    "kubectl create secret generic shop --from-literal=password=§",
    "backup --password-command='echo §'",
    'healthcheck: ["CMD", "redis-cli", "-a", "§", "ping"]',
    "MAIL_PASSWORD=\\\n§",
    "-  password: §\n+  password: ${MAIL_PASSWORD}",
    '<entry key="mail.password"><![CDATA[§]]></entry>',
    "<b>&quot;password&quot;: &quot;§&quot;</b>",
    '"{\\\\\\"password\\\\\\": \\\\\\"§\\\\\\"}"',
    "form%5Bpassword%5D=§&x=2",
    "next=https%3A%2F%2Fshop.example.org%2F%3Fpassword%3D§",
    '{["password"]=>\n  string(12) "§"',
    "http://metrics:8086/write?u=anna&p=§",
    'check_password(anna, "§")',
    "| Box | User | Password |\n|---|---|---|\n| shop | anna | § |",
    "<table><tr><th>Password</th></tr><tr><td>§</td></tr></table>",
    '[{amqp, [{default_user, <<"anna">>}, {default_pass, <<"§">>}]}].',
)
TYPED = (
    "the mdp of the shop c'est §",
    "MDP §",
    "use § as the password",
    "it is § for the password",
    "the new password will be §",
    "the password for the shop § works",
    "identifiants : anna / §",
    "пароль от почты §",
    "PW fürs Staging: §",
    "try § as the password",
    "its password's §",
    "the p/w is §",
    "密码是 §",
)
DRAWN = (
    "le jeton est §",
    "clé API : §",
    "Der API-Schlüssel lautet §",
    "la llave es §",
    "the token's § by now",
    "key unsealed with Unseal Key 3: §",
    "https://shop.example.org/cb?code=§&state=1",
    'headers["Authorization"] = "Bearer " + "§"',
    "Authorization: GenieKey §",
    '<env name="SHOP_ACCESS_KEY" value="§"/>',
    'static SECRET: &\'static str = "§";',
    'char token[] = "§";',
    'std::string api_key{"§"};',
    'TOKENS = [\n    "§",\n]',
    'api_key = """\n§\n"""',
    "$token = <<<END\n§\nEND;",
    'static TOKEN: &[u8] = b"§";',
    '{"kty": "oct", "k": "§abcdefgh12345"}',
    "<RSAKeyValue><Modulus>x</Modulus><D>§</D></RSAKeyValue>",
    "API  Key  §  Copy",
    "Geheimnis: §",
)
LEFT = (
    "password=Model12",
    "the password Windows10 uses for sharing is off",
    "use OAuth2 as the token type",
    "use Postgres16 for the password store",
    'lock_token = "orders:42"',
    "did:key:z6MkhaXgBZDvotDkL5257faiztiGiC2QtKLGpbnnEGta2doKq",
    "create a password for the user and send it",
    "a new password was generated for anna@db: see the mail",
    "password: ${MAIL_PASSWORD:-}",
    'ENV.fetch("MAIL_PASSWORD") { raise "none" }',
    "mysqladmin -u anna password",
    "shop-admin set-initial-password --help",
    "la clé primaire est orders_id",
    "der Schlüssel ist primary_key",
    "https://shop.example.org/cb?code=200&page=2",
    "password: \"\" and name: ''",
    "connect('dbi:mysql:shop', 'anna', 'readonly')",
    "the passphrase is asked for at the start of the service",
    "GITHUB_TOKEN=ghp_xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
    "API_KEY=@@API_KEY@@",
    'publicKeyToken="31bf3856ad364e35"',
    "GET /v1/tokens?page=2&limit=50 200",
    "the key is user:42:cart in Valkey",
    "'password' => 'required|min:8|confirmed',",
    "PASSWORD_HASHERS = ['django.contrib.auth.hashers.Argon2PasswordHasher']",
    "Verification code: 123456",
    "the data pin is 13 and the pin: 4711x",
    'password = "Must hold 8 characters"',
)


def is_left(secret: str, text: str) -> bool:
    return any(secret[at : at + 6] in text for at in range(len(secret) - 5))


@pytest.mark.parametrize(("places", "is_typed"), [(IN_FILES, False), (TYPED, True)])
def test_words_with_a_number_are_masked_where_it_is_sure_that_a_password_stands(
    places: tuple[str, ...], is_typed: bool
) -> None:
    missed = []
    for place in places:
        chance = random.Random(f"{SEED}/{place}")
        for secret in (made(chance) for made in CHOSEN):
            said = mask(place.replace("§", secret), is_typed=is_typed)
            missed += [said] if is_left(secret, said) else []

    assert len(missed) * 20 <= len(places) * len(CHOSEN), missed


@pytest.mark.parametrize("place", DRAWN)
def test_what_nobody_made_up_is_masked_behind_its_name_in_any_language(place: str) -> None:
    chance = random.Random(f"{SEED}/{place}")

    assert not any(
        is_left(secret, mask(place.replace("§", secret), is_typed=True)) for secret in (drawn(chance) for _ in range(4))
    )


@pytest.mark.parametrize("text", LEFT)
def test_what_reads_like_it_stays(text: str) -> None:
    assert (mask(text), mask(text, is_typed=True)) == (text, text)


@pytest.mark.parametrize(
    ("half", "other", "length"), [("LTAI5t", "Alibaba secret", 30), ("AKID", "Tencent secret", 32)]
)
def test_the_other_half_of_a_pair_is_masked_beside_the_one_that_is_told_by_its_form(
    half: str, other: str, length: int
) -> None:
    chance = random.Random(SEED)
    secret = drawn(chance).ljust(length, "Z")[:length]
    found = masked(f"{half}{drawn(chance)[:18]}\n{secret}\n")

    assert other in found.kinds
    assert secret not in found.text


def test_everyday_words_of_a_passphrase_are_masked_in_quotes() -> None:
    for place in ('the passphrase is "§"', "passphrase: §", 'password: "§"'):
        assert "nutmeg" not in mask(place.replace("§", "ember canyon nutmeg orchid"), is_typed=True)


def test_a_list_of_pairs_in_code_is_no_table_of_passwords() -> None:
    languages = '[\n    ("en", "English"),\n    ("en-pw", "English (Palau)"),\n    ("nl-BE", "Dutch (Belgium)"),\n]\n'

    assert mask(languages) == languages


@pytest.mark.parametrize(
    "place",
    [
        "mysql -uanna --password='§' shop",
        "curl --user 'anna:§' https://shop.example.org",
        'password = "§"',
        "ansible_become_pass='§'",
    ],
)
@pytest.mark.parametrize("secret", ["Nutmeg x7Kq 41!", "Ember tRWq 73!"])
def test_a_password_with_blanks_is_masked_to_its_quote(place: str, secret: str) -> None:
    assert not any(piece in mask(place.replace("§", secret)) for piece in secret.split())


def test_each_value_of_a_list_and_each_piece_of_a_string_is_masked() -> None:
    chance = random.Random(SEED)
    one, other = drawn(chance), drawn(chance)
    for place in ('TOKENS = ["{}", "{}"]', 'SECRET_KEY = (\n    "{}"\n    "{}"\n)', 'token = "{}" +\n    "{}"'):
        said = mask(place.format(one, other))

        assert not any(is_left(secret, said) for secret in (one, other)), said


@pytest.mark.parametrize(
    "text", ["the pin is 337704, keep it", "die PIN lautet 3377", "le code d'accès est 580202", "OTP: 580202"]
)
def test_a_number_that_lets_in_is_masked_behind_its_word(text: str) -> None:
    assert "[masked: PIN]" in mask(text, is_typed=True)
