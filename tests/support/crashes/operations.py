"""Everything that a function can be asked for, as it is asked in a scene."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.support.crashes import happenings
from tests.support.crashes.people import Person
from tests.support.crashes.scene import Scene
from tests.support.devices import Json

# More than one transaction takes.
MANY = [f"p{number:02}" for number in range(60)]

Act = Callable[[Scene], Json]


@dataclass(frozen=True, slots=True)
class Operation:
    """What somebody asks for, or what happens.

    Attributes:
        name: The operation of a frame, method and path of REST, or what happens; those in several
            forms are told apart by a word in brackets.
        function: Who carries it out, as in ``functions/``.
        act: Does it; again, it does the same once more, as a client that got no answer does.
        prepare: Sets the scene for it.
        settings: Those that differ.
        in_parts: It may be done in part: then each part is whole by itself.
        again: What somebody who asks again may be told where it was done already.
        is_repeated: SQS, streams or a schedule repeat it until it succeeds.
    """

    name: str
    function: str
    act: Act
    prepare: Callable[[Scene], object] = Scene.ready
    settings: Mapping[str, Any] = field(default_factory=dict)
    in_parts: bool = False
    again: tuple[str, ...] = ()
    is_repeated: bool = False


def _frame(operation: str, who: str = "ann", **data: object) -> Act:
    """Ask over the connection of ann, who owns the group, or of ben."""

    def act(scene: Scene) -> Json:
        person: Person = getattr(scene, who)
        return person.ask(operation, **scene.fill(data))

    return act


def _rest(method: str, path: str, body: object = None) -> Act:
    return lambda scene: scene.request(scene.ann, method, scene.fill(path), scene.fill(body))


# --- All of it ----------------------------------------------------------------------------------

_GROUP = {"roomId": "<group>"}
_SEND = {**_GROUP, "clientId": "new", "body": "new"}

FRAMES = (
    Operation("message.send", "message", _frame("message.send", **_SEND)),
    Operation(
        "message.send (to somebody)",
        "message",
        _frame("message.send", toUserId="cid", clientId="new", body="new"),
        in_parts=True,
    ),
    Operation(
        "message.send (to a device that is gone)",
        "message",
        _frame("message.send", **_SEND),
        happenings.ben_is_gone,
    ),
    Operation(
        "message.send (into a channel never seen)",
        "message",
        _frame("message.send", "ben", roomId="<channel>", clientId="new", body="new"),
        happenings.unseen_channel,
    ),
    Operation(
        "message.send (into a crowd)",
        "message",
        _frame("message.send", **_SEND),
        happenings.three_listen,
        {"direct_push_max": 1},
    ),
    Operation(
        "message.edit",
        "message",
        _frame("message.edit", **_GROUP, messageId="<one>", body="edited"),
    ),
    Operation("message.delete", "message", _frame("message.delete", **_GROUP, messageId="<one>")),
    Operation(
        "message.react",
        "message",
        _frame("message.react", **_GROUP, messageId="<two>", emoji="🎉", on=True),
    ),
    Operation("message.history", "message", _frame("message.history", **_GROUP)),
    Operation("receipt.delivered", "message", _frame("receipt.delivered", **_GROUP, seq=3)),
    Operation("receipt.read", "message", _frame("receipt.read", **_GROUP, seq=3)),
    Operation(
        "receipt.read (the second in a second)",
        "message",
        _frame("receipt.read", **_GROUP, seq=3),
        happenings.receipt_before,
    ),
    Operation("typing.start", "message", _frame("typing.start", **_GROUP)),
    Operation("typing.stop", "message", _frame("typing.stop", **_GROUP)),
    Operation(
        "room.create (direct)",
        "message",
        _frame("room.create", type="direct", memberIds=["cid"]),
    ),
    Operation(
        "room.create (group)",
        "message",
        _frame("room.create", type="group", memberIds=["ben", "cid"], clientId="new"),
    ),
    Operation(
        "room.create (large group)",
        "message",
        _frame("room.create", type="group", memberIds=["ben", *MANY], clientId="new"),
    ),
    Operation(
        "room.create (channel)",
        "message",
        _frame("room.create", type="channel", spaceId="north", clientId="new"),
    ),
    Operation(
        "room.create (organization)",
        "message",
        _frame("room.create", type="organization", clientId="new"),
    ),
    Operation("room.list", "message", _frame("room.list")),
    Operation("room.list (a page)", "message", _frame("room.list", limit=1), happenings.two_rooms),
    Operation(
        "room.list (never seen)", "message", _frame("room.list", "ben"), happenings.unseen_channel
    ),
    Operation("room.get", "message", _frame("room.get", **_GROUP)),
    Operation(
        "room.get (Redis forgot)", "message", _frame("room.get", **_GROUP), happenings.redis_forgot
    ),
    Operation("room.update", "message", _frame("room.update", **_GROUP, name="renamed")),
    Operation("room.leave", "message", _frame("room.leave", "ben", **_GROUP), again=("NOT_FOUND",)),
    Operation("room.mute", "message", _frame("room.mute", **_GROUP, muted=True)),
    Operation("room.addMember", "message", _frame("room.addMember", **_GROUP, userId="cid")),
    Operation(
        "room.addMember (role)",
        "message",
        _frame("room.addMember", **_GROUP, userId="ben", role="owner"),
    ),
    Operation(
        "room.removeMember",
        "message",
        _frame("room.removeMember", **_GROUP, userId="ben"),
        again=("NOT_FOUND",),
    ),
    Operation("sync.start", "message", _frame("sync.start")),
    Operation("room.list (token ended)", "message", happenings.end, happenings.token_ends),
    Operation("presence.heartbeat", "presence", _frame("presence.heartbeat")),
    Operation("presence.heartbeat (away)", "presence", _frame("presence.heartbeat", status="away")),
    Operation(
        "presence.heartbeat (Redis forgot)",
        "presence",
        _frame("presence.heartbeat"),
        happenings.redis_forgot,
    ),
    Operation("presence.list", "presence", _frame("presence.list")),
    Operation(
        "presence.subscribe", "presence", _frame("presence.subscribe", userIds=["ben", "cid"])
    ),
    Operation(
        "presence.subscribe (Redis forgot)",
        "presence",
        _frame("presence.subscribe", userIds=["ben", "cid"]),
        happenings.redis_forgot,
    ),
)
REST = (
    Operation(
        "POST /rooms/{roomId}/members",
        "http",
        _rest("POST", "/rooms/<group>/members", {"userIds": MANY}),
        in_parts=True,
    ),
    Operation("GET /rooms/{roomId}/members", "http", _rest("GET", "/rooms/<group>/members")),
    Operation("POST /ticket", "http", happenings.ticket),
    Operation("GET /unread", "http", _rest("GET", "/unread")),
    Operation("GET /me", "http", _rest("GET", "/me")),
    Operation("PATCH /me", "http", _rest("PATCH", "/me", {"readReceipts": False})),
    Operation("GET /users", "http", _rest("GET", "/users")),
    Operation("GET /users/{userId}", "http", _rest("GET", "/users/ben")),
    Operation("PUT /users/{userId}", "http", _rest("PUT", "/users/ben", {"name": "Benjamin"})),
    Operation("PUT /users/{userId} (new)", "http", _rest("PUT", "/users/new", {"name": "New One"})),
    Operation("POST /users/{userId}/revoke", "http", _rest("POST", "/users/ben/revoke")),
    Operation("GET /tenant/settings", "http", _rest("GET", "/tenant/settings")),
    Operation(
        "PUT /tenant/settings", "http", _rest("PUT", "/tenant/settings", {"roomsPerUser": 7})
    ),
)
EVENTS = (
    Operation(
        "authorize (ticket)",
        "authorizer",
        happenings.authorize,
        happenings.has_ticket,
        again=("UNAUTHORIZED",),
    ),
    Operation("connect", "connect", happenings.connect),
    Operation(
        "connect (one too many)",
        "connect",
        happenings.connect_again,
        happenings.one_connection_each,
    ),
    Operation("disconnect", "disconnect", happenings.disconnect),
    Operation("sweep (lease ended)", "sweep", happenings.sweep, happenings.lease_ends),
    Operation("sweep (token ended)", "sweep", happenings.sweep, happenings.token_ends),
    Operation(
        "sweep (clearing)",
        "sweep",
        happenings.clear,
        happenings.messages_are_kept_too_long,
        is_repeated=True,
    ),
    Operation("relay", "relay", happenings.relay, happenings.much_is_written, is_repeated=True),
    Operation("flush (presence)", "flush", happenings.flush, happenings.change_due),
    Operation(
        "flush (presence, somebody is gone)",
        "flush",
        happenings.flush,
        happenings.change_due_to_one_who_is_gone,
    ),
    Operation("flush (receipt)", "flush", happenings.flush, happenings.receipt_held),
    Operation(
        "flush (revoked)",
        "flush",
        happenings.flush,
        happenings.revoked_without_redis,
        is_repeated=True,
    ),
    Operation(
        "fanout (shard)",
        "fanout",
        happenings.fan_out,
        happenings.shards_wait,
        settings={"direct_push_max": 1},
        is_repeated=True,
    ),
    Operation(
        "fanout (room)",
        "fanout",
        happenings.fan_out,
        happenings.shards_wait,
        settings={"direct_room_max": 1, "direct_push_max": 1},
        is_repeated=True,
    ),
)
OPERATIONS = (*FRAMES, *REST, *EVENTS)
