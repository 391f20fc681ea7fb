"""What clients see of replies and events: complete, and for every operation that is replied to."""

import pytest

from parley.protocol.commands import ONE_WAY_ACTION, OPERATIONS
from parley.protocol.views import EVENTS, REPLIES, MessageView, RoomView


def test_every_operation_is_replied_to_but_typing() -> None:
    unanswered = OPERATIONS.keys() - REPLIES.keys()
    assert unanswered == {name for name in OPERATIONS if name.startswith(f"{ONE_WAY_ACTION}.")}
    assert REPLIES.keys() <= OPERATIONS.keys()


def test_the_events_are_those_of_the_contract() -> None:
    assert set(EVENTS) == {
        "message:new",
        "message:updated",
        "message:deleted",
        "receipt:update",
        "typing:update",
        "room:updated",
        "room:removed",
        "presence:update",
        "bye",
    }


@pytest.mark.covers("C-78")
def test_a_message_and_a_room_have_the_fields_of_the_contract() -> None:
    assert [field.alias for field in MessageView.model_fields.values()] == [
        "messageId", "roomId", "seq", "rev", "clientId", "senderId", "senderName", "type", "body",
        "attachments", "replyTo", "mentions", "reactions", "createdAt", "editedAt", "deletedAt",
        "truncated",
    ]  # fmt: skip
    assert [field.alias for field in RoomView.model_fields.values()] == [
        "roomId", "tenantId", "type", "name", "spaceId", "createdBy", "createdAt", "lastSeq", "rev",
        "lastMessage", "memberCount", "members", "me",
    ]  # fmt: skip
