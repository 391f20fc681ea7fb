"""Changing messages that are there: edit, delete, react (SPEC §4).

Each is a change of its room, and repeats are safe: what is so already stays as it is. Edits and
deletions count against the limit of messages, as they reach the same people with as much;
reactions count as other requests.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from parley import observability
from parley.domain.messages import Message, deleted, edited, reacted
from parley.domain.people import Caller, Connection
from parley.domain.permissions import may_change_message
from parley.domain.revisions import Revision
from parley.domain.rooms import MemberRole
from parley.errors import Forbidden, NotFound
from parley.ports import Clock, MessageStore, RoomStore
from parley.protocol.commands import DeleteMessage, EditMessage, ReactToMessage
from parley.protocol.views import MessageView
from parley.services.content import accepted_body, accepted_emoji, refuse_empty, require_message
from parley.services.delivery import Delivery
from parley.services.entered import Entered
from parley.services.policies import Policies
from parley.services.revisions import Revisions
from parley.services.room_access import RoomAccess
from parley.services.views import message_view

# Returns the message as it will be, or None where it is so already; raises what forbids it.
Change = Callable[[Message], Message | None]


@dataclass(frozen=True, slots=True)
class Edits:
    """Changes messages and tells the room's members.

    A change costs one look at the cache, a read of the room and of the message each, and one
    transaction; as much again for each time that somebody else changed the room meanwhile.
    """

    access: RoomAccess
    rooms: RoomStore
    messages: MessageStore
    revisions: Revisions
    delivery: Delivery
    policies: Policies
    clock: Clock

    def edit(self, connection: Connection, command: EditMessage) -> MessageView:
        """Change a message's body, by the rules of sending."""
        policy = self.policies.of(connection.caller)
        body = accepted_body(command.body, policy.body_max_chars)
        entered = self.access.enter(connection, command.room_id, policy.message, take_turn=True)

        def change(message: Message) -> Message | None:
            self._require_right(connection.caller, entered, message)
            changed = edited(message, body, self.clock.now())
            refuse_empty(body, message.attachments)
            return changed

        return self._carry_out(connection, entered, command.message_id, change, "message:updated")

    def delete(self, connection: Connection, command: DeleteMessage) -> MessageView:
        """Leave a tombstone where a message was."""
        limit = self.policies.of(connection.caller).message
        entered = self.access.enter(connection, command.room_id, limit, take_turn=True)

        def change(message: Message) -> Message | None:
            self._require_right(connection.caller, entered, message)
            return deleted(message, self.clock.now())

        return self._carry_out(connection, entered, command.message_id, change, "message:deleted")

    def react(self, connection: Connection, command: ReactToMessage) -> MessageView:
        """Add or take away the caller's own reaction."""
        emoji = accepted_emoji(command.emoji)
        limit = self.policies.of(connection.caller).request
        entered = self.access.enter(connection, command.room_id, limit, take_turn=True)

        def change(message: Message) -> Message | None:
            return reacted(message, connection.caller.user_id, emoji, on=command.on)

        return self._carry_out(connection, entered, command.message_id, change, "message:updated")

    def _require_right(self, caller: Caller, entered: Entered, message: Message) -> None:
        if not may_change_message(caller, self._role(caller, entered), message):
            raise Forbidden("not one's own message")

    def _role(self, caller: Caller, entered: Entered) -> MemberRole:
        if not entered.room.is_open:
            return entered.roster.members[caller.user_id]
        mine = self.rooms.membership(caller.tenant_id, caller.user_id, entered.room.room_id)
        return mine.role if mine else MemberRole.MEMBER

    def _carry_out(
        self,
        connection: Connection,
        entered: Entered,
        message_id: str,
        change: Change,
        event: str,
    ) -> MessageView:
        message, is_news = self._changed(entered, message_id, change)
        view = message_view(message)
        if is_news:
            self.delivery.spread_and_wait(entered.reach(connection.connection_id), event, view)
        observability.info(
            event.replace(":", "_") if is_news else "message_unchanged",
            tenant_id=entered.room.tenant_id,
            user_id=connection.caller.user_id,
            connection_id=connection.connection_id,
            room_id=message.room_id,
            message_id=message.message_id,
            seq=message.seq,
            rev=message.rev,
        )
        return view

    def _changed(self, entered: Entered, message_id: str, change: Change) -> tuple[Message, bool]:
        """Return the message as it is now, and whether the others are to hear of it.

        They are also where one attempt's answer was lost and the next found nothing left to do.
        """
        states: list[Message] = []

        def plan() -> Revision | None:
            room = self.rooms.room(entered.room.tenant_id, entered.room.room_id)
            if room is None:
                raise NotFound("room")
            message = require_message(self.messages, room, message_id)
            changed = change(message)
            if changed is None:
                states.append(message)
                return None
            room = replace(room, rev=room.rev + 1)
            states.append(replace(changed, rev=room.rev))
            return Revision(room, states[-1], message.rev)

        applied = self.revisions.apply(plan, entered)
        return states[-1], applied is not None or len(states) > 1
