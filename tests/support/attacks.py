"""Every operation with ids that the caller may not know of: the answers must tell nothing.

Each attack is asked twice, with ids of the victims and with ids of nothing at all; both answers
must be the same. Attackers are people of another tenant, and those of the same one who are not, or
no longer, in the room.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.support.scenes import (
    CANARY,
    KINDS,
    MESSAGE,
    OWN,
    ROOM,
    SPACE,
    TENANT,
    USER,
    Attacker,
    Ids,
    Json,
    Scene,
)

# Operations on a room. Who is not in it is told that there is nothing.
ON_ROOMS: tuple[tuple[str, Json], ...] = (
    ("message.send", {"roomId": ROOM, "clientId": "c", "body": "x"}),
    ("message.send", {"roomId": ROOM, "clientId": "c", "body": "x", "replyTo": MESSAGE}),
    ("message.send", {"roomId": ROOM, "clientId": "c", "body": "x", "mentions": ["ann"]}),
    ("message.send", {"roomId": ROOM, "clientId": "c-of-ann", "body": "x"}),
    ("message.send", {"roomId": OWN, "clientId": "c", "body": "x", "replyTo": MESSAGE}),
    ("message.edit", {"roomId": ROOM, "messageId": MESSAGE, "body": "x"}),
    ("message.edit", {"roomId": OWN, "messageId": MESSAGE, "body": "x"}),
    ("message.delete", {"roomId": ROOM, "messageId": MESSAGE}),
    ("message.delete", {"roomId": OWN, "messageId": MESSAGE}),
    ("message.react", {"roomId": ROOM, "messageId": MESSAGE, "emoji": "👍", "on": True}),
    ("message.react", {"roomId": ROOM, "messageId": MESSAGE, "emoji": "👍", "on": False}),
    ("message.react", {"roomId": OWN, "messageId": MESSAGE, "emoji": "👍", "on": True}),
    ("message.history", {"roomId": ROOM}),
    ("message.history", {"roomId": ROOM, "after": 0, "limit": 1}),
    ("message.history", {"roomId": ROOM, "before": 2}),
    ("receipt.delivered", {"roomId": ROOM, "seq": 1}),
    ("receipt.read", {"roomId": ROOM, "seq": 1}),
    ("typing.start", {"roomId": ROOM}),
    ("typing.stop", {"roomId": ROOM}),
    ("room.get", {"roomId": ROOM}),
    ("room.update", {"roomId": ROOM, "name": "mine"}),
    ("room.update", {"roomId": ROOM}),
    ("room.leave", {"roomId": ROOM}),
    ("room.mute", {"roomId": ROOM, "muted": True}),
    ("room.addMember", {"roomId": ROOM, "userId": "mal"}),
    ("room.addMember", {"roomId": ROOM, "userId": "ann", "role": "member"}),
    ("room.removeMember", {"roomId": ROOM, "userId": "ann"}),
    ("room.removeMember", {"roomId": ROOM, "userId": "mal"}),
)
# Operations whose answer is no refusal: the same as for what does not exist all the same.
ON_ROOMS_QUIETLY: tuple[tuple[str, Json], ...] = (
    ("sync.start", {"rooms": {ROOM: {"seq": 0, "rev": 0}}}),
    ("sync.start", {"rooms": {ROOM: {"seq": 1, "rev": 1}}}),
    ("room.list", {}),
    ("presence.heartbeat", {}),
)
# Operations on people, tenants and spaces: those of another tenant are people never seen.
ON_PEOPLE: tuple[tuple[str, Json], ...] = (
    ("message.send", {"toUserId": USER, "clientId": "c", "body": "x"}),
    ("message.send", {"toUserId": USER, "tenantId": TENANT, "clientId": "c", "body": "x"}),
    ("message.send", {"roomId": OWN, "clientId": "c", "body": "x", "mentions": [USER]}),
    ("room.create", {"type": "direct", "memberIds": [USER]}),
    ("room.create", {"type": "direct", "memberIds": [USER], "tenantId": TENANT}),
    ("room.create", {"type": "group", "memberIds": [USER], "clientId": "c"}),
    ("room.create", {"type": "channel", "spaceId": SPACE}),
    ("room.addMember", {"roomId": OWN, "userId": USER}),
    ("room.removeMember", {"roomId": OWN, "userId": USER}),
    ("presence.list", {"userIds": [USER]}),
    ("presence.list", {"userIds": [USER], "tenantId": TENANT}),
    ("presence.list", {"tenantId": TENANT}),
    ("presence.subscribe", {"userIds": [USER]}),
    ("presence.subscribe", {"userIds": [USER], "tenantId": TENANT}),
)
Request = tuple[str, str, Json | None, Json]
REST_ON_ROOMS: tuple[Request, ...] = (
    ("GET", f"/rooms/{ROOM}", None, {}),
    ("PATCH", f"/rooms/{ROOM}", {"name": "mine"}, {}),
    ("PATCH", f"/rooms/{ROOM}", {"muted": True}, {}),
    ("PATCH", f"/rooms/{ROOM}", {}, {}),
    ("GET", f"/rooms/{ROOM}/messages", None, {}),
    ("GET", f"/rooms/{ROOM}/messages", None, {"after": 0}),
    ("POST", f"/rooms/{ROOM}/messages", {"clientId": "c", "body": "x"}, {}),
    ("POST", f"/rooms/{ROOM}/messages", {"clientId": "c-of-ann", "body": "x"}, {}),
    ("POST", f"/rooms/{ROOM}/messages", {"clientId": "c", "body": "x", "replyTo": MESSAGE}, {}),
    ("POST", f"/rooms/{OWN}/messages", {"clientId": "c", "body": "x", "replyTo": MESSAGE}, {}),
    ("POST", f"/rooms/{ROOM}/read", {"seq": 1}, {}),
    ("GET", f"/rooms/{ROOM}/members", None, {}),
    ("GET", f"/rooms/{ROOM}/members", None, {"limit": 1}),
    ("POST", f"/rooms/{ROOM}/members", {"userIds": ["mal"]}, {}),
    ("POST", f"/rooms/{ROOM}/members", {"userIds": ["ann"], "role": "member"}, {}),
    ("DELETE", f"/rooms/{ROOM}/members/ann", None, {}),
    ("DELETE", f"/rooms/{ROOM}/members/mal", None, {}),
)
REST_ON_PEOPLE: tuple[Request, ...] = (
    ("GET", "/rooms", None, {}),
    ("POST", "/rooms", {"type": "direct", "memberIds": [USER]}, {}),
    ("POST", "/rooms", {"type": "group", "memberIds": [USER], "clientId": "c"}, {}),
    ("POST", "/rooms", {"type": "channel", "spaceId": SPACE}, {}),
    ("POST", f"/rooms/{OWN}/members", {"userIds": [USER]}, {}),
    ("DELETE", f"/rooms/{OWN}/members/{USER}", None, {}),
    ("GET", "/unread", None, {}),
    ("GET", "/me", None, {}),
    ("PATCH", "/me", {"readReceipts": True}, {}),
    ("GET", "/presence", None, {"userIds": USER}),
    ("GET", "/presence", None, {"tenantId": TENANT}),
    ("GET", "/users", None, {"q": USER}),
    ("GET", "/users", None, {"q": CANARY, "tenantId": TENANT}),
    ("GET", "/users", None, {"q": "vic"}),
    ("GET", f"/users/{USER}", None, {}),
    ("GET", f"/users/{USER}", None, {"tenantId": TENANT}),
    ("PUT", f"/users/{USER}", {"name": "Mine"}, {"tenantId": TENANT}),
    ("POST", f"/users/{USER}/revoke", None, {"tenantId": TENANT}),
    ("GET", "/tenant/settings", None, {"tenantId": TENANT}),
    ("PUT", "/tenant/settings", {}, {"tenantId": TENANT}),
)


ATTACKERS: dict[str, Attacker] = {
    "of another tenant": Attacker("mal", "globex", kinds=KINDS),
    "of the same name and space": Attacker("ann", "globex", {"spaces": ["north"]}, kinds=KINDS),
    "admin elsewhere": Attacker("mal", "globex", {"role": "tenant_admin"}, kinds=KINDS),
    "service elsewhere": Attacker("mal", "globex", {"role": "service"}, kinds=KINDS),
    "super admin in tenant scope": Attacker("mal", "globex", {"role": "super_admin"}, kinds=KINDS),
    "manager who is no member": Attacker("mal", "globex", {"manages": True}, kinds=KINDS),
    "stranger": Attacker("sam", claims={"spaces": ["south"]}),
    "admin who is no member": Attacker("tad", claims={"role": "tenant_admin"}),
    "service who is no member": Attacker("srv", claims={"role": "service"}),
    "removed": Attacker("gus", before={}, leaves="removed", kinds=("group",)),
    "gone by oneself": Attacker("lea", before={}, leaves="left", kinds=("group",)),
    "without the space any more": Attacker("cho", before={"spaces": ["north"]}, kinds=("channel",)),
}


@dataclass(frozen=True, slots=True)
class Told:
    """What came of the attacks in one scene."""

    tried: int
    problems: list[str]


def frames(scene: Scene) -> Iterator[tuple[str, Json, bool]]:
    """Give every attack by frames: operation, data, and whether it must be refused."""
    for operation, data in ON_ROOMS:
        yield operation, data, True
    for operation, data in ON_ROOMS_QUIETLY:
        yield operation, data, False
    if scene.is_outside:
        for operation, data in ON_PEOPLE:
            if not (scene.asker.caller.spaces and SPACE in data.values()):
                yield operation, data, False


def by_frames(kind: str, attacker: Attacker, *, cold: bool) -> Told:
    """Attack a room by every operation; each in a scene as good as new."""
    first, second = Scene(kind, attacker, cold=cold), Scene(kind, attacker, cold=cold)
    tried, problems = 0, []
    for operation, data, refused in frames(first):
        tried += 1
        foreign, calls = first.tell(operation, first.foreign.fill(data))
        unknown, as_many = second.tell(operation, second.unknown.fill(data))
        ids = (first.foreign, second.unknown)
        found = list(differences(first, (foreign, unknown), ids, refused))
        if calls != as_many:
            found.append(f"took {calls}, not {as_many}")
        problems += [f"{operation} {data}: {problem}" for problem in found]
    return Told(tried, [*problems, *harm(first)])


def differences(
    scene: Scene, told: tuple[Json | None, Json | None], ids: tuple[Ids, Ids], refused: bool
) -> Iterator[str]:
    """Tell what an attacker learns from two answers."""
    foreign, unknown = (each.blank(answer) for each, answer in zip(ids, told, strict=True))
    if foreign != unknown:
        yield f"answered {foreign}, not {unknown}"
    if refused and foreign is not None and foreign.get("error") != "NOT_FOUND":
        yield f"answered {foreign}"
    text = json.dumps(foreign, ensure_ascii=False)
    for secret in (CANARY, scene.room_id, scene.foreign.message):
        if secret in text:
            yield f"told {secret}"


def harm(scene: Scene) -> Iterator[str]:
    """Tell what reached the victims, or changed for them."""
    scene.world.relay()
    scene.world.wait(10)
    for victim in scene.victims:
        for event in scene.world.events_of(victim):
            # Their own presence is announced to them.
            if event["event"] != "presence:update" or "mal" in json.dumps(event):
                yield f"a victim was told {event}"
    if scene.state() != scene.before:
        yield "the room changed"


def scenes() -> Iterator[tuple[str, str, Attacker]]:
    """Give every attacker with every kind of room that they must not see."""
    for name, attacker in ATTACKERS.items():
        for kind in attacker.kinds:
            yield f"{name}, {kind}", kind, attacker
