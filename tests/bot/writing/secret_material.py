"""Made-up secrets in the vendors' documented forms, and the places where people leave them: by a seed, never a real one.

A form is written as its parts: text as it stands, and `{n}` characters of an alphabet; what is drawn is not what the masking looks for,
for neither knows the other's words.
"""

from __future__ import annotations

import random
import re
import string

ALPHABETS = {
    "a": string.ascii_letters + string.digits,
    "l": string.ascii_lowercase + string.digits,
    "U": string.ascii_uppercase + string.digits,
    "h": "0123456789abcdef",
    "d": string.digits,
    "b": string.ascii_letters + string.digits + "+/",
    "s": string.ascii_letters + string.digits + "-_",
    "c": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
}

VENDORS = {
    "AWS access key": "AK" + "IA{c16}",
    "AWS temporary key": "AS" + "IA{c16}",
    "Azure client secret": "{a3}8Q~{s34}",
    "Azure storage": "DefaultEndpointsProtocol=https;AccountName=acme;AccountKey={b86}==;EndpointSuffix=core.windows.net",
    "Azure SAS": "https://acme.blob.core.windows.net/c?sv=2024-11-04&ss=b&sig={a43}%3D",
    "Google API key": "AI" + "za{s35}",
    "Google OAuth": "GOC" + "SPX-{s28}",
    "Google access token": "ya" + "29.{s120}",
    "DigitalOcean": "dop_" + "v1_{h64}",
    "Heroku": "HRKU-" + "AA{s58}",
    "Fly": "fo1_{s43}",
    "Vercel": "vcp_{a56}",
    "Netlify": "nfp_{a40}",
    "Terraform": "{a14}.atlasv1.{s67}",
    "Vault": "hvs.{s95}",
    "Doppler": "dp.pt.{a43}",
    "Pulumi": "pul-{h40}",
    "1Password": "ops_" + "eyJ{b250}",
    "Tailscale": "tskey-" + "auth-{a17}-{a32}",
    "Supabase": "sbp_{h40}",
    "PlanetScale": "pscale_tkn_{s43}",
    "Neon": "napi_{l64}",
    "Databricks": "da" + "pi{h32}",
    "Aiven": "AVNS_{a19}",
    "Pinecone": "pcsk_{a50}",
    "GitHub": "gh" + "p_{a36}",
    "GitHub fine-grained": "github_" + "pat_{a22}_{a59}",
    "GitHub app": "gh" + "s_{a36}",
    "GitLab": "gl" + "pat-{s20}",
    "GitLab runner": "gl" + "rt-{s20}",
    "Bitbucket": "AT" + "BB{a32}",
    "Atlassian": "AT" + "ATT3xFfGF0{s180}={U8}",
    "Sourcegraph": "sgp_{h40}",
    "SonarQube": "squ_{h40}",
    "CircleCI": "CCIPAT_{a22}_{h40}",
    "Buildkite": "bkua_{h40}",
    "npm": "np" + "m_{a36}",
    "PyPI": "pyp" + "i-AgEIcHlwaS5vcmc{s150}",
    "RubyGems": "rubygems_{h48}",
    "NuGet": "oy2{l43}",
    "Docker": "dckr_" + "pat_{s27}",
    "Postman": "PM" + "AK-{h24}-{h34}",
    "LaunchDarkly": "sdk-{h8}-{h4}-{h4}-{h4}-{h12}",
    "Slack bot": "xo" + "xb-{d12}-{d12}-{a24}",
    "Slack app": "xa" + "pp-1-A{U10}-{d13}-{h64}",
    "Slack webhook": "https://hooks.sl" + "ack.com/services/T{U10}/B{U10}/{a24}",
    "Discord": "MT{a22}.G{a5}.{s38}",
    "Discord webhook": "https://disc" + "ord.com/api/webhooks/{d18}/{s68}",
    "Telegram": "{d10}:AA{s33}",
    "Teams webhook": "https://acme.webhook.office.com/webhookb2/{h8}-{h4}-{h4}-{h4}-{h12}@{h8}-{h4}-{h4}-{h4}-{h12}/IncomingWebhook/{h32}/x",
    "Twilio": "S" + "K{h32}",
    "SendGrid": "S" + "G.{s22}.{s43}",
    "Mailgun": "key-{h32}",
    "Mailchimp": "{h32}-us21",
    "Brevo": "xkey" + "sib-{h64}-{a16}",
    "Resend": "re_{a8}_{a24}",
    "Stripe": "sk_" + "live_{a24}",
    "Stripe webhook": "wh" + "sec_{a32}",
    "Square": "sq0" + "csp-{s43}",
    "Plaid": "access-production-{h8}-{h4}-{h4}-{h4}-{h12}",
    "Razorpay": "rzp_" + "live_{a14}",
    "Shopify": "shp" + "at_{h32}",
    "Shippo": "shippo_" + "live_{h40}",
    "Notion": "ntn_{d11}{a35}",
    "Airtable": "pat{a14}.{h64}",
    "Linear": "lin_" + "api_{a40}",
    "Figma": "figd_{s40}",
    "Typeform": "tfp_{s59}",
    "HubSpot": "pat-na1-{h8}-{h4}-{h4}-{h4}-{h12}",
    "Dropbox": "sl.u.{s130}",
    "Facebook": "EA" + "AC{a160}",
    "Anthropic": "sk-" + "ant-api03-{s93}AA",
    "OpenAI": "sk-" + "proj-{s74}T3BlbkFJ{s74}",
    "Hugging Face": "hf_{a34}",
    "Replicate": "r8_{a37}",
    "Groq": "gs" + "k_{a52}",
    "Perplexity": "pplx-{a48}",
    "xAI": "xai-{a80}",
    "LangSmith": "lsv2_" + "pt_{h32}_{h10}",
    "NVIDIA": "nvapi-{s64}",
    "New Relic": "NR" + "AK-{U27}",
    "Grafana": "gl" + "sa_{a32}_{h8}",
    "Sentry": "sntr" + "yu_{h64}",
    "Dynatrace": "dt0" + "c01.{U24}.{U64}",
    "PostHog": "phx_{a43}",
    "JWT": "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiI{a30}.{s43}",
    "age": "AGE-" + "SECRET-KEY-1{U58}",
    "bcrypt": "$2b$12${a53}",
}
"""What each vendor documents of its form; literals stand apart so that no scanner takes this file for a leak."""

