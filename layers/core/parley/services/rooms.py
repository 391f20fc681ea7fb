"""Rooms: creating, listing, looking at one (SPEC §4)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from parley import observability
from parley.domain.ids import (
    RoomId,
    TenantId,
    UserId,
    created_room_id,
    is_manage_user,
    random_room_id,
)
from parley.domain.messages import EMPTY_HEAD, Head
from parley.domain.people import Caller, Connection
from parley.domain.rooms import MemberRole, Membership, Room, RoomType, Roster
from parley.domain.text import has_control_characters, normalized
from parley.errors import Conflict, InvalidInput, NotFound
from parley.ports import Clock, RoomStore, UserStore
from parley.protocol import frames
from parley.protocol.commands import CreateRoom, ListRooms, OneRoom
from parley.protocol.fields import Wire
from parley.protocol.views import MemberView, RoomListReply, RoomView
from parley.services.addressing import addressed_tenant, direct_roster, require_place
from parley.services.cursors import decode_cursor, encode_cursor
from parley.services.delivery import Delivery
from parley.services.history import History
from parley.services.policies import Policies
from parley.services.room_access import Entered, RoomAccess
from parley.services.views import (
    MEMBERS_BYTES,
    PAGE_BYTES,
    activity,
    member_views,
    my_room_view,
    room_view,
)

MAX_SHOWN_MEMBERS = 100

V = TypeVar("V", bound=Wire)


@dataclass(frozen=True, slots=True)
class Rooms:
    """Creates rooms and shows them."""

    access: RoomAccess
    rooms: RoomStore
    users: UserStore
    history: History
    delivery: Delivery
    clock: Clock
    policies: Policies

    def create(self, connection: Connection, command: CreateRoom) -> RoomView:
        """Make a room, or return the one that this command made before."""
        self.access.count(connection, self.policies.of(connection.caller).request)
        caller = connection.caller
        if command.type == "direct":
            roster = self._direct(caller, command)
        elif command.type == "group":
            roster = self._group(caller, command)
        else:
            raise InvalidInput.at("data.type", "is not offered by this server yet")
        require_place(
            self.rooms,
            caller,
            roster.room.room_id,
            self.policies.of(caller).rooms_per_user,
        )
        created = self.rooms.create(roster)
        entered = self.access.enter(connection, created.room_id)
        if created == roster.room:
            self._tell(connection, entered)
        observability.info(
            "room_created", tenant_id=created.tenant_id, room_id=created.room_id, type=created.type
        )
        return self.show(connection, entered)

    def get(self, connection: Connection, command: OneRoom) -> RoomView:
        """Return a room with up to 100 of its members."""
        entered = self.access.enter(
            connection, command.room_id, self.policies.of(connection.caller).request
        )
        return self.show(connection, entered)

    def show(self, connection: Connection, entered: Entered) -> RoomView:
        """Show a room as the caller sees it."""
        caller, room = connection.caller, entered.room
        membership = self.rooms.membership(caller.tenant_id, caller.user_id, room.room_id)
        if membership is None:
            raise NotFound("room")
        stored = self.rooms.room(room.tenant_id, room.room_id) or room
        head = self.history.heads(room.tenant_id, {room.room_id: entered.head_seq})[room.room_id]
        return room_view(
            stored,
            head,
            members=self.members(entered.roster),
            me=my_room_view(membership, head.last_seq),
        )

    def members(self, roster: Roster) -> list[MemberView]:
        """Show the first hundred members, owners first; fewer where their names are very long."""
        by_role = sorted(
            roster.members.items(), key=lambda each: (each[1] is not MemberRole.OWNER, each[0])
        )
        shown = by_role[:MAX_SHOWN_MEMBERS]
        user_ids = [user_id for user_id, _ in shown]
        room = roster.room
        views = member_views(
            shown,
            self.rooms.cursors(room.tenant_id, room.room_id, user_ids),
            self.users.profiles(room.tenant_id, user_ids),
        )
        return fitting_views(views, MEMBERS_BYTES)

    def _tell(self, connection: Connection, entered: Entered) -> None:
        view = room_view(entered.room, EMPTY_HEAD, members=self.members(entered.roster))
        self.delivery.send(entered.others(connection.connection_id), "room:updated", view)

    # --- Creating ----------------------------------------------------------------------------

    def _direct(self, caller: Caller, command: CreateRoom) -> Roster:
        others = list(dict.fromkeys(command.member_ids))
        if command.name is not None or command.space_id is not None:
            raise InvalidInput.at("data", "a direct room has neither name nor space")
        if len(others) != 1:
            raise InvalidInput.at("data.memberIds", "a direct room needs exactly one other person")
        if others[0] == caller.user_id:
            raise InvalidInput.at("data.memberIds", "must be somebody else")
        tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
        _refuse_managers(others)
        return direct_roster(tenant_id, caller.user_id, UserId(others[0]), self.clock)

    def _group(self, caller: Caller, command: CreateRoom) -> Roster:
        if command.space_id is not None:
            raise InvalidInput.at("data.spaceId", "a group belongs to no space")
        _refuse_managers(command.member_ids)
        tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
        members = {caller.user_id: MemberRole.OWNER}
        for user_id in command.member_ids:
            members.setdefault(UserId(user_id), MemberRole.MEMBER)
        if len(members) > self.policies.of(caller).group_members_max:
            raise Conflict("group full")
        room_id = _group_id(tenant_id, caller.user_id, command.client_id)
        return Roster(self._group_room(tenant_id, caller, command, room_id, len(members)), members)

    def _group_room(
        self,
        tenant_id: TenantId,
        caller: Caller,
        command: CreateRoom,
        room_id: RoomId,
        member_count: int,
    ) -> Room:
        return Room(
            room_id=room_id,
            tenant_id=tenant_id,
            type=RoomType.GROUP,
            created_by=caller.user_id,
            created_at=self.clock.now(),
            member_count=member_count,
            name=_room_name(command.name),
        )

    # --- Listing -----------------------------------------------------------------------------

    def list_rooms(self, connection: Connection, command: ListRooms) -> RoomListReply:
        """Return the caller's rooms, newest activity first; ends early at 30 KB."""
        self.access.count(connection, self.policies.of(connection.caller).request)
        caller = connection.caller
        places = self._by_activity(self.rooms.memberships(caller.tenant_id, caller.user_id))
        if command.cursor:
            moment, room_id = decode_cursor(command.cursor, int, str)
            places = [place for place in places if place.key > (moment, room_id)]
        page = places[: command.limit]
        views = self.room_views(caller, [place.membership for place in page])
        kept = fitting_views(views, PAGE_BYTES)
        if len(kept) < len(views):
            page = [place for place in page if place.membership.room_id == kept[-1].room_id]
        elif len(page) == len(places):
            return RoomListReply(rooms=kept, cursor=None)
        return RoomListReply(rooms=kept, cursor=encode_cursor(*page[-1].key))

    def _by_activity(self, memberships: Sequence[Membership]) -> list["Place"]:
        places = []
        for tenant_id in dict.fromkeys(m.tenant_id for m in memberships):
            mine = [m for m in memberships if m.tenant_id == tenant_id]
            heads = self.history.cached_heads(tenant_id, [m.room_id for m in mine])
            places += [Place(m, activity(m, heads[m.room_id])) for m in mine]
        return sorted(places, key=lambda place: place.key)

    def room_views(self, caller: Caller, memberships: Sequence[Membership]) -> list[RoomView]:
        """Show rooms from the caller's side, in the given order; direct ones with their members.

        Rooms whose creation was never finished are left out.
        """
        stored = self.rooms.rooms([(m.tenant_id, m.room_id) for m in memberships])
        heads = self._true_heads([m for m in memberships if m.room_id in stored])
        return [
            self._listed(stored[m.room_id], heads[m.room_id], m)
            for m in memberships
            if m.room_id in stored
        ]

    def _true_heads(self, memberships: Sequence[Membership]) -> dict[RoomId, Head]:
        heads: dict[RoomId, Head] = {}
        for tenant_id in dict.fromkeys(m.tenant_id for m in memberships):
            room_ids = [m.room_id for m in memberships if m.tenant_id == tenant_id]
            believed = self.history.cached_heads(tenant_id, room_ids)
            hints = {room_id: head.last_seq for room_id, head in believed.items()}
            heads |= self.history.heads(tenant_id, hints)
        return heads

    def _listed(self, room: Room, head: Head, membership: Membership) -> RoomView:
        members = None
        if room.type is RoomType.DIRECT:
            roster = self.rooms.roster(room.tenant_id, room.room_id)
            members = self.members(roster) if roster else None
        return room_view(room, head, members, my_room_view(membership, head.last_seq))


