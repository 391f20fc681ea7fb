"""Tenants with people and rooms, in which one operation is counted."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime

from parley.domain.ids import ConnectionId, TenantId, UserId, random_room_id
from parley.domain.people import Caller, Connection, Scope
from parley.domain.presence import Status
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.domain.tokens import context_of
from tests.support.cost.cloud import Cloud
from tests.support.cost.people import TOKEN_TTL_S, Person
from tests.support.cost.running import SECRET

# As long as a usual line of chat.
BODY = "Shall we meet at ten in the small room? I will bring the figures."
# Longer than a change of presence waits, and than a connection counts as young.
SETTLED_S = 30.0

_tenants = itertools.count(1)
_messages = itertools.count(1)


@dataclass
class Scene:
    """A tenant that nobody used, and what is in it.

    Attributes:
        people: By name; ``p0`` first.
        room_id: The room, if there is one.
    """

    cloud: Cloud
    tenant: str = field(default_factory=lambda: f"tenant-{next(_tenants):03}")
    people: list[Person] = field(default_factory=list)
    room_id: str = ""

    def person(self, number: int) -> Person:
        """Return somebody who is not connected yet."""
        return Person(self.cloud, self.tenant, f"person-{number:04}", SECRET)

    def come(self, number: int) -> Person:
        """Let somebody connect as clients do, and be announced."""
        person = self.person(number)
        person.come()
        self.people.append(person)
        return person

    def appear(self, numbers: range) -> None:
        """Let many be connected, by the store alone; nobody is told."""
        presence = self.cloud.app.adapters.presence
        presence.note_tenant(TenantId(self.tenant), self.cloud.app.settings.lease_ttl_s)
        for number in numbers:
            person = self.person(number)
            connection = self._connection(person)
            presence.register(connection, Status.ONLINE)
            self.people.append(person)
        self.quieten()

    def _connection(self, person: Person) -> Connection:
        now = self.cloud.clock.now()
        issued_at = int(now.timestamp())
        caller = Caller(
            user_id=UserId(person.name),
            tenant_id=TenantId(person.tenant),
            scope=Scope.TENANT,
            role="member",
            name=person.name.title(),
            expires_at=issued_at + TOKEN_TTL_S,
            issued_at=issued_at,
        )
        person.connection_id = f"Many{person.tenant[-3:]}{person.name[-4:]}d="
        person.connected_ms = int(now.timestamp() * 1_000)
        person.authorizer = {**context_of(caller), "principalId": person.name}
        connected_at = datetime.fromtimestamp(person.connected_ms / 1_000, UTC)
        return Connection(ConnectionId(person.connection_id), caller, connected_at)

    def quieten(self) -> None:
        """Take all changes of presence as told, and let everybody be there for a while."""
        presence, tenant = self.cloud.app.adapters.presence, TenantId(self.tenant)
        self.cloud.drain()
        self.cloud.clock.advance(SETTLED_S)
        while (due := presence.flush(tenant)).changes:
            presence.confirm(tenant, due)
        self.cloud.drain()

    def direct(self) -> None:
        """Let two people have a direct room, with a few messages that warm it."""
        self.come(0)
        self.come(1)
        made = self.people[0].do("room.create", type="direct", memberIds=[self.people[1].name])
        self._warm(str(made["roomId"]))

    def group(self, size: int) -> None:
        """Let so many people, all connected, have a group, with a few messages that warm it."""
        owner = self.come(0)
        members = {UserId(self.person(n).name): MemberRole.MEMBER for n in range(size)}
        members[UserId(owner.name)] = MemberRole.OWNER
        room = Room(
            room_id=random_room_id("group"),
            tenant_id=TenantId(self.tenant),
            type=RoomType.GROUP,
            created_by=UserId(owner.name),
            created_at=self.cloud.clock.now(),
            member_count=size,
            name="All of us",
        )
        # By the store alone: our own API would look whether each one has room for another room.
        self.cloud.app.adapters.rooms.create(Roster(room, members))
        self.cloud.drain()
        self.appear(range(1, size))
        self._warm(str(room.room_id))

    def _warm(self, room_id: str) -> None:
        self.room_id = room_id
        self.quieten()
        for _ in range(2):
            self.say(self.people[0])
        self.cloud.drain()

    def say(self, who: Person) -> dict[str, object]:
        """Send a message that nobody sent before, and return it."""
        said = self.said()
        return dict(who.do("message.send", **said)["message"])

    def said(self) -> dict[str, str]:
        """Return the command of such a message."""
        # As long as the ids of our SDK.
        client_id = f"{next(_messages):032}"
        return {"roomId": self.room_id, "clientId": client_id, "body": BODY}
