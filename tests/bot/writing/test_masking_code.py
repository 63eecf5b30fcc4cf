# ruff: noqa: E501 - a place is one entry of its table
"""What stands behind a name and is code, a place, a pattern or another language's words stays; tokens known by their beginning do not."""

from __future__ import annotations

import random

import pytest

from bot.writing.masking import mask
from tests.bot.writing.secret_material import drawn

CHANCE = random.Random(15)

KEPT = (
    "$secret = decrypt(session()->get(static::SESSION_KEY));", "$token = trim($this->request->headers->get('Authorization', ''));",
    "$x = Prefs::getEncrypted('app_token', '')->data;", "'Authorization' => \"Token {$this->id}:{$this->secret}\",", "'token' => \"token{$i}\",",
    "$this->post('/confirm', ['token' => $confirmation->token])->assertRedirect('/login');", "{{ trans('x', {secret: secret|escape})|raw }}",
    "$.post(url, {_token: token}).then(function () {", "'password' => 'required|string|min:16|own_password|confirmed',",
    '"client_secret": "\\u30b7\\u30fc\\u30af\\u30ec\\u30c3\\u30c8",', '"create_new_token": "\\u00daj token l\\u00e9trehoz\\u00e1sa",',
    "'api_token_delete_confirm' => 'このAPIトークンを削除してもよろしいですか？',", "$hasLocation = $this->boolean($hasLocationKey);",
    "ciphers: '+SSLv3:!aNULL:!EXP:!PSK:!DSS:!RC4:!SEED'", "runner_apt_key: 'F6403F6544A38863DAA0B6E03F01618A51312F3F'", "password_characters: 'ascii_letters,digits,.-_~&()*='",
    "private_key             = \\$home/private/key.pem", "credentials=/etc/pki/${config['name']}/private/${config['kind']}-key", "pass_attrs = uid=%u,\\\n",
    "install \\\n   sshpass \\\n   apt-transport-https \\\n   jq", "| a | b | c |\n|---|---|---|\n| auth.password | string | `nil` |\n| scaling.behavior.enabled | bool | `false` |",
)  # fmt: skip


@pytest.mark.parametrize("text", KEPT)
def test_what_is_no_secret_stays_as_it_is(text: str) -> None:
    assert mask(text) == text


FORMS = {
    "Canva": "cnvca{s51}", "DevCycle": "dvc_server_{a32}", "Brave": "BSA{s28}", "NVIDIA": "nvapi-{s64}", "Tableau": "{b22}==:{a32}",
    "Exoscale": "EXO{a26}", "Docker Swarm unlock": "SWMKEY-1-{b43}", "Astra": "AstraCS:{a24}:{h64}", "Mercury": "mercury_production_rma_{a44}_yrucrem",
    "Alibaba temporary": "STS.{a28}", "short, by its beginning": "tss_{a24}", "by a point": "mlsn.{a40}", "New Relic": "NRAA-{h27}", "Facebook": "5{d15}|{s32}",
}  # fmt: skip


@pytest.mark.parametrize("vendor", FORMS)
@pytest.mark.parametrize(
    "place", ["I used § today and it failed", 'client = connect("§")', "curl -H 'X-A: §' https://x.example"]
)
def test_a_token_is_known_by_its_form_without_its_vendors_name(vendor: str, place: str) -> None:
    for secret in (drawn(FORMS[vendor], CHANCE) for _ in range(20)):
        assert secret not in mask(place.replace("§", secret)), secret


@pytest.mark.parametrize(
    "place",
    [
        "PGPASSWORD=§ pg_restore -h db",
        "Le mot de passe est : § merci",
        "system,user,password,owner\njira,svc,§,ops",
    ],
)
@pytest.mark.parametrize("secret", ["m3lone_im_Topf", "Lavande_&_Miel8", "tAnne_77zwei", "OrchidVelvet89"])
def test_words_with_digits_within_are_a_password_where_one_stands(place: str, secret: str) -> None:
    assert secret not in mask(place.replace("§", secret), is_typed=place.startswith("Le"))


def test_two_nouns_and_a_number_are_a_secret_in_a_line_of_settings() -> None:
    assert "OrchidVelvet89" not in "".join(
        map(mask, ("##     secret: OrchidVelvet89", "secret_key: OrchidVelvet89\n", "token: OrchidVelvet89\n"))
    )