WORDED = {
    "algolia": "{l32}", "asana": "{l32}", "cloudflare": "{a40}", "codecov": "{l32}", "cohere": "{a40}", "datadog": "{h32}", "deepgram": "{h40}",
    "discord_client": "{a32}", "dropbox": "{l15}", "facebook_app": "{h32}", "fastly": "{a32}", "heroku": "{h8}-{h4}-{h4}-{h4}-{h12}",
    "jira": "{a24}", "linkedin": "{a16}", "looker": "{l24}", "mattermost": "{l26}", "okta": "00{s40}", "rollbar": "{h32}", "sentry": "{h64}",
    "snyk": "{h8}-{h4}-{h4}-{h4}-{h12}", "splunk": "{h8}-{h4}-{h4}-{h4}-{h12}", "travis": "{a22}", "trello": "{h64}", "twitch": "{l30}",
    "twitter": "{a50}", "zendesk": "{a40}",
}  # fmt: skip
"""Vendors whose secrets have only a length: told by the name before them."""

EVERYDAY = (
    'SECRET_KEY = "§"', 'password: str = "§"', "password: § # rotate in May", "PGPASSWORD=§ psql -h db", "Server=db;User Id=app;Password=§;",
    "<password>§</password>", "ALTER ROLE app PASSWORD '§'", "docker run -e PASSWORD=§ image", "'PASSWORD': '§',", "export API_TOKEN=§",
    'token = "§"', '"clientSecret": "§",', "{user: app, password: §}", "db.password=§", "passwd = §", "  master_password = \"§\"",
    'variable "db_password" {\n  default = "§"\n}', "- name: DB_PASSWORD\n  value: \"§\"", "ENV API_TOKEN=§", "ENV DB_PASS §", "ARG NPM_TOKEN=§",
    "machine api.acme.example login app password §", "db.acme.example:5432:shop:app:§", "//npm.acme.example/:_authToken=§",
    "extra-index-url = https://app:§@pypi.acme.example/simple", "postgres://app:§@db.acme.example/shop", "redis://:§@cache:6379/0",
    "amqp://app:§@mq/", "curl -u app:§ https://api.acme.example", "curl -H 'X-Api-Key: §' https://api.acme.example", "mysql -u root -p§ shop",
    "Authorization: Token §", 'const password = "§";', "password := \"§\"", "let db_password: &str = \"§\";", "config.secret_key = '§'",
    ":password => '§',", "define('DB_PASSWORD', '§');", "'password' => env('DB_PASSWORD', '§'),", 'props.put("password", "§");',
    '<add key="SmtpPassword" value="§" />', '<bean p:username="app" p:password="§"/>', "jdbc:mysql://db/shop?user=app&password=§&useSSL=true",
    'private static final String DB_PASSWORD = "§";', 'val apiToken: String = "§"', "  secret_key_base: \"§\"", ':db-password "§"',
    '$Password = ConvertTo-SecureString "§" -AsPlainText -Force', "CREATE USER app IDENTIFIED BY '§'", "bindpw: §", "requirepass §",
    "java -Dtrust.storePassword=§ -jar app.jar", "sshpass -p '§' ssh deploy@host", "openssl enc -pass pass:§", "app --password=§ --port 5",
    "the staging password is § btw", "pw: §", "-DB_PASSWORD=§", '+  password: "§"', 'os.environ.get("DB_PASSWORD", "§")',
    'db_password: SecretStr = Field(default="§")', '"{\\"password\\": \\"§\\"}"',
)  # fmt: skip

