"""Sending: persist, acknowledge, push (SPEC §5.1)."""

from dataclasses import dataclass
from datetime import timedelta

from parley import observability
from parley.domain.ids import MessageId, UserId, direct_room_id, is_manage_user
from parley.domain.messages import Draft, Message, MessageType
from parley.domain.people import Caller, Connection
from parley.domain.rooms import Room
from parley.errors import InvalidInput, NotFound, ParleyError
from parley.ports import Clock, MessageStore, RoomCache, RoomStore, UserStore
from parley.protocol.commands import SendMessage
from parley.protocol.views import SendReply
from parley.services import change_log
from parley.services.addressing import (
    addressed_tenant,
    direct_roster,
    refuse_tenant,
    require_place,
)
from parley.services.commits import Commits, Committed
from parley.services.content import accepted_body, refuse_empty, require_members, require_message
from parley.services.delivery import Delivery, Sending
from parley.services.entered import Entered
from parley.services.policies import Policies
from parley.services.room_access import RoomAccess
from parley.services.views import MESSAGE_BYTES, message_view

# A repeat of a message this young may mean that its push was lost (SPEC §5.2).
REPUSH_AGE = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Messaging:
    """Stores messages and tells the room's members."""

    access: RoomAccess
    messages: MessageStore
    rooms: RoomStore
    users: UserStore
    cache: RoomCache
    delivery: Delivery
    clock: Clock
    policies: Policies
    commits: Commits

    def send(
        self, connection: Connection, command: SendMessage, message_bytes: int = MESSAGE_BYTES
    ) -> SendReply:
        """Store a message, push it, and acknowledge it with at most so many bytes of it.

        Cost with a warm cache: one Redis round trip and one DynamoDB request before the pushes,
        one Redis round trip beside them; in an open room also one read beside them.
        """
        started = self.clock.monotonic()
        body = self._body(connection.caller, command)
        entered = self._addressee(connection, command)
        draft = self._draft(connection.caller, entered.room, command, body)
        try:
            committed = self._committed(command, draft, entered)
        except ParleyError:
            self.commits.end_turn(draft, entered, None)
            raise
        sending = self._start_to_tell(connection, entered, committed)
        self._log_stored(connection, entered.room, committed, started)
        self._finish_telling(connection, entered, draft, committed, sending)
        return SendReply(
            message=message_view(committed.message, message_bytes),
            duplicate=committed.duplicate,
            degraded=entered.degraded,
        )

    def _committed(self, command: SendMessage, draft: Draft, entered: Entered) -> Committed:
        try:
            self._check_references(entered, command)
        except (InvalidInput, NotFound):
            # A repeat returns the first message, whoever left or whatever was removed since.
            first = self.messages.found(draft)
            if first is None:
                raise
            return Committed(first, duplicate=True)
        return self.commits.commit(draft, entered)

    # --- What is asked ---------------------------------------------------------------------

    def _body(self, caller: Caller, command: SendMessage) -> str:
        if command.type != "text" and not command.attachments:
            raise InvalidInput.at("data.attachments", f"type {command.type} needs an attachment")
        body = accepted_body(command.body, self.policies.of(caller).body_max_chars)
        refuse_empty(body, command.attachments)
        return body

    def _addressee(self, connection: Connection, command: SendMessage) -> Entered:
        if command.to_user_id is None:
            refuse_tenant(command.tenant_id)
            return self.access.enter(
                connection,
                str(command.room_id),
                self.policies.of(connection.caller).message,
                take_turn=True,
            )
        return self._direct(connection, command, UserId(command.to_user_id))

    def _direct(self, connection: Connection, command: SendMessage, other: UserId) -> Entered:
        caller = connection.caller
        if other == caller.user_id:
            raise InvalidInput.at("data.toUserId", "must be somebody else")
        tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
        room_id = direct_room_id(tenant_id, caller.user_id, other)
        entered = self.access.try_enter(
            connection,
            room_id,
            self.policies.of(connection.caller).message,
            take_turn=True,
        )
        if entered is not None:
            return entered
        if is_manage_user(other):
            # Nobody of a tenant can open a room with manage scope; in an open one they may answer.
            raise NotFound("user")
        require_place(self.rooms, caller, room_id, self.policies.of(caller).rooms_per_user)
        roster = direct_roster(tenant_id, caller.user_id, other, self.clock)
        room = self.rooms.create(roster)
        change_log.note_made(self.cache, room, roster.members)
        # Entered again, so that an older room of these two is taken as it is stored. The attempt
        # was counted above.
        return self.access.enter(connection, room_id, None, take_turn=True)

    def _check_references(self, entered: Entered, command: SendMessage) -> None:
        if command.attachments:
            raise NotFound("attachment")
        require_members(self.rooms, entered.roster, command.mentions)
        if command.reply_to is not None:
            require_message(self.messages, entered.room, command.reply_to)

    def _draft(self, caller: Caller, room: Room, command: SendMessage, body: str) -> Draft:
        return Draft(
            tenant_id=room.tenant_id,
            room_id=room.room_id,
            client_id=command.client_id,
            sender_id=caller.user_id,
            sender_name=caller.name,
            type=MessageType(command.type),
            body=body,
            created_at=self.clock.now(),
            reply_to=None if command.reply_to is None else MessageId(command.reply_to),
            mentions=tuple(UserId(user) for user in dict.fromkeys(command.mentions)),
            kept_days=self.policies.of_tenant(room.tenant_id).retention_days,
        )

    # --- Telling the others ------------------------------------------------------------------

    def _start_to_tell(
        self, connection: Connection, entered: Entered, committed: Committed
    ) -> Sending | None:
        message = committed.message
        fresh = self.clock.now() - message.created_at < REPUSH_AGE
        if committed.duplicate and not fresh:
            return None
        reach = entered.reach(connection.connection_id)
        return self.delivery.spread(reach, "message:new", message_view(message))

    def _finish_telling(
        self,
        connection: Connection,
        entered: Entered,
        draft: Draft,
        committed: Committed,
        sending: Sending | None,
    ) -> None:
        self.commits.end_turn(draft, entered, committed)
        if sending is None:
            return
        if entered.room.is_open and not committed.duplicate:
            self._see(connection.caller, entered.room)
        if entered.degraded and not committed.duplicate:
            self._move_own_cursor(connection.caller, committed.message)
        self.delivery.finish(sending)

    def _log_stored(
        self, connection: Connection, room: Room, committed: Committed, started: float
    ) -> None:
        # While the posts are on their way: it costs nobody time, and a kill loses no trace.
        if not committed.duplicate:
            observability.count("messages_stored")
            observability.observe("message_bytes", len((committed.message.body or "").encode()))
        observability.info(
            "message_repeated" if committed.duplicate else "message_stored",
            tenant_id=room.tenant_id,
            user_id=connection.caller.user_id,
            connection_id=connection.connection_id,
            room_id=room.room_id,
            message_id=committed.message.message_id,
            seq=committed.message.seq,
            tries=committed.tries,
            duration_ms=round((self.clock.monotonic() - started) * 1000, 1),
        )

    def _see(self, caller: Caller, room: Room) -> None:
        """Let the sender's own side of an open room begin, if it never did: `relay` moves it."""
        try:
            self.access.side(caller, room)
        except ParleyError as exc:
            # The message is stored; the side begins when the sender next looks at the room.
            observability.warning("side_not_begun", cause=str(exc), room_id=room.room_id)

    def _move_own_cursor(self, caller: Caller, message: Message) -> None:
        """Move the sender's cursor, which `relay` does only once Redis answers it again."""
        room_id, seq = message.room_id, message.seq
        try:
            self.rooms.move_cursor(caller.tenant_id, caller.user_id, room_id, seq, seq)
        except ParleyError as exc:
            # The message is stored, and `relay` does it in the end.
            observability.warning("own_cursor_not_moved", cause=str(exc), room_id=room_id)
