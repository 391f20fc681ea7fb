"""Many senders write to one room at the same moment, on a DynamoDB that answers conflicts."""

import logging
import time
import uuid
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from parley.bootstrap import App
from parley.domain.ids import RoomId, TenantId
from parley.domain.messages import Message
from parley.domain.presence import Status
from parley.observability import LOGGER_NAME
from parley.protocol.commands import CreateRoom, ReactToMessage, SendMessage
from parley.protocol.views import MessageView
from tests.support.faults.dynamodb import contention
from tests.support.real_app import all_at_once, connection, real_app

EMOJI = "👍"


@dataclass(frozen=True, slots=True)
class Contention:
    """What happened.

    Attributes:
        tries: How many each stored message took, ascending.
        last_reply_s: When the last reply came, after all had begun.
        conflicts: Transactions that were refused for an overlap.
    """

    senders: int
    seqs: list[int]
    tries: list[int]
    last_reply_s: float
    conflicts: int
    failures: list[str]

    @property
    def within_five(self) -> float:
        """Return the share of senders stored within five tries."""
        return sum(tries <= 5 for tries in self.tries) / self.senders


class _Tries(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.tries: list[int] = []

    @override
    def emit(self, record: logging.LogRecord) -> None:
        if record.getMessage() == "message_stored":
            self.tries.append(record.__dict__["tries"])


def contend(
    redis_url: str,
    endpoint_url: str,
    senders: int,
    budget_ms: int = 2_000,
    *,
    conflict: float = 0,
) -> Contention:
    """Let so many people send to one room at once; each transaction takes 12 ms and more.

    Beyond those that overlap, transactions are refused with the probability ``conflict``.
    """
    tenant = TenantId(f"contention-{uuid.uuid4().hex[:8]}")
    with contention(endpoint_url) as proxy:
        app = real_app(redis_url, proxy.url, budget_ms)
        people = [f"user-{n}" for n in range(senders)]
        room_id = _room(app, tenant, people)
        proxy.conflict(conflict, operations=["TransactWriteItems"])
        before = (proxy.counts()["conflicts"], _Tries())
        logger = logging.getLogger(LOGGER_NAME)
        logger.addHandler(before[1])
        logger.setLevel(logging.INFO)
        started = time.monotonic()
        results = all_at_once([_send(app, tenant, user, room_id) for user in people])
        took = time.monotonic() - started
        logger.removeHandler(before[1])
        stored = app.adapters.messages.page(tenant, room_id, limit=1_000, newest=False)
        return Contention(
            senders=senders,
            seqs=[message.seq for message in stored],
            tries=sorted(before[1].tries),
            last_reply_s=took,
            conflicts=proxy.counts()["conflicts"] - before[0],
            failures=[repr(result) for result in results if isinstance(result, Exception)],
        )


def _room(app: App, tenant: TenantId, people: list[str]) -> RoomId:
    owner = connection(tenant, people[0], "owner")
    view = app.rooms.create(owner, CreateRoom(type="group", member_ids=people[1:]))
    # Warm, as in a room where people talk: one message before all speak at once.
    _send(app, tenant, people[0], RoomId(view.room_id))()
    return RoomId(view.room_id)


def _send(app: App, tenant: TenantId, user: str, room_id: RoomId) -> Any:
    sender = connection(tenant, user, f"connection-{user}")
    app.adapters.presence.register(sender, Status.ONLINE)
    command = SendMessage(room_id=room_id, client_id=uuid.uuid4().hex, body="now!")
    return lambda: app.messaging.send(sender, command)


def react_at_once(redis_url: str, endpoint_url: str, people: int, budget_ms: int = 2_000) -> int:
    """Let so many people react to one message at once; return how many reactions it has then.

    Raises:
        AssertionError: Somebody was told that it was done, and it was not, or the reverse.
    """
    tenant = TenantId(f"reactions-{uuid.uuid4().hex[:8]}")
    users = [f"user-{n}" for n in range(people)]
    with contention(endpoint_url) as proxy:
        app = real_app(redis_url, proxy.url, budget_ms)
        room_id = _room(app, tenant, users)
        message = app.adapters.messages.head(tenant, room_id).last_message
        assert message is not None
        results = all_at_once([_react(app, tenant, user, message) for user in users])
        stored = app.adapters.messages.get(tenant, room_id, message.seq)
    assert stored is not None
    reacted = set(stored.reactions.get(EMOJI, ()))
    told = {u for u, result in zip(users, results, strict=True) if isinstance(result, MessageView)}
    assert reacted == told
    assert stored.rev == len(reacted)
    return len(reacted)


def _react(app: App, tenant: TenantId, user: str, message: Message) -> Any:
    person = connection(tenant, user, f"connection-{user}")
    app.adapters.presence.register(person, Status.ONLINE)
    command = ReactToMessage(
        room_id=message.room_id, message_id=message.message_id, emoji=EMOJI, on=True
    )
    return lambda: app.edits.react(person, command)