SAID = (
    "the db password was changed to § yesterday",
    "root password has been reset to §",
    "creds are admin / §",
    "Zugangsdaten: admin / §",
    "Das Passwort lautet §",
    "das Kennwort für den Server ist §",
    "Das Passwort wurde auf § geändert",
    "mot de passe : §",
    "hasło: §",
    "le mot de passe du serveur est §",
    "contraseña: §",
    "la password è §",
    "a senha é §",
    "wachtwoord is §",
    "password (staging): §",
    "try admin:§ on the staging box",
    "REDIS_AUTH=§",
    "basic_auth: '§'",
    "new PDO('mysql:host=db', 'root', '§')",
    'new mysqli("db", "root", "§", "shop")',
    "ldap_bind($ldap, 'cn=admin', '§');",
    "vault login §",
    "net user backup § /add",
    "net use Z: \\\\fs\\share § /user:anna",
    "mc alias set s3 https://s3.acme.example minio §",
    "xfreerdp /u:anna /p:§ /v:host",
    "smbclient //fs/share § -U anna",
    'ssh-keygen -t rsa -N "§" -f id',
    'Fernet(b"§")',
    "jwt.sign(claims, '§')",
    "args:\n  - --requirepass\n  - §",
    '["--password",\n "§"]',
    '{"Key": "db.password", "Value": "§"}',
    "token: |\n  §\n  §\nport: 1",
    "//npm.acme.example/:_password=§=",
    "plink -pw § root@host",
)
"""Where people say one: sentences in several languages, and what programs take without a name."""

PLAIN = "Kx{d1}!v{a4}Q{d2}zT{d1}w"
"""Made by a generator, as most are."""

CHOSEN = (
    "Winter({d4})!Xy",
    "hunter2hunter{d1}",
    "pa$$w0rd{d1}",
    "S3cr3t!{d2}",
    "letmein-{d4}",
    "Sommer-battery-{d2}",
    "x{d12}",
    "my-{a12}",
    "{a16}",
)
"""How people make up passwords; by their first word no one can tell them from a placeholder."""

HARMLESS = (
    "password = os.environ['DB_PASSWORD']", "def reset_password(token: str) -> None:", "password: str = Field(min_length=8)",
    'API_KEY = "changeme"', "token = get_token(user)", "if secret is None:", "SECRET_NAME = 'database-password'", "PASSWORD=${PASSWORD}",
    "commit 3fa9c1d2e4b5a697c8d9e0f1a2b3c4d5e6f70819", "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "123e4567-e89b-12d3-a456-426614174000", "https://user:pass@host.example/path", "see https://docs.example/a:b@c",
    "token_url = 'https://auth.example/token'", "password: ${{ secrets.DB_PASSWORD }}", "password: Optional[str] = None", "max_tokens: 8192",
    '"password": "<password>"', "token: <your token>", 'primary_key = "customer_id"', 'cache_key = f"user:{user_id}"',
    "$token = $this->service->createToken($user);", "let data = EmailTokenData::from_json(&x)?;", "api_key: false", "password: !vault |",
    'public_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ0c"', "token_type: bearer", "KEY_LENGTH = 32", "password=password",
    'Password string `json:"password,omitempty"`', 'WithHeader("Authorization", "Token "+c.apiKey)', "passwd: files sss", "pass",
    "// the password is hashed with argon2id before it is stored", '<a class="token" href="#/s:9Alamofire12EventMonitorP16">',
    "match \"/login/set_new_password\" => \"login#set_new_password\",", "password: z.string().min(8).max(255),",
    "the password has been changed", "Das Passwort wurde zurückgesetzt!", "mot de passe oublié ?", "le mot de passe est incorrect",
    "contraseña incorrecta", "credentials: AWS / GCP", "login: see the wiki / onboarding", "Zugang: VPN / Büro", "press key 5 to continue",
    "api key 1 of 3", "REDIS_AUTH=true", "basic_auth: enabled", "new PDO($dsn, $user, $pass)", "vault login -method=oidc",
    "net user anna /add", "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prod/db-AbCdEf", "token: |\n  see below",
    "github.com/aws/aws-sdk-go-v2/credentials v1.19.36 h1:84s5xMme6ENYEdKG8rsbSFFg/ZqkWgYvJt4Uu4iT0yE=", 'autocomplete="current-password"\n:placeholder="Old2"',
    "S3_SECRET=your-s3-secret\nS3_BUCKET=s3-bucket-name", "private token(id1): Promise<Token2>;",
    "for key, value in sorted(tokens.items()):", "resolution: {integrity: sha512-YWWTjgABSKcvs/nWBi9PycY/JiPJqOD4JA6o9Sej2AtvSGarXxKC3OQSk4pAarbd==}",
)  # fmt: skip


def letters(chance: random.Random, count: int, alphabet: str = "a") -> str:
    return "".join(chance.choice(ALPHABETS[alphabet]) for _ in range(count))


def drawn(form: str, chance: random.Random) -> str:
    return re.sub(r"\{(\w)(\d+)\}", lambda found: letters(chance, int(found[2]), found[1]), form)


def secret_of(vendor: str, chance: random.Random) -> str:
    return drawn(VENDORS[vendor], chance)
