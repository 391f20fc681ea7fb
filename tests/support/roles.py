"""Rooms with people in every role, and tables of what each of them may do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from parley.domain.people import Connection
from tests.support.memory import World

Json = dict[str, Any]
LIMITS: Any = {"messages_per_10s": 1_000, "messages_per_minute": 1_000}
# What a refusal is called in the tables.
WORDS = {
    "FORBIDDEN": "forbidden",
    "NOT_FOUND": "absent",
    "CONFLICT": "conflict",
    "VALIDATION_ERROR": "invalid",
}

# Who is who; claims of their tokens. All but the last are of tenant "acme".
CLAIMS: Mapping[str, Json] = {
    "owner": {"spaces": ["north"]},
    "member": {"spaces": ["north"]},
    "tenant_admin": {"spaces": ["north"], "role": "tenant_admin"},
    "service": {"spaces": ["north"], "role": "service"},
    "super_admin": {"spaces": ["north"], "role": "super_admin"},
    "manager": {"manages": True},
    "stranger": {},
    "removed": {},
    "has left": {},
    "lost the space": {"spaces": ["south"]},
    "tenant_admin outside": {"role": "tenant_admin"},
    "service outside": {"role": "service"},
    "manager outside": {"manages": True},
    "other tenant": {"tenant": "globex", "spaces": ["north"]},
    "other tenant_admin": {"tenant": "globex", "spaces": ["north"], "role": "tenant_admin"},
}
# A member whom nobody asks as.
BYSTANDER = "bystander"
INSIDE = ("owner", "member", "tenant_admin", "service")


@dataclass(frozen=True, slots=True)
class Table:
    """What each role may do, in words.

    Attributes:
        rows: By operation and variant: a word for each role.
    """

    rows: Mapping[tuple[str, str], Mapping[str, str]]

    @property
    def operations(self) -> set[str]:
        """Return what the rows are about, without their variants."""
        return {operation for operation, _ in self.rows}


def tables(page: str) -> dict[str, Table]:
    """Read the tables of docs/permissions.md, by heading.

    A row with a cell too few, too many, or empty is an error, and so is one that is there twice.
    """
    found = {}
    for section in page.split("\n## ")[1:]:
        lines = [line for line in section.splitlines() if line.startswith("|")]
        head, _, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)
        read = {_row(name): dict(zip(head[1:], cells, strict=True)) for name, *cells in rows}
        assert len(read) == len(rows), "a row is there twice"
        assert all(all(cells.values()) for cells in read.values()), "a cell is empty"
        found[section.splitlines()[0]] = Table(read)
    return found


def _row(name: str) -> tuple[str, str]:
    _, operation, variant = name.split("`")
    return operation, variant.strip()


class Cast:
    """A room of one kind, with people of every role in it and around it."""

    def __init__(self, kind: str) -> None:
        """Let the owner make the room, and everybody in it say something."""
        self.world = World(**LIMITS)
        self.kind = kind
        self.people = {name: self._person(name) for name in (*CLAIMS, BYSTANDER)}
        self.room_id = self._made()
        self.own = {name: self._say(name) for name in self._inside()}
        self.system = self._rename()
        self._take_out()

    def _person(self, name: str) -> Connection:
        claims = dict(CLAIMS.get(name, {}))
        if name == "lost the space":
            claims["spaces"] = ["north"]
        return self.world.person(name, claims.pop("tenant", "acme"), **claims)

    def _inside(self) -> list[str]:
        if self.kind == "group":
            return [*INSIDE, "removed", "has left"]
        if self.kind == "channel":
            return [*INSIDE, "lost the space"]
        return [*INSIDE, "stranger"] if self.kind == "organization" else ["owner", "member"]

    def _made(self) -> str:
        data: Json = {"type": self.kind}
        if self.kind == "group":
            data["memberIds"] = [*self._inside()[1:], BYSTANDER]
        elif self.kind == "direct":
            data["memberIds"] = ["member"]
        elif self.kind == "channel":
            data["spaceId"] = "north"
        return str(self.world.do(self.people["owner"], "room.create", **data)["roomId"])

    def _say(self, name: str) -> str:
        return str(self.world.say(self.people[name], self.room_id)["messageId"])

    def _rename(self) -> str:
        """Leave a system message, where there can be one; return its id, or another one."""
        owner = self.people["owner"]
        if self.kind != "direct":
            self.world.do(owner, "room.update", roomId=self.room_id, name="named")
        history = self.world.do(owner, "message.history", roomId=self.room_id)
        return str(history["messages"][-1]["messageId"])

    def _take_out(self) -> None:
        world, room = self.world, {"roomId": self.room_id}
        if self.kind == "group":
            world.do(self.people["owner"], "room.removeMember", **room, userId="removed")
            world.do(self.people["has left"], "room.leave", **room)
        if self.kind == "channel":
            lost = "lost the space"
            self.people[lost] = world.person(lost, **CLAIMS[lost])
        world.relay()
        world.settle()

    def word_of(self, role: str, operation: str, data: Json) -> str:
        """Ask as somebody; return what came of it, in a word of the tables."""
        self.world.forget_pushes()
        reply = self.world.tell(self.people[role], operation, **data)
        if reply is None:
            heard = any(self._heard(name) for name in self.people if name != role)
            return "heard" if heard else "unheard"
        return "ok" if reply["ok"] else WORDS[reply["error"]]

    def _heard(self, name: str) -> bool:
        return bool(self.world.events_of(self.people[name], "typing:update"))


# What an operation of the tables is asked with, by its row.
Data = Callable[[Cast, str], Json]


def of_room(**data: Any) -> Data:
    """Ask about the room."""
    return lambda cast, role: {"roomId": cast.room_id, **data}


def of_message(which: str, **data: Any) -> Data:
    """Ask about a message: one's ``own``, the owner's or member's (``others``), or ``system``."""

    def asked(cast: Cast, role: str) -> Json:
        other = cast.own["member" if role == "owner" else "owner"]
        messages = {"own": cast.own.get(role, other), "others": other, "system": cast.system}
        return {"roomId": cast.room_id, "messageId": messages[which], **data}

    return asked


def of_user(user: str | None, **data: Any) -> Data:
    """Ask about somebody in the room; None: oneself."""
    return lambda cast, role: {"roomId": cast.room_id, "userId": user or role, **data}


def of_nothing(**data: Any) -> Data:
    """Ask about no room."""
    return lambda cast, role: data
