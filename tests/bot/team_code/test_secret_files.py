"""Files that are the usual homes of secrets are never read, under their own names, and as copies; what only sounds like one is."""

from __future__ import annotations

import itertools

import pytest

from bot.capabilities.team_code.secret_files import is_secret

SECRET = """
.env~ .env_prod .env-prod env.production env.staging env.local deploy/.env.backup .envrc.bak .env.1 .env.2024 a/.env.local~
.bash_history .zsh_history .psql_history .mysql_history .python_history .node_repl_history
passwords.txt password.txt db_password.txt root-password.txt secret.txt secrets.txt jwt_secret.txt token.txt slack-token.txt
api_keys.txt my-api-key.txt keys.txt .npm_token .github_token .gitlab-token .rediscli_auth .token .secret .password
chap-secrets pap-secrets .curlrc _curlrc .wgetrc .msmtprc .fetchmailrc .muttrc .netrc.old .pgpass~
deploy_rsa github_ed25519 ssh_host_rsa_key ssh_host_ed25519_key deploy_key ci-deploy-key id_rsa.old server.key.bak
wg0.conf wg12.conf etc/wireguard/home.conf rootkey.csv prod_accessKeys.csv bob-access-keys.csv
android/key.properties keystore.properties .m2/settings.xml settings-security.xml .gradle/gradle.properties
.subversion/auth/svn.simple/12ab sftp-config.json .vscode/sftp.json .config/hub WinSCP.ini .vnc/passwd .cvspass
.config/gcloud/application_default_credentials.json .azure/accessTokens.json .databrickscfg kaggle.json
gshadow master.passwd tomcat-users.xml unattend.xml .erlang.cookie terraform.tfvars.old prod.tfstate.backup
"""

PLAIN = """
.env.example .env_example .env-sample env.py env.ts src/env/production.ts environment.ts .environment.md
tokens.css tokens.json special_tokens.txt tokenizer.txt secret.py secrets.py password.go passwords.html test_password.py
history.md bash_history.py HISTORY.txt CHANGELOG.old.md keys.py keys.ts keys.json api_keys.md
wg.conf nginx.conf rsa.py crypto_rsa.go id.txt deploy.sh deploy_keys.md settings.xml gradle.properties
gradle/wrapper/gradle-wrapper.properties app.properties curlrc.md README.old config.json.bak data.csv auth.py auth.ts
tomcat.xml hub.go config/hub.rb .gitignore .editorconfig .prettierrc .babelrc .dockerignore src/vault.py v1.2 notes.1
"""


@pytest.mark.parametrize("path", SECRET.split())
def test_the_usual_home_of_a_secret_is_not_read(path: str) -> None:
    assert is_secret(path)
    assert is_secret(f"deep/down/{path}")


@pytest.mark.parametrize("path", PLAIN.split())
def test_what_only_sounds_like_one_is_read(path: str) -> None:
    assert not is_secret(path)


@pytest.mark.parametrize("path", [".env", "id_rsa", "secrets.yml", ".npmrc", "my.cnf", "tls.key", "prod.tfvars"])
def test_a_copy_of_one_is_one_and_a_copy_of_a_copy(path: str) -> None:
    ends = ("~", ".bak", ".backup", ".old", ".orig", ".save", "_old", "-copy", ".swp", ".1", ".20240131")

    assert [end for end in ends if not is_secret(path + end)] == []
    assert [ends for ends in itertools.product(ends, repeat=2) if not is_secret(path + "".join(ends))] == []
