# ruff: noqa: E501 - a place is one row of its table
"""Kinds of secrets that an independent tester found missed: each a row of places, and the values that stand in them.

`§` is the secret, made up by a seed from the kind's own forms. Rows of `TYPED` are looked for where people write: in a chat.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from tests.bot.writing.secret_material import drawn

WORDS = [
    "amber",
    "anchor",
    "basil",
    "canyon",
    "cobalt",
    "copper",
    "cricket",
    "dahlia",
    "ember",
    "falcon",
    "garnet",
    "harbor",
    "indigo",
    "juniper",
    "kettle",
    "lantern",
    "maple",
    "marble",
    "meadow",
    "nutmeg",
    "orchid",
    "pepper",
    "pickle",
    "quartz",
    "saddle",
    "salmon",
    "tulip",
    "velvet",
    "violet",
    "walnut",
    "willow",
    "zephyr",
]
PEOPLE = [
    "Hallo",
    "Winter",
    "Qwerty",
    "Fruehling",
    "Sommer",
    "Dragon",
    "Monkey",
    "Frodo",
    "Summer",
    "Liverpool",
    "Berlin",
    "Sunshine",
    "Bonjour",
    "Verano",
    "Batman",
    "Charlie",
]


def weak(chance: random.Random) -> str:
    """A word and a number, as people choose them, with a mark at times."""
    return chance.choice(PEOPLE) + str(chance.randrange(1, 2100)) + chance.choice(["", "", "!", "!!", "$", "#"])


def phrase(chance: random.Random, joint: str | None = None, count: int | None = None) -> str:
    """Words joined by one sign; the last may bear a number."""
    joint = joint or chance.choice([".", "_", "-"])
    words = chance.sample(WORDS, count or chance.choice([4, 5]))
    return joint.join(words) + chance.choice(["", str(chance.randrange(10, 99))])


def braced(chance: random.Random) -> str:
    inner, outer = chance.choice(
        [("c{d1}rl{d1}y", "Fox"), ("Cur{d1}y", "{a4}"), ("k{d2}", "Rt{a3}"), ("{d1}p{d1}q", "Zeb{d2}")]
    )
    return "{" + drawn(inner, chance) + "}" + drawn(outer, chance)


def quoted(chance: random.Random) -> str:
    """A quote or a backslash stands within."""
    inner = chance.choice(['"', "'", "\\", "\\\\"])
    return (
        drawn("{a3}{d2}K", chance)
        + inner
        + drawn("z{d1}r{d1}L{a3}", chance)
        + chance.choice(["", "'", "\\"])
        + drawn("{d1}h{a1}", chance)
    )


def plus(chance: random.Random) -> str:
    return drawn("{a4}{d2}" + chance.choice("+&%^=") + "{a5}{d1}x", chance)


def odd(chance: random.Random) -> str:
    return drawn(
        chance.choice(["{d1}dm{d1}nR{d1}x!", "Tr{d1}ub{d1}dor&{d1}", "M{d1}nk{d1}yB{d1}zz{d2}", "Kx{d1}!v{a4}Q{d2}z"]),
        chance,
    )


def plain(chance: random.Random) -> str:
    return chance.choice(WORDS) + str(chance.randrange(100, 9999)) + chance.choice(["", "_", "!"])


@dataclass(frozen=True, slots=True)
class Kind:
    """Places in which such values stand."""

    value: Callable[[random.Random], str]
    places: tuple[str, ...]
    is_typed: bool = False


KINDS = {
    "weak, with more behind it": Kind(weak, (
        "password=§ result=49", "DB_PASSWORD=§", 'docker run -e "db_pass=§ env=prod" shop', "login failed: user=anna password=§ host=db1 code=18456",
        "connect host=db user=app password=§ dbname=shop sslmode=require", "ADMIN_PASSWORD=§ ./run.sh --fast", "export SMTP_PASS=§; make mail",
        "level=warn msg=retry passwd=§ attempt=3", "[debug] pwd=§, next=retry", "pass: § # staging", "redis_password: §\nport: 6379",
        "ENV DB_PASSWORD=§ MODE=prod", "net rpc user add bob --password=§ -S dc1", "jdbc:sqlserver://db:1433;user=sa;password=§;encrypt=true",
        "spring.datasource.password=§", "set DB_PASSWORD=§ && node app.js", "FTP_PASSWORD = § ; old server", "wifi_password=§ ssid=office",
    )),
    "weak, said": Kind(weak, (
        "password § on staging", "the password § on staging works", "password is § on the test box", "pw § for the vpn", "passwort § auf dem server",
        "use password § for the import", "password § (staging)", "password: § on prod", "pwd § / user bob", "my password § stopped working",
        "pass § on the old host", "login with password § please", "Passwort: §, bitte testen", "passcode § for the door", "tried password § twice",
    ), is_typed=True),
    "phrases": Kind(phrase, (
        "keyStorePassword=§", "ENV DB_PASSWORD=§", "password: §", "export VAULT_PASSPHRASE=§", "  keystore-password: §", "spring.datasource.password=§",
        "DB_PASSWORD=§\n", "-e MYSQL_ROOT_PASSWORD=§", "javax.net.ssl.trustStorePassword=§", "smtp_passwd = §\nport = 25", "passphrase: §\n", "PGPASSWORD=§ psql -h db",
        "[client]\npassword=§", 'password = "§"', "'password' => '§',", "<password>§</password>", "requirepass §", "GPG_PASSPHRASE=§", "--password=§",
    )),
    "braces": Kind(braced, (
        "password=§", 'SetEnv DB_PASSWORD "§"', "DB_PASSWORD=§", "password: §", 'password = "§"', "password: '§'", '{"password": "§"}', "export ADMIN_PASS='§'",
        "<password>§</password>", '<add key="password" value="§"/>', "spring.mail.password=§", "ENV SMTP_PASSWORD §", "fastcgi_param DB_PASSWORD \"§\";", "--password=§", "pwd=§",
    )),
    "quotes within": Kind(quoted, (
        "password=§", '<property name="x.password">§</property>', "DB_PASSWORD=§", "password: §", "spring.datasource.password=§", "<password>§</password>",
        "smtp_passwd = §", "ADMIN_PASS=§\n", "db.password = §\n", "<smtpPassword>§</smtpPassword>", "redis.password=§\n", "<entry key=\"db.password\">§</entry>",
        "keystore.password=§", "mail.smtp.password=§\r\nmail.smtp.port=25", "ftp_password=§",
    )),
    "signs within": Kind(plus, (
        "mysql_root_password=§", "DB_PASSWORD=§", "password: §", "ansible_become_pass=§", "export PGPASSWORD=§", "spring.datasource.password=§", "smtp_pass = §",
        "db_pass: §", "ldap_bind_password=§", "mysql_root_password: §", "vault_admin_password=§", "REDIS_PASSWORD=§", "grafana_admin_password=§ ansible_port=22", "-e ADMIN_PASSWORD=§", "rabbitmq_password = §",
    )),
    "dialogues and forms": Kind(plain, (
        'expect "assword:"\nsend "§\\r"', 'expect "Password: "\nsend -- "§\\r"', 'expect {\n  "*assword*" { send "§\\n" }\n}', 'expect -re "(?i)passphrase"\nsend "§\\r"', 'expect "*?assword:*"\nsleep 1\nsend "§\\r"',
        'Content-Disposition: form-data; name="password"\n\n§\n--x--', 'Content-Disposition: form-data; name="password"\r\n\r\n§\r\n--x--', 'Content-Disposition: form-data; name="new_password"\nContent-Type: text/plain\n\n§\n--x',
        "Content-Disposition: form-data; name=passwd\n\n§\n--b", 'child.expect("Password:")\nchild.sendline("§")', "child.expect('assword')\nchild.sendline('§')", "p.expect(\"passphrase\")\np.sendline(b\"§\")",
        "spawn ssh anna@host\nexpect \"password\"\nsend \"§\\r\"", 'tn.read_until(b"Password: ")\ntn.write(b"§\\n")', 'tn.read_until(b"password: ")\ntn.write("§" + "\\n")',
    )),
    "tags and emphasis": Kind(odd, (
        "<apiPassword><![CDATA[§]]></apiPassword>", '<wsse:Password Type="#PasswordText">§</wsse:Password>', "*Pass:* §", "**Password:** §", "<password>\n  <![CDATA[§]]>\n</password>", "<db:password>§</db:password>",
        "<Password><![CDATA[§]]></Password>", "*Password*: §", "__Password__: §", "_pw:_ §", "<smtp_pass><![CDATA[§]]></smtp_pass>", "<soap:Password>§</soap:Password>", '<ns2:passwd xsi:type="xsd:string">§</ns2:passwd>', "<b>Password:</b> §", "<strong>Pass</strong>: §",
        "<td>Password</td><td>§</td>", "<dt>Password</dt>\n<dd>§</dd>",
    )),
    "programs": Kind(odd, (
        "plain_text_passwd: §", "smbclient -U 'ACME\\bob%§' //srv/share", "smbclient -U ACME/bob%§ //srv/share", 'rpcclient -U "bob%§" dc1', "net rpc info -U 'bob%§' -S dc1", "smbmap -u bob -p '§' -H dc1", "htpasswd -b -c /etc/nginx/.htpasswd admin §",
        "htpasswd -bc .htpasswd admin §", "htpasswd -c -b -B users bob §", "htpasswd -B -b users bob '§'", "smbget -U bob%§ smb://srv/a", "mount -t cifs //srv/a /mnt -o username=bob,password=§,vers=3.0", "nmblookup -U 'W\\bob%§' x", "winexe -U 'ACME/bob%§' //host cmd", "users:\n  - name: bob\n    plain_text_passwd: '§'\n    lock_passwd: false",
        "mosquitto_passwd -b /etc/pw bob §",
    )),
    "languages": Kind(odd, (
        "our $PASSWORD = q{§};", "my $pass = q(§);", "my $password = qq{§};", "my $pw = q/§/;", 'client.get(u).basic_auth("bob", Some("§"))', '.basic_auth("bob", Some("§".to_string()))', 'req.basic_auth("bob", Some(String::from("§")))', 'ks.load(in, "§".toCharArray());', 'keyStore.load(stream, "§".toCharArray())',
        'new PasswordAuthentication("bob", "§".toCharArray())', 'char[] password = "§".toCharArray();', 'kmf.init(ks, "§".toCharArray());', 'new PBEKeySpec("§".toCharArray(), salt, 1000, 256)', 'password = %q(§)', "password = %q{§}", 'PASSWORD = r"§"', "let password = #\"§\"#;", 'val password = """§"""', "DB_PASSWORD = ~s(§)",
    )),
    "beside a user": Kind(plain, (
        "(admin/§)", "use (root/§) for now", "[admin/§]", "(user: admin/§)", "log in (admin / §)", "creds admin/§", "(deploy:§)", "(postgres/§) on db2", "staging (admin/§)", "log in with admin/§", "router login: admin/§", "(guest/§)", "default login admin/§", "(sa/§)", "the box (ubuntu/§) is up",
    ), is_typed=True),
    "sentences": Kind(weak, (
        "a senha é §, pode testar?", "a senha do banco é §, ok?", "mdp : §", "le mdp est §", "mot de passe : §", "la contraseña es §, gracias", "user bob / pass §", "user: bob / pass: §", "login bob / pw §", "username bob, password §", "user bob password §", "la password è §", "das Passwort ist §, bitte ändern", "het wachtwoord is §, test je?", "hasło: §", "heslo je §",
    ), is_typed=True),
    "phrases, said": Kind(lambda chance: phrase(chance, "-", 4), (
        "user bob / pass §", "pass: §", "password is §", "password §", "the pw is §", "login bob / §", "creds: bob / §", "the wifi password is §", "passphrase: §", "new password §", "mdp : §", "user: bob pass: §", "Passwort: §", "password -> §", "use § as the password",
    ), is_typed=True),
    "chats": Kind(odd, (
        "*Password* `§`", "*Password:* `§`", "**Password** `§`", "_password_ `§`", "password :key: §", "password :lock: §", "password :closed_lock_with_key: `§`", "pw :key: §", "- password\n  - §", "* password\n  * §", "- **password**\n  - `§`", "1. password\n   - §", "pass\\_word: §", "db\\_password: §", "pass\\_word = `§`", "*DB_PASSWORD* `§`", "**passwd** — §", "> *Password* `§`", "• Password\n    ◦ §", "password 🔑 §", "password 🔒 `§`", "pass*word*: §",
    ), is_typed=True),
    "nouns written together": Kind(lambda chance: "".join(one.title() for one in chance.sample(WORDS, 2)), (
        "auth: { user: 'a', pass: '§' }", 'HikariConfig().apply { username = "a"; password = "§" }', "mongosh m --username a --password §", 'CREATE USER a IDENTIFIED BY "§";',
        'ssh.AuthMethod{ssh.Password("§")},', 'ks.load(in, "§".toCharArray());', 'req.SetBasicAuth("a", "§")', "  admin_password: §\n", "grafana:\n  adminPassword: §\n", "url_password: §\n",
        "signing.password=§\n", 'ftp_login($c, "a", "§");', "password: Buffer.from('§')", "DB_PASSWORD=§ ./run.sh", 'password = "§"', "{'password': '§'}", '<user name="a" password="§"/>',
    )),
    "compared, handed on and in tables": Kind(odd, (
        'assert.Equal(t, "§", repository.Password)', 'assertEquals("§", polled.get("pwd"));', 'expect(data.password).toBe("§");', "expect(user.password).to eq('§')", 'self.assertEqual(cfg.password, "§")',
        'assertThat(config.getPassword(), equalTo("§"));', 'assertThat(c.getDefaultPassword()).isEqualTo("§");', "User.first.valid_password?('§')", "user.authenticate('§')", 'value: encryptSecret("§"),',
        'Password: &wrapperspb.StringValue{Value: "§"},', "| `DB_PASSWORD` | of the database | - | `§` |", "| db.password | string | `§` | of the database |", 'curl -u ":§" https://h/', "curl --user a:'§' https://h/",
        "mas-cli manage set-password anna § --quiet", "echo § | gcloud secrets create a --data-file=-", 'echo -n "anna:§" | base64', "snmpwalk -v3 -u anna -A § h", "a1 LOGIN anna@acme.example §", "redis://<user>:§@<host>/0",
        "use the password **`§`** for it", "password of the store (defaults to `§`)",
    )),
}  # fmt: skip

LEFT = (
    "changePassword: ScimFeatureSupport", "var SESSION_KEY = 'migration-doc-banner-dismissed';", "let mut guard = self.bearer_token.write().await;", "metadata.ClientSecret = meta.ClientSecret", "expect(document.cookie).toEqual('foo=bar%20baz%25');",
    'outputHash = "sha256-looNiTFlmill23Po4gciA4xc6YMTt0Xyhgi/+QjXxyQ=";', '"value": "rabbitmq-cluster-id-L3YUacYjjlS3nedRsKP9Ig"', "cat << GH_AW_MCP_CONFIG_5abe1f1b30702e25_EOF", "with SMTP id h7-20020a056808014700b003af66e55d3cmr11662458oie.26;",
    "password=@db.password@", "kms_key_arn: arn:aws:kms:eu-west-1:123456789012:key/1b2c3d4e-5f60-4718-9a2b-3c4d5e6f7081", 'token_lifetime = "24h0m0s"', "fastcgi_pass unix:/run/php/php8.2-fpm.sock;",
    "password:function(e){return e.value},", 'tokenRow:"TokenRow_row__2dYh1"', "<Token: 0x7f3a1c2b9d40>", "mysql -u root -p shop_prod_2024", "password = config.get.value", "password=settings.database.default.password", "password: this.form.controls.password,", "password = self.config.db.password",
    "secret_arn: arn:aws:secretsmanager:eu-west-1:123456789012:secret:shop/db-AbC123", "role_key: arn:aws-cn:iam::123456789012:role/shop-2a", "token_ttl: 1h30m15s", "secret_rotation = \"720h0m0s\"", "proxy_pass http://10.0.0.7:8080;", "uwsgi_pass unix:///run/app2.sock;", "scgi_pass 127.0.0.1:4000;", "grpc_pass grpc://backend2:50051;",
    "password:function(){}", "token:async(e,t)=>{t(e)}", "password:(e)=>e.trim(),", "secretBox:\"SecretBox_box__9kLm3\"", "password:\"Password_input__1aB2c\"", "<Password: 0x10f2ab3c0>", "<Secret at 0x7f1e2d3c4b5a>", "mysqldump -u app -p orders_2023", "mariadb -u root -p shop2", "token=@build.token2@", "password: ${db.password}", "password = user.profile.password.value",
    "password = request.POST.password", "password=args.db.password", "  password: config.database.password", "password = password_hash_of_user", "db_password: get_password_from_vault", "password = read_password_from_env", 'password = "config.database.password"', "api.password=ui.settings.password.label", "expect(page.password).toBe(user.name)", "password: body.new_password_confirmation,",
    'password_label: "enter_your_new_password"', "smbclient -U bob //srv/share2", "htpasswd -c /etc/nginx/.htpasswd admin2", 'expect "login:"\nsend "anna2024\\r"', 'name="comment"\n\nabc12345', "see (src/app2) for it", "(admin/users2.html)", "root/bin2/run", "user bob / pass the salt", "<td>Password</td><td>required</td>",
)  # fmt: skip

VENDORS = {
    "no vendor that is listed": ("k2sk_v1_{a32}", "polar_oat_{a36}", "pina_{a26}", "apk_user_{b96}="),
    "crates.io": ("cio{a32}",),
    "Weights & Biases": ("wandb_v1_{a27}_{a49}",),
    "Mercado Pago": ("APP_USR-{d16}-{d6}-{h32}-{d9}", "TEST-{d16}-{d6}-{h32}-{d9}"),
    "Logfire": ("pylf_v1_us_{a44}", "pylf_v2_eu_{a44}"),
    "Segment": ("sgp_{a64}",),
    "Inngest": ("signkey-prod-{h64}", "signkey-branch-{h32}"),
    "Zuplo": ("zpka_{h32}_{h8}",),
    "New Relic": ("eu01xx{h30}NRAL", "eu01xx{h26}FFFFNRAL", "{h32}FFFFNRAL"),
}
