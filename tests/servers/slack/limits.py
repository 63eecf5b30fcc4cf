"""What our Slack takes and no more, each figure with where it is from; the product has its own, and neither reads the other's."""

from __future__ import annotations

from dataclasses import dataclass

METHODS = "https://docs.slack.dev/reference/methods"
BLOCKS = "https://docs.slack.dev/reference/block-kit/blocks"
ELEMENTS = "https://docs.slack.dev/reference/block-kit/block-elements"
RATES = "https://docs.slack.dev/apis/web-api/rate-limits"


@dataclass(frozen=True, slots=True)
class Limit:
    """So much at most, the error name where there is more, and where that is written."""

    most: int
    error: str
    source: str


# --- a message --------------------------------------------------------------------------------------------------------

TEXT = Limit(40_000, "msg_too_long", f"{METHODS}/chat.postMessage")
TEXT_IN_ONE = Limit(
    4_000, "", "https://github.com/PostHog/posthog/pull/70581: without blocks it is cut there, at any character"
)
EDITED_TEXT = Limit(4_000, "msg_too_long", f"{METHODS}/chat.update")
MARKDOWN_TEXT = Limit(12_000, "msg_too_long", f"{METHODS}/chat.appendStream")
STREAM = Limit(
    12_000, "msg_too_long", "https://github.com/CopilotKit/CopilotKit/issues/6063: over all appends of a message"
)
PER_MESSAGE = Limit(50, "invalid_blocks", "https://docs.slack.dev/reference/block-kit/blocks")
JSON = Limit(
    12_000,
    "msg_blocks_too_long",
    "https://github.com/slackapi/bolt-js/issues/2509: serialised, between 12,000 and 13,000",
)
MARKDOWN = Limit(12_000, "msg_blocks_too_long", f"{BLOCKS}/markdown-block: over all of a payload")

# --- blocks -----------------------------------------------------------------------------------------------------------

SECTION_TEXT = Limit(3_000, "invalid_blocks", f"{BLOCKS}/section-block")
SECTION_FIELDS = Limit(10, "invalid_blocks", f"{BLOCKS}/section-block")
FIELD_TEXT = Limit(2_000, "invalid_blocks", f"{BLOCKS}/section-block")
HEADER_TEXT = Limit(150, "invalid_blocks", f"{BLOCKS}/header-block")
CONTEXT_ELEMENTS = Limit(10, "invalid_blocks", f"{BLOCKS}/context-block")
ACTIONS_ELEMENTS = Limit(25, "invalid_blocks", f"{BLOCKS}/actions-block")
CONTEXT_ACTIONS_ELEMENTS = Limit(5, "invalid_blocks", f"{BLOCKS}/context-actions-block")
BLOCK_ID = Limit(255, "invalid_blocks", f"{BLOCKS}/section-block")
TABLES = Limit(
    1, "invalid_attachments", f"{BLOCKS}/table-block; as met in https://github.com/openclaw/openclaw/pull/57717"
)
TABLE_ROWS = Limit(100, "invalid_blocks", f"{BLOCKS}/table-block: the first row is the head, and counts")
TABLE_CELLS = Limit(20, "invalid_blocks", f"{BLOCKS}/table-block")
TABLE_TEXT = Limit(10_000, "invalid_blocks", f"{BLOCKS}/table-block")
ACTION_ID = Limit(255, "invalid_blocks", f"{ELEMENTS}/button-element")
BUTTON_TEXT = Limit(75, "invalid_blocks", f"{ELEMENTS}/button-element")
BUTTON_VALUE = Limit(2_000, "invalid_blocks", f"{ELEMENTS}/button-element")
BUTTON_URL = Limit(3_000, "invalid_blocks", f"{ELEMENTS}/button-element")

# --- around an answer -------------------------------------------------------------------------------------------------

LOADING_MESSAGES = Limit(10, "invalid_arguments", f"{METHODS}/assistant.threads.setStatus")
LOADING_MESSAGE = Limit(50, "invalid_arguments", f"{METHODS}/assistant.threads.setStatus")
PROMPTS = Limit(4, "invalid_arguments", f"{METHODS}/assistant.threads.setSuggestedPrompts")
SESSION_TITLE = Limit(200, "invalid_arguments", f"{METHODS}/agents.sessions.setStatus")
FILE_BYTES = Limit(1024**3, "file_upload_size_restricted", f"{METHODS}/files.getUploadURLExternal")
HISTORY = Limit(999, "invalid_limit", f"{METHODS}/conversations.history")
REPLIES = Limit(999, "invalid_limit", f"{METHODS}/conversations.replies")
RESPONSES = Limit(5, "used_url", "https://docs.slack.dev/interactivity/handling-user-interaction#message_responses")
RESPONSE_SECONDS = Limit(
    1_800, "expired_url", "https://docs.slack.dev/interactivity/handling-user-interaction#message_responses"
)
SOCKETS = Limit(10, "too_many_websockets", "https://docs.slack.dev/apis/events-api/using-socket-mode")
ACK_SECONDS = Limit(3, "", "https://docs.slack.dev/apis/events-api#responding")

# --- how often --------------------------------------------------------------------------------------------------------

BURST, WINDOW_SECONDS = 10.0, 60.0
"""Posts of one channel: one a second, and short bursts: the rates page gives no figure for these."""

TIERS = {
    "chat.update": 50,  # tier 3: RATES, as all that follow; the tier stands on each method's page
    "chat.delete": 50,
    "chat.getPermalink": 600,  # a tier of its own, "hundreds a minute"
    "chat.postEphemeral": 100,  # tier 4
    "chat.startStream": 20,  # tier 2
    "chat.stopStream": 20,
    "chat.appendStream": 100,  # tier 4
    "conversations.replies": 50,  # tier 3, for apps of one's own; 1 for others that are sold outside the marketplace
    "conversations.history": 50,
    "users.info": 100,
    "users.list": 20,
    "users.conversations": 50,
    "conversations.info": 50,
    "conversations.members": 100,
    "usergroups.users.list": 20,
    "files.info": 100,
    "files.getUploadURLExternal": 100,
    "files.completeUploadExternal": 100,
    "files.delete": 50,
    "agents.sessions.setStatus": 50,
    "assistant.threads.setStatus": 600,
    "assistant.threads.setTitle": 20,
    "assistant.threads.setSuggestedPrompts": 20,
    "chat.postMessage": 300,  # of a workspace: "several hundred"
}
"""Calls a minute."""
