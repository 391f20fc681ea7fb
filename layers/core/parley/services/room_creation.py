"""New rooms: who may make which, and what they begin as (SPEC §4)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from parley.domain.ids import (
    RoomId,
    SpaceId,
    TenantId,
    UserId,
    created_room_id,
    is_manage_user,
    random_room_id,
)
from parley.domain.people import Caller
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.domain.text import display_name, has_control_characters, normalized
from parley.errors import Conflict, InvalidInput, NotFound
from parley.ports import Clock, RoomStore, UserStore
from parley.protocol.commands import CreateRoom
from parley.services.addressing import (
    addressed_tenant,
    direct_roster,
    refuse_tenant,
    require_open_place,
    require_place,
    require_places,
)
from parley.services.policies import Policies

# Rooms with somebody of manage scope are told by their id (`domain.ids.concerns_manage`).
_MANAGED = "manage"


@dataclass(frozen=True, slots=True)
class RoomCreation:
    """Says what a room that somebody asks for will be; stores nothing."""

    rooms: RoomStore
    users: UserStore
    clock: Clock
    policies: Policies

    def roster(self, caller: Caller, command: CreateRoom) -> Roster:
        """Return the room and its first members; of an open room that is who makes it.

        A command with a ``clientId`` gives a room of the same id each time.
        """
        if command.type == "direct":
            return self._direct(caller, command)
        if command.type == "group":
            return self._group(caller, command)
        return self._open(caller, command)

    def require_place(self, caller: Caller, roster: Roster) -> None:
        """Refuse a room that is one too many, for the caller or for somebody who is put into it.

        Of a direct room only the caller's places are counted: everybody else can take one of a
        person's, once. Were they refused, who fills somebody's places would silence them. A group
        costs a query for each member.

        Raises:
            Conflict: Somebody has as many rooms as allowed, or there are as many open ones.
        """
        room, policy = roster.room, self.policies.of(caller)
        if room.is_open:
            require_open_place(self.rooms, room, policy.open_rooms_max)
            return
        require_place(self.rooms, caller, room.room_id, policy.rooms_per_user)
        if room.type is RoomType.GROUP:
            others = roster.members.keys() - {caller.user_id}
            require_places(self.rooms, room.tenant_id, others, room.room_id, policy.rooms_per_user)

    def _direct(self, caller: Caller, command: CreateRoom) -> Roster:
        others = list(dict.fromkeys(command.member_ids))
        if command.name is not None or command.space_id is not None:
            raise InvalidInput.at("data", "a direct room has neither name nor space")
        if len(others) != 1:
            raise InvalidInput.at("data.memberIds", "a direct room needs exactly one other person")
        if others[0] == caller.user_id:
            raise InvalidInput.at("data.memberIds", "must be somebody else")
        tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
        refuse_managers(others)
        return direct_roster(tenant_id, caller.user_id, UserId(others[0]), self.clock)

    def _group(self, caller: Caller, command: CreateRoom) -> Roster:
        if command.space_id is not None:
            raise InvalidInput.at("data.spaceId", "a group belongs to no space")
        refuse_managers(command.member_ids)
        tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
        members = {caller.user_id: MemberRole.OWNER}
        for user_id in command.member_ids:
            members.setdefault(UserId(user_id), MemberRole.MEMBER)
        if len(members) > self.policies.of(caller).group_members_max:
            raise Conflict("group full")
        return self._roster(caller, tenant_id, command, members)

    def _open(self, caller: Caller, command: CreateRoom) -> Roster:
        if caller.manages:
            raise InvalidInput.at("data.type", "is not offered in manage scope")
        refuse_tenant(command.tenant_id)
        if command.member_ids:
            raise InvalidInput.at("data.memberIds", "who is in it follows from people's tokens")
        if (command.type == "channel") is not (command.space_id is not None):
            raise InvalidInput.at("data.spaceId", "goes with a channel, and with nothing else")
        if command.space_id is not None and command.space_id not in caller.spaces:
            raise NotFound("space")
        owner = {caller.user_id: MemberRole.OWNER}
        return self._roster(caller, caller.tenant_id, command, owner)

    def _roster(
        self,
        caller: Caller,
        tenant_id: TenantId,
        command: CreateRoom,
        members: Mapping[UserId, MemberRole],
    ) -> Roster:
        room = Room(
            room_id=_room_id(tenant_id, caller, command),
            tenant_id=tenant_id,
            type=RoomType(command.type),
            created_by=caller.user_id,
            created_at=self.clock.now(),
            member_count=len(members),
            name=None if command.name is None else accepted_name(command.name),
            space_id=None if command.space_id is None else SpaceId(command.space_id),
        )
        return Roster(room, members)


def accepted_name(name: str) -> str:
    """Return a room's name as it is stored; `InvalidInput` where it is none."""
    clean = normalized(name)
    # A name of which nothing can be seen is none (`display_name`).
    if has_control_characters(clean) or display_name(clean) is None:
        raise InvalidInput.at("data.name", "must be visible text without control characters")
    return clean


def refuse_managers(user_ids: Collection[str]) -> None:
    """Refuse people of manage scope, who join only rooms that they made.

    Answers as for a person who cannot be added: whether such a person exists is not told.
    """
    if any(is_manage_user(user_id) for user_id in user_ids):
        raise NotFound("user")


def _room_id(tenant_id: TenantId, caller: Caller, command: CreateRoom) -> RoomId:
    kind = _MANAGED if caller.manages else command.type
    if command.client_id is None:
        return random_room_id(kind)
    return created_room_id(tenant_id, caller.user_id, kind, command.client_id)
