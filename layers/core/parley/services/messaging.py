"""Sending: persist, acknowledge, push; exactly once and in one order (SPEC §5.1 to §5.3)."""

import random
from dataclasses import dataclass
from datetime import timedelta

from parley import observability
from parley.domain.ids import (
    MessageId,
    TenantId,
    UserId,
    direct_room_id,
    is_manage_user,
    is_own_id,
    seq_of_message_id,
)
from parley.domain.messages import Draft, Head, Message, MessageType
from parley.domain.people import Caller, Connection
from parley.domain.rooms import MemberRole, Room, RoomType, Roster
from parley.domain.text import has_refused_controls, normalized
from parley.errors import (
    CacheUnavailable,
    InvalidInput,
    NotFound,
    PayloadTooLarge,
    Unavailable,
)
from parley.ports import (
    Clock,
    Contended,
    MessageStore,
    Repeated,
    RoomCache,
    RoomStore,
    Stored,
    Taken,
    UserStore,
)
from parley.protocol.commands import SendMessage
from parley.protocol.views import SendReply
from parley.services.delivery import Delivery
from parley.services.limits import Limits
from parley.services.room_access import Entered, RoomAccess
from parley.services.views import message_view

# A repeat of a message this young may mean that its push was lost (SPEC §5.2).
REPUSH_AGE = timedelta(minutes=5)
DEGRADED_JITTER_S = 0.05


@dataclass(frozen=True, slots=True)
class CommitRules:
    """How long a send tries to get its place in a busy room."""

    tries: int = 8
    budget_s: float = 2.0


