"""Valid data for every operation: with all fields, and which of them are required."""

from typing import Any

ROOM = "g-sgx8390v1ccttexea4xk1rrcwvxt2eq9"
MESSAGE = "0000000000cyegsf803ad"

FULL: dict[str, dict[str, Any]] = {
    "message.send": {
        "roomId": ROOM,
        "clientId": "c1",
        "body": "hi",
        "type": "text",
        "attachments": ["a1"],
        "replyTo": MESSAGE,
        "mentions": ["ben"],
    },
    "message.edit": {"roomId": ROOM, "messageId": MESSAGE, "body": "hi"},
    "message.delete": {"roomId": ROOM, "messageId": MESSAGE},
    "message.react": {"roomId": ROOM, "messageId": MESSAGE, "emoji": "👍🏽", "on": True},
    "message.history": {"roomId": ROOM, "before": 12, "limit": 10},
    "receipt.delivered": {"roomId": ROOM, "seq": 3},
    "receipt.read": {"roomId": ROOM, "seq": 3},
    "typing.start": {"roomId": ROOM},
    "typing.stop": {"roomId": ROOM},
    "room.create": {
        "type": "group",
        "clientId": "c1",
        "memberIds": ["ben"],
        "tenantId": "acme",
        "name": "Lunch",
        "spaceId": "s1",
    },
    "room.list": {"cursor": "WzFd", "limit": 10},
    "room.get": {"roomId": ROOM},
    "room.update": {"roomId": ROOM, "name": "Lunch"},
    "room.leave": {"roomId": ROOM},
    "room.mute": {"roomId": ROOM, "muted": True},
    "room.addMember": {"roomId": ROOM, "userId": "ben", "role": "owner"},
    "room.removeMember": {"roomId": ROOM, "userId": "ben"},
    "presence.heartbeat": {"status": "away"},
    "presence.list": {"userIds": ["ben"], "tenantId": "acme", "cursor": "WzFd"},
    "presence.subscribe": {"userIds": ["ben"], "tenantId": "acme"},
    "sync.start": {"rooms": {ROOM: {"seq": 1, "rev": 0}}, "cursor": "WzFd"},
}
REQUIRED: dict[str, set[str]] = {
    "message.send": {"clientId", "body"},
    "message.edit": {"roomId", "messageId", "body"},
    "message.delete": {"roomId", "messageId"},
    "message.react": {"roomId", "messageId", "emoji", "on"},
    "message.history": {"roomId"},
    "receipt.delivered": {"roomId", "seq"},
    "receipt.read": {"roomId", "seq"},
    "typing.start": {"roomId"},
    "typing.stop": {"roomId"},
    "room.create": {"type"},
    "room.list": set(),
    "room.get": {"roomId"},
    "room.update": {"roomId"},
    "room.leave": {"roomId"},
    "room.mute": {"roomId", "muted"},
    "room.addMember": {"roomId", "userId"},
    "room.removeMember": {"roomId", "userId"},
    "presence.heartbeat": set(),
    "presence.list": set(),
    "presence.subscribe": {"userIds"},
    "sync.start": set(),
}
