"""Vendors whose secrets have no form of their own: any row of great disorder counts behind a name that holds the vendor's word."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

from bot.writing.secrets.engine import compiled, literals
from bot.writing.secrets.values import HEX, UUID, is_random

VENDORS = frozenset(
    (
        b"ably adafruit adobe agora airtable algolia alibaba aliyun artifactory asana assemblyai atlassian auth0 azure beamer "
        b"binance bintray bitbucket bittrex bluemix bugsnag cargo cloudflare codecov codefresh cognitive cohere coinbase "
        b"configcat confluence confluent contentful contribsys crates datadog deepgram discord drone droneci dropbox etsy "
        b"facebook fastly finicity finnhub flickr freshbooks gitter gocardless hcloud heroku hetzner honeycomb hubspot ibm "
        b"ibmcloud intercom jfrog jira kraken kucoin launchdarkly linear linkedin linode lob looker mailchimp mailgun mailjet "
        b"mapbox mattermost maxmind meraki messagebird mixpanel modal netlify newrelic newyorktimes nexmo ngrok nytimes ocp okta "
        b"opsgenie plaid postmark privateai pusher rapidapi relic rollbar routingkey scaleway scw sendbird sentry shodan sidekiq "
        b"snyk sonar sourcegraph splunk spotify squarespace sumo sumologic telegram telnyx travis trello twilio twitch twitter "
        b"unleash uptimerobot vault vonage vultr wandb xray yandex zendesk zoom "
    ).split()
)
"""Of https://docs.gitguardian.com/secrets-detection/secrets-detection-engine/detectors/supported_credentials and
https://github.com/trufflesecurity/trufflehog/tree/main/pkg/detectors, those whose detectors look for such a word."""

LONG = compiled(literals(" ".join(word.decode() for word in VENDORS if len(word) > 5)))
"""Those that count within a longer word, too."""

ROW = compiled(r"[A-Za-z0-9_\-+/=.]{16,180}|[\w\-]{4,12}\.[\w\-]{4,12}:[\w\-]{20,80}")
HEX_SIZES = (24, 32, 37, 40, 64)
"""How many hexadecimal digits the vendors' keys have."""


def vendor_of(words: Sequence[bytes]) -> bytes:
    """The vendor whom a name of these words names; empty for none."""
    for word in (*words, *map(b"".join, itertools.pairwise(words))):
        if word in VENDORS:
            return word
    return next((found[0] for word in words if (found := LONG.search(word))), b"")


def is_of_vendor(said: bytes, *, is_key: bool) -> bool:
    """`is_key`: something besides the vendor's word says so; else a UUID is an id."""
    if UUID.fullmatch(said):
        return is_key
    return bool(ROW.fullmatch(said)) and is_random(said) and (not HEX.fullmatch(said) or len(said) in HEX_SIZES)


def named(vendor: bytes) -> str:
    """What a mark says."""
    return f"{vendor.decode().capitalize()} key"