@dataclass(frozen=True, slots=True)
class Committed:
    """A message that is in DynamoDB.

    Attributes:
        commit_s: How long the successful transaction took; None for a repeat.
    """

    message: Message
    duplicate: bool
    commit_s: float | None = None
    tries: int = 1


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
    limits: Limits
    rules: CommitRules
    body_max_chars: int

    def send(self, connection: Connection, command: SendMessage) -> SendReply:
        """Store a message, push it, and acknowledge it.

        Cost with a warm cache: one Redis round trip and one DynamoDB request before the pushes,
        one Redis round trip beside them.
        """
        body = self._body(command)
        entered = self._addressee(connection, command)
        self._check_references(entered, command)
        draft = self._draft(connection.caller, entered.room, command, body)
        committed = self._commit(draft, entered)
        self._tell(connection, entered, committed)
        observability.info(
            "message_repeated" if committed.duplicate else "message_stored",
            tenant_id=entered.room.tenant_id,
            connection_id=connection.connection_id,
            room_id=draft.room_id,
            seq=committed.message.seq,
            tries=committed.tries,
        )
        return SendReply(
            message=message_view(committed.message),
            duplicate=committed.duplicate,
            degraded=entered.degraded,
        )

    # --- What is asked ---------------------------------------------------------------------

    def _body(self, command: SendMessage) -> str:
        if command.type != "text" and not command.attachments:
            raise InvalidInput.at("data.attachments", f"type {command.type} needs an attachment")
        body = normalized(command.body)
        if not body and not command.attachments:
            raise InvalidInput.at("data.body", "must not be empty")
        if len(body) > self.body_max_chars:
            raise PayloadTooLarge(f"body over {self.body_max_chars} characters")
        if has_refused_controls(body):
            raise InvalidInput.at("data.body", "holds a control character")
        return body

    def _addressee(self, connection: Connection, command: SendMessage) -> Entered:
        if command.to_user_id is None:
            _refuse_tenant(command.tenant_id)
            return self.access.enter(
                connection, str(command.room_id), self.limits.message, take_turn=True
            )
        return self._direct(connection, command, UserId(command.to_user_id))

    def _direct(self, connection: Connection, command: SendMessage, other: UserId) -> Entered:
        caller = connection.caller
        if other == caller.user_id:
            raise InvalidInput.at("data.toUserId", "must be somebody else")
        tenant_id = addressed_tenant(caller, command.tenant_id, self.users)
        room_id = direct_room_id(tenant_id, caller.user_id, other)
        entered = self.access.try_enter(connection, room_id, self.limits.message, take_turn=True)
        if entered is not None:
            return entered
        if is_manage_user(other):
            # Nobody of a tenant can open a room with manage scope; in an open one they may answer.
            raise NotFound("user")
        roster = direct_roster(tenant_id, caller.user_id, other, self.clock)
        self.rooms.create(roster)
        # Entered again, so that an older room of these two is taken as it is stored. The attempt
        # was counted above.
        return self.access.enter(connection, room_id, None, take_turn=True)

    def _check_references(self, entered: Entered, command: SendMessage) -> None:
        if command.attachments:
            raise NotFound("attachment")
        strangers = [u for u in command.mentions if UserId(u) not in entered.roster.members]
        if strangers:
            raise InvalidInput.at("data.mentions", "names somebody who is not a member")
        if command.reply_to is not None:
            self._check_reply(entered.room, command.reply_to)

    def _check_reply(self, room: Room, message_id: str) -> None:
        seq = seq_of_message_id(message_id) if is_own_id(message_id) else None
        original = self.messages.get(room.tenant_id, room.room_id, seq) if seq else None
        if original is None or original.message_id != message_id:
            raise NotFound("message")

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
        )

    # --- Its place in the room ---------------------------------------------------------------

    def _commit(self, draft: Draft, entered: Entered) -> Committed:
        """Get the draft its ``seq``.

        Nobody tries ``n`` who does not know that ``n - 1`` is committed: from the head in Redis
        (written after commits, only upwards), from a failed condition, or from a strongly
        consistent look at the room's end. So there are no holes and no repeats, and Redis is a
        mere hint.
        """
        deadline = self.clock.monotonic() + self.rules.budget_s
        head, wait_s = entered.head_seq, entered.wait_s
        for attempt in range(1, self.rules.tries + 1):
            head = self._await_turn(draft, head, wait_s, deadline)
            started = self.clock.monotonic()
            outcome = self.messages.append(draft, head + 1)
            if isinstance(outcome, Stored):
                commit_s = self.clock.monotonic() - started
                return Committed(outcome.message, duplicate=False, commit_s=commit_s, tries=attempt)
            if isinstance(outcome, Repeated):
                return Committed(outcome.message, duplicate=True, tries=attempt)
            if isinstance(outcome, Taken):
                head, wait_s = self.messages.head(draft.tenant_id, draft.room_id).last_seq, 0.0
            elif isinstance(outcome, Contended):
                head, wait_s = self._another_turn(draft, entered, head)
            else:
                found = self.messages.found(draft)
                if found is not None:
                    return Committed(found, duplicate=False, tries=attempt)
        raise Unavailable("room too busy")

    def _await_turn(self, draft: Draft, head: int | None, wait_s: float, deadline: float) -> int:
        if self.clock.monotonic() + wait_s > deadline:
            raise Unavailable("room too busy", retry_after_s=max(1.0, wait_s))
        if wait_s > 0:
            self.clock.sleep(wait_s)
            head = max(head or 0, self._known_head(draft) or 0) or head
        if head is None:
            head = self.messages.head(draft.tenant_id, draft.room_id).last_seq
        return head

    def _known_head(self, draft: Draft) -> int | None:
        try:
            return self.cache.head_seq(draft.tenant_id, draft.room_id)
        except CacheUnavailable:
            return None

    def _another_turn(self, draft: Draft, entered: Entered, head: int) -> tuple[int, float]:
        if not entered.degraded:
            try:
                known, wait_s = self.cache.turn(draft.tenant_id, draft.room_id)
                return max(head, known or 0), wait_s
            except CacheUnavailable as exc:
                observability.warning("cache_unavailable", cause=str(exc))
        # Without Redis nobody hands out turns: full jitter, and the room's end from the truth.
        self.clock.sleep(random.uniform(0, DEGRADED_JITTER_S))  # noqa: S311
        return self.messages.head(draft.tenant_id, draft.room_id).last_seq, 0.0

    # --- Telling the others ------------------------------------------------------------------

    def _tell(self, connection: Connection, entered: Entered, committed: Committed) -> None:
        message = committed.message
        fresh = self.clock.now() - message.created_at < REPUSH_AGE
        targets = entered.others(connection.connection_id)
        if committed.duplicate and not fresh:
            return
        sending = self.delivery.start(targets, "message:new", message_view(message))
        if not entered.degraded:
            self._raise_head(entered.room.tenant_id, committed)
        self.delivery.finish(sending)

    def _raise_head(self, tenant_id: TenantId, committed: Committed) -> None:
        message = committed.message
        if committed.commit_s is None:
            return
        try:
            heads = {message.room_id: Head(message.seq, message)}
            self.cache.raise_heads(tenant_id, heads, committed.commit_s)
        except CacheUnavailable as exc:
            observability.warning("head_not_raised", cause=str(exc), room_id=message.room_id)


def addressed_tenant(caller: Caller, tenant_id: str | None, users: UserStore) -> TenantId:
    """Return the tenant that user ids in a command belong to (SPEC §1).

    Raises:
        NotFound: In manage scope, for a tenant that nobody was ever seen of.
    """
    if not caller.manages:
        _refuse_tenant(tenant_id)
        return caller.tenant_id
    if tenant_id is None:
        raise InvalidInput.at("data.tenantId", "is needed in manage scope")
    if not users.tenant_exists(TenantId(tenant_id)):
        raise NotFound("tenant")
    return TenantId(tenant_id)


def direct_roster(tenant_id: TenantId, one: UserId, other: UserId, clock: Clock) -> Roster:
    """Return the room of two people as it is first stored."""
    room = Room(
        room_id=direct_room_id(tenant_id, one, other),
        tenant_id=tenant_id,
        type=RoomType.DIRECT,
        created_by=one,
        created_at=clock.now(),
        member_count=2,
    )
    return Roster(room, {one: MemberRole.MEMBER, other: MemberRole.MEMBER})


def _refuse_tenant(tenant_id: str | None) -> None:
    if tenant_id is not None:
        raise InvalidInput.at("data.tenantId", "is for manage scope")
