"""Who is typing: told, never stored (SPEC §4)."""

from dataclasses import dataclass
from typing import Literal

from parley.domain.people import Connection
from parley.protocol.commands import Typing as TypingCommand
from parley.protocol.views import TypingUpdate
from parley.services.delivery import Delivery
from parley.services.policies import Policies
from parley.services.room_access import RoomAccess

EXPIRES_IN_S = 6


@dataclass(frozen=True, slots=True)
class Typing:
    """Tells the other members of a small room that somebody types."""

    access: RoomAccess
    delivery: Delivery
    policies: Policies
    quiet_room_members: int

    def start(self, connection: Connection, command: TypingCommand) -> None:
        """Say that the caller types; clients forget it after 6 s."""
        self._tell(connection, command.room_id, "start", EXPIRES_IN_S)

    def stop(self, connection: Connection, command: TypingCommand) -> None:
        """Say that the caller stopped."""
        self._tell(connection, command.room_id, "stop", 0)

    def _tell(
        self, connection: Connection, room_id: str, state: Literal["start", "stop"], expires_in: int
    ) -> None:
        limit = self.policies.of(connection.caller).typing
        most = self.quiet_room_members
        entered = self.access.enter(connection, room_id, limit, targets_up_to=most)
        if entered.is_above(most):
            return
        caller = connection.caller
        update = TypingUpdate(
            room_id=entered.room.room_id,
            user_id=caller.user_id,
            name=caller.name,
            state=state,
            expires_in=expires_in,
        )
        self.delivery.send(entered.other_people(caller.user_id), "typing:update", update)
