"""Victims with a room, somebody who is not in it, and the ids that an attack is made with."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from parley.domain.ids import new_message_id, seq_of_message_id
from parley.domain.people import Connection
from tests.support.memory import World

Json = dict[str, Any]

# What stands in an attack for an id of the victims, or of nothing.
ROOM, MESSAGE, USER, SPACE, TENANT = "<room>", "<message>", "<user>", "<space>", "<tenant>"
# What stands for something of the attacker's own.
OWN = "<own room>"
CANARY = "canary"
KINDS = ("group", "direct", "channel", "organization")
OPAQUE = ("roomId", "messageId", "correlationId", "cursor", "epoch", "id")


@dataclass(frozen=True, slots=True)
class Attacker:
    """Somebody who is not in the victims' room.

    Attributes:
        before: Claims with which they were in it, where they were.
        leaves: Takes them out of it again.
        kinds: The rooms that they must not see.
    """

    name: str
    tenant: str = "acme"
    claims: Mapping[str, Any] | None = None
    before: Mapping[str, Any] | None = None
    leaves: str = ""
    kinds: tuple[str, ...] = ("group", "direct", "channel")


@dataclass(frozen=True, slots=True)
class Ids:
    """What the placeholders of an attack stand for."""

    room: str
    message: str
    user: str
    space: str
    tenant: str
    own: str

    def fill(self, template: Any) -> Any:
        """Put these ids into an attack."""
        if isinstance(template, dict):
            return {self.fill(key): self.fill(value) for key, value in template.items()}
        if isinstance(template, list):
            return [self.fill(value) for value in template]
        if not isinstance(template, str):
            return template
        for name, value in self._names.items():
            template = template.replace(name, value)
        return template

    def blank(self, answer: Any) -> Any:
        """Take these ids, and what is different in any two answers, out of an answer."""
        if isinstance(answer, dict):
            return {
                self._blank_text(key): "?" if key in OPAQUE and value else self.blank(value)
                for key, value in answer.items()
            }
        if isinstance(answer, list):
            # Rooms come in the order of their ids.
            return sorted((self.blank(value) for value in answer), key=json.dumps)
        return self._blank_text(answer) if isinstance(answer, str) else answer

    def _blank_text(self, text: str) -> str:
        for name, value in self._names.items():
            text = text.replace(value, name)
        return text

    @property
    def _names(self) -> dict[str, str]:
        return {
            OWN: self.own,
            ROOM: self.room,
            MESSAGE: self.message,
            USER: self.user,
            SPACE: self.space,
            TENANT: self.tenant,
        }


class Scene:
    """Victims with a room, and somebody who is not in it.

    Attributes:
        foreign: Ids of the victims.
        unknown: Ids of nothing.
    """

    def __init__(self, kind: str, attacker: Attacker, *, cold: bool = False) -> None:
        """Set the scene; ``cold``: Redis has just lost everything."""
        limits: Any = {"messages_per_10s": 1_000, "messages_per_minute": 1_000}
        self.world = world = World(**limits)
        self.attacker = attacker
        self.ann = world.person("ann", spaces=["north"])
        self.victims = [self.ann, world.person("victim", spaces=["north"])]
        self.room_id = self._room(kind)
        for name, body in (("c-of-ann", CANARY), ("c-2", f"{CANARY} 2")):
            sent = world.do(self.ann, "message.send", roomId=self.room_id, clientId=name, body=body)
        self._take_out()
        self.asker = self._attacker()
        message_id = sent["message"]["messageId"]
        own = self._own_room()
        people = ("victim", "north", "acme")
        self.foreign = Ids(self.room_id, message_id, *people, own)
        # People of the same tenant may be seen.
        nobody = ("nobody", "nowhere", "void") if self.is_outside else people
        unknown_id = new_message_id(seq_of_message_id(message_id) or 0)
        self.unknown = Ids(self.room_id[:2] + "0" * 32, unknown_id, *nobody, own)
        if cold:
            world.flush_redis()
        world.relay()
        world.settle()
        self.before = self.state()

    def _room(self, kind: str) -> str:
        if kind == "direct":
            data: Json = {"memberIds": ["victim"]}
        elif kind == "group":
            others = [self.attacker.name] if self.attacker.before is not None else []
            data = {"memberIds": ["victim", *others], "name": f"{CANARY} group"}
        elif kind == "channel":
            data = {"spaceId": "north", "name": f"{CANARY} channel"}
        else:
            data = {"name": f"{CANARY} organization"}
        return str(self.world.do(self.ann, "room.create", type=kind, **data)["roomId"])

    def _take_out(self) -> None:
        attacker, world = self.attacker, self.world
        if attacker.before is None:
            return
        was = world.person(attacker.name, attacker.tenant, **attacker.before)
        assert world.do(was, "message.history", roomId=self.room_id)["messages"]
        if attacker.leaves == "removed":
            world.do(self.ann, "room.removeMember", roomId=self.room_id, userId=attacker.name)
        elif attacker.leaves == "left":
            world.do(was, "room.leave", roomId=self.room_id)
        world.app.presence.disconnected(was)

    def _attacker(self) -> Connection:
        attacker = self.attacker
        # Somebody else was seen of that tenant: those of manage scope belong to none.
        self.world.person("zed", "globex")
        return self.world.person(attacker.name, attacker.tenant, **(attacker.claims or {}))

    def _own_room(self) -> str:
        world, asker = self.world, self.asker
        data: Json = {"tenantId": "globex"} if asker.caller.manages else {}
        room = world.do(asker, "room.create", type="group", clientId="own", **data)
        for client_id in ("c-1", "c-2"):
            said = {"roomId": room["roomId"], "clientId": client_id, "body": "own"}
            world.do(asker, "message.send", **said)
        return str(room["roomId"])

    @property
    def is_outside(self) -> bool:
        """Tell whether the attacker belongs to another tenant."""
        return self.attacker.tenant != "acme" and not self.asker.caller.manages

    def state(self) -> Json:
        """Return the room as a victim sees it."""
        room = self.world.do(self.ann, "room.get", roomId=self.room_id)
        return room | self.world.do(self.ann, "message.history", roomId=self.room_id)

    def tell(self, operation: str, data: Json) -> tuple[Json | None, list[str]]:
        """Ask as the attacker; return the answer, and the calls of stores that it took."""
        self.world.out.calls.clear()
        return self.world.tell(self.asker, operation, **data), list(self.world.out.calls)
