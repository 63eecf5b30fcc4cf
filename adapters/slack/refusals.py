"""What Slack's refusals of a post mean: what is lacking, and what is said of it. https://docs.slack.dev/reference/methods/chat.postMessage#errors."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.places import Lack, Refusal
from adapters.slack import phrases
from adapters.slack.calls import SlackRefused

TOO_LONG = ("msg_too_long", "msg_blocks_too_long", "invalid_blocks", "invalid_blocks_format", "block_mismatch")
GONE = ("message_not_found", "thread_not_found", "cant_delete_message")
UNEDITABLE = ("cant_update_message", "edit_window_closed")
NO_FILES = {
    "missing_scope": phrases.no_upload,
    "not_allowed_token_type": phrases.no_upload,
}
"""What is said of uploads that are refused; any other refusal means that they are off."""

NO_ENTRY = (
    "not_in_channel",
    "channel_not_found",
    "is_archived",
    "restricted_action",
    "restricted_action_read_only_channel",
    "restricted_action_thread_only_channel",
    "restricted_action_non_threadable_channel",
    "restricted_action_thread_locked",
    "team_access_not_granted",
    "no_permission",
    "access_denied",
)
NOT_DELETED = ("cant_delete_message", "compliance_exports_prevent_deletion")
NOT_THERE = (*GONE, *NO_ENTRY, "file_not_found", "file_deleted")
"""Of what was to be taken away: nobody sees it any more."""


def meanings(refused: SlackRefused, own_name: str, *, is_direct: bool) -> Iterator[Refusal]:
    """Each thing that may be lacking, the likeliest first. In direct messages whatever is not understood ends it: there is no place
    left. `own_name`: what the channel knows us by."""
    if refused.method.startswith("files."):
        yield Refusal(Lack.FILES, NO_FILES.get(refused.code, phrases.uploads_off)())
    if refused.code in TOO_LONG:
        yield Refusal(Lack.FORM)
    if refused.code in GONE:
        yield Refusal(Lack.QUESTION)
    if refused.code in NO_ENTRY or is_direct:
        yield Refusal(Lack.PLACE, phrases.elsewhere(refused.code, own_name))
