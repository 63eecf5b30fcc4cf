"""Models, monitoring, and the forms that belong to no vendor: JWT, password hashes, key files in one line."""

from __future__ import annotations

from bot.writing.secrets.form import SCANNING, Form

GRAFANA = "https://grafana.com/docs/grafana/latest/administration/service-accounts/"
NEW_RELIC = "https://docs.newrelic.com/docs/apis/intro-apis/new-relic-api-keys/"
CRYPT = "https://manpages.debian.org/bookworm/libcrypt-dev/crypt.5.en.html"

WATCHING = (
    Form("Anthropic key", r"sk-ant-[A-Za-z0-9_\-]{16,}", "sk-ant-", "https://docs.claude.com/en/api/overview"),
    Form("OpenAI key", r"sk-(?:proj|svcacct|admin|None|service)-[A-Za-z0-9_\-]{20,}|sk-[A-Za-z0-9_\-]{32,}", "sk-", "https://platform.openai.com/docs/api-reference/authentication", is_apart=True),
    Form("OpenAI key", r"[A-Za-z0-9_\-]{16,}T3BlbkFJ[A-Za-z0-9_\-]{16,}", "T3BlbkFJ", "https://platform.openai.com/docs/api-reference/authentication"),
    Form("Hugging Face token", r"hf_[A-Za-z0-9]{30,}|api_org_[A-Za-z0-9]{30,}", "hf_ api_org_", "https://huggingface.co/docs/hub/security-tokens", is_apart=True),
    Form("Replicate token", r"r8_[A-Za-z0-9_\-]{37,}", "r8_", "https://replicate.com/docs/topics/security/api-tokens", is_apart=True),
    Form("Groq key", r"gsk_[A-Za-z0-9]{40,}", "gsk_", "https://console.groq.com/docs/quickstart", is_apart=True),
    Form("Perplexity key", r"pplx-[A-Za-z0-9]{40,}", "pplx-", "https://docs.perplexity.ai/getting-started/quickstart"),
    Form("xAI key", r"xai-[A-Za-z0-9_\-]{60,}", "xai-", "https://docs.x.ai/docs/overview", is_apart=True),
    Form("Together key", r"tgp_v\d_[A-Za-z0-9_\-]{40,}", "tgp_v", "https://docs.together.ai/docs/api-keys-authentication"),
    Form("Fireworks key", r"fw_[A-Za-z0-9]{20,}", "fw_", "https://docs.fireworks.ai/getting-started/quickstart", is_apart=True),
    Form("Voyage key", r"pa-[A-Za-z0-9_\-]{40,}", "pa-", "https://docs.voyageai.com/docs/api-key-and-installation", is_apart=True),
    Form("LangSmith key", r"lsv2_(?:pt|sk)_[a-f0-9]{32}_[a-f0-9]{10}|ls__[a-f0-9]{32}", "lsv2_ ls__", "https://docs.langchain.com/langsmith/create-account-api-key"),
    Form("Weights & Biases key", r"wandb_v1_[A-Za-z0-9_]{40,}", "wandb_v1_", "https://docs.wandb.ai/platform/hosting/iam/authentication"),
    Form("NVIDIA key", r"nvapi-[A-Za-z0-9_\-]{40,}", "nvapi-", "https://docs.api.nvidia.com/"),
    Form("Tavily key", r"tvly-(?:dev-|prod-)?[A-Za-z0-9_\-]{20,}", "tvly-", "https://docs.tavily.com/documentation/quickstart"),
    Form("Jina key", r"jina_[A-Za-z0-9_\-]{50,}", "jina_", "https://jina.ai/reader/"),
    Form("Firecrawl key", r"fc-[a-f0-9]{32}", "fc-", "https://docs.firecrawl.dev/introduction", is_apart=True),
    Form("Cerebras key", r"csk-[a-z0-9]{40,}", "csk-", "https://inference-docs.cerebras.ai/quickstart", is_apart=True),
    Form("RunPod key", r"rpa_[A-Z0-9]{36,}[a-z0-9]*", "rpa_", "https://docs.runpod.io/get-started/api-keys", is_apart=True),
    Form("LlamaCloud key", r"llx-[A-Za-z0-9]{40,}", "llx-", "https://docs.cloud.llamaindex.ai/api_key", is_apart=True),
    Form("E2B key", r"e2b_[a-f0-9]{40}", "e2b_", "https://e2b.dev/docs/api-key"),
    Form("Browserbase key", r"bb_(?:live|test)_[A-Za-z0-9_\-]{20,}", "bb_live_ bb_test_", "https://docs.browserbase.com/"),
    Form("ElevenLabs key", r"sk_[a-f0-9]{48}", "sk_", "https://elevenlabs.io/docs/api-reference/authentication", is_apart=True),
    Form("Clerk or RevenueCat key", r"(?:sk|atk)_[A-Za-z]{26,}", "sk_ atk_", "https://www.revenuecat.com/docs/projects/authentication", is_apart=True),
    Form("DeepL key", r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}:fx", ":fx", "https://developers.deepl.com/docs/getting-started/auth"),
    Form("Logfire token", r"pylf_v[0-9]{1,2}_[a-z]{2,10}_[A-Za-z0-9]{20,}", "pylf_v", "https://www.pulumi.com/registry/packages/logfire/installation-configuration/"),
    Form("Segment token", r"sgp_[A-Za-z0-9]{64}", "sgp_", SCANNING),
    Form("New Relic key", r"NR(?:AK|II|IQ|RA|JS|BR)-[A-Za-z0-9\-]{17,}|[A-Fa-f0-9]{36}NRAL|[a-z]{2}[0-9]{2}xx[A-Fa-f0-9]{30}NRAL", "NRAK- NRII- NRIQ- NRRA- NRJS- NRBR- NRAL", NEW_RELIC, is_apart=True),
    Form("Grafana token", r"gl(?:c|sa)_[A-Za-z0-9+/_]{30,}={0,3}|eyJrIjoi[A-Za-z0-9+/]{40,}={0,3}", "glc_ glsa_ eyJrIjoi", GRAFANA),
    Form("Sentry token", r"sntry[sua]_[A-Za-z0-9+/=_\-]{40,}", "sntrys_ sntryu_ sntrya_", "https://docs.sentry.io/account/auth-tokens/"),
    Form("Honeycomb key", r"hc[abx][im]k_[a-z0-9]{50,}|hc[a-z]ik_[a-z0-9]{50,}", "hcaik_ hcbik_ hcxik_ hcamk_ hcxmk_ hcbmk_ hccik_ hcdik_", "https://docs.honeycomb.io/configure/environments/manage-api-keys/"),
    Form("Dynatrace token", r"dt0[a-z]\d\d\.[A-Za-z0-9]{8,24}(?:\.[A-Za-z0-9]{60,})", "dt0", "https://docs.dynatrace.com/docs/manage/identity-access-management/access-tokens-and-oauth-clients/access-tokens"),
    Form("Axiom token", r"xa[ap]t-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}", "xaat- xapt-", "https://axiom.co/docs/reference/tokens"),
    Form("PostHog key", r"ph[cxsr]_[A-Za-z0-9]{40,}", "phc_ phx_ phs_ phr_", "https://posthog.com/docs/api", is_apart=True),
    Form("Checkly key", r"cu_[a-f0-9]{32}", "cu_", "https://www.checklyhq.com/docs/accounts-and-users/creating-api-key/", is_apart=True),
    Form("FullStory key", r"(?:na1|eu1)\.[A-Za-z0-9+/]{60,}", "na1. eu1.", "https://developer.fullstory.com/server/authentication/", is_apart=True),
    Form("Sumo Logic address", r"sumologic\.(?:com|net)/receiver/v1/http/([A-Za-z0-9_\-=]{40,})", "/receiver/v1/http/", "https://help.sumologic.com/docs/send-data/hosted-collectors/http-source/"),
    Form("Logtail, Helicone or Langfuse key", r"(?:sk|pk)-(?:lf|helicone)-[A-Za-z0-9\-]{20,}", "-lf- -helicone-", "https://langfuse.com/docs/api-and-data-platform/features/public-api"),
    Form("JWT", r"eyJ[A-Za-z0-9_\-]{8,}={0,2}\.eyJ?[A-Za-z0-9_\-]{8,}={0,2}(?:\.[A-Za-z0-9_\-/+]{10,}={0,2})?", "eyJ", "https://www.rfc-editor.org/rfc/rfc7519"),
    Form("JWT", r"ZXlK[A-Za-z0-9+/_\\\-]{40,}={0,2}", "ZXlK", "https://www.rfc-editor.org/rfc/rfc7519"),
    Form("encrypted JWT", r"eyJ[A-Za-z0-9_\-]{15,}\.[A-Za-z0-9_\-]*\.[A-Za-z0-9_\-]{8,}\.[A-Za-z0-9_\-]{16,}\.[A-Za-z0-9_\-]{16,}", "eyJ", "https://www.rfc-editor.org/rfc/rfc7516"),
    Form("PASETO", r"v[1-4]\.(?:local|public)\.[A-Za-z0-9_\-]{40,}", ".local. .public.", "https://github.com/paseto-standard/paseto-spec"),
    Form("private key", r"LS0tLS1CRUdJTi(?:BSU0EgUFJJVkFURS|BQUklWQVRF|BFQyBQUklWQVRF|BPUEVOU1NIIFBSSVZBVEUg|BFTkNSWVBURUQg|BEU0EgUFJJVkFURS)[A-Za-z0-9+/=]{40,}", "LS0tLS1CRUdJTi", "https://www.rfc-editor.org/rfc/rfc7468"),
    Form("age key", r"AGE-(?:SECRET-KEY|PLUGIN-[A-Z0-9]+)-1[0-9A-Z]{40,}", "AGE-SECRET-KEY-1 AGE-PLUGIN-", "https://github.com/C2SP/C2SP/blob/main/age.md"),
    Form("password hash", r"\$(?:2[abxy]?|1|5|6|apr1|y|gy|7|sha1|md5)\$[./A-Za-z0-9$,=]{20,120}|\$argon2(?:id|i|d)\$v=\d+\$[A-Za-z0-9,=+/$]{30,}", "$2 $1$ $5$ $6$ $apr1$ $y$ $gy$ $7$ $argon2", CRYPT),
    Form("password hash", r"pbkdf2_sha\d+\$\d+\$[A-Za-z0-9]{8,}\$[A-Za-z0-9+/=]{24,}|\$pbkdf2-sha\d+\$\d+\$[A-Za-z0-9./+=]{8,}\$[A-Za-z0-9./+=]{20,}|\{S?SHA\d*\}[A-Za-z0-9+/=]{24,}|scrypt:\d+:\d+:\d+\$[A-Za-z0-9]+\$[a-f0-9]{40,}|SCRAM-SHA-256\$\d+:[A-Za-z0-9+/=]+\$[A-Za-z0-9+/=:]{40,}", "pbkdf2 {SHA {SSHA scrypt: SCRAM-SHA-256", CRYPT),
    Form("NTLM hash", r"[^\s:]{1,64}:\d{1,6}:([0-9a-f]{32}:[0-9a-f]{32}):::", ":::", "https://learn.microsoft.com/en-us/windows-server/security/kerberos/ntlm-overview"),
    Form("Ansible vault", r"\$ANSIBLE_VAULT;[0-9.]+;AES256[^\n]*", "$ANSIBLE_VAULT;", "https://docs.ansible.com/ansible/latest/vault_guide/vault_encrypting_content.html"),
    Form("WireGuard key", r"(?i)(?:PrivateKey|PresharedKey)\s*=\s*([A-Za-z0-9+/]{42,43}=)", "PrivateKey PresharedKey privatekey presharedkey", "https://www.wireguard.com/quickstart/"),
    Form("one-time password address", r"otpauth://[a-z]{4}/[^\s\"'<>]{0,200}?secret=([A-Z2-7a-z]{16,})", "otpauth://", "https://github.com/google/google-authenticator/wiki/Key-Uri-Format"),
    Form("Bitcoin key", r"(?:xprv|yprv|zprv|tprv)[1-9A-HJ-NP-Za-km-z]{100,}", "xprv yprv zprv tprv", "https://github.com/bitcoin/bips/blob/master/bip-0032.mediawiki", is_apart=True),
    Form("Cursor, Weaviate or Lakera key", r"key_[a-f0-9]{64}|lk(?:ra)?_[a-f0-9]{60,}", "", SCANNING, is_apart=True),
)  # fmt: skip