@dataclass(frozen=True, slots=True)
class Place:
    """A room's place in a list: newest activity first, then by id."""

    membership: Membership
    active_at: datetime

    @property
    def key(self) -> tuple[int, str]:
        """Return what sorts rooms, and what a cursor holds."""
        return -int(self.active_at.timestamp() * 1000), self.membership.room_id


def fitting_views(views: Sequence[V], max_bytes: int) -> list[V]:
    """Return as many of these as fit; at least one, so that a page always moves on."""
    kept: list[V] = []
    left = max_bytes
    for view in views:
        left -= frames.size_bytes(view) + 1
        if kept and left < 0:
            break
        kept.append(view)
    return kept


def _group_id(tenant_id: TenantId, creator: UserId, client_id: str | None) -> RoomId:
    if client_id is None:
        return random_room_id(RoomType.GROUP)
    return created_room_id(tenant_id, creator, RoomType.GROUP, client_id)


def _room_name(name: str | None) -> str | None:
    if name is None:
        return None
    clean = normalized(name)
    if not clean or has_control_characters(clean):
        raise InvalidInput.at("data.name", "must be text without control characters")
    return clean


def _refuse_managers(user_ids: Collection[str]) -> None:
    # Answers as for a person who cannot be added: whether such a person exists is not told.
    if any(is_manage_user(user_id) for user_id in user_ids):
        raise NotFound("user")
